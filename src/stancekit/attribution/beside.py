"""Sources that the tagger left out, where the text itself points at them."""

from __future__ import annotations

import re
from dataclasses import replace

from stancekit.attribution.layers import Draft
from stancekit.attribution.quotes import QUOTE_PAIRS
from stancekit.types import Document, Span

# "I still | believe": a pronoun that the tagger took for no source.
_PRONOUN = re.compile(
    r"(?:^|[\s“‘\"])(?P<source>I|we|he|she|they|We|He|She|They)"
    r"(?:[’'](?:d|ve|ll))?(?:\s(?:also|still|then|really|firmly|honestly|never|ha[sd]|have|do|don[’']t|"
    r"did|didn[’']t|would|will|can|could|must)){0,2}\s$"
)
_PRONOUN_REACH = 30
# "From Ann Roe, Olm:" above a quotation.
_FROM = re.compile(r"(?:^|\n)From\s(?P<source>[A-ZÀ-Þ][^\n:“”\"]{2,80})(?P<cue>:)\s*$")
_FROM_REACH = 120
# "“It leaks,” says mayor" in a headline.
_HEADLINE = re.compile(
    r"(?P<comma>,?)\s(?P<cue>says|warns|claims|insists|vows|cries|admits|declares|tells\s[^\n:]{2,30})\s"
    r"(?P<source>[^\n,.;:“”‘’\"]{3,70}?)(?=$|\s(?:as|after|amid|over|while)\s)",
    re.M | re.I,
)


def completed(document: Document, draft: Draft) -> Draft:
    """A draft with the source and the cue that stand beside it."""
    if draft.source is not None:
        return draft
    content = draft.contents[0]
    quoted = content.text[0] in QUOTE_PAIRS
    if quoted and (found := _of_a_headline(document, draft.contents[-1])):
        return replace(draft, cue=found[0], source=found[1])
    if draft.cue is not None:
        low = max(0, draft.cue.start - _PRONOUN_REACH)
        pronoun = _PRONOUN.search(document.text[low : draft.cue.start])
        if pronoun is not None:
            source = document.span(low + pronoun.start("source"), low + pronoun.end("source"))
            return replace(draft, source=source)
    elif quoted:
        low = max(0, content.start - _FROM_REACH)
        above = _FROM.search(document.text[low : content.start])
        if above is not None:
            return replace(
                draft,
                cue=document.span(low + above.start("cue"), low + above.end("cue")),
                source=document.span(low + above.start("source"), low + above.end("source")),
            )
    return draft


def _of_a_headline(document: Document, content: Span) -> tuple[Span, Span] | None:
    """The cue and the source after a quotation of the first line."""
    first = document.paragraphs[0] if document.paragraphs else None
    if first is None or content.end > first.end or len(document.paragraphs) < 3:
        return None
    said = _HEADLINE.match(document.text, content.end, first.end)
    if said is None or not (said["comma"] or re.search(r"[,?!]\W?$", content.text)):
        # "‘Toxic culture’ claims rock council": these claims are a noun.
        return None
    return (
        document.span(said.start("cue"), said.end("cue")),
        document.span(said.start("source"), said.end("source")),
    )
