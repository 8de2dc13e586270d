"""`stancekit.train`: from a configuration file to a model folder."""

from __future__ import annotations

import json
import logging
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from stancekit.config import load
from stancekit.training.config import TrainConfig

logger = logging.getLogger(__name__)


def versions() -> dict[str, str]:
    """Versions of what a training result depends on."""
    packages = ("stancekit", "torch", "transformers", "tokenizers", "numpy")
    return {"python": platform.python_version(), **{name: version(name) for name in packages}}


def train(
    config: str | Path | TrainConfig,
    *,
    overrides: Sequence[str] = (),
    resume: bool = False,
    show_progress: bool = False,
) -> Path:
    """Trains a model as a configuration says.

    Args:
        config: A TOML file, or an already checked configuration.
        overrides: ``key.path=value`` strings that change the file's values.
        resume: Go on from the last checkpoint in the output folder, if there is one.
        show_progress: Show a progress bar with the loss.

    Returns:
        The output folder: a model folder with its card, and the resolved configuration and
        the versions as ``training.json``.

    Raises:
        ConfigError: The configuration is wrong.
        DataError: A data file is wrong.
        ModelError: The base model can't be used.
    """
    checked = config if isinstance(config, TrainConfig) else load(TrainConfig, config, overrides)
    output = Path(checked.output)
    output.mkdir(parents=True, exist_ok=True)
    if checked.task == "attribution":
        from stancekit.training.attribution import train_attribution as run
    else:
        from stancekit.training.stance import train_stance as run
    provenance: dict[str, Any] = {"config": checked.resolved(), "versions": versions()}
    (output / "training.json").write_text(json.dumps(provenance, indent=2) + "\n", encoding="utf-8")
    run(checked, output, provenance=provenance, resume=resume, show_progress=show_progress)
    return output
