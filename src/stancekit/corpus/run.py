"""`run_corpus`: any number of articles into a folder of Parquet tables."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from itertools import chain, islice
from pathlib import Path
from typing import Any

from stancekit import __version__
from stancekit.corpus.plan import Entry, Index, Part, make_parts
from stancekit.corpus.store import Store
from stancekit.corpus.tables import SCHEMA_VERSION, TABLES, Rows, arrow_schema, no_rows
from stancekit.corpus.work import PipelineFactory, Workers, start_workers
from stancekit.errors import InputError
from stancekit.pipeline import StancePipeline
from stancekit.sources import count_articles, scan_articles
from stancekit.tabular import Article, Columns, Unreadable, from_records

# Articles that are scored together. Fixed, because the scores of some models differ in the
# last decimals with what shares a batch, and those of a run must not.
GROUP = 8
PART_SIZE = 256
# Their versions may change the results or the bytes of the files.
_LIBRARIES = ("numpy", "onnxruntime", "pyarrow", "tokenizers")

Source = str | Path | Iterable[Any]


@dataclass(frozen=True, slots=True)
class CorpusResult:
    """What a run left in its folder.

    Args:
        folder: Where the tables are.
        documents: Records of the input, one row of documents each.
        analyzed: Of them, analysed.
        duplicates: Of them, with the text of an earlier one.
        failed: Of them, unreadable or failed, with a row in errors.
        statements: Rows of statements.
        earlier: Documents that an earlier run had done already.
        seconds: What this run took.
    """

    folder: Path
    documents: int
    analyzed: int
    duplicates: int
    failed: int
    statements: int
    earlier: int
    seconds: float


def run_corpus(
    source: Source,
    output: str | Path,
    *,
    pipeline: StancePipeline | PipelineFactory = StancePipeline,
    text_column: str = "text",
    id_column: str = "id",
    date_column: str = "date",
    workers: int = 1,
    part_size: int = PART_SIZE,
    show_progress: bool = False,
) -> CorpusResult:
    """Analyses a corpus into a folder of Parquet tables.

    The input is streamed, and memory does not grow with it. The tables (their
    columns are in `stancekit.corpus.TABLES`) are folders of part files, which
    DuckDB, pandas and polars read as one table each.

    A run that was stopped, by whatever, goes on where it stood when it is called
    again in the same way, and leaves the same bytes as one that was not stopped.
    A text that occurs again is analysed once; its later documents point to the
    first. An article that fails has a row in the table errors.

    Args:
        source: A path (a text file, a folder, a JSONL, CSV or Parquet file, a saved
            Hugging Face dataset); or an iterable of texts, of mappings (a
            ``datasets.Dataset`` or ``IterableDataset`` is one), of `Article`, or of
            `pathlib.Path`. To be gone on with, it must give the same records again.
        output: The folder; new, empty, or of a run to go on with.
        pipeline: A `StancePipeline`; or, needed for several workers, what makes one:
            a function of a module, a class, or a `functools.partial` of these.
        text_column: The field of a record that holds the text.
        id_column: The field with its id.
        date_column: The field with its date (ISO 8601).
        workers: Processes, each with models of its own. The result is the same.
        part_size: Records in one part; what a killed run loses at most.
        show_progress: Show a progress bar on standard error.

    Raises:
        InputError: The input as a whole can't be read, or the folder holds results of
            other articles or settings.
        MissingExtraError: pyarrow is not installed.
        ValueError: ``workers`` or ``part_size`` is below 1.
    """
    for name, value in (("workers", workers), ("part_size", part_size)):
        if value < 1:
            raise ValueError(f"{name}: expected at least 1, got {value}")
    arrow_schema("documents")  # without pyarrow this says so before models are loaded
    columns = Columns(text_column, id_column, date_column)
    # The first record is read before anything is made: a wrong path or column ends it here.
    records = _records(source, columns)
    records = chain(list(islice(records, 1)), records)
    output = Path(output)
    store = Store(output)
    began = time.perf_counter()
    index = Index()
    try:
        with store.locked(), start_workers(pipeline, workers=workers) as crew:
            store.open({**settings_of(crew.settings()), "part_size": part_size, "group": GROUP})
            parts = make_parts(records, size=part_size, index=index)
            earlier = _verify(store, parts)
            if store.complete and next(parts, None) is not None:
                raise _other_input(store, "more records than before")
            total = _count(source, columns) if show_progress else None
            with _progress(show_progress, total, earlier) as advance:
                for part, rows in _analyzed(parts, crew, ahead=workers > 1, advance=advance):
                    store.write(part.number, part.input, rows)
            if not store.done:
                raise InputError("no articles; expected at least one")
            if not store.complete:
                store.finish()
    finally:
        index.close()
    return _result(store, earlier, time.perf_counter() - began)


def _records(source: Source, columns: Columns) -> Iterator[Article | Unreadable]:
    if isinstance(source, str | Path):
        yield from scan_articles(source, columns=columns)
        return
    if isinstance(source, Mapping):
        members = ", ".join(map(repr, source))
        raise InputError(f"a mapping is no corpus; expected one of its members: {members}")
    yield from from_records(_flat(_selected(source, columns), columns), columns)


def _selected(source: Any, columns: Columns) -> Iterator[Any]:
    """The columns that are needed, where the source is a dataset that knows its columns."""
    names = getattr(source, "column_names", None)
    if not isinstance(names, list):
        yield from source
        return
    if columns.text not in names:
        raise InputError(
            f"the dataset has no column '{columns.text}' among {', '.join(names)}; "
            "expected the articles' texts there"
        )
    wanted = [c for c in (columns.text, columns.id, columns.date) if c in names]
    yield from source.select_columns(wanted)


def _flat(source: Iterable[Any], columns: Columns) -> Iterator[Any]:
    for item in source:
        if isinstance(item, Path):
            yield from scan_articles(item, columns=columns)
        else:
            yield item


def _count(source: Source, columns: Columns) -> int | None:
    if isinstance(source, str | Path):
        return count_articles(source, columns=columns)
    if not isinstance(source, Sized):
        return None
    if isinstance(source, Sequence) and any(isinstance(item, Path) for item in source):
        counts = [count_articles(p, columns=columns) for p in source if isinstance(p, Path)]
        known = [c for c in counts if c is not None]
        return sum(known) if len(known) == len(source) else None
    return len(source)


def settings_of(pipeline: Mapping[str, Any]) -> dict[str, Any]:
    """What decides the rows of a corpus: the pipeline's settings, and versions."""
    versions = {"stancekit": __version__}
    for library in _LIBRARIES:
        try:
            versions[library] = version(library)
        except PackageNotFoundError:
            continue
    return {"schema": SCHEMA_VERSION, "versions": versions, **pipeline}


