"""A corpus on a Ray cluster: from a dataset that Ray reads to the tables of `stancekit.corpus`.

    import ray.data
    from stancekit.distributed import write_dataset

    write_dataset(ray.data.read_parquet("s3://news/2024/"), "s3://news/stances/")

Every worker loads the models once and is given articles as it gets through them;
how many wait between reading and writing is left to Ray Data.
"""

from __future__ import annotations

import contextlib
import functools
import json
import logging
import os
import sqlite3
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stancekit.corpus.plan import Entry
from stancekit.corpus.run import settings_of
from stancekit.corpus.store import parquet_bytes
from stancekit.corpus.tables import (
    TABLES,
    Rows,
    arrow_schema,
    document_row,
    error_row,
    no_rows,
)
from stancekit.corpus.work import PipelineFactory, analyze_group, failed_rows
from stancekit.errors import InputError, MissingExtraError
from stancekit.pipeline import StancePipeline
from stancekit.tabular import JSONL_SUFFIXES, PARQUET_SUFFIX, Article, Columns, from_records
from stancekit.types import Document

if TYPE_CHECKING:
    import pyarrow  # type: ignore[import-untyped, unused-ignore]
    import pyarrow.fs  # type: ignore[import-untyped, unused-ignore]
    import ray.data

BATCH_SIZE = 8
_ROWS_A_FILE = 1024
_ATTEMPTS = 3
_DIED = f"the worker process ended each of the {_ATTEMPTS} times it had this article"


@dataclass(frozen=True, slots=True)
class DistributedResult:
    """What a distributed run left in its folder.

    Args:
        output: Where the tables are.
        documents: Records of the input, one row of documents each.
        analyzed: Of them, analysed.
        duplicates: Of them, with the text of an earlier one.
        failed: Of them, with a row in errors.
        lost: Of those that failed, the ones that Ray did not give back.
        seconds: What the run took.
    """

    output: str
    documents: int
    analyzed: int
    duplicates: int
    failed: int
    lost: int
    seconds: float


def _ray() -> Any:
    # Ray reports home unless it is told not to before it starts.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise MissingExtraError("A Ray cluster", "ray") from error
    return ray


def connect(address: str | None = None, *, workers: int | None = None) -> None:
    """Connects to a cluster, or starts one in this machine, without telemetry or dashboard.

    A program that has called ``ray.init`` itself needs this not.

    Args:
        address: Of a running cluster (``"auto"``, ``"ray://host:10001"``); by default one
            is started here, and ends with the process.
        workers: So many are going to be asked for.

    Raises:
        MissingExtraError: Ray is not installed.
        InputError: There is no cluster at the address.
    """
    ray = _ray()
    if ray.is_initialized():
        return
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "error"}
    if address is not None:
        try:
            ray.init(address=address, **quiet)
        except (ConnectionError, ValueError, RuntimeError) as error:
            raise InputError(f"{address}: no Ray cluster answers there") from error
        return
    # One more than the workers, for the tasks that read and write.
    processors = max((workers or 1) + 1, os.cpu_count() or 1)
    ray.init(num_cpus=processors, include_dashboard=False, **quiet)


def read_source(sources: Sequence[str]) -> ray.data.Dataset:
    """A Ray dataset of Parquet, JSONL or CSV files, by their endings.

    Args:
        sources: Files or folders, as paths or addresses such as ``s3://bucket/folder``;
            a folder is one of Parquet files. All of one kind.

    Raises:
        InputError: They are not there, of several kinds, or of none that Ray streams.
        MissingExtraError: Ray is not installed.
    """
    kinds, paths = set(), []
    for source in sources:
        local = "://" not in source
        path = Path(source)
        if local and not path.exists():
            raise InputError(f"{source}: no such file or directory; expected Parquet, JSONL or CSV")
        suffix = path.suffix.lower()
        if suffix in JSONL_SUFFIXES:
            kinds.add("jsonl")
        elif suffix in (".csv", PARQUET_SUFFIX) or not suffix:
            kinds.add("csv" if suffix == ".csv" else "parquet")
            if local and path.is_dir() and not any(path.rglob("*.parquet")):
                raise InputError(
                    f"{source}: no .parquet file in this folder; --engine ray expects Parquet, "
                    "JSONL or CSV, and the plain engine reads folders of texts"
                )
        else:
            raise InputError(f"{source}: --engine ray expects Parquet, JSONL or CSV")
        paths.append(str(path.resolve()) if local else source)
    if len(kinds) != 1:
        raise InputError("--engine ray expects files of one kind: Parquet, JSONL or CSV")
    ray = _ray()
    (kind,) = kinds
    if kind == "jsonl":
        return ray.data.read_json(paths, file_extensions=None)
    return ray.data.read_csv(paths) if kind == "csv" else ray.data.read_parquet(paths)


