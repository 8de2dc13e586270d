"""Measuring stance: any scorer of pairs of premise and target, against labelled records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from stancekit.errors import DataError
from stancekit.evaluation.attribution import Mistake
from stancekit.evaluation.metrics import (
    RESAMPLES,
    SEED,
    Floats,
    Ints,
    Metric,
    accuracy,
    accuracy_at_coverage,
    bootstrap,
    confusion_matrix,
    expected_calibration_error,
    f_avg,
    label_scores,
    macro_f1,
    polarity_accuracy,
    reversed_polarity,
)
from stancekit.hypotheses import Premise, Target
from stancekit.records import read_jsonl
from stancekit.types import STANCE_LABELS, StanceLabel

_SENTIMENTS: dict[str, StanceLabel] = {
    "positive": "favor",
    "negative": "against",
    "neutral": "none",
}


class PairScorer(Protocol):
    """What is measured."""

    def score_pairs(
        self, premises: Sequence[Premise], targets: Sequence[Target]
    ) -> npt.NDArray[np.floating[Any]]:
        """Probabilities ``(n, 3)`` of favor, against and none, pair by pair."""
        ...


class ArticleScorer(Protocol):
    """What scores the statements of articles, as a pipeline's scorer does."""

    def score_pairs(
        self,
        premises: Sequence[Premise],
        targets: Sequence[Target],
        *,
        articles: Sequence[int] | None = None,
    ) -> npt.NDArray[np.floating[Any]]:
        """Probabilities ``(n, 3)`` of favor, against and none, pair by pair.

        ``articles`` numbers the article of each, where all statements of every article are given.
        """
        ...


@dataclass(frozen=True, slots=True)
class StanceItem:
    """A statement, a target and the gold label.

    ``target_name`` is the phrase or claim as the data words it, and ``group``
    names the document whose items are resampled together.
    """

    premise: Premise
    target: Target
    label: StanceLabel
    where: str = ""
    group: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def target_name(self) -> str:
        """The target's phrase or claim."""
        return self.target.name


@dataclass(frozen=True, slots=True)
class StanceScores:
    """Metrics of one scorer on one set, the breakdowns, and its worst mistakes."""

    metrics: Mapping[str, Metric]
    confusion: Ints
    breakdowns: Mapping[str, Mapping[str, Mapping[str, float]]]
    mistakes: tuple[Mistake, ...] = field(repr=False)
    labels: tuple[StanceLabel, ...] = STANCE_LABELS


def item_of_record(record: Mapping[str, Any], *, where: str) -> StanceItem:
    """An item from a record with ``text``, ``label`` and ``target`` or ``claim``.

    Records of sentiment toward a ``mention`` are read as the author's stance.
    Everything else (``speaker``, ``context``, ``topic``, ``phenomenon``) may be missing.

    Raises:
        DataError: A key is missing or a label unknown.
    """
    try:
        if "sentiment" in record:
            target = Target.from_text(record["mention"])
            label = _SENTIMENTS[record["sentiment"]]
        else:
            claim = record.get("claim")
            target = Target.from_claim(claim) if claim else Target.from_text(record["target"])
            label = record["label"]
        premise = Premise.of(record)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise DataError(f"{where}: expected text, label, and target or claim: {error}") from error
    if label not in STANCE_LABELS:
        raise DataError(
            f"{where}: unknown label {label!r}, expected one of {', '.join(STANCE_LABELS)}"
        )
    tags = {
        key: str(record[key]) for key in ("phenomenon", "topic") if isinstance(record.get(key), str)
    }
    return StanceItem(premise, target, label, where, group=premise.text, tags=tags)


def read_stance_jsonl(path: Path, *, where: Mapping[str, str] | None = None) -> list[StanceItem]:
    """Items of a JSONL file, those whose fields equal ``where`` if given.

    Raises:
        DataError: The file can't be read, or a record is wrong.
    """
    return [
        item_of_record(record, where=f"{path}:{number}")
        for number, record in read_jsonl(path)
        if all(str(record.get(k)) == v for k, v in (where or {}).items())
    ]


def gold_labels(items: Sequence[StanceItem]) -> Ints:
    """``(n,)`` indices into favor, against, none."""
    return np.array([STANCE_LABELS.index(item.label) for item in items], dtype=np.int64)


