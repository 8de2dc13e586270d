"""The grammar of sources: cuts one into noun phrases, and tells what their words tell.

No entity is looked up or made here; names count only as stretches that are not cut.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from stancekit.speakers.registry import (
    FEMALE_PRONOUNS,
    MALE_PRONOUNS,
    Registry,
    is_organization_noun,
)
from stancekit.speakers.tokens import Token, singular
from stancekit.speakers.words import (
    AGENT_ENDINGS,
    DETERMINERS,
    DOCUMENT_NOUNS,
    HONORIFICS,
    NUMERALS,
    PERSON_NOUNS,
    PLURAL_NOUNS,
    PREPOSITIONS,
)
from stancekit.types import Document, Span

_STOPPERS = frozenset("who whom whose which that speaking when where while".split())
# What follows a described speaker and is no part of a name for them.
_AFTER_IT = frozenset(
    "with on above against behind between inside outside under near about over last this there "
    "here he she they it we i you the a his her their its our my".split()
)
_PLACING = frozenset("in from across around".split())
_PARTICIPLES = frozenset("seen read led run made sent held drawn written known bound hung".split())
_NUMBER_COMMA = re.compile(r"\d,\d")


def clean(document: Document, span: Span) -> Span:
    """A source without the spaces and marks around it, and inside of the text."""
    text = document.text
    start = max(0, min(span.start, len(text)))
    end = max(start, min(span.end, len(text)))
    while start < end and (text[start].isspace() or text[start] in ',;:.—–-"“”'):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in ',;:—–-"“”'):
        end -= 1
    return document.span(start, end)


def cut_at_commas(text: str, tokens: list[Token]) -> list[list[Token]]:
    """Cuts a source at commas, dashes and relative pronouns outside of names."""
    segments: list[list[Token]] = [[]]
    depth = 0
    for k, token in enumerate(tokens):
        if token.text in "([" and segments[0]:
            depth += 1
        elif token.text in ")]":
            depth = max(0, depth - 1)
        elif depth:
            # "Roe (D-Ohio)": nothing in brackets is the speaker.
            continue
        elif token.text == "," and _NUMBER_COMMA.fullmatch(text, token.start - 1, token.end + 1):
            continue
        elif not token.is_word and token.text in ",;:()—–-[]":
            segments.append([])
        elif token.lower in _STOPPERS and k > 0 and token.text.islower():
            break
        elif token.is_word or token.text in {"&", "."}:
            segments[-1].append(token)
    return [s for s in segments if any(t.is_word for t in s)]


def is_name(registry: Registry, tokens: Sequence[Token], *, body: bool) -> bool:
    """Whether a phrase is one name from end to end, of a person or, if asked, a body."""
    names = names_in(registry, tokens)
    first = 1 if tokens and tokens[0].lower == "the" else 0
    kinds = {"person", "organization", "unknown"} if body else {"person"}
    return (
        len(names) == 1
        and registry.names[names[0]].kind in kinds
        and registry.names[names[0]].start == tokens[first].start
        and registry.names[names[0]].end == tokens[-1].end
    )


def is_office(registry: Registry, tokens: Sequence[Token]) -> bool:
    """Whether a phrase ends with an office written large and without its holder's name."""
    names = names_in(registry, tokens)
    return bool(names) and not (
        registry.names[names[-1]].words or registry.names[names[-1]].end < tokens[-1].end
    )


def coordinated(registry: Registry, segments: list[list[Token]]) -> list[list[Token]]:
    """The parts of "X and Y" or "X, Y and Z", or the single part."""
    for k, segment in enumerate(segments):
        for at, token in enumerate(segment):
            if token.lower != "and":
                continue
            names = registry.names_between(segment[0].start, segment[-1].end)
            inside = any(
                registry.names[n].start < token.start < registry.names[n].end for n in names
            )
            left, right = segment[:at], segment[at + 1 :]
            if inside or not right or (left and _one_phrase(registry, left, right)):
                continue
            if not left:
                if k == 0:
                    continue
                heads = [s for s in segments[:k] if _has_head(registry, s)]
                if heads and _has_head(registry, right):
                    return [heads[0], right]
                continue
            earlier = segments[:k]
            if earlier and not all(_has_head(registry, s) for s in earlier):
                continue
            # "Hale, the mayor's uncle and a presenter" is one man.
            if earlier and not all(names_in(registry, s) for s in (*earlier, left, right)):
                continue
            definite = left[0].lower in DETERMINERS and right[0].lower in DETERMINERS
            if definite or (_has_head(registry, left) and _has_head(registry, right)):
                if k == 0 or all(len(names_in(registry, s)) == 1 for s in earlier):
                    return [*earlier, left, right]
    return segments[:1]


