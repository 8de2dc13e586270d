"""Windows cover every token, stay below the maximum and overlap."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stancekit.attribution.windows import Window, make_windows, unit_starts
from stancekit.text import read_document


def windows_of(text: str, *, max_tokens: int, overlap: float = 0.25) -> tuple[list[Window], int]:
    offsets = np.array([m.span() for m in re.finditer(r"\w+|[^\w\s]", text)], dtype=np.int64)
    starts = unit_starts(read_document(text), offsets.reshape(-1, 2), max_tokens=max_tokens)
    return make_windows(starts, len(offsets), max_tokens=max_tokens, overlap=overlap), len(offsets)


def check(windows: list[Window], n: int, max_tokens: int) -> None:
    assert windows[0].start == 0
    assert windows[-1].end == n
    assert all(0 < w.end - w.start <= max_tokens for w in windows)
    for a, b in pairwise(windows):
        assert a.start < b.start <= a.end
        assert a.end < b.end


def test_a_short_text_is_one_window() -> None:
    assert windows_of("One two three.\n\nFour.", max_tokens=50) == ([Window(0, 6)], 6)


def test_windows_begin_at_paragraphs() -> None:
    text = "\n\n".join(["one two three four five six seven eight nine."] * 5)
    windows, n = windows_of(text, max_tokens=30, overlap=0.0)
    assert windows == [Window(0, 30), Window(30, 50)]
    assert n == 50


def test_windows_overlap_by_whole_paragraphs() -> None:
    text = "\n\n".join(["one two three four five six seven eight nine."] * 5)
    windows, _ = windows_of(text, max_tokens=40, overlap=0.25)
    assert windows == [Window(0, 40), Window(30, 50)]


def test_a_long_paragraph_is_cut_at_sentences() -> None:
    text = " ".join(["One two three four five six seven."] * 20)
    windows, n = windows_of(text, max_tokens=30)
    check(windows, n, 30)
    assert all(w.start % 8 == 0 for w in windows)


def test_a_sentence_that_never_ends_is_cut_anyway() -> None:
    windows, n = windows_of("word " * 1000, max_tokens=64)
    check(windows, n, 64)


@settings(deadline=None, max_examples=100)
@given(
    st.lists(
        st.lists(st.integers(min_value=1, max_value=40), min_size=1, max_size=6),
        min_size=1,
        max_size=8,
    ),
    st.integers(min_value=4, max_value=48),
    st.floats(min_value=0, max_value=0.9),
)
def test_windows_of_any_text(lengths: list[list[int]], max_tokens: int, overlap: float) -> None:
    text = "\n\n".join(" ".join("Word " * n + "end." for n in p) for p in lengths)
    windows, n = windows_of(text, max_tokens=max_tokens, overlap=overlap)
    check(windows, n, max_tokens)
