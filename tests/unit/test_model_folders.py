"""What a model folder can hold that it should not: refused in one sentence, and nothing is run."""

from __future__ import annotations

import json
import logging
import os
import pickle
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto
from safetensors.numpy import load_file, save_file
from test_graph import NLI, make, tiny

from stancekit.errors import ModelError
from stancekit.inference import folder as folders
from stancekit.inference import session
from stancekit.inference.folder import SHIPPED, SUMS_FILE, ModelFolder, check_shipped, sha256
from stancekit.inference.session import OnnxClassifier
from stancekit.stance.scorer import StanceScorer

Change = Callable[[Path], object]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "stance"
    make(path, "bert", NLI, tokens=False, purpose="stance")
    return path


@pytest.fixture
def model(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STANCEKIT_CACHE", str(tmp_path / "cache"))

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    return Path(shutil.copytree(whole, tmp_path / "model"))


def edit(file: str, **values: Any) -> Change:
    def change(model: Path) -> None:
        held = json.loads((model / file).read_text(encoding="utf-8"))
        (model / file).write_text(json.dumps({**held, **values}), encoding="utf-8")

    return change


def put(file: str, content: bytes) -> Change:
    return lambda model: (model / file).write_bytes(content)


def drop(file: str) -> Change:
    return lambda model: (model / file).unlink()


def truncate(model: Path) -> None:
    path = model / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])


def reshape(model: Path) -> None:
    path = model / "model.safetensors"
    tensors = load_file(path)
    name = "classifier.weight"
    tensors[name] = np.zeros((3, 128), dtype=np.float32)
    tensors.pop(name + ".scale", None)
    save_file(tensors, path)


def outside(model: Path) -> None:
    (model / "model.safetensors").rename(model.parent / "elsewhere.safetensors")
    index = {"weight_map": {"a": "../elsewhere.safetensors"}}
    (model / "model.safetensors.index.json").write_text(json.dumps(index))


def weights_elsewhere(model: Path) -> None:
    graph = onnx.load(model / "graph.onnx")
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[1])
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../secret")
    graph.graph.initializer.append(tensor)
    (model / "graph.onnx").write_bytes(graph.SerializeToString())


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, (str(self.path),))


def pickled(model: Path) -> None:
    put("model.safetensors", pickle.dumps(Bomb(model.parent / "exploded")))(model)


def two_labels(model: Path) -> None:
    names = {"0": "entailment", "1": "not_entailment"}
    edit("config.json", id2label=names, label2id={n: int(i) for i, n in names.items()})(model)


SWAPPED = {"0": "entailment", "1": "contradiction", "2": "neutral"}
DEEP = b"[" * 200_000

WRONG: dict[str, tuple[Change, str]] = {
    "truncated weights": (truncate, "not a readable safetensors file"),
    "weights of another shape": (reshape, "ONNX Runtime refuses|don't fit together"),
    "a pickle in place of weights": (pickled, "not a readable safetensors file"),
    "weights outside the folder": (outside, "names a file outside the folder"),
    "a graph with weights elsewhere": (weights_elsewhere, "keeps weights in other files"),
    "no tokenizer": (drop("tokenizer.json"), "tokenizer.json is missing"),
    "a tokenizer for more tokens": (edit("config.json", vocab_size=7), "the model knows 7 only"),
    "swapped labels": (edit("config.json", id2label=SWAPPED), "contradict each other"),
    "fewer labels": (two_labels, "names 2 labels, the model gives 3"),
    "no graph": (drop("graph.onnx"), "graph.onnx is missing"),
    "a word as padding": (edit("config.json", pad_token_id="x"), "pad_token_id"),
    "a word as length": (edit("stancekit.json", max_length="lots"), "max_length .* 'lots'"),
    "no length": (edit("stancekit.json", max_length=0), "expected 16 or more"),
    "a calibration in words": (edit("stancekit.json", calibration={"none_bias": "x"}), "holds no"),
    "an infinite calibration": (
        edit("stancekit.json", calibration={"none_bias": float("inf")}),
        "holds no calibration",
    ),
    "no temperature": (edit("stancekit.json", calibration={"temperature": 0}), "holds no"),
    "a deep configuration": (put("config.json", DEEP), "not readable as JSON"),
    "a deep index": (put("model.safetensors.index.json", DEEP), "not an index"),
    "a deep probe": (put("probe.json", DEEP), "not a probe"),
    "token ids beyond the vocabulary": (
        put("probe.json", b'{"input_ids": [[5, 999]], "labels": [[0]]}'),
        "don't fit together",
    ),
}


@pytest.mark.parametrize(("change", "words"), WRONG.values(), ids=WRONG)
def test_refused_in_one_sentence(model: Path, change: Change, words: str) -> None:
    change(model)
    with pytest.raises(ModelError, match=words) as caught:
        StanceScorer.from_pretrained(model, threads=1)
    message = str(caught.value)
    assert "\n" not in message and "model" in message
    assert not (model.parent / "exploded").exists()


def test_the_untouched_folder_loads_without_a_network(model: Path) -> None:
    scorer = StanceScorer.from_pretrained(model, threads=1)
    assert scorer.predict_proba(["Roe supports a tax."], ["a tax"]).shape == (1, 1, 3)


# --- folders of transformers ---------------------------------------------------


@pytest.fixture
def foreign(model: Path, tmp_path: Path) -> Path:
    path = tmp_path / "foreign"
    tiny("bert", NLI, tokens=False).save_pretrained(path)
    shutil.copy(model / "tokenizer.json", path)
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "<pad>"}
    (path / "tokenizer_config.json").write_text(json.dumps(settings))
    return path


