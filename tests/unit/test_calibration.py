"""What is fitted on dev data after training."""

from __future__ import annotations

import numpy as np

from stancekit.stance.scorer import Calibration
from stancekit.training.calibration import fit_calibration, fit_screen
from stancekit.types import STANCE_LABELS, StanceLabel


def _labels(rng: np.random.Generator, p: np.ndarray) -> list[StanceLabel]:
    return [STANCE_LABELS[rng.choice(3, p=row)] for row in p]


def test_a_known_temperature_and_bias_are_found_again() -> None:
    rng = np.random.default_rng(3)
    raw = rng.dirichlet((0.4, 0.4, 0.4), size=4000)
    true = Calibration(2.0, -0.5)
    found = fit_calibration(raw, _labels(rng, true.apply(raw)))
    assert abs(found.temperature - 2.0) < 0.15
    assert abs(found.none_bias + 0.5) < 0.12


def test_the_screen_goes_down_to_where_it_costs_more_than_it_may() -> None:
    # Items in steps of certainty of the small model; below .70 it would take sides away.
    sure = np.linspace(0.995, 0.505, 100)
    small = np.stack([(1 - sure) / 2, (1 - sure) / 2, sure], axis=1)
    side = sure < 0.7
    gold: list[StanceLabel] = [
        ("favor" if i % 2 else "against") if side[i] else "none" for i in range(100)
    ]
    large = np.eye(3)[[STANCE_LABELS.index(label) for label in gold]]
    fit = fit_screen(small, large, gold, max_loss=0.002)
    assert fit.threshold == 0.7
    assert fit.spared == np.mean(sure >= 0.7)
    assert fit.macro_f1 == fit.macro_f1_exact == 1.0


def test_a_small_model_that_is_sure_and_wrong_screens_nothing() -> None:
    small = np.tile([0.0, 0.0, 1.0], (20, 1))
    large = np.tile([1.0, 0.0, 0.0], (20, 1))
    fit = fit_screen(small, large, ["favor"] * 20, max_loss=0.02)
    assert (fit.threshold, fit.spared) == (1.0, 0.0)
