"""Trains the pronoun resolver on GAP and measures it as the official scorer does.

Run it with ``python -m stancekit.training.pronouns GAP_DIR``; it writes
``speakers/pronouns.json`` into the package. GAP: Webster, Recasens, Axelrod,
Baldridge 2018, "Mind the GAP: A Balanced Corpus of Gendered Ambiguous
Pronouns", Apache-2.0.
"""

from __future__ import annotations

import argparse
import json
import logging
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import stancekit.speakers
from stancekit.errors import DataError
from stancekit.speakers import pronouns
from stancekit.speakers.names import find_names, given_gender, tokenize
from stancekit.speakers.quoted import quoted_stretches
from stancekit.speakers.registry import Registry
from stancekit.text import read_document

_LOGGER = logging.getLogger(__name__)
_FILES = ("gap-development.jsonl", "gap-validation.jsonl")
# Evidence seen less often than this in training is left out of the model.
_MIN_COUNT = 4

Evidence = dict[str, float]


def read_scene(record: Mapping[str, Any]) -> tuple[pronouns.Scene, int, tuple[int, int]]:
    """A GAP record as a scene, the pronoun's token, and the entities of its two candidates.

    The candidates are given by GAP, so that a name which `find_names` misses
    becomes an entity of its own here.
    """
    document = read_document(record["text"])
    tokens = tokenize(document.text)
    names = find_names(document, tokens)
    registry = Registry(document, tokens, names)
    starts = [t.start for t in tokens]
    spans = [(c["start"], c["start"] + len(c["text"])) for c in record["candidates"]]
    entities: list[int | None] = [None, None]
    mentions: list[pronouns.Mention] = []
    for n, name in enumerate(names):
        index = registry.entity_of[n]
        if index is None:
            continue
        hit = [k for k, (start, end) in enumerate(spans) if name.start < end and start < name.end]
        for k in hit[:1]:
            entities[k] = index if entities[k] is None else entities[k]
        entity = registry.entities[index]
        if hit or registry.may_be_person(entity):
            first = bisect_right(starts, name.name_start if name.words else name.start) - 1
            last = bisect_right(starts, name.end - 1) - 1
            mentions.append(
                pronouns.Mention(first, last, index, entity.likely_gender(), last > first)
            )
    fresh = len(registry.entities)
    for k, (start, end) in enumerate(spans):
        if entities[k] is None or (k == 1 and entities[0] == entities[1]):
            first = bisect_right(starts, start) - 1
            last = bisect_right(starts, end - 1) - 1
            mentions = [m for m in mentions if m.first != first]
            gender = given_gender(tokens[first].text)
            mentions.append(pronouns.Mention(first, last, fresh, gender, last > first))
            entities[k] = fresh
            fresh += 1
    mentions.sort(key=lambda m: m.first)
    scene = pronouns.Scene(
        tokens=tokens,
        sentence_starts=[s.start for s in document.sentences],
        paragraph_starts=[p.start for p in document.paragraphs],
        quotes=quoted_stretches(document),
        mentions=mentions,
        mention_starts=[m.first for m in mentions],
        gendered=[k for k, t in enumerate(tokens) if pronouns.gender_of(t.lower)],
    )
    pronoun = bisect_right(starts, record["pronoun_start"]) - 1
    return scene, pronoun, (entities[0] or 0, entities[1] or 0)


def read_gap(path: Path) -> tuple[list[Evidence], npt.NDArray[np.bool_]]:
    """Evidence and labels of a GAP file, two rows a record.

    Raises:
        DataError: If a line lacks what a GAP record has.
    """
    evidence: list[Evidence] = []
    labels: list[bool] = []
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                record = json.loads(line)
                scene, pronoun, candidates = read_scene(record)
                truth = [bool(c["coreferent"]) for c in record["candidates"]]
            except (KeyError, ValueError, TypeError) as error:
                raise DataError(f"{path}, line {number}: not a GAP record ({error!r})") from error
            for entity in candidates:
                evidence.append(pronouns.features(scene, pronoun, entity, 0, len(scene.mentions)))
            labels.extend(truth)
    return evidence, np.array(labels, dtype=np.bool_)


