"""The attribution model that ships with stancekit. All people here are invented."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stancekit import Attributor, Statement
from stancekit.attribution.attributor import BUNDLED
from stancekit.attribution.tags import TAGS, TaggedSpan
from stancekit.inference.export import load_torch
from stancekit.inference.folder import ModelFolder
from stancekit.text import read_document

ARTICLE = """Mayor Ilsa Brandvold said the town must close the quay road to lorries.

“We cannot wait another winter,” she said. “The houses are shaking.”

Haulier Tomas Okoye rejected the plan. He told the council that his drivers would lose an hour a day.

“If they shut it,” Okoye said, “we move to Karsund.”

According to a council report, 400 lorries use the road every day.

Brandvold denied that the decision had been taken.
"""  # noqa: E501 (a paragraph is a line)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STANCEKIT_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="module")
def attributor(cache: Path) -> Attributor:
    return Attributor.from_pretrained(threads=1)


def words(statement: Statement) -> tuple[str | None, str | None, str]:
    source, cue = statement.source, statement.cue
    return (source.text if source else None, cue.text if cue else None, statement.content)


def test_a_content_of_function_words_is_none(attributor: Attributor) -> None:
    text = "Brandvold said the quay must close."
    document = read_document(text)

    def spans(content: str) -> list[TaggedSpan]:
        given = (("source", "Brandvold"), ("cue", "said"), ("content", content))
        return [TaggedSpan(r, text.index(w), text.index(w) + len(w), 1.0) for r, w in given]

    assert attributor.assemble(document, spans("the"))[0] == ()
    (found,) = attributor.assemble(document, spans("the quay"))[0]
    assert found.content == "the quay"


def test_the_statements_of_an_article(attributor: Attributor) -> None:
    statements = attributor.attribute(ARTICLE)
    assert [(*words(s), s.kind) for s in statements] == [
        (
            "Mayor Ilsa Brandvold",
            "said",
            "the town must close the quay road to lorries",
            "indirect",
        ),
        ("she", "said", "“We cannot wait another winter,” … “The houses are shaking.”", "direct"),
        ("Haulier Tomas Okoye", "rejected", "the plan", "indirect"),
        ("He", "told", "that his drivers would lose an hour a day", "indirect"),
        ("Okoye", "said", "“If they shut it,” … “we move to Karsund.”", "direct"),
        ("a council report", "According to", "400 lorries use the road every day", "indirect"),
        ("Brandvold", "denied", "that the decision had been taken", "indirect"),
    ]
    assert [s.modality for s in statements if s.cue and s.cue.text in ("denied", "rejected")] == [
        "denied",
        "denied",
    ]
    assert [s.id for s in statements] == [f"s{i + 1}" for i in range(len(statements))]
    assert all(0.5 < s.confidence <= 1 for s in statements)


def test_spans_slice_back(attributor: Attributor) -> None:
    for statement in attributor.attribute(ARTICLE):
        for span in statement.spans:
            assert ARTICLE[span.start : span.end] == span.text != ""
        assert all(span.text in statement.text for span in statement.spans)


@pytest.mark.parametrize("text", ["", " \n ", "The road is long.", "\ud800\udfff", "\u200b" * 40])
def test_texts_in_which_nobody_speaks(attributor: Attributor, text: str) -> None:
    assert attributor.attribute(text) == []


def test_offsets_hold_behind_characters_that_tokenizers_drop(attributor: Attributor) -> None:
    odd = "e\u0301\ud800🙂\x00\u200b ﷺ Straße İstanbul "
    found = attributor.attribute(f"{odd}\n\nTomas Okoye said that the road is closed.")
    [(source, cue, content)] = [words(s) for s in found]
    assert (cue, content) == ("said", "that the road is closed")
    # Whether the first name is part of the source is the tagger's affair.
    assert source in ("Tomas Okoye", "Okoye")


def test_a_long_article_is_read_in_windows(attributor: Attributor) -> None:
    text = (ARTICLE + "\n") * 12
    statements = attributor.attribute(text)
    assert 7 * 12 - 4 <= len(statements) <= 7 * 12 + 4
    assert statements[-1].start > len(text) - 100


def test_neighbours_and_threads_change_nothing(attributor: Attributor) -> None:
    """Batches differ with the article; what is said in it does not."""
    exact = Attributor.from_pretrained(threads=1, precision="float32")
    twice = Attributor.from_pretrained(threads=2, precision="float32")
    expected = exact.attribute(ARTICLE)
    assert [words(s) for s in twice.attribute(ARTICLE)] == [words(s) for s in expected]
    assert [words(s) for s in attributor.attribute(ARTICLE)] == [words(s) for s in expected]
    assert [s.confidence for s in twice.attribute(ARTICLE)] == pytest.approx(
        [s.confidence for s in expected], abs=1e-3
    )
    # Far behind a long text, in a batch with other windows.
    far = "The ferry left the quay on time. " * 30 + "\n\n"
    behind = exact.attribute(far * 3 + ARTICLE)
    assert [words(s) for s in behind] == [words(s) for s in expected]


def test_the_probe_allows_8_bits(attributor: Attributor, cache: Path) -> None:
    (verdict,) = cache.glob("*.json")
    assert json.loads(verdict.read_text())["agreement"] >= 0.98
    assert attributor.tagger._model.precision == "int8"  # type: ignore[attr-defined]


def test_the_second_run_needs_neither_torch_nor_onnx(attributor: Attributor, cache: Path) -> None:
    code = (
        "import sys, json, stancekit\n"
        "a = stancekit.Attributor.from_pretrained(threads=1)\n"
        f"n = len(a.attribute({ARTICLE!r}))\n"
        "print(json.dumps([n, sorted(sys.modules)]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "STANCEKIT_CACHE": str(cache)},
    )
    n, loaded = json.loads(done.stdout)
    assert n == 7
    assert not {"torch", "transformers", "onnx", "datasets", "sklearn", "pydantic"} & set(loaded)


def test_the_folder_can_be_trained_on() -> None:
    folder = ModelFolder.open(BUNDLED)
    folder.expect("attribution")
    assert sorted(folder.labels) == sorted(TAGS)
    assert type(load_torch(BUNDLED)).__name__ == "BertForTokenClassification"
    assert max(f.stat().st_size for f in BUNDLED.iterdir()) < 95_000_000
    assert sum(f.stat().st_size for f in BUNDLED.iterdir()) < 50_000_000


# The fixture is the same for all examples.
@settings(deadline=None, max_examples=25)
@given(st.text(st.characters(exclude_categories=()), max_size=200))
@example("Roe said \ud800 no. \u0301\u0301")
@example("\u0301a said \u0301")
@example("\x00said\x00that\x00")
def test_any_text(attributor: Attributor, text: str) -> None:
    statements, _ = attributor.read(read_document(text))
    for statement in statements:
        spans = sorted(statement.spans)
        assert all(text[s.start : s.end] == s.text != "" for s in spans)
        assert all(0 <= s.start < s.end <= len(text) for s in spans)
        assert not any(a.overlaps(b) for a, b in pairwise(spans))
    assert statements == attributor.read(read_document(text))[0]
