"""Fitting a stance model's temperature, none bias and screening threshold on dev data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from stancekit.evaluation.metrics import confusion_matrix, macro_f1
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


# What each mode of a screen may cost in macro-F1.
MAX_LOSS = {"screened": 0.002, "fast": 0.02}
# A statement that more likely than not takes a side is never spared.
_HIGHEST = 0.5


@dataclass(frozen=True, slots=True)
class ScreenFit:
    """A threshold for a screen, and what it does on the data on which it was chosen.

    ``spared`` is the share of items that the large model need not read.
    """

    threshold: float
    spared: float
    macro_f1: float
    macro_f1_exact: float


def fit_screen(
    sided: Floats, large: Floats, labels: Sequence[StanceLabel], *, max_loss: float
) -> ScreenFit:
    """The highest threshold up to which screening costs at most so much macro-F1.

    Args:
        sided: ``(n,)`` probabilities that an item takes a side, by the small model.
        large: ``(n, 3)`` calibrated probabilities of the large one.
        labels: The right labels, ``n`` of them.
        max_loss: In macro-F1, in [0, 1].
    """
    gold = np.array([STANCE_LABELS.index(label) for label in labels])
    answers = large.argmax(axis=1)

    def f1(found: npt.NDArray[np.int64]) -> float:
        return float(macro_f1(confusion_matrix(gold, found))[0])

    exact = f1(answers)
    best = ScreenFit(0.0, 0.0, exact, exact)
    for threshold in np.unique(np.round(np.quantile(sided, np.linspace(0, 1, 401)), 4)):
        if threshold > _HIGHEST:
            break
        spared = sided < threshold
        screened = f1(np.where(spared, STANCE_LABELS.index("none"), answers))
        if screened < exact - max_loss:
            break
        best = ScreenFit(float(threshold), float(spared.mean()), screened, exact)
    return best


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
