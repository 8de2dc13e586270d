"""Fitting a stance model's temperature, none bias and screening threshold on dev data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from stancekit.evaluation.metrics import confusion_matrix, macro_f1
from stancekit.stance.relevance import Company
from stancekit.stance.scorer import Calibration, Floats, Gate
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


def fit_platt(p: Floats, right: Sequence[bool]) -> tuple[float, float]:
    """Slope and shift of the log odds that make the answers likeliest (Platt 1999).

    After the same weak belief as in `fit_calibration` that neither is needed.

    Args:
        p: ``(n,)`` probabilities.
        right: The answers, ``n`` of them.
    """
    clipped = np.clip(p, 1e-6, 1 - 1e-6)
    odds = np.log(clipped / (1 - clipped))
    signs = np.where(right, 1.0, -1.0)

    def loss(parameters: Floats) -> float:
        scaled = float(np.exp(parameters[0])) * odds + parameters[1]
        return float(np.logaddexp(0, -signs * scaled).sum() + (parameters**2).sum() / 2)

    best = minimize(loss, np.zeros(2), method="Nelder-Mead").x
    return float(np.exp(best[0])), float(best[1])


def fit_company(odds: Floats, best: Floats, right: Sequence[bool]) -> Company:
    """How a statement's log odds and the highest of its article are weighed: logistic regression.

    Args:
        odds: ``(n,)`` log odds of statements by themselves.
        best: ``(n,)`` the highest of their articles toward the same targets.
        right: Whether they take a side, ``n`` answers.
    """
    model = LogisticRegression().fit(np.stack([odds, best], axis=1), np.asarray(right))
    own, other = (round(float(weight), 4) for weight in model.coef_[0])
    return Company(own=own, best=other, offset=round(float(model.intercept_[0]), 4))


# What each mode of a screen may cost in macro-F1: some three answers of the 623 dev statements, for
# one or two come and go with any change of the models.
MAX_LOSS = {"screened": 0.005, "fast": 0.02}
# A statement that more likely than not takes a side is never spared.
_HIGHEST = 0.5
_WEIGHTS = np.round(np.arange(0, 1.1, 0.2), 1)
_OFFSETS = np.round(np.arange(0, 1.5, 0.2), 1)


@dataclass(frozen=True, slots=True)
class ScreenFit:
    """What a screen does on the data on which it was chosen, beside the large model alone.

    Attributes:
        threshold: Of the `Gate`, as the two below.
        weight: How much the small model's log odds count.
        offset: What is added to them.
        spared: By set, the share of items that the large model need not read.
        macro_f1: On each set, with the screen.
        macro_f1_exact: The same without.
        unrelated_spared: Share of unrelated pairs that it need not read; None where there are none.
        unrelated: Share of them into which a side is read, with the screen.
        unrelated_exact: The same without.
    """

    threshold: float
    weight: float
    offset: float
    spared: tuple[float, ...]
    macro_f1: tuple[float, ...]
    macro_f1_exact: tuple[float, ...]
    unrelated_spared: float | None
    unrelated: float | None
    unrelated_exact: float | None


@dataclass(frozen=True, slots=True)
class Answers:
    """What both models say of ``n`` pairs, and what is right.

    Attributes:
        sided: ``(n,)`` probabilities of a side by the small one.
        large: ``(n, 3)`` calibrated probabilities of the large one.
        gold: ``(n,)`` label ids.
    """

    sided: Floats
    large: Floats
    gold: npt.NDArray[np.int64]

    def labels(self, gate: Gate) -> npt.NDArray[np.int64]:
        """Label ids ``(n,)`` behind a gate."""
        open_ = gate.opens(self.sided)[:, None]
        found = np.where(open_, gate.both(self.large, self.sided), gate.alone(self.sided))
        return np.asarray(found.argmax(axis=1))

    def f1(self, gate: Gate) -> float:
        """Macro-F1 behind a gate."""
        return float(macro_f1(confusion_matrix(self.gold, self.labels(gate)))[0])


def fit_screen(related: Sequence[Answers], unrelated: Answers, *, max_loss: float) -> ScreenFit:
    """A gate that costs at most so much macro-F1 on each set of statements about their targets.

    First the last threshold before one costs more, which spares most; then, with it, the weight
    and the offset with which the fewest sides are read into unrelated pairs.

    Args:
        related: Of labelled pairs, by set.
        unrelated: Of pairs that have nothing to do with each other.
        max_loss: In macro-F1, in [0, 1].
    """
    none = Gate(0.0)
    least = [answers.f1(none) - max_loss for answers in related]
    sided = np.concatenate([answers.sided for answers in related])
    n = len(unrelated.gold)

    def costs_little(gate: Gate) -> bool:
        return all(a.f1(gate) >= limit for a, limit in zip(related, least, strict=True))

    def sides(gate: Gate) -> float:
        return float((unrelated.labels(gate) != STANCE_LABELS.index("none")).sum())

    best = none
    for threshold in np.unique(np.round(np.quantile(sided, np.linspace(0, 1, 401)), 4)):
        gate = Gate(float(threshold))
        if threshold > _HIGHEST or not costs_little(gate):
            break
        best = gate
    weighed = [Gate(best.threshold, float(w), float(o)) for w in _WEIGHTS for o in _OFFSETS]
    allowed = [best, *(gate for gate in weighed if costs_little(gate))]
    best = min(allowed, key=lambda gate: (sides(gate), gate.weight, gate.offset))
    return ScreenFit(
        **asdict(best),
        spared=tuple(float(1 - best.opens(answers.sided).mean()) for answers in related),
        macro_f1=tuple(answers.f1(best) for answers in related),
        macro_f1_exact=tuple(answers.f1(none) for answers in related),
        unrelated_spared=float(1 - best.opens(unrelated.sided).mean()) if n else None,
        unrelated=sides(best) / n if n else None,
        unrelated_exact=sides(none) / n if n else None,
    )


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
