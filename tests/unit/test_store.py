"""Weights in 8 bits: what is lost, and what a broken folder is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from safetensors.numpy import load_file, save_file

from stancekit.errors import ModelError
from stancekit.inference import store
from stancekit.inference.store import (
    BLOCK,
    dequantize,
    dithered,
    fingerprint,
    quantize,
    read_float_weights,
    read_weights,
    save_weights,
    weight_files,
)


def matrix(rows: int = 32, columns: int = 2 * BLOCK, scale: float = 0.05) -> npt.NDArray[Any]:
    values = np.random.default_rng(5).normal(size=(rows, columns)) * scale
    return values.astype(np.float32)


WEIGHTS = {
    "layer.weight": matrix(),
    "layer.bias": matrix(1, 10)[0],
    "odd.weight": matrix(20, 100),
    "position_ids": np.arange(7, dtype=np.int64),
}


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 0.05, 1.0, 300.0])
def test_rounding_loses_at_most_half_a_step(scale: float) -> None:
    weight = matrix(scale=scale)
    q, scales = quantize(weight)
    assert (q.dtype, scales.dtype) == (np.int8, np.float16)
    assert (q.shape, scales.shape) == ((32, 128), (32, 2))
    step = np.repeat(scales.astype(np.float32), BLOCK, axis=1)
    largest = np.abs(weight).reshape(32, 2, BLOCK).max(axis=2).repeat(BLOCK, axis=1)
    # Where float16 rounds a scale down, the largest values are clipped, too.
    bound = step / 2 + np.maximum(0, largest - 127 * step)
    assert (np.abs(dequantize(q, scales) - weight) <= bound * (1 + 1e-5)).all()
    if scale >= 1e-3:
        assert np.abs(dequantize(q, scales) - weight).max() < 0.005 * np.abs(weight).max()


def test_a_block_of_zeros_stays_zero() -> None:
    weight = matrix()
    weight[3, :BLOCK] = 0
    restored = dequantize(*quantize(weight))
    assert (restored[3, :BLOCK] == 0).all()
    assert np.isfinite(restored).all()


def test_quantizing_again_changes_nothing() -> None:
    once = dequantize(*quantize(matrix()))
    assert np.allclose(dequantize(*quantize(once)), once, rtol=2e-3, atol=1e-6)


def test_dithered_weights_keep_a_small_change_when_they_are_rounded_again() -> None:
    q, scales = quantize(matrix(256, 256))
    step = scales.astype(np.float32).repeat(BLOCK, axis=1)
    noisy = dithered(q, scales, np.random.default_rng(1))
    assert (np.abs(noisy - dequantize(q, scales)) <= step / 2 * (1 + 1e-5)).all()

    def kept(weight: npt.NDArray[Any]) -> float:
        """How much of a change by a fifth of a step is left after rounding, on average."""
        return float((np.rint((weight + 0.2 * step) / step) - q).mean() / 0.2)

    assert kept(dequantize(q, scales)) == 0
    assert kept(noisy) == pytest.approx(1, abs=0.05)


def test_what_is_stored_comes_back(tmp_path: Path) -> None:
    save_weights(WEIGHTS, tmp_path)
    weights, scales = read_weights(tmp_path)
    assert set(weights) == set(WEIGHTS)
    assert set(scales) == {"layer.weight"}
    restored = read_float_weights(tmp_path)
    for name in ("layer.bias", "odd.weight", "position_ids"):
        assert (restored[name] == WEIGHTS[name]).all()
        assert restored[name].dtype == WEIGHTS[name].dtype
    assert np.abs(restored["layer.weight"] - WEIGHTS["layer.weight"]).max() < 1e-3
    assert [f.name for f in weight_files(tmp_path)] == ["model.safetensors"]


def test_large_weights_go_into_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_SHARD_BYTES", 5000)
    save_weights(WEIGHTS, tmp_path)
    names = [f.name for f in weight_files(tmp_path)]
    assert names == [f"model-{i:05d}-of-00003.safetensors" for i in (1, 2, 3)]
    sharded = read_float_weights(tmp_path)
    monkeypatch.undo()
    save_weights(WEIGHTS, tmp_path)
    assert [f.name for f in sorted(tmp_path.iterdir())] == ["model.safetensors"]
    whole = read_float_weights(tmp_path)
    assert all((sharded[name] == whole[name]).all() for name in WEIGHTS)


@pytest.mark.parametrize("keep", [0, 5, 200, -1])
def test_a_truncated_file(tmp_path: Path, keep: int) -> None:
    save_weights(WEIGHTS, tmp_path)
    file = tmp_path / "model.safetensors"
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(ModelError, match=r"model\.safetensors: not a readable safetensors file"):
        read_weights(tmp_path)


def test_no_file(tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(ModelError, match=r"model\.safetensors is missing \(only safetensors"):
        weight_files(tmp_path)


@pytest.mark.parametrize(
    ("index", "words"),
    [
        ({"weight_map": {"a": "../model.safetensors"}}, "outside the folder"),
        ({"weight_map": {"a": "/etc/passwd"}}, "outside the folder"),
        ({"weight_map": {"a": "sub/model.safetensors"}}, "outside the folder"),
        ({"weight_map": {"a": ".."}}, "is missing"),
        ({"weight_map": {"a": "gone.safetensors"}}, "gone.safetensors is missing"),
        ({"weight_map": {}}, "not an index"),
        ({"weight_map": {"a": 3}}, "not an index"),
        ({"weight_map": {"a": None}}, "not an index"),
        ({"weight_map": {"a": ["x"]}}, "not an index"),
        ({"weight_map": []}, "not an index"),
        ({}, "not an index"),
        ([], "not an index"),
    ],
)
def test_a_wrong_index(tmp_path: Path, index: Any, words: str) -> None:
    save_weights(WEIGHTS, tmp_path)
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(ModelError, match=words):
        weight_files(tmp_path)


def test_an_index_that_is_not_json(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors.index.json").write_text("{")
    with pytest.raises(ModelError, match="not an index"):
        weight_files(tmp_path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"layer.weight.scale": np.ones((32, 3), np.float16)}, "scales of layer.weight have shape"),
        ({"layer.weight.scale": np.ones(64, np.float16)}, "scales of layer.weight have shape"),
        ({"layer.weight": np.zeros((32, 130), np.int8)}, "scales of layer.weight have shape"),
        ({"layer.weight": np.zeros((32, 128), np.float32)}, "scales without 8-bit weights"),
        ({"layer.weight": np.zeros(128, np.int8)}, "scales without 8-bit weights"),
        ({"layer.weight": None}, "scales without 8-bit weights for layer.weight"),
        ({"layer.weight.scale": None}, "8-bit weights without scales for layer.weight"),
    ],
)
def test_wrong_scales(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    save_weights(WEIGHTS, tmp_path)
    file = tmp_path / "model.safetensors"
    tensors = {**load_file(file), **change}
    save_file({name: t for name, t in tensors.items() if t is not None}, file)
    with pytest.raises(ModelError, match=words):
        read_weights(tmp_path)


def test_the_fingerprint_is_that_of_the_contents(tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    a.write_bytes(b"one")
    b.write_bytes(b"two")
    assert fingerprint([a, b]) != fingerprint([b, a])
    before = fingerprint([a])
    a.rename(tmp_path / "c")
    assert fingerprint([tmp_path / "c"]) == before
