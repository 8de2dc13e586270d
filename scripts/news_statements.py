"""Joins stance labels to the articles of PolNeAR that they belong to.

    python scripts/news_statements.py fixtures/stance/news-labels.jsonl polnear-train.jsonl OUT

The labels hold no sentences, for the articles are not ours to publish: each line
names an article, its targets, and one letter for each target (F favor, A against,
N none) by the number of an attribution in ``polnear-train.jsonl``. The result is
what training reads as ``format = "stance"``: text, speaker and context as the
pipeline would give them for these attributions, with the target and the label.
Of the many statements that take no side, as many are kept as ``--none`` says for
every one that does, drawn article by article with ``--seed``.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stancekit.attribution.attributor import make_statement
from stancekit.attribution.quotes import find_quotes
from stancekit.hypotheses import Premise
from stancekit.records import read_jsonl
from stancekit.speakers import resolve_speakers
from stancekit.text import read_document
from stancekit.types import Document, Span, Statement

LABELS = {"F": "favor", "A": "against", "N": "none"}


def _span(document: Document, pieces: list[list[int]]) -> Span | None:
    return document.span(pieces[0][0], pieces[-1][1]) if pieces else None


def statements_of(article: dict[str, Any]) -> dict[int, Statement]:
    """The attributions of an article as statements with speakers, by their number in the record."""
    document = read_document(article["text"], id=article["id"])
    quotes = find_quotes(document)
    made = {}
    for number, attribution in enumerate(article["attributions"]):
        if attribution["content"]:
            made[number] = make_statement(
                document,
                quotes,
                number=number,
                contents=tuple(document.span(s, e) for s, e in attribution["content"]),
                cue=_span(document, attribution["cue"]),
                source=_span(document, attribution["source"]),
                confidence=1.0,
            )
    ordered = sorted(made, key=lambda n: made[n].start)
    resolved, _ = resolve_speakers(document, [made[n] for n in ordered])
    return dict(zip(ordered, resolved, strict=True))


def records(
    labelled: dict[str, Any], article: dict[str, Any], *, none: float, rng: random.Random
) -> Iterator[dict[str, str]]:
    """Stance records of one article."""
    sides: list[tuple[int, dict[str, str], str]] = []
    neutral: list[tuple[int, dict[str, str], str]] = []
    for number, letters in labelled["labels"].items():
        for target, letter in zip(labelled["targets"], letters, strict=True):
            (neutral if letter == "N" else sides).append((int(number), target, LABELS[letter]))
    kept = rng.sample(neutral, min(len(neutral), round(none * len(sides))))
    statements = statements_of(article)
    for number, target, label in sorted([*sides, *kept], key=lambda item: item[0]):
        premise = Premise.of(statements[number])
        yield {
            "topic": article["id"],
            "text": premise.text,
            **({"speaker": premise.speaker} if premise.speaker else {}),
            **({"context": premise.context} if premise.context else {}),
            **({"claim": target["claim"]} if "claim" in target else {"target": target["text"]}),
            "label": label,
        }


def main() -> None:
    """Runs the script."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("labels", type=Path)
    parser.add_argument("articles", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--none", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=13)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    articles = {record["id"]: record for _, record in read_jsonl(options.articles)}
    # One text and speaker may be labelled under one target twice, as in a headline and below it.
    labels: dict[tuple[str, ...], set[str]] = {}
    rows = []
    for _, labelled in read_jsonl(options.labels):
        for row in records(labelled, articles[labelled["article"]], none=options.none, rng=rng):
            key = tuple(
                " ".join(str(row.get(k, "")).lower().split())
                for k in ("text", "speaker", "target", "claim")
            )
            labels.setdefault(key, set()).add(row["label"])
            rows.append((key, row))
    kept = {key: row for key, row in rows if len(labels[key]) == 1}
    with options.output.open("w", encoding="utf-8") as file:
        for row in kept.values():
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    print(f"{len(kept)} records of {len(rows)}")


if __name__ == "__main__":
    main()
