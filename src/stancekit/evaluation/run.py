"""`stancekit.evaluate`: from labelled files to an `EvaluationResult`."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np

from stancekit import __version__
from stancekit.errors import DataError
from stancekit.evaluation.articles import (
    Article,
    article_of_record,
    read_article,
    read_articles,
)
from stancekit.evaluation.attribution import (
    AttributorLike,
    DocumentScore,
    Mistake,
    attribution_metrics,
    construction_scores,
    score_document,
)
from stancekit.evaluation.baselines import TfidfBaseline, constant, majority_label
from stancekit.evaluation.metrics import RESAMPLES, SEED, Floats, Ints, Metric
from stancekit.evaluation.result import EvaluationResult
from stancekit.evaluation.speakers import gold_statement_items, speaker_stance_items
from stancekit.evaluation.stance import (
    ArticleScorer,
    PairScorer,
    StanceItem,
    StanceScores,
    gold_labels,
    group_indices,
    item_of_record,
    score_items,
    stance_metrics,
)
from stancekit.hypotheses import Target
from stancekit.records import read_jsonl
from stancekit.types import STANCE_LABELS, Report, StanceLabel

logger = logging.getLogger(__name__)

_SCORE_CHUNK = 1024
T = TypeVar("T")


class PipelineLike(Protocol):
    """What is measured: `stancekit.StancePipeline`, or anything of its form."""

    @property
    def attributor(self) -> AttributorLike:
        """Finds statements."""
        ...

    @property
    def scorer(self) -> ArticleScorer:
        """Scores stances."""
        ...

    def run(self, text: str, *, targets: Sequence[Target]) -> Report:
        """Analyses one article toward the given targets."""
        ...


def _track(items: Sequence[T], what: str, *, show_progress: bool) -> Iterable[T]:
    if not show_progress:
        return items
    from rich.console import Console
    from rich.progress import track

    return track(items, description=what, console=Console(stderr=True))


# -- stance --------------------------------------------------------------------


def _score(items: Sequence[StanceItem], scorer: PairScorer, *, show_progress: bool) -> Floats:
    """Probabilities ``(n, 3)``, in chunks so that the bar moves."""
    starts = range(0, len(items), _SCORE_CHUNK)
    parts = []
    for start in _track(starts, "stance", show_progress=show_progress):
        chunk = items[start : start + _SCORE_CHUNK]
        parts.append(scorer.score_pairs([i.premise for i in chunk], [i.target for i in chunk]))
    return np.concatenate([np.asarray(p, dtype=np.float64) for p in parts])


def _score_articles(
    articles: Sequence[Sequence[StanceItem]], scorer: ArticleScorer, *, show_progress: bool
) -> Floats:
    """Probabilities ``(n, 3)`` of all statements of each article, as a pipeline asks for them."""
    parts = [
        scorer.score_pairs(
            [i.premise for i in items], [i.target for i in items], articles=[0] * len(items)
        )
        for items in _track(articles, "stance", show_progress=show_progress)
    ]
    return np.concatenate([np.asarray(p, dtype=np.float64) for p in parts])


def _labels_of(items: Sequence[StanceItem]) -> tuple[StanceLabel, ...]:
    # Sets such as Perspectrum and P-Stance know no "none".
    present = {item.label for item in items}
    return STANCE_LABELS if "none" in present else ("favor", "against")


def stance_floors(
    items: Sequence[StanceItem],
    train: Sequence[StanceItem],
    *,
    labels: Sequence[StanceLabel],
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> dict[str, dict[str, Metric]]:
    """Metrics of always none, of the majority and, with training items, of the TF-IDF baseline.

    The majority is the train split's where there is one, else the test set's own.
    """
    gold = gold_labels(items)
    groups: Ints = group_indices([item.group or item.premise.text for item in items])
    majority = majority_label([item.label for item in train or items])
    scores = {
        "majority": constant(majority, len(items)),
        "always none": constant("none", len(items)),
    }
    if train:
        baseline = TfidfBaseline(seed=seed).fit(
            [i.premise for i in train], [i.target for i in train], [i.label for i in train]
        )
        scores["TF-IDF + LR"] = baseline.score_pairs(
            [i.premise for i in items], [i.target for i in items]
        )
    return {
        name: stance_metrics(gold, p, groups=groups, labels=labels, resamples=resamples, seed=seed)
        for name, p in scores.items()
    }


class _Collector:
    """Gathers the sections of one evaluation."""

    def __init__(self, *, resamples: int, seed: int) -> None:
        self.options = {"resamples": resamples, "seed": seed}
        self.metrics: dict[str, Metric] = {}
        self.floors: dict[str, dict[str, Metric]] = {}
        self.breakdowns: dict[str, Any] = {}
        self.confusions: dict[str, Ints] = {}
        self.constructions: dict[int, Any] = {}
        self.errors: list[Mistake] = []
        self.info: dict[str, Any] = {"stancekit": __version__}

    def stance(
        self,
        section: str,
        items: Sequence[StanceItem],
        probabilities: Floats,
        *,
        train: Sequence[StanceItem] = (),
        calibrated: bool = True,
    ) -> None:
        labels = _labels_of(items)
        scores: StanceScores = score_items(items, probabilities, labels=labels, **self.options)
        floors = stance_floors(items, train, labels=labels, **self.options)
        # Without probabilities of its own a prediction has no calibration to measure.
        skipped = () if calibrated else ("ece", "accuracy_at_80_coverage", "polarity_accuracy")
        for name, metric in scores.metrics.items():
            if name not in skipped:
                self.metrics[f"{section}/{name}"] = metric
        for floor, metrics in floors.items():
            kept = {f"{section}/{k}": m for k, m in metrics.items() if k not in skipped}
            self.floors.setdefault(floor, {}).update(kept)
        self.breakdowns[section] = scores.breakdowns
        self.confusions[section] = scores.confusion
        self.errors += scores.mistakes
        self.info[f"{section} items"] = len(items)

    def attribution(self, scores: Sequence[DocumentScore], *, labelled: bool) -> None:
        metrics = attribution_metrics(scores, labelled=labelled, **self.options)
        self.metrics |= {f"attribution/{name}": m for name, m in metrics.items()}
        self.constructions = construction_scores(scores)
        mistakes = [m for score in scores for m in score.mistakes]
        self.errors += sorted(mistakes, key=lambda m: -m.severity)
        self.info["articles"] = len(scores)

    def result(self) -> EvaluationResult:
        candidates = ("stance/macro_f1", "speaker_stance/macro_f1", "attribution/end_to_end_f1")
        primary = next(name for name in candidates if name in self.metrics)
        return EvaluationResult(
            metrics=self.metrics,
            primary_metric=primary,
            floors=self.floors,
            breakdowns=self.breakdowns,
            confusions=self.confusions,
            constructions=self.constructions,
            errors=tuple(self.errors),
            info=self.info | self.options,
        )


def evaluate_stance_items(
    items: Sequence[StanceItem],
    scorer: PairScorer,
    *,
    train: Sequence[StanceItem] = (),
    show_progress: bool = False,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> EvaluationResult:
    """Measures a scorer on labelled statements, with the floors beside it.

    Args:
        items: What to measure on.
        scorer: With ``score_pairs``.
        train: What the TF-IDF baseline is trained on; without it there is none.
        show_progress: Show a bar on standard error.
        resamples: Bootstrap resamples.
        seed: Of the bootstrap and the baseline.

    Raises:
        DataError: There are no items.
    """
    if not items:
        raise DataError("no stance records to evaluate")
    collector = _Collector(resamples=resamples, seed=seed)
    probabilities = _score(items, scorer, show_progress=show_progress)
    collector.stance("stance", items, probabilities, train=train)
    return collector.result()


def evaluate_attributor(
    articles: Sequence[Article],
    attributor: AttributorLike,
    *,
    labelled: bool = False,
    show_progress: bool = False,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> EvaluationResult:
    """Measures an attributor on its own.

    Args:
        articles: What to measure on.
        attributor: With ``attribute``.
        labelled: Whether the articles have kinds, modalities and speakers of their own.
        show_progress: Show a bar on standard error.
        resamples: Bootstrap resamples.
        seed: Of the bootstrap.

    Raises:
        DataError: There are no articles.
    """
    if not articles:
        raise DataError("no articles to evaluate")
    collector = _Collector(resamples=resamples, seed=seed)
    scores = [
        score_document(article, attributor.attribute(article.text), labelled=labelled)
        for article in _track(articles, "attribution", show_progress=show_progress)
    ]
    collector.attribution(scores, labelled=labelled)
    return collector.result()


def _evaluate_articles(
    collector: _Collector,
    articles: Sequence[Article],
    pipeline: PipelineLike,
    *,
    train: Sequence[StanceItem],
    show_progress: bool,
) -> None:
    scores: list[DocumentScore] = []
    items: list[StanceItem] = []
    predicted: list[StanceLabel] = []
    for article in _track(articles, "articles", show_progress=show_progress):
        report = pipeline.run(article.text, targets=[t.target() for t in article.targets])
        scores.append(score_document(article, report.statements, speakers=report.speakers))
        collector.info |= {f"{stage} model": name for stage, name in report.models.items()}
        for item, label in speaker_stance_items(article, report):
            items.append(item)
            predicted.append(label)
    collector.attribution(scores, labelled=True)
    asked = [some for some in map(gold_statement_items, articles) if some]
    if asked:
        probabilities = _score_articles(asked, pipeline.scorer, show_progress=show_progress)
        statements = [item for some in asked for item in some]
        collector.stance("stance_gold", statements, probabilities, train=train)
    if items:
        one_hot = np.eye(3)[[STANCE_LABELS.index(label) for label in predicted]]
        collector.stance("speaker_stance", items, one_hot, calibrated=False)


# -- files ---------------------------------------------------------------------


def read_stance_file(path: Path, *, split: str) -> tuple[list[StanceItem], list[StanceItem]]:
    """Items to measure on, and to train the baseline on, of one JSONL file.

    Where the records name a split, those of ``split`` are measured and those of
    ``train`` train; otherwise all are measured, and a ``train.jsonl`` beside the
    file trains.

    Raises:
        DataError: The file is wrong, or has nothing in that split.
    """
    records = list(read_jsonl(path))
    splits = {str(r["split"]) for _, r in records if r.get("split")}
    if not splits:
        beside = path.with_name("train.jsonl")
        train = list(read_jsonl(beside)) if beside.is_file() and beside != path else []
        return (
            [item_of_record(r, where=f"{path.name}:{n}") for n, r in records],
            [item_of_record(r, where=f"{beside.name}:{n}") for n, r in train],
        )
    if split not in splits:
        raise DataError(f"{path}: no records in split {split!r}, only {', '.join(sorted(splits))}")
    test, train_items = (
        [item_of_record(r, where=f"{path.name}:{n}") for n, r in records if r.get("split") == s]
        for s in (split, "train")
    )
    return test, (train_items if split != "train" else [])


def _first_record(path: Path) -> dict[str, Any]:
    for _, record in read_jsonl(path):
        return record
    raise DataError(f"{path}: no records")


def evaluate(
    path: str | Path = "fixtures",
    *,
    config: str | Path | None = None,
    split: str = "test",
    show_progress: bool = False,
    pipeline: PipelineLike | None = None,
    limit: int | None = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> EvaluationResult:
    """Measures a pipeline against labelled files.

    Args:
        path: A folder with ``stance/<split>.jsonl``, ``articles/<split>/*.json``
            or both; one article's JSON; a JSONL file of stance records, or of attributions.
        config: A pipeline configuration; the bundled models without it.
        split: Which part to measure on.
        show_progress: Show a bar on standard error.
        pipeline: A pipeline that is already there, in place of ``config``.
        limit: At most this many records and articles, for a quick look.
        resamples: Bootstrap resamples.
        seed: Of the bootstrap and the baseline.

    Returns:
        Metrics with 95 % intervals, floors, breakdowns and the worst errors.

    Raises:
        DataError: The files are missing, wrong or empty.
        ConfigError: The configuration is wrong.
    """
    path = Path(path)
    collector = _Collector(resamples=resamples, seed=seed)
    items: list[StanceItem] = []
    train: list[StanceItem] = []
    articles: list[Article] = []
    labelled = True
    if path.is_dir():
        stance = path / "stance" / f"{split}.jsonl"
        if stance.is_file():
            items, train = read_stance_file(stance, split=split)
        articles = read_articles(path / "articles", split=split)
        if not items and not articles:
            raise DataError(
                f"{path}: expected stance/{split}.jsonl or articles/{split}/*.json in it"
            )
    elif path.is_file():
        if path.suffix == ".json":
            articles = [read_article(path)]
        elif "attributions" in _first_record(path):
            labelled = False
            articles = [article_of_record(r, where=f"{path}:{n}") for n, r in read_jsonl(path)]
        else:
            items, train = read_stance_file(path, split=split)
    else:
        raise DataError(f"{path}: no such file or folder")
    items, articles = items[:limit], articles[:limit]
    if pipeline is None:
        from stancekit.pipeline import StancePipeline

        pipeline = StancePipeline.from_config(config) if config else StancePipeline()
    if items:
        probabilities = _score(items, pipeline.scorer, show_progress=show_progress)
        collector.stance("stance", items, probabilities, train=train)
    if articles and labelled:
        _evaluate_articles(collector, articles, pipeline, train=train, show_progress=show_progress)
    elif articles:
        scores = [
            score_document(a, pipeline.attributor.attribute(a.text), labelled=False)
            for a in _track(articles, "attribution", show_progress=show_progress)
        ]
        collector.attribution(scores, labelled=False)
    return collector.result()
