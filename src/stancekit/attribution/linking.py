"""Linking tagged spans: which source and which contents belong to a cue.

A cue is the anchor of an attribution. Every content goes to the candidate cue
that scores best, and every cue takes the source that scores best; a score
below a threshold (`Decoding`) means that there is none. A source can serve several cues. The
scores come from two small networks over the features below, trained with
scikit-learn on gold spans (`stancekit.training.linker`) and stored as JSON.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stancekit.attribution.pieces import Choices
from stancekit.attribution.quotations import requote
from stancekit.attribution.quotes import Quotes
from stancekit.attribution.tags import Decoding, TaggedSpan
from stancekit.attribution.utterances import Utterance
from stancekit.errors import ModelError
from stancekit.types import Document

LINKER_FILE = "linker.json"

FEATURES = (
    "bias",
    "after",
    "gap_log",
    "gap_none",
    "same_sentence",
    "next_sentence",
    "sentences_log",
    "same_paragraph",
    "paragraphs_log",
    "cues_between",
    "sources_between",
    "contents_between",
    "cue_nearer_to_other",
    "gap_comma",
    "gap_colon",
    "gap_stop",
    "gap_quote",
    "gap_that",
    "gap_words_log",
    "cue_according",
    "cue_passive",
    "cue_noun",
    "cue_punctuation",
    "cue_length_log",
    "other_quoted",
    "other_length_log",
    "other_pronoun",
    "other_capital",
    "other_starts_lower",
    "other_begins_sentence",
    "cue_begins_sentence",
    "cue_ends_sentence",
    "rank",
    "by_before",
    "of_before",
)

_PRONOUNS = frozenset("i you he she it we they who which him her them us me his their".split())
_CANDIDATES = 6
_QUOTES = "\"“”„«»‘’'"
_NOUN_CUE = re.compile(
    r"(?:['’]s |^(?:the |a |an |his |her |their |its )?)"
    r"\w*(?:ion|ment|im|ief|ice|eat|all|iew|est|ance|y)s?$",
    re.I,
)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Link:
    """One attribution as indices into the lists of spans by role."""

    cue: int | None
    source: int | None
    contents: tuple[int, ...]
    probability: float


class Layout:
    """Where the spans of a document lie among sentences, paragraphs and each other."""

    def __init__(self, document: Document, spans: Sequence[TaggedSpan]) -> None:
        self.text = document.text
        self.by_role: dict[str, list[TaggedSpan]] = {"source": [], "cue": [], "content": []}
        for span in sorted(spans, key=lambda s: (s.start, s.end)):
            self.by_role[span.role].append(span)
        self.starts = {role: [s.start for s in spans] for role, spans in self.by_role.items()}
        self.sentence_starts = [s.start for s in document.sentences]
        self.sentence_ends = [s.end for s in document.sentences]
        self.paragraph_starts = [p.start for p in document.paragraphs]

    def sentence(self, position: int) -> int:
        """Number of the sentence at a position, -1 before the first."""
        return bisect_right(self.sentence_starts, position) - 1

    def paragraph(self, position: int) -> int:
        """Number of the paragraph at a position, -1 before the first."""
        return bisect_right(self.paragraph_starts, position) - 1

    def between(self, role: str, low: int, high: int) -> int:
        """How many spans of a role begin in ``[low, high)``."""
        starts = self.starts[role]
        return max(0, bisect_left(starts, high) - bisect_left(starts, low))

    def near(self, role: str, position: int) -> list[int]:
        """Indices of the spans of a role that begin nearest to a position."""
        starts = self.starts[role]
        middle = bisect_left(starts, position)
        indices = range(max(0, middle - _CANDIDATES), min(len(starts), middle + _CANDIDATES))
        return sorted(sorted(indices, key=lambda i: abs(starts[i] - position))[:_CANDIDATES])

    def features(self, cue: TaggedSpan, other: TaggedSpan, rank: int) -> list[float]:
        """The values of `FEATURES` for a cue and a source or content, its ``rank``-th nearest."""
        text = self.text
        after = other.start >= cue.end
        low, high = (cue.end, other.start) if after else (other.end, cue.start)
        high = max(low, high)
        gap = text[low : min(high, low + 300)]
        cue_sentence, other_sentence = self.sentence(cue.start), self.sentence(other.start)
        # A content of several sentences lies next to its cue with its nearer end.
        if not after:
            other_sentence = self.sentence(max(other.start, other.end - 1))
        sentences = abs(cue_sentence - other_sentence)
        paragraphs = abs(
            self.paragraph(cue.start)
            - self.paragraph(other.start if after else max(other.start, other.end - 1))
        )
        cue_text = text[cue.start : cue.end].lower()
        other_text = text[other.start : min(other.end, other.start + 80)]
        before_other = text[max(0, other.start - 4) : other.start].lower()
        # Another cue between the two, or one on the far side that lies closer?
        cues = self.starts["cue"]
        position = bisect_left(cues, other.start if after else other.end)
        rivals = cues[max(0, position - 1) : position + 1]
        distance = high - low
        nearer = any(
            c != cue.start and min(abs(c - other.end), abs(other.start - c)) < distance
            for c in rivals
        )
        begins = bool(self.sentence_starts) and other.start in (
            self.sentence_starts[max(0, self.sentence(other.start))],
        )
        cue_begins = (
            bool(self.sentence_starts) and cue.start == self.sentence_starts[max(0, cue_sentence)]
        )
        cue_ends = (
            bool(self.sentence_ends) and cue.end + 1 >= self.sentence_ends[max(0, cue_sentence)]
        )
        words = other_text.split()
        first_letter = next((c for c in other_text if c.isalpha()), "")
        return [
            1.0,
            float(after),
            np.log1p(high - low) / 4,
            float(high - low <= 1),
            float(sentences == 0),
            float(sentences == 1),
            float(np.log1p(sentences)),
            float(paragraphs == 0),
            float(np.log1p(paragraphs)),
            min(3, self.between("cue", low, high)) / 1.0,
            min(3, self.between("source", low, high)) / 1.0,
            min(3, self.between("content", low, high)) / 1.0,
            float(nearer),
            float("," in gap),
            float(":" in gap),
            float(any(c in gap for c in ".!?")),
            float(any(c in gap for c in _QUOTES)),
            float(" that" in gap or gap.startswith("that")),
            float(np.log1p(len(gap.split()))),
            float(cue_text.startswith("accord")),
            float(cue_text.endswith("by") or cue_text.startswith(("was ", "were ", "been "))),
            float(bool(_NOUN_CUE.search(cue_text))),
            float(not any(c.isalpha() for c in cue_text)),
            float(np.log1p(len(cue_text.split()))),
            float(any(c in other_text[:2] for c in _QUOTES)),
            float(np.log1p(other.end - other.start)) / 4,
            float(len(words) == 1 and words[0].lower() in _PRONOUNS),
            float(other_text[:1].isupper()),
            float(first_letter.islower()),
            float(begins),
            float(cue_begins),
            float(cue_ends),
            rank / 2,
            float(before_other.endswith("by ")),
            float(before_other.endswith("of ")),
        ]


def _pair_features(
    layout: Layout, anchors: Sequence[TaggedSpan], role: str, *, anchor_is_cue: bool
) -> tuple[list[list[int]], Floats]:
    """Candidates of every anchor, and the features of all pairs in that order."""
    others = layout.by_role[role]
    candidates, rows = [], []
    for anchor in anchors:
        near = layout.near(role, anchor.start)
        near = sorted(near, key=lambda i: _distance(anchor, others[i]))
        candidates.append(near)
        for rank, i in enumerate(near):
            cue, other = (anchor, others[i]) if anchor_is_cue else (others[i], anchor)
            rows.append(layout.features(cue, other, rank))
    features = np.array(rows, dtype=np.float64).reshape(len(rows), len(FEATURES))
    return candidates, features


def _distance(a: TaggedSpan, b: TaggedSpan) -> int:
    return max(a.start - b.end, b.start - a.end, 0)


def content_pairs(layout: Layout) -> tuple[list[list[int]], Floats]:
    """Candidate cues of every content, and their features."""
    return _pair_features(layout, layout.by_role["content"], "cue", anchor_is_cue=False)


def source_pairs(layout: Layout) -> tuple[list[list[int]], Floats]:
    """Candidate sources of every cue, and their features."""
    return _pair_features(layout, layout.by_role["cue"], "source", anchor_is_cue=True)


class Network:
    """A feed-forward network with ReLU and one sigmoid output, as scikit-learn trains it.

    Args:
        layers: Weights ``(inputs, outputs)`` and biases ``(outputs,)`` of every layer.
    """

    def __init__(self, layers: Sequence[tuple[Floats, Floats]]) -> None:
        self.layers = layers

    def __call__(self, features: Floats) -> Floats:
        """Probabilities, ``(n,)``, of features ``(n, inputs)``."""
        x = features
        for weight, bias in self.layers[:-1]:
            x = np.maximum(x @ weight + bias, 0)
        weight, bias = self.layers[-1]
        return np.asarray(1 / (1 + np.exp(-(x @ weight + bias)[:, 0])))

    @classmethod
    def from_json(cls, values: Sequence[dict[str, Any]]) -> Network:
        """From ``[{"weight": [[...]], "bias": [...]}, ...]``.

        Raises:
            ValueError: The layers don't lead from the features to one output.
        """
        layers = [
            (np.array(v["weight"], dtype=np.float64), np.array(v["bias"], dtype=np.float64))
            for v in values
        ]
        widths = [len(FEATURES), *(len(bias) for _, bias in layers)]
        shapes = [weight.shape for weight, _ in layers]
        if not layers or shapes != list(pairwise(widths)) or widths[-1] != 1:
            raise ValueError(f"layers of shapes {shapes} don't fit together")
        return cls(layers)


@dataclass(frozen=True, slots=True)
class Linker:
    """The two networks: content to cue, and cue to source."""

    content: Network
    source: Network
    decoding: Decoding = field(default_factory=Decoding)

    @classmethod
    def load(cls, folder: Path, *, decoding: Decoding | None = None) -> Linker:
        """Reads ``linker.json``.

        Raises:
            ModelError: It is missing, unreadable or made for other features.
        """
        path = folder / LINKER_FILE
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            if tuple(values["features"]) != FEATURES:
                raise ModelError(f"{path}: made for other features")
            return cls(
                Network.from_json(values["content"]),
                Network.from_json(values["source"]),
                decoding or Decoding(),
            )
        except FileNotFoundError as error:
            raise ModelError(f"{folder}: {LINKER_FILE} is missing") from error
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            if isinstance(error, ModelError):
                raise
            raise ModelError(f"{path}: not a linker") from error

    def link(
        self,
        document: Document,
        spans: Sequence[TaggedSpan],
        quotes: Quotes | None = None,
        turns: Sequence[Utterance] = (),
    ) -> tuple[list[Link], dict[str, list[TaggedSpan]]]:
        """Joins spans into attributions, in text order of their first content.

        Args:
            document: Where the spans are.
            spans: What the tagger found.
            quotes: Its quotation marks, where contents are to be bounded by them.
            turns: Its turns, if it is a transcript.

        Returns:
            The links, and the spans by role, to which the links' indices refer.
        """
        layout = Layout(document, spans)
        decoding = self.decoding
        cue_of = _best(self.content, *content_pairs(layout), threshold=decoding.content_threshold)
        source_of = _best(self.source, *source_pairs(layout), threshold=decoding.source_threshold)
        found = Choices(layout.by_role, cue_of, source_of, list(range(len(cue_of))))
        if quotes is not None:
            found = requote(document, quotes, turns, layout.by_role, cue_of, source_of)
        contents: dict[int, list[int]] = {}
        alone: dict[int, list[int]] = {}
        for index, (cue, _) in enumerate(found.cue_of):
            if cue is None:
                alone.setdefault(found.groups[index], []).append(index)
            else:
                contents.setdefault(cue, []).append(index)
        links = [
            Link(None, None, tuple(pieces), min(1 - found.cue_of[i][1] for i in pieces))
            for pieces in alone.values()
        ]
        for cue, pieces in contents.items():
            source, p_source = found.source_of[cue]
            p = min(
                p_source if source is not None else 1 - p_source,
                *(found.cue_of[i][1] for i in pieces),
            )
            links.append(Link(cue, source, tuple(pieces), p))
        links.sort(key=lambda link: found.by_role["content"][link.contents[0]].start)
        return links, found.by_role


def _best(
    network: Network, candidates: list[list[int]], features: Floats, *, threshold: float
) -> list[tuple[int | None, float]]:
    """The best candidate of every anchor with its probability; None below the threshold."""
    probabilities = network(features) if len(features) else np.zeros(0)
    result: list[tuple[int | None, float]] = []
    position = 0
    for near in candidates:
        scores = probabilities[position : position + len(near)]
        position += len(near)
        if not len(near):
            result.append((None, 0.0))
            continue
        best = int(scores.argmax())
        p = float(scores[best])
        result.append((near[best] if p >= threshold else None, p))
    return result
