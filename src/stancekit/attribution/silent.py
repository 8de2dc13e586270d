"""What looks like a statement and is none: nobody says it, or nothing that can speak."""

from __future__ import annotations

import re

from stancekit.attribution.layers import Draft, sentence_at
from stancekit.attribution.quotes import QUOTE_PAIRS
from stancekit.types import Document

# "Nobody here would call it “a nice place”": up to the mark, in one clause.
_NOBODY = re.compile(
    r"(?:^|,\s|\b(?:what|that|and|but)\s)"
    r"(?P<nobody>nobody|no\sone"
    r"|no\s(?!\d|doubt\b|wonder\b|sooner\b|matter\b|(?:fewer|less|more)\sthan\b)[^,]{2,60}?"
    r"|none\sof\s[^,]{2,40}?)\s"
    r"(?:[^,]{0,60}\s)?"
    r"(?:would|will|can|could|ever|is\sgoing\sto|has|have|wants\sto|goes|says|said|calls|called)\b[^,]*$",
    re.I,
)
_CLAUSE_END = re.compile(r"[;:.“”‘\"]\s*")
_REACH = 250
# What shows or tells without a mind of its own: alone, or after a determiner.
_ALONE = frozenset("experience history".split())
_MUTE = frozenset("act clock constitution law laws rules statute".split())
_SILENT_CUE = re.compile(r"(?:says?|said)\snothing|(?:is|are|was|were)\ssilent", re.I)
_PAPERS = frozenset("agreement bill contract deal draft motion order orders plan treaty".split())
_DETERMINERS = frozenset("a an her his its our that the their these this those".split())
_HEAD_ENDS = re.compile(r",|\s(?:of|for|in|at|from|by|on|over|outside|that|which|who|with)\s")


def speaks(document: Document, draft: Draft) -> bool:
    """Whether somebody says what a draft holds."""
    content = draft.contents[0]
    if content.text[0] in QUOTE_PAIRS:
        sentence = sentence_at(document, content.start).start
        low = max(sentence, content.start - _REACH)
        ends = [e.end() for e in _CLAUSE_END.finditer(document.text, low, content.start)]
        low = max([low, *(end for end in ends if end < content.start)])
        before = _NOBODY.search(document.text[low : content.start])
        if before is None:
            return True
        # "No arrests were made in what police called “an attack”": police said so.
        return draft.source is not None and not (
            low + before.start("nobody") <= draft.source.start < low + before.end("nobody")
        )
    if draft.source is None or draft.cue is None:
        return True
    words = re.findall(r"[^\W\d_][\w’'-]*", _HEAD_ENDS.split(draft.source.text, maxsplit=1)[0])
    if not words:
        return True
    first, head = words[0].lower(), words[-1].lower()
    if len(words) == 1:
        return head not in _ALONE
    if first not in _DETERMINERS:
        return True
    return head not in _MUTE and not (head in _PAPERS and _SILENT_CUE.search(draft.cue.text))
