"""What the layout of an article says about its spans: datelines and paragraphs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from stancekit.attribution.tags import Floats, Offsets, TaggedSpan, decode_tags, word_starts
from stancekit.types import Document, Span

# "OSLO (Norwire) — ", "Kingston, 4 March (Wire) - ", "LAKE CITY, Fla. — ". A place in capitals may
# stand without the agency, another one may not.
_PLACE = r"[A-Z\u00c0-\u017d][\w.'’-]*"
_AGENCY = r"\([A-Z][^()\n]{1,30}\)"
_MORE = r"(?:,\ [^\n()—–―:;!?“”\"]{1,40}?)?"
_DASH = r"\ ?(?:[—–―]|--|-(?=\s))"
_WITH_AGENCY = re.compile(rf"{_PLACE}(?:[ /]{_PLACE}){{0,3}}{_MORE}\ {_AGENCY}{_DASH}")
_CAPITALS = r"[A-Z\u00c0-\u00de](?:[A-Z\u00c0-\u00de'’-]|\.(?=\ ?[A-Z]))+"
_BARE = re.compile(rf"{_CAPITALS}(?:[ /]{_CAPITALS}){{0,3}}{_MORE}{_DASH}(?=\s*\w)")
# A bare one stands at the top. Further down, or more than once, names in capitals with a dash are
# those of speakers in a transcript.
_TOP = 3

_OPENING_MARKS = "“„«‹‘‚\"'「『"


def find_datelines(document: Document) -> tuple[Span, ...]:
    """Where paragraphs begin with the place of the report, with the dash after it."""
    signed, bare = [], []
    for number, paragraph in enumerate(document.paragraphs):
        begin, end = paragraph.start, paragraph.end
        if match := _WITH_AGENCY.match(document.text, begin, end):
            signed.append(document.span(*match.span()))
        elif match := _BARE.match(document.text, begin, end):
            bare.append((number, document.span(*match.span())))
    if len(bare) == 1 and bare[0][0] < _TOP:
        signed.append(bare[0][1])
    return tuple(sorted(signed, key=lambda span: span.start))


def _paragraph_breaks(document: Document, offsets: Offsets) -> npt.NDArray[np.bool_]:
    """Whether a token begins a paragraph into which no span of the one before goes on.

    A quotation goes on in the next paragraph if that opens with a mark again, and a line
    that begins with a small letter goes on with the one before.
    """
    breaks = np.zeros(len(offsets), dtype=bool)
    begins = [
        p.start
        for p in document.paragraphs
        if p.text[0] not in _OPENING_MARKS and not p.text[0].islower()
    ]
    at = np.searchsorted(offsets[:, 0], begins, side="left")
    breaks[at[at < len(offsets)]] = True
    return breaks


# What stands between a name and the end of what is said of it: ", a baker from", ", who runs the".
_INSIDE = re.compile(r",[^“”\"‘«»:;.!?\n]{0,60}")
# These begin a source of their own.
_OWN = frozenset(
    "who which whose whom that he she it they i we you both one some many most others neither "
    "his her their its my our".split()
)


def _with_whole_sources(document: Document, spans: Sequence[TaggedSpan]) -> list[TaggedSpan]:
    """The spans, with sources in one piece that the tagger tore at an apposition.

    Of "Ann Roe, a baker from Olm, said" it may tag "Ann Roe" and "Olm", and the cue then
    finds the nearer one.
    """
    joined: list[TaggedSpan] = []
    for span in spans:
        before = joined[-1] if joined else None
        if (
            before is not None
            and before.role == span.role == "source"
            and _own_word(document, before) not in _OWN
            and _own_word(document, span) not in _OWN
            and document.text[span.start].islower()
            and _INSIDE.fullmatch(document.text, before.end, span.start)
        ):
            probability = (before.probability + span.probability) / 2
            joined[-1] = replace(before, end=span.end, probability=probability)
        else:
            joined.append(span)
    return joined


_FEW_WORDS = re.compile(r"\s[\w’' -]{2,40}?\s?")
_BEFORE_A_NOUN = frozenset(
    "the a an his her their its this that these those some two one both of for in at from by "
    "with and or".split()
)


def _with_their_nouns(document: Document, spans: Sequence[TaggedSpan]) -> list[TaggedSpan]:
    """The spans, with sources that stop at "the" or "officials in both" going on to their cue."""
    found = list(spans)
    for k, (span, after) in enumerate(pairwise(spans)):
        last = document.text[span.start : span.end].split()[-1].lower()
        if span.role == "source" and after.role == "cue" and last in _BEFORE_A_NOUN:
            gap = document.text[span.end : after.start]
            if _FEW_WORDS.fullmatch(gap):
                found[k] = replace(span, end=span.end + len(gap.rstrip()))
    return found


def _own_word(document: Document, span: TaggedSpan) -> str:
    return re.split(r"\W", document.text[span.start : span.end], maxsplit=1)[0].lower()


def decode_document(
    document: Document, probabilities: Floats, offsets: Offsets
) -> list[TaggedSpan]:
    """A document's spans from the tag probabilities of its tokens.

    No span reaches into a dateline, or over the end of a paragraph unless the next one
    opens with a quotation mark.

    Args:
        document: The document.
        probabilities: ``(n, 7)`` in the order of `TAGS`, weighed.
        offsets: ``(n, 2)`` characters.

    Returns:
        Spans in text order.
    """
    datelines = find_datelines(document)
    if datelines:
        probabilities = probabilities.copy()
        for span in datelines:
            inside = (offsets[:, 1] > span.start) & (offsets[:, 0] < span.end)
            probabilities[inside] = np.eye(1, probabilities.shape[1], dtype=np.float32)
    spans = decode_tags(
        probabilities,
        offsets,
        word_starts(document.text, offsets),
        breaks=_paragraph_breaks(document, offsets),
    )
    return _with_whole_sources(document, _with_their_nouns(document, spans))
