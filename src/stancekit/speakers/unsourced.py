"""Statements without a source: who goes on, who was named right before or after, or nobody."""

from __future__ import annotations

import re

from stancekit.speakers.discourse import Discourse
from stancekit.speakers.quoted import QUOTES_OPEN, opens_quote
from stancekit.speakers.reading import resolve_noun_phrase, resolve_pronoun
from stancekit.speakers.registry import FEMALE_PRONOUNS, MALE_PRONOUNS, Entity, Registry
from stancekit.speakers.unseen import turn_at
from stancekit.speakers.words import PERSON_NOUNS, POSSESSIVE_PRONOUNS
from stancekit.types import Span, Statement

# What stands between two cues of one subject: "and", "but then", "and so far".
_JOINS = re.compile(r"(?:\b(?:and|but|or|then|nor)\b|,)(?:\s+\w+){0,2}\s*$")
_SUBJECTS = frozenset("he she they it".split())
# "It was claimed" tells on purpose of nobody.
_EXPLETIVE = re.compile(r"it(?:['’]s|\s(?:is|was|has\sbeen|had\sbeen))\b", re.IGNORECASE)
_PASSIVES = frozenset("asked pressed questioned challenged".split())
_BY = re.compile(r"\s+by\s+")
# What ends the asker and opens the question.
_ASKED = frozenset("if whether why how what when where who about on for to at in that".split())
# Characters of a sentence that leads in a quotation with a colon.
_LEAD_IN = 200
_SPACES = re.compile(r" +")


def inferred_subject(statement: Statement) -> Span | None:
    """Whose mind the reporter reads in "Roe appears to be coming round".

    Annotators, and so the tagger, take the subject into the content there.
    """
    cue = statement.cue
    if statement.modality != "inferred" or cue is None or len(statement.contents) < 2:
        return None
    subject = statement.contents[0]
    near = 0 <= cue.start - subject.end <= 30
    return subject if near and len(subject.text.split()) <= 12 else None


def running_speaker(discourse: Discourse, i: int) -> Entity | None:
    """The speaker of a statement without a source, where the structure of the text says so."""
    registry = discourse.registry
    statement = discourse.statements[i]
    if not statement.contents:
        return None
    if statement.cue and statement.cue.text.strip(" :,—–-"):
        for token in registry.tokens_between(statement.cue.start, statement.cue.end):
            if _EXPLETIVE.match(discourse.text, token.start):
                break
            if token.lower in POSSESSIVE_PRONOUNS | _SUBJECTS:
                # "In her view", "Its answer:", "but she did not repeat"
                return resolve_pronoun(discourse, i, token)
        if statement.cue.text.lower() in _PASSIVES:
            return _asker(discourse, i, statement.cue)
        return _shared_subject(discourse, i, statement.cue)
    start = statement.contents[0].start
    turn = turn_at(discourse, start)
    if turn is not None:
        return turn
    named = _before_colon(discourse, start) or _named_before(discourse, i, start)
    if named is not None:
        return named
    previous, last = None, -1
    for j in range(i - 1, max(-1, i - 4), -1):
        if discourse.answers[j] is not None:
            previous, last = discourse.answers[j], j
            break
    if previous is None:
        return _named_after(registry, statement)
    before = discourse.statements[last]
    end = before.end
    paragraphs = registry.paragraph_at(start) - registry.paragraph_at(end)
    sentences = registry.sentence_at(start) - registry.sentence_at(end - 1)
    if statement.kind == "indirect" and paragraphs == 0 and sentences <= 1:
        # A report that goes on: "The fence was old, Roe said. It had stood since May."
        return previous
    if _goes_on_with_turn(discourse, before, start):
        return previous
    if paragraphs > 0 and (after := _named_after(registry, statement)) is not None:
        return after
    near = 0 <= paragraphs <= 1 and (sentences <= 1 or not registry.names_between(end, start))
    if opens_quote(discourse.text, start) and near:
        # Who was quoted in the paragraph before goes on, and so does who was quoted or
        # reported right before in the same one.
        if before.kind in {"direct", "mixed"} or paragraphs == 0 or sentences <= 1:
            return previous
    return _named_after(registry, statement)


def _goes_on_with_turn(discourse: Discourse, before: Statement, start: int) -> bool:
    """Whether a paragraph of a transcript has no label of its own, as the one before had.

    As in "ROE: It leaks." and below it "And it is old."
    """
    registry = discourse.registry
    here = registry.paragraph_at(start)
    if before.source is None or discourse.text[before.source.end : before.source.end + 1] != ":":
        return False
    label = registry.paragraph_starts[registry.paragraph_at(before.source.start)]
    opens = registry.paragraph_starts[here] == start and label == before.source.start
    return opens and here - registry.paragraph_at(before.source.start) == 1


