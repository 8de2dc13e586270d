"""Where the time of the bundled stance model goes, operator by operator.

    python benchmarks/operators.py [--model FOLDER] [--pairs 512] [--length 48] [--batch 42]
                                   [--threads N]

Runs the graph that the fast path takes under ONNX Runtime's own profiler, and beside it one large
product of bytes alone, whose multiplications a second, the best of two tries, are taken for what
the machine can do.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from rich.console import Console
from rich.table import Table

from stancekit.inference.folder import ModelFolder
from stancekit.inference.graph import build_graph
from stancekit.inference.session import OnnxClassifier, pad, saturates
from stancekit.stance.scorer import BUNDLED

# Products of bytes in our graphs.
PRODUCTS = ("MatMulIntegerToFloat", "MatMulNBits")


def session(model: bytes, *, threads: int | None, profile: Path | None) -> Any:
    """A session as the fast path opens it."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    if threads:
        options.intra_op_num_threads = threads
    if profile:
        options.enable_profiling = True
        options.profile_file_prefix = str(profile / "operators")
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def events(file: Path) -> Iterator[tuple[str, float, int]]:
    """Operator, seconds and multiplications of every kernel that ran."""
    for event in json.loads(file.read_text(encoding="utf-8")):
        if event.get("cat") != "Node" or not event["name"].endswith("_kernel_time"):
            continue
        given = event["args"]
        work = 0
        if given["op_name"] in PRODUCTS:
            # The weights' own shape isn't told.
            left, result = (
                next(iter(given[side][0].values()))
                for side in ("input_type_shape", "output_type_shape")
            )
            work = math.prod(result) * left[-1]
        yield given["op_name"], event["dur"] / 1e6, work


def byte_products(*, threads: int | None, seconds: float = 2.0) -> float:
    """Multiplications a second of one product of (1024, 768) with (768, 3072) bytes."""
    import onnx
    from onnx import TensorProto, helper

    rows, inner, columns = 1024, 768, 3072
    weights = np.random.default_rng(0).integers(-64, 64, (inner, columns), dtype=np.int8)
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["x", "w"], ["y"])],
        "product",
        [helper.make_tensor_value_info("x", TensorProto.UINT8, [rows, inner])],
        [helper.make_tensor_value_info("y", TensorProto.INT32, [rows, columns])],
        [onnx.numpy_helper.from_array(weights, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    runner = session(model.SerializeToString(), threads=threads, profile=None)
    x = np.full((rows, inner), 7, dtype=np.uint8)
    runner.run(None, {"x": x})
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        runner.run(None, {"x": x})
        count += 1
    return count * rows * inner * columns / (time.perf_counter() - start)


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, default=BUNDLED)
    parser.add_argument("--pairs", type=int, default=512)
    parser.add_argument("--length", type=int, default=48, help="tokens of a pair")
    parser.add_argument("--batch", type=int, default=42)
    parser.add_argument("--threads", type=int)
    options = parser.parse_args()
    folder = ModelFolder.open(options.model)
    precision = OnnxClassifier(folder, threads=options.threads).precision
    built = build_graph(folder.path, precision=precision, unsigned=saturates())
    model = built.SerializeToString()
    dice = np.random.default_rng(0)
    batch = dice.integers(1000, 20000, (options.batch, options.length)).tolist()
    tokens, mask = pad(batch, folder.pad_id)
    limits = [byte_products(threads=options.threads)]
    with tempfile.TemporaryDirectory() as name:
        runner = session(model, threads=options.threads, profile=Path(name))
        start = time.perf_counter()
        for _ in range(max(1, options.pairs // options.batch)):
            runner.run(["logits"], {"input_ids": tokens, "attention_mask": mask})
        wall = time.perf_counter() - start
        found = list(events(Path(runner.end_profiling())))
    spent: dict[str, float] = defaultdict(float)
    work: dict[str, int] = defaultdict(int)
    for operator, seconds, multiplications in found:
        spent[operator] += seconds
        work[operator] += multiplications
    # Before and after, since other work on the machine slows one or the other.
    limits.append(byte_products(threads=options.threads))
    limit = max(limits)
    table = Table("operator", "share of time", "G mult./s", "of the limit")
    total = sum(spent.values())
    for operator, seconds in sorted(spent.items(), key=lambda item: -item[1]):
        if seconds < total / 200:
            continue
        rate = work[operator] / seconds
        told = (f"{rate / 1e9:.0f}", f"{rate / limit:.0%}") if work[operator] else ("", "")
        table.add_row(operator, f"{seconds / total:.1%}", *told)
    console = Console()
    console.print(table)
    console.print(
        f"{precision}: {total / wall:.0%} of {wall:.1f} s in operators; "
        f"limit: {limit / 1e9:.0f} G mult./s; "
        f"whole graph: {sum(work.values()) / wall / limit:.0%} of it"
    )


if __name__ == "__main__":
    main()
