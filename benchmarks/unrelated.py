"""How often a side is read into a statement that has nothing to do with the target.

    python benchmarks/unrelated.py [--data FILE] [--targets N] [--sample N] [--seed N]

Takes labelled statements, asks each toward targets of other topics, drawn with a seed, and counts
by mode what is not *none*. A few of the targets drawn will be near to the statement after all, so
that the right share is a little above 0. Intervals are Wilson's, at 95 %.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path
from typing import get_args

from rich.console import Console
from rich.table import Table
from scipy.stats import binomtest

from stancekit import StanceScorer
from stancekit.hypotheses import Premise
from stancekit.records import read_jsonl
from stancekit.stance.scorer import Mode
from stancekit.training.relevance import unrelated_records
from stancekit.training.stance import target_of
from stancekit.types import STANCE_LABELS

STATEMENTS = Path(__file__).parent.parent / "fixtures" / "stance" / "test.jsonl"


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=STATEMENTS)
    parser.add_argument("--targets", type=int, default=3, help="for each statement")
    parser.add_argument("--sample", type=int, default=400, help="statements")
    parser.add_argument("--seed", type=int, default=13)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    records = [record for _, record in read_jsonl(options.data)]
    records = rng.sample(records, min(options.sample, len(records)))
    asked = [r for _ in range(options.targets) for r in unrelated_records(records, rng=rng)]
    if not asked:
        parser.error(f"{options.data}: all statements are of one topic")
    premises, targets = [Premise.of(r) for r in asked], [target_of(r) for r in asked]
    table = Table("mode", "pairs", "with a side", "95 % interval")
    for mode in get_args(Mode):
        found = StanceScorer.from_pretrained(mode=mode).score_pairs(premises, targets)
        sides = int((found.argmax(axis=1) != STANCE_LABELS.index("none")).sum())
        low, high = binomtest(sides, len(targets)).proportion_ci(method="wilson")
        share = sides / len(targets)
        table.add_row(mode, str(len(targets)), f"{share:.3f}", f"{low:.3f}–{high:.3f}")
    Console().print(table)


if __name__ == "__main__":
    main()
