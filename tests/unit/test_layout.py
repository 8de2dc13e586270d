"""Datelines and paragraphs: where spans may not go."""

from __future__ import annotations

import numpy as np
import pytest
from tag_examples import offsets_of, one_hot

from stancekit.attribution.layout import decode_document
from stancekit.attribution.tags import TAGS, TaggedSpan
from stancekit.datelines import find_datelines
from stancekit.text import read_document


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GRAVENHOLM — The mayor left.", ["GRAVENHOLM —"]),
        ("PORT SIGRID (Norwire) - The mayor left.", ["PORT SIGRID (Norwire) -"]),
        ("Sankt Olm, 4 March (NW/Staff) -- The mayor left.", ["Sankt Olm, 4 March (NW/Staff) --"]),
        ("OAKDALE, Ill. – He left.", ["OAKDALE, Ill. –"]),
        ("GRAVENHOLM/ÖRSUND, Nov. 3 — He left.", ["GRAVENHOLM/ÖRSUND, Nov. 3 —"]),
        ("Mayor leaves\n\nGRAVENHOLM — He left.\n\nNobody knows why.", ["GRAVENHOLM —"]),
        ("Olm (AB) — One.\n\nÖrsund (AB) — Two.", ["Olm (AB) —", "Örsund (AB) —"]),
        ("OLM, W.Va. (AP) — He left.", ["OLM, W.Va. (AP) —"]),
        ("OLM, Nov. 3 –\n\nHe left.", ["OLM, Nov. 3 –"]),
        # Speakers of a transcript, words with hyphens, abbreviations, dashes of other kinds.
        ("ROE — I left.\n\nDIAZ — So you did.", []),
        ("One.\n\nTwo.\n\nThree.\n\nROE — I left.", []),
        ("PRO-TOLL groups left.", []),
        ("The mayor (a Norwire reader) — left.", []),
        ("Jane Roe — the mayor — left.", []),
        ("GRAVENHOLM is quiet. It rains — always.", []),
        ("Ann Roe (D-Ohio) — a critic of the toll, said no.", []),
        ("The Olm Health Office (OHO) – which runs it, said no.", []),
        ("OLMA – the lake’s agency – said no.", []),
        ("OLMA, the lake agency — based in Olm, said no.", []),
        ("AFL–CIO members left.", []),
        ("One.\n\nTwo.\n\nThree.\n\nOlm (AB) — Four.", []),
        ("", []),
    ],
)
def test_datelines(text: str, expected: list[str]) -> None:
    assert [span.text for span in find_datelines(read_document(text))] == expected


def decoded(text: str, tag: str) -> list[str]:
    """The spans where a model gives every token the same tag."""
    offsets = offsets_of(text)
    probabilities = one_hot([TAGS.index(tag)] * len(offsets))
    before = probabilities.copy()
    spans = decode_document(read_document(text), probabilities, offsets)
    assert np.array_equal(probabilities, before)
    return [text[s.start : s.end] for s in spans]


def tagged(text: str, *given: tuple[str, str]) -> list[TaggedSpan]:
    """The spans where a model tags words with roles, each beginning a span."""
    offsets = offsets_of(text)
    tags = np.zeros(len(offsets), dtype=np.int64)
    for role, words in given:
        start = text.index(words)
        inside = (offsets[:, 0] >= start) & (offsets[:, 1] <= start + len(words))
        tags[inside] = TAGS.index(f"I-{role}")
        tags[np.flatnonzero(inside)[0]] = TAGS.index(f"B-{role}")
    return decode_document(read_document(text), one_hot(tags), offsets)


def test_no_span_reaches_into_a_dateline() -> None:
    assert decoded("OLM (Norwire) — The mayor", "I-SOURCE") == ["The mayor"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "the toll pays for locks\n\nThe mayor left",
            ["the toll pays for locks", "The mayor left"],
        ),
        ("“I pay twice.”\n\n“I do not”", ["“I pay twice.”", "“I do not”"]),
        ("Toll pays for locks\nThe mayor left", ["Toll pays for locks", "The mayor left"]),
    ],
)
def test_a_paragraph_ends_a_span(text: str, expected: list[str]) -> None:
    assert decoded(text, "I-CONTENT") == expected


@pytest.mark.parametrize(
    "text",
    [
        "“I pay twice.\n\n“I pay at both ends”",
        "the toll pays for\nlocks and lamps",  # a line cut at some column
        "The toll\nis to be paid by\nOlm and by nobody",
    ],
)
def test_a_span_may_go_on(text: str) -> None:
    assert decoded(text, "I-CONTENT") == [text]


