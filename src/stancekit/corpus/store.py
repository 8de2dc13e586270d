"""A corpus on disk: part files that appear whole, and a manifest of those that are done.

    OUT/run.json                           settings, targets, models, versions
    OUT/manifest.jsonl                     a line for each part that is done, and one at the end
    OUT/documents/part-00000.parquet ...   and so for every table

No file holds a time, a duration or a path of the machine, so that the same
articles under the same settings give the same bytes.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stancekit.corpus.tables import TABLES, Rows, arrow_table
from stancekit.errors import InputError

RUN_FILE = "run.json"
MANIFEST_FILE = "manifest.jsonl"


@dataclass(frozen=True, slots=True)
class PartRecord:
    """A part that is done.

    Args:
        part: Its number, from 0.
        input: Hash of the records it was made from.
        rows: Rows of each table.
        sha256: Hash of each table's file.
    """

    part: int
    input: str
    rows: Mapping[str, int]
    sha256: Mapping[str, str]


def part_path(folder: Path, table: str, part: int) -> Path:
    """Where a table's part stands."""
    return folder / table / f"part-{part:05d}.parquet"


def write_atomically(path: Path, content: bytes) -> None:
    """Writes a file that is there as a whole or not at all, also after a power cut."""
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise InputError(f"{path}: can't be written: {error.strerror or error}") from error


def parquet_bytes(table: str, rows: list[dict[str, Any]]) -> bytes:
    """A table's rows as a Parquet file; the same rows give the same bytes."""
    import pyarrow  # type: ignore[import-untyped, unused-ignore]
    import pyarrow.parquet  # type: ignore[import-untyped, unused-ignore]

    sink = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(arrow_table(table, rows), sink, compression="zstd")
    return bytes(sink.getvalue())


class Store:
    """A folder of results that one run writes.

    Args:
        folder: Made where it is not there.

    Raises:
        InputError: It holds something else, or can't be written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.done: list[PartRecord] = []
        self.complete = False
        if folder.exists() and not folder.is_dir():
            raise InputError(f"{folder}: a file; a corpus needs a folder")
        if folder.is_dir() and not (folder / RUN_FILE).is_file():
            others = [p.name for p in folder.iterdir() if not p.name.startswith(".")]
            if others:
                raise InputError(
                    f"{folder}: holds {sorted(others)[0]} and no {RUN_FILE}; "
                    "expected a new or empty folder, or one to go on with"
                )
        _make(folder)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps a second run out of the folder, where the system has file locks."""
        try:
            import fcntl
        except ImportError:
            yield
            return
        # The folder itself is locked: the system drops the lock of a run that was
        # killed, and no file is left behind.
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InputError(f"{self.folder}: another run is writing here") from None
            except OSError:
                pass  # some network file systems have no locks
            yield
        finally:
            os.close(handle)

    def open(self, settings: Mapping[str, Any]) -> None:
        """Begins a run, or goes on with one of the same settings.

        Raises:
            InputError: The folder's results were made with other settings.
        """
        path = self.folder / RUN_FILE
        settings_are_new = not path.is_file()
        if settings_are_new:
            write_atomically(path, _json(settings, indent=2))
        for table in TABLES:
            _make(self.folder / table)
        if settings_are_new:
            return
        try:
            earlier = json.loads(path.read_bytes())
        except ValueError as error:
            raise InputError(f"{path}: not JSON; the folder can't be gone on with") from error
        difference = _difference(earlier, json.loads(_json(settings)))
        if difference:
            key, before, now = difference
            raise InputError(
                f"{self.folder}: was made with {key} = {before}, not {now}; "
                "expected the same settings to go on, or another folder"
            )
        self._read_manifest()

    def _read_manifest(self) -> None:
        path = self.folder / MANIFEST_FILE
        whole = b""
        for line in path.read_bytes().splitlines(keepends=True) if path.is_file() else ():
            if not line.endswith(b"\n"):
                break  # the run was killed while it wrote this line
            try:
                record = json.loads(line)
                if "complete" in record:
                    self.complete = True
                else:
                    self.done.append(PartRecord(**record))
            except (ValueError, TypeError) as error:
                raise InputError(f"{path}: line {len(self.done) + 1} is no part") from error
            whole += line
        write_atomically(path, whole)
        for record in self.done:
            for table in TABLES:
                part = part_path(self.folder, table, record.part)
                if not part.is_file():
                    raise InputError(f"{part}: missing, though {path.name} lists it")

    def write(self, part: int, digest: str, rows: Rows) -> PartRecord:
        """Writes a part's files, then its line in the manifest.

        Args:
            part: Its number.
            digest: Hash of the records it was made from.
            rows: The rows of each table.
        """
        hashes = {}
        for table in TABLES:
            content = parquet_bytes(table, rows[table])
            write_atomically(part_path(self.folder, table, part), content)
            hashes[table] = hashlib.sha256(content).hexdigest()
        record = PartRecord(part, digest, {table: len(rows[table]) for table in TABLES}, hashes)
        self._append(
            {
                "part": record.part,
                "input": record.input,
                "rows": record.rows,
                "sha256": record.sha256,
            }
        )
        self.done.append(record)
        return record

    def finish(self) -> None:
        """Marks the run as complete."""
        totals = {table: sum(record.rows[table] for record in self.done) for table in TABLES}
        self._append({"complete": True, "parts": len(self.done), "rows": totals})
        self.complete = True

    def _append(self, record: Mapping[str, Any]) -> None:
        path = self.folder / MANIFEST_FILE
        try:
            with path.open("ab") as file:
                file.write(_json(record))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise InputError(f"{path}: can't be written: {error.strerror or error}") from error


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: can't be made: {error.strerror or error}") from error


def _json(value: Mapping[str, Any], *, indent: int | None = None) -> bytes:
    return json.dumps(value, indent=indent, ensure_ascii=True).encode() + b"\n"


def _difference(before: Any, now: Any, path: str = "") -> tuple[str, str, str] | None:
    """The first key whose values differ, and both values, shortened."""
    if isinstance(before, dict) and isinstance(now, dict):
        for key in [*before, *(k for k in now if k not in before)]:
            found = _difference(before.get(key), now.get(key), f"{path}.{key}" if path else key)
            if found:
                return found
        return None
    if isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        for number, (a, b) in enumerate(zip(before, now, strict=True)):
            found = _difference(a, b, f"{path}.{number}")
            if found:
                return found
        return None
    return None if before == now else (path, _short(before), _short(now))


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."
