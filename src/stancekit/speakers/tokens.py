"""Words and marks of a text, and what a word alone tells: its number, its gender."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from stancekit.speakers.words import (
    DEMONYM_ENDINGS,
    DEMONYMS,
    FEMALE_NOUNS,
    MALE_NOUNS,
    PARTICLES,
)

_TOKEN = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W_]+(?:[-‐‑'’][^\W_]+)*|\S")
_POSSESSIVES = frozenset({"'s", "’s", "'S", "’S"})


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a mark, with its offsets; a possessive ending is cut off and noted.

    ``is_word`` tells a word or number from a mark; ``is_capital`` whether it starts
    with a capital letter, or with a small article as in al-Said.
    """

    start: int
    end: int
    text: str
    lower: str
    possessive: bool = False
    is_word: bool = True
    is_capital: bool = False


def tokenize(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """Words and marks between two positions, in text order."""
    tokens = []
    for match in _TOKEN.finditer(text, start, len(text) if end is None else end):
        word = match.group()
        stop = match.end()
        possessive = word[-2:] in _POSSESSIVES and len(word) > 2
        if possessive:
            word = word[:-2]
            stop -= 2
        first = word[0]
        capital = first.isupper()
        if not capital and "-" in word:
            head, _, tail = word.partition("-")
            capital = tail[:1].isupper() and (head in PARTICLES or len(head) <= 2)
        tokens.append(
            Token(
                match.start(), stop, word, word.lower().replace("’", "'"), possessive,
                first.isalnum(), capital,
            )
        )  # fmt: skip
    return tokens


def is_demonym(word: str) -> bool:
    """Whether a capitalised word looks like "Russian" or "Japanese"."""
    lower = word.lower()
    return lower in DEMONYMS or (len(lower) > 5 and lower.endswith(DEMONYM_ENDINGS))


def singular(noun: str) -> str:
    """The singular of a regular English plural, else the word itself."""
    if noun.endswith("women"):
        return noun[:-5] + "woman"
    if noun.endswith("men"):
        return noun[:-3] + "man"
    if noun == "people":
        return "person"
    if noun == "children":
        return "child"
    if noun.endswith("ies") and len(noun) > 4:
        return noun[:-3] + "y"
    if noun.endswith(("sses", "ches", "shes", "xes")):
        return noun[:-2]
    if noun.endswith("s") and not noun.endswith(("ss", "us", "is")):
        return noun[:-1]
    return noun


def role_head(role: str) -> str:
    """The noun of a role: "minister" for "foreign minister"."""
    words = re.split(" of | for ", role, maxsplit=1)[0].split()
    return words[-1] if words else ""


@cache
def _given_names() -> dict[str, str]:
    lines = files("stancekit.speakers").joinpath("given_names.txt").read_text(encoding="ascii")
    genders: dict[str, str] = {}
    for line in lines.splitlines():
        gender, _, names = line.partition(" ")
        if gender in {"m", "f"}:
            genders.update(dict.fromkeys(names.split(), gender))
    return genders


def given_gender(word: str) -> str:
    """The usual gender of a given name, read without its accents: "m", "f", or "" where unknown."""
    plain = unicodedata.normalize("NFKD", word.lower()).encode("ascii", "ignore").decode()
    genders = _given_names()
    return genders.get(plain) or genders.get(plain.split("-")[0], "")


def noun_gender(noun: str) -> str:
    """The gender that a noun such as "spokeswoman" gives away, or ""."""
    return "m" if noun in MALE_NOUNS else "f" if noun in FEMALE_NOUNS else ""
