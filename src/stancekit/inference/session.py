"""The fast path: a model folder in ONNX Runtime, in 8 bits where that is safe.

The graph is built from the stored weights on first use and cached under the
hash of what it is made from. Before it is trusted, it must give the labels
that the original model gave on the folder's probe (``probe.json``, token ids
and labels, or vectors, written when the model was exported); otherwise the products with the
widest inputs are rounded in smaller blocks ("mixed"), and if that does not help,
all is computed in float32.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from stancekit.errors import ModelError
from stancekit.inference.folder import GRAPH_FILE, ModelFolder, check_shipped, sha256
from stancekit.inference.store import weight_files

logger = logging.getLogger(__name__)

PROBE_FILE = "probe.json"
MIN_AGREEMENT = 0.98
_GRAPH_VERSION = 7  # part of the cache key: raise it when graphs are built differently

Floats = npt.NDArray[np.float32]


def cache_folder() -> Path:
    """Where built graphs are kept: ``$STANCEKIT_CACHE``, or the user's cache folder."""
    configured = os.environ.get("STANCEKIT_CACHE")
    if configured:
        return Path(configured)
    import platformdirs

    return Path(platformdirs.user_cache_dir("stancekit", appauthor=False))


def pad(
    batch: Sequence[Sequence[int]], pad_id: int, *, width: int = 0
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Token ids and attention mask of a batch, ``(n, w)`` each.

    ``w`` is the length of the longest, or ``width`` if that is more.
    """
    width = max([width, *map(len, batch)])
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


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # in a folder that may not be entered
        return False


@lru_cache(maxsize=8)
def _warn_of_cache(folder: Path, reason: str) -> None:
    # Cached, so that a process says it once.
    logger.warning(
        "%s: can't be written (%s); models are prepared again at every start, which takes "
        "seconds; STANCEKIT_CACHE names another folder",
        folder,
        reason,
    )


def _cache(path: Path, content: bytes) -> bool:
    """Keeps a file for the next start, if that is possible; whether it is there now."""
    try:
        if not path.is_absolute() and path.parts[0].startswith("~"):
            raise OSError("the home folder is not known")
        _write(path, content)
    except OSError as error:
        _warn_of_cache(path.parent, error.strerror or str(error))
        return False
    return True


# MatMulInteger(x, w) of unsigned bytes (4, 64) and signed ones (64, 32), as ONNX. Written out,
# since importing onnx takes longer than the rest of a start; a test makes it again.
_PRODUCT_OF_BYTES = bytes.fromhex(
    "08093a5c0a180a01780a0177120179220d4d61744d756c496e74656765721201675a130a0178120e0a0c0802"
    "12080a0208040a0208405a130a0177120e0a0c080312080a0208400a02082062130a0179120e0a0c08061208"
    "0a0208040a02082042040a001012"
)


@lru_cache(maxsize=1)
def saturates() -> bool:
    """Whether this processor cuts off sums of products of unsigned with signed bytes."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        _PRODUCT_OF_BYTES, options, providers=["CPUExecutionProvider"]
    )
    x, w = np.full((4, 64), 255, dtype=np.uint8), np.full((64, 32), 127, dtype=np.int8)
    return bool((session.run(None, {"x": x, "w": w})[0] != 255 * 127 * 64).any())


