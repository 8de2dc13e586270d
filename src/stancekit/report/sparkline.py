"""A small timeline of scores as the geometry of an inline SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from stancekit.report.labels import signed

# More points than this can't be told apart in a cell; they are put together by time.
_MAX_POINTS = 40


@dataclass(frozen=True, slots=True)
class Point:
    """The mean score of the statements of one day, or of neighbouring days put together."""

    day: date
    last: date
    score: float
    count: int
    x: float = 0.0
    y: float = 0.0

    @property
    def hint(self) -> str:
        """When, what, from how many statements."""
        days = f"{self.day}" if self.day == self.last else f"{self.day} to {self.last}"
        return f"{days}: {signed(self.score)}, n={self.count}"


@dataclass(frozen=True, slots=True)
class Sparkline:
    """Points from left to right; y grows downwards, as SVG has it.

    Attributes:
        points: With their places in a box of ``width`` by ``height``.
        width: Units of the view box.
        height: Units of the view box.
    """

    points: tuple[Point, ...]
    width: int
    height: int

    @property
    def middle(self) -> float:
        """Where score 0 lies."""
        return self.height / 2

    @property
    def path(self) -> str:
        """The points as an SVG polyline."""
        return " ".join(f"{p.x:g},{p.y:g}" for p in self.points)

    @property
    def label(self) -> str:
        """The line in words."""
        first, last = self.points[0], self.points[-1]
        return (
            f"{len(self.points)} dates, from {signed(first.score)} on {first.day} "
            f"to {signed(last.score)} on {last.last}"
        )


def _merged(points: Sequence[Point]) -> list[Point]:
    first = points[0].day.toordinal()
    days = points[-1].day.toordinal() - first + 1
    bins: dict[int, list[Point]] = {}
    for point in points:
        place = (point.day.toordinal() - first) * _MAX_POINTS // days
        bins.setdefault(place, []).append(point)
    merged = []
    for group in bins.values():
        count = sum(p.count for p in group)
        score = sum(p.score * p.count for p in group) / count
        merged.append(Point(group[0].day, group[-1].day, score, count))
    return merged


def sparkline(
    scores: Sequence[tuple[date, float]], *, width: int = 120, height: int = 32, margin: int = 4
) -> Sparkline | None:
    """A timeline of single statements' scores, averaged by day.

    Args:
        scores: Day and score in [-1, 1] of each statement, in any order.
        width: Of the box, in its own units.
        height: Of the box.
        margin: Kept free on all sides, for the points' radius.

    Returns:
        None where there are fewer than two days: one point is no line.
    """
    by_day: dict[date, list[float]] = {}
    for day, score in scores:
        by_day.setdefault(day, []).append(score)
    points = [
        Point(day, day, sum(values) / len(values), len(values))
        for day, values in sorted(by_day.items())
    ]
    if len(points) < 2:
        return None
    if len(points) > _MAX_POINTS:
        points = _merged(points)
    start = points[0].day.toordinal()
    # The middle of days put together, so that the last bin does not leave the box.
    centres = [(p.day.toordinal() + p.last.toordinal()) / 2 - start for p in points]
    low, high = centres[0], centres[-1]
    placed = tuple(
        Point(
            p.day,
            p.last,
            p.score,
            p.count,
            x=round(margin + (width - 2 * margin) * (centre - low) / (high - low), 1),
            y=round(height / 2 - (height / 2 - margin) * p.score, 1),
        )
        for p, centre in zip(points, centres, strict=True)
    )
    return Sparkline(placed, width, height)