def _nested_schema() -> pyarrow.Schema:
    """One row an article, the rows of every table in a list."""
    import pyarrow  # type: ignore[import-untyped, unused-ignore]

    lists = [(t, pyarrow.list_(pyarrow.struct(list(arrow_schema(t))))) for t in TABLES]
    return pyarrow.schema([("document", pyarrow.string()), *lists])


class _Attempts:
    """How often something was begun and not ended; one actor of the cluster keeps it."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def begin(self, key: str) -> int:
        """Counts an attempt, and says which it is, from 1."""
        self._counts[key] = self._counts.get(key, 0) + 1
        return self._counts[key]

    def end(self, key: str) -> None:
        """Forgets what went well."""
        self._counts.pop(key, None)


class _Analyze:
    """What a worker of the cluster does; made once in each, with models of its own.

    Ray gives the batch of a worker that died to another one, as often as it takes. An
    article that kills its worker would go round for ever, so attempts are counted: after
    the first, articles are analysed one by one, and the one that kills is recorded.
    """

    def __init__(
        self,
        factory: PipelineFactory,
        columns: Columns,
        duplicates: Mapping[str, str],
        attempts: Any,
    ) -> None:
        self._pipeline = factory()
        self._columns = columns
        self._duplicates = duplicates
        self._attempts = attempts

    def __call__(self, batch: pyarrow.Table) -> pyarrow.Table:
        import pyarrow  # type: ignore[import-untyped, unused-ignore]

        entries = [self._entry(record) for record in _articles(batch, self._columns)]
        work = [e.article for e in entries if e.is_work and e.article is not None]
        found = iter(self._analyze(work) if work else ())
        rows = []
        for entry in entries:
            tables = next(found) if entry.is_work else entry.rows()
            rows.append({"document": entry.id, **tables})
        return pyarrow.Table.from_pylist(rows, schema=_nested_schema())

    def _analyze(self, work: Sequence[Article]) -> list[Rows]:
        batch = f"batch {work[0].id}"
        if self._begin(batch) == 1:
            found = analyze_group(self._pipeline, work)
        else:
            found = [self._analyze_alone(article) for article in work]
        self._attempts.end.remote(batch)
        return found

    def _analyze_alone(self, article: Article) -> Rows:
        # The attempt in company was one already.
        if self._begin(article.id) >= _ATTEMPTS:
            return failed_rows(article, error="WorkerDied", message=_DIED)
        (found,) = analyze_group(self._pipeline, [article])
        self._attempts.end.remote(article.id)
        return found

    def _begin(self, key: str) -> int:
        return int(_ray().get(self._attempts.begin.remote(key)))

    def _entry(self, record: Any) -> Entry:
        if not isinstance(record, Article):
            return Entry(record.id, reason=record.reason)
        sha256 = Document(record.text).sha256
        return Entry(record.id, record, sha256, self._duplicates.get(record.id))


def _articles(batch: pyarrow.Table, columns: Columns) -> Iterator[Any]:
    names = (columns.text, columns.id, columns.date)
    return from_records(
        batch.select([n for n in names if n in batch.column_names]).to_pylist(), columns
    )


def _keys(batch: pyarrow.Table, columns: Columns) -> pyarrow.Table:
    """What the driver must know of each article: id, date, length and hash of its text."""
    import pyarrow  # type: ignore[import-untyped, unused-ignore]

    rows = []
    for record, given in zip(
        _articles(batch, columns), batch.column(columns.id).to_pylist(), strict=True
    ):
        article = record if isinstance(record, Article) else None
        rows.append(
            {
                "id": None if given is None else record.id,
                "date": article.date if article else "",
                "n_chars": len(article.text) if article else None,
                "sha256": Document(article.text).sha256 if article else None,
            }
        )
    kinds = [("id", pyarrow.string()), ("date", pyarrow.string()), ("n_chars", pyarrow.int64())]
    schema = pyarrow.schema([*kinds, ("sha256", pyarrow.string())])
    return pyarrow.Table.from_pylist(rows, schema=schema)


class _Ledger:
    """Every article of the input, on the driver's disk: which are duplicates, which came back."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute(
            "CREATE TABLE articles (id TEXT PRIMARY KEY, date TEXT, n_chars INT, sha256 TEXT, "
            "back INT DEFAULT 0) WITHOUT ROWID"
        )
        self._database.execute(
            "CREATE TABLE texts (sha256 TEXT PRIMARY KEY, id TEXT) WITHOUT ROWID"
        )
        self.duplicates: dict[str, str] = {}
        self.total = 0

    def add(self, row: Mapping[str, Any], id_column: str) -> None:
        if row["id"] is None:
            raise InputError(
                f"an article has no '{id_column}'; a distributed run expects an id for each"
            )
        values = (row["id"], row["date"], row["n_chars"], row["sha256"])
        insert = "INSERT OR IGNORE INTO articles VALUES (?, ?, ?, ?, 0)"
        if not self._database.execute(insert, values).rowcount:
            raise InputError(
                f"the id {row['id']!r} occurs twice in '{id_column}'; "
                "a distributed run expects unique ids"
            )
        self.total += 1
        if row["sha256"] is None:
            return
        insert = "INSERT OR IGNORE INTO texts VALUES (?, ?)"
        if not self._database.execute(insert, (row["sha256"], row["id"])).rowcount:
            query = "SELECT id FROM texts WHERE sha256 = ?"
            first = self._database.execute(query, (row["sha256"],)).fetchone()
            self.duplicates[row["id"]] = str(first[0])

    def came_back(self, ids: Iterable[str]) -> None:
        self._database.executemany("UPDATE articles SET back = 1 WHERE id = ?", ((i,) for i in ids))

    def lost(self) -> Iterator[tuple[str, str, int | None, str | None]]:
        yield from self._database.execute(
            "SELECT id, date, n_chars, sha256 FROM articles WHERE back = 0 ORDER BY id"
        )


