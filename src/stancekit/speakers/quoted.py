"""What stands between quotation marks: somebody's own words, and not the article's."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from stancekit.types import Document, Statement

QUOTES_OPEN = frozenset('"“«„')
_QUOTES_CLOSE = frozenset('"”»')


def quoted_stretches(document: Document) -> list[tuple[int, int]]:
    """Stretches between double quotation marks; an unclosed one ends with its paragraph."""
    found = []
    for paragraph in document.paragraphs:
        opened = -1
        for match in re.finditer(r'["“”«»„]', paragraph.text):
            mark, at = match.group(), paragraph.start + match.start()
            if opened < 0 and mark in QUOTES_OPEN:
                opened = at
            elif opened >= 0 and mark in _QUOTES_CLOSE:
                found.append((opened, at + 1))
                opened = -1
        if opened >= 0:
            found.append((opened, paragraph.end))
    return found


def with_single_marks(
    quotes: Sequence[tuple[int, int]], statements: Sequence[Statement]
) -> list[tuple[int, int]]:
    """The quoted stretches, with what stands in single marks outside of them.

    A single mark may be an apostrophe, but not one that opens a content.
    """
    ends = [end for _, end in quotes]
    found = list(quotes)
    for statement in statements:
        for content in statement.contents:
            k = bisect_right(ends, content.start)
            inside = k < len(quotes) and quotes[k][0] < content.end
            if content.text[:1] in {"‘", "'"} and not inside:
                found.append((content.start, content.end))
    return sorted(found)


def opens_quote(text: str, position: int) -> bool:
    """Whether a quotation mark, double or single, opens at a position."""
    return text[position : position + 1] in QUOTES_OPEN | {"‘", "'"}
