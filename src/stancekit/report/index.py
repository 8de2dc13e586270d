"""The page over several articles: speakers by targets, timelines, and links to their pages.

Reports are read one after another, and only scores, names and dates are kept.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from statistics import fmean

from stancekit.report.environment import environment
from stancekit.report.labels import headline, plain
from stancekit.report.palette import hue
from stancekit.report.sparkline import Sparkline, sparkline
from stancekit.summary import interval, label_of, speakers_of
from stancekit.types import Report, Speaker, StanceLabel, StanceScore, TargetRef

# More rows than this are no overview, and make a page slow.
MAX_SPEAKERS = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """An article as the index lists it."""

    href: str
    title: str
    id: str
    dated: str
    day: date | None
    statements: int
    speakers: int


@dataclass(frozen=True, slots=True)
class Mean:
    """A speaker's stance toward a target in one article."""

    label: StanceLabel
    score: float
    statements: int


@dataclass(frozen=True, slots=True)
class Cell:
    """A speaker's stance toward a target over all articles."""

    label: StanceLabel
    score: float
    low: float
    high: float
    statements: int
    articles: int
    line: Sparkline | None


@dataclass(slots=True)
class _Pooled:
    """What one speaker said, over all articles: scores by target, with the article's number."""

    name: str
    type: str
    statements: int = 0
    articles: list[int] = field(default_factory=list)
    scores: dict[str, list[tuple[int, StanceScore]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the matrix, with the articles behind it."""

    name: str
    type: str
    style: str
    statements: int
    articles: tuple[tuple[Entry, tuple[Mean | None, ...]], ...]
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class IndexView:
    """What the template reads."""

    entries: tuple[Entry, ...]
    targets: tuple[TargetRef, ...]
    rows: tuple[Row, ...]
    left_out: int
    silent: int

    @property
    def days(self) -> tuple[date, date] | None:
        """First and last day of the dated articles."""
        known = [entry.day for entry in self.entries if entry.day is not None]
        return (min(known), max(known)) if known else None

    @property
    def has_lines(self) -> bool:
        """Whether any stance can be followed over time."""
        return any(c is not None and c.line is not None for row in self.rows for c in row.cells)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _identity(speaker: Speaker) -> tuple[str, str] | None:
    """What makes two articles' speakers one: name and type; None where a name is no identity.

    "Two officials" of one article are not those of another.
    """
    if speaker.type not in ("person", "organization"):
        return None
    name = " ".join(unicodedata.normalize("NFKC", speaker.name).casefold().split())
    return speaker.type, name.removeprefix("the ")


def _cell(scores: list[tuple[int, StanceScore]], entries: list[Entry]) -> Cell | None:
    if not scores:
        return None
    score = fmean(stance.score for _, stance in scores)
    low, high = interval([(s.favor, s.against, s.none) for _, s in scores])
    dated = [(day, s.score) for n, s in scores if (day := entries[n].day) is not None]
    return Cell(
        label=label_of(score),
        score=score,
        low=min(low, score),
        high=max(high, score),
        statements=len(scores),
        articles=len({n for n, _ in scores}),
        line=sparkline(dated),
    )


class _Pool:
    """Takes report after report."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.targets: dict[str, TargetRef] = {}
        self.speakers: dict[tuple[str, str], _Pooled] = {}

    def add(self, href: str, report: Report) -> None:
        number = len(self.entries)
        document = report.document
        self.entries.append(
            Entry(
                href=href,
                title=headline(document),
                id=plain(document.id),
                dated=plain(document.date),
                day=_day(document.date),
                statements=len(report.statements),
                speakers=len(report.speakers),
            )
        )
        for target in report.targets:
            self.targets.setdefault(target.id, target)
        known = {speaker.id: speaker for speaker in report.speakers}
        for statement in report.statements:
            for id in speakers_of(statement):
                speaker = known.get(id)
                identity = None if speaker is None else _identity(speaker)
                if speaker is None or identity is None:
                    continue
                pooled = self.speakers.setdefault(identity, _Pooled(speaker.name, speaker.type))
                pooled.statements += 1
                if pooled.articles[-1:] != [number]:
                    pooled.articles.append(number)
                for target_id, stance in statement.stances.items():
                    if stance.label != "none":
                        pooled.scores.setdefault(target_id, []).append((number, stance))

    def view(self) -> IndexView:
        taking = [p for p in self.speakers.values() if any(t in p.scores for t in self.targets)]
        taking.sort(key=lambda p: (-len(p.articles), -p.statements))
        return IndexView(
            entries=tuple(self.entries),
            targets=tuple(self.targets.values()),
            rows=tuple(self._row(n, p) for n, p in enumerate(taking[:MAX_SPEAKERS])),
            left_out=max(0, len(taking) - MAX_SPEAKERS),
            silent=len(self.speakers) - len(taking),
        )

    def _row(self, place: int, pooled: _Pooled) -> Row:
        means: dict[tuple[int, str], Mean] = {}
        for target, scores in pooled.scores.items():
            by_article: dict[int, list[float]] = {}
            for number, stance in scores:
                by_article.setdefault(number, []).append(stance.score)
            for number, values in by_article.items():
                score = fmean(values)
                means[number, target] = Mean(label_of(score), score, len(values))
        order = sorted(pooled.articles, key=lambda n: (self.entries[n].day or date.max, n))
        return Row(
            name=plain(pooled.name),
            type=pooled.type,
            style=f"--h:{hue(place)};--k:1",
            statements=pooled.statements,
            articles=tuple(
                (self.entries[n], tuple(means.get((n, target)) for target in self.targets))
                for n in order
            ),
            cells=tuple(
                _cell(pooled.scores.get(target, []), self.entries) for target in self.targets
            ),
        )


def to_html_index(pages: Iterable[tuple[str, Report]]) -> str:
    """The page over several articles, self-contained but for its links to their pages.

    Speakers are joined where name and type are the same in two articles; groups
    without a name of their own ("two officials") stay on their articles' pages.
    A score is the mean over all statements that take a side, with the interval
    of `stancekit.summary.interval`. Where documents carry dates, every stance
    known on at least two days has a timeline.

    Args:
        pages: For each article the address of its page, relative to the index,
            and its report. Consumed one by one; no text is kept.
    """
    pool = _Pool()
    for href, report in pages:
        pool.add(href, report)
    return environment().get_template("index.html.j2").render(view=pool.view())
