"""The model card: what a model was made of, and how good it is."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

_HEADS = {
    "attribution": "Finds who said what in a news article: a tagger of sources, cues and contents "
    "(BIO), with the linker that joins them (`linker.json`).",
    "stance": "Reads a speaker's stance toward a target from a statement: an NLI classifier "
    "(entailment, neutral, contradiction) over premises and hypotheses in stancekit's form.",
}


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
    text = environment.from_string(template).render(
        purpose=purpose, head=_HEADS[purpose], settings=settings, metrics=metrics.strip()
    )
    (folder / "README.md").write_text(text.rstrip() + "\n", encoding="utf-8")
