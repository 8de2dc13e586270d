"""A corpus into a folder of tables: schema, resuming, duplicates, failures, workers."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
import time
import types
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet  # type: ignore[import-untyped, unused-ignore]
import pytest
from typer.testing import CliRunner

import stancekit.corpus.work
from stancekit.cli import app
from stancekit.corpus import TABLES, Article, CorpusResult, run_corpus
from stancekit.corpus.plan import Index, make_parts
from stancekit.corpus.store import MANIFEST_FILE, RUN_FILE
from stancekit.errors import InputError, MissingExtraError, StancekitError
from stancekit.pipeline import StancePipeline
from stancekit.testing import fake_pipeline
from stancekit.types import Report

make_pipeline = functools.partial(fake_pipeline, targets=["a carbon tax", "a dam"])


def article(number: int) -> dict[str, Any]:
    return {
        "id": f"a{number}",
        "date": f"2025-01-{number % 28 + 1:02d}",
        "text": f"Ann Roe said ward {number} supports a carbon tax. It rained. "
        "Tom Diaz opposes a carbon tax. It rained. Both leaders said they want a dam.",
    }


ARTICLES = [article(n) for n in range(30)]


def run(source: Any, output: Path, **options: Any) -> CorpusResult:
    options = {"pipeline": make_pipeline, "part_size": 4} | options
    return run_corpus(source, output, **options)


def table(output: Path, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pyarrow.parquet.read_table(output / name).to_pylist()
    return found


def content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# --- what is written -----------------------------------------------------------

SPANS = "list<element: struct<start: int64, end: int64>>"
SCHEMA = {
    "documents": {
        "document": "string", "date": "string", "status": "string", "duplicate_of": "string",
        "n_chars": "int64", "sha256": "string", "n_statements": "int64", "n_speakers": "int64",
        "n_skipped": "int64",
    },
    "statements": {
        "document": "string", "statement": "string", "start": "int64", "end": "int64",
        "kind": "string", "modality": "string", "confidence": "double", "speaker": "string",
        "speaker_name": "string", "source": "string", "source_start": "int64",
        "source_end": "int64", "cue": "string", "cue_start": "int64", "cue_end": "int64",
        "content": "string", "content_spans": SPANS,
    },
    "stances": {
        "document": "string", "statement": "string", "target": "string", "label": "string",
        "favor": "double", "against": "double", "none": "double", "score": "double",
    },
    "speakers": {
        "document": "string", "speaker": "string", "name": "string", "type": "string",
        "members": "list<element: string>", "n_mentions": "int64", "mentions": SPANS,
    },
    "summaries": {
        "document": "string", "speaker": "string", "speaker_name": "string",
        "speaker_type": "string", "target": "string", "label": "string", "score": "double",
        "low": "double", "high": "double", "n_statements": "int64",
        "statements": "list<element: string>",
    },
    "errors": {
        "document": "string", "stage": "string", "error": "string", "message": "string",
    },
}  # fmt: skip


def test_the_schema_is_a_contract(tmp_path: Path) -> None:
    """Raise SCHEMA_VERSION, and say so in the changelog, when this must change."""
    run(ARTICLES[:2], tmp_path)
    found = {
        name: {
            field.name: str(field.type).replace(" not null", "")
            for field in pyarrow.parquet.read_schema(tmp_path / name / "part-00000.parquet")
        }
        for name in TABLES
    }
    assert found == SCHEMA
    assert {name: list(columns) for name, columns in SCHEMA.items()} == {
        name: [column.name for column in columns] for name, columns in TABLES.items()
    }


def test_the_documentation_names_every_column() -> None:
    page = (Path(__file__).parents[2] / "docs" / "corpus.md").read_text(encoding="utf-8")
    for name, columns in TABLES.items():
        assert f"### {name}" in page
        for column in columns:
            assert f"| `{column.name}` | {column.type} | {column.about} |" in page


def test_tables_hold_what_reports_hold(tmp_path: Path) -> None:
    result = run(ARTICLES[:9], tmp_path)
    assert (result.documents, result.analyzed, result.failed, result.earlier) == (9, 9, 0, 0)
    pipeline = make_pipeline()
    reports = [pipeline.run(a["text"], id=a["id"], date=a["date"]).to_dict() for a in ARTICLES[:9]]
    assert result.statements == sum(len(r["statements"]) for r in reports) > 9
    documents = table(tmp_path, "documents")
    assert [(d["document"], d["date"], d["sha256"]) for d in documents] == [
        (r["document"]["id"], r["document"]["date"], r["document"]["sha256"]) for r in reports
    ]
    assert {d["status"] for d in documents} == {"ok"}
    stances = table(tmp_path, "stances")
    assert stances == [
        {"document": r["document"]["id"], "statement": s["id"], "target": target, **stance}
        for r in reports
        for s in r["statements"]
        for target, stance in s["stances"].items()
    ]
    statements = table(tmp_path, "statements")
    assert [(s["content"], s["speaker"]) for s in statements] == [
        (" … ".join(c["text"] for c in s["contents"]), s["speaker"])
        for r in reports
        for s in r["statements"]
    ]
    text = ARTICLES[0]["text"]
    first = statements[0]
    assert text[first["source_start"] : first["source_end"]] == first["source"] == "Ann Roe"
    assert [text[p["start"] : p["end"]] for p in first["content_spans"]] == [first["content"]]
    joint = [s for s in table(tmp_path, "speakers") if s["document"] == "a0" and s["members"]]
    assert len(joint) == 1 and len(joint[0]["members"]) == 2
    summaries = table(tmp_path, "summaries")
    assert [(s["speaker"], s["label"], s["score"], s["statements"]) for s in summaries] == [
        (s["speaker"], s["label"], s["score"], s["statements"])
        for r in reports
        for s in r["summaries"]
    ]


def test_pandas_polars_and_duckdb_read_the_tables(tmp_path: Path) -> None:
    import pandas

    run(ARTICLES, tmp_path)
    for name in TABLES:
        expected = pyarrow.parquet.read_table(tmp_path / name).num_rows
        assert len(pandas.read_parquet(tmp_path / name)) == expected
    polars = pytest.importorskip("polars")
    for name in TABLES:
        frame = polars.read_parquet(f"{tmp_path}/{name}/*.parquet")
        assert frame.columns == [column.name for column in TABLES[name]]
    duckdb = pytest.importorskip("duckdb")
    rows = duckdb.sql(
        f"""
        SELECT speaker_name, avg(score) FROM '{tmp_path}/summaries/*.parquet' s
        JOIN '{tmp_path}/documents/*.parquet' d USING (document)
        WHERE target = 'a-carbon-tax' AND s.n_statements > 0 AND d.date >= '2025-01-05'
        GROUP BY 1 ORDER BY 1
        """
    ).fetchall()
    assert [name for name, _ in rows] == ["Ann Roe", "Tom Diaz"]
    assert rows[0][1] > 0 > rows[1][1]


def test_the_run_is_described(tmp_path: Path) -> None:
    run(ARTICLES[:5], tmp_path)
    settings = json.loads((tmp_path / RUN_FILE).read_text())
    assert settings["targets"][0]["id"] == "a-carbon-tax"
    assert settings["targets"][0]["favor"]
    assert settings["models"]["stance"] == "keywords"
    assert settings["versions"]["stancekit"] == stancekit.__version__
    lines = [json.loads(line) for line in (tmp_path / MANIFEST_FILE).read_text().splitlines()]
    assert [line.get("part") for line in lines] == [0, 1, None]
    assert lines[-1]["rows"]["documents"] == 5


# --- inputs --------------------------------------------------------------------


def test_every_kind_of_input_gives_the_same(tmp_path: Path) -> None:
    import pyarrow

    jsonl = tmp_path / "a.jsonl"
    jsonl.write_text("".join(json.dumps(a) + "\n" for a in ARTICLES))
    parquet = tmp_path / "a.parquet"
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(ARTICLES), parquet)
    sources: list[Any] = [
        ARTICLES,
        (a for a in ARTICLES),
        [Article(a["id"], a["text"], a["date"]) for a in ARTICLES],
        jsonl,
        str(parquet),
        [jsonl],
    ]
    for number, source in enumerate(sources):
        run(source, tmp_path / f"out{number}", part_size=7)
    for number in range(1, len(sources)):
        assert content(tmp_path / f"out{number}") == content(tmp_path / "out0")


def test_hugging_face_datasets(tmp_path: Path) -> None:
    import datasets

    columns = {key: [a[key] for a in ARTICLES] for key in ("id", "text", "date")}
    dataset = datasets.Dataset.from_dict(columns)
    run(ARTICLES, tmp_path / "list")
    run(dataset, tmp_path / "dataset")
    run(dataset.to_iterable_dataset(), tmp_path / "stream")
    run(dataset.rename_column("text", "body"), tmp_path / "renamed", text_column="body")
    for name in ("dataset", "stream", "renamed"):
        assert content(tmp_path / name) == content(tmp_path / "list")
    with pytest.raises(InputError, match="no column 'text' among id, body, date"):
        run(dataset.rename_column("text", "body"), tmp_path / "no")
    with pytest.raises(InputError, match="one of its members: 'train'"):
        run(datasets.DatasetDict({"train": dataset}), tmp_path / "no")
    assert not (tmp_path / "no").exists()


def test_plain_texts_are_numbered(tmp_path: Path) -> None:
    run([a["text"] for a in ARTICLES[:3]], tmp_path)
    assert [d["document"] for d in table(tmp_path, "documents")] == ["1", "2", "3"]


def test_duplicates_are_analysed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    once = StancePipeline.run_many

    def counting(self: StancePipeline, texts: Sequence[str], **options: Any) -> Iterable[Report]:
        seen.extend(texts)
        return once(self, texts, **options)

    monkeypatch.setattr(StancePipeline, "run_many", counting)
    # In the same group, in the same part, and parts later.
    copies = [ARTICLES[0] | {"id": f"copy{n}"} for n in range(3)]
    result = run([ARTICLES[0], copies[0], *ARTICLES[1:9], *copies[1:]], tmp_path)
    assert len(seen) == len(set(seen)) == 9
    assert (result.documents, result.analyzed, result.duplicates) == (12, 9, 3)
    documents = {d["document"]: d for d in table(tmp_path, "documents")}
    for copy in copies:
        row = documents[copy["id"]]
        assert (row["status"], row["duplicate_of"]) == ("duplicate", "a0")
        assert row["sha256"] == documents["a0"]["sha256"]
    assert not {c["id"] for c in copies} & {s["document"] for s in table(tmp_path, "statements")}


def test_ids_that_repeat_are_made_unique(tmp_path: Path) -> None:
    run([a | {"id": "x"} for a in ARTICLES[:3]] + [ARTICLES[3] | {"id": "x~2"}], tmp_path)
    names = [d["document"] for d in table(tmp_path, "documents")]
    assert names == ["x", "x~2", "x~3", "x~2~2"]
    assert {s["document"] for s in table(tmp_path, "stances")} == set(names)


class _Failing(StancePipeline):
    """Fails at some texts, alone or in company."""

    def _read(self, text: str, id: str, *rest: Any, **options: Any) -> Any:
        if "poison" in text:
            raise RuntimeError(f"no way to read \ud800{id}")
        return super()._read(text, id, *rest, **options)


def make_failing() -> StancePipeline:
    pipeline = make_pipeline()
    pipeline.__class__ = _Failing
    return pipeline


def test_what_fails_is_a_row_and_not_the_end(tmp_path: Path) -> None:
    source = tmp_path / "a.jsonl"
    records: list[Any] = [ARTICLES[0], {"text": "poison", "id": "p"}, 5, *ARTICLES[1:6]]
    source.write_text("".join(json.dumps(r) + "\n" for r in records))
    result = run(source, tmp_path / "out", pipeline=make_failing)
    assert (result.documents, result.analyzed, result.failed) == (8, 6, 2)
    assert table(tmp_path / "out", "errors") == [
        {
            "document": "p",
            "stage": "analyze",
            "error": "RuntimeError",
            "message": "no way to read \ufffdp",
        },
        {
            "document": "a.jsonl:3",
            "stage": "read",
            "error": "InputError",
            "message": f'{source}, line 3: expected an object such as {{"text": "...", '
            '"id": "..."}',
        },
    ]
    documents = table(tmp_path / "out", "documents")
    assert [d["status"] for d in documents] == ["ok", "failed", "failed", *["ok"] * 5]
    assert [d["document"] for d in documents][3:] == ["a1", "a2", "a3", "a4", "a5"]


def test_rubbish_is_written(tmp_path: Path) -> None:
    texts = ["\ud800 said \udfff that it is.", "“" * 50, "روي said لا.\u202e", "Roe said \x00."]
    result = run([{"text": t, "id": f"\ud800{n}"} for n, t in enumerate(texts)], tmp_path)
    assert result.analyzed == 4
    assert table(tmp_path, "documents")[0]["document"] == "\ufffd0"


# --- resuming --------------------------------------------------------------------


def interrupted(records: Sequence[Any], after: int) -> Iterable[Any]:
    for number, record in enumerate(records):
        if number == after:
            raise KeyboardInterrupt
        yield record


@pytest.mark.parametrize("after", [1, 4, 5, 12, 29])
def test_a_stopped_run_goes_on(tmp_path: Path, after: int) -> None:
    records = [*ARTICLES, ARTICLES[2] | {"id": "copy"}, {"id": "no text"}]
    run(records, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        run(interrupted(records, after), tmp_path / "stopped")
    result = run(records, tmp_path / "stopped")
    assert result.earlier == after // 4 * 4
    assert content(tmp_path / "stopped") == content(tmp_path / "whole")


def test_a_line_cut_short_is_written_again(tmp_path: Path) -> None:
    run(ARTICLES, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        run(interrupted(ARTICLES, 20), tmp_path / "cut")
    manifest = tmp_path / "cut" / MANIFEST_FILE
    manifest.write_bytes(manifest.read_bytes()[:-30])
    # The files of the part are whole, or half there, without a line of theirs.
    (tmp_path / "cut" / "stances" / ".part-00004.parquet.tmp").write_bytes(b"PAR1")
    result = run(ARTICLES, tmp_path / "cut")
    assert result.earlier == 16
    assert content(tmp_path / "cut") == content(tmp_path / "whole")


SLOW_RUN = """
import sys, time, functools
sys.path.insert(0, {tests!r})
import test_corpus as t
from stancekit.pipeline import StancePipeline

