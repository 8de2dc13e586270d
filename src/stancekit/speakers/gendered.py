"""Whom "he" or "she" means: the model of `pronouns` within a sentence, and salience beyond it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from stancekit.speakers import pronouns
from stancekit.speakers.discourse import Discourse, PhraseReader
from stancekit.speakers.registry import Entity
from stancekit.speakers.subjects import (
    introduces,
    leading_sentence,
    opening_name,
    unnamed_subject,
)
from stancekit.speakers.unseen import is_unseen
from stancekit.speakers.words import DOCUMENT_NOUNS, PERSON_NOUNS

# Sentences back in which a pronoun's person may have been named last.
_REACH = 8
_ASKERS = frozenset({"by", "from"})
_JOB_ENDINGS = ("er", "or", "ist", "ian", "man", "woman", "eer")


def he_or_she(
    discourse: Discourse, position: int, gender: str, barred: Entity | None, read: PhraseReader
) -> Entity | None:
    """Whom a he or she at a position means."""
    registry, scene = discourse.registry, discourse.scene
    subject = _unnamed_subject(discourse, position, gender)
    if subject is None and not discourse.in_quotes(position):
        subject = _leading_subject(discourse, position, gender, read)
    if subject is not None:
        return subject
    # Only where no person whose gender fits or isn't known is in sight may it be a name
    # that may be no person's.
    known, unknown, unsure = _candidates(discourse, position, gender, barred)
    for candidates in ([*known, *unknown], unsure):
        here = _named_here(discourse, position, candidates)
        if len(here) > 1:
            # GAP's ambiguous pronouns stand in one sentence with their candidates.
            low, high = _mentions_near(discourse, position)
            pronoun = registry.token_at(position)
            found, _ = pronouns.choose(scene, pronoun, here, low, high)
            if found is not None:
                return registry.entities[found]
        salient = _salient(discourse, position, candidates)
        if salient is not None:
            return salient
    return None


def _unnamed_subject(discourse: Discourse, position: int, gender: str) -> Entity | None:
    """As in "The planner declined to say; he would decide": the source that the sentence has.

    One without a name, in whose place the sentence names nobody.
    """
    registry = discourse.registry
    at, last = next(((a, e) for a, e in reversed(discourse.sources) if a < position), (-1, None))
    if last is None or not last.anonymous or last.plural or last.principal is not None:
        return None
    if last.likely_gender() not in {"", gender}:
        return None
    if registry.sentence_at(at) != registry.sentence_at(position) or discourse.in_quotes(position):
        return None
    jobs = [n for n in last.roles if n in PERSON_NOUNS or n.endswith(_JOB_ENDINGS)]
    if last.kind not in {"person", "unknown"} or not jobs or DOCUMENT_NOUNS & set(jobs):
        return None
    named = [
        index for n in registry.names_between(at, position)
        if (index := registry.entity_of[n]) is not None
        and registry.may_be_person(registry.entities[index])
    ]  # fmt: skip
    return None if named else last


def _leading_subject(
    discourse: Discourse, position: int, gender: str, read: PhraseReader
) -> Entity | None:
    """As in "The planner was curt. “No,” he said": whom the sentence before is about.

    Only where the pronoun's own sentence names nobody before it outside of quotations.
    """
    registry = discourse.registry
    start = registry.document.sentences[registry.sentence_at(position)].start
    if any(
        (index := registry.entity_of[n]) is not None
        and registry.may_be_person(registry.entities[index])
        and not discourse.in_quotes(registry.names[n].start)
        # "Questioned by Diaz, she said no."
        and registry.tokens[registry.token_at(registry.names[n].start) - 1].lower not in _ASKERS
        for n in registry.names_between(start, position)
    ):
        return None
    own = unnamed_subject(discourse, registry.sentence_at(position), gender, read, before=position)
    if own is not None and not own.anonymous:
        # "The planner was out; “No,” he wrote."
        return own
    leading = leading_sentence(discourse, position)
    if leading is None:
        return None
    named = opening_name(discourse, leading)
    if named is not None:
        fits = named.likely_gender() in {"", gender}
        return named if fits and introduces(discourse, leading, position) else None
    return unnamed_subject(discourse, leading, gender, read, before=position)


def _mentions_near(discourse: Discourse, position: int) -> tuple[int, int]:
    """First and last plus one of the scene's mentions in sight of a position."""
    registry, scene = discourse.registry, discourse.scene
    nearest = registry.token_at(max(0, position - pronouns.WINDOW))
    low = bisect_right(scene.mention_starts, nearest - 1)
    sentence = registry.sentence_at(position)
    end = (
        registry.sentence_starts[sentence + 1]
        if sentence + 1 < len(registry.sentence_starts)
        else len(discourse.text)
    )
    high = bisect_right(scene.mention_starts, registry.token_at(min(end, position + 400)))
    return max(low, high - 40), high


