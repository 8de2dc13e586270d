"""Reading training records, with errors that name the file and the line."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

from stancekit.attribution.tags import ROLES
from stancekit.errors import DataError
from stancekit.records import Record, read_any
from stancekit.training.config import DataSource

Row = tuple[str, Record]
"""A record, after the place where it stands: ``file:line``."""

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
# What must say something; a target also needs more than a full stop.
_SAYING = ("text", "premise", "hypothesis", "mention", "target", "claim")
# What makes two records the same item, whatever their labels.
_ITEM = {
    "attribution": ("text",),
    "nli": ("premise", "hypothesis"),
    "stance": ("text", "speaker"),
    "sentiment": ("text", "mention"),
}
_LISTED = 20


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
        # An empty cell is the commonest way to lose a text.
        return f"missing {', '.join(missing)}"
    wrong = [key for key in _TEXTS if not isinstance(record.get(key, ""), str | None)]
    if wrong:
        return f"expected text in {', '.join(wrong)}"
    empty = [
        key
        for key in _SAYING
        if isinstance(record.get(key), str) and not record[key].strip(" .\t\r\n")
    ]
    # An empty claim beside a target, or the reverse, is a column that is not used here.
    if source.format == "stance" and len({"target", "claim"} & set(empty)) == 1:
        other = "claim" if "target" in empty else "target"
        empty = empty if not record.get(other) else [k for k in empty if k in ("text",)]
    if empty:
        return f"empty {', '.join(empty)}"
    if source.format == "attribution":
        return _span_problem(record)
    if source.format == "stance" and not record.get("target") and not record.get("claim"):
        return "expected a target or a claim"
    key, labels = _LABELS[source.format]
    if record[key] not in labels:
        hint = ""
        if not source.labels:
            hint = f'; if it means one of them, say so: labels = {{ {record[key]!r} = "…" }}'
        return f"unknown {key} {record[key]!r}, expected one of {', '.join(sorted(labels))}{hint}"
    return None


def _renamed(record: Record, source: DataSource) -> Record:
    """The record under our names of its fields and labels."""
    if source.columns:
        taken = set(source.columns.values())
        kept = {k: v for k, v in record.items() if k not in taken and k not in source.columns}
        record = kept | {ours: record.get(theirs) for ours, theirs in source.columns.items()}
    if source.fill:
        record = {**record, **source.fill}
    key = _LABELS[source.format][0] if source.format in _LABELS else ""
    if source.labels and str(record.get(key)) in source.labels:
        record = {**record, key: source.labels[str(record[key])]}
    return record


def _words(value: object) -> str:
    return " ".join(str(value or "").lower().split())


def item_key(record: Record, kind: str = "stance") -> tuple[str, ...]:
    """What makes two records of a format the same item, by the words of their fields."""
    parts = [record.get(key) for key in _ITEM[kind]]
    if kind == "stance":
        parts.append(record.get("claim") or record.get("target"))
    return (kind, *(_words(part) for part in parts))


def _answer(record: Record, kind: str) -> str:
    if kind == "attribution":
        return json.dumps(record["attributions"], sort_keys=True)
    return str(record[_LABELS[kind][0]])


def item_problems(splits: Mapping[str, Sequence[tuple[str, Row]]]) -> list[str]:
    """Records that contradict each other, or that two splits share.

    Args:
        splits: For every split its records, each after its format.

    Returns:
        A line for each, with both places.
    """
    seen: dict[tuple[str, ...], tuple[str, str, str]] = {}
    problems = []
    for split, records in splits.items():
        for kind, (where, record) in records:
            answer = _answer(record, kind)
            earlier = seen.setdefault(item_key(record, kind), (split, where, answer))
            # A row that two sources of one split draw from one file is one item.
            if earlier[:2] == (split, where):
                continue
            # Two annotators mark one article in two ways, and corpora keep both.
            if earlier[2] != answer and kind != "attribution":
                problems.append(f"{where}: labelled {answer}, and {earlier[2]} in {earlier[1]}")
            elif earlier[0] != split:
                problems.append(f"{where}: in {split}, and in {earlier[0]} too: {earlier[1]}")
    return problems


def listed(problems: Sequence[str], limit: int = _LISTED) -> str:
    """The first problems, one a line, and how many more there are."""
    more = f"\n(and {len(problems) - limit} more)" if len(problems) > limit else ""
    return "\n".join(problems[:limit]) + more


def read_records(path: Path, source: DataSource, *, seed: int) -> list[Record]:
    """The records of one source, renamed, filtered and sampled as it says.

    Raises:
        DataError: One message with the first twenty wrong lines of the file.
    """
    return [record for _, record in read_places(path, source, seed=seed)]


def _column_problems(found: Sequence[Row], path: str, source: DataSource) -> list[str]:
    """Columns that a table must have and lacks: named once, not on every line."""
    has = list(dict.fromkeys(key for _, record in found for key in record))
    told = f"the columns are {', '.join(map(str, has))}"
    problems = [
        f"{path}: columns.{ours}: no column {theirs!r}; {told}"
        for ours, theirs in source.columns.items()
        if theirs not in has
    ]
    problems += [
        f"{path}: where.{key}: no column {key!r}; {told}"
        for key in source.where
        if key not in {*has, *source.columns, *source.fill}
    ]
    if problems or source.format == "attribution":
        return problems
    ours = {*has, *source.columns, *source.fill} - set(source.columns.values())
    ours |= set(source.columns)
    lacking = [key for key in _REQUIRED[source.format] if key not in ours]
    if source.format == "stance" and not ours & {"target", "claim"}:
        lacking.append("target")
    if lacking:
        names = " and ".join(repr(key) for key in lacking)
        problems.append(f"{path}: no column {names}; {told}")
        if lacking == ["target"]:
            problems[-1] += '; one target for all rows: fill = { target = "…" }'
        else:
            problems[-1] += f'; if it has another name: columns = {{ {lacking[0]} = "…" }}'
    return problems


def read_places(path: Path, source: DataSource, *, seed: int) -> list[Row]:
    """The same, each record with the file and line where it stands.

    Args:
        path: The file; where the source is a dataset it is not looked at.
        source: What to do with it.
        seed: Of the sample.

    Raises:
        DataError: One message with the first twenty wrong lines of the file.
    """
    if source.dataset is not None:
        from stancekit.training.hub_data import read_dataset

        title = source.title
        found = [(f"{title}:{number}", record) for number, record in read_dataset(source)]
        table = True
    else:
        title = str(path)
        found = [(f"{path}:{number}", record) for number, record in read_any(path)]
        table = path.suffix.lower() != ".jsonl"
    if not found:
        raise DataError(f"{title}: holds no records")
    if table:
        lacking = _column_problems(found, title, source)
        if lacking:
            raise DataError(listed(lacking))
    records, problems = [], []
    for where, original in found:
        record = _renamed(original, source)
        if any(str(record.get(key)) != value for key, value in source.where.items()):
            continue
        problem = _problem(record, source)
        if problem:
            problems.append(f"{where}: {problem}")
        records.append((where, record))
    if problems:
        raise DataError(listed(problems))
    if not records:
        wanted = ", ".join(f"{key} = {value!r}" for key, value in source.where.items())
        raise DataError(f"{title}: no records left to use where {wanted}")
    if source.sample is not None and source.sample < len(records):
        records = random.Random(seed).sample(records, source.sample)
    return records
