"""Turning a trained transformers model into a model folder that the fast path reads."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from transformers import (
    AutoConfig,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    PreTrainedModel,
)

from stancekit.errors import ModelError
from stancekit.inference.folder import GRAPH_FILE, ModelFolder
from stancekit.inference.graph import build_graph, export_graph
from stancekit.inference.session import PROBE_FILE, saturates
from stancekit.inference.store import (
    OUTLIERS,
    read_float_weights,
    save_weights,
    weight_files,
)

logger = logging.getLogger(__name__)


def _auto_class(config: dict[str, Any]) -> Any:
    architecture = (config.get("architectures") or [""])[0]
    if architecture.endswith("ForTokenClassification"):
        return AutoModelForTokenClassification
    if architecture.endswith("ForSequenceClassification"):
        return AutoModelForSequenceClassification
    raise ModelError(f"not a classifier: {architecture or 'no architecture named'}")


def load_torch(folder: Path, *, dither: int | None = None) -> PreTrainedModel:
    """The torch model of a model folder, whichever way its weights are stored.

    Args:
        folder: The model folder.
        dither: A seed, if training starts from it: see `stancekit.inference.store`.

    Raises:
        ModelError: Something is missing, or weights don't fit the architecture.
    """
    opened = ModelFolder.open(folder)
    auto = _auto_class(opened.config)
    weights = read_float_weights(folder, dither=dither)
    model: PreTrainedModel = auto.from_config(AutoConfig.from_pretrained(folder))
    expected = set(model.state_dict())
    if not expected <= set(weights):
        raise ModelError(f"{folder}: weights are missing: {sorted(expected - set(weights))[:3]}")
    try:
        model.load_state_dict(
            {name: torch.from_numpy(np.ascontiguousarray(weights[name])) for name in expected}
        )
    except RuntimeError as error:
        raise ModelError(f"{folder}: weights don't fit config.json") from error
    return model.eval()


def torch_labels(model: PreTrainedModel, sample: Sequence[Sequence[int]]) -> list[list[int]]:
    """Label ids that the torch model gives, one sequence at a time (no padding)."""
    labels = []
    with torch.inference_mode():
        for ids in sample:
            tokens = torch.tensor([list(ids)])
            best = model(input_ids=tokens, attention_mask=torch.ones_like(tokens)).logits.argmax(-1)
            labels.append(best[0].reshape(-1).tolist())
    return labels


def _torch_vectors(model: PreTrainedModel, sample: Sequence[Sequence[int]]) -> list[list[float]]:
    """The means over the tokens' logits, to four digits."""
    vectors = []
    with torch.inference_mode():
        for ids in sample:
            tokens = torch.tensor([list(ids)])
            logits = model(input_ids=tokens, attention_mask=torch.ones_like(tokens)).logits
            vectors.append([round(value, 4) for value in logits[0].mean(0).tolist()])
    return vectors


# An input column is an outlier where its largest value is this many times that of the median
# column; a matrix keeps at most so many.
_OUTLIER_FACTOR = 2.5
_MAX_OUTLIERS = 32
# So many sequences show which columns those are: they hardly change with the text.
_WATCHED = 48


def outlier_columns(
    model: PreTrainedModel, sample: Sequence[Sequence[int]]
) -> dict[str, npt.NDArray[np.int32]]:
    """Input columns of the model's matrices whose activations dwarf the others'.

    Args:
        model: In evaluation mode.
        sample: Token ids of typical inputs.

    Returns:
        Column numbers by the name of the weight, ascending; matrices without any are left out.
    """
    largest: dict[str, torch.Tensor] = {}

    def watch(name: str) -> Any:
        def hook(module: torch.nn.Module, inputs: tuple[torch.Tensor, ...], output: Any) -> None:
            seen = inputs[0].abs().flatten(0, -2).amax(0)
            largest[name] = torch.maximum(seen, largest.get(name, seen))

        return hook

    hooks = [
        module.register_forward_hook(watch(name))
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear)
    ]
    try:
        torch_labels(model, sample[:: max(1, len(sample) // _WATCHED)][:_WATCHED])
    finally:
        for hook in hooks:
            hook.remove()
    found = {}
    for name, values in largest.items():
        limit = _OUTLIER_FACTOR * values.median()
        top = values.topk(min(_MAX_OUTLIERS, len(values))).indices
        columns = top[values[top] > limit].sort().values
        if len(columns):
            found[name + ".weight"] = columns.numpy().astype(np.int32)
    return found


def finish_folder(
    model: PreTrainedModel,
    folder: Path,
    *,
    sample: Sequence[Sequence[int]],
    settings: dict[str, Any],
    gives_vectors: bool = False,
) -> None:
    """Stores a trained model: 8-bit weights, graph, probe and ``stancekit.json``.

    Args:
        model: The trained model, in float32.
        folder: Already holds the tokenizer.
        sample: Token ids of typical inputs, on which the original's labels are kept.
        settings: What ``stancekit.json`` says: ``purpose``, calibration, provenance.
        gives_vectors: Its tokens' logits are read as one vector, not as labels.
    """
    model = model.float().eval()
    weights = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    # A base model's configuration names the base's own class.
    model.config.architectures = [type(model).__name__]
    model.config.save_pretrained(folder)
    export_graph(model, weights, folder)
    outliers = outlier_columns(model, sample)
    weights |= {name + OUTLIERS: columns for name, columns in outliers.items()}
    save_weights(weights, folder)
    probe: dict[str, Any] = {"input_ids": [list(ids) for ids in sample]}
    if gives_vectors:
        probe["vectors"] = _torch_vectors(model, sample)
    else:
        probe["labels"] = torch_labels(model, sample)
    (folder / PROBE_FILE).write_text(json.dumps(probe, separators=(",", ":")), encoding="utf-8")
    (folder / "stancekit.json").write_text(
        json.dumps(settings, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def export_model(model: str | Path, *, to: str = "onnx", int8: bool = True) -> Path:
    """Writes a folder's ONNX graph with its weights inside, for use outside stancekit.

    Args:
        model: A model folder.
        to: Only ``"onnx"``.
        int8: Keep the 8-bit weights, laid out for processors like this one: what an older one
            exports runs everywhere, only not as fast; otherwise float32.

    Returns:
        The file, ``model-int8.onnx`` or ``model.onnx`` in the folder.

    Raises:
        ModelError: The folder can't be read, or the format is unknown.
    """
    if to != "onnx":
        raise ModelError(f"can't export to {to!r}, only to 'onnx'")
    folder = Path(model)
    weight_files(folder)
    if not (folder / GRAPH_FILE).is_file():
        torch_model = load_torch(folder)
        weights = {name: tensor.numpy() for name, tensor in torch_model.state_dict().items()}
        export_graph(torch_model, weights, folder)
    path = folder / ("model-int8.onnx" if int8 else "model.onnx")
    graph = build_graph(folder, precision="int8" if int8 else "float32", unsigned=saturates())
    path.write_bytes(graph.SerializeToString())
    return path
