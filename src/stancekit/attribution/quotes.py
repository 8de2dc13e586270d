"""Quotation marks: which stretches of a text stand inside them."""

from __future__ import annotations

from dataclasses import dataclass

from stancekit.types import Document, Skipped, Span

_PAIRS = {
    "“": "”",
    "„": "“”",
    "«": "»",
    "‹": "›",
    "‘": "’",
    "‚": "‘’",
    '"': '"',
    "'": "'",
    "「": "」",
    "『": "』",
}
# Marks that are apostrophes as often as quotation marks: an unclosed one is no news.
_DOUBTFUL = frozenset("‘’‚'‹›")


@dataclass(frozen=True, slots=True)
class Quotes:
    """The quoted stretches of a document, marks included, outermost only, in text order."""

    spans: tuple[Span, ...]
    skipped: tuple[Skipped, ...]


def _opens(text: str, i: int, start: int, end: int) -> bool:
    before = text[i - 1] if i > start else " "
    after = text[i + 1] if i + 1 < end else " "
    return not before.isalnum() and not after.isspace() and before not in ".,!?"


def _closes(text: str, i: int, start: int, end: int) -> bool:
    before = text[i - 1] if i > start else " "
    after = text[i + 1] if i + 1 < end else " "
    return not after.isalnum() and not before.isspace()


def _scan(text: str, start: int, end: int) -> tuple[list[tuple[int, int]], tuple[int, str] | None]:
    """Outermost quoted ranges of one paragraph, and the mark left open, if any."""
    ranges: list[tuple[int, int]] = []
    stack: list[tuple[int, str]] = []
    for i in range(start, end):
        mark = text[i]
        if stack and mark in _PAIRS[stack[-1][1]]:
            certain = mark not in _DOUBTFUL and mark != '"'
            if certain or _closes(text, i, start, end):
                opened, _ = stack.pop()
                if not stack:
                    ranges.append((opened, i + 1))
                continue
        # A closing mark of an outer quotation ends the doubtful ones inside it.
        outer = next(
            (k for k in range(len(stack) - 2, -1, -1) if mark in _PAIRS[stack[k][1]]), None
        )
        if outer is not None and stack[-1][1] in _DOUBTFUL and _closes(text, i, start, end):
            opened = stack[outer][0]
            del stack[outer:]
            if not stack:
                ranges.append((opened, i + 1))
            continue
        if mark in _PAIRS and _opens(text, i, start, end) and all(m != mark for _, m in stack):
            stack.append((i, mark))
    while stack and stack[-1][1] in _DOUBTFUL:
        stack.pop()
    return ranges, stack[0] if stack else None


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
        if left_open is not None:
            position, mark = left_open
            ranges.append((position, paragraph.end))
            following = paragraphs[number + 1] if number + 1 < len(paragraphs) else None
            if following is None or text[following.start] != mark:
                reason = f"the quotation mark {mark} is never closed"
                skipped.append(Skipped(position, paragraph.end, reason))
        spans.extend(document.span(a, b) for a, b in sorted(ranges))
    return Quotes(tuple(spans), tuple(skipped))


def quoted_share(quotes: Quotes, contents: tuple[Span, ...]) -> float:
    """Share of the contents' letters and digits that stand inside quotation marks, in [0, 1]."""
    inside = total = 0
    for content in contents:
        flags = [c.isalnum() for c in content.text]
        total += sum(flags)
        for quote in quotes.spans:
            if quote.overlaps(content):
                a = max(quote.start, content.start) - content.start
                b = min(quote.end, content.end) - content.start
                inside += sum(flags[a:b])
    return inside / total if total else 0.0
