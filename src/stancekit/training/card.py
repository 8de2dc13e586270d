"""The model card: what a model was made of, and how good it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from stancekit.training.comparison import Comparison

_HEADS = {
    "attribution": "Finds who said what in a news article: a tagger of sources, cues and contents "
    "(BIO), with the linker that joins them (`linker.json`).",
    "relevance": "Tells whether a statement may take a side on a target at all: an encoder whose "
    "vectors of both are compared. It stands before the stance model and spares it what has "
    "nothing to do with a target.",
    "stance": "Reads a speaker's stance toward a target from a statement: an NLI classifier "
    "(entailment, neutral, contradiction) over premises and hypotheses in stancekit's form.",
}
_DEV = {"attribution": "eval_loss", "relevance": "eval_loss", "stance": "eval_macro_f1"}
_POINTS = 12


def learning_curve(
    log: Sequence[Mapping[str, Any]], *, purpose: str
) -> list[dict[str, float | int | None]]:
    """Loss and dev metric by step, at most twelve points, evenly spread, the last one among them.

    Args:
        log: The trainer's, one record a logging step or measurement.
        purpose: ``attribution``, ``relevance`` or ``stance``.
    """
    points: dict[int, dict[str, float | int | None]] = {}
    for record in log:
        point = points.setdefault(
            int(record["step"]), {"step": int(record["step"]), "loss": None, "dev": None}
        )
        for name, key in (("loss", "loss"), ("dev", _DEV[purpose])):
            if key in record:
                point[name] = float(record[key])
    told = [p for p in points.values() if p["loss"] is not None or p["dev"] is not None]
    measured = [p for p in told if p["dev"] is not None]
    # Dev figures say more than losses, which are of single batches.
    kept = measured if len(measured) >= _POINTS else told
    step = max(1, -(-len(kept) // _POINTS))
    return kept[::-1][::step][::-1]


def write_card(folder: Path, *, settings: Mapping[str, Any], metrics: str = "") -> None:
    """Writes ``README.md`` into a model folder.

    Args:
        folder: The model folder.
        settings: What ``stancekit.json`` holds.
        metrics: Tables in Markdown, as `EvaluationResult.card_block` makes them.
    """
    template = files("stancekit.training").joinpath("card.md.j2").read_text(encoding="utf-8")
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    purpose = str(settings["purpose"])
    defaults: dict[str, Any] = dict.fromkeys(
        ("log", "comparisons", "labels", "counts", "output_fit")
    )
    text = environment.from_string(template).render(
        purpose=purpose,
        head=_HEADS[purpose],
        settings=defaults | dict(settings),
        comparisons=[Comparison.from_dict(c) for c in settings.get("comparisons") or ()],
        curve=learning_curve(settings.get("log") or (), purpose=purpose),
        metrics=metrics.strip(),
    )
    (folder / "README.md").write_text(text.rstrip() + "\n", encoding="utf-8")
