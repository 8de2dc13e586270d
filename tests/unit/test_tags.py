"""The tag scheme: encoding gold spans, and decoding probabilities."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tag_examples import offsets_of, one_hot

from stancekit.attribution.tags import (
    ROLES,
    TAGS,
    Decoding,
    TaggedSpan,
    decode_tags,
    encode_tags,
    word_starts,
)

TEXT = "Ann Roe said the deal was dead, adding that Diaz agreed."


def tag_ids(*names: str) -> list[int]:
    return [TAGS.index(name) for name in names]


def decoded(names: list[str], text: str) -> list[tuple[str, str]]:
    offsets = offsets_of(text)
    spans = decode_tags(one_hot(tag_ids(*names)), offsets, word_starts(text, offsets))
    return [(s.role, text[s.start : s.end]) for s in spans]


def span(words: str) -> list[int]:
    start = TEXT.index(words)
    return [start, start + len(words)]


def test_encoding_then_decoding_gives_the_spans_back() -> None:
    attributions = [
        {
            "source": [span("Ann Roe")],
            "cue": [span("said")],
            "content": [span("the deal was dead")],
        },
        {"source": [], "cue": [span("adding")], "content": [span("that Diaz agreed")]},
    ]
    offsets = offsets_of(TEXT)
    tags = encode_tags(offsets, attributions)
    found = decode_tags(one_hot(tags), offsets, word_starts(TEXT, offsets))
    expected = sorted(
        (start, end, role) for a in attributions for role in ROLES for start, end in a[role]
    )
    assert [(s.start, s.end, s.role) for s in found] == expected
    assert [s.probability for s in found] == pytest.approx([0.94 + 0.01] * len(found), abs=0.011)


def test_touching_spans_of_one_role_stay_apart() -> None:
    text = "one two three"
    offsets = offsets_of(text)
    tags = encode_tags(offsets, [{"content": [[0, 3], [4, 13]]}])
    assert [TAGS[t] for t in tags] == ["B-CONTENT", "B-CONTENT", "I-CONTENT"]
    spans = decode_tags(one_hot(tags), offsets, word_starts(text, offsets))
    assert [(s.start, s.end) for s in spans] == [(0, 3), (4, 13)]


def test_a_span_that_cuts_a_token_takes_all_of_it() -> None:
    tags = encode_tags(offsets_of("one two three"), [{"cue": [[5, 6]]}])
    assert [TAGS[t] for t in tags] == ["O", "B-CUE", "O"]


def test_the_later_of_overlapping_spans_wins() -> None:
    tags = encode_tags(offsets_of("a b c"), [{"content": [[0, 5]]}, {"source": [[2, 3]]}])
    assert [TAGS[t] for t in tags] == ["B-CONTENT", "B-SOURCE", "I-CONTENT"]


def test_missing_and_empty_roles() -> None:
    assert encode_tags(offsets_of("a b"), [{}, {"cue": []}]).tolist() == [0, 0]
    assert encode_tags(offsets_of(""), [{"cue": [[0, 1]]}]).tolist() == []


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["O", "I-CUE", "O"], [("cue", "b")]),
        (["I-CUE", "I-CUE", "O"], [("cue", "a b")]),
        (["B-SOURCE", "I-CUE", "O"], [("source", "a"), ("cue", "b")]),
        (["B-SOURCE", "I-CUE", "I-SOURCE"], [("source", "a"), ("cue", "b"), ("source", "c")]),
        (["B-CUE", "O", "I-CUE"], [("cue", "a"), ("cue", "c")]),
        (["B-CUE", "B-CUE", "I-CUE"], [("cue", "a"), ("cue", "b c")]),
        (["O", "O", "O"], []),
        (["O", "O", "B-CONTENT"], [("content", "c")]),
    ],
)
def test_illegal_runs_are_repaired(names: list[str], expected: list[tuple[str, str]]) -> None:
    assert decoded(names, "a b c") == expected


def test_word_starts() -> None:
    text = "don't re-elect Mr42 . ."
    offsets = np.array(
        [[0, 3], [3, 4], [4, 5], [6, 8], [8, 9], [9, 11], [11, 14], [15, 17], [17, 19]]
    )
    assert word_starts(text, offsets).tolist() == [
        True, True, True, True, True, True, False, True, False,
    ]  # fmt: skip


def test_words_are_never_split() -> None:
    text = "Zelenskyy said"
    offsets = np.array([[0, 3], [3, 6], [6, 9], [10, 14]], dtype=np.int64)
    probabilities = one_hot(tag_ids("B-SOURCE", "O", "I-CUE", "B-CUE"))
    spans = decode_tags(probabilities, offsets, word_starts(text, offsets))
    assert all(s.start in (0, 10) and s.end in (9, 14) for s in spans)
    # Two pieces of three say that it is a source.
    probabilities = one_hot(tag_ids("B-SOURCE", "I-SOURCE", "O", "B-CUE"))
    spans = decode_tags(probabilities, offsets, word_starts(text, offsets))
    assert [(s.role, s.start, s.end) for s in spans] == [("source", 0, 9), ("cue", 10, 14)]


def test_nothing_to_decode() -> None:
    empty = np.zeros((0, 7), dtype=np.float32)
    offsets = np.zeros((0, 2), dtype=np.int64)
    assert decode_tags(empty, offsets, np.zeros(0, dtype=bool)) == []


@settings(deadline=None, max_examples=80)
@given(
    st.text(alphabet="ab'. 1é", min_size=1, max_size=40),
    st.integers(min_value=0, max_value=2**32 - 1),
)
def test_any_probabilities_decode_to_ordered_whole_words(text: str, seed: int) -> None:
    # Tokens of up to two characters, as pieces of words are.
    offsets = offsets_of(text, r"\w{1,2}|[^\w\s]")
    if not len(offsets):
        return
    probabilities = np.random.default_rng(seed).dirichlet(np.ones(7), len(offsets))
    spans = decode_tags(probabilities.astype(np.float32), offsets, word_starts(text, offsets))
    assert all(a.end <= b.start for a, b in pairwise(spans))
    for s in spans:
        assert s == TaggedSpan(s.role, s.start, s.end, s.probability)
        assert 0 <= s.probability <= 1
        for edge in (s.start, s.end):
            assert not (0 < edge < len(text) and text[edge - 1].isalnum() and text[edge].isalnum())


def test_weighing_prefers_sources_and_keeps_sums() -> None:
    p = np.full((2, len(TAGS)), 0.1, dtype=np.float32)
    p[:, 0] = 0.4
    weighed = Decoding(source_weight=3.0).weigh(p)
    assert weighed.sum(axis=1) == pytest.approx(1.0)
    assert weighed[0, TAGS.index("B-SOURCE")] == pytest.approx(3 * weighed[0, TAGS.index("B-CUE")])
    assert Decoding().weigh(p) == pytest.approx(p)
    tags = decode_tags(weighed, np.array([[0, 1], [2, 3]]), np.array([True, True]))
    assert [t.role for t in tags] == ["source"]


def test_a_change_of_role_has_a_price() -> None:
    # A content with one word in it that is a little likelier outside, and a cue of one word.
    names = ["O", "I-CONTENT", "O", "I-CONTENT", "O", "I-CUE", "O"]
    p = np.full((len(names), len(TAGS)), 0.02, dtype=np.float32)
    p[np.arange(len(names)), [TAGS.index(n) for n in names]] = 0.88
    p[2] = 0.02
    p[2, [TAGS.index("O"), TAGS.index("I-CONTENT")]] = 0.5, 0.4
    offsets = np.array([[2 * i, 2 * i + 1] for i in range(len(names))])
    begins = np.ones(len(names), dtype=bool)

    def roles(decoding: Decoding, breaks: list[int] | None = None) -> list[tuple[str, int, int]]:
        apart = np.isin(np.arange(len(names)), breaks or [])
        spans = decode_tags(p, offsets, begins, breaks=apart, decoding=decoding)
        return [(s.role, s.start, s.end) for s in spans]

    torn = [("content", 2, 3), ("content", 6, 7), ("cue", 10, 11)]
    assert roles(Decoding()) == torn
    assert roles(Decoding(content_change=0.2)) == [("content", 2, 7), ("cue", 10, 11)]
    # At the beginning of a paragraph it has none.
    assert roles(Decoding(content_change=0.2), [2, 3]) == torn
    assert roles(Decoding(change=9.0)) == []


@settings(deadline=None, max_examples=50)
@given(st.integers(min_value=0, max_value=2**32 - 1), st.sampled_from([0.0, 0.3, 1.0]))
def test_the_sequence_of_roles_is_the_likeliest(seed: int, change: float) -> None:
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.ones(len(TAGS)), 4).astype(np.float32)
    offsets = np.array([[2 * i, 2 * i + 1] for i in range(4)])
    decoding = Decoding(change=change, content_change=change)
    pooled = np.stack([p[:, 0], *(p[:, k] + p[:, k + 1] for k in (1, 3, 5))], axis=1)

    def cost(path: tuple[int, ...]) -> float:
        changes = sum(change + change * (3 in {a, b}) if a != b else 0.0 for a, b in pairwise(path))
        return changes - float(np.log(pooled[np.arange(4), path]).sum())

    best = min(product(range(4), repeat=4), key=cost)
    spans = decode_tags(p, offsets, np.ones(4, dtype=bool), decoding=decoding)
    found = [0] * 4
    for span in spans:
        for i in range(span.start // 2, (span.end + 1) // 2):
            found[i] = 1 + ROLES.index(span.role)
    assert found == list(best)
