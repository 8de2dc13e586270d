"""Measures stance on public sets: Perspectrum, SemEval-2016, P-Stance, NewsMTSC, GWSD.

    python benchmarks/stance.py FOLDER_OR_FILE [--set NAME]... [--model NAME | --zero-shot NAME]
                                [--limit N] [--json FILE]

Every known file under the folder is measured, in its published form or as
simple JSONL (``text``, ``label``, and ``target`` or ``claim``; for sentiment
``text``, ``mention``, ``sentiment``):

| set         | published form                                       | simple form             |
|-------------|------------------------------------------------------|-------------------------|
| perspectrum | perspectrum_with_answers_v1.0.json, its pool, split  | perspectrum.jsonl       |
| semeval2016 | trainingdata- and testdata-taskA-all-annotations.txt | semeval2016-train.jsonl |
| pstance     | raw_val_*.csv, raw_test_*.csv                        | pstance-val.jsonl       |
| newsmtsc    | devtest_mtsc_only.jsonl; newsmtsc-mt*, newsmtsc-rw*  | newsmtsc-dev.jsonl      |
| gwsd        |                                                      | gwsd.jsonl              |

Papers: Chen et al. 2019; Mohammad et al. 2016; Li et al. 2021; Hamborg and
Donnay 2021 (sentiment toward a mention, read as the author's stance); Luo,
Card and Jurafsky 2020. Sets without a "none" label are scored on favor and
against alone, where predicting none is an error. ``--zero-shot`` measures
transformers' zero-shot pipeline with any NLI model instead, as a peer.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console

from stancekit.errors import DataError, StancekitError
from stancekit.evaluation import evaluate_stance_items
from stancekit.evaluation.stance import PairScorer, StanceItem, item_of_record
from stancekit.hypotheses import Premise, Target
from stancekit.records import read_jsonl

Record = dict[str, Any]

# This target of SemEval-2016 is a proposition, the others are noun phrases.
_CLAIMS = {"Climate Change is a Real Concern"}


def _stance(text: str, target: str, label: str) -> Record:
    key = "claim" if target in _CLAIMS else "target"
    return {"text": text, key: target, "label": label.lower()}


def read_perspectrum(path: Path) -> Iterator[Record]:
    """Perspectives on the dev claims, each with its cluster's stance."""
    folder = path.parent

    def load(name: str) -> Any:
        try:
            return json.loads((folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DataError(f"{folder / name}: {error}") from error

    texts = {p["pId"]: p["text"] for p in load("perspective_pool_v1.0.json")}
    splits = load("dataset_split_v1.0.json")
    labels = {"SUPPORT": "favor", "UNDERMINE": "against"}
    for claim in load(path.name):
        if splits.get(str(claim["cId"])) != "dev":
            continue
        for cluster in claim["perspectives"]:
            label = labels.get(cluster["stance_label_3"])
            for pid in cluster["pids"] if label else ():
                yield {"text": texts[pid], "claim": claim["text"], "label": label}


def read_semeval(path: Path) -> Iterator[Record]:
    """Tweets without the hashtag that the organisers put at each end."""
    with path.open(encoding="cp1252", errors="replace", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            text = row["Tweet"].strip().strip('"').replace("#SemST", "").strip()
            yield _stance(text, row["Target"].strip(), row["Stance"].strip())


def read_pstance(path: Path) -> Iterator[Record]:
    """Tweets about a politician, without "none"."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["Stance"].strip().lower() in {"favor", "against"}:
                yield _stance(row["Tweet"], row["Target"], row["Stance"].strip())


def read_newsmtsc(path: Path) -> Iterator[Record]:
    """Sentences with the sentiment toward each mention."""
    for _, row in read_jsonl(path):
        if "targets" in row:
            for target in row["targets"]:
                # Ratings run from 1 to 7, published as 2, 4 and 6.
                side = np.sign(target["polarity"] - 4)
                yield _sentiment(row["sentence_normalized"], target["mention"], side)
        else:
            yield _sentiment(row["sentence"], row["mention"], row["polarity"])


def _sentiment(text: str, mention: str, side: float) -> Record:
    word = {-1: "negative", 0: "neutral", 1: "positive"}[int(side)]
    return {"text": text, "mention": mention, "sentiment": word}


def read_simple(path: Path) -> Iterator[Record]:
    """Simple JSONL; of records that name a split, those of dev."""
    for _, record in read_jsonl(path):
        if record.get("split", "dev") == "dev":
            if record.get("target") in _CLAIMS:
                record = {**record, "claim": record["target"]}
            yield record


Reader = Callable[[Path], Iterator[Record]]
FORMS: tuple[tuple[str, str, str, Reader], ...] = (
    ("perspectrum", "Perspectrum dev", "perspectrum_with_answers_v1.0.json", read_perspectrum),
    ("perspectrum", "Perspectrum dev", "perspectrum.jsonl", read_simple),
    ("semeval2016", "SemEval-2016 train", "trainingdata-all-annotations.txt", read_semeval),
    ("semeval2016", "SemEval-2016 train", "semeval2016-train.jsonl", read_simple),
    ("semeval2016", "SemEval-2016 test", "testdata-taskA-all-annotations.txt", read_semeval),
    ("pstance", "P-Stance val", "raw_val_*.csv", read_pstance),
    ("pstance", "P-Stance val", "pstance-val.jsonl", read_simple),
    ("pstance", "P-Stance test", "raw_test_*.csv", read_pstance),
    ("newsmtsc", "NewsMTSC mt, dev and test", "devtest_mtsc_only.jsonl", read_newsmtsc),
    ("newsmtsc", "NewsMTSC mt, dev", "newsmtsc-mt*/dev.jsonl", read_newsmtsc),
    ("newsmtsc", "NewsMTSC mt, test", "newsmtsc-mt*/test.jsonl", read_newsmtsc),
    ("newsmtsc", "NewsMTSC rw, dev", "newsmtsc-rw*/dev.jsonl", read_newsmtsc),
    ("newsmtsc", "NewsMTSC rw, test", "newsmtsc-rw*/test.jsonl", read_newsmtsc),
    ("newsmtsc", "NewsMTSC dev", "newsmtsc-dev.jsonl", read_simple),
    ("gwsd", "GWSD", "gwsd.jsonl", read_simple),
)


def find(path: Path, wanted: Sequence[str]) -> dict[str, list[StanceItem]]:
    """Items by set; of a set that is there in two forms, the published one."""
    if path.is_file():
        return {path.stem: [item_of_record(r, where=path.name) for r in read_simple(path)]}
    if not path.is_dir():
        raise DataError(f"{path}: no such file or folder")
    found: dict[str, list[StanceItem]] = {}
    for name, title, pattern, reader in FORMS:
        if (wanted and name not in wanted) or title in found:
            continue
        items = [
            item_of_record(record, where=file.name)
            for file in sorted(path.rglob(pattern))
            for record in reader(file)
        ]
        if items:
            found[title] = items
    if not found:
        raise DataError(f"{path}: none of the known files in it")
    return found


class ZeroShotPeer:
    """transformers' zero-shot pipeline, asked for support, opposition or neither."""

    def __init__(self, model: str) -> None:
        from transformers import pipeline

        self._pipe: Any = pipeline("zero-shot-classification", model=model)

    def score_pairs(
        self, premises: Sequence[Premise], targets: Sequence[Target]
    ) -> npt.NDArray[np.float64]:
        """Probabilities ``(n, 3)`` of favor, against, none."""
        rows = []
        for premise, target in zip(premises, targets, strict=True):
            favor, against = (
                sentences[0].replace("{speaker}", "").strip().rstrip(".")
                for sentences in (target.favor, target.against)
            )
            candidates = [favor, against, f"takes no side on: {target.name}"]
            output = self._pipe(
                premise.render(),
                candidate_labels=candidates,
                hypothesis_template=f"{premise.speaker or 'The speaker'} {{}}.",
            )
            scores = dict(zip(output["labels"], output["scores"], strict=True))
            rows.append([scores[c] for c in candidates])
        return np.array(rows)


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("path", type=Path)
    parser.add_argument("--set", action="append", default=[], choices=sorted({f[0] for f in FORMS}))
    model = parser.add_mutually_exclusive_group()
    model.add_argument("--model", help="a model folder or hub name; the bundled one without it")
    model.add_argument("--zero-shot", help="measure transformers' pipeline with this model instead")
    parser.add_argument("--limit", type=int, help="only N records of each set, evenly spread")
    parser.add_argument("--errors", type=int, default=0, help="list N of the worst errors")
    parser.add_argument("--json", type=Path, help="write the metrics here too")
    options = parser.parse_args()
    console = Console()
    try:
        sets = find(options.path, options.set)
        scorer: PairScorer
        if options.zero_shot:
            scorer = ZeroShotPeer(options.zero_shot)
        else:
            from stancekit import StanceScorer

            scorer = StanceScorer.from_pretrained(*[options.model] if options.model else [])
        results = {}
        for name, items in sets.items():
            step = max(1, len(items) // options.limit) if options.limit else 1
            sample = items[::step][: options.limit]
            console.rule(f"{name} ({len(sample)} of {len(items)})")
            result = evaluate_stance_items(sample, scorer, show_progress=sys.stderr.isatty())
            result.render(console, errors=options.errors)
            results[name] = result.to_dict()
    except StancekitError as error:
        raise SystemExit(str(error)) from error
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
