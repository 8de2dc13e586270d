"""Training the tagger, and the linker on top of it."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer
from transformers import AutoTokenizer

from stancekit.attribution.attributor import Attributor
from stancekit.attribution.layout import decode_document
from stancekit.attribution.linking import LINKER_FILE
from stancekit.attribution.tags import TAGS, Decoding, encode_tags
from stancekit.attribution.windows import make_windows, unit_starts
from stancekit.evaluation.articles import Article, article_of_record
from stancekit.evaluation.attribution import (
    DocumentScore,
    attribution_metrics,
    attribution_statistic,
    score_document,
)
from stancekit.evaluation.difference import compare
from stancekit.evaluation.metrics import Floats, Statistic
from stancekit.evaluation.run import evaluate_attributor
from stancekit.inference.export import finish_folder
from stancekit.inference.folder import STANCEKIT_FILE
from stancekit.records import Record
from stancekit.text import read_document
from stancekit.training.base import base_model, base_path, gives_answers
from stancekit.training.card import write_card
from stancekit.training.comparison import Comparison
from stancekit.training.config import TrainConfig
from stancekit.training.data import Row
from stancekit.training.linker import train_linker
from stancekit.training.loop import Example, fit, pad_collator
from stancekit.training.splits import Splits, load_splits, scratch_folder

logger = logging.getLogger(__name__)

_OVERLAP = 0.1


def window_examples(
    records: list[Record], tokenizer: Tokenizer, *, cls_id: int, sep_id: int, max_length: int
) -> list[Example]:
    """Windows of whole paragraphs with a tag per token; special tokens carry no tag."""
    examples: list[Example] = []
    for record in records:
        document = read_document(record["text"])
        encoding = tokenizer.encode(document.text, add_special_tokens=False)
        if not encoding.ids:
            continue
        offsets = np.array(encoding.offsets, dtype=np.int64)
        tags = encode_tags(offsets, record["attributions"])
        starts = unit_starts(document, offsets, max_tokens=max_length - 2)
        for window in make_windows(
            starts, len(offsets), max_tokens=max_length - 2, overlap=_OVERLAP
        ):
            ids = [cls_id, *encoding.ids[window.start : window.end], sep_id]
            labels = [-100, *tags[window.start : window.end].tolist(), -100]
            examples.append(
                {
                    "input_ids": ids,
                    "attention_mask": [1] * len(ids),
                    "labels": labels,
                    "length": len(ids),
                }
            )
    return examples


def train_attribution(
    config: TrainConfig,
    output: Path,
    *,
    provenance: dict[str, Any],
    resume: bool,
    show_progress: bool,
) -> None:
    """Trains the tagger on windows and the linker on gold spans, then writes the model folder."""
    splits = load_splits(config)
    options = {"resume": resume, "show_progress": show_progress}
    out_of_fold = _cross_validate(config, splits, output, provenance=provenance, **options)
    make_attribution_folder(config, splits, output, provenance=provenance, **options)
    finish_attribution(config, splits, output, out_of_fold=out_of_fold)


def make_attribution_folder(
    config: TrainConfig,
    splits: Splits,
    output: Path,
    *,
    provenance: dict[str, Any],
    resume: bool,
    show_progress: bool,
) -> None:
    """Trains, and writes the folder without fitted decoding and card."""
    records = [record for part in splits.train for record in part.records]
    held_out = [record for _, record in splits.dev]
    tokenizer = AutoTokenizer.from_pretrained(base_path(config))
    backend = tokenizer.backend_tokenizer
    backend.no_truncation()
    backend.no_padding()

    def windows(some: list[Record]) -> list[Example]:
        return window_examples(
            some,
            backend,
            cls_id=tokenizer.cls_token_id,
            sep_id=tokenizer.sep_token_id,
            max_length=config.model.max_length,
        )

    examples = windows(records)
    logger.info("%d articles, %d windows", len(records), len(examples))
    model, log = fit(
        lambda: base_model(config, TAGS),
        examples,
        config,
        output,
        collate=pad_collator(tokenizer.pad_token_id),
        resume=resume,
        show_progress=show_progress,
        held_out=windows(held_out),
    )
    tokenizer.save_pretrained(output)
    settings = {
        "purpose": "attribution",
        "max_length": config.model.max_length,
        **provenance,
        "linker": _make_linker(config, records, output),
        "log": log,
    }
    finish_folder(
        model,
        output,
        sample=[example["input_ids"] for example in windows((held_out or records)[:8])[:16]],  # type: ignore[misc]
        settings=settings,
    )


# With fewer links than this, a linker of one's own is worse than that of the base.
_LINKS = 2000


def _make_linker(config: TrainConfig, records: list[Record], output: Path) -> dict[str, Any]:
    """Trains the linker, or, for a handful of articles, takes over the base's."""
    theirs = Path(base_path(config)) / LINKER_FILE
    links = sum(len(record["attributions"]) for record in records)
    if links < _LINKS and theirs.is_file():
        if theirs.resolve() != (output / LINKER_FILE).resolve():
            shutil.copyfile(theirs, output / LINKER_FILE)
        return {"taken_from": config.model.base, "because_links_are_few": links}
    return train_linker(records, output, seed=config.seed)


