"""Fitting the output layer alone: how far a handful of examples may move it."""

from __future__ import annotations

import pytest
import torch

from stancekit.training.output_layer import solve_output_layer
from stancekit.training.stance import nli_loss


@pytest.fixture
def layer() -> torch.nn.Linear:
    made = torch.nn.Linear(12, 3)
    with torch.no_grad():
        made.weight.copy_(torch.eye(3, 12))
        made.bias.zero_()
    return made


def test_the_penalty_holds_the_layer(layer: torch.nn.Linear) -> None:
    generator = torch.Generator().manual_seed(7)
    features = torch.randn(60, 12, generator=generator)
    labels = torch.randint(3, (60,), generator=generator)
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


def test_a_label_weighs_as_the_root_of_its_number(layer: torch.nn.Linear) -> None:
    """Examples that tell nothing apart: 81 and 9 of them pull as 9 and 3 do."""
    features = torch.full((90, 12), 0.1)
    labels = torch.tensor([0] * 81 + [1] * 9)
    fitted = solve_output_layer(layer, features, labels, loss=nli_loss, penalty=1e-4)
    with torch.no_grad():
        p = (features[:1] @ fitted.weight.T + fitted.bias).softmax(-1)[0]
    assert p.tolist() == pytest.approx([0.75, 0.25, 0.0], abs=0.01)
    assert fitted.after < fitted.before
