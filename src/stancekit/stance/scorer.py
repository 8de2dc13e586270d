"""`StanceScorer`: favor, against or none, from entailment."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

import numpy as np
import numpy.typing as npt

from stancekit.errors import ConfigError, ModelError
from stancekit.hypotheses import Premise, Target, fill
from stancekit.inference.folder import GRAPH_FILE, STANCEKIT_FILE, ModelFolder
from stancekit.stance.classifiers import OnnxPairs, PairClassifier, TorchPairs
from stancekit.stance.labels import NliLabels
from stancekit.stance.relevance import Relevance
from stancekit.types import STANCE_LABELS, StanceScore, Statement

logger = logging.getLogger(__name__)

BUNDLED = Path(__file__).parent.parent / "models" / "stance"
BUNDLED_RELEVANCE = BUNDLED.with_name("relevance")

Floats = npt.NDArray[np.float64]
StatementLike = str | Statement | Mapping[str, Any] | Premise
# exact: the model reads every pair. screened: only those that a small model does not find to have
# nothing to do with each other. fast: it need be less sure.
Mode = Literal["exact", "screened", "fast"]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Temperature scaling with a bias for none (Guo et al. 2017, with one bias more).

    ``p' ∝ exp(log(p) / temperature + [0, 0, none_bias])``, fitted on dev data.
    """

    temperature: float = 1.0
    none_bias: float = 0.0

    def apply(self, probabilities: Floats) -> Floats:
        """Calibrated probabilities, shape unchanged, the last axis favor, against, none."""
        scores = np.log(np.clip(probabilities, 1e-9, 1)) / self.temperature
        scores = scores + np.array([0.0, 0.0, self.none_bias])
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        return np.asarray(scores / scores.sum(axis=-1, keepdims=True))


class RelevanceModel(Protocol):
    """What a screen needs to know: how likely a statement takes a side at all."""

    def probabilities(
        self,
        premises: Sequence[Premise],
        targets: Sequence[Target],
        articles: Sequence[int] | None = None,
    ) -> Floats:
        """``(n,)``, of premises, each toward the target beside it, in its article or alone."""
        ...


@dataclass(frozen=True, slots=True)
class Gate:
    """How far a small model is heard that tells whether a statement takes a side at all.

    Below the probability ``threshold`` it alone answers: the rest is none's, and favor and against
    share that probability. Above, it may still raise doubts, since a large model will read sides
    into statements about something else: ``log odds = large + min(0, weight * small + offset)``,
    of a side against none (a product of experts, Hinton 2002, one of which only lowers).
    """

    threshold: float
    weight: float = 0.0
    offset: float = 0.0

    def opens(self, sided: Floats) -> npt.NDArray[np.bool_]:
        """``(n,)``: whether the large model is asked."""
        return np.asarray(sided >= self.threshold)

    def alone(self, sided: Floats) -> Floats:
        """``(n, 3)`` probabilities where the small model's ``(n,)`` are all there is."""
        return np.stack([sided / 2, sided / 2, 1 - sided], axis=1)

    def both(self, large: Floats, sided: Floats) -> Floats:
        """``(n, 3)``, from the large model's ``(n, 3)`` and the small one's ``(n,)``."""
        total = large[:, :2].sum(axis=1)
        doubt = np.minimum(0, self.weight * _log_odds(sided) + self.offset)
        odds = _log_odds(total) + doubt
        weighed = 1 / (1 + np.exp(-odds))
        sides = large[:, :2] * (weighed / np.maximum(total, 1e-12))[:, None]
        return np.concatenate([sides, 1 - sides.sum(axis=1, keepdims=True)], axis=1)


@dataclass(frozen=True, slots=True)
class Screen:
    """A small model in front of a large one.

    Attributes:
        model: The small one.
        gate: For statements that stand alone.
        in_article: For those that are scored with all others of their article; None: the same.
    """

    model: RelevanceModel
    gate: Gate
    in_article: Gate | None = None


def _log_odds(p: Floats) -> Floats:
    clipped = np.clip(p, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(clipped / (1 - clipped)))


