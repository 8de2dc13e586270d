"""Tokens and tag probabilities for tests of decoding."""

from __future__ import annotations

import re

import numpy as np

from stancekit.attribution.tags import TAGS, Floats, Offsets


def offsets_of(text: str, pattern: str = r"\w+|[^\w\s]") -> Offsets:
    return np.array([m.span() for m in re.finditer(pattern, text)], dtype=np.int64).reshape(-1, 2)


def one_hot(
    tags: list[int] | np.ndarray[tuple[int], np.dtype[np.int64]], p: float = 0.94
) -> Floats:
    result = np.full((len(tags), len(TAGS)), (1 - p) / (len(TAGS) - 1), dtype=np.float32)
    result[np.arange(len(tags)), tags] = p
    return result
