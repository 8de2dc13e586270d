"""A corpus made from the labelled articles: articles a second, and memory that stays flat.

    python benchmarks/corpus.py 5000
    python benchmarks/corpus.py 5000 --workers 2
    python benchmarks/corpus.py 300 --compare-workers 40

Each article is made by drawing paragraphs of the articles in fixtures/articles, with a
seed, until it is about as long as one of them.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import random
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from stancekit import StancePipeline
from stancekit.corpus import Article, run_corpus
from stancekit.corpus.work import start_workers

ROOT = Path(__file__).resolve().parents[1]
FLAT = 1.10  # memory at the end over memory after the first tenth


def paragraphs(folder: Path) -> tuple[list[str], list[int]]:
    """All paragraphs, and the lengths of the articles in paragraphs."""
    pieces, lengths = [], []
    for file in sorted(folder.rglob("*.json")):
        text = json.loads(file.read_text(encoding="utf-8"))["text"]
        found = [p.strip() for p in text.split("\n\n") if p.strip()]
        pieces += found
        lengths.append(len(found))
    if not pieces:
        sys.exit(f"{folder}: no labelled articles")
    return pieces, lengths


def make_articles(folder: Path, count: int, *, seed: int) -> Iterator[Article]:
    """Articles of shuffled paragraphs, the same for the same seed."""
    pieces, lengths = paragraphs(folder)
    dice = random.Random(seed)
    for number in range(count):
        text = "\n\n".join(dice.sample(pieces, dice.choice(lengths)))
        yield Article(f"article-{number:06d}", text, f"2025-{number % 12 + 1:02d}-01")


def resident() -> float:
    """Memory of this process now, in MB; its peak where the system does not tell."""
    try:
        with Path("/proc/self/statm").open(encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except OSError:
        return peak()


def peak(who: int = resource.RUSAGE_SELF) -> float:
    """Peak memory, in MB; of children, that of the largest."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(who).ru_maxrss * unit / 1e6


def processor_seconds() -> float:
    """Processor time of this process and of children that have ended, which load hardly alters."""
    uses = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in uses)


