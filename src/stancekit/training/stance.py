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
import numpy.typing as npt
import torch
from scipy.special import softmax
from transformers import AutoTokenizer, EvalPrediction, PreTrainedModel, PreTrainedTokenizerBase

from stancekit.errors import DataError
from stancekit.evaluation.difference import compare_stances, stance_statistic
from stancekit.evaluation.run import evaluate_stance_items
from stancekit.evaluation.stance import gold_labels, group_indices, item_of_record
from stancekit.hypotheses import Premise, Target, fill
from stancekit.inference.export import finish_folder
from stancekit.records import Record
from stancekit.stance.scorer import Floats, StanceScorer
from stancekit.training.base import NLI_LABELS, base_model, base_path, gives_answers
from stancekit.training.calibration import (
    cross_calibrated,
    fit_calibration,
)
from stancekit.training.card import write_card
from stancekit.training.comparison import Comparison
from stancekit.training.config import TrainConfig
from stancekit.training.data import Row
from stancekit.training.loop import CHECKPOINTS, Example, fit, pad_collator, remove_run
from stancekit.training.output_layer import fit_output_layer
from stancekit.training.splits import Splits, fold_numbers, load_splits
from stancekit.types import STANCE_LABELS

logger = logging.getLogger(__name__)

_BATCH = 32
# Pairs of the probe: enough that 2 % of them are more than one.
_PROBE = 256
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
Ints = npt.NDArray[np.int64]


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


def drawn_premise(record: Record, rng: random.Random) -> Premise:
    """A record's premise; a tenth lose their speaker's name, as attribution will lose some."""
    premise = Premise.of(record)
    return Premise(premise.text, None, premise.context) if rng.random() < 0.1 else premise


def drawn_sentence(
    record: Record,
    target: Target,
    *,
    favor_side: bool,
    wordings: Mapping[str, Target],
    rng: random.Random,
) -> str:
    """A sentence about a record's target: half the time the default one, else a paraphrase."""
    written = wordings.get(target.name)
    draw = rng.random()
    if draw < 0.5:
        sentences: Sequence[str] = target.favor if favor_side else target.against
    elif draw < 0.75 and written is not None:
        sentences = written.favor if favor_side else written.against
    else:
        sentences = _wordings(record, target)[0 if favor_side else 1]
    return rng.choice(sentences)


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
    favor one, as scoring does with a three-way model. ``unrelated`` is the share of records
    that are also asked about a target of another topic.
    """
    for record in records:
        target = target_of(record)
        for _ in range(repeat):
            premise = drawn_premise(record, rng)
            favor_side = rng.random() >= against
            sentence = drawn_sentence(
                record, target, favor_side=favor_side, wordings=wordings, rng=rng
            )
            agreeing = "favor" if favor_side else "against"
            label = (
                "neutral"
                if record["label"] == "none"
                else "entailment"
                if record["label"] == agreeing
                else "contradiction"
            )
            yield premise.render(), fill(sentence, premise.speaker), _NLI_IDS[label]
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
    values = stance_statistic(gold, p)(np.ones((1, len(gold))))
    return {name: float(value[0]) for name, value in values.items()}


def held_out_pairs(records: Sequence[Record]) -> list[Pair]:
    """Dev statements as scoring asks them: with the default favor sentence of their target."""
    pairs = []
    for record in records:
        premise = Premise.of(record)
        label = ("entailment", "contradiction", "neutral")[STANCE_LABELS.index(record["label"])]
        hypothesis = fill(target_of(record).favor[0], premise.speaker)
        pairs.append((premise.render(), hypothesis, _NLI_IDS[label]))
    return pairs


def training_pairs(config: TrainConfig, splits: Splits) -> tuple[list[Pair], dict[str, int]]:
    """Pairs of the training records, and how many each source gave."""
    rng = random.Random(config.seed)
    wordings = read_wordings(Path(config.data.wordings)) if config.data.wordings else {}
    pairs: list[Pair] = []
    counts: dict[str, int] = {}
    for part in splits.train:
        source, records = part.source, part.records
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
        counts[source.title] = counts.get(source.title, 0) + len(made)
        pairs.extend(made)
    return pairs, counts


def train_stance(
    config: TrainConfig,
    output: Path,
    *,
    provenance: dict[str, Any],
    resume: bool,
    show_progress: bool,
    splits: Splits | None = None,
) -> None:
    """Trains the NLI classifier, then writes the model folder.

    Args:
        config: The run's configuration.
        output: The model folder.
        provenance: What ``stancekit.json`` says of the making.
        resume: Go on from the last checkpoint.
        show_progress: Show a progress bar.
        splits: The data, where it doesn't come from the configuration's files.
    """
    if splits is None:
        splits = load_splits(config)
    out_of_fold = _cross_validate(
        config, splits, output, resume=resume, show_progress=show_progress
    )
    # An interruption among the folds leaves nothing here to go on from.
    begun = resume and (not splits.held or (output / CHECKPOINTS).is_dir())
    trained = _trained(config, splits, output, resume=begun, show_progress=show_progress)
    _store(config, trained, output, provenance=provenance)
    finish_stance(config, splits, output, out_of_fold=out_of_fold)


@dataclasses.dataclass(frozen=True, slots=True)
class _Trained:
    """A trained model, before it is stored."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    sample: list[list[int]]
    told: dict[str, Any]