def _other_input(store: Store, what: str) -> InputError:
    return InputError(
        f"{store.folder}: was made from other articles ({what}); "
        "expected the same input to go on, or another folder"
    )


def _verify(store: Store, parts: Iterator[Part]) -> int:
    """Reads again what is done, since later texts may repeat it; returns its documents."""
    documents = 0
    for record in store.done:
        part = next(parts, None)
        if part is None:
            raise _other_input(store, "fewer records than before")
        if part.input != record.input:
            first, last = documents + 1, documents + len(part.entries)
            raise _other_input(store, f"records {first} to {last} differ")
        documents += len(part.entries)
    return documents


def _analyzed(
    parts: Iterable[Part], crew: Workers, *, ahead: bool, advance: Callable[[int], None]
) -> Iterator[tuple[Part, Rows]]:
    """Parts with their rows, in order.

    Args:
        parts: To be analysed.
        crew: Does it.
        ahead: Hand out a part more than the one that is waited for, so that no
            worker is idle while a part ends.
        advance: Told how many records are done.
    """
    waiting: deque[tuple[Part, list[Callable[[], list[Rows]]]]] = deque()
    for part in parts:
        work = [e.article for e in part.entries if e.is_work and e.article is not None]
        groups = [work[i : i + GROUP] for i in range(0, len(work), GROUP)]
        waiting.append((part, [crew.submit(group) for group in groups]))
        if len(waiting) > int(ahead):
            yield _finished(*waiting.popleft(), advance)
    while waiting:
        yield _finished(*waiting.popleft(), advance)


def _finished(
    part: Part, groups: Iterable[Callable[[], list[Rows]]], advance: Callable[[int], None]
) -> tuple[Part, Rows]:
    analyzed: dict[str, Rows] = {}
    work = iter([e.id for e in part.entries if e.is_work])
    advance(sum(not e.is_work for e in part.entries))
    for group in groups:
        found = group()
        analyzed.update(zip(islice(work, len(found)), found, strict=True))
        advance(len(found))
    return part, _joined(part.entries, analyzed)


def _joined(entries: Iterable[Entry], analyzed: dict[str, Rows]) -> Rows:
    """All rows of a part, in the order of its records."""
    rows = no_rows()
    for entry in entries:
        found = analyzed[entry.id] if entry.is_work else entry.rows()
        for table in TABLES:
            rows[table] += found[table]
    return rows


def _result(store: Store, earlier: int, seconds: float) -> CorpusResult:
    import pyarrow.dataset  # type: ignore[import-untyped, unused-ignore]

    totals = {table: sum(part.rows[table] for part in store.done) for table in TABLES}
    table = pyarrow.dataset.dataset(store.folder / "documents", format="parquet")
    status = pyarrow.dataset.field("status")
    duplicates = table.count_rows(filter=status == "duplicate")
    failed = table.count_rows(filter=status == "failed")
    return CorpusResult(
        folder=store.folder,
        documents=totals["documents"],
        analyzed=totals["documents"] - duplicates - failed,
        duplicates=duplicates,
        failed=failed,
        statements=totals["statements"],
        earlier=earlier,
        seconds=seconds,
    )


@contextmanager
def _progress(show: bool, total: int | None, earlier: int) -> Iterator[Callable[[int], None]]:
    """A bar with articles a second and the time left; what it gives is told of each step."""
    if not show:
        yield lambda count: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            seconds, new = task.elapsed or 0.0, task.completed - earlier
            return Text(f"{new / seconds:.1f} articles/s" if seconds and new else "")

    with Progress(
        TextColumn("Articles"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeElapsedColumn(),
        *([TextColumn("left"), TimeRemainingColumn()] if total is not None else []),
        console=Console(stderr=True),
        # The default of half a minute makes the time left jump from article to article.
        speed_estimate_period=300,
    ) as progress:
        task = progress.add_task("", total=total, completed=earlier)
        yield partial(progress.advance, task)