def _take_stock(dataset: ray.data.Dataset, columns: Columns, *, show_progress: bool) -> _Ledger:
    """Reads the dataset once for its ids and the hashes of its texts."""
    names = dataset.columns() or []
    for what, name in (("texts", columns.text), ("ids", columns.id)):
        if name not in names:
            raise InputError(
                f"the dataset has no column '{name}' among {', '.join(names) or 'no columns'}; "
                f"expected the articles' {what} there"
            )
    keys = dataset.map_batches(
        functools.partial(_keys, columns=columns), batch_format="pyarrow", batch_size=None
    )
    ledger = _Ledger()
    # In order: the first of several with one text is the first in the input, as in a plain run.
    with _options(keys, show_progress=show_progress, preserve_order=True):
        for batch in keys.iter_batches(batch_size=1024, batch_format="pyarrow"):
            for row in batch.to_pylist():
                ledger.add(row, columns.id)
    return ledger


@contextlib.contextmanager
def _options(
    dataset: ray.data.Dataset,
    *,
    show_progress: bool,
    preserve_order: bool = False,
    max_errored_blocks: int = 0,
) -> Iterator[None]:
    """Options of a dataset's execution, put back afterwards: datasets share them."""
    context = dataset.context
    before = (
        context.enable_progress_bars,
        context.print_on_execution_start,
        context.max_errored_blocks,
        context.execution_options.preserve_order,
    )
    context.enable_progress_bars = show_progress
    context.print_on_execution_start = show_progress
    context.max_errored_blocks = max_errored_blocks
    context.execution_options.preserve_order = preserve_order
    logger = logging.getLogger("ray.data")
    level = logger.level
    if not show_progress:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        (
            context.enable_progress_bars,
            context.print_on_execution_start,
            context.max_errored_blocks,
            context.execution_options.preserve_order,
        ) = before
        logger.setLevel(level)


