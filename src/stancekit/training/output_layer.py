"""Fitting the output layer alone: what a handful of examples can teach, in seconds.

A logistic regression over what the model makes of a pair, whose starting point and prior mean is
the layer as it is. With few examples the answers stay near those of the base; with more they
move as far as the examples say. The result is the same kind of model, with another output layer.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import PreTrainedModel

from stancekit.training.loop import Example

logger = logging.getLogger(__name__)

_ROUNDS = 100


def fit_output_layer(
    model: PreTrainedModel,
    examples: Sequence[Example],
    *,
    collate: Callable[[list[Example]], dict[str, torch.Tensor]],
    loss: Callable[..., torch.Tensor],
    penalty: float,
    batch: int = 32,
) -> dict[str, Any]:
    """Moves the weights and biases of the last linear layer, in place.

    Minimises the summed loss plus ``penalty / 2`` times the squared distance of the layer from
    where it was: of the biases, and of the weights over features that are scaled to a mean
    length of 1. A label's examples together weigh as the square root of their number, since a
    few examples say little of how often each label occurs. The problem is convex, so that there
    is one answer, whatever the seed.

    Args:
        model: A sequence classifier.
        examples: Tokenized, with labels.
        collate: Pads a batch.
        loss: ``(outputs, labels)`` to the mean loss, as in training.
        penalty: How strongly the layer is held where it was: the weight of so many examples.
        batch: Examples that are read at once.

    Returns:
        What was done, for ``stancekit.json``.
    """
    layer = output_layer(model)
    features, labels = output_features(model, examples, collate=collate, batch=batch)
    fitted = solve_output_layer(layer, features, labels, loss=loss, penalty=penalty)
    with torch.no_grad():
        layer.weight.copy_(fitted.weight)
        layer.bias.copy_(fitted.bias)
    logger.info("output layer: loss %.3f before, %.3f after", fitted.before, fitted.after)
    return {
        "pairs": len(labels),
        "penalty": penalty,
        "loss_before": round(fitted.before, 4),
        "loss_after": round(fitted.after, 4),
    }


@dataclass(frozen=True, slots=True)
class OutputLayer:
    """A fitted layer, and the loss before and after, a mean over labels as in the fit."""

    weight: torch.Tensor
    bias: torch.Tensor
    before: float
    after: float


def output_layer(model: PreTrainedModel) -> torch.nn.Linear:
    """The last linear layer of a classifier."""
    return [m for m in model.modules() if isinstance(m, torch.nn.Linear)][-1]


def solve_output_layer(
    layer: torch.nn.Linear,
    features: torch.Tensor,
    labels: torch.Tensor,
    *,
    loss: Callable[..., torch.Tensor],
    penalty: float,
) -> OutputLayer:
    """The weights and biases that `fit_output_layer` puts in.

    Args:
        layer: As it is, which is left so.
        features: ``(n, width)`` what it reads.
        labels: ``(n,)``.
        loss: As for `fit_output_layer`.
        penalty: As for `fit_output_layer`.
    """
    scale = features.norm(dim=1).mean().clamp_min(1e-6)
    scaled = features / scale
    with torch.no_grad():
        start = features @ layer.weight.T + layer.bias
    weight = torch.zeros_like(layer.weight, requires_grad=True)
    bias = torch.zeros_like(layer.bias, requires_grad=True)
    groups = [labels == label for label in sorted(set(labels.tolist()))]
    shares = torch.stack([group.sum() for group in groups]).sqrt()
    shares = shares / shares.sum()
    optimizer = torch.optim.LBFGS(
        [weight, bias], max_iter=_ROUNDS, line_search_fn="strong_wolfe", tolerance_grad=1e-6
    )

    def balanced(logits: torch.Tensor) -> torch.Tensor:
        means = [loss({"logits": logits[group]}, labels[group]) for group in groups]
        return (torch.stack(means) * shares).sum()

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        total = balanced(start + scaled @ weight.T + bias) * len(labels)
        total = total + penalty / 2 * (weight.square().sum() + bias.square().sum())
        total.backward()  # type: ignore[no-untyped-call]
        return total

    before = float(closure().detach()) / len(labels)
    optimizer.step(closure)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        after = float(balanced(start + scaled @ weight.T + bias))
        return OutputLayer(layer.weight + weight / scale, layer.bias + bias, before, after)


def output_features(
    model: PreTrainedModel,
    examples: Sequence[Example],
    *,
    collate: Callable[[list[Example]], dict[str, torch.Tensor]],
    batch: int = 32,
) -> tuple[torch.Tensor, torch.Tensor]:
    """``(n, width)`` what the output layer reads of every example, and ``(n,)`` the labels."""
    seen: list[torch.Tensor] = []
    hook = output_layer(model).register_forward_hook(lambda _, inputs, __: seen.append(inputs[0]))
    # Like with like, so that little of a batch is padding.
    order = sorted(range(len(examples)), key=lambda i: len(examples[i]["input_ids"]))  # type: ignore[arg-type]
    ordered = [examples[i] for i in order]
    labels = []
    model.eval()
    device = next(model.parameters()).device
    try:
        with torch.no_grad():
            for start in range(0, len(ordered), batch):
                tensors = collate(list(ordered[start : start + batch]))
                labels.append(tensors.pop("labels"))
                model(**{name: tensor.to(device) for name, tensor in tensors.items()})
    finally:
        hook.remove()
    back = torch.tensor(order).argsort()
    return torch.cat(seen).float().cpu()[back], torch.cat(labels)[back]
