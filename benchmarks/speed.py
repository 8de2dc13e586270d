"""Speed of the bundled models, stage by stage, as ratios within one run.

    python benchmarks/speed.py [--articles FOLDER] [--pairs N] [--rounds N] [--threads N]
                               [--json FILE]

Scoring: the same statements toward the same targets, with the same stance weights,
in decisions (statement and target) a second:

- ``pipeline``: transformers' zero-shot-classification as its page shows it, one statement
  a call, three candidate labels a target (for, against, neither);
- ``pipeline, batched``: the same with all statements given at once and ``batch_size=32``;
- ``torch``: the weights in torch, float32, one pair a target, batches of 32 sorted by length;
- ``loop``: stancekit's graph, one pair a call;
- ``exact``, ``screened``, ``fast``: stancekit, in its three modes.

Articles: about 800 words each, joined from the paragraphs of the fixtures, three
targets, seconds a stage and articles a second. Start: a new process on an
article of 300 words, until the report is there. Every round measures every way
once, in turn; printed is the median, and for ratios the median of the rounds' ratios.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from stancekit import StancePipeline, StanceScorer, Target
from stancekit.evaluation.articles import read_articles
from stancekit.hypotheses import Premise, fill
from stancekit.inference import batches
from stancekit.speakers import resolve_speakers
from stancekit.stance.scorer import BUNDLED
from stancekit.text import read_document

FIXTURES = Path(__file__).parent.parent / "fixtures" / "articles"
MODES = ("exact", "screened", "fast")
# Three candidate labels a target, as its users write them.
CANDIDATES = ("supports {0}", "opposes {0}", "takes no side on {0}")


def seconds(run: Callable[[], Any]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def long_articles(folder: Path, *, words: int = 800) -> list[str]:
    """Articles of about so many words, from the paragraphs of labelled ones in their order."""
    made: list[str] = []
    parts: list[str] = []
    length = 0
    for article in read_articles(folder):
        for paragraph in article.text.split("\n\n"):
            parts.append(paragraph)
            length += len(paragraph.split())
            if length >= words:
                made.append("\n\n".join(parts))
                parts, length = [], 0
    return made


def export_for_transformers(folder: Path) -> None:
    """The bundled stance weights as a plain transformers folder."""
    from transformers import AutoTokenizer

    from stancekit.inference.export import load_torch

    load_torch(BUNDLED).save_pretrained(folder)
    AutoTokenizer.from_pretrained(BUNDLED).save_pretrained(folder)


class Torch:
    """The same weights in torch: the plain pipeline, the batched one, and sorted batches."""

    def __init__(self, *, threads: int | None) -> None:
        import torch
        from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

        if threads:
            torch.set_num_threads(threads)
        self._torch = torch
        with tempfile.TemporaryDirectory() as name:
            export_for_transformers(Path(name))
            self._tokenizer = AutoTokenizer.from_pretrained(name)
            self._model = AutoModelForSequenceClassification.from_pretrained(name).eval()
            self._pipe: Any = pipeline(
                "zero-shot-classification", model=self._model, tokenizer=self._tokenizer
            )

    def _ask(self, texts: str | list[str], target: Target, **keywords: Any) -> None:
        labels = [candidate.format(target.name) for candidate in CANDIDATES]
        self._pipe(texts, labels, hypothesis_template="The speaker {}.", **keywords)

    def plain(self, premises: Sequence[Premise], targets: Sequence[Target]) -> None:
        """One statement a call."""
        for premise in premises:
            for target in targets:
                self._ask(premise.render(), target)

    def batched(self, premises: Sequence[Premise], targets: Sequence[Target]) -> None:
        """All statements given at once."""
        for target in targets:
            self._ask([p.render() for p in premises], target, batch_size=32)

    def eager(self, pairs: list[tuple[str, str]]) -> None:
        """One pair a decision, in sorted batches."""
        ordered = sorted(pairs, key=lambda pair: len(pair[0]) + len(pair[1]))
        with self._torch.inference_mode():
            for start in range(0, len(ordered), 32):
                batch = ordered[start : start + 32]
                inputs = self._tokenizer(
                    [b[0] for b in batch], [b[1] for b in batch], padding=True, return_tensors="pt"
                )
                self._model(**inputs)


def measure_scoring(
    premises: list[Premise], targets: list[Target], *, rounds: int, threads: int | None
) -> dict[str, list[float]]:
    """Decisions a second of every way, a number a round."""
    torch = Torch(threads=threads)
    scorers = {m: StanceScorer.from_pretrained(threads=threads, mode=m) for m in MODES}  # type: ignore[arg-type]
    pairs = [
        (p.render(), fill(sentence, p.speaker))
        for p in premises
        for t in targets
        for sentence in t.favor
    ]
    exact = scorers["exact"]
    ways: dict[str, Callable[[], Any]] = {
        "pipeline": lambda: torch.plain(premises, targets),
        "pipeline, batched": lambda: torch.batched(premises, targets),
        "torch": lambda: torch.eager(pairs),
        "loop": lambda: [exact.predict_proba([p], [t]) for p in premises for t in targets],
        **{
            mode: partial(scorer.predict_proba, premises, targets)
            for mode, scorer in scorers.items()
        },
    }
    for mode in MODES:
        ways[mode]()  # builds the graphs and warms up
    decisions = len(premises) * len(targets)
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, run in ways.items():
            found[name].append(decisions / seconds(run))
    return found


def measure_articles(
    texts: list[str], *, rounds: int, threads: int | None
) -> dict[str, dict[str, float]]:
    """Seconds of every stage for all texts, and articles a second, by mode."""
    found = {}
    for mode in MODES:
        pipeline = StancePipeline(threads=threads, mode=mode)  # type: ignore[arg-type]
        pipeline.run(texts[0])
        stages: dict[str, list[float]] = {"attribution": [], "speakers": [], "whole": []}
        for _ in range(rounds):
            documents = [read_document(text) for text in texts]
            start = time.perf_counter()
            read = [pipeline.attributor.read(document)[0] for document in documents]
            attributed = time.perf_counter()
            for document, statements in zip(documents, read, strict=True):
                resolve_speakers(document, statements)
            resolved = time.perf_counter()
            list(pipeline.run_many(texts))
            stages["attribution"].append(attributed - start)
            stages["speakers"].append(resolved - attributed)
            stages["whole"].append(time.perf_counter() - resolved)
        median = {stage: statistics.median(values) for stage, values in stages.items()}
        median["stance"] = median["whole"] - median["attribution"] - median["speakers"]
        median["articles a second"] = len(texts) / median["whole"]
        found[mode] = median
    return found


def measure_start(text: str, *, rounds: int) -> float:
    """Seconds from starting a process to its report."""
    with tempfile.TemporaryDirectory() as name:
        article = Path(name, "article.txt")
        article.write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "stancekit.cli", "analyze", str(article)]
        return statistics.median(
            seconds(lambda: subprocess.run(command, check=True, capture_output=True))
            for _ in range(rounds)
        )


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--articles", type=Path, default=FIXTURES)
    parser.add_argument(
        "--pairs", type=int, default=120, help="statements to score, three targets each"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    options = parser.parse_args()
    console = Console()
    # What was computed in one round would be known in the next.
    batches.KEPT_RESULTS = 0

    texts = long_articles(options.articles)[:12]
    pipeline = StancePipeline(threads=options.threads)
    targets = list(pipeline.targets)
    statements = [s for report in pipeline.run_many(texts) for s in report.statements]
    step = max(1, len(statements) // options.pairs)
    premises = [Premise.of(s) for s in statements[::step][: options.pairs]]

    scoring = measure_scoring(premises, targets, rounds=options.rounds, threads=options.threads)
    table = Table("scoring", "decisions/s", "x pipeline", "x batched")
    for name, values in scoring.items():
        ratios = [
            statistics.median(v / o for v, o in zip(values, scoring[other], strict=True))
            for other in ("pipeline", "pipeline, batched")
        ]
        table.add_row(name, f"{statistics.median(values):.1f}", *[f"{r:.2f}" for r in ratios])
    console.print(table)

    articles = measure_articles(texts, rounds=options.rounds, threads=options.threads)
    table = Table("articles of 800 words", *next(iter(articles.values())))
    for mode, stages in articles.items():
        table.add_row(mode, *[f"{value:.2f}" for value in stages.values()])
    console.print(table)

    start = measure_start(" ".join(texts[0].split(" ")[:300]), rounds=options.rounds)
    console.print(f"start to first result, 300 words: {start:.2f} s")
    if options.json:
        figures = {"scoring": scoring, "articles": articles, "start": start}
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
