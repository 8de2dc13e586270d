"""`StanceClassifier`: fine-tuning for people who live in scikit-learn."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import (  # type: ignore[import-untyped, unused-ignore]
    BaseEstimator,
    ClassifierMixin,
)
from sklearn.utils import (  # type: ignore[import-untyped, unused-ignore]
    check_consistent_length,
    check_random_state,
)
from sklearn.utils.validation import (  # type: ignore[import-untyped, unused-ignore]
    check_is_fitted,
)

from stancekit.errors import DataError
from stancekit.hypotheses import Premise, Target
from stancekit.records import Record
from stancekit.stance.scorer import Floats, StanceScorer
from stancekit.training.config import TrainConfig
from stancekit.training.data import Row
from stancekit.training.splits import splits_of_rows
from stancekit.types import STANCE_LABELS, Statement


class _Folder:
    """A model folder that lives as long as its estimator, and travels in its pickle."""

    def __init__(self) -> None:
        self._make({})

    def _make(self, files: Mapping[str, bytes]) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="stancekit-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)
        for name, content in files.items():
            (self.path / name).write_bytes(content)

    def __getstate__(self) -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in self.path.iterdir() if file.is_file()}

    def __setstate__(self, files: dict[str, bytes]) -> None:
        self._make(files)


class StanceClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A scikit-learn classifier of statements: favor, against or none.

    Statements are strings, records with ``text`` and optionally ``speaker``, ``context`` and
    ``target`` or ``claim``, `Statement` objects, or the rows of a data frame with such columns.
    Fitted by the same code as ``stancekit train``: from the answers of the bundled model, which
    the examples move as far as there are enough of them.

    ::

        classifier = StanceClassifier("lower ferry fares").fit(texts, labels)
        classifier.predict(["The boat is too dear."])
        classifier.save("runs/ferry")        # StancePipeline(model="runs/ferry")

    Args:
        target: What the stance is toward, a noun phrase; not needed where the records name
            their own ``target`` or ``claim``.
        claim: The same as a proposition, in place of ``target``.
        model: ``"bundled"``, a model folder, or an NLI model of the hub.
        penalty: How strongly the output layer is held where it was: see
            ``model.fit_output``. None leaves it to the training.
        num_train_epochs: Passes of training through all layers afterwards; 0 trains the output
            layer alone, which takes seconds.
        learning_rate: Of that training.
        batch_size: Of that training.
        random_state: Seed, generator or None, as in scikit-learn.
        verbose: Above 0, shows a progress bar.

    Attributes:
        classes_: ``(k,)`` the labels seen in `fit`, sorted.
    """

    def __init__(
        self,
        target: str | None = None,
        *,
        claim: str | None = None,
        model: str = "bundled",
        penalty: float | None = 4.0,
        num_train_epochs: float = 0,
        learning_rate: float = 2e-5,
        batch_size: int = 8,
        random_state: Any = 13,
        verbose: int = 0,
    ) -> None:
        self.target = target
        self.claim = claim
        self.model = model
        self.penalty = penalty
        self.num_train_epochs = num_train_epochs
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.random_state = random_state
        self.verbose = verbose

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn asks of an estimator: this one reads text, not arrays of numbers."""
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        return tags

    def __getstate__(self) -> dict[str, Any]:
        # The session of ONNX Runtime can't be pickled, and is made again.
        state = super().__getstate__()
        return {key: value for key, value in state.items() if key != "_scorer"}

    def _records(self, statements: Any) -> list[Record]:
        if isinstance(statements, str) or not isinstance(statements, Iterable):
            raise TypeError("expected a list of statements, strings or records, not a single one")
        if hasattr(statements, "to_dict") and hasattr(statements, "columns"):
            statements = statements.to_dict("records")
        records = []
        for number, statement in enumerate(statements, start=1):
            where = f"statement {number}"
            if not isinstance(statement, str | Mapping | Statement | Premise):
                raise TypeError(
                    f"{where}: expected a string, a record with text or a Statement, "
                    f"got {type(statement).__name__}"
                )
            # A data frame's missing cells are NaN, which is no speaker.
            if isinstance(statement, Mapping):
                statement = {k: v if isinstance(v, str) else None for k, v in statement.items()}
                if not statement.get("text"):
                    raise DataError(f"{where}: missing text")
            given = statement if isinstance(statement, Mapping) else {}
            premise = Premise.of(statement)
            if not premise.text.strip():
                raise DataError(f"{where}: empty text")
            target, claim = self.target, self.claim
            if target is None and claim is None:
                target, claim = given.get("target"), given.get("claim")
            if not target and not claim:
                raise DataError(
                    f"{where}: expected a target or a claim in the record, or one for all: "
                    "StanceClassifier(target=…)"
                )
            records.append(
                {
                    "text": premise.text,
                    "speaker": premise.speaker,
                    "context": premise.context,
                    **({"claim": claim} if claim else {"target": target}),
                }
            )
        return records

    def fit(self, X: Any, y: Sequence[str]) -> StanceClassifier:
        """Fine-tunes the model.

        Args:
            X: ``n`` statements.
            y: ``n`` labels, each favor, against or none.

        Raises:
            DataError: A statement is empty or has no target, a label is unknown, there is one
                label only, or equal statements have different labels.
            ValueError: There is nothing to train: no penalty and no epochs.
        """
        from stancekit.training.run import versions
        from stancekit.training.stance import train_stance

        if self.penalty is None and not self.num_train_epochs:
            raise ValueError("nothing to train: give a penalty, or num_train_epochs above 0")
        if self.target is not None and self.claim is not None:
            raise ValueError("give target or claim, not both")
        records = self._records(X)
        check_consistent_length(records, y)
        rows: list[Row] = []
        for number, (record, label) in enumerate(zip(records, y, strict=True), start=1):
            if label not in STANCE_LABELS:
                expected = ", ".join(STANCE_LABELS)
                raise DataError(
                    f"statement {number}: unknown label {str(label)!r}, expected one of {expected}"
                )
            rows.append((f"statement {number}", {**record, "label": str(label)}))
        folder = _Folder()
        config = self._config(folder.path)
        splits = splits_of_rows(rows, config)
        train_stance(
            config,
            folder.path,
            provenance={"config": config.resolved(), "versions": versions()},
            resume=False,
            show_progress=self.verbose > 0,
            splits=splits,
        )
        self.classes_: npt.NDArray[np.str_] = np.unique([str(label) for label in y])
        self._folder = folder
        self._scorer = StanceScorer.from_pretrained(folder.path)
        return self

    def _config(self, folder: Path) -> TrainConfig:
        seed = self.random_state
        if not isinstance(seed, int | np.integer):
            seed = check_random_state(seed).randint(2**31)
        epochs = float(self.num_train_epochs)
        return TrainConfig.model_validate(
            {
                "task": "stance",
                "seed": int(seed),
                "output": str(folder),
                "model": {
                    "base": self.model,
                    "calibrated": True,
                    "fit_output": None if self.penalty is None else float(self.penalty),
                    "max_length": 160,
                    "dropout": 0.1 if epochs else 0.0,
                },
                "data": {"train": [{"path": "statements given to fit", "format": "stance"}]},
                "training": {
                    "num_train_epochs": epochs or 1.0,
                    "max_steps": -1 if epochs else 0,
                    "learning_rate": float(self.learning_rate),
                    "per_device_train_batch_size": int(self.batch_size),
                    # A checkpoint would outlive nothing: the folder goes with the estimator.
                    "save_steps": 10_000,
                },
            }
        )

    def predict_proba(self, X: Any) -> Floats:
        """Probabilities of the labels.

        Args:
            X: ``n`` statements.

        Returns:
            ``(n, k)`` in the order of ``classes_``; what the model gives to a label that `fit`
            has not seen is shared out among the others.
        """
        check_is_fitted(self, "classes_")
        records = self._records(X)
        if not records:
            return np.zeros((0, len(self.classes_)))
        if getattr(self, "_scorer", None) is None:
            self._scorer = StanceScorer.from_pretrained(self._folder.path)
        targets = [
            Target.from_claim(r["claim"]) if r.get("claim") else Target.from_text(r["target"])
            for r in records
        ]
        found = self._scorer.score_pairs([Premise.of(r) for r in records], targets)
        columns = [STANCE_LABELS.index(label) for label in self.classes_.tolist()]
        kept = found[:, columns]
        return np.asarray(kept / kept.sum(axis=1, keepdims=True))

    def predict(self, X: Any) -> npt.NDArray[np.str_]:
        """``(n,)`` the likeliest label of each statement."""
        best = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[best])

    def save(self, folder: str | Path) -> Path:
        """Writes the model folder, for ``StancePipeline(model=folder)`` and ``--model``.

        Raises:
            FileExistsError: The folder is there and holds something.
        """
        check_is_fitted(self, "classes_")
        target = Path(folder)
        if target.is_dir() and any(target.iterdir()):
            raise FileExistsError(f"{target}: not empty")
        shutil.copytree(self._folder.path, target, dirs_exist_ok=True)
        return target
