"""Two or more who speak as one: "Roe and Diaz", "both leaders", and whom "they" takes up."""

from __future__ import annotations

from collections.abc import Sequence

from stancekit.speakers.discourse import Discourse, PhraseReader
from stancekit.speakers.registry import Entity, Registry, is_organization_noun, surname_of
from stancekit.speakers.subjects import introduces, leading_sentence
from stancekit.speakers.tokens import Token, noun_gender, singular
from stancekit.speakers.words import (
    AGENT_ENDINGS,
    DETERMINERS,
    NUMERALS,
    PERSON_NOUNS,
    PREPOSITIONS,
    ROLE_CLASSES,
    SPOKESPERSON,
)

_SIDES = frozenset({"side", "camp"})
_SMALL_NUMBERS = frozenset("two three four five six seven eight nine ten".split())
_GROUP_ENDINGS = ("ists", "ians", "crats")


def joint_entity(discourse: Discourse, members: Sequence[Entity]) -> Entity:
    """Those who speak as one, the same entity each time."""
    registry = discourse.registry
    unique = list(dict.fromkeys(e.index for e in members))
    key = tuple(sorted(unique))
    if key not in discourse.by_members:
        name = " and ".join(registry.entities[m].name for m in unique)
        discourse.by_members[key] = registry.new(name, "group", members=tuple(unique), plural=True)
    return discourse.by_members[key]


def of_the_two(discourse: Discourse, position: int, noun: str) -> Entity | None:
    """As in "Roe and Diaz were glad, the one of the rain, the other of the sun"."""
    registry = discourse.registry
    for at, entity in reversed(discourse.sources[-4:]):
        near = registry.sentence_at(position) - registry.sentence_at(at) <= 1
        if near and at < position and len(entity.members) == 2:
            return registry.entities[entity.members[noun == "other"]]
    return None


def both_of_a_name(discourse: Discourse, tokens: Sequence[Token]) -> Entity | None:
    """The two of one surname, as in "Both Hales" and "The Hales"."""
    if len(tokens) != 2 or tokens[0].lower not in {"both", "the"} or not tokens[1].is_capital:
        return None
    surname = tokens[1].lower.removesuffix("s")
    if surname == tokens[1].lower:
        return None
    bearers = [
        e for e in discourse.registry.entities
        if e.is_person and len(e.words) > 1 and surname_of(e.words) == surname
    ]  # fmt: skip
    return joint_entity(discourse, bearers) if len(bearers) == 2 else None


def both(discourse: Discourse, position: int, noun: str) -> Entity | None:
    """The two people that "both leaders" means, or None where it could be others."""
    registry = discourse.registry
    if noun in _SIDES or (is_organization_noun(noun) and noun not in PERSON_NOUNS):
        # "Both sides", "both companies": two bodies, and not the people who speak for them.
        return None
    sentence = registry.sentence_at(position)
    at, last = next(((at, e) for at, e in reversed(discourse.sources) if at < position), (-1, None))
    if noun == "both" and last is not None and last.plural and registry.sentence_at(at) == sentence:
        # "Two clerks agreed; both asked not to be named."
        return last
    pair = _pair_before(discourse, position)
    if pair is not None:
        return joint_entity(discourse, pair)
    two = _nearest_two(discourse, position, noun, sure=False)
    two = two or _nearest_two(discourse, position, noun, sure=True)
    if two is None and noun in PERSON_NOUNS:
        # "Both senators" of an article with two
        holders = [
            e for e in registry.entities
            if e.is_person and not e.anonymous and e.roles.get(noun, position) < position
        ]  # fmt: skip
        two = holders if len(holders) == 2 else None
    return joint_entity(discourse, two) if two is not None else None


def _nearest_two(
    discourse: Discourse, position: int, noun: str, *, sure: bool
) -> list[Entity] | None:
    """The two people named in the sentences before who may be "both" of a noun.

    Args:
        discourse: The article.
        position: Where the phrase stands.
        noun: What both are, or "both" itself.
        sure: Whether single words that may be no names are left out.
    """
    registry = discourse.registry
    sentence = registry.sentence_at(position)
    accepted = ROLE_CLASSES.get(noun, frozenset({noun})) | {noun}
    gender = noun_gender(noun)
    distinct: list[Entity] = []
    current = sentence
    for start, entity in [*discourse.persons_before(position, 16), (-1, None)]:
        here = registry.sentence_at(start) if start >= 0 else -1
        if here < current:
            fitting = [e for e in distinct if accepted & set(e.roles)]
            if len(distinct) == 2 or len(fitting) == 2:
                chosen = distinct if len(distinct) == 2 else fitting
                return list(reversed(chosen))
            if len(distinct) > 2:
                return None
            current = here
        if entity is None or here < sentence - 4:
            break
        if gender and entity.likely_gender() not in {"", gender}:
            continue
        known = entity.roles.keys() | entity.descriptors.keys()
        if noun in PERSON_NOUNS and not gender and entity.roles and not accepted & known:
            # Who is a lawmaker is none of "the two ministers".
            continue
        if sure and not (len(entity.words) > 1 or entity.roles or entity.ages):
            continue
        if entity.principal is not None and SPOKESPERSON & set(entity.roles):
            # Who speaks for one of two is none of them.
            continue
        if entity not in distinct:
            distinct.append(entity)
    return None


