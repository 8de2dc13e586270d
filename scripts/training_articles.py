"""Turns labelled articles into what training reads: attributions, and stances of statements.

    python scripts/training_articles.py fixtures/articles ATTRIBUTIONS.jsonl STANCES.jsonl
                                        [--split dev] [--none N]

Of the folder's articles those of one split are read, by default ``train``. The first
file has one article a line (``format = "attribution"``), the second one statement and
target a line (``format = "stance"``), in the form in which evaluation reads gold
statements. Of the statements that take no side, ``--none`` are kept for every one that
does.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from stancekit.evaluation.articles import Article, read_articles
from stancekit.evaluation.speakers import premise_of
from stancekit.types import Span


def _pairs(spans: Sequence[Span]) -> list[list[int]]:
    return [[span.start, span.end] for span in spans]


def attribution_record(article: Article) -> dict[str, Any]:
    """An article as the tagger is trained on it."""
    return {
        "id": article.id,
        "text": article.text,
        "attributions": [
            {"source": _pairs(s.source), "cue": _pairs(s.cue), "content": _pairs(s.contents)}
            for s in article.statements
        ],
    }


def stance_records(
    article: Article, *, none: float, rng: random.Random
) -> Iterator[dict[str, str]]:
    """The article's statements toward its targets."""
    asked = [
        (statement, target, statement.stances.get(target.id, "none"))
        for statement in article.statements
        for target in article.targets
    ]
    sides = [item for item in asked if item[2] != "none"]
    neutral = [item for item in asked if item[2] == "none"]
    for statement, target, label in (
        *sides,
        *rng.sample(neutral, min(len(neutral), round(none * len(sides)))),
    ):
        premise = premise_of(article, statement)
        yield {
            "topic": article.id,
            "article": article.id,
            "text": premise.text,
            **({"speaker": premise.speaker} if premise.speaker else {}),
            **({"context": premise.context} if premise.context else {}),
            **({"claim": target.claim} if target.claim else {"target": target.text}),
            "label": label,
        }


def main() -> None:
    """Runs the script."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("articles", type=Path)
    parser.add_argument("attributions", type=Path)
    parser.add_argument("stances", type=Path)
    parser.add_argument("--split", choices=("train", "dev"), default="train")
    parser.add_argument("--none", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=13)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    articles = read_articles(options.articles, split=options.split)
    stances = [r for a in articles for r in stance_records(a, none=options.none, rng=rng)]
    for path, records in (
        (options.attributions, [attribution_record(a) for a in articles]),
        (options.stances, stances),
    ):
        lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        path.write_text("".join(lines), encoding="utf-8")
        print(f"{path}: {len(records)} records")


if __name__ == "__main__":
    main()
