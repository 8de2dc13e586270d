"""Whom the text right before is about: the subject of the last sentence outside quotations.

"Roe sat by a candle. “It is cold,” the old woman said" and "A clerk was curt. “No,” he said":
the sentence that leads to a quotation opens with whoever speaks in it.
"""

from __future__ import annotations

from stancekit.speakers.discourse import Discourse, PhraseReader
from stancekit.speakers.quoted import opens_quote
from stancekit.speakers.registry import Entity, Registry
from stancekit.speakers.tokens import Token, noun_gender, singular
from stancekit.speakers.words import DOCUMENT_NOUNS, PERSON_NOUNS, PREPOSITIONS
from stancekit.types import Span

# Sentences that a quotation may have between its lead and who is said to speak.
_LONGEST = 8
_CLOSING = frozenset("”\"’'»")
_ARTICLES = frozenset("a an the one".split())
_OWNERS = frozenset({"his", "her"})
_OPENERS = PREPOSITIONS | frozenset("beside behind opposite beneath alongside".split())
# What opens a noun phrase that comes after where or when.
_LATE = _OWNERS | {"a", "an"}
_ASKED = frozenset("asked told shown pressed".split())
_PLACES = frozenset("in at outside near on".split())
_JOINS = frozenset("and but then yet".split())


def leading_sentence(discourse: Discourse, position: int) -> int | None:
    """The last sentence before a position's own that is no quotation, where one leads there.

    It stands in the same paragraph, or in the one before a quotation of whole paragraphs.
    """
    registry = discourse.registry
    sentences = registry.document.sentences
    own = registry.sentence_at(position)
    following = own
    for k in range(own - 1, max(-1, own - _LONGEST), -1):
        start, next_start = sentences[k].start, sentences[following].start
        parted = registry.paragraph_at(start) != registry.paragraph_at(next_start)
        if parted and not opens_quote(discourse.text, next_start):
            return None
        if not (opens_quote(discourse.text, start) or discourse.in_quotes(start)):
            return k
        if _attributes(discourse, sentences[k]):
            # "“No,” said Roe."
            return None
        following = k
    return None


def _attributes(discourse: Discourse, sentence: Span) -> bool:
    """Whether a sentence that opens with a quotation has words of the article's own."""
    registry = discourse.registry
    last = sentence.text.rstrip()[-1:]
    if last not in _CLOSING and not discourse.in_quotes(sentence.end - 1):
        return True
    return any(
        registry.entity_of[n] is not None and not discourse.in_quotes(registry.names[n].start)
        for n in registry.names_between(sentence.start, sentence.end)
    )


def introduces(discourse: Discourse, sentence: int, position: int) -> bool:
    """Whether a sentence leads to a quotation that stands before a position."""
    sentences = discourse.registry.document.sentences
    following = sentences[sentence + 1].start
    return following < position and opens_quote(discourse.text, following)


def opening_name(discourse: Discourse, sentence: int) -> Entity | None:
    """The one person whom a sentence names, where their name opens it: "Roe sat by a candle".

    Or only a place stands before it, as in "In the market Roe sells tea".
    """
    registry = discourse.registry
    span = registry.document.sentences[sentence]
    first = registry.token_at(span.start)
    placed = registry.tokens[first].lower in _PLACES
    people = []
    for n in registry.names_between(span.start, span.end):
        index, k = registry.entity_of[n], registry.token_at(registry.names[n].start)
        if index is None or not registry.may_be_person(registry.entities[index]):
            continue
        if placed and k == first + 1:
            # "At St Roe's"
            continue
        people.append((registry.names[n], registry.entities[index]))
    if not people or any(entity is not people[0][1] for _, entity in people):
        return None
    name, entity = people[0]
    owned = registry.tokens[registry.token_at(name.end - 1)].possessive
    before = registry.tokens[registry.token_at(name.start) - 1].lower
    opens = name.start == span.start or (placed and before not in PREPOSITIONS | _ARTICLES)
    return entity if opens and name.words and not owned else None


def unnamed_subject(
    discourse: Discourse, sentence: int, gender: str, read: PhraseReader, *, before: int
) -> Entity | None:
    """The person without a name with whom a sentence opens, where it names no other.

    Only one who stands before a position.
    """
    registry = discourse.registry
    span = registry.document.sentences[sentence]
    tokens = list(registry.tokens_between(span.start, min(span.end, span.start + 90)))
    if tokens and tokens[0].lower in _JOINS:
        tokens = tokens[1:]
    elif len(tokens) > 1 and tokens[0].text == "I" and tokens[1].lower in _ASKED:
        # "I asked the vicar if she knew."
        tokens = tokens[2:]
    elif tokens and tokens[0].lower in _ASKED:
        # "Told of this, the clerk laughed."
        comma = next((k for k, t in enumerate(tokens) if t.text == ","), -1)
        tokens = tokens[comma + 1 :]
    elif tokens and tokens[0].lower in _OPENERS:
        # "Beside it a clerk laughed.", "At ten past one his wife called."
        tokens = tokens[_late_phrase(tokens) :]
    phrase = _opening_phrase(tokens)
    if phrase is None or phrase[-1].end > before:
        return None
    if noun_gender(phrase[-1].lower) not in {"", gender}:
        return None
    if any(
        (index := registry.entity_of[n]) is not None
        and registry.entities[index].is_person
        and registry.entities[index].likely_gender() in {"", gender}
        for n in registry.names_between(phrase[-1].end, span.end)
    ):
        return None
    found = next((e for at, e in discourse.sources if at == phrase[0].start), None) or read(phrase)
    if found is None or found.plural or found.members:
        return None
    principal = None if found.principal is None else registry.entities[found.principal]
    if principal is not None and principal.is_person:
        owner = principal.likely_gender()
        if owner in {"", gender} or found.likely_gender() != gender:
            # "Roe's adviser was curt. He …": either of them, but "his wife": she.
            return None
    if found.anonymous and phrase[0].lower == "the" and not _opens_paragraph(registry, span.start):
        # "Roe stood up. The driver waved": often one and the same.
        return None
    fits = found.likely_gender() in {"", gender} and found.kind in {"person", "unknown"}
    return found if fits else None


def _late_phrase(tokens: list[Token]) -> int:
    """Where a noun phrase begins after where or when, or the end of the tokens."""
    for k in range(1, min(len(tokens) - 1, 6)):
        after_all = tokens[k].lower in _LATE and tokens[k + 1].lower not in _LATE
        if after_all and tokens[k - 1].lower not in _OPENERS:
            return k
    return len(tokens)


def _opens_paragraph(registry: Registry, start: int) -> bool:
    return registry.paragraph_starts[registry.paragraph_at(start)] == start


def _opening_phrase(tokens: list[Token]) -> list[Token] | None:
    """The noun phrase of one person that opens a text: "a clerk" of "A clerk was curt"."""
    if not tokens or tokens[0].lower not in _ARTICLES | _OWNERS:
        return None
    for k, token in enumerate(tokens[1:6], 1):
        if not token.is_word or token.possessive or token.lower in PREPOSITIONS:
            return None
        noun = token.lower
        person = noun in PERSON_NOUNS and noun not in DOCUMENT_NOUNS and singular(noun) == noun
        follows = tokens[k + 1] if k + 1 < len(tokens) else None
        if person and (follows is None or not _goes_on(follows)):
            return tokens[: k + 1]
    return None


def _goes_on(token: Token) -> bool:
    """Whether a noun phrase goes on with a token: "student leader", "minister Roe"."""
    return token.is_word and (token.is_capital or singular(token.lower) in PERSON_NOUNS)
