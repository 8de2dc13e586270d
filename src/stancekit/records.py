"""Reading labelled records from JSONL, with errors that name the file and the line."""

from __future__ import annotations

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
