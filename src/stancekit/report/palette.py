"""Speakers' colours and numbers on a page."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from stancekit.report.matrix import Matrix
from stancekit.types import Report, Speaker

# Hues of OKLCH in degrees, far apart for the first speakers; later ones go on
# by the golden angle, which keeps neighbours apart for any number of speakers.
HUES = (255, 60, 150, 340, 200, 25, 300, 110)
_GOLDEN_ANGLE = 137.508


def hue(place: int) -> int:
    """The hue of the speaker at this place, the most quoted first, in degrees."""
    return HUES[place] if place < len(HUES) else round(20 + place * _GOLDEN_ANGLE) % 360


@dataclass(frozen=True, slots=True)
class Palette:
    """A hue and a number for each speaker; the number says who it is without colour."""

    hues: dict[str, int]
    numbers: dict[str, int]

    def style(self, speaker: Speaker | None) -> str:
        """CSS variables: hue and chroma; grey where no speaker is known."""
        if speaker is None:
            return "--h:0;--k:0"
        return f"--h:{self.hues.get(speaker.id, 0)};--k:1"

    def number(self, speaker: Speaker | None) -> str:
        """What stands beside a speaker's statements and name; ``?`` where none is known."""
        if speaker is None:
            return "?"
        return str(self.numbers.get(speaker.id, "?"))


def palette(report: Report, table: Matrix) -> Palette:
    """Hues by how often a speaker is quoted, numbers in the order of the matrix."""
    counts = Counter(s.speaker.id for s in report.statements if s.speaker is not None)
    places = {speaker.id: place for place, speaker in enumerate(report.speakers)}
    known = list(dict.fromkeys([*places, *counts]))
    known.sort(key=lambda id: (-counts[id], places.get(id, len(places))))
    listed = [row.speaker.id for row in table.rows] + [s.id for s in table.silent]
    ordered = dict.fromkeys([*listed, *places, *counts])
    return Palette(
        {id: hue(place) for place, id in enumerate(known)},
        {id: number for number, id in enumerate(ordered, start=1)},
    )
