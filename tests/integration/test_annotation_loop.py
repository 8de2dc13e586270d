"""Analyse, export, correct, import, train: the loop closes, with the bundled models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stancekit.cli import app

ROOT = Path(__file__).resolve().parents[2]
ARTICLE = ROOT / "fixtures" / "examples" / "night-clinic-wexcombe.txt"
TOKENIZER = ROOT / "src" / "stancekit" / "models" / "attribution" / "tokenizer.json"
CONFIG = ROOT / "configs" / "finetune-attribution.toml"


def run(*words: object, code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == code, (result.output, result.exception)
    return result.output


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An article as the models read it, with one statement taken out in brat."""
    folder = tmp_path_factory.mktemp("brat")
    out = folder / "to-correct"
    run("analyze", ARTICLE, "--format", "brat", "-o", out)
    annotations = out / f"{ARTICLE.stem}.ann"
    lines = annotations.read_text(encoding="utf-8").splitlines()
    first = next(line for line in lines if line.startswith("E1\t"))
    trigger = first.split()[1].removeprefix("Statement:")
    gone = ("E1\t", f"{trigger}\t")
    kept = [
        line
        for line in lines
        if not line.startswith(gone) and "E1" not in line.split("\t")[1].split()
    ]
    # What only that statement refers to goes with it, as brat does it.
    used = {pair.split(":")[1] for line in kept if line[0] == "E" for pair in line.split()[1:]}
    kept = [line for line in kept if line[0] != "T" or line.split("\t")[0] in used]
    annotations.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
    return out


def test_what_was_corrected_is_what_training_reads(corrected: Path, tmp_path: Path) -> None:
    run("import-labels", corrected, "-o", tmp_path / "train.jsonl")
    (line,) = (tmp_path / "train.jsonl").read_text(encoding="utf-8").splitlines()
    record = json.loads(line)
    count = len(record["attributions"])
    assert count >= 5
    other = {"text": "The mayor said it rained.", "attributions": []}
    (tmp_path / "dev.jsonl").write_text(json.dumps(other) + "\n", encoding="utf-8")
    overrides = (
        f"data.root={tmp_path}", "data.train.0.path=train.jsonl", "data.dev.0.path=dev.jsonl"
    )  # fmt: skip
    told = run("check", CONFIG, *overrides)
    assert f"train: train.jsonl: 1 records ({count} attributions)" in told
    assert "an epoch, 2 epochs" in told


def test_the_trainers_take_the_records(corrected: Path, tmp_path: Path) -> None:
    from tokenizers import Tokenizer

    from stancekit.attribution.tags import TAGS
    from stancekit.training.attribution import window_examples
    from stancekit.training.linker import train_linker

    run("import-labels", corrected, "-o", tmp_path / "train.jsonl")
    record = json.loads((tmp_path / "train.jsonl").read_text(encoding="utf-8"))
    tokenizer = Tokenizer.from_file(str(TOKENIZER))
    tokenizer.no_truncation()
    examples = window_examples([record], tokenizer, cls_id=0, sep_id=1, max_length=256)
    labels = {TAGS[n] for example in examples for n in example["labels"] if n >= 0}
    assert labels == set(TAGS)
    counts = train_linker([record], tmp_path, seed=1)
    assert counts["content"]["links"] >= 5 and counts["source"]["links"] >= 5
