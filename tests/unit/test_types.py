"""The types that users read."""

from __future__ import annotations

import dataclasses
import hashlib
import pickle

import pytest

from stancekit import errors
from stancekit import types as t
from stancekit.types import Document, Span, Speaker, StanceScore, Statement


def test_a_span_is_half_open() -> None:
    a, b, c = Span(0, 4), Span(4, 6), Span(3, 5)
    assert not a.overlaps(b)
    assert a.overlaps(c)
    assert c.overlaps(a)
    assert Span(0, 10).contains(c)
    assert a.contains(a)
    assert not c.contains(a)
    assert len(c) == 2


def test_spans_are_ordered_and_equal_by_position() -> None:
    assert sorted([Span(4, 6), Span(0, 9), Span(0, 2)]) == [Span(0, 2), Span(0, 9), Span(4, 6)]
    assert Span(0, 1, "a") == Span(0, 1, "b")


def test_a_document_gives_spans_with_their_text() -> None:
    assert Document("Äpfel und Birnen").span(0, 5).text == "Äpfel"


@pytest.mark.parametrize("text", ["", "abc", "Ä🙂"])
def test_the_hash_is_that_of_the_bytes(text: str) -> None:
    assert Document(text).sha256 == hashlib.sha256(text.encode()).hexdigest()


def test_the_hash_bears_a_lone_surrogate() -> None:
    assert len(Document("a\ud800").sha256) == 64


def statement() -> Statement:
    text = "“Two,” Roe said, “four.”"
    document = Document(text)
    return Statement(
        id="s1",
        contents=(document.span(1, 4), document.span(18, 22)),
        source=document.span(7, 10),
        cue=document.span(11, 15),
    )


def test_a_statement_knows_where_it_lies() -> None:
    s = statement()
    assert (s.start, s.end) == (1, 22)
    assert [x.text for x in s.spans] == ["Roe", "said", "Two", "four"]
    assert s.content == "Two … four"
    assert dataclasses.replace(s, source=None, cue=None).spans == s.contents


def test_score_is_favor_minus_against() -> None:
    assert StanceScore("favor", 0.7, 0.2, 0.1).score == pytest.approx(0.5)


@pytest.mark.parametrize(
    "value", [Span(0, 1), Document("a"), Speaker("a", "A"), statement(), t.TargetRef("a", "A")]
)
def test_types_are_frozen_slotted_and_picklable(value: object) -> None:
    assert dataclasses.is_dataclass(value)
    name = dataclasses.fields(value)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, name, None)
    assert not hasattr(value, "__dict__")
    assert pickle.loads(pickle.dumps(value)) == value


def test_constants_repeat_the_literals() -> None:
    assert t.KINDS == ("direct", "indirect", "mixed")
    assert t.STANCE_LABELS == ("favor", "against", "none")
    assert len(set(t.MODALITIES)) == 8


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (errors.InputError, ValueError),
        (errors.ConfigError, ValueError),
        (errors.DataError, ValueError),
        (errors.ModelError, ValueError),
        (errors.MissingExtraError, ImportError),
    ],
)
def test_every_error_is_a_builtin_too(error: type[Exception], builtin: type[Exception]) -> None:
    assert issubclass(error, errors.StancekitError)
    assert issubclass(error, builtin)
    assert error.__name__ in (errors.__doc__ or "")


def test_a_missing_extra_says_how_to_install_it() -> None:
    message = str(errors.MissingExtraError("A frame", "frame"))
    assert message == "A frame needs an extra: pip install 'stancekit[frame]'"
