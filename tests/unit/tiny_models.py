"""A tiny random NLI model with a tokenizer, and labelled statements, for tests of training."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing
from transformers import (
    MPNetConfig,
    MPNetForSequenceClassification,
    MPNetForTokenClassification,
    PreTrainedTokenizerFast,
)

from stancekit.inference.export import finish_folder
from stancekit.training.config import TrainConfig

LABELS = ("entailment", "neutral", "contradiction")
SUBJECTS = "dam road tax ferry mast bridge quay mill school clinic".split()
SAYINGS = {
    "favor": "build the {} now and be glad of it",
    "against": "stop the {} before it ruins us",
    "none": "papers about the {} lie on a desk",
}
_OTHER = (
    "roe diaz ngo the speaker supports opposes a is in of favour wants approves speaks up for "
    "against rejects does not want out : . ,"
)
_WORDS = sorted(set(" ".join([*SUBJECTS, *SAYINGS.values(), _OTHER]).split()) - {"{}"})


def tiny_tokenizer() -> PreTrainedTokenizerFast:
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    vocabulary = {w: i for i, w in enumerate([*special, *_WORDS])}
    made = Tokenizer(WordLevel(vocabulary, unk_token="<unk>"))
    made.pre_tokenizer = BertPreTokenizer()
    made.post_processor = TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        bos_token="<s>",
        eos_token="</s>",
        cls_token="<s>",
        sep_token="</s>",
        unk_token="<unk>",
        pad_token="<pad>",
        mask_token="<mask>",
    )


def _tiny_shape(labels: Sequence[str]) -> MPNetConfig:
    shape: dict[str, Any] = {
        "vocab_size": 128,
        "hidden_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 128,
        "max_position_embeddings": 66,
        "initializer_range": 0.2,
        "pad_token_id": 1,
    }
    names = {"id2label": dict(enumerate(labels)), "label2id": {n: i for i, n in enumerate(labels)}}
    return MPNetConfig(**shape, **names)


def tiny_base(folder: Path, *, seed: int = 3, calibration: dict[str, float] | None = None) -> Path:
    """A stance model folder of some 100,000 random weights."""
    torch.manual_seed(seed)
    model = MPNetForSequenceClassification(_tiny_shape(LABELS)).eval()
    folder.mkdir(parents=True, exist_ok=True)
    tiny_tokenizer().save_pretrained(folder)
    settings = {"purpose": "stance", "max_length": 48, "calibration": calibration or {}}
    finish_folder(model, folder, sample=[[0, 5, 6, 2, 2, 7, 2]], settings=settings)
    return folder


def tiny_relevance(folder: Path, *, width: int = 128) -> Path:
    """A relevance model folder of random weights."""
    torch.manual_seed(4)
    labels = [str(i) for i in range(width)]
    model = MPNetForTokenClassification(_tiny_shape(labels)).eval()
    folder.mkdir(parents=True, exist_ok=True)
    tiny_tokenizer().save_pretrained(folder)
    finish_folder(
        model,
        folder,
        sample=[[0, 5, 6, 7, 2], [0, 9, 2]],
        settings={
            "purpose": "relevance",
            "max_length": 24,
            "relevance": {"scale": 8.0, "offset": -4.0},
        },
        gives_vectors=True,
    )
    return folder


def statements(n: int, *, subjects: Sequence[str] = SUBJECTS) -> list[dict[str, str]]:
    """Distinct labelled statements, labels in turn."""
    speakers = ("Roe", "Diaz", "Ngo", "")
    rows = []
    for i in range(n):
        label = list(SAYINGS)[i % 3]
        subject = subjects[(i // 3) % len(subjects)]
        rows.append(
            {
                "text": SAYINGS[label].format(subject) + f" {i}",
                "speaker": speakers[i % 4],
                "target": f"the {subject}",
                "label": label,
                "split": "train" if i % 4 else "dev",
            }
        )
    return rows


def write_csv(path: Path, rows: Sequence[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def tiny_config(folder: Path, **changes: Any) -> TrainConfig:
    """A run of a few seconds on ``folder/rows.csv`` from ``folder/base``."""
    source = {"path": "rows.csv", "format": "stance"}
    values: dict[str, Any] = {
        "task": "stance",
        "seed": 5,
        "output": str(folder / "run"),
        "model": {"base": str(folder / "base"), "max_length": 48, "dropout": 0.1},
        "data": {
            "root": str(folder),
            "train": [{**source, "where": {"split": "train"}}],
            "dev": [{**source, "where": {"split": "dev"}}],
        },
        "training": {
            "max_steps": 12,
            "per_device_train_batch_size": 4,
            "learning_rate": 5e-3,
            "save_steps": 2,
            "eval_steps": 2,
            "logging_steps": 2,
        },
    }
    for key, value in changes.items():
        values[key] = (
            {**values[key], **value} if isinstance(value, dict) and key in values else value
        )
    return TrainConfig.model_validate(values)
