"""Speakers across articles: who is the same, and the stances over time."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import stancekit
from stancekit.cli import app
from stancekit.corpus import run_corpus
from stancekit.errors import ConfigError, InputError, MissingExtraError
from stancekit.summary import mean_stance
from stancekit.testing import fake_pipeline
from stancekit.timelines import Timeline, TimelinePoint, timeline
from stancekit.timelines.identity import Identities, is_full_name, read_aliases
from stancekit.timelines.points import first_day
from stancekit.types import (
    Document,
    Report,
    Speaker,
    SpeakerSummary,
    StanceScore,
    Statement,
    TargetRef,
)

FAVOR = StanceScore("favor", 0.9, 0.05, 0.05)
AGAINST = StanceScore("against", 0.1, 0.8, 0.1)


def report(
    document: str, date: str, *stances: tuple[str, str, StanceScore], target: str = "tax"
) -> Report:
    """A report in which each named speaker makes one statement."""
    speakers, statements, summaries = [], [], []
    for number, (name, type, stance) in enumerate(stances, start=1):
        speaker = Speaker(f"p{number}", name, type)  # type: ignore[arg-type]
        speakers.append(speaker)
        statements.append(Statement(f"s{number}", (), speaker=speaker, stances={target: stance}))
        label, score, low, high = mean_stance([(stance.favor, stance.against, stance.none)])
        taking = () if stance.label == "none" else (f"s{number}",)
        summaries.append(SpeakerSummary(f"p{number}", target, label, score, low, high, taking))
    return Report(
        Document("", id=document, date=date),
        (TargetRef(target, "a tax"),),
        tuple(statements),
        tuple(speakers),
        tuple(summaries),
    )


def brief(found: Timeline) -> list[tuple[str, str, str]]:
    return [(p.speaker, p.date, p.document) for p in found.points]


# --- who is the same -----------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("Ann Roe", True),
        ("Ursula von der Leyen", True),
        ("President Ann Roe", True),
        ("Ann Roe Jr.", True),
        ("María José Álvarez", True),
        ("Roe", False),
        ("Mr Roe", False),
        ("Mr. Roe", False),
        ("President Roe", False),
        ("Prime Minister Roe", False),
        ("A. Roe", False),
        ("A.B. Roe", False),
        ("van Gogh", False),
        ("leader of the Council", False),
        ("Tamber Council leader", False),
        ("the mayor", False),
        ("", False),
    ],
)
def test_full_names(name: str, full: bool) -> None:
    assert is_full_name(name) is full


def same(a: tuple[str, str], b: tuple[str, str], aliases: Any = None) -> bool:
    identities = Identities(aliases)
    return identities.key("d1", *a) == identities.key("d2", *b)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (("Ann Roe", "person"), ("Ann Roe", "person"), True),
        (("ANN ROE", "person"), ("Ann  Roe", "person"), True),
        (("Ann O’Roe", "person"), ("Ann O'Roe", "person"), True),
        (("Mayor Ann Roe", "person"), ("Ann Roe", "person"), True),
        (("Ann Roe", "person"), ("Anna Roe", "person"), False),
        (("Ann Roe", "person"), ("Roe", "person"), False),
        (("Roe", "person"), ("Roe", "person"), False),
        (("President Roe", "person"), ("President Roe", "person"), False),
        (("residents", "group"), ("residents", "group"), False),
        (("The Kremlin", "organization"), ("Kremlin", "organization"), True),
        (("Roe Foundation", "organization"), ("Roe Foundation", "person"), False),
        (("Ann Roe", "unknown"), ("Ann Roe", "unknown"), False),
    ],
)
def test_who_is_the_same(a: tuple[str, str], b: tuple[str, str], expected: bool) -> None:
    assert same(a, b) is expected


def test_aliases_say_more() -> None:
    aliases = {"Ann Roe": ["Roe", "the mayor"]}
    assert same(("Roe", "person"), ("Ann Roe", "person"), aliases)
    assert same(("Mr. Roe", "person"), ("The  Mayor", "unknown"), aliases)
    assert not same(("Diaz", "person"), ("Diaz", "person"), aliases)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[aliases]\n'Ann' = ['A']\n'Bob' = ['a']\n", "'a' stands under both 'Ann' and 'Bob'"),
        ("[aliases]\n'Ann' = 'A'\n", "'Ann': expected a list of names"),
        ("[aliases]\n'Ann' = [1]\n", "1 is no name"),
        ("'Ann' = ['A']\n", r"expected one table \[aliases\]"),
        ("[aliases", "not valid TOML"),
    ],
)
def test_wrong_aliases_are_one_sentence(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "aliases.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=words) as caught:
        timeline([], aliases=path)
    assert str(path) in str(caught.value)
    with pytest.raises(ConfigError, match=r"none\.toml: No such file"):
        read_aliases(tmp_path / "none.toml")


# --- timelines -----------------------------------------------------------------


def test_a_speaker_over_documents_and_dates() -> None:
    found = timeline(
        [
            report("d3", "2025-03-01", ("Ann Roe", "person", AGAINST)),
            report("d1", "2025-01-05", ("Ann Roe", "person", FAVOR), ("Diaz", "person", FAVOR)),
            report("d4", "", ("Mayor Ann Roe", "person", FAVOR)),
            report("d2", "2025-02", ("Diaz", "person", AGAINST)),
        ]
    )
    assert brief(found) == [
        ("Ann Roe", "2025-01-05", "d1"),
        ("Ann Roe", "2025-03-01", "d3"),
        ("Ann Roe", "", "d4"),
        ("Diaz (d1)", "2025-01-05", "d1"),
        ("Diaz (d2)", "2025-02", "d2"),
    ]
    assert [p.label for p in found.points] == ["favor", "against", "favor", "favor", "against"]
    first = found.points[0]
    assert first.score == pytest.approx(0.85)
    assert first.low < first.score <= first.high
    assert found.targets == (TargetRef("tax", "a tax"),)
    assert found.speakers == ("Ann Roe", "Diaz (d1)", "Diaz (d2)")


def test_two_names_of_one_speaker_in_an_article_are_one_point() -> None:
    article = report("d1", "2025", ("Ann Roe", "person", FAVOR), ("the mayor", "person", AGAINST))
    (point,) = timeline([article], aliases={"Ann Roe": ["the mayor"]}).points
    assert (point.n_statements, point.label) == (2, "none")
    assert point.score == pytest.approx((0.85 - 0.7) / 2)
    assert -1 <= point.low < point.score < point.high <= 1


def test_no_side_is_no_point() -> None:
    none = StanceScore("none", 0.1, 0.1, 0.8)
    found = timeline([report("d1", "2025", ("Ann Roe", "person", none))])
    assert found.points == ()
    assert found.to_frame().empty


def test_names_never_meet() -> None:
    found = timeline(
        [
            report("d1", "", ("Roe Works", "organization", FAVOR), ("Roe Works", "person", FAVOR)),
        ]
    )
    assert found.speakers == ("Roe Works", "Roe Works (person)")


def test_articles_need_ids() -> None:
    article = report("", "2025", ("Ann Roe", "person", FAVOR))
    with pytest.raises(ValueError, match=r"two reports have the id ''"):
        timeline([article, article])


@pytest.mark.parametrize(
    ("date", "expected"),
    [("2025-02-13", "2025-02-13"), ("2025-02", "2025-02-01"), ("2025", "2025-01-01"), ("", "None")],
)
def test_first_day(date: str, expected: str) -> None:
    assert str(first_day(date)) == expected


# --- rendering -----------------------------------------------------------------


@pytest.fixture
def two_speakers() -> Timeline:
    stances = (("Ann Roe", "person", FAVOR), ("=cmd", "person", AGAINST))
    return timeline(report(f"d{n}", f"2025-{n:02d}-01", *stances) for n in range(1, 7))


def test_frame(two_speakers: Timeline) -> None:
    frame = two_speakers.to_frame()
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == {
        "speaker": "string", "target": "string", "date": "datetime64[s]", "document": "string",
        "label": "string", "score": "float64", "low": "float64", "high": "float64",
        "n_statements": "int64",
    }  # fmt: skip
    roe = frame[frame["speaker"] == "Ann Roe"].set_index("date")["score"]
    assert len(roe["2025-02":"2025-04"]) == 3  # type: ignore[misc]
    undated = timeline([report("d", "", ("Ann Roe", "person", FAVOR))]).to_frame()
    assert undated["date"].isna().all()


def test_csv_guards_spreadsheets(two_speakers: Timeline) -> None:
    text = two_speakers.to_csv()
    records = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(records) == 12
    assert records[0]["speaker"] == "'=cmd (d1)"
    assert records[-1]["score"] == "0.85"


def test_plot(two_speakers: Timeline, tmp_path: Path) -> None:
    figure = two_speakers.plot(speakers=["Ann Roe", "=cmd (d1)"])
    (axes,) = figure.axes
    assert axes.get_title(loc="left") == "a tax"
    drawn = [line for line in axes.get_lines() if len(line.get_xdata()) == 6]  # type: ignore[arg-type]
    assert [round(float(y), 2) for y in drawn[0].get_ydata()] == [0.85] * 6  # type: ignore[union-attr]
    figure.savefig(tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 5000
    assert len(two_speakers.plot().legends[0].texts) == 6
    with pytest.raises(ValueError, match="no speaker 'Nobody'"):
        two_speakers.plot(speakers=["Nobody"])
    with pytest.raises(ValueError, match="no target 'dam'; expected one of tax"):
        two_speakers.plot(targets=["dam"])
    with pytest.raises(ValueError, match="9 speakers; expected at most 8"):
        two_speakers.plot(speakers=["Ann Roe"] * 9)


@pytest.mark.parametrize("dates", [[""], ["2025-01-01"], ["2025-01-01", "2025-01-01"], ["2025"]])
def test_little_to_plot(dates: Sequence[str], tmp_path: Path) -> None:
    reports = [report(f"d{n}", d, ("Ann $1", "person", FAVOR)) for n, d in enumerate(dates)]
    timeline(reports).plot().savefig(tmp_path / "a.png")
    assert (tmp_path / "a.png").is_file()


def test_without_the_extras(two_speakers: Timeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match=r"stancekit\[frame\]"):
        two_speakers.to_frame()
    with pytest.raises(MissingExtraError, match=r"stancekit\[plot\]"):
        two_speakers.plot()


# --- from a corpus -----------------------------------------------------------------

TEXTS = {
    "d1": ("2025-01-05", "Ann Roe said the town supports a carbon tax. It rained."),
    "d2": ("2025-03", "Ann Roe opposes a carbon tax. It rained. Diaz supports a carbon tax."),
    "d3": ("", "Mayor Roe said it supports a carbon tax."),
}


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    records = [{"id": id, "date": date, "text": text} for id, (date, text) in TEXTS.items()]
    run_corpus(
        records, tmp_path / "out", pipeline=fake_pipeline(targets=["a carbon tax"]), part_size=2
    )
    return tmp_path / "out"


def close(a: TimelinePoint, b: TimelinePoint) -> bool:
    plain = ("speaker", "target", "date", "document", "label", "n_statements")
    near = ("score", "low", "high")
    return all(getattr(a, n) == getattr(b, n) for n in plain) and all(
        abs(getattr(a, n) - getattr(b, n)) < 1e-3 for n in near
    )


@pytest.mark.parametrize("aliases", [None, {"Ann Roe": ["Mayor Roe", "Diaz"]}])
def test_a_corpus_gives_what_its_reports_give(corpus: Path, aliases: Any) -> None:
    pipeline = fake_pipeline(targets=["a carbon tax"])
    reports = [pipeline.run(text, id=id, date=date) for id, (date, text) in TEXTS.items()]
    expected = timeline(reports, aliases=aliases)
    found = Timeline.from_parquet(corpus, aliases=aliases)
    # A corpus keeps the names of its targets; their sentences are in its settings.
    assert [(t.id, t.name) for t in found.targets] == [(t.id, t.name) for t in expected.targets]
    assert len(found.points) == len(expected.points) == (3 if aliases else 4)
    assert all(map(close, found.points, expected.points)), (found.points, expected.points)


def test_some_of_a_corpus(corpus: Path) -> None:
    found = Timeline.from_parquet(corpus, speakers=["ann roe"], targets=["a-carbon-tax"])
    assert brief(found) == [("Ann Roe", "2025-01-05", "d1"), ("Ann Roe", "2025-03", "d2")]
    with pytest.raises(InputError, match="no target 'dam'; expected one of a-carbon-tax"):
        Timeline.from_parquet(corpus, targets=["dam"])
    with pytest.raises(InputError, match=r"holds no run\.json"):
        Timeline.from_parquet(corpus / "stances")


def command(*words: object, code: int = 0) -> Any:
    result = CliRunner().invoke(app, ["timeline", *(str(word) for word in words)])
    assert result.exit_code == code, (result.output, result.exception)
    return result


def test_the_command(corpus: Path, tmp_path: Path) -> None:
    lines = command(corpus).stdout.splitlines()
    assert lines[0].split() == "speaker target articles first last mean lowest highest".split()
    assert lines[1].split() == (
        "Ann Roe a-carbon-tax 2 2025-01-05 2025-03 0.00 −0.85 +0.85".split()
    )
    aliases = tmp_path / "aliases.toml"
    aliases.write_text('[aliases]\n"Ann Roe" = ["Roe"]\n')
    out = tmp_path / "t.csv"
    assert command(corpus, "--aliases", aliases, "-o", out).stdout == ""
    with out.open(encoding="utf-8-sig", newline="") as file:
        names = [row["speaker"] for row in csv.DictReader(file)]
    assert names == ["Ann Roe"] * 3 + ["Diaz (d2)"]
    command(corpus, "--speaker", "Ann Roe", "-o", tmp_path / "t.svg")
    assert (tmp_path / "t.svg").read_bytes().startswith(b"<?xml")
    assert "expected a name in .csv" in command(corpus, "-o", tmp_path / "t.xls", code=2).stderr
    assert "holds no run.json" in command(tmp_path, code=2).stderr


def test_the_root_has_the_function_and_the_type() -> None:
    assert stancekit.timeline is timeline
    assert stancekit.Timeline is Timeline
