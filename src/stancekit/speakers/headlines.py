"""Who speaks in a headline: "Grid chief: no winter without a truce", or a quotation alone.

A headline names its speaker by a bare role, a shortened one or not at all; the article
below gives the name and says the same at length.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from stancekit.speakers.registry import Entity, Registry, is_organization_noun
from stancekit.speakers.tokens import singular
from stancekit.speakers.words import HEADLINE_ROLES, PERSON_NOUNS, ROLE_CLASSES
from stancekit.types import Document, Span, Statement

_WORD = re.compile(r"[^\W\d_]{3,}")
# "PM" is a role too.
_NAMED = re.compile(r"[^\W\d_]{2,}")
_MAX_TITLE = 140
_COMMON = frozenset(
    "the and that this with for from are was were will would not but has have had his her their "
    "its can could who what they them you our your she him out all one more than over into after "
    "about should must may says said say".split()
)
# Of what a quotation in a headline says, how much a statement below must repeat.
_SAME_WORDS = 0.6
# And how much one whose speaker's role is not known must share with the headline.
_SHARED = 0.12
# How much a statement must share with a headline to tell its speaker against a role.
_SAME_SAID = 0.4
# Roles that tell one person from another, and are no forms of address.
_TELLING = PERSON_NOUNS - frozenset("doctor professor reverend priest chair head leader".split())


def title_of(document: Document) -> Span | None:
    """The headline: a short first paragraph without a full stop, with text below it."""
    if len(document.paragraphs) < 3:
        return None
    first = document.paragraphs[0]
    text = first.text.strip()
    return None if len(text) > _MAX_TITLE or text.endswith(".") else first


def is_bare_role(source: Span) -> bool:
    """Whether a headline calls its speaker by a role alone that could be a name: "Skipper"."""
    words = source.text.split()
    noun = words[-1].lower().strip(".,:") if words else ""
    return len(words) == 1 and (
        noun in PERSON_NOUNS or noun in HEADLINE_ROLES or is_organization_noun(noun)
    )


def speaker_below(
    statement: Statement,
    below: Sequence[tuple[Statement, Entity]],
    registry: Registry,
) -> Entity | None:
    """The speaker of the article whom a statement of its headline means.

    Args:
        statement: One that stands in the headline, its source a description or missing.
        below: The statements of the article itself that have speakers, in text order.
        registry: What is known of the names in the article.

    Returns:
        None where no speaker below fits.
    """
    overlap = _overlaps(statement, below)
    if statement.source is None:
        return _best(overlap, below, at_least=_SAME_WORDS)
    words = _NAMED.findall(statement.source.text)
    if not words:
        return None
    noun = singular(words[-1].lower())
    called = [k for k, (_, entity) in enumerate(below) if _is_called(entity, noun)]
    if called:
        best = max(called, key=lambda k: (overlap[k], -k))
        own = below[best][1]
        if noun in PERSON_NOUNS and noun not in own.roles.keys() | own.descriptors.keys():
            named = [s if _fits(e, person=True, body=False) else 0.0
                     for s, (_, e) in zip(overlap, below, strict=True)]  # fmt: skip
            other = max(range(len(named)), key=lambda k: (named[k], -k))
            if named[other] >= max(_SAME_SAID, 2 * overlap[best]):
                # "Airport boss: …" is who says so, before the secretary who doesn't.
                return below[other][1]
        return below[best][1]
    known = [
        e for e in registry.entities if e.is_person and not e.anonymous and _is_called(e, noun)
    ]
    if len(known) == 1:
        return known[0]
    person, body = noun in PERSON_NOUNS, is_organization_noun(noun)
    if person and noun == words[-1].lower():
        # "Angler: …" is the first who speaks, where the article gives them no role of their own.
        first = next((e for _, e in below if _fits(e, person=True, body=False)), None)
        if first is not None and not (first.roles.keys() | first.descriptors.keys()) & _TELLING:
            return first
    fitting = [
        (share if _fits(entity, person=person, body=body) else 0.0)
        for share, (_, entity) in zip(overlap, below, strict=True)
    ]
    found = _best(fitting, below, at_least=_SHARED)
    if found is None and (person or body):
        found = _who_speaks_most([e for _, e in below if _fits(e, person=person, body=body)])
    return found


def _is_called(entity: Entity, noun: str) -> bool:
    """Whether a role of an entity, or a noun beside its name, is that of a headline."""
    none: frozenset[str] = frozenset()
    accepted = HEADLINE_ROLES.get(noun, none) | ROLE_CLASSES.get(noun, none) | {noun}
    return not entity.plural and bool(accepted & (entity.roles.keys() | entity.descriptors.keys()))


def _fits(entity: Entity, *, person: bool, body: bool) -> bool:
    """Whether an entity has a name and is of the kind that a headline's noun asks for."""
    if entity.anonymous:
        return False
    return entity.is_person if person else entity.kind == "organization" if body else True


def _who_speaks_most(speakers: Sequence[Entity]) -> Entity | None:
    """The speaker of at least three statements and of half as many again as any other."""
    counts = Counter(entity.index for entity in speakers).most_common(2)
    if not counts or counts[0][1] < 3 or (len(counts) > 1 and counts[0][1] <= 1.5 * counts[1][1]):
        return None
    return next(entity for entity in speakers if entity.index == counts[0][0])


def _overlaps(statement: Statement, below: Sequence[tuple[Statement, Entity]]) -> list[float]:
    """How much of a headline's content each statement repeats: rare words weigh more."""
    texts = [_stems(f"{other.content} {other.context}") for other, _ in below]
    seen = Counter(stem for text in texts for stem in text)
    wanted = {stem: 1 / (1 + seen[stem]) for stem in _stems(statement.content)}
    total = sum(wanted.values())
    return [
        sum(weight for stem, weight in wanted.items() if stem in text) / total if total else 0.0
        for text in texts
    ]


def _stems(text: str) -> set[str]:
    return {w[:5] for w in map(str.lower, _WORD.findall(text)) if w not in _COMMON}


def _best(
    overlap: Sequence[float], below: Sequence[tuple[Statement, Entity]], *, at_least: float
) -> Entity | None:
    if not overlap:
        return None
    k = max(range(len(below)), key=lambda k: (overlap[k], -k))
    return below[k][1] if overlap[k] >= at_least else None