def _candidates(
    discourse: Discourse, position: int, gender: str, barred: Entity | None
) -> tuple[list[int], list[int], list[int]]:
    """Persons in sight whose gender fits, persons of unknown gender, and names of neither."""
    low, high = _mentions_near(discourse, position)
    known: dict[int, None] = {}
    unknown: dict[int, None] = {}
    unsure: dict[int, None] = {}
    near = [mention.entity for mention in discourse.scene.mentions[low:high]]
    near += [e.index for at, e in discourse.sources[-8:] if e.is_person and at < position]
    for index in near:
        entity = discourse.registry.entities[index]
        if entity is barred or is_unseen(discourse, entity):
            # An author is "I", and an interviewer only asks.
            continue
        own = entity.likely_gender()
        if own in {"", gender}:
            (unsure if not entity.is_person else known if own else unknown)[index] = None
    return list(known), list(unknown), list(unsure)


def _named_here(discourse: Discourse, position: int, candidates: Sequence[int]) -> list[int]:
    """Those candidates whom the sentence itself names before a position."""
    registry = discourse.registry
    start = registry.document.sentences[registry.sentence_at(position)].start
    low = bisect_right(discourse.scene.mention_starts, registry.token_at(start) - 1)
    high = bisect_right(discourse.scene.mention_starts, registry.token_at(position) - 1)
    named = dict.fromkeys(m.entity for m in discourse.scene.mentions[low:high])
    return [index for index in named if index in candidates]


def _salient(discourse: Discourse, position: int, candidates: Sequence[int]) -> Entity | None:
    """The candidate whom the nearest sentence that has one mentions first: its subject, mostly.

    Names inside quotation marks are somebody else's words and don't count.
    """
    registry, scene = discourse.registry, discourse.scene
    low, high = _mentions_near(discourse, position)
    found = [
        (start, m.entity)
        for m in scene.mentions[low:high]
        if m.entity in candidates
        and (start := discourse.tokens[m.first].start) < position
        and not discourse.in_quotes(start)
    ]
    found += [
        (at, e.index) for at, e in discourse.sources[-8:] if at < position and e.index in candidates
    ]
    if not found:
        return None
    nearest = registry.sentence_at(max(found)[0])
    if registry.sentence_at(position) - nearest > _REACH:
        return None
    there = [m for m in found if registry.sentence_at(m[0]) == nearest]
    others = [m for m in there if not _owns_a_person(discourse, m[0])]
    # A single word may be a place or a body that has been taken for a person.
    sure = [
        (at, entity) for at, entity in others or there
        if registry.entities[entity].is_described or len(registry.entities[entity].words) != 1
    ]  # fmt: skip
    return registry.entities[min(sure or others or there)[1]]


def _owns_a_person(discourse: Discourse, position: int) -> bool:
    """Whether a name only tells whose "Roe's daughter, Ann, said" somebody is."""
    registry = discourse.registry
    names = registry.names_between(position, position + 1)
    if not names:
        return False
    k = registry.token_at(registry.names[names[0]].end - 1)
    after = discourse.tokens[k + 1 : k + 4]
    return discourse.tokens[k].possessive and any(t.lower in PERSON_NOUNS for t in after)
