"""Training the relevance model: an encoder whose vectors of statements and targets are compared."""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from transformers import AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from stancekit.hypotheses import Premise, fill
from stancekit.inference.export import finish_folder
from stancekit.inference.folder import STANCEKIT_FILE, ModelFolder
from stancekit.records import Record
from stancekit.stance.relevance import Company, Relevance, best_of, groups_of
from stancekit.stance.scorer import Floats, StanceScorer
from stancekit.training.base import base_model, base_path
from stancekit.training.calibration import (
    MAX_LOSS,
    Answers,
    fit_company,
    fit_platt,
    fit_screen,
)
from stancekit.training.card import write_card
from stancekit.training.config import TrainConfig
from stancekit.training.data import Row
from stancekit.training.loop import Example, fit, padded
from stancekit.training.splits import Splits, load_splits
from stancekit.training.stance import (
    drawn_premise,
    drawn_sentence,
    raw_answers,
    read_wordings,
    sentiment_records,
    spread,
    target_of,
)
from stancekit.types import STANCE_LABELS

WIDTH = 128
"""Numbers of a vector."""
LABELS = tuple(str(i) for i in range(WIDTH))
_TARGET_LENGTH = 48
# Vectors are long, and a few of them tell as much as many labels.
_FEWER = 4


def relevance_examples(
    config: TrainConfig, splits: Splits, tokenizer: PreTrainedTokenizerBase
) -> list[Example]:
    """A statement, a sentence about its target, and whether it takes a side, for every record.

    ``topics`` numbers what the records are about: within a batch, statements and targets of
    different topics have nothing to do with each other. Sentences with a sentiment, which are
    about the same few people, count as one topic.
    """
    rng = random.Random(config.seed)
    wordings = read_wordings(Path(config.data.wordings)) if config.data.wordings else {}
    premises, sentences, labels, topics = [], [], [], []
    numbers: dict[str, int] = {}
    for part in splits.train:
        records, shared = part.records, ""
        if part.source.format == "sentiment":
            records, shared = sentiment_records(records), "sentiment"
        for record in records:
            target = target_of(record)
            name = shared or str(record.get("topic") or target.name)
            topic = numbers.setdefault(name, len(numbers))
            for _ in range(part.source.repeat):
                premises.append(drawn_premise(record, rng).render())
                favor_side = rng.random() >= config.data.against
                sentence = drawn_sentence(
                    record, target, favor_side=favor_side, wordings=wordings, rng=rng
                )
                sentences.append(fill(sentence, None))
                labels.append(int(record["label"] != "none"))
                topics.append(topic)
    if not premises:
        return []
    left = tokenizer(premises, truncation=True, max_length=config.model.max_length)["input_ids"]
    right = tokenizer(sentences, truncation=True, max_length=_TARGET_LENGTH)["input_ids"]
    return [
        {
            "input_ids": premise,
            "target_ids": target,
            "topics": topic,
            "labels": label,
            "length": len(premise),
        }
        for premise, target, topic, label in zip(left, right, topics, labels, strict=True)
    ]


class PairScores(torch.nn.Module):
    """Logits of every statement of a batch toward every target of it.

    ``scale cos(u, v) + offset``, u and v the means of the encoder's token logits.
    """

    # The optimizer's steps are of one size: a hundredfold moves the scale as fast as it should.
    _UNIT = 100.0

    def __init__(self, encoder: PreTrainedModel, *, scale: float = 10.0, offset: float = -3.0):
        super().__init__()
        self.encoder = encoder
        self._scale = torch.nn.Parameter(torch.tensor(scale / self._UNIT))
        self._offset = torch.nn.Parameter(torch.tensor(offset / self._UNIT))

    @property
    def numbers(self) -> dict[str, float]:
        """What ``stancekit.json`` keeps."""
        return {
            "scale": round(self._scale.item() * self._UNIT, 4),
            "offset": round(self._offset.item() * self._UNIT, 4),
        }

    def _vectors(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        logits = self.encoder(input_ids=ids, attention_mask=mask).logits
        sums = (logits.float() * mask[..., None]).sum(1)
        return torch.nn.functional.normalize(sums, dim=-1)

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        target_ids: torch.Tensor,
        target_mask: torch.Tensor,
        topics: torch.Tensor,
    ) -> dict[str, torch.Tensor]:
        """``logits`` ``(n, n)``, and ``topics`` ``(n,)`` as they were given."""
        left = self._vectors(input_ids, attention_mask)
        right = self._vectors(target_ids, target_mask)
        logits = self._UNIT * (self._scale * left @ right.T + self._offset)
        return {"logits": logits, "topics": topics}


