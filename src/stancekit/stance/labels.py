"""Which output of an NLI model means what, read from its label names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stancekit.errors import ModelError

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class NliLabels:
    """Positions of the labels in the model's output; None where it has no such label."""

    entailment: int
    contradiction: int | None
    neutral: int | None

    @classmethod
    def read(cls, names: Sequence[str]) -> NliLabels:
        """Finds the labels by name.

        Raises:
            ModelError: The names don't tell which label is entailment, or
                which of three is contradiction.
        """
        plain = [n.lower().replace("-", "_").replace(" ", "_") for n in names]

        def find(*words: str) -> int | None:
            hits = [i for i, n in enumerate(plain) if n in words]
            return hits[0] if len(hits) == 1 else None

        entailment = find("entailment", "entail", "entailed", "e")
        contradiction = find("contradiction", "contradict", "contradictory", "c")
        neutral = find("neutral", "n")
        other = find("not_entailment", "non_entailment", "not_entailed")
        three = len(names) == 3 and contradiction is not None and neutral is not None
        two = len(names) == 2 and other is not None
        if entailment is None or not (three or two):
            raise ModelError(
                "not an NLI model whose labels can be told: expected entailment, neutral and "
                f"contradiction, or entailment and not_entailment, got {', '.join(names)}"
            )
        return cls(entailment, contradiction if three else None, neutral if three else None)

    @property
    def three_way(self) -> bool:
        """Whether contradiction is told apart from neutral."""
        return self.contradiction is not None

    def stance(self, probabilities: Floats, favor_side: npt.NDArray[np.bool_]) -> Floats:
        """Favor, against, none of single hypotheses.

        Args:
            probabilities: ``(n, labels)`` of the model.
            favor_side: ``(n,)``, whether the hypothesis is a favor sentence.

        Returns:
            ``(n, 3)``. A two-way model says nothing about the other side, so its
            rest is all none.
        """
        entailed = probabilities[:, self.entailment]
        denied = (
            probabilities[:, self.contradiction]
            if self.contradiction is not None
            else np.zeros_like(entailed)
        )
        favor = np.where(favor_side, entailed, denied)
        against = np.where(favor_side, denied, entailed)
        return np.stack([favor, against, 1 - favor - against], axis=1)
