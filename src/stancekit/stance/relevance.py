"""Whether a statement may take a side on a target at all: a small model before the large one.

A bi-encoder (Reimers and Gurevych, Sentence-BERT, 2019): one encoder turns a premise into a vector,
and the sentences of a target, each without knowing of the other. So an article's statements are
read once, however many targets there are, and comparing costs nothing. And since all of them
are known together, a statement is judged by its article too: where none comes near a target,
one that might be about anything is about something else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stancekit.errors import ModelError
from stancekit.hypotheses import Premise, Target, fill
from stancekit.inference.batches import LatestResults, batches_of_width
from stancekit.inference.folder import ModelFolder
from stancekit.text import encodable

Floats = npt.NDArray[np.float64]

# Rows compared at a time: 16 MB.
_AT_ONCE = 1 << 14
# A cosine makes a certainty of .01 with this scale already.
_STEEPEST = 1000.0


@dataclass(frozen=True, slots=True)
class Company:
    """What the other statements of an article say of one, toward the same target.

    ``log odds = own * x + best * max(x over the article's statements) + offset``, x the log odds
    of one by itself; a logistic regression fitted on dev articles.
    """

    own: float
    best: float
    offset: float

    def apply(self, odds: Floats, groups: Sequence[int]) -> Floats:
        """Log odds ``(n,)``.

        Args:
            odds: ``(n,)``, of statements by themselves.
            groups: ``n`` numbers, from 0 on; an article's statements toward one target share one.
        """
        return self.own * odds + self.best * best_of(odds, groups) + self.offset


def best_of(odds: Floats, groups: Sequence[int]) -> Floats:
    """``(n,)``: the highest log odds in the group of each."""
    numbers = np.asarray(groups, dtype=np.int64)
    highest = np.full(int(numbers.max(initial=-1)) + 1, -np.inf)
    np.maximum.at(highest, numbers, odds)
    return np.asarray(highest[numbers])


def relevance_sentences(target: Target) -> list[str]:
    """The sentences by which a target is known here: its favor ones, of nobody in particular."""
    return [fill(sentence, None) for sentence in target.favor]


class Relevance:
    """Probabilities that statements take a side on targets.

    Args:
        folder: A relevance model's folder.
        threads: Threads of one computation; by default one for each core.
        precision: ``"auto"``, ``"int8"``, ``"mixed"`` or ``"float32"``.

    Raises:
        ModelError: The folder is no relevance model's.
    """

    def __init__(
        self, folder: ModelFolder, *, threads: int | None = None, precision: str = "auto"
    ) -> None:
        from stancekit.inference.session import OnnxClassifier

        folder.expect("relevance")
        numbers = folder.numbers("relevance")
        try:
            self._scale, self._offset = numbers["scale"], numbers["offset"]
            if not 0 < self._scale <= _STEEPEST:
                raise ValueError("a scale is above 0")
            company = folder.numbers("company")
            self._company = Company(**company) if company else None
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{folder.path}: stancekit.json holds no relevance") from error
        self._encoder = OnnxClassifier(folder, threads=threads, precision=precision)
        self._tokenizer: Any = folder.tokenizer()
        self._max_length = folder.max_length(96)
        self._latest = LatestResults(share=0.25)  # a kilobyte each

    def vectors(self, texts: Sequence[str]) -> Floats:
        """``(n, width)`` vectors of length 1; a text that is too long loses its end."""
        return self._latest.of(
            [(text,) for text in texts], self._computed, width=len(self._encoder.labels)
        )

    def _computed(self, texts: Sequence[tuple[str, ...]]) -> Floats:
        encodings = self._tokenizer.encode_batch(
            [encodable(text) for (text,) in texts], add_special_tokens=True
        )
        rows = [_shortened(encoding.ids, self._max_length) for encoding in encodings]
        result = np.zeros((len(rows), len(self._encoder.labels)))
        for width, batch in batches_of_width(rows, max_length=self._max_length):
            result[batch] = self._encoder.vectors([rows[i] for i in batch], width=width)
        return result

    def probabilities(
        self,
        premises: Sequence[Premise],
        targets: Sequence[Target],
        articles: Sequence[int] | None = None,
    ) -> Floats:
        """Of premises, each toward the target beside it.

        Args:
            premises: ``n`` of them.
            targets: As many.
            articles: The number of the article that each premise is from, with all the others of
                it; None where they stand alone.

        Returns:
            ``(n,)``; for a target of several favor sentences, that of the most fitting one.
        """
        odds = self.log_odds(premises, targets)
        if articles is not None and self._company is not None:
            odds = self._company.apply(odds, groups_of(articles, targets))
        return np.asarray(1 / (1 + np.exp(-odds)))

    def log_odds(self, premises: Sequence[Premise], targets: Sequence[Target]) -> Floats:
        """``(n,)``, of premises by themselves, each toward the target beside it."""
        # A premise stands beside every target, and a target beside every premise.
        texts = {premise: premise.render() for premise in dict.fromkeys(premises)}
        left, of_left = self._distinct([texts[premise] for premise in premises])
        known = {target: relevance_sentences(target) for target in dict.fromkeys(targets)}
        sentences = [known[target] for target in targets]
        right, of_right = self._distinct([sentence for some in sentences for sentence in some])
        items = np.repeat(np.arange(len(premises)), [len(some) for some in sentences])
        best = np.full(len(premises), -1.0)
        for start in range(0, len(items), _AT_ONCE):
            these = items[start : start + _AT_ONCE]
            # Row by row: a product of matrices would round by what stands beside a row.
            rows = left[of_left[these]] * right[of_right[start : start + _AT_ONCE]]
            np.maximum.at(best, these, rows.sum(axis=1))
        return np.asarray(self._scale * best + self._offset)

    def _distinct(self, texts: Sequence[str]) -> tuple[Floats, npt.NDArray[np.int64]]:
        """Vectors of the distinct texts, and for each text the number of its vector."""
        numbers = {text: i for i, text in enumerate(dict.fromkeys(texts))}
        return self.vectors(list(numbers)), np.array([numbers[t] for t in texts], dtype=np.int64)


def groups_of(articles: Sequence[int], targets: Sequence[Target]) -> list[int]:
    """``n`` numbers, from 0 on, the same for pairs of one article and one target."""
    numbers: dict[tuple[int, Target], int] = {}
    return [numbers.setdefault(pair, len(numbers)) for pair in zip(articles, targets, strict=True)]


def _shortened(ids: list[int], length: int) -> list[int]:
    return ids if len(ids) <= length else [*ids[: length - 1], ids[-1]]
