"""`StancePipeline`: the stages joined. The only module that knows all of them."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import Any

from stancekit import __version__
from stancekit.attribution.attributor import BUNDLED as ATTRIBUTION_FOLDER
from stancekit.attribution.attributor import Attributor
from stancekit.config import PipelineConfig, TargetSection, load
from stancekit.errors import ConfigError
from stancekit.hypotheses import Target
from stancekit.inference.folder import STANCEKIT_FILE
from stancekit.inference.store import fingerprint, weight_files
from stancekit.language import ENGLISH, NOT_ENGLISH, language_of
from stancekit.speakers import resolve_speakers
from stancekit.stance.scorer import BUNDLED as STANCE_FOLDER
from stancekit.stance.scorer import BUNDLED_RELEVANCE, Mode, StanceScorer, stance_score
from stancekit.summary import summarize
from stancekit.text import read_document
from stancekit.types import Document, Report, Skipped, Speaker, StanceScore, Statement

logger = logging.getLogger(__name__)

DEFAULT_TARGETS = Path(__file__).parent / "data" / "targets.toml"


def make_target(section: TargetSection) -> Target:
    """A `Target` from its table in a configuration."""
    if section.text is not None:
        made = Target.from_text(section.text, id=section.id)
    elif section.claim is not None:
        made = Target.from_claim(section.claim, id=section.id)
    else:
        name = str(section.name)
        identity = section.id or Target.from_text(name).id
        return Target(identity, name, tuple(section.favor or ()), tuple(section.against or ()))
    return dataclasses.replace(made, name=section.name) if section.name else made


def default_targets() -> tuple[Target, ...]:
    """The targets that ship with stancekit: peace, territory and NATO membership of Ukraine."""
    return tuple(make_target(t) for t in load(PipelineConfig, DEFAULT_TARGETS).target)


def _distinct(targets: Iterable[Target | str]) -> tuple[Target, ...]:
    """Targets with ids that differ; a number is added where two phrases give the same."""
    if isinstance(targets, str):
        raise TypeError(f"targets: expected a list, not the single string {targets!r}")
    made: list[Target] = []
    seen: set[str] = set()
    for given in targets:
        target = given if isinstance(given, Target) else Target.from_text(given)
        identity = target.id
        numbers = count(2)
        while identity in seen:
            identity = f"{target.id}-{next(numbers)}"
        seen.add(identity)
        made.append(dataclasses.replace(target, id=identity))
    if not made:
        raise ConfigError("at least one target is needed")
    return tuple(made)


@dataclass(frozen=True, slots=True)
class _Read:
    """An article with its statements, not scored yet."""

    document: Document
    statements: tuple[Statement, ...]
    speakers: tuple[Speaker, ...]
    skipped: tuple[Skipped, ...]


class StancePipeline:
    """From an article to a `Report`.

    Models are loaded when the pipeline is made and shared by all its runs. A pickled pipeline
    loads them again where it is unpickled, so that it can be sent to other processes.

    Args:
        targets: `Target` objects or noun phrases; by default those that ship.
        model: The stance model: None for the bundled one, a folder, or a hub name.
        attribution_model: The attribution model: None for the bundled one, or a folder.
        threads: Threads of one computation; by default one for each core.
        precision: ``"auto"``, ``"int8"``, ``"mixed"`` or ``"float32"``.
        mode: How the bundled stance model is used: ``"exact"`` for every pair, ``"screened"``
            (the default) behind a small model that spares it the pairs which have nothing to
            do with each other, ``"fast"`` behind one that spares it more.
        min_confidence: Below this probability of its label, a stance is reported as none.
        any_language: Analyse texts in other languages than English, too, with a warning for
            each. By default their reports hold no statements, and all of the text among what
            was skipped, so that one such article doesn't end a run over many.
        attributor: In place of a loaded one.
        scorer: In place of a loaded one.

    Raises:
        ModelError: A model can't be loaded.
        ConfigError: There is no target.
    """

    def __init__(
        self,
        *,
        targets: Sequence[Target | str] | None = None,
        model: str | Path | None = None,
        attribution_model: str | Path | None = None,
        threads: int | None = None,
        precision: str = "auto",
        mode: Mode | None = None,
        min_confidence: float = 0.0,
        any_language: bool = False,
        attributor: Attributor | None = None,
        scorer: StanceScorer | None = None,
    ) -> None:
        self.targets = default_targets() if targets is None else _distinct(targets)
        self.min_confidence = min_confidence
        self.any_language = any_language
        self.attributor = attributor or Attributor.from_pretrained(
            attribution_model, threads=threads, precision=precision
        )
        self.scorer = scorer or StanceScorer.from_pretrained(
            model, threads=threads, precision=precision, mode=mode
        )
        self._made_from: dict[str, Any] = {
            "model": model,
            "attribution_model": attribution_model,
            "threads": threads,
            "precision": precision,
            "mode": mode,
            "attributor": attributor,
            "scorer": scorer,
        }
        self._models = {
            "attribution": str(attribution_model or "bundled"),
            "stance": self.scorer.name or str(model or "bundled"),
        }

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles what it was made from: another process loads the models itself."""
        options = {
            "targets": self.targets,
            "min_confidence": self.min_confidence,
            "any_language": self.any_language,
            **self._made_from,
        }
        return partial(type(self), **options), ()

    @classmethod
    def from_config(
        cls,
        path: str | Path,
        *,
        targets: Sequence[Target | str] | None = None,
        model: str | Path | None = None,
        threads: int | None = None,
        mode: Mode | None = None,
        any_language: bool = False,
    ) -> StancePipeline:
        """A pipeline as a TOML file says; the keywords overrule it.

        Raises:
            ConfigError: The file is wrong; the message names every wrong path.
        """
        config = load(PipelineConfig, path)
        return cls(
            targets=targets or [make_target(t) for t in config.target],
            model=model or config.models.stance,
            attribution_model=config.models.attribution,
            threads=threads or config.models.threads,
            precision=config.models.precision,
            mode=mode or config.models.mode,
            min_confidence=config.min_confidence,
            any_language=any_language,
        )

    def run(
        self,
        text: str,
        *,
        id: str = "",
        date: str = "",
        targets: Sequence[Target | str] | None = None,
        any_language: bool | None = None,
    ) -> Report:
        """Analyses one article.

        Args:
            text: Any string.
            id: A name for the article, kept in the report.
            date: When it appeared, as ISO 8601, kept in the report.
            targets: For this article, in place of the pipeline's.
            any_language: For this article, in place of the pipeline's.
        """
        asked = self.targets if targets is None else _distinct(targets)
        anyway = self.any_language if any_language is None else any_language
        return self._reports([self._read(text, id, date, any_language=anyway)], asked)[0]

    def run_many(
        self,
        texts: Iterable[str],
        *,
        ids: Iterable[str] | None = None,
        dates: Iterable[str] | None = None,
        batch_size: int = 8,
        show_progress: bool = False,
    ) -> Iterator[Report]:
        """Analyses articles in order, lazily, a batch at a time.

        The statements of a batch are scored together, in order of length, so that
        little of the work is padding; the reports are those of `run`.

        Args:
            texts: Any iterable of strings.
            ids: Names for the articles, in the same order; by default they have none.
            dates: When they appeared, as ISO 8601, in the same order.
            batch_size: Articles read ahead before the first of them is given.
            show_progress: Show a progress bar on standard error.

        Raises:
            ValueError: ``batch_size`` is below 1.
        """
        if batch_size < 1:
            raise ValueError(f"batch_size: expected at least 1, got {batch_size}")
        total = len(texts) if isinstance(texts, Sequence) else None
        numbered: Iterable[str] = texts
        if show_progress:
            from rich.console import Console
            from rich.progress import track

            numbered = track(
                texts, description="Articles", total=total, console=Console(stderr=True)
            )
        names = iter(() if ids is None else ids)
        days = iter(() if dates is None else dates)
        batch: list[_Read] = []
        for text in numbered:
            name, day = next(names, ""), next(days, "")
            batch.append(self._read(text, name, day, any_language=self.any_language))
            if len(batch) == batch_size:
                yield from self._reports(batch, self.targets)
                batch = []
        yield from self._reports(batch, self.targets)

    def settings(self) -> dict[str, Any]:
        """What decides a report besides the article, as plain types.

        Two pipelines with the same settings and versions give the same reports.
        Models in a folder are named with a hash of their weights.
        """
        weights = {}
        for part, bundled in (("attribution", ATTRIBUTION_FOLDER), ("stance", STANCE_FOLDER)):
            name = self._models[part]
            folder = bundled if name.startswith("bundled") else Path(name)
            if folder.is_dir():
                weights[part] = fingerprint(weight_files(folder))
        if self._models["stance"] in ("bundled", "bundled, fast"):
            # Its thresholds decide as its weights do.
            files = [*weight_files(BUNDLED_RELEVANCE), BUNDLED_RELEVANCE / STANCEKIT_FILE]
            weights["relevance"] = fingerprint(files)
        return {
            "targets": [dataclasses.asdict(target) for target in self.targets],
            "models": dict(self._models),
            "weights": weights,
            "min_confidence": self.min_confidence,
            "any_language": self.any_language,
        }

    def _read(self, text: str, id: str, date: str = "", *, any_language: bool) -> _Read:
        language = language_of(text)
        document = read_document(text, id=id, date=date, language=language)
        if language != ENGLISH:
            reason = f"{NOT_ENGLISH} (language code {language})"
            name = f"{id}: " if id else ""
            if not any_language:
                logger.warning("%s%s: skipped, see any_language (--any-language)", name, reason)
                return _Read(document, (), (), (Skipped(0, len(text), reason),))
            logger.warning("%s%s; the bundled models read English only", name, reason)
        found, skipped = self.attributor.read(document)
        return _Read(document, *resolve_speakers(document, found), skipped)

    def _reports(self, batch: Sequence[_Read], targets: Sequence[Target]) -> list[Report]:
        scored = iter(self._score([read.statements for read in batch], targets))
        refs = tuple(t.ref for t in targets)
        reports = []
        for read in batch:
            statements = tuple(islice(scored, len(read.statements)))
            reports.append(
                Report(
                    document=read.document,
                    targets=refs,
                    statements=statements,
                    speakers=read.speakers,
                    summaries=summarize(statements, read.speakers, refs),
                    skipped=read.skipped,
                    models=self._models,
                    version=__version__,
                )
            )
        return reports

    def _score(
        self, articles: Sequence[Sequence[Statement]], targets: Sequence[Target]
    ) -> tuple[Statement, ...]:
        statements = [statement for article in articles for statement in article]
        if not statements:
            return ()
        numbers = [n for n, article in enumerate(articles) for _ in article]
        probabilities = self.scorer.predict_proba(statements, targets, articles=numbers)
        return tuple(
            dataclasses.replace(
                statement,
                stances={
                    target.id: self._abstain(stance_score(row))
                    for target, row in zip(targets, rows, strict=True)
                },
            )
            for statement, rows in zip(statements, probabilities, strict=True)
        )

    def _abstain(self, score: StanceScore) -> StanceScore:
        if max(score.favor, score.against, score.none) >= self.min_confidence:
            return score
        return dataclasses.replace(score, label="none")
