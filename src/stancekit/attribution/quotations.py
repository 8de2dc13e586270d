"""Contents bounded by what bounds them in the text: marks, turns, a sentence before "he said".

The tagger reads token by token and the linker pair by pair, so that an utterance in which somebody
else speaks ("“They told me ‘no’,” she said") ends up torn. Here each quotation, also one over
several paragraphs, and each turn of a transcript becomes one content of the cue outside it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace

from stancekit.attribution.inner import Inner, find_inner
from stancekit.attribution.pieces import UNSURE, Choice, Choices, Pieces
from stancekit.attribution.quotes import QUOTE_PAIRS, Quotes
from stancekit.attribution.tags import TaggedSpan
from stancekit.attribution.utterances import (
    CLOSING_MARKS,
    Utterance,
    begins_sentence,
    find_headline,
    find_headline_turn,
    find_quotations,
    find_signature,
    has_comma,
    last_words,
)
from stancekit.types import Document, Span

_MAYBE_CLOSED = re.compile(rf"(?<!\s)[{CLOSING_MARKS}](?!\w)")
_NEAR = 200  # characters between an utterance and a cue beside it
# Between an utterance and a cue that it belongs to, sources aside.
_NOTHING = re.compile(r"[\s,:]*")
# "called the plan “dead”": what is called so may stand between.
_NAMING = re.compile(
    r"\b(?:call|dub|label|labell|term|brand|describ|deem|nicknam|rat)(?:s|es|e|ed|ing)?$", re.I
)
_NAMED = re.compile(r"(?! (?:on|for)\b)[^“”\"«»‘:;.!?\n]{0,80}")
_OBJECT = re.compile(r"[^“”\"«»‘:;.!?\n]{0,80}")
# Between a cue and the end of its sentence.
_REST = re.compile(r"[^“”\"«»‘:;.!?\n]{0,120}\.\s")
# The beginning of a sentence, the end of a headline.
_FIRST_WORDS = re.compile(r"[^\W\d_a-z][\w’'-]*\s(?:[\w’'-]+\s){0,5}")
_LAST_WORDS = re.compile(r"(?:\s[\w’'-]+){1,2}")
# The tagger now and then begins a content at the noun.
_DETERMINER = re.compile(r"(?<![^\s“‘\"'(])(?:the|a|an|its|his|her|their|our)\s$", re.I)
_RELATIVES = frozenset({"that", "which", "who", "whom", "whose"})


class _Repair(Pieces):
    """The pieces of a document with the rules that repair them."""

    def __init__(
        self,
        text: str,
        by_role: Mapping[str, Sequence[TaggedSpan]],
        cue_of: Sequence[Choice],
        source_of: Sequence[Choice],
    ) -> None:
        super().__init__(text, by_role, cue_of, source_of)
        self._linked = {cue for cue, _ in cue_of if cue is not None}
        self._labels: dict[int, int] = {}  # the cue that a turn was given, by its start
        self._previous: tuple[Utterance | None, int | None] = (None, None)

    # -- sentences -------------------------------------------------------------

    def complete(self, sentence: Span, cue: int) -> None:
        """Makes what a sentence has before ", he said" one content, from end to end."""
        source = self.source_of[cue][0]
        if source is None or (cue and self.cues[cue - 1].start >= sentence.start):
            return
        first, second = sorted((self.cues[cue], self.sources[source]), key=lambda s: s.start)
        comma = first.start - 2
        if (
            not sentence.start < comma < second.end <= sentence.end
            or not self.text.startswith(", ", comma)
            or self.text[first.end : second.start].strip()
            or self.text[second.end : second.end + 1] not in {",", ".", ""}
        ):
            return
        mine = [i for i in self.touching(sentence.start, comma) if self.cue_of[i][0] == cue]
        whole = [s for i in mine if (s := self.spans[i]) is not None]
        if not whole or whole[0].start < sentence.start or whole[-1].end > comma:
            return
        relative = self.text[whole[0].start : whole[0].end].lower() in _RELATIVES
        before = self.text[sentence.start : min(whole[0].start, sentence.start + _NEAR)]
        start = whole[0].start
        if not relative and _FIRST_WORDS.fullmatch(before):
            start = sentence.start
        for i in mine[1:]:
            self.spans[i] = None
        self.spans[mine[0]] = replace(whole[0], start=start, end=comma)

    def determine(self) -> None:
        """Lets contents begin with the determiner before their noun."""
        for i, span in enumerate(self.spans):
            match = span and _DETERMINER.search(self.text, max(0, span.start - 7), span.start)
            if span is None or not match:
                continue
            start = match.start()
            cue = bisect_left(self.cue_starts, span.start) - 1
            source = bisect_left(self.source_starts, span.start) - 1
            if not (
                self.touching(start, span.start)
                or (cue >= 0 and self.cues[cue].end > start)
                or (source >= 0 and self.sources[source].end > start)
            ):
                self.spans[i] = replace(span, start=start)

    def complete_headline(self, headline: Span) -> None:
        """Lets the last content of a headline go on over its last words."""
        last = self.touching(headline.start, headline.end)[-1:]
        for i in last:
            span, cue = self.spans[i], self.cue_of[i][0]
            if (
                span is not None
                and cue is not None
                and headline.start <= self.cues[cue].start < span.start
                and _LAST_WORDS.fullmatch(self.text, min(span.end, headline.end), headline.end)
                and not self.between(self.cue_starts, span.end, headline.end)
                and not self.between(self.source_starts, span.end, headline.end)
            ):
                self.spans[i] = replace(span, end=headline.end)

    # -- the cue of an utterance -----------------------------------------------

    def label(self, turns: Sequence[Utterance]) -> None:
        """Gives turns their labels for sources, if the tagger read most of them so."""
        cues = [self._labelled(turn) for turn in turns]
        if 2 * sum(cue is not None for cue in cues) < len(turns):
            return
        for turn, cue in zip(turns, cues, strict=True):
            if turn.label is None or (cue is not None and self.source_of[cue][0] is not None):
                continue
            self.sources.append(TaggedSpan("source", turn.label.start, turn.label.end, UNSURE))
            if cue is None:
                colon = self.text.index(":", turn.label.end)
                cue = self._labels[turn.start] = len(self.cues)
                self.cues.append(TaggedSpan("cue", colon, colon + 1, UNSURE))
                self.source_of.append((None, 0.0))
            self.source_of[cue] = (len(self.sources) - 1, UNSURE)

    def _labelled(self, turn: Utterance) -> int | None:
        """The cue in the label of a turn."""
        if turn.start in self._labels:
            return self._labels[turn.start]
        k = bisect_left(self.cue_starts, turn.start) - 1
        if k >= 0 and turn.label is not None and self.cues[k].start >= turn.label.start:
            return k
        return None

    def _owner(self, utterance: Utterance, outside: set[int], *, tagged: bool) -> int | None:
        """The cue that an utterance belongs to; some outside it have a part of it."""
        if utterance.label is not None:
            return self._labelled(utterance)
        signed = find_signature(self.text, utterance)
        if signed is not None:
            return self._signed(*signed)
        before, after = self._before(utterance), self._after(utterance)
        led = (
            before is not None
            and before in outside
            and "\n" not in self.text[self.cues[before].end : utterance.start]
        )
        if (
            after is not None
            and not led
            and begins_sentence(self.text, utterance)
            and (after in outside or after not in self._linked or has_comma(self.text, utterance))
        ):
            return after
        own = {k for k in outside if not self._is_of_the_next(utterance, k)}
        if own:
            return min(own, key=lambda k: self._distance(utterance, k))
        if before is not None and before not in self._linked:
            return before
        if tagged and (cue := self._of_its_object(utterance)) is not None:
            return cue
        return self._of_the_half_before(utterance)

    def _signed(self, dash: slice, name: slice) -> int:
        """The cue that a signature is, with the name for its source."""
        cue = bisect_left(self.cue_starts, dash.start)
        if cue == len(self.cue_starts) or self.cues[cue].start >= name.start:
            cue = len(self.cues)
            self.cues.append(TaggedSpan("cue", dash.start, dash.stop, UNSURE))
            self.source_of.append((None, 0.0))
        source = bisect_left(self.source_starts, dash.start)
        if source == len(self.source_starts) or self.sources[source].start >= name.stop:
            source = len(self.sources)
            self.sources.append(TaggedSpan("source", name.start, name.stop, UNSURE))
        self.source_of[cue] = (source, UNSURE)
        return cue

    def _after(self, utterance: Utterance) -> int | None:
        """The cue right after an utterance that goes on to it: "“No,” Roe said"."""
        k = bisect_left(self.cue_starts, utterance.end)
        if k == len(self.cue_starts) or self.cues[k].start - utterance.end > _NEAR:
            return None
        gap = self.without_sources(utterance.end, self.cues[k].start)
        goes_on = not last_words(self.text, utterance).endswith(".") and "\n" not in gap
        return k if goes_on and _NOTHING.fullmatch(gap) else None

    def _before(self, utterance: Utterance) -> int | None:
        """The cue right before an utterance: "Roe said: “No”", "Roe called the plan “dead”"."""
        k = bisect_left(self.cue_starts, utterance.start) - 1
        if k < 0 or utterance.start - self.cues[k].end > _NEAR:
            return None
        gap = self.without_sources(self.cues[k].end, utterance.start)
        names = _NAMING.search(self.text[self.cues[k].start : self.cues[k].end])
        return k if _NOTHING.fullmatch(gap) or (names and _NAMED.fullmatch(gap)) else None

    def _of_its_object(self, utterance: Utterance) -> int | None:
        """The cue before whose other content leads to it: "called | on both | to “sit down”"."""
        k = bisect_left(self.cue_starts, utterance.start) - 1
        if k < 0 or utterance.start - self.cues[k].end > _NEAR:
            return None
        start = self.cues[k].end
        led = any(self.cue_of[i][0] == k for i in self.touching(start, utterance.start))
        sources = self.between(self.source_starts, start, utterance.start)
        if not led or sources or not _OBJECT.fullmatch(self.text, start, utterance.start):
            return None
        return k

    def _of_the_half_before(self, utterance: Utterance) -> int | None:
        """The cue of the quotation before, where its sentence ends: "“No,” she said. “Never.”"."""
        previous, cue = self._previous
        if previous is None or cue is None or previous.end > self.cues[cue].start:
            return None
        end = self.cues[cue].end
        near = end < utterance.start <= end + _NEAR
        return cue if near and _REST.fullmatch(self.text, end, utterance.start) else None

    def _is_of_the_next(self, utterance: Utterance, cue: int) -> bool:
        """Whether a cue has a content of its own in the next sentence: "“No.” He saw “ruins”"."""
        if self.cues[cue].start < utterance.end or not last_words(self.text, utterance).endswith(
            "."
        ):
            return False
        k = bisect_left(self.starts, self.cues[cue].end)
        return (
            self.text[utterance.end : utterance.end + 3].strip()[:1].isupper()
            and k < len(self.starts)
            and self.cue_of[k][0] == cue
        )

    def _distance(self, utterance: Utterance, cue: int) -> int:
        return max(self.cues[cue].start - utterance.end, utterance.start - self.cues[cue].end)

    # -- the contents of an utterance ------------------------------------------

    def take(self, utterance: Utterance) -> None:
        """Makes one content of an utterance, and lets what others say in it end where it does."""
        inside: list[int] = []
        mine: list[int] = []
        outside: set[int] = set()
        first = utterance.label.start if utterance.label else utterance.start
        for i in self.touching(first, utterance.end):
            cue = self.cue_of[i][0]
            if cue is not None and utterance.start <= self.cues[cue].start < utterance.end:
                inside.append(i)
                continue
            mine.append(i)
            if cue is not None:
                outside.add(cue)
        owner = self._owner(utterance, outside, tagged=bool(mine))
        self._previous = (utterance, owner)
        if owner is None and (
            utterance.label is not None
            or not (len(utterance.parts) > 1 or outside or self._is_torn(utterance, inside))
        ):
            return
        for i in inside:
            self._trim(i, utterance)
        self._give(utterance, owner, mine)

    def _is_torn(self, utterance: Utterance, inside: Sequence[int]) -> bool:
        """Whether an utterance without a cue is whole sentences, in which another one speaks."""
        return (
            begins_sentence(self.text, utterance)
            and last_words(self.text, utterance)[-1:] in {".", "!", "?"}
            and any((s := self.spans[i]) and s.start == utterance.start for i in inside)
        )

    def _trim(self, piece: int, utterance: Utterance) -> None:
        """Ends what another one says within an utterance where its own marks close.

        What stands before the other's cue ("“They | said wait”") is nothing that they say.
        """
        span, cue, text = self.spans[piece], self.cue_of[piece][0], self.text
        if span is None or cue is None:
            return
        if span.start <= utterance.start:
            words = text[span.end : self.cues[cue].start]
            if words == " " or words.strip(" ").isalpha():
                self.spans[piece] = None
            return
        closing = QUOTE_PAIRS.get(text[span.start], "")
        end = min(span.end + 1, utterance.end)
        for match in _MAYBE_CLOSED.finditer(text, span.start + 2, end) if closing else ():
            if match[0] in closing:
                self.spans[piece] = replace(span, end=match.end())
                return

    def _give(self, utterance: Utterance, owner: int | None, mine: Sequence[int]) -> None:
        """Replaces the pieces of an utterance by the whole of it."""
        start, end = utterance.start, utterance.end
        for i in mine if utterance.label is None else ():
            span = self.spans[i]
            if span and span.start <= start and end <= span.end and self.cue_of[i][0] == owner:
                return  # it may hold other quotations as well
        sure = likely = 1.0 if mine else UNSURE
        for i in mine:
            span, (cue, p) = self.spans[i], self.cue_of[i]
            if span is None:
                continue
            sure, likely = min(sure, span.probability), min(likely, p if cue is not None else 1 - p)
            if cue in {None, owner} and utterance.label is None:
                start, end = min(start, span.start), max(end, span.end)
            self.spans[i] = None
        group = len(self.spans)
        for part in utterance.parts:
            a = start if part is utterance.parts[0] else part.start
            b = end if part is utterance.parts[-1] else part.end
            self.spans.append(TaggedSpan("content", a, b, sure))
            self.cue_of.append((owner, likely if owner is not None else UNSURE))
            self.groups.append(group)
        if owner is not None:
            self._linked.add(owner)

    # -- what others say in an utterance ---------------------------------------

    def hear(self, inner: Inner) -> None:
        """Adds what another one says within an utterance, unless the tagger read it so."""
        start, end = inner.content.start, inner.content.end
        for i in self.touching(start, end):
            cue = self.cue_of[i][0]
            if cue is not None and inner.source.start <= self.cues[cue].start < start:
                return
        self.sources.append(_span("source", inner.source))
        self.cues.append(_span("cue", inner.cue))
        self.source_of.append((len(self.sources) - 1, UNSURE))
        self.spans.append(_span("content", inner.content))
        self.cue_of.append((len(self.cues) - 1, UNSURE))
        self.groups.append(len(self.spans) - 1)

    # -- paragraphs ------------------------------------------------------------

    def part(self, paragraph_starts: Sequence[int]) -> None:
        """Lets go of quotations in other paragraphs than what their cue has in its own.

        One that goes on over paragraphs is one content; one that was closed is followed by another
        statement, whoever makes it.
        """
        at_home: dict[int, set[int]] = {}
        away: list[tuple[int, int]] = []
        for i, span in enumerate(self.spans):
            cue = self.cue_of[i][0]
            if span is None or cue is None:
                continue
            home = bisect_right(paragraph_starts, self.cues[cue].start)
            if bisect_right(paragraph_starts, span.start) == home:
                at_home.setdefault(cue, set()).add(self.groups[i])
            elif self.text[span.start] in QUOTE_PAIRS:
                away.append((i, cue))
        for i, cue in away:
            if cue in at_home and self.groups[i] not in at_home[cue]:
                self.cue_of[i] = (None, UNSURE)


def _span(role: str, span: Span) -> TaggedSpan:
    return TaggedSpan(role, span.start, span.end, UNSURE)


def requote(
    document: Document,
    quotes: Quotes,
    turns: Sequence[Utterance],
    by_role: Mapping[str, Sequence[TaggedSpan]],
    cue_of: Sequence[Choice],
    source_of: Sequence[Choice],
) -> Choices:
    """What was found and linked, with contents bounded as the text bounds them.

    Args:
        document: The document.
        quotes: Its quotation marks.
        turns: Its turns, if it is a transcript.
        by_role: The spans, those of a role in text order and apart.
        cue_of: The cue of each content.
        source_of: The source of each cue.
    """
    pieces = _Repair(document.text, by_role, cue_of, source_of)
    pieces.label(turns)
    pieces.determine()
    starts = [s.start for s in document.sentences]
    for k, cue in enumerate(by_role["cue"]):
        sentence = document.sentences[max(0, bisect_right(starts, cue.start) - 1)]
        if next(quotes.within(sentence.start, sentence.end), None) is None:
            pieces.complete(sentence, k)
    if headline := find_headline(document):
        pieces.complete_headline(headline)
    for utterance in (*(turns or find_headline_turn(document)), *find_quotations(document, quotes)):
        pieces.take(utterance)
        for inner in find_inner(document, utterance):
            pieces.hear(inner)
    pieces.part([p.start for p in document.paragraphs])
    return pieces.result()
