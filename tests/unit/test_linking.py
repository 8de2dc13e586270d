"""Linking spans: with networks whose weights are written by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stancekit.attribution.linking import (
    FEATURES,
    LINKER_FILE,
    Layout,
    Linker,
    Network,
    content_pairs,
    source_pairs,
)
from stancekit.attribution.tags import TaggedSpan
from stancekit.errors import ModelError
from stancekit.text import read_document
from stancekit.types import Document

TEXT = "Ann Roe said the deal was dead. Two days later Diaz added that it was not."


def by(**weights: float) -> Network:
    """One layer that adds up the named features."""
    column = np.zeros((len(FEATURES), 1))
    for name, weight in weights.items():
        column[FEATURES.index(name)] = weight
    return Network([(column, np.zeros(1))])


# A span belongs to what stands in the same sentence.
NEAR = by(bias=-2, same_sentence=6, gap_log=-1)
NEVER = by(bias=-9)


def spans(document: Document, **roles: str) -> list[TaggedSpan]:
    made = []
    for role, listed in roles.items():
        for words in listed.split("|"):
            start = document.text.index(words)
            made.append(TaggedSpan(role, start, start + len(words), 1.0))
    return made


def linked(linker: Linker, document: Document, found: list[TaggedSpan]) -> list[tuple[Any, ...]]:
    links, by_role = linker.link(document, found)

    def text(role: str, index: int | None) -> str | None:
        if index is None:
            return None
        span = by_role[role][index]
        return document.text[span.start : span.end]

    return [
        (text("source", x.source), text("cue", x.cue), *(text("content", i) for i in x.contents))
        for x in links
    ]


def test_each_content_takes_its_cue_and_each_cue_its_source() -> None:
    document = read_document(TEXT)
    found = spans(
        document,
        source="Ann Roe|Diaz",
        cue="said|added",
        content="the deal was dead|that it was not",
    )
    assert linked(Linker(NEAR, NEAR), document, found) == [
        ("Ann Roe", "said", "the deal was dead"),
        ("Diaz", "added", "that it was not"),
    ]


def test_pieces_of_a_content_come_together() -> None:
    document = read_document("“If talks fail,” he said, “we fight.”")
    found = spans(document, source="he", cue="said", content="“If talks fail,”|“we fight.”")
    assert linked(Linker(NEAR, NEAR), document, found) == [
        ("he", "said", "“If talks fail,”", "“we fight.”")
    ]


def test_a_content_without_a_cue_stays_alone() -> None:
    document = read_document(TEXT)
    found = spans(document, source="Diaz", cue="added", content="the deal was dead")
    assert linked(Linker(NEAR, NEAR), document, found) == [(None, None, "the deal was dead")]
    assert linked(Linker(NEVER, NEAR), document, found) == [(None, None, "the deal was dead")]


def test_a_cue_without_a_source() -> None:
    document = read_document(TEXT)
    found = spans(document, cue="added", content="that it was not")
    assert linked(Linker(NEAR, NEVER), document, found) == [(None, "added", "that it was not")]


def test_probabilities_lie_between_zero_and_one() -> None:
    document = read_document(TEXT)
    found = spans(document, source="Ann Roe", cue="said", content="the deal was dead|it was not")
    links, _ = Linker(NEAR, NEAR).link(document, found)
    assert [0 <= x.probability <= 1 for x in links] == [True, True]


def test_nothing_to_link() -> None:
    assert Linker(NEAR, NEAR).link(read_document(""), [])[0] == []
    document = read_document(TEXT)
    assert Linker(NEAR, NEAR).link(document, spans(document, source="Diaz", cue="said"))[0] == []


def test_features_are_finite_and_as_many_as_their_names() -> None:
    document = read_document(TEXT + "\n\nAccording to Roe, “it’s by him”.")
    found = spans(
        document,
        source="Ann Roe|Diaz|by him",
        cue="said|added|According to",
        content="the deal was dead|that it was not|“it’s by him”",
    )
    layout = Layout(document, found)
    for candidates, features in (content_pairs(layout), source_pairs(layout)):
        assert features.shape == (sum(map(len, candidates)), len(FEATURES))
        assert np.isfinite(features).all()
        assert (features[:, 0] == 1).all()


def test_spans_of_one_role_far_away_are_no_candidates() -> None:
    document = read_document("x " * 50)
    found = [TaggedSpan("cue", i, i + 1, 1.0) for i in range(0, 100, 2)]
    found.append(TaggedSpan("content", 50, 51, 1.0))
    ((near,), _) = content_pairs(Layout(document, found))
    assert len(near) == 6
    assert all(abs(i * 2 - 50) <= 6 for i in near)


def test_the_network_is_relu_then_sigmoid() -> None:
    network = Network(
        [
            (np.array([[1.0, -1.0], [0.0, 2.0]]), np.array([0.0, 1.0])),
            (np.array([[1.0], [-3.0]]), np.array([0.5])),
        ]
    )
    # hidden: max(0, [2, -2 + 1 + 2 * 0.25]) = [2, 0]; output: 2 + 0.5
    assert network(np.array([[2, 0.25]])) == pytest.approx([1 / (1 + np.exp(-2.5))])


# -- the file


def file_of(**changes: Any) -> str:
    layer = [{"weight": [[1.0]] * len(FEATURES), "bias": [0.0]}]
    values = {"features": FEATURES, "content": layer, "source": layer, **changes}
    return json.dumps({k: v for k, v in values.items() if v is not None})


def test_a_linker_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / LINKER_FILE).write_text(file_of())
    linker = Linker.load(tmp_path)
    assert linker.content(np.zeros((2, len(FEATURES)))).tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "linker.json is missing"),
        ("{", "not a linker"),
        ("[]", "not a linker"),
        (file_of(source=None), "not a linker"),
        (file_of(features=["bias"]), "other features"),
        (file_of(features=3), "not a linker"),
        (file_of(content=[]), "not a linker"),
        (file_of(content=[{"weight": [[1.0]], "bias": [0.0]}]), "not a linker"),
        (file_of(content=[{"weight": "a", "bias": [0.0]}]), "not a linker"),
    ],
)
def test_a_broken_file(tmp_path: Path, content: str | None, words: str) -> None:
    if content is not None:
        (tmp_path / LINKER_FILE).write_text(content)
    with pytest.raises(ModelError, match=words):
        Linker.load(tmp_path)
