"""Fitting the temperature and the none bias of a stance model on dev data."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from stancekit.stance.scorer import Calibration, Floats
from stancekit.types import STANCE_LABELS, StanceLabel


def fit_calibration(probabilities: Floats, labels: Sequence[StanceLabel]) -> Calibration:
    """The calibration that makes the labels likeliest, after a weak belief that none is needed.

    The belief (the log temperature and the bias are each normal around 0 with a deviation of 1)
    weighs less than one item. It keeps a handful of items, which a model may all get right,
    from asking for certainty.

    Args:
        probabilities: ``(n, 3)`` uncalibrated, favor, against, none.
        labels: The right labels, ``n`` of them.
    """
    gold = np.array([STANCE_LABELS.index(label) for label in labels])

    def loss(parameters: Floats) -> float:
        calibration = Calibration(float(np.exp(parameters[0])), float(parameters[1]))
        p = calibration.apply(probabilities)[np.arange(len(gold)), gold]
        return float(-np.log(np.clip(p, 1e-12, 1)).sum() + (parameters**2).sum() / 2)

    best = minimize(loss, np.zeros(2), method="Nelder-Mead").x
    return Calibration(round(float(np.exp(best[0])), 4), round(float(best[1]), 4))


def cross_calibrated(
    probabilities: Floats, labels: Sequence[StanceLabel], folds: npt.NDArray[np.int64]
) -> Floats:
    """Calibrated probabilities, those of each fold by what the other folds say.

    So that what is measured on the items owes nothing to a calibration that knew them. Where
    there is one fold only, they are left as they are.

    Args:
        probabilities: ``(n, 3)`` uncalibrated.
        labels: The right labels, ``n`` of them.
        folds: ``(n,)`` fold numbers.
    """
    result = probabilities.copy()
    for number in np.unique(folds):
        mine = folds == number
        if not mine.all():
            others = [label for label, here in zip(labels, mine, strict=True) if not here]
            result[mine] = fit_calibration(probabilities[~mine], others).apply(probabilities[mine])
    return result
