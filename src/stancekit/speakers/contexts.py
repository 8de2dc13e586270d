"""Reads what stands around names: roles, ages, and signs that one is of a person or of a body."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from stancekit.speakers.names import Name
from stancekit.speakers.tokens import Token, given_gender, noun_gender, singular
from stancekit.speakers.words import (
    BODY_KINDS,
    COMPANY_NOUNS,
    ORGANIZATION_NOUNS,
    PERSON_NOUNS,
    ROLE_VERBS,
    ROLES,
    STAFF_NOUNS,
)

if TYPE_CHECKING:
    from stancekit.speakers.registry import Entity, Registry

_AGE = re.compile(r"\s*,\s*(?:aged?\s+)?(\d{1,2})\b\s*(?=[,.;)]|who|and|$)")
_OPENERS = frozenset("the a an one his her their its our my this that".split())
_PLACING = frozenset("in at of on for since".split())
# What ends the head of a noun phrase.
_ENDERS = frozenset(
    "of for at in from with on to near by inside within among behind under against about during "
    "after before outside as per who whom whose which that where when and or said says told is "
    "was are were has had will would".split()
)
_LOCATIVES = frozenset("in at near from outside inside across around throughout to into".split())


def read_contexts(registry: Registry) -> None:
    """Roles, ages and kinds from the words right before and after each name."""
    text = registry.document.text
    for i, name in enumerate(registry.names):
        found = registry.entity_of[i]
        if found is None:
            continue
        entity = registry.entities[found]
        k = registry.token_at(name.start)
        before = registry.tokens[k - 1] if k > 0 else None
        if before is not None:
            gap = text[before.end : name.start]
            word = before.lower
            if word in ROLES and not gap.strip() and "\n" not in gap and not before.possessive:
                role = [word]
                back = k - 2
                while back >= 0 and len(role) < 4 and registry.tokens[back].is_word:
                    previous = registry.tokens[back]
                    if previous.lower in {"the", "a", "an", "of", "and", "by", "said", "for"}:
                        break
                    role.insert(0, previous.lower)
                    if previous.possessive:
                        role.pop(0)
                        break
                    back -= 1
                if not name.words or entity.kind in {"unknown", "person"}:
                    entity.add_role(" ".join(role), before.start)
                    entity.kind = "person"
                    entity.evidence += 2
            elif word in _LOCATIVES and len(name.words) == 1:
                entity.against += 1
            elif word == "the" and not name.titled:
                entity.against += 2
        _read_apposition(registry, entity, name)
        _read_descriptors(registry, entity, name)
        if len(name.role.split()) > 2:
            # "Acme Mining director Roe": what stands before the role is no person.
            modifier = name.role.split()[:-1]
            owner = registry.by_full.get((modifier[0], modifier[-1]))
            if owner is not None and not registry.entities[owner].evidence:
                registry.entities[owner].kind = "organization"
        if name.plain.isupper() and len(name.plain) > 3 and len(name.words) == 1:
            k = bisect_right(registry.starts, name.end - 1)
            if k < len(registry.tokens) and registry.tokens[k].text == ":" and name.initial:
                # "ROE: I disagree", as transcripts write it
                entity.kind = "person"
    for entity in registry.entities:
        if entity.kind == "unknown" and (entity.votes["m"] or entity.votes["f"]):
            entity.kind = "person"
        if entity.kind == "unknown" and len(entity.words) == 1 and not entity.against:
            # "Piotr voted at his factory"
            gender = given_gender(entity.words[0])
            if gender:
                entity.kind, entity.gender = "person", entity.gender or gender


def _read_apposition(registry: Registry, entity: Entity, name: Name) -> None:
    text = registry.document.text
    age = _AGE.match(text, name.end, name.end + 16)
    position = name.end
    if age:
        entity.ages.add(age.group(1))
        entity.kind = "person" if entity.kind == "unknown" else entity.kind
        entity.evidence += 2
        position = age.end()
    k = bisect_right(registry.starts, position - 1)
    if k + 1 >= len(registry.tokens) or registry.tokens[k].text not in {",", "(", "—", "–"}:
        return
    before = registry.token_at(name.start) - 1
    if registry.tokens[k].text == "," and before > 0 and registry.tokens[before].text == ",":
        # "Its chairman, Roe, accused the minister": that comma closes an apposition.
        return
    phrase: list[str] = []
    for token in registry.tokens[k + 1 : k + 12]:
        if not token.is_word or token.lower in {
            "of", "for", "who", "which", "said", "at", "in", "to", "told", "and", "from", "by",
        }:  # fmt: skip
            break
        if token.possessive:
            phrase.clear()
            continue
        phrase.append(token.lower)
    while phrase and phrase[0] in {"the", "a", "an", "his", "her", "their", "its", "then"}:
        phrase.pop(0)
    business = phrase and phrase[-1] in COMPANY_NOUNS and not entity.gender
    if phrase and phrase[-1] in PERSON_NOUNS and len(phrase) <= 6 and not business:
        if entity.kind in {"unknown", "person"}:
            entity.kind = "person"
            entity.add_role(" ".join(phrase), position)
            entity.evidence += 2
    elif registry.tokens[k + 1].lower in {"who", "whose"}:
        entity.kind = "person" if entity.kind == "unknown" else entity.kind
        does = registry.tokens[k + 2].lower if k + 2 < len(registry.tokens) else ""
        if does in ROLE_VERBS and entity.is_person:
            # "Roe, who leads the union"
            entity.descriptors.setdefault(ROLE_VERBS[does], position)
    elif registry.tokens[k + 1].lower == "which":
        entity.bodily += 1


def _read_descriptors(registry: Registry, entity: Entity, name: Name) -> None:
    """The noun before a name, and the heads of the appositions around it.

    Words that are no nouns ("told Roe") come along; no source is headed by one.
    """
    tokens, text = registry.tokens, registry.document.text
    k = registry.token_at(name.start)
    if k > 0 and "\n" not in text[tokens[k - 1].end : name.start]:
        before = tokens[k - 1]
        if before.is_word and before.text.islower():
            entity.descriptors.setdefault(before.lower, before.start)
        elif before.text == "," and k > 1:
            # "The mediator, Jane Roe, …", "its mayor at the time, Jane Roe"
            for back in range(k - 2, max(-1, k - 10), -1):
                token = tokens[back]
                if not token.is_word:
                    break
                if token.lower in _OPENERS or (token.possessive and back < k - 2):
                    head = _head_of(registry, back + 1, k - 1)
                    if head is not None:
                        entity.descriptors.setdefault(head.lower, head.start)
                        _is_described_as(entity, head.lower)
                    break
    j = bisect_right(registry.starts, name.end - 1)
    _read_staff(registry, entity, k, j)
    if j < len(tokens) and tokens[j].text == "," and k > 0 and tokens[k - 1].text == ",":
        return
    if j < len(tokens) and tokens[j].text in {",", "(", "—", "–"}:
        j += 1
        if j + 1 < len(tokens) and tokens[j].text.isdigit():
            j += 2
    elif j < len(tokens) and tokens[j].lower in {"is", "was", "became", "remains"}:
        j += 1
    else:
        return
    if j < len(tokens) and tokens[j].lower in {"then", "now", "once", "formerly"}:
        j += 1
    head = _head_of(registry, j + (j < len(tokens) and tokens[j].lower in _OPENERS), j + 8)
    if head is not None:
        entity.descriptors.setdefault(head.lower, head.start)
        _is_described_as(entity, head.lower)


def _is_described_as(entity: Entity, noun: str) -> None:
    """Takes from a noun in apposition what it tells: a body, or a person and which gender."""
    if noun in ORGANIZATION_NOUNS or noun in COMPANY_NOUNS:
        entity.bodily += 1
    if noun not in PERSON_NOUNS or entity.kind not in {"unknown", "person"}:
        return
    if noun in COMPANY_NOUNS and not entity.gender:
        # "Roe Power, the contractor", but "Ann Roe, a contractor"
        return
    entity.kind = "person"
    entity.evidence += 1
    if noun_gender(noun) and not entity.certain:
        entity.gender, entity.certain = noun_gender(noun), True


def _read_staff(registry: Registry, entity: Entity, k: int, j: int) -> None:
    """Signs of a body around a name that starts at token ``k`` and ends before ``j``."""
    tokens = registry.tokens
    if k > 1 and tokens[k - 1].lower in {"of", "for", "at", "from"}:
        entity.bodily += singular(tokens[k - 2].lower) in PERSON_NOUNS
    if k > 0:
        entity.bodily += tokens[k - 1].lower in ORGANIZATION_NOUNS
    own = tokens[j - 1].possessive
    if own and j < len(tokens):
        # "Olm Action's Ann Roe"
        after = registry.names_between(tokens[j].start, tokens[j].end)
        entity.bodily += any(len(registry.names[n].words) > 1 for n in after)
    for token in tokens[j : j + 3]:
        if not token.is_word or token.possessive or token.lower in _ENDERS:
            break
        noun = singular(token.lower)
        if noun in STAFF_NOUNS or (own and noun in ROLES):
            entity.bodily += 1
            break


def _head_of(registry: Registry, first: int, end: int) -> Token | None:
    """The last word of a noun phrase that starts at a token: before "of", a comma, a verb."""
    head = None
    for token in registry.tokens[first:end]:
        if not token.is_word or (token.lower in _ENDERS and token.text.islower()):
            break
        head = None if token.possessive else token
    return head


def doubt(registry: Registry) -> None:
    """Takes two capitalised words for a person no longer where more speaks against it.

    "Nordic Wire" and "Sleaford Bay" look as "Jane Roe" does; but an article gives people a
    role, an age, a pronoun or later the bare surname, and it is not in or at them that
    things happen.
    """
    short = {
        index for index, name in zip(registry.entity_of, registry.names, strict=True)
        if len(name.words) == 1
    }  # fmt: skip
    for entity in registry.entities:
        beside = entity.descriptors.keys()
        no_one = entity.against or entity.bodily or beside & (_PLACING | BODY_KINDS)
        if (
            no_one
            and entity.kind == "person"
            and entity.index not in short
            and not (entity.gender or entity.certain or entity.ages or entity.roles)
            and not (entity.evidence or any(entity.votes.values()))
            and not PERSON_NOUNS & beside
        ):
            entity.kind = "unknown"
