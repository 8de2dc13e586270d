"""Reading training records, with errors that name the file and the line."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path

from stancekit.attribution.tags import ROLES
from stancekit.errors import DataError
from stancekit.records import Record, read_any
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


def _renamed(record: Record, source: DataSource) -> Record:
    """The record under our names of its fields and labels."""
    if source.columns:
        taken = set(source.columns.values())
        kept = {k: v for k, v in record.items() if k not in taken and k not in source.columns}
        record = kept | {ours: record.get(theirs) for ours, theirs in source.columns.items()}
    key = _LABELS[source.format][0] if source.format in _LABELS else ""
    if source.labels and str(record.get(key)) in source.labels:
        record = {**record, key: source.labels[str(record[key])]}
    return record


def item_key(record: Record) -> tuple[str, str, str]:
    """What makes two stance records the same item: text, speaker and target, by their words."""
    parts = (record["text"], record.get("speaker"), record.get("claim") or record.get("target"))
    return tuple(" ".join(str(p or "").lower().split()) for p in parts)  # type: ignore[return-value]


def check_items(splits: Mapping[str, Sequence[tuple[str, Record]]]) -> None:
    """Refuses stance records that contradict each other, or that two splits share.

    Args:
        splits: For every split its records, each with the place where it stands.

    Raises:
        DataError: One message with the first twenty problems, both places of each.
    """
    seen: dict[tuple[str, str, str], tuple[str, str, str]] = {}
    problems = []
    for split, records in splits.items():
        for where, record in records:
            earlier = seen.setdefault(item_key(record), (split, where, record["label"]))
            if earlier[2] != record["label"]:
                problems.append(
                    f"{where}: labelled {record['label']}, and {earlier[2]} in {earlier[1]}"
                )
            elif earlier[0] != split:
                problems.append(f"{where}: in {split}, and in {earlier[0]} too: {earlier[1]}")
    if problems:
        raise DataError(_listed(problems))


def _listed(problems: Sequence[str]) -> str:
    more = f"\n(and {len(problems) - 20} more)" if len(problems) > 20 else ""
    return "\n".join(problems[:20]) + more


def read_records(path: Path, source: DataSource, *, seed: int) -> list[Record]:
    """The records of one source, renamed, filtered and sampled as it says.

    Raises:
        DataError: One message with the first twenty wrong lines of the file.
    """
    return [record for _, record in read_places(path, source, seed=seed)]


def read_places(path: Path, source: DataSource, *, seed: int) -> list[tuple[str, Record]]:
    """The same, each record with the file and line where it stands."""
    records, problems = [], []
    for number, found in read_any(path):
        record = _renamed(found, source)
        if any(str(record.get(key)) != value for key, value in source.where.items()):
            continue
        problem = _problem(record, source)
        if problem:
            problems.append(f"{path}:{number}: {problem}")
        records.append((f"{path}:{number}", record))
    if problems:
        raise DataError(_listed(problems))
    if not records:
        raise DataError(f"{path}: no records left to use")
    if source.sample is not None and source.sample < len(records):
        records = random.Random(seed).sample(records, source.sample)
    return records
