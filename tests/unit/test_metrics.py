"""Metrics against hand-computed cases, and against scikit-learn where it has them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sk  # type: ignore[import-untyped, unused-ignore]

from stancekit.evaluation import metrics as m
from stancekit.types import Span

GOLD = np.array([0, 0, 1, 1, 2, 2, 2, 0])
PREDICTED = np.array([0, 1, 1, 1, 2, 0, 2, 2])


def random_case(n: int = 400, seed: int = 3) -> tuple[m.Ints, m.Floats]:
    rng = np.random.default_rng(seed)
    gold = rng.integers(3, size=n)
    probabilities = rng.dirichlet([1, 1, 1], size=n)
    probabilities[np.arange(n), gold] += rng.random(n)
    return gold, probabilities / probabilities.sum(axis=1, keepdims=True)


# -- spans


def test_character_masks_leave_white_space_out() -> None:
    masks = m.character_masks("ab c\nd", [[Span(0, 4)], [Span(0, 2), Span(3, 6)], []])
    assert masks.astype(int).tolist() == [
        [1, 1, 0, 1, 0, 0],
        [1, 1, 0, 1, 0, 1],
        [0, 0, 0, 0, 0, 0],
    ]


def test_jaccard_by_hand() -> None:
    a = np.array([[1, 1, 1, 0], [0, 0, 0, 0]], dtype=bool)
    b = np.array([[0, 1, 1, 1], [1, 1, 1, 0], [0, 0, 0, 0]], dtype=bool)
    assert m.jaccard_matrix(a, b).tolist() == [[0.5, 1.0, 0.0], [0.0, 0.0, 0.0]]


def test_matching_is_one_to_one_and_best_in_total() -> None:
    # Greedy would take .9 and then 0; together .8 + .7 is more.
    weights = np.array([[0.9, 0.8], [0.7, 0.0]])
    assert m.match_one_to_one(weights, threshold=0.5) == [(0, 1), (1, 0)]


def test_matching_never_pairs_below_the_threshold() -> None:
    assert m.match_one_to_one(np.array([[0.4, 0.6], [0.49, 0.55]]), threshold=0.5) == [(0, 1)]
    assert m.match_one_to_one(np.zeros((2, 3))) == []
    assert m.match_one_to_one(np.zeros((0, 3)), threshold=0.5) == []


def test_precision_recall_f1_by_hand() -> None:
    p, r, f = map(float, m.precision_recall_f1(3, 4, 6))
    assert [p, r, f] == pytest.approx([0.75, 0.5, 0.6])
    assert [float(x) for x in m.precision_recall_f1(0, 0, 0)] == [0, 0, 0]
    p, r, _ = map(float, m.precision_recall_f1(3, 4, 6, hits_gold=2))
    assert [p, r] == pytest.approx([0.75, 1 / 3])


# -- classification


def test_confusion_matrix_by_hand() -> None:
    assert m.confusion_matrix(GOLD, PREDICTED)[0].tolist() == [[1, 1, 1], [0, 2, 0], [1, 0, 2]]


def test_f_avg_and_reversed_polarity_by_hand() -> None:
    confusion = m.confusion_matrix(GOLD, PREDICTED)
    # favor: P 1/2, R 1/3, F .4; against: P 2/3, R 1, F .8
    assert m.f_avg(confusion)[0] == pytest.approx(0.6)
    # one favor taken for against, of five
    assert m.reversed_polarity(confusion)[0] == pytest.approx(0.2)


def test_classification_agrees_with_scikit_learn() -> None:
    gold, probabilities = random_case()
    predicted = probabilities.argmax(axis=1)
    confusion = m.confusion_matrix(gold, predicted)
    assert confusion[0].tolist() == sk.confusion_matrix(gold, predicted).tolist()
    p, r, f, _ = sk.precision_recall_fscore_support(gold, predicted, labels=[0, 1, 2])
    for ours, theirs in zip(m.label_scores(confusion), (p, r, f), strict=True):
        np.testing.assert_allclose(ours[0], theirs)
    assert m.macro_f1(confusion)[0] == pytest.approx(sk.f1_score(gold, predicted, average="macro"))
    assert m.accuracy(confusion)[0] == pytest.approx(sk.accuracy_score(gold, predicted))
    assert m.cohens_kappa(confusion)[0] == pytest.approx(sk.cohen_kappa_score(gold, predicted))


def test_macro_f1_keeps_labels_that_do_not_occur() -> None:
    gold, predicted = np.array([0, 0, 1]), np.array([0, 0, 1])
    confusion = m.confusion_matrix(gold, predicted)
    assert m.macro_f1(confusion)[0] == pytest.approx(2 / 3)
    theirs = sk.f1_score(gold, predicted, labels=[0, 1, 2], average="macro", zero_division=0)
    assert m.macro_f1(confusion)[0] == pytest.approx(theirs)
    assert m.macro_f1(confusion, labels=(0, 1))[0] == 1


def test_kappa_by_hand() -> None:
    # Cohen's own kind of table: 20 and 15 agree, 5 and 10 don't; p_o .7, p_e .5
    confusion = np.array([[[20.0, 5.0], [10.0, 15.0]]])
    assert m.cohens_kappa(confusion)[0] == pytest.approx(0.4)
    assert np.isnan(m.cohens_kappa(np.array([[[5.0, 0.0], [0.0, 0.0]]]))[0])


def test_polarity_ignores_none() -> None:
    gold = np.array([0, 1, 1, 2, 0])
    p = np.array([[0.2, 0.1, 0.7], [0.1, 0.2, 0.7], [0.5, 0.2, 0.3], [0, 1, 0], [0.3, 0.3, 0.4]])
    # right, right, wrong, not counted, a tie
    assert m.polarity_accuracy(gold, p)[0] == pytest.approx(2.5 / 4)
    assert np.isnan(m.polarity_accuracy(np.array([2]), p[:1])[0])


def test_calibration_error_by_hand() -> None:
    gold = np.array([0, 0, 0, 0])
    p = np.array([[0.9, 0.1, 0], [0.9, 0.1, 0], [0.4, 0.6, 0], [0.6, 0.4, 0]])
    # .9 twice right: gap .1, weight .5; .6 once right of two: gap .1, weight .5
    assert m.expected_calibration_error(gold, p)[0] == pytest.approx(0.1)
    assert m.expected_calibration_error(gold, np.eye(3)[gold])[0] == 0


def test_calibration_error_agrees_with_a_plain_loop() -> None:
    gold, p = random_case()
    confidence, right = p.max(axis=1), p.argmax(axis=1) == gold
    error = 0.0
    for i in range(15):
        inside = (confidence > i / 15) & (confidence <= (i + 1) / 15)
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    assert m.expected_calibration_error(gold, p)[0] == pytest.approx(error)


def test_accuracy_at_coverage_keeps_the_most_confident() -> None:
    confidence = np.array([0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.58, 0.55])
    p = np.stack([confidence, 1 - confidence, np.zeros(10)], axis=1)
    gold = np.array([0, 0, 0, 1, 0, 0, 0, 1, 1, 1])
    assert m.accuracy_at_coverage(gold, p)[0] == pytest.approx(6 / 8)
    assert m.accuracy_at_coverage(gold, p, coverage=1.0)[0] == pytest.approx(0.6)
    order = np.random.default_rng(0).permutation(10)
    assert m.accuracy_at_coverage(gold[order], p[order])[0] == pytest.approx(6 / 8)


def test_accuracy_at_coverage_shares_ties() -> None:
    p = np.tile([0.5, 0.3, 0.2], (10, 1))
    gold = np.array([0] * 5 + [1] * 5)
    assert m.accuracy_at_coverage(gold, p)[0] == pytest.approx(0.5)


# -- the bootstrap


def test_weights_repeat_items() -> None:
    """Weighted metrics are those of the data set with its items repeated."""
    gold, p = random_case(60)
    weights = m.resample_weights(60, resamples=5, seed=1)
    assert (weights.sum(axis=1) == 60).all()
    confusion = m.confusion_matrix(gold, p.argmax(axis=1), weights=weights)
    measured = {
        "macro_f1": m.macro_f1(confusion),
        "ece": m.expected_calibration_error(gold, p, weights=weights),
        "coverage": m.accuracy_at_coverage(gold, p, weights=weights),
        "polarity": m.polarity_accuracy(gold, p, weights=weights),
    }
    for i, row in enumerate(weights):
        index = np.repeat(np.arange(60), row.astype(int))
        g, q = gold[index], p[index]
        expected = {
            "macro_f1": sk.f1_score(g, q.argmax(axis=1), average="macro"),
            "ece": m.expected_calibration_error(g, q)[0],
            "coverage": m.accuracy_at_coverage(g, q)[0],
            "polarity": m.polarity_accuracy(g, q)[0],
        }
        for name, value in expected.items():
            assert measured[name][i] == pytest.approx(value), name


def test_groups_are_drawn_whole() -> None:
    groups = np.array([0, 0, 1, 2, 2, 2])
    weights = m.resample_weights(6, resamples=50, seed=0, groups=groups)
    for group in range(3):
        mine = weights[:, groups == group]
        assert (mine == mine[:, :1]).all()
    assert (weights[:, [0, 2, 3]].sum(axis=1) == 3).all()


def test_interval_covers_the_mean_as_theory_says() -> None:
    values = np.random.default_rng(5).normal(2.0, 1.0, size=400)
    result = m.bootstrap(lambda w: {"mean": w @ values / w.sum(axis=1)}, 400, resamples=2000)
    metric = result["mean"]
    assert metric.value == pytest.approx(values.mean())
    half = 1.96 * values.std() / np.sqrt(400)
    assert metric.low == pytest.approx(values.mean() - half, abs=0.02)
    assert metric.high == pytest.approx(values.mean() + half, abs=0.02)


def test_bootstrap_is_seeded_and_handles_the_undefined() -> None:
    def statistic(w: m.Floats) -> dict[str, m.Floats]:
        return {"share": m.ratio(w[:, 0], w[:, :2].sum(axis=1)), "never": m.ratio(w[:, 0], 0)}

    first = m.bootstrap(statistic, 5, resamples=1000, seed=4)
    assert first["share"] == m.bootstrap(statistic, 5, resamples=1000, seed=4)["share"]
    assert first["share"].low == 0
    assert np.isnan(first["never"].value)
    assert np.isnan(first["never"].low)


def test_chunks_do_not_change_the_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    def statistic(w: m.Floats) -> dict[str, m.Floats]:
        return {"x": w @ np.arange(20.0) / w.sum(axis=1)}

    whole = m.bootstrap(statistic, 20)["x"]
    monkeypatch.setattr(m, "_CHUNK_ITEMS", 100)
    assert m.bootstrap(statistic, 20)["x"] == whole