def own_code(path: Path) -> None:
    marker = path.parent / "exploded"
    (path / "own.py").write_text(f"import os\nos.mkdir({str(marker)!r})\nclass C: pass\n")
    names = {"AutoConfig": "own.C", "AutoModelForSequenceClassification": "own.C"}
    edit("config.json", model_type="own", auto_map=names)(path)


def pickle_only(path: Path) -> None:
    (path / "model.safetensors").unlink()
    (path / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb(path.parent / "exploded")))


def headless(path: Path) -> None:
    tensors = load_file(path / "model.safetensors")
    kept = {n: t for n, t in tensors.items() if not n.startswith("classifier")}
    save_file(kept, path / "model.safetensors", metadata={"format": "pt"})


FOREIGN: dict[str, tuple[Change, str]] = {
    "code of its own": (own_code, "can't be loaded as an NLI model"),
    "a pickle alone": (pickle_only, "can't be loaded as an NLI model"),
    "a truncated file": (truncate, "can't be loaded as an NLI model"),
    "no weights for the labels": (headless, "weights are missing: classifier"),
    "no weights": (drop("model.safetensors"), "can't be loaded as an NLI model"),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("change", "words"), FOREIGN.values(), ids=FOREIGN)
def test_a_folder_of_transformers(foreign: Path, change: Change, words: str) -> None:
    change(foreign)
    with pytest.raises(ModelError, match=words) as caught:
        StanceScorer.from_pretrained(foreign, threads=1)
    assert "\n" not in str(caught.value)
    assert not (foreign.parent / "exploded").exists()


# --- the models that ship ------------------------------------------------------


def test_the_sums_are_those_of_the_shipped_files() -> None:
    lines = (SHIPPED / SUMS_FILE).read_text(encoding="utf-8").splitlines()
    listed = dict(reversed(line.split("  ")) for line in lines)
    files = {f.relative_to(SHIPPED).as_posix() for f in SHIPPED.glob("*/*")}
    assert set(listed) == {name for name in files if not name.endswith("README.md")}
    assert {name: sha256(SHIPPED / name) for name in listed} == listed, (
        "run scripts/model_hashes.py after a model was replaced"
    )


@pytest.mark.parametrize("file", ["tokenizer.json", "stancekit.json", "model.safetensors"])
def test_a_shipped_file_that_was_changed(
    model: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    names = [f.name for f in model.iterdir()]
    lines = [f"{sha256(model / name)}  model/{name}\n" for name in names]
    (model.parent / SUMS_FILE).write_text("".join(lines))
    monkeypatch.setattr(folders, "SHIPPED", model.parent)
    folders._sums.cache_clear()
    try:
        OnnxClassifier(ModelFolder.open(model), threads=1)
        content = bytearray((model / file).read_bytes())
        content[-20] ^= 1
        (model / file).write_bytes(content)
        with pytest.raises(ModelError, match=f"{file}: not the file that ships with stancekit"):
            OnnxClassifier(ModelFolder.open(model), threads=1)
        monkeypatch.setattr(folders, "SHIPPED", model)
        check_shipped(model)
    finally:
        folders._sums.cache_clear()


# --- the cache -----------------------------------------------------------------


def test_a_damaged_graph_in_the_cache_is_built_again(model: Path) -> None:
    OnnxClassifier(ModelFolder.open(model), threads=1)
    (graph,) = session.cache_folder().glob("*.onnx")
    whole = graph.read_bytes()
    graph.write_bytes(whole[:100])
    OnnxClassifier(ModelFolder.open(model), threads=1)
    assert graph.read_bytes() == whole


@pytest.mark.parametrize("problem", ["read-only", "no entry", "a file", "no home"])
def test_without_a_cache_everything_works_with_one_line(
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    problem: str,
) -> None:
    session._warn_of_cache.cache_clear()
    folder = tmp_path / "home" / "cache"

    def denied(*args: object, **kwargs: object) -> Any:
        raise PermissionError(13, "Permission denied")

    if problem == "a file":
        folder.parent.mkdir()
        folder.write_text("x")
    elif problem == "no home":
        folder = Path("~/.cache/stancekit")
    else:
        # Simulated, since root may write everywhere.
        monkeypatch.setattr(session, "_write", denied)
    if problem == "no entry":
        real = Path.is_file
        monkeypatch.setattr(Path, "is_file", lambda p: denied() if folder in p.parents else real(p))
    monkeypatch.setattr(session, "cache_folder", lambda: folder)
    with caplog.at_level(logging.INFO):
        for _ in range(2):
            classifier = OnnxClassifier(ModelFolder.open(model), threads=1)
            assert classifier.logits([[5, 6, 7]]).shape == (1, 3)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING and "STANCEKIT_CACHE" in record.getMessage()


def test_four_processes_that_start_at_once(whole: Path, tmp_path: Path) -> None:
    """They build the same graph at the same time, and none sees half of another's."""
    code = (
        "import sys\n"
        "from stancekit.inference.folder import ModelFolder\n"
        "from stancekit.inference.session import OnnxClassifier\n"
        "c = OnnxClassifier(ModelFolder.open(sys.argv[1]), threads=1)\n"
        "print(c.logits([[5, 6, 7], [8, 9]]).tobytes().hex())\n"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(whole)],
            env={**os.environ, "STANCEKIT_CACHE": str(tmp_path / "cache")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    answers = [process.communicate() for process in started]
    assert [process.returncode for process in started] == [0] * 4, answers
    assert len({out for out, _ in answers}) == 1
    kinds = sorted(path.suffix for path in (tmp_path / "cache").iterdir())
    assert kinds == [".json", ".onnx"]