def watched(
    articles: Iterator[Article], count: int, points: list[tuple[int, float, float, float]]
) -> Iterator[Article]:
    """The articles; at every tenth of them, notes number, seconds, memory and peak."""
    began, step = time.perf_counter(), max(1, count // 10)
    for number, article in enumerate(articles):
        if number and number % step == 0:
            points.append((number, time.perf_counter() - began, resident(), peak()))
        yield article
    points.append((count, time.perf_counter() - began, resident(), peak()))


def compare_workers(articles: Sequence[Article], targets: Sequence[str] | None) -> None:
    """One process with all cores against one process a core, in turns, so that load hits both."""
    cores = os.cpu_count() or 1
    make = functools.partial(StancePipeline, targets=targets)
    crews = {
        f"1 process, {cores} threads": functools.partial(make, threads=cores),
        f"{cores} processes, 1 thread": functools.partial(make, threads=1),
    }
    seconds = dict.fromkeys(crews, 0.0)
    rows: dict[str, list[object]] = {name: [] for name in crews}
    first, second = crews
    with (
        start_workers(crews[first], workers=1) as one,
        start_workers(crews[second], workers=cores) as many,
    ):
        running = {first: one, second: many}
        for crew in running.values():  # every worker loads its models first
            for wait in [crew.submit(articles[:1]) for _ in range(cores)]:
                wait()
        for turn, start in enumerate(range(0, len(articles), 8)):
            some = articles[start : start + 8]
            for name in list(running) if turn % 2 else reversed(list(running)):
                began = time.perf_counter()
                waits = [running[name].submit([article]) for article in some]
                rows[name] += [row for wait in waits for row in wait()]
                seconds[name] += time.perf_counter() - began
    for name in crews:
        print(f"{name:<24} {len(articles) / seconds[name]:.2f} articles/s")
    print(f"ratio {seconds[first] / seconds[second]:.2f}, same rows: {rows[first] == rows[second]}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", type=int, nargs="?", default=300, help="articles to make")
    parser.add_argument("--fixtures", type=Path, default=ROOT / "fixtures" / "articles")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--threads", type=int, help="of each worker; default: all cores")
    parser.add_argument("--target", action="append", help="default: the three that ship")
    parser.add_argument("-o", "--output", type=Path, help="keep the tables here")
    parser.add_argument(
        "--engine", choices=("local", "ray"), default="local", help="ray: stancekit[ray]"
    )
    parser.add_argument(
        "--compare-workers", type=int, metavar="N", help="instead: processes or threads, N articles"
    )
    parser.add_argument(
        "--fake", action="store_true", help="without models, for the plumbing alone"
    )
    options = parser.parse_args()
    if options.compare_workers:
        some = list(make_articles(options.fixtures, options.compare_workers, seed=options.seed))
        compare_workers(some, options.target)
        return 0
    factory: functools.partial[StancePipeline] = functools.partial(
        StancePipeline, targets=options.target, threads=options.threads
    )
    if options.fake:
        from stancekit.testing import fake_pipeline

        factory = functools.partial(fake_pipeline, targets=options.target)
    with tempfile.TemporaryDirectory() as temporary:
        output = options.output or Path(temporary) / "out"
        articles = make_articles(options.fixtures, options.count, seed=options.seed)
        if options.engine == "ray":
            return run_on_ray(articles, output, factory, options)
        points: list[tuple[int, float, float, float]] = []
        result = run_corpus(
            watched(articles, options.count, points),
            output,
            pipeline=factory,
            workers=options.workers,
            part_size=min(256, max(8, options.count // 20)),
        )
        size = sum(f.stat().st_size for f in output.rglob("*.parquet"))
    print(f"{'articles':>9} {'seconds':>9} {'articles/s':>11} {'MB now':>8} {'MB peak':>8}")
    for number, seconds, now, most in points:
        print(f"{number:>9} {seconds:>9.1f} {number / seconds:>11.2f} {now:>8.0f} {most:>8.0f}")
    print(
        f"{result.documents} articles, {result.statements} statements, {result.failed} failed, "
        f"{result.documents / result.seconds:.2f} articles/s, "
        f"{size / result.documents / 1000:.1f} KB of Parquet an article"
    )
    print(
        f"processor time {processor_seconds() / result.documents:.2f} s an article, start included"
    )
    if options.workers > 1:
        print(f"peak of the largest worker: {peak(resource.RUSAGE_CHILDREN):.0f} MB")
    early, late = points[0][3], points[-1][3]
    print(f"peak memory, end over the first tenth: {late / early:.3f} (flat: at most {FLAT})")
    return int(late / early > FLAT)


def run_on_ray(
    articles: Iterator[Article],
    output: Path,
    factory: functools.partial[StancePipeline],
    options: argparse.Namespace,
) -> int:
    """The same through a Ray cluster in this machine."""
    import pyarrow  # type: ignore[import-untyped, unused-ignore]
    import pyarrow.parquet  # type: ignore[import-untyped, unused-ignore]

    from stancekit.distributed import connect, write_dataset

    rows = [{"id": a.id, "text": a.text, "date": a.date} for a in articles]
    source = output.parent / "articles.parquet"
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), source, row_group_size=256)
    connect(workers=options.workers)
    import ray.data

    result = write_dataset(
        ray.data.read_parquet(str(source)), output, pipeline=factory, workers=options.workers
    )
    print(
        f"{result.documents} articles, {result.failed} failed, {result.lost} lost, "
        f"{result.documents / result.seconds:.2f} articles/s with {options.workers} Ray workers"
    )
    if options.output is None:
        shutil.rmtree(output, ignore_errors=True)
    return int(result.lost > 0)


if __name__ == "__main__":
    sys.exit(main())
