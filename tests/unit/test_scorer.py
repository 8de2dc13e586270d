"""From entailment to favor, against and none."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from stancekit.errors import ConfigError, ModelError
from stancekit.hypotheses import Premise, Target
from stancekit.stance.scorer import Calibration, Gate, Screen, StanceScorer, stance_score
from stancekit.testing import KeywordClassifier
from stancekit.types import Span, Speaker, Statement

TARGET = Target(
    "tax",
    "a tax",
    ("{speaker} supports a tax.", "{speaker} wants a tax."),
    ("{speaker} opposes a tax.",),
)
THREE = ("entailment", "neutral", "contradiction")


class Table:
    """Answers hypotheses with logarithms of given probabilities; keeps what it was asked."""

    def __init__(self, labels: Sequence[str], answers: dict[str, dict[str, float]]) -> None:
        self.labels = tuple(labels)
        self.answers = answers
        self.asked: list[tuple[str, str]] = []

    def logits(self, pairs: Sequence[tuple[str, str]]) -> npt.NDArray[np.float64]:
        self.asked.extend(pairs)
        rows = [
            [self.answers[hypothesis.split()[-3]][label] for label in self.labels]
            for _, hypothesis in pairs
        ]
        # Logits are free of an offset.
        return np.log(np.array(rows).reshape(-1, len(self.labels))) + 3


def three(e: float, n: float, c: float) -> dict[str, float]:
    return dict(zip(THREE, (e, n, c), strict=True))


def two(e: float) -> dict[str, float]:
    return {"entailment": e, "not_entailment": 1 - e}


@pytest.mark.parametrize("labels", list(permutations(THREE)))
def test_a_three_way_model_with_labels_in_any_order(labels: tuple[str, ...]) -> None:
    model = Table(labels, {"supports": three(0.7, 0.2, 0.1), "wants": three(0.5, 0.4, 0.1)})
    p = StanceScorer(model).predict_proba(["Tax them."], [TARGET])
    assert p.shape == (1, 1, 3)
    assert p[0, 0] == pytest.approx([0.6, 0.1, 0.3])
    # The against sentences are for two-way models.
    assert [h for _, h in model.asked] == [
        "The speaker supports a tax.",
        "The speaker wants a tax.",
    ]


@pytest.mark.parametrize("labels", list(permutations(("entailment", "not_entailment"))))
def test_a_two_way_model_needs_both_sides(labels: tuple[str, ...]) -> None:
    answers = {"supports": two(0.9), "wants": two(0.5), "opposes": two(0.2)}
    p = StanceScorer(Table(labels, answers)).predict_proba(["Tax them."], [TARGET])[0, 0]
    assert p == pytest.approx([0.7 * 0.8, 0.2 * 0.3, 1 - 0.7 * 0.8 - 0.2 * 0.3])


def test_a_pair_is_asked_once() -> None:
    answers = {"supports": three(0.7, 0.2, 0.1), "wants": three(0.5, 0.4, 0.1)}
    model = Table(THREE, answers)
    twin = Target("twin", "a twin", TARGET.favor, TARGET.against)
    p = StanceScorer(model).predict_proba(["No.", "Yes.", "No."], [TARGET, twin])
    assert len(model.asked) == len(set(model.asked)) == 4
    assert np.ptp(p.reshape(-1, 3), axis=0) == pytest.approx([0, 0, 0])


def test_strings_records_and_statements_are_the_same() -> None:
    model = KeywordClassifier()
    scorer = StanceScorer(model)
    statement = Statement(
        "s1", (Span(0, 1, "x"),), text="I back a tax.", speaker=Speaker("roe", "Roe"), context="Hm."
    )
    given: list[Any] = [
        statement,
        {"text": "I back a tax.", "speaker": "Roe", "context": "Hm."},
        Premise("I back a tax.", "Roe", "Hm."),
        "Hm. Roe: I back a tax.",
    ]
    p = scorer.predict_proba(given, [TARGET, "a carbon tax"])
    assert p.shape == (4, 2, 3)
    assert np.ptp(p, axis=0) == pytest.approx(np.zeros((2, 3)))
    assert [s.label for s in scorer.predict(given[:1], [TARGET])[0]] == ["favor"]


def test_statements_and_targets_keep_their_places() -> None:
    scorer = StanceScorer(KeywordClassifier())
    found = scorer.predict(
        ["She supports a tax.", "She opposes a tax.", "It rained."], ["a tax", "rain in May"]
    )
    assert [[s.label for s in row] for row in found] == [
        ["favor", "none"],
        ["against", "none"],
        ["none", "none"],
    ]


def test_probabilities_sum_to_one() -> None:
    scorer = StanceScorer(
        KeywordClassifier(), calibration=Calibration(temperature=1.7, none_bias=-0.4)
    )
    p = scorer.predict_proba(["She supports a tax.", "It rained."], ["a tax", "a dam", "a road"])
    assert p.sum(axis=-1) == pytest.approx(np.ones((2, 3)))
    assert (p >= 0).all()


@pytest.mark.parametrize(("n", "targets"), [(0, ["a tax"]), (2, []), (0, [])])
def test_nothing_to_score(n: int, targets: list[str]) -> None:
    scorer = StanceScorer(KeywordClassifier())
    assert scorer.predict_proba(["x"] * n, targets).shape == (n, len(targets), 3)


def test_a_single_string_in_place_of_a_list() -> None:
    scorer = StanceScorer(KeywordClassifier())
    with pytest.raises(TypeError, match="expected lists"):
        scorer.predict_proba("She supports it.", ["a tax"])
    with pytest.raises(TypeError, match="expected lists"):
        scorer.predict_proba(["She supports it."], "a tax")


def test_a_model_of_something_else_is_refused() -> None:
    with pytest.raises(ModelError, match="positive, negative"):
        StanceScorer(Table(("positive", "negative"), {}))


# -- calibration


def test_calibration_by_hand() -> None:
    p = np.array([[0.6, 0.1, 0.3]])
    assert Calibration().apply(p) == pytest.approx(p)
    powers = p**0.5 * np.array([1, 1, np.exp(0.7)])
    expected = powers / powers.sum()
    assert Calibration(temperature=2.0, none_bias=0.7).apply(p) == pytest.approx(expected)


def test_calibration_bears_zeros_and_any_shape() -> None:
    p = Calibration(temperature=0.5).apply(np.array([[[1.0, 0.0, 0.0]], [[0.0, 0.5, 0.5]]]))
    assert p.shape == (2, 1, 3)
    assert np.isfinite(p).all()
    assert p[0, 0, 0] == pytest.approx(1)


def test_the_bias_moves_labels_to_none() -> None:
    sure = StanceScorer(KeywordClassifier(confidence=0.6))
    shy = StanceScorer(KeywordClassifier(confidence=0.6), calibration=Calibration(none_bias=3))
    assert sure.predict(["She wants a tax."], ["a tax"])[0][0].label == "favor"
    assert shy.predict(["She wants a tax."], ["a tax"])[0][0].label == "none"


def test_stance_score() -> None:
    score = stance_score(np.array([0.2, 0.5, 0.3]))
    assert (score.label, score.favor, score.against, score.none) == ("against", 0.2, 0.5, 0.3)


# -- the classifier of stancekit.testing


@pytest.mark.parametrize(
    ("premise", "hypothesis", "answer"),
    [
        ("Roe: We support a tax", "Roe supports a tax.", "entailment"),
        ("Roe: We support a tax", "Roe opposes a tax.", "contradiction"),
        ("Roe: We reject a tax", "Roe opposes a tax.", "entailment"),
        ("Roe: We reject a tax", "Roe supports a tax.", "contradiction"),
        ("Roe: We support a dam", "Roe supports a tax.", "neutral"),
        ("Roe: A tax it is", "Roe supports a tax.", "neutral"),
        ("Roe: We support, no, we reject a tax", "Roe supports a tax.", "neutral"),
        ("Tax: We support a dam", "Roe supports a tax.", "neutral"),
        ("Roe wants a tax", "Taxes are good: a tax.", "entailment"),
        ("", "", "neutral"),
    ],
)
def test_the_keyword_classifier(premise: str, hypothesis: str, answer: str) -> None:
    classifier = KeywordClassifier(labels=("neutral", "contradiction", "entailment"))
    assert classifier.answer(premise, hypothesis) == answer
    row = np.exp(classifier.logits([(premise, hypothesis)]))[0]
    assert row.sum() == pytest.approx(1)
    assert row[classifier.labels.index(answer)] == pytest.approx(0.9)


def test_the_keyword_classifier_checks_its_arguments() -> None:
    with pytest.raises(ValueError, match="expected the labels"):
        KeywordClassifier(labels=("a", "b", "c"))
    with pytest.raises(ValueError, match="confidence"):
        KeywordClassifier(confidence=0.2)


class _Sided:
    """What begins with "Rain" takes a side with .1, all else with .4; twice that in article 1."""

    def probabilities(
        self,
        premises: Sequence[Premise],
        targets: Sequence[Target],
        articles: Sequence[int] | None = None,
    ) -> npt.NDArray[np.float64]:
        assert len(premises) == len(targets)
        p = np.array([0.1 if p.text.startswith("Rain") else 0.4 for p in premises])
        return p if articles is None else p * (1 + np.array(articles))


def test_a_screen_spares_what_takes_no_side_and_keeps_places() -> None:
    large = Table(THREE, {"supports": three(0.8, 0.1, 0.1), "wants": three(0.8, 0.1, 0.1)})
    scorer = StanceScorer(large, screen=Screen(_Sided(), Gate(0.4)))
    p = scorer.predict_proba(["Rain fell.", "Tax them.", "Rain again."], [TARGET])[:, 0]
    np.testing.assert_allclose(p[[0, 2]], [[0.05, 0.05, 0.9]] * 2)
    assert p[1].argmax() == 0
    assert {premise for premise, _ in large.asked} == {"Tax them."}


@pytest.mark.parametrize(
    ("in_article", "asked"),
    [(Gate(0.6), {"Tax me."}), (None, {"Tax them.", "Tax me."})],
    ids=["a gate of its own", "none"],
)
def test_statements_of_articles_have_a_gate_of_their_own(
    in_article: Gate | None, asked: set[str]
) -> None:
    large = Table(THREE, {"supports": three(0.8, 0.1, 0.1), "wants": three(0.8, 0.1, 0.1)})
    scorer = StanceScorer(large, screen=Screen(_Sided(), Gate(0.3), in_article))
    given = ["Rain fell.", "Tax them.", "Rain again.", "Tax me."]
    p = scorer.predict_proba(given, [TARGET, TARGET], articles=[0, 0, 1, 1])
    assert {premise for premise, _ in large.asked} == asked
    doubtful = 0.1 if in_article is None else 0.2
    assert p[2, 1].tolist() == pytest.approx([doubtful / 2, doubtful / 2, 1 - doubtful])


def test_a_gate_hears_both_models_where_it_opens() -> None:
    large = np.array([[0.6, 0.2, 0.2], [0.05, 0.15, 0.8]])
    sided = np.array([0.5, 0.9])
    np.testing.assert_allclose(Gate(0.1).both(large, sided), large)
    found = Gate(0.1, weight=0.5, offset=-1.0).both(large, sided)
    odds = np.array([0.8 / 0.2, 0.2 / 0.8]) * np.exp([-1.0, 0.0])
    # It only ever lowers: .5 log 9 is more than 1.
    np.testing.assert_allclose(1 - found[:, 2], odds / (1 + odds))
    # Which side it is, the large model alone tells.
    np.testing.assert_allclose(found[:, 0] / found[:, 1], large[:, 0] / large[:, 1])
    np.testing.assert_allclose(found.sum(axis=1), 1)
    certain = Gate(0.0, weight=0.3).both(np.eye(3), np.array([0.0, 1.0, 0.5]))
    assert np.isfinite(certain).all()
    assert certain.argmax(axis=1).tolist() == [0, 1, 2]


def test_a_screen_that_spares_all_asks_nothing() -> None:
    large = Table(THREE, {})
    scorer = StanceScorer(large, screen=Screen(_Sided(), Gate(0.5)))
    assert stance_score(scorer.predict_proba(["Tax them."], [TARGET])[0, 0]).label == "none"
    assert large.asked == []
    assert scorer.predict_proba([], [TARGET]).shape == (0, 1, 3)


@pytest.mark.parametrize("mode", ["screened", "fast"])
def test_only_the_bundled_model_has_a_small_one(mode: Any) -> None:
    with pytest.raises(ConfigError, match="needs the bundled stance model, not elsewhere"):
        StanceScorer.from_pretrained("elsewhere", mode=mode)


def test_an_unknown_mode_is_named() -> None:
    with pytest.raises(ConfigError, match="mode 'slow': expected one of exact, screened, fast"):
        StanceScorer.from_pretrained(mode="slow")  # type: ignore[arg-type]
