"""Label Studio: tasks with pre-annotations, and the export of a project.

A task holds a text; its regions are sources, cues and contents. Relations go
from the first piece of a content to its source, its cue and its further pieces;
kind, modality and speaker are answers about that first piece. `LABELLING_INTERFACE`
is the project's labelling interface.

Offsets count code points, as Label Studio does. Its early versions counted UTF-16
code units, which is told by the words that a region repeats.

Formats: https://labelstud.io/guide/predictions and https://labelstud.io/guide/export
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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
)
from stancekit.errors import DataError
from stancekit.types import KINDS, MODALITIES, Report

logger = logging.getLogger(__name__)

_ROLES = {"Source": "source", "Cue": "cue", "Content": "content"}
_LABELS = {role: label for label, role in _ROLES.items()}


def _choices(name: str, values: Iterable[str]) -> str:
    lines = "".join(f'    <Choice value="{value}"/>\n' for value in values)
    return (
        f'  <Choices name="{name}" toName="text" choice="single" perRegion="true"\n'
        f'           whenTagName="role" whenLabelValue="Content" showInline="true">\n'
        f"{lines}  </Choices>\n"
    )


LABELLING_INTERFACE = f"""\
<View>
  <Style>.htx-text {{ white-space: pre-wrap; }}</Style>
  <Relations>
    <Relation value="source"/>
    <Relation value="cue"/>
    <Relation value="content"/>
  </Relations>
  <Labels name="role" toName="text">
    <Label value="Content" background="#12805c" hotkey="1"/>
    <Label value="Source" background="#3465c0" hotkey="2"/>
    <Label value="Cue" background="#c8501e" hotkey="3"/>
  </Labels>
  <Text name="text" value="$text"/>
{_choices("kind", KINDS)}{_choices("modality", MODALITIES)}\
  <TextArea name="speaker" toName="text" perRegion="true" maxSubmissions="1" editable="true"
            whenTagName="role" whenLabelValue="Content" placeholder="Speaker"/>
</View>
"""


# --- writing -----------------------------------------------------------------


class _Writer:
    """The results of one task."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.results: list[dict[str, Any]] = []
        # Statements share a source, a cue or a further piece of content.
        self.shared: dict[tuple[str, Range], str] = {}
        self.count = 0

    def add(self, id: str, span: Range, name: str, type: str, answer: dict[str, Any]) -> None:
        start, end = span
        value = {"start": start, "end": end, "text": self.text[start:end]} | answer
        self.results.append(
            {"id": id, "from_name": name, "to_name": "text", "type": type, "value": value}
        )

    def region(self, role: str, span: Range, *, is_head: bool = False) -> str:
        key = (role, span)
        if not is_head and key in self.shared:
            return self.shared[key]
        self.count += 1
        id = f"r{self.count}"
        self.add(id, span, "role", "labels", {"labels": [_LABELS[role]]})
        if not is_head:
            self.shared[key] = id
        return id

    def statement(self, attribution: Attribution) -> None:
        first, *more = attribution.content
        head = self.region("content", first, is_head=True)
        for key in ("kind", "modality"):
            value = getattr(attribution, key)
            if value:
                self.add(head, first, key, "choices", {"choices": [value]})
        if attribution.speaker:
            self.add(head, first, "speaker", "textarea", {"text": [attribution.speaker]})
        for role, spans in (
            ("source", attribution.source),
            ("cue", attribution.cue),
            ("content", more),
        ):
            for span in spans:
                self.results.append(
                    {
                        "type": "relation",
                        "from_id": head,
                        "to_id": self.region(role, span),
                        "direction": "right",
                        "labels": [role],
                    }
                )


def task(report: Report) -> dict[str, Any]:
    """A report as a task with one prediction, whose score is the tagger's mean confidence."""
    labelled = labelled_text(report)
    writer = _Writer(labelled.text)
    for attribution in labelled.attributions:
        writer.statement(attribution)
    confidences = [a.confidence for a in labelled.attributions if a.confidence is not None]
    prediction: dict[str, Any] = {
        "model_version": f"stancekit {report.version}".strip(),
        "result": writer.results,
    }
    if confidences:
        prediction["score"] = round(sum(confidences) / len(confidences), 4)
    return {
        "data": {"text": labelled.text, "document": labelled.id},
        "predictions": [prediction],
    }


