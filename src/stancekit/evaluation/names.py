"""When two names mean the same speaker."""

from __future__ import annotations

import re
from collections.abc import Sequence

_WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*")
_ARTICLES = frozenset(("the", "a", "an"))
# Titles that are relations elsewhere: "Sister Ann Roe" is Ann Roe, "Roe's sister" is not Roe.
_RELIGIOUS = re.compile(r"^(?:Sister|Brother|Father|Mother)\s+(?=[A-Z])")
# With one of these, the longer name is of someone else: a spokesman for Roe is
# not Roe, and the Bank of England is not England.
_RELATIONS = frozenset(
    (
        *("of", "for", "to", "at", "in", "from", "by", "and", "or"),
        *("spokesman", "spokeswoman", "spokesperson", "aide", "aides", "office"),
        *("lawyer", "lawyers", "wife", "husband", "son", "daughter", "brother", "sister"),
        *("family", "team", "campaign", "administration", "government", "ministry"),
        *("critics", "supporters"),
    )
)
_PARTICIPLES = frozenset(
    "published commissioned seen carried written made released conducted who which that".split()
)


def name_words(name: str) -> list[str]:
    """The words of a name, lower case, without articles; a possessive stays one word."""
    plain = _RELIGIOUS.sub("", name).casefold().replace("’", "'")
    return [w for w in _WORD.findall(plain) if w not in _ARTICLES]


def _contained(a: Sequence[str], b: Sequence[str]) -> bool:
    shorter, longer = (set(a), set(b)) if len(set(a)) <= len(set(b)) else (set(b), set(a))
    return bool(shorter) and shorter <= longer and not (longer - shorter) & _RELATIONS


def _description(name: str) -> bool:
    """Whether a name is a description ("a study", "fans"), not a proper name."""
    words = [w for w in _WORD.findall(name) if w.casefold() not in _ARTICLES]
    return bool(words) and all(w.islower() for w in words)


def same_speaker(found: str, gold: str, *, others: Sequence[str] = ()) -> bool:
    """Whether a predicted name is a gold one: equal, or one's words are among the other's.

    Case and articles don't count. A shorter name that would also fit one of the
    ``others`` is not accepted: in an article with two Roes, "Roe" names neither.
    """
    found_words, gold_words = name_words(found), name_words(gold)
    if found_words and found_words == gold_words:
        return True
    if gold_words and _description(gold) and found_words[: len(gold_words)] == gold_words:
        # "fans" for "fans in Block H": the guide shortens descriptions at their first relation.
        return found_words[len(gold_words)] in _RELATIONS | _PARTICIPLES
    if not _contained(found_words, gold_words):
        return False
    return not any(_contained(found_words, name_words(other)) for other in others)
