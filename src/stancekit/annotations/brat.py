"""brat standoff: a folder with a .txt and an .ann file an article, and brat's configuration.

A statement is an event. Its trigger is the first piece of the content; source,
cue and further pieces of the content are its arguments (numbered from the second
of a role on, as brat does), kind and modality its attributes, the speaker's name
its note. A span that runs over a line end is written in fragments, one a line,
which is how brat itself marks it, and joined again when read.

Format: https://brat.nlplab.org/standoff.html
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from stancekit.annotations.model import (
    Attribution,
    LabelledText,
    Problems,
    Range,
    as_code_points,
    checked,
    has_pairs,
    labelled_text,
    squeezed,
    unix_lines,
)
from stancekit.errors import DataError, InputError
from stancekit.types import KINDS, MODALITIES, Report

logger = logging.getLogger(__name__)

_EVENT = "Statement"
_ROLES = {"Source": "source", "Cue": "cue", "Content": "content"}
_ATTRIBUTES = {"Kind": "kind", "Modality": "modality"}
_SPEAKER = "Speaker: "

ANNOTATION_CONF = f"""\
# Who said what. Mark what was said as a {_EVENT}, then draw arcs from it to its
# Source, its Cue and further pieces of its Content.
[entities]
Source
Cue
Content

[relations]
<OVERLAP>\tArg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>

[events]
{_EVENT}\tSource*:Source, Cue*:Cue, Content*:Content

[attributes]
Kind\tArg:{_EVENT}, Value:{"|".join(KINDS)}
Modality\tArg:{_EVENT}, Value:{"|".join(MODALITIES)}
"""
VISUAL_CONF = f"""\
[labels]
{_EVENT} | Statement | Said
Source | Source | Src
Cue | Cue
Content | Content, further piece | Content | +

[drawing]
{_EVENT}\tbgColor:#cfe8dd
Content\tbgColor:#e6f3ec
Source\tbgColor:#cfdcf5
Cue\tbgColor:#f7dcc4
"""


# --- writing -----------------------------------------------------------------


def _fragments(text: str, start: int, end: int) -> list[Range]:
    """The range, cut at every character that some reader takes for a line end."""
    found = []
    position = start
    for line in text[start:end].splitlines(keepends=True):
        inside = line.splitlines()[0]
        if inside.strip():
            found.append((position, position + len(inside)))
        position += len(line)
    return found


class _Writer:
    """The lines of one .ann file."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines: list[str] = []
        self.counts: Counter[str] = Counter()
        # Statements share a source, a cue or a further piece of content.
        self.shared: dict[tuple[str, Range], str] = {}

    def id(self, letter: str) -> str:
        self.counts[letter] += 1
        return f"{letter}{self.counts[letter]}"

    def span(self, type: str, span: Range) -> str:
        name = self.id("T")
        parts = _fragments(self.text, *span)
        places = ";".join(f"{a} {b}" for a, b in parts)
        words = " ".join(self.text[a:b] for a, b in parts)
        self.lines.append(f"{name}\t{type} {places}\t{words}")
        return name

    def entity(self, type: str, span: Range) -> str:
        key = (type, span)
        if key not in self.shared:
            self.shared[key] = self.span(type, span)
        return self.shared[key]

    def statement(self, attribution: Attribution) -> None:
        head, *more = attribution.content
        arguments = [f"{_EVENT}:{self.span(_EVENT, head)}"]
        for role, spans in (
            ("Source", attribution.source),
            ("Cue", attribution.cue),
            ("Content", more),
        ):
            for number, span in enumerate(spans, start=1):
                suffix = "" if number == 1 else str(number)
                arguments.append(f"{role}{suffix}:{self.entity(role, span)}")
        name = self.id("E")
        self.lines.append(f"{name}\t{' '.join(arguments)}")
        for attribute, key in _ATTRIBUTES.items():
            value = getattr(attribution, key)
            if value:
                self.lines.append(f"{self.id('A')}\t{attribute} {name} {value}")
        if attribution.speaker:
            note = " ".join(attribution.speaker.split())
            self.lines.append(f"{self.id('#')}\tAnnotatorNotes {name}\t{_SPEAKER}{note}")


def _annotations(labelled: LabelledText) -> str:
    writer = _Writer(labelled.text)
    for attribution in labelled.attributions:
        writer.statement(attribution)
    return "".join(f"{line}\n" for line in writer.lines)


def _stem(id: str, taken: set[str]) -> str:
    base = id[:-4] if id.lower().endswith(".txt") else id
    base = re.sub(r"[^A-Za-z0-9_.-]+", "-", base).strip("-.")[:80] or "article"
    stem, number = base, 2
    # Lower case, for file systems that don't tell the two apart.
    while stem.lower() in taken:
        stem, number = f"{base}-{number}", number + 1
    taken.add(stem.lower())
    return stem


