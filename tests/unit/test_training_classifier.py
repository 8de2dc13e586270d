"""`StanceClassifier` behaves as scikit-learn expects of a classifier of text."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.utils import estimator_checks as checks
from sklearn.utils import get_tags
from tiny_models import SUBJECTS, statements, tiny_base

import stancekit
from stancekit.errors import DataError
from stancekit.stance.scorer import StanceScorer

TEXTS = [r["text"] for r in statements(30, subjects=SUBJECTS[:1])]
LABELS = [r["label"] for r in statements(30)]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    return tiny_base(tmp_path_factory.mktemp("classifier") / "base")


@pytest.fixture(autouse=True)
def cache(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANCEKIT_CACHE", str(base.parent / "cache"))


def classifier(base: Path, **options: Any) -> stancekit.StanceClassifier:
    given: dict[str, Any] = {"model": str(base), "penalty": 0.05, **options}
    return stancekit.StanceClassifier("the dam", **given)


@pytest.fixture(scope="module")
def fitted(base: Path) -> stancekit.StanceClassifier:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STANCEKIT_CACHE", str(base.parent / "cache"))
        return classifier(base).fit(TEXTS, LABELS)


# The checks of scikit-learn's own suite that don't feed arrays of numbers.
@pytest.mark.parametrize(
    "check",
    [
        checks.check_estimator_cloneable,
        checks.check_estimator_repr,
        checks.check_estimator_tags_renamed,
        checks.check_get_params_invariance,
        checks.check_mixin_order,
        checks.check_no_attributes_set_in_init,
        checks.check_set_params,
        checks.check_valid_tag_types,
        checks.check_do_not_raise_errors_in_init_or_set_params,
    ],
    ids=lambda check: check.__name__,
)
def test_the_estimator_checks(check: Any) -> None:
    check("StanceClassifier", stancekit.StanceClassifier("a tax"))


def test_defaults_construct() -> None:
    checks.check_parameters_default_constructible("StanceClassifier", stancekit.StanceClassifier())


def test_it_is_a_classifier_of_text() -> None:
    estimator = stancekit.StanceClassifier()
    assert is_classifier(estimator)
    tags = get_tags(estimator).input_tags
    assert tags.string
    assert not tags.two_d_array


def test_parameters_survive_a_clone(base: Path) -> None:
    given = classifier(base, learning_rate=1e-3, random_state=4)
    copy = clone(given)
    assert copy.get_params() == given.get_params()
    assert copy.set_params(target="a road").target == "a road"
    with pytest.raises(ValueError, match="Invalid parameter"):
        copy.set_params(targets="a road")


@pytest.mark.parametrize("method", ["predict", "predict_proba", "save"])
def test_an_unfitted_one_says_so(method: str) -> None:
    with pytest.raises(NotFittedError):
        getattr(stancekit.StanceClassifier("a tax"), method)(["text"])


def test_it_learns(base: Path, fitted: stancekit.StanceClassifier) -> None:
    assert fitted.classes_.tolist() == ["against", "favor", "none"]
    p = fitted.predict_proba(TEXTS)
    assert p.shape == (30, 3)
    assert p.sum(axis=1) == pytest.approx(np.ones(30))
    assert (fitted.predict(TEXTS) == fitted.classes_[p.argmax(axis=1)]).all()
    scorer = StanceScorer.from_pretrained(base)
    before = scorer.predict_proba(TEXTS, ["the dam"])[:, 0].argmax(axis=1)
    zero_shot = np.mean([("favor", "against", "none")[i] for i in before] == np.array(LABELS))
    assert fitted.score(TEXTS, LABELS) > zero_shot
    assert fitted.predict_proba([]).shape == (0, 3)
    assert not hasattr(fitted, "n_features_in_")


def test_fitting_again_gives_the_same(base: Path, fitted: stancekit.StanceClassifier) -> None:
    again = classifier(base).fit(TEXTS, LABELS)
    assert (again.predict_proba(TEXTS) == fitted.predict_proba(TEXTS)).all()


def test_a_pickle_takes_the_model_along(fitted: stancekit.StanceClassifier) -> None:
    stored = pickle.dumps(fitted)
    again = pickle.loads(stored)
    assert again._folder.path != fitted._folder.path
    assert (again.predict_proba(TEXTS) == fitted.predict_proba(TEXTS)).all()
    folder = again._folder.path
    del again
    import gc

    gc.collect()
    assert not folder.exists()


def test_it_can_be_saved_for_the_pipeline(
    fitted: stancekit.StanceClassifier, tmp_path: Path
) -> None:
    folder = fitted.save(tmp_path / "mine")
    p = StanceScorer.from_pretrained(folder).predict_proba(TEXTS[:3], ["the dam"])[:, 0]
    assert p[:, [1, 0, 2]] == pytest.approx(fitted.predict_proba(TEXTS[:3]))
    with pytest.raises(FileExistsError, match="not empty"):
        fitted.save(folder)


def test_records_may_name_their_own_targets(base: Path) -> None:
    import pandas

    rows = statements(30)
    estimator = stancekit.StanceClassifier(model=str(base), penalty=0.05)
    records = estimator.fit(rows, [r["label"] for r in rows]).predict_proba(rows)
    frame = pandas.DataFrame(rows)
    frame.loc[frame["speaker"] == "", "speaker"] = np.nan
    assert estimator.predict_proba(frame) == pytest.approx(records)
    with pytest.raises(DataError, match="statement 1: expected a target or a claim"):
        estimator.predict(TEXTS)


def test_two_labels_share_all_probability(base: Path) -> None:
    kept = [i for i, label in enumerate(LABELS) if label != "none"]
    two = classifier(base).fit([TEXTS[i] for i in kept], [LABELS[i] for i in kept])
    assert two.classes_.tolist() == ["against", "favor"]
    assert two.predict_proba(TEXTS).sum(axis=1) == pytest.approx(np.ones(30))


def test_all_layers_can_be_trained(base: Path) -> None:
    options = {
        "penalty": None,
        "num_train_epochs": 6,
        "learning_rate": 5e-3,
        "batch_size": 4,
        "random_state": np.random.RandomState(3),
    }
    trained = classifier(base, **options).fit(TEXTS, LABELS)
    assert trained.score(TEXTS, LABELS) > 0.9


@pytest.mark.parametrize(
    ("texts", "labels", "error", "words"),
    [
        ("one text", ["favor"], TypeError, "not a single one"),
        ([[1.0, 2.0]], ["favor"], TypeError, "statement 1: expected a string"),
        (["a", " "], ["favor", "none"], DataError, "statement 2: empty text"),
        (["a", "b"], ["favor", "yes"], DataError, "statement 2: unknown label 'yes'"),
        (["a", "b"], ["favor", "favor"], DataError, "labelled favor: expected at least two"),
        (["a", "A "], ["favor", "none"], DataError, "statement 2: labelled none, and favor in"),
        (["a", "b"], ["favor"], ValueError, "inconsistent numbers of samples"),
        ([{"speaker": "Roe"}], ["favor"], DataError, "statement 1: missing text"),
    ],
)
def test_what_can_not_be_fitted(
    base: Path, texts: Any, labels: list[str], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        classifier(base).fit(texts, labels)


def test_options_that_train_nothing(base: Path) -> None:
    with pytest.raises(ValueError, match="nothing to train"):
        classifier(base, penalty=None).fit(TEXTS, LABELS)
    with pytest.raises(ValueError, match="not both"):
        classifier(base, claim="Dams are good").fit(TEXTS, LABELS)
