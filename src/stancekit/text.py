"""From a string to a `Document`: paragraphs and sentences, with offsets.

Nothing is normalised: every span slices back to the text that the user gave.
"""

from __future__ import annotations

import re

from stancekit.types import Document, Span

# A paragraph ends at a blank line. Articles with one line a paragraph are
# common too, so where a text has no blank line at all, every line is one.
_END = r"(?:\r\n|\r(?!\n)|\n)"  # or "\r\n" would be two
_BLANK_LINE = re.compile(_END + r"[ \t\u00a0\u200b]*" + _END + r"\s*")
_LINE = re.compile(r"(?:\r\n|\r|\n|\u2028|\u2029|\x0b|\x0c|\x85)+")

_OPENERS = "\"'“‘«‹„‚(["
_CLOSERS = "\"'”’»›)]"
_BOUNDARY = re.compile(
    # The look-behind lets a run of marks match as a whole only, in linear time.
    rf"(?<![.!?…。！？])[.!?…。！？]++[{re.escape(_CLOSERS)}]*(?=\s+[{re.escape(_OPENERS)}—–-]*\S)"
)
# Abbreviations after which a full stop rarely ends a sentence in English news.
_ABBREVIATIONS = frozenset(
    "mr mrs ms mx dr prof rev hon sen rep gov gen col lt sgt capt cmdr adm maj pres supt insp "
    "st mt ft no vs etc inc ltd co corp dept univ assn bros jr sr ph.d e.g i.e a.m p.m approx "
    "jan feb mar apr jun jul aug sep sept oct nov dec u.s u.k u.n e.u d.c art fig vol pp al "
    "messrs".split()
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_LAST_WORD = re.compile(r"([^\W\d_][\w.]*)\.$")


def _trimmed(text: str, start: int, end: int) -> Span | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end, text[start:end]) if end > start else None


def _pieces(text: str, start: int, end: int, separator: re.Pattern[str]) -> list[Span]:
    spans = []
    position = start
    for match in separator.finditer(text, start, end):
        spans.append(_trimmed(text, position, match.start()))
        position = match.end()
    spans.append(_trimmed(text, position, end))
    return [span for span in spans if span is not None]


def split_paragraphs(text: str) -> tuple[Span, ...]:
    """Paragraphs in text order: parted by blank lines, or by lines where there are none."""
    separator = _BLANK_LINE if _BLANK_LINE.search(text.strip()) else _LINE
    return tuple(_pieces(text, 0, len(text), separator))


def _ends_sentence(text: str, start: int, match: re.Match[str]) -> bool:
    mark = match.group()
    following = text[match.end() : match.end() + 40].lstrip()
    next_letter = following.lstrip(_OPENERS + "—–-")[:1]
    if next_letter.islower():
        # "Why?" he asked. / "No!" she said: the sentence goes on.
        return False
    if mark == ".":
        before = text[max(start, match.start() - 20) : match.start() + 1]
        word = _LAST_WORD.search(before)
        if word:
            stem = word.group(1).lower()
            if stem in _ABBREVIATIONS or (len(stem) == 1 and stem.isalpha() and stem != "i"):
                return False
    return True


def split_sentences(text: str, start: int = 0, end: int | None = None) -> tuple[Span, ...]:
    """Sentences between two positions, in text order. A heuristic for English news."""
    end = len(text) if end is None else end
    spans = []
    position = start
    for match in _BOUNDARY.finditer(text, start, end):
        if match.end() >= end or not _ends_sentence(text, position, match):
            continue
        spans.append(_trimmed(text, position, match.end()))
        position = match.end()
    spans.append(_trimmed(text, position, end))
    return tuple(span for span in spans if span is not None)


def read_document(text: str, *, id: str = "", date: str = "", language: str = "") -> Document:
    """Splits a text into paragraphs and sentences.

    Args:
        text: Any string, also an empty one.
        id: A name for the document, kept in reports.
        date: When it appeared, as ISO 8601, kept in reports.
        language: Its language as an ISO 639 code, kept in reports.
    """
    paragraphs = split_paragraphs(text)
    sentences = tuple(s for p in paragraphs for s in split_sentences(text, p.start, p.end))
    return Document(
        text=text,
        id=id,
        date=date,
        language=language,
        paragraphs=paragraphs,
        sentences=sentences,
    )


def encodable(text: str) -> str:
    """The text without lone surrogates, which tokenizers refuse; as long as it was."""
    return _SURROGATE.sub("\ufffd", text)
