"""The page's colours hold to WCAG 2.2 AA in both themes, for every hue a speaker can get.

Text needs a contrast of 4.5 (1.4.3), marks and the edges of controls one of 3 (1.4.11).
"""

from __future__ import annotations

import itertools
import math
import re

import pytest

from stancekit.report.environment import environment
from stancekit.report.palette import HUES, hue

RGB = tuple[float, float, float]

THEME = re.compile(r"color-scheme: (light|dark);(.*?)}", re.S)
VARIABLE = re.compile(r"--([\w-]+):\s*([^;}]+)")
HUE_STEPS = range(0, 360, 12)


def themes() -> dict[str, dict[str, str]]:
    """The variables of each theme, as the style sheet sets them."""
    found: dict[str, dict[str, str]] = {}
    for name, body in THEME.findall(str(environment().globals["css"])):
        variables = dict(VARIABLE.findall(body))
        # The dark theme stands there twice: by the system's wish and by the reader's.
        assert found.setdefault(name, variables) == variables
    assert set(found) == {"light", "dark"}
    return found


THEMES = themes()


def oklch(lightness: float, chroma: float, degrees: float) -> RGB:
    """Linear sRGB, clipped. https://bottosson.github.io/posts/oklab/"""
    a = chroma * math.cos(math.radians(degrees))
    b = chroma * math.sin(math.radians(degrees))
    long, medium, short = (
        (lightness + x * a + y * b) ** 3
        for x, y in (
            (0.3963377774, 0.2158037573),
            (-0.1055613458, -0.0638541728),
            (-0.0894841775, -1.2914855480),
        )
    )
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    red, green, blue = (min(1.0, max(0.0, channel)) for channel in linear)
    return red, green, blue


def named(code: str) -> RGB:
    """Linear sRGB of ``#rrggbb``."""
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (int(code[i : i + 2], 16) / 255 for i in (1, 3, 5))
    )
    return red, green, blue


def contrast(one: RGB, other: RGB) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""
    low, high = sorted(0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (one, other))
    return (high + 0.05) / (low + 0.05)


class Theme:
    """Colours by their names in the style sheet."""

    def __init__(self, name: str) -> None:
        self.variables = THEMES[name]

    def colour(self, name: str) -> RGB:
        return named(self.variables[name])

    def speaker(self, name: str, degrees: float, known: int = 1) -> RGB:
        lightness = float(self.variables[name])
        return oklch(lightness, known * float(self.variables[f"{name}-c"]), degrees)

    def cell(self, share: float, degrees: float) -> RGB:
        lightness = float(self.variables["cell"]) + share * float(self.variables["cell-step"])
        return oklch(lightness, share * float(self.variables["cell-c"]), degrees)


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> Theme:
    return Theme(str(request.param))


def test_the_ratio_and_the_colours_are_computed_right() -> None:
    assert contrast(named("#000000"), named("#ffffff")) == pytest.approx(21)
    assert contrast(named("#777777"), named("#ffffff")) == pytest.approx(4.48, abs=0.01)
    # sRGB red is oklch(0.628 0.2577 29.23).
    assert oklch(0.62796, 0.25768, 29.234) == pytest.approx((1, 0, 0), abs=0.002)


@pytest.mark.parametrize("text", ["ink", "soft", "link", "favor", "against"])
@pytest.mark.parametrize("ground", ["page", "sheet"])
def test_text_on_the_page(theme: Theme, text: str, ground: str) -> None:
    assert contrast(theme.colour(text), theme.colour(ground)) >= 4.5


@pytest.mark.parametrize("ground", ["tint", "pale", "hot"])
def test_text_on_a_statement(theme: Theme, ground: str) -> None:
    for degrees, known in itertools.product(HUE_STEPS, (0, 1)):
        behind = theme.speaker(ground, degrees, known)
        assert contrast(theme.colour("ink"), behind) >= 4.5, degrees
        # A source or cue inside another speaker's statement.
        for other in HUE_STEPS:
            assert contrast(theme.speaker("name", other, known), behind) >= 4.5, (degrees, other)


def test_sources_and_cues_on_the_page(theme: Theme) -> None:
    for degrees, known in itertools.product(HUE_STEPS, (0, 1)):
        assert contrast(theme.speaker("name", degrees, known), theme.colour("sheet")) >= 4.5


def test_a_speakers_number_in_its_badge(theme: Theme) -> None:
    for degrees, known in itertools.product(HUE_STEPS, (0, 1)):
        badge = theme.speaker("badge", degrees, known)
        assert contrast(theme.colour("on-badge"), badge) >= 4.5, degrees


def test_underlines_show_on_the_page_and_on_the_statement(theme: Theme) -> None:
    for degrees, known in itertools.product(HUE_STEPS, (0, 1)):
        line = theme.speaker("rule", degrees, known)
        for ground in ("tint", "pale"):
            assert contrast(line, theme.speaker(ground, degrees, known)) >= 3, degrees
        assert contrast(line, theme.colour("sheet")) >= 3, degrees


@pytest.mark.parametrize("degrees", [165, 42])
def test_numbers_in_a_cell_of_any_score(theme: Theme, degrees: int) -> None:
    assert f"--hue: {degrees}" in str(environment().globals["css"])
    for step in range(11):
        cell = theme.cell(step / 10, degrees)
        assert contrast(theme.colour("ink"), cell) >= 4.5


def test_edges_of_controls(theme: Theme) -> None:
    for ground in ("page", "sheet"):
        assert contrast(theme.colour("edge"), theme.colour(ground)) >= 3


def test_speakers_next_to_each_other_have_hues_far_apart() -> None:
    assert len({hue(place) for place in range(200)}) > 100
    for place in range(200):
        gap = abs(hue(place) - hue(place + 1)) % 360
        assert min(gap, 360 - gap) >= 40, place
    assert hue(0) == HUES[0]