def _asker(discourse: Discourse, i: int, cue: Span) -> Entity | None:
    """As in "Asked by Diaz if she would go": who asks, where the article tells."""
    match = _BY.match(discourse.text, cue.end)
    if match is None:
        before = discourse.text[max(0, cue.start - 12) : cue.start]
        # "Roe, asked if she would go, laughed": she is not who asks.
        passive = (
            before.rstrip().endswith((",", ".", "!", "?", "”", "’", '"')) or not before.strip()
        )
        return None if passive else _shared_subject(discourse, i, cue)
    tokens = []
    for token in discourse.registry.tokens_between(match.end(), match.end() + 60):
        if not token.is_word or token.lower in _ASKED:
            break
        tokens.append(token)
    if not tokens:
        return None
    if tokens[0].lower in MALE_PRONOUNS | FEMALE_PRONOUNS:
        return resolve_pronoun(discourse, i, tokens[0])
    return resolve_noun_phrase(discourse, i, tokens)


def _shared_subject(discourse: Discourse, i: int, cue: Span) -> Entity | None:
    """As in "Roe denied it and declined to say more": two cues with one subject.

    "It was claimed that", which opens its sentence, hides its source on purpose.
    """
    before = discourse.text[max(0, cue.start - 30) : cue.start]
    if cue.text.split()[0].lower() not in {"and", "but"} and not _JOINS.search(before):
        return None
    sentence = discourse.registry.sentence_at(cue.start)
    for j in range(i - 1, max(-1, i - 4), -1):
        earlier = discourse.statements[j].cue
        if earlier is None or discourse.registry.sentence_at(earlier.start) != sentence:
            continue
        return discourse.answers[j]
    return None


def _named_after(registry: Registry, statement: Statement) -> Entity | None:
    """As in "“It is over.” Diaz laughed.": the person who opens the sentence after a quote."""
    end = statement.contents[-1].end
    if not opens_quote(registry.document.text, statement.contents[0].start):
        return None
    gap = _SPACES.match(registry.document.text, end)
    if gap is None or registry.document.text[end - 2 : end - 1] not in {".", "!", "?", "…"}:
        return None
    after = gap.end()
    first = registry.names_between(after, after + 1)
    index = registry.entity_of[first[0]] if first else None
    if index is None or registry.names[first[0]].start != after:
        return None
    entity = registry.entities[index]
    return entity if registry.may_be_person(entity) else None


def _before_colon(discourse: Discourse, start: int) -> Entity | None:
    """As in "Diaz had the last word: “No.”": the one person whom such a lead-in names."""
    registry = discourse.registry
    floor = max(0, start - _LEAD_IN)
    before = discourse.text[floor:start].rstrip()
    if not opens_quote(discourse.text, start) or not before.endswith(":"):
        return None
    opening = floor + max(before.rfind(mark) for mark in "\n.!?”") + 1
    people = {
        index
        for n in registry.names_between(opening, start)
        if (index := registry.entity_of[n]) is not None and registry.entities[index].is_person
    }
    return registry.entities[people.pop()] if len(people) == 1 else None


def _named_before(discourse: Discourse, i: int, start: int) -> Entity | None:
    """As in "Diaz was blunt. “It is over.”": the one person who opens the sentence before.

    Or whom it asks about: "Does she regret it? “No.”"
    """
    registry = discourse.registry
    if not opens_quote(discourse.text, start) or not registry.sentence_starts:
        return None
    sentence = registry.sentence_at(start)
    if sentence == 0 or registry.sentence_starts[sentence] != start:
        return None
    before = registry.document.sentences[sentence - 1]
    if discourse.in_quotes(before.end - 1) or any(q in before.text for q in QUOTES_OPEN):
        return None
    if registry.paragraph_at(before.start) != registry.paragraph_at(start):
        return None
    if before.end - before.start > 80:
        return None
    people: dict[int, Entity] = {}
    first = None
    for n in registry.names_between(before.start, before.end):
        index = registry.entity_of[n]
        if index is not None and registry.may_be_person(registry.entities[index]):
            people[index] = registry.entities[index]
            if registry.names[n].start == before.start:
                first = registry.entities[index]
    tokens = registry.tokens_between(before.start, before.end)
    opening = tokens[0].lower
    if before.text.endswith("?") and any(t.lower in {"he", "she"} for t in tokens[:2]):
        return resolve_pronoun(discourse, i, next(t for t in tokens if t.lower in {"he", "she"}))
    if people:
        only = next(iter(people.values())) if before.text.endswith("?") else first
        return only if len(people) == 1 else None
    short = len(tokens) < 5  # "Nor does he."
    if before.text.endswith("?") or opening in MALE_PRONOUNS | FEMALE_PRONOUNS or short:
        asked = [t for t in tokens if t.lower in {"he", "she"}]
        return resolve_pronoun(discourse, i, asked[0]) if asked else None
    if opening == "the":
        for k, token in enumerate(tokens[1:5], 2):
            if token.lower in PERSON_NOUNS and not tokens[k].text[0].isupper():
                return resolve_noun_phrase(discourse, i, list(tokens[:k]))
    return None
