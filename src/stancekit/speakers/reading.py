"""Reads a source: whom its names, descriptions and pronouns mean, alone or joined by "and"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from stancekit.speakers.antecedents import antecedent, is_pronoun
from stancekit.speakers.by_name import called_so, named_behind, named_entity
from stancekit.speakers.descriptions import by_nationality
from stancekit.speakers.discourse import Discourse
from stancekit.speakers.groups import both_of_a_name, joint_entity, one_of_them
from stancekit.speakers.headlines import title_of
from stancekit.speakers.nominals import unnamed_entity
from stancekit.speakers.phrases import (
    before_preposition,
    clean,
    coordinated,
    cut_at_commas,
    is_circumstance,
    is_name,
    is_office,
    is_plural,
    is_shouted,
    names_in,
    without_clause,
    without_role,
)
from stancekit.speakers.registry import (
    FEMALE_PRONOUNS,
    MALE_PRONOUNS,
    Entity,
    Registry,
    is_organization_noun,
)
from stancekit.speakers.tokens import Token, singular
from stancekit.speakers.unseen import asks_questions, interviewee, interviewer
from stancekit.speakers.words import (
    AGENT_ENDINGS,
    COMPANY_NOUNS,
    DETERMINERS,
    DOCUMENT_NOUNS,
    PERSON_NOUNS,
    POSSESSIVE_PRONOUNS,
)
from stancekit.types import Span

_LEADING = frozenset(
    "according to by from per said says told quoting citing as that and but while although".split()
)
_TRAILING = frozenset(
    "said says told tells adds added asked wrote has had is was and both "
    "jointly alike together".split()
)
_REFLEXIVE = frozenset("himself herself itself themselves".split())
# Documents in which those speak who sign them.
_SIGNED = frozenset("statement declaration letter note memo message email post appeal".split())
_ONE = (["one"], ["one", "of", "them"], ["one", "of", "these"])
_ANSWER = re.compile(r"A\s*[:.]")


def resolve_source(discourse: Discourse, i: int, source: Span) -> Entity | None:
    """Whom the source of a statement means, or None where the article leaves it open."""
    span = clean(discourse.document, source)
    tokens = list(discourse.registry.tokens_between(span.start, span.end))
    if any(t.is_word for t in tokens) and asks_questions(discourse, tokens):
        return interviewer(discourse)
    if [t.text for t in tokens if t.is_word] == ["A"] and _ANSWER.match(
        discourse.text, tokens[0].start
    ):
        return interviewee(discourse)
    while tokens and (not tokens[0].is_word or tokens[0].lower in _LEADING):
        if tokens[0].is_capital and len(tokens) == 1:
            break
        tokens.pop(0)
    while len(tokens) > 1 and (not tokens[-1].is_word or tokens[-1].lower in _TRAILING):
        tokens.pop()
    if not tokens or all(not t.is_word or t.lower in {"the", "a", "an"} for t in tokens):
        return None
    if len(tokens) > 1 and tokens[-1].lower in _REFLEXIVE:
        # "the mayor himself"
        tokens.pop()
    if [t.lower for t in tokens] in _ONE:
        return one_of_them(discourse, tokens[0].start)
    if is_pronoun(tokens):
        return resolve_pronoun(discourse, i, tokens[0])
    return _resolve_phrases(discourse, i, _without_addressee(discourse, i, tokens))


def _without_addressee(discourse: Discourse, i: int, tokens: list[Token]) -> list[Token]:
    """The label of a headline without whom it is addressed to: "Growers" of "Growers to bank:"."""
    cue = discourse.statements[i].cue
    title = title_of(discourse.document)
    to = next((k for k, t in enumerate(tokens) if k and t.lower == "to"), None)
    if to is None or cue is None or cue.text != ":" or title is None or cue.end > title.end:
        return tokens
    return tokens[:to]


def _resolve_phrases(discourse: Discourse, i: int, tokens: list[Token]) -> Entity | None:
    """Whom a source means that is no pronoun: one phrase, or several with "and"."""
    registry = discourse.registry
    comma = next((k for k, t in enumerate(tokens) if t.text == ","), len(tokens))
    if tokens[0].lower == "both" and any(t.lower == "and" for t in tokens[:comma]):
        tokens = tokens[1:]
    if tokens[0].lower == "neither" and any(t.lower == "nor" for t in tokens):
        tokens = [replace(t, lower="and") if t.lower == "nor" else t for t in tokens[1:]]
    family = both_of_a_name(discourse, tokens)
    if family is not None:
        return family
    segments = cut_at_commas(discourse.text, tokens)
    if not segments:
        return None
    parts = coordinated(registry, segments)
    if len(parts) > 1:
        members = []
        for part in parts:
            entity = (
                resolve_pronoun(discourse, i, part[0])
                if len(part) == 1 and part[0].lower in MALE_PRONOUNS | FEMALE_PRONOUNS
                else resolve_noun_phrase(discourse, i, part)
            )
            if entity is not None and entity not in members:
                members.append(entity)
        if len(members) == len(parts):
            return joint_entity(discourse, members)
        return None
    core = before_preposition(registry, segments[0])
    if (
        len(segments) > 1
        and core
        and (
            not core[-1].is_capital
            or core[0].lower in {"one", "another"}
            or (core[0].lower == "the" and core[-1].text.isupper())
            or is_office(registry, core)
        )
        and is_name(
            registry,
            without_role(before_preposition(registry, segments[1])),
            # "the charity, Bright Bowl", but not "a lawyer for the charity, Bright Bowl"
            body=core[-1].lower in COMPANY_NOUNS | {"one", "another"}
            or (len(core) == len(segments[0]) and is_organization_noun(core[-1].lower)),
        )
    ):
        # "The council's rapporteur, Ann Roe, …", "the baker at the bridge, Ann Roe of Olm",
        # "the Minister of Education, Ann Roe"
        segments = segments[1:]
    elif len(segments) > 1 and core == segments[0] and _names_a_body(registry, core, segments[1]):
        # "An intervenor, the Clerks' Union"
        segments = segments[1:]
    own = called_so(discourse, tokens)
    if own is None and len(segments) == 1 and core and not is_plural(core):
        if singular(core[-1].lower) in PERSON_NOUNS:
            own = named_behind(discourse, tokens)
    if own is not None:
        return own
    return resolve_noun_phrase(discourse, i, segments[0], segments[1:])


def resolve_noun_phrase(
    discourse: Discourse, i: int, tokens: list[Token], following: Sequence[list[Token]] = ()
) -> Entity | None:
    """Whom a noun phrase means.

    Args:
        discourse: The article.
        i: Number of the statement that it stands in.
        tokens: The phrase.
        following: What the source holds after it, cut at commas.
    """
    registry = discourse.registry
    tokens = without_clause(registry, tokens)
    core = before_preposition(registry, tokens)
    if not core:
        return None
    rest = tokens[len(core) :]
    principal: Entity | None = None
    owner: list[Token] = []
    for k, token in enumerate(core[:-1]):
        if token.possessive or (k == 0 and token.lower in POSSESSIVE_PRONOUNS):
            owner, core = core[: k + 1], core[k + 1 :]
            break
    if owner:
        if len(owner) == 1 and owner[0].lower in POSSESSIVE_PRONOUNS:
            principal = resolve_pronoun(discourse, i, owner[0])
        else:
            principal = resolve_noun_phrase(discourse, i, owner)
    if owner and owner[0].lower in POSSESSIVE_PRONOUNS and core[-1].lower in DOCUMENT_NOUNS:
        # "Its statement": whoever wrote it speaks in it.
        return principal
    if is_shouted(tokens) and is_circumstance(rest):
        return unnamed_entity(discourse, tokens, core, None)
    national = by_nationality(registry, core[0].start, core)
    if national is not None:
        return national
    named = None if _opens_with_a_group(registry, core) else named_entity(discourse, core)
    if named is not None:
        for segment in following[:1]:
            _note_role(registry, named, segment)
        return named
    if any(registry.namesakes.get(n) for n in names_in(registry, core[-1:])):
        # One of two people of that surname, and nothing tells which.
        return None
    last = core[-1]
    head = last.lower
    person_like = singular(head) in PERSON_NOUNS
    if person_like and not is_plural(core):
        # "the ministry's spokesman, Ivan Roe": the name follows its role.
        for segment in following[:1]:
            name = named_entity(discourse, before_preposition(registry, segment))
            if name is not None and name.kind == "person":
                name.add_role(" ".join(t.lower for t in core if t.is_word), core[0].start)
                return name
    if person_like and not owner and len(rest) > 3 and core[0].lower not in DETERMINERS:
        # "director of works Ann Roe", but not "spokesman for councillor Ann Roe"
        name = named_entity(discourse, rest[1:])
        between = [t for t in rest[1:] if t.text.islower()]
        if name is not None and name.is_person and between == rest[1 : 1 + len(between)]:
            if between and singular(between[-1].lower) not in PERSON_NOUNS:
                name.add_role(" ".join(t.lower for t in core if t.is_word), core[0].start)
                return name
    if head in _SIGNED and len(rest) > 1 and rest[0].lower in {"of", "by", "from"}:
        # "the joint letter of Ann Roe and Tom Diaz"
        signed = _resolve_phrases(discourse, i, list(rest[1:]))
        if signed is not None and (signed.members or (signed.is_person and not signed.anonymous)):
            return signed
    if not owner and rest and rest[0].lower in {"of", "for"} and person_like:
        principal = resolve_noun_phrase(discourse, i, list(rest[1:])) if len(rest) > 1 else None
    return unnamed_entity(discourse, tokens, core, principal)


def resolve_pronoun(discourse: Discourse, i: int, token: Token) -> Entity | None:
    """Whom a pronoun in a statement means."""
    return antecedent(discourse, i, token, partial(resolve_noun_phrase, discourse, i))


def _opens_with_a_group(registry: Registry, core: Sequence[Token]) -> bool:
    """Whether a source is a plural that is written large only because it opens a sentence."""
    if len(core) > 1 or not core[0].lower.endswith(AGENT_ENDINGS):
        return False
    return all(
        registry.names[n].initial
        and (found := registry.entity_of[n]) is not None
        and registry.entities[found].kind in {"unknown", "group"}
        for n in names_in(registry, core)
    )


def _names_a_body(registry: Registry, core: Sequence[Token], following: Sequence[Token]) -> bool:
    """Whether what follows "an intervenor" is a name with an article: "the Clerks' Union"."""
    named = before_preposition(registry, following)
    return (
        bool(core)
        and core[0].lower in {"a", "an"}
        and len(named) > 1
        and named[0].lower == "the"
        and named[-1].is_capital
        and bool(names_in(registry, named[-1:]))
    )


def _note_role(registry: Registry, entity: Entity, segment: list[Token]) -> None:
    """Takes the role from what follows a name: "Roe, the council's rapporteur"."""
    core = before_preposition(registry, segment)
    if core and singular(core[-1].lower) in PERSON_NOUNS and entity.is_person:
        words = [t.lower for t in core if t.is_word and t.lower not in DETERMINERS]
        entity.add_role(" ".join(words), core[0].start)
