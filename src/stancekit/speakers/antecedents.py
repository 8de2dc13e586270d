"""What a pronoun takes up: "who", "I", "it", and by way of `gendered` and `groups` the others."""

from __future__ import annotations

from collections.abc import Sequence

from stancekit.speakers.by_name import named_entity
from stancekit.speakers.discourse import Discourse, PhraseReader
from stancekit.speakers.gendered import he_or_she
from stancekit.speakers.groups import they
from stancekit.speakers.phrases import is_plural
from stancekit.speakers.registry import (
    FEMALE_PRONOUNS,
    MALE_PRONOUNS,
    Entity,
    Registry,
    is_organization_noun,
)
from stancekit.speakers.tokens import Token, singular
from stancekit.speakers.unseen import author
from stancekit.speakers.words import DETERMINERS, NUMERALS, POSSESSIVE_PRONOUNS, PREPOSITIONS

_FIRST = frozenset("i me my mine myself we us our ours ourselves".split())
_SINGULAR_FIRST = frozenset("i me my mine myself".split())
_PLURAL = frozenset("they them their theirs themselves".split())
_IT = frozenset("it its itself".split())
_NEVER = frozenset(
    "whose what you your yours one nobody no-one none this these those there "
    "whoever anyone anybody everyone everybody someone somebody something".split()
)
_PRONOUNS = MALE_PRONOUNS | FEMALE_PRONOUNS | _PLURAL | _IT | _FIRST
_RELATIVE = frozenset("who which that whom".split())


def is_pronoun(tokens: Sequence[Token]) -> bool:
    """Whether a source is a pronoun, alone or with what hangs on it."""
    first = tokens[0].lower
    # The US and the WHO are no pronouns.
    return (len(first) == 1 or not tokens[0].text.isupper()) and (
        (len(tokens) == 1 and first in _PRONOUNS | _NEVER)
        or (
            first in _PRONOUNS
            and first not in POSSESSIVE_PRONOUNS
            # "Mine Workers United"
            and not (len(tokens) > 1 and tokens[1].is_capital)
            # "he and Roe"
            and not (first in {"he", "she"} and len(tokens) > 2 and tokens[1].lower == "and")
        )
        or first in _RELATIVE | {"whose"}  # "who", "who runs the bakery"
    )


def antecedent(discourse: Discourse, i: int, token: Token, read: PhraseReader) -> Entity | None:
    """Whom or what a pronoun means that stands in a statement.

    Args:
        discourse: The article.
        i: The statement's number.
        token: The pronoun.
        read: Gives the entity of the noun phrase that the pronoun takes up.
    """
    word = token.lower
    position = token.start
    enclosing = discourse.enclosing(position, i)
    holder = _speaker_of(discourse, enclosing) if enclosing is not None else None
    quoted = discourse.in_quotes(position)
    if word in _FIRST:
        if enclosing is not None:
            return holder
        if quoted:
            return None
        return author(discourse) if word in _SINGULAR_FIRST else None
    if word in _RELATIVE or word == "whose":
        return _before_relative(discourse.registry, position, read)
    if word in _NEVER:
        return None
    if word in _PLURAL:
        return they(discourse, position, read)
    if word in _IT:
        return _it(discourse, position, read)
    gender = "m" if word in MALE_PRONOUNS else "f"
    if holder is not None and not quoted and holder.is_person:
        source = discourse.statements[enclosing].source if enclosing is not None else None
        follows = source is not None and source.start > position
        # "He is tired, a clerk said" and "… he is tired, Olmpress reported" are of somebody else.
        other = follows and (
            holder.anonymous or (len(holder.words) == 1 and not holder.is_described)
        )
        if holder.likely_gender() in {"", gender} and not other:
            return holder
    return he_or_she(discourse, position, gender, holder if quoted else None, read)


