"""Contents bounded by what bounds them in the text: marks, turns, a sentence before "he said".

The tagger reads token by token and the linker pair by pair, so that an utterance in which another
one speaks ("“They told me ‘no’,” she said") ends up torn. Here each quotation, also one over several
paragraphs, and each turn of a transcript becomes one content of the cue outside it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from stancekit.attribution.quotes import QUOTE_PAIRS, Quotes
from stancekit.attribution.tags import TaggedSpan
from stancekit.attribution.utterances import (
    Utterance,
    find_headline,
    find_headline_turn,
    find_quotations,
    find_turns,
)
from stancekit.types import Document, Span

# The index of what was chosen, if anything was, and how likely it is.
Choice = tuple[int | None, float]

_CLOSING = "".join(sorted(set("".join(QUOTE_PAIRS.values()))))
_MAYBE_CLOSED = re.compile(rf"(?<!\s)[{_CLOSING}](?!\w)")
_ENDS = frozenset(".!?:\n" + _CLOSING)
_NEAR = 200  # characters between an utterance and a cue beside it
# Between an utterance and a cue that it belongs to, sources aside.
_NOTHING = re.compile(r"[\s,:]*")
# "called the plan “dead”": what is called so may stand between.
_NAMING = re.compile(
    r"\b(?:call|dub|label|labell|term|brand|describ|deem|nicknam|rat)(?:s|es|e|ed|ing)?\b"
    r"(?! (?:on|for)\b)",
    re.I,
)
_OBJECT = re.compile(r"[^“”\"«»‘:;.!?\n]{0,80}")
# Between a cue and the end of its sentence.
_REST = re.compile(r"[^“”\"«»‘:;.!?\n]{0,120}\.\s")
# The beginning of a sentence, the end of a headline.
_FIRST_WORDS = re.compile(r"[^\W\d_a-z][\w’'-]*\s(?:[\w’'-]+\s){0,5}")
_LAST_WORDS = re.compile(r"(?:\s[\w’'-]+){1,2}")
_RELATIVES = frozenset({"that", "which", "who", "whom", "whose"})
_UNSURE = 0.5  # of what only the layout tells


@dataclass(frozen=True, slots=True)
class Choices:
    """Spans by role, the cue of each content, the source of each cue.

    Contents without a cue that have the same number in ``groups`` are one.
    """

    by_role: dict[str, list[TaggedSpan]]
    cue_of: list[Choice]
    source_of: list[Choice]
    groups: list[int]


class _Pieces:
    """The contents of a document with the cue of each, while they are being repaired.

    Contents, cues and sources that are added stand after those that were found. Only the latter are
    looked up by position.
    """

    def __init__(
        self,
        text: str,
        by_role: Mapping[str, Sequence[TaggedSpan]],
        cue_of: Sequence[Choice],
        source_of: Sequence[Choice],
    ) -> None:
        self.text = text
        self.cues = list(by_role["cue"])
        self.sources = list(by_role["source"])
        self.source_of = list(source_of)
        self.spans: list[TaggedSpan | None] = list(by_role["content"])
        self.cue_of = list(cue_of)
        self.groups = list(range(len(self.spans)))
        self._starts = [s.start for s in by_role["content"]]
        self._ends = [s.end for s in by_role["content"]]
        self._cue_starts = [s.start for s in self.cues]
        self._source_starts = [s.start for s in self.sources]
        self._linked = {cue for cue, _ in cue_of if cue is not None}
        self._labels: dict[int, int] = {}  # the cue that a turn was given, by its start
        self._previous: tuple[Utterance | None, int | None] = (None, None)

    def touching(self, start: int, end: int) -> list[int]:
        """Those that share a character with ``[start, end)``."""
        first, last = bisect_right(self._ends, start), bisect_left(self._starts, end)
        return [i for i in range(first, last) if self.spans[i] is not None]

    def result(self) -> Choices:
        """What they have become."""
        kept = sorted((s.start, s.end, i) for i, s in enumerate(self.spans) if s is not None)
        contents = [s for _, _, i in kept if (s := self.spans[i]) is not None]
        return Choices(
            {"source": self.sources, "cue": self.cues, "content": contents},
            [self.cue_of[i] for _, _, i in kept],
            self.source_of,
            [self.groups[i] for _, _, i in kept],
        )

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
                and not self._between(self._cue_starts, span.end, headline.end)
                and not self._between(self._source_starts, span.end, headline.end)
            ):
                self.spans[i] = replace(span, end=headline.end)

    @staticmethod
    def _between(starts: Sequence[int], low: int, high: int) -> range:
        return range(bisect_left(starts, low), bisect_left(starts, high))

    # -- the cue of an utterance -----------------------------------------------

    def label(self, turns: Sequence[Utterance]) -> None:
        """Gives turns their labels for sources, if the tagger read most of them so."""
        cues = [self._labelled(turn) for turn in turns]
        if 2 * sum(cue is not None for cue in cues) < len(turns):
            return
        for turn, cue in zip(turns, cues, strict=True):
            if turn.label is None or (cue is not None and self.source_of[cue][0] is not None):
                continue
            self.sources.append(TaggedSpan("source", turn.label.start, turn.label.end, _UNSURE))
            if cue is None:
                colon = self.text.index(":", turn.label.end)
                cue = self._labels[turn.start] = len(self.cues)
                self.cues.append(TaggedSpan("cue", colon, colon + 1, _UNSURE))
                self.source_of.append((None, 0.0))
            self.source_of[cue] = (len(self.sources) - 1, _UNSURE)

    def _labelled(self, turn: Utterance) -> int | None:
        """The cue in the label of a turn."""
        if turn.start in self._labels:
            return self._labels[turn.start]
        k = bisect_left(self._cue_starts, turn.start) - 1
        if k >= 0 and turn.label is not None and self.cues[k].start >= turn.label.start:
            return k
        return None

    def _owner(self, utterance: Utterance, outside: set[int]) -> int | None:
        """The cue that an utterance belongs to; some outside it have a part of it."""
        if utterance.label is not None:
            return self._labelled(utterance)
        before, after = self._before(utterance), self._after(utterance)
        led = (
            before is not None
            and before in outside
            and "\n" not in self.text[self.cues[before].end : utterance.start]
        )
        if (
            after is not None
            and not led
            and self._begins(utterance)
            and (after in outside or after not in self._linked or self._has_comma(utterance))
        ):
            return after
        own = {k for k in outside if not self._is_of_the_next(utterance, k)}
        if own:
            return min(own, key=lambda k: self._distance(utterance, k))
        if before is not None and before not in self._linked:
            return before
        return self._of_the_half_before(utterance)

    def _after(self, utterance: Utterance) -> int | None:
        """The cue right after an utterance that goes on to it: "“No,” Roe said"."""
        k = bisect_left(self._cue_starts, utterance.end)
        if k == len(self._cue_starts) or self.cues[k].start - utterance.end > _NEAR:
            return None
        gap = self._bare(utterance.end, self.cues[k].start)
        goes_on = not self._inner(utterance).endswith(".") and "\n" not in gap
        return k if goes_on and _NOTHING.fullmatch(gap) else None

    def _before(self, utterance: Utterance) -> int | None:
        """The cue right before an utterance: "Roe said: “No”", "Roe called the plan “dead”"."""
        k = bisect_left(self._cue_starts, utterance.start) - 1
        if k < 0 or utterance.start - self.cues[k].end > _NEAR:
            return None
        gap = self._bare(self.cues[k].end, utterance.start)
        names = _NAMING.search(self.text[self.cues[k].start : self.cues[k].end])
        return k if _NOTHING.fullmatch(gap) or (names and _OBJECT.fullmatch(gap)) else None

    def _of_the_half_before(self, utterance: Utterance) -> int | None:
        """The cue of the quotation before, where its sentence ends: "“No,” she said. “Never.”"."""
        previous, cue = self._previous
        if previous is None or cue is None or previous.end > self.cues[cue].start:
            return None
        end = self.cues[cue].end
        near = end < utterance.start <= end + _NEAR
        return cue if near and _REST.fullmatch(self.text, end, utterance.start) else None

    def _is_of_the_next(self, utterance: Utterance, cue: int) -> bool:
        """Whether a cue has a content of its own in the next sentence: "“No.” He called it “dead”"."""
        if self.cues[cue].start < utterance.end or not self._inner(utterance).endswith("."):
            return False
        k = bisect_left(self._starts, self.cues[cue].end)
        return (
            self.text[utterance.end : utterance.end + 3].strip()[:1].isupper()
            and k < len(self._starts)
            and self.cue_of[k][0] == cue
        )

    def _bare(self, start: int, end: int) -> str:
        """A short stretch of text without the sources in it."""
        kept, position = [], start
        for k in self._between(self._source_starts, start, end):
            kept.append(self.text[position : self.sources[k].start])
            position = max(position, self.sources[k].end)
        kept.append(self.text[position:end])
        return "".join(kept)

    def _begins(self, utterance: Utterance) -> bool:
        """Whether a sentence begins with an utterance."""
        before = self.text[max(0, utterance.start - 3) : utterance.start].rstrip(" ")
        return not before or before[-1] in _ENDS

    def _inner(self, utterance: Utterance) -> str:
        """The last characters of an utterance, closing marks aside."""
        return self.text[max(utterance.start, utterance.end - 6) : utterance.end].rstrip(_CLOSING)

    def _has_comma(self, utterance: Utterance) -> bool:
        return self._inner(utterance).endswith(",") or self.text.startswith(",", utterance.end)

    def _distance(self, utterance: Utterance, cue: int) -> int:
        return max(self.cues[cue].start - utterance.end, utterance.start - self.cues[cue].end)

    # -- the contents of an utterance ------------------------------------------

    def take(self, utterance: Utterance) -> None:
        """Makes one content of an utterance, and lets what others say in it end where it does."""
        inside: list[int] = []
        mine: list[int] = []
        outside: set[int] = set()
        for i in self.touching(utterance.start, utterance.end):
            cue = self.cue_of[i][0]
            if cue is not None and utterance.start <= self.cues[cue].start < utterance.end:
                inside.append(i)
                continue
            mine.append(i)
            if cue is not None:
                outside.add(cue)
        owner = self._owner(utterance, outside)
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
            self._begins(utterance)
            and self._inner(utterance)[-1:] in {".", "!", "?"}
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
        sure = likely = 1.0 if mine else _UNSURE
        for i in mine:
            span, (cue, p) = self.spans[i], self.cue_of[i]
            if span is None:
                continue
            sure, likely = min(sure, span.probability), min(likely, p if cue is not None else 1 - p)
            if cue in {None, owner}:
                start, end = min(start, span.start), max(end, span.end)
            self.spans[i] = None
        group = len(self.spans)
        for part in utterance.parts:
            a = start if part is utterance.parts[0] else part.start
            b = end if part is utterance.parts[-1] else part.end
            self.spans.append(TaggedSpan("content", a, b, sure))
            self.cue_of.append((owner, likely if owner is not None else _UNSURE))
            self.groups.append(group)
        if owner is not None:
            self._linked.add(owner)


def requote(
    document: Document,
    quotes: Quotes,
    by_role: Mapping[str, Sequence[TaggedSpan]],
    cue_of: Sequence[Choice],
    source_of: Sequence[Choice],
) -> Choices:
    """What was found and linked, with contents bounded as the text bounds them.

    Args:
        document: The document.
        quotes: Its quotation marks.
        by_role: The spans, those of a role in text order and apart.
        cue_of: The cue of each content.
        source_of: The source of each cue.
    """
    pieces = _Pieces(document.text, by_role, cue_of, source_of)
    turns = find_turns(document)
    pieces.label(turns)
    starts = [s.start for s in document.sentences]
    for k, cue in enumerate(by_role["cue"]):
        sentence = document.sentences[max(0, bisect_right(starts, cue.start) - 1)]
        if next(quotes.within(sentence.start, sentence.end), None) is None:
            pieces.complete(sentence, k)
    if headline := find_headline(document):
        pieces.complete_headline(headline)
    for utterance in (*(turns or find_headline_turn(document)), *find_quotations(document, quotes)):
        pieces.take(utterance)
    return pieces.result()
