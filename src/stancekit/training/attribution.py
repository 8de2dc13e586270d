"""Training the tagger, and the linker on top of it."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer
from transformers import AutoModelForTokenClassification, AutoTokenizer

from stancekit.attribution.attributor import Attributor
from stancekit.attribution.tags import TAGS, encode_tags
from stancekit.attribution.windows import make_windows, unit_starts
from stancekit.evaluation.attribution import read_attribution_jsonl
from stancekit.evaluation.run import evaluate_attributor
from stancekit.inference.export import finish_folder
from stancekit.records import Record
from stancekit.text import read_document
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
    tokenizer = AutoTokenizer.from_pretrained(config.base)
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
    model = AutoModelForTokenClassification.from_pretrained(
        config.base,
        num_labels=len(TAGS),
        id2label=dict(enumerate(TAGS)),
        label2id={tag: index for index, tag in enumerate(TAGS)},
        hidden_dropout_prob=config.model.dropout,
        attention_probs_dropout_prob=config.model.dropout,
    )
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
        attributor = Attributor.from_pretrained(folder)
        metrics = evaluate_attributor(articles, attributor).card_block()
    write_card(folder, settings=settings, metrics=metrics)
