"""What is trained on and what is measured: read, checked and divided, before any training."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stancekit.errors import DataError
from stancekit.records import Record
from stancekit.training.config import DataSource, SplitSection, TrainConfig
from stancekit.training.data import Row, item_key, item_problems, listed, read_places
from stancekit.types import STANCE_LABELS

Ints = npt.NDArray[np.int64]

# Folds among which a share is rounded: finer ones would need more groups than small data has.
_FINEST = 10


@dataclass(frozen=True, slots=True)
class Part:
    """The training records of one source."""

    source: DataSource
    rows: tuple[Row, ...]

    @property
    def records(self) -> list[Record]:
        """The records without their places."""
        return [record for _, record in self.rows]


@dataclass(frozen=True, slots=True)
class Splits:
    """All data of a run.

    Attributes:
        train: By source, for what their sections say of them.
        dev: Chooses the checkpoint and the calibration.
        test: Only measured.
        held: With folds, for each the places of the training records that it holds out.
    """

    train: tuple[Part, ...]
    dev: tuple[Row, ...] = ()
    test: tuple[Row, ...] = ()
    held: tuple[frozenset[str], ...] = ()

    def folds(self) -> Iterator[Splits]:
        """For every fold what is left to train on, and what is held out as its test."""
        for places in self.held:
            left = tuple(
                replace(part, rows=tuple(row for row in part.rows if row[0] not in places))
                for part in self.train
            )
            held = {row[0]: row for part in self.train for row in part.rows if row[0] in places}
            yield Splits(tuple(part for part in left if part.rows), (), tuple(held.values()))

    def label_counts(self) -> dict[str, dict[str, int]]:
        """Stance records by split and label."""
        rows = {
            "train": [r for p in self.train if p.source.format == "stance" for r in p.records],
            "dev": [r for _, r in self.dev],
            "test": [r for _, r in self.test],
        }
        return {
            split: {label: [r["label"] for r in found].count(label) for label in STANCE_LABELS}
            for split, found in rows.items()
            if found
        }

    def counts(self) -> dict[str, int]:
        """Records by split."""
        train = sum(len(part.rows) for part in self.train)
        return {"train": train, "dev": len(self.dev), "test": len(self.test)}


def load_splits(config: TrainConfig) -> Splits:
    """Reads, checks and divides all data of a configuration.

    Raises:
        DataError: One message with the problems of all files.
    """
    read: dict[str, list[Part]] = {"train": [], "dev": [], "test": []}
    problems: list[str] = []
    for split, parts in read.items():
        for source in getattr(config.data, split):
            try:
                rows = read_places(config.source_path(source), source, seed=config.seed)
            except DataError as error:
                problems.append(str(error))
            else:
                parts.append(Part(source, tuple(rows)))
    problems += item_problems(
        {
            split: [(part.source.format, row) for part in parts for row in part.rows]
            for split, parts in read.items()
        }
    )
    if problems:
        raise DataError(listed(problems, limit=60))
    splits = Splits(
        tuple(read["train"]),
        tuple(row for part in read["dev"] for row in part.rows),
        tuple(row for part in read["test"] for row in part.rows),
    )
    if config.data.split is not None:
        splits = divide(splits, config.data.split, task=config.task, seed=config.seed)
    for fold in splits.folds() if splits.held else [splits]:
        _check_train(fold, config)
    return splits


def splits_of_rows(rows: Sequence[Row], config: TrainConfig) -> Splits:
    """Training records that don't come from a file, under the same checks.

    Raises:
        DataError: They contradict each other, or have one label only.
    """
    source = config.data.train[0]
    problems = item_problems({"train": [(source.format, row) for row in rows]})
    if problems:
        raise DataError(listed(problems))
    splits = Splits((Part(source, tuple(rows)),))
    _check_train(splits, config)
    return splits


def _check_train(splits: Splits, config: TrainConfig) -> None:
    parts = splits.train
    if config.task == "attribution":
        if not any(record["attributions"] for part in parts for record in part.records):
            raise DataError("no training record holds an attribution: nothing can be learned")
        return
    labels = {r["label"] for part in parts if part.source.format == "stance" for r in part.records}
    if len(labels) == 1 and all(part.source.format == "stance" for part in parts):
        folds = config.data.split is not None and config.data.split.folds is not None
        raise DataError(
            f"{parts[0].source.title}: all training records{' of a fold' if folds else ''} are "
            f"labelled {labels.pop()}: expected at least two of favor, against and none"
        )


def _group(row: Row, by: str, kind: str) -> tuple[str, ...]:
    where, record = row
    if by == "document":
        document = record.get("document")
        if not isinstance(document, str | int) or document == "":
            raise DataError(
                f"{where}: data.split.by = 'document' needs a document; if its column has another "
                'name: columns = { document = "…" }'
            )
        return (str(document),)
    if by == "target":
        return item_key(record, kind)[-1:]
    # One text toward several targets is still one text.
    return item_key(record, kind)[1:2]


def divide(splits: Splits, section: SplitSection, *, task: str, seed: int) -> Splits:
    """Takes dev and test, or folds, out of the training records of the task's own format.

    Labels are spread as evenly as whole groups allow
    (scikit-learn's ``StratifiedGroupKFold``).

    Args:
        splits: As read.
        section: How to divide.
        task: ``attribution`` or ``stance``: other formats stay in training.
        seed: Of the shuffling.

    Raises:
        DataError: There are too few groups, or a record has none.
    """
    rows = list({r[0]: r for p in splits.train if p.source.format == task for r in p.rows}.values())
    if not rows:
        raise DataError(f"data.split: no training records of the format {task!r} to divide")
    groups = _numbered([_group(row, section.by, task) for row in rows])
    labels = _numbered([str(row[1]["label"]) if task == "stance" else "" for row in rows])
    n_groups = int(groups.max()) + 1
    parts = section.folds or (1 + (section.dev > 0) + (section.test > 0))
    if n_groups < parts:
        what = {"row": "distinct text", "target": "target", "document": "document"}[section.by]
        raise DataError(
            f"data.split by {section.by}: expected at least {parts} {what}s, found {n_groups}"
        )
    if section.folds:
        fold = _folds(groups, labels, section.folds, seed=seed)
        held = tuple(
            frozenset(rows[i][0] for i in np.flatnonzero(fold == k)) for k in range(section.folds)
        )
        return replace(splits, held=held)
    left = np.arange(len(rows))
    taken: dict[str, list[Row]] = {"test": [], "dev": []}
    for name, share in (("test", section.test), ("dev", section.dev)):
        if share:
            # Of what is left once test is gone, dev is a larger share.
            share *= len(rows) / len(left)
            chosen = _share(_numbered(groups[left].tolist()), labels[left], share, seed=seed)
            taken[name] = [rows[i] for i in left[chosen]]
            left = left[~chosen]
    gone = {row[0] for found in taken.values() for row in found}
    train = tuple(
        replace(part, rows=tuple(row for row in part.rows if row[0] not in gone))
        for part in splits.train
    )
    return Splits(
        tuple(part for part in train if part.rows),
        (*splits.dev, *taken["dev"]),
        (*splits.test, *taken["test"]),
    )


@contextmanager
def scratch_folder(output: Path, fold: int) -> Iterator[Path]:
    """A folder for the model of a fold, which goes once it has been measured.

    It stays where training is interrupted, so that its checkpoints can be resumed.
    """
    folder = output / "folds" / str(fold + 1)
    folder.mkdir(parents=True, exist_ok=True)
    yield folder
    shutil.rmtree(folder)


def _numbered(names: Sequence[object]) -> Ints:
    seen: dict[object, int] = {}
    return np.array([seen.setdefault(name, len(seen)) for name in names], dtype=np.int64)


def _share(groups: Ints, labels: Ints, share: float, *, seed: int) -> npt.NDArray[np.bool_]:
    """Rows that make up about a share: some of the folds of the coarsest fitting division."""
    finest = min(_FINEST, int(groups.max()) + 1)
    folds, taken = min(
        ((k, m) for k in range(2, finest + 1) for m in range(1, k)),
        key=lambda option: (round(abs(option[1] / option[0] - share), 6), option[0]),
    )
    return _folds(groups, labels, folds, seed=seed) < taken


def fold_numbers(groups: Ints, labels: Ints, *, seed: int, k: int = 5) -> Ints:
    """``(n,)`` fold numbers for at most ``k`` folds; all 0 where there is one group only.

    Args:
        groups: ``(n,)`` what stays together, numbered from 0.
        labels: ``(n,)`` what is spread evenly, numbered from 0.
        seed: Of the shuffling.
        k: How many folds.
    """
    k = min(k, int(groups.max()) + 1)
    return np.zeros(len(groups), dtype=np.int64) if k < 2 else _folds(groups, labels, k, seed=seed)


def _folds(groups: Ints, labels: Ints, k: int, *, seed: int) -> Ints:
    """``(n,)`` fold numbers, whole groups together, labels spread evenly."""
    from sklearn.model_selection import (  # type: ignore[import-untyped, unused-ignore]
        GroupKFold,
        StratifiedGroupKFold,
    )

    # A label with fewer rows than folds can't be in all of them, which is no news here.
    rarest = int(np.bincount(labels).max())
    splitter = StratifiedGroupKFold if rarest >= k else GroupKFold
    fold = np.zeros(len(groups), dtype=np.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        found = splitter(n_splits=k, shuffle=True, random_state=seed).split(groups, labels, groups)
        for number, (_, held) in enumerate(found):
            fold[held] = number
    return fold
