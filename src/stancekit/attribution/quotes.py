"""Quotation marks: which stretches of a text stand inside them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from stancekit.types import Document, Skipped, Span

# Straight and curly marks get mixed when texts are pasted together.
QUOTE_PAIRS = {
    "“": '”"',
    "„": "“”",
    "«": "»",
    "‹": "›",
    "‘": "’",
    "‚": "‘’",
    '"': '"”',
    "'": "'",
    "「": "」",
    "『": "』",
}
# Marks that are apostrophes as often as quotation marks: an unclosed one is no news.
_DOUBTFUL = frozenset("‘’‚'‹›")
# Marks that can only open, whatever stands around them ("« Non », dit-elle").
_OPENING = frozenset("“„«「『")
# An apostrophe at the beginning of a word: the '90s, 'em, 'tis.
_ELISION = re.compile(r"['‘](?:\d\ds?|em|tis|twas|til|cause|n['’])(?!\w)", re.I)


@dataclass(frozen=True, slots=True)
class Quotes:
    """The quoted stretches of a document, marks included, outermost only, in text order."""

    spans: tuple[Span, ...]
    skipped: tuple[Skipped, ...]

    def within(self, start: int, end: int) -> Iterator[Span]:
        """The quoted stretches that share a character with ``[start, end)``."""
        if start >= end:
            return
        # They don't overlap each other, so their ends ascend as well.
        for i in range(bisect_right(self.spans, start, key=lambda q: q.end), len(self.spans)):
            if self.spans[i].start >= end:
                return
            yield self.spans[i]


def _opens(text: str, i: int, start: int, end: int) -> bool:
    if text[i] in _OPENING:
        return True
    before = text[i - 1] if i > start else " "
    after = text[i + 1] if i + 1 < end else " "
    if before.isalnum() or after.isspace() or before in ".,!?":
        return False
    return text[i] not in _DOUBTFUL or not _ELISION.match(text, i, end)


def _closes(text: str, i: int, start: int, end: int) -> bool:
    before = text[i - 1] if i > start else " "
    after = text[i + 1] if i + 1 < end else " "
    return not after.isalnum() and not before.isspace()


def _scan(text: str, start: int, end: int) -> tuple[list[tuple[int, int]], list[tuple[int, str]]]:
    """Outermost quoted ranges of one paragraph, and the marks left open, outermost first."""
    ranges: list[tuple[int, int]] = []
    stack: list[tuple[int, str]] = []
    for i in range(start, end):
        mark = text[i]
        if stack and mark in QUOTE_PAIRS[stack[-1][1]]:
            certain = mark not in _DOUBTFUL and mark != '"'
            if certain or _closes(text, i, start, end):
                ranges.append((stack.pop()[0], i + 1))
                continue
        # A closing mark of an outer quotation ends the doubtful ones inside it.
        outer = next(
            (k for k in range(len(stack) - 2, -1, -1) if mark in QUOTE_PAIRS[stack[k][1]]), None
        )
        if outer is not None and stack[-1][1] in _DOUBTFUL and _closes(text, i, start, end):
            ranges.append((stack[outer][0], i + 1))
            del stack[outer:]
            continue
        if mark in QUOTE_PAIRS and _opens(text, i, start, end) and all(m != mark for _, m in stack):
            stack.append((i, mark))
    return _outermost(ranges), stack


def _outermost(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for a, b in sorted(ranges, key=lambda r: (r[0], -r[1])):
        if not kept or a >= kept[-1][1]:
            kept.append((a, b))
    return kept


def quoted_ranges(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The outermost quoted ranges of a stretch of text, marks included, that are closed."""
    return _scan(text, start, end)[0]


def find_quotes(document: Document) -> Quotes:
    """Finds the quoted stretches of a document, paragraph by paragraph.

    A quotation that runs over several paragraphs, reopened at each and closed
    once, is quoted throughout. A mark that is never closed quotes to the end
    of its paragraph and is listed among the skipped.
    """
    text = document.text
    spans: list[Span] = []
    skipped: list[Skipped] = []
    paragraphs = document.paragraphs
    for number, paragraph in enumerate(paragraphs):
        ranges, left_open = _scan(text, paragraph.start, paragraph.end)
        following = paragraphs[number + 1] if number + 1 < len(paragraphs) else None
        next_mark = text[following.start] if following else ""
        # A doubtful mark that is never closed was an apostrophe: what stands in it counts. Unless
        # it begins this paragraph and the next one too.
        certain = (
            (position, mark)
            for position, mark in left_open
            if mark not in _DOUBTFUL or (position == paragraph.start and mark == next_mark)
        )
        for position, mark in islice(certain, 1):
            ranges.append((position, paragraph.end))
            if mark != next_mark:
                reason = f"the quotation mark {mark} is never closed"
                skipped.append(Skipped(position, paragraph.end, reason))
        spans.extend(document.span(a, b) for a, b in _outermost(ranges))
    return Quotes(tuple(spans), tuple(skipped))


def quoted_share(quotes: Quotes, contents: tuple[Span, ...]) -> float:
    """Share of the contents' letters and digits that stand inside quotation marks, in [0, 1]."""
    inside = total = 0
    for content in contents:
        flags = [c.isalnum() for c in content.text]
        total += sum(flags)
        for quote in quotes.within(content.start, content.end):
            a = max(quote.start, content.start) - content.start
            b = min(quote.end, content.end) - content.start
            inside += sum(flags[a:b])
    return inside / total if total else 0.0
