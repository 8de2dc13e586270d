"""What answers premise-hypothesis pairs: the fast path, or any model of the hub."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from stancekit.errors import ModelError
from stancekit.inference.batches import LatestResults, batches_of_width
from stancekit.inference.folder import ModelFolder
from stancekit.text import encodable

Floats = npt.NDArray[np.float64]
Pair = tuple[str, str]


class PairClassifier(Protocol):
    """Logits of premise-hypothesis pairs."""

    labels: tuple[str, ...]

    def logits(self, pairs: Sequence[Pair]) -> Floats:
        """``(n, labels)``, in the order of the pairs."""
        ...


class OnnxPairs:
    """Pairs through ONNX Runtime, each premise and hypothesis tokenized once.

    Batches hold sequences of about one length, so that little of them is padding, and
    the results of the latest 65,536 pairs are kept. Neither alters a result: the logits of
    a pair depend on nothing but the pair.

    Args:
        folder: A stance model folder.
        threads: Threads of one computation; by default one for each core.
        precision: ``"auto"``, ``"int8"``, ``"mixed"`` or ``"float32"``.
    """

    def __init__(
        self, folder: ModelFolder, *, threads: int | None = None, precision: str = "auto"
    ) -> None:
        from stancekit.inference.session import OnnxClassifier

        self._classifier = OnnxClassifier(folder, threads=threads, precision=precision)
        self._tokenizer = folder.tokenizer()
        self._max_length = folder.max_length(160)
        self.labels = folder.labels
        self._template = _pair_template(self._tokenizer)
        self._latest = LatestResults()

    @property
    def precision(self) -> str:
        """``"int8"``, ``"mixed"`` or ``"float32"``."""
        return self._classifier.precision

    def token_ids(self, pairs: Sequence[Pair]) -> list[list[int]]:
        """Token ids of pairs; a premise that is too long loses its end."""
        texts = list(dict.fromkeys(text for pair in pairs for text in pair))
        encodings = self._tokenizer.encode_batch(
            [encodable(t) for t in texts], add_special_tokens=False
        )
        ids = {text: encoding.ids for text, encoding in zip(texts, encodings, strict=True)}
        before, between, after = self._template
        special = len(before) + len(between) + len(after)
        rows = []
        for premise, hypothesis in pairs:
            second = ids[hypothesis][: self._max_length - special - 8]
            first = ids[premise][: self._max_length - special - len(second)]
            rows.append([*before, *first, *between, *second, *after])
        return rows

    def logits(self, pairs: Sequence[Pair]) -> Floats:
        """``(n, labels)``, in the order of the pairs."""
        return self._latest.of(pairs, self._computed, width=len(self.labels))

    def _computed(self, pairs: Sequence[tuple[str, ...]]) -> Floats:
        rows = self.token_ids([(premise, hypothesis) for premise, hypothesis in pairs])
        result = np.zeros((len(rows), len(self.labels)))
        for width, batch in batches_of_width(rows, max_length=self._max_length):
            result[batch] = self._classifier.logits([rows[i] for i in batch], width=width)
        return result


def _pair_template(tokenizer: Any) -> tuple[list[int], list[int], list[int]]:
    """The special tokens before, between and after the two texts of a pair."""
    encoding = tokenizer.encode("a", "b")
    ids, special = encoding.ids, encoding.special_tokens_mask
    plain = [i for i, flag in enumerate(special) if not flag]
    if len(plain) != 2:
        raise ModelError("the tokenizer has no template for pairs")
    first, second = plain
    return ids[:first], ids[first + 1 : second], ids[second + 1 :]


class TorchPairs:
    """Pairs through transformers and torch: any NLI model of the hub, or a folder.

    On a GPU it computes in bfloat16.

    Args:
        name: A hub name or a folder with ``transformers``' files.
        threads: Threads of torch on the CPU.

    Raises:
        ModelError: It can't be loaded, or its weights are not safetensors.
    """

    def __init__(self, name: str | Path, *, threads: int | None = None) -> None:
        import torch
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        if threads is not None:
            torch.set_num_threads(threads)
        # No code of a model is run, no pickle opened, and a folder needs no network.
        options: dict[str, Any] = {
            "trust_remote_code": False,
            "local_files_only": Path(name).exists(),
        }
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(name, **options)
            model, loaded = AutoModelForSequenceClassification.from_pretrained(
                name, use_safetensors=True, output_loading_info=True, **options
            )
        except Exception as error:  # of transformers, tokenizers, safetensors or the hub's client
            first = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
            raise ModelError(f"{name}: can't be loaded as an NLI model: {first}") from error
        missing = sorted({n for n, _ in model.named_parameters()} & set(loaded["missing_keys"]))
        if missing:
            # They would hold random numbers.
            raise ModelError(f"{name}: weights are missing: {', '.join(missing[:3])}")
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        if self._device == "cuda":
            model = model.to(torch.bfloat16)
        self._model = model.to(self._device).eval()
        names = model.config.id2label
        try:
            self.labels = tuple(str(names[i]) for i in range(len(names)))
        except KeyError as error:
            raise ModelError(f"{name}: config.json numbers its labels with gaps") from error

    def logits(self, pairs: Sequence[Pair]) -> Floats:
        """``(n, labels)``, in the order of the pairs."""
        import torch

        result = np.zeros((len(pairs), len(self.labels)))
        order = sorted(range(len(pairs)), key=lambda i: len(pairs[i][0]) + len(pairs[i][1]))
        for start in range(0, len(order), 32):
            rows = order[start : start + 32]
            inputs = self._tokenizer(
                [encodable(pairs[i][0]) for i in rows],
                [encodable(pairs[i][1]) for i in rows],
                padding=True,
                truncation="only_first",
                max_length=256,
                return_tensors="pt",
            ).to(self._device)
            with torch.inference_mode():
                result[rows] = self._model(**inputs).logits.float().cpu().numpy()
        return result