class StanceScorer:
    """Scores statements toward targets with an NLI model.

    Use `from_pretrained` to load one.

    Args:
        classifier: Gives logits of pairs; its labels are read by name.
        calibration: Applied to the combined probabilities.
        name: What reports call the model.
        screen: Spares the classifier the pairs that have nothing to do with each other.
    """

    def __init__(
        self,
        classifier: PairClassifier,
        *,
        calibration: Calibration | None = None,
        name: str = "",
        screen: Screen | None = None,
    ) -> None:
        self._classifier = classifier
        self._labels = NliLabels.read(classifier.labels)
        self.calibration = calibration or Calibration()
        self.name = name
        self.screen = screen

    @classmethod
    def from_pretrained(
        cls,
        model: str | Path | None = None,
        *,
        threads: int | None = None,
        precision: str = "auto",
        mode: Mode | None = None,
    ) -> StanceScorer:
        """Loads the bundled model, a model folder, or an NLI model of the Hugging Face hub.

        Args:
            model: None or ``"bundled"``, a folder, or a hub name.
            threads: Threads of one computation; by default one for each core.
            precision: ``"auto"``, ``"int8"``, ``"mixed"`` or ``"float32"``.
                Only for models with a graph.
            mode: ``"exact"``: the model reads every pair; ``"screened"``: a small one spares it
                those where a statement has nothing to do with a target; ``"fast"``: it spares
                more of them. The last two go with the bundled model,
                for which screened is the default; others are always exact.

        Raises:
            ModelError: It can't be loaded, or its labels can't be told.
            ConfigError: The mode is unknown, or does not go with the model.
        """
        path = BUNDLED if model in (None, "bundled") else Path(str(model))
        if mode is not None and mode not in get_args(Mode):
            raise ConfigError(f"mode {mode!r}: expected one of {', '.join(get_args(Mode))}")
        if mode in ("screened", "fast") and path != BUNDLED:
            raise ConfigError(f"mode {mode!r} needs the bundled stance model, not {model}")
        # A folder of ours that lacks its graph must not be read as one of transformers, which
        # would take the 8-bit values for the weights.
        ours = any((path / file).is_file() for file in (GRAPH_FILE, STANCEKIT_FILE))
        if path == BUNDLED or ours:
            folder = ModelFolder.open(path)
            folder.expect("stance")
            notice = folder.settings.get("notice")
            if notice:
                # What a user must know before publishing; cards are read too seldom.
                logger.warning("%s", notice)
            try:
                calibration = Calibration(**folder.numbers("calibration"))
                if calibration.temperature <= 0:
                    raise ValueError("a temperature is above 0")
            except (TypeError, ValueError) as error:
                raise ModelError(f"{path}: stancekit.json holds no calibration") from error
            name, screen = str(model), None
            if path == BUNDLED:
                mode = mode or "screened"
                name = "bundled" if mode == "screened" else f"bundled, {mode}"
                if mode != "exact":
                    screen = _bundled_screen(mode, threads=threads, precision=precision)
            return cls(
                OnnxPairs(folder, threads=threads, precision=precision),
                calibration=calibration,
                name=name,
                screen=screen,
            )
        return cls(TorchPairs(str(model), threads=threads), name=str(model))

    def raw_pairs(self, premises: Sequence[Premise], targets: Sequence[Target]) -> Floats:
        """Uncalibrated probabilities of premises, each toward the target beside it.

        A three-way model answers the favor sentences alone, since their
        contradiction speaks against; a two-way one needs both sides.

        Returns:
            ``(n, 3)`` favor, against, none.
        """
        pairs: dict[tuple[str, str], int] = {}
        asked: list[tuple[int, int, bool]] = []
        for item, (premise, target) in enumerate(zip(premises, targets, strict=True)):
            text = premise.render()
            sides = [(s, True) for s in target.favor]
            if not self._labels.three_way:
                sides += [(s, False) for s in target.against]
            for sentence, favor_side in sides:
                pair = (text, fill(sentence, premise.speaker))
                asked.append((item, pairs.setdefault(pair, len(pairs)), favor_side))
        if not asked:
            return np.zeros((0, 3))
        logits = np.asarray(self._classifier.logits(list(pairs)), dtype=np.float64)
        p = np.exp(logits - logits.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        items = np.array([a[0] for a in asked])
        sides_of = np.array([a[2] for a in asked])
        single = self._labels.stance(p[[a[1] for a in asked]], sides_of)
        if self._labels.three_way:
            total = np.zeros((len(premises), 3))
            np.add.at(total, items, single)
            return np.asarray(total / np.bincount(items, minlength=len(premises))[:, None])
        return _two_sided(single, items, sides_of, len(premises))

    def score_pairs(
        self,
        premises: Sequence[StatementLike],
        targets: Sequence[Target],
        *,
        articles: Sequence[int] | None = None,
    ) -> Floats:
        """Calibrated probabilities of statements, each toward the target beside it.

        Args:
            premises: ``n`` statements.
            targets: As many.
            articles: The number of the article that each statement is from, where all statements
                of it are given: what none of them comes near, none is about. Only a screen asks.

        Returns:
            ``(n, 3)`` favor, against, none.
        """
        read = [Premise.of(p) for p in premises]
        if self.screen is None:
            return self.calibration.apply(self.raw_pairs(read, targets))
        gate = self.screen.gate
        if self.screen.in_article is None:
            articles = None
        elif articles is not None:
            gate = self.screen.in_article
        sided = self.screen.model.probabilities(read, targets, articles)
        p = gate.alone(sided)
        open_ = np.flatnonzero(gate.opens(sided)).tolist()
        large = self.raw_pairs([read[i] for i in open_], [targets[i] for i in open_])
        p[open_] = gate.both(self.calibration.apply(large), sided[open_])
        return p

    def predict_proba(
        self,
        statements: Sequence[StatementLike],
        targets: Sequence[Target | str],
        *,
        articles: Sequence[int] | None = None,
    ) -> Floats:
        """Probabilities of every statement toward every target.

        Args:
            statements: Strings, `Statement` objects, or records with ``text``,
                ``speaker`` and an optional ``context``.
            targets: `Target` objects or noun phrases.
            articles: As in `score_pairs`, a number for each statement.

        Returns:
            ``(n_statements, n_targets, 3)``: favor, against, none.
        """
        if isinstance(statements, str) or isinstance(targets, str):
            raise TypeError("statements and targets: expected lists, not a single string")
        checked = [t if isinstance(t, Target) else Target.from_text(t) for t in targets]
        premises = [Premise.of(s) for s in statements]
        flat = self.score_pairs(
            [p for p in premises for _ in checked],
            [t for _ in premises for t in checked],
            articles=None if articles is None else [a for a in articles for _ in checked],
        )
        return flat.reshape(len(premises), len(checked), 3)

    def predict(
        self, statements: Sequence[StatementLike], targets: Sequence[Target | str]
    ) -> list[list[StanceScore]]:
        """The same as `predict_proba`, as `StanceScore` objects."""
        return [
            [stance_score(row) for row in rows] for rows in self.predict_proba(statements, targets)
        ]


def _bundled_screen(mode: Mode, *, threads: int | None, precision: str) -> Screen:
    folder = ModelFolder.open(BUNDLED_RELEVANCE)
    model = Relevance(folder, threads=threads, precision=precision)
    try:
        alone, in_article = (
            Gate(**{k: float(fitted[k]) for k in ("threshold", "weight", "offset")})
            for fitted in (folder.settings["screens"][mode][k] for k in ("alone", "in_article"))
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{folder.path}: stancekit.json holds no screens") from error
    return Screen(model, alone, in_article)


def stance_score(probabilities: npt.NDArray[Any]) -> StanceScore:
    """A `StanceScore` from favor, against, none."""
    favor, against, none = (float(p) for p in probabilities)
    label = STANCE_LABELS[int(np.argmax(probabilities))]
    return StanceScore(label=label, favor=favor, against=against, none=none)


def _two_sided(
    single: Floats, items: npt.NDArray[Any], favor_side: npt.NDArray[Any], n: int
) -> Floats:
    """Favor, against, none from the entailment of each side, as independent events.

    ``favor = f (1 - a)``, ``against = a (1 - f)``, the rest none, where f and a
    are the mean entailment of the favor and the against sentences.
    """
    sums, counts = np.zeros((n, 2)), np.zeros((n, 2))
    column = np.where(favor_side, 0, 1)
    np.add.at(sums, (items, column), single[np.arange(len(single)), column])
    np.add.at(counts, (items, column), 1)
    f, a = (sums / np.maximum(counts, 1)).T
    favor, against = f * (1 - a), a * (1 - f)
    return np.stack([favor, against, 1 - favor - against], axis=1)