def _before_relative(registry: Registry, position: int, read: PhraseReader) -> Entity | None:
    """What a relative pronoun takes up: the name or noun phrase right before it."""
    tokens = registry.tokens
    k = registry.token_at(position) - 1
    if k >= 0 and tokens[k].text == ",":
        k -= 1
    start = registry.document.sentences[registry.sentence_at(position)].start
    if k >= 0 and tokens[k].text == ")":
        # "Roe (Ohio), who"
        while k >= 0 and tokens[k].start >= start and tokens[k].text != "(":
            k -= 1
        k -= 1
    if k < 0 or not tokens[k].is_word or tokens[k].start < start:
        return None
    stop = k
    for n in registry.names_between(tokens[k].start, tokens[k].end):
        found = registry.entity_of[n]
        if found is None:
            return None
        entity = registry.entities[found]
        human = tokens[registry.token_at(position)].lower == "who"
        if human and entity.kind == "organization":
            # "supporters in Springfield, who": the name is not what "who" takes up.
            return None
        return entity
    if is_plural([tokens[k]]) and tokens[k - 1].lower in PREPOSITIONS | {"to"} and k:
        # "according to exporters, who"
        return read([tokens[k]])
    while k >= 0 and stop - k < 8 and tokens[k].start >= start and tokens[k].is_word:
        if tokens[k].lower in DETERMINERS | NUMERALS | POSSESSIVE_PRONOUNS:
            phrase = list(tokens[k : stop + 1])
            return read(phrase)
        k -= 1
    return None


def _it(discourse: Discourse, position: int, read: PhraseReader) -> Entity | None:
    """The body that "it" takes up, where only one is in sight."""
    registry = discourse.registry
    sentence = registry.sentence_at(position)
    here = _opening_body(registry, sentence, position, read)
    if here is not None:
        return here
    for at, entity in reversed(discourse.sources[-2:]):
        if registry.sentence_at(at) < sentence - 2:
            break
        if entity.kind in {"organization", "unknown"} and not entity.plural:
            return entity
    opening = _opening_body(registry, sentence - 1, position, read)
    if opening is not None:
        return opening
    start = registry.document.sentences[max(0, sentence - 1)].start
    bodies = {
        registry.entity_of[n]
        for n in registry.names_between(start, position)
        if (index := registry.entity_of[n]) is not None
        and registry.is_body(registry.entities[index])
    }
    only = bodies.pop() if len(bodies) == 1 else None
    return registry.entities[only] if only is not None else None


def _opening_body(
    registry: Registry, sentence: int, position: int, read: PhraseReader
) -> Entity | None:
    """The body with which a sentence opens, as in "The exporters' association was quiet".

    Only one with a name or a definite description counts, and only before a position.
    """
    if sentence < 0:
        return None
    span = registry.document.sentences[sentence]
    start = span.start
    if registry.tokens[registry.token_at(start)].lower == "according":
        # "According to two clerks, the firm has gone."
        start = span.start + span.text.find(",") + 1
    tokens = registry.tokens_between(start, min(span.end, start + 80, position))
    if not tokens:
        return None
    first = tokens[1] if tokens[0].lower == "the" and len(tokens) > 1 else tokens[0]
    for n in registry.names_between(first.start, first.end):
        index = registry.entity_of[n]
        if index is not None and registry.names[n].end < position:
            return registry.entities[index] if registry.is_body(registry.entities[index]) else None
    if tokens[0].lower != "the":
        return None
    for k, token in enumerate(tokens[:6]):
        if not token.is_word and token.text not in "'’":
            return None
        noun = token.lower
        if k and not token.possessive and is_organization_noun(noun) and noun == singular(noun):
            if k + 1 < len(tokens) and is_organization_noun(tokens[k + 1].lower):
                continue
            return read(list(tokens[: k + 1]))
    return None


def _speaker_of(discourse: Discourse, i: int) -> Entity | None:
    """Who speaks in a statement, resolved or not."""
    answer = discourse.answers[i]
    if answer is not None:
        return answer
    source = discourse.statements[i].source
    if source is None:
        return None
    # The holder of a quotation may come after it: "I know he lies," Roe said.
    tokens = discourse.registry.tokens_between(source.start, source.end)
    return named_entity(discourse, list(tokens)) if tokens else None
