"""What others say inside a quotation: "“My boss told me ‘be patient’,” she said".

The tagger seldom reads two levels of speech at once. Where marks inside an utterance follow a
subject and a verb of speaking, the text itself tells the three apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from stancekit.attribution.quotes import quoted_ranges
from stancekit.attribution.utterances import Utterance
from stancekit.types import Document, Span

_NEAR = 120  # characters before the inner marks in which subject and verb stand
_FEWEST_WORDS = 2  # of what is quoted: one word alone is a term more often than a remark
_VERBS = (
    "said says say told tells tell asked asks ask wrote writes shouted shouts yelled "
    "replied replies answered answers whispered texted radioed muttered screamed warned"
)
# "told me in September, ", "would say: "
_CUE = re.compile(
    rf"\b(?P<cue>{'|'.join(_VERBS.split())})(?:\sback)?"
    r"(?:\s(?:me|us|him|her|them|you|everybody|everyone))?"
    r"(?:\s(?:in|on|at|over|last|this|to|by)(?:\s[\w’'-]+){1,3})?\s?[,:]?\s?$"
)
# What parts a clause from the one before it.
_CLAUSE = re.compile(
    r"[^\w\s’'-]\s*|\b(?:and|but|that|when|then|because|so|if|as|who|which|what|where|while)\s",
    re.I,
)
# What stands between a subject and the verb: "would", "used to", "rang and".
_BETWEEN = re.compile(
    r"\s(?:would|will|used\sto|had|has|have|always|never|just|then|also|once|even|only|ever|still)$"
)
_SUBJECT = re.compile(
    r"(?!(?:[Yy]ou|[Aa]nd|[Bb]ut|[Oo]r|[Ss]o|[Tt]hen|[Ii]f|[Ww]hen)\b)"
    r"(?:[A-ZÀ-Þ].*|he|she|they|we|it|somebody|someone|everybody|nobody|one"
    r"|(?:the|a|an|my|his|her|their|our|your|this|that|one|some|two|three)\s.+)"
)
_PRONOUN_OR_NOUN = re.compile(
    r"(?:he|she|they|we|somebody|someone|(?:the|a|an|my|his|her|their|our|your)\s\w+)\b", re.I
)
_MOST_WORDS = 8  # of a subject


@dataclass(frozen=True, slots=True)
class Inner:
    """What somebody says inside another's utterance."""

    source: Span
    cue: Span
    content: Span


def find_inner(document: Document, utterance: Utterance) -> Iterator[Inner]:
    """The quotations inside an utterance that a subject and a verb of speaking introduce."""
    text = document.text
    for part in utterance.parts:
        # A turn of a transcript has no marks of its own.
        first = part.start if utterance.label is not None else part.start + 1
        for start, end in quoted_ranges(text, first, part.end):
            if end >= part.end and utterance.label is None:
                continue
            if len(text[start:end].split()) < _FEWEST_WORDS:
                continue
            low = max(first, start - _NEAR)
            cue = _CUE.search(text[low:start])
            if cue is None:
                continue
            source = _subject(document, low, low + cue.start("cue"))
            if source is not None:
                verb = document.span(low + cue.start("cue"), low + cue.end("cue"))
                yield Inner(source, verb, document.span(start, end))


def _subject(document: Document, low: int, end: int) -> Span | None:
    """The subject of the verb at a position, back to the beginning of its clause."""
    text = document.text
    before = text[low:end].rstrip()
    joined = re.search(r"\sand$", before)
    if joined:
        # "The manager rang and said"
        before = before[: joined.start()]
    while aside := _BETWEEN.search(before):
        before = before[: aside.start()]
    clause = 0
    for match in _CLAUSE.finditer(before):
        clause = match.end()
    subject = before[clause:]
    if joined:
        found = _PRONOUN_OR_NOUN.match(subject)
        subject = found[0] if found else ""
    if not subject or len(subject.split()) > _MOST_WORDS or not _SUBJECT.fullmatch(subject):
        return None
    return document.span(low + clause, low + clause + len(subject))
