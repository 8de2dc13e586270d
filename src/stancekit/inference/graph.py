"""The ONNX graph of a model: exported once without weights, filled from the stored ones.

A model folder carries ``graph.onnx``, the structure that torch exported, in
which every weight is only a name. From it and the stored weights come, without
torch, the 8-bit graph and the float32 graph that it is compared with.

In the 8-bit graph, a weight matrix has one scale per output, and each row of
activations (a token) one scale of its own, taken from its largest value: an
outlier then costs precision in its own token only, and the result of one
sequence does not depend on the others in its batch. The few input columns
whose activations are far larger than the others' are multiplied in float32, and
the rest is rounded without them (Dettmers et al., LLM.int8(), 2022).

Products with more inputs than outputs read what an activation function has let
through, which is hardly ever negative: there the bytes span a row's own range, from its
smallest value to its largest, and the smallest times the sum of the weights is added to
the product (asymmetric quantization: Jacob et al., Quantization and training of neural
networks, 2018). Where that is too coarse ("mixed"), they take the weights in the blocks in
which they are stored, and round activations block by block too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from stancekit.errors import ModelError
from stancekit.inference.attention import fuse_attention
from stancekit.inference.folder import GRAPH_FILE
from stancekit.inference.store import BLOCK, OUTLIERS, dequantize, read_weights

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


# Activations are stored as unsigned bytes around 128, which is what the integer kernels of
# x86 processors multiply fastest with signed weights. On those that have no dot product for
# bytes (VNNI), that kernel adds pairs of products in 16 bits and cuts them off: there, weights
# are unsigned too, for which another kernel is used.
_ZERO_POINT = 128
_SHARED: dict[str, Array] = {
    "row:one": np.array(1, dtype=np.float32),
    "row:limit": np.array(127, dtype=np.float32),
    "row:step": np.array(1 / 127, dtype=np.float32),
    "row:tiny": np.array(1e-6, dtype=np.float32),
    "row:zero_point": np.array(_ZERO_POINT, dtype=np.uint8),
    "row:all": np.array(255, dtype=np.float32),
    "row:all_step": np.array(1 / 255, dtype=np.float32),
    "row:zero": np.array(0, dtype=np.uint8),
    "row:axis": np.array([-1], dtype=np.int64),
}


def _quantize_rows(name: str) -> list[onnx.NodeProto]:
    """Nodes that turn activations ``name`` into bytes around 128, with a step a row.

    ``q = round(127 x / max |x|) + 128`` as ``name:rows:q``, ``s = max |x| / 127`` as
    ``name:rows:s``, the maximum over the last axis.
    """
    of = name + ":rows"
    made = [
        # Two passes that only read are faster than one that writes all absolute values.
        ("Neg", [of + ":low"], "negated"),
        ("Max", [of + ":high", of + ":negated", "row:tiny"], "max"),
        ("Div", ["row:limit", of + ":max"], "inverse"),
        ("Mul", [name, of + ":inverse"], "scaled"),
        ("QuantizeLinear", [of + ":scaled", "row:one", "row:zero_point"], "q"),
        ("Mul", [of + ":max", "row:step"], "s"),
    ]
    return _after_extremes(name, of, made)


def _after_extremes(
    name: str, of: str, made: list[tuple[str, list[str], str]]
) -> list[onnx.NodeProto]:
    """Nodes that find the smallest and the largest value of each row, and some after them."""
    return [
        helper.make_node("ReduceMax", [name, "row:axis"], [of + ":high"], keepdims=1),
        helper.make_node("ReduceMin", [name, "row:axis"], [of + ":low"], keepdims=1),
        *(helper.make_node(op, inputs, [f"{of}:{out}"]) for op, inputs, out in made),
    ]


def _quantize_ranges(name: str) -> list[onnx.NodeProto]:
    """Nodes that turn activations ``name`` into bytes that span each row's own range.

    ``q = round(255 (x - low) / (high - low))`` as ``name:ranges:q``, ``low`` as
    ``name:ranges:low``, and the step ``(high - low) / 255`` as ``name:ranges:s``, so that
    ``x = low + s q``.
    """
    of = name + ":ranges"
    made = [
        ("Sub", [of + ":high", of + ":low"], "width"),
        ("Max", [of + ":width", "row:tiny"], "range"),
        ("Div", ["row:all", of + ":range"], "inverse"),
        ("Sub", [name, of + ":low"], "above"),
        ("Mul", [of + ":above", of + ":inverse"], "scaled"),
        ("QuantizeLinear", [of + ":scaled", "row:one", "row:zero"], "q"),
        ("Mul", [of + ":range", "row:all_step"], "s"),
    ]
    return _after_extremes(name, of, made)


def _without_columns(name: str, columns: Array, width: int) -> tuple[str, list[Any], list[Any]]:
    """Nodes that zero columns of the activations, and take them to ``<rest>:outliers``."""
    rest = f"{name}:rest:{'-'.join(str(c) for c in columns)}"
    keep = np.ones(width, dtype=np.float32)
    keep[columns] = 0
    tensors = [
        numpy_helper.from_array(keep, rest + ":keep"),
        numpy_helper.from_array(columns.astype(np.int64), rest + ":columns"),
    ]
    nodes = [
        helper.make_node("Mul", [name, rest + ":keep"], [rest]),
        helper.make_node("Gather", [name, rest + ":columns"], [rest + ":outliers"], axis=-1),
    ]
    return rest, nodes, tensors


def _matmul_blocks(
    node: onnx.NodeProto, weight: Array, scale: Array
) -> tuple[list[onnx.NodeProto], list[TensorProto]]:
    """The product with stored weights as they are, ``(outputs, inputs)``, scales by block."""
    activations, base = node.input
    rows, columns = weight.shape
    shape = (rows, columns // BLOCK, BLOCK)
    tensors = [
        numpy_helper.from_array(_unsigned(weight).reshape(shape), base + ":blocks"),
        numpy_helper.from_array(scale.astype(np.float32).reshape(-1), base + ":scales"),
    ]
    product = helper.make_node(
        "MatMulNBits",
        [activations, base + ":blocks", base + ":scales"],
        [node.output[0]],
        name=node.name,
        domain="com.microsoft",
        K=columns,
        N=rows,
        bits=8,
        block_size=BLOCK,
        accuracy_level=4,  # activations in 8 bits
    )
    return [product], tensors


def _unsigned(weight: Array) -> Array:
    return (weight.astype(np.int16) + _ZERO_POINT).astype(np.uint8)


def _matmul_8bit(
    node: onnx.NodeProto, matrix: Array, columns: Array, made: set[str], *, unsigned: bool
) -> tuple[list[onnx.NodeProto], list[TensorProto]]:
    """The integer product of quantized rows with a matrix, scaled back to float32.

    Args:
        node: The product in float32.
        matrix: Float weights, ``(outputs, inputs)``.
        columns: Inputs that stay in float32, possibly none.
        made: Names of what was made of activations already; added to.
        unsigned: Store weights as unsigned bytes around 128.
    """
    activations, base = node.input
    out = node.output[0]
    nodes: list[onnx.NodeProto] = []
    tensors: list[TensorProto] = []
    # What is added in float32: these activations, times these weights.
    few: list[str] = []
    few_weights: list[Array] = []
    if columns.size:
        rest, taken, new = _without_columns(activations, columns, matrix.shape[1])
        if rest not in made:
            made.add(rest)
            nodes.extend(taken)
            tensors.extend(new)
        few.append(rest + ":outliers")
        few_weights.append(matrix[:, columns].T)
        matrix = matrix.copy()
        matrix[:, columns] = 0
        activations = rest
    ranges = matrix.shape[1] > matrix.shape[0]
    read = activations + (":ranges" if ranges else ":rows")
    if read not in made:
        made.add(read)
        nodes.extend((_quantize_ranges if ranges else _quantize_rows)(activations))
    step = np.maximum(np.abs(matrix).max(axis=1) / 127, 1e-12).astype(np.float32)
    whole = np.clip(np.rint(matrix / step[:, None]), -127, 127).astype(np.int8)
    if ranges:
        few.append(read + ":low")
        few_weights.append((whole.sum(axis=1, dtype=np.int64) * step)[None])
    tensors += [
        numpy_helper.from_array(
            np.ascontiguousarray((_unsigned(whole) if unsigned else whole).T), base + ":int8"
        ),
        numpy_helper.from_array(step, base + ":steps"),
    ]
    zero = "row:zero" if ranges else "row:zero_point"
    inputs = [read + ":q", base + ":int8", "row:one", base + ":steps", zero]
    if unsigned:
        inputs.append("row:zero_point")
    product = out + ":most" if few else out
    nodes += [
        helper.make_node(
            "MatMulIntegerToFloat", inputs, [out + ":rows"], name=node.name, domain="com.microsoft"
        ),
        helper.make_node("Mul", [out + ":rows", read + ":s"], [product]),
    ]
    if few:
        weights = np.ascontiguousarray(np.concatenate(few_weights), dtype=np.float32)
        tensors.append(numpy_helper.from_array(weights, base + ":few"))
        nodes += [
            helper.make_node("Concat", few, [out + ":added"], axis=-1),
            helper.make_node("MatMul", [out + ":added", base + ":few"], [out + ":few"]),
            helper.make_node("Add", [product, out + ":few"], [out]),
        ]
    return nodes, tensors


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


def _columns(outliers: Array | None, matrix: Array, name: str) -> Array:
    """The stored outlier columns of a matrix, checked."""
    if outliers is None:
        return np.zeros(0, dtype=np.int64)
    fits = outliers.ndim == 1 and outliers.dtype.kind == "i"
    if not fits or ((outliers < 0) | (outliers >= matrix.shape[1])).any():
        raise ModelError(f"{name}: outliers that are no columns of the matrix")
    return outliers


def _fuse(model: onnx.ModelProto, config: Path) -> int:
    """Fuses attention, where the configuration says how wide it is; how many layers."""
    try:
        settings = json.loads(config.read_text(encoding="utf-8"))
        size, heads = int(settings["hidden_size"]), int(settings["num_attention_heads"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0
    return fuse_attention(model, size=size, heads=heads) if size > 0 and heads > 0 else 0


def build_graph(folder: Path, *, precision: str, unsigned: bool = False) -> onnx.ModelProto:
    """Fills a folder's graph with its stored weights.

    Args:
        folder: A model folder with ``graph.onnx`` and weights.
        precision: ``"int8"``; ``"mixed"``, where products with more inputs than outputs, whose
            inputs spread widest, are rounded block by block; or ``"float32"``. All on the same
            stored weights.
        unsigned: In 8 bits, keep weights as unsigned bytes, for processors that cut off sums with
            signed ones.

    Raises:
        ModelError: The graph is missing or unreadable, or names a weight that is not stored.
    """
    path = folder / GRAPH_FILE
    try:
        # Weights are read from safetensors alone, and no file that the graph may name.
        model = onnx.load(path, load_external_data=False)
    except FileNotFoundError as error:
        raise ModelError(f"{folder}: {GRAPH_FILE} is missing") from error
    except Exception as error:  # protobuf's errors have no common base outside protobuf
        raise ModelError(f"{path}: not a readable ONNX graph") from error
    if any(t.data_location == TensorProto.EXTERNAL for t in model.graph.initializer):
        raise ModelError(f"{path}: keeps weights in other files")
    fused = _fuse(model, folder / "config.json")
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
    quantized_rows: set[str] = set()
    for node in model.graph.node:
        named = [name for name in node.input if _is_weight(name)]
        stored = _stored_name(named[0]) if named else ""
        quantized = precision != "float32" and len(named) == 1 and stored in scales
        if quantized and node.op_type == "MatMul" and node.input[1].startswith(_TRANSPOSED):
            outputs, inputs = weights[stored].shape
            if precision == "mixed" and inputs > outputs:
                several, new = _matmul_blocks(node, weights[stored], scales[stored])
            else:
                matrix = dequantize(weights[stored], scales[stored])
                columns = _columns(weights.get(stored + OUTLIERS), matrix, stored)
                several, new = _matmul_8bit(
                    node, matrix, columns, quantized_rows, unsigned=unsigned
                )
            nodes.extend(several)
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
    if precision != "float32":
        for name, value in _SHARED.items():
            add(numpy_helper.from_array(value, name))
    if fused or precision != "float32":
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    model.graph.initializer.extend(tensors.values())
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
            # The exporter puts the mode of the outer module back into the inner ones.
            Logits(module).eval(),
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
