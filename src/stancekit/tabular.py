"""Articles from records: JSON Lines, CSV, Parquet, saved Hugging Face datasets, mappings."""

from __future__ import annotations

import csv
import datetime
import json
import logging
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stancekit.errors import InputError, MissingExtraError

logger = logging.getLogger(__name__)

UTF8_MARK = b"\xef\xbb\xbf"
JSONL_SUFFIXES = (".jsonl", ".ndjson")
CSV_SUFFIXES = (".csv", ".tsv")
PARQUET_SUFFIX = ".parquet"
TABLE_SUFFIXES = (*JSONL_SUFFIXES, *CSV_SUFFIXES, PARQUET_SUFFIX)
# What `datasets` writes with save_to_disk: one split, or a folder a split.
_DATASET_FILE = "state.json"
_DATASETS_FILE = "dataset_dict.json"

_YEAR_OR_MONTH = re.compile(r"\d{4}(-(0[1-9]|1[0-2]))?")
_MAX_FIELD = 1 << 30  # characters of a CSV cell; the default of 128 KiB cuts long reads


@dataclass(frozen=True, slots=True)
class Article:
    """One text to analyse.

    ``id`` is its file name, path in its folder, or record id; ``date`` the day it
    appeared as ISO 8601 (a year, a month or a day), or empty.
    """

    id: str
    text: str = field(repr=False)
    date: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record or file that holds no article, and why, in one sentence."""

    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Columns:
    """The names of a record's fields."""

    text: str = "text"
    id: str = "id"
    date: str = "date"


def _is_nan(value: object) -> bool:
    # What pandas writes where a column has no value.
    return isinstance(value, float) and math.isnan(value)


def iso_date(value: object) -> str | None:
    """A day (or a month, or a year) as ISO 8601; None where the value says no such thing.

    Args:
        value: A string in any form of ISO 8601, with or without a time; a date;
            a datetime; or None, which gives an empty string.
    """
    if value is None or _is_nan(value):
        return ""
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, int) and not isinstance(value, bool) and 1000 <= value <= 9999:
        return str(value)
    if not isinstance(value, str):
        return None
    text = value.strip()
    if not text or _YEAR_OR_MONTH.fullmatch(text):
        return text
    try:
        return datetime.datetime.fromisoformat(text).date().isoformat()
    except ValueError:
        return None


