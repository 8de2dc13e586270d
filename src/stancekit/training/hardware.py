"""How fast this machine multiplies matrices, which tells how it had better train."""

from __future__ import annotations

import logging
import time
from functools import lru_cache

import torch

logger = logging.getLogger(__name__)


@lru_cache(maxsize=2)
def matrix_speed(*, half: bool) -> tuple[str, float]:
    """The device, ``"GPU"`` or ``"CPU"``, and its operations a second, timed for a moment.

    Args:
        half: In bfloat16, not in float32.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = torch.bfloat16 if half else torch.float32
    a = torch.ones((512, 768), device=device, dtype=dtype)
    b = torch.ones((768, 768), device=device, dtype=dtype)
    # The first product sets things up.
    torch.mm(a, b)[0, 0].item()
    # The fastest of them counts: other programs on the machine can only make one slower.
    fastest, began = float("inf"), time.perf_counter()
    while fastest == float("inf") or time.perf_counter() - began < 0.2:
        before = time.perf_counter()
        torch.mm(a, b)[0, 0].item()
        fastest = min(fastest, time.perf_counter() - before)
    return ("GPU" if device == "cuda" else "CPU"), 2.0 * 512 * 768 * 768 / fastest


def trains_in_half(wanted: bool) -> bool:
    """Whether to train in bfloat16: where it is wanted and not slower than float32.

    Processors without units for it, which most laptops have, are a hundred times slower in it.
    """
    if not wanted:
        return False
    half, single = matrix_speed(half=True)[1], matrix_speed(half=False)[1]
    if half >= single:
        return True
    logger.warning(
        "training.bf16: this machine is %.0f times as fast in float32, which it takes instead",
        single / half,
    )
    return False
