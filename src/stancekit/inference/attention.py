"""Attention in an exported graph, written as the one operator that ONNX Runtime has for it.

Torch exports attention as some thirty small operators a layer, which write every intermediate
array to memory and read it again. ONNX Runtime's ``MultiHeadAttention`` does the same in one: the
longer the sequences, the more it gains. Attention whose heads each have a bias of their own
(MPNet's relative positions) is left as it is, since there the operator is no faster.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import onnx
from onnx import helper, numpy_helper

Node = onnx.NodeProto


@dataclass(frozen=True, slots=True)
class _Attention:
    """What one attention reads, and what it gives."""

    query: str
    key: str
    value: str
    mask: str
    scale: float
    output: str


def _attribute(node: Node, name: str) -> onnx.AttributeProto:
    found: dict[str, onnx.AttributeProto] = {a.name: a for a in node.attribute}
    return found[name]  # a KeyError is a LookupError


class _Graph:
    """Who makes and who reads each value."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self.makers: dict[str, Node] = {n: node for node in graph.node for n in node.output}
        self.readers: dict[str, list[Node]] = {}
        for node in graph.node:
            for name in node.input:
                self.readers.setdefault(name, []).append(node)
        self._stored = {tensor.name: tensor for tensor in graph.initializer}

    def maker(self, name: str, *operators: str) -> Node:
        """The node that makes a value, which must be one of some operators."""
        node = self.makers.get(name)
        if node is None or node.op_type not in operators:
            raise LookupError(name)
        return node

    def reader(self, name: str, *operators: str) -> Node:
        """The node of one of some operators that reads a value."""
        for node in self.readers.get(name, ()):
            if node.op_type in operators:
                return node
        raise LookupError(name)

    def number(self, name: str) -> float:
        """A constant scalar."""
        tensor = self._stored.get(name)
        if tensor is None:
            tensor = _attribute(self.maker(name, "Constant"), "value").t
        array = numpy_helper.to_array(tensor)
        if array.size != 1:
            raise LookupError(name)
        return float(array.reshape(-1)[0])

    def scaled(self, name: str) -> tuple[str, float]:
        """What a value is a multiple of, and by what: through products with constants."""
        node = self.makers.get(name)
        if node is None or node.op_type not in ("Mul", "Div"):
            return name, 1.0
        factor = self.number(node.input[1])
        rest, more = self.scaled(node.input[0])
        return rest, more * (factor if node.op_type == "Mul" else 1 / factor)

    def heads_of(self, name: str, order: list[int]) -> str:
        """The ``(batch, width, size)`` value of which a value is the heads, in some order."""
        node = self.maker(name, "Transpose")
        if list(_attribute(node, "perm").ints) != order:
            raise LookupError(name)
        return str(self.maker(node.input[0], "Reshape").input[0])

    def attention(self, softmax: Node) -> _Attention:
        """The attention around a softmax, or `LookupError`."""
        scores, mask = self.maker(softmax.input[0], "Add").input
        # The operator wants the mask of every query, as it is where it was expanded to them.
        self.maker(self.maker(mask, "Where").input[0], "Expand")
        scores, scale = self.scaled(scores)
        product = self.maker(scores, "MatMul")
        (query, more), (key, most) = (self.scaled(name) for name in product.input)
        found = softmax.output[0]
        if any(node.op_type == "IsNaN" for node in self.readers[found]):
            # A row without any token to look at, which no text gives.
            found = self.reader(found, "Where").output[0]
        mixed = self.reader(found, "MatMul")
        turned = mixed.output[0]
        if any(node.op_type == "Reshape" for node in self.readers[turned]):
            turned = self.reader(turned, "Reshape").output[0]
        turned = self.reader(turned, "Transpose").output[0]
        return _Attention(
            query=self.heads_of(query, [0, 2, 1, 3]),
            key=self.heads_of(key, [0, 2, 3, 1]),
            value=self.heads_of(mixed.input[1], [0, 2, 1, 3]),
            mask=mask,
            scale=scale * more * most,
            output=self.reader(turned, "Reshape").output[0],
        )


def fuse_attention(model: onnx.ModelProto, *, size: int, heads: int) -> int:
    """Writes attention as one operator, in place, wherever its exported form is known.

    Args:
        model: The graph.
        size: Width of a token's vector.
        heads: Attention heads of a layer.

    Returns:
        How many were.
    """
    graph = _Graph(model.graph)
    found = {}
    for node in model.graph.node:
        if node.op_type == "Softmax":
            try:
                attention = graph.attention(node)
            except LookupError:
                continue
            if math.isclose(attention.scale, math.sqrt(heads / size), rel_tol=1e-4):
                found[attention.output] = attention
    nodes: list[Node] = []
    for node in model.graph.node:
        fused = found.get(node.output[0])
        nodes.append(node if fused is None else _operator(fused, heads=heads))
    del model.graph.node[:]
    model.graph.node.extend(_needed(nodes, {output.name for output in model.graph.output}))
    return len(found)


def _operator(attention: _Attention, *, heads: int) -> Node:
    return helper.make_node(
        "MultiHeadAttention",
        [attention.query, attention.key, attention.value, "", "", attention.mask],
        [attention.output],
        domain="com.microsoft",
        num_heads=heads,
        scale=attention.scale,
    )


def _needed(nodes: list[Node], outputs: set[str]) -> list[Node]:
    """The nodes on which the outputs depend, in their order."""
    wanted, kept = set(outputs), []
    for node in reversed(nodes):
        if wanted.intersection(node.output):
            wanted.update(node.input)
            kept.append(node)
    return kept[::-1]
