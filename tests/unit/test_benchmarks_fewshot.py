"""The few-shot benchmark: its draws, its pairs, its table, on a model that needs no time."""

from __future__ import annotations

import json
from argparse import Namespace
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from script_modules import load_script
from tiny_models import statements

from stancekit.errors import DataError


@pytest.fixture(scope="module")
def fewshot() -> Any:
    return load_script("benchmarks/fewshot.py")


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    file = tmp_path / "rows.jsonl"
    records = statements(90, subjects=["dam", "road"])
    file.write_text("".join(json.dumps(r) + "\n" for r in records))
    return file


def options(rows: Path, **changes: Any) -> Namespace:
    given: dict[str, Any] = {
        "file": rows,
        "out": rows.parent / "out.jsonl",
        "by": "target",
        "sizes": [4, 8],
        "seeds": [0, 1],
        "targets": None,
        "methods": ["tf-idf"],
        "penalty": 4.0,
        "encoder": None,
        "most_pairs": None,
        "rest": 20,
        "together": False,
    }
    return Namespace(**given | changes)


def test_smaller_draws_are_part_of_larger_ones_and_none_is_measured(
    fewshot: Any, rows: Path
) -> None:
    task = fewshot.read_tasks(rows, "target")[0]
    four, rest = task.draw(3, 4, largest=20)
    eight, same = task.draw(3, 8, largest=20)
    assert eight[:4] == four
    assert rest == same
    assert len(rest) == 25
    assert not set(rest) & set(eight)
    assert task.draw(4, 8, largest=20)[0] != eight


def test_a_text_that_is_an_example_is_not_measured_toward_another_target(
    fewshot: Any, rows: Path
) -> None:
    records = [json.loads(line) for line in rows.read_text().splitlines()]
    double = [{**r, "target": f"{r['target']} of old", "topic": "x"} for r in records]
    rows.write_text("".join(json.dumps({**r, "topic": "x"}) + "\n" for r in records + double))
    (task,) = fewshot.read_tasks(rows, "topic")
    train, rest = task.draw(0, 40, largest=40)
    texts = [item.premise.text for item in task.items]
    assert rest
    assert not {texts[i] for i in train} & {texts[i] for i in rest}


def test_contrastive_pairs(fewshot: Any) -> None:
    labels = ["favor", "favor", "against", "none"]
    pairs = fewshot.contrastive_pairs(labels, iterations=5, seed=1)
    assert Counter(same for _, _, same in pairs) == {True: 20, False: 20}
    assert all((labels[a] == labels[b]) == same for a, b, same in pairs)
    assert {a == b for a, b, same in pairs if same and labels[a] == "favor"} == {False}
    assert pairs == fewshot.contrastive_pairs(labels, iterations=5, seed=1)
    assert all(same for _, _, same in fewshot.contrastive_pairs(["none"] * 3, iterations=2, seed=1))


def test_a_run_goes_on_where_it_stopped(fewshot: Any, rows: Path) -> None:
    fewshot.run(options(rows, seeds=[0]))
    out = rows.parent / "out.jsonl"
    first = out.read_text()
    assert len(first.splitlines()) == 4
    fewshot.run(options(rows))
    assert out.read_text().startswith(first)
    results = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(results) == 8
    assert {sum(map(sum, r["confusion"])) for r in results} == {25}
    lines = list(fewshot.report(results, pooled=False))
    assert len(lines) == 2 + 2
    assert lines[2].startswith("| rows.jsonl | tf-idf | 4 | ")
    assert lines[2].endswith(" | 2 | 2 |")


def test_one_model_for_all_targets_is_measured_on_the_same_items(fewshot: Any, rows: Path) -> None:
    out = rows.parent / "out.jsonl"
    fewshot.run(options(rows, seeds=[0], sizes=[8]))
    fewshot.run(options(rows, seeds=[0], sizes=[8], together=True))
    apart, both = [], []
    for line in out.read_text().splitlines():
        result = json.loads(line)
        (both if result["together"] else apart).append(result)
    gold = [[np.sum(r["confusion"], axis=1).tolist() for r in results] for results in (apart, both)]
    assert [r["target"] for r in apart] == [r["target"] for r in both]
    assert gold[0] == gold[1]
    table = list(fewshot.report(apart + both, pooled=True))[2:]
    assert [line.split(" | ")[1] for line in table] == [
        "tf-idf",
        "tf-idf, together",
    ]
    tasks = fewshot.read_tasks(rows, "target")
    train, _ = fewshot.together(tasks).draw(0, 8, largest=20)
    assert len(train) == 16


def test_the_table_is_the_mean_over_seeds(fewshot: Any) -> None:
    right = np.diag([10, 10, 10]).tolist()
    wrong = np.roll(np.diag([10, 10, 10]), 1, axis=1).tolist()
    base = {"file": "f", "target": "t", "size": 8, "method": "output", "together": False}
    results = [{**base, "seed": 0, "confusion": right}, {**base, "seed": 1, "confusion": wrong}]
    assert (
        "| 0.500 ± 0.500 | 0.500 ± 0.500 | 1 | 2 |" in list(fewshot.report(results, pooled=True))[2]
    )


def test_what_it_refuses(fewshot: Any, rows: Path) -> None:
    with pytest.raises(DataError, match="no target the moon"):
        fewshot.run(options(rows, targets=["the moon"]))


def test_records_keep_the_form_of_their_target(fewshot: Any, rows: Path) -> None:
    rows.write_text(
        json.dumps({"text": "a", "target": "a tax", "label": "favor", "speaker": "Roe"})
        + "\n"
        + json.dumps({"text": "b", "claim": "Tax them", "label": "none"})
        + "\n"
    )
    found = {t.name: fewshot.record_of(t.items[0]) for t in fewshot.read_tasks(rows, "target")}
    assert found["a tax"]["target"] == "a tax"
    assert found["a tax"]["speaker"] == "Roe"
    assert found["Tax them"]["claim"] == "Tax them"
    assert "target" not in found["Tax them"]


def test_the_curve_is_drawn(fewshot: Any, rows: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    fewshot.run(options(rows))
    results = [json.loads(line) for line in (rows.parent / "out.jsonl").read_text().splitlines()]
    fewshot.draw(results, pooled=False, path=tmp_path / "curve.png")
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")
