"""A report as one self-contained HTML page, and as a fragment for notebooks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from stancekit.report.cut import Block, Piece, cut
from stancekit.report.environment import environment
from stancekit.report.labels import headline, plain, signed
from stancekit.report.matrix import Matrix, matrix
from stancekit.report.palette import Palette, palette
from stancekit.types import Report, Statement


@dataclass(frozen=True, slots=True)
class _View:
    """What the templates read."""

    report: Report
    matrix: Matrix
    blocks: list[Block]
    palette: Palette
    statement_numbers: dict[str, int]
    speaker_numbers: dict[str, int]
    target_numbers: dict[str, int]
    anchors: dict[int, int]
    prefix: str

    @property
    def title(self) -> str:
        return headline(self.report.document)

    @property
    def has_hypotheses(self) -> bool:
        return any(target.favor or target.against for target in self.report.targets)

    @property
    def has_joint(self) -> bool:
        """Whether a statement counts for several speakers."""
        return any(s.speaker is not None and s.speaker.members for s in self.report.statements)

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
            plain(target.name)
            for target in self.report.targets
            if target.id in statement.stances and statement.stances[target.id].label == "none"
        )

    def piece_class(self, piece: Piece) -> str:
        """CSS classes of a piece."""
        names = ["seg", *sorted(piece.roles)]
        if piece.content is not None:
            names.append(self.report.statements[piece.content].kind)
        if piece.outer is not None:
            names.append("inner")
        if piece.skipped:
            names.append("skip")
        return " ".join(names)

    def piece_style(self, piece: Piece) -> str:
        """Hues of the content's speaker, the one around it, and the source's or cue's."""
        parts = []
        for number, suffix in ((piece.content, ""), (piece.outer, "o"), (piece.named, "n")):
            if number is not None:
                style = self.palette.style(self.report.statements[number].speaker)
                parts.append(
                    style.replace("--h:", f"--h{suffix}:").replace("--k:", f"--k{suffix}:")
                )
        return ";".join(parts)

    def piece_number(self, piece: Piece) -> str:
        """The speakers' numbers where statements begin."""
        speakers = (self.report.statements[number].speaker for number in piece.first)
        return " ".join(dict.fromkeys(self.palette.number(speaker) for speaker in speakers))

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
    table = matrix(report)
    firsts = (piece.first for block in blocks for piece in block.pieces)
    return _View(
        report=report,
        matrix=table,
        blocks=blocks,
        # Statements that begin at the same place share the element, and its name.
        anchors={number: first[0] for first in firsts for number in first},
        palette=palette(report, table),
        statement_numbers={s.id: number for number, s in enumerate(report.statements)},
        speaker_numbers={s.id: number for number, s in enumerate(report.speakers)},
        target_numbers={t.id: number for number, t in enumerate(report.targets)},
        prefix=f"sk-{report.document.sha256[:8]}",
    )


def to_html(report: Report) -> str:
    """The report as one HTML page that needs no network and no other file.

    Write it as UTF-8.
    """
    return environment().get_template("report.html.j2").render(view=_view(report))


def to_html_fragment(report: Report) -> str:
    """The report as an element for a notebook: no script, styles that stay inside."""
    return environment().get_template("fragment.html.j2").render(view=_view(report))
