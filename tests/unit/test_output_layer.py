"""Fitting the output layer alone: how far a handful of examples may move it."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from stancekit.training.output_layer import choose_penalty, solve_output_layer
from stancekit.training.stance import nli_loss


def example_set(rows: int, *, noise: float) -> tuple[torch.nn.Linear, Any, Any]:
    """A layer that knows the labels' direction, features, and labels with so much noise."""
    generator = torch.Generator().manual_seed(7)
    features = torch.randn(rows, 12, generator=generator)
    labels = features[:, :3].argmax(dim=1)
    wrong = torch.rand(rows, generator=generator) < noise
    labels = torch.where(wrong, torch.randint(3, (rows,), generator=generator), labels)
    layer = torch.nn.Linear(12, 3)
    with torch.no_grad():
        layer.weight.copy_(torch.eye(3, 12))
        layer.bias.zero_()
    return layer, features, labels


def test_few_examples_take_the_penalty_that_suits_few() -> None:
    layer, features, labels = example_set(49, noise=0.0)
    assert choose_penalty(layer, features, labels, loss=nli_loss) == 4


@pytest.mark.parametrize(("noise", "expected"), [(0.0, 1.0), (1.0, 64.0)])
def test_the_folds_choose(noise: float, expected: float) -> None:
    """Clear examples let the layer go; those that say nothing hold it."""
    layer, features, labels = example_set(400, noise=noise)
    if noise:
        with torch.no_grad():
            layer.weight.zero_()
        features = features / 20
    assert choose_penalty(layer, features, labels, loss=nli_loss) == expected


def test_the_penalty_holds_the_layer() -> None:
    layer, features, labels = example_set(60, noise=0.2)
    moved = [
        (
            solve_output_layer(layer, features, labels, loss=nli_loss, penalty=p).weight
            - layer.weight
        )
        .norm()
        .item()
        for p in (1.0, 16.0, 1e6)
    ]
    assert moved[0] > moved[1] > moved[2]
    assert moved[2] < 1e-3
