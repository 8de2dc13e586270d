"""One line per speaker and target."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stancekit.summary import interval, speakers_of, summarize
from stancekit.types import (
    Span,
    Speaker,
    SpeakerSummary,
    StanceLabel,
    StanceScore,
    Statement,
    TargetRef,
)

TAX, DAM = TargetRef("tax", "a tax"), TargetRef("dam", "a dam")
ROE, DIAZ = Speaker("roe", "Roe"), Speaker("diaz", "Diaz")
BOTH = Speaker("both", "both", "group", members=("roe", "diaz"))


def score(label: StanceLabel, p: float = 0.9) -> StanceScore:
    rest = (1 - p) / 2
    return StanceScore(label, *(p if label == x else rest for x in ("favor", "against", "none")))


def statement(number: int, speaker: Speaker | None, **stances: StanceScore) -> Statement:
    return Statement(f"s{number}", (Span(0, 1, "x"),), speaker=speaker, stances=stances)


def only(
    statements: list[Statement], speakers: list[Speaker], target: TargetRef = TAX
) -> SpeakerSummary:
    (summary,) = summarize(statements, speakers, [target])
    return summary


def test_one_statement_leaves_the_interval_wide() -> None:
    summary = only([statement(1, ROE, tax=score("favor", 0.95))], [ROE])
    assert (summary.speaker, summary.target, summary.label) == ("roe", "tax", "favor")
    assert summary.score == pytest.approx(0.925)
    assert summary.low <= 0
    assert summary.high == 1
    assert summary.statements == ("s1",)


def test_agreeing_statements_narrow_it() -> None:
    rows = [statement(i, ROE, tax=score("favor", 0.95)) for i in range(12)]
    summary = only(rows, [ROE])
    assert summary.low >= 0.5
    assert summary.low <= summary.score <= summary.high


def test_statements_that_take_no_side_do_not_count() -> None:
    rows = [statement(1, ROE, tax=score("favor")), statement(2, ROE, tax=score("none"))]
    summary = only(rows, [ROE])
    assert summary.statements == ("s1",)
    assert summary.score == pytest.approx(0.85)


def test_nothing_but_none() -> None:
    expected = SpeakerSummary("roe", "tax", "none", 0.0, 0.0, 0.0, ())
    assert only([statement(1, ROE, tax=score("none"))], [ROE]) == expected
    assert only([statement(1, ROE)], [ROE]) == expected


def test_contradicting_statements_decide_nothing() -> None:
    rows = [statement(1, ROE, tax=score("favor")), statement(2, ROE, tax=score("against"))]
    summary = only(rows, [ROE])
    assert summary.label == "none"
    assert summary.statements == ("s1", "s2")
    assert summary.low < 0 < summary.high


def test_a_joint_statement_counts_for_each_member() -> None:
    rows = [statement(1, BOTH, tax=score("against")), statement(2, DIAZ, tax=score("favor"))]
    found = summarize(rows, [ROE, DIAZ, BOTH], [TAX])
    assert [(s.speaker, s.label, s.statements) for s in found] == [
        ("roe", "against", ("s1",)),
        ("diaz", "none", ("s1", "s2")),
    ]
    assert speakers_of(rows[0]) == ("roe", "diaz")
    assert speakers_of(rows[1]) == ("diaz",)


def test_order_is_that_of_speakers_and_targets() -> None:
    rows = [statement(1, DIAZ, dam=score("favor")), statement(2, ROE, tax=score("favor"))]
    found = summarize(rows, [ROE, DIAZ], [TAX, DAM])
    assert [(s.speaker, s.target, s.label) for s in found] == [
        ("roe", "tax", "favor"),
        ("roe", "dam", "none"),
        ("diaz", "tax", "none"),
        ("diaz", "dam", "favor"),
    ]


def test_nobody_said_anything() -> None:
    assert summarize([], [ROE], [TAX]) == ()
    assert summarize([statement(1, None, tax=score("favor"))], [ROE], [TAX]) == ()
    assert speakers_of(statement(1, None)) == ()


def test_the_interval_is_reproducible() -> None:
    rows = [(0.8, 0.1, 0.1)] * 4
    assert interval(rows) == interval(rows)


@settings(deadline=None, max_examples=25)
@given(st.integers(min_value=1, max_value=20), st.integers(min_value=0, max_value=10**6))
def test_intervals_lie_in_range(n: int, seed: int) -> None:
    rows = np.random.default_rng(seed).dirichlet([1, 1, 1], size=n)
    low, high = interval(rows.tolist())
    assert -1 <= low <= high <= 1


def test_an_interval_of_very_many_statements_costs_no_more_memory() -> None:
    """A table of resamples by statements would take gigabytes."""
    low, high = interval(np.tile([0.7, 0.2, 0.1], (2_000_000, 1)))
    assert 0.49 < low < 0.5 < high < 0.51