def relevance_loss(
    outputs: dict[str, torch.Tensor],
    labels: torch.Tensor,
    num_items_in_batch: torch.Tensor | None = None,
) -> torch.Tensor:
    """Cross entropy of statements toward their own targets, and toward those of other topics.

    The second is a mean over all such pairs of the batch, which take no side.

    Args:
        outputs: Of `PairScores`.
        labels: ``(n,)``, 1 where a statement takes a side on its own target.
        num_items_in_batch: Given by the Trainer when it accumulates gradients.
    """
    logits = outputs["logits"].float()
    topics = outputs["topics"]
    own = torch.nn.functional.binary_cross_entropy_with_logits(logits.diagonal(), labels.float())
    other = logits[topics[:, None] != topics[None]]
    loss = own + (torch.nn.functional.softplus(other).mean() if other.numel() else 0.0)
    return loss if num_items_in_batch is None else loss * len(labels) / num_items_in_batch


def _collator(pad_id: int) -> Any:
    def collate(batch: list[Example]) -> dict[str, torch.Tensor]:
        made = {}
        for ids, mask in (("input_ids", "attention_mask"), ("target_ids", "target_mask")):
            rows: list[list[int]] = [example[ids] for example in batch]  # type: ignore[misc]
            made[ids] = padded(rows, pad_id)
            made[mask] = padded([[1] * len(row) for row in rows], 0)
        for key in ("topics", "labels"):
            made[key] = torch.tensor([example[key] for example in batch])
        return made

    return collate


def train_relevance(
    config: TrainConfig,
    output: Path,
    *,
    provenance: dict[str, Any],
    resume: bool,
    show_progress: bool,
) -> None:
    """Trains the encoder, then writes the model folder with the thresholds of its modes."""
    splits = load_splits(config)
    tokenizer = AutoTokenizer.from_pretrained(base_path(config))
    examples = relevance_examples(config, splits, tokenizer)

    def make_model() -> PairScores:
        return PairScores(base_model(config, LABELS), **_begun(config))

    model, log = fit(
        make_model,
        examples,
        config,
        output,
        collate=_collator(tokenizer.pad_token_id),
        resume=resume,
        show_progress=show_progress,
        compute_loss=relevance_loss,
    )
    tokenizer.save_pretrained(output)
    every = spread(examples)[::_FEWER]
    sample: list[list[int]] = [e["input_ids"] for e in every]  # type: ignore[misc]
    finish_folder(
        model.encoder,
        output,
        sample=sample,
        settings={
            "purpose": "relevance",
            "max_length": config.model.max_length,
            "relevance": model.numbers,
            "labels": splits.label_counts(),
            **provenance,
            "log": log,
        },
        gives_vectors=True,
    )
    finish_relevance(output, splits.dev, screens=config.model.screens)


def _begun(config: TrainConfig) -> dict[str, float]:
    """The scale and offset of a base that has them."""
    path = Path(base_path(config))
    if not (path / STANCEKIT_FILE).is_file():
        return {}
    return ModelFolder.open(path).numbers("relevance")


