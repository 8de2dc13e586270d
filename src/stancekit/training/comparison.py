"""Before and after: is the trained model better than what it started from?"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stancekit.evaluation.difference import Difference, sentence, table
from stancekit.evaluation.metrics import Metric
from stancekit.inference.folder import STANCEKIT_FILE

_PEOPLE_SAY = {"macro_f1": "macro-F1", "end_to_end_f1": "end-to-end F1"}
_SPLITS = {"test": "test", "dev": "dev", "folds": "held-out"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """The base and the trained model on the same held-out items.

    Attributes:
        split: ``test``, ``dev``, or ``folds`` (every item by the model that had not seen it).
        n: How many items.
        unit: What they are: ``rows`` or ``articles``.
        primary: The metric that decides.
        differences: By metric.
        folds: The primary metric before and after, in every fold.
    """

    split: str
    n: int
    unit: str
    primary: str
    differences: Mapping[str, Difference]
    folds: tuple[tuple[float, float], ...] = ()

    @property
    def title(self) -> str:
        """What was measured on: "test rows"."""
        return f"{_SPLITS[self.split]} {self.unit}"

    @property
    def sentence(self) -> str:
        """Whether it is an improvement, plainly."""
        return sentence(
            _PEOPLE_SAY.get(self.primary, self.primary),
            self.differences[self.primary],
            items=f"{self.n} {self.title}",
        )

    @property
    def spread(self) -> str:
        """Mean and standard deviation over the folds; empty without folds."""
        if not self.folds:
            return ""
        told = []
        for values in zip(*self.folds, strict=True):
            mean = sum(values) / len(values)
            spread = math.sqrt(sum((v - mean) ** 2 for v in values) / max(1, len(values) - 1))
            told.append(f"{mean:.3f} ± {spread:.3f}")
        name = _PEOPLE_SAY.get(self.primary, self.primary)
        return (
            f"Over {len(self.folds)} folds, {name} is {told[0]} before and {told[1]} after "
            "(mean and standard deviation)."
        )

    def rows(self) -> list[tuple[str, ...]]:
        """A table: metric, before, after, difference, 95 % interval."""
        return [tuple(row) for row in table(self.differences)]

    def to_dict(self) -> dict[str, Any]:
        """For ``stancekit.json``; undefined values are null."""

        def plain(metric: Metric) -> dict[str, float | int | None]:
            return {
                name: None if isinstance(value, float) and math.isnan(value) else value
                for name, value in dataclasses.asdict(metric).items()
            }

        return {
            "split": self.split,
            "n": self.n,
            "unit": self.unit,
            "primary": self.primary,
            "verdict": self.differences[self.primary].verdict,
            "sentence": self.sentence,
            "metrics": {
                name: {
                    "before": plain(found.before),
                    "after": plain(found.after),
                    "change": plain(found.change),
                    "lower_is_better": found.lower_is_better,
                }
                for name, found in self.differences.items()
            },
            "folds": [list(pair) for pair in self.folds],
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Comparison:
        """From what `to_dict` gave."""

        def metric(found: Mapping[str, Any]) -> Metric:
            value, low, high = (
                float("nan") if found[name] is None else float(found[name])
                for name in ("value", "low", "high")
            )
            return Metric(value, low, high, int(found["n"]))

        return cls(
            split=values["split"],
            n=values["n"],
            unit=values["unit"],
            primary=values["primary"],
            differences={
                name: Difference(
                    metric(found["before"]),
                    metric(found["after"]),
                    metric(found["change"]),
                    found["lower_is_better"],
                )
                for name, found in values["metrics"].items()
            },
            folds=tuple((a, b) for a, b in values["folds"]),
        )


def read_comparisons(folder: str | Path) -> list[Comparison]:
    """The comparisons that a trained model folder carries, the one that decides first."""
    settings = json.loads((Path(folder) / STANCEKIT_FILE).read_text(encoding="utf-8"))
    return [Comparison.from_dict(found) for found in settings.get("comparisons", ())]
