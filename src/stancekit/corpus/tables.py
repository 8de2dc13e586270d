"""The tables of a corpus: their columns, and the rows that a report gives.

The schema is a contract: columns are added at the end, and never renamed, retyped or removed
without raising `SCHEMA_VERSION`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stancekit.errors import MissingExtraError
from stancekit.text import encodable
from stancekit.types import Report, Span

if TYPE_CHECKING:
    import pyarrow  # type: ignore[import-untyped, unused-ignore]

SCHEMA_VERSION = 1
DECIMALS = 4

Row = dict[str, Any]
Rows = dict[str, list[Row]]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its Arrow type in words, and what it holds."""

    name: str
    type: str
    about: str


_SPANS = "list<struct<start: int64, end: int64>>"

TABLES: Mapping[str, tuple[Column, ...]] = {
    "documents": (
        Column("document", "string", "the article's id; unique, the key of every table"),
        Column("date", "string", "when it appeared, ISO 8601 (a day, a month or a year), or null"),
        Column("status", "string", "ok, duplicate (of an earlier text) or failed (see errors)"),
        Column("duplicate_of", "string", "document with the same text, which holds the results"),
        Column("n_chars", "int64", "length of the text in characters; null if it was not read"),
        Column("sha256", "string", "hash of the text in UTF-8; null if it was not read"),
        Column("n_statements", "int64", "statements found; null unless ok, as the next two"),
        Column("n_speakers", "int64", "speakers found"),
        Column("n_skipped", "int64", "stretches of the text that could not be read"),
    ),
    "statements": (
        Column("document", "string", "the article's id"),
        Column("statement", "string", "the statement's id, unique in its article"),
        Column("start", "int64", "where it begins in the text, in characters"),
        Column("end", "int64", "where it ends"),
        Column("kind", "string", "direct, indirect or mixed"),
        Column("modality", "string", "asserted, denied, refused, asked, doubted, believed, ..."),
        Column("confidence", "float64", "of the attribution, in [0, 1]"),
        Column("speaker", "string", "the speaker's id, unique in its article; null if unknown"),
        Column("speaker_name", "string", "the speaker's name"),
        Column("source", "string", "the words that name the source"),
        Column("source_start", "int64", "where they begin"),
        Column("source_end", "int64", "where they end"),
        Column("cue", "string", "the words that introduce the content"),
        Column("cue_start", "int64", "where they begin"),
        Column("cue_end", "int64", "where they end"),
        Column("content", "string", "what was said; pieces are joined by an ellipsis"),
        Column("content_spans", _SPANS, "where its pieces stand"),
    ),
    "stances": (
        Column("document", "string", "the article's id"),
        Column("statement", "string", "the statement's id"),
        Column("target", "string", "the target's id; run.json holds its name and sentences"),
        Column("label", "string", "favor, against or none"),
        Column("favor", "float64", "probability, four decimals"),
        Column("against", "float64", "probability"),
        Column("none", "float64", "probability"),
        Column("score", "float64", "favor minus against, in [-1, 1]"),
    ),
    "speakers": (
        Column("document", "string", "the article's id"),
        Column("speaker", "string", "the speaker's id, unique in its article"),
        Column("name", "string", "canonical name in this article"),
        Column("type", "string", "person, group, organization or unknown"),
        Column("members", "list<string>", "ids of the speakers whom a joint source means"),
        Column("n_mentions", "int64", "sources that mean this speaker"),
        Column("mentions", _SPANS, "where they stand"),
    ),
    "summaries": (
        Column("document", "string", "the article's id"),
        Column("speaker", "string", "the speaker's id"),
        Column("speaker_name", "string", "the speaker's name"),
        Column("speaker_type", "string", "person, group, organization or unknown"),
        Column("target", "string", "the target's id"),
        Column("label", "string", "favor, against or none"),
        Column("score", "float64", "mean of the statements that take a side, in [-1, 1]"),
        Column("low", "float64", "lower bound at 95 %"),
        Column("high", "float64", "upper bound at 95 %"),
        Column("n_statements", "int64", "statements that take a side; the score rests on them"),
        Column("statements", "list<string>", "their ids"),
    ),
    "errors": (
        Column("document", "string", "the article's id"),
        Column("stage", "string", "read or analyze"),
        Column("error", "string", "the class of the exception"),
        Column("message", "string", "what it says"),
    ),
}


