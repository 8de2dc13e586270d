"""Training the linker on gold spans."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.neural_network import MLPClassifier

from stancekit.attribution.linking import (
    FEATURES,
    LINKER_FILE,
    Layout,
    content_pairs,
    source_pairs,
)
from stancekit.attribution.tags import ROLES, TaggedSpan
from stancekit.records import Record
from stancekit.text import read_document


def _examples(records: Sequence[Record]) -> dict[str, tuple[Any, Any]]:
    rows: dict[str, list[Any]] = {"content": [], "source": []}
    labels: dict[str, list[Any]] = {"content": [], "source": []}
    for record in records:
        document = read_document(record["text"])
        owners: dict[tuple[str, int, int], set[int]] = {}
        for number, attribution in enumerate(record["attributions"]):
            for role in ROLES:
                for start, end in attribution.get(role) or ():
                    owners.setdefault((role, start, end), set()).add(number)
        layout = Layout(document, [TaggedSpan(*key, 1.0) for key in owners])

        def owner(span: TaggedSpan, owners: dict[Any, set[int]] = owners) -> set[int]:
            return owners[(span.role, span.start, span.end)]

        for name, anchors, others, (candidates, features) in (
            ("content", "content", "cue", content_pairs(layout)),
            ("source", "cue", "source", source_pairs(layout)),
        ):
            rows[name].append(features)
            labels[name].extend(
                bool(owner(anchor) & owner(layout.by_role[others][i]))
                for anchor, near in zip(layout.by_role[anchors], candidates, strict=True)
                for i in near
            )
    return {name: (np.concatenate(rows[name]), np.array(labels[name], dtype=int)) for name in rows}


def train_linker(records: Sequence[Record], folder: Path, *, seed: int) -> dict[str, Any]:
    """Fits both networks on gold spans and writes ``linker.json``.

    Args:
        records: With ``text`` and ``attributions``.
        folder: The model folder.
        seed: For the initial weights and the order of examples.

    Returns:
        Counts of pairs and of links, by network.
    """
    result: dict[str, Any] = {"features": FEATURES}
    counts = {}
    for name, (features, labels) in _examples(records).items():
        network = MLPClassifier(
            hidden_layer_sizes=(32,),
            alpha=1e-3,
            max_iter=40,
            early_stopping=True,
            random_state=seed,
        )
        network.fit(features, labels)
        result[name] = [
            {"weight": np.round(w, 5).tolist(), "bias": np.round(b, 5).tolist()}
            for w, b in zip(network.coefs_, network.intercepts_, strict=True)
        ]
        counts[name] = {"pairs": len(labels), "links": int(labels.sum())}
    (folder / LINKER_FILE).write_text(
        json.dumps(result, separators=(",", ":")) + "\n", encoding="utf-8"
    )
    return counts
