"""A text with its attributions, between a report and the formats of annotation tools."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from stancekit.attribution.tags import ROLES
from stancekit.errors import DataError
from stancekit.text import encodable
from stancekit.types import KINDS, MODALITIES, Report, Span

Range = tuple[int, int]

_MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who (source) said (cue) what (content), each in one or more pieces.

    Ranges are half open, in characters (code points) of the text, sorted, and
    begin and end with something that is no white space.

    Attributes:
        content: At least one piece.
        source: Empty where the text names nobody.
        cue: Empty where no words introduce the content.
        kind: direct, indirect or mixed; empty where unknown.
        modality: One of `stancekit.types.MODALITIES`; empty where unknown.
        speaker: Name of the canonical speaker; empty where unknown.
        confidence: The tagger's, in [0, 1]; None for what people labelled.
    """

    content: tuple[Range, ...]
    source: tuple[Range, ...] = ()
    cue: tuple[Range, ...] = ()
    kind: str = ""
    modality: str = ""
    speaker: str = ""
    confidence: float | None = field(default=None, compare=False)

    def ranges(self, role: str) -> tuple[Range, ...]:
        """The pieces of a role: source, cue or content."""
        found: tuple[Range, ...] = getattr(self, role)
        return found


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text and its attributions, as annotation tools show and correct them."""

    id: str
    text: str = field(repr=False)
    attributions: tuple[Attribution, ...] = ()

    def to_record(self) -> dict[str, Any]:
        """The record that training reads: id, text and attributions.

        Kind, modality and speaker are kept where they are known; training
        takes no notice of them.
        """
        return {
            "id": self.id,
            "text": self.text,
            "attributions": [
                {role: [list(r) for r in attribution.ranges(role)] for role in ROLES}
                | {
                    key: value
                    for key in ("kind", "modality", "speaker")
                    if (value := getattr(attribution, key))
                }
                for attribution in self.attributions
            ],
        }


class Problems:
    """Collects what is wrong with a file, so that one message can list it."""

    def __init__(self) -> None:
        self._found: list[str] = []

    def say(self, where: str, what: str) -> None:
        """Notes a problem; ``where`` names the file and the place in it."""
        self._found.append(f"{where}: {what}")

    def settle(self) -> None:
        """Raises what was found.

        Raises:
            DataError: One message with the first twenty problems, a line each.
        """
        if self._found:
            more = len(self._found) - _MOST_TOLD
            told = self._found[:_MOST_TOLD] + ([f"(and {more} more)"] if more > 0 else [])
            raise DataError("\n".join(told))


def trimmed(text: str, ranges: Iterable[Range]) -> tuple[Range, ...]:
    """Ranges inside the text without white space at their ends, sorted, each once."""
    found = set()
    for start, end in ranges:
        start, end = max(0, start), min(end, len(text))
        inside = text[start:end]
        kept = inside.strip()
        if kept:
            start += len(inside) - len(inside.lstrip())
            found.add((start, start + len(kept)))
    return tuple(sorted(found))


def checked(text: str, roles: Mapping[str, Iterable[Range]], **extra: str) -> Attribution:
    """An attribution from ranges as a tool wrote them.

    Args:
        text: The text.
        roles: Ranges by role; white space at their ends is cut off.
        extra: kind, modality and speaker, where they are known.

    Raises:
        ValueError: A range lies outside of the text or holds nothing but white
            space, there is no content, or a kind or modality is unknown.
    """
    cut: dict[str, tuple[Range, ...]] = {}
    for role in ROLES:
        cut[role] = ()
        for start, end in roles.get(role, ()):
            if not 0 <= start < end <= len(text):
                raise ValueError(
                    f"the {role} {start} to {end} lies outside of the text ({len(text)} characters)"
                )
            if not text[start:end].strip():
                raise ValueError(f"the {role} {start} to {end} holds nothing but white space")
            cut[role] += ((start, end),)
    if not cut["content"]:
        raise ValueError("no content; expected at least one piece of what was said")
    for key, allowed in (("kind", KINDS), ("modality", MODALITIES)):
        value = extra.get(key)
        if value and value not in allowed:
            raise ValueError(f"the {key} is {value!r}; expected one of {', '.join(allowed)}")
    return Attribution(**{role: trimmed(text, cut[role]) for role in ROLES}, **extra)  # type: ignore[arg-type]


def unix_lines(text: str) -> tuple[str, list[int]]:
    """The text with line feeds for all other line ends, and where characters were dropped.

    Annotation tools count a Windows line end as one character or as two, so
    that only line feeds are safe.

    Returns:
        The text, and the positions in the old text of the dropped characters, in order.
    """
    dropped = [i for i, (a, b) in enumerate(pairwise(text)) if a == "\r" and b == "\n"]
    return text.replace("\r\n", "\n").replace("\r", "\n"), dropped


def labelled_text(report: Report) -> LabelledText:
    """What a report found, in the form that annotation tools can hold.

    Line ends become line feeds (offsets are moved along), lone surrogates
    become U+FFFD, and spans lose white space at their ends.
    """
    text, dropped = unix_lines(encodable(report.document.text))

    def ranges(spans: Iterable[Span | None]) -> tuple[Range, ...]:
        moved = (
            (s.start - bisect_left(dropped, s.start), s.end - bisect_left(dropped, s.end))
            for s in spans
            if s is not None
        )
        return trimmed(text, moved)

    attributions = []
    for statement in report.statements:
        content = ranges(statement.contents)
        if not content:
            continue
        name = "" if statement.speaker is None else statement.speaker.name
        attributions.append(
            Attribution(
                content=content,
                source=ranges([statement.source]),
                cue=ranges([statement.cue]),
                kind=statement.kind,
                modality=statement.modality,
                speaker=" ".join(encodable(name).split()),
                confidence=statement.confidence,
            )
        )
    return LabelledText(report.document.id, text, tuple(attributions))


def squeezed(text: str) -> str:
    """The text without white space, for comparisons with what a tool wrote of it."""
    return "".join(text.split())


def as_code_points(text: str, offset: int) -> int:
    """An offset in UTF-16 code units as one in code points."""
    return len(text.encode("utf-16-le")[: 2 * offset].decode("utf-16-le", "ignore"))


def has_pairs(text: str) -> bool:
    """Whether the text has characters that UTF-16 counts twice, such as emoji."""
    return any(c > "\uffff" for c in text)
