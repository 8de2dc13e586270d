"""Reading training records: wrong lines are named, samples repeat."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stancekit.errors import DataError
from stancekit.records import read_any, read_csv, read_jsonl
from stancekit.training.config import DataSource, TrainConfig
from stancekit.training.data import check_items, read_places, read_records
from stancekit.training.stance import check_splits

NLI = {"premise": "a", "hypothesis": "b", "label": "neutral"}
STANCE = {"text": "a", "target": "b", "label": "favor"}
SENTIMENT = {"text": "a", "mention": "b", "sentiment": "positive"}
ATTRIBUTION = {"text": "Roe said no", "attributions": [{"source": [[0, 3]], "cue": [[4, 8]]}]}


def source(kind: str, **options: Any) -> DataSource:
    return DataSource.model_validate({"path": "x.jsonl", "format": kind, **options})


def write(path: Path, *records: Any) -> Path:
    file = path / "x.jsonl"
    file.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("kind", "record"),
    [
        ("nli", NLI),
        ("nli", {**NLI, "label": "not_entailment"}),
        ("stance", STANCE),
        ("stance", {"text": "a", "claim": "b", "label": "none"}),
        ("stance", {**STANCE, "claim": "b", "speaker": None, "context": "c"}),
        ("sentiment", SENTIMENT),
        ("attribution", ATTRIBUTION),
        ("attribution", {"text": "", "attributions": []}),
    ],
)
def test_right_records(tmp_path: Path, kind: str, record: dict[str, Any]) -> None:
    assert read_records(write(tmp_path, record), source(kind), seed=1) == [record]


@pytest.mark.parametrize(
    ("kind", "record", "words"),
    [
        ("nli", {"premise": "a"}, "missing hypothesis, label"),
        ("nli", {**NLI, "label": "favor"}, "unknown label 'favor', expected one of contradiction"),
        ("nli", {**NLI, "label": ["neutral"]}, "expected text in label"),
        ("nli", {**NLI, "premise": 3}, "expected text in premise"),
        ("stance", {"text": "a", "label": "favor"}, "expected a target or a claim"),
        ("stance", {**STANCE, "text": " "}, "empty text"),
        ("stance", {**STANCE, "label": None}, "missing label"),
        ("stance", {**STANCE, "speaker": 3}, "expected text in speaker"),
        ("sentiment", {**SENTIMENT, "sentiment": "good"}, "unknown sentiment 'good'"),
        ("attribution", {"text": "a"}, "missing attributions"),
        ("attribution", {"text": "a", "attributions": {}}, "expected a list of objects"),
        ("attribution", {"text": "a", "attributions": [3]}, "expected a list of objects"),
        (
            "attribution",
            {"text": "a", "attributions": [{}, {"cue": [[0, 2]]}]},
            r"attributions.1.cue: \[0, 2\] is no span of the text",
        ),
        ("attribution", {"text": "a", "attributions": [{"cue": [[1, 1]]}]}, "is no span"),
        ("attribution", {"text": "a", "attributions": [{"cue": ["ab"]}]}, "is no span"),
    ],
)
def test_a_wrong_record_is_named_by_its_line(
    tmp_path: Path, kind: str, record: dict[str, Any], words: str
) -> None:
    file = write(tmp_path, record)
    file.write_text("\n" + file.read_text())
    with pytest.raises(DataError, match=rf"x\.jsonl:2: .*{words}"):
        read_records(file, source(kind), seed=1)


def test_the_first_twenty_wrong_lines_are_listed(tmp_path: Path) -> None:
    file = write(tmp_path, NLI, *[{"premise": "a"}] * 25)
    with pytest.raises(DataError) as caught:
        read_records(file, source("nli"), seed=1)
    lines = str(caught.value).splitlines()
    assert len(lines) == 21
    assert lines[0].endswith("x.jsonl:2: missing hypothesis, label")
    assert lines[-1] == "(and 5 more)"


def test_records_are_filtered_before_they_are_checked(tmp_path: Path) -> None:
    file = write(tmp_path, {"split": "dev"}, {**NLI, "split": "train", "n": 1})
    found = read_records(file, source("nli", where={"split": "train", "n": "1"}), seed=1)
    assert [r["n"] for r in found] == [1]
    with pytest.raises(DataError, match="no records left"):
        read_records(file, source("nli", where={"split": "test"}), seed=1)


def test_a_sample_depends_on_the_seed_alone(tmp_path: Path) -> None:
    file = write(tmp_path, *({**NLI, "n": n} for n in range(50)))
    some = source("nli", sample=10)
    first = read_records(file, some, seed=1)
    assert len({r["n"] for r in first}) == 10
    assert read_records(file, some, seed=1) == first
    assert read_records(file, some, seed=2) != first
    assert len(read_records(file, source("nli", sample=99), seed=1)) == 50


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"a": 1}\n{"a"', r"x\.jsonl:2: not JSON"),
        (b"[1]\n", r"x\.jsonl:1: expected a JSON object"),
        (b'{"a": "\xff"}\n', "not UTF-8"),
        (None, "No such file"),
    ],
)
def test_a_file_that_can_not_be_read(tmp_path: Path, content: bytes | None, words: str) -> None:
    file = tmp_path / "x.jsonl"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(DataError, match=words):
        list(read_jsonl(file))


def test_a_byte_order_mark_and_blank_lines_are_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_bytes(b'\xef\xbb\xbf{"a": 1}\r\n\r\n{"a": 2}')
    assert list(read_jsonl(file)) == [(1, {"a": 1}), (3, {"a": 2})]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_with_its_own_names_and_labels(tmp_path: Path, delimiter: str) -> None:
    rows = [
        ["tweet", "about", "stance", "who"],
        ["“Never, ever.”", "a dam", "AGAINST", "Roe"],
        ["Build it", "a dam", "PRO", ""],
    ]
    file = tmp_path / "x.csv"
    lines = [delimiter.join(f'"{cell}"' for cell in row) for row in rows]
    file.write_text("\ufeff" + "\r\n".join(lines), encoding="utf-8")
    given = source(
        "stance",
        columns={"text": "tweet", "target": "about", "label": "stance", "speaker": "who"},
        labels={"AGAINST": "against", "PRO": "favor"},
    )
    assert read_records(file, given, seed=1) == [
        {"text": "“Never, ever.”", "target": "a dam", "label": "against", "speaker": "Roe"},
        {"text": "Build it", "target": "a dam", "label": "favor", "speaker": None},
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("text,target,label\na,b,good\n", r"x\.csv:2: unknown label 'good'"),
        ("text,target\na,b\n", r"x\.csv:2: missing label"),
        ("text,target,label\na,b,favor,more\n", r"x\.csv:2: more cells"),
        ("text,,label\na,b,favor\n", r"x\.csv:1: expected a header"),
        ("", r"x\.csv:1: expected a header"),
    ],
)
def test_a_wrong_csv_is_named_by_its_line(tmp_path: Path, content: str, words: str) -> None:
    file = tmp_path / "x.csv"
    file.write_text(content)
    with pytest.raises(DataError, match=words):
        read_records(file, source("stance"), seed=1)


def test_a_csv_that_is_not_utf8(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes("text,target\né,b\n".encode("latin-1"))
    with pytest.raises(DataError, match="save it as CSV UTF-8"):
        list(read_csv(file))


def test_parquet(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    file = tmp_path / "x.parquet"
    parquet.write_table(pyarrow.Table.from_pylist([STANCE, {**STANCE, "label": "none"}]), file)
    assert [r["label"] for r in read_records(file, source("stance"), seed=1)] == ["favor", "none"]
    file.write_bytes(b"PAR1 and no more")
    with pytest.raises(DataError, match="not a readable Parquet file"):
        list(read_any(file))


def test_an_ending_that_says_nothing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"ends in \.jsonl, \.csv"):
        read_any(tmp_path / "x.xlsx")


def test_places_name_file_and_line(tmp_path: Path) -> None:
    file = write(tmp_path, STANCE, {**STANCE, "text": "other"})
    places = [where for where, _ in read_places(file, source("stance"), seed=1)]
    assert places == [f"{file}:1", f"{file}:2"]


def test_contradictions_and_leaks_are_named_with_both_places() -> None:
    check_items({"train": [("a:1", STANCE)], "dev": [("b:1", {**STANCE, "target": "c"})]})
    with pytest.raises(DataError, match="a:2: labelled against, and favor in a:1"):
        check_items({"train": [("a:1", STANCE), ("a:2", {**STANCE, "label": "against"})]})
    with pytest.raises(DataError, match="b:7: in dev, and in train too: a:1"):
        check_items({"train": [("a:1", STANCE)], "dev": [("b:7", {**STANCE, "text": " A"})]})


def training(folder: Path, **data: Any) -> TrainConfig:
    base = {"task": "stance", "output": "unused", "model": {"base": "bundled"}}
    return TrainConfig.model_validate({**base, "data": {"root": str(folder), **data}})


def test_one_label_alone_is_refused(tmp_path: Path) -> None:
    write(tmp_path, STANCE, {**STANCE, "text": "other"})
    rows = [{"path": "x.jsonl", "format": "stance"}]
    with pytest.raises(DataError, match="all training records are labelled favor"):
        check_splits(training(tmp_path, train=rows))
    with pytest.raises(DataError, match="in dev, and in train too"):
        check_splits(training(tmp_path, train=rows, dev=rows))