def analyze_dataset(
    dataset: ray.data.Dataset,
    *,
    pipeline: PipelineFactory = StancePipeline,
    text_column: str = "text",
    id_column: str = "id",
    date_column: str = "date",
    workers: int | None = None,
    num_cpus: float = 1,
    num_gpus: float = 0,
    batch_size: int = BATCH_SIZE,
    duplicates: Mapping[str, str] | None = None,
) -> ray.data.Dataset:
    """Analyses a Ray dataset, lazily.

    Use `write_dataset` for the whole way into tables, with duplicates and with an
    account of what was lost; this one is for what comes in between.

    Args:
        dataset: One row an article, with a text, an id and optionally a date.
        pipeline: Makes the pipeline of a worker: a function, a class or a `functools.partial`.
        text_column: The column of the texts.
        id_column: The column of the ids.
        date_column: The column of the dates (ISO 8601).
        workers: Processes; by default what the cluster has, less one for reading and writing.
        num_cpus: Processors of each.
        num_gpus: Graphics cards of each, or a part of one; a model of the hub then runs there.
        batch_size: Articles given to a worker at once.
        duplicates: Ids of articles that are not to be analysed, each with the id
            of the one that has the same text.

    Returns:
        A dataset with one row an article: its id as ``document``, and for each of
        `stancekit.corpus.TABLES` the list of its rows. An article that fails has
        a row in errors.

    Raises:
        MissingExtraError: Ray is not installed.
    """
    ray = _ray()
    columns = Columns(text_column, id_column, date_column)
    if workers is None:
        workers = _default_workers(ray, num_cpus, num_gpus)
    attempts = ray.remote(_Attempts).options(num_cpus=0).remote()
    # A task is one batch: what a dying worker takes along is no more than that.
    small = dataset.repartition(target_num_rows_per_block=batch_size)
    return small.map_batches(
        _Analyze,
        fn_constructor_args=(pipeline, columns, dict(duplicates or {}), attempts),
        compute=ray.data.ActorPoolStrategy(size=workers),
        batch_format="pyarrow",
        batch_size=batch_size,
        num_cpus=num_cpus,
        num_gpus=num_gpus,
    )


def _default_workers(ray: Any, num_cpus: float, num_gpus: float) -> int:
    has = ray.cluster_resources()
    if num_gpus:
        return max(1, int(has.get("GPU", 0) / num_gpus))
    return max(1, int((has.get("CPU", 2) - 1) / num_cpus))


def write_dataset(
    dataset: ray.data.Dataset,
    output: str | Path,
    *,
    pipeline: PipelineFactory = StancePipeline,
    text_column: str = "text",
    id_column: str = "id",
    date_column: str = "date",
    workers: int | None = None,
    num_cpus: float = 1,
    num_gpus: float = 0,
    batch_size: int = BATCH_SIZE,
    show_progress: bool = False,
) -> DistributedResult:
    """Analyses a Ray dataset into the tables of `stancekit.corpus`.

    The rows are those of `stancekit.corpus.run_corpus`, in another order. The dataset is
    read twice: first for its ids and the hashes of its texts, so that a text is analysed
    once and every article is accounted for. An article that fails has a row in errors.
    When a worker dies, what it had is given to another one; an article whose worker dies
    three times is recorded in errors, too.

    Args:
        dataset: One row an article, with a text, a unique id and optionally a date.
        output: A new or empty folder: a path that all machines of the cluster share, or an
            address such as ``s3://bucket/folder``.
        pipeline: As for `analyze_dataset`, as the following.
        text_column: The column of the texts.
        id_column: The column of the ids.
        date_column: The column of the dates (ISO 8601).
        workers: Processes.
        num_cpus: Processors of each.
        num_gpus: Graphics cards of each, or a part of one.
        batch_size: Articles given to a worker at once.
        show_progress: Show Ray's progress bars.

    Raises:
        InputError: Columns or ids are missing, ids repeat, or the folder holds something.
        MissingExtraError: Ray is not installed.
    """
    ray = _ray()
    began = time.perf_counter()
    target = _Folder(str(output))
    target.check_empty()
    columns = Columns(text_column, id_column, date_column)
    ledger = _take_stock(dataset, columns, show_progress=show_progress)
    results = analyze_dataset(
        dataset,
        pipeline=pipeline,
        text_column=text_column,
        id_column=id_column,
        date_column=date_column,
        workers=workers,
        num_cpus=num_cpus,
        num_gpus=num_gpus,
        batch_size=batch_size,
        duplicates=ledger.duplicates,
    )
    target.write("run.json", _settings(ray, pipeline))
    # What fails in Ray itself is dropped, and recorded below.
    with _options(results, show_progress=show_progress, max_errored_blocks=-1):
        results.write_datasink(_make_sink(target))
    counts = target.count(ledger)
    lost = _record_lost(target, ledger)
    return DistributedResult(
        output=str(output),
        documents=ledger.total,
        analyzed=counts["ok"],
        duplicates=counts["duplicate"],
        failed=counts["failed"] + lost,
        lost=lost,
        seconds=time.perf_counter() - began,
    )


