"""The tag scheme: BIO over SOURCE, CUE and CONTENT, and its decoding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

ROLES = ("source", "cue", "content")
TAGS = ("O", "B-SOURCE", "I-SOURCE", "B-CUE", "I-CUE", "B-CONTENT", "I-CONTENT")

Offsets = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TaggedSpan:
    """A run of tokens of one role.

    ``start`` and ``end`` are characters; ``probability`` is the mean over its
    tokens of the probability of their role.
    """

    role: str
    start: int
    end: int
    probability: float


def encode_tags(
    offsets: Offsets, attributions: Iterable[Mapping[str, Sequence[Sequence[int]]]]
) -> Ints:
    """Tag ids of a document's tokens, from the gold spans of its attributions.

    Args:
        offsets: ``(n, 2)`` start and end of every token, in characters, in text order.
        attributions: Records with ``source``, ``cue``, ``content``: lists of ``[start, end]``.

    Returns:
        ``(n,)`` indices into `TAGS`. Where spans overlap, the later one wins.
    """
    tags = np.zeros(len(offsets), dtype=np.int64)
    starts, ends = offsets[:, 0], offsets[:, 1]
    for attribution in attributions:
        for index, role in enumerate(ROLES):
            for start, end in attribution.get(role) or ():
                first = int(np.searchsorted(ends, start, side="right"))
                last = int(np.searchsorted(starts, end, side="left"))
                if first < last:
                    tags[first:last] = 2 + 2 * index
                    tags[first] = 1 + 2 * index
    return tags


def word_starts(text: str, offsets: Offsets) -> npt.NDArray[np.bool_]:
    """Whether a token begins a word, that is, whether it isn't glued to the one before.

    Two tokens are one word where they touch and the characters on both sides
    of the joint are letters or digits.

    Returns:
        ``(n,)`` booleans, the first one always true.
    """
    begins = np.ones(len(offsets), dtype=bool)
    glued = np.flatnonzero(offsets[1:, 0] == offsets[:-1, 1]) + 1
    for i in glued:
        position = int(offsets[i, 0])
        begins[i] = not (text[position - 1].isalnum() and text[position].isalnum())
    return begins


@dataclass(frozen=True, slots=True)
class Decoding:
    """How spans and links are read off the probabilities; fitted on dev data, kept with a model.

    A tagger trained on tokens misses whole sources more often than it invents
    them, and a content that finds no cue is rarely right, so that one half is
    seldom the best threshold. It also knows little of its neighbours' tags, so that
    a change of role from one word to the next has a price.

    Attributes:
        source_weight: Factor of the probabilities of source tags.
        change: What another role than that of the word before costs, in nats.
        content_change: What the beginning and the end of a content cost beyond that.
        source_threshold: Least probability of a link from a cue to a source.
        content_threshold: Least probability of a link from a content to a cue.
    """

    source_weight: float = 1.0
    change: float = 0.0
    content_change: float = 0.0
    source_threshold: float = 0.5
    content_threshold: float = 0.5

    def weigh(self, probabilities: Floats) -> Floats:
        """Tag probabilities ``(n, 7)`` with those of source tags weighed, still summing to 1."""
        weights = np.ones(len(TAGS), dtype=np.float32)
        weights[[TAGS.index("B-SOURCE"), TAGS.index("I-SOURCE")]] = self.source_weight
        weighed = probabilities * weights
        return np.asarray(weighed / np.maximum(weighed.sum(axis=1, keepdims=True), 1e-9))


def _likeliest(
    roles: npt.NDArray[np.floating[Any]], apart: npt.NDArray[np.bool_], decoding: Decoding
) -> npt.NDArray[np.int64]:
    """The likeliest sequence of roles, ``(n,)``, of words with probabilities ``(n, roles)``.

    A change costs nothing at a word that stands apart from the one before.
    """
    content = 1 + ROLES.index("content")
    # Plain numbers: arrays of four are slower.
    evidence = np.log(np.maximum(roles, 1e-6)).tolist()
    states = range(len(evidence[0]))
    costs = [
        [
            decoding.change + decoding.content_change * (content in {old, new})
            if old != new
            else 0.0
            for old in states
        ]
        for new in states
    ]
    free = [[0.0] * len(states)] * len(states)
    scores = evidence[0]
    before: list[list[int]] = []
    for word, is_apart in zip(evidence[1:], apart[1:].tolist(), strict=True):
        came, reached = [], []
        for new, cost in enumerate(free if is_apart else costs):
            best = max(states, key=lambda old: scores[old] - cost[old])
            came.append(best)
            reached.append(scores[best] - cost[best] + word[new])
        before.append(came)
        scores = reached
    path = [max(states, key=scores.__getitem__)]
    for came in reversed(before):
        path.append(came[path[-1]])
    return np.array(path[::-1], dtype=np.int64)


def decode_tags(
    probabilities: Floats,
    offsets: Offsets,
    begins: npt.NDArray[np.bool_],
    *,
    breaks: npt.NDArray[np.bool_] | None = None,
    decoding: Decoding | None = None,
) -> list[TaggedSpan]:
    """Spans from tag probabilities; illegal runs are repaired, words are never split.

    The probabilities of a word's tokens are averaged (with B and I of a role
    pooled for all but its first token), so that a word has one role. The roles
    are the likeliest sequence, given what changes cost (Viterbi 1967). An I
    without a beginning of its role before it begins a span.

    Args:
        probabilities: ``(n, 7)`` in the order of `TAGS`.
        offsets: ``(n, 2)`` characters.
        begins: ``(n,)``, as from `word_starts`.
        breaks: ``(n,)``, whether a token can't go on a span; none by default.
        decoding: What changes of role cost; nothing by default.

    Returns:
        Spans in text order.
    """
    if not len(offsets):
        return []
    first = np.flatnonzero(begins)
    counts = np.diff(np.append(first, len(begins)))
    roles = np.stack(
        [
            probabilities[:, 0],
            *(probabilities[:, 1 + 2 * r] + probabilities[:, 2 + 2 * r] for r in range(3)),
        ],
        axis=1,
    )
    word_roles = np.add.reduceat(roles, first, axis=0) / counts[:, None]
    apart = breaks[first] if breaks is not None else np.zeros(len(first), dtype=bool)
    best = _likeliest(word_roles, apart, decoding or Decoding())
    p_begin = probabilities[first, np.maximum(2 * best - 1, 0)]
    p_inside = probabilities[first, 2 * best]
    changed = np.append(True, best[1:] != best[:-1])
    starts = (best > 0) & (changed | apart | (p_begin > p_inside))
    run_starts = np.flatnonzero(starts)
    # A run ends before the next start and before the next word outside.
    boundaries = np.flatnonzero(starts | (best == 0))
    spans = []
    for s in run_starts:
        after = boundaries[np.searchsorted(boundaries, s, side="right") :][:1]
        e = int(after[0]) if len(after) else len(first)
        role = int(best[s])
        last_token = int(first[e] - 1) if e < len(first) else len(offsets) - 1
        spans.append(
            TaggedSpan(
                role=ROLES[role - 1],
                start=int(offsets[first[s], 0]),
                end=int(offsets[last_token, 1]),
                probability=float(word_roles[s:e, role].mean()),
            )
        )
    return spans
