"""The gold form of an article: JSON with standoff offsets, checked against its text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from stancekit.errors import DataError
from stancekit.evaluation.metrics import Bools
from stancekit.hypotheses import Target
from stancekit.text import read_document
from stancekit.types import (
    KINDS,
    MODALITIES,
    STANCE_LABELS,
    Kind,
    Modality,
    Span,
    SpeakerType,
    StanceLabel,
)

_SPEAKER_TYPES = ("person", "group", "organization", "unknown")
_CLOSING = {'"': '"', "“": "”", "„": "”“", "«": "»", "‘": "’", "‚": "’‘", "‹": "›"}
CONSTRUCTIONS = range(1, 63)


@dataclass(frozen=True, slots=True)
class GoldTarget:
    """A target of an article: a noun phrase or a claim."""

    id: str
    text: str = ""
    claim: str = ""

    def target(self) -> Target:
        """The target as the scorer takes it, under the same id."""
        if self.claim:
            return Target.from_claim(self.claim, id=self.id)
        return Target.from_text(self.text, id=self.id)


@dataclass(frozen=True, slots=True)
class GoldSpeaker:
    """A canonical speaker with the stance it takes over the whole article, by target id.

    A joint source has ``members``, ids of other speakers, and no stances of its own.
    """

    id: str
    name: str
    type: SpeakerType = "unknown"
    members: tuple[str, ...] = ()
    stances: Mapping[str, StanceLabel] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GoldStatement:
    """A gold attribution. ``echo_of`` is the id of the statement whose content it repeats."""

    id: str
    contents: tuple[Span, ...]
    source: tuple[Span, ...] = ()
    cue: tuple[Span, ...] = ()
    kind: Kind = "indirect"
    modality: Modality = "asserted"
    speaker: str | None = None
    stances: Mapping[str, StanceLabel] = field(default_factory=dict)
    constructions: tuple[int, ...] = ()
    echo_of: str | None = None

    @property
    def spans(self) -> tuple[Span, ...]:
        """Source, cue and contents in text order."""
        return tuple(sorted((*self.source, *self.cue, *self.contents)))


@dataclass(frozen=True, slots=True)
class Article:
    """A text with everything that should be found in it."""

    id: str
    text: str = field(repr=False)
    statements: tuple[GoldStatement, ...] = field(default=(), repr=False)
    title: str = ""
    split: str = ""
    targets: tuple[GoldTarget, ...] = ()
    speakers: tuple[GoldSpeaker, ...] = ()
    constructions: tuple[int, ...] = ()

    def speaker(self, id: str | None) -> GoldSpeaker | None:
        """The speaker of that id."""
        return next((s for s in self.speakers if s.id == id), None)


# -- kind ----------------------------------------------------------------------


def quoted_mask(text: str) -> Bools:
    """Which characters stand in quotation marks, marks included, within one paragraph each.

    The matching mark, or the end of the paragraph, closes a quotation. Straight
    single marks are left out, being mostly apostrophes.

    Returns:
        ``(len(text),)``.
    """
    mask = np.zeros(len(text), dtype=bool)
    for paragraph in read_document(text).paragraphs:
        i = paragraph.start
        while i < paragraph.end:
            closers = _CLOSING.get(text[i])
            if closers is None or (i and text[i - 1].isalnum()):
                i += 1
                continue
            end = paragraph.end
            for j in range(i + 1, paragraph.end):
                # A right single mark inside a word is an apostrophe.
                inside_word = j + 1 < paragraph.end and text[j + 1].isalnum()
                if text[j] in closers and not (text[j] == "’" and inside_word):
                    end = j + 1
                    break
            mask[i:end] = True
            i = end
    return mask


def kind_of(text: str, contents: Sequence[Span], quoted: Bools) -> Kind:
    """Direct, indirect or mixed, by how many of a content's letters stand in quotation marks.

    All but a tenth of the letters and digits makes it direct, none indirect.

    Args:
        text: The whole text.
        contents: The pieces of the content.
        quoted: ``(len(text),)``, as from `quoted_mask`.
    """
    places = [i for s in contents for i in range(s.start, s.end) if text[i].isalnum()]
    inside = int(quoted[places].sum()) if places else 0
    if not inside:
        return "indirect"
    return "direct" if inside >= 0.9 * len(places) else "mixed"


# -- PolNeAR's form ------------------------------------------------------------


def article_of_record(record: Mapping[str, Any], *, where: str) -> Article:
    """An article from a record with ``text`` and ``attributions``, without speakers.

    Each attribution holds lists of ``[start, end]`` under ``source``, ``cue``
    and ``content``; its kind follows from the quotation marks. Attributions
    without content are left out: there is nothing to match them by.

    Args:
        record: As in `stancekit.training.data`.
        where: File and line, for the message.

    Raises:
        DataError: A span lies outside the text, or a key is missing.
    """
    text = record.get("text")
    if not isinstance(text, str) or not isinstance(record.get("attributions"), list):
        raise DataError(f"{where}: expected text and attributions")
    quoted = quoted_mask(text)
    statements = []
    for number, attribution in enumerate(record["attributions"], start=1):
        roles = {}
        for role in ("source", "cue", "content"):
            try:
                ranges = sorted((int(a), int(b)) for a, b in attribution.get(role) or ())
            except (AttributeError, TypeError, ValueError) as error:
                raise DataError(
                    f"{where}: attribution {number}: {role} is not a list of [start, end]"
                ) from error
            if any(not 0 <= a < b <= len(text) for a, b in ranges):
                raise DataError(f"{where}: attribution {number}: {role} outside the text")
            roles[role] = tuple(Span(a, b, text[a:b]) for a, b in ranges)
        if not roles["content"]:
            continue
        statements.append(
            GoldStatement(
                id=str(number),
                contents=roles["content"],
                source=roles["source"],
                cue=roles["cue"],
                kind=kind_of(text, roles["content"], quoted),
            )
        )
    return Article(id=str(record.get("id") or where), text=text, statements=tuple(statements))


# -- the form that ships -------------------------------------------------------


class _Reader:
    """Collects every problem of one article, so that one message can list them."""

    def __init__(self, where: str, text: str) -> None:
        self.where = where
        self.text = text
        self.problems: list[str] = []

    def say(self, problem: str) -> None:
        self.problems.append(f"{self.where}: {problem}")

    def choice(self, value: Any, allowed: Iterable[str], what: str) -> Any:
        allowed = tuple(allowed)
        if value not in allowed:
            self.say(f"{what} {value!r}, expected one of {', '.join(allowed)}")
        return value

    def spans(self, values: Any, what: str) -> tuple[Span, ...]:
        spans = []
        for value in values or ():
            try:
                span = Span(value["start"], value["end"], value["text"])
            except (KeyError, TypeError):
                self.say(f"{what}: a span needs start, end and text")
                continue
            found = self.text[span.start : span.end]
            if not 0 <= span.start < span.end <= len(self.text) or found != span.text:
                self.say(f"{what}: {span.start}-{span.end} is {found!r}, not {span.text!r}")
            spans.append(span)
        return tuple(spans)

    def stances(self, values: Any, targets: Iterable[str], what: str) -> dict[str, StanceLabel]:
        stances = dict(values or {})
        for target, label in stances.items():
            self.choice(target, targets, f"{what}: stance toward")
            self.choice(label, STANCE_LABELS, f"{what}: stance")
        return stances

    def constructions(self, values: Any, what: str) -> tuple[int, ...]:
        numbers = tuple(values or ())
        for number in numbers:
            if number not in CONSTRUCTIONS:
                self.say(f"{what}: construction {number!r}, expected 1 to 62")
        return numbers


def _unique(ids: Sequence[str], reader: _Reader, what: str) -> None:
    for id in sorted({i for i in ids if ids.count(i) > 1}):
        reader.say(f"two {what}s with the id {id!r}")


def article_from_dict(value: Mapping[str, Any], *, where: str) -> Article:
    """Checks the parsed JSON of one article.

    Args:
        value: The parsed JSON.
        where: The file's name, for the message.

    Raises:
        DataError: One message with everything that is wrong: spans that don't
            give their text, unknown labels, references to nothing.
    """
    text = value.get("text")
    if not isinstance(text, str) or not isinstance(value.get("id"), str):
        raise DataError(f"{where}: expected an id and a text")
    r = _Reader(where, text)
    try:
        targets = tuple(
            GoldTarget(t["id"], t.get("text") or "", t.get("claim") or "")
            for t in value.get("targets") or ()
        )
        target_ids = [t.id for t in targets]
        for t in targets:
            if bool(t.text) == bool(t.claim):
                r.say(f"target {t.id}: expected text or claim")
        speakers = []
        speaker_ids = [s["id"] for s in value.get("speakers") or ()]
        for s in value.get("speakers") or ():
            what = f"speaker {s['id']}"
            for member in s.get("members") or ():
                r.choice(member, speaker_ids, f"{what}: member")
            speakers.append(
                GoldSpeaker(
                    s["id"],
                    s["name"],
                    r.choice(s["type"], _SPEAKER_TYPES, f"{what}: type"),
                    tuple(s.get("members") or ()),
                    r.stances(s.get("stances"), target_ids, what),
                )
            )
        statements = []
        statement_ids = [s["id"] for s in value.get("statements") or ()]
        for s in value.get("statements") or ():
            what = f"statement {s['id']}"
            if s.get("speaker") is not None:
                r.choice(s["speaker"], speaker_ids, f"{what}: speaker")
            if s.get("echo_of") is not None:
                r.choice(s["echo_of"], statement_ids, f"{what}: echo_of")
            contents = r.spans(s.get("contents"), f"{what}: content")
            if not contents:
                r.say(f"{what}: no content")
            statements.append(
                GoldStatement(
                    id=s["id"],
                    contents=contents,
                    source=r.spans(s.get("source"), f"{what}: source"),
                    cue=r.spans(s.get("cue"), f"{what}: cue"),
                    kind=r.choice(s["kind"], KINDS, f"{what}: kind"),
                    modality=r.choice(s["modality"], MODALITIES, f"{what}: modality"),
                    speaker=s.get("speaker"),
                    stances=r.stances(s.get("stances"), target_ids, what),
                    constructions=r.constructions(s.get("constructions"), what),
                    echo_of=s.get("echo_of"),
                )
            )
    except (KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{where}: missing or malformed: {error}") from error
    for ids, what in (
        (target_ids, "target"),
        (speaker_ids, "speaker"),
        (statement_ids, "statement"),
    ):
        _unique(ids, r, what)
    constructions = r.constructions(value.get("constructions"), "article")
    if r.problems:
        raise DataError("\n".join(r.problems))
    return Article(
        id=value["id"],
        text=text,
        statements=tuple(statements),
        title=value.get("title") or "",
        split=value.get("split") or "",
        targets=targets,
        speakers=tuple(speakers),
        constructions=constructions,
    )


def _spans_to_list(spans: Iterable[Span]) -> list[dict[str, Any]]:
    return [{"start": s.start, "end": s.end, "text": s.text} for s in spans]


def article_to_dict(article: Article) -> dict[str, Any]:
    """The article as it ships, in plain types; empty optional keys are left out."""
    speakers: list[dict[str, Any]] = []
    for s in article.speakers:
        speaker: dict[str, Any] = {"id": s.id, "name": s.name, "type": s.type}
        if s.members:
            speaker["members"] = list(s.members)
        if s.stances:
            speaker["stances"] = dict(s.stances)
        speakers.append(speaker)
    statements: list[dict[str, Any]] = []
    for x in article.statements:
        statement: dict[str, Any] = {
            "id": x.id,
            "source": _spans_to_list(x.source),
            "cue": _spans_to_list(x.cue),
            "contents": _spans_to_list(x.contents),
            "kind": x.kind,
            "modality": x.modality,
            "speaker": x.speaker,
            "stances": dict(x.stances),
            "constructions": list(x.constructions),
        }
        if x.echo_of is not None:
            statement["echo_of"] = x.echo_of
        statements.append(statement)
    return {
        "id": article.id,
        "title": article.title,
        "split": article.split,
        "text": article.text,
        "targets": [
            {"id": t.id, "claim": t.claim} if t.claim else {"id": t.id, "text": t.text}
            for t in article.targets
        ],
        "speakers": speakers,
        "statements": statements,
        "constructions": list(article.constructions),
    }


def read_article(path: Path) -> Article:
    """Reads and checks one JSON article.

    Raises:
        DataError: The file can't be read or the article is wrong.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from error
    except ValueError as error:
        raise DataError(f"{path}: not JSON in UTF-8: {error}") from error
    if not isinstance(value, dict):
        raise DataError(f"{path}: expected a JSON object")
    return article_from_dict(value, where=str(path))


def read_articles(folder: Path, *, split: str | None = None) -> list[Article]:
    """The articles of ``folder/<split>/*.json``, or of every split, in the order of their ids.

    Raises:
        DataError: One is wrong, two share an id, or one lies in another split's folder.
    """
    articles = []
    for path in sorted(folder.glob(f"{split or '*'}/*.json")):
        article = read_article(path)
        if article.split != path.parent.name or article.id != path.stem:
            raise DataError(f"{path}: id and split inside are {article.id!r} and {article.split!r}")
        articles.append(article)
    ids = [a.id for a in articles]
    for id in ids:
        if ids.count(id) > 1:
            raise DataError(f"{folder}: two articles with the id {id!r}")
    return articles


def write_article(article: Article, folder: Path) -> Path:
    """Writes ``folder/<split>/<id>.json``."""
    path = folder / article.split / f"{article.id}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    content = json.dumps(article_to_dict(article), ensure_ascii=False, indent=1)
    path.write_text(content + "\n", encoding="utf-8")
    return path