def finish_relevance(folder: Path, dev: Sequence[Row], *, screens: str | None) -> None:
    """Calibrates a finished folder, fits its modes, and writes its card.

    Args:
        folder: The model folder.
        dev: Labelled statements, which no model was trained on; each file is a set of its own.
            Where a record names its ``article``, all statements of that are there.
        screens: The stance model before which it stands, ``"bundled"`` or a folder, if any.
    """
    opened = ModelFolder.open(folder)
    settings = {k: v for k, v in opened.settings.items() if k not in ("company", "screens")}
    metrics = ""
    if dev:
        records = [record for _, record in dev]
        sided = [r["label"] != "none" for r in records]
        p = probabilities_of(Relevance(opened), records)
        if len(set(sided)) == 2:
            settings["area_under_curve"] = round(float(roc_auc_score(sided, p)), 4)
        settings["relevance"] = _calibrated(settings["relevance"], p, sided)
        # Not from the folder: what ships must not be written before all of it is known.
        calibrated = Relevance(dataclasses.replace(opened, settings=settings))
        of_articles = [record for record in records if record.get("article")]
        company = _company(calibrated, of_articles)
        if company is not None:
            settings["company"] = dataclasses.asdict(company)
            calibrated = Relevance(dataclasses.replace(opened, settings=settings))
        if screens is not None:
            sets: dict[str, list[Record]] = {}
            for where, record in dev:
                sets.setdefault(where.rpartition(":")[0], []).append(record)
            settings["screens"] = fit_screens(screens, calibrated, list(sets.values()))
            settings["dev_sets"] = [Path(name).name for name in sets]
        metrics = _metrics(settings, len(dev))
    text = json.dumps(settings, indent=2, ensure_ascii=False, allow_nan=False)
    (folder / STANCEKIT_FILE).write_text(text + "\n", encoding="utf-8")
    write_card(folder, settings=settings, metrics=metrics)


def _calibrated(numbers: dict[str, float], p: Floats, sided: Sequence[bool]) -> dict[str, float]:
    """Scale and offset with which the probabilities are right on dev data."""
    slope, shift = fit_platt(p, sided)
    return {
        "scale": round(numbers["scale"] * slope, 4),
        "offset": round(numbers["offset"] * slope + shift, 4),
    }


def _company(relevance: Relevance, records: Sequence[Record]) -> Company | None:
    """What an article's other statements say of one, toward its targets and those of others.

    None where there are too few records to tell.
    """
    asked = [*records, *unrelated_articles(records, rng=random.Random(0))]
    sided = [r["label"] != "none" for r in asked]
    if len(asked) == len(records) or len(set(sided)) < 2:
        return None
    targets = [target_of(record) for record in asked]
    odds = relevance.log_odds([Premise.of(record) for record in asked], targets)
    return fit_company(odds, best_of(odds, groups_of(article_numbers(asked), targets)), sided)


def article_numbers(records: Sequence[Record]) -> list[int]:
    """The number of each record's article."""
    numbers: dict[str, int] = {}
    return [numbers.setdefault(str(r["article"]), len(numbers)) for r in records]


def probabilities_of(
    relevance: Relevance, records: Sequence[Record], *, in_article: bool = False
) -> Floats:
    """``(n,)``: that each record's statement takes a side on its target."""
    premises = [Premise.of(record) for record in records]
    articles = article_numbers(records) if in_article else None
    return relevance.probabilities(premises, [target_of(r) for r in records], articles)


def unrelated_records(records: Sequence[Record], *, rng: random.Random) -> list[Record]:
    """Each statement with the target of a record on another topic, drawn, and the label none.

    A few will be near to it after all. Records of one topic give none.
    """
    topics = [str(r.get("topic") or target_of(r).name) for r in records]
    if len(set(topics)) < 2:
        return []
    found = []
    for record, topic in zip(records, topics, strict=True):
        i = rng.randrange(len(records))
        while topics[i] == topic:
            i = rng.randrange(len(records))
        kept = {k: v for k, v in record.items() if k not in ("target", "claim")}
        asked = {k: records[i][k] for k in ("target", "claim") if records[i].get(k)}
        found.append({**kept, **asked, "label": "none"})
    return found


