"""Any Unicode text is read without an error, and every span slices back to it."""

from __future__ import annotations

import json
import time
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stancekit import Report
from stancekit.attribution.quotes import find_quotes, quoted_share
from stancekit.testing import fake_pipeline
from stancekit.text import read_document

PIPELINE = fake_pipeline(targets=["a tax"], any_language=True)

# Any code point at all, lone surrogates included, and texts made of what news is made of.
CHARACTERS = st.text(st.characters(exclude_categories=()), max_size=80)
PIECES = st.lists(
    st.sampled_from(
        [
            *("Roe", "Ann Roe", "she", "they", "Both leaders", "said", "wants", "a tax", "that"),
            *('"', "“", "”", "‘", "’", "'", "«", "»", "‹", "›", "„", "‚", "「", "」", "『", "』"),
            *(".", ",", ":", "?", "…", "—", "\n", "\n\n", "\r", "\r\n", "\x85", "\u2028", "\v"),
            *("Mr.", "U.S.", "\u00a0", "\u200b", "\u200d", "\ufeff", "\u202e", "é", "e\u0301"),
            *(
                "\ud800",
                "\x00",
                "\x1b",
                "ﷺ",
                "İ",
                "ß",
                "1",
                "🙂",
                "👩‍👧",
                "قال",
                "אמר",
                "说",
                "<b>",
            ),
            *("the", "'s", "of", "and", "(", ")", "{speaker}"),
        ]
    ),
    max_size=40,
).flatmap(lambda pieces: st.sampled_from(["", " "]).map(lambda s: s.join(pieces)))
TEXTS = CHARACTERS | PIECES


def check(text: str, report: Report) -> None:
    for statement in report.statements:
        assert statement.contents
        spans = sorted(statement.spans)
        assert all(text[s.start : s.end] == s.text != "" for s in spans)
        assert all(0 <= s.start < s.end <= len(text) for s in spans)
        assert not any(a.overlaps(b) for a, b in pairwise(spans))
    for speaker in report.speakers:
        assert all(text[m.start : m.end] == m.text for m in speaker.mentions)
    json.loads(report.to_json())
    assert report.to_html()


@settings(deadline=None, max_examples=150)
@given(TEXTS)
def test_documents(text: str) -> None:
    document = read_document(text)
    assert document.text == text
    quotes = find_quotes(document).spans
    for span in (*document.paragraphs, *document.sentences, *quotes):
        assert text[span.start : span.end] == span.text != ""
    assert all(a.end <= b.start for a, b in pairwise(quotes))
    letters = {i for i, c in enumerate(text) if not c.isspace()}
    covered = {i for s in document.sentences for i in range(s.start, s.end)}
    assert letters <= covered


@settings(deadline=None, max_examples=100)
@example("x “y", 3, 3)
@given(TEXTS, st.integers(0, 80), st.integers(0, 80))
def test_quotations_within_a_range(text: str, start: int, end: int) -> None:
    quotes = find_quotes(read_document(text))
    expected = [q for q in quotes.spans if q.start < end and start < q.end]
    assert list(quotes.within(start, end)) == (expected if start < end else [])


@settings(deadline=None, max_examples=100)
@given(TEXTS)
@example("Roe said \ud800 no.")
def test_the_pipeline(text: str) -> None:
    report = PIPELINE.run(text)
    check(text, report)
    assert report.to_json() == PIPELINE.run(text).to_json()


@settings(deadline=None, max_examples=30)
@given(st.lists(TEXTS, max_size=6), st.integers(1, 7))
def test_neighbours_change_nothing(texts: list[str], batch_size: int) -> None:
    together = PIPELINE.run_many(texts, batch_size=batch_size)
    assert [r.to_json() for r in together] == [PIPELINE.run(text).to_json() for text in texts]


ODD = {
    "one word": "no",
    "one mark": "“",
    "only marks": "“”„‟«»‹›「」『』\"'‘’‚" * 20,
    "opened only": '“„«「『"' * 500,
    "closed only": "”»」』" * 500,
    "nested ever deeper": "“‘" * 2000 + "Roe said no" + "’”" * 2000,
    "NUL bytes": "Roe said\x00 that \x00\x00 he wants a tax.\x00",
    "control characters": "".join(map(chr, range(32))) + " Roe said no. " + "\x7f\x80\x9f",
    "zero width": "R\u200boe\u200d sa\u2060id\ufeff that\u200b he wants a tax.",
    "emoji": "🙂 Roe said “👩‍👩‍👧 no 🇺🇦” 👍🏽.",
    "right to left": "قال الوزير: «لا». \u202eRoe said “לא, תודה”.\u202c",
    "lone surrogates": "\udfff Roe said \ud800 that “\udc00” is a tax. \ud83d",
    "mixed line ends": "Roe said no.\r\nShe said yes.\r\n\rThey did.\n\r\nHe did.\x85Roe.\u2029",
    "combining only": "\u0301" * 300,
    "a word that never ends": "said" * 5000,
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_odd_texts(text: str) -> None:
    check(text, PIPELINE.run(text))


def test_a_megabyte_in_one_line() -> None:
    text = "“We want a tax,” Roe said. She said it was good and that it would come soon. " * 13_000
    assert len(text) > 1_000_000
    report = PIPELINE.run(text)
    assert report.statements[-1].end > len(text) - 100
    assert len(report.statements) == 2 * 13_000


def test_many_quotations_are_looked_up_in_no_more_than_linear_time() -> None:
    """Going through all quotations for each would take minutes."""
    document = read_document("“no” " * 30_000)
    quotes = find_quotes(document)
    started = time.process_time()
    assert all(quoted_share(quotes, (q,)) == 1 for q in quotes.spans)
    assert time.process_time() - started < 20