@pytest.mark.parametrize(
    ("text", "first", "second", "expected"),
    [
        (
            "Ann Roe, who runs the bakery, said no",
            "Ann Roe",
            "bakery",
            ["Ann Roe, who runs the bakery"],
        ),
        ("Ann Roe, a baker, said no", "Ann Roe", "a baker", ["Ann Roe, a baker"]),
        ("Ann Roe, 81, said no", "Ann Roe", "81", ["Ann Roe, 81"]),
        (
            "Ann Roe, who has seen the list, said no",
            "Ann Roe, who has",
            "list",
            ["Ann Roe, who has seen the list"],
        ),
        # A clause with a statement of its own, a pronoun, two people, and two sentences.
        ("Ann Roe, who said no", "Ann Roe", "who", ["Ann Roe", "who"]),
        ("Asked by Ann Roe, she said no", "Ann Roe", "she", ["Ann Roe", "she"]),
        ("Ann Roe, Bo Diaz said, was wrong", "Ann Roe", "Bo Diaz", ["Ann Roe", "Bo Diaz"]),
        ("Roe: “Yes, one does,” said a baker", "Roe", "a baker", ["Roe", "a baker"]),
        ("Ask Roe, then. a baker said", "Roe", "a baker", ["Roe", "a baker"]),
        ("Said Reuters, officials met", "Reuters", "officials", ["Reuters", "officials"]),
        ("Asked by Roe, a spokesman left", "Roe", "a spokesman", ["Roe", "a spokesman"]),
    ],
)
def test_a_source_is_whole(text: str, first: str, second: str, expected: list[str]) -> None:
    spans = tagged(text, ("SOURCE", first), ("SOURCE", second))
    assert [text[s.start : s.end] for s in spans] == expected


@pytest.mark.parametrize(
    ("text", "source", "cue", "expected"),
    [
        ("Roe, who runs the bakery, said no", "Roe", "said", "Roe, who runs the bakery"),
        ("Roe, 81, who runs a bakery, said no", "Roe", "said", "Roe, 81, who runs a bakery"),
        ("“No,” said Roe, whose bakery burnt.", "Roe", "said", "Roe, whose bakery burnt"),
        # A clause that goes on, one with a cue in it, and one after which another speaks.
        ("Roe, who runs a bakery in Olm: no, said he", "Roe", "said", "Roe"),
        ("Roe, who said no, left", "Roe", "said", "Roe"),
        ("Roe, who runs the bakery, and he said no", "Roe", "said", "Roe"),
    ],
)
def test_a_source_goes_on_over_its_clause(text: str, source: str, cue: str, expected: str) -> None:
    spans = tagged(text, ("SOURCE", source), ("CUE", cue))
    (found,) = [s for s in spans if s.role == "source"]
    assert text[found.start : found.end] == expected


def test_a_source_torn_in_three_is_whole() -> None:
    text = "The Post, which has seen the list, said no"
    spans = tagged(text, ("SOURCE", "The Post"), ("SOURCE", "which"), ("SOURCE", "seen the list"))
    assert [text[s.start : s.end] for s in spans] == ["The Post, which has seen the list"]


@pytest.mark.parametrize(
    ("text", "source", "cue", "expected"),
    [
        ("The Palace said no", "The", "said", "The Palace"),
        ("Men in both towns said no", "Men in both", "said", "Men in both towns"),
        ("The, it said, is no word", "The", "said", "The"),
        ("Roe on Monday said no", "Roe", "said", "Roe"),
        ("One later said no", "One", "said", "One"),
        ("The later said no", "The", "said", "The"),
        ("Both of\nthem said no", "Both of", "said", "Both of"),
    ],
)
def test_a_source_has_its_noun(text: str, source: str, cue: str, expected: str) -> None:
    first = tagged(text, ("SOURCE", source), ("CUE", cue))[0]
    assert (first.role, text[first.start : first.end]) == ("source", expected)


@pytest.mark.parametrize(
    ("text", "source", "cue", "expected"),
    [
        ("The growers would not accept it", "The growers would", "not accept",
         ["The growers", "would not accept"]),
        ("Will said no", "Will", "said", ["Will", "said"]),
        ("The cheque, an envoy said, was late", "The cheque, an envoy", "said",
         ["an envoy", "said"]),
        # An apposition, and several speakers.
        ("The envoy, a baker, said no", "The envoy, a baker", "said",
         ["The envoy, a baker", "said"]),
        ("The envoy, a baker and a cook said no", "The envoy, a baker and a cook", "said",
         ["The envoy, a baker and a cook", "said"]),
    ],
)  # fmt: skip
def test_a_source_is_nothing_but_the_speaker(
    text: str, source: str, cue: str, expected: list[str]
) -> None:
    spans = tagged(text, ("SOURCE", source), ("CUE", cue))
    assert [text[s.start : s.end] for s in spans] == expected
