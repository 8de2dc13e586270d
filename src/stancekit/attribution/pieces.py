"""The contents of a document and what they were linked to, while they are being repaired."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from stancekit.attribution.tags import TaggedSpan

# The index of what was chosen, if anything was, and how likely it is.
Choice = tuple[int | None, float]
UNSURE = 0.5  # of what only the layout tells


@dataclass(frozen=True, slots=True)
class Choices:
    """Spans by role, the cue of each content, the source of each cue.

    Contents without a cue that have the same number in ``groups`` are one.
    """

    by_role: dict[str, list[TaggedSpan]]
    cue_of: list[Choice]
    source_of: list[Choice]
    groups: list[int]


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
            cue, span = self.cue_of[i][0], self._apart(i)
            if span is None:
                continue
            key = (cue is None, self.groups[i] if cue is None else cue)
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

    def _apart(self, piece: int) -> TaggedSpan | None:
        """A piece without its cue; a source that it holds is not that of its cue."""
        span, cue = self.spans[piece], self.cue_of[piece][0]
        if span is None or cue is None:
            return span
        if span.start < self.cues[cue].end and self.cues[cue].start < span.end:
            if self.cues[cue].start < span.start:  # "said “" for a cue
                said = self.text[self.cues[cue].start : span.start].rstrip()
                end = self.cues[cue].start + len(said)
                self.cues[cue] = replace(self.cues[cue], end=end)
            elif self.cues[cue].start == span.start:
                span = replace(span, start=self.cues[cue].end)
            else:
                span = replace(span, end=self.cues[cue].start)
        source = self.source_of[cue][0]
        if source is not None and (
            self.sources[source].start < span.end and span.start < self.sources[source].end
        ):
            again = cue in self._given
            self._given.add(cue)
            self.source_of[cue] = (None, UNSURE) if again else self._beside(cue, span)
        return span if span.start < span.end else None

    def _beside(self, cue: int, content: TaggedSpan) -> Choice:
        """The source right after or before a cue, outside a content."""
        k = bisect_left(self.source_starts, self.cues[cue].end)
        for source in (k, k - 1):
            if 0 <= source < len(self.source_starts):
                span = self.sources[source]
                low = min(span.end, self.cues[cue].end)
                high = max(span.start, self.cues[cue].start)
                outside = span.end <= content.start or content.end <= span.start
                if outside and 0 <= high - low <= 2 and not self.text[low:high].strip(" ,"):
                    return source, UNSURE
        return None, UNSURE

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
