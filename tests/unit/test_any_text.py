"""Any Unicode text is read without an error, and every span slices back to it."""

from __future__ import annotations

import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from stancekit.attribution.quotes import find_quotes
from stancekit.testing import fake_pipeline
from stancekit.text import read_document

PIPELINE = fake_pipeline(targets=["a tax"])

# Any code point at all, lone surrogates included, and texts made of what news is made of.
CHARACTERS = st.text(st.characters(exclude_categories=()), max_size=80)
PIECES = st.lists(
    st.sampled_from(
        [
            *("Roe", "Ann Roe", "she", "they", "Both leaders", "said", "wants", "a tax", "that"),
            *('"', "“", "”", "‘", "’", "'", "«", "»", ".", ",", ":", "?", "…", "—", "\n", "\n\n"),
            *("Mr.", "U.S.", "\r\n", "\u2028", "\u00a0", "\u200b", "\ufeff", "é", "e\u0301", "🙂"),
            *("\ud800", "\x00", "ﷺ", "İ", "ß", "1", "the", "'s", "of", "and", "(", ")"),
        ]
    ),
    max_size=40,
).flatmap(lambda pieces: st.sampled_from(["", " "]).map(lambda s: s.join(pieces)))
TEXTS = CHARACTERS | PIECES


@settings(deadline=None, max_examples=150)
@given(TEXTS)
def test_documents(text: str) -> None:
    document = read_document(text)
    assert document.text == text
    for span in (*document.paragraphs, *document.sentences, *find_quotes(document).spans):
        assert text[span.start : span.end] == span.text != ""
    letters = {i for i, c in enumerate(text) if not c.isspace()}
    covered = {i for s in document.sentences for i in range(s.start, s.end)}
    assert letters <= covered


@settings(deadline=None, max_examples=100)
@given(TEXTS)
@example("Roe said \ud800 no.")
def test_the_pipeline(text: str) -> None:
    report = PIPELINE.run(text)
    for statement in report.statements:
        assert all(text[s.start : s.end] == s.text for s in statement.spans)
        assert 0 <= statement.start < statement.end <= len(text)
    for speaker in report.speakers:
        assert all(text[m.start : m.end] == m.text for m in speaker.mentions)
    json.loads(report.to_json())
    assert report.to_html()
