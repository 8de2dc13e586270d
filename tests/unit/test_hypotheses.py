"""Targets, hypotheses and premises."""

from __future__ import annotations

from typing import Any

import pytest

from stancekit.hypotheses import ANONYMOUS, Premise, Target, build_premise, fill, slug
from stancekit.types import Span, Speaker, Statement


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a carbon tax", "a-carbon-tax"),
        ("  Ökosteuer & Co. ", "okosteuer-co"),
        ("НАТО", "target"),
        ("!?", "target"),
        ("", "target"),
        ("x" * 50, "x" * 40),
        ("a" * 39 + " b", "a" * 39),
    ],
)
def test_slug(text: str, expected: str) -> None:
    assert slug(text) == expected


def test_a_target_from_a_noun_phrase() -> None:
    target = Target.from_text(" a  carbon\ntax. ")
    assert (target.id, target.name) == ("a-carbon-tax", "a carbon tax")
    assert target.favor == ("{speaker} supports a carbon tax.",)
    assert target.against == ("{speaker} opposes a carbon tax.",)
    assert Target.from_text("a tax", id="t").id == "t"
    assert target.ref.name == "a carbon tax"
    assert (target.ref.favor, target.ref.against) == (target.favor, target.against)


def test_a_target_from_a_claim() -> None:
    target = Target.from_claim("Vaccination should be compulsory.")
    assert target.favor == ("{speaker} agrees with the claim: Vaccination should be compulsory.",)
    assert target.against == (
        "{speaker} disagrees with the claim: Vaccination should be compulsory.",
    )


@pytest.mark.parametrize("text", ["", " ", "...", " . "])
def test_an_empty_target_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="empty"):
        Target.from_text(text)
    with pytest.raises(ValueError, match="empty"):
        Target.from_claim(text)


def test_braces_in_a_phrase_stay_out_of_the_template() -> None:
    target = Target.from_text("{speaker} tax")
    assert fill(target.favor[0], "Roe") == "Roe supports (speaker) tax."
    assert "{" not in Target.from_claim("a {b}").name


@pytest.mark.parametrize(("favor", "against"), [((), ("a",)), (("a",), ()), (("a", " "), ("b",))])
def test_a_target_needs_sentences(favor: tuple[str, ...], against: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="needs at least one sentence"):
        Target("x", "x", favor, against)


def test_fill() -> None:
    assert fill("{speaker} wants {x}.", "Roe") == "Roe wants {x}."
    assert fill("{speaker} wants it.", None) == f"{ANONYMOUS} wants it."
    assert fill("{speaker} wants it.", "") == f"{ANONYMOUS} wants it."
    assert fill("It is right.", "Roe") == "It is right."


@pytest.mark.parametrize(
    ("text", "speaker", "context", "expected"),
    [
        ("We fight.", None, None, "We fight."),
        ("We fight.", "Roe", None, "Roe: We fight."),
        ("Roe said no.", "Roe", None, "Roe said no."),
        ("ROE: no.", "Roe", None, "ROE: no."),
        ("Although it rained", "Al", None, "Al: Although it rained"),
        ("Roe's plan is dead", "Roe", None, "Roe's plan is dead"),
        (" We\n fight. ", "Roe", " It\train ed. ", "It rain ed. Roe: We fight."),
        ("We fight.", "Roe", " ", "Roe: We fight."),
    ],
)
def test_premises(text: str, speaker: str | None, context: str | None, expected: str) -> None:
    assert build_premise(text, speaker=speaker, context=context) == expected


def test_premises_from_whatever_users_have() -> None:
    statement = Statement(
        "s1", (Span(0, 2, "no"),), text="Roe said no", speaker=Speaker("roe", "Ann Roe")
    )
    record = {"text": "Roe said no", "speaker": "Ann Roe", "context": ""}
    expected = Premise("Roe said no", "Ann Roe")
    assert Premise.of(statement) == Premise.of(record) == Premise.of(expected) == expected
    assert Premise.of("We fight.") == Premise("We fight.")
    assert Premise.of(Statement("s2", (Span(0, 2, "no"),))).text == "no"


@pytest.mark.parametrize("wrong", [3, None, {"speaker": "Roe"}, {"text": 3}, ["a"]])
def test_other_premises_are_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match="expected a string, a Statement or a record"):
        Premise.of(wrong)
