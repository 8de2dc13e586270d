"""`stancekit.train`: from a configuration file to a model folder."""

from __future__ import annotations

import json
import logging
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from stancekit.config import load
from stancekit.errors import ConfigError
from stancekit.training.config import TrainConfig

logger = logging.getLogger(__name__)

_PACKAGES = (
    "stancekit",
    "torch",
    "transformers",
    "tokenizers",
    "numpy",
    "accelerate",
    "datasets",
    "peft",
    "scikit-learn",
)


def versions() -> dict[str, str]:
    """Versions of what a training result depends on, as far as it is installed."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


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
        show_progress: Show a progress bar with the loss and the dev metric.

    Returns:
        The output folder: a model folder with its card, and the resolved configuration and
        the versions as ``training.json``. `stancekit.training.comparison.read_comparisons`
        reads from it whether the model became better.

    Raises:
        ConfigError: The configuration is wrong.
        DataError: A data file is wrong.
        ModelError: The base model can't be used.
        MissingExtraError: The configuration needs a package that is not installed.
    """
    checked = config if isinstance(config, TrainConfig) else load(TrainConfig, config, overrides)
    output = Path(checked.output)
    if Path(checked.base).resolve() == output.resolve():
        raise ConfigError(f"output: {output} is the base model's own folder")
    if checked.hub is not None:
        from stancekit.training.hub import check_token

        # Before hours of training, not after them.
        check_token()
    output.mkdir(parents=True, exist_ok=True)
    if checked.task == "attribution":
        from stancekit.training.attribution import train_attribution as run
    elif checked.task == "relevance":
        from stancekit.training.relevance import train_relevance as run
    else:
        from stancekit.training.stance import train_stance as run
    provenance: dict[str, Any] = {"config": checked.resolved(), "versions": versions()}
    (output / "training.json").write_text(json.dumps(provenance, indent=2) + "\n", encoding="utf-8")
    run(checked, output, provenance=provenance, resume=resume, show_progress=show_progress)
    remove_checkpoints(output)
    if checked.hub is not None:
        from stancekit.training.hub import push_to_hub

        push_to_hub(output, checked.hub.model_id, private=checked.hub.private)
    return output


def remove_checkpoints(output: Path) -> None:
    """Removes what only an interrupted run needs: four times the size of the model."""
    from stancekit.training.loop import CHECKPOINTS, remove_run

    for folder in (output / CHECKPOINTS, *(output / "folds").glob(f"*/{CHECKPOINTS}")):
        remove_run(folder)
