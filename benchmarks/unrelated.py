"""How often a side is read into a statement that has nothing to do with the target.

    python benchmarks/unrelated.py [--data FILE] [--articles FOLDER] [--targets N] [--sample N]

Takes labelled statements, one by one, and those of articles, all of each together as a pipeline
scores them; asks them toward targets of other topics and articles, drawn with a seed, and counts by
mode what is not *none*. A few of the targets drawn will be near after all, so that the right share
is a little above 0. Intervals are Wilson's, at 95 %; statements of one article depend on each
other, so that those of articles are too narrow.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from rich.console import Console
from rich.table import Table
from scipy.stats import binomtest

from stancekit import StanceScorer
from stancekit.evaluation.articles import Article, read_articles
from stancekit.evaluation.speakers import premise_of
from stancekit.hypotheses import Premise
from stancekit.records import Record, read_jsonl
from stancekit.stance.scorer import Mode
from stancekit.training.relevance import article_numbers, unrelated_articles, unrelated_records
from stancekit.training.stance import target_of
from stancekit.types import STANCE_LABELS

FIXTURES = Path(__file__).parent.parent / "fixtures"


def of_article(article: Article) -> list[Record]:
    """The statements of an article under its targets, as records."""
    return [
        {
            "article": article.id,
            "text": premise.text,
            "speaker": premise.speaker,
            "context": premise.context,
            **({"claim": target.claim} if target.claim else {"target": target.text}),
        }
        for premise in (premise_of(article, s) for s in article.statements)
        for target in article.targets
    ]


def count(table: Table, what: str, asked: Sequence[Record], articles: list[int] | None) -> None:
    """Adds a row for each mode."""
    premises, targets = [Premise.of(r) for r in asked], [target_of(r) for r in asked]
    for mode in get_args(Mode):
        scorer = StanceScorer.from_pretrained(mode=mode)
        found = scorer.score_pairs(premises, targets, articles=articles)
        sides = int((found.argmax(axis=1) != STANCE_LABELS.index("none")).sum())
        low, high = binomtest(sides, len(targets)).proportion_ci(method="wilson")
        share = sides / len(targets)
        table.add_row(what, mode, str(len(targets)), f"{share:.3f}", f"{low:.3f}–{high:.3f}")


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=FIXTURES / "stance" / "test.jsonl")
    parser.add_argument("--articles", type=Path, default=FIXTURES / "articles")
    parser.add_argument("--targets", type=int, default=3, help="for each statement")
    parser.add_argument("--sample", type=int, default=400, help="statements, of --data")
    parser.add_argument("--seed", type=int, default=13)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    records = [record for _, record in read_jsonl(options.data)]
    records = rng.sample(records, min(options.sample, len(records)))
    asked = [r for _ in range(options.targets) for r in unrelated_records(records, rng=rng)]
    if not asked:
        parser.error(f"{options.data}: all statements are of one topic")
    table = Table("statements", "mode", "pairs", "with a side", "95 % interval")
    count(table, "alone", asked, None)
    articles = read_articles(options.articles, split="test")
    others = unrelated_articles(
        [r for article in articles for r in of_article(article)], rng=rng, targets=options.targets
    )
    count(table, "of articles", others, article_numbers(others))
    Console().print(table)


if __name__ == "__main__":
    main()
