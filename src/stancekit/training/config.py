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


class LoraSection(Section):
    """``[model.lora]``: train low-rank additions only, under the names of `peft.LoraConfig`.

    They are merged into the weights at the end, so that the result is a usual model folder.
    """

    r: Positive = 16
    lora_alpha: Positive = 32
    lora_dropout: Share = 0.0
    target_modules: str | list[str] = "all-linear"


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
        description="relevance: the stance model ('bundled', a folder) that this one stands before",
    )
    freeze_layers: Annotated[int, Field(ge=0)] = Field(
        default=0, description="freeze the embeddings and this many of the lowest layers"
    )
    calibrated: bool = Field(
        default=False,
        description="stance: start from the base's calibrated answers, not from its raw ones",
    )
    fit_output: Annotated[float, Field(gt=0)] | None = Field(
        default=None,
        description="stance: before training, fit the output layer, held where it was with this "
        "penalty; with max_steps = 0 that is all, and takes seconds",
    )
    lora: LoraSection | None = None


class DataSource(Section):
    """Records from a file (JSONL, CSV with a header, Parquet) or a Hugging Face dataset.

    Attributes:
        path: A file, relative to ``root``.
        root: The folder of this file, where it is not ``data.root``.
        dataset: In place of ``path``: a dataset of the Hugging Face hub, or a folder that
            `datasets.load_dataset` reads.
        name: The dataset's configuration, where it has several.
        split: The dataset's split, by default ``train``.
        revision: The dataset's version: a branch, a tag or a commit.
        format: ``attribution`` (text, attributions), ``nli`` (premise, hypothesis, label),
            ``stance`` (text, target or claim, label, optionally speaker and context),
            ``sentiment`` (text, mention, sentiment positive/negative/neutral toward it).
        where: Keep only records whose fields equal these values.
        columns: The file's name of a field, where it has another: ``text = "tweet"``.
        labels: What the file's labels mean: ``PRO = "favor"``.
        fill: Fields that all records share: ``target = "a carbon tax"``.
        sample: At most this many records, drawn with the run's seed.
        repeat: How often each record is used an epoch, with new wordings each time.
    """

    path: str | None = None
    root: str | None = None
    dataset: str | None = None
    name: str | None = None
    split: str | None = None
    revision: str | None = None
    format: Literal["attribution", "nli", "stance", "sentiment"]
    where: dict[str, str] = {}
    columns: dict[str, str] = {}
    labels: dict[str, str] = {}
    fill: dict[str, str] = {}
    sample: Positive | None = None
    repeat: Positive = 1

    @model_validator(mode="after")
    def _one_origin(self) -> DataSource:
        if (self.path is None) == (self.dataset is None):
            raise ValueError("give path or dataset, and only one of them")
        if self.dataset is None and {"name", "split", "revision"} & self.model_fields_set:
            raise ValueError("name, split and revision belong to a dataset, not to a path")
        return self

    @property
    def title(self) -> str:
        """What messages and cards call it: the path, or ``dataset/name[split]``."""
        if self.path is not None:
            return self.path
        return f"{self.dataset}{'/' + self.name if self.name else ''}[{self.split or 'train'}]"


class SplitSection(Section):
    """``[data.split]``: divides the training records of the task, so that no file need say it.

    Attributes:
        dev: Share for choosing the checkpoint and the calibration.
        test: Share for the figures of the card alone.
        folds: In place of shares: as many trainings, each measured on another part; the model
            that is kept is then trained on everything.
        by: What is never torn apart: ``row`` (only repeated texts stay together; labels are
            spread evenly), ``target`` (is it better on targets it has not seen?), or
            ``document`` (a field of that name, which ``columns`` may map).
    """

    dev: Annotated[float, Field(ge=0, lt=1)] = 0.0
    test: Annotated[float, Field(ge=0, lt=1)] = 0.0
    folds: Annotated[int, Field(ge=2, le=20)] | None = None
    by: Literal["row", "target", "document"] = "row"

    @model_validator(mode="after")
    def _one_way(self) -> SplitSection:
        shares = self.dev + self.test
        if self.folds is not None and shares:
            raise ValueError("give folds, or shares for dev and test, not both")
        if self.folds is None and not shares:
            raise ValueError("give folds, or a share for dev or test")
        if shares >= 1:
            raise ValueError("dev and test leave nothing to train on")
        return self


