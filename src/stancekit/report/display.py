"""A figure that notebooks show by themselves. Imports matplotlib."""

from __future__ import annotations

import io

from matplotlib.figure import Figure

_DPI = 192
_CSS_DPI = 96


class DisplayFigure(Figure):
    """A matplotlib figure that a notebook shows without pyplot or ``%matplotlib``."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        file = io.BytesIO()
        # White paper, also where the notebook is dark: the ink is dark.
        self.savefig(file, format="png", dpi=_DPI, facecolor="white")
        width, height = (round(_CSS_DPI * inches) for inches in self.get_size_inches())
        return file.getvalue(), {"width": width, "height": height}