def _trained(
    config: TrainConfig, splits: Splits, output: Path, *, resume: bool, show_progress: bool
) -> _Trained:
    tokenizer = AutoTokenizer.from_pretrained(base_path(config))
    pairs, counts = training_pairs(config, splits)
    logger.info("%d pairs: %s", len(pairs), counts)
    max_length = config.model.max_length
    examples = tokenize(pairs, tokenizer, max_length=max_length)
    held_out = [record for _, record in splits.dev]
    dev = tokenize(held_out_pairs(held_out), tokenizer, max_length=max_length)
    # Asked as scoring will ask, without the paraphrases that teach the layers below.
    stances = [r for p in splits.train if p.source.format == "stance" for r in p.records]
    asked = tokenize(held_out_pairs(stances), tokenizer, max_length=max_length)
    told: dict[str, Any] = {"pairs": counts}

    def make_model() -> PreTrainedModel:
        made = base_model(config, NLI_LABELS)
        if config.model.fit_output is not None:
            told["output_fit"] = fit_output_layer(
                made,
                asked or examples,
                collate=pad_collator(tokenizer.pad_token_id),
                loss=nli_loss,
                penalty=config.model.fit_output,
            )
        return made

    model, told["log"] = fit(
        make_model,
        examples,
        config,
        output,
        collate=pad_collator(tokenizer.pad_token_id),
        resume=resume,
        show_progress=show_progress,
        compute_loss=nli_loss,
        held_out=dev,
        compute_metrics=dev_metrics,
    )
    sample = [example["input_ids"] for example in spread(dev or examples)]
    return _Trained(model, tokenizer, sample, told)  # type: ignore[arg-type]


def _store(
    config: TrainConfig, trained: _Trained, output: Path, *, provenance: dict[str, Any]
) -> None:
    """Writes the folder, without calibration and card."""
    trained.tokenizer.save_pretrained(output)
    finish_folder(
        trained.model,
        output,
        sample=trained.sample,
        settings={
            "purpose": "stance",
            "max_length": config.model.max_length,
            "calibration": {},
            **provenance,
            **trained.told,
        },
    )


class _InMemory:
    """A `PairClassifier` of a model that is not stored."""

    labels: tuple[str, ...] = NLI_LABELS

    def __init__(self, trained: _Trained, *, max_length: int) -> None:
        self._model = trained.model.eval()
        self._tokenizer = trained.tokenizer
        self._max_length = max_length

    def logits(self, pairs: Sequence[tuple[str, str]]) -> Floats:
        """``(n, 3)``, in the order of the pairs."""
        examples = tokenize(
            [(*pair, 0) for pair in pairs], self._tokenizer, max_length=self._max_length
        )
        collate = pad_collator(self._tokenizer.pad_token_id)
        device = next(self._model.parameters()).device
        result = np.zeros((len(examples), len(self.labels)))
        order = sorted(range(len(examples)), key=lambda i: examples[i]["length"])
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            tensors = collate([examples[i] for i in rows])
            del tensors["labels"]
            inputs = {name: tensor.to(device) for name, tensor in tensors.items()}
            with torch.inference_mode():
                result[rows] = self._model(**inputs).logits.float().cpu().numpy()
        return result


