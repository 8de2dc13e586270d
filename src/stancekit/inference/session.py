"""The fast path: a model folder in ONNX Runtime, in 8 bits where that is safe.

The graph is built from the stored weights on first use and cached under the
hash of what it is made from. Before it is trusted, it must give the labels
that the original model gave on the folder's probe (``probe.json``, token ids
and labels, written when the model was exported); otherwise the widest products
are computed in float32 ("mixed"), and if that does not help, all of them.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from stancekit.errors import ModelError
from stancekit.inference.folder import GRAPH_FILE, ModelFolder
from stancekit.inference.store import fingerprint, weight_files

logger = logging.getLogger(__name__)

PROBE_FILE = "probe.json"
MIN_AGREEMENT = 0.98
_GRAPH_VERSION = 4  # part of the cache key: raise it when graphs are built differently

Floats = npt.NDArray[np.float32]


def cache_folder() -> Path:
    """Where built graphs are kept: ``$STANCEKIT_CACHE``, or the user's cache folder."""
    configured = os.environ.get("STANCEKIT_CACHE")
    if configured:
        return Path(configured)
    import platformdirs

    return Path(platformdirs.user_cache_dir("stancekit", appauthor=False))


def pad(
    batch: Sequence[Sequence[int]], pad_id: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Token ids and attention mask of a batch, ``(n, width)`` each."""
    width = max(len(ids) for ids in batch)
    tokens = np.full((len(batch), width), pad_id, dtype=np.int64)
    mask = np.zeros((len(batch), width), dtype=np.int64)
    for row, ids in enumerate(batch):
        tokens[row, : len(ids)] = ids
        mask[row, : len(ids)] = 1
    return tokens, mask


def _write(path: Path, content: bytes) -> None:
    """Writes a file so that nobody ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


class OnnxClassifier:
    """A classifier over tokens or sequences, in ONNX Runtime on the CPU.

    Args:
        folder: A model folder with ``graph.onnx``.
        threads: Threads of one computation; by default one for each core.
        precision: ``"auto"`` takes the fastest that the probe allows; ``"int8"``, ``"mixed"``
            and ``"float32"`` insist.

    Raises:
        ModelError: The folder lacks something or its parts don't fit together.
    """

    def __init__(
        self, folder: ModelFolder, *, threads: int | None = None, precision: str = "auto"
    ) -> None:
        self.folder = folder
        self.labels = folder.labels
        self.pad_id = int(folder.config.get("pad_token_id") or 0)
        self._threads = threads
        self.precision = precision
        self._session = self._open(precision)

    def logits(self, batch: Sequence[Sequence[int]]) -> Floats:
        """Logits of a batch of token ids.

        Returns:
            ``(n, labels)`` for a sequence classifier, ``(n, width, labels)`` for a tagger.
        """
        tokens, mask = pad(batch, self.pad_id)
        output: Floats = self._session.run(
            ["logits"], {"input_ids": tokens, "attention_mask": mask}
        )[0]
        return output

    def _open(self, precision: str) -> onnxruntime.InferenceSession:
        path = self.folder.path
        graph = path / GRAPH_FILE
        if not graph.is_file():
            raise ModelError(f"{path}: {GRAPH_FILE} is missing")
        key = fingerprint([*weight_files(path), graph])[:24]
        if precision != "auto":
            return self._session_of(key, precision)
        for level in ("int8", "mixed"):
            self._session = self._session_of(key, level)
            self.precision = level
            agreement = self._agreement(key)
            if agreement is None or agreement >= MIN_AGREEMENT:
                return self._session
            logger.info("%s: %s agrees on %.1f %% of labels only", path, level, 100 * agreement)
        logger.warning(
            "%s: 8-bit labels agree with the original on less than %.0f %%; computing in float32",
            path,
            100 * MIN_AGREEMENT,
        )
        self.precision = "float32"
        return self._session_of(key, "float32")

    def _session_of(self, key: str, precision: str) -> onnxruntime.InferenceSession:
        name = f"{key}-v{_GRAPH_VERSION}-{precision}.onnx"
        cached = cache_folder() / name
        if not cached.is_file():
            from stancekit.inference.graph import build_graph

            content = build_graph(self.folder.path, precision=precision).SerializeToString()
            try:
                _write(cached, content)
            except OSError as error:
                logger.info("not cached (%s): %s", cached, error)
                return self._start(content)
        return self._start(str(cached))

    def _start(self, model: str | bytes) -> onnxruntime.InferenceSession:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        if self._threads is not None:
            options.intra_op_num_threads = self._threads
        try:
            return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's exceptions share no public base
            raise ModelError(
                f"{self.folder.path}: ONNX Runtime refuses the graph: {error}"
            ) from error

    def _agreement(self, key: str) -> float | None:
        """Share of the probe's labels that the present graph gives too; None without a probe."""
        version = f"v{_GRAPH_VERSION}-{self.precision}-ort{onnxruntime.__version__}"
        verdict = cache_folder() / f"{key}-{version}.json"
        try:
            return float(json.loads(verdict.read_text(encoding="utf-8"))["agreement"])
        except (OSError, ValueError, KeyError, TypeError):
            pass
        probe = self.folder.path / PROBE_FILE
        if not probe.is_file():
            return None
        try:
            sample: dict[str, Any] = json.loads(probe.read_text(encoding="utf-8"))
            pairs = list(zip(sample["input_ids"], sample["labels"], strict=True))
            agreement = probe_agreement(self, pairs)
        except (ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{probe}: not a probe") from error
        try:
            _write(verdict, json.dumps({"agreement": agreement}).encode())
        except OSError as error:
            logger.info("not cached (%s): %s", verdict, error)
        return agreement


def predicted_labels(
    classifier: OnnxClassifier, sample: Sequence[Sequence[int]]
) -> list[list[int]]:
    """Label ids of token sequences: one for a sequence classifier, one a token for a tagger."""
    labels: list[list[int]] = [[] for _ in sample]
    order = sorted(range(len(sample)), key=lambda i: len(sample[i]))
    for start in range(0, len(order), 16):
        rows = order[start : start + 16]
        best = classifier.logits([sample[i] for i in rows]).argmax(axis=-1)
        for row, i in enumerate(rows):
            labels[i] = [int(best[row])] if best.ndim == 1 else best[row, : len(sample[i])].tolist()
    return labels


def probe_agreement(
    classifier: OnnxClassifier, pairs: Sequence[tuple[Sequence[int], Sequence[int]]]
) -> float:
    """Share of labels that are the same, over all labels of a probe."""
    found = predicted_labels(classifier, [ids for ids, _ in pairs])
    same = sum(
        a == b
        for labels, (_, expected) in zip(found, pairs, strict=True)
        for a, b in zip(labels, expected, strict=True)
    )
    return same / max(1, sum(len(expected) for _, expected in pairs))