def brat_files(reports: Iterable[Report]) -> Iterator[tuple[str, str]]:
    """Names and contents of a folder for brat; write them as UTF-8, line ends as they are.

    Args:
        reports: Written as they come.
    """
    yield "annotation.conf", ANNOTATION_CONF
    yield "visual.conf", VISUAL_CONF
    taken: set[str] = set()
    for report in reports:
        labelled = labelled_text(report)
        stem = _stem(labelled.id, taken)
        yield f"{stem}.txt", labelled.text
        yield f"{stem}.ann", _annotations(labelled)


def check_brat_folder(folder: Path) -> None:
    """Refuses to write over annotations that somebody may have corrected.

    Raises:
        InputError: The folder holds .ann files already, or is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: a file; brat needs a folder")
    if folder.is_dir() and any(folder.rglob("*.ann")):
        raise InputError(f"{folder}: holds annotations (.ann) already; name another folder")


# --- reading -----------------------------------------------------------------


@dataclass(slots=True)
class _Bound:
    """A T line."""

    line: int
    type: str
    parts: list[Range]
    words: str
    is_used: bool = False


@dataclass(slots=True)
class _Event:
    """An E line with what refers to it."""

    line: int
    trigger: str
    arguments: list[tuple[str, str]]
    extra: dict[str, str] = field(default_factory=dict)


class _Reader:
    """Reads one .ann file; problems are collected."""

    def __init__(self, path: Path, problems: Problems, ignored: Counter[str]) -> None:
        self.path = path
        self.problems = problems
        self.ignored = ignored
        self.bound: dict[str, _Bound] = {}
        self.events: dict[str, _Event] = {}
        self.later: list[tuple[int, str, str]] = []

    def say(self, line: int, what: str) -> None:
        self.problems.say(f"{self.path}:{line}", what)

    def read(self, lines: Iterable[str]) -> None:
        for number, line in enumerate(lines, start=1):
            line = line.removesuffix("\r")
            if not line.strip():
                continue
            name, tab, rest = line.partition("\t")
            if not tab:
                self.say(number, "expected an id, a tab and an annotation")
            elif name.startswith("T"):
                self._read_bound(number, name, rest)
            elif name.startswith("E"):
                self._read_event(number, name, rest)
            elif name.startswith(("A", "M", "#")):
                self.later.append((number, name, rest))
            else:
                self.ignored[rest.split(" ", 1)[0]] += 1
        for number, name, rest in self.later:
            self._read_extra(number, name, rest)

    def _read_bound(self, number: int, name: str, rest: str) -> None:
        places, _, words = rest.partition("\t")
        match = re.fullmatch(r"(\S+) (\d+ \d+(?:;\d+ \d+)*)\s*", places)
        if match is None:
            self.say(number, f"{places!r}: expected a type and offsets, such as 'Cue 12 16'")
            return
        if name in self.bound:
            self.say(number, f"{name} is used twice; the first is on line {self.bound[name].line}")
            return
        parts = [tuple(map(int, part.split())) for part in match[2].split(";")]
        self.bound[name] = _Bound(number, match[1], parts, words)  # type: ignore[arg-type]

    def _read_event(self, number: int, name: str, rest: str) -> None:
        pairs = [tuple(argument.split(":", 1)) for argument in rest.split()]
        if not pairs or any(len(pair) != 2 for pair in pairs):
            self.say(number, f"{rest!r}: expected 'Statement:T1 Source:T2' and the like")
        elif pairs[0][0] != _EVENT:
            self.ignored[pairs[0][0]] += 1
        else:
            self.events[name] = _Event(number, pairs[0][1], pairs[1:])  # type: ignore[arg-type]

    def _read_extra(self, number: int, name: str, rest: str) -> None:
        head, _, note = rest.partition("\t")
        words = head.split()
        event = self.events.get(words[1]) if len(words) > 1 else None
        if event is None:
            self.ignored[words[0] if words else name] += 1
        elif name.startswith("#"):
            if note.startswith(_SPEAKER):
                event.extra["speaker"] = note.removeprefix(_SPEAKER).strip()
        elif words[0] in _ATTRIBUTES and len(words) == 3:
            key, value = _ATTRIBUTES[words[0]], words[2]
            allowed: tuple[str, ...] = KINDS if key == "kind" else MODALITIES
            if value in allowed:
                event.extra[key] = value
            else:
                self.say(number, f"{words[0]} {value!r}: expected one of {', '.join(allowed)}")
        else:
            self.ignored[words[0]] += 1

    # Resolving what was read against the text.

    def _ours(self) -> list[_Bound]:
        return [b for b in self.bound.values() if b.type == _EVENT or b.type in _ROLES]

    def _fits(self, text: str, bound: _Bound, *, utf16: bool) -> bool:
        found = "".join(text[a:b] for a, b in _counted(text, bound.parts, utf16=utf16))
        return not bound.words.strip() or squeezed(found) == squeezed(bound.words)

    def choose(self, raw: str) -> tuple[str, bool]:
        """The text that the offsets belong to, and whether they count UTF-16.

        The words that brat repeats on every line decide: a file that went
        through Windows may have other line ends than it had in brat, and a
        byte order mark.
        """
        unmarked = raw.removeprefix("\ufeff")
        texts = dict.fromkeys((raw, unix_lines(raw)[0], unmarked, unix_lines(unmarked)[0]))
        for utf16 in (False, True):
            for text in texts:
                if utf16 and not has_pairs(text):
                    continue
                if all(self._fits(text, bound, utf16=utf16) for bound in self._ours()):
                    return text, utf16
        for bound in self._ours():
            if not self._fits(raw, bound, utf16=False):
                found = " ".join(raw[a:b] for a, b in bound.parts)
                self.say(
                    bound.line,
                    f"the text there is {found!r}, not {bound.words!r}; "
                    f"was {self.path.with_suffix('.txt').name} changed?",
                )
        return raw, False

    def _ranges(self, text: str, bound: _Bound, *, utf16: bool) -> list[Range]:
        joined: list[Range] = []
        for start, end in sorted(_counted(text, bound.parts, utf16=utf16)):
            if joined:
                between = text[joined[-1][1] : start]
                # Fragments with nothing but a line end between them are one span.
                if between and not between.strip() and between.splitlines() != [between]:
                    joined[-1] = (joined[-1][0], end)
                    continue
            joined.append((start, end))
        return joined

    def attributions(self, text: str, *, utf16: bool) -> list[Attribution]:
        found = []
        for event in self.events.values():
            roles: dict[str, list[Range]] = {"source": [], "cue": [], "content": []}
            is_whole = True
            for given, target in [(_EVENT, event.trigger), *event.arguments]:
                argument = given.rstrip("0123456789")
                bound = self.bound.get(target)
                if argument != _EVENT and argument not in _ROLES:
                    self.ignored[argument] += 1
                elif bound is None:
                    self.say(event.line, f"{given}:{target}: there is no {target} in this file")
                    is_whole = False
                elif bound.type != argument:
                    self.say(event.line, f"{given}:{target}: {target} is a {bound.type}")
                    is_whole = False
                else:
                    bound.is_used = True
                    role = _ROLES.get(argument, "content")
                    roles[role] += self._ranges(text, bound, utf16=utf16)
            if is_whole:
                try:
                    found.append(checked(text, roles, **event.extra))
                except ValueError as error:
                    self.say(event.line, str(error))
        for name, bound in self.bound.items():
            if bound.is_used:
                continue
            if bound.type == _EVENT:
                roles = {"content": self._ranges(text, bound, utf16=utf16)}
                try:
                    found.append(checked(text, roles))
                except ValueError as error:
                    self.say(bound.line, str(error))
            elif bound.type in _ROLES:
                self.say(
                    bound.line,
                    f"{name} ({bound.type}) belongs to no {_EVENT}; link it to one or delete it",
                )
            else:
                self.ignored[bound.type] += 1
        return found


def _counted(text: str, parts: list[Range], *, utf16: bool) -> list[Range]:
    if not utf16:
        return parts
    return [(as_code_points(text, a), as_code_points(text, b)) for a, b in parts]


def _read_text(path: Path, problems: Problems) -> str | None:
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        problems.say(str(path), f"can't be read: {error.strerror or error}")
    except UnicodeDecodeError as error:
        problems.say(str(path), f"not UTF-8 (byte {error.start}); brat's files must be")
    return None


def read_brat(folder: Path) -> list[LabelledText]:
    """Reads a folder that was annotated with brat, and all folders below it.

    A text's id is the path of its .txt file in the folder. Annotations of types
    that `brat_files` does not write are passed over, with a warning.

    Raises:
        DataError: One message with the first twenty problems, each with file and line.
    """
    paths = sorted(folder.rglob("*.ann"))
    if not paths:
        raise DataError(f"{folder}: no .ann file in this folder; expected brat's annotations")
    problems = Problems()
    ignored: Counter[str] = Counter()
    result = []
    for path in paths:
        text = _read_text(path.with_suffix(".txt"), problems)
        annotations = _read_text(path, problems)
        if text is None or annotations is None:
            continue
        reader = _Reader(path, problems, ignored)
        reader.read(annotations.removeprefix("\ufeff").split("\n"))
        text, utf16 = reader.choose(text)
        attributions = reader.attributions(text, utf16=utf16)
        id = path.with_suffix(".txt").relative_to(folder).as_posix()
        result.append(LabelledText(id, text, tuple(attributions)))
    problems.settle()
    if ignored:
        told = ", ".join(f"{count} {type}" for type, count in sorted(ignored.items()))
        logger.warning("%s: passed over annotations of other types: %s", folder, told)
    return result