read = StancePipeline._read
def slowly(*args, **options):
    time.sleep(0.03)
    return read(*args, **options)
StancePipeline._read = slowly
if __name__ == "__main__":
    t.run(t.ARTICLES, t.Path({out!r}), workers={workers})
"""


def wait_for(condition: Callable[[], bool], *, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in path.read_text().split()]


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks into /proc")
@pytest.mark.parametrize("workers", [1, 2])
def test_a_killed_run_goes_on_and_leaves_the_same_bytes(tmp_path: Path, workers: int) -> None:
    run(ARTICLES, tmp_path / "whole")
    out = tmp_path / "killed"
    script = tmp_path / "slow.py"
    tests = str(Path(__file__).parent)
    script.write_text(SLOW_RUN.format(tests=tests, out=str(out), workers=workers))
    manifest = out / MANIFEST_FILE
    for parts in (1, 3):
        process = subprocess.Popen([sys.executable, str(script)])
        wait_for(lambda n=parts: manifest.is_file() and manifest.read_bytes().count(b"\n") >= n)
        orphans = children(process.pid)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert b"complete" not in manifest.read_bytes(), "killed too late to show anything"
        assert bool(orphans) == (workers > 1)
        wait_for(lambda pids=orphans: not any(Path(f"/proc/{pid}").exists() for pid in pids))
    result = run(ARTICLES, out)
    assert 12 <= result.earlier < 30
    assert content(out) == content(tmp_path / "whole")


def test_a_complete_run_is_left_alone(tmp_path: Path) -> None:
    run(ARTICLES, tmp_path)
    before = content(tmp_path)
    result = run(ARTICLES, tmp_path)
    assert (result.earlier, result.documents) == (30, 30)
    assert content(tmp_path) == before


@pytest.mark.parametrize(
    ("records", "options", "words"),
    [
        (ARTICLES[1:], {}, "was made from other articles .records 1 to 4 differ."),
        (ARTICLES[:3], {}, "records 1 to 3 differ"),
        ([*ARTICLES[:8], *ARTICLES[9:]], {}, "records 9 to 12 differ"),
        (ARTICLES[:8], {}, "fewer records than before"),
        (
            ARTICLES,
            {"pipeline": functools.partial(fake_pipeline, targets=["a levee", "a dam"])},
            'was made with targets.0.id = "a-carbon-tax", not "a-levee"',
        ),
        (
            ARTICLES,
            {"pipeline": functools.partial(make_pipeline, min_confidence=0.5)},
            "min_confidence = 0.0, not 0.5",
        ),
        (ARTICLES, {"part_size": 5}, "part_size = 4, not 5"),
    ],
)
def test_going_on_with_something_else_is_refused(
    tmp_path: Path, records: Any, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(interrupted(ARTICLES, 14), tmp_path)
    before = content(tmp_path)
    with pytest.raises(InputError, match=words) as caught:
        run(records, tmp_path, **options)
    assert "\n" not in str(caught.value)
    assert content(tmp_path) == before


def test_a_complete_run_does_not_grow(tmp_path: Path) -> None:
    run(ARTICLES[:8], tmp_path)
    before = content(tmp_path)
    with pytest.raises(InputError, match="more records than before"):
        run(ARTICLES, tmp_path)
    assert content(tmp_path) == before


def test_another_version_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(ARTICLES[:4], tmp_path)
    monkeypatch.setattr("stancekit.corpus.run.__version__", "0.0.9")
    with pytest.raises(InputError, match=r"versions.stancekit = .*, not \"0.0.9\""):
        run(ARTICLES[:4], tmp_path)


def test_folders_that_are_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"holds notes.txt and no run.json"):
        run(ARTICLES, tmp_path)
    with pytest.raises(InputError, match="a file; a corpus needs a folder"):
        run(ARTICLES, tmp_path / "notes.txt")
    run(ARTICLES[:4], tmp_path / "out")
    (tmp_path / "out" / "stances" / "part-00000.parquet").unlink()
    with pytest.raises(InputError, match=r"part-00000.parquet: missing"):
        run(ARTICLES[:4], tmp_path / "out")
    with pytest.raises(InputError, match="no articles"):
        run([], tmp_path / "none")


@pytest.mark.skipif(sys.platform == "win32", reason="no file locks there")
def test_two_runs_in_one_folder_are_refused(tmp_path: Path) -> None:
    def meanwhile() -> Iterable[Any]:
        yield from ARTICLES[:6]
        with pytest.raises(InputError, match="another run is writing here"):
            run(ARTICLES, tmp_path)
        yield from ARTICLES[6:]

    assert run(meanwhile(), tmp_path).documents == 30


# --- workers -----------------------------------------------------------------


def test_the_bytes_do_not_depend_on_the_workers(tmp_path: Path) -> None:
    records = [*ARTICLES, {"text": "poison", "id": "p"}, ARTICLES[3] | {"id": "copy"}]
    run(records, tmp_path / "one", pipeline=make_failing)
    run(records, tmp_path / "two", pipeline=make_failing, workers=2)
    assert content(tmp_path / "two") == content(tmp_path / "one")


def test_a_loaded_pipeline_works_alone(tmp_path: Path) -> None:
    assert run(ARTICLES, tmp_path / "one", pipeline=make_pipeline()).analyzed == 30
    with pytest.raises(TypeError, match="give what makes one"):
        run(ARTICLES, tmp_path / "two", pipeline=make_pipeline(), workers=2)
    with pytest.raises(ValueError, match="workers: expected at least 1"):
        run(ARTICLES, tmp_path / "no", workers=0)


def die() -> StancePipeline:
    os.kill(os.getpid(), signal.SIGTERM)
    raise AssertionError("still here")


def test_a_worker_that_dies_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StancekitError, match="a worker process could not start or was killed"):
        run(ARTICLES, tmp_path, pipeline=die, workers=2)
    assert stancekit.corpus.work._pipeline is None


# --- the rest ------------------------------------------------------------------


def test_the_index_keeps_no_text_in_memory() -> None:
    index = Index()
    records = (Article("x", f"text {n % 700}") for n in range(1000))
    entries = [e for part in make_parts(records, size=64, index=index) for e in part.entries]
    index.close()
    assert len({e.id for e in entries}) == 1000
    assert [e.duplicate_of is not None for e in entries] == [n >= 700 for n in range(1000)]
    assert entries[700].duplicate_of == "x"
    assert entries[999].duplicate_of == entries[299].id == "x~300"


def test_progress_goes_to_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(ARTICLES, tmp_path, show_progress=True)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "30/30" in shown.err
    assert "articles/s" in shown.err


def test_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"stancekit\[frame\]"):
        run(ARTICLES, tmp_path / "out")
    assert not (tmp_path / "out").exists()


# --- the command line ------------------------------------------------------------


@pytest.fixture
def fake_models(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    asked: list[dict[str, Any]] = []

    def make(**options: Any) -> StancePipeline:
        asked.append(options)
        return make_pipeline()

    monkeypatch.setattr("stancekit.pipeline.StancePipeline", make)
    return asked


def command(*words: object, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["analyze", *(str(word) for word in words)])
    assert result.exit_code == code, (result.output, result.exception)
    assert result.stdout == ""
    return result.stderr


def test_analyze_into_a_folder(tmp_path: Path, fake_models: list[dict[str, Any]]) -> None:
    source = tmp_path / "a.csv"
    lines = [f"u{n},{a['date']},{a['text']}" for n, a in enumerate(ARTICLES[:9])]
    source.write_text("url,day,body\n" + "\n".join([*lines, "bad,2025-01-01, "]) + "\n")
    out = tmp_path / "out"
    names = ("--text-column", "body", "--id-column", "url", "--date-column", "day")
    words = (source, "--format", "parquet", "-o", out, "--threads", 1, *names)
    told = command(*words)
    assert "10 articles (0 duplicates, 1 failed), 27 statements; 10 in" in told
    (options,) = fake_models
    assert {name: value for name, value in options.items() if value} == {"threads": 1}
    assert table(out, "documents")[3]["document"] == "u3"
    assert table(out, "documents")[3]["date"] == "2025-01-04"
    assert "; 0 in" in command(*words)


def test_analyze_refuses_in_one_sentence(tmp_path: Path, fake_models: list[dict[str, Any]]) -> None:
    good = tmp_path / "a.txt"
    good.write_text(ARTICLES[0]["text"])
    out = tmp_path / "out"
    assert "no such file" in command(
        tmp_path / "none.jsonl", "--format", "parquet", "-o", out, code=2
    )
    assert not out.exists()
    assert "--workers needs a folder" in command(
        good, "--format", "parquet", "-o", tmp_path / "a.parquet", "--workers", 2, code=2
    )
    assert fake_models == []
    bad = tmp_path / "bad.jsonl"
    bad.write_text("{}\n")
    told = command(bad, "--format", "parquet", "-o", out, code=2)
    assert "every article failed" in told


def test_a_date_reaches_other_formats_too(
    tmp_path: Path, fake_models: list[dict[str, Any]]
) -> None:
    source = tmp_path / "a.jsonl"
    source.write_text(json.dumps(ARTICLES[4]) + "\n")
    out = tmp_path / "out.json"
    command(source, "-o", out)
    assert json.loads(out.read_text())[0]["document"]["date"] == ARTICLES[4]["date"]
    assert len(fake_models) == 1


def test_analyze_on_ray(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The words reach `stancekit.distributed`, which tests/integration runs for real."""
    asked: list[Any] = []
    module = types.ModuleType("stancekit.distributed")
    result = types.SimpleNamespace(documents=9, duplicates=1, failed=2, lost=1, seconds=3.2)

    def write_dataset(*words: Any, **options: Any) -> Any:
        asked.append((words, options))
        return result

    monkeypatch.setattr(module, "connect", lambda *a, **o: asked.append((a, o)), raising=False)
    monkeypatch.setattr(module, "read_source", lambda sources: ("read", sources), raising=False)
    monkeypatch.setattr(module, "write_dataset", write_dataset, raising=False)
    monkeypatch.setitem(sys.modules, "stancekit.distributed", module)
    out = "s3://news/stances"
    words = ("s3://news/2024", "--format", "parquet", "-o", out, "--engine", "ray")
    told = command(*words, "--workers", 3, "--address", "auto", "--id-column", "url")
    assert "9 articles (1 duplicates, 2 failed, 1 of them lost) in 3 s" in told
    assert asked[0] == (("auto",), {"workers": 3})
    (read, output), options = asked[1]
    assert read == ("read", ["s3://news/2024"])
    assert output == out
    assert options["id_column"] == "url"
    assert options["pipeline"].keywords["threads"] == 1
    assert "needs a folder of tables" in command("a.txt", "--engine", "ray", code=2)
    assert "needs --engine ray" in command("a.txt", "--address", "auto", code=2)
