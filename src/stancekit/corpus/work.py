"""Analysing groups of articles, in this process or in several."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait
from typing import Any, Protocol

from stancekit.corpus.tables import Rows, document_row, error_row, no_rows, report_rows
from stancekit.errors import StancekitError
from stancekit.pipeline import StancePipeline
from stancekit.tabular import Article
from stancekit.text import encodable
from stancekit.types import Document

PipelineFactory = Callable[[], StancePipeline]


def analyze_group(pipeline: StancePipeline, articles: Sequence[Article]) -> list[Rows]:
    """The rows of each article; one that fails has a row in errors.

    Args:
        pipeline: Analyses them together.
        articles: Where they fail together, each is tried again alone.
    """
    try:
        reports = pipeline.run_many(
            [article.text for article in articles],
            ids=[article.id for article in articles],
            dates=[article.date for article in articles],
            batch_size=max(1, len(articles)),
        )
        return [report_rows(report) for report in reports]
    except Exception:  # whatever it was, it is named below, article by article
        return [_analyze_alone(pipeline, article) for article in articles]


def _analyze_alone(pipeline: StancePipeline, article: Article) -> Rows:
    try:
        return report_rows(pipeline.run(article.text, id=article.id, date=article.date))
    except Exception as error:  # becomes a row of the errors table
        return failed_rows(article, error=type(error).__name__, message=str(error))


def failed_rows(article: Article, *, error: str, message: str) -> Rows:
    """The rows of an article that could not be analysed."""
    rows = no_rows()
    name = encodable(article.id)
    rows["documents"].append(
        document_row(
            name,
            date=article.date,
            status="failed",
            n_chars=len(article.text),
            sha256=Document(article.text).sha256,
        )
    )
    rows["errors"].append(error_row(name, stage="analyze", error=error, message=message))
    return rows


class Workers(Protocol):
    """What analyses groups of articles."""

    def settings(self) -> dict[str, Any]:
        """`StancePipeline.settings` of the pipeline in use."""
        ...

    def submit(self, articles: Sequence[Article]) -> Callable[[], list[Rows]]:
        """Takes a group; calling the result waits for its rows."""
        ...


class _Here:
    """This process; a group is analysed when its rows are asked for."""

    def __init__(self, pipeline: StancePipeline) -> None:
        self._pipeline = pipeline

    def settings(self) -> dict[str, Any]:
        return self._pipeline.settings()

    def submit(self, articles: Sequence[Article]) -> Callable[[], list[Rows]]:
        return lambda: analyze_group(self._pipeline, articles)


_pipeline: StancePipeline | None = None  # of a worker process


def _start(factory: PipelineFactory) -> None:
    global _pipeline  # noqa: PLW0603 (a process pool has no other place for it)
    # Ctrl-C is the parent's to handle.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    _pipeline = factory()


def _end_with_the_parent() -> None:
    # A parent that was killed can't tell its workers, and they would wait for ever.
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _settings() -> dict[str, Any]:
    assert _pipeline is not None
    return _pipeline.settings()


def _analyze(articles: Sequence[Article]) -> list[Rows]:
    assert _pipeline is not None
    return analyze_group(_pipeline, articles)


class _Processes:
    """Several processes, each with a pipeline of its own."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def settings(self) -> dict[str, Any]:
        return dict(_result(self._pool.submit(_settings)))

    def submit(self, articles: Sequence[Article]) -> Callable[[], list[Rows]]:
        future = self._pool.submit(_analyze, articles)
        return lambda: list(_result(future))


def _result(future: Future[Any]) -> Any:
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise StancekitError(
            "a worker process could not start or was killed (out of memory?); "
            "run again to go on, with fewer --workers if it happens again"
        ) from error


@contextmanager
def start_workers(pipeline: StancePipeline | PipelineFactory, *, workers: int) -> Iterator[Workers]:
    """Workers that end with the block.

    Args:
        pipeline: A pipeline, for one process; or what makes one, which must be
            picklable for several: a function of a module, or a `functools.partial`.
        workers: Number of processes; with 1 the work is done in this one.

    Raises:
        TypeError: Several processes, and a pipeline that is made already.
    """
    if workers == 1:
        yield _Here(pipeline if isinstance(pipeline, StancePipeline) else pipeline())
        return
    if isinstance(pipeline, StancePipeline):
        raise TypeError(
            "pipeline: a loaded pipeline works in its own process only; for several workers "
            "give what makes one, such as functools.partial(StancePipeline, targets=[...])"
        )
    # Forking a process that has threads may lock up, so each worker starts afresh.
    pool = ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start,
        initargs=(pipeline,),
    )
    try:
        yield _Processes(pool)
    finally:
        pool.shutdown(cancel_futures=True)
