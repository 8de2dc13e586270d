"""Whole trainings, of seconds: what comes out, and what an interruption changes (nothing)."""

from __future__ import annotations

import io
import json
import logging
import os
import signal
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from rich.console import Console
from tiny_models import LABELS, statements, tiny_base, tiny_config, write_csv
from transformers import Trainer

from stancekit.errors import ConfigError, DataError, MissingExtraError
from stancekit.hypotheses import Premise, Target
from stancekit.inference.export import load_torch
from stancekit.inference.store import read_float_weights, read_weights
from stancekit.stance.scorer import StanceScorer
from stancekit.training import loop
from stancekit.training.base import base_model
from stancekit.training.check import check_config
from stancekit.training.comparison import Comparison, read_comparisons
from stancekit.training.config import TrainConfig
from stancekit.training.progress import ProgressBar, SaveOnInterrupt
from stancekit.training.run import train

STEPS = 12


@pytest.fixture(scope="module", autouse=True)
def threads() -> None:
    # The models are so small that more threads only wait for each other.
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("training")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STANCEKIT_CACHE", str(folder / "cache"))
        tiny_base(folder / "base", calibration={"temperature": 2.0, "none_bias": -0.5})
    write_csv(folder / "rows.csv", statements(60))
    return folder


@pytest.fixture(autouse=True)
def cache(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANCEKIT_CACHE", str(made / "cache"))


@pytest.fixture(scope="module")
def whole(made: Path) -> Path:
    """An uninterrupted run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STANCEKIT_CACHE", str(made / "cache"))
        return train(tiny_config(made, output=str(made / "whole")))


def weights(folder: Path) -> dict[str, Any]:
    return read_weights(folder)[0]


def same(one: Path, other: Path) -> bool:
    """Equal weights to the bit, and equal figures."""
    a, b = weights(one), weights(other)
    return (
        set(a) == set(b)
        and all(np.array_equal(a[name], b[name]) for name in a)
        and read_comparisons(one) == read_comparisons(other)
    )


def settings(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "stancekit.json").read_text(encoding="utf-8"))
    return found


def test_the_result_says_whether_it_became_better(whole: Path) -> None:
    (comparison,) = read_comparisons(whole)
    assert (comparison.split, comparison.n, comparison.primary) == ("dev", 15, "macro_f1")
    f1 = comparison.differences["macro_f1"]
    # The sentences are easy, and the base is random.
    assert f1.after.value > 0.9 > f1.before.value
    assert f1.verdict == "better"
    card = (whole / "README.md").read_text(encoding="utf-8")
    assert comparison.sentence in card
    assert "| dev rows | before | after | difference | 95 % interval |" in card
    assert "| train | 15 | 15 | 15 |" in card
    assert "| 12 | " in card
    assert '"learning_rate": 0.005' in card
    assert "transformers" in card
    assert Comparison.from_dict(comparison.to_dict()) == comparison


def test_before_is_the_base_as_it_runs(made: Path, whole: Path) -> None:
    rows = [r for r in statements(60) if r["split"] == "dev"]
    scorer = StanceScorer.from_pretrained(made / "base")
    found = scorer.score_pairs(rows, [Target.from_text(r["target"]) for r in rows])
    gold = [("favor", "against", "none").index(r["label"]) for r in rows]
    (comparison,) = read_comparisons(whole)
    expected = float((found.argmax(axis=1) == np.array(gold)).mean())
    assert comparison.differences["accuracy"].before.value == pytest.approx(expected)


def test_the_result_is_a_model_folder_and_nothing_else(whole: Path) -> None:
    assert {path.name for path in whole.iterdir()} == {
        "README.md", "config.json", "graph.onnx", "model.safetensors", "probe.json",
        "stancekit.json", "tokenizer.json", "tokenizer_config.json", "training.json",
    }  # fmt: skip
    scorer = StanceScorer.from_pretrained(whole)
    assert scorer.predict_proba(["stop the mast before it ruins us 1"], ["the mast"]).shape == (
        1,
        1,
        3,
    )


def test_a_seed_gives_the_same_model_again(made: Path, whole: Path) -> None:
    again = train(tiny_config(made, output=str(made / "again")))
    assert same(whole, again)
    other = train(tiny_config(made, output=str(made / "other"), seed=6))
    assert not same(whole, other)


def stop_at(step: int, how: Callable[[], None]) -> Callable[..., Any]:
    """`SaveOnInterrupt.on_step_end`, which first stops the run at a step."""
    original = SaveOnInterrupt.on_step_end

    def on_step_end(self: Any, args: Any, state: Any, control: Any, **kwargs: Any) -> Any:
        if state.global_step == step:
            how()
        return original(self, args, state, control, **kwargs)

    return on_step_end


@pytest.mark.parametrize("step", [5, STEPS])
def test_ctrl_c_and_resume(
    made: Path, whole: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    config = tiny_config(made, output=str(made / f"interrupted-{step}"))
    with monkeypatch.context() as patch:
        patch.setattr(
            SaveOnInterrupt,
            "on_step_end",
            stop_at(step, lambda: signal.raise_signal(signal.SIGINT)),
        )
        with pytest.raises(KeyboardInterrupt):
            train(config)
    checkpoints = Path(config.output) / "checkpoints"
    # The step that was under way is in it.
    assert (checkpoints / f"checkpoint-{step}").is_dir()
    handler = signal.getsignal(signal.SIGINT)
    assert same(whole, train(config, resume=True))
    assert signal.getsignal(signal.SIGINT) is handler
    assert not checkpoints.exists()


KILLED = """
import os, signal, sys
sys.path[:0] = {paths!r}
import torch
from pathlib import Path
from tiny_models import tiny_config
from stancekit.training.progress import SaveOnInterrupt
from stancekit.training.run import train
torch.set_num_threads(1)

def on_step_end(self, args, state, control, **kwargs):
    if state.global_step == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    return control

SaveOnInterrupt.on_step_end = on_step_end
folder = Path({folder!r})
train(tiny_config(folder, output=str(folder / "killed")))
"""


@pytest.mark.slow
def test_a_kill_and_resume(made: Path, whole: Path) -> None:
    code = KILLED.format(paths=[str(Path(__file__).parent)], folder=str(made))
    done = subprocess.run([sys.executable, "-c", code], env=os.environ.copy(), check=False)
    assert done.returncode == -signal.SIGKILL
    killed = made / "killed"
    assert not (killed / "stancekit.json").exists()
    assert (killed / "checkpoints" / "checkpoint-6").is_dir()
    # As if it had been killed while it wrote the next one.
    torn = killed / "checkpoints" / "checkpoint-8"
    torn.mkdir()
    (torn / "trainer_state.json").write_text('{"global_step": ')
    assert same(whole, train(tiny_config(made, output=str(killed)), resume=True))


def test_resume_refuses_another_configuration(
    made: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    output = str(made / "changed")
    with monkeypatch.context() as patch:
        patch.setattr(
            SaveOnInterrupt, "on_step_end", stop_at(3, lambda: signal.raise_signal(signal.SIGINT))
        )
        with pytest.raises(KeyboardInterrupt):
            train(tiny_config(made, output=output))
    with pytest.raises(ConfigError, match=r"--resume: the run in .*changed was started with"):
        train(tiny_config(made, output=output, training={"learning_rate": 1e-3}), resume=True)
    # Without --resume the old checkpoints are gone, and can't be mistaken for this run's.
    train(tiny_config(made, output=output, training={"max_steps": 1}))
    assert not (Path(output) / "checkpoints").exists()
    with caplog.at_level(logging.WARNING):
        train(tiny_config(made, output=output, training={"max_steps": 1}), resume=True)
    assert "nothing to resume" in caplog.text


def test_out_of_memory_halves_the_batch(
    made: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    original = Trainer.training_step
    sizes: list[int] = []

    def training_step(self: Any, model: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        sizes.append(len(inputs["labels"]))
        if self.state.global_step >= 5 and len(inputs["labels"]) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return original(self, model, inputs, *args, **kwargs)

    monkeypatch.setattr(Trainer, "training_step", training_step)
    with caplog.at_level(logging.WARNING):
        folder = train(tiny_config(made, output=str(made / "small")))
    assert (
        "out of memory: goes on with batches of 2 and gradients of 2 of them a step" in caplog.text
    )
    # Six steps of one batch of four (the last fails), then from the checkpoint of step 4.
    assert sizes[:6] == [4] * 6
    assert sum(sizes[6:]) == 45 - 4 * 4
    assert set(sizes[6:]) <= {1, 2}
    assert settings(folder)["log"][-2]["step"] == STEPS


def test_other_errors_are_not_swallowed(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def training_step(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("something else")

    monkeypatch.setattr(Trainer, "training_step", training_step)
    with pytest.raises(RuntimeError, match="something else"):
        train(tiny_config(made, output=str(made / "failed")))


def test_early_stopping_keeps_the_best(made: Path) -> None:
    training = {
        "max_steps": 40,
        "learning_rate": 0.05,
        "metric_for_best_model": "macro_f1",
        "early_stopping_patience": 2,
    }
    folder = train(tiny_config(made, output=str(made / "early"), training=training))
    log = [record for record in settings(folder)["log"] if "eval_macro_f1" in record]
    best = max(log, key=lambda record: record["eval_macro_f1"])
    assert log[-1]["step"] < 40
    assert log[-1]["step"] == best["step"] + 2 * 2


def test_a_test_split_decides(made: Path) -> None:
    write_csv(made / "test.csv", statements(21, subjects=["clinic", "school"]))
    data = {"test": [{"path": "test.csv", "format": "stance"}]}
    rows = [r for r in statements(60) if r["target"] not in ("the clinic", "the school")]
    write_csv(made / "others.csv", rows)
    source = {"path": "others.csv", "format": "stance"}
    data["train"] = [{**source, "where": {"split": "train"}}]  # type: ignore[dict-item]
    data["dev"] = [{**source, "where": {"split": "dev"}}]  # type: ignore[dict-item]
    folder = train(tiny_config(made, output=str(made / "tested"), data=data))
    test, dev = read_comparisons(folder)
    assert (test.split, test.n) == ("test", 21)
    assert dev.split == "dev"
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert card.index(test.sentence) < card.index(dev.sentence)
    assert "stance items 21" in card


def test_without_training_it_is_not_an_improvement(made: Path) -> None:
    config = tiny_config(made, output=str(made / "untrained"), training={"max_steps": 0})
    (comparison,) = read_comparisons(train(config))
    assert comparison.differences["macro_f1"].verdict == "open"
    assert comparison.sentence.startswith("Not shown to be an improvement")


def test_folds_give_mean_and_spread(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = {
        "train": [{"path": "rows.csv", "format": "stance"}],
        "dev": [],
        "split": {"folds": 3, "by": "target"},
    }
    config = tiny_config(made, output=str(made / "folds"), data=data)
    folder = train(config)
    (comparison,) = read_comparisons(folder)
    assert (comparison.split, comparison.n, len(comparison.folds)) == ("folds", 60, 3)
    assert "Over 3 folds, macro-F1 is " in (folder / "README.md").read_text(encoding="utf-8")
    means = np.mean(comparison.folds, axis=0)
    assert means[1] > means[0]
    assert settings(folder)["calibration"]["temperature"] > 0
    # Some 100 MB a fold are not kept, with real models.
    assert not list((folder / "folds").rglob("*.safetensors"))
    answers = {p: p.read_text() for p in (folder / "folds").rglob("answers.json")}
    assert len(answers) == 3
    # Finished folds are not trained again.
    monkeypatch.setattr("stancekit.training.stance._InMemory.logits", None)
    assert same(folder, train(config, resume=True))


def test_the_output_layer_alone(made: Path) -> None:
    config = tiny_config(
        made,
        output=str(made / "output"),
        model={"fit_output": 0.1, "calibrated": True},
        training={"max_steps": 0},
    )
    folder = train(config)
    done = settings(folder)["output_fit"]
    assert done["loss_after"] < done["loss_before"]
    assert done["pairs"] == 45
    before, after = read_float_weights(made / "base"), read_float_weights(folder)
    # Which columns the 8-bit graph keeps is found anew, from other texts.
    names = [name for name in before if not name.endswith(".outliers")]
    changed = {name for name in names if not np.array_equal(before[name], after[name])}
    assert changed == {"classifier.out_proj.weight", "classifier.out_proj.bias"}
    assert "The output layer was fitted to 45 pairs" in (folder / "README.md").read_text()


def test_a_strong_penalty_changes_nothing(made: Path) -> None:
    config = tiny_config(
        made,
        output=str(made / "held"),
        model={"fit_output": 1e6, "calibrated": True},
        data={"dev": []},
        training={"max_steps": 0},
    )
    folder = train(config)
    rows = statements(12)
    targets = [Target.from_text(r["target"]) for r in rows]
    held = StanceScorer.from_pretrained(folder).score_pairs(rows, targets)
    base = StanceScorer.from_pretrained(made / "base").score_pairs(rows, targets)
    # The base's calibration is now in the weights.
    assert settings(folder)["calibration"] == {}
    assert held == pytest.approx(base, abs=0.02)


def test_the_calibration_moves_into_the_weights(made: Path) -> None:
    config = tiny_config(made, model={"calibrated": True}, training={"max_steps": 0})
    plain = base_model(tiny_config(made, training={"max_steps": 0}), LABELS)
    model = base_model(config, LABELS)
    ids = torch.tensor([[0, 6, 7, 2]])
    with torch.inference_mode():
        expected = plain(input_ids=ids).logits / 2 + torch.tensor([0, -0.5, 0])
        assert torch.allclose(model(input_ids=ids).logits, expected, atol=1e-5)


def test_lora_is_merged(made: Path) -> None:
    pytest.importorskip("peft")
    config = tiny_config(
        made,
        output=str(made / "lora"),
        model={"lora": {"r": 4, "lora_alpha": 8}},
        training={"learning_rate": 2e-2},
    )
    folder = train(config)
    names = set(load_torch(made / "base").state_dict())
    assert set(load_torch(folder).state_dict()) == names
    (comparison,) = read_comparisons(folder)
    assert comparison.differences["macro_f1"].verdict == "better"
    assert "LoRA of rank 4" in (folder / "README.md").read_text(encoding="utf-8")
    wrong = {"lora": {"target_modules": ["no_such_layer"]}}
    with pytest.raises(ConfigError, match=r"model\.lora\.target_modules"):
        train(tiny_config(made, output=str(made / "lora2"), model=wrong))


def test_lora_needs_its_extra(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(MissingExtraError, match=r"stancekit\[lora\]"):
        train(tiny_config(made, output=str(made / "lora3"), model={"lora": {}}))


def test_the_bar_shows_loss_and_dev_metric() -> None:
    drawn = io.StringIO()
    bar = ProgressBar(Console(file=drawn, force_terminal=True, width=120))
    state: Any = types.SimpleNamespace(max_steps=8, global_step=2)
    none: Any = None
    bar.on_train_begin(none, state, none)
    bar.on_log(none, state, none, logs={"loss": 1.2345})
    bar.on_log(none, state, none, logs={"eval_macro_f1": 0.5, "eval_loss": 1.0})
    state.global_step = 8
    bar.on_step_end(none, state, none)
    bar.close()
    assert "8/8" in drawn.getvalue()
    assert "loss 1.234, dev macro-F1 0.500" in drawn.getvalue() or "1.235" in drawn.getvalue()


def test_the_base_is_never_overwritten(made: Path) -> None:
    with pytest.raises(ConfigError, match="base model's own folder"):
        train(tiny_config(made, output=str(made / "base")))


def test_uploading(made: Path, whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    from stancekit.training.hub import push_to_hub

    calls: list[tuple[str, Any]] = []

    class Api:
        def __init__(self, token: str | None = None) -> None:
            calls.append(("token", token))

        def create_repo(self, name: str, **options: Any) -> str:
            calls.append(("create", (name, options["private"])))
            return f"https://huggingface.co/{name}"

        def upload_folder(self, **options: Any) -> None:
            calls.append(("upload", (options["repo_id"], options["folder_path"])))

    monkeypatch.setattr(huggingface_hub, "HfApi", Api)
    assert push_to_hub(whole, "me/mine", token="secret") == "https://huggingface.co/me/mine"
    assert calls == [
        ("token", "secret"),
        ("create", ("me/mine", True)),
        ("upload", ("me/mine", str(whole))),
    ]
    calls.clear()
    monkeypatch.setattr(huggingface_hub, "get_token", lambda: None)
    config = tiny_config(
        made, output=str(made / "up"), hub={"model_id": "me/mine"}, training={"max_steps": 0}
    )
    with pytest.raises(ConfigError, match="hf auth login"):
        train(config)
    monkeypatch.setattr(huggingface_hub, "get_token", lambda: "secret")
    train(config)
    assert [name for name, _ in calls] == ["token", "create", "upload"]


def toml(made: Path, config: TrainConfig) -> Path:
    path = made / "check.toml"
    values = config.model_dump(mode="json", exclude_none=True, exclude_defaults=True)

    def table(name: str, section: dict[str, Any]) -> str:
        lines = [f"[{name}]"]
        nested = []
        for key, value in section.items():
            if isinstance(value, list):
                nested += [f"[[{name}.{key}]]\n" + body(item) for item in value]
            else:
                lines.append(f"{key} = {json.dumps(value)}")
        return "\n".join([*lines, *nested])

    def body(item: dict[str, Any]) -> str:
        return "\n".join(
            f"{k} = {json.dumps(v) if not isinstance(v, dict) else inline(v)}"
            for k, v in item.items()
        )

    def inline(value: dict[str, Any]) -> str:
        return "{ " + ", ".join(f"{k} = {json.dumps(v)}" for k, v in value.items()) + " }"

    plain = [f"{k} = {json.dumps(v)}" for k, v in values.items() if not isinstance(v, dict)]
    tables = [table(k, v) for k, v in values.items() if isinstance(v, dict)]
    path.write_text("\n".join([*plain, *tables]) + "\n", encoding="utf-8")
    return path


def test_check_says_what_a_run_would_do(made: Path) -> None:
    path = toml(made, tiny_config(made, training={"max_steps": -1}))
    lines = check_config(path)
    assert "train: rows.csv: 45 records (against 15, favor 15, none 15)" in lines
    assert "dev: 15 records (against 5, favor 5, none 5)" in lines
    assert "45 pairs an epoch, 3 epochs, batches of 4: 36 steps" in lines
    assert any(line.startswith("time: about ") for line in lines)
    assert any(line.startswith("memory: about 0.0 GB") for line in lines)
    # An override is checked, too.
    assert any(
        "12 steps" in line for line in check_config(path, overrides=["training.max_steps=12"])
    )


def test_check_names_every_problem_at_once(made: Path) -> None:
    config = tiny_config(made, model={"base": "./nowhere"}, data={"wordings": "nothing.toml"})
    path = toml(made, config)
    text = path.read_text().replace("rows.csv", "missing.csv")
    path.write_text(text)
    with pytest.raises(DataError) as caught:
        check_config(path)
    told = str(caught.value)
    assert "model.base: ./nowhere: no such folder" in told
    assert "data.wordings: nothing.toml" in told
    assert told.count("missing.csv: No such file") == 2


def test_before_and_after_are_printed(
    made: Path, whole: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from stancekit import cli
    from stancekit.training import run

    monkeypatch.setattr(run, "train", lambda *_, **__: whole)
    assert cli.main(["train", "c.toml"]) == 0
    shown = capsys.readouterr()
    assert shown.out == f"{whole}\n"
    (comparison,) = read_comparisons(whole)
    assert comparison.sentence in shown.err
    assert "15 dev rows" in shown.err.splitlines()[0]


def test_an_interrupted_command_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from stancekit import cli
    from stancekit.training import run

    def interrupted(*_: Any, **__: Any) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "train", interrupted)
    assert cli.main(["train", "c.toml"]) == 130
    assert "--resume goes on" in capsys.readouterr().err


def test_premises_are_those_of_scoring() -> None:
    from stancekit.training.stance import held_out_pairs

    record = statements(1)[0]
    ((premise, hypothesis, label),) = held_out_pairs([record])
    assert premise == Premise.of(record).render()
    assert hypothesis == Target.from_text(record["target"]).favor[0].replace("{speaker}", "Roe")
    assert label == LABELS.index("entailment")


def test_checkpoints_that_are_not_ours_are_left(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "checkpoint-3").mkdir()
    loop.remove_run(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
