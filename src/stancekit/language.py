"""Telling English from other languages, which the bundled models were not made for.

Function words that only English has decide first: they are at least a sixth of the words of
any news article, and hardly occur in other languages. Only where they are rare is the
language identifier py3langid asked, which takes a second and 100 MB to load. What neither
decides, a headline or a list of names, counts as English.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

ENGLISH = "en"
# How the reason of a skipped document begins.
NOT_ENGLISH = "not in English"

_WORD = re.compile(r"[^\W\d_]+")
# Without those that are words of other languages as well (is, in, was, not, will, he ...).
_FUNCTION_WORDS = frozenset(
    "the and of that with for said were are have has from by they this which would who his she "
    "it their be but".split()
)
_MIN_SHARE = 0.1
_MIN_LETTERS = 20
_MIN_PROBABILITY = 0.8
_LONGEST = 20_000  # characters; more of a text tells no more


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def language_of(text: str) -> str:
    """The language that most of a text is in.

    Args:
        text: Any string.

    Returns:
        An ISO 639 code; ``"en"`` also where the text is too short or too mixed to tell.
    """
    text = text[:_LONGEST]
    words = _WORD.findall(text.lower())
    if sum(map(len, words)) < _MIN_LETTERS:
        return ENGLISH
    if sum(word in _FUNCTION_WORDS for word in words) >= _MIN_SHARE * len(words):
        return ENGLISH
    code, probability = _identifier().classify(text)
    return str(code) if probability >= _MIN_PROBABILITY else ENGLISH