def unrelated_articles(
    records: Sequence[Record], *, rng: random.Random, targets: int = 3
) -> list[Record]:
    """All statements of each article toward some targets of others, drawn, and the label none.

    Args:
        records: Each with its ``article``.
        rng: Draws.
        targets: Most of them for each article.
    """
    statements: dict[str, dict[Premise, Record]] = {}
    asked: dict[str, dict[str, Record]] = {}
    for record in records:
        statements.setdefault(record["article"], {}).setdefault(Premise.of(record), record)
        target = {k: record[k] for k in ("target", "claim") if record.get(k)}
        asked.setdefault(record["article"], {})[str(target)] = target
    found = []
    for article, own in statements.items():
        others = [t for other, some in asked.items() if other != article for t in some.values()]
        for target in rng.sample(others, min(targets, len(others))):
            for record in own.values():
                kept = {k: v for k, v in record.items() if k not in ("target", "claim")}
                found.append({**kept, **target, "label": "none"})
    return found


def fit_screens(
    large: str | Path, relevance: Relevance, sets: Sequence[Sequence[Record]]
) -> dict[str, dict[str, Any]]:
    """For each mode, how far the relevance model is heard beside the stance model.

    Args:
        large: The stance model's folder, or ``"bundled"``.
        relevance: The relevance model.
        sets: Labelled statements, which neither was trained on.

    Returns:
        By mode a `ScreenFit` for statements that stand ``alone``, and where sets hold whole
        articles one for those ``in_article``, fitted on these sets.
    """
    scorer = StanceScorer.from_pretrained(large, mode="exact")

    def answers(records: Sequence[Record], *, in_article: bool) -> Answers:
        large = scorer.calibration.apply(raw_answers(scorer, records))
        gold = np.array([STANCE_LABELS.index(r["label"]) for r in records])
        return Answers(probabilities_of(relevance, records, in_article=in_article), large, gold)

    def fitted(
        sets: Sequence[Sequence[Record]], unrelated: Sequence[Record], *, in_article: bool
    ) -> dict[str, dict[str, Any]]:
        related = [answers(records, in_article=in_article) for records in sets]
        beside = answers(unrelated, in_article=in_article)
        return {
            mode: dataclasses.asdict(fit_screen(related, beside, max_loss=loss))
            for mode, loss in MAX_LOSS.items()
        }

    every = [record for records in sets for record in records]
    found = {
        "alone": fitted(sets, unrelated_records(every, rng=random.Random(0)), in_article=False)
    }
    articles = [records for records in sets if all(r.get("article") for r in records)]
    unrelated = unrelated_articles(
        [record for records in articles for record in records], rng=random.Random(1)
    )
    if unrelated:
        found["in_article"] = fitted(articles, unrelated, in_article=True)
    return {mode: {where: fits[mode] for where, fits in found.items()} for mode in MAX_LOSS}


_COLUMNS = (
    "mode",
    "statements",
    "pairs spared",
    "unrelated pairs spared",
    "macro-F1",
    "without the screen",
    "sides read into unrelated pairs",
    "without the screen",
)


def _metrics(settings: dict[str, Any], n: int) -> str:
    lines = [f"On {n} dev statements toward their own or their articles' targets:"]
    if "area_under_curve" in settings:
        figure = f"{settings['area_under_curve']:.3f}"
        lines += ["", f"Area under the curve for whether one takes a side: {figure}."]
    if "screens" in settings:
        lines += [
            "",
            f"| {' | '.join(_COLUMNS)} |",
            "|---|---|---:|---:|---:|---:|---:|---:|",
        ]
        for mode, fits in settings["screens"].items():
            for where, fit in fits.items():
                cells = [
                    ", ".join(f"{value:{form}}" for value in values)
                    for form, values in (
                        (".1%", fit["spared"]),
                        (".1%", _there(fit["unrelated_spared"])),
                        (".3f", fit["macro_f1"]),
                        (".3f", fit["macro_f1_exact"]),
                        (".1%", _there(fit["unrelated"])),
                        (".1%", _there(fit["unrelated_exact"])),
                    )
                ]
                lines.append(f"| {mode} | {where.replace('_', ' ')} | {' | '.join(cells)} |")
        lines += ["", f"Alone: {' and '.join(settings['dev_sets'])}, in this order."]
    return "\n".join(lines)


def _there(value: float | None) -> list[float]:
    return [] if value is None else [value]
