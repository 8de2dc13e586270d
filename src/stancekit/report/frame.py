"""Reports as rows: one per statement and target, for spreadsheets and data frames."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from stancekit.errors import MissingExtraError
from stancekit.types import Report

if TYPE_CHECKING:
    import datasets
    import pandas

# docs/tables.md says what each means.
_KINDS: dict[str, str] = {
    "document": "string",
    "date": "string",
    "statement": "string",
    "start": "int64",
    "end": "int64",
    "kind": "string",
    "modality": "string",
    "confidence": "float64",
    "speaker": "string",
    "speaker_name": "string",
    "speaker_type": "string",
    "source": "string",
    "cue": "string",
    "content": "string",
    "target": "string",
    "target_name": "string",
    "label": "string",
    "favor": "float64",
    "against": "float64",
    "none": "float64",
    "score": "float64",
}
COLUMNS = tuple(_KINDS)

# What makes Excel, LibreOffice or Google Sheets read a cell as a formula; the
# full-width forms are folded to the plain ones in East Asian locales.
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# What a spreadsheet may skip before it looks for a formula.
_SKIPPED = " \u00a0\u200b\ufeff"


def _reports(reports: Report | Iterable[Report]) -> Iterable[Report]:
    return (reports,) if isinstance(reports, Report) else reports


def rows(report: Report) -> Iterator[dict[str, Any]]:
    """One record per statement and target, keys as `COLUMNS`.

    A statement without a score for a target has None there; with no targets at
    all every statement gives one record.
    """
    for statement in report.statements:
        speaker = statement.speaker
        start = {
            "document": report.document.id,
            "date": report.document.date or None,
            "statement": statement.id,
            "start": statement.start,
            "end": statement.end,
            "kind": statement.kind,
            "modality": statement.modality,
            "confidence": statement.confidence,
            "speaker": None if speaker is None else speaker.id,
            "speaker_name": None if speaker is None else speaker.name,
            "speaker_type": None if speaker is None else speaker.type,
            "source": None if statement.source is None else statement.source.text,
            "cue": None if statement.cue is None else statement.cue.text,
            "content": statement.content,
        }
        for target in report.targets or (None,):
            stance = None if target is None else statement.stances.get(target.id)
            yield start | {
                "target": None if target is None else target.id,
                "target_name": None if target is None else target.name,
                "label": None if stance is None else stance.label,
                "favor": None if stance is None else stance.favor,
                "against": None if stance is None else stance.against,
                "none": None if stance is None else stance.none,
                "score": None if stance is None else stance.score,
            }


def spreadsheet_cell(value: Any) -> Any:
    """A value for a CSV: four decimals, and no text that a spreadsheet would run."""
    if isinstance(value, float):
        return round(value, 4) + 0.0
    if isinstance(value, str) and value.lstrip(_SKIPPED).startswith(_FORMULA_STARTS):
        return "'" + value
    return value


def write_csv(reports: Report | Iterable[Report], file: IO[str]) -> None:
    """Writes `to_csv` to an open text file (``newline=""``), report by report."""
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for report in _reports(reports):
        for row in rows(report):
            writer.writerow({key: spreadsheet_cell(value) for key, value in row.items()})


def to_csv(reports: Report | Iterable[Report]) -> str:
    """One or more reports as CSV (RFC 4180), a line per statement and target.

    Text that a spreadsheet would run as a formula gets a leading apostrophe.
    Save it as ``utf-8-sig``: Excel takes UTF-8 without the mark for the local code page.
    """
    file = io.StringIO(newline="")
    write_csv(reports, file)
    return file.getvalue()


def to_frame(reports: Report | Iterable[Report]) -> pandas.DataFrame:
    """One or more reports as a pandas frame, a row per statement and target.

    Columns and dtypes are always the same, also without a single row: text is
    ``string`` with ``<NA>`` where there is none, positions are ``int64``, numbers
    ``float64`` with NaN where a statement has no score.

    Raises:
        MissingExtraError: pandas is not installed.
    """
    try:
        import pandas
    except ImportError as error:
        raise MissingExtraError("A data frame", "frame") from error
    records = [row for report in _reports(reports) for row in rows(report)]
    return pandas.DataFrame(
        {
            name: pandas.Series([record[name] for record in records], dtype=kind)
            for name, kind in _KINDS.items()
        }
    )


def _arrow_rows(report: Report) -> list[dict[str, Any]]:
    records = list(rows(report))
    for record in records:
        for key, value in record.items():
            if isinstance(value, str):
                # Arrow strings are UTF-8, which has no lone surrogates.
                record[key] = value.encode("utf-8", "replace").decode("utf-8")
    return records


def to_dataset(reports: Report | Iterable[Report]) -> datasets.Dataset:
    """One or more reports as a Hugging Face dataset, with the columns of `to_frame`.

    What a frame has as ``<NA>`` or NaN is None.
    """
    from datasets import Dataset, Features, Value

    records = [row for report in _reports(reports) for row in _arrow_rows(report)]
    return Dataset.from_dict(
        {name: [record[name] for record in records] for name in COLUMNS},
        features=Features({name: Value(kind) for name, kind in _KINDS.items()}),
    )


def to_parquet(reports: Report | Iterable[Report], file: str | Path | IO[bytes]) -> None:
    """Writes one or more reports as one Parquet table, with the columns of `to_frame`.

    Args:
        reports: Written as they come, a row group a report, so that a long
            iterator needs no memory.
        file: A path or an open binary file.

    Raises:
        MissingExtraError: pyarrow is not installed.
    """
    try:
        import pyarrow  # type: ignore[import-untyped, unused-ignore]
        import pyarrow.parquet  # type: ignore[import-untyped, unused-ignore]
    except ImportError as error:
        raise MissingExtraError("Writing Parquet files", "frame") from error
    arrow = {"string": pyarrow.string(), "int64": pyarrow.int64(), "float64": pyarrow.float64()}
    schema = pyarrow.schema([(name, arrow[kind]) for name, kind in _KINDS.items()])
    with pyarrow.parquet.ParquetWriter(file, schema) as writer:
        for report in _reports(reports):
            table = pyarrow.Table.from_pylist(_arrow_rows(report), schema=schema)
            writer.write_table(table)