def arrow_schema(table: str) -> pyarrow.Schema:
    """The Arrow schema of a table.

    Raises:
        MissingExtraError: pyarrow is not installed.
    """
    try:
        import pyarrow  # type: ignore[import-untyped, unused-ignore]
    except ImportError as error:
        raise MissingExtraError("A corpus in Parquet", "frame") from error
    spans = pyarrow.list_(pyarrow.struct([("start", pyarrow.int64()), ("end", pyarrow.int64())]))
    types = {
        "string": pyarrow.string(),
        "int64": pyarrow.int64(),
        "float64": pyarrow.float64(),
        "list<string>": pyarrow.list_(pyarrow.string()),
        _SPANS: spans,
    }
    return pyarrow.schema([(column.name, types[column.type]) for column in TABLES[table]])


def arrow_table(table: str, rows: Sequence[Row]) -> pyarrow.Table:
    """Rows as an Arrow table with the schema of `arrow_schema`."""
    import pyarrow  # type: ignore[import-untyped, unused-ignore]

    return pyarrow.Table.from_pylist(list(rows), schema=arrow_schema(table))


def no_rows() -> Rows:
    """An empty list for every table."""
    return {table: [] for table in TABLES}


def _number(value: float) -> float:
    # Adding 0.0 turns the -0.0 that rounding leaves into 0.0.
    return round(float(value), DECIMALS) + 0.0


def _spans(spans: Iterable[Span]) -> list[dict[str, int]]:
    return [{"start": span.start, "end": span.end} for span in spans]


def _part(span: Span | None, name: str) -> Row:
    return {
        name: None if span is None else encodable(span.text),
        f"{name}_start": None if span is None else span.start,
        f"{name}_end": None if span is None else span.end,
    }


def report_rows(report: Report) -> Rows:
    """The rows of a report in every table, probabilities rounded to four decimals."""
    document = encodable(report.document.id)
    rows = no_rows()
    rows["documents"].append(
        document_row(
            document,
            date=report.document.date,
            n_chars=len(report.document.text),
            sha256=report.document.sha256,
        )
        | {
            "n_statements": len(report.statements),
            "n_speakers": len(report.speakers),
            "n_skipped": len(report.skipped),
        }
    )
    for statement in report.statements:
        speaker = statement.speaker
        rows["statements"].append(
            {
                "document": document,
                "statement": statement.id,
                "start": statement.start,
                "end": statement.end,
                "kind": statement.kind,
                "modality": statement.modality,
                "confidence": _number(statement.confidence),
                "speaker": None if speaker is None else speaker.id,
                "speaker_name": None if speaker is None else encodable(speaker.name),
                **_part(statement.source, "source"),
                **_part(statement.cue, "cue"),
                "content": encodable(statement.content),
                "content_spans": _spans(statement.contents),
            }
        )
        for target, stance in statement.stances.items():
            rows["stances"].append(
                {
                    "document": document,
                    "statement": statement.id,
                    "target": target,
                    "label": stance.label,
                    "favor": _number(stance.favor),
                    "against": _number(stance.against),
                    "none": _number(stance.none),
                    "score": _number(stance.score),
                }
            )
    for speaker in report.speakers:
        rows["speakers"].append(
            {
                "document": document,
                "speaker": speaker.id,
                "name": encodable(speaker.name),
                "type": speaker.type,
                "members": list(speaker.members),
                "n_mentions": len(speaker.mentions),
                "mentions": _spans(speaker.mentions),
            }
        )
    named = {speaker.id: speaker for speaker in report.speakers}
    for summary in report.summaries:
        rows["summaries"].append(
            {
                "document": document,
                "speaker": summary.speaker,
                "speaker_name": encodable(named[summary.speaker].name),
                "speaker_type": named[summary.speaker].type,
                "target": summary.target,
                "label": summary.label,
                "score": _number(summary.score),
                "low": _number(summary.low),
                "high": _number(summary.high),
                "n_statements": len(summary.statements),
                "statements": list(summary.statements),
            }
        )
    return rows


def document_row(
    document: str,
    *,
    date: str = "",
    status: str = "ok",
    duplicate_of: str | None = None,
    n_chars: int | None = None,
    sha256: str | None = None,
) -> Row:
    """A row of the documents table, without counts of what was found."""
    return {
        "document": document,
        "date": encodable(date) or None,
        "status": status,
        "duplicate_of": duplicate_of,
        "n_chars": n_chars,
        "sha256": sha256,
        "n_statements": None,
        "n_speakers": None,
        "n_skipped": None,
    }


def error_row(document: str, *, stage: str, error: str, message: str) -> Row:
    """A row of the errors table."""
    return {
        "document": document,
        "stage": stage,
        "error": error,
        "message": encodable(message),
    }
