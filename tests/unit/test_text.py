"""Paragraphs and sentences, and that every span slices back."""

from __future__ import annotations

import time

import pytest

from stancekit.text import read_document, split_paragraphs, split_sentences


def sentences(text: str) -> list[str]:
    return [s.text for s in split_sentences(text)]


def test_blank_lines_part_paragraphs() -> None:
    text = "One line.\nStill one.\n\nTwo.\r\n\r\nThree.\n \u00a0\n\nFour."
    assert [p.text for p in split_paragraphs(text)] == [
        "One line.\nStill one.",
        "Two.",
        "Three.",
        "Four.",
    ]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", "\u2028", "\u2029", "\x0b", "\x85"])
def test_without_blank_lines_every_line_is_a_paragraph(line_end: str) -> None:
    text = line_end.join(["One.", "Two.", "Three."])
    assert [p.text for p in split_paragraphs(text)] == ["One.", "Two.", "Three."]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_wrapped_lines_are_one_paragraph(line_end: str) -> None:
    text = line_end.join(["One", "goes on.", "", "Two", "goes on."])
    found = [" ".join(p.text.split()) for p in split_paragraphs(text)]
    assert found == ["One goes on.", "Two goes on."]


def test_blank_lines_at_the_ends_do_not_count() -> None:
    assert [p.text for p in split_paragraphs("\n\nOne.\nTwo.\n\n")] == ["One.", "Two."]


@pytest.mark.parametrize("text", ["", " ", "\n\n\n", "\t\u00a0\r\n"])
def test_no_text_no_spans(text: str) -> None:
    document = read_document(text, id="x")
    assert document.paragraphs == ()
    assert document.sentences == ()
    assert document.text == text
    assert document.id == "x"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He left. She stayed.", ["He left.", "She stayed."]),
        ("Mr. Roe met Dr. Diaz. They spoke.", ["Mr. Roe met Dr. Diaz.", "They spoke."]),
        ("J. R. Roe spoke. All heard.", ["J. R. Roe spoke.", "All heard."]),
        ("The U.S. Senate voted. It passed.", ["The U.S. Senate voted.", "It passed."]),
        ("It rose 3.5 percent. Then it fell.", ["It rose 3.5 percent.", "Then it fell."]),
        ("“Why?” he asked. “No!” she said.", ["“Why?” he asked.", "“No!” she said."]),
        ('"It is over." Diaz left.', ['"It is over."', "Diaz left."]),
        ("Wait… what? Yes.", ["Wait… what?", "Yes."]),
        ("It ended... Nobody came.", ["It ended...", "Nobody came."]),
        ("So did I. Then we left.", ["So did I.", "Then we left."]),
        ("No stop at the end", ["No stop at the end"]),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_sentences_between_two_positions() -> None:
    text = "One. Two. Three."
    assert [(s.start, s.end, s.text) for s in split_sentences(text, 5, 9)] == [(5, 9, "Two.")]


def test_every_span_slices_back_and_sentences_stay_in_paragraphs() -> None:
    text = "  First. Second “one.” Third.\r\n\r\n\tFourth; 🙂 fifth. Sixth!\n\n"
    document = read_document(text)
    for span in (*document.paragraphs, *document.sentences):
        assert text[span.start : span.end] == span.text == span.text.strip()
    for sentence in document.sentences:
        assert sum(p.contains(sentence) for p in document.paragraphs) == 1


@pytest.mark.parametrize("rubbish", [".", "!?", '."', " '", "\n", ". ", "a.b"])
def test_rubbish_is_read_in_linear_time(rubbish: str) -> None:
    began = time.process_time()
    read_document(rubbish * 30_000)
    assert time.process_time() - began < 5