def spread(examples: Sequence[Example]) -> Sequence[Example]:
    """The examples on which the 8-bit model must agree with the original, from all over."""
    return examples[:: max(1, len(examples) // _PROBE)][:_PROBE]


@dataclasses.dataclass(frozen=True, slots=True)
class _OutOfFold:
    """Uncalibrated answers to every row by the model that had not seen it, fold by fold."""

    rows: list[Row]
    raw: Floats
    fold: Ints


def _cross_validate(
    config: TrainConfig,
    splits: Splits,
    output: Path,
    *,
    resume: bool,
    show_progress: bool,
) -> _OutOfFold | None:
    """Trains once for every fold; a fold's answers are kept, so that ``--resume`` skips it.

    The models are measured as trained, and never stored.
    """
    if not splits.held:
        return None
    rows: list[Row] = []
    raw: list[list[float]] = []
    fold: list[int] = []
    settings = json.dumps(config.resolved(), sort_keys=True)
    for number, part in enumerate(splits.folds()):
        folder = output / "folds" / str(number + 1)
        folder.mkdir(parents=True, exist_ok=True)
        kept = folder / "answers.json"
        places = [where for where, _ in part.test]
        found = json.loads(kept.read_text(encoding="utf-8")) if resume and kept.is_file() else {}
        if (found.get("settings"), found.get("places")) == (settings, places):
            answers = found["raw"]
        else:
            logger.info("fold %d of %d", number + 1, len(splits.held))
            begun = resume and (folder / CHECKPOINTS).is_dir()
            trained = _trained(config, part, folder, resume=begun, show_progress=show_progress)
            classifier = _InMemory(trained, max_length=config.model.max_length)
            answers = raw_answers(StanceScorer(classifier), [r for _, r in part.test]).tolist()
            remove_run(folder / CHECKPOINTS)
            kept.write_text(
                json.dumps({"settings": settings, "places": places, "raw": answers}),
                encoding="utf-8",
            )
        rows += part.test
        raw += answers
        fold += [number] * len(places)
    return _OutOfFold(rows, np.array(raw), np.array(fold))


def raw_answers(scorer: StanceScorer, records: Sequence[Record]) -> Floats:
    """``(n, 3)`` uncalibrated probabilities of statements, each toward its own target."""
    return scorer.raw_pairs([Premise.of(r) for r in records], [target_of(r) for r in records])


def finish_stance(
    config: TrainConfig, splits: Splits, folder: Path, *, out_of_fold: _OutOfFold | None = None
) -> None:
    """Calibrates a finished folder, compares it with its base, and writes its card.

    Both are measured as they will run, in 8 bits. Dev rows that chose the calibration are
    measured with one that was fitted without them.
    """
    path = folder / "stancekit.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    scorer = StanceScorer.from_pretrained(folder)
    after: dict[str, tuple[list[Row], Floats]] = {}
    fold: Ints | None = None
    if out_of_fold is not None:
        rows, fold = out_of_fold.rows, out_of_fold.fold
        labels = [r["label"] for _, r in rows]
        scorer.calibration = fit_calibration(out_of_fold.raw, labels)
        after["folds"] = (rows, cross_calibrated(out_of_fold.raw, labels, fold))
    elif splits.dev:
        rows = list(splits.dev)
        records = [r for _, r in rows]
        raw, labels = raw_answers(scorer, records), [r["label"] for r in records]
        scorer.calibration = fit_calibration(raw, labels)
        parts = fold_numbers(
            group_indices([r["text"] for _, r in rows]), group_indices(labels), seed=config.seed
        )
        after["dev"] = (rows, cross_calibrated(raw, labels, parts))
    if after:
        settings["calibration"] = dataclasses.asdict(scorer.calibration)
    if splits.test:
        rows = list(splits.test)
        probabilities = scorer.calibration.apply(raw_answers(scorer, [r for _, r in rows]))
        after = {"test": (rows, probabilities), **after}
    settings["labels"] = splits.label_counts()
    settings["comparisons"] = [
        c.to_dict() for c in _comparisons(config, after, fold=fold if out_of_fold else None)
    ]
    path.write_text(json.dumps(settings, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    metrics = ""
    held = splits.test or splits.dev
    if held:
        items = [item_of_record(r, where=where) for where, r in held]
        metrics = evaluate_stance_items(items, scorer).card_block()
    write_card(folder, settings=settings, metrics=metrics)


def _comparisons(
    config: TrainConfig, after: Mapping[str, tuple[list[Row], Floats]], *, fold: Ints | None
) -> Iterator[Comparison]:
    if not after or not gives_answers(config):
        return
    base = StanceScorer.from_pretrained(base_path(config))
    for split, (rows, probabilities) in after.items():
        items = [item_of_record(r, where=where) for where, r in rows]
        gold = gold_labels(items)
        before = base.score_pairs([i.premise for i in items], [i.target for i in items])
        yield Comparison(
            split=split,
            n=len(items),
            unit="rows",
            primary="macro_f1",
            differences=compare_stances(
                gold, before, probabilities, groups=group_indices([i.group for i in items])
            ),
            folds=_by_fold(gold, before, probabilities, fold) if fold is not None else (),
        )


def _by_fold(
    gold: Ints, before: Floats, after: Floats, fold: Ints
) -> tuple[tuple[float, float], ...]:
    """Macro-F1 before and after in every fold."""
    found = []
    for number in range(int(fold.max()) + 1):
        mine = fold == number
        values = [
            float(stance_statistic(gold[mine], p[mine])(np.ones((1, mine.sum())))["macro_f1"][0])
            for p in (before, after)
        ]
        found.append((values[0], values[1]))
    return tuple(found)
