"""A corpus on a Ray cluster in this machine; skipped where Ray is not installed."""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet  # type: ignore[import-untyped, unused-ignore]
import pytest

from stancekit.corpus import TABLES, run_corpus
from stancekit.errors import InputError, MissingExtraError
from stancekit.testing import fake_pipeline

needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="needs stancekit[ray]"
)

# In a process of its own: Ray's warnings are not ours, and what it starts ends with it.
RUN = """
import functools, json, os, pathlib, signal, sys
from stancekit.distributed import connect, read_source, write_dataset
from stancekit.pipeline import StancePipeline
from stancekit.testing import fake_pipeline

marks = pathlib.Path({marks!r})

def make():
    import os, signal, time
    pipeline = fake_pipeline(targets=["a carbon tax"])
    read = pipeline.attributor.read
    def dying(document):
        if "kills always" in document.text:
            os.kill(os.getpid(), signal.SIGKILL)
        if "kills once" in document.text and not (marks / "killed").exists():
            (marks / "killed").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if "raises" in document.text:
            raise RuntimeError("no way")
        (marks / f"worker-{{os.getpid()}}").touch()
        time.sleep(0.02)
        return read(document)
    pipeline.attributor.read = dying
    return pipeline

connect(workers=2)
result = write_dataset(read_source([{source!r}]), {out!r}, pipeline=make, workers=2, batch_size=4)
r = result
counts = [r.documents, r.analyzed, r.duplicates, r.failed, r.lost]
# Not printed: Ray prints there too, from other processes.
(marks / "counts").write_text(json.dumps(counts))
"""


def articles() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {
            "id": f"a{n:02d}",
            "date": f"2025-01-{n % 28 + 1:02d}",
            "text": f"Ann Roe said ward {n} supports a carbon tax. It rained. "
            "Tom Diaz opposes a carbon tax.",
        }
        for n in range(40)
    ]
    rows[17]["text"] += " It kills once."
    rows[22]["text"] = rows[3]["text"]
    rows[25]["text"] = " "
    rows[30]["text"] = "This raises."
    rows[36]["text"] = "It kills always."
    return rows


def table(folder: Path, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pyarrow.parquet.read_table(folder / name).to_pylist()
    return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))


@needs_ray
@pytest.mark.slow
def test_two_workers_give_the_plain_rows_and_lose_none(tmp_path: Path) -> None:
    source = tmp_path / "in.parquet"
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(articles()), source, row_group_size=8)
    script = RUN.format(marks=str(tmp_path), source=str(source), out=str(tmp_path / "ray"))
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "RAY_USAGE_STATS_ENABLED": "0"},
    )
    assert done.returncode == 0, done.stderr[-4000:]
    counts = json.loads((tmp_path / "counts").read_text())
    # Unreadable, raising, and killing every worker that tries it.
    assert counts == [40, 36, 1, 3, 0]
    assert (tmp_path / "killed").exists()
    assert len(list(tmp_path.glob("worker-*"))) >= 3, "two workers, and one that followed"

    run_corpus(source, tmp_path / "plain", pipeline=functools.partial(
        fake_pipeline, targets=["a carbon tax"]
    ))  # fmt: skip
    errors = {row["document"]: row for row in table(tmp_path / "ray", "errors")}
    assert errors["a36"]["error"] == "WorkerDied"
    assert errors["a30"]["message"] == "no way"
    assert errors["a25"]["stage"] == "read"
    for name in set(TABLES) - {"errors"}:
        plain = [r for r in table(tmp_path / "plain", name) if r["document"] not in errors]
        ray = [r for r in table(tmp_path / "ray", name) if r["document"] not in errors]
        assert plain == ray, name
    every = [row["document"] for row in table(tmp_path / "ray", "documents")]
    assert sorted(every) == [a["id"] for a in articles()]


@pytest.mark.parametrize(
    ("name", "words"),
    [("none.parquet", "no such file"), ("a.txt", "expects Parquet, JSONL or CSV")],
)
def test_sources_that_are_refused(tmp_path: Path, name: str, words: str) -> None:
    from stancekit.distributed import read_source

    (tmp_path / "a.txt").write_text("A.")
    with pytest.raises(InputError, match=words):
        read_source([str(tmp_path / name)])
    with pytest.raises(InputError, match=r"no \.parquet file"):
        read_source([str(tmp_path)])


def test_without_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    from stancekit.distributed import connect

    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match=r"stancekit\[ray\]"):
        connect()


class _Method:
    def __init__(self, call: Any) -> None:
        self.remote = call


def test_an_article_that_kills_is_found_and_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the worker does when Ray gives it a dead worker's batch, without a cluster."""
    from stancekit import distributed
    from stancekit.corpus.tables import arrow_schema
    from stancekit.tabular import Columns

    class Died(BaseException):
        pass

    analyze = distributed.analyze_group

    def dying(pipeline: Any, group: Any) -> Any:
        if any("kills always" in article.text for article in group):
            raise Died
        return analyze(pipeline, group)

    counted = distributed._Attempts()
    attempts: Any = type("Actor", (), {})()
    attempts.begin, attempts.end = _Method(counted.begin), _Method(counted.end)
    monkeypatch.setattr(distributed, "analyze_group", dying)
    monkeypatch.setattr(distributed, "_ray", lambda: type("Ray", (), {"get": staticmethod(int)}))
    make = functools.partial(fake_pipeline, targets=["a carbon tax"])
    batch = pyarrow.Table.from_pylist(articles()[32:40])
    for _ in range(3):
        with pytest.raises(Died):
            distributed._Analyze(make, Columns(), {"a39": "a00"}, attempts)(batch)
    found = distributed._Analyze(make, Columns(), {"a39": "a00"}, attempts)(batch)
    assert found.schema.field("errors").type.value_type.num_fields == len(arrow_schema("errors"))
    rows = {row["document"]: row for row in found.to_pylist()}
    assert list(rows) == [f"a{n}" for n in range(32, 40)]
    statuses = {id: row["documents"][0]["status"] for id, row in rows.items()}
    assert statuses.pop("a36") == "failed"
    assert statuses.pop("a39") == "duplicate"
    assert set(statuses.values()) == {"ok"}
    assert rows["a36"]["errors"][0]["error"] == "WorkerDied"
    assert "3 times" in rows["a36"]["errors"][0]["message"]
    assert counted._counts == {"a36": 3}
