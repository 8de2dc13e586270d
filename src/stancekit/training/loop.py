"""What the tasks share: the batches and transformers' `Trainer`, interrupted and resumed."""

from __future__ import annotations

import gc
import hashlib
import json
import logging
import shutil
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import torch
from accelerate.utils.memory import clear_device_cache, should_reduce_batch_size
from torch.utils.data import Dataset
from transformers import (
    EarlyStoppingCallback,
    EvalPrediction,
    PreTrainedModel,
    PrinterCallback,
    Trainer,
    TrainingArguments,
    set_seed,
)
from transformers.utils import logging as transformers_logging

from stancekit.errors import ConfigError, MissingExtraError
from stancekit.training.config import LoraSection, TrainConfig
from stancekit.training.hardware import trains_in_half
from stancekit.training.progress import ProgressBar, SaveOnInterrupt

logger = logging.getLogger(__name__)

Example = dict[str, list[int] | int]
Trained = TypeVar("Trained", bound=torch.nn.Module)


class Examples(Dataset[Example]):
    """Tokenized examples, in memory; ``length`` lets the sampler batch like with like."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self.examples = examples

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, index: int) -> Example:
        return self.examples[index]


Collator = Callable[[list[Example]], dict[str, torch.Tensor]]


def padded(rows: Sequence[Sequence[int]], value: int) -> torch.Tensor:
    """``(n, width of the longest)``, filled up with a value."""
    width = max(len(row) for row in rows)
    return torch.tensor([[*row, *[value] * (width - len(row))] for row in rows])


def pad_collator(pad_id: int) -> Collator:
    """Pads a batch to its longest example; label padding is -100, which the loss skips."""
    padding = {"input_ids": pad_id, "attention_mask": 0, "labels": -100}

    def collate(batch: list[Example]) -> dict[str, torch.Tensor]:
        tensors = {}
        for key, first in batch[0].items():
            if key == "length":
                continue
            values: list[Any] = [example[key] for example in batch]
            tensors[key] = (
                padded(values, padding[key]) if isinstance(first, list) else torch.tensor(values)
            )
        return tensors

    return collate


def with_lora(model: PreTrainedModel, section: LoraSection, *, task: str) -> Any:
    """The model with low-rank additions, which alone are trained, beside the output layer.

    Hu et al., LoRA: Low-Rank Adaptation of Large Language Models, 2022.

    Raises:
        MissingExtraError: peft is not installed.
        ConfigError: The target modules aren't there.
    """
    try:
        import peft
    except ImportError as error:
        raise MissingExtraError("model.lora", "lora") from error
    # The output layer is trained whole, by its name in the model: "classifier", as a rule.
    output = [
        name
        for name, module in model.named_children()
        if module is not model.base_model and any(True for _ in module.parameters())
    ]
    settings = peft.LoraConfig(
        task_type="TOKEN_CLS" if task == "attribution" else "SEQ_CLS",
        modules_to_save=output,
        exclude_modules="|".join(rf"{name}(\..*)?" for name in output),
        **section.model_dump(),
    )
    try:
        with warnings.catch_warnings():
            # peft asks transformers for an attribute under its older name.
            warnings.filterwarnings("ignore", ".*is_gradient_checkpointing", FutureWarning)
            return peft.get_peft_model(model, settings)
    except ValueError as error:
        raise ConfigError(f"model.lora.target_modules: {error}") from error


CHECKPOINTS = "checkpoints"
_RUN_FILE = "run.json"


def _fingerprint(config: TrainConfig, *examples: Sequence[Example]) -> str:
    """What two runs must share for one to go on from the other's checkpoint."""
    settings = config.model_dump(
        mode="json",
        include={"task": True, "seed": True, "model": True, "training": True},
        exclude={"model": {"path"}, "training": {"logging_steps"}},
    )
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for part in examples:
        digest.update(json.dumps(part, sort_keys=True).encode())
    return digest.hexdigest()


def _last_checkpoint(folder: Path) -> Path | None:
    """The newest whole checkpoint; a torn one, whose saving was killed, is removed.

    The trainer's state is what is written last into one.
    """
    found = sorted(folder.glob("checkpoint-*"), key=lambda path: int(path.name.rsplit("-")[-1]))
    for path in reversed(found):
        try:
            json.loads((path / "trainer_state.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            shutil.rmtree(path)
        else:
            return path
    return None


def prepare_checkpoints(folder: Path, fingerprint: str, *, resume: bool) -> Path | None:
    """The checkpoint to go on from, if any; without ``resume``, clears those of earlier runs.

    Args:
        folder: Of the checkpoints.
        fingerprint: Of the run's configuration and data.
        resume: Whether to go on.

    Raises:
        ConfigError: The checkpoints are of a run with another configuration or other data.
    """
    file = folder / _RUN_FILE
    if resume and file.is_file():
        if json.loads(file.read_text(encoding="utf-8")).get("fingerprint") != fingerprint:
            raise ConfigError(
                f"--resume: the run in {folder.parent} was started with another configuration or "
                "other data; start it anew without --resume"
            )
        return _last_checkpoint(folder)
    if resume:
        logger.warning("%s: nothing to resume, training starts from the beginning", folder.parent)
    for path in folder.glob("checkpoint-*"):
        shutil.rmtree(path)
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"fingerprint": fingerprint}), encoding="utf-8")
    return None


