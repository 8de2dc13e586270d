"""Measuring attribution against gold articles: contents, cues, sources, speakers, modality."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from stancekit.evaluation.articles import (
    Article,
    GoldStatement,
    article_of_record,
    kind_of,
    quoted_mask,
)
from stancekit.evaluation.metrics import (
    RESAMPLES,
    SEED,
    Bools,
    Floats,
    Metric,
    Statistic,
    bootstrap,
    character_masks,
    jaccard_matrix,
    match_one_to_one,
    precision_recall_f1,
    ratio,
)
from stancekit.evaluation.names import same_speaker
from stancekit.records import read_jsonl
from stancekit.types import KINDS, Span, Speaker, Statement

THRESHOLD = 0.5
SPEAKER_CONSTRUCTIONS = frozenset(range(51, 62))
MODALITY_CONSTRUCTIONS = frozenset(range(38, 49))
_TIE_BREAK = 1e-6


class AttributorLike(Protocol):
    """What is measured."""

    def attribute(self, text: str) -> Sequence[Statement]:
        """The statements of a text."""
        ...


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something that went wrong, with its text; ``severity`` orders the list, worst first."""

    kind: str
    where: str
    text: str
    gold: str
    predicted: str
    severity: float = 1.0

    def to_dict(self) -> dict[str, Any]:
        """Plain types."""
        return {
            "kind": self.kind,
            "where": self.where,
            "text": self.text,
            "gold": self.gold,
            "predicted": self.predicted,
            "severity": round(self.severity, 4),
        }


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether one construction was read right in one place; ``strict`` asks for more.

    For constructions about speakers and about modality, ``strict`` also wants
    the canonical speaker, or the modality, right.
    """

    construction: int
    article: str
    right: bool
    strict: bool


@dataclass(frozen=True, slots=True)
class DocumentScore:
    """Counts of one document, from which every metric is summed up."""

    article: str
    counts: Mapping[str, float]
    pairs: tuple[tuple[int, int], ...] = ()
    mistakes: tuple[Mistake, ...] = field(default=(), repr=False)
    outcomes: tuple[Outcome, ...] = field(default=(), repr=False)


def _joined(spans: Iterable[Span]) -> str:
    return " … ".join(s.text for s in spans)


def _one(span: Span | None) -> tuple[Span, ...]:
    return () if span is None else (span,)


def _agree(jaccard: float, gold: Sequence[Span], predicted: Sequence[Span]) -> bool:
    return bool(jaccard >= THRESHOLD) or not (gold or predicted)


def score_document(
    article: Article,
    predicted: Sequence[Statement],
    *,
    speakers: Sequence[Speaker] = (),
    labelled: bool = True,
) -> DocumentScore:
    """Compares the statements found in one article with the gold ones.

    Contents are matched one to one so that the sum of the Jaccards of at least
    0.5 is greatest; among equals, the better source decides. A matched pair is
    exact where its Jaccard is 1. The source is right where its Jaccard is at
    least 0.5, or where neither has one.

    Args:
        article: The gold article.
        predicted: What was found.
        speakers: The speakers of the text, to look up the members of joint ones.
        labelled: Whether the gold has kinds, modalities and speakers of its own.
            Where not, kinds follow from the quotation marks on both sides.
    """
    text, gold = article.text, article.statements
    gold_content = character_masks(text, [g.contents for g in gold])
    found_content = character_masks(text, [p.contents for p in predicted])
    gold_source = character_masks(text, [g.source for g in gold])
    found_source = character_masks(text, [_one(p.source) for p in predicted])
    content = jaccard_matrix(gold_content, found_content)
    source = jaccard_matrix(gold_source, found_source)
    pairs = match_one_to_one(
        np.where(content >= THRESHOLD, content + _TIE_BREAK * source, 0.0), threshold=THRESHOLD
    )
    quoted = quoted_mask(text)
    kinds = [p.kind if labelled else kind_of(text, p.contents, quoted) for p in predicted]

    counts: dict[str, float] = {}

    def add(name: str, value: float = 1.0) -> None:
        counts[name] = counts.get(name, 0.0) + value

    for g in gold:
        add("gold")
        add(f"gold/{g.kind}")
    for kind in kinds:
        add("predicted")
        add(f"predicted/{kind}")
    _count_characters(gold_content, found_content, add_to=counts)
    _count_cues(text, gold, predicted, add_to=counts)

    lookup = {s.id: s for p in predicted for s in _one_speaker(p.speaker)} | {
        s.id: s for s in speakers
    }
    mistakes: list[Mistake] = []
    right: dict[int, tuple[bool, bool, bool]] = {}
    for i, j in pairs:
        g, p = gold[i], predicted[j]
        source_right = _agree(source[i, j], g.source, _one(p.source))
        hits = {
            "hit": True,
            "exact": content[i, j] > 1 - 1e-9,
            "source": source_right,
        }
        for name, hit in hits.items():
            if hit:
                add(name)
                add(f"{name}/gold/{g.kind}")
                add(f"{name}/predicted/{kinds[j]}")
        if not source_right:
            mistakes.append(
                Mistake(
                    "source",
                    f"{article.id}:{g.id}",
                    _joined(g.contents),
                    _joined(g.source) or "(none)",
                    p.source.text if p.source else "(none)",
                    p.confidence,
                )
            )
        speaker_right = modality_right = True
        if labelled:
            modality_right = g.modality == p.modality
            add("modality", modality_right)
            add("kind", g.kind == p.kind)
            speaker_right = _count_speaker(article, g, p, lookup, counts, mistakes)
        right[i] = (source_right, speaker_right, modality_right)

    matched_gold = {i for i, _ in pairs}
    for i, g in enumerate(gold):
        if i not in matched_gold:
            best = int(content[i].argmax()) if len(predicted) else -1
            near = best >= 0 and content[i, best] > 0
            mistakes.append(
                Mistake(
                    "bounds" if near else "missed",
                    f"{article.id}:{g.id}",
                    _around(text, g.spans),
                    _joined(g.contents),
                    predicted[best].content if near else "(nothing)",
                    1 - (content[i, best] if near else 0.0),
                )
            )
    # A statement is invented where no gold content shares a character with it.
    invented = [j for j in range(len(predicted)) if not len(gold) or content[:, j].max() == 0]
    add("invented", len(invented))
    for j in invented:
        mistakes.append(
            Mistake(
                "invented",
                f"{article.id}@{predicted[j].start}",
                _around(text, predicted[j].spans),
                "(nothing)",
                predicted[j].content,
                predicted[j].confidence,
            )
        )
    return DocumentScore(
        article.id,
        counts,
        tuple(pairs),
        tuple(mistakes),
        tuple(_outcomes(article, right, n_invented=len(invented))),
    )


def _one_speaker(speaker: Speaker | None) -> tuple[Speaker, ...]:
    return () if speaker is None else (speaker,)


def _around(text: str, spans: Sequence[Span], *, margin: int = 30) -> str:
    start = max(0, min(s.start for s in spans) - margin)
    end = min(len(text), max(s.end for s in spans) + margin)
    return " ".join(text[start:end].split())


def _count_characters(gold: Bools, found: Bools, *, add_to: dict[str, float]) -> None:
    any_gold, any_found = gold.any(axis=0), found.any(axis=0)
    add_to["characters/hit"] = float((any_gold & any_found).sum())
    add_to["characters/gold"] = float(any_gold.sum())
    add_to["characters/predicted"] = float(any_found.sum())


def _count_cues(
    text: str,
    gold: Sequence[GoldStatement],
    predicted: Sequence[Statement],
    *,
    add_to: dict[str, float],
) -> None:
    # Two statements may share a cue, which is then one cue.
    gold_cues = sorted({g.cue for g in gold if g.cue})
    found_cues = sorted({_one(p.cue) for p in predicted if p.cue})
    jaccard = jaccard_matrix(character_masks(text, gold_cues), character_masks(text, found_cues))
    add_to["cue/gold"] = len(gold_cues)
    add_to["cue/predicted"] = len(found_cues)
    add_to["cue/hit"] = len(match_one_to_one(jaccard, threshold=THRESHOLD))


def _names(speaker: Speaker, lookup: Mapping[str, Speaker]) -> list[str]:
    members = [lookup[m].name for m in speaker.members if m in lookup]
    return members or [speaker.name]


def speaker_is_right(
    article: Article, gold: GoldStatement, found: Speaker | None, lookup: Mapping[str, Speaker]
) -> bool:
    """Whether a predicted speaker is the gold one; for joint ones, whether the members are.

    Args:
        article: The gold article.
        gold: The gold statement; without a speaker, only no speaker is right.
        found: The predicted speaker.
        lookup: Predicted speakers by id, for the members.
    """
    speaker = article.speaker(gold.speaker)
    if speaker is None or found is None:
        return speaker is None and found is None
    wanted = [m for m in map(article.speaker, speaker.members) if m is not None] or [speaker]
    names = _names(found, lookup)
    if len(names) != len(wanted):
        return False
    agree = np.zeros((len(wanted), len(names)))
    for i, w in enumerate(wanted):
        others = [s.name for s in article.speakers if s.type == w.type and s.id != w.id]
        for j, name in enumerate(names):
            agree[i, j] = same_speaker(name, w.name, others=others)
    return len(match_one_to_one(agree)) == len(wanted)


def _count_speaker(
    article: Article,
    gold: GoldStatement,
    found: Statement,
    lookup: Mapping[str, Speaker],
    counts: dict[str, float],
    mistakes: list[Mistake],
) -> bool:
    right = speaker_is_right(article, gold, found.speaker, lookup)
    speaker = article.speaker(gold.speaker)
    if speaker is None:
        events = {"unnamed": True, "unnamed/invented": not right}
    else:
        events = {"named": True, "named/unknown": found.speaker is None, "named/right": right}
    for name, happened in events.items():
        counts[name] = counts.get(name, 0.0) + happened
    if not right:
        mistakes.append(
            Mistake(
                "speaker",
                f"{article.id}:{gold.id}",
                _around(article.text, gold.spans),
                speaker.name if speaker else "(can't be told)",
                found.speaker.name if found.speaker else "(unknown)",
                found.confidence if found.speaker else found.confidence / 2,
            )
        )
    return right


def _outcomes(
    article: Article, right: Mapping[int, tuple[bool, bool, bool]], *, n_invented: int
) -> Iterator[Outcome]:
    for i, gold in enumerate(article.statements):
        source, speaker, modality = right.get(i, (False, False, False))
        for number in gold.constructions:
            strict = (
                source
                and (speaker or number not in SPEAKER_CONSTRUCTIONS)
                and (modality or number not in MODALITY_CONSTRUCTIONS)
            )
            yield Outcome(number, article.id, source, strict)
    # What is tagged on the article as a whole is no statement: nothing may be invented there.
    for number in article.constructions:
        yield Outcome(number, article.id, not n_invented, not n_invented)


# -- summing up ----------------------------------------------------------------


def _column(scores: Sequence[DocumentScore], name: str) -> Floats:
    return np.array([s.counts.get(name, 0.0) for s in scores], dtype=np.float64)


def attribution_metrics(
    scores: Sequence[DocumentScore],
    *,
    labelled: bool = True,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> dict[str, Metric]:
    """Micro-averaged metrics over documents, with intervals over resampled documents.

    F1 by kind takes precision over the predicted statements of that kind and
    recall over the gold ones, whatever the kind of the other side.

    Returns:
        ``content_f1`` (Jaccard of 0.5 or more), ``content_exact_f1``,
        ``content_char_f1``, ``cue_f1``, ``source_given_match``, ``end_to_end_f1``
        with their precisions and recalls, all but the third and fourth also as
        ``direct/...``, ``indirect/...``, ``mixed/...``; with labelled articles
        also ``kind_given_match``, ``modality_given_match``,
        ``speaker_given_match``, ``speaker_unknown_rate`` and
        ``speaker_invented_rate`` (a name where the gold has none).
    """
    statistic = attribution_statistic(scores, labelled=labelled)
    return bootstrap(statistic, len(scores), resamples=resamples, seed=seed)


def attribution_statistic(scores: Sequence[DocumentScore], *, labelled: bool = True) -> Statistic:
    """The values of `attribution_metrics`, as a function of the weights of documents."""
    names = sorted({name for score in scores for name in score.counts})
    columns = {name: _column(scores, name) for name in names}
    zero = np.zeros(len(scores))

    def statistic(weights: Floats) -> dict[str, Floats]:
        def total(name: str) -> Floats:
            return weights @ columns.get(name, zero)

        values: dict[str, Floats] = {}

        def put(name: str, prf: tuple[Floats, Floats, Floats]) -> None:
            for suffix, value in zip(("precision", "recall", "f1"), prf, strict=True):
                values[f"{name}_{suffix}"] = value

        measures = (("content", "hit"), ("content_exact", "exact"), ("end_to_end", "source"))
        for name, count in measures:
            put(name, precision_recall_f1(total(count), total("predicted"), total("gold")))
        values["source_given_match"] = ratio(total("source"), total("hit"))
        put(
            "content_char",
            precision_recall_f1(*(total(f"characters/{x}") for x in ("hit", "predicted", "gold"))),
        )
        put("cue", precision_recall_f1(*(total(f"cue/{x}") for x in ("hit", "predicted", "gold"))))
        if labelled:
            hits = total("hit")
            values["kind_given_match"] = ratio(total("kind"), hits)
            values["modality_given_match"] = ratio(total("modality"), hits)
            values["speaker_given_match"] = ratio(total("named/right"), total("named"))
            values["speaker_unknown_rate"] = ratio(total("named/unknown"), total("named"))
            values["speaker_invented_rate"] = ratio(total("unnamed/invented"), total("unnamed"))
        for kind in KINDS:
            for name, count in measures:
                put(
                    f"{kind}/{name}",
                    precision_recall_f1(
                        total(f"{count}/predicted/{kind}"),
                        total(f"predicted/{kind}"),
                        total(f"gold/{kind}"),
                        total(f"{count}/gold/{kind}"),
                    ),
                )
            values[f"{kind}/source_given_match"] = ratio(
                total(f"source/gold/{kind}"), total(f"hit/gold/{kind}")
            )
        return values

    return statistic


@dataclass(frozen=True, slots=True)
class ConstructionScore:
    """How one construction fared: places (statements, or articles) and articles."""

    construction: int
    places: int
    right: int
    strict: int
    articles: int
    articles_right: int

    @property
    def passes(self) -> bool:
        """Whether it was read right in every article that has it."""
        return self.articles_right == self.articles


def construction_scores(scores: Sequence[DocumentScore]) -> dict[int, ConstructionScore]:
    """Results by construction number, for those that occur."""
    result = {}
    outcomes = [o for score in scores for o in score.outcomes]
    for number in sorted({o.construction for o in outcomes}):
        mine = [o for o in outcomes if o.construction == number]
        articles = {o.article for o in mine}
        wrong = {o.article for o in mine if not o.right}
        result[number] = ConstructionScore(
            number,
            len(mine),
            sum(o.right for o in mine),
            sum(o.strict for o in mine),
            len(articles),
            len(articles - wrong),
        )
    return result


def read_attribution_jsonl(path: Path) -> list[Article]:
    """Articles from PolNeAR-style records.

    Raises:
        DataError: The file can't be read, or a record is wrong.
    """
    return [article_of_record(r, where=f"{path}:{n}") for n, r in read_jsonl(path)]
