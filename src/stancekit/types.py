"""The types that the stages hand to each other, and that users read.

All are frozen. Character positions count Unicode code points of the text that
the user gave, which is never normalised.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    import datasets
    import matplotlib.figure
    import pandas

Kind = Literal["direct", "indirect", "mixed"]
Modality = Literal[
    "asserted", "denied", "refused", "asked", "doubted", "believed", "wanted", "inferred"
]
SpeakerType = Literal["person", "group", "organization", "unknown"]
StanceLabel = Literal["favor", "against", "none"]

KINDS: tuple[Kind, ...] = get_args(Kind)
MODALITIES: tuple[Modality, ...] = get_args(Modality)
STANCE_LABELS: tuple[StanceLabel, ...] = get_args(StanceLabel)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of characters, ``document.text[start:end]``.

    ``text`` repeats what stands there, so that a span can be read without its document.
    """

    start: int
    end: int
    text: str = field(default="", compare=False)

    def __len__(self) -> int:
        return self.end - self.start

    def overlaps(self, other: Span) -> bool:
        """Whether the two share at least one character."""
        return self.start < other.end and other.start < self.end

    def contains(self, other: Span) -> bool:
        """Whether the other lies inside this one."""
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class Document:
    """A text with its paragraphs and sentences, in text order.

    ``date`` is the day it appeared, as ISO 8601 ("2025-02-13"), or empty where unknown.
    ``language`` is an ISO 639 code, or empty where nobody has looked.
    """

    text: str = field(repr=False)
    id: str = ""
    date: str = ""
    language: str = ""
    paragraphs: tuple[Span, ...] = field(default=(), repr=False)
    sentences: tuple[Span, ...] = field(default=(), repr=False)

    def span(self, start: int, end: int) -> Span:
        """The span from ``start`` to ``end``, with its text."""
        return Span(start, end, self.text[start:end])

    @property
    def sha256(self) -> str:
        """Hash of the text in UTF-8 (lone surrogates kept), in hexadecimal."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Speaker:
    """One canonical person, group or body behind one or more sources.

    ``members`` holds the ids of the speakers whom a joint source means ("both
    leaders"); what it says counts for each of them.
    """

    id: str
    name: str
    type: SpeakerType = "unknown"
    mentions: tuple[Span, ...] = field(default=(), repr=False)
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StanceScore:
    """Where a statement stands toward a target: three probabilities that sum to 1."""

    label: StanceLabel
    favor: float
    against: float
    none: float

    @property
    def score(self) -> float:
        """Favor minus against, in [-1, 1]."""
        return self.favor - self.against


@dataclass(frozen=True, slots=True)
class Statement:
    """One attribution: who (source, speaker) said (cue) what (contents).

    ``text`` is the stretch of the article that holds source, cue and contents;
    ``context`` the sentence before it, where the statement leans on it.
    ``confidence`` is the tagger's mean probability for the tags behind the
    statement, in [0, 1].
    """

    id: str
    contents: tuple[Span, ...]
    source: Span | None = None
    cue: Span | None = None
    kind: Kind = "indirect"
    modality: Modality = "asserted"
    confidence: float = 1.0
    text: str = field(default="", repr=False)
    context: str = field(default="", repr=False)
    speaker: Speaker | None = None
    stances: Mapping[str, StanceScore] = field(default_factory=dict)

    @property
    def content(self) -> str:
        """The pieces of the content, joined by an ellipsis where something stood between."""
        return " … ".join(span.text for span in self.contents)

    @property
    def start(self) -> int:
        """Where the first of its spans begins, in characters."""
        return min(span.start for span in self.spans)

    @property
    def end(self) -> int:
        """Where the last of its spans ends, in characters."""
        return max(span.end for span in self.spans)

    @property
    def spans(self) -> tuple[Span, ...]:
        """Source, cue and contents, whichever are there."""
        return tuple(s for s in (self.source, self.cue, *self.contents) if s is not None)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A stretch of the text that could not be read, and why."""

    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class SpeakerSummary:
    """A speaker's stance toward a target over all statements that take one.

    ``score`` is the mean of the statements' scores; ``low`` and ``high`` bound
    it at 95 %. ``statements`` holds the ids of the statements behind it.
    """

    speaker: str
    target: str
    label: StanceLabel
    score: float
    low: float
    high: float
    statements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TargetRef:
    """What a report keeps of a target.

    ``favor`` and ``against`` are the hypotheses that its scores rest on; ``{speaker}``
    in them stands for the speaker's name. Empty where they are not known.
    """

    id: str
    name: str
    favor: tuple[str, ...] = field(default=(), repr=False)
    against: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was found in one article.

    The methods that render it live in `stancekit.report` and are loaded when
    called, so that importing the types stays cheap.
    """

    document: Document
    targets: tuple[TargetRef, ...]
    statements: tuple[Statement, ...]
    speakers: tuple[Speaker, ...]
    summaries: tuple[SpeakerSummary, ...]
    skipped: tuple[Skipped, ...] = ()
    models: Mapping[str, str] = field(default_factory=dict)
    version: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The report as plain types, as the shipped JSON Schema describes."""
        from stancekit.report import to_dict

        return to_dict(self)

    def to_json(self, *, indent: int | None = 2) -> str:
        """The report as JSON text."""
        from stancekit.report import to_json

        return to_json(self, indent=indent)

    def to_html(self) -> str:
        """The report as one self-contained HTML page."""
        from stancekit.report import to_html

        return to_html(self)

    def to_frame(self) -> pandas.DataFrame:
        """One row per statement and target, as a pandas frame (extra ``frame``)."""
        from stancekit.report import to_frame

        return to_frame(self)

    def to_dataset(self) -> datasets.Dataset:
        """The rows of `to_frame` as a Hugging Face dataset."""
        from stancekit.report import to_dataset

        return to_dataset(self)

    def plot(
        self, *, width: float | None = None, max_speakers: int | None = None
    ) -> matplotlib.figure.Figure:
        """Speakers by targets with intervals, as a matplotlib figure (extra ``plot``).

        Args:
            width: Inches; by default as wide as the targets need.
            max_speakers: Keep only the so many most quoted.
        """
        from stancekit.report import plot

        return plot(self, width=width, max_speakers=max_speakers)

    def _repr_html_(self) -> str:
        from stancekit.report import to_html_fragment

        return to_html_fragment(self)
