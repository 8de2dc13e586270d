"""Fitting the temperature and the none bias of a stance model on dev data."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize

from stancekit.stance.scorer import Calibration, Floats
from stancekit.types import STANCE_LABELS, StanceLabel


def fit_calibration(probabilities: Floats, labels: Sequence[StanceLabel]) -> Calibration:
    """The calibration that gives the labels the highest likelihood.

    Args:
        probabilities: ``(n, 3)`` uncalibrated, favor, against, none.
        labels: The right labels, ``n`` of them.
    """
    gold = np.array([STANCE_LABELS.index(label) for label in labels])

    def loss(parameters: Floats) -> float:
        calibration = Calibration(float(np.exp(parameters[0])), float(parameters[1]))
        p = calibration.apply(probabilities)[np.arange(len(gold)), gold]
        return float(-np.log(np.clip(p, 1e-12, 1)).mean())

    best = minimize(loss, np.zeros(2), method="Nelder-Mead").x
    return Calibration(round(float(np.exp(best[0])), 4), round(float(best[1]), 4))
