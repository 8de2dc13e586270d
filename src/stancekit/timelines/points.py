"""Speakers across articles: their stances toward targets over time."""

from __future__ import annotations

import csv
import datetime
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stancekit.errors import InputError, MissingExtraError
from stancekit.report.frame import spreadsheet_cell
from stancekit.report.labels import plain, signed
from stancekit.summary import mean_stance
from stancekit.timelines.identity import Identities, Key, same_spelling
from stancekit.types import Report, StanceLabel, TargetRef

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure
    from rich.console import Console

Aliases = Mapping[str, Sequence[str]] | str | Path | None

_KINDS: dict[str, str] = {
    "speaker": "string",
    "target": "string",
    "date": "datetime64[s]",
    "document": "string",
    "label": "string",
    "score": "float64",
    "low": "float64",
    "high": "float64",
    "n_statements": "int64",
}


@dataclass(frozen=True, slots=True)
class TimelinePoint:
    """Where a speaker stands toward a target in one article.

    ``date`` is ISO 8601, or empty where the article has none; ``score`` is the mean
    of the ``n_statements`` statements that take a side, with a 95 % interval.
    """

    speaker: str
    target: str
    date: str
    document: str
    label: StanceLabel
    score: float
    low: float
    high: float
    n_statements: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """Stances of speakers over documents and dates.

    ``points`` are in order of speaker, target and date, those without a date last.
    """

    points: tuple[TimelinePoint, ...] = field(repr=False)
    targets: tuple[TargetRef, ...]

    @classmethod
    def from_parquet(
        cls,
        folder: str | Path,
        *,
        aliases: Aliases = None,
        speakers: Sequence[str] | None = None,
        targets: Sequence[str] | None = None,
    ) -> Timeline:
        """The timeline of a corpus, read from its folder of tables.

        Args:
            folder: What `stancekit.corpus.run_corpus` wrote.
            aliases: As for `timeline`.
            speakers: Only these, by their names here; of a large corpus the others
                then take no memory.
            targets: Only these, by their ids.

        Raises:
            InputError: The folder is not one of a corpus, or lacks a target.
            MissingExtraError: pyarrow is not installed.
        """
        folder = Path(folder)
        known = _corpus_targets(folder)
        chosen = known if targets is None else tuple(_target(known, t, folder) for t in targets)
        identities = Identities(aliases)
        wanted = None if speakers is None else {same_spelling(name) for name in speakers}
        lines = _corpus_lines(folder, {t.id for t in chosen}, identities, wanted)
        return cls(tuple(_points(lines, chosen, lambda some: _read_stances(folder, some))), chosen)

    @property
    def speakers(self) -> tuple[str, ...]:
        """Names, those with most points first."""
        counts = Counter(point.speaker for point in self.points)
        return tuple(sorted(counts, key=lambda name: (-counts[name], name)))

    def to_frame(self) -> pandas.DataFrame:
        """One row a point, as a pandas frame; a month or a year counts as its first day.

        Raises:
            MissingExtraError: pandas is not installed.
        """
        try:
            import pandas
        except ImportError as error:
            raise MissingExtraError("A data frame", "frame") from error
        columns: dict[str, Any] = {}
        for name, kind in _KINDS.items():
            values: list[Any] = [getattr(point, name) for point in self.points]
            if name == "date":
                values = [first_day(value) for value in values]
            columns[name] = pandas.Series(values, dtype=kind)
        return pandas.DataFrame(columns)

    def to_csv(self) -> str:
        """One line a point, as CSV (RFC 4180); save it as ``utf-8-sig`` for Excel."""
        file = io.StringIO(newline="")
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(_KINDS)
        for point in self.points:
            writer.writerow(spreadsheet_cell(getattr(point, name)) for name in _KINDS)
        return file.getvalue()

    def render(self, console: Console) -> None:
        """Prints a line a speaker and target, those with most articles first."""
        from rich.table import Table
        from rich.text import Text

        grid = Table(box=None, pad_edge=False)
        for heading in ("speaker", "target"):
            grid.add_column(heading, overflow="fold")
        for heading in ("articles", "first", "last", "mean", "lowest", "highest"):
            grid.add_column(heading, justify="right", no_wrap=True)
        groups: dict[tuple[str, str], list[TimelinePoint]] = {}
        for point in self.points:
            groups.setdefault((point.speaker, point.target), []).append(point)
        for (speaker, target), points in sorted(
            groups.items(), key=lambda group: (-len(group[1]), group[0])
        ):
            scores = [point.score for point in points]
            dates = [point.date for point in points if point.date] or ["undated"]
            grid.add_row(
                Text(plain(speaker)),
                Text(plain(target)),
                str(len(points)),
                dates[0],
                dates[-1],
                *map(signed, (sum(scores) / len(scores), min(scores), max(scores))),
            )
        console.print(grid)

    def plot(
        self, *, speakers: Sequence[str] | None = None, targets: Sequence[str] | None = None
    ) -> Figure:
        """Draws a panel a target: score over time, a line a speaker, with 95 % intervals.

        Points without a date are not drawn.

        Args:
            speakers: Which, by name, at most eight; by default the six with most points.
            targets: Which, by id; by default all that have points.

        Raises:
            MissingExtraError: matplotlib is not installed.
            ValueError: More than eight speakers, or an unknown one or an unknown target.
        """
        from stancekit.timelines.figure import plot_timeline

        return plot_timeline(self, speakers=speakers, targets=targets)


