"""Analyses mutated articles and rubbish, and checks what must hold for any text.

The attribution model is the bundled one, for every text. Stances come from the bundled
model for a share of the texts (``--scored``), and from a keyword rule for the rest. Checked are

* that nothing is raised, and that the report can be written as JSON and as a page;
* that spans slice back to their texts, lie inside the document, and that those of one
  statement don't overlap;
* for a share of the texts (``--again``), that the same text alone, in another batch and on another
  number of threads gives the same statements, with probabilities within 0.001, and that running
  twice gives the same bytes.

    python benchmarks/fuzz.py --n 20000 --seed 1
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

from stancekit import Attributor, Report, StancePipeline, StanceScorer, Statement
from stancekit.inference import batches as latest
from stancekit.testing import KeywordClassifier

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
TARGETS = ["a carbon tax", "talks with the rebels"]
TOLERANCE = 1e-3
BATCH = 40

MARKS = [*"\"'“”‘’„‚«»‹›「」『』()[]", *".,:;?!…—–-", "...", "''", "``"]
SPACES = ["\n", "\r\n", "\r", "\n\n", "\t", "\v", "\f", "\x85", "\u2028", "\u2029", "\u00a0", "  "]
ODD = [
    *("\x00", "\x07", "\x1b[31m", "\u200b", "\u200d", "\ufeff", "\u2060", "\u00ad", "\u202e"),
    *(
        "\u202c",
        "\u0301",
        "e\u0301",
        "\ud800",
        "\udfff",
        "\ufffd",
        "\U0001f642",
        "\U0001f468\u200d",
    ),
    *("ﷺ", "İ", "ß", "ſ", "ﬁ", "ｆｕｌｌ", "قال الوزير", "אמר השר", "說", "сказав", "²", "𝐁𝐨𝐥𝐝"),
    *("<p>", "&quot;", "{speaker}", "%s", "\\n", "http://a.b/c?d=“e”", "said said said"),
]
WORDS = "Roe said that he wants no tax , she told Dahl according to both leaders Kyiv’s".split()


def texts() -> list[str]:
    """The fixture articles, and the examples."""
    labelled = [
        str(json.loads(path.read_text(encoding="utf-8"))["text"])
        for path in sorted(FIXTURES.glob("articles/*/*.json"))
    ]
    examples = sorted(FIXTURES.glob("examples/*.txt"))
    return labelled + [path.read_text(encoding="utf-8") for path in examples]


def _cut(dice: random.Random, text: str, longest: int) -> str:
    start = dice.randrange(len(text))
    return text[start : start + dice.randint(1, longest)]


def mutated(dice: random.Random, articles: list[str], longest: int) -> str:
    """A piece of an article with some of its characters replaced, dropped, doubled or moved."""
    text = _cut(dice, dice.choice(articles), longest)
    for _ in range(dice.choice((0, 1, 1, 2, 4, 8, 16))):
        at = dice.randint(0, len(text))
        to = min(len(text), at + dice.choice((0, 1, 1, 2, 10, 40)))
        piece = dice.choice(dice.choice((MARKS, SPACES, ODD)))
        text = dice.choice(
            [
                text[:at] + piece + text[at:],
                text[:at] + piece + text[to:],
                text[:at] + text[to:],
                text[:at] + text[at:to] * 2 + text[to:],
                text[:at] + _cut(dice, dice.choice(articles), 60) + text[to:],
                text[to:] + text[:to],
                text[:at] + text[at:to][::-1] + text[to:],
                text[:at] + dice.choice((text[at:to].upper(), text[at:to].lower())) + text[to:],
            ]
        )
    return text


def rubbish(dice: random.Random, longest: int) -> str:
    """Characters that no article holds: any code points, marks only, one word, one odd thing."""
    kinds: list[Callable[[], str]] = [
        lambda: chr(dice.randrange(0x110000)),
        lambda: chr(dice.randrange(0x250)),
        lambda: dice.choice(MARKS),
        lambda: dice.choice(MARKS + SPACES),
        lambda: dice.choice(ODD),
        lambda: dice.choice(WORDS) + " ",
        lambda: dice.choice([*WORDS, *MARKS, *SPACES, *ODD]),
    ]
    kind = dice.choice(kinds)
    once = kind()
    same = dice.choice((False, True))
    return "".join(once if same else kind() for _ in range(dice.randint(0, longest // 4)))


def inputs(seed: int, n: int, longest: int) -> Iterator[str]:
    """``n`` texts, two of three made from articles; the same for the same seed."""
    dice = random.Random(seed)
    articles = texts()
    for _ in range(n):
        yield (
            rubbish(dice, longest) if dice.random() < 1 / 3 else mutated(dice, articles, longest)
        )


def problems(text: str, report: Report) -> list[str]:
    """What is wrong with a report by itself."""
    found = []
    document = report.document
    spans = [*document.paragraphs, *document.sentences]
    spans += [m for speaker in report.speakers for m in speaker.mentions]
    for statement in report.statements:
        spans += statement.spans
        ordered = sorted(statement.spans)
        if any(a.overlaps(b) for a, b in pairwise(ordered)):
            found.append("spans overlap")
        if not statement.contents:
            found.append("no content")
        for stance in statement.stances.values():
            if not abs(stance.favor + stance.against + stance.none - 1) < TOLERANCE:
                found.append("probabilities don't sum to 1")
    if any(not 0 <= s.start < s.end <= len(text) for s in spans):
        found.append("a span is empty or leaves the document")
    if any(text[s.start : s.end] != s.text for s in spans):
        found.append("a span does not slice back")
    known = {speaker.id for speaker in report.speakers}
    if any(s.speaker is not None and s.speaker.id not in known for s in report.statements):
        found.append("a speaker is not among the speakers")
    json.loads(report.to_json())
    if "<html" not in report.to_html():
        found.append("no page")
    return found


def _plain(s: Statement) -> object:
    labels = {target: stance.label for target, stance in s.stances.items()}
    return (s.id, s.kind, s.modality, s.source, s.cue, s.contents, s.speaker, labels)


def differences(a: Report, b: Report) -> list[str]:
    """What differs between two reports on one text, beyond the tolerance."""
    if [_plain(s) for s in a.statements] != [_plain(s) for s in b.statements]:
        return ["statements differ"]
    for one, other in zip(a.statements, b.statements, strict=True):
        pairs = [(one.confidence, other.confidence)]
        for target, stance in one.stances.items():
            also = other.stances[target]
            pairs += [(stance.favor, also.favor), (stance.against, also.against)]
        if any(abs(x - y) > TOLERANCE for x, y in pairs):
            return ["probabilities differ"]
    return []


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--n", type=int, default=20_000, help="texts")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--longest", type=int, default=240, help="characters, before mutation")
    parser.add_argument("--scored", type=float, default=0.02, help="share with the stance model")
    parser.add_argument("--again", type=float, default=0.1, help="share that is run again")
    parser.add_argument("--threads", type=int, default=1, help="of the run; repeated on one more")
    options = parser.parse_args()
    # A text that is read again shall be computed again.
    latest.KEPT_RESULTS = 0

    def pipelines(threads: int) -> tuple[StancePipeline, StancePipeline]:
        attributor = Attributor.from_pretrained(threads=threads)
        keywords = StanceScorer(KeywordClassifier(), name="keywords")
        scorer = StanceScorer.from_pretrained(threads=threads)
        return (
            StancePipeline(
                targets=TARGETS, attributor=attributor, scorer=keywords, any_language=True
            ),
            StancePipeline(
                targets=TARGETS, attributor=attributor, scorer=scorer, any_language=True
            ),
        )

    # Warnings about other languages would fill the screen.
    logging.getLogger("stancekit").setLevel(logging.ERROR)
    first, second = pipelines(options.threads), pipelines(options.threads + 1)
    dice = random.Random(options.seed + 1)
    counts: Counter[str] = Counter()
    wrong: list[tuple[str, str]] = []
    started = time.process_time()

    def note(text: str, reasons: list[str]) -> None:
        for reason in reasons:
            wrong.append((reason, text))
            print(f"{reason}: {text!r}", file=sys.stderr)

    def run(kind: int, batch: list[str], size: int) -> list[Report]:
        try:
            return list(first[kind].run_many(batch, batch_size=size))
        except Exception:
            # Which of them was it?
            for text in batch:
                try:
                    first[kind].run(text)
                except Exception:
                    note(text, [traceback.format_exc().strip().splitlines()[-1]])
            return []

    batches: list[list[str]] = [[], []]

    def work(kind: int) -> None:
        batch, batches[kind] = batches[kind], []
        reports = run(kind, batch, dice.randint(1, 9))
        for text, report in zip(batch, reports, strict=False):
            counts["texts"] += 1
            counts["characters"] += len(text)
            counts["statements"] += len(report.statements)
            counts["scored"] += kind
            note(text, problems(text, report))
            if dice.random() < options.again:
                counts["again"] += 1
                alone = first[kind].run(text)
                if alone.to_json() != first[kind].run(text).to_json():
                    note(text, ["two runs, two outputs"])
                note(text, [f"alone: {d}" for d in differences(report, alone)])
                threads = second[kind].run(text)
                note(text, [f"threads: {d}" for d in differences(report, threads)])

    for number, text in enumerate(inputs(options.seed, options.n, options.longest), start=1):
        kind = int(dice.random() < options.scored)
        batches[kind].append(text)
        if len(batches[kind]) == BATCH:
            work(kind)
        if number % 1000 == 0:
            print(f"{number} ({time.process_time() - started:.0f} s)", file=sys.stderr)
    work(0)
    work(1)
    print(
        f"{counts['texts']:,} texts, {counts['characters']:,} characters, "
        f"{counts['statements']:,} statements; {counts['scored']:,} with the stance model, "
        f"{counts['again']:,} run again; {time.process_time() - started:.0f} s of CPU"
    )
    print(f"{len(wrong)} problems", dict(Counter(reason for reason, _ in wrong)))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
