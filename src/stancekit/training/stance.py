"""Training the stance model: an NLI classifier over premises and hypotheses."""

from __future__ import annotations

import dataclasses
import json
import logging
import random
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.special import softmax
from transformers import AutoTokenizer, EvalPrediction, PreTrainedTokenizerBase

from stancekit.errors import DataError
from stancekit.evaluation.metrics import (
    confusion_matrix,
    macro_f1,
    polarity_accuracy,
    reversed_polarity,
)
from stancekit.evaluation.run import evaluate_stance_items
from stancekit.evaluation.stance import item_of_record
from stancekit.hypotheses import Premise, Target, fill
from stancekit.inference.export import finish_folder
from stancekit.records import Record
from stancekit.stance.scorer import StanceScorer
from stancekit.training.base import base_model, base_path
from stancekit.training.calibration import MAX_LOSS, fit_calibration, fit_screen
from stancekit.training.card import write_card
from stancekit.training.config import TrainConfig
from stancekit.training.data import check_items, read_places, read_records
from stancekit.training.loop import Example, fit, freeze_lowest
from stancekit.types import STANCE_LABELS

logger = logging.getLogger(__name__)

# Pairs of the probe: enough that 2 % of them are more than one.
_PROBE = 256
NLI_LABELS = ("entailment", "neutral", "contradiction")
_NLI_IDS = {label: index for index, label in enumerate(NLI_LABELS)}
# A two-way label says that contradiction and neutral are not told apart; the
# loss then reads only the probability of entailment.
_NOT_ENTAILMENT = 3

# Ways to say it beside the default wording, so that the model learns the
# stance and not one verb. Each is used with every target of its form.
_FAVOR_PHRASES = (
    "{{speaker}} is in favour of {0}.",
    "{{speaker}} wants {0}.",
    "{{speaker}} approves of {0}.",
    "{{speaker}} speaks up for {0}.",
)
_AGAINST_PHRASES = (
    "{{speaker}} is against {0}.",
    "{{speaker}} rejects {0}.",
    "{{speaker}} does not want {0}.",
    "{{speaker}} speaks out against {0}.",
)
_FAVOR_CLAIMS = (
    "{0}.",
    "{{speaker}} believes that this is right: {0}.",
    "{{speaker}} holds that: {0}.",
)
_AGAINST_CLAIMS = (
    "{{speaker}} believes that this is wrong: {0}.",
    "{{speaker}} rejects the idea: {0}.",
)

Pair = tuple[str, str, int]


def target_of(record: Mapping[str, Any]) -> Target:
    """The target of a stance record: its claim where it has one, else its noun phrase."""
    if record.get("claim"):
        return Target.from_claim(str(record["claim"]))
    return Target.from_text(str(record["target"]))


def _wordings(record: Record, target: Target) -> tuple[Sequence[str], Sequence[str]]:
    favor, against = (
        (_FAVOR_CLAIMS, _AGAINST_CLAIMS)
        if record.get("claim")
        else (_FAVOR_PHRASES, _AGAINST_PHRASES)
    )
    return [w.format(target.name) for w in favor], [w.format(target.name) for w in against]


