"""Where contents begin and end: whole, with whom they urge, and without the mark after them."""

from __future__ import annotations

import re
from dataclasses import replace

from stancekit.attribution.layers import Draft, sentence_at
from stancekit.attribution.quotes import QUOTE_PAIRS
from stancekit.types import Document, Span

_AFTER = ",; "
# "urged | the farmers | to open a lane": whom somebody urges is part of what they want.
_URGES = re.compile(r"\b(?:urg(?:es?|ed|ing)|accus(?:es?|ed|ing)|wants?|wanted)$", re.I)
_WHOM = re.compile(r"\s(?!(?:by|on|in|that|very)\b)(?:(?!and\b)[\w’'.&-]+\s){1,6}$")


# What a parenthesis with its source stands in: "The pier, | Roe said, | would leak".
_VERB_FIRST = re.compile(
    r"(?:would|will|could|can|should|shall|may|might|must|ha[sd]|have|is|was|are|were|do|does|did)\b"
)
_NO_SUBJECT = re.compile(
    r"(?:However|But|Still|Asked|Speaking|Nevertheless|Yet|And|So|Meanwhile|Instead)\b"
)
# "It leaks in the U.S.": that full stop is not the sentence's.
_ABBREVIATED = re.compile(r"\b(?:\w\.)+$|\b(?:Inc|Ltd|Co|Corp|Jr|Sr|etc)\.$")
_MOST_FRONT = 90  # characters


def _with_front(document: Document, draft: Draft, contents: tuple[Span, ...]) -> tuple[Span, ...]:
    """Contents with the subject that stands before "Roe said" in the middle of a clause."""
    source, cue, first = draft.source, draft.cue, contents[0]
    if source is None or cue is None or not source.end <= cue.start < first.start:
        return contents
    if not _VERB_FIRST.match(first.text):
        return contents
    text = document.text
    low = sentence_at(document, source.start).start
    before = text[low : source.start]
    relative = re.search(r"\b(?:which|that|who)\s$", before)
    if relative is not None:
        start = low + relative.start()
        return (document.span(start, start + len(relative[0]) - 1), *contents)
    aside = text[cue.end : first.start].endswith(", ") and before.endswith(", ")
    front = before.rstrip(", ")
    if not aside or not front or len(front) > _MOST_FRONT or any(c in front for c in ',;:“”"‘'):
        return contents
    return (document.span(low, low + len(front)), *contents)


def bounded(document: Document, draft: Draft, *, is_turn: bool) -> Draft:
    """A draft with contents that begin and end where annotators let them.

    Args:
        document: Where the spans are.
        draft: With contents in text order.
        is_turn: Whether it is a turn of a transcript, which keeps its full stop.
    """
    contents = _joined(document, draft.contents)
    contents = (_with_whom(document, draft, contents[0]), *contents[1:])
    contents = _with_front(document, draft, contents)
    marks = _AFTER if is_turn or contents[0].text[0] in QUOTE_PAIRS else _AFTER + "."
    last = contents[-1]
    stripped = last.text.rstrip(marks)
    kept = last.text.endswith("..") or _ABBREVIATED.search(last.text.rstrip(_AFTER))
    if stripped and stripped != last.text and not kept:
        contents = (*contents[:-1], document.span(last.start, last.start + len(stripped)))
    return replace(draft, contents=contents)


def _joined(document: Document, contents: tuple[Span, ...]) -> tuple[Span, ...]:
    """Contents with no more than a space between them as one."""
    joined = [contents[0]]
    for span in contents[1:]:
        if document.text[joined[-1].end : span.start] in {"", " "}:
            joined[-1] = document.span(joined[-1].start, span.end)
        else:
            joined.append(span)
    return tuple(joined)


def _with_whom(document: Document, draft: Draft, content: Span) -> Span:
    """A content "to open a lane" with the people who are urged to."""
    cue, source = draft.cue, draft.source
    if cue is None or not _URGES.search(cue.text) or not content.text.startswith(("to ", "of ")):
        return content
    gap = document.text[cue.end : content.start]
    whom = _WHOM.fullmatch(gap) if len(gap) < 80 else None
    if whom is None or (source is not None and cue.end < source.end <= content.start):
        return content
    return document.span(cue.end + 1, content.end)
