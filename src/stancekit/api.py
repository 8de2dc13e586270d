"""The one-call interface."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from stancekit.hypotheses import Target
from stancekit.types import Report

if TYPE_CHECKING:
    from stancekit.pipeline import StancePipeline


@lru_cache(maxsize=1)
def _bundled() -> StancePipeline:
    from stancekit.pipeline import StancePipeline

    return StancePipeline()


def analyze(
    text: str,
    *,
    targets: Sequence[Target | str] | None = None,
    id: str = "",
    any_language: bool = False,
) -> Report:
    """Analyses one article with the bundled models, which stay loaded for the next call.

    Args:
        text: The article.
        targets: `Target` objects or noun phrases; by default a peace settlement
            in Ukraine, its territory and its NATO membership.
        id: A name for the article, kept in the report.
        any_language: Analyse it also where it is not in English, which the models were
            made for; by default the report of such a text holds no statements.
    """
    return _bundled().run(text, id=id, targets=targets, any_language=any_language)
