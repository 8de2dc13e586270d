"""Before and after on the same items: the paired bootstrap, and what is said of it."""

from __future__ import annotations

import numpy as np
import pytest

from stancekit.evaluation.difference import Difference, compare, compare_stances, sentence, table
from stancekit.evaluation.metrics import Floats, Metric, accuracy, confusion_matrix

GOLD = np.array([0, 1, 2] * 40)


def answers(wrong: int) -> Floats:
    """Right but for the first so many, which get the next label."""
    labels = GOLD.copy()
    labels[:wrong] = (labels[:wrong] + 1) % 3
    return np.eye(3)[labels] * 0.8 + 0.2 / 3


def test_the_change_is_that_of_the_values() -> None:
    found = compare_stances(GOLD, answers(60), answers(30))
    accuracies = found["accuracy"]
    assert accuracies.before.value == pytest.approx(0.5)
    assert accuracies.after.value == pytest.approx(0.75)
    assert accuracies.change.value == pytest.approx(0.25)
    assert accuracies.change.low < 0.25 < accuracies.change.high
    assert accuracies.verdict == "better"
    assert found["reversed_polarity"].verdict == "better"
    assert found["reversed_polarity"].change.value < 0
    backwards = compare_stances(GOLD, answers(30), answers(60))
    assert backwards["accuracy"].verdict == "worse"
    assert backwards["reversed_polarity"].verdict == "worse"


def test_the_interval_is_the_paired_one() -> None:
    # Both are wrong on the same 60 items, and one on 6 more: paired, the difference hardly varies.
    change = compare_stances(GOLD, answers(66), answers(60))["accuracy"].change
    assert change.value == pytest.approx(0.05)
    # The standard error of a share of 6 in 120, times 1.96 on each side.
    width = 2 * 1.96 * np.sqrt(0.05 * 0.95 / 120)
    assert change.high - change.low == pytest.approx(width, rel=0.25)


def test_equal_systems_do_not_differ() -> None:
    same = compare_stances(GOLD, answers(40), answers(40))
    assert all(d.change.value == 0 and d.change.low == 0 == d.change.high for d in same.values())
    assert {d.verdict for d in same.values()} == {"open"}


def test_groups_are_drawn_whole() -> None:
    groups = np.arange(len(GOLD)) // 30
    alone = compare_stances(GOLD, answers(60), answers(30))["accuracy"].change
    together = compare_stances(GOLD, answers(60), answers(30), groups=groups)["accuracy"].change
    assert together.value == alone.value
    assert together.high - together.low > 1.5 * (alone.high - alone.low)


def test_names_that_only_one_side_has_are_left_out() -> None:
    def one(weights: Floats) -> dict[str, Floats]:
        return {"a": accuracy(confusion_matrix(GOLD, GOLD, weights=weights))}

    def two(weights: Floats) -> dict[str, Floats]:
        return {"a": one(weights)["a"], "b": one(weights)["a"]}

    assert set(compare(one, two, len(GOLD))) == {"a"}


def test_without_none_in_the_gold_it_does_not_count() -> None:
    polar = GOLD[GOLD < 2]
    right = np.eye(3)[polar]
    assert compare_stances(polar, right, right)["macro_f1"].after.value == 1


def made(low: float, high: float, n: int = 100) -> Difference:
    middle = (low + high) / 2
    return Difference(Metric(0.5), Metric(0.5 + middle), Metric(middle, low, high, n))


@pytest.mark.parametrize(
    ("difference", "words"),
    [
        (made(0.02, 0.12), "Better: macro-F1 0.500 before and 0.570 after on 100 test rows; the"),
        (made(-0.12, -0.02), "Not an improvement: macro-F1 0.500 before and 0.430 after"),
        (made(-0.02, 0.12), "Not shown to be an improvement: .* holds zero"),
    ],
)
def test_it_is_said_in_one_sentence(difference: Difference, words: str) -> None:
    told = sentence("macro-F1", difference, items="100 test rows")
    import re

    assert re.match(words, told)
    assert "rough guide" not in told


def test_few_items_are_said_to_be_few() -> None:
    told = sentence("macro-F1", made(0.02, 0.3, n=9), items="9 dev rows")
    assert told.endswith("With fewer than 30 of them the interval is only a rough guide.")


def test_a_table_names_the_direction() -> None:
    rows = table(compare_stances(GOLD, answers(60), answers(30)))
    names = [row[0] for row in rows]
    assert "macro f1" in names
    assert "reversed polarity (lower is better)" in names
    (shown,) = [row for row in rows if row[0] == "accuracy"]
    assert shown[1:4] == ("0.500", "0.750", "+0.250")
