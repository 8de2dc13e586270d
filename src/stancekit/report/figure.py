"""The speaker by target matrix as a matplotlib figure, fit for a paper."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from stancekit.errors import MissingExtraError
from stancekit.report.labels import plain, signed
from stancekit.report.matrix import matrix
from stancekit.types import Report

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Vermilion, near white, bluish green: told apart by colour-blind readers, and
# the two ends differ in print without colour by their printed sign.
_COLOURS = ("#c8501e", "#e9a27e", "#f4f3f0", "#7cc2a8", "#12805c")
# Inches. Three targets and a name column make about a two-column text width.
_CELL_WIDTH = 1.25
_CELL_HEIGHT = 0.46


def plot(report: Report) -> Figure:
    """Draws the speaker by target matrix: score, 95 % interval and number of statements.

    The figure belongs to no window and no pyplot state; save it with
    ``figure.savefig("stances.pdf")``.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        from matplotlib.colors import LinearSegmentedColormap
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("A figure", "plot") from error
    table = matrix(report)
    names = [textwrap.fill(_literal(row.speaker.name), 24) for row in table.rows]
    if not table.rows:
        figure = Figure(figsize=(3.5, 1.0), layout="constrained")
        axes = figure.add_subplot()
        axes.axis("off")
        axes.text(0.5, 0.5, "No speaker takes a stance.", ha="center", va="center", fontsize=8)
        return figure
    width = 1.9 + _CELL_WIDTH * len(table.targets)
    height = 1.0 + _CELL_HEIGHT * len(table.rows)
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    colours = LinearSegmentedColormap.from_list("stance", _COLOURS)
    grid = [
        [float("nan") if cell is None else cell.score for cell in row.cells] for row in table.rows
    ]
    image = axes.imshow(grid, cmap=colours, vmin=-1, vmax=1, aspect="auto")
    for y, row in enumerate(table.rows):
        for x, cell in enumerate(row.cells):
            if cell is None:
                axes.text(x, y, "·", ha="center", va="center", fontsize=8, color="#767676")
                continue
            ink = "white" if _luminance(colours((cell.score + 1) / 2)) < 0.18 else "#1a1a1a"
            axes.text(
                x, y - 0.14, signed(cell.score), ha="center", va="center", fontsize=9, color=ink
            )
            axes.text(
                x,
                y + 0.22,
                f"[{signed(cell.low)}, {signed(cell.high)}], n={len(cell.statements)}",
                ha="center",
                va="center",
                fontsize=6,
                color=ink,
            )
    axes.set_yticks(range(len(names)), labels=names, fontsize=8)
    axes.set_xticks(
        range(len(table.targets)),
        labels=[textwrap.fill(_literal(target.name), 18) for target in table.targets],
        fontsize=8,
    )
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    # White lines between the cells.
    axes.set_xticks([x + 0.5 for x in range(len(table.targets) - 1)], minor=True)
    axes.set_yticks([y + 0.5 for y in range(len(table.rows) - 1)], minor=True)
    axes.grid(which="minor", color="white", linewidth=2)
    axes.tick_params(which="minor", length=0)
    bar = figure.colorbar(image, ax=axes, ticks=[-1, 0, 1], shrink=0.9, aspect=14, pad=0.02)
    bar.ax.set_yticklabels(["against", "none", "favor"], fontsize=7)
    bar.outline.set_visible(False)  # type: ignore[operator, unused-ignore]
    bar.ax.tick_params(length=0)
    return figure


def _literal(text: str) -> str:
    # matplotlib reads text between dollar signs as mathematics.
    return plain(text).replace("$", r"\$")


def _luminance(colour: tuple[float, float, float, float]) -> float:
    # Relative luminance, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance; black
    # and white text have the same contrast at 0.18.
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
