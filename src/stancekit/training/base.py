"""What training starts from: a bundled model, a model folder, an NLI model, or any encoder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoConfig,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    PreTrainedModel,
)

from stancekit.attribution import attributor
from stancekit.errors import ModelError
from stancekit.inference.export import load_torch
from stancekit.inference.folder import STANCEKIT_FILE, ModelFolder
from stancekit.stance import scorer
from stancekit.stance.labels import NliLabels
from stancekit.training.config import TrainConfig

_BUNDLED = {"attribution": attributor.BUNDLED, "stance": scorer.BUNDLED}
_CLASSES: dict[str, Any] = {
    "attribution": AutoModelForTokenClassification,
    "stance": AutoModelForSequenceClassification,
}


def base_path(config: TrainConfig) -> str:
    """Where the base lies: a folder or a hub name."""
    return str(_BUNDLED[config.task]) if config.base == "bundled" else config.base


def base_model(config: TrainConfig, labels: Sequence[str]) -> PreTrainedModel:
    """The model that training changes, with the given labels in their order.

    A model that stancekit made goes on from its own weights. Of an NLI model,
    the output layer is kept and put into the order of the labels. Any other
    encoder gets a fresh output layer.

    Args:
        config: The run's configuration.
        labels: The labels of the result.

    Raises:
        ModelError: It can't be loaded, or is for another purpose.
    """
    path = base_path(config)
    if (Path(path) / STANCEKIT_FILE).is_file():
        folder = ModelFolder.open(path)
        folder.expect(config.task)
        if folder.labels != tuple(labels):
            raise ModelError(f"{path}: expected the labels {', '.join(labels)}")
        model = load_torch(Path(path), dither=config.seed)
    else:
        model = _pretrained(config, path, labels)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = config.model.dropout
    return model


def _pretrained(config: TrainConfig, path: str, labels: Sequence[str]) -> PreTrainedModel:
    names = {"id2label": dict(enumerate(labels)), "label2id": {n: i for i, n in enumerate(labels)}}
    try:
        found = AutoConfig.from_pretrained(path)
        model: PreTrainedModel = _CLASSES[config.task].from_pretrained(
            path, num_labels=len(labels), use_safetensors=True, **names
        )
    except (OSError, ValueError, RuntimeError) as error:
        first = (str(error).strip() or repr(error)).splitlines()[0]
        raise ModelError(f"{path}: can't be loaded as a base model: {first}") from error
    classifies = any(
        name.endswith("ForSequenceClassification") for name in found.architectures or ()
    )
    if config.task == "stance" and classifies and len(found.id2label) == len(labels):
        order = NliLabels.read([found.id2label[i] for i in range(len(labels))])
        _reorder_output(model, [order.entailment, order.neutral or 0, order.contradiction or 0])
    return model


def _reorder_output(model: PreTrainedModel, order: Sequence[int]) -> None:
    """Puts the rows of the output layer, the last linear one, into another order."""
    output = [m for m in model.modules() if isinstance(m, torch.nn.Linear)][-1]
    with torch.no_grad():
        output.weight.copy_(output.weight[list(order)].clone())
        if output.bias is not None:
            output.bias.copy_(output.bias[list(order)].clone())
