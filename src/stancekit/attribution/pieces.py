"""The contents of a document and what they were linked to, while they are being repaired."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from stancekit.attribution.tags import TaggedSpan

# The index of what was chosen, if anything was, and how likely it is.
Choice = tuple[int | None, float]
UNSURE = 0.5  # of what only the layout tells
_TRIMMED = " \t\r\n\u00a0,"  # what parts a content from a cue in it


@dataclass(frozen=True, slots=True)
class Choices:
    """Spans by role, the cue of each content, the source of each cue.

    Contents without a cue that have the same number in ``groups`` are one.
    """

    by_role: dict[str, list[TaggedSpan]]
    cue_of: list[Choice]
    source_of: list[Choice]
    groups: list[int]


def _meet(a: TaggedSpan, b: TaggedSpan) -> bool:
    return a.start < b.end and b.start < a.end


class Pieces:
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
        self._given: set[int] = set()  # cues that were given another source
        self.groups = list(range(len(self.spans)))
        self.starts = [s.start for s in by_role["content"]]
        self.ends = [s.end for s in by_role["content"]]
        self.cue_starts = [s.start for s in self.cues]
        self.source_starts = [s.start for s in self.sources]

    def touching(self, start: int, end: int) -> list[int]:
        """Those that share a character with ``[start, end)``."""
        first, last = bisect_right(self.ends, start), bisect_left(self.starts, end)
        return [i for i in range(first, last) if self.spans[i] is not None]

    def result(self) -> Choices:
        """What they have become, with the spans of one statement apart from each other."""
        kept = sorted((s.start, s.end, i) for i, s in enumerate(self.spans) if s is not None)
        found = Choices({"source": self.sources, "cue": self.cues}, [], self.source_of, [])
        contents: list[TaggedSpan] = []
        for _, _, i in kept:
            self._apart(i)  # a source given here shall be apart from all of them
        latest: dict[tuple[bool, int], int] = {}  # of the same statement, its place in contents
        for _, _, i in kept:
            cue = self.cue_of[i][0]
            key = (cue is None, self.groups[i] if cue is None else cue)
            for span in self._apart(i):
                last = latest.get(key)
                if last is not None and span.start < contents[last].end:
                    contents[last] = replace(contents[last], end=max(contents[last].end, span.end))
                    continue
                latest[key] = len(contents)
                contents.append(span)
                found.cue_of.append(self.cue_of[i])
                found.groups.append(self.groups[i])
        found.by_role["content"] = contents
        return found

    def _apart(self, piece: int) -> list[TaggedSpan]:
        """What of a piece stands before its cue and after it, or the whole of it.

        A source that this holds is not that of the cue.
        """
        span, cue = self.spans[piece], self.cue_of[piece][0]
        if span is None or cue is None:
            return [] if span is None else [span]
        found = [span]
        if span.start < self.cues[cue].end and self.cues[cue].start < span.end:
            if self.cues[cue].start < span.start:  # "said “" for a cue
                said = self.text[self.cues[cue].start : span.start].rstrip()
                end = self.cues[cue].start + len(said)
                self.cues[cue] = replace(self.cues[cue], end=end)
            else:
                found = self._around(span, cue)
        source = self.source_of[cue][0]
        if source is not None and any(_meet(self.sources[source], s) for s in found):
            again = cue in self._given
            self._given.add(cue)
            self.source_of[cue] = (None, UNSURE) if again else self._beside(cue, found)
        return [s for s in found if s.start < s.end]

    def _around(self, span: TaggedSpan, cue: int) -> list[TaggedSpan]:
        """A content without the cue in it, and the source with it: "It is, Roe said, so"."""
        start, end = self.cues[cue].start, self.cues[cue].end
        source = self.source_of[cue][0]
        if source is not None and _meet(self.sources[source], span) and self._adjoin(source, cue):
            start = min(start, self.sources[source].start)
            end = max(end, self.sources[source].end)
        before = self.text[span.start : start].rstrip(_TRIMMED)
        after = self.text[end : span.end].lstrip(_TRIMMED)
        sides = []
        if any(c.isalnum() for c in before):
            sides.append(replace(span, end=span.start + len(before)))
        if any(c.isalnum() for c in after):
            sides.append(replace(span, start=span.end - len(after)))
        return sides

    def _beside(self, cue: int, contents: Sequence[TaggedSpan]) -> Choice:
        """The source right after or before a cue, outside some contents."""
        k = bisect_left(self.source_starts, self.cues[cue].end)
        for source in (k, k - 1):
            if 0 <= source < len(self.source_starts):
                outside = not any(_meet(self.sources[source], s) for s in contents)
                if outside and self._adjoin(source, cue):
                    return source, UNSURE
        return None, UNSURE

    def _adjoin(self, source: int, cue: int) -> bool:
        """Whether a source stands right beside a cue."""
        low = min(self.sources[source].end, self.cues[cue].end)
        high = max(self.sources[source].start, self.cues[cue].start)
        return 0 <= high - low <= 2 and not self.text[low:high].strip(" ,")

    @staticmethod
    def between(starts: Sequence[int], low: int, high: int) -> range:
        """Indices of the starts in ``[low, high)``."""
        return range(bisect_left(starts, low), bisect_left(starts, high))

    def without_sources(self, start: int, end: int) -> str:
        """A short stretch of text without the sources in it."""
        kept, position = [], start
        for k in self.between(self.source_starts, start, end):
            kept.append(self.text[position : self.sources[k].start])
            position = max(position, self.sources[k].end)
        kept.append(self.text[position:end])
        return "".join(kept)
