"""What both tasks share: the base model, the batches and transformers' `Trainer`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import Dataset
from transformers import (
    EarlyStoppingCallback,
    EvalPrediction,
    PreTrainedModel,
    Trainer,
    TrainingArguments,
)
from transformers.trainer_utils import get_last_checkpoint

from stancekit.errors import ConfigError
from stancekit.training.config import TrainConfig

logger = logging.getLogger(__name__)

Example = dict[str, list[int] | int]


class Examples(Dataset[Example]):
    """Tokenized examples, in memory; ``length`` lets the sampler batch like with like."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self.examples = examples

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, index: int) -> Example:
        return self.examples[index]


def pad_collator(pad_id: int) -> Callable[[list[Example]], dict[str, torch.Tensor]]:
    """Pads a batch to its longest example; label padding is -100, which the loss skips."""

    def collate(batch: list[Example]) -> dict[str, torch.Tensor]:
        width = max(len(example["input_ids"]) for example in batch)  # type: ignore[arg-type]
        padding = {"input_ids": pad_id, "attention_mask": 0, "labels": -100}
        tensors = {}
        for key in batch[0]:
            if key == "length":
                continue
            first = batch[0][key]
            if isinstance(first, list):
                rows = [
                    [*example[key], *[padding[key]] * (width - len(example[key]))]  # type: ignore[misc, arg-type]
                    for example in batch
                ]
                tensors[key] = torch.tensor(rows)
            else:
                tensors[key] = torch.tensor([example[key] for example in batch])
        return tensors

    return collate


def freeze_lowest(model: PreTrainedModel, layers: int) -> None:
    """Stops training of the embeddings and of the lowest encoder layers."""
    if not layers:
        return
    encoder = model.base_model
    for parameter in encoder.embeddings.parameters():
        parameter.requires_grad = False
    for layer in encoder.encoder.layer[:layers]:
        for parameter in layer.parameters():
            parameter.requires_grad = False


def fit(
    model: PreTrainedModel,
    examples: Sequence[Example],
    config: TrainConfig,
    output: Path,
    *,
    pad_id: int,
    resume: bool,
    show_progress: bool,
    compute_loss: Callable[..., torch.Tensor] | None = None,
    held_out: Sequence[Example] = (),
    compute_metrics: Callable[[EvalPrediction], dict[str, float]] | None = None,
) -> list[dict[str, Any]]:
    """Runs the training loop and returns its log, one record a logging step.

    Args:
        model: What is trained, in place.
        examples: Tokenized, in any order.
        config: The run's configuration.
        output: Checkpoints go to a folder in it.
        pad_id: The tokenizer's padding token.
        resume: Go on from the last checkpoint, if there is one.
        show_progress: Show transformers' progress bar.
        compute_loss: In place of the model's own: ``(outputs, labels, num_items_in_batch)``.
        held_out: Dev examples, measured every ``eval_steps``.
        compute_metrics: What is measured on them.

    Raises:
        ConfigError: The configuration asks for dev metrics, and there is no dev data.
    """
    training = config.training
    if training.max_steps == 0:
        return []
    measured = bool(held_out and training.eval_steps)
    if training.metric_for_best_model and not measured:
        raise ConfigError("training.metric_for_best_model: there is no dev data to measure it on")
    arguments = TrainingArguments(
        output_dir=str(output / "checkpoints"),
        seed=config.seed,
        data_seed=config.seed,
        save_total_limit=1,
        save_strategy="steps",
        eval_strategy="steps" if measured else "no",
        load_best_model_at_end=training.metric_for_best_model is not None,
        train_sampling_strategy="group_by_length",
        length_column_name="length",
        remove_unused_columns=False,
        report_to=[],
        disable_tqdm=not show_progress,
        dataloader_num_workers=0,
        use_cpu=not torch.cuda.is_available(),
        **training.model_dump(exclude={"early_stopping_patience"}),
    )
    trainer = Trainer(
        model=model,
        args=arguments,
        train_dataset=Examples(examples),
        data_collator=pad_collator(pad_id),
        compute_loss_func=compute_loss,
        eval_dataset=Examples(held_out) if measured else None,
        compute_metrics=compute_metrics if measured else None,
    )
    if training.early_stopping_patience:
        trainer.add_callback(EarlyStoppingCallback(training.early_stopping_patience))
    checkpoint = get_last_checkpoint(arguments.output_dir) if resume else None
    trainer.train(resume_from_checkpoint=checkpoint)
    # With bf16, accelerate has wrapped forward in autocast, which would be exported too.
    trainer.accelerator.unwrap_model(model, keep_fp32_wrapper=False)
    return list(trainer.state.log_history)
