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
from stancekit.inference.store import read_float_weights
from stancekit.stance import scorer
from stancekit.stance.labels import NliLabels
from stancekit.training.config import TrainConfig

NLI_LABELS = ("entailment", "neutral", "contradiction")
_BUNDLED = {
    "attribution": attributor.BUNDLED,
    "relevance": scorer.BUNDLED_RELEVANCE,
    "stance": scorer.BUNDLED,
}
_CLASSES: dict[str, Any] = {
    "attribution": AutoModelForTokenClassification,
    "relevance": AutoModelForTokenClassification,
    "stance": AutoModelForSequenceClassification,
}


def base_path(config: TrainConfig) -> str:
    """Where the base lies: a folder or a hub name."""
    return str(_BUNDLED[config.task]) if config.base == "bundled" else config.base


def base_model(config: TrainConfig, labels: Sequence[str]) -> PreTrainedModel:
    """The model that training changes, with the given labels in their order.

    Layers that ``model.freeze_layers`` names take no gradient.

    A model that stancekit made goes on from its own weights. Of an NLI model,
    the output layer is kept and put into the order of the labels. Any other
    encoder gets a fresh output layer. With ``model.average``, the weights are the
    mean of several models (Wortsman et al., Model soups, 2022), which helps where
    they come from one ancestor.

    Args:
        config: The run's configuration.
        labels: The labels of the result.

    Raises:
        ModelError: It can't be loaded, or is for another purpose.
    """
    paths = [base_path(config), *config.model.average]
    # Noise of one's own for each, or a mean would keep it; and none where nothing is trained.
    trained = config.training.max_steps != 0
    seeds = [config.seed + n if trained else None for n in range(len(paths))]
    model, *others = (
        _loaded(config, path, labels, dither=seed) for path, seed in zip(paths, seeds, strict=True)
    )
    if others:
        _average(model, others)
    if config.model.calibrated:
        _calibrate(model, paths[0])
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = config.model.dropout
    return model


def _loaded(
    config: TrainConfig, path: str, labels: Sequence[str], *, dither: int | None
) -> PreTrainedModel:
    if not (Path(path) / STANCEKIT_FILE).is_file():
        model = _pretrained(config, path, labels)
        _freeze_lowest(model, config.model.freeze_layers)
        return model
    folder = ModelFolder.open(path)
    folder.expect(config.task)
    if folder.labels != tuple(labels):
        raise ModelError(f"{path}: expected the labels {', '.join(labels)}")
    model = load_torch(Path(path), dither=dither)
    frozen = _freeze_lowest(model, config.model.freeze_layers)
    if frozen and dither is not None:
        # What is not trained is stored again just as it was, so it must not be moved by noise.
        stored = read_float_weights(Path(path))
        exact = {name: torch.from_numpy(stored[name]) for name in frozen}
        model.load_state_dict(exact, strict=False)
    return model


def _freeze_lowest(model: PreTrainedModel, layers: int) -> list[str]:
    """Stops training of the embeddings and of the lowest encoder layers; returns their names."""
    if not layers:
        return []
    encoder = model.base_model
    for part in (encoder.embeddings, *encoder.encoder.layer[:layers]):
        for parameter in part.parameters():
            parameter.requires_grad = False
    return [name for name, found in model.named_parameters() if not found.requires_grad]


def gives_answers(config: TrainConfig) -> bool:
    """Whether the base can do the task as it is, so that before and after can be compared.

    An encoder without an output layer of the right labels can't.
    """
    path = base_path(config)
    if (Path(path) / STANCEKIT_FILE).is_file():
        return True
    if config.task == "attribution":
        return False
    try:
        found = AutoConfig.from_pretrained(path)
    except (OSError, ValueError):
        # `base_model` says what is wrong with it.
        return False
    return len(found.id2label) == len(NLI_LABELS) and _classifies(found)


def _classifies(found: Any) -> bool:
    return any(name.endswith("ForSequenceClassification") for name in found.architectures or ())


def _output_layer(model: PreTrainedModel) -> torch.nn.Linear:
    return [m for m in model.modules() if isinstance(m, torch.nn.Linear)][-1]


def _calibrate(model: PreTrainedModel, path: str) -> None:
    """Puts a stance model's calibration into its output layer.

    With one favor sentence, `Calibration` divides the logits by the temperature and adds the
    bias to that of neutral, so that the layer can do both.
    """
    if not (Path(path) / STANCEKIT_FILE).is_file():
        return
    values = ModelFolder.open(path).settings.get("calibration") or {}
    calibration = scorer.Calibration(**values)
    output = _output_layer(model)
    with torch.no_grad():
        output.weight.div_(calibration.temperature)
        output.bias.div_(calibration.temperature)
        output.bias[NLI_LABELS.index("neutral")] += calibration.none_bias


def _average(model: PreTrainedModel, others: Sequence[PreTrainedModel]) -> None:
    weights = model.state_dict()
    found = [other.state_dict() for other in others]
    for name, weight in weights.items():
        if any(name not in f or f[name].shape != weight.shape for f in found):
            raise ModelError(f"model.average: the models differ in {name}")
        if weight.is_floating_point():
            weights[name] = torch.stack([weight, *(f[name] for f in found)]).mean(0)
    model.load_state_dict(weights)


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
    if config.task == "stance" and _classifies(found) and len(found.id2label) == len(labels):
        order = NliLabels.read([found.id2label[i] for i in range(len(labels))])
        _reorder_output(model, [order.entailment, order.neutral or 0, order.contradiction or 0])
    return model


def _reorder_output(model: PreTrainedModel, order: Sequence[int]) -> None:
    """Puts the rows of the output layer, the last linear one, into another order."""
    output = _output_layer(model)
    with torch.no_grad():
        output.weight.copy_(output.weight[list(order)].clone())
        if output.bias is not None:
            output.bias.copy_(output.bias[list(order)].clone())
