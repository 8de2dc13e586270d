"""What is fitted on dev data after training."""

from __future__ import annotations

import numpy as np

from stancekit.stance.scorer import Calibration
from stancekit.training.calibration import Answers, fit_calibration, fit_screen
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


NOTHING_UNRELATED = Answers(np.array([0.01]), np.array([[0.0, 0.0, 1.0]]))


def test_the_screen_goes_up_to_where_it_costs_more_than_it_may() -> None:
    # Items in steps of certainty of the small model; above .30 it would take sides away.
    sided = np.linspace(0.005, 0.495, 99)
    gold: list[StanceLabel] = [
        ("favor" if i % 2 else "against") if p > 0.3 else "none" for i, p in enumerate(sided)
    ]
    related = Answers(sided, np.eye(3)[[STANCE_LABELS.index(label) for label in gold]])
    fit = fit_screen(related, gold, NOTHING_UNRELATED, max_loss=0.0)
    assert sided[sided <= 0.3].max() < fit.threshold <= sided[sided > 0.3].min()
    assert fit.spared == np.mean(sided < fit.threshold)
    assert fit.macro_f1 == fit.macro_f1_exact == 1.0
    # Where it brings nothing, the small model isn't heard.
    assert (fit.weight, fit.offset) == (0.0, 0.0)
    freer = fit_screen(related, gold, NOTHING_UNRELATED, max_loss=0.1)
    assert freer.threshold > fit.threshold
    assert 0.9 <= freer.macro_f1 < 1.0


def test_nothing_is_spared_that_likelier_takes_a_side() -> None:
    related = Answers(np.linspace(0.2, 0.9, 20), np.tile([0.0, 0.0, 1.0], (20, 1)))
    fit = fit_screen(related, ["none"] * 20, NOTHING_UNRELATED, max_loss=0.02)
    assert 0.45 < fit.threshold <= 0.5


def test_a_small_model_that_is_sure_and_wrong_screens_nothing() -> None:
    related = Answers(np.linspace(0, 0.1, 20), np.tile([1.0, 0.0, 0.0], (20, 1)))
    fit = fit_screen(related, ["favor"] * 20, NOTHING_UNRELATED, max_loss=0.0)
    assert fit.spared == 0.0


def test_the_small_model_is_heard_as_far_as_that_costs_little() -> None:
    # The large model reads a side into everything; the small one doubts it where nothing is said.
    related = Answers(np.full(40, 0.6), np.tile([[0.8, 0.0, 0.2], [0.0, 0.8, 0.2]], (20, 1)))
    gold: list[StanceLabel] = ["favor", "against"] * 20
    unrelated = Answers(np.full(10, 0.05), np.tile([0.6, 0.0, 0.4], (10, 1)))
    # No threshold: the lowest of the related ones lies above those that are to be told.
    fit = fit_screen(related, gold, unrelated, max_loss=0.0)
    assert (fit.unrelated_exact, fit.unrelated) == (1.0, 0.0)
    assert fit.macro_f1 == fit.macro_f1_exact
    assert fit.weight > 0
