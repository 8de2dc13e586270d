"""What looks like a statement and is none: nobody says it, or nothing that can speak."""

from __future__ import annotations

import re

from stancekit.attribution.layers import Draft, sentence_at
from stancekit.attribution.quotes import QUOTE_PAIRS
from stancekit.types import Document, Span

# "Nobody here would call it “a nice place”": up to the mark, in one clause.
_NOBODY = re.compile(
    r"(?:^|[,;:]\s|\b(?:what|that|and|but)\s)"
    r"(?:nobody|no\sone|no\s[^,;:.“”‘\"]{2,60}?|none\sof\s[^,;:.“”‘\"]{2,40}?)\s"
    r"(?:[^,;:.“”‘\"]{0,60}\s)?"
    r"(?:would|will|can|could|ever|is\sgoing\sto|has|have|wants\sto|goes|says|said)\b[^;:.“”‘\"]*$",
    re.I,
)
# What shows or tells without a mind of its own.
_MUTE = frozenset(
    "act acts calendar clock constitution experience gravity history law laws logic mirror rules "
    "scoreboard statute thermometer thermostat".split()
)
_SILENT_CUE = re.compile(r"(?:says?|said)\snothing|(?:is|are|was|were)\ssilent", re.I)
_PAPERS = frozenset("agreement bill contract deal draft motion order orders plan treaty".split())
_HEAD_ENDS = re.compile(r",|\s(?:of|for|in|at|from|by|on|over|outside|that|which|who|with)\s")


def speaks(document: Document, draft: Draft) -> bool:
    """Whether somebody says what a draft holds."""
    content = draft.contents[0]
    if content.text[0] in QUOTE_PAIRS:
        sentence = sentence_at(document, content.start).start
        before = _NOBODY.search(document.text[sentence : content.start])
        inside = draft.source is None or sentence <= draft.source.start < content.start
        return before is None or not inside
    if draft.source is None or draft.cue is None:
        return True
    head = _head_of(draft.source)
    return head not in _MUTE and not (head in _PAPERS and _SILENT_CUE.search(draft.cue.text))


def _head_of(source: Span) -> str:
    """The noun that a source is about, small: "act" of "the Act of 1951"."""
    words = re.findall(r"[^\W\d_]+", _HEAD_ENDS.split(source.text, maxsplit=1)[0])
    return words[-1].lower() if words else ""
