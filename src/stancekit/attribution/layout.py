"""What the layout of an article says about its spans: datelines, paragraphs, appositions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from stancekit.attribution.quotes import QUOTE_PAIRS
from stancekit.attribution.tags import (
    Decoding,
    Floats,
    Offsets,
    TaggedSpan,
    decode_tags,
    word_starts,
)
from stancekit.datelines import find_datelines
from stancekit.types import Document

_OPENING_MARKS = frozenset(QUOTE_PAIRS)
_CLOSING_MARKS = frozenset("".join(QUOTE_PAIRS.values()))
_SENTENCE_END = (".", "!", "?", ":", *_CLOSING_MARKS)


def _paragraph_breaks(document: Document, offsets: Offsets) -> npt.NDArray[np.bool_]:
    """Whether a token begins a paragraph into which no span of the one before goes on.

    A quotation that is not closed goes on in the next paragraph if that opens with a mark again.
    Where no line is empty, a paragraph may be a line that was cut at some width.
    """
    text = document.text
    breaks = np.zeros(len(offsets), dtype=bool)
    begins = []
    for number, (before, here) in enumerate(pairwise(document.paragraphs)):
        first, last = text[here.start], text[before.end - 1]
        cut = "\n" not in text[before.end : here.start].replace("\n", "", 1)
        if cut and number > 0 and not text[: before.end].endswith(_SENTENCE_END):
            continue
        if first.islower() or (first in _OPENING_MARKS and last not in _CLOSING_MARKS):
            continue
        begins.append(here.start)
    at = np.searchsorted(offsets[:, 0], begins, side="left")
    breaks[at[at < len(offsets)]] = True
    return breaks


# What stands between a name and the end of what is said of it: ", a baker from", ", who runs the".
_APPOSITION = re.compile(
    r",\s+(?:(?:a|an|the|who|whose|now|also|then|formerly)\b[^“”\"‘«»:;.!?\n]{0,60})?"
)
_BEGINS_ONE = re.compile(r"(?:a|an|the|who|which|whose|now|also|then|formerly)\b|\d{1,2}$")
# A source that is inside one, and what the tagger left out of it: "who has | seen | the | list".
_WITHIN_ONE = re.compile(r",\s+(?:a|an|the|who|which|whose)\b[^,;:“”\"«»]*$")
_LEFT_OUT = re.compile(r"\s(?:[\w’'-]+\s){0,3}")
# Whom these stand before is another one than the speaker: "asked by Ann Roe, a spokesman said".
_OTHER = re.compile(r"\b(?:by|to|with|unlike|like|from|of|about|against|for|told)\s+$", re.I)


def _with_whole_sources(document: Document, spans: Sequence[TaggedSpan]) -> list[TaggedSpan]:
    """The spans, with sources in one piece that the tagger tore at an apposition.

    Of "Ann Roe, a baker from Olm, said" it may tag "Ann Roe" and "Olm", and the cue then
    finds the nearer one.
    """
    text = document.text
    joined: list[TaggedSpan] = []
    for k, span in enumerate(spans):
        before = joined[-1] if joined else None
        after = spans[k + 1] if k + 1 < len(spans) else None
        # "Ann Roe, who said no": there the relative pronoun is the source.
        alone = text[span.start : span.end].lower() in {"who", "which"} and not (
            after and after.role == "source" and _LEFT_OUT.fullmatch(text, span.end, after.start)
        )
        if (
            before is not None
            and not alone
            and before.role == span.role == "source"
            and not text[span.start].isupper()
            and (
                (
                    (gap := _APPOSITION.fullmatch(text, before.end, span.start))
                    and (gap[0].strip() != "," or _BEGINS_ONE.match(text, span.start, span.end))
                )
                or (
                    _LEFT_OUT.fullmatch(text, before.end, span.start)
                    and _WITHIN_ONE.search(text[before.start : before.end])
                )
            )
            and not _OTHER.search(text[max(0, before.start - 12) : before.start])
            and not (len(joined) > 1 and joined[-2].role == "cue" and _touch(text, joined[-2:]))
        ):
            joined[-1] = _spanning(before, span)
        else:
            joined.append(span)
    return joined


def _touch(text: str, spans: Sequence[TaggedSpan]) -> bool:
    """Whether nothing but a space stands between two spans."""
    return not text[spans[0].end : spans[1].start].strip()


def _spanning(a: TaggedSpan, b: TaggedSpan) -> TaggedSpan:
    """Both and what is between; probabilities weigh by length."""
    sizes = (a.end - a.start, b.end - b.start)
    mean = (a.probability * sizes[0] + b.probability * sizes[1]) / sum(sizes)
    return replace(a, end=b.end, probability=mean)


# A source does not end here.
_ARTICLES = frozenset("the a an his her their its".split())
_PREPOSITIONS = frozenset("of for in at from by with and or both".split())
_FEW_WORDS = re.compile(
    r" (?!(?:later|also|then|now|once|ha[sd]|have|is|was|were|are)\b)[\w’' -]{2,40}"
)


def _with_their_nouns(document: Document, spans: Sequence[TaggedSpan]) -> list[TaggedSpan]:
    """The spans, with sources that stop at "the" or "officials in both" going on to their cue."""
    text = document.text
    found = list(spans)
    for k, (span, after) in enumerate(pairwise(spans)):
        if span.role != "source" or after.role != "cue":
            continue
        words = text[max(span.start, span.end - 30) : span.end].lower().split()
        if not words or not (
            words[-1] in _ARTICLES or (len(words) > 1 and words[-1] in _PREPOSITIONS)
        ):
            continue
        gap = text[span.end : min(after.start, span.end + 50)].rstrip(" ")
        if _FEW_WORDS.fullmatch(gap):
            found[k] = replace(span, end=span.end + len(gap))
    return found


_AUXILIARIES = re.compile(
    r"(?:\s(?:would|will|could|can|should|shall|may|might|must|ha[sd]|have|did|does|do|is|was|are|were))+$"
)
# "The cheque, an EU diplomat | said": an apposition would have a comma before the cue, too.
_ANOTHER = re.compile(
    r"(?:The|This|That|These|Those|An?)\s[a-z][^,A-Z]*,\s(?=(?:an?|one|two|some)\s[^,]+$)"
)


def _with_their_own_words(document: Document, spans: Sequence[TaggedSpan]) -> list[TaggedSpan]:
    """The spans, with sources that neither begin before the speaker nor end in the cue's verb."""
    text = document.text
    found = list(spans)
    for k, (span, after) in enumerate(pairwise(spans)):
        if span.role != "source" or after.role != "cue" or text[span.end : after.start].strip(" "):
            continue
        source = text[span.start : span.end]
        verb = _AUXILIARIES.search(source)
        if verb is not None:
            # "The growers at the gate would | not accept"
            found[k] = replace(span, end=span.start + verb.start())
            found[k + 1] = replace(after, start=span.start + verb.start() + 1)
            source = source[: verb.start()]
        other = _ANOTHER.match(source)
        if other is not None and " and " not in source:
            found[k] = replace(found[k], start=span.start + other.end())
    return found


