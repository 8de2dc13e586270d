"""Speakers by targets with intervals, as a matplotlib figure for a paper.

A panel a target, a row a speaker: the mark stands at the score, its line is the
interval. Favor, against and none differ by place and by shape first, and by
colour as well, so that nothing is lost in greyscale or to colour-blind readers.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import TYPE_CHECKING

from stancekit.errors import MissingExtraError
from stancekit.report.labels import plain
from stancekit.report.matrix import Row, matrix
from stancekit.types import Report, StanceLabel

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Bluish green and vermilion, as on the page: no kind of colour blindness takes one for the other.
_COLOURS: dict[StanceLabel, str] = {"favor": "#12805c", "against": "#c8501e", "none": "#5c6066"}
_MARKS: dict[StanceLabel, str] = {"favor": ">", "against": "<", "none": "o"}
_ORDER: tuple[StanceLabel, ...] = ("against", "none", "favor")
_GREY = "#5c6066"
_PALE = "#f0efec"

# Inches. Three targets make a two-column text width, one target a column.
_NAMES = 1.5
_PANEL = 1.8
_ROW = 0.27
_AROUND = 1.05
_NAME_LETTERS = 26
_TARGET_LETTERS = 24


def plot(report: Report, *, width: float | None = None, max_speakers: int | None = None) -> Figure:
    """Draws a panel for each target, with every speaker's score and 95 % interval.

    The figure belongs to no window and no pyplot state; a notebook shows it by
    itself. Save it with ``figure.savefig("stances.svg")``, or as PDF or PNG (``dpi=300``).

    Args:
        report: What to draw; speakers who take a stance, in the report's order.
        width: Inches; by default 1.8 for each target and 1.5 for the names.
        max_speakers: Keep only so many, those with the most statements behind
            their scores.

    Raises:
        MissingExtraError: matplotlib is not installed.
        ValueError: ``width`` is not above 0, or ``max_speakers`` is below 1.
    """
    try:
        import matplotlib  # noqa: F401 (display may be loaded already, without it)

        from stancekit.report.display import DisplayFigure
    except ImportError as error:
        raise MissingExtraError("A figure", "plot") from error
    if width is not None and not width > 0:
        raise ValueError(f"width: expected inches above 0, got {width}")
    if max_speakers is not None and max_speakers < 1:
        raise ValueError(f"max_speakers: expected at least 1, got {max_speakers}")
    table = matrix(report)
    rows = _most_quoted(table.rows, max_speakers)
    if not rows:
        figure = DisplayFigure(figsize=(width or 3.5, 1.0), layout="constrained")
        axes = figure.add_subplot()
        axes.axis("off")
        axes.text(0.5, 0.5, "No speaker takes a stance.", ha="center", va="center", fontsize=8)
        return figure
    titles = [_wrapped(target.name, _TARGET_LETTERS, lines=4) for target in table.targets]
    height = _AROUND + _ROW * len(rows) + 0.14 * (max(t.count("\n") for t in titles))
    figure = DisplayFigure(
        figsize=(width or _NAMES + _PANEL * len(titles), height), layout="constrained"
    )
    panels = figure.subplots(1, len(titles), sharey=True, squeeze=False)[0]
    for number, (axes, title) in enumerate(zip(panels, titles, strict=True)):
        axes.set_title(title, fontsize=8, loc="left")
        _frame(axes, rows, has_names=number == 0)
        _cells(axes, rows, number)
    _legend(figure)
    return figure


def _most_quoted(rows: tuple[Row, ...], most: int | None) -> tuple[Row, ...]:
    if most is None or len(rows) <= most:
        return rows
    counts = Counter(
        {
            number: sum(len(cell.statements) for cell in row.cells if cell is not None)
            for number, row in enumerate(rows)
        }
    )
    kept = sorted(number for number, _ in counts.most_common(most))
    return tuple(rows[number] for number in kept)


def _frame(axes: Axes, rows: tuple[Row, ...], *, has_names: bool) -> None:
    """Axes without data: names, the zero line, a pale band behind every second row."""
    axes.set_xlim(-1.08, 1.08)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks(
        range(len(rows)),
        labels=[_wrapped(row.speaker.name, _NAME_LETTERS, lines=2) for row in rows],
        fontsize=7,
        linespacing=0.95,
    )
    axes.set_xticks([-1, 0, 1], labels=["against", "0", "favor"], fontsize=7)
    # Inside the panel, so that those of neighbours don't meet.
    left, middle, right = axes.get_xticklabels()
    left.set_horizontalalignment("left")
    middle.set_horizontalalignment("center")
    right.set_horizontalalignment("right")
    axes.set_xticks([-0.5, 0.5], minor=True)
    axes.tick_params(axis="both", which="both", length=0, labelleft=has_names)
    axes.tick_params(axis="x", which="both", length=2, color=_GREY)
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_GREY)
    for y in range(1, len(rows), 2):
        axes.axhspan(y - 0.5, y + 0.5, color=_PALE, linewidth=0, zorder=0)
    axes.axvline(0, color=_GREY, linewidth=0.6, linestyle=(0, (2, 2)), zorder=1)


def _cells(axes: Axes, rows: tuple[Row, ...], target: int) -> None:
    for y, row in enumerate(rows):
        cell = row.cells[target]
        if cell is None:
            continue
        colour = _COLOURS[cell.label]
        axes.plot(
            [cell.low, cell.high],
            [y, y],
            color=colour,
            linewidth=1.3,
            solid_capstyle="butt",
            marker="|",
            markersize=5,
            zorder=2,
        )
        axes.plot(
            cell.score,
            y,
            marker=_MARKS[cell.label],
            markersize=5.5,
            color=colour,
            markerfacecolor="white" if cell.label == "none" else colour,
            clip_on=False,
            zorder=3,
        )
        axes.text(
            1.02,
            y,
            str(len(cell.statements)),
            transform=axes.get_yaxis_transform(),
            fontsize=6,
            color=_GREY,
            va="center",
        )


def _legend(figure: Figure) -> None:
    from matplotlib.lines import Line2D

    marks = [
        Line2D(
            [],
            [],
            linestyle="",
            marker=_MARKS[label],
            markersize=5,
            color=_COLOURS[label],
            markerfacecolor="white" if label == "none" else _COLOURS[label],
            label=label,
        )
        for label in _ORDER
    ]
    line = Line2D([], [], color=_GREY, linewidth=1.3, label="95 % interval")
    figure.legend(
        handles=[*marks, line],
        loc="outside lower center",
        ncols=4,
        fontsize=6.5,
        frameon=False,
        handletextpad=0.3,
        columnspacing=1.2,
        title="number: statements behind the score",
        title_fontsize=6.5,
    )


def _wrapped(text: str, letters: int, *, lines: int) -> str:
    text = "\n".join(textwrap.wrap(plain(text), letters, max_lines=lines, placeholder=" …") or [""])
    # matplotlib reads text between dollar signs as mathematics.
    return text.replace("$", r"\$")
