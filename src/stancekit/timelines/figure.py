"""Stances over time as a matplotlib figure, fit for a paper."""

from __future__ import annotations

import datetime
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from stancekit.errors import MissingExtraError
from stancekit.report.labels import plain
from stancekit.timelines.points import Timeline, TimelinePoint, first_day

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Okabe and Ito's colours, which colour-blind readers tell apart; markers do it in print.
# https://jfly.uni-koeln.de/color/
_COLOURS = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8c8c00",
)  # fmt: skip
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
_DEFAULT_SPEAKERS = 6
_WIDTH = 6.8  # inches, a two-column text width
_PANEL = 1.9  # inches


def plot_timeline(
    timeline: Timeline,
    *,
    speakers: Sequence[str] | None = None,
    targets: Sequence[str] | None = None,
) -> Figure:
    """Draws `Timeline.plot`.

    Raises:
        MissingExtraError: matplotlib is not installed.
        ValueError: More than eight speakers, or an unknown one or an unknown target.
    """
    try:
        import matplotlib.dates
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("A figure", "plot") from error
    dated = [(day, p) for p in timeline.points if (day := first_day(p.date)) is not None]
    names = _chosen(timeline, dated, speakers)
    panels = _panels(timeline, [p for _, p in dated if p.speaker in names], targets)
    if not panels:
        figure = Figure(figsize=(3.5, 1.0), layout="constrained")
        axes = figure.add_subplot()
        axes.axis("off")
        axes.text(0.5, 0.5, "No dated article takes a stance.", ha="center", va="center", size=8)
        return figure
    figure = Figure(figsize=(_WIDTH, 0.7 + _PANEL * len(panels)), layout="constrained")
    grid: Any = figure.subplots(len(panels), 1, sharex=True, squeeze=False)
    for axes, (target, title) in zip(grid[:, 0], panels, strict=True):
        axes.axhline(0, color="#8a8a8a", linewidth=0.8, zorder=1)
        for number, name in enumerate(names):
            series = [(d, p) for d, p in dated if p.speaker == name and p.target == target]
            if series:
                _draw(axes, series, number)
        axes.set_ylim(-1.12, 1.12)
        axes.set_yticks([-1, 0, 1], labels=["against", "0", "favor"], fontsize=7)
        axes.set_title(textwrap.fill(_literal(title), 90), fontsize=8, loc="left")
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="x", color="#e6e6e6", linewidth=0.6)
        axes.set_axisbelow(True)
    last = grid[-1, 0]
    dates: Any = matplotlib.dates  # partly without annotations
    locator = dates.AutoDateLocator(minticks=3, maxticks=9)
    last.xaxis.set_major_locator(locator)
    last.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
    last.tick_params(axis="x", labelsize=7)
    if len({day for day, _ in dated}) == 1:
        # One day alone would be drawn over years.
        day = dated[0][0]
        last.set_xlim(day - datetime.timedelta(days=3), day + datetime.timedelta(days=3))
    handles = [
        last.plot([], [], color=_COLOURS[i], marker=_MARKERS[i], markersize=4, linewidth=1.2)[0]
        for i in range(len(names))
    ]
    figure.legend(
        handles,
        [textwrap.shorten(_literal(name), 34, placeholder="…") for name in names],
        loc="outside lower center",
        ncols=min(3, len(names)),
        fontsize=7,
        frameon=False,
    )
    return figure


def _chosen(
    timeline: Timeline,
    dated: Sequence[tuple[datetime.date, TimelinePoint]],
    speakers: Sequence[str] | None,
) -> list[str]:
    known = timeline.speakers
    if speakers is None:
        seen = {p.speaker for _, p in dated}
        return [name for name in known if name in seen][:_DEFAULT_SPEAKERS]
    if len(speakers) > len(_COLOURS):
        raise ValueError(
            f"{len(speakers)} speakers; expected at most {len(_COLOURS)}, which can be told apart"
        )
    for name in speakers:
        if name not in known:
            raise ValueError(f"no speaker {name!r} has a point")
    return list(speakers)


def _panels(
    timeline: Timeline, points: Sequence[TimelinePoint], targets: Sequence[str] | None
) -> list[tuple[str, str]]:
    names = {target.id: target.name for target in timeline.targets}
    for target in targets or ():
        if target not in names:
            raise ValueError(f"no target {target!r}; expected one of {', '.join(names)}")
    drawn = {point.target for point in points}
    return [(t, names[t]) for t in (names if targets is None else targets) if t in drawn]


def _draw(axes: Any, series: Sequence[tuple[datetime.date, TimelinePoint]], number: int) -> None:
    colour, marker = _COLOURS[number], _MARKERS[number]
    days = [day for day, _ in series]
    scores = [point.score for _, point in series]
    below = [point.score - point.low for _, point in series]
    above = [point.high - point.score for _, point in series]
    axes.errorbar(
        days, scores, yerr=[below, above], fmt="none", ecolor=colour, elinewidth=0.8, alpha=0.35
    )
    # The line goes through each day's mean; articles of one day have no order.
    by_day: dict[datetime.date, list[float]] = {}
    for day, point in series:
        by_day.setdefault(day, []).append(point.score)
    line = sorted((day, sum(values) / len(values)) for day, values in by_day.items())
    axes.plot([d for d, _ in line], [m for _, m in line], color=colour, linewidth=1.1, alpha=0.85)
    axes.plot(
        days,
        scores,
        linestyle="none",
        color=colour,
        marker=marker,
        markersize=4.5,
        markeredgecolor="white",
        markeredgewidth=0.5,
        zorder=3,
    )


def _literal(text: str) -> str:
    # matplotlib reads text between dollar signs as mathematics.
    return plain(text).replace("$", r"\$")