def stance_metrics(
    gold: Ints,
    probabilities: npt.ArrayLike,
    *,
    groups: Ints | None = None,
    labels: Sequence[StanceLabel] = STANCE_LABELS,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> dict[str, Metric]:
    """Every stance metric with its interval.

    Args:
        gold: ``(n,)`` indices into favor, against, none.
        probabilities: ``(n, 3)`` in that order.
        groups: ``(n,)`` documents that are resampled whole.
        labels: The fixed list that macro-F1 averages over: those that the set's
            guide knows, whether or not they occur.
        resamples: Bootstrap resamples.
        seed: Seed of the bootstrap.
    """
    p = np.asarray(probabilities, dtype=np.float64)
    predicted = p.argmax(axis=1)
    listed = [STANCE_LABELS.index(label) for label in labels]

    def statistic(weights: Floats) -> dict[str, Floats]:
        confusion = confusion_matrix(gold, predicted, weights=weights)
        per_label = label_scores(confusion)
        values = {
            "macro_f1": macro_f1(confusion, labels=listed),
            "f_avg": f_avg(confusion),
            "accuracy": accuracy(confusion),
            "polarity_accuracy": polarity_accuracy(gold, p, weights=weights),
            "reversed_polarity": reversed_polarity(confusion),
            "ece": expected_calibration_error(gold, p, weights=weights),
            "accuracy_at_80_coverage": accuracy_at_coverage(gold, p, weights=weights),
        }
        for index, label in enumerate(STANCE_LABELS):
            for name, value in zip(("precision", "recall", "f1"), per_label, strict=True):
                values[f"{label}/{name}"] = value[:, index]
        return values

    return bootstrap(statistic, len(gold), groups=groups, resamples=resamples, seed=seed)


def breakdown(
    gold: Ints, probabilities: Floats, keys: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Accuracy, macro-F1 over the labels that occur, and reversed share, by a key of the items.

    Small groups rarely hold all labels, so the list of labels is not the fixed one here.

    Args:
        gold: ``(n,)``.
        probabilities: ``(n, 3)``.
        keys: ``n`` group names; items with an empty one are left out.
    """
    predicted = probabilities.argmax(axis=1)
    result = {}
    for key in sorted({k for k in keys if k}):
        mine = np.array([k == key for k in keys])
        confusion = confusion_matrix(gold[mine], predicted[mine])
        result[key] = {
            "n": float(mine.sum()),
            "accuracy": float(accuracy(confusion)[0]),
            "macro_f1": float(macro_f1(confusion, labels=sorted(set(gold[mine].tolist())))[0]),
            "reversed_polarity": float(reversed_polarity(confusion)[0]),
        }
    return result


def group_indices(names: Sequence[str]) -> Ints:
    """``(n,)`` numbers from 0, one per distinct name."""
    seen: dict[str, int] = {}
    return np.array([seen.setdefault(name, len(seen)) for name in names], dtype=np.int64)


def score_items(
    items: Sequence[StanceItem], probabilities: npt.ArrayLike, **options: Any
) -> StanceScores:
    """Metrics, breakdowns and mistakes from already scored items.

    Args:
        items: The labelled items.
        probabilities: ``(n, 3)`` of favor, against, none.
        options: Of `stance_metrics`: ``labels``, ``resamples``, ``seed``.

    Raises:
        DataError: There are no items.
        ValueError: The probabilities don't have the shape ``(n, 3)``.
    """
    if not items:
        raise DataError("no stance records to evaluate")
    p = np.asarray(probabilities, dtype=np.float64)
    if p.shape != (len(items), 3) or not np.isfinite(p).all():
        raise ValueError(f"expected finite probabilities of shape ({len(items)}, 3), got {p.shape}")
    gold = gold_labels(items)
    groups = group_indices([item.group or item.premise.text for item in items])
    metrics = stance_metrics(gold, p, groups=groups, **options)
    breakdowns = {"target": breakdown(gold, p, [item.target_name for item in items])}
    for key in ("phenomenon", "topic"):
        found = breakdown(gold, p, [item.tags.get(key, "") for item in items])
        if found:
            breakdowns[key] = found
    return StanceScores(
        metrics,
        confusion_matrix(gold, p.argmax(axis=1))[0].astype(np.int64),
        breakdowns,
        tuple(_mistakes(items, gold, p)),
        tuple(options.get("labels", STANCE_LABELS)),
    )


def _mistakes(items: Sequence[StanceItem], gold: Ints, p: Floats) -> list[Mistake]:
    predicted = p.argmax(axis=1)
    mistakes = []
    for i in map(int, np.flatnonzero(predicted != gold)):
        polar = bool(gold[i] < 2 and predicted[i] < 2)
        mistakes.append(
            Mistake(
                "reversed" if polar else "stance",
                items[i].where,
                f"{items[i].premise.render()} [{items[i].target_name}]",
                items[i].label,
                f"{STANCE_LABELS[int(predicted[i])]} ({p[i].max():.2f})",
                # Reversed polarity comes before everything else.
                float(p[i].max() - p[i, gold[i]]) + polar,
            )
        )
    return sorted(mistakes, key=lambda m: -m.severity)


def evaluate_stance(
    items: Sequence[StanceItem], scorer: PairScorer, **options: Any
) -> StanceScores:
    """Scores every item with its own target, and measures.

    Args:
        items: The labelled items.
        scorer: With ``score_pairs``.
        options: Of `stance_metrics`: ``labels``, ``resamples``, ``seed``.

    Raises:
        DataError: There are no items.
    """
    if not items:
        raise DataError("no stance records to evaluate")
    probabilities = scorer.score_pairs([i.premise for i in items], [i.target for i in items])
    return score_items(items, probabilities, **options)
