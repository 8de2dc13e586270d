"""`stancekit check`: what a training configuration would do, before it does it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from stancekit.config import load
from stancekit.errors import DataError
from stancekit.records import Record
from stancekit.training.config import DataSource, TrainConfig
from stancekit.training.data import read_records


def _labels(records: list[Record], source: DataSource) -> str:
    if source.format == "attribution":
        return f"{sum(len(r['attributions']) for r in records)} attributions"
    key = "sentiment" if source.format == "sentiment" else "label"
    counts = Counter(str(r[key]) for r in records)
    return ", ".join(f"{label} {n}" for label, n in sorted(counts.items()))


def check_config(path: str | Path, *, overrides: Sequence[str] = ()) -> list[str]:
    """Reads a training configuration and all its data, and describes the run.

    Args:
        path: The configuration file.
        overrides: ``key.path=value`` strings that change the file's values.

    Returns:
        Lines to show: every file with its records and labels, then the steps.

    Raises:
        ConfigError: The configuration is wrong.
        DataError: Data files are wrong; one message with the problems of all of them.
    """
    config = load(TrainConfig, path, overrides)
    lines = [f"task {config.task}, from {config.base}, to {config.output}"]
    problems = []
    examples = 0
    for split, sources in (("train", config.data.train), ("dev", config.data.dev)):
        for source in sources:
            try:
                records = read_records(config.source_path(source), source, seed=config.seed)
            except DataError as error:
                problems.append(str(error))
                continue
            lines.append(
                f"{split}: {source.path}: {len(records)} records ({_labels(records, source)})"
            )
            if split == "train":
                examples += len(records) * source.repeat
    if not problems and config.task == "stance":
        from stancekit.training.stance import check_splits

        try:
            check_splits(config)
        except DataError as error:
            problems.append(str(error))
    if problems:
        raise DataError("\n".join(problems))
    training = config.training
    batch = training.per_device_train_batch_size * training.gradient_accumulation_steps
    unit = "articles" if config.task == "attribution" else "pairs"
    lines.append(
        f"{examples} {unit} an epoch, {training.num_train_epochs:g} epochs, batches of {batch}"
    )
    if config.task == "stance":
        steps = training.max_steps
        if steps < 0:
            steps = round(training.num_train_epochs * -(-examples // batch))
        lines.append(
            f"about {steps} steps (plus a share of {config.data.unrelated:g} unrelated pairs)"
        )
    return lines
