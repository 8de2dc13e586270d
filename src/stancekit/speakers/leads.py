"""Who speaks in a lead: "A judge has ruled …", and in the next paragraph "Ann Roe said …".

News reports put off the name of who makes the news. Only a name that comes without a
description of its own, or with the lead's, is taken for the one put off: "Bo Diaz, a
builder" is somebody else.
"""

from __future__ import annotations

from stancekit.speakers import headlines
from stancekit.speakers.discourse import Discourse
from stancekit.speakers.registry import Entity, Registry, is_organization_noun
from stancekit.speakers.tokens import noun_gender, singular
from stancekit.speakers.words import (
    COMPANY_NOUNS,
    DOCUMENT_NOUNS,
    HEADLINE_ROLES,
    PERSON_NOUNS,
    ROLE_CLASSES,
)

# Paragraphs below the lead in which the name has to come.
_BELOW = 3
# Characters around a name in which its description stands.
_BESIDE = 60
# Roles that are but forms of address.
_ADDRESS = frozenset("doctor professor reverend priest justice captain".split())


def identify_lead(discourse: Discourse) -> bool:
    """Gives statements of an unnamed speaker in the lead the name that follows it.

    Returns:
        Whether that is settled, one way or the other, by what is resolved so far.
    """
    registry = discourse.registry
    title = headlines.title_of(discourse.document)
    floor = title.end if title is not None else 0
    first = registry.paragraph_at(floor + 2) if title is not None else 0
    paragraphs = registry.document.paragraphs
    end = paragraphs[min(first + 1 + _BELOW, len(paragraphs) - 1)].end
    spoken = [
        (statement.source, answer)
        for i, (statement, answer) in enumerate(
            zip(discourse.statements, discourse.answers, strict=True)
        )
        if statement.source is not None
        and floor <= statement.source.start < end
        and not discourse.is_nested(i)
    ]
    spoken.sort(key=lambda s: s[0].start)
    if not spoken:
        return False
    source, lead = spoken[0]
    paragraph = registry.paragraph_at(source.start)
    if lead is None:
        return False
    if not _put_off(lead) or paragraph > first + 1:
        return True
    for other, answer in spoken:
        if discourse.text[other.end : other.end + 1] == ":":
            # "CHAIR: Councillor Roe?", as transcripts have it
            return True
        if answer is lead:
            continue
        if answer is None or answer.anonymous:
            # The sources that follow may not be resolved yet.
            break
        if paragraph < registry.paragraph_at(other.start) <= paragraph + _BELOW:
            if _fits(registry, (source.start, lead), answer, floor):
                _rename(discourse, lead, answer)
                return True
        break
    opening = _opens(registry, paragraph + 1)
    if opening is not None and _fits(registry, (source.start, lead), opening, floor):
        _rename(discourse, lead, opening)
        return True
    return False


def _opens(registry: Registry, paragraph: int) -> Entity | None:
    """Whose name opens a paragraph."""
    if paragraph >= len(registry.document.paragraphs):
        return None
    start = registry.document.paragraphs[paragraph].start
    for n in registry.names_between(start, start + 1):
        index = registry.entity_of[n]
        if index is not None and len(registry.names[n].words) > 1:
            return registry.entities[index]
    return None


def _put_off(entity: Entity) -> bool:
    """Whether an entity is one unnamed person or body, who may be named later."""
    nouns = entity.roles.keys()
    return (
        entity.anonymous
        and not entity.plural
        and not entity.members
        and bool(nouns)
        and not nouns & DOCUMENT_NOUNS
    )


def _fits(registry: Registry, lead: tuple[int, Entity], named: Entity, floor: int) -> bool:
    """Whether a named speaker may be the unnamed one of the lead."""
    position, unnamed = lead
    noun = next(iter(unnamed.roles))
    body = is_organization_noun(noun) or noun in COMPANY_NOUNS
    person = noun in PERSON_NOUNS
    if named.members or named.plural or not named.words or not named.mentions:
        return False
    if not ((person and named.is_person) or (body and not named.is_person)):
        return False
    if any(floor <= start < position for start, _ in named.mentions):
        return False
    if noun_gender(noun) and named.likely_gender() not in {"", noun_gender(noun)}:
        return False
    none: frozenset[str] = frozenset()
    accepted = HEADLINE_ROLES.get(noun, none) | ROLE_CLASSES.get(noun, none) | {noun}
    start, end = min(named.mentions)
    beside = {
        n for n, at in named.descriptors.items()
        if start - _BESIDE < at < end + _BESIDE
        and (n in PERSON_NOUNS or is_organization_noun(singular(n)))
    }  # fmt: skip
    own = (named.roles.keys() | beside) - _ADDRESS
    return not own or bool(own & accepted)


def _rename(discourse: Discourse, unnamed: Entity, named: Entity) -> None:
    """Makes one entity of the two, which has what the lead says of it."""
    named.mentions.extend(unnamed.mentions)
    for noun, position in unnamed.roles.items():
        named.roles.setdefault(noun, position)
    named.certain = named.certain or unnamed.certain
    named.gender = unnamed.gender if unnamed.certain else named.gender
    for i, answer in enumerate(discourse.answers):
        if answer is unnamed:
            discourse.answers[i] = named
    discourse.sources[:] = [(at, named if e is unnamed else e) for at, e in discourse.sources]
    for key, entity in discourse.nominals.items():
        if entity is unnamed:
            discourse.nominals[key] = named