def timeline(reports: Iterable[Report], *, aliases: Aliases = None) -> Timeline:
    """Joins the speakers of articles into stances over time.

    Speakers are joined with caution: persons by their full name, organizations by
    their name. A bare surname, a role or a group is joined within its own article
    only, whose id then stands behind the name. An article in which a speaker takes
    no side toward a target gives no point.

    Args:
        reports: Of articles with a date (``pipeline.run(text, id=..., date=...)``); those
            without one give points with an empty date. Ids must differ.
        aliases: Canonical names with the other names that mean them in every
            article (``{"Ann Roe": ["Mayor Roe", "Roe"]}``), or a TOML file with such
            a table ``[aliases]``.

    Raises:
        ConfigError: The aliases contradict each other.
        ValueError: Two reports have the same id.
    """
    identities = Identities(aliases)
    targets: dict[str, TargetRef] = {}
    lines: list[_Line] = []
    stances: dict[tuple[str, str, str], tuple[float, float, float]] = {}
    seen: set[str] = set()
    for report in reports:
        document = report.document.id
        if document in seen:
            raise ValueError(
                f"two reports have the id {document!r}; expected an id for each, "
                "as in pipeline.run(text, id=...)"
            )
        seen.add(document)
        targets |= {t.id: t for t in report.targets if t.id not in targets}
        speakers = {s.id: s for s in report.speakers}
        for summary in report.summaries:
            if summary.statements:
                speaker = speakers[summary.speaker]
                lines.append(
                    _Line(
                        identities.key(document, speaker.name, speaker.type),
                        speaker.name,
                        summary.target,
                        report.document.date,
                        document,
                        summary.label,
                        summary.score,
                        summary.low,
                        summary.high,
                        summary.statements,
                    )
                )
        for statement in report.statements:
            for target, stance in statement.stances.items():
                key = (document, target, statement.id)
                stances[key] = (stance.favor, stance.against, stance.none)
    chosen = tuple(targets.values())
    return Timeline(tuple(_points(lines, chosen, lambda _: stances)), chosen)


def first_day(date: str) -> datetime.date | None:
    """The day of an ISO 8601 date, the first of a month or a year; None where there is none."""
    day = date + "-01" * (2 - date.count("-")) if len(date) in (4, 7) else date
    try:
        return datetime.datetime.fromisoformat(day).date()
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class _Line:
    """A speaker's summary in one article, and who that is."""

    key: Key
    name: str
    target: str
    date: str
    document: str
    label: StanceLabel
    score: float
    low: float
    high: float
    statements: tuple[str, ...]


_Stances = Mapping[tuple[str, str, str], tuple[float, float, float]]