def _first_line(error: Exception) -> str:
    return (str(error).strip() or repr(error)).splitlines()[0][:200]


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
        self.pad_id = folder.pad_id
        self._threads = threads
        self.precision = precision
        self._session = self._open(precision)
        shape = self.logits([[self.pad_id] * 3]).shape
        if shape not in ((1, len(self.labels)), (1, 3, len(self.labels))):
            raise ModelError(
                f"{folder.path}: config.json names {len(self.labels)} labels, the model gives "
                f"{shape[-1] if len(shape) > 1 else 1}"
            )

    def logits(self, batch: Sequence[Sequence[int]], *, width: int = 0) -> Floats:
        """Logits of a batch of token ids.

        Args:
            batch: The ids of each sequence, with special tokens.
            width: Pad them to at least so many.

        Returns:
            ``(n, labels)`` for a sequence classifier, ``(n, width, labels)`` for a tagger.
        """
        tokens, mask = pad(batch, self.pad_id, width=width)
        try:
            output: Floats = self._session.run(
                ["logits"], {"input_ids": tokens, "attention_mask": mask}
            )[0]
        except Exception as error:  # onnxruntime's exceptions share no public base
            raise ModelError(
                f"{self.folder.path}: graph, weights and tokenizer don't fit together: "
                f"{_first_line(error)}"
            ) from error
        return output

    def vectors(self, batch: Sequence[Sequence[int]], *, width: int = 0) -> Floats:
        """One vector of length 1 for each sequence: the mean over its tokens' logits.

        Args:
            batch: The ids of each sequence, with special tokens.
            width: Pad them to at least so many.

        Returns:
            ``(n, labels)``; only of a model that gives logits for each token.
        """
        tokens = self.logits(batch, width=width)
        if tokens.ndim != 3:
            raise ModelError(f"{self.folder.path}: expected a model that reads token by token")
        lengths = np.array([len(ids) for ids in batch])
        inside = np.arange(tokens.shape[1])[None] < lengths[:, None]
        sums: Floats = (tokens * inside[..., None]).sum(axis=1)
        found: Floats = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
        return found

    def _open(self, precision: str) -> onnxruntime.InferenceSession:
        path = self.folder.path
        graph = path / GRAPH_FILE
        if not graph.is_file():
            raise ModelError(f"{path}: {GRAPH_FILE} is missing")
        digests = {file.name: sha256(file) for file in (*weight_files(path), graph)}
        check_shipped(path, digests)
        key = hashlib.sha256(" ".join(digests.values()).encode()).hexdigest()[:24]
        if precision != "auto":
            return self._session_of(key, precision)
        for level in ("int8", "mixed"):
            self.precision = level
            session = None
            agreement = self._known_agreement(key)
            if agreement is None:
                self._session = session = self._session_of(key, level)
                agreement = self._agreement(key)
            if agreement is None or agreement >= MIN_AGREEMENT:
                return session or self._session_of(key, level)
            logger.info("%s: %s agrees to %.1f %% only", path, level, 100 * agreement)
        logger.warning(
            "%s: in 8 bits it agrees with the original to less than %.0f %%; computing in float32",
            path,
            100 * MIN_AGREEMENT,
        )
        self.precision = "float32"
        return self._session_of(key, "float32")

    @staticmethod
    def _variant(precision: str) -> str:
        unsigned = "-unsigned" if precision != "float32" and saturates() else ""
        return f"v{_GRAPH_VERSION}-{precision}{unsigned}"

    def _session_of(self, key: str, precision: str) -> onnxruntime.InferenceSession:
        cached = cache_folder() / f"{key}-{self._variant(precision)}.onnx"
        if _is_file(cached):
            try:
                return self._start(str(cached))
            except ModelError:
                logger.info("%s: damaged, built again", cached)
        from stancekit.inference.graph import build_graph

        graph = build_graph(self.folder.path, precision=precision, unsigned=saturates())
        content = graph.SerializeToString()
        if _cache(cached, content):
            return self._start(str(cached))
        return self._start(content)

    def _start(self, model: str | bytes) -> onnxruntime.InferenceSession:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        if self._threads is not None:
            options.intra_op_num_threads = self._threads
        try:
            return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's exceptions share no public base
            raise ModelError(
                f"{self.folder.path}: ONNX Runtime refuses the graph: {_first_line(error)}"
            ) from error

    def _verdict(self, key: str) -> Path:
        version = f"{self._variant(self.precision)}-ort{onnxruntime.__version__}"
        return cache_folder() / f"{key}-{version}.json"

    def _known_agreement(self, key: str) -> float | None:
        """What was measured before."""
        try:
            return float(json.loads(self._verdict(key).read_text(encoding="utf-8"))["agreement"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _agreement(self, key: str) -> float | None:
        """Share of the probe's labels that the present graph gives too; None without a probe.

        Of vectors, the mean cosine to the probe's.
        """
        probe = self.folder.path / PROBE_FILE
        if not probe.is_file():
            return None
        try:
            sample: dict[str, Any] = json.loads(probe.read_text(encoding="utf-8"))
            if "vectors" in sample:
                agreement = _mean_cosine(self, sample["input_ids"], sample["vectors"])
            else:
                pairs = list(zip(sample["input_ids"], sample["labels"], strict=True))
                agreement = probe_agreement(self, pairs)
        except ModelError:
            raise
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ModelError(f"{probe}: not a probe") from error
        _cache(self._verdict(key), json.dumps({"agreement": agreement}).encode())
        return agreement


def _mean_cosine(
    encoder: OnnxClassifier, sample: Sequence[Sequence[int]], vectors: Sequence[Sequence[float]]
) -> float:
    expected = np.array(vectors, dtype=np.float64)
    found = np.concatenate([encoder.vectors([ids]) for ids in sample])
    if expected.shape != found.shape or not np.isfinite(expected).all():
        raise ValueError("not one vector for each sequence")
    norms = np.maximum(np.linalg.norm(expected, axis=1), 1e-12)
    return float(((found * expected).sum(axis=1) / norms).mean())


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