def read_wordings(path: Path) -> dict[str, Target]:
    """Hand-written favor and against sentences of targets, by the target's name.

    Raises:
        DataError: The file is missing or malformed.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))["target"]
        return {
            t["name"]: Target(t["name"], t["name"], tuple(t["favor"]), tuple(t["against"]))
            for t in tables
        }
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path}: {error}") from error


def stance_pairs(
    records: Sequence[Record],
    *,
    repeat: int,
    unrelated: float,
    rng: random.Random,
    wordings: Mapping[str, Target],
    against: float = 0.0,
) -> Iterator[Pair]:
    """Premise, hypothesis and label of every record, in ``repeat`` wordings each.

    ``against`` is the share of pairs that ask an against sentence; the others ask a
    favor one, as scoring does with a three-way model. Half use the default sentence,
    the others a paraphrase. A tenth of the statements lose their speaker's
    name, as attribution will lose some. ``unrelated`` is the share of records that
    are also asked about a target of another topic.
    """
    for record in records:
        target = target_of(record)
        for _ in range(repeat):
            premise = Premise.of(record)
            if rng.random() < 0.1:
                premise = Premise(premise.text, None, premise.context)
            favor_side = rng.random() >= against
            written = wordings.get(target.name)
            draw = rng.random()
            if draw < 0.5:
                sentences: Sequence[str] = target.favor if favor_side else target.against
            elif draw < 0.75 and written is not None:
                sentences = written.favor if favor_side else written.against
            else:
                sentences = _wordings(record, target)[0 if favor_side else 1]
            agreeing = "favor" if favor_side else "against"
            label = (
                "neutral"
                if record["label"] == "none"
                else "entailment"
                if record["label"] == agreeing
                else "contradiction"
            )
            hypothesis = fill(rng.choice(sentences), premise.speaker)
            yield premise.render(), hypothesis, _NLI_IDS[label]
        if rng.random() < unrelated:
            other = rng.choice(records)
            if other.get("topic", target_of(other).name) != record.get("topic", target.name):
                premise = Premise.of(record)
                elsewhere = target_of(other)
                sentence = rng.choice((*elsewhere.favor, *elsewhere.against))
                yield premise.render(), fill(sentence, premise.speaker), _NLI_IDS["neutral"]


def nli_pairs(records: Sequence[Record], *, repeat: int) -> Iterator[Pair]:
    """Premise, hypothesis and label of NLI records."""
    for record in records:
        label = _NLI_IDS.get(record["label"], _NOT_ENTAILMENT)
        for _ in range(repeat):
            yield record["premise"], record["hypothesis"], label


_SENTIMENT_LABELS = {"positive": "favor", "negative": "against", "neutral": "none"}


def sentiment_records(records: Sequence[Record]) -> list[Record]:
    """Sentiment toward a mention, read as the anonymous author's stance toward it.

    Mentions of up to four letters, mostly pronouns, name no target and are left out.
    """
    return [
        {"text": r["text"], "target": r["mention"], "label": _SENTIMENT_LABELS[r["sentiment"]]}
        for r in records
        if len(r["mention"]) > 4
    ]


def nli_loss(
    outputs: Any, labels: torch.Tensor, num_items_in_batch: torch.Tensor | None = None
) -> torch.Tensor:
    """Cross entropy; for a two-way "not entailment", minus the log of neutral plus contradiction.

    Args:
        outputs: With ``logits`` of shape ``(n, 3)`` in the order of `NLI_LABELS`.
        labels: ``(n,)``; 3 stands for "not entailment".
        num_items_in_batch: Given by the Trainer when it accumulates gradients.
    """
    log_p = outputs["logits"].float().log_softmax(dim=-1)
    rest = torch.logsumexp(log_p[:, 1:], dim=-1, keepdim=True)
    losses = -torch.cat([log_p, rest], dim=-1).gather(1, labels[:, None]).squeeze(1)
    return losses.mean() if num_items_in_batch is None else losses.sum() / num_items_in_batch


def tokenize_ids(
    pairs: Sequence[tuple[str, str]], tokenizer: PreTrainedTokenizerBase, *, max_length: int
) -> list[list[int]]:
    """Token ids of premise-hypothesis pairs; a premise that is too long loses its end."""
    if not pairs:
        return []
    encoded = tokenizer(
        [p[0] for p in pairs],
        [p[1] for p in pairs],
        truncation="only_first",
        max_length=max_length,
        return_token_type_ids=False,
    )
    return list(encoded["input_ids"])


def tokenize(
    pairs: Sequence[Pair], tokenizer: PreTrainedTokenizerBase, *, max_length: int
) -> list[Example]:
    """Training examples of labelled pairs."""
    rows = tokenize_ids([p[:2] for p in pairs], tokenizer, max_length=max_length)
    return [
        {"input_ids": ids, "attention_mask": [1] * len(ids), "labels": pair[2], "length": len(ids)}
        for ids, pair in zip(rows, pairs, strict=True)
    ]


# Where the NLI labels stand among favor, against, none, asked a favor sentence.
_STANCE_OF_NLI = np.array([0, 2, 1])


def dev_metrics(prediction: EvalPrediction) -> dict[str, float]:
    """Stance metrics of a checkpoint, from the logits and labels of `held_out_pairs`."""
    logits = np.asarray(prediction.predictions, dtype=np.float64)
    gold = _STANCE_OF_NLI[np.asarray(prediction.label_ids)]
    p = softmax(logits, axis=1)[:, np.argsort(_STANCE_OF_NLI)]
    confusion = confusion_matrix(gold, p.argmax(axis=1))
    return {
        "macro_f1": float(macro_f1(confusion)[0]),
        "polarity_accuracy": float(polarity_accuracy(gold, p)[0]),
        "reversed_polarity": float(reversed_polarity(confusion)[0]),
    }


def held_out_pairs(records: Sequence[Record]) -> list[Pair]:
    """Dev statements as scoring asks them: with the default favor sentence of their target."""
    pairs = []
    for record in records:
        premise = Premise.of(record)
        label = ("entailment", "contradiction", "neutral")[STANCE_LABELS.index(record["label"])]
        hypothesis = fill(target_of(record).favor[0], premise.speaker)
        pairs.append((premise.render(), hypothesis, _NLI_IDS[label]))
    return pairs


def check_splits(config: TrainConfig) -> None:
    """Refuses stance data that contradicts itself, has one label only, or leaks into dev.

    Raises:
        DataError: It does; the message names files and lines.
    """
    splits: dict[str, list[tuple[str, Record]]] = {}
    for split, sources in (("train", config.data.train), ("dev", config.data.dev)):
        # Rows drawn twice from one file, as with repeats by topic, are one item.
        places = {
            where: record
            for source in sources
            if source.format == "stance"
            for where, record in read_places(config.source_path(source), source, seed=config.seed)
        }
        splits[split] = list(places.items())
    check_items(splits)
    labels = {record["label"] for _, record in splits["train"]}
    if len(labels) == 1 and all(source.format == "stance" for source in config.data.train):
        raise DataError(f"all training records are labelled {labels.pop()}: expected two labels")


def train_stance(
    config: TrainConfig,
    output: Path,
    *,
    provenance: dict[str, Any],
    resume: bool,
    show_progress: bool,
) -> None:
    """Trains the NLI classifier, then writes the model folder."""
    rng = random.Random(config.seed)
    wordings = read_wordings(Path(config.data.wordings)) if config.data.wordings else {}
    pairs: list[Pair] = []
    counts: dict[str, int] = {}
    check_splits(config)
    for source in config.data.train:
        records = read_records(config.source_path(source), source, seed=config.seed)
        if source.format == "nli":
            made = list(nli_pairs(records, repeat=source.repeat))
        else:
            if source.format == "sentiment":
                records = sentiment_records(records)
            made = list(
                stance_pairs(
                    records,
                    repeat=source.repeat,
                    unrelated=config.data.unrelated,
                    rng=rng,
                    wordings=wordings,
                    against=config.data.against,
                )
            )
        counts[source.path] = counts.get(source.path, 0) + len(made)
        pairs.extend(made)
    provenance["pairs"] = counts
    logger.info("%d pairs: %s", len(pairs), counts)
    tokenizer = AutoTokenizer.from_pretrained(base_path(config))
    examples = tokenize(pairs, tokenizer, max_length=config.model.max_length)
    model = base_model(config, NLI_LABELS)
    freeze_lowest(model, config.model.freeze_layers)
    held_out = [
        record
        for source in config.data.dev
        for record in read_records(config.source_path(source), source, seed=config.seed)
    ]
    dev = tokenize(held_out_pairs(held_out), tokenizer, max_length=config.model.max_length)
    provenance["log"] = fit(
        model,
        examples,
        config,
        output,
        pad_id=tokenizer.pad_token_id,
        resume=resume,
        show_progress=show_progress,
        compute_loss=nli_loss,
        held_out=dev,
        compute_metrics=dev_metrics,
    )
    tokenizer.save_pretrained(output)
    settings: dict[str, Any] = {
        "purpose": "stance",
        "max_length": config.model.max_length,
        "calibration": {},
        **provenance,
    }
    finish_folder(
        model,
        output,
        sample=[example["input_ids"] for example in _spread(dev or examples)],  # type: ignore[misc]
        settings=settings,
    )
    finish_stance(output, held_out, screens=config.model.screens)


def _spread(examples: Sequence[Example]) -> Sequence[Example]:
    """The examples on which the 8-bit model must agree with the original, from all over."""
    return examples[:: max(1, len(examples) // _PROBE)][:_PROBE]


def finish_stance(folder: Path, held_out: Sequence[Record], *, screens: str | None = None) -> None:
    """Calibrates a finished model folder on dev records, as it will run, and writes its card.

    With ``screens``, a larger model, it also fits the threshold above which this one
    answers in its place.
    """
    path = folder / "stancekit.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    metrics = ""
    if held_out:
        scorer = StanceScorer.from_pretrained(folder)
        premises = [Premise.of(r) for r in held_out]
        targets = [target_of(r) for r in held_out]
        raw = scorer.raw_pairs(premises, targets)
        calibration = fit_calibration(raw, [r["label"] for r in held_out])
        settings["calibration"] = dataclasses.asdict(calibration)
        if screens is not None:
            large = StanceScorer.from_pretrained(screens, mode="exact")
            p = calibration.apply(raw)
            q = large.score_pairs(premises, targets)
            labels = [r["label"] for r in held_out]
            settings["screens"] = {
                mode: dataclasses.asdict(fit_screen(p, q, labels, max_loss=loss))
                for mode, loss in MAX_LOSS.items()
            }
        path.write_text(json.dumps(settings, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        scorer.calibration = calibration
        items = [item_of_record(r, where=str(r.get("id", n))) for n, r in enumerate(held_out)]
        metrics = evaluate_stance_items(items, scorer).card_block()
    write_card(folder, settings=settings, metrics=metrics)