def remove_run(folder: Path) -> None:
    """Removes the checkpoints of a run that has ended, and nothing that isn't ours."""
    for path in folder.glob("checkpoint-*"):
        shutil.rmtree(path)
    (folder / _RUN_FILE).unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def fit(
    make_model: Callable[[], Trained],
    examples: Sequence[Example],
    config: TrainConfig,
    output: Path,
    *,
    collate: Collator,
    resume: bool,
    show_progress: bool,
    compute_loss: Callable[..., torch.Tensor] | None = None,
    held_out: Sequence[Example] = (),
    compute_metrics: Callable[[EvalPrediction], dict[str, float]] | None = None,
) -> tuple[Trained, list[dict[str, Any]]]:
    """Runs the training loop.

    Where memory runs out, batches are halved and gradients accumulated over twice as many of
    them, so that a step still sees as many examples (the relevance loss, which compares within a
    batch, then compares fewer); the run goes on from its last checkpoint.

    Args:
        make_model: Gives the model that training starts from, the same at every call.
        examples: Tokenized, in any order.
        config: The run's configuration.
        output: Checkpoints go to a folder in it.
        collate: Makes tensors of a batch.
        resume: Go on from the last checkpoint, if there is one.
        show_progress: Show a progress bar on standard error.
        compute_loss: In place of the model's own: ``(outputs, labels, num_items_in_batch)``.
        held_out: Dev examples, measured every ``eval_steps``.
        compute_metrics: What is measured on them, beside the loss.

    Returns:
        The trained model, and its log, one record a logging step or measurement.

    Raises:
        ConfigError: The configuration asks for dev metrics, and there is no dev data; or the
            checkpoints to go on from are another run's.
        MissingExtraError: ``model.lora`` without peft.
        KeyboardInterrupt: After Ctrl-C, with a checkpoint saved.
    """
    training = config.training
    # Fresh layers are random: without this, no run repeats.
    set_seed(config.seed)
    if training.max_steps == 0:
        return make_model(), []
    measured = bool(held_out and training.eval_steps)
    if training.metric_for_best_model and not measured:
        raise ConfigError("training.metric_for_best_model: there is no dev data to measure it on")
    folder = output / CHECKPOINTS
    fingerprint = _fingerprint(config, examples, held_out if measured else ())
    checkpoint = prepare_checkpoints(folder, fingerprint, resume=resume)
    sizes = {
        name: getattr(training, name)
        for name in (
            "per_device_train_batch_size",
            "per_device_eval_batch_size",
            "gradient_accumulation_steps",
        )
    }
    while True:
        set_seed(config.seed)
        model: Any = make_model()
        if config.model.lora is not None:
            model = with_lora(model, config.model.lora, task=config.task)
        trainer = Trainer(
            model=model,
            args=_arguments(config, folder, sizes, measured=measured),
            train_dataset=Examples(examples),
            data_collator=collate,
            compute_loss_func=compute_loss,
            eval_dataset=Examples(held_out) if measured else None,
            compute_metrics=compute_metrics if measured else None,
        )
        try:
            log = _run(trainer, config, checkpoint, show_progress=show_progress)
        except RuntimeError as error:
            batch = sizes["per_device_train_batch_size"]
            if batch == 1 or not should_reduce_batch_size(error):
                raise
            sizes["per_device_train_batch_size"] = batch // 2
            sizes["per_device_eval_batch_size"] = max(1, sizes["per_device_eval_batch_size"] // 2)
            sizes["gradient_accumulation_steps"] *= 2
        else:
            break
        # Out of the except clause: the error's traceback would keep the model alive.
        del trainer, model
        gc.collect()
        clear_device_cache()
        checkpoint = _last_checkpoint(folder)
        logger.warning(
            "out of memory: goes on with batches of %d and gradients of %d of them a step",
            sizes["per_device_train_batch_size"],
            sizes["gradient_accumulation_steps"],
        )
    # With bf16, accelerate has wrapped forward in autocast, which would be exported too.
    trainer.accelerator.unwrap_model(model, keep_fp32_wrapper=False)
    if config.model.lora is not None:
        model = model.merge_and_unload()
    return model, log


def _arguments(
    config: TrainConfig, folder: Path, sizes: dict[str, int], *, measured: bool
) -> TrainingArguments:
    training = config.training
    return TrainingArguments(
        output_dir=str(folder),
        seed=config.seed,
        data_seed=config.seed,
        save_total_limit=1,
        save_strategy="steps",
        eval_strategy="steps" if measured else "no",
        load_best_model_at_end=training.metric_for_best_model is not None,
        restore_callback_states_from_checkpoint=True,
        train_sampling_strategy="group_by_length",
        length_column_name="length",
        remove_unused_columns=False,
        report_to=[],
        disable_tqdm=True,
        dataloader_num_workers=0,
        use_cpu=not torch.cuda.is_available(),
        bf16=trains_in_half(training.bf16),
        **training.model_dump(exclude={"early_stopping_patience", "bf16"}) | sizes,
    )


@contextmanager
def _without_shard_bars() -> Iterator[None]:
    """Every saved checkpoint would draw a bar of its own."""
    shown = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            transformers_logging.enable_progress_bar()


def _run(
    trainer: Trainer, config: TrainConfig, checkpoint: Path | None, *, show_progress: bool
) -> list[dict[str, Any]]:
    training = config.training
    # Prints every log as a dictionary where there is no tqdm bar.
    trainer.remove_callback(PrinterCallback)
    if training.early_stopping_patience:
        trainer.add_callback(EarlyStoppingCallback(training.early_stopping_patience))
    bar = ProgressBar(metric=training.metric_for_best_model) if show_progress else None
    if bar is not None:
        trainer.add_callback(bar)
    interrupt = SaveOnInterrupt()
    trainer.add_callback(interrupt)
    try:
        with interrupt, _without_shard_bars():
            trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    finally:
        if bar is not None:
            bar.close()
    if interrupt.interrupted:
        raise KeyboardInterrupt
    return list(trainer.state.log_history)
