"""Cutting a long document into windows that the encoder can read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from stancekit.attribution.tags import Offsets
from stancekit.types import Document


@dataclass(frozen=True, slots=True)
class Window:
    """A range of a document's tokens, ``[start, end)``."""

    start: int
    end: int


def unit_starts(document: Document, offsets: Offsets, *, max_tokens: int) -> list[int]:
    """Token positions at which a window may begin: paragraphs, and sentences of long ones.

    A sentence longer than half a window is cut in pieces of that size.
    """
    token_starts = offsets[:, 0]
    paragraph = np.searchsorted(token_starts, [p.start for p in document.paragraphs], side="left")
    sentence = np.searchsorted(token_starts, [s.start for s in document.sentences], side="left")
    n = len(offsets)
    starts: list[int] = []
    paragraph_edges = sorted({0, n, *map(int, paragraph)})
    sentence_edges = np.array(sorted({0, n, *map(int, sentence)}))
    for a, b in pairwise(paragraph_edges):
        if b - a <= max_tokens:
            starts.append(a)
            continue
        inside = [int(x) for x in sentence_edges[(sentence_edges > a) & (sentence_edges < b)]]
        for c, d in zip([a, *inside], [*inside, b], strict=True):
            starts.extend(range(c, d, max(1, max_tokens // 2)))
    return starts


def make_windows(
    starts: Sequence[int], n_tokens: int, *, max_tokens: int, overlap: float
) -> list[Window]:
    """Packs whole units into windows.

    Args:
        starts: Token positions at which units begin, ascending, the first one 0.
        n_tokens: Tokens of the document.
        max_tokens: Most tokens of a window.
        overlap: Share of a window, in [0, 1), that the next one repeats, in whole units.

    Returns:
        Windows in text order that cover every token.
    """
    windows: list[Window] = []
    edges = [*starts, n_tokens]
    first = 0
    while first < len(starts):
        last = first + 1
        while last < len(starts) and edges[last + 1] - edges[first] <= max_tokens:
            last += 1
        windows.append(Window(edges[first], edges[last]))
        if last == len(starts):
            break
        following = last
        while following > first + 1 and edges[last] - edges[following - 1] <= overlap * max_tokens:
            following -= 1
        # A window that can't reach beyond this one would add nothing.
        while edges[last + 1] - edges[following] > max_tokens:
            following += 1
        first = following
    return windows
