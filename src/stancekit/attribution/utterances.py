"""The utterances that a text bounds by itself: quotations, turns of a transcript, headlines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from stancekit.attribution.quotes import QUOTE_PAIRS, Quotes
from stancekit.types import Document, Span

CLOSING_MARKS = "".join(sorted(set("".join(QUOTE_PAIRS.values()))))
_ENDS = frozenset(".!?:\n" + CLOSING_MARKS)
# "Q: ", "**Roe**: ", "THE CHAIR (smiling): ". What has quotation marks needs no label to bound it.
_LABEL = re.compile(
    r"\W{0,2}(?P<name>[^\W\d_][^\n:“”\"«»!?]{0,60}?)\W{0,2}:\W{0,2}\s+(?=[^\s“\"‘«„])"
)
_FEWEST_TURNS = 3
# "“No.” — Ann Roe, teacher": who signs what stands before.
_SIGNATURE = re.compile(
    r"\s{0,3}(?P<dash>[―—–]|--?)\s?(?P<name>[A-ZÀ-Þ][\w.’'-]*"
    r"(?:\s(?:[A-ZÀ-Þ][\w.’'-]*|de|da|di|del|la|van|von|der|den|al|bin|of|the|and|[A-ZÀ-Þ]\.)){0,5}"
    r"(?:,[^\n“”\"«»:;!?]{1,80})?)\s*(?=\n|$)"
)
# "Mayor: toll is dead – live", "Mayor: toll is dead. Drivers: it is not"
_HEADLINE_END = re.compile(r"\s[–—-]\s|[.!?]\s")


@dataclass(frozen=True, slots=True)
class Utterance:
    """What one speaker says without a break: its paragraphs, and the label of a turn."""

    parts: tuple[Span, ...]
    label: Span | None = None

    @property
    def start(self) -> int:
        """Where it begins."""
        return self.parts[0].start

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.parts[-1].end


def begins_sentence(text: str, utterance: Utterance) -> bool:
    """Whether a sentence begins with an utterance."""
    before = text[max(0, utterance.start - 3) : utterance.start].rstrip(" ")
    return not before or before[-1] in _ENDS


def last_words(text: str, utterance: Utterance) -> str:
    """The last few characters of an utterance, closing marks aside."""
    return text[max(utterance.start, utterance.end - 6) : utterance.end].rstrip(CLOSING_MARKS)


def has_comma(text: str, utterance: Utterance) -> bool:
    """Whether the sentence goes on after a comma, before or after the closing mark."""
    return last_words(text, utterance).endswith(",") or text.startswith(",", utterance.end)


def is_closed(text: str, quote: Span) -> bool:
    """Whether a quoted stretch ends with the mark that closes it."""
    return quote.end - quote.start > 1 and text[quote.end - 1] in QUOTE_PAIRS[text[quote.start]]


def find_signature(text: str, utterance: Utterance) -> tuple[slice, slice] | None:
    """The dash and the name that sign a quotation, if they end its line or are the next one."""
    match = _SIGNATURE.match(text, utterance.end)
    if match is None:
        return None
    name = match["name"].rstrip(" .")
    return slice(*match.span("dash")), slice(match.start("name"), match.start("name") + len(name))


def find_quotations(document: Document, quotes: Quotes) -> Iterator[Utterance]:
    """The quotations that are closed, in their paragraph or, opened again, in a later one.

    Where a mark opens inside a quotation of the same marks, one was left out, and nobody knows
    where.
    """
    text = document.text
    run: list[Span] = []
    for quote in quotes.spans:
        if run and (
            text[quote.start] != text[run[-1].start] or text[run[-1].end : quote.start].strip()
        ):
            run = []  # left open for good
        run.append(quote)
        if is_closed(text, quote):
            mark = text[quote.start]
            if mark in QUOTE_PAIRS[mark] or all(
                text.find(mark, part.start + 1, part.end) < 0 for part in run
            ):
                yield Utterance(tuple(run))
            run = []


def find_turns(document: Document) -> list[Utterance]:
    """The turns of a transcript, paragraph by paragraph, without their labels.

    A label is in capitals ("Q:", "THE CHAIR:"), or begins more than one paragraph.
    """
    matches = [
        (match, paragraph)
        for paragraph in document.paragraphs
        if (match := _LABEL.match(document.text, paragraph.start, paragraph.end))
    ]
    names = Counter(match["name"] for match, _ in matches)
    turns = [
        Utterance((document.span(match.end(), paragraph.end),), document.span(*match.span("name")))
        for match, paragraph in matches
        if match["name"].split(",")[0].isupper() or names[match["name"]] > 1
    ]
    return turns if len(turns) >= _FEWEST_TURNS else []


def find_headline(document: Document) -> Span | None:
    """The first paragraph, if it ends like no sentence."""
    first = document.paragraphs[0] if document.paragraphs else None
    return first if first and first.text[-1] not in ".!?:" else None


def find_headline_turn(document: Document) -> list[Utterance]:
    """What stands after the colon of a headline: "Mayor: toll is dead"."""
    headline = find_headline(document)
    match = headline and _LABEL.match(document.text, headline.start, headline.end)
    if not headline or not match or match.start("name") != headline.start:
        return []
    end = _HEADLINE_END.search(document.text, match.end() + 1, headline.end)
    said = document.span(match.end(), end.start() if end else headline.end)
    return [Utterance((said,), document.span(*match.span("name")))]