class DataSection(Section):
    """``[data]``: what is trained on, what chooses the checkpoint, and what is only measured."""

    root: str = "."
    train: list[DataSource] = Field(min_length=1)
    dev: list[DataSource] = Field(
        default=[], description="chooses the checkpoint and the calibration"
    )
    test: list[DataSource] = Field(default=[], description="for the figures of the card alone")
    split: SplitSection | None = None
    wordings: str | None = Field(
        default=None,
        description="stance, relevance: TOML with hand-written sentences for the data's targets",
    )
    against: Share = Field(
        default=0.0, description="stance, relevance: share of pairs that ask an against sentence"
    )
    unrelated: Share = Field(
        default=0.0, description="stance: share of extra pairs with another record's target (none)"
    )

    @model_validator(mode="after")
    def _split_once(self) -> DataSection:
        for part in ("dev", "test"):
            if (
                getattr(self, part)
                and self.split
                and (self.split.folds or getattr(self.split, part))
            ):
                raise ValueError(f"data.{part} names files, and data.split makes another one")
        return self


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
    bf16: bool = False  # where the machine is no slower in it
    save_steps: Positive = 200
    logging_steps: Positive = 50
    eval_steps: Positive | None = Field(
        default=None, description="measure the dev data after every so many steps"
    )
    metric_for_best_model: Literal["macro_f1", "polarity_accuracy", "loss"] | None = Field(
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


class HubSection(Section):
    """``[hub]``: where the finished folder is uploaded to, with the user's own token."""

    model_id: str = Field(pattern=r"^[\w.-]+/[\w.-]+$", description="owner/name")
    private: bool = True


# What a task can be trained on; it is measured on the first.
_FORMATS = {
    "attribution": ("attribution",),
    "relevance": ("stance", "sentiment"),
    "stance": ("stance", "nli", "sentiment"),
}


class TrainConfig(Section):
    """A whole training configuration."""

    task: Literal["attribution", "relevance", "stance"]
    seed: int = 13
    output: str
    model: ModelSection
    data: DataSection
    training: TrainingSection = TrainingSection()
    card: CardSection = CardSection()
    hub: HubSection | None = None

    @model_validator(mode="after")
    def _fits_the_task(self) -> TrainConfig:
        metric = self.training.metric_for_best_model
        formats = _FORMATS[self.task]
        for part in ("train", "dev", "test"):
            measured = set(formats if part == "train" else formats[:1])
            for number, source in enumerate(getattr(self.data, part)):
                if source.format not in measured:
                    raise ValueError(
                        f"data.{part}.{number}: format {source.format!r} does not serve for "
                        f"{part} of the task {self.task!r}"
                    )
        if self.task == "relevance":
            if metric or self.training.eval_steps:
                raise ValueError("relevance is measured when training has ended, not before")
            if self.data.test or self.data.split:
                raise ValueError("relevance knows data.dev only: no data.test, no data.split")
            if self.model.lora:
                raise ValueError("model.lora is for attribution and stance")
            if self.data.unrelated or self.training.label_smoothing_factor:
                raise ValueError("data.unrelated and label_smoothing_factor are not for relevance")
        elif self.model.screens:
            raise ValueError("model.screens is for the task 'relevance'")
        if self.task != "stance" and (self.model.calibrated or self.model.fit_output):
            raise ValueError("model.calibrated and fit_output are for the task 'stance'")
        if self.task == "attribution":
            if metric not in (None, "loss"):
                raise ValueError("attribution knows one metric_for_best_model, 'loss'")
            if self.data.split and self.data.split.by == "target":
                raise ValueError("data.split.by: attributions have no target")
        if self.model.lora and self.model.freeze_layers:
            raise ValueError("model.lora leaves the layers as they are: drop freeze_layers")
        if metric and self.data.split and self.data.split.folds:
            raise ValueError("folds leave no dev data for metric_for_best_model")
        return self

    def source_path(self, source: DataSource) -> Path:
        """Where a data file is."""
        return Path(source.root or self.data.root) / str(source.path)

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
