"""An article cut into pieces for showing.

The text is cut wherever any span starts or ends; each piece knows all the
statements and roles that it belongs to, so that spans may overlap freely.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from stancekit.types import Report, Span, Statement

Role = Literal["source", "cue", "content"]

_LAYOUT = re.compile(r"[\n\t]|  ")
_LINE_ENDS = re.compile("\r\n|[\r\u2028\u2029\x0b\x0c\x85]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the article between two neighbouring boundaries.

    Attributes:
        text: As it is shown.
        statements: Indices of the statements it belongs to, in text order.
        roles: What it is in at least one of them.
        content: Index of the innermost statement whose content it is in.
        outer: Index of the next wider statement around that one's content.
        named: Index of the innermost statement whose source or cue it is in.
        first: Whether a statement's content begins here, which makes it a tab stop.
        skipped: Why it could not be read, if so.
    """

    text: str
    statements: tuple[int, ...] = ()
    roles: frozenset[Role] = frozenset()
    content: int | None = None
    outer: int | None = None
    named: int | None = None
    first: tuple[int, ...] = ()
    skipped: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of the article, or the white space between two.

    ``is_raw``: its line ends, tabs or runs of spaces have to be kept.
    """

    pieces: tuple[Piece, ...]
    is_gap: bool
    is_raw: bool


@dataclass(frozen=True, slots=True)
class _Mark:
    statement: int
    role: Role
    span: Span
    is_first: bool


def shown(text: str) -> str:
    """The text with characters that HTML or UTF-8 can't hold as visible stand-ins.

    All line ends become line feeds: a browser shows no other one as a line end.
    """
    text = _LINE_ENDS.sub("\n", text)
    return "".join(
        "\N{REPLACEMENT CHARACTER}"
        if "\ud800" <= c <= "\udfff" or c == "\x7f" or "\x80" <= c <= "\x9f"
        else chr(0x2400 + ord(c))
        if c < " " and c not in "\t\n"
        else c
        for c in text
    )


def _marks(statements: Sequence[Statement], length: int) -> list[_Mark]:
    marks = []
    for index, statement in enumerate(statements):
        spans: list[tuple[Role, Span, bool]] = []
        if statement.source is not None:
            spans.append(("source", statement.source, False))
        if statement.cue is not None:
            spans.append(("cue", statement.cue, False))
        first = min(statement.contents, default=None)
        spans += [("content", span, span == first) for span in statement.contents]
        for role, span, is_first in spans:
            start, end = max(0, span.start), min(length, span.end)
            if start < end:
                marks.append(_Mark(index, role, Span(start, end), is_first))
    return marks


def _innermost(marks: Iterable[_Mark]) -> int | None:
    """The statement of the shortest span, the later one where two are equal."""
    best = min(marks, key=lambda m: (len(m.span), -m.statement), default=None)
    return None if best is None else best.statement


def _piece(
    report: Report, start: int, end: int, active: Sequence[_Mark], first: tuple[int, ...]
) -> Piece:
    skipped = next((s.reason for s in report.skipped if s.start <= start and end <= s.end), "")
    content = _innermost(mark for mark in active if mark.role == "content")
    return Piece(
        text=shown(report.document.text[start:end]),
        statements=tuple(sorted({mark.statement for mark in active})),
        roles=frozenset(mark.role for mark in active),
        content=content,
        outer=_innermost(m for m in active if m.role == "content" and m.statement != content),
        named=_innermost(mark for mark in active if mark.role != "content"),
        first=first,
        skipped=skipped,
    )


def _regions(report: Report) -> Iterator[tuple[int, int, bool]]:
    """Paragraphs and what lies between them; together they are the whole text."""
    text = report.document.text
    position = 0
    for paragraph in report.document.paragraphs or (Span(0, len(text)),):
        if position < paragraph.start:
            yield position, paragraph.start, not text[position : paragraph.start].strip()
        start = max(position, paragraph.start)
        if start < paragraph.end:
            yield start, paragraph.end, False
        position = max(position, paragraph.end)
    if position < len(text):
        yield position, len(text), not text[position:].strip()


def cut(report: Report) -> list[Block]:
    """Cuts the article at every boundary of a paragraph, a span or a skipped stretch.

    Joined, the pieces' texts are the article (line ends and characters that
    can't be shown apart).
    """
    text = report.document.text
    marks = sorted(_marks(report.statements, len(text)), key=lambda mark: mark.span.start)
    edges = {edge for mark in marks for edge in (mark.span.start, mark.span.end)}
    for skipped in report.skipped:
        edges |= {min(max(0, skipped.start), len(text)), min(max(0, skipped.end), len(text))}
    # Never between the two characters of a Windows line end: one of them is not shown.
    edges = {e + 1 if text[e - 1 : e + 1] == "\r\n" else e for e in edges if 0 < e < len(text)}
    cuts = sorted(edges)
    blocks = []
    active: list[_Mark] = []
    reached: set[int] = set()
    next_mark = next_cut = 0
    for start, end, is_gap in _regions(report):
        pieces = []
        while start < end:
            while next_cut < len(cuts) and cuts[next_cut] <= start:
                next_cut += 1
            stop = min(end, cuts[next_cut]) if next_cut < len(cuts) else end
            while next_mark < len(marks) and marks[next_mark].span.start <= start:
                active.append(marks[next_mark])
                next_mark += 1
            active = [mark for mark in active if mark.span.end > start]
            new = {m.statement for m in active if m.is_first and not is_gap} - reached
            reached |= new
            pieces.append(_piece(report, start, stop, active, tuple(sorted(new))))
            start = stop
        is_raw = _LAYOUT.search("".join(piece.text for piece in pieces)) is not None
        blocks.append(Block(tuple(pieces), is_gap, is_raw))
    return blocks
