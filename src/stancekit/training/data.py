"""Reading training records, with errors that name the file and the line."""

from __future__ import annotations

import random
from pathlib import Path

from stancekit.errors import DataError
from stancekit.records import Record, read_jsonl
from stancekit.training.config import DataSource

_REQUIRED = {
    "attribution": ("text", "attributions"),
    "nli": ("premise", "hypothesis", "label"),
    "stance": ("text", "label"),
    "sentiment": ("text", "mention", "sentiment"),
}
_LABELS = {
    "nli": ("label", {"entailment", "neutral", "contradiction", "not_entailment"}),
    "stance": ("label", {"favor", "against", "none"}),
    "sentiment": ("sentiment", {"positive", "negative", "neutral"}),
}


def _problem(record: Record, source: DataSource) -> str | None:
    missing = [key for key in _REQUIRED[source.format] if record.get(key) is None]
    if missing:
        return f"missing {', '.join(missing)}"
    if source.format == "stance":
        if bool(record.get("target")) == bool(record.get("claim")) and not record.get("claim"):
            return "expected a target or a claim"
        if not str(record["text"]).strip():
            return "empty text"
    key, labels = _LABELS.get(source.format, ("", None))
    if labels and record[key] not in labels:
        return f"unknown {key} {record[key]!r}, expected one of {', '.join(sorted(labels))}"
    return None


def read_records(path: Path, source: DataSource, *, seed: int) -> list[Record]:
    """The records of one source, filtered and sampled as it says.

    Raises:
        DataError: One message with the first twenty wrong lines of the file.
    """
    records, problems = [], []
    for number, record in read_jsonl(path):
        if any(str(record.get(key)) != value for key, value in source.where.items()):
            continue
        problem = _problem(record, source)
        if problem:
            problems.append(f"{path}:{number}: {problem}")
        records.append(record)
    if problems:
        more = f"\n(and {len(problems) - 20} more)" if len(problems) > 20 else ""
        raise DataError("\n".join(problems[:20]) + more)
    if not records:
        raise DataError(f"{path}: no records left to use")
    if source.sample is not None and source.sample < len(records):
        records = random.Random(seed).sample(records, source.sample)
    return records
