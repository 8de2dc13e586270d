"""Training the tagger, and the linker on top of it."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer
from transformers import AutoTokenizer

from stancekit.attribution.attributor import Attributor
from stancekit.attribution.tags import TAGS, Decoding, decode_tags, encode_tags, word_starts
from stancekit.attribution.windows import make_windows, unit_starts
from stancekit.evaluation.articles import Article
from stancekit.evaluation.attribution import (
    attribution_metrics,
    read_attribution_jsonl,
    score_document,
)
from stancekit.evaluation.run import evaluate_attributor
from stancekit.inference.export import finish_folder
from stancekit.inference.folder import STANCEKIT_FILE
from stancekit.records import Record
from stancekit.text import read_document
from stancekit.training.base import base_model, base_path
from stancekit.training.card import write_card
from stancekit.training.config import TrainConfig
from stancekit.training.data import read_records
from stancekit.training.linker import train_linker
from stancekit.training.loop import Example, fit, freeze_lowest

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
    records = [
        record
        for source in config.data.train
        for record in read_records(config.source_path(source), source, seed=config.seed)
    ]
    tokenizer = AutoTokenizer.from_pretrained(base_path(config))
    backend = tokenizer.backend_tokenizer
    backend.no_truncation()
    backend.no_padding()
    examples = window_examples(
        records,
        backend,
        cls_id=tokenizer.cls_token_id,
        sep_id=tokenizer.sep_token_id,
        max_length=config.model.max_length,
    )
    logger.info("%d articles, %d windows", len(records), len(examples))
    model = base_model(config, TAGS)
    freeze_lowest(model, config.model.freeze_layers)
    provenance["log"] = fit(
        model,
        examples,
        config,
        output,
        pad_id=tokenizer.pad_token_id,
        resume=resume,
        show_progress=show_progress,
    )
    tokenizer.save_pretrained(output)
    provenance["linker"] = train_linker(records, output, seed=config.seed)
    held_out = [
        record
        for source in config.data.dev
        for record in read_records(config.source_path(source), source, seed=config.seed)
    ]
    sample = window_examples(
        (held_out or records)[:8],
        backend,
        cls_id=tokenizer.cls_token_id,
        sep_id=tokenizer.sep_token_id,
        max_length=config.model.max_length,
    )[:16]
    settings = {
        "purpose": "attribution",
        "max_length": config.model.max_length,
        **provenance,
    }
    finish_folder(
        model,
        output,
        sample=[example["input_ids"] for example in sample],  # type: ignore[misc]
        settings=settings,
    )
    finish_attribution(output, config)


# What is tried for the decoding of a new tagger, one after the other, each given the best before.
_TRIED: dict[str, tuple[float, ...]] = {
    "content_threshold": (0.5, 0.3, 0.2, 0.1),
    "source_weight": (1.0, 1.5, 2.0, 2.5, 3.0),
    "source_threshold": (0.5, 0.3, 0.2, 0.1),
}


def fit_decoding(folder: Path, articles: Sequence[Article]) -> Decoding:
    """The decoding with the best end-to-end F1 on dev articles, by coordinate ascent."""
    attributor = Attributor.from_pretrained(folder)
    tagged = [
        (document, *attributor.tagger.probabilities(document))
        for document in (read_document(article.text) for article in articles)
    ]

    def measure(decoding: Decoding) -> float:
        linker = replace(attributor.linker, decoding=decoding)
        tried = Attributor(attributor.tagger, linker)
        found = (
            tried.assemble(
                document,
                decode_tags(decoding.weigh(p), offsets, word_starts(document.text, offsets)),
            )[0]
            for document, p, offsets in tagged
        )
        scores = [
            score_document(article, statements, labelled=False)
            for article, statements in zip(articles, found, strict=True)
        ]
        return attribution_metrics(scores, labelled=False, resamples=1)["end_to_end_f1"].value

    best = Decoding()
    best_f1 = measure(best)
    for field, values in _TRIED.items():
        for value in values:
            candidate = replace(best, **{field: value})
            f1 = best_f1 if candidate == best else measure(candidate)
            if f1 > best_f1:
                best, best_f1 = candidate, f1
    return best


def finish_attribution(folder: Path, config: TrainConfig) -> None:
    """Measures a finished model folder on the dev data, as it will run, and writes its card."""
    settings = json.loads((folder / "stancekit.json").read_text(encoding="utf-8"))
    articles = [
        article
        for source in config.data.dev
        for article in read_attribution_jsonl(config.source_path(source))
    ]
    metrics = ""
    if articles:
        settings["decoding"] = asdict(fit_decoding(folder, articles))
        path = folder / STANCEKIT_FILE
        path.write_text(json.dumps(settings, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        attributor = Attributor.from_pretrained(folder)
        metrics = evaluate_attributor(articles, attributor).card_block()
    write_card(folder, settings=settings, metrics=metrics)
