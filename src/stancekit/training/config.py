"""The tables of a training configuration.

Keys under ``[training]`` carry the names of `transformers.TrainingArguments`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from stancekit.config import Section

Positive = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]


class ModelSection(Section):
    """``[model]``: what training starts from."""

    base: str = Field(description="'bundled', a model folder, or a Hugging Face hub name")
    path: str | None = Field(default=None, description="a local folder that holds the base")
    average: list[str] = Field(
        default=[],
        description="models of the same shape; training starts from the mean of base and these",
    )
    max_length: Annotated[int, Field(ge=16, le=512)] = 256
    dropout: Share = 0.0
    screens: str | None = Field(
        default=None,
        description="stance: the larger model ('bundled', a folder) that this one stands before",
    )
    freeze_layers: Annotated[int, Field(ge=0)] = Field(
        default=0, description="freeze the embeddings and this many of the lowest layers"
    )


class DataSource(Section):
    """One file of training or dev records: JSONL, CSV with a header, or Parquet.

    Attributes:
        path: Relative to ``root``.
        root: The folder of this file, where it is not ``data.root``.
        format: ``attribution`` (text, attributions), ``nli`` (premise, hypothesis, label),
            ``stance`` (text, target or claim, label, optionally speaker and context),
            ``sentiment`` (text, mention, sentiment positive/negative/neutral toward it).
        where: Keep only records whose fields equal these values.
        columns: The file's name of a field, where it has another: ``text = "tweet"``.
        labels: What the file's labels mean: ``PRO = "favor"``.
        sample: At most this many records, drawn with the run's seed.
        repeat: How often each record is used an epoch, with new wordings each time.
    """

    path: str
    root: str | None = None
    format: Literal["attribution", "nli", "stance", "sentiment"]
    where: dict[str, str] = {}
    columns: dict[str, str] = {}
    labels: dict[str, str] = {}
    sample: Positive | None = None
    repeat: Positive = 1


class DataSection(Section):
    """``[data]``: files for training and for choosing the checkpoint."""

    root: str = "."
    train: list[DataSource] = Field(min_length=1)
    dev: list[DataSource] = []
    wordings: str | None = Field(
        default=None, description="stance: TOML with hand-written sentences for the data's targets"
    )
    against: Share = Field(
        default=0.0, description="stance: share of pairs that ask an against sentence"
    )
    unrelated: Share = Field(
        default=0.0, description="stance: share of extra pairs with another record's target (none)"
    )


class TrainingSection(Section):
    """``[training]``: passed on to transformers under the same names."""

    num_train_epochs: Annotated[float, Field(gt=0)] = 3.0
    max_steps: Annotated[int, Field(ge=-1)] = -1  # 0: no training, only the model folder
    per_device_train_batch_size: Positive = 8
    per_device_eval_batch_size: Positive = 32
    gradient_accumulation_steps: Positive = 1
    learning_rate: Annotated[float, Field(gt=0, lt=1)] = 5e-5
    lr_scheduler_type: Literal["linear", "cosine", "constant", "constant_with_warmup"] = "linear"
    warmup_steps: Annotated[float, Field(ge=0)] = 0.06  # below 1: a share of all steps
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    label_smoothing_factor: Share = 0.0
    max_grad_norm: Annotated[float, Field(gt=0)] = 1.0
    bf16: bool = False
    save_steps: Positive = 200
    logging_steps: Positive = 50
    eval_steps: Positive | None = Field(
        default=None, description="stance: measure the dev data after every so many steps"
    )
    metric_for_best_model: Literal["macro_f1", "polarity_accuracy"] | None = Field(
        default=None, description="keep the checkpoint that is best by this dev metric"
    )
    early_stopping_patience: Positive | None = Field(
        default=None, description="stop after so many measurements without a better one"
    )

    @model_validator(mode="after")
    def _fits_together(self) -> TrainingSection:
        if self.early_stopping_patience and not self.metric_for_best_model:
            raise ValueError("early_stopping_patience needs metric_for_best_model")
        if self.metric_for_best_model and (
            not self.eval_steps or self.save_steps % self.eval_steps
        ):
            raise ValueError(
                "metric_for_best_model needs save_steps that are a multiple of eval_steps"
            )
        return self


class CardSection(Section):
    """``[card]``: what the model card says beside the figures."""

    notes: str = Field(default="", description="Markdown: sources and their licences, limits")


class TrainConfig(Section):
    """A whole training configuration."""

    task: Literal["attribution", "stance"]
    seed: int = 13
    output: str
    model: ModelSection
    data: DataSection
    training: TrainingSection = TrainingSection()
    card: CardSection = CardSection()

    def source_path(self, source: DataSource) -> Path:
        """Where a data file is."""
        return Path(source.root or self.data.root) / source.path

    @property
    def base(self) -> str:
        """What to load the base model from."""
        return self.model.path or self.model.base

    def resolved(self) -> dict[str, Any]:
        """Every value, defaults included, as plain types, but for where things lie on a disk."""
        return self.model_dump(
            mode="json",
            exclude={"output": True, "model": {"path"}, "data": {"root"}},
            exclude_none=True,
        )
