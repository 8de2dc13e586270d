"""Weights in 8 bits: how a bundled model is stored.

A matrix is stored as int8 with one float16 scale per block of 64 values along
its last axis (``w ≈ q * scale``, symmetric, no zero point), which costs 8.25
bits a weight. Everything else, biases and norms, is stored in float32. Tensors
named ``<name>.scale`` hold the scales; ``<name>.outliers``, where present, the
input columns that the 8-bit graph keeps in float32.

Training that starts from stored weights must start from `dithered` ones. Its
steps are smaller than those of the storage: rounded again from the very values
that were stored, nearly every weight would fall back to where it was, and the
training would be lost.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from stancekit.errors import ModelError

BLOCK = 64
_SCHEME = "int8-block64"
_SCALE = ".scale"
OUTLIERS = ".outliers"
_INDEX = "model.safetensors.index.json"
_SINGLE = "model.safetensors"
# Hosting limits make a single file of more than this hard to pass on.
_SHARD_BYTES = 90 * 1000 * 1000

Array = npt.NDArray[Any]


def quantize(weight: Array) -> tuple[Array, Array]:
    """Rounds a matrix to int8 in blocks.

    Args:
        weight: ``(rows, columns)``, columns divisible by `BLOCK`.

    Returns:
        int8 ``(rows, columns)`` and float16 scales ``(rows, columns / BLOCK)``.
    """
    blocks = weight.astype(np.float32).reshape(weight.shape[0], -1, BLOCK)
    scale = (np.abs(blocks).max(axis=2) / 127).astype(np.float16)
    # A scale that rounds to zero in float16 would lose the block; those are all but zero.
    divisor = np.where(scale > 0, scale.astype(np.float32), 1.0)
    rounded = np.clip(np.rint(blocks / divisor[:, :, None]), -127, 127).astype(np.int8)
    return rounded.reshape(weight.shape), scale


def dequantize(weight: Array, scale: Array) -> Array:
    """The float32 matrix that 8-bit values and their scales stand for."""
    blocks = weight.reshape(weight.shape[0], -1, BLOCK).astype(np.float32)
    return (blocks * scale.astype(np.float32)[:, :, None]).reshape(weight.shape)


def dithered(weight: Array, scale: Array, rng: np.random.Generator) -> Array:
    """The same with noise, uniform over a step of the storage around each value.

    Rounding after a change of less than a step then keeps the change on average
    (Schuchman, Dither signals and their effect on quantization noise, 1964).
    """
    noise = rng.uniform(-0.5, 0.5, size=weight.shape).astype(np.float32)
    return dequantize(weight + noise, scale)


def _fits(weight: Array) -> bool:
    return weight.ndim == 2 and weight.shape[1] % BLOCK == 0 and weight.size >= 16 * BLOCK


def save_weights(weights: Mapping[str, Array], folder: Path) -> None:
    """Stores float weights in 8 bits, in shards of at most 90 MB."""
    tensors: dict[str, Array] = {}
    for name, weight in weights.items():
        if np.issubdtype(weight.dtype, np.floating) and _fits(weight):
            tensors[name], tensors[name + _SCALE] = quantize(weight)
        elif np.issubdtype(weight.dtype, np.floating):
            tensors[name] = np.ascontiguousarray(weight, dtype=np.float32)
        else:
            tensors[name] = np.ascontiguousarray(weight)
    shards: list[dict[str, Array]] = [{}]
    size = 0
    for name, tensor in tensors.items():
        if size + tensor.nbytes > _SHARD_BYTES and shards[-1]:
            shards.append({})
            size = 0
        shards[-1][name] = tensor
        size += tensor.nbytes
    for old in folder.glob("model*.safetensors*"):
        old.unlink()
    metadata = {"format": "np", "scheme": _SCHEME}
    if len(shards) == 1:
        save_file(shards[0], folder / _SINGLE, metadata=metadata)
        return
    where = {}
    for number, shard in enumerate(shards, start=1):
        name = f"model-{number:05d}-of-{len(shards):05d}.safetensors"
        save_file(shard, folder / name, metadata=metadata)
        where.update(dict.fromkeys(shard, name))
    index = {"metadata": {"scheme": _SCHEME}, "weight_map": where}
    (folder / _INDEX).write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files of a model folder, sorted.

    Raises:
        ModelError: There are none, the index is broken, or it names a file that
            is missing or lies outside the folder.
    """
    index = folder / _INDEX
    if index.is_file():
        try:
            names = sorted(
                set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
            )
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
            raise ModelError(f"{index}: not an index of safetensors files") from error
        if not names or not all(isinstance(name, str) for name in names):
            raise ModelError(f"{index}: not an index of safetensors files")
        if any(Path(name).name != name for name in names):
            raise ModelError(f"{index}: names a file outside the folder")
        files = [folder / name for name in names]
    else:
        files = [folder / _SINGLE]
    for file in files:
        if not file.is_file():
            raise ModelError(
                f"{folder}: {file.name} is missing (only safetensors weights are read)"
            )
    return files


def read_weights(folder: Path) -> tuple[dict[str, Array], dict[str, Array]]:
    """The tensors as stored: weights by name, and the scales of those in 8 bits.

    Raises:
        ModelError: A file is missing or truncated, or a scale has no weight or another shape.
    """
    weights: dict[str, Array] = {}
    for file in weight_files(folder):
        try:
            with safe_open(file, framework="np") as tensors:
                for name in tensors.keys():  # noqa: SIM118 (not a mapping)
                    weights[name] = tensors.get_tensor(name)
        except (SafetensorError, OSError, TypeError) as error:
            raise ModelError(f"{file}: not a readable safetensors file: {error}") from error
    scales = {
        name.removesuffix(_SCALE): weights.pop(name)
        for name in [n for n in weights if n.endswith(_SCALE)]
    }
    for name, scale in scales.items():
        weight = weights.get(name)
        if weight is None or weight.dtype != np.int8 or weight.ndim != 2:
            raise ModelError(f"{folder}: scales without 8-bit weights for {name}")
        if weight.shape[1] % BLOCK or scale.shape != (weight.shape[0], weight.shape[1] // BLOCK):
            raise ModelError(
                f"{folder}: scales of {name} have shape {scale.shape}, the weights {weight.shape}"
            )
    for name, weight in weights.items():
        if weight.dtype == np.int8 and name not in scales:
            raise ModelError(f"{folder}: 8-bit weights without scales for {name}")
    return weights, scales


def read_float_weights(folder: Path, *, dither: int | None = None) -> dict[str, Array]:
    """All weights of a folder in float32 (integers as they are).

    Args:
        folder: The model folder.
        dither: Seed of the noise of `dithered`, for weights that training starts from.
    """
    weights, scales = read_weights(folder)
    rng = None if dither is None else np.random.default_rng(dither)

    def restored(name: str, weight: Array) -> Array:
        if name not in scales:
            return weight
        if rng is None:
            return dequantize(weight, scales[name])
        return dithered(weight, scales[name], rng)

    return {name: restored(name, weights[name]) for name in sorted(weights)}


def fingerprint(files: Iterable[Path]) -> str:
    """SHA-256 over the contents of files, in order, in hexadecimal."""
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            while chunk := file.read(1 << 22):
                digest.update(chunk)
    return digest.hexdigest()