def _one_phrase(registry: Registry, left: Sequence[Token], right: Sequence[Token]) -> bool:
    """Whether "X and Y" is one thing: a body's name, or one person's two offices."""
    if right[0].lower in DETERMINERS | NUMERALS:
        return False
    body = right[-1].is_capital and is_organization_noun(right[-1].lower)
    if body and left[-1].is_capital and left[0].lower in {"the", "a"} and len(left) <= 3:
        return True
    if (
        left[0].lower not in DETERMINERS | NUMERALS
        and not names_in(registry, left)
        and not is_plural(left)
        and right[0].text.islower()
        and names_in(registry, right)
    ):
        # "Crofter and diver Jane Roe"
        return True
    where = next((k for k, t in enumerate(left) if k and t.lower in _PLACING), 0)
    small = where and (not left[where - 1].is_capital or where == len(right) == 1)
    if small and is_plural(left[:where]):
        # "Small shops in Olm and Kestle"
        return all(t.is_capital for t in (*left[where + 1 :], *right))
    nouns = not left[-1].is_capital and not right[-1].is_capital
    return (
        nouns
        and left[0].lower in {"the", "a", "an"}
        and not is_plural(left)
        and not is_plural(before_preposition(registry, right) or right)
    )


def names_in(registry: Registry, tokens: Sequence[Token]) -> list[int]:
    """Indices of the names that overlap a phrase."""
    if not tokens:
        return []
    return registry.names_between(tokens[0].start, tokens[-1].end)


def _has_head(registry: Registry, tokens: Sequence[Token]) -> bool:
    if not tokens:
        return False
    if len(tokens) == 1 and tokens[0].lower in MALE_PRONOUNS | FEMALE_PRONOUNS:
        return True
    core = before_preposition(registry, tokens)
    if not core:
        return False
    return core[-1].is_capital or _names_a_speaker(core[-1])


def is_shouted(tokens: Sequence[Token]) -> bool:
    """Whether a phrase is in capitals, as the labels of transcripts may be."""
    return all(token.text.isupper() for token in tokens if token.is_word)


def is_circumstance(tokens: Sequence[Token]) -> bool:
    """Whether a phrase goes on with where somebody is: "VOICE | FROM THE FLOOR"."""
    opening = [token.lower for token in tokens[:2]]
    return len(opening) == 2 and opening[0] in PREPOSITIONS and opening[1] == "the"


def before_preposition(registry: Registry, tokens: Sequence[Token]) -> list[Token]:
    """A phrase up to the first preposition or relative pronoun outside of names."""
    names = names_in(registry, tokens)
    core: list[Token] = []
    for k, token in enumerate(tokens):
        if k > 0 and is_circumstance(tokens[k : k + 2]) and is_shouted(tokens):
            break
        if k > 0 and token.lower in PREPOSITIONS and token.text.islower():
            inside = any(
                registry.names[n].start < token.start < registry.names[n].end for n in names
            )
            if not inside:
                break
        core.append(token)
    while core and not core[-1].is_word:
        core.pop()
    return core


def without_clause(registry: Registry, tokens: list[Token]) -> list[Token]:
    """A description up to the clause or circumstance that only its source needs.

    "a survey" of "a survey his company paid for", "volunteers" of "volunteers packing
    nets", "a petition" of "a petition with 900 names".
    """
    for k, token in enumerate(tokens[1:], 1):
        if not (_names_a_source(tokens[k - 1]) and token.text.islower()) or names_in(
            registry, [token]
        ):
            continue
        participle = token.lower in _PARTICIPLES or token.lower.endswith(("ed", "ing"))
        if participle:
            # "one retired ambassador", "a city housing councillor"
            after = before_preposition(registry, tokens[k:])
            participle = (
                k + 1 < len(tokens)
                and not _names_a_source(after[-1])
                and not names_in(registry, after)
            )
        if participle or token.lower in _AFTER_IT:
            return tokens[:k]
    return tokens


def without_role(tokens: list[Token]) -> list[Token]:
    """A phrase without the small word for a role before a name: "Ann Roe" of "nurse Ann Roe"."""
    if len(tokens) < 2 or not tokens[0].text.islower() or not tokens[1].is_capital:
        return tokens
    role = tokens[0].lower in PERSON_NOUNS
    # "a Mr Roe"
    return tokens[1:] if role or tokens[1].lower in HONORIFICS else tokens


def is_plural(core: Sequence[Token]) -> bool:
    """Whether a phrase is of several, by its last word."""
    last = core[-1].lower
    if core[0].lower in {"a", "an", "one", "another", "every", "each"}:
        return False
    return last in PLURAL_NOUNS or (singular(last) != last and not core[-1].possessive)


def _names_a_speaker(token: Token) -> bool:
    """Whether a noun is of people or of a body."""
    noun = singular(token.lower)
    return (
        noun in PERSON_NOUNS
        or is_organization_noun(noun)
        or token.lower in PLURAL_NOUNS
        or (noun != token.lower and token.lower.endswith(AGENT_ENDINGS))
    )


def _names_a_source(token: Token) -> bool:
    """Whether a noun is of people, of a body or of a document."""
    return _names_a_speaker(token) or singular(token.lower) in DOCUMENT_NOUNS
