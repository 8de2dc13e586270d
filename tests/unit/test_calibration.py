"""What is fitted on dev data after training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stancekit.stance.scorer import Calibration
from stancekit.training.calibration import (
    Answers,
    fit_calibration,
    fit_company,
    fit_platt,
    fit_screen,
)
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


def test_a_known_slope_and_shift_are_found_again() -> None:
    rng = np.random.default_rng(4)
    odds = rng.normal(0, 2, size=4000)
    true = 1 / (1 + np.exp(-(0.6 * odds + 0.5)))
    slope, shift = fit_platt(1 / (1 + np.exp(-odds)), (rng.random(4000) < true).tolist())
    assert abs(slope - 0.6) < 0.05
    assert abs(shift - 0.5) < 0.08
    # A few that are all right don't ask for certainty.
    slope, shift = fit_platt(np.array([0.9, 0.1]), [True, False])
    assert slope < 3
    assert abs(shift) < 1


def test_known_weights_of_a_statement_and_its_article_are_found_again() -> None:
    rng = np.random.default_rng(5)
    own, best = rng.normal(0, 2, size=(2, 6000))
    true = 1 / (1 + np.exp(-(0.8 * own + 0.5 * best - 1.0)))
    found = fit_company(own, best, (rng.random(6000) < true).tolist())
    assert abs(found.own - 0.8) < 0.1
    assert abs(found.best - 0.5) < 0.1
    assert abs(found.offset + 1.0) < 0.1


def _answers(sided: np.ndarray, large: np.ndarray, gold: Sequence[StanceLabel]) -> Answers:
    return Answers(sided, large, np.array([STANCE_LABELS.index(label) for label in gold]))


def _certain(gold: Sequence[StanceLabel]) -> np.ndarray:
    return np.eye(3)[[STANCE_LABELS.index(label) for label in gold]]


NOTHING_UNRELATED = _answers(np.array([0.01]), _certain(["none"]), ["none"])
# Items in steps of certainty of the small model; above .30 it would take sides away.
STEPS = np.linspace(0.005, 0.495, 99)
SIDES: list[StanceLabel] = [
    ("favor" if i % 2 else "against") if p > 0.3 else "none" for i, p in enumerate(STEPS)
]


def test_the_screen_goes_up_to_where_it_costs_more_than_it_may() -> None:
    related = _answers(STEPS, _certain(SIDES), SIDES)
    fit = fit_screen([related], NOTHING_UNRELATED, max_loss=0.0)
    assert STEPS[STEPS <= 0.3].max() < fit.threshold <= STEPS[STEPS > 0.3].min()
    assert fit.unrelated_spared == 1.0
    assert fit.spared == (np.mean(fit.threshold > STEPS),)
    assert fit.macro_f1 == fit.macro_f1_exact == (1.0,)
    # Where it brings nothing, the small model isn't heard.
    assert (fit.weight, fit.offset) == (0.0, 0.0)
    freer = fit_screen([related], NOTHING_UNRELATED, max_loss=0.1)
    assert freer.threshold > fit.threshold
    assert 0.9 <= freer.macro_f1[0] < 1.0


def test_every_set_has_a_say() -> None:
    related = _answers(STEPS, _certain(SIDES), SIDES)
    # Here a side is already taken at .1.
    other = _answers(np.array([0.1, 0.2]), _certain(["favor", "none"]), ["favor", "none"])
    fit = fit_screen([related, other], NOTHING_UNRELATED, max_loss=0.0)
    assert 0.09 < fit.threshold <= 0.1
    assert fit.macro_f1 == fit.macro_f1_exact


def test_nothing_is_spared_that_likelier_takes_a_side() -> None:
    nothing: list[StanceLabel] = ["none"] * 20
    related = _answers(np.linspace(0.2, 0.9, 20), _certain(nothing), nothing)
    fit = fit_screen([related], NOTHING_UNRELATED, max_loss=0.02)
    assert 0.45 < fit.threshold <= 0.5


def test_a_small_model_that_is_sure_and_wrong_screens_nothing() -> None:
    gold: list[StanceLabel] = ["favor"] * 20
    related = _answers(np.linspace(0, 0.1, 20), _certain(gold), gold)
    assert fit_screen([related], NOTHING_UNRELATED, max_loss=0.0).spared == (0.0,)


def test_the_small_model_is_heard_as_far_as_that_costs_little() -> None:
    # The large model reads a side into everything; the small one doubts it where nothing is said.
    gold: list[StanceLabel] = ["favor", "against"] * 20
    sides = np.tile([[0.8, 0.0, 0.2], [0.0, 0.8, 0.2]], (20, 1))
    related = _answers(np.full(40, 0.6), sides, gold)
    unrelated = _answers(np.full(10, 0.05), np.tile([0.6, 0.0, 0.4], (10, 1)), ["none"] * 10)
    fit = fit_screen([related], unrelated, max_loss=0.0)
    assert (fit.unrelated_exact, fit.unrelated) == (1.0, 0.0)
    assert fit.macro_f1 == fit.macro_f1_exact
    assert fit.weight > 0