def they(discourse: Discourse, position: int, read: PhraseReader) -> Entity | None:
    """What "they" takes up: a group, a body, two people named together, else None."""
    registry = discourse.registry
    sentence = registry.sentence_at(position)
    start = registry.document.sentences[sentence].start if registry.document.sentences else 0
    group = _plural_noun(registry, start, position, read)
    if group is not None:
        return group
    if discourse.in_quotes(position):
        # "They told us to wait": whom the speaker has in mind, and seldom who spoke last.
        return None
    here: list[Entity] = []
    for at, entity in discourse.persons_before(position, 8):
        if at >= start and entity not in here:
            here.append(entity)
    if len(here) == 2:
        return joint_entity(discourse, list(reversed(here)))
    if len(here) < 2:
        for at, entity in reversed(discourse.sources[-3:]):
            if registry.sentence_at(at) < sentence - 3:
                break
            if entity.plural or entity.members:
                return entity
        pair = _pair_before(discourse, position)
        if pair is not None:
            return joint_entity(discourse, pair)
        leading = leading_sentence(discourse, position)
        if leading is not None and introduces(discourse, leading, position):
            # "The women were packing. “We sold it,” they said"
            before = registry.document.sentences[leading]
            group = _plural_noun(registry, before.start, before.end, read)
            if group is not None:
                return group
        if sentence > 0:
            before = registry.document.sentences[sentence - 1]
            group = _plural_noun(registry, before.start, before.end, read)
            if group is not None:
                return group
        for at, entity in reversed(discourse.sources[-2:]):
            if registry.sentence_at(at) < sentence - 2:
                break
            if entity.kind == "organization":
                return entity
            if entity.kind == "person" and not entity.likely_gender() and not here:
                # A person of whom the article gives no gender may be a singular they.
                return entity
    return None


def one_of_them(discourse: Discourse, position: int) -> Entity | None:
    """What "one" takes up: one of the people whom this sentence or one of the two before names.

    "Some skippers stayed in. “It blows,” one said" makes him "a skipper", and one of two
    "one of the two skippers".
    """
    registry = discourse.registry
    sentence = registry.sentence_at(position)
    for back in range(sentence, max(-1, sentence - 3), -1):
        start = registry.document.sentences[back].start
        end = min(registry.document.sentences[back].end, position)
        tokens = registry.tokens_between(start, end)
        for k, token in enumerate(tokens):
            if not _may_be_several(token) or discourse.text[token.end : token.end + 1] in "’'":
                continue
            if any(
                len(registry.names[n].words) > 1 or not registry.names[n].initial
                for n in registry.names_between(token.start, token.end)
            ):
                continue
            first = k
            while first > 0 and k - first < 3 and tokens[first - 1].text.islower():
                if tokens[first - 1].lower in DETERMINERS | NUMERALS | PREPOSITIONS:
                    break
                first -= 1
            lead = tokens[first - 1].lower if first > 0 else ""
            if lead not in NUMERALS and not lead.isdigit():
                first = k
            words = [*(t.text.lower() for t in tokens[first:k]), token.lower]
            if lead in _SMALL_NUMBERS:
                label = f"one of the {lead} {' '.join(words)}"
            else:
                words[-1] = singular(token.lower)
                label = f"{'an' if words[0][0] in 'aeiou' else 'a'} {' '.join(words)}"
            body = is_organization_noun(token.lower) and singular(token.lower) not in PERSON_NOUNS
            entity = registry.new(label, "organization" if body else "person", anonymous=True)
            entity.roles[singular(token.lower)] = position
            return entity
    return None


def _may_be_several(token: Token) -> bool:
    """Whether a noun is a plural of people or of bodies."""
    noun = singular(token.lower)
    if noun == token.lower or token.possessive or not token.is_word:
        return False
    return (
        noun in PERSON_NOUNS
        or is_organization_noun(noun)
        or (token.lower.endswith(AGENT_ENDINGS) and len(token.lower) > 5)
    )


def _pair_before(discourse: Discourse, position: int) -> list[Entity] | None:
    """Two people named as "X and Y", the last people named before a position."""
    registry = discourse.registry
    names = registry.persons_before(position, 2)
    if len(names) < 2:
        return None
    second, first = registry.names[names[0]], registry.names[names[1]]
    if registry.sentence_at(first.start) < registry.sentence_at(position) - 1:
        return None
    between = discourse.text[first.end : second.start].split()
    later = [s for s, e in discourse.sources[-2:] if e.is_person and s > second.end]
    if later or not between or between[-1] == "with":
        return None
    if (
        "and" not in between
        or len(between) > 8
        or (between[0] != "and" and "," not in "".join(between))
    ):
        return None
    pair = [registry.entities[registry.entity_of[n] or 0] for n in (names[1], names[0])]
    return pair if pair[0] is not pair[1] else None


def _plural_noun(registry: Registry, start: int, end: int, read: PhraseReader) -> Entity | None:
    """The one group of people named by a noun in a stretch of text."""
    found: list[list[Token]] = []
    tokens = registry.tokens_between(start, end)
    for k, token in enumerate(tokens):
        noun = singular(token.lower)
        if noun == token.lower or token.possessive:
            continue
        if noun not in PERSON_NOUNS and not token.lower.endswith(_GROUP_ENDINGS):
            continue
        first = k
        while first > 0 and k - first < 3 and tokens[first - 1].is_word:
            word = tokens[first - 1]
            if word.lower in PREPOSITIONS or word.possessive or word.lower in {"and", "that"}:
                break
            first -= 1
            if word.lower in DETERMINERS | NUMERALS:
                break
        lead = tokens[first].lower
        phrase = list(tokens[first : k + 1])
        if lead not in DETERMINERS | NUMERALS:
            phrase = [token]
        found.append(phrase)
    if len(found) != 1:
        return None
    return read(found[0])
