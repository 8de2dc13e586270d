"""Reading training records, with errors that name the file and the line."""

from __future__ import annotations

import random
from pathlib import Path

from stancekit.attribution.tags import ROLES
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


_TEXTS = ("text premise hypothesis label target claim speaker context mention sentiment").split()


def _span_problem(record: Record) -> str | None:
    """What is wrong with the attributions of a record, if anything."""
    n = len(record["text"])
    attributions = record["attributions"]
    if not isinstance(attributions, list) or not all(isinstance(a, dict) for a in attributions):
        return "expected a list of objects in attributions"
    for number, attribution in enumerate(attributions):
        for role in ROLES:
            for span in attribution.get(role) or ():
                match span:
                    case [int(start), int(end)] if 0 <= start < end <= n:
                        pass
                    case _:
                        return f"attributions.{number}.{role}: {span!r} is no span of the text"
    return None


def _problem(record: Record, source: DataSource) -> str | None:
    missing = [key for key in _REQUIRED[source.format] if record.get(key) is None]
    if missing:
        return f"missing {', '.join(missing)}"
    wrong = [key for key in _TEXTS if not isinstance(record.get(key, ""), str | None)]
    if wrong:
        return f"expected text in {', '.join(wrong)}"
    if source.format == "attribution":
        return _span_problem(record)
    if source.format == "stance":
        if not record.get("target") and not record.get("claim"):
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