class _Dates:
    """Reads dates; what is none is left out, with one warning for a source."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._warned = False

    def read(self, value: object) -> str:
        date = iso_date(value)
        if date is None:
            if not self._warned:
                logger.warning(
                    "%s: %.40r is no ISO 8601 date such as 2025-02-13; articles with such "
                    "values are read without a date",
                    self._where,
                    value,
                )
                self._warned = True
            return ""
        return date


def _article(
    record: object, columns: Columns, dates: _Dates, *, where: str, name: str
) -> Article | Unreadable:
    if not isinstance(record, Mapping):
        reason = f'expected an object such as {{"{columns.text}": "...", "{columns.id}": "..."}}'
        return Unreadable(name, f"{where}: {reason}")
    given = record.get(columns.id)
    if given is not None and not _is_nan(given):
        if isinstance(given, bool) or not isinstance(given, str | int):
            reason = f"'{columns.id}' is {type(given).__name__}; expected a string or a number"
            return Unreadable(name, f"{where}: {reason}")
        name = str(given) or name
    text = record.get(columns.text)
    problem = ""
    if columns.text not in record:
        problem = f"no key '{columns.text}'"
    elif not isinstance(text, str):
        problem = f"'{columns.text}' is not a string"
    elif not text.strip():
        problem = f"'{columns.text}' is empty"
    if problem:
        return Unreadable(name, f"{where}: {problem}; expected the article's text there")
    return Article(name, str(text), dates.read(record.get(columns.date)))


def from_records(records: Iterable[Any], columns: Columns) -> Iterator[Article | Unreadable]:
    """Articles from strings, mappings (a Hugging Face dataset gives them) or `Article` objects."""
    dates = _Dates("the records")
    for number, record in enumerate(records, start=1):
        if isinstance(record, Article | Unreadable):
            yield record
            continue
        if isinstance(record, str):
            record = {columns.text: record}
        yield _article(record, columns, dates, where=f"record {number}", name=str(number))


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _cant_open(path: Path, error: OSError) -> InputError:
    return InputError(f"{path}: {_reason(error)}; expected a file or a folder")


def _read_jsonl(path: Path, name: str, columns: Columns) -> Iterator[Article | Unreadable]:
    dates, found = _Dates(str(path)), False
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                where, record_name = f"{path}, line {number}", f"{name}:{number}"
                if number == 1:
                    line = line.removeprefix(UTF8_MARK)
                if not line.strip():
                    continue
                found = True
                try:
                    record = json.loads(line.decode("utf-8"))
                except UnicodeDecodeError:
                    yield Unreadable(record_name, f"{where}: not UTF-8; JSON Lines must be")
                except (json.JSONDecodeError, RecursionError) as error:
                    problem = getattr(error, "msg", "nested too deep")
                    reason = f"{where}: not JSON ({problem}); expected one object a line"
                    yield Unreadable(record_name, reason)
                else:
                    yield _article(record, columns, dates, where=where, name=record_name)
    except OSError as error:
        raise _cant_open(path, error) from error
    if not found:
        raise InputError(
            f"{path}: the file is empty; expected a record with a {columns.text} key a line"
        )


def _no_column(path: Path, names: Iterable[str], columns: Columns) -> InputError:
    listed = ", ".join(names) or "no columns"
    return InputError(
        f"{path}: no column '{columns.text}' among {listed}; expected the articles' texts there"
    )


def _delimiter(path: Path, header: str) -> str:
    if path.suffix.lower() == ".tsv":
        return "\t"
    # Spreadsheets in much of Europe write semicolons.
    return max(",;\t", key=lambda c: (header.count(c), c == ","))


def _read_csv(path: Path, name: str, columns: Columns) -> Iterator[Article | Unreadable]:
    csv.field_size_limit(_MAX_FIELD)
    dates, found = _Dates(str(path)), False
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header_line = file.readline()
            file.seek(0)
            reader = csv.reader(file, delimiter=_delimiter(path, header_line))
            header = next(reader, [])
            if columns.text not in header:
                raise _no_column(path, header, columns)
            number, line = 0, reader.line_num
            for row in reader:
                where, line = f"{path}, line {line + 1}", reader.line_num
                if not row:
                    continue
                found, number = True, number + 1
                if len(row) != len(header):
                    reason = f"{len(row)} cells; expected {len(header)}, as in the first line"
                    yield Unreadable(f"{name}:{number}", f"{where}: {reason}")
                    continue
                record = dict(zip(header, row, strict=True))
                yield _article(record, columns, dates, where=where, name=f"{name}:{number}")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8; expected CSV saved as UTF-8") from error
    except csv.Error as error:
        raise InputError(f"{path}: not CSV ({error}); expected a table with a header") from error
    except OSError as error:
        raise _cant_open(path, error) from error
    if not found:
        raise InputError(f"{path}: the table is empty; expected a row an article")


def _read_parquet(path: Path, name: str, columns: Columns) -> Iterator[Article | Unreadable]:
    try:
        import pyarrow  # type: ignore[import-untyped, unused-ignore]
        import pyarrow.parquet  # type: ignore[import-untyped, unused-ignore]
    except ImportError as error:
        raise MissingExtraError(f"{path}: reading Parquet files", "frame") from error
    dates, number = _Dates(str(path)), 0
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            names = file.schema_arrow.names
            if columns.text not in names:
                raise _no_column(path, names, columns)
            wanted = [c for c in (columns.text, columns.id, columns.date) if c in names]
            for batch in file.iter_batches(batch_size=256, columns=wanted):
                for record in batch.to_pylist():
                    number += 1
                    where = f"{path}, row {number}"
                    yield _article(record, columns, dates, where=where, name=f"{name}:{number}")
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(f"{path}: can't be read as Parquet") from error
    if number == 0:
        raise InputError(f"{path}: the table is empty; expected a row an article")


def is_dataset(folder: Path) -> bool:
    """Whether a folder is a Hugging Face dataset, as `datasets` saves one to disk."""
    return (folder / _DATASET_FILE).is_file() or (folder / _DATASETS_FILE).is_file()


def load_dataset(folder: Path, columns: Columns) -> Any:
    """A Hugging Face dataset that was saved to disk, mapped into memory page by page.

    Raises:
        InputError: It holds several splits, lacks the column of the texts, or can't be read.
    """
    if not (folder / _DATASET_FILE).is_file():
        splits = sorted(p.name for p in folder.iterdir() if (p / _DATASET_FILE).is_file())
        listed = ", ".join(str(folder / split) for split in splits) or "no split"
        raise InputError(f"{folder}: a dataset of several splits; expected one of {listed}")
    import datasets

    try:
        dataset = datasets.load_from_disk(str(folder))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{folder}: can't be read as a Hugging Face dataset") from error
    if columns.text not in dataset.column_names:
        raise _no_column(folder, dataset.column_names, columns)
    wanted = [c for c in (columns.text, columns.id, columns.date) if c in dataset.column_names]
    return dataset.select_columns(wanted)


def _read_dataset(folder: Path, name: str, columns: Columns) -> Iterator[Article | Unreadable]:
    dates = _Dates(str(folder))
    for number, record in enumerate(load_dataset(folder, columns), start=1):
        where = f"{folder}, row {number}"
        yield _article(record, columns, dates, where=where, name=f"{name}:{number}")


def read_table(
    path: Path, columns: Columns, *, name: str | None = None
) -> Iterator[Article | Unreadable]:
    """The articles of one JSONL, CSV or Parquet file or saved dataset, one by one.

    Args:
        path: The file; what it is, its ending says. Without a known one it is Parquet.
        columns: The names of its fields.
        name: What articles without an id are called, with their number; by default the file.

    Raises:
        InputError: The file as a whole can't be read.
        MissingExtraError: A Parquet file, and pyarrow is not installed.
    """
    name = path.name if name is None else name
    suffix = path.suffix.lower()
    if path.is_dir():
        return _read_dataset(path, name, columns)
    if suffix in JSONL_SUFFIXES:
        return _read_jsonl(path, name, columns)
    if suffix in CSV_SUFFIXES:
        return _read_csv(path, name, columns)
    return _read_parquet(path, name, columns)


def count_table(path: Path) -> int | None:
    """How many records a file holds, where that is cheap to tell."""
    suffix = path.suffix.lower()
    if suffix in JSONL_SUFFIXES:
        with path.open("rb") as file:
            return sum(1 for line in file if line.strip())
    if suffix == PARQUET_SUFFIX:
        try:
            import pyarrow  # type: ignore[import-untyped, unused-ignore]
            import pyarrow.parquet  # type: ignore[import-untyped, unused-ignore]
        except ImportError:
            return None
        try:
            return int(pyarrow.parquet.read_metadata(path).num_rows)
        except (pyarrow.ArrowException, OSError):
            return None
    return None
