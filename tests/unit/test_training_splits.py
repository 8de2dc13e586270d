"""Splits that stancekit makes: whole groups, even labels, nothing lost."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tiny_models import statements, write_csv

from stancekit.config import validate
from stancekit.errors import ConfigError, DataError
from stancekit.training.config import TrainConfig
from stancekit.training.splits import Splits, load_splits


def config(folder: Path, split: dict[str, Any], **data: Any) -> TrainConfig:
    values = {
        "task": "stance",
        "output": "unused",
        "model": {"base": "bundled"},
        "data": {
            "root": str(folder),
            "train": [{"path": "rows.csv", "format": "stance"}],
            "split": split,
            **data,
        },
    }
    return validate(TrainConfig, values, where="x.toml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_csv(tmp_path / "rows.csv", statements(120))
    return tmp_path


def places(splits: Splits) -> dict[str, list[str]]:
    return {
        "train": [where for part in splits.train for where, _ in part.rows],
        "dev": [where for where, _ in splits.dev],
        "test": [where for where, _ in splits.test],
    }


def test_shares_take_whole_rows_with_even_labels(folder: Path) -> None:
    splits = load_splits(config(folder, {"dev": 0.2, "test": 0.25}))
    found = places(splits)
    assert sorted(where for rows in found.values() for where in rows) == sorted(
        f"{folder}/rows.csv:{n}" for n in range(2, 122)
    )
    assert len(found["dev"]) == pytest.approx(24, abs=4)
    assert len(found["test"]) == pytest.approx(30, abs=3)
    for rows in (splits.dev, splits.test):
        counts = Counter(record["label"] for _, record in rows)
        assert max(counts.values()) - min(counts.values()) <= 3
    assert places(load_splits(config(folder, {"dev": 0.2, "test": 0.25}))) == found
    assert splits.counts() == {name: len(rows) for name, rows in found.items()}


@pytest.mark.parametrize("by", ["target", "document"])
def test_groups_stay_whole(folder: Path, by: str) -> None:
    columns = {"columns": {"document": "speaker"}} if by == "document" else {}
    rows = [r for r in statements(120) if r["speaker"]]
    write_csv(folder / "rows.csv", rows)
    source = {"path": "rows.csv", "format": "stance", **columns}
    splits = load_splits(config(folder, {"dev": 0.3, "by": by}, train=[source]))
    key = "document" if by == "document" else "target"
    train = {record[key] for part in splits.train for record in part.records}
    dev = {record[key] for _, record in splits.dev}
    assert train
    assert dev
    assert not train & dev


def test_a_repeated_text_stays_on_one_side(folder: Path) -> None:
    rows = statements(30)
    write_csv(folder / "rows.csv", rows + [{**r, "target": "another thing"} for r in rows])
    splits = load_splits(config(folder, {"dev": 0.5}))
    train = {record["text"] for part in splits.train for record in part.records}
    assert not train & {record["text"] for _, record in splits.dev}


def test_folds_hold_out_every_row_once(folder: Path) -> None:
    splits = load_splits(config(folder, {"folds": 4}))
    assert len(splits.held) == 4
    everything = places(splits)["train"]
    held = [where for part in splits.folds() for where, _ in part.test]
    assert sorted(held) == sorted(everything)
    for part in splits.folds():
        found = places(part)
        assert not set(found["train"]) & set(found["test"])
        assert sorted(found["train"] + found["test"]) == sorted(everything)


def test_other_formats_stay_in_training(folder: Path) -> None:
    (folder / "nli.csv").write_text("premise,hypothesis,label\na,b,neutral\n")
    sources = [
        {"path": "rows.csv", "format": "stance"},
        {"path": "nli.csv", "format": "nli"},
    ]
    splits = load_splits(config(folder, {"dev": 0.5}, train=sources))
    assert [part.source.format for part in splits.train] == ["stance", "nli"]
    assert all("target" in record for _, record in splits.dev)


def test_too_few_groups(folder: Path) -> None:
    write_csv(folder / "rows.csv", statements(9, subjects=["dam"]))
    with pytest.raises(DataError, match=r"by target: expected at least 2 targets, found 1"):
        load_splits(config(folder, {"dev": 0.2, "by": "target"}))
    with pytest.raises(DataError, match=r"rows\.csv:2: data\.split\.by = 'document' needs"):
        load_splits(config(folder, {"dev": 0.2, "by": "document"}))


@pytest.mark.parametrize(
    ("split", "words"),
    [
        ({}, "give folds, or a share"),
        ({"folds": 3, "dev": 0.1}, "not both"),
        ({"dev": 0.6, "test": 0.5}, "nothing to train on"),
        ({"dev": 0.1, "by": "speaker"}, "by"),
    ],
)
def test_splits_that_make_no_sense(folder: Path, split: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        config(folder, split)


def test_dev_is_given_once(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"data\.dev names files, and data\.split makes another"):
        config(folder, {"dev": 0.1}, dev=[{"path": "rows.csv", "format": "stance"}])