def _points(
    lines: Iterable[_Line],
    targets: Sequence[TargetRef],
    stances_of: Callable[[set[str]], _Stances],
) -> Iterator[TimelinePoint]:
    """One point a speaker, target and article, in order.

    Args:
        lines: The summaries.
        targets: In their order.
        stances_of: The stances in a set of articles, for speakers who have
            several names in one.
    """
    groups: dict[tuple[Key, str, str], list[_Line]] = {}
    spellings: dict[Key, Counter[str]] = {}
    for line in lines:
        groups.setdefault((line.key, line.target, line.document), []).append(line)
        spellings.setdefault(line.key, Counter())[line.name] += 1
    shown = _shown(spellings)
    joined = {document for (_, _, document), same in groups.items() if len(same) > 1}
    stances = stances_of(joined) if joined else {}
    order = {target.id: number for number, target in enumerate(targets)}
    points = []
    for (key, target, document), same in groups.items():
        first = same[0]
        stance = (first.label, first.score, first.low, first.high)
        statements = dict.fromkeys(s for line in same for s in line.statements)
        if len(same) > 1:
            stance = mean_stance([stances[document, target, s] for s in statements])
        points.append(
            TimelinePoint(
                shown[key], target, first.date, document, *stance, n_statements=len(statements)
            )
        )
    points.sort(key=lambda p: (p.speaker, order[p.target], not p.date, p.date, p.document))
    yield from points


def _shown(spellings: Mapping[Key, Counter[str]]) -> dict[Key, str]:
    """A name for every key, no two alike."""
    shown: dict[Key, str] = {}
    taken: set[str] = set()
    for key, names in sorted(spellings.items()):
        kind, spelling = key
        name = spelling if kind == "alias" else min(names, key=lambda n: (-names[n], n))
        if kind.startswith("in "):
            name = f"{name} ({kind.removeprefix('in ')})"
        elif name in taken:
            name = f"{name} ({kind})"
        taken.add(name)
        shown[key] = name
    return shown


# --- a corpus ------------------------------------------------------------------


def _corpus_targets(folder: Path) -> tuple[TargetRef, ...]:
    path = folder / "run.json"
    try:
        targets = json.loads(path.read_text(encoding="utf-8"))["targets"]
        return tuple(TargetRef(target["id"], target["name"]) for target in targets)
    except OSError as error:
        raise InputError(
            f"{folder}: holds no run.json; expected a folder that "
            "'stancekit analyze --format parquet -o FOLDER' wrote"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: names no targets") from error


def _target(known: Sequence[TargetRef], id: str, folder: Path) -> TargetRef:
    for target in known:
        if target.id == id:
            return target
    raise InputError(
        f"{folder}: no target {id!r}; expected one of {', '.join(t.id for t in known)}"
    )


def _dataset(folder: Path, table: str) -> Any:
    try:
        import pyarrow  # type: ignore[import-untyped, unused-ignore]
        import pyarrow.dataset  # type: ignore[import-untyped, unused-ignore]
    except ImportError as error:
        raise MissingExtraError("Reading a corpus", "frame") from error
    try:
        return pyarrow.dataset.dataset(folder / table, format="parquet")
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(f"{folder / table}: can't be read as Parquet") from error


def _corpus_lines(
    folder: Path, targets: set[str], identities: Identities, wanted: set[str] | None
) -> Iterator[_Line]:
    import pyarrow.dataset  # type: ignore[import-untyped, unused-ignore]

    dates: dict[str, str] = {}
    for batch in _dataset(folder, "documents").to_batches(columns=["document", "date"]):
        dates.update(
            (row["document"], row["date"]) for row in batch.to_pylist() if row["date"] is not None
        )
    column = pyarrow.dataset.field
    taking = (column("n_statements") > 0) & column("target").isin(sorted(targets))
    for batch in _dataset(folder, "summaries").to_batches(filter=taking):
        for row in batch.to_pylist():
            name, document = row["speaker_name"], row["document"]
            key = identities.key(document, name, row["speaker_type"])
            if wanted is not None:
                shown = f"{name} ({document})" if key[0].startswith("in ") else name
                if not {same_spelling(shown), same_spelling(key[1])} & wanted:
                    continue
            yield _Line(
                key,
                name,
                row["target"],
                dates.get(document, ""),
                document,
                row["label"],
                row["score"],
                row["low"],
                row["high"],
                tuple(row["statements"]),
            )


def _read_stances(folder: Path, documents: set[str]) -> _Stances:
    import pyarrow.dataset  # type: ignore[import-untyped, unused-ignore]

    found = _dataset(folder, "stances").to_table(
        columns=["document", "target", "statement", "favor", "against", "none"],
        filter=pyarrow.dataset.field("document").isin(sorted(documents)),
    )
    return {
        (row["document"], row["target"], row["statement"]): (
            row["favor"],
            row["against"],
            row["none"],
        )
        for row in found.to_pylist()
    }
