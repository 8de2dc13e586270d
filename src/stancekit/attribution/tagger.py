"""The tagger: token classification in overlapping windows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from stancekit.attribution.layout import decode_document
from stancekit.attribution.tags import TAGS, Decoding, Floats, Offsets, TaggedSpan
from stancekit.attribution.windows import Window, make_windows, unit_starts
from stancekit.errors import ModelError
from stancekit.text import encodable
from stancekit.types import Document

_BATCH_TOKENS = 2048


class TokenClassifier(Protocol):
    """What the tagger needs of a model."""

    labels: tuple[str, ...]

    def logits(self, batch: Sequence[Sequence[int]]) -> Floats:
        """``(n, width, labels)`` for token ids of up to ``width``."""
        ...


def softmax(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Probabilities along the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    result: npt.NDArray[np.float32] = shifted / shifted.sum(axis=-1, keepdims=True)
    return result


class Tagger:
    """Tags a document's tokens and decodes them into spans.

    Args:
        model: Labels must be those of `TAGS`, in any order.
        tokenizer: The model's, without padding and truncation.
        max_length: Tokens of a window, special ones included.
        overlap: Share of a window that the next one repeats.
        decoding: How spans are read off the probabilities.

    Raises:
        ModelError: The labels are others, or the tokenizer has no special tokens.
    """

    def __init__(
        self,
        model: TokenClassifier,
        tokenizer: Tokenizer,
        *,
        max_length: int = 256,
        overlap: float = 0.25,
        decoding: Decoding | None = None,
    ) -> None:
        if sorted(model.labels) != sorted(TAGS):
            raise ModelError(f"not a tagger of attributions: labels {', '.join(model.labels)}")
        self._model = model
        self._order = [model.labels.index(tag) for tag in TAGS]
        self._tokenizer = tokenizer
        empty = tokenizer.encode("").ids
        if len(empty) != 2:
            raise ModelError("the tokenizer adds no opening and closing token")
        self._first, self._last = empty
        self._max_tokens = max_length - 2
        self._overlap = overlap
        self._decoding = decoding or Decoding()

    def windows(self, document: Document) -> tuple[list[list[int]], list[Window], Offsets]:
        """Token ids of the document's windows, the windows, and all tokens' offsets."""
        encoding = self._tokenizer.encode(encodable(document.text), add_special_tokens=False)
        offsets = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2)
        if not len(offsets):
            return [], [], offsets
        starts = unit_starts(document, offsets, max_tokens=self._max_tokens)
        windows = make_windows(
            starts, len(offsets), max_tokens=self._max_tokens, overlap=self._overlap
        )
        ids = encoding.ids
        return [[self._first, *ids[w.start : w.end], self._last] for w in windows], windows, offsets

    def probabilities(self, document: Document) -> tuple[Floats, Offsets]:
        """Tag probabilities ``(n, 7)`` and offsets ``(n, 2)`` of all tokens.

        Where windows overlap, a token's are the mean over them, weighed by its distance
        to the edge of the window: near an edge, a window lacks context.
        """
        batch_ids, windows, offsets = self.windows(document)
        result = np.zeros((len(offsets), len(TAGS)), dtype=np.float32)
        weights = np.zeros((len(offsets), 1), dtype=np.float32)
        order = sorted(range(len(windows)), key=lambda i: len(batch_ids[i]))
        while order:
            size = max(1, _BATCH_TOKENS // len(batch_ids[order[-1]]))
            rows, order = order[-size:], order[:-size]
            probabilities = softmax(self._model.logits([batch_ids[i] for i in rows]))
            for row, i in enumerate(rows):
                a, b = windows[i].start, windows[i].end
                to_left = np.arange(b - a) + (len(offsets) if a == 0 else 0)
                to_right = np.arange(b - a)[::-1] + (len(offsets) if b == len(offsets) else 0)
                weight = (1 + np.minimum(to_left, to_right))[:, None].astype(np.float32)
                result[a:b] += weight * probabilities[row, 1 : 1 + b - a][:, self._order]
                weights[a:b] += weight
        return np.asarray(result / weights, dtype=np.float32), offsets

    def tag(self, document: Document) -> list[TaggedSpan]:
        """The document's source, cue and content spans, in text order."""
        probabilities, offsets = self.probabilities(document)
        return decode_document(document, probabilities, offsets, self._decoding)
