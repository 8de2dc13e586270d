"""`stancekit check`: what a training configuration would do, before it does it."""

from __future__ import annotations

import importlib.util
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from stancekit.config import load
from stancekit.errors import DataError, ModelError
from stancekit.records import Record
from stancekit.training.config import TrainConfig
from stancekit.training.splits import Splits, load_splits

# So many sequences are tokenized to know how long they are.
_SAMPLED = 500
# A training step reaches about this share of the speed of a bare matrix product.
_EFFICIENCY = 0.6


def _labels(records: Sequence[Record], kind: str) -> str:
    if kind == "attribution":
        return f"{sum(len(r['attributions']) for r in records)} attributions"
    key = "sentiment" if kind == "sentiment" else "label"
    counts = Counter(str(r[key]) for r in records)
    return ", ".join(f"{label} {n}" for label, n in sorted(counts.items()))


def check_config(path: str | Path, *, overrides: Sequence[str] = ()) -> list[str]:
    """Reads a training configuration and all its data, and describes the run.

    Args:
        path: The configuration file.
        overrides: ``key.path=value`` strings that change the file's values.

    Returns:
        Lines to show: every part of the data with its labels, steps, time and memory.

    Raises:
        ConfigError: The configuration is wrong.
        DataError: Data files are wrong, or the base or an extra is missing; one message with
            every problem.
    """
    config = load(TrainConfig, path, overrides)
    problems = [*_base_problems(config)]
    splits = None
    try:
        splits = load_splits(config)
    except DataError as error:
        problems.append(str(error))
    if splits is None or problems:
        raise DataError("\n".join(problems))
    lines = [f"task {config.task}, from {config.base}, to {config.output}"]
    lines += _data_lines(config, splits)
    lines += _run_lines(config, splits)
    return lines


def _base_problems(config: TrainConfig) -> Iterator[str]:
    if config.model.lora is not None and importlib.util.find_spec("peft") is None:
        yield "model.lora needs an extra: pip install 'stancekit[lora]'"
    for name, base in (("model.base", config.base), *_others(config)):
        # What looks like a path is no hub name.
        if (
            base != "bundled"
            and not Path(base).is_dir()
            and (base.count("/") != 1 or "." in base[:1])
        ):
            yield f"{name}: {base}: no such folder, and not a hub name (owner/name)"
    if config.data.wordings:
        from stancekit.training.stance import read_wordings

        try:
            read_wordings(Path(config.data.wordings))
        except DataError as error:
            yield f"data.wordings: {error}"


def _others(config: TrainConfig) -> Iterator[tuple[str, str]]:
    for number, base in enumerate(config.model.average):
        yield f"model.average.{number}", base


def _data_lines(config: TrainConfig, splits: Splits) -> Iterator[str]:
    for part in splits.train:
        labels = _labels(part.records, part.source.format)
        yield f"train: {part.source.title}: {len(part.rows)} records ({labels})"
    for split in ("dev", "test"):
        records = [record for _, record in getattr(splits, split)]
        if records:
            yield f"{split}: {len(records)} records ({_labels(records, config.task)})"
            if config.task != "attribution" and len({r["label"] for r in records}) == 1:
                yield f"note: all {split} records have one label: figures on them say little"
    if splits.held:
        sizes = [len(places) for places in splits.held]
        yield f"folds: {len(sizes)}, each holds out {min(sizes)} to {max(sizes)} records"
    if not splits.dev and not splits.test and not splits.held:
        yield "note: no dev and no test data: nothing will tell whether the model became better"


