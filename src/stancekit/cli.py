"""The command line: one function a command.

Heavy modules are imported by the command that needs them, so that ``--help``
and a mistyped path answer at once. Results go to standard output or to the
file named with ``-o``, everything else to standard error.
"""

from __future__ import annotations

import contextlib
import enum
import functools
import io
import json
import logging
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer
import typer.core

from stancekit import __version__
from stancekit.errors import InputError, StancekitError
from stancekit.language import ENGLISH, NOT_ENGLISH, language_of
from stancekit.sources import STDIN, can_be_read_again, holds_many, read_articles
from stancekit.tabular import Article, Columns

if TYPE_CHECKING:
    from rich.console import Console

    from stancekit.stance.scorer import Mode
    from stancekit.types import Report

_WRONG_INPUT = 2
_INTERRUPTED = 130


class Format(enum.StrEnum):
    """How ``analyze`` writes reports."""

    table = "table"
    json = "json"
    jsonl = "jsonl"
    csv = "csv"
    html = "html"
    parquet = "parquet"
    brat = "brat"
    label_studio = "label-studio"
    docbin = "docbin"


class ExportFormat(enum.StrEnum):
    """What ``export`` writes."""

    onnx = "onnx"


class Engine(enum.StrEnum):
    """Where ``analyze`` runs a corpus."""

    local = "local"
    ray = "ray"


_SUFFIXES = {
    ".json": Format.json,
    ".jsonl": Format.jsonl,
    ".ndjson": Format.jsonl,
    ".csv": Format.csv,
    ".html": Format.html,
    ".htm": Format.html,
    ".parquet": Format.parquet,
    ".spacy": Format.docbin,
    ".txt": Format.table,
}