def task_lines(reports: Iterable[Report]) -> Iterator[str]:
    """The file of tasks, piece by piece: a JSON array with a task a line."""
    start = "[\n"
    for report in reports:
        yield start + json.dumps(task(report), ensure_ascii=False)
        start = ",\n"
    yield "[]\n" if start == "[\n" else "\n]\n"


# --- reading -----------------------------------------------------------------


@dataclass(slots=True)
class _Region:
    """What was marked in the text."""

    id: str
    role: str
    start: int
    end: int
    words: str
    answers: dict[str, str] = field(default_factory=dict)


class _Wrong(Exception):
    """A result that is not as Label Studio writes it."""


def _entries(value: object, what: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise _Wrong(f"{what} is not a list of objects")
    return value


class _Reader:
    """Reads the results of one task."""

    def __init__(self, text: str, ignored: Counter[str]) -> None:
        self.text = text
        self.ignored = ignored
        self.regions: dict[str, _Region] = {}
        self.relations: list[tuple[str, str]] = []

    def read(self, results: list[dict[str, Any]]) -> None:
        later = []
        for result in results:
            type = result.get("type")
            if type == "labels":
                self._read_region(result)
            elif type == "relation":
                pair = (str(result.get("from_id")), str(result.get("to_id")))
                self.relations.append(pair[::-1] if result.get("direction") == "left" else pair)
            else:
                later.append(result)
        for result in later:
            self._read_answer(result)
        for pair in self.relations:
            for id in pair:
                if id not in self.regions:
                    raise _Wrong(f"a relation names the region {id!r}, which is not there")

    def _read_region(self, result: dict[str, Any]) -> None:
        id, value = str(result.get("id")), result.get("value")
        if not isinstance(value, dict):
            raise _Wrong(f"region {id!r} has no value")
        labels = value.get("labels")
        if not isinstance(labels, list) or not labels:
            raise _Wrong(f"region {id!r} has no label; give it one or delete it")
        roles = [_ROLES[label] for label in labels if label in _ROLES]
        if not roles:
            self.ignored[", ".join(map(str, labels))] += 1
            # Kept as a region without a role, so that its relations are no error.
            self.regions[id] = _Region(id, "", 0, 0, "")
            return
        if len(roles) > 1:
            raise _Wrong(f"region {id!r} has the labels {', '.join(labels)}; expected one")
        try:
            start, end = int(value["start"]), int(value["end"])
        except (KeyError, TypeError, ValueError) as error:
            raise _Wrong(f"region {id!r} has no start and end in characters") from error
        words = value.get("text")
        self.regions[id] = _Region(
            id, roles[0], start, end, words if isinstance(words, str) else ""
        )

    def _read_answer(self, result: dict[str, Any]) -> None:
        name, value = str(result.get("from_name")), result.get("value")
        region = self.regions.get(str(result.get("id")))
        key = {"choices": "choices", "textarea": "text"}.get(str(result.get("type")))
        if region is None or key is None or name not in ("kind", "modality", "speaker"):
            self.ignored[name] += 1
            return
        given = value.get(key) if isinstance(value, dict) else None
        answers = given if isinstance(given, list) else [given]
        if answers and isinstance(answers[0], str) and answers[0].strip():
            region.answers[name] = " ".join(answers[0].split())

    def _ours(self) -> list[_Region]:
        return [region for region in self.regions.values() if region.role]

    def _fits(self, region: _Region) -> bool:
        found = self.text[max(0, region.start) : max(0, region.end)]
        # Some versions repeat a line end as the two characters of its escape.
        words = region.words.replace("\\n", "\n") if "\\n" not in found else region.words
        return not words.strip() or squeezed(found) == squeezed(words)

    def count_code_points(self) -> None:
        """Turns offsets in UTF-16 code units into code points, where the words tell so."""
        wrong = next((region for region in self._ours() if not self._fits(region)), None)
        if wrong is None:
            return
        found = self.text[max(0, wrong.start) : max(0, wrong.end)]
        if has_pairs(self.text):
            for region in self._ours():
                region.start = as_code_points(self.text, max(0, region.start))
                region.end = as_code_points(self.text, max(0, region.end))
            if all(self._fits(region) for region in self._ours()):
                return
        raise _Wrong(f"region {wrong.id!r} is {wrong.words!r}, but the text there is {found!r}")

    def attributions(self) -> list[Attribution]:
        """Contents with what is linked to them."""
        linked: dict[str, list[_Region]] = {id: [] for id in self.regions}
        further = set()
        for start, end in self.relations:
            one, other = self.regions[start], self.regions[end]
            linked[start].append(other)
            if one.role == other.role == "content":
                further.add(end)
            else:
                # People draw an arrow from a source or cue to its content, too.
                linked[end].append(one)
        found = []
        reached = set()
        for region in self._ours():
            if region.role != "content" or region.id in further:
                continue
            members = self._members(region, linked)
            reached |= set(members)
            roles: dict[str, list[Range]] = {"source": [], "cue": [], "content": []}
            for member in members.values():
                roles[member.role].append((member.start, member.end))
            try:
                found.append(checked(self.text, roles, **region.answers))
            except ValueError as error:
                raise _Wrong(f"region {region.id!r}: {error}") from error
        for region in self._ours():
            if region.id not in reached:
                words = self.text[region.start : region.end]
                raise _Wrong(
                    f"region {region.id!r} ({_LABELS[region.role]}, {words!r}) is linked to no "
                    "content; add a relation or delete it"
                )
        return found

    def _members(self, head: _Region, linked: dict[str, list[_Region]]) -> dict[str, _Region]:
        # From contents to cues and sources, and among pieces of one role, but not
        # back to contents: statements that share a source stay apart.
        steps = {
            "content": ("content", "cue", "source"),
            "cue": ("cue", "source"),
            "source": ("source",),
        }
        members = {head.id: head}
        waiting = [head]
        while waiting:
            region = waiting.pop()
            for other in linked[region.id]:
                if other.role in steps[region.role] and other.id not in members:
                    members[other.id] = other
                    waiting.append(other)
        return members


def _chosen(entry: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The results to read; None where nobody has worked on the task."""
    if "annotations" not in entry:
        # Never imported: the predictions as they were written.
        versions = _entries(entry.get("predictions") or [], "predictions")
    else:
        versions = [
            version
            for version in _entries(entry["annotations"] or [], "annotations")
            if not version.get("was_cancelled")
        ]
        truths = [version for version in versions if version.get("ground_truth")]
        versions = truths or versions
    if not versions:
        return None
    if len(versions) > 1:
        raise _Wrong(
            f"{len(versions)} annotations; delete all but one, or mark one as ground truth"
        )
    return _entries(versions[0].get("result"), "result")


def read_label_studio(path: Path) -> list[LabelledText]:
    """Reads a project exported as JSON, or a file of tasks as `task_lines` writes it.

    Annotations are read where a task has been in Label Studio, predictions where
    it has not; tasks without an annotation are passed over, with a warning, as are
    labels and answers of other names.

    Raises:
        DataError: One message with the first twenty problems, each with its task.
    """
    try:
        tasks = json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 text") from error
    except json.JSONDecodeError as error:
        raise DataError(f"{path}:{error.lineno}: not JSON: {error.msg}") from error
    except RecursionError as error:
        raise DataError(f"{path}: not JSON: nested too deeply") from error
    if isinstance(tasks, dict):
        tasks = [tasks]
    if not isinstance(tasks, list):
        raise DataError(f"{path}: expected a list of Label Studio tasks")
    problems = Problems()
    ignored: Counter[str] = Counter()
    found = []
    untouched = 0
    for number, entry in enumerate(tasks, start=1):
        where = f"{path}, task {number}"
        data = entry.get("data") if isinstance(entry, dict) else None
        if not isinstance(data, dict) or not isinstance(data.get("text"), str):
            problems.say(where, "no data with a text; expected an export as JSON, not as JSON-MIN")
            continue
        if isinstance(entry.get("id"), int):
            where += f" (id {entry['id']})"
        try:
            results = _chosen(entry)
            if results is None:
                untouched += 1
                continue
            reader = _Reader(data["text"], ignored)
            reader.read(results)
            reader.count_code_points()
            attributions = tuple(reader.attributions())
        except _Wrong as error:
            problems.say(where, str(error))
            continue
        id = data.get("document") or data.get("id") or entry.get("id") or f"{path.name}:{number}"
        found.append(LabelledText(str(id), data["text"], attributions))
    problems.settle()
    if untouched:
        logger.warning("%s: passed over tasks without an annotation: %d", path, untouched)
    if ignored:
        told = ", ".join(f"{count} {name}" for name, count in sorted(ignored.items()))
        logger.warning("%s: passed over other labels and answers: %s", path, told)
    if not found:
        raise DataError(f"{path}: no annotated task; expected at least one")
    return found
