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


def test_the_screen_goes_up_to_where_it_costs_more_than_it_may() -> None:
    # Items in steps of certainty of the small model; above .30 it would take sides away.
    sided = np.linspace(0.005, 0.495, 99)
    gold: list[StanceLabel] = [
        ("favor" if i % 2 else "against") if p > 0.3 else "none" for i, p in enumerate(sided)
    ]
    large = np.eye(3)[[STANCE_LABELS.index(label) for label in gold]]
    fit = fit_screen(sided, large, gold, max_loss=0.0)
    assert sided[sided <= 0.3].max() < fit.threshold <= sided[sided > 0.3].min()
    assert fit.spared == np.mean(sided < fit.threshold)
    assert fit.macro_f1 == fit.macro_f1_exact == 1.0
    freer = fit_screen(sided, large, gold, max_loss=0.1)
    assert freer.threshold > fit.threshold
    assert 0.9 <= freer.macro_f1 < 1.0


def test_nothing_is_spared_that_likelier_takes_a_side() -> None:
    large = np.tile([0.0, 0.0, 1.0], (20, 1))
    fit = fit_screen(np.linspace(0.2, 0.9, 20), large, ["none"] * 20, max_loss=0.02)
    assert 0.45 < fit.threshold <= 0.5


def test_a_small_model_that_is_sure_and_wrong_screens_nothing() -> None:
    large = np.tile([1.0, 0.0, 0.0], (20, 1))
    fit = fit_screen(np.linspace(0, 0.1, 20), large, ["favor"] * 20, max_loss=0.0)
    assert fit.spared == 0.0
