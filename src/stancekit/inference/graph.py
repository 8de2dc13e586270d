"""The ONNX graph of a model: exported once without weights, filled from the stored ones.

A model folder carries ``graph.onnx``, the structure that torch exported, in
which every weight is only a name. From it and the stored weights come, without
torch, the 8-bit graph (the weights stay as stored and enter ONNX Runtime's
``MatMulNBits``, whose activations are quantized in blocks too) and the float32
graph that it is compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from stancekit.errors import ModelError
from stancekit.inference.folder import GRAPH_FILE
from stancekit.inference.store import BLOCK, dequantize, read_weights

_WEIGHT = "weight:"
_TRANSPOSED = "transposed:"
Array = npt.NDArray[Any]


def _is_weight(name: str) -> bool:
    return name.startswith((_WEIGHT, _TRANSPOSED))


def _stored_name(name: str) -> str:
    return name.split(":", 1)[1]


def strip_weights(model: onnx.ModelProto, weights: Mapping[str, Array]) -> onnx.ModelProto:
    """Replaces the initializers that are weights, or transposed weights, by their names.

    Torch's exporter folds transpositions into the weights and renames them, so
    they are told by their content.

    Args:
        model: As exported, weights inside.
        weights: Float weights by the name under which they are stored.

    Raises:
        ModelError: An initializer of over 4,096 values is none of the weights.
    """
    known: dict[tuple[tuple[int, ...], bytes], str] = {}
    for name, weight in weights.items():
        array = np.ascontiguousarray(weight, dtype=np.float32)
        known.setdefault((array.shape, array.tobytes()), _WEIGHT + name)
        if array.ndim == 2:
            turned = np.ascontiguousarray(array.T)
            known.setdefault((turned.shape, turned.tobytes()), _TRANSPOSED + name)
    renamed: dict[str, str] = {}
    kept = []
    for initializer in model.graph.initializer:
        array = numpy_helper.to_array(initializer)
        same = known.get((array.shape, array.tobytes())) if array.dtype == np.float32 else None
        if same is not None and array.size > 1:
            renamed[initializer.name] = same
        elif array.size > 4096:
            raise ModelError(f"the exported graph holds an unknown weight {initializer.name}")
        else:
            kept.append(initializer)
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    for node in model.graph.node:
        for i, name in enumerate(node.input):
            if name in renamed:
                node.input[i] = renamed[name]
    model.ClearField("metadata_props")
    return model


def _matmul_8bit(
    node: onnx.NodeProto, weight: Array, scale: Array
) -> tuple[onnx.NodeProto, list[TensorProto]]:
    rows, columns = weight.shape
    base = node.input[1]
    # MatMulNBits reads unsigned values around 128, block by block along the columns.
    packed = (weight.view(np.uint8) ^ 0x80).reshape(rows, columns // BLOCK, BLOCK)
    tensors = [
        numpy_helper.from_array(packed, base + ":packed"),
        numpy_helper.from_array(scale.astype(np.float32).reshape(-1), base + ":scales"),
    ]
    replacement = helper.make_node(
        "MatMulNBits",
        [node.input[0], base + ":packed", base + ":scales"],
        list(node.output),
        name=node.name,
        domain="com.microsoft",
        K=columns,
        N=rows,
        bits=8,
        block_size=BLOCK,
        accuracy_level=4,
    )
    return replacement, tensors


def _gather_8bit(
    node: onnx.NodeProto, weight: Array, scale: Array
) -> tuple[list[onnx.NodeProto], list[TensorProto]]:
    base, ids = node.input
    out = node.output[0]
    rows, columns = weight.shape
    blocks = columns // BLOCK
    tensors = [
        numpy_helper.from_array(weight.reshape(rows, blocks, BLOCK), base + ":rows"),
        numpy_helper.from_array(scale.reshape(rows, blocks, 1), base + ":scales"),
        numpy_helper.from_array(np.array([0, 0, columns], dtype=np.int64), base + ":shape"),
    ]
    nodes = [
        helper.make_node("Gather", [base + ":rows", ids], [out + ":q"], axis=0),
        helper.make_node("Gather", [base + ":scales", ids], [out + ":s"], axis=0),
        helper.make_node("Cast", [out + ":q"], [out + ":qf"], to=TensorProto.FLOAT),
        helper.make_node("Cast", [out + ":s"], [out + ":sf"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [out + ":qf", out + ":sf"], [out + ":b"]),
        helper.make_node("Reshape", [out + ":b", base + ":shape"], [out]),
    ]
    return nodes, tensors


def build_graph(folder: Path, *, int8: bool) -> onnx.ModelProto:
    """Fills a folder's graph with its stored weights.

    Args:
        folder: A model folder with ``graph.onnx`` and weights.
        int8: Compute in 8 bits; otherwise in float32 on the same stored weights.

    Raises:
        ModelError: The graph is missing or unreadable, or names a weight that is not stored.
    """
    path = folder / GRAPH_FILE
    try:
        model = onnx.load(path)
    except FileNotFoundError as error:
        raise ModelError(f"{folder}: {GRAPH_FILE} is missing") from error
    except Exception as error:  # protobuf's errors have no common base outside protobuf
        raise ModelError(f"{path}: not a readable ONNX graph") from error
    weights, scales = read_weights(folder)
    tensors: dict[str, TensorProto] = {}

    def add(tensor: TensorProto) -> None:
        tensors.setdefault(tensor.name, tensor)

    def add_float(name: str) -> None:
        stored = _stored_name(name)
        if stored not in weights:
            raise ModelError(f"{folder}: the graph needs {stored}, which is not stored")
        array = dequantize(weights[stored], scales[stored]) if stored in scales else weights[stored]
        array = array.astype(np.float32)
        add(
            numpy_helper.from_array(
                np.ascontiguousarray(array.T if name.startswith(_TRANSPOSED) else array), name
            )
        )

    nodes: list[onnx.NodeProto] = []
    for node in model.graph.node:
        named = [name for name in node.input if _is_weight(name)]
        quantized = int8 and len(named) == 1 and _stored_name(named[0]) in scales
        stored = _stored_name(named[0]) if named else ""
        if quantized and node.op_type == "MatMul" and node.input[1].startswith(_TRANSPOSED):
            replacement, new = _matmul_8bit(node, weights[stored], scales[stored])
            nodes.append(replacement)
        elif quantized and node.op_type == "Gather" and node.input[0].startswith(_WEIGHT):
            several, new = _gather_8bit(node, weights[stored], scales[stored])
            nodes.extend(several)
        else:
            for name in named:
                if name not in tensors:
                    add_float(name)
            nodes.append(node)
            continue
        for tensor in new:
            add(tensor)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(tensors.values())
    if int8:
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    return model


def export_graph(module: Any, weights: Mapping[str, Array], folder: Path) -> None:
    """Exports a transformers classifier's structure to ``graph.onnx``. Needs torch.

    Args:
        module: A transformers model with ``logits`` in its output, in evaluation mode.
        weights: Its float weights by state-dict name.
        folder: Where the graph goes.
    """
    import io
    import warnings

    import torch

    class Logits(torch.nn.Module):
        def __init__(self, inner: torch.nn.Module) -> None:
            super().__init__()
            self.inner = inner

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            logits: torch.Tensor = self.inner(
                input_ids=input_ids, attention_mask=attention_mask
            ).logits
            return logits

    ids = torch.randint(10, 100, (2, 16))
    buffer = io.BytesIO()
    axes = {0: "batch", 1: "width"}
    export: Callable[..., Any] = torch.onnx.export
    with warnings.catch_warnings():
        # The exporter is deprecated, but see below; and traced shapes are constants on purpose.
        warnings.simplefilter("ignore")
        export(
            Logits(module.eval()),
            (ids, torch.ones_like(ids)),
            buffer,
            input_names=["input_ids", "attention_mask"],
            output_names=["logits"],
            dynamic_axes={"input_ids": axes, "attention_mask": axes, "logits": {0: "batch"}},
            opset_version=18,
            # The torch.export based exporter renames weights and takes 20 times as long.
            dynamo=False,
        )
    model = onnx.load_from_string(buffer.getvalue())
    onnx.save(strip_weights(model, weights), folder / GRAPH_FILE)
