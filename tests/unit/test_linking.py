"""Linking spans: with networks whose weights are written by hand."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stancekit.attribution.linking import (
    FEATURES,
    LINKER_FILE,
    Layout,
    Linker,
    Network,
    content_pairs,
    source_pairs,
)
from stancekit.attribution.quotes import find_quotes
from stancekit.attribution.tags import TaggedSpan
from stancekit.attribution.utterances import find_turns
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


def marked(text: str) -> tuple[Document, list[TaggedSpan]]:
    """A text with spans in brackets, each after the first letter of its role: "s[Roe] q[said]"."""
    plain = ""
    found: list[TaggedSpan] = []
    opened: list[tuple[str, int]] = []
    roles = {"s": "source", "q": "cue", "c": "content"}
    for piece in re.split(r"([sqc]\[|\])", text):
        if piece == "]":
            role, start = opened.pop()
            found.append(TaggedSpan(role, start, len(plain), 1.0))
        elif piece[1:] == "[":
            opened.append((roles[piece[0]], len(plain)))
        else:
            plain += piece
    return read_document(plain), found


# A content goes to the next cue, a cue to the nearest source.
AT_HAND = by(bias=3, gap_log=-2, contents_between=-1)


def requoted(text: str, linker: Linker | None = None) -> list[tuple[str | None, ...]]:
    document, found = marked(text)
    links, by_role = (linker or Linker(AT_HAND, AT_HAND)).link(
        document, found, find_quotes(document), find_turns(document)
    )

    def text_of(role: str, index: int | None) -> str | None:
        if index is None:
            return None
        span = by_role[role][index]
        return document.text[span.start : span.end]

    return [
        (
            text_of("source", x.source),
            text_of("cue", x.cue),
            *(text_of("content", i) for i in x.contents),
        )
        for x in links
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # One that the tagger left a part of.
        ("c[“The toll is] dead,” q[said] s[Roe].", [("Roe", "said", "“The toll is dead,”")]),
        ('s[Roe] q[said]: c["The toll] is dead."', [("Roe", "said", '"The toll is dead."')]),
        ("c[‘It is] dead’, s[she] q[said].", [("she", "said", "‘It is dead’")]),
        ("s[Roe] q[said] c[that “it is] dead”.", [("Roe", "said", "that “it is dead”")]),
        # One that it left out altogether, beside a cue that has nothing else.
        ("“The toll is dead,” q[said] s[Roe].", [("Roe", "said", "“The toll is dead,”")]),
        ("s[Roe] q[called] the toll “dead”.", [("Roe", "called", "“dead”")]),
        ("s[Roe] q[called] for a toll named “dead”.", []),
        # Another one speaks in it.
        (
            "“My s[boss] q[says] c[‘Friday’. I doubt it,”] s[a clerk] q[said].",
            [
                ("a clerk", "said", "“My boss says ‘Friday’. I doubt it,”"),
                ("boss", "says", "‘Friday’"),
            ],
        ),
        (
            "It rains. c[“They] q[say] c[it floods. It does.”] Roe left.",
            [(None, None, "“They say it floods. It does.”"), (None, "say", "it floods. It does.”")],
        ),
        # Nothing is bounded by a mark that is left out or left open.
        ("c[“Dead], Roe q[said], “as a toll.”", [(None, "said", "“Dead")]),
        ("c[“The toll] is dead, q[said] s[Roe].", [("Roe", "said", "“The toll")]),
    ],
)
def test_a_quotation_is_one_content(text: str, expected: list[tuple[str | None, ...]]) -> None:
    assert requoted(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Opened again in the next paragraph, it is the same, and its cue is the one after it.
        (
            "s[Diaz] q[spoke]:\n\nc[“We paid.]\n\nc[“We] pay,” s[he] q[said].",
            [("he", "said", "“We paid.", "“We pay,”")],
        ),
        (
            "It rains.\n\nc[‘I don’t pay.]\n\nc[‘I never paid.’]\n\nRoe left.",
            [(None, None, "‘I don’t pay.", "‘I never paid.’")],
        ),
        # The half after the cue.
        (
            "c[“No,”] s[Roe] q[said] on Monday. “Never again.”",
            [("Roe", "said", "“No,”", "“Never again.”")],
        ),
        # A sentence that is over is not of the cue in the next one.
        (
            "Roe was brief. c[“Sell it.”] s[He] q[saw] c[“ruins”].",
            [(None, None, "“Sell it.”"), ("He", "saw", "“ruins”")],
        ),
        ("c[“Sell it.”] s[Roe] q[said].", [("Roe", "said", "“Sell it.”")]),
        # Led by a colon, and gone on from by another cue.
        (
            "s[Roe] q[said]: c[“Sell it,”] s[she] q[added].",
            [("Roe", "said", "“Sell it,”")],
        ),
    ],
)
def test_a_quotation_has_the_cue_beside_it(
    text: str, expected: list[tuple[str | None, ...]]
) -> None:
    assert requoted(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s[Roe] q[called] c[the toll] c[“dead”].", [("Roe", "called", "the toll", "“dead”")]),
        (
            "s[Roe] q[called] on c[both] to c[“sit down”].",
            [("Roe", "called", "both", "“sit down”")],
        ),
        # Another one in between, another sentence, and nothing that leads there.
        (
            "s[Roe] q[called] c[it] by s[Diaz] c[“dead”].",
            [("Roe", "called", "it"), (None, None, "“dead”")],
        ),
        (
            "s[Roe] q[saw] c[the toll]. It is c[“dead”].",
            [("Roe", "saw", "the toll"), (None, None, "“dead”")],
        ),
    ],
)
def test_a_quotation_goes_with_the_object_before_it(
    text: str, expected: list[tuple[str | None, ...]]
) -> None:
    # A content that another one parts from the cue is linked to none.
    parted = by(bias=3, gap_log=-2, contents_between=-9)
    assert requoted(text, Linker(parted, AT_HAND)) == expected


def test_turns_of_a_transcript_are_contents() -> None:
    text = (
        "s[Q]q[:] c[The mayor] says c[no.] Is it so?\n\n"
        "s[ROE]q[:] c[I asked.] s[She] q[said] c[wait.] I wait.\n\n"
        "Q: Till when?"
    )
    assert requoted(text) == [
        ("Q", ":", "The mayor says no. Is it so?"),
        ("ROE", ":", "I asked. She said wait. I wait."),
        ("She", "said", "wait."),
        ("Q", ":", "Till when?"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # No transcript: too few turns, or labels that nobody reads as speakers.
        ("s[Q]q[:] c[Is] it so?\n\nIt is.", [("Q", ":", "Is")]),
        ("WHAT: a toll\n\nWHERE: in Olm\n\nWHEN: now", []),
        # Headlines.
        ("s[Mayor]q[:] c[toll] is dead\n\nIt is.", [("Mayor", ":", "toll is dead")]),
        ("s[Mayor]q[:] c[toll is] dead – live\n\nIt is.", [("Mayor", ":", "toll is dead")]),
        (
            "s[Mayor] q[wants] c[tolls] scrapped\n\nShe does.",
            [("Mayor", "wants", "tolls scrapped")],
        ),
        ("s[Mayor] q[wants] c[tolls] to go as traffic jams\n\nX.", [("Mayor", "wants", "tolls")]),
        ("s[Roe] q[wants] c[tolls] scrapped.", [("Roe", "wants", "tolls")]),
        # The sentence before "he said".
        (
            "The c[toll is] dead, s[Roe] q[said].",
            [("Roe", "said", "The toll is dead")],
        ),
        ("c[Tolls] are c[dead], q[said] s[Roe], who left.", [("Roe", "said", "Tolls are dead")]),
        ("OLM — The c[toll is dead], s[Roe] q[said].", [("Roe", "said", "The toll is dead")]),
        (
            "The toll c[which], s[Roe] q[says], c[is dead] goes.",
            [("Roe", "says", "which", "is dead")],
        ),
    ],
)
def test_headlines_and_sentences(text: str, expected: list[tuple[str | None, ...]]) -> None:
    assert requoted(text) == expected


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("c[“My boss told me ‘be patient’,”] s[she] q[said].", ("My boss", "told", "‘be patient’")),
        (
            "c[‘Then the guard would say, “papers, please”.’]",
            ("the guard", "say", "“papers, please”"),
        ),
        (
            "c[“I rang and the clerk wrote back ‘not today’.”]",
            ("the clerk", "wrote", "‘not today’"),
        ),
        ("c[“The man rang and said ‘pay up’.”]", ("The man", "said", "‘pay up’")),
        # One word is a term; no verb of speaking; nobody who speaks; the one spoken to.
        ("c[“They said ‘soon’ to us,”] s[she] q[said].", None),
        ("c[“The law on ‘idle land’ is dead,”] s[she] q[said].", None),
        ("c[“And said ‘be patient’,”] s[she] q[said].", None),
        ("c[“If you say ‘be patient’, we go,”] s[she] q[said].", None),
        # Without marks around it, one level is all there is.
        ("s[She] q[said] c[her boss had told her “be patient”].", None),
    ],
)
def test_what_others_say_in_a_quotation_is_theirs(
    text: str, inner: tuple[str, str, str] | None
) -> None:
    assert requoted(text)[1:] == ([inner] if inner else [])


def test_inner_speech_that_was_read_is_not_added_again() -> None:
    text = "s[Roe] q[said:] c[“]s[My boss] q[told me] c[‘be patient’].”"
    assert requoted(text) == [
        ("Roe", "said:", "“My boss told me ‘be patient’.”"),
        ("My boss", "told me", "‘be patient’"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Closed, so the next paragraph is another statement, whoever makes it.
        (
            "c[“We paid,”] s[Roe] q[said].\n\nc[“They did not.”]",
            [("Roe", "said", "“We paid,”"), (None, None, "“They did not.”")],
        ),
        # Left open, so it goes on; and a cue may have all it has elsewhere.
        (
            "c[“We paid.]\n\nc[“They did not,”] s[Roe] q[said].",
            [("Roe", "said", "“We paid.", "“They did not,”")],
        ),
        (
            "s[Roe] q[said:]\n\nc[“We paid.”]",
            [("Roe", "said:", "“We paid.”")],
        ),
    ],
)
def test_a_closed_quotation_ends_with_its_paragraph(
    text: str, expected: list[tuple[str | None, ...]]
) -> None:
    everything = by(bias=3, gap_log=-1)
    assert requoted(text, Linker(everything, AT_HAND)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Tagged for the next one, or not at all.
        (
            "c[“It floods.”] q[―] s[Ann Roe]\nc[“It burns.”] ― Bo van Orr, baker.\nRain.",
            [("Ann Roe", "―", "“It floods.”"), ("Bo van Orr, baker", "―", "“It burns.”")],
        ),
        ("c[“It floods.”]\n\n-- Ann Roe\n\nRain.", [("Ann Roe", "--", "“It floods.”")]),
        # A sentence goes on, or another begins.
        ("c[“It floods”] — Roe saw it.", [(None, None, "“It floods”")]),
        ("c[“It floods.”]\n\n- rain in the north", [(None, None, "“It floods.”")]),
    ],
)
def test_whoever_signs_a_quotation_said_it(
    text: str, expected: list[tuple[str | None, ...]]
) -> None:
    assert requoted(text) == expected


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("s[Roe] q[called] the c[toll dead].", "the toll dead"),
        ("s[Roe] q[told] them c[tolls were dead].", "tolls were dead"),
        ("s[Roe] q[opposed the] c[toll].", "toll"),
        ("s[Roe] q[said] breathe c[tolls].", "tolls"),
    ],
)
def test_a_content_begins_with_its_determiner(text: str, content: str) -> None:
    assert requoted(text)[0][2] == content


def test_spans_of_a_statement_stay_apart() -> None:
    # The cue reaches into the marks, the only source is in them, one piece spans two quotations.
    assert requoted("Roe q[said “]c[s[We] pay] twice.”") == [(None, "said", "“We pay twice.”")]
    text = "s[Roe] q[said] “c[we pay” and “they] do not”."
    assert requoted(text) == [("Roe", "said", "“we pay” and “they")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # The source in it as well, before the cue and after it.
        (
            "c[The weir is, as s[Orr] q[said], cracked and it seeps].",
            [("Orr", "said", "The weir is, as", "cracked and it seeps")],
        ),
        (
            "c[The weir, q[said] s[Orr], is cracked].",
            [("Orr", "said", "The weir", "is cracked")],
        ),
        ("c[The weir is cracked, s[Orr] q[said].]", [("Orr", "said", "The weir is cracked")]),
        ("c[q[Said to seep] the weir is shut].", [(None, "Said to seep", "the weir is shut")]),
        # The source outside, and one that is not beside the cue.
        (
            "For s[Orr] c[the weir q[is said] to seep].",
            [("Orr", "is said", "the weir", "to seep")],
        ),
        (
            "c[s[Orr] saw the weir, it is q[said], and shut it].",
            [(None, "said", "Orr saw the weir, it is", "and shut it")],
        ),
    ],
)
def test_a_content_goes_on_after_a_cue_in_it(
    text: str, expected: list[tuple[str | None, ...]]
) -> None:
    assert requoted(text) == expected


@settings(deadline=None, max_examples=300)
@given(
    st.lists(st.sampled_from([*"“”‘’\"'«».,:?\n—", "Roe", "ROE", "said", "called", " ", " "])),
    st.lists(st.sampled_from(["source", "cue", "content", "", "-"]), min_size=60),
)
def test_whatever_is_marked_the_spans_of_a_statement_are_apart(
    words: list[str], roles: list[str]
) -> None:
    found: list[TaggedSpan] = []
    position = 0
    for word, role in zip(words, roles, strict=False):
        end = position + len(word)
        if role == "-" and found and found[-1].end == position:
            found[-1] = replace(found[-1], end=end)
        elif role not in {"", "-"} and word.strip():
            found.append(TaggedSpan(role, position, end, 0.9))
        position = end
    text = "".join(words)
    document = read_document(text)
    for linker in (Linker(AT_HAND, AT_HAND), Linker(NEVER, AT_HAND), Linker(NEAR, NEAR)):
        links, by_role = linker.link(document, found, find_quotes(document), find_turns(document))
        for link in links:
            spans_of = [by_role["content"][i] for i in link.contents]
            spans_of += [by_role["cue"][link.cue]] if link.cue is not None else []
            spans_of += [by_role["source"][link.source]] if link.source is not None else []
            spans_of.sort(key=lambda s: s.start)
            assert all(0 <= s.start < s.end <= len(text) for s in spans_of)
            assert all(a.end <= b.start for a, b in pairwise(spans_of))
            assert 0 <= link.probability <= 1
