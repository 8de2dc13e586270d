"""A model folder: what it must hold, and what it says about itself."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from stancekit.errors import ModelError

STANCEKIT_FILE = "stancekit.json"
GRAPH_FILE = "graph.onnx"
# The models that ship with stancekit, and the SHA-256 of their files as sha256sum writes it.
SHIPPED = Path(__file__).parent.parent / "models"
SUMS_FILE = "SHA256SUMS"
# The large files are hashed by who reads them, for the name of the cached graph.
_HASHED_WHEN_READ = (".safetensors", ".onnx")


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@lru_cache(maxsize=1)
def _sums() -> dict[str, str]:
    lines = (SHIPPED / SUMS_FILE).read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}


def check_shipped(folder: Path, digests: Mapping[str, str] | None = None) -> None:
    """Compares the files of a model that ships with stancekit with what was shipped.

    Args:
        folder: A model folder; any other than those that ship is left alone.
        digests: SHA-256 by file name; by default of the folder's small files.

    Raises:
        ModelError: A file is another one, or damaged.
    """
    if folder.parent != SHIPPED:
        return
    names = [n.split("/", 1)[1] for n in _sums() if n.startswith(folder.name + "/")]
    if digests is None:
        small = [n for n in names if not n.endswith(_HASHED_WHEN_READ)]
        digests = {n: sha256(folder / n) for n in small if (folder / n).is_file()}
    for name, digest in digests.items():
        if _sums().get(f"{folder.name}/{name}") != digest:
            raise ModelError(
                f"{folder / name}: not the file that ships with stancekit (its SHA-256 differs); "
                "install stancekit again"
            )


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number that no float holds
        return False


def _read_json(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(f"{path.parent}: {path.name} is missing") from error
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path}: not readable as JSON") from error
    if not isinstance(values, dict):
        raise ModelError(f"{path}: expected a JSON object")
    return values


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A checked model folder.

    ``labels`` are in the order of the classifier's outputs; ``settings`` is
    what ``stancekit.json`` holds, empty for models made elsewhere.
    """

    path: Path
    labels: tuple[str, ...]
    config: dict[str, Any] = field(repr=False)
    settings: dict[str, Any] = field(repr=False)

    @classmethod
    def open(cls, path: str | Path) -> ModelFolder:
        """Reads the folder's configuration.

        Raises:
            ModelError: Something it must hold is missing or can't be read.
        """
        folder = Path(path)
        if not folder.is_dir():
            raise ModelError(f"{folder}: not a model folder")
        config = _read_json(folder / "config.json")
        names = config.get("id2label")
        if not isinstance(names, dict) or not names:
            raise ModelError(f"{folder}: config.json names no labels (id2label)")
        try:
            labels = tuple(str(names[str(i)]) for i in range(len(names)))
        except KeyError as error:
            raise ModelError(f"{folder}: config.json numbers its labels with gaps") from error
        numbers = config.get("label2id")
        if numbers and numbers != {label: i for i, label in enumerate(labels)}:
            # One of the two was changed, and nothing tells which of them the weights follow.
            raise ModelError(
                f"{folder}: id2label and label2id of config.json contradict each other"
            )
        settings = (
            _read_json(folder / STANCEKIT_FILE) if (folder / STANCEKIT_FILE).is_file() else {}
        )
        opened = cls(folder, labels, config, settings)
        check_shipped(folder)
        return opened

    def expect(self, purpose: str) -> None:
        """Refuses a folder that says that it is for something else.

        Raises:
            ModelError: ``stancekit.json`` names another purpose.
        """
        says = self.settings.get("purpose")
        if says is not None and says != purpose:
            raise ModelError(f"{self.path}: a model for {says}, not for {purpose}")

    def numbers(self, name: str) -> dict[str, float]:
        """A table of numbers in ``stancekit.json``, empty if it is not there.

        Raises:
            ModelError: It is no table, or holds anything but finite numbers.
        """
        table = self.settings.get(name) or {}
        if not isinstance(table, dict) or not all(_is_number(v) for v in table.values()):
            raise ModelError(f"{self.path}: stancekit.json holds no {name}")
        return {key: float(value) for key, value in table.items()}

    def max_length(self, default: int) -> int:
        """Most tokens of an input, as ``stancekit.json`` says.

        Raises:
            ModelError: It is no whole number of 16 or more.
        """
        value = self.settings.get("max_length", default)
        if isinstance(value, bool) or not isinstance(value, int) or value < 16:
            raise ModelError(
                f"{self.path}: max_length in stancekit.json is {value!r}, expected 16 or more"
            )
        return value

    @property
    def pad_id(self) -> int:
        """The token that fills up short rows of a batch.

        Raises:
            ModelError: ``config.json`` gives no number for it.
        """
        value = self.config.get("pad_token_id") or 0
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ModelError(f"{self.path}: pad_token_id in config.json is {value!r}")
        return value

    def tokenizer(self) -> Tokenizer:
        """The fast tokenizer, without padding and truncation.

        Raises:
            ModelError: ``tokenizer.json`` is missing, can't be read, or knows more tokens than
                the model.
        """
        file = self.path / "tokenizer.json"
        if not file.is_file():
            raise ModelError(f"{self.path}: tokenizer.json is missing")
        try:
            tokenizer = Tokenizer.from_file(str(file))
        except Exception as error:  # tokenizers raises bare Exception
            raise ModelError(f"{file}: not a readable tokenizer") from error
        known, used = self.config.get("vocab_size"), tokenizer.get_vocab_size()
        if isinstance(known, int) and used > known:
            raise ModelError(f"{file}: {used} tokens, but the model knows {known} only")
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer
