"""The command line, with a pipeline that finds nothing or what the test says."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import report_examples as examples
from rich.console import Console
from typer.testing import CliRunner

import stancekit
from stancekit.cli import app, main
from stancekit.errors import ConfigError, DataError, ModelError
from stancekit.report import schema
from stancekit.types import Report

runner = CliRunner()


class FakePipeline:
    """Answers with the harbour report for its text, and with an empty one for any other."""

    calls: list[dict[str, Any]]

    def __init__(self, **options: Any) -> None:
        type(self).calls.append(options)

    @classmethod
    def from_config(cls, path: Path, **options: Any) -> FakePipeline:
        return cls(config=path, **options)

    def run(self, text: str, *, id: str = "") -> Report:
        report = examples.harbour() if text == examples.HARBOUR else examples.empty(text)
        return replace(report, document=replace(report.document, id=id))

    def run_many(
        self,
        texts: Iterable[str],
        *,
        ids: Sequence[str] | None = None,
        dates: Sequence[str] | None = None,
        show_progress: bool = False,
    ) -> Iterator[Report]:
        for number, text in enumerate(texts):
            if text.strip() == "interrupt":
                raise KeyboardInterrupt
            if text.strip() == "model":
                raise ModelError("folder: holds no config.json")
            yield self.run(text, id="" if ids is None else ids[number])


@pytest.fixture(autouse=True)
def _fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    FakePipeline.calls = []
    _module(monkeypatch, "stancekit.pipeline", StancePipeline=FakePipeline)
    monkeypatch.delenv("FORCE_COLOR", raising=False)


def _module(monkeypatch: pytest.MonkeyPatch, name: str, **members: Any) -> None:
    module = types.ModuleType(name)
    for key, value in members.items():
        setattr(module, key, value)
    monkeypatch.setitem(sys.modules, name, module)


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "harbour.txt"
    path.write_text(examples.HARBOUR, encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path, article: Path) -> Path:
    folder = tmp_path / "news"
    folder.mkdir()
    article.rename(folder / "harbour.txt")
    (folder / "Harbour txt.txt").write_text("Quiet.", encoding="utf-8")
    (folder / "<b>.txt").write_text("Quiet too.", encoding="utf-8")
    return folder


def _run(*words: object, code: int = 0, **options: Any) -> Any:
    result = runner.invoke(app, [str(word) for word in words], **options)
    assert result.exit_code == code, (result.output, result.exception)
    return result


def _refused(*words: object) -> str:
    result = _run(*words, code=2)
    assert result.stdout == ""
    assert result.stderr.startswith("stancekit: ")
    assert "Traceback" not in result.stderr
    assert result.stderr.count("\n") == 1
    return str(result.stderr)


# --- formats -----------------------------------------------------------------


def test_table_is_the_default_and_fits_80_columns(article: Path) -> None:
    result = _run("analyze", article)
    assert "Tomas Rehák" in result.stdout and "+0.88 tunnel" in result.stdout
    assert "\x1b" not in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert result.stderr == ""


def test_json(article: Path) -> None:
    report = json.loads(_run("analyze", article, "--format", "json").stdout)
    jsonschema.validate(report, schema())
    assert report["document"]["id"] == "harbour.txt"


def test_csv_on_standard_output_has_no_mark(article: Path) -> None:
    data = _run("analyze", article, "--format", "csv").stdout_bytes
    assert data.startswith(b"document,")
    assert len(list(csv.DictReader(io.StringIO(data.decode(), newline="")))) == 30


@pytest.mark.parametrize("name", ["json", "jsonl", "csv", "html", "htm", "parquet", "txt"])
def test_the_ending_names_the_format(article: Path, tmp_path: Path, name: str) -> None:
    out = tmp_path / f"out.{name}"
    assert _run("analyze", article, "-o", out).stdout == ""
    data = out.read_bytes()
    start = {
        "json": b"{\n",
        "jsonl": b'{"document"',
        "csv": b"\xef\xbb\xbfdocument,",
        "html": b"<!DOCTYPE html>",
        "htm": b"<!DOCTYPE html>",
        "parquet": b"PAR1",
        "txt": b"harbour.txt: 10 statements",
    }
    assert data.startswith(start[name])
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_format_wins_over_the_ending(article: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.txt"
    _run("analyze", article, "-o", out, "--format", "json")
    json.loads(out.read_text(encoding="utf-8"))


def test_dash_reads_standard_input() -> None:
    result = _run("analyze", "-", "--format", "json", "-o", "-", input=examples.HARBOUR)
    report = json.loads(result.stdout)
    assert report["document"]["id"] == "stdin"
    assert len(report["statements"]) == 10


def test_windows_line_ends_and_utf16(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("One.\r\nTwo.\r\n".encode("utf-16"))
    report = json.loads(_run("analyze", path, "--format", "json").stdout)
    assert report["document"]["n_chars"] == 12


# --- several articles --------------------------------------------------------


def test_folder_as_table_json_and_jsonl(folder: Path) -> None:
    text = _run("analyze", folder).stdout
    assert text.count(" statements") >= 3
    ids = ["<b>.txt", "Harbour txt.txt", "harbour.txt"]
    array = json.loads(_run("analyze", folder, "--format", "json").stdout)
    assert [report["document"]["id"] for report in array] == ids
    lines = _run("analyze", folder, "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line)["document"]["id"] for line in lines] == ids


def test_several_files_as_one_csv(folder: Path) -> None:
    names = sorted(folder.iterdir())
    found = _run("analyze", *names, names[-1], "--format", "csv").stdout_bytes.decode()
    records = list(csv.DictReader(io.StringIO(found, newline="")))
    assert len(records) == 60
    assert {record["document"] for record in records} == {"harbour.txt"}


def test_a_collection_of_one_is_an_array(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "Quiet."}\n', encoding="utf-8")
    assert len(json.loads(_run("analyze", path, "--format", "json").stdout)) == 1


def test_several_pages_go_to_a_folder(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "pages"
    _run("analyze", folder, "--format", "html", "-o", out)
    pages = {path.name for path in out.iterdir()}
    assert pages == {"index.html", "b.html", "Harbour-txt.html", "harbour.html"}
    index = (out / "index.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;.txt" in index and 'href="harbour.html"' in index
    _run("analyze", folder, "-o", out)  # an existing folder means pages


def test_page_names_never_meet(tmp_path: Path) -> None:
    records = [{"text": "Quiet.", "id": id} for id in ("a", "A", "a.txt", "index", "../../x", "…")]
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    out = tmp_path / "pages"
    _run("analyze", path, "--format", "html", "-o", out)
    names = sorted(page.name.lower() for page in out.iterdir())
    assert len(names) == len(set(names)) == 7
    assert {"index.html", "index-2.html", "x.html", "article.html"} <= set(names)


def test_several_pages_need_a_folder(folder: Path, tmp_path: Path) -> None:
    assert "-o FOLDER" in _refused("analyze", folder, "--format", "html")
    assert "need a folder" in _refused("analyze", folder, "-o", tmp_path / "out.html")
    assert FakePipeline.calls == []


# --- annotation tools --------------------------------------------------------


def test_formats_of_annotation_tools_come_back_as_training_records(
    folder: Path, tmp_path: Path
) -> None:
    found = []
    for format, name in (("brat", "brat"), ("label-studio", "a.json"), ("docbin", "a.spacy")):
        out = tmp_path / name
        assert _run("analyze", folder, "--format", format, "-o", out).stdout == ""
        records = tmp_path / f"{format}.jsonl"
        result = _run("import-labels", out, "-o", records)
        assert result.stdout == ""
        assert result.stderr == "stancekit: 3 articles, 10 attributions\n"
        lines = records.read_text(encoding="utf-8").splitlines()
        found.append({len(json.loads(line)["attributions"]) for line in lines})
        assert _run("import-labels", out).stdout.splitlines() == lines
    assert found == [{0, 10}] * 3
    assert "<Labels " in (tmp_path / "a.xml").read_text(encoding="utf-8")


def test_the_ending_spacy_names_a_docbin(article: Path, tmp_path: Path) -> None:
    _run("analyze", article, "-o", tmp_path / "a.spacy")
    assert "10 attributions" in _run("import-labels", tmp_path / "a.spacy").stderr


def test_label_studio_on_standard_output_is_json_alone(article: Path) -> None:
    (task,) = json.loads(_run("analyze", article, "--format", "label-studio").stdout)
    assert task["data"]["document"] == "harbour.txt"


def test_brat_needs_a_folder_without_annotations(article: Path, tmp_path: Path) -> None:
    assert "-o FOLDER" in _refused("analyze", article, "--format", "brat")
    out = tmp_path / "brat"
    _run("analyze", article, "--format", "brat", "-o", out)
    before = (out / "harbour.ann").read_bytes()
    assert "holds annotations" in _refused("analyze", article, "--format", "brat", "-o", out)
    assert (out / "harbour.ann").read_bytes() == before
    assert "needs a folder" in _refused("analyze", article, "--format", "brat", "-o", article)
    # The article's own folder: brat's text file would take its place.
    assert "holds articles" in _refused("analyze", article, "--format", "brat", "-o", tmp_path)
    assert article.read_text(encoding="utf-8") == examples.HARBOUR


def test_label_studio_writes_over_no_file_that_nobody_named(article: Path, tmp_path: Path) -> None:
    words = ("analyze", article, "--format", "label-studio", "-o")
    (tmp_path / "a.xml").write_text("<mine/>", encoding="utf-8")
    assert "a.xml: exists already" in _refused(*words, tmp_path / "a.json")
    assert (tmp_path / "a.xml").read_text(encoding="utf-8") == "<mine/>"
    _run(*words, tmp_path / "b.json")
    _run(*words, tmp_path / "b.json")  # its own interface may be written again
    _run(*words, tmp_path / "c.tasks")
    assert not (tmp_path / "c.xml").exists()


def test_import_labels_refuses_what_it_cannot_read_or_write(tmp_path: Path) -> None:
    assert "no such file" in _refused("import-labels", tmp_path / "none")
    assert "no .ann file" in _refused("import-labels", tmp_path)
    labels = tmp_path / "a.json"
    labels.write_text("[", encoding="utf-8")
    assert f"{labels}:1: not JSON" in _refused("import-labels", labels)
    assert "the labels themselves" in _refused("import-labels", labels, "-o", labels)
    assert "does not exist" in _refused("import-labels", labels, "-o", tmp_path / "no" / "x")
    assert "a folder" in _refused("import-labels", labels, "-o", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json"]


# --- options -----------------------------------------------------------------


def test_options_reach_the_pipeline(article: Path) -> None:
    _run("analyze", article)
    words = ("--target", "a carbon tax", "--target", "the ferry", "--model", "m", "--threads", 2)
    _run("analyze", article, *words)
    _run("analyze", article, "--config", "x.toml", "--any-language", *words)
    options = {"targets": ["a carbon tax", "the ferry"], "model": "m", "threads": 2}
    options |= {"any_language": False, "mode": None}
    nothing = dict.fromkeys(("targets", "model", "threads", "mode"))
    assert FakePipeline.calls == [
        {**nothing, "any_language": False},
        options,
        {"config": Path("x.toml"), **options, "any_language": True},
    ]


@pytest.mark.parametrize(
    "words",
    [
        ["analyze"],
        ["analyze", "a.txt", "--format", "xml"],
        ["analyze", "a.txt", "--threads", "0"],
        ["analyze", "a.txt", "--nonsense"],
        ["nonsense"],
        ["export", "model"],
        ["export", "model", "--to", "gguf"],
    ],
)
def test_usage_errors_exit_2(words: list[str]) -> None:
    result = _run(*words, code=2)
    assert result.stdout == ""
    assert "Usage: " in result.stderr
    assert "Traceback" not in result.stderr


def test_help_names_every_command() -> None:
    text = _run("--help").stdout
    for command in ("analyze", "evaluate", "train", "import-labels", "check", "export"):
        assert command in text
        assert "Usage: " in _run(command, "--help").stdout


def test_version() -> None:
    assert _run("--version").stdout == f"stancekit {stancekit.__version__}\n"


# --- refusals ----------------------------------------------------------------


def test_bad_articles_are_refused_before_a_model_is_loaded(tmp_path: Path) -> None:
    good = tmp_path / "good.txt"
    good.write_text("Fine.", encoding="utf-8")
    for name, data in {"empty": b"", "binary": b"\x00\x01", "paper.pdf": b"%PDF-1.4"}.items():
        path = tmp_path / name
        path.write_bytes(data)
        assert str(path) in _refused("analyze", good, path)
    assert "no such file" in _refused("analyze", tmp_path / "missing.txt")
    (tmp_path / "none").mkdir()
    assert "no .txt file" in _refused("analyze", tmp_path / "none")
    assert "--target is empty" in _refused("analyze", good, "--target", " ")
    assert FakePipeline.calls == []


def test_bad_outputs_are_refused_before_a_model_is_loaded(article: Path, tmp_path: Path) -> None:
    assert "names no format" in _refused("analyze", article, "-o", tmp_path / "out.xyz")
    assert "does not exist" in _refused("analyze", article, "-o", tmp_path / "no" / "out.json")
    assert "needs a file name" in _refused("analyze", article, "--format", "csv", "-o", tmp_path)
    before = article.read_bytes()
    assert "the article itself" in _refused("analyze", article, "-o", article)
    assert article.read_bytes() == before
    assert FakePipeline.calls == []


def test_errors_of_the_pipeline_are_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("model", encoding="utf-8")
    out = tmp_path / "out.json"
    out.write_text("kept", encoding="utf-8")
    assert "holds no config.json" in _refused("analyze", path, "-o", out)
    assert out.read_text(encoding="utf-8") == "kept"
    assert sorted(found.name for found in tmp_path.iterdir()) == ["a.txt", "out.json"]


def test_an_unwritable_result_is_one_sentence(
    article: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert "No space left" in _refused("analyze", article, "-o", tmp_path / "out.json")


def test_warnings_go_to_standard_error_once(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("Renée said “£5”.".encode("cp1252"))
    result = _run("analyze", path, "--format", "json")
    json.loads(result.stdout)
    assert result.stderr.count("Windows-1252") == 1


# --- main --------------------------------------------------------------------


def test_main_returns_exit_codes(
    article: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["analyze", str(article)]) == 0
    assert main(["analyze", str(tmp_path / "missing")]) == 2
    assert "stancekit: " in capfd.readouterr().err
    assert main(["--version"]) == 0
    assert main(["nonsense"]) == 2


def test_ctrl_c_is_130_and_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("interrupt", encoding="utf-8")
    assert main(["analyze", str(path), "-o", str(tmp_path / "out.jsonl")]) == 130
    assert [found.name for found in tmp_path.iterdir()] == ["a.txt"]


def test_ctrl_c_in_a_corpus_says_how_to_go_on(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("stancekit.corpus.run_corpus", stopped)
    (tmp_path / "a.txt").write_text("Ann Roe said no.", encoding="utf-8")
    output = tmp_path / "out"
    command = ["analyze", str(tmp_path), "--format", "parquet", "-o", str(output)]
    assert main(command) == 130
    assert "the same command goes on.\n" in capfd.readouterr().err
    output.mkdir()
    assert main(command) == 130
    assert f"the same command goes on from what is in {output}." in capfd.readouterr().err


def test_startup_leaves_heavy_modules_alone() -> None:
    code = (
        "import sys, stancekit.cli\n"
        "assert stancekit.cli.main(['--version']) == 0\n"
        "heavy = 'torch transformers onnxruntime numpy pydantic jinja2 pandas matplotlib pyarrow'\n"
        "print(*[name for name in heavy.split() if name in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split("\n")
    assert found[1] == ""


def test_a_narrow_terminal_encoding_is_no_traceback(article: Path) -> None:
    code = (
        "import sys, types\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "import test_cli\n"
        "module = types.ModuleType('stancekit.pipeline')\n"
        "test_cli.FakePipeline.calls = []\n"
        "module.StancePipeline = test_cli.FakePipeline\n"
        "sys.modules['stancekit.pipeline'] = module\n"
        f"sys.exit(test_cli.main(['analyze', {str(article)!r}]))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        env={"PYTHONIOENCODING": "ascii"},
        check=False,
    )
    assert found.returncode == 0, found.stderr
    assert b"Tomas Reh?k" in found.stdout


# --- the other commands ------------------------------------------------------


class _Result:
    def to_dict(self) -> dict[str, Any]:
        return {"macro_f1": 0.5}

    def render(self, console: Console) -> None:
        console.print("macro_f1 0.5")


def test_evaluate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def evaluate(path: Path, config: Path | None = None, show_progress: bool = False) -> _Result:
        seen.append((path, config))
        return _Result()

    _module(monkeypatch, "stancekit.evaluation", evaluate=evaluate)
    out = tmp_path / "metrics.json"
    assert "macro_f1 0.5" in _run("evaluate", tmp_path, "--config", "x.toml", "-o", out).stdout
    assert seen == [(tmp_path, Path("x.toml"))]
    assert json.loads(out.read_text(encoding="utf-8")) == {"macro_f1": 0.5}
    assert "no such file" in _refused("evaluate", tmp_path / "none")


def test_train(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def train(config: Path, **options: Any) -> Path:
        seen.append((config, options["overrides"], options["resume"]))
        return Path("runs/x")

    _module(monkeypatch, "stancekit.training.run", train=train)
    words = ("train", "c.toml", "training.learning_rate=1e-4", "seed=3", "--resume")
    assert _run(*words).stdout.strip() == str(Path("runs/x"))
    assert seen == [(Path("c.toml"), ["training.learning_rate=1e-4", "seed=3"], True)]


def _raises(error: Exception) -> Callable[..., Any]:
    def call(*_: Any, **__: Any) -> Any:
        raise error

    return call


def test_train_errors_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    _module(monkeypatch, "stancekit.training.run", train=_raises(DataError("a.jsonl, line 3: no")))
    assert "a.jsonl, line 3" in _refused("train", "c.toml")


def test_check_training_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def check_config(path: Path, *, overrides: Sequence[str]) -> list[str]:
        return [f"{path}: ok", *overrides]

    _module(monkeypatch, "stancekit.training.check", check_config=check_config)
    path = tmp_path / "c.toml"
    path.write_text('task = "stance"\n', encoding="utf-8")
    assert _run("check", path).stdout == f"{path}: ok\n"
    assert _run("check", path, "seed=3", "output=x").stdout == f"{path}: ok\nseed=3\noutput=x\n"
    problem = ConfigError(f"{path}: 2 problem(s)\n  a: unknown key\n  b: missing")
    _module(monkeypatch, "stancekit.training.check", check_config=_raises(problem))
    result = _run("check", path, code=2)
    assert result.stderr == f"stancekit: {problem}\n"


def test_check_names_a_broken_file(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text("task = [", encoding="utf-8")
    assert "not valid TOML" in _refused("check", path)
    assert "missing.toml" in _refused("check", tmp_path / "missing.toml")


def test_export(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def export_model(model: str, *, to: str, int8: bool) -> Path:
        seen.append((model, to, int8))
        return Path("model.onnx")

    _module(monkeypatch, "stancekit.inference.export", export_model=export_model)
    assert _run("export", "m", "--to", "onnx", "--int8").stdout == "model.onnx\n"
    assert seen == [("m", "onnx", True)]


# --- other languages ---------------------------------------------------------

GERMAN = (
    "Der Bürgermeister sagte am Montag, die Brücke bleibe bis zum Frühjahr gesperrt. "
    "Die Händler der Altstadt warnten vor leeren Läden und forderten eine Entschädigung.\n"
)


def test_one_article_in_another_language_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bruecke.txt"
    path.write_text(GERMAN, encoding="utf-8")
    message = _refused("analyze", path)
    assert "bruecke.txt: not in English (language code de)" in message
    assert "--any-language" in message
    assert FakePipeline.calls == []
    _run("analyze", path, "--any-language")
    assert FakePipeline.calls[-1]["any_language"] is True


def test_among_many_articles_it_is_left_to_the_pipeline(folder: Path) -> None:
    (folder / "z.txt").write_text(GERMAN, encoding="utf-8")
    found = json.loads(_run("analyze", folder, "--format", "json").stdout)
    assert len(found) == 4


# --- disks that are full -----------------------------------------------------


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full here")
def test_a_device_that_is_full(article: Path) -> None:
    assert "/dev/full: can't be written: No space left" in _refused(
        "analyze", article, "-o", "/dev/full", "--format", "json"
    )


@pytest.mark.parametrize("name", ["json", "jsonl", "csv", "parquet", "txt"])
def test_a_disk_that_fills_up_leaves_no_half_result(
    folder: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second of three articles finds no room; the result of the last run stays whole."""
    run_many = FakePipeline.run_many

    def full(self: FakePipeline, *args: Any, **options: Any) -> Iterator[Report]:
        for number, report in enumerate(run_many(self, *args, **options)):
            if number == 1:
                raise OSError(28, "No space left on device")
            yield report

    monkeypatch.setattr(FakePipeline, "run_many", full)
    out = tmp_path / f"out.{name}"
    out.write_bytes(b"the last run")
    message = _refused("analyze", folder, "-o", out)
    assert "can't be written: No space left on device" in message
    assert out.read_bytes() == b"the last run"
    assert not [path for path in tmp_path.rglob("*") if path.name.endswith(".part")]


def test_a_disk_that_fills_up_leaves_whole_pages_only(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import stancekit.report

    to_html, written = stancekit.report.to_html, []

    def full(report: Report) -> str:
        if written:
            raise OSError(28, "No space left on device")
        written.append(report.document.id)
        return to_html(report)

    monkeypatch.setattr(stancekit.report, "to_html", full)
    pages = tmp_path / "pages"
    assert "can't be written: No space" in _refused(
        "analyze", folder, "-o", pages, "--format", "html"
    )
    assert [path.name for path in pages.iterdir()] == ["b.html"]
    assert (pages / "b.html").read_text(encoding="utf-8").rstrip().endswith("</html>")


def test_an_output_in_a_folder_that_may_not_be_entered(
    article: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, is_dir = tmp_path / "closed" / "out.json", Path.is_dir

    def denied(path: Path) -> bool:
        if path == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return is_dir(path)

    monkeypatch.setattr(Path, "is_dir", denied)
    assert "out.json: permission denied" in _refused("analyze", article, "-o", closed)
