"""Two systems on the same items: is the second one better?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from stancekit.evaluation.metrics import (
    RESAMPLES,
    SEED,
    Floats,
    Ints,
    Metric,
    Statistic,
    accuracy,
    bootstrap,
    confusion_matrix,
    f_avg,
    macro_f1,
    polarity_accuracy,
    reversed_polarity,
)
from stancekit.evaluation.result import LOWER_IS_BETTER
from stancekit.types import STANCE_LABELS

# Below so many items, the bootstrap's intervals are too narrow to be trusted (they rest on
# resampling what little was seen).
FEW = 30


@dataclass(frozen=True, slots=True)
class Difference:
    """A metric before and after a change, on the same items, and after minus before.

    ``change`` holds the interval of the difference under resampling of items, each drawn for
    both sides at once. The two sides' errors are mostly on the same items, so that it is
    narrower than the two intervals beside each other suggest.
    """

    before: Metric
    after: Metric
    change: Metric
    lower_is_better: bool = False

    @property
    def verdict(self) -> str:
        """``"better"``, ``"worse"``, or ``"open"`` where the interval holds zero."""
        low, high = self.change.low, self.change.high
        if self.lower_is_better:
            low, high = -high, -low
        return "better" if low > 0 else "worse" if high < 0 else "open"


def compare(
    before: Statistic,
    after: Statistic,
    n: int,
    *,
    groups: Ints | None = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> dict[str, Difference]:
    """Metrics of two systems and their differences, by the paired bootstrap.

    Every resample draws the same items for both (Efron and Tibshirani 1993, ch. 13;
    for comparing systems, Koehn 2004).

    Args:
        before: From item weights ``(r, n)`` to named values ``(r,)``.
        after: The same of the other system; names that only one of them has are left out.
        n: Number of items.
        groups: ``(n,)`` documents that are drawn whole.
        resamples: Bootstrap resamples.
        seed: Seed of the generator.
    """

    def statistic(weights: Floats) -> dict[str, Floats]:
        old, new = before(weights), after(weights)
        values: dict[str, Floats] = {}
        for name in old:
            if name in new:
                values["before/" + name] = old[name]
                values["after/" + name] = new[name]
                values["change/" + name] = new[name] - old[name]
        return values

    found = bootstrap(statistic, n, groups=groups, resamples=resamples, seed=seed)
    names = [key.removeprefix("change/") for key in found if key.startswith("change/")]
    return {
        name: Difference(
            found["before/" + name],
            found["after/" + name],
            found["change/" + name],
            lower_is_better=name in LOWER_IS_BETTER,
        )
        for name in names
    }


def stance_statistic(gold: Ints, probabilities: Floats) -> Statistic:
    """The stance metrics that a comparison shows, as a function of item weights.

    Macro-F1 is over the labels that the items know: ``none`` only where it occurs.

    Args:
        gold: ``(n,)`` indices into favor, against, none.
        probabilities: ``(n, 3)`` in that order.
    """
    predicted = probabilities.argmax(axis=1)
    labels = range(len(STANCE_LABELS)) if (gold == 2).any() else range(2)

    def statistic(weights: Floats) -> Mapping[str, Floats]:
        confusion = confusion_matrix(gold, predicted, weights=weights)
        return {
            "macro_f1": macro_f1(confusion, labels=list(labels)),
            "f_avg": f_avg(confusion),
            "accuracy": accuracy(confusion),
            "polarity_accuracy": polarity_accuracy(gold, probabilities, weights=weights),
            "reversed_polarity": reversed_polarity(confusion),
        }

    return statistic


def compare_stances(
    gold: Ints, before: Floats, after: Floats, *, groups: Ints | None = None
) -> dict[str, Difference]:
    """`compare` for two scorers' probabilities ``(n, 3)`` of the same items."""
    return compare(
        stance_statistic(gold, before), stance_statistic(gold, after), len(gold), groups=groups
    )


def _number(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.3f}"


def _signed(value: float) -> str:
    if np.isnan(value):
        return "–"
    return ("+" if value >= 0 else "−") + f"{abs(value):.3f}"


def sentence(name: str, difference: Difference, *, items: str) -> str:
    """One plain sentence on whether the change made it better.

    Args:
        name: The metric, as people say it: "macro-F1".
        difference: Of that metric.
        items: What was measured on, with their number: "12 test rows".
    """
    change = difference.change
    was, now = _number(difference.before.value), _number(difference.after.value)
    interval = f"{_signed(change.low)} to {_signed(change.high)}"
    facts = f"{name} {was} before and {now} after on {items}"
    if difference.verdict == "better":
        text = f"Better: {facts}; the difference is {_signed(change.value)} (95 % {interval})."
    elif difference.verdict == "worse":
        text = (
            f"Not an improvement: {facts}; the difference is {_signed(change.value)} "
            f"(95 % {interval}). The model it started from is the better one."
        )
    else:
        text = (
            f"Not shown to be an improvement: {facts}; the difference is "
            f"{_signed(change.value)}, and its 95 % interval ({interval}) holds zero. "
            "More labelled rows to measure on would narrow it."
        )
    if change.n < FEW:
        text += f" With fewer than {FEW} of them the interval is only a rough guide."
    return text


def table(differences: Mapping[str, Difference]) -> list[tuple[str, str, str, str, str]]:
    """Rows to show: metric, before, after, difference, its 95 % interval."""
    rows = []
    for name, found in differences.items():
        lower = " (lower is better)" if found.lower_is_better else ""
        change = found.change
        rows.append(
            (
                name.replace("_", " ") + lower,
                _number(found.before.value),
                _number(found.after.value),
                _signed(change.value),
                f"{_signed(change.low)} to {_signed(change.high)}",
            )
        )
    return rows