def f1_score(truth: npt.NDArray[np.bool_], found: npt.NDArray[np.bool_]) -> float:
    """F1 over the yes or no decisions for both candidates, as the GAP scorer counts."""
    both = float(truth.sum() + found.sum())
    return 2.0 * float((truth & found).sum()) / both if both else 0.0


def _paired(evidence: Sequence[Evidence]) -> list[Evidence]:
    return [
        pronouns.with_rival(own, evidence[k + 1 if k % 2 == 0 else k - 1])
        for k, own in enumerate(evidence)
    ]


def _names(evidence: Sequence[Evidence]) -> list[str]:
    counts = Counter(name for values in evidence for name in values)
    return sorted(name for name, count in counts.items() if count >= _MIN_COUNT)


def _matrix(evidence: Sequence[Evidence], names: Sequence[str]) -> npt.NDArray[np.float64]:
    index = {name: k for k, name in enumerate(names)}
    matrix = np.zeros((len(evidence), len(names)))
    for row, values in enumerate(evidence):
        for name, value in values.items():
            if name in index:
                matrix[row, index[name]] = value
    return matrix


def _fit(matrix: npt.NDArray[np.float64], truth: npt.NDArray[np.bool_], strength: float) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=strength, max_iter=1000, fit_intercept=False).fit(matrix, truth)


def train(folder: Path, *, strength: float = 0.04) -> tuple[dict[str, Any], float]:
    """Fits the resolver on GAP development and measures it on GAP validation.

    The threshold comes from five-fold cross-validation on the development part,
    so that validation stays unseen.

    Args:
        folder: Holds ``gap-development.jsonl`` and ``gap-validation.jsonl``.
        strength: The inverse of the L2 penalty.

    Returns:
        The record to store, and F1 on validation.
    """
    from sklearn.model_selection import GroupKFold

    for name in _FILES:
        if not (folder / name).is_file():
            raise DataError(f"{folder} holds no {name}")
    evidence, truth = read_gap(folder / _FILES[0])
    paired = _paired(evidence)
    names, single = _names(paired), _names(evidence)
    matrix = _matrix(paired, names)
    held_out = np.zeros(len(truth))
    groups = np.arange(len(truth)) // 2
    for fit, rest in GroupKFold(5).split(matrix, truth, groups):
        model = _fit(matrix[fit], truth[fit], strength)
        held_out[rest] = model.predict_proba(matrix[rest])[:, 1]
    steps = np.linspace(0.2, 0.7, 51)
    scores = [f1_score(truth, held_out > step) for step in steps]
    threshold = float(steps[int(np.argmax(scores))])
    alone = _fit(_matrix(evidence, single), truth, strength)
    model = _fit(matrix, truth, strength)
    record: dict[str, Any] = {
        "alone": {n: round(float(w), 4) for n, w in zip(single, alone.coef_[0], strict=True)},
        "paired": {n: round(float(w), 4) for n, w in zip(names, model.coef_[0], strict=True)},
        "threshold": round(threshold, 3),
    }
    unseen, gold = read_gap(folder / _FILES[1])
    resolver = pronouns.PronounModel(record["alone"], record["paired"], threshold)
    found = np.array(
        [
            chance > threshold
            for k in range(0, len(unseen), 2)
            for chance in resolver.probabilities(unseen[k : k + 2])
        ]
    )
    _LOGGER.info("cross-validated F1 on development: %.4f", max(scores))
    return record, f1_score(gold, found)


def main(arguments: Sequence[str] | None = None) -> None:
    """Trains, writes the weights into the package, logs F1 on validation."""
    parser = argparse.ArgumentParser(description="Train the pronoun resolver on GAP.")
    parser.add_argument("folder", type=Path, metavar="GAP_DIR")
    parser.add_argument("--strength", type=float, default=0.04)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    record, score = train(options.folder, strength=options.strength)
    target = Path(stancekit.speakers.__file__).with_name("pronouns.json")
    target.write_text(json.dumps(record, indent=0, sort_keys=True) + "\n", encoding="utf-8")
    _LOGGER.info("F1 on gap-validation: %.4f; weights in %s", score, target)


if __name__ == "__main__":
    main()