@dataclass(frozen=True, slots=True)
class _OutOfFold:
    """Scores of every article by the model that had not seen it, fold by fold."""

    rows: list[Row]
    scores: list[DocumentScore]
    fold: list[int]


def _cross_validate(
    config: TrainConfig,
    splits: Splits,
    output: Path,
    *,
    provenance: dict[str, Any],
    resume: bool,
    show_progress: bool,
) -> _OutOfFold | None:
    if not splits.held:
        return None
    rows: list[Row] = []
    scores: list[DocumentScore] = []
    fold: list[int] = []
    for number, part in enumerate(splits.folds()):
        logger.info("fold %d of %d", number + 1, len(splits.held))
        with scratch_folder(output, number) as folder:
            make_attribution_folder(
                config,
                part,
                folder,
                provenance=provenance,
                resume=resume,
                show_progress=show_progress,
            )
            scores += _scores(Attributor.from_pretrained(folder), part.test)
        rows += part.test
        fold += [number] * len(part.test)
    return _OutOfFold(rows, scores, fold)


def _scores(attributor: Attributor, rows: Sequence[Row]) -> list[DocumentScore]:
    return [
        score_document(article, attributor.attribute(article.text), labelled=False)
        for article in _articles(rows)
    ]


def _articles(rows: Sequence[Row]) -> list[Article]:
    return [article_of_record(record, where=where) for where, record in rows]


# What is tried for the decoding of a new tagger, one after the other, each given the best before.
_TRIED: dict[str, tuple[float, ...]] = {
    "content_threshold": (0.5, 0.3, 0.2, 0.1),
    "content_change": (0.0, 0.4, 0.8, 1.2),
    "change": (0.0, 0.1, 0.2, 0.4),
    "source_weight": (1.0, 1.5, 2.0, 2.5, 3.0),
    "source_threshold": (0.5, 0.3, 0.2, 0.1),
}


def fit_decoding(folder: Path, articles: Sequence[Article]) -> Decoding:
    """The decoding that is best on dev articles, by coordinate ascent.

    Best is the highest mean of end-to-end F1 and exact content F1: right sources, whole contents.
    """
    attributor = Attributor.from_pretrained(folder)
    tagged = [
        (document, *attributor.tagger.probabilities(document))
        for document in (read_document(article.text) for article in articles)
    ]

    def measure(decoding: Decoding) -> float:
        linker = replace(attributor.linker, decoding=decoding)
        tried = Attributor(attributor.tagger, linker)
        found = (
            tried.assemble(document, decode_document(document, p, offsets, decoding))[0]
            for document, p, offsets in tagged
        )
        scores = [
            score_document(article, statements, labelled=False)
            for article, statements in zip(articles, found, strict=True)
        ]
        metrics = attribution_metrics(scores, labelled=False, resamples=1)
        return (metrics["end_to_end_f1"].value + metrics["content_exact_f1"].value) / 2

    best = Decoding()
    best_f1 = measure(best)
    for field, values in _TRIED.items():
        for value in values:
            candidate = replace(best, **{field: value})
            f1 = best_f1 if candidate == best else measure(candidate)
            if f1 > best_f1:
                best, best_f1 = candidate, f1
    return best


