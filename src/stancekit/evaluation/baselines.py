"""The floors: what little a scorer must beat to have learned anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from stancekit.evaluation.metrics import Floats
from stancekit.hypotheses import Premise, Target
from stancekit.types import STANCE_LABELS, StanceLabel


def constant(label: StanceLabel, n: int) -> Floats:
    """All probability on one label: ``(n, 3)``."""
    probabilities = np.zeros((n, len(STANCE_LABELS)))
    probabilities[:, STANCE_LABELS.index(label)] = 1.0
    return probabilities


def majority_label(labels: Sequence[StanceLabel]) -> StanceLabel:
    """The most frequent label; among equals, the first of favor, against, none."""
    return max(STANCE_LABELS, key=lambda label: list(labels).count(label))


class TfidfBaseline:
    """TF-IDF of words and word pairs, and logistic regression (scikit-learn's defaults).

    Features are the n-grams of the statement and, apart from them, the words of
    the target; how the two belong together it can't see.
    """

    def __init__(self, *, seed: int = 13) -> None:
        from sklearn.feature_extraction.text import (  # type: ignore[import-untyped, unused-ignore]
            TfidfVectorizer,
        )
        from sklearn.linear_model import (  # type: ignore[import-untyped, unused-ignore]
            LogisticRegression,
        )

        self._text: Any = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
        self._target: Any = TfidfVectorizer(sublinear_tf=True)
        self._model: Any = LogisticRegression(max_iter=1000, random_state=seed)
        self._only: StanceLabel | None = None

    def _features(
        self, premises: Sequence[Premise], targets: Sequence[Target], *, fit: bool
    ) -> Any:
        from scipy.sparse import hstack  # type: ignore[import-untyped, unused-ignore]

        texts = [p.render() for p in premises]
        names = [t.name for t in targets]
        if fit:
            # What occurs once can't be learned from, but a handful of texts needs every word.
            self._text.set_params(min_df=2 if len(texts) >= 100 else 1)
            self._text.fit(texts)
            self._target.fit(names)
        return hstack([self._text.transform(texts), self._target.transform(names)], format="csr")

    def fit(
        self,
        premises: Sequence[Premise],
        targets: Sequence[Target],
        labels: Sequence[StanceLabel],
    ) -> TfidfBaseline:
        """Trains on ``n`` labelled pairs and returns itself."""
        from threadpoolctl import (  # type: ignore[import-untyped, unused-ignore]
            threadpool_limits,
        )

        if len(set(labels)) < 2:
            # Logistic regression needs two classes.
            self._only = labels[0]
            return self
        # The matrices are small: more threads only wait for each other.
        with threadpool_limits(limits=1):
            self._model.fit(self._features(premises, targets, fit=True), list(labels))
        return self

    def score_pairs(self, premises: Sequence[Premise], targets: Sequence[Target]) -> Floats:
        """Probabilities ``(n, 3)`` of favor, against, none; 0 for a label not seen in training."""
        if self._only is not None:
            return constant(self._only, len(premises))
        found = self._model.predict_proba(self._features(premises, targets, fit=False))
        probabilities = np.zeros((len(premises), len(STANCE_LABELS)))
        for column, label in enumerate(self._model.classes_):
            probabilities[:, STANCE_LABELS.index(label)] = found[:, column]
        return probabilities
