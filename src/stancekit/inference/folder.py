"""A model folder: what it must hold, and what it says about itself."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from stancekit.errors import ModelError

STANCEKIT_FILE = "stancekit.json"
GRAPH_FILE = "graph.onnx"


def _read_json(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(f"{path.parent}: {path.name} is missing") from error
    except (OSError, ValueError) as error:
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
        settings = (
            _read_json(folder / STANCEKIT_FILE) if (folder / STANCEKIT_FILE).is_file() else {}
        )
        return cls(folder, labels, config, settings)

    def expect(self, purpose: str) -> None:
        """Refuses a folder that says that it is for something else.

        Raises:
            ModelError: ``stancekit.json`` names another purpose.
        """
        says = self.settings.get("purpose")
        if says is not None and says != purpose:
            raise ModelError(f"{self.path}: a model for {says}, not for {purpose}")

    def tokenizer(self) -> Tokenizer:
        """The fast tokenizer, without padding and truncation.

        Raises:
            ModelError: ``tokenizer.json`` is missing or can't be read.
        """
        file = self.path / "tokenizer.json"
        if not file.is_file():
            raise ModelError(f"{self.path}: tokenizer.json is missing")
        try:
            tokenizer = Tokenizer.from_file(str(file))
        except Exception as error:  # tokenizers raises bare Exception
            raise ModelError(f"{file}: not a readable tokenizer") from error
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer
