"""Writes the usual gender of given names, counted over the locales of Faker.

    pip install faker unidecode && python scripts/given_names.py

Faker (https://github.com/joke2k/faker, MIT) lists common given names of some eighty
locales by gender, most of them from official statistics. A name is kept where at least
three quarters of the locales that have it give it one gender.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import re
from collections import Counter
from pathlib import Path

OUT = Path(__file__).parent.parent / "src" / "stancekit" / "speakers" / "given_names.txt"
# Scripts without written vowels don't transliterate to the spellings that newspapers use.
UNREADABLE = {"ar", "fa", "he", "hi", "bn", "gu", "mr", "ne", "or", "si", "ta", "th", "ja", "ko",
              "zh"}  # fmt: skip
FIELDS = {
    "first_names_male": "m",
    "first_romanized_names_male": "m",
    "first_names_female": "f",
    "first_romanized_names_female": "f",
}
LEAST_SHARE = 0.75


def names_of(language: str, provider: type) -> dict[str, set[str]]:
    """Plain lower-case names of a locale, each with the genders that it has there."""
    from unidecode import unidecode

    found: dict[str, set[str]] = {}
    for field, gender in FIELDS.items():
        for name in getattr(provider, field, ()) or ():
            if language in UNREADABLE and not name.isascii():
                continue
            plain = unidecode(str(name)).lower().replace("`", "").split()
            if plain and re.fullmatch(r"[a-z][a-z'-]+", plain[0]):
                found.setdefault(plain[0], set()).add(gender)
    return found


def main() -> None:
    """Counts and writes."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    from faker.providers import person

    locales: dict[str, Counter[str]] = {}
    for module in pkgutil.iter_modules(person.__path__):
        provider = importlib.import_module(f"{person.__name__}.{module.name}").Provider
        for name, genders in names_of(module.name[:2], provider).items():
            locales.setdefault(name, Counter()).update(genders)
    lines: dict[str, list[str]] = {"m": [], "f": []}
    for name, counts in sorted(locales.items()):
        gender, most = counts.most_common(1)[0]
        if most >= LEAST_SHARE * counts.total():
            lines[gender].append(name)
    head = (
        "# Given names by usual gender, from Faker's locales (MIT); see scripts/given_names.py.\n"
    )
    body = "".join(f"{gender} {' '.join(names)}\n" for gender, names in lines.items())
    OUT.write_text(head + body, encoding="utf-8")


if __name__ == "__main__":
    main()
