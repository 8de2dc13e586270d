"""The speaker by target matrix that the table, the page and the figure show."""

from __future__ import annotations

from dataclasses import dataclass

from stancekit.types import Report, Speaker, SpeakerSummary, TargetRef


@dataclass(frozen=True, slots=True)
class Row:
    """One speaker with a cell for each target, None where no statement takes a stance."""

    speaker: Speaker
    cells: tuple[SpeakerSummary | None, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Speakers who take a stance on at least one target, in the report's order."""

    targets: tuple[TargetRef, ...]
    rows: tuple[Row, ...]
    silent: tuple[Speaker, ...]


def matrix(report: Report) -> Matrix:
    """Arranges the report's summaries as speakers by targets.

    Returns:
        Rows for the speakers with a statement behind at least one summary; ``silent`` holds those
        who made a statement and take a stance on none of the targets.
    """
    # A summary without a statement behind it is no finding: its 0 would read like a measured one.
    cells = {
        (summary.speaker, summary.target): summary
        for summary in report.summaries
        if summary.statements
    }
    rows = []
    silent = []
    spoke = {s.speaker.id for s in report.statements if s.speaker is not None}
    for speaker in report.speakers:
        row = tuple(cells.get((speaker.id, target.id)) for target in report.targets)
        if any(cell is not None for cell in row):
            rows.append(Row(speaker, row))
        elif speaker.id in spoke:
            silent.append(speaker)
    return Matrix(report.targets, tuple(rows), tuple(silent))
