"""Analyses short articles one after the other and shows whether memory grows.

One pipeline with the bundled attribution model and, unless ``--keywords``, the bundled stance
model reads pieces of the fixture articles. The process's resident memory is noted after the first
tenth, when everything that is loaded on demand has been, and at the end.

    python benchmarks/load.py --n 10000 --keywords
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from stancekit import Attributor, StancePipeline, StanceScorer
from stancekit.testing import KeywordClassifier

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"


def articles(seed: int, n: int, longest: int) -> Iterator[str]:
    """``n`` pieces of articles that begin with a paragraph."""
    dice = random.Random(seed)
    texts = [
        str(json.loads(path.read_text(encoding="utf-8"))["text"])
        for path in sorted(FIXTURES.glob("articles/*/*.json"))
    ]
    for _ in range(n):
        text = dice.choice(texts)
        starts = [0, *(i + 1 for i, c in enumerate(text) if c == "\n" and text[i + 1 : i + 2])]
        start = dice.choice(starts)
        yield text[start : start + dice.randint(20, longest)]


def resident() -> float:
    """Resident memory of this process in MB (Linux)."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmRSS in /proc/self/status")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--n", type=int, default=10_000, help="articles")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--longest", type=int, default=400, help="characters of an article")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--keywords", action="store_true", help="a rule for stances, not the model")
    parser.add_argument("--most", type=float, default=20.0, help="MB that it may grow")
    options = parser.parse_args()
    scorer = (
        StanceScorer(KeywordClassifier(), name="keywords")
        if options.keywords
        else StanceScorer.from_pretrained(threads=options.threads)
    )
    pipeline = StancePipeline(
        targets=["a carbon tax"],
        attributor=Attributor.from_pretrained(threads=options.threads),
        scorer=scorer,
        any_language=True,
    )
    started, after_a_tenth, statements = time.process_time(), 0.0, 0
    for number, report in enumerate(
        pipeline.run_many(articles(options.seed, options.n, options.longest)), start=1
    ):
        statements += len(report.statements)
        if number == max(1, options.n // 10):
            after_a_tenth = resident()
        if number % 1000 == 0:
            print(f"{number}: {resident():.0f} MB", file=sys.stderr)
    grown = resident() - after_a_tenth
    print(
        f"{options.n:,} articles, {statements:,} statements, "
        f"{time.process_time() - started:.0f} s of CPU; {after_a_tenth:.0f} MB after a tenth, "
        f"{grown:+.1f} MB at the end"
    )
    sys.exit(grown > options.most)


if __name__ == "__main__":
    main()