def _run_lines(config: TrainConfig, splits: Splits) -> Iterator[str]:
    training = config.training
    batch = training.per_device_train_batch_size * training.gradient_accumulation_steps
    try:
        lengths, count = _lengths(config, splits)
    except (ModelError, OSError, ValueError) as error:
        yield f"no estimate: the base can't be read here: {str(error).splitlines()[0]}"
        return
    unit = "windows" if config.task == "attribution" else "pairs"
    epoch = -(-count // batch)
    steps = training.max_steps
    if steps < 0:
        steps = int(-(-training.num_train_epochs * epoch // 1))
    if config.model.fit_output:
        yield f"the output layer is fitted to {count} {unit}"
    if steps:
        yield (
            f"{count} {unit} an epoch, {training.num_train_epochs:g} epochs, batches of {batch}: "
            f"{steps} steps"
        )
    else:
        yield "no training of other layers (max_steps = 0)"
    tokens = sum(lengths) / len(lengths)
    yield from _estimates(
        config, tokens=tokens, count=count, steps=steps, runs=1 + len(splits.held)
    )


def _lengths(config: TrainConfig, splits: Splits) -> tuple[list[int], int]:
    """Tokens of a sample of the sequences, and how many sequences there are in all."""
    from transformers import AutoTokenizer

    from stancekit.training.base import base_path

    tokenizer = AutoTokenizer.from_pretrained(base_path(config))
    limit = config.model.max_length
    if config.task == "relevance":
        from stancekit.training.relevance import relevance_examples

        examples = relevance_examples(config, splits, tokenizer)
        texts = [(e["input_ids"], e["target_ids"]) for e in examples]
        return [len(a) + len(b) for a, b in texts], len(texts)  # type: ignore[arg-type]
    if config.task == "stance":
        from stancekit.training.stance import tokenize_ids, training_pairs

        pairs = training_pairs(config, splits)[0]
        some = [pair[:2] for pair in pairs[:: max(1, len(pairs) // _SAMPLED)]]
        return [len(ids) for ids in tokenize_ids(some, tokenizer, max_length=limit)], len(pairs)
    from stancekit.training.attribution import window_examples

    records = [record for part in splits.train for record in part.records]
    sampled = records[:: max(1, len(records) // _SAMPLED)]
    backend = tokenizer.backend_tokenizer
    backend.no_truncation()
    windows = window_examples(
        sampled,
        backend,
        cls_id=tokenizer.cls_token_id,
        sep_id=tokenizer.sep_token_id,
        max_length=limit,
    )
    lengths = [len(window["input_ids"]) for window in windows]  # type: ignore[arg-type]
    return lengths, round(len(windows) * len(records) / len(sampled))


def _estimates(
    config: TrainConfig, *, tokens: float, count: int, steps: int, runs: int
) -> Iterator[str]:
    """Time and memory by rules of thumb, which the lines name."""
    import torch
    from transformers import AutoConfig, AutoModel

    from stancekit.training.base import base_path
    from stancekit.training.hardware import matrix_speed, trains_in_half

    shape = AutoConfig.from_pretrained(base_path(config))
    with torch.device("meta"):
        encoder = AutoModel.from_config(shape)
    weights = sum(p.numel() for p in encoder.parameters())
    layers, width = int(shape.num_hidden_layers), int(shape.hidden_size)
    per_layer = sum(p.numel() for n, p in encoder.named_parameters() if ".layer." in n) / layers
    frozen = min(config.model.freeze_layers, layers)
    training = config.training
    seen = steps * training.per_device_train_batch_size * training.gradient_accumulation_steps
    # Two operations a weight and token forward, four backward (Kaplan et al., Scaling laws, 2020).
    forward = 2 * per_layer * layers * tokens
    work = seen * (forward + 2 * forward * (1 - frozen / layers))
    if config.model.fit_output:
        work += count * forward
    device, speed = matrix_speed(half=trains_in_half(training.bf16))
    seconds = runs * work / (speed * _EFFICIENCY)
    yield (
        f"time: about {_duration(seconds)} of training on this machine's {device} (by a rule: 6 "
        f"operations a weight and token, at {_EFFICIENCY:.0%} of the {speed / 1e9:.0f} Gflop/s "
        "that it did just now), without measuring and exporting"
    )
    trained = weights * (1 - frozen / layers) if steps and config.model.lora is None else 0
    batch = training.per_device_train_batch_size
    # 34 bytes a token, layer and unit of width in half precision (Korthikanti et al. 2022).
    activations = 68 * batch * tokens * width * layers if steps else 0
    memory = 4 * weights + 12 * trained + activations
    yield (
        f"memory: about {memory / 1e9:.1f} GB (by a rule: 16 bytes a trained weight, 4 a frozen "
        f"one, and {activations / 1e9:.1f} GB of activations for batches of {batch})"
    )


def _duration(seconds: float) -> str:
    for limit, size, unit in ((90, 1, "seconds"), (5400, 60, "minutes")):
        if seconds < limit:
            return f"{max(1, round(seconds / size))} {unit}"
    return f"{seconds / 3600:.1f} hours"