class _Group(typer.core.TyperGroup):
    """Turns what stancekit raises on purpose into one sentence and exit code 2."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except StancekitError as error:
            typer.echo(f"stancekit: {error}", err=True)
            raise typer.Exit(_WRONG_INPUT) from error
        except PermissionError as error:
            # Wherever a path is looked at, the folder above may be closed.
            typer.echo(f"stancekit: {error.filename}: permission denied", err=True)
            raise typer.Exit(_WRONG_INPUT) from error


app = typer.Typer(
    cls=_Group,
    help="Who said what in a news article, and where does each speaker stand.",
    no_args_is_help=True,
    add_completion=False,
    # Plain help and errors: readable in a log, in a pipe and by a screen reader.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"stancekit {__version__}")
        raise typer.Exit()


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    # Made anew for every call: standard error may be another stream than last time.
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("stancekit: %(message)s"))
    logging.getLogger("stancekit").handlers = [handler]


# --- writing -----------------------------------------------------------------


@contextlib.contextmanager
def _result_file(path: Path | None) -> Iterator[IO[bytes]]:
    """A binary file that takes its name only once it is whole; None is standard output."""
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    target = path.resolve()
    if target.exists() and not target.is_file():
        # A pipe or a device, /dev/null say, can't be replaced by a file.
        try:
            with target.open("wb") as file:
                yield file
        except OSError as error:
            raise InputError(f"{path}: can't be written: {error.strerror or error}") from error
        return
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("xb") as file:
            yield file
        part.replace(target)
    except OSError as error:
        raise InputError(f"{path}: can't be written: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)


def _text_file(file: IO[bytes], *, mark: bool = False) -> io.TextIOWrapper:
    encoding = "utf-8-sig" if mark else "utf-8"
    return io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")


def _write_json(reports: Iterable[Report], file: IO[bytes], *, as_array: bool) -> None:
    from stancekit.report import to_json

    start = b"[\n" if as_array else b""
    for report in reports:
        file.write(start + to_json(report).encode())
        start = b",\n"
    file.write(b"\n]\n" if as_array else b"\n")


def _write_jsonl(reports: Iterable[Report], file: IO[bytes]) -> None:
    from stancekit.report import to_json

    for report in reports:
        file.write(to_json(report, indent=None).encode() + b"\n")
        # Line by line, for who follows a long run.
        file.flush()


def _write_csv(reports: Iterable[Report], file: IO[bytes], *, mark: bool) -> None:
    from stancekit.report.frame import write_csv

    text = _text_file(file, mark=mark)
    write_csv(reports, text)
    text.flush()
    text.detach()


def _write_parquet(reports: Iterable[Report], file: IO[bytes]) -> None:
    from stancekit.report import to_parquet

    to_parquet(reports, file)


def _write_brat(reports: Iterable[Report], folder: Path) -> None:
    from stancekit.annotations import brat_files

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: can't be made: {error.strerror or error}") from error
    for name, content in brat_files(reports):
        with _result_file(folder / name) as file:
            file.write(content.encode())


def _write_label_studio(reports: Iterable[Report], output: Path | None) -> None:
    from stancekit.annotations import LABELLING_INTERFACE, task_lines

    with _result_file(output) as file:
        for line in task_lines(reports):
            file.write(line.encode())
    if output is not None and output.suffix.lower() == ".json":
        interface = output.with_suffix(".xml")
        with _result_file(interface) as file:
            file.write(LABELLING_INTERFACE.encode())
        typer.echo(f"stancekit: the project's labelling interface is in {interface}", err=True)


def _write_docbin(reports: Iterable[Report], file: IO[bytes]) -> None:
    from stancekit.annotations import docbin_bytes

    file.write(docbin_bytes(reports))


def _render(reports: Iterable[Report], console: Console) -> None:
    from stancekit.report import render_table

    for number, report in enumerate(reports):
        if number:
            console.print()
        render_table(report, console)


def _write_table(reports: Iterable[Report], file: IO[bytes]) -> None:
    from rich.console import Console

    text = _text_file(file)
    _render(reports, Console(file=text, width=100, no_color=True, force_terminal=False))
    text.flush()
    text.detach()


def _print_table(reports: Iterable[Report]) -> None:
    from rich.console import Console

    _render(reports, Console(file=sys.stdout, highlight=False))


def _page_name(name: str, taken: set[str]) -> str:
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", name.removesuffix(".txt")).strip("-")[:80] or "article"
    page, number = f"{stem}.html", 2
    # Lower case, for file systems that don't tell the two apart.
    while page.lower() in taken:
        page, number = f"{stem}-{number}.html", number + 1
    taken.add(page.lower())
    return page


def _write_pages(reports: Iterable[Report], folder: Path) -> None:
    from stancekit.report import to_html, to_html_index

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: can't be made: {error.strerror or error}") from error
    taken = {"index.html"}

    def written() -> Iterator[tuple[str, Report]]:
        for report in reports:
            page = _page_name(report.document.id, taken)
            with _result_file(folder / page) as file:
                file.write(to_html(report).encode("utf-8", "replace"))
            yield page, report

    index = to_html_index(written())
    with _result_file(folder / "index.html") as file:
        file.write(index.encode("utf-8", "replace"))


def _write(
    reports: Iterable[Report],
    format: Format,
    output: Path | None,
    *,
    as_array: bool,
    as_folder: bool,
) -> None:
    if format is Format.table and output is None:
        _print_table(reports)
        return
    if format is Format.html and as_folder:
        assert output is not None
        _write_pages(reports, output)
        return
    if format is Format.brat:
        assert output is not None
        _write_brat(reports, output)
        return
    if format is Format.label_studio:
        _write_label_studio(reports, output)
        return
    with _result_file(output) as file:
        if format is Format.json:
            _write_json(reports, file, as_array=as_array)
        elif format is Format.jsonl:
            _write_jsonl(reports, file)
        elif format is Format.csv:
            # Excel needs the mark; a program behind a pipe does not want it.
            _write_csv(reports, file, mark=output is not None)
        elif format is Format.parquet:
            _write_parquet(reports, file)
        elif format is Format.docbin:
            _write_docbin(reports, file)
        elif format is Format.table:
            _write_table(reports, file)
        else:
            from stancekit.report import to_html

            for report in reports:
                file.write(to_html(report).encode("utf-8", "replace"))


# --- analyze -----------------------------------------------------------------


def _choose_format(format: Format | None, output: Path | None) -> Format:
    if format is not None:
        return format
    if output is None:
        return Format.table
    if output.is_dir():
        return Format.html
    suffix = output.suffix.lower()
    if suffix in _SUFFIXES:
        return _SUFFIXES[suffix]
    known = ", ".join(_SUFFIXES)
    raise InputError(f"{output}: its ending names no format; use one of {known}, or --format")


def _check_output(format: Format, output: Path | None, sources: Sequence[str], count: int) -> bool:
    """Refuses an output that can't work before a model is loaded.

    Returns:
        Whether the output is a folder.
    """
    if format is Format.brat:
        from stancekit.annotations import check_brat_folder

        if output is None:
            raise InputError("brat needs a folder; use -o FOLDER")
        check_brat_folder(output)
        return True
    if format is Format.html and count > 1:
        if output is None:
            raise InputError(f"{count} articles as HTML need -o FOLDER, one page each")
        if output.exists() and not output.is_dir():
            raise InputError(f"{output}: {count} articles as HTML need a folder, this is a file")
        if output.suffix.lower() in (".html", ".htm"):
            raise InputError(f"{output}: {count} articles as HTML need a folder, not a page")
        return True
    if output is None:
        if format is Format.parquet and sys.stdout.isatty():
            raise InputError("Parquet is binary and not for a terminal; use -o FILE.parquet")
        if format is Format.docbin and sys.stdout.isatty():
            raise InputError("a DocBin is binary and not for a terminal; use -o FILE.spacy")
        return False
    if output.is_dir():
        if format is Format.html:
            return True
        raise InputError(f"{output}: a folder; {format.value} needs a file name")
    if not output.parent.is_dir():
        raise InputError(f"{output}: the folder {output.parent} does not exist")
    if format is Format.label_studio and output.suffix.lower() == ".json":
        from stancekit.annotations import LABELLING_INTERFACE

        interface = output.with_suffix(".xml")
        if interface.exists() and interface.read_bytes() != LABELLING_INTERFACE.encode():
            raise InputError(
                f"{interface}: exists already; the labelling interface would be written there"
            )
    if output.exists():
        for source in sources:
            if source != STDIN and Path(source).exists() and output.samefile(source):
                raise InputError(f"{output}: this is the article itself; name another file")
    return False


def _articles(
    sources: Sequence[str], columns: Columns
) -> tuple[list[tuple[str, str]], Callable[[], Iterator[str]]]:
    """Reads everything once, so that a bad file is told before hours of work.

    Returns:
        The articles' ids and dates, and what reads their texts again. Only what
        can't be read twice (standard input, pipes) is kept in memory.
    """
    names: list[tuple[str, str]] = []
    kept: dict[str, list[Article]] = {}
    for source in sources:
        if not can_be_read_again(source):
            if source not in kept:
                kept[source] = list(read_articles(source, columns=columns))
            names += ((article.id, article.date) for article in kept[source])
        else:
            found = read_articles(source, columns=columns)
            names += ((article.id, article.date) for article in found)

    def texts() -> Iterator[str]:
        # The first reading has already warned.
        readers = [logging.getLogger(name) for name in ("stancekit.sources", "stancekit.tabular")]
        for reader in readers:
            reader.setLevel(logging.ERROR)
        try:
            for source in sources:
                again = kept[source] if source in kept else read_articles(source, columns=columns)
                for article in again:
                    yield article.text
        finally:
            for reader in readers:
                reader.setLevel(logging.NOTSET)

    return names, texts


def _analyze_on_ray(
    sources: Sequence[str],
    output: Path,
    columns: Columns,
    factory: Callable[[], Any],
    *,
    workers: int | None,
    address: str | None,
) -> None:
    from stancekit.distributed import connect, read_source, write_dataset

    if workers is None and address is None:
        workers = os.cpu_count() or 1
    connect(address, workers=workers)
    result = write_dataset(
        read_source(sources),
        # A Path folds the two slashes of s3://bucket/folder into one.
        re.sub(r"^([a-z0-9]{2,}):/(?!/)", r"\1://", str(output)),
        pipeline=factory,
        text_column=columns.text,
        id_column=columns.id,
        date_column=columns.date,
        workers=workers,
        show_progress=sys.stderr.isatty(),
    )
    typer.echo(
        f"{output}: {result.documents} articles ({result.duplicates} duplicates, "
        f"{result.failed} failed, {result.lost} of them lost) in {result.seconds:.0f} s",
        err=True,
    )


def _is_corpus_folder(format: Format, output: Path | None) -> bool:
    """Whether a folder of tables is asked for, rather than one file."""
    if format is not Format.parquet or output is None:
        return False
    return output.is_dir() or (not output.exists() and not output.suffix)


def _analyze_corpus(
    sources: Sequence[str],
    output: Path,
    columns: Columns,
    *,
    config: Path | None,
    workers: int | None,
    threads: int | None,
    engine: Engine,
    address: str | None,
    **options: Any,
) -> None:
    from stancekit.corpus import run_corpus
    from stancekit.pipeline import StancePipeline

    make: Callable[..., StancePipeline] = StancePipeline
    if config is not None:
        make = functools.partial(StancePipeline.from_config, config)
    if engine is Engine.ray:
        factory = functools.partial(make, threads=threads or 1, **options)
        _analyze_on_ray(sources, output, columns, factory, workers=workers, address=address)
        return
    workers = workers or 1
    if threads is None and workers > 1:
        threads = max(1, (os.cpu_count() or 1) // workers)
    source = sources[0] if len(sources) == 1 else [Path(s) for s in sources]
    try:
        result = run_corpus(
            source,
            output,
            pipeline=functools.partial(make, threads=threads, **options),
            text_column=columns.text,
            id_column=columns.id,
            date_column=columns.date,
            workers=workers,
            show_progress=sys.stderr.isatty(),
        )
    except KeyboardInterrupt:
        started = f" from what is in {output}" if output.exists() else ""
        typer.echo(f"Interrupted; the same command goes on{started}.", err=True)
        raise typer.Exit(_INTERRUPTED) from None
    new = result.documents - result.earlier
    typer.echo(
        f"{output}: {result.documents} articles ({result.duplicates} duplicates, "
        f"{result.failed} failed), {result.statements} statements; "
        f"{new} in {result.seconds:.0f} s",
        err=True,
    )
    if result.failed == result.documents:
        raise StancekitError(f"{output}: every article failed; the table errors says why")


def _expect_english(name: str, text: str) -> None:
    """Refuses a single article that is not in English; among many it is skipped."""
    language = language_of(text)
    if language != ENGLISH:
        raise InputError(
            f"{name}: {NOT_ENGLISH} (language code {language}), which the models read; "
            "--any-language analyses it all the same"
        )


@app.command()
def analyze(
    article: Annotated[
        list[str],
        typer.Argument(
            metavar="ARTICLE",
            help="A text file, a folder of .txt files or tables, a JSONL, CSV or Parquet file "
            "or a saved Hugging Face dataset with a text column, or - for standard input.",
        ),
    ],
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A pipeline configuration (TOML).")
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option(metavar="TEXT", help='What a stance is toward, "a carbon tax". Repeatable.'),
    ] = None,
    format: Annotated[
        Format | None,
        typer.Option(help="Default: by the ending of OUT, table without -o.", show_default=False),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="OUT",
            help="A file; for HTML also a folder of pages; for Parquet also a folder of tables, "
            "which a run that was stopped goes on with; for brat always a folder.",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Any NLI model: a folder or a Hugging Face hub name."),
    ] = None,
    threads: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="CPU threads. Default: all cores.")
    ] = None,
    fast: Annotated[
        bool, typer.Option("--fast", help="Let a small model sort out more: faster, less right.")
    ] = False,
    exact: Annotated[
        bool, typer.Option("--exact", help="Let the large model read everything: slower.")
    ] = False,
    text_column: Annotated[
        str, typer.Option(metavar="NAME", help="The field of a record that holds the text.")
    ] = "text",
    id_column: Annotated[
        str, typer.Option(metavar="NAME", help="The field with the article's id.")
    ] = "id",
    date_column: Annotated[
        str, typer.Option(metavar="NAME", help="The field with its date (ISO 8601).")
    ] = "date",
    workers: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="Processes, for a folder of Parquet tables. Default: one."
        ),
    ] = None,
    engine: Annotated[
        Engine, typer.Option(help="Where a folder of Parquet tables is made: here, or on Ray.")
    ] = Engine.local,
    address: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Of a Ray cluster. Default: one is started here."),
    ] = None,
    any_language: Annotated[
        bool, typer.Option("--any-language", help="Analyse texts that are not in English, too.")
    ] = False,
) -> None:
    """Find who said what in articles, and where each speaker stands."""
    if output == Path(STDIN):
        output = None
    if any(not text.strip() for text in target or ()):
        raise InputError("--target is empty; expected a phrase such as 'a carbon tax'")
    if fast and exact:
        raise InputError("--fast and --exact exclude each other; give one of them")
    mode: Mode | None = "fast" if fast else "exact" if exact else None
    chosen = _choose_format(format, output)
    if address is not None and engine is not Engine.ray:
        raise InputError("--address is that of a Ray cluster and needs --engine ray")
    columns = Columns(text_column, id_column, date_column)
    if output is not None and _is_corpus_folder(chosen, output):
        _analyze_corpus(
            article,
            output,
            columns,
            config=config,
            workers=workers,
            threads=threads,
            engine=engine,
            address=address,
            targets=target or None,
            model=model,
            mode=mode,
            any_language=any_language,
        )
        return
    if workers is not None or engine is Engine.ray:
        needs = "--workers" if workers is not None else "--engine ray"
        raise InputError(f"{needs} needs a folder of tables: --format parquet -o FOLDER")
    names, texts = _articles(article, columns)
    several = len(names) > 1
    as_folder = _check_output(chosen, output, article, len(names))
    # By the kind of input, not by how many records it happens to hold.
    as_array = several or any(holds_many(source) for source in article)
    if not as_array and not any_language:
        _expect_english(names[0][0], next(texts()))

    from stancekit.pipeline import StancePipeline

    options: dict[str, Any] = {
        "targets": target or None,
        "model": model,
        "threads": threads,
        "mode": mode,
        "any_language": any_language,
    }
    if config is not None:
        pipeline = StancePipeline.from_config(config, **options)
    else:
        pipeline = StancePipeline(**options)
    reports = pipeline.run_many(
        texts(),
        ids=[id for id, _ in names],
        dates=[date for _, date in names],
        show_progress=several and sys.stderr.isatty(),
    )
    _write(reports, chosen, output, as_array=as_array, as_folder=as_folder)


# --- timeline ----------------------------------------------------------------

_FIGURES = (".png", ".svg", ".pdf")


@app.command()
def timeline(
    folder: Annotated[
        Path, typer.Argument(metavar="OUT", help="A folder that analyze --format parquet wrote.")
    ],
    aliases: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Names that mean the same speaker (TOML, [aliases])."),
    ] = None,
    speaker: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this speaker. Repeatable.")
    ] = None,
    target: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Only this target. Repeatable.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="A .csv, .png, .svg or .pdf file."),
    ] = None,
) -> None:
    """Show where speakers stand over the dates of a corpus."""
    suffix = "" if output is None else output.suffix.lower()
    if output is not None:
        if suffix not in (".csv", *_FIGURES):
            raise InputError(f"{output}: expected a name in .csv, .png, .svg or .pdf")
        if not output.parent.is_dir():
            raise InputError(f"{output}: the folder {output.parent} does not exist")

    from stancekit.timelines import Timeline

    found = Timeline.from_parquet(folder, aliases=aliases, speakers=speaker, targets=target)
    if output is None:
        from rich.console import Console

        found.render(Console(file=sys.stdout, highlight=False))
        return
    if suffix == ".csv":
        content = found.to_csv().encode("utf-8-sig", "replace")
    else:
        buffer = io.BytesIO()
        found.plot().savefig(buffer, format=suffix.removeprefix("."), dpi=200)
        content = buffer.getvalue()
    with _result_file(output) as file:
        file.write(content)


# --- the other commands ------------------------------------------------------


@app.command()
def evaluate(
    fixtures: Annotated[
        Path, typer.Argument(help="A folder of labelled articles, or one such file.")
    ],
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A pipeline configuration (TOML).")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Also write the metrics as JSON."),
    ] = None,
) -> None:
    """Measure the pipeline against labelled articles."""
    if not fixtures.exists():
        raise InputError(f"{fixtures}: no such file or folder; expected labelled articles")
    if output is not None and not output.parent.is_dir():
        raise InputError(f"{output}: the folder {output.parent} does not exist")

    from rich.console import Console

    from stancekit.evaluation import evaluate as run

    result = run(fixtures, config=config, show_progress=sys.stderr.isatty())
    if output is not None:
        with _result_file(output) as file:
            file.write(json.dumps(result.to_dict(), indent=2, ensure_ascii=False).encode() + b"\n")
    result.render(Console(file=sys.stdout, highlight=False))


@app.command()
def train(
    config: Annotated[Path, typer.Argument(help="A training configuration (TOML).")],
    overrides: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY.PATH=VALUE]...", help="Values to use instead of the file's."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the last checkpoint.")
    ] = False,
) -> None:
    """Train a model as a configuration says."""
    from stancekit.training.run import train as run

    try:
        folder = run(
            config, overrides=overrides or [], resume=resume, show_progress=sys.stderr.isatty()
        )
    except KeyboardInterrupt:
        typer.echo("Interrupted; the same command with --resume goes on from here.", err=True)
        raise typer.Exit(_INTERRUPTED) from None
    for line in _before_and_after(folder):
        typer.echo(line, err=True)
    typer.echo(str(folder))


@app.command("import-labels")
def import_labels(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="IN",
            help="A folder of brat's, an export of Label Studio (.json), or a spaCy DocBin "
            "(.spacy).",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="OUT", help="A JSON Lines file for training."),
    ] = None,
) -> None:
    """Read attributions that people corrected, as a file to train on."""
    from stancekit.annotations import read_labels, write_records

    if output == Path(STDIN):
        output = None
    if output is not None:
        if not output.parent.is_dir():
            raise InputError(f"{output}: the folder {output.parent} does not exist")
        if output.is_dir():
            raise InputError(f"{output}: a folder; training records need a file name")
        if output.exists() and source.exists() and output.samefile(source):
            raise InputError(f"{output}: these are the labels themselves; name another file")
    texts = read_labels(source)
    with _result_file(output) as file:
        text = _text_file(file)
        write_records(texts, text)
        text.flush()
        text.detach()
    count = sum(len(labelled.attributions) for labelled in texts)
    typer.echo(f"stancekit: {len(texts)} articles, {count} attributions", err=True)


def _before_and_after(folder: Path) -> Iterator[str]:
    """What the trained model is worth, for the terminal; the folder's name alone is the result."""
    from stancekit.inference.folder import STANCEKIT_FILE
    from stancekit.training.comparison import read_comparisons

    comparisons = read_comparisons(folder) if (folder / STANCEKIT_FILE).is_file() else []
    for comparison in comparisons:
        header = (f"{comparison.n} {comparison.title}", "before", "after", "difference", "95 %")
        rows = [header, *comparison.rows()]
        widths = [max(len(row[i]) for row in rows) for i in range(len(header))]
        for row in rows:
            cells = [row[0].ljust(widths[0])]
            cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
            yield "  ".join(cells)
        yield comparison.sentence
        if comparison.spread:
            yield comparison.spread
        yield ""


