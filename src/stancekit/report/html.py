"""A report as one self-contained HTML page, and as a fragment for notebooks.

The article's text is cut wherever any span starts or ends; each piece knows all
the statements and roles that it belongs to, so that spans may overlap freely.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

from stancekit.report.labels import plain, signed
from stancekit.report.matrix import Matrix, matrix
from stancekit.types import Report, Span, Speaker, Statement

if TYPE_CHECKING:
    from jinja2 import Environment

Role = Literal["source", "cue", "content"]

# Hues of OKLCH in degrees, far apart for the first speakers; later ones go on
# by the golden angle, which keeps neighbours apart for any number of speakers.
_HUES = (255, 60, 150, 340, 200, 25, 300, 110)
_GOLDEN_ANGLE = 137.508

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
        named: Index of the innermost statement whose source or cue it is in.
        first: Whether a statement's content begins here, which makes it a tab stop.
        skipped: Why it could not be read, if so.
    """

    text: str
    statements: tuple[int, ...] = ()
    roles: frozenset[Role] = frozenset()
    content: int | None = None
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


@dataclass(slots=True)
class _Colours:
    """A hue for each speaker, the most quoted first."""

    hues: dict[str, int] = field(default_factory=dict)

    def style(self, speaker: Speaker | None) -> str:
        """CSS variables: hue and chroma; grey where no speaker is known."""
        if speaker is None:
            return "--h:0;--k:0"
        return f"--h:{self.hues.get(speaker.id, 0)};--k:1"


def _shown(text: str) -> str:
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
    return Piece(
        text=_shown(report.document.text[start:end]),
        statements=tuple(sorted({mark.statement for mark in active})),
        roles=frozenset(mark.role for mark in active),
        content=_innermost(mark for mark in active if mark.role == "content"),
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


def _colours(report: Report) -> _Colours:
    counts = Counter(s.speaker.id for s in report.statements if s.speaker is not None)
    places = {speaker.id: place for place, speaker in enumerate(report.speakers)}
    known = list(dict.fromkeys([*places, *counts]))
    known.sort(key=lambda id: (-counts[id], places.get(id, len(places))))
    hues = {
        id: _HUES[i] if i < len(_HUES) else round(20 + i * _GOLDEN_ANGLE) % 360
        for i, id in enumerate(known)
    }
    return _Colours(hues)


@dataclass(frozen=True, slots=True)
class _View:
    """What the templates read."""

    report: Report
    matrix: Matrix
    blocks: list[Block]
    colours: _Colours
    statement_numbers: dict[str, int]
    speaker_numbers: dict[str, int]
    target_numbers: dict[str, int]
    anchors: dict[int, int]
    prefix: str

    @property
    def title(self) -> str:
        return plain(self.report.document.id) or "Article"

    def heard(self, statement: Statement) -> str:
        """Numbers of the speakers for whom the statement counts, for the filter."""
        speaker = statement.speaker
        if speaker is None:
            return "none"
        ids = (speaker.id, *speaker.members)
        return " ".join(str(self.speaker_numbers[id]) for id in ids if id in self.speaker_numbers)

    def stands(self, statement: Statement) -> str:
        """Numbers of the targets on which the statement takes a stance, for the filter."""
        return " ".join(
            str(number)
            for id, number in self.target_numbers.items()
            if id in statement.stances and statement.stances[id].label != "none"
        )

    def quiet(self, statement: Statement) -> str:
        """Names of the targets on which the statement takes no stance."""
        return ", ".join(
            target.name
            for target in self.report.targets
            if target.id in statement.stances and statement.stances[target.id].label == "none"
        )

    def piece_class(self, piece: Piece) -> str:
        """CSS classes of a piece."""
        names = ["seg", *sorted(piece.roles)]
        if piece.content is not None:
            names.append(self.report.statements[piece.content].kind)
        if piece.skipped:
            names.append("skip")
        return " ".join(names)

    def piece_style(self, piece: Piece) -> str:
        """Hue of the content's speaker, and that of the source's or cue's."""
        parts = []
        if piece.content is not None:
            parts.append(self.colours.style(self.report.statements[piece.content].speaker))
        if piece.named is not None:
            style = self.colours.style(self.report.statements[piece.named].speaker)
            parts.append(style.replace("--h:", "--hn:").replace("--k:", "--kn:"))
        return ";".join(parts)

    def hint(self, piece: Piece) -> str:
        """One line about the piece's statements, where there is no script."""
        lines = []
        for number in piece.statements:
            statement = self.report.statements[number]
            speaker = "nobody named" if statement.speaker is None else statement.speaker.name
            words: list[str] = [statement.kind, statement.modality]
            for target in self.report.targets:
                stance = statement.stances.get(target.id)
                if stance is not None and stance.label != "none":
                    words.append(f"{signed(stance.score)} {target.name}")
            lines.append(plain(f"{speaker}: {', '.join(words)}"))
        return "\n".join(lines)

    def numbers(self, ids: Iterable[str]) -> str:
        """Numbers of statements, from their ids."""
        return " ".join(
            str(self.statement_numbers[id]) for id in ids if id in self.statement_numbers
        )


def _view(report: Report) -> _View:
    blocks = cut(report)
    firsts = (piece.first for block in blocks for piece in block.pieces)
    return _View(
        report=report,
        matrix=matrix(report),
        blocks=blocks,
        # Statements that begin at the same place share the element, and its name.
        anchors={number: first[0] for first in firsts for number in first},
        colours=_colours(report),
        statement_numbers={s.id: number for number, s in enumerate(report.statements)},
        speaker_numbers={s.id: number for number, s in enumerate(report.speakers)},
        target_numbers={t.id: number for number, t in enumerate(report.targets)},
        prefix=f"sk-{report.document.sha256[:8]}",
    )


def _asset(name: str) -> str:
    return files("stancekit.report").joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("stancekit.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    script = _asset("report.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    # The only two strings that are not escaped: both ship with the package.
    environment.globals |= {
        "css": Markup(_asset("report.css")),
        "script": Markup(script),
        "script_hash": f"sha256-{digest}",
    }
    environment.filters |= {"signed": signed, "shown": _shown, "plain": plain}
    return environment


def to_html(report: Report) -> str:
    """The report as one HTML page that needs no network and no other file.

    Write it as UTF-8.
    """
    return _environment().get_template("report.html.j2").render(view=_view(report))


def to_html_fragment(report: Report) -> str:
    """The report as an element for a notebook: no script, styles that stay inside."""
    return _environment().get_template("fragment.html.j2").render(view=_view(report))


def to_html_index(pages: Iterable[tuple[str, str, int, int]]) -> str:
    """A page that links to the pages of several articles.

    Args:
        pages: File name, article id, number of statements and number of
            speakers of each page, in order.
    """
    return _environment().get_template("index.html.j2").render(pages=list(pages))