def _settings(ray: Any, pipeline: PipelineFactory) -> bytes:
    """What decides the results, told by a worker: the driver may lack the models."""

    def ask() -> dict[str, Any]:
        return settings_of(pipeline().settings())

    settings = ray.get(ray.remote(ask).options(num_cpus=1).remote())
    return json.dumps({**settings, "engine": "ray"}, indent=2).encode() + b"\n"


class _Folder:
    """A folder on any filesystem that Arrow knows; each process opens it anew."""

    def __init__(self, address: str) -> None:
        self.address = address if "://" in address else str(Path(address).resolve())

    def open(self) -> tuple[pyarrow.fs.FileSystem, str]:
        import pyarrow.fs  # type: ignore[import-untyped, unused-ignore]

        if "://" not in self.address:
            return pyarrow.fs.LocalFileSystem(), self.address
        system, path = pyarrow.fs.FileSystem.from_uri(self.address)
        return system, path

    def check_empty(self) -> None:
        import pyarrow.fs  # type: ignore[import-untyped, unused-ignore]

        system, path = self.open()
        info = system.get_file_info(path)
        if info.type == pyarrow.fs.FileType.File:
            raise InputError(f"{self.address}: a file; a corpus needs a folder")
        if info.type == pyarrow.fs.FileType.Directory and system.get_file_info(
            pyarrow.fs.FileSelector(path)
        ):
            raise InputError(
                f"{self.address}: is not empty; a distributed run expects a new folder"
            )
        for table in TABLES:
            system.create_dir(f"{path}/{table}")

    def write(self, name: str, content: bytes) -> None:
        """Writes a file that is there as a whole or not at all."""
        import pyarrow.fs  # type: ignore[import-untyped, unused-ignore]

        system, path = self.open()
        final = f"{path}/{name}"
        # Object stores show a file when it is whole; on disks a rename does it.
        local = isinstance(system, pyarrow.fs.LocalFileSystem)
        head, _, tail = final.rpartition("/")
        part = f"{head}/.{uuid.uuid4().hex}.{tail}" if local else final
        with system.open_output_stream(part) as file:
            file.write(content)
        if local:
            system.move(part, final)

    def write_part(self, name: str, rows: Rows) -> None:
        for table in TABLES:
            self.write(f"{table}/{name}.parquet", parquet_bytes(table, rows[table]))

    def count(self, ledger: _Ledger) -> dict[str, int]:
        """Articles by status; the ledger is told of each."""
        import pyarrow.dataset  # type: ignore[import-untyped, unused-ignore]

        system, path = self.open()
        counts = dict.fromkeys(("ok", "duplicate", "failed"), 0)
        documents = pyarrow.dataset.dataset(
            f"{path}/documents",
            format="parquet",
            filesystem=system,
            schema=arrow_schema("documents"),
        )
        for batch in documents.to_batches(columns=["document", "status"]):
            ledger.came_back(batch.column("document").to_pylist())
            for status in batch.column("status").to_pylist():
                counts[status] += 1
        return counts


def _make_sink(folder: _Folder) -> Any:
    """A Ray datasink that writes one part of every table a task."""
    from ray.data import Datasink

    class TablesDatasink(Datasink):  # type: ignore[misc, unused-ignore]
        """Parts named by their task, so that a task that is run again replaces its own."""

        @property
        def min_rows_per_write(self) -> int:
            return _ROWS_A_FILE

        def write(self, blocks: Iterable[Any], ctx: Any) -> None:
            rows = no_rows()
            for block in blocks:
                for record in _arrow(block).to_pylist():
                    for table in TABLES:
                        rows[table] += record[table]
            if rows["documents"]:
                folder.write_part(f"part-{ctx.task_idx:05d}", rows)

    return TablesDatasink()


def _arrow(block: Any) -> pyarrow.Table:
    from ray.data.block import BlockAccessor

    return BlockAccessor.for_block(block).to_arrow()


def _record_lost(folder: _Folder, ledger: _Ledger) -> int:
    """Gives every article that did not come back its rows; returns how many there are."""
    rows = no_rows()
    for id, date, n_chars, sha256 in ledger.lost():
        row = document_row(id, date=date, status="failed", n_chars=n_chars, sha256=sha256)
        message = "did not come back from the cluster, whose log says why"
        rows["documents"].append(row)
        rows["errors"].append(error_row(id, stage="analyze", error="Lost", message=message))
    if rows["documents"]:
        folder.write_part("part-lost", rows)
    return len(rows["documents"])
