"""Sources without a name: taken up from before, or an entity of their own.

"The president" mostly is somebody whom the article names, "two officials" and "a
spokesman for Roe" are nobody whom it names; each of those is one entity throughout.
"""

from __future__ import annotations

from dataclasses import replace

from stancekit.speakers.descriptions import AGE_NOUN, by_role, described, epithet, relative
from stancekit.speakers.discourse import Discourse
from stancekit.speakers.groups import both, of_the_two
from stancekit.speakers.phrases import before_preposition, is_plural, names_in
from stancekit.speakers.registry import Entity, is_organization_noun
from stancekit.speakers.tokens import Token, noun_gender, singular
from stancekit.speakers.words import (
    AGENT_ENDINGS,
    DEFINITE,
    DETERMINERS,
    DOCUMENT_NOUNS,
    INDEFINITE,
    NUMERALS,
    PERSON_NOUNS,
    PLURAL_NOUNS,
    POSSESSIVE_PRONOUNS,
    ROLES,
    SPOKESPERSON,
)

# Adjectives that stand behind their noun, with what belongs to them.
_LOOSE_ADJECTIVES = frozenset("close familiar aware loyal opposed critical".split())


def unnamed_entity(
    discourse: Discourse, tokens: list[Token], core: list[Token], principal: Entity | None
) -> Entity | None:
    """A source without a name: "the president", "two officials", "a spokesman for Roe"."""
    registry = discourse.registry
    position = tokens[0].start
    rest = tokens[len(core) :] if tokens[: len(core)] == core else []
    if len(core) == 1 and len(rest) > 1 and rest[0].lower == "of":
        # "one of the senators", "some of the senators": what they are tells the type.
        whole = before_preposition(registry, rest[1:])
        if whole:
            noun = singular(whole[-1].lower)
            many = core[0].lower not in {"one", "another", "each", "either", "neither"}
            core = [core[0], replace(whole[-1], lower=whole[-1].lower if many else noun)]
    if len(core) > 1 and core[-1].lower in _LOOSE_ADJECTIVES and rest:
        # "two people familiar with the talks" are people
        core = core[:-1]
    first, head = core[0].lower, core[-1].lower
    plural = is_plural(core)
    noun = singular(head) if plural else head
    words = [t.lower for t in core if t.is_word and t.lower not in DETERMINERS]
    definite = first in DEFINITE or principal is not None or first not in INDEFINITE
    two = first == "the" and "two" in {head, core[min(1, len(core) - 1)].lower}
    if first == "both" or (two and (plural or head == "two")) or head in {"pair", "duo"}:
        return both(discourse, position, noun)
    if plural and first == "the" and noun in {"leader", "man", "woman"} and not rest:
        joint = both(discourse, position, noun)
        if joint is not None:
            return joint
    if first == "the" and len(core) == 2 and head in {"one", "other"}:
        member = of_the_two(discourse, position, head)
        if member is not None:
            return member
    if words[:1] == ["same"] and noun in PERSON_NOUNS and not plural:
        # "The same man asked why."
        return _last_person(discourse, position, noun_gender(noun))
    age = next((m.group(1) for t in core if (m := AGE_NOUN.match(t.lower))), None)
    if age and first == "the":
        holders = [e for e in registry.entities if age in e.ages]
        if len(holders) == 1:
            return holders[0]
        if holders or noun not in ROLES:
            return None if holders else _last_person(discourse, position)
        words = [w for w in words if not AGE_NOUN.match(w)]
    if not plural and first == "the" and (noun in PERSON_NOUNS or noun in ROLES):
        person, open_question = by_role(discourse, position, noun, words, core)
        if person is not None or open_question:
            return person
    family = len(rest) == 2 and rest[0].lower == "of" and rest[1].lower in NUMERALS
    if first == "the" and not plural and (not rest or family):
        taken_up = described(registry, position, core) or epithet(discourse, position, core, noun)
        if taken_up is not None:
            return taken_up
    if principal is not None and len(core) == 1:
        kin = relative(registry, position, principal, noun)
        if kin is not None:
            return kin
    label = " ".join(discourse.text[tokens[0].start : tokens[-1].end].split())
    owner = next((t for t in tokens if t.possessive and t.end < core[0].start), None)
    if owner is not None and not (owner.is_capital and names_in(registry, [owner])):
        owner = None  # "the minister's spokesman" stays so
    if tokens[0].lower in POSSESSIVE_PRONOUNS:
        if principal is None:
            return None
        several = principal.plural or (principal.anonymous and principal.name[:1].isupper())
        ending = "’" if several and principal.name.endswith("s") else "’s"
        label = f"{_definite(principal)}{ending} {' '.join(label.split()[1:])}"
    elif owner is not None and principal is not None and principal.is_person:
        # "Ms Roe's office": whose, by the full name
        rest_of = " ".join(discourse.text[owner.end : tokens[-1].end].split()[1:])
        label = label if principal.anonymous else f"{principal.name}’s {rest_of}"
    elif first in DETERMINERS | NUMERALS and not tokens[0].text.isupper():
        label = label[0].lower() + label[1:]
    elif label[:2] == "A ":
        label = "a " + label[2:]
    if principal is not None and noun in PERSON_NOUNS:
        stem = "spokesperson" if noun in SPOKESPERSON else noun
        key = f"{stem}|{principal.index}|{plural}"
    else:
        key = label.lower().removeprefix("the ")
    if first in INDEFINITE and principal is None:
        key = f"{key}@{position}"
    if first == "the" and not plural:
        # "the spokesman" after "a spokesman for Roe", but not "the prime minister" after
        # "a former minister" or "two ministers"
        for _, earlier in reversed(discourse.sources[-12:]):
            if earlier.anonymous and not earlier.plural and noun in earlier.roles:
                if set(words) <= set(earlier.name.lower().split()):
                    return earlier
    if first == "the" and plural:
        for _, earlier in reversed(discourse.sources[-12:]):
            if earlier.plural and earlier.anonymous and noun in earlier.roles:
                return earlier
    if key in discourse.nominals:
        return discourse.nominals[key]
    if noun in PERSON_NOUNS or (plural and head in PLURAL_NOUNS):
        kind = "group" if plural else "person"
    elif is_organization_noun(noun):
        kind = "organization"
    elif noun in DOCUMENT_NOUNS:
        kind = "unknown"
        plural = False
    else:
        kind = "group" if plural and head.endswith(AGENT_ENDINGS) else "unknown"
    if not definite and first == "no":
        return None
    entity = registry.new(label, kind, anonymous=True, plural=plural and kind == "group")
    entity.roles[noun] = position
    entity.gender = noun_gender(noun)
    entity.certain = bool(entity.gender)
    if principal is not None:
        entity.principal = principal.index
    discourse.nominals[key] = entity
    return entity


def _definite(principal: Entity) -> str:
    """What a speaker is called where something of theirs is: "the study" for "a study of Olm"."""
    if principal.anonymous and principal.name.split()[0] in {"a", "an"} and principal.roles:
        return f"the {next(iter(principal.roles))}"
    return principal.name


def _last_person(discourse: Discourse, position: int, gender: str = "") -> Entity | None:
    """The person who has just spoken, and may be of a gender."""
    for start, entity in reversed(discourse.sources[-3:]):
        fits = not gender or entity.likely_gender() in {"", gender}
        if entity.is_person and start < position and fits:
            return entity
    return None
