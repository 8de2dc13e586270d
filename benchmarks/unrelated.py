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
from typing import Any, get_args

from rich.console import Console
from rich.table import Table
from scipy.stats import binomtest

from stancekit import StanceScorer, Target
from stancekit.hypotheses import Premise
from stancekit.records import read_jsonl
from stancekit.stance.scorer import Mode
from stancekit.types import STANCE_LABELS

STATEMENTS = Path(__file__).parent.parent / "fixtures" / "stance" / "test.jsonl"


def unrelated_pairs(
    records: list[dict[str, Any]], *, targets: int, rng: random.Random
) -> tuple[list[Premise], list[Target]]:
    """Each statement beside as many targets of other topics."""
    of_topic: dict[str, str] = {r["target"]: r["topic"] for r in records if r.get("target")}
    premises, asked = [], []
    for record in records:
        others = sorted(name for name, topic in of_topic.items() if topic != record["topic"])
        for name in rng.sample(others, targets):
            premises.append(Premise.of(record))
            asked.append(Target.from_text(name))
    return premises, asked


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
    premises, targets = unrelated_pairs(records, targets=options.targets, rng=rng)
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