# What is said of a source before its cue, or after a cue and it: "Ann Roe, who runs the bakery".
_CLAUSE = re.compile(r"(?:,\s\d{1,3})?,\s(?:who|whose|which)\s[^“”\"«»:;.!?\n,]{3,120}")


def _with_their_clauses(document: Document, spans: Sequence[TaggedSpan]) -> list[TaggedSpan]:
    """The spans, with sources that go on over the relative clause about them.

    As annotators mark them, where the clause holds no statement of its own and the cue follows
    it, or stands before the source.
    """
    text = document.text
    found = list(spans)
    for k, span in enumerate(spans):
        if span.role != "source":
            continue
        clause = _CLAUSE.match(text, span.end)
        if clause is None:
            continue
        after = spans[k + 1] if k + 1 < len(spans) else None
        if after is not None and after.start < clause.end():
            continue
        before = spans[k - 1] if k else None
        led = before is not None and before.role == "cue" and _touch(text, [before, span])
        leads = (
            after is not None
            and after.role == "cue"
            and text[clause.end() : after.start].strip() == ","
        )
        if leads or (led and text[clause.end() : clause.end() + 1] in {".", ",", ""}):
            found[k] = replace(span, end=clause.end())
    return found


def decode_document(
    document: Document,
    probabilities: Floats,
    offsets: Offsets,
    decoding: Decoding | None = None,
) -> list[TaggedSpan]:
    """A document's spans from the tag probabilities of its tokens.

    No span reaches into a dateline, or over the end of a paragraph, save a quotation that the next
    one opens again, and lines that were cut at some width.

    Args:
        document: The document.
        probabilities: ``(n, 7)`` in the order of `TAGS`.
        offsets: ``(n, 2)`` characters.
        decoding: How spans are read off them.

    Returns:
        Spans in text order.
    """
    decoding = decoding or Decoding()
    probabilities = decoding.weigh(probabilities)
    datelines = find_datelines(document)
    if datelines:
        for span in datelines:
            first = int(np.searchsorted(offsets[:, 1], span.start, side="right"))
            last = int(np.searchsorted(offsets[:, 0], span.end, side="left"))
            probabilities[first:last] = np.eye(1, probabilities.shape[1], dtype=np.float32)
    spans = decode_tags(
        probabilities,
        offsets,
        word_starts(document.text, offsets),
        breaks=_paragraph_breaks(document, offsets),
        decoding=decoding,
    )
    whole = _with_whole_sources(document, _with_their_nouns(document, spans))
    return _with_their_clauses(document, _with_their_own_words(document, whole))
