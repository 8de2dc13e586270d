"""Reading training records: wrong lines are named, samples repeat."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stancekit.errors import DataError
from stancekit.records import read_any, read_csv, read_jsonl
from stancekit.training.config import DataSource, TrainConfig
from stancekit.training.data import item_problems, read_places, read_records
from stancekit.training.splits import load_splits

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
        ("attribution", {"text": "a", "attributions": []}),
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
        ("nli", {**NLI, "hypothesis": ""}, "empty hypothesis"),
        ("attribution", {"text": "a"}, "missing attributions"),
        ("attribution", {"text": " ", "attributions": []}, "empty text"),
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
        ("text,target\na,b\n", r"x\.csv: no column 'label'; .*columns = \{ label = "),
        ("text,target,label\na,b,\n", r"x\.csv:2: missing label"),
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


def problems(**splits: list[tuple[str, dict[str, Any]]]) -> list[str]:
    return item_problems({k: [("stance", row) for row in rows] for k, rows in splits.items()})


def test_contradictions_and_leaks_are_named_with_both_places() -> None:
    other = {**STANCE, "target": "c"}
    against = {**STANCE, "label": "against"}
    assert problems(train=[("a:1", STANCE)], dev=[("b:1", other)]) == []
    found = problems(train=[("a:1", STANCE), ("a:2", against)])
    assert found == ["a:2: labelled against, and favor in a:1"]
    found = problems(train=[("a:1", STANCE)], dev=[("b:7", {**STANCE, "text": " A"})])
    assert found == ["b:7: in dev, and in train too: a:1"]
    # A row that two sources draw from one file is one item.
    assert problems(train=[("a:1", STANCE), ("a:1", STANCE)]) == []


@pytest.mark.parametrize(
    ("kind", "record", "changed", "words"),
    [
        ("nli", NLI, {"label": "contradiction"}, "b:2: labelled contradiction, and neutral in a:1"),
        ("sentiment", SENTIMENT, {"sentiment": "negative"}, "b:2: labelled negative, and positive"),
    ],
)
def test_labels_can_contradict_each_other(
    kind: str, record: dict[str, Any], changed: dict[str, Any], words: str
) -> None:
    first, second = (kind, ("a:1", record)), (kind, ("b:2", {**record, **changed}))
    assert [p for p in item_problems({"train": [first, second]}) if p.startswith(words)]
    assert item_problems({"train": [first, (kind, ("b:2", record))]}) == []
    (leak,) = item_problems({"train": [first], "test": [(kind, ("b:2", record))]})
    assert leak == "b:2: in test, and in train too: a:1"


def test_an_article_may_have_two_annotators(tmp_path: Path) -> None:
    first = ("attribution", ("a:1", ATTRIBUTION))
    second = ("attribution", ("a:2", {**ATTRIBUTION, "attributions": []}))
    assert item_problems({"train": [first, second]}) == []
    (leak,) = item_problems({"train": [first], "dev": [second]})
    assert leak == "a:2: in dev, and in train too: a:1"


def training(folder: Path, **data: Any) -> TrainConfig:
    base = {"task": "stance", "output": "unused", "model": {"base": "bundled"}}
    return TrainConfig.model_validate({**base, "data": {"root": str(folder), **data}})


def test_one_label_alone_is_refused(tmp_path: Path) -> None:
    write(tmp_path, STANCE, {**STANCE, "text": "other"})
    rows = [{"path": "x.jsonl", "format": "stance"}]
    with pytest.raises(DataError, match=r"x\.jsonl: all training records are labelled favor"):
        load_splits(training(tmp_path, train=rows))
    with pytest.raises(DataError, match="in dev, and in train too"):
        load_splits(training(tmp_path, train=rows, dev=rows))


def test_the_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    write(tmp_path, STANCE, {**STANCE, "text": ""})
    (tmp_path / "y.csv").write_text("text,target\na,b\n")
    sources = [{"path": name, "format": "stance"} for name in ("x.jsonl", "y.csv", "z.csv")]
    with pytest.raises(DataError) as caught:
        load_splits(training(tmp_path, train=sources[:2], test=sources[2:]))
    first, second, third = str(caught.value).splitlines()
    assert first.endswith("x.jsonl:2: empty text")
    assert "y.csv: no column 'label'; the columns are text, target" in second
    assert third.endswith("z.csv: No such file or directory")


def test_no_attributions_at_all(tmp_path: Path) -> None:
    write(tmp_path, {"text": "Roe said no", "attributions": []})
    config = training(tmp_path, train=[{"path": "x.jsonl", "format": "stance"}])
    rows = DataSource(path="x.jsonl", format="attribution")
    data = config.data.model_copy(update={"train": [rows]})
    config = config.model_copy(update={"task": "attribution", "data": data})
    with pytest.raises(DataError, match="no training record holds an attribution"):
        load_splits(config)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"columns": {"text": "tweet"}}, r"x\.csv: columns\.text: no column 'tweet'; the columns"),
        ({"where": {"part": "dev"}}, r"x\.csv: where\.part: no column 'part'"),
        ({}, r"x\.csv: no column 'target'; .*one target for all rows: fill"),
        ({"fill": {"target": "a tax"}, "where": {"label": "none"}}, "no records left .* label ="),
    ],
)
def test_columns_that_are_not_there(tmp_path: Path, options: dict[str, Any], words: str) -> None:
    file = tmp_path / "x.csv"
    file.write_text("text,label\na,favor\n")
    with pytest.raises(DataError, match=words):
        read_records(file, source("stance", **options), seed=1)


def test_one_target_for_all_rows(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("text,label\na,favor\n")
    found = read_records(file, source("stance", fill={"target": "a tax"}), seed=1)
    assert found == [{"text": "a", "label": "favor", "target": "a tax"}]


def test_an_unknown_label_is_told_with_the_way_out(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("text,target,label\na,b,PRO\n")
    with pytest.raises(DataError, match=r"x\.csv:2: unknown label 'PRO'.*labels = \{ 'PRO' = "):
        read_records(file, source("stance"), seed=1)


def test_an_empty_claim_beside_a_target_is_no_problem(tmp_path: Path) -> None:
    record = {**STANCE, "claim": ""}
    assert read_records(write(tmp_path, record), source("stance"), seed=1) == [record]
    with pytest.raises(DataError, match="empty target"):
        read_records(write(tmp_path, {**STANCE, "target": " ."}), source("stance"), seed=1)


def test_a_folder_that_the_datasets_library_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "train.csv").write_text("text,label\na,PRO\nb,CON\n")
    (folder / "test.csv").write_text("text,label\nc,PRO\n")
    given = DataSource(
        dataset=str(folder),
        split="test",
        format="stance",
        labels={"PRO": "favor", "CON": "against"},
        fill={"target": "a tax"},
    )
    places = read_places(Path(), given, seed=1)
    assert places == [
        (f"{folder}[test]:1", {"text": "c", "label": "favor", "target": "a tax"}),
    ]
    missing = given.model_copy(update={"split": "dev"})
    with pytest.raises(DataError, match=r"set\[dev\]: can't be loaded as a dataset: .*dev"):
        read_places(Path(), missing, seed=1)


def test_classes_of_a_dataset_go_by_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    features = datasets.Features(
        {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["none", "favor"])}
    )
    made = datasets.Dataset.from_dict({"text": ["a", "b"], "label": [1, 0]}, features=features)
    asked: list[Any] = []

    def load_dataset(*args: Any, **options: Any) -> Any:
        asked.append((args, options))
        return made

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    given = DataSource(
        dataset="owner/set", name="b", revision="v1", format="stance", fill={"target": "t"}
    )
    assert [r["label"] for r in read_records(Path(), given, seed=1)] == ["favor", "none"]
    assert asked == [(("owner/set", "b"), {"split": "train", "revision": "v1"})]