def finish_attribution(
    config: TrainConfig, splits: Splits, folder: Path, *, out_of_fold: _OutOfFold | None = None
) -> None:
    """Fits a finished folder's decoding, compares it with its base, and writes its card."""
    path = folder / STANCEKIT_FILE
    settings = json.loads(path.read_text(encoding="utf-8"))
    if splits.dev:
        settings["decoding"] = asdict(fit_decoding(folder, _articles(splits.dev)))
        path.write_text(json.dumps(settings, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    attributor = Attributor.from_pretrained(folder)
    after: dict[str, tuple[list[Row], list[DocumentScore]]] = {}
    if splits.test:
        after["test"] = (list(splits.test), _scores(attributor, splits.test))
    if splits.dev:
        after["dev"] = (list(splits.dev), _scores(attributor, splits.dev))
    if out_of_fold is not None:
        after["folds"] = (out_of_fold.rows, out_of_fold.scores)
    settings["counts"] = {
        split: {"articles": n, "attributions": _attributions(splits, split)}
        for split, n in splits.counts().items()
        if n
    }
    settings["comparisons"] = [
        comparison.to_dict()
        for comparison in _comparisons(config, after, out_of_fold.fold if out_of_fold else None)
    ]
    path.write_text(json.dumps(settings, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    held = splits.test or splits.dev
    metrics = evaluate_attributor(_articles(held), attributor).card_block() if held else ""
    write_card(folder, settings=settings, metrics=metrics)


def _attributions(splits: Splits, split: str) -> int:
    records = (
        [record for part in splits.train for record in part.records]
        if split == "train"
        else [record for _, record in getattr(splits, split)]
    )
    return sum(len(record["attributions"]) for record in records)


# What a comparison shows of `attribution_metrics`; the first decides.
_COMPARED = ("end_to_end_f1", "content_f1", "content_exact_f1", "cue_f1", "source_given_match")


def _statistic(scores: Sequence[DocumentScore]) -> Statistic:
    whole = attribution_statistic(scores, labelled=False)

    def statistic(weights: Floats) -> dict[str, Floats]:
        values = whole(weights)
        return {name: values[name] for name in _COMPARED}

    return statistic


def _comparisons(
    config: TrainConfig,
    after: dict[str, tuple[list[Row], list[DocumentScore]]],
    fold: list[int] | None,
) -> Iterator[Comparison]:
    if not after or not gives_answers(config):
        return
    base = Attributor.from_pretrained(base_path(config))
    for split, (rows, scores) in after.items():
        before = _scores(base, rows)
        found: tuple[tuple[float, float], ...] = ()
        if fold is not None:
            found = tuple(_fold_values(before, scores, fold))
        yield Comparison(
            split=split,
            n=len(rows),
            unit="articles",
            primary=_COMPARED[0],
            differences=compare(_statistic(before), _statistic(scores), len(rows)),
            folds=found,
        )


def _fold_values(
    before: Sequence[DocumentScore], after: Sequence[DocumentScore], fold: Sequence[int]
) -> Iterator[tuple[float, float]]:
    """The deciding metric before and after in every fold."""
    for number in sorted(set(fold)):
        values = []
        for scores in (before, after):
            mine = [s for s, k in zip(scores, fold, strict=True) if k == number]
            values.append(float(_statistic(mine)(np.ones((1, len(mine))))[_COMPARED[0]][0]))
        yield values[0], values[1]
