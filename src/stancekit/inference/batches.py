"""What the models that read single texts and pairs share: batches of one width, latest results."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# Results of pairs kept: papers print paragraphs of the same agencies. About 15 MB, and as much
# for the vectors of statements.
KEPT_RESULTS = 1 << 16
_BATCH_TOKENS = 2048
# Sequences are padded to a multiple of this, so that a sequence has the same width, and with it
# the same result to the last bit, whatever stands beside it in a batch.
_WIDTH_STEP = 8


def batches_of_width(
    rows: Sequence[Sequence[int]], *, max_length: int
) -> Iterator[tuple[int, list[int]]]:
    """A width and the numbers of the rows that are padded to it, so that little is padding."""
    of_width: dict[int, list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        width = -(-len(row) // _WIDTH_STEP) * _WIDTH_STEP
        of_width[min(width, max_length)].append(i)
    for width, members in sorted(of_width.items(), reverse=True):
        size = max(1, _BATCH_TOKENS // width)
        for start in range(0, len(members), size):
            yield width, members[start : start + size]


class LatestResults:
    """Results of the latest inputs, kept under a digest of their texts. Threads may share it.

    Args:
        share: Of `KEPT_RESULTS`, how many are kept; the least recently used ones go.
    """

    def __init__(self, *, share: float = 1.0) -> None:
        self._share = share
        self._kept: OrderedDict[bytes, Floats] = OrderedDict()  # the latest used last
        self._lock = threading.Lock()

    def of(
        self,
        inputs: Sequence[tuple[str, ...]],
        compute: Callable[[list[tuple[str, ...]]], Floats],
        *,
        width: int,
    ) -> Floats:
        """A row of ``width`` numbers for each input; ``compute`` is given those not known yet."""
        keys = [_digest(texts) for texts in inputs]
        found: dict[bytes, Floats] = {}
        with self._lock:
            for key in keys:
                if key in self._kept:
                    self._kept.move_to_end(key)
                    found[key] = self._kept[key]
        new = {key: texts for key, texts in zip(keys, inputs, strict=True) if key not in found}
        if new:
            for key, row in zip(new, compute(list(new.values())), strict=True):
                found[key] = row.copy()
        with self._lock:
            self._kept.update((key, found[key]) for key in new)
            while len(self._kept) > self._share * KEPT_RESULTS:
                self._kept.popitem(last=False)
        return np.stack([found[key] for key in keys]) if keys else np.zeros((0, width))


def _digest(texts: tuple[str, ...]) -> bytes:
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    lengths = b" ".join(b"%d" % len(text) for text in encoded)
    return hashlib.blake2b(b"".join((lengths, b" ", *encoded)), digest_size=16).digest()
