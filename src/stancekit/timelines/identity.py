"""Whether two speakers of different articles are the same, decided with caution.

Two are the same where both are persons with the same full name, or both are
organizations with the same name. What has less than a full name (a bare
surname, a role, a group) stays in its own article, since another article's
"Miller", "the mayor" or "residents" may be others. An alias file says more.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

from stancekit.errors import ConfigError
from stancekit.speakers.words import HONORIFICS, PARTICLES, ROLE_MODIFIERS, ROLES

Key = tuple[str, str]

_SUFFIXES = frozenset("jr sr ii iii iv".split())
_TITLES = frozenset(HONORIFICS) | ROLES | ROLE_MODIFIERS


def same_spelling(name: str) -> str:
    """A name without what spellings differ in: case, spaces, forms of letters and apostrophes."""
    text = unicodedata.normalize("NFKC", name).replace("’", "'").replace("‘", "'")
    return " ".join(text.casefold().split())


def _without_titles(name: str) -> list[str]:
    """A person's name without the titles before it."""
    words = name.split()
    while len(words) > 1 and words[0].casefold().rstrip(".") in _TITLES:
        words = words[1:]
    return words


def is_full_name(name: str) -> bool:
    """Whether a person's name has at least a given name and a surname, and is nothing but a name.

    Initials, titles and particles don't count as names: "J. Miller", "Mr Miller",
    "President Miller" and "van Miller" may each be several people.
    """
    count = 0
    for word in _without_titles(name):
        bare = word.strip(".,").casefold()
        if bare in PARTICLES or bare in _SUFFIXES:
            continue
        if not word[:1].isupper() and not word[:1].isdigit() and word[:1].isascii():
            return False  # "leader of the council": a description, whose holder may change
        if len(bare) > 1 and "." not in bare and bare not in _TITLES:
            count += 1
    return count >= 2


def _check_aliases(aliases: Mapping[str, object], *, where: str) -> dict[str, str]:
    names: dict[str, str] = {}
    for canonical, others in aliases.items():
        if not isinstance(others, Sequence | set | frozenset) or isinstance(others, str):
            raise ConfigError(
                f'{where}: {canonical!r}: expected a list of names, such as ["J. Miller", "Miller"]'
            )
        for name in (canonical, *others):
            if not isinstance(name, str) or not name.strip():
                raise ConfigError(f"{where}: {canonical!r}: {name!r} is no name")
            spelling = same_spelling(name)
            if names.setdefault(spelling, canonical) != canonical:
                raise ConfigError(
                    f"{where}: {name!r} stands under both {names[spelling]!r} and {canonical!r}; "
                    "expected it under one"
                )
    return names


def read_aliases(path: str | Path) -> dict[str, list[str]]:
    """The table ``[aliases]`` of a TOML file: canonical names, each with a list of others.

    Raises:
        ConfigError: The file is missing or says something else.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            values = tomllib.load(file)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error
    aliases = values.pop("aliases", None)
    if values or not isinstance(aliases, dict):
        raise ConfigError(
            f'{path}: expected one table [aliases] with lines such as "Ann Roe" = ["Mayor Roe"]'
        )
    _check_aliases(aliases, where=str(path))
    return aliases


class Identities:
    """Names each speaker of each article, alike where they are the same.

    Args:
        aliases: Canonical names with the other names that mean them in every
            article, whatever their type; or the path of a TOML file with them.

    Raises:
        ConfigError: The aliases contradict each other.
    """

    def __init__(self, aliases: Mapping[str, Sequence[str]] | str | Path | None = None) -> None:
        where = "aliases"
        if isinstance(aliases, str | Path):
            where, aliases = str(aliases), read_aliases(aliases)
        self._aliases = _check_aliases(aliases or {}, where=where)

    def key(self, document: str, name: str, type: str) -> Key:
        """What two speakers share who are the same.

        Args:
            document: The article's id.
            name: The speaker's name there.
            type: The speaker's type.
        """
        canonical = self.alias(name)
        if canonical is not None:
            return ("alias", canonical)
        if type == "person" and is_full_name(name):
            return (type, same_spelling(" ".join(_without_titles(name))))
        if type == "organization":
            return (type, same_spelling(name).removeprefix("the "))
        return (f"in {document}", same_spelling(name))

    def alias(self, name: str) -> str | None:
        """The canonical name of an alias."""
        spelling = same_spelling(name)
        bare = same_spelling(" ".join(_without_titles(name)))
        return self._aliases.get(spelling) or self._aliases.get(bare)
