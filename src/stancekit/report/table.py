"""A report for the terminal: the statements, then the speaker by target matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stancekit.report.labels import plain, signed
from stancekit.report.matrix import Matrix, matrix
from stancekit.types import Report, SpeakerSummary, StanceLabel, Statement, TargetRef

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

# The sixteen named colours follow the terminal's own theme, light or dark.
_INK: dict[StanceLabel, str] = {"favor": "green", "against": "red", "none": "dim"}
_CELL = {
    "favor": ("green", "bold reverse green"),
    "against": ("red", "bold reverse red"),
}
_STRONG = 0.5
_MIN_CELL = 18
_MAX_NAME = 24


def _stances(statement: Statement, targets: tuple[TargetRef, ...]) -> Text:
    from rich.text import Text

    lines = []
    for target in targets:
        stance = statement.stances.get(target.id)
        if stance is not None and stance.label != "none":
            lines.append(
                Text.assemble((signed(stance.score), _INK[stance.label]), " ", plain(target.id))
            )
    return Text("\n").join(lines) if lines else Text("none", style="dim")


def _kind(statement: Statement) -> Text:
    from rich.text import Text

    text = Text(statement.kind)
    if statement.modality != "asserted":
        text.append(f"\n{statement.modality}", style="dim")
    return text


def _cell(summary: SpeakerSummary | None) -> Text:
    from rich.text import Text

    if summary is None:
        return Text("·", style="dim")
    style = ""
    if summary.label != "none":
        style = _CELL[summary.label][abs(summary.score) >= _STRONG]
    count = len(summary.statements)
    return Text.assemble(
        (f" {signed(summary.score)} ", style or "bold"),
        f" {summary.label}\n",
        (f"{signed(summary.low)}..{signed(summary.high)} n={count}", "dim"),
    )


def _print_statements(report: Report, console: Console) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, expand=True, show_edge=False
    )
    table.add_column("#", justify="right", style="dim", no_wrap=True)
    table.add_column("speaker", ratio=5, overflow="fold")
    table.add_column("kind", no_wrap=True)
    table.add_column("content", ratio=10, overflow="fold")
    table.add_column("stances", ratio=5, overflow="fold")
    for number, statement in enumerate(report.statements, start=1):
        speaker = statement.speaker
        table.add_row(
            str(number),
            Text("nobody named", style="dim") if speaker is None else Text(plain(speaker.name)),
            _kind(statement),
            Text(plain(statement.content)),
            _stances(statement, report.targets),
        )
    console.print(table)


def _print_matrix(table: Matrix, console: Console) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    name_width = min(_MAX_NAME, max(len(plain(row.speaker.name)) for row in table.rows))
    per_part = max(1, (console.width - name_width - 2) // (_MIN_CELL + 2))
    for start in range(0, len(table.targets), per_part):
        part = range(start, min(start + per_part, len(table.targets)))
        grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        grid.add_column("speaker", width=name_width, overflow="fold")
        for index in part:
            grid.add_column(
                Text(plain(table.targets[index].id)), min_width=_MIN_CELL, overflow="fold"
            )
        for row in table.rows:
            grid.add_row(
                Text(plain(row.speaker.name)), *(_cell(row.cells[index]) for index in part)
            )
        console.print(grid)
        console.print()


def render_table(report: Report, console: Console) -> None:
    """Prints a report: statements in text order, then the speaker by target matrix.

    Nothing is wider than the console. Colour is the console's decision (rich
    drops it where the output is no terminal, and where ``NO_COLOR`` is set).
    """
    from rich.text import Text

    def line(text: str, style: str = "") -> None:
        console.print(Text(text, style=style, overflow="fold"), highlight=False)

    count = len(report.statements)
    title = plain(report.document.id) or "article"
    line(f"{title}: {count} statement{'' if count == 1 else 's'}", "bold")
    console.print()
    if report.statements:
        _print_statements(report, console)
        console.print()
    table = matrix(report)
    if table.rows:
        _print_matrix(table, console)
        for target in report.targets:
            if target.name != target.id:
                line(f"{plain(target.id)}: {plain(target.name)}", "dim")
        line("score: favor minus against, with its 95 % interval and n statements", "dim")
    elif report.statements and report.targets:
        line("No speaker takes a stance on the targets.")
    for skipped in report.skipped:
        line(f"skipped characters {skipped.start} to {skipped.end}: {plain(skipped.reason)}", "dim")