@app.command()
def check(
    config: Annotated[Path, typer.Argument(help="A pipeline or training configuration (TOML).")],
    overrides: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY.PATH=VALUE]...", help="Values to use instead of the file's."),
    ] = None,
) -> None:
    """Check a configuration and its data, and say what a training would do."""
    from stancekit.config import read_toml

    if "task" in read_toml(config):
        from stancekit.training.check import check_config

        lines = list(check_config(config, overrides=overrides or []))
    else:
        lines = _check_pipeline(config, overrides or [])
    for line in lines:
        typer.echo(line)


def _check_pipeline(config: Path, overrides: Sequence[str]) -> list[str]:
    from stancekit.config import PipelineConfig, load

    checked = load(PipelineConfig, config, overrides)
    tables = checked.model_dump(mode="json", exclude_none=True)
    targets = tables.get("target") or tables.get("targets") or []
    names = [str(table.get("id") or table.get("name")) for table in targets]
    lines = [f"{config}: ok, a pipeline configuration"]
    if names:
        lines.append(f"targets: {', '.join(names)}")
    return lines


@app.command()
def export(
    model: Annotated[str, typer.Argument(help="A model folder.")],
    to: Annotated[ExportFormat, typer.Option("--to", help="The format to write.")],
    int8: Annotated[bool, typer.Option("--int8", help="Store the weights in 8 bits.")] = False,
) -> None:
    """Export a model for other runtimes."""
    from stancekit.inference.export import export_model

    typer.echo(str(export_model(model, to=to.value, int8=int8)))


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line.

    Args:
        argv: Words after the program's name; default `sys.argv`.

    Returns:
        The exit code: 0, 2 for a wrong input, 130 after Ctrl-C.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that lacks a character shows a question mark, not a traceback.
            stream.reconfigure(errors="replace")
    try:
        app(args=None if argv is None else list(argv), prog_name="stancekit")
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except KeyboardInterrupt:
        return _INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
