"""The metrics, as pure functions of arrays.

Functions that make sense for resampled data take ``weights`` of shape
``(r, n)``, how often each of ``n`` items counts in each of ``r`` resamples, and
return ``(r,)``; without weights every item counts once and ``r`` is 1. Rates
whose denominator is zero are NaN; precision, recall and F1 are 0 there, as in
scikit-learn.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stancekit.types import Span

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Statistic = Callable[[Floats], Mapping[str, Floats]]

RESAMPLES = 1000
SEED = 13
_SPACE = re.compile(r"\s")
_CHUNK_ITEMS = 4_000_000


@dataclass(frozen=True, slots=True)
class Metric:
    """A value with its 95 % interval, NaN where there is none, and how many items are behind it."""

    value: float
    low: float = float("nan")
    high: float = float("nan")
    n: int = 0


def ratio(numerator: npt.ArrayLike, denominator: npt.ArrayLike, *, empty: float = np.nan) -> Floats:
    """Elementwise quotient, ``empty`` where the denominator is zero."""
    top = np.asarray(numerator, dtype=np.float64)
    bottom = np.asarray(denominator, dtype=np.float64)
    top, bottom = np.broadcast_arrays(top, bottom)
    result = np.full(top.shape, empty)
    np.divide(top, bottom, out=result, where=bottom != 0)
    return result


# -- spans ---------------------------------------------------------------------


def character_masks(text: str, span_lists: Sequence[Sequence[Span]]) -> Bools:
    """Which characters of a text each list of spans covers; white space never counts.

    White space is left out so that a content cut at a paragraph break and the
    same content in one piece are one.

    Returns:
        ``(len(span_lists), len(text))`` booleans.
    """
    masks = np.zeros((len(span_lists), len(text)), dtype=bool)
    for row, spans in zip(masks, span_lists, strict=True):
        for span in spans:
            row[span.start : span.end] = True
    masks[:, [m.start() for m in _SPACE.finditer(text)]] = False
    return masks


def jaccard_matrix(a: Bools, b: Bools) -> Floats:
    """Intersection over union of every pair of character sets (Jaccard 1912); 0 for two empty sets.

    Args:
        a: ``(n, characters)``.
        b: ``(m, characters)``.

    Returns:
        ``(n, m)`` in [0, 1].
    """
    inside = a.astype(np.float32) @ b.astype(np.float32).T
    intersection = inside.astype(np.float64)
    union = a.sum(axis=1)[:, None] + b.sum(axis=1)[None, :] - intersection
    return ratio(intersection, union, empty=0.0)


def match_one_to_one(weights: Floats, *, threshold: float = 0.0) -> list[tuple[int, int]]:
    """Pairs rows with columns, each used at most once, so that the total weight is greatest.

    The assignment problem, solved by Crouse's (2016) shortest augmenting paths
    as in SciPy. Pairs below the threshold, and pairs of weight 0, are never made.

    Args:
        weights: ``(n, m)``, none negative.
        threshold: The smallest weight that makes a pair.
    """
    from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped, unused-ignore]

    allowed = (weights >= threshold) & (weights > 0)
    if not allowed.any():
        return []
    usable = np.where(allowed, weights, 0.0)
    rows, columns = linear_sum_assignment(usable, maximize=True)
    return [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if allowed[i, j]]


def precision_recall_f1(
    hits_predicted: npt.ArrayLike,
    predicted: npt.ArrayLike,
    gold: npt.ArrayLike,
    hits_gold: npt.ArrayLike | None = None,
) -> tuple[Floats, Floats, Floats]:
    """Precision, recall and their harmonic mean (van Rijsbergen 1979), from counts.

    Args:
        hits_predicted: Predicted items that are right.
        predicted: All predicted items.
        gold: All gold items.
        hits_gold: Gold items that were found, where their number can differ.
    """
    precision = ratio(hits_predicted, predicted, empty=0.0)
    recall = ratio(hits_predicted if hits_gold is None else hits_gold, gold, empty=0.0)
    return precision, recall, ratio(2 * precision * recall, precision + recall, empty=0.0)


# -- classification ------------------------------------------------------------


def _ones(n: int) -> Floats:
    return np.ones((1, n))


def confusion_matrix(
    gold: Ints, predicted: Ints, *, n_labels: int = 3, weights: Floats | None = None
) -> Floats:
    """Counts by gold label (rows) and predicted label (columns).

    Args:
        gold: ``(n,)`` label indices.
        predicted: ``(n,)`` label indices.
        n_labels: How many labels there are.
        weights: ``(r, n)``.

    Returns:
        ``(r, n_labels, n_labels)``.
    """
    weights = _ones(len(gold)) if weights is None else weights
    cells = np.zeros((len(gold), n_labels * n_labels))
    cells[np.arange(len(gold)), gold * n_labels + predicted] = 1.0
    return (weights @ cells).reshape(-1, n_labels, n_labels)


def label_scores(confusion: Floats) -> tuple[Floats, Floats, Floats]:
    """Precision, recall and F1 of every label.

    Args:
        confusion: ``(r, k, k)``.

    Returns:
        Three arrays of shape ``(r, k)``.
    """
    hits = np.diagonal(confusion, axis1=1, axis2=2)
    return precision_recall_f1(hits, confusion.sum(axis=1), confusion.sum(axis=2))


def macro_f1(confusion: Floats, *, labels: Sequence[int] | None = None) -> Floats:
    """Unweighted mean of the F1 of the labels in a fixed list, present or not.

    The mean of the F1s, not the F1 of the means (Opitz and Burst 2019).

    Args:
        confusion: ``(r, k, k)``.
        labels: Label indices to average over, by default all.
    """
    f1 = label_scores(confusion)[2]
    return np.asarray((f1 if labels is None else f1[:, list(labels)]).mean(axis=1))


def f_avg(confusion: Floats) -> Floats:
    """Mean of the F1 of favor and of against (SemEval-2016 task 6, Mohammad et al. 2016)."""
    return macro_f1(confusion, labels=(0, 1))


def accuracy(confusion: Floats) -> Floats:
    """Share of items whose label is right."""
    return ratio(np.trace(confusion, axis1=1, axis2=2), confusion.sum(axis=(1, 2)))


def reversed_polarity(confusion: Floats) -> Floats:
    """Gold favor predicted against, or the reverse, as a share of gold favor and against."""
    return ratio(
        confusion[:, 0, 1] + confusion[:, 1, 0],
        confusion[:, 0].sum(axis=1) + confusion[:, 1].sum(axis=1),
    )


def cohens_kappa(confusion: Floats) -> Floats:
    """Agreement beyond chance, (p_o - p_e) / (1 - p_e) (Cohen 1960).

    NaN where chance agreement is 1, that is, where both gave one label throughout.
    """
    total = confusion.sum(axis=(1, 2))
    observed = ratio(np.trace(confusion, axis1=1, axis2=2), total)
    expected = ratio((confusion.sum(axis=1) * confusion.sum(axis=2)).sum(axis=1), total**2)
    return ratio(observed - expected, 1 - expected)


def polarity_accuracy(
    gold: Ints, probabilities: Floats, *, weights: Floats | None = None
) -> Floats:
    """Over gold favor and against: is the right one of the two the likelier? None plays no part.

    A tie counts as half right.

    Args:
        gold: ``(n,)``, 0 favor, 1 against, 2 none.
        probabilities: ``(n, 3)`` in that order.
        weights: ``(r, n)``.
    """
    weights = _ones(len(gold)) if weights is None else weights
    polar = gold < 2
    difference = probabilities[:, 0] - probabilities[:, 1]
    right = np.where(gold == 0, difference > 0, difference < 0) + 0.5 * (difference == 0)
    return ratio(weights[:, polar] @ right[polar], weights[:, polar].sum(axis=1))


def expected_calibration_error(
    gold: Ints, probabilities: Floats, *, bins: int = 15, weights: Floats | None = None
) -> Floats:
    """Mean gap between confidence and accuracy, over equal-width bins (Guo et al. 2017, eq. 3).

    Bins are ``(i / bins, (i + 1) / bins]`` of the top probability.

    Args:
        gold: ``(n,)`` label indices.
        probabilities: ``(n, k)``.
        bins: How many bins.
        weights: ``(r, n)``.
    """
    weights = _ones(len(gold)) if weights is None else weights
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == gold
    place = np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    gaps = np.zeros((len(gold), bins))
    gaps[np.arange(len(gold)), place] = right - confidence
    return ratio(np.abs(weights @ gaps).sum(axis=1), weights.sum(axis=1))


def accuracy_at_coverage(
    gold: Ints, probabilities: Floats, *, coverage: float = 0.8, weights: Floats | None = None
) -> Floats:
    """Accuracy on the most confident items only (selective prediction, Geifman and El-Yaniv 2017).

    Items of one confidence enter together, each with the same share, so that
    the result doesn't depend on their order.

    Args:
        gold: ``(n,)`` label indices.
        probabilities: ``(n, k)``.
        coverage: Share of the items kept.
        weights: ``(r, n)``.
    """
    weights = _ones(len(gold)) if weights is None else weights
    if not len(gold):
        return np.full(len(weights), np.nan)
    confidence = probabilities.max(axis=1)
    right = (probabilities.argmax(axis=1) == gold).astype(np.float64)
    order = np.argsort(-confidence, kind="stable")
    starts = np.flatnonzero(np.diff(confidence[order], prepend=np.inf))
    held = np.add.reduceat(weights[:, order], starts, axis=1)
    hits = np.add.reduceat((weights * right)[:, order], starts, axis=1)
    before = np.cumsum(held, axis=1) - held
    kept = np.clip(coverage * weights.sum(axis=1)[:, None] - before, 0, held)
    return ratio((kept * ratio(hits, held, empty=0.0)).sum(axis=1), kept.sum(axis=1))


# -- the bootstrap -------------------------------------------------------------


def resample_weights(
    n: int, *, resamples: int = RESAMPLES, seed: int = SEED, groups: Ints | None = None
) -> Floats:
    """How often each item is drawn in each resample with replacement (Efron 1979).

    Args:
        n: Number of items.
        resamples: Number of resamples ``r``.
        seed: Seed of the generator.
        groups: ``(n,)`` group of every item, from 0; whole groups are then drawn
            (the cluster bootstrap), so that items of one document stay together.

    Returns:
        ``(resamples, n)``.
    """
    units = n if groups is None else (int(groups.max()) + 1 if n else 0)
    if not units:
        return np.zeros((resamples, n))
    drawn = np.random.default_rng(seed).integers(units, size=(resamples, units))
    flat = (drawn + units * np.arange(resamples)[:, None]).ravel()
    counts = np.bincount(flat, minlength=resamples * units).reshape(resamples, units)
    return (counts if groups is None else counts[:, groups]).astype(np.float64)


def bootstrap(
    statistic: Statistic,
    n: int,
    *,
    groups: Ints | None = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
    level: float = 0.95,
) -> dict[str, Metric]:
    """Values of a statistic with percentile intervals (Efron and Tibshirani 1993, ch. 13).

    Args:
        statistic: From item weights ``(r, n)`` to named values ``(r,)``.
        n: Number of items.
        groups: ``(n,)``; see `resample_weights`.
        resamples: At least 1,000 for a 95 % interval that is steady in two digits.
        seed: Seed of the generator.
        level: Share of the resamples inside the interval.

    Returns:
        By the statistic's names. Resamples in which a value is undefined are left out.
    """
    values = statistic(_ones(n))
    weights = resample_weights(n, resamples=resamples, seed=seed, groups=groups)
    step = max(1, _CHUNK_ITEMS // max(n, 1))
    chunks = [statistic(weights[i : i + step]) for i in range(0, resamples, step)]
    tail = 100 * (1 - level) / 2
    result = {}
    for name, value in values.items():
        samples = np.concatenate([chunk[name] for chunk in chunks])
        samples = samples[~np.isnan(samples)]
        low, high = np.percentile(samples, [tail, 100 - tail]) if len(samples) else (np.nan, np.nan)
        result[name] = Metric(float(value[0]), float(low), float(high), n)
    return result
