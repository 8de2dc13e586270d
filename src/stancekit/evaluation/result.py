"""What an evaluation gives back: numbers with intervals, tables, and the worst errors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stancekit.evaluation.attribution import ConstructionScore, Mistake
from stancekit.evaluation.metrics import Ints, Metric
from stancekit.types import STANCE_LABELS

if TYPE_CHECKING:
    from rich.console import Console

TITLES = {
    "attribution": "Attribution",
    "stance": "Stance of labelled statements",
    "stance_gold": "Stance of the articles' gold statements",
    "speaker_stance": "Stance of speakers, end to end",
}
LOWER_IS_BETTER = frozenset(
    ("reversed_polarity", "ece", "speaker_unknown_rate", "speaker_invented_rate")
)
# What the table and the card show; everything else is in `to_dict`.
SHOWN = {
    "attribution": (
        "content_f1",
        "content_exact_f1",
        "content_char_f1",
        "cue_f1",
        "source_given_match",
        "end_to_end_f1",
        *(
            f"{kind}/{name}"
            for kind in ("direct", "indirect", "mixed")
            for name in ("content_f1", "content_exact_f1", "source_given_match", "end_to_end_f1")
        ),
        "kind_given_match",
        "modality_given_match",
        "speaker_given_match",
        "speaker_unknown_rate",
        "speaker_invented_rate",
    ),
    **dict.fromkeys(
        ("stance", "stance_gold", "speaker_stance"),
        (
            "macro_f1",
            "f_avg",
            "favor/f1",
            "against/f1",
            "none/f1",
            "accuracy",
            "polarity_accuracy",
            "reversed_polarity",
            "ece",
            "accuracy_at_80_coverage",
        ),
    ),
}


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)


def _format(metric: Metric | None) -> str:
    return "–" if metric is None or math.isnan(metric.value) else f"{metric.value:.3f}"


def _interval(metric: Metric) -> str:
    return "" if math.isnan(metric.low) else f"{metric.low:.3f}–{metric.high:.3f}"


@dataclass(frozen=True, slots=True)
class EvaluationResult:
    """Metrics by ``section/name``, the floors beside them, and what lies behind.

    Attributes:
        metrics: Values with 95 % intervals.
        primary_metric: The name of the one to look at first.
        floors: By the floor's name, metrics under the same names.
        breakdowns: Section, kind of group (target, phenomenon, topic), group, numbers.
        confusions: By section, ``(3, 3)`` counts, gold in rows: favor, against, none.
        constructions: By number, where articles were measured.
        errors: Mistakes, the worst first within their section.
        info: What was measured, by what: counts, models, versions, seed.
    """

    metrics: Mapping[str, Metric]
    primary_metric: str
    floors: Mapping[str, Mapping[str, Metric]] = field(default_factory=dict)
    breakdowns: Mapping[str, Mapping[str, Mapping[str, Mapping[str, float]]]] = field(
        default_factory=dict, repr=False
    )
    confusions: Mapping[str, Ints] = field(default_factory=dict, repr=False)
    constructions: Mapping[int, ConstructionScore] = field(default_factory=dict, repr=False)
    errors: tuple[Mistake, ...] = field(default=(), repr=False)
    info: Mapping[str, Any] = field(default_factory=dict)

    @property
    def primary(self) -> Metric:
        """The primary metric's value."""
        return self.metrics[self.primary_metric]

    @property
    def sections(self) -> list[str]:
        """The sections that were measured, in reading order."""
        present = {name.split("/", 1)[0] for name in self.metrics}
        return [s for s in TITLES if s in present]

    def to_dict(self) -> dict[str, Any]:
        """A flat dictionary for JSON; a value that is undefined is null.

        Keys are ``section/name``, with ``/low`` and ``/high`` for the interval;
        ``floor/<floor>/section/name``; ``section/<group kind>/<group>/name``;
        ``section/confusion/<gold>/<predicted>``; ``constructions/<number>/...``;
        ``info/...``; and ``primary_metric`` with the name of one of them.
        """
        flat: dict[str, Any] = {"primary_metric": self.primary_metric}
        for name, metric in self.metrics.items():
            flat[name] = _number(metric.value)
            if not math.isnan(metric.low):
                flat[f"{name}/low"] = _number(metric.low)
                flat[f"{name}/high"] = _number(metric.high)
        for floor, metrics in self.floors.items():
            flat |= {f"floor/{floor}/{name}": _number(m.value) for name, m in metrics.items()}
        for section, groups in self.breakdowns.items():
            for group, rows in groups.items():
                for row, values in rows.items():
                    for name, value in values.items():
                        flat[f"{section}/{group}/{row}/{name}"] = _number(value)
        for section, confusion in self.confusions.items():
            for i, gold in enumerate(STANCE_LABELS):
                for j, predicted in enumerate(STANCE_LABELS):
                    flat[f"{section}/confusion/{gold}/{predicted}"] = int(confusion[i, j])
        if self.constructions:
            flat["constructions/seen"] = len(self.constructions)
            flat["constructions/passing"] = sum(c.passes for c in self.constructions.values())
        for number, score in self.constructions.items():
            for name in ("places", "right", "strict", "articles", "articles_right"):
                flat[f"constructions/{number}/{name}"] = getattr(score, name)
        flat |= {f"info/{name}": value for name, value in self.info.items()}
        return flat

    def _shown(self, section: str) -> list[tuple[str, Metric]]:
        return [
            (name, self.metrics[f"{section}/{name}"])
            for name in SHOWN[section]
            if f"{section}/{name}" in self.metrics
            and not math.isnan(self.metrics[f"{section}/{name}"].value)
        ]

    def _floors_of(self, section: str) -> list[str]:
        return [
            floor
            for floor, metrics in self.floors.items()
            if any(name.startswith(f"{section}/") for name in metrics)
        ]

    def render(self, console: Console, *, errors: int = 10) -> None:
        """Writes the tables to a rich console.

        Args:
            console: Where to.
            errors: How many of the worst errors of each kind to list.
        """
        from rich.markup import escape
        from rich.table import Table

        for section in self.sections:
            floors = self._floors_of(section)
            table = Table(title=TITLES[section], title_justify="left", header_style="bold")
            table.add_column("metric")
            table.add_column("value", justify="right")
            table.add_column("95 % interval", justify="right")
            for floor in floors:
                table.add_column(floor, justify="right", style="dim")
            for name, metric in self._shown(section):
                primary = f"{section}/{name}" == self.primary_metric
                label = name.replace("_", " ").replace("/", ": ")
                arrow = " ↓" if name in LOWER_IS_BETTER else ""
                table.add_row(
                    f"{label}{arrow}",
                    _format(metric),
                    _interval(metric),
                    *(_format(self.floors[floor].get(f"{section}/{name}")) for floor in floors),
                    style="bold" if primary else None,
                )
            console.print(table)
            if section in self.confusions:
                console.print(self._confusion_table(section))
        if self.constructions:
            passing = sum(c.passes for c in self.constructions.values())
            console.print(
                f"Constructions right in every article: {passing} of {len(self.constructions)}"
            )
            failing = [c for c in self.constructions.values() if not c.passes]
            if failing:
                listed = ", ".join(f"{c.construction} ({c.right}/{c.places})" for c in failing)
                console.print(f"Not yet: {listed}")
        for kind in dict.fromkeys(mistake.kind for mistake in self.errors):
            worst = [m for m in self.errors if m.kind == kind]
            table = Table(title=f"Worst errors: {kind} ({len(worst)} in all)", title_justify="left")
            for column in ("where", "text", "gold", "predicted"):
                table.add_column(column, overflow="fold")
            for m in worst[:errors]:
                table.add_row(*(escape(_cut(x)) for x in (m.where, m.text, m.gold, m.predicted)))
            if errors:
                console.print(table)

    def _confusion_table(self, section: str) -> Any:
        from rich.table import Table

        table = Table(title="Gold in rows, predicted in columns", title_justify="left")
        table.add_column("")
        for label in STANCE_LABELS:
            table.add_column(label, justify="right")
        for label, row in zip(STANCE_LABELS, self.confusions[section], strict=True):
            table.add_row(label, *(str(int(x)) for x in row))
        return table

    def card_block(self) -> str:
        """The tables in Markdown, as model cards show them."""
        lines: list[str] = []
        for section in self.sections:
            floors = self._floors_of(section)
            header = ["metric", "value", "95 % interval", *floors]
            lines += [f"**{TITLES[section]}**", "", f"| {' | '.join(header)} |"]
            lines.append("|" + "---|" + "---:|" * (len(header) - 1))
            for name, metric in self._shown(section):
                label = name.replace("_", " ").replace("/", ": ")
                arrow = " (lower is better)" if name in LOWER_IS_BETTER else ""
                value = _format(metric)
                if f"{section}/{name}" == self.primary_metric:
                    label, value = f"**{label}**", f"**{value}**"
                cells = [f"{label}{arrow}", value, _interval(metric)]
                cells += [_format(self.floors[f].get(f"{section}/{name}")) for f in floors]
                lines.append(f"| {' | '.join(cells)} |")
            lines.append("")
        if self.constructions:
            passing = sum(c.passes for c in self.constructions.values())
            seen = len(self.constructions)
            lines += [f"Constructions right in every article: {passing} of {seen}.", ""]
        measured = ", ".join(f"{name} {value}" for name, value in self.info.items())
        if measured:
            lines += [f"Measured: {measured}.", ""]
        return "\n".join(lines)


def _cut(text: str, limit: int = 300) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
