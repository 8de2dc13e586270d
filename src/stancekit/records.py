"""Reading labelled records, with errors that name the file and the line."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stancekit.errors import DataError

Record = dict[str, Any]


def read_jsonl(path: Path) -> Iterator[tuple[int, Record]]:
    """Yields line numbers, from 1, and records of a JSONL file.

    Raises:
        DataError: The file can't be read, or a line is not a JSON object.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, start=1):
                if not line.strip():
                    continue
                try:
                    record = json.loads(line)
                except json.JSONDecodeError as error:
                    raise DataError(f"{path}:{number}: not JSON: {error.msg}") from error
                if not isinstance(record, dict):
                    raise DataError(f"{path}:{number}: expected a JSON object")
                yield number, record
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 text") from error
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from error


def read_csv(path: Path) -> Iterator[tuple[int, Record]]:
    """Yields line numbers, from 1, and records of a CSV file with a header; empty cells are None.

    Comma, semicolon and tab are told apart by the header.

    Raises:
        DataError: The file can't be read, has no header, or a line has too many cells.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = file.readline()
            file.seek(0)
            delimiter = max(",;\t", key=header.count)
            reader = csv.DictReader(file, delimiter=delimiter, strict=True)
            if not reader.fieldnames or not all(reader.fieldnames):
                raise DataError(f"{path}:1: expected a header that names every column")
            for row in reader:
                if None in row:
                    raise DataError(f"{path}:{reader.line_num}: more cells than the header has")
                yield reader.line_num, {key: value or None for key, value in row.items()}
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 text; save it as CSV UTF-8") from error
    except csv.Error as error:
        raise DataError(f"{path}: not CSV: {error}") from error
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from error


def read_parquet(path: Path) -> Iterator[tuple[int, Record]]:
    """Yields row numbers, from 1, and records of a Parquet file.

    Raises:
        DataError: The file can't be read.
    """
    import pyarrow
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            number = 0
            for batch in file.iter_batches():
                for record in batch.to_pylist():
                    number += 1
                    yield number, record
    except (OSError, pyarrow.ArrowException) as error:
        raise DataError(f"{path}: not a readable Parquet file: {error}") from error


_READERS = {".jsonl": read_jsonl, ".csv": read_csv, ".tsv": read_csv, ".parquet": read_parquet}


def read_any(path: Path) -> Iterator[tuple[int, Record]]:
    """Yields line or row numbers and records of a file, read as its ending says.

    Raises:
        DataError: The ending is none of .jsonl, .csv, .tsv and .parquet, or the file is wrong.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise DataError(f"{path}: expected a file that ends in {', '.join(_READERS)}")
    return reader(path)
