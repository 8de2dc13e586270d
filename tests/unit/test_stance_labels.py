"""Which output of an NLI model means what."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from stancekit.errors import ModelError
from stancekit.stance.labels import NliLabels

THREE = ("entailment", "neutral", "contradiction")


@pytest.mark.parametrize("names", list(permutations(THREE)))
def test_three_labels_in_any_order(names: tuple[str, ...]) -> None:
    labels = NliLabels.read(names)
    assert labels.three_way
    assert [labels.entailment, labels.neutral, labels.contradiction] == [
        names.index(n) for n in THREE
    ]


@pytest.mark.parametrize(
    "names", [("entailment", "not_entailment"), ("Not-Entailment", "ENTAILED")]
)
def test_two_labels(names: tuple[str, ...]) -> None:
    labels = NliLabels.read(names)
    assert not labels.three_way
    assert names[labels.entailment].lower().startswith("entail")
    assert labels.contradiction is None
    assert labels.neutral is None


def test_other_spellings() -> None:
    assert NliLabels.read(["CONTRADICTION", "Neutral", "Entail"]) == NliLabels(2, 0, 1)
    assert NliLabels.read(["c", "e", "n"]) == NliLabels(1, 0, 2)
    assert NliLabels.read(["non entailment", "entailment"]) == NliLabels(1, None, None)


@pytest.mark.parametrize(
    "names",
    [
        (),
        ("LABEL_0", "LABEL_1", "LABEL_2"),
        ("positive", "negative"),
        ("entailment",),
        ("entailment", "neutral"),
        ("entailment", "contradiction"),
        ("entailment", "entailment", "not_entailment"),
        ("entailment", "neutral", "contradiction", "other"),
        ("entailment", "neutral", "not_entailment"),
        ("neutral", "contradiction", "not_entailment"),
    ],
)
def test_labels_that_can_not_be_told_are_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(ModelError, match="labels can be told") as caught:
        NliLabels.read(names)
    assert ", ".join(names) in str(caught.value)


def test_three_way_stance() -> None:
    probabilities = np.array([[0.1, 0.7, 0.2], [0.1, 0.7, 0.2]])
    labels = NliLabels.read(["contradiction", "entailment", "neutral"])
    stance = labels.stance(probabilities, np.array([True, False]))
    assert stance == pytest.approx(np.array([[0.7, 0.1, 0.2], [0.1, 0.7, 0.2]]))


def test_two_way_stance_says_nothing_about_the_other_side() -> None:
    labels = NliLabels.read(["not_entailment", "entailment"])
    stance = labels.stance(np.array([[0.3, 0.7], [0.3, 0.7]]), np.array([True, False]))
    assert stance == pytest.approx(np.array([[0.7, 0, 0.3], [0, 0.7, 0.3]]))
