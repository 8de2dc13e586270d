"""Evaluation end to end, with pipelines that are right, wrong in known ways, or empty."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from rich.console import Console

from stancekit.errors import DataError
from stancekit.evaluation import (
    EvaluationResult,
    evaluate,
    evaluate_attributor,
    evaluate_stance_items,
)
from stancekit.evaluation.articles import Article, article_of_record, write_article
from stancekit.evaluation.attribution import (
    attribution_metrics,
    construction_scores,
    score_document,
)
from stancekit.evaluation.baselines import TfidfBaseline, constant, majority_label
from stancekit.evaluation.markup import parse_article
from stancekit.evaluation.names import same_speaker
from stancekit.evaluation.speakers import (
    gold_statement_items,
    match_speakers,
    premise_of,
    speaker_stance_items,
)
from stancekit.evaluation.stance import item_of_record, read_stance_jsonl, score_items
from stancekit.hypotheses import Premise, Target
from stancekit.types import (
    STANCE_LABELS,
    Document,
    Report,
    Span,
    Speaker,
    SpeakerSummary,
    StanceLabel,
    Statement,
    TargetRef,
)

SOURCE = """+++
id = "{id}"
constructions = [15]
[[targets]]
id = "fares"
text = "higher ferry fares"
[[targets]]
id = "tunnel"
claim = "The strait needs a tunnel"
[[speakers]]
id = "p1"
name = "Ann Roe"
type = "person"
stances = {fares = "against", tunnel = "favor"}
[[speakers]]
id = "p2"
name = "Luis Diaz"
type = "person"
stances = {fares = "favor", tunnel = "none"}
[[speakers]]
id = "j1"
name = "both councillors"
type = "group"
members = ["p1", "p2"]
[[statements]]
n = 1
kind = "direct"
modality = "asserted"
speaker = "p1"
stances = {fares = "against"}
constructions = [1]
[[statements]]
n = 2
kind = "indirect"
modality = "denied"
speaker = "p2"
stances = {fares = "favor"}
constructions = [38]
[[statements]]
n = 3
kind = "indirect"
modality = "wanted"
speaker = "j1"
stances = {tunnel = "favor"}
constructions = [53]
[[statements]]
n = 4
kind = "indirect"
modality = "believed"
speaker = "null"
constructions = [27]
+++
The “fair” fares divide the island.

{c1|“Nobody can pay that,”} {s1|Ann Roe} {q1|said}. {s2|Luis Diaz} {q2|denied} {c2|that it was too much}.

{s3|Both} {q3|want} {c3|a tunnel to be dug}. {q4|It is feared} {c4|that the ferry will stop}.
"""


def make_article(id: str = "a") -> Article:
    return parse_article(SOURCE.replace("{id}", id), where=f"{id}.md", split="test")


def perfect_statements(article: Article) -> list[Statement]:
    speakers = {s.id: Speaker(s.id, s.name, s.type, (), s.members) for s in article.speakers}
    return [
        Statement(
            id=g.id,
            contents=g.contents,
            source=g.source[0] if g.source else None,
            cue=g.cue[0] if g.cue else None,
            kind=g.kind,
            modality=g.modality,
            speaker=speakers.get(g.speaker or ""),
        )
        for g in article.statements
    ]


def perfect_report(article: Article) -> Report:
    return Report(
        document=Document(article.text),
        targets=tuple(TargetRef(t.id, t.target().name) for t in article.targets),
        statements=tuple(perfect_statements(article)),
        speakers=tuple(Speaker(s.id, s.name, s.type, (), s.members) for s in article.speakers),
        summaries=tuple(
            SpeakerSummary(s.id, target, label, 0.0, 0.0, 0.0, ())
            for s in article.speakers
            for target, label in s.stances.items()
        ),
        models={"stance": "fake"},
    )


class OracleScorer:
    """Knows the gold labels by premise and target."""

    def __init__(self, labels: dict[tuple[str, str], str], *, confidence: float = 0.9) -> None:
        self.labels = labels
        self.confidence = confidence
        self.articles: list[Sequence[int] | None] = []

    def score_pairs(
        self,
        premises: Sequence[Premise],
        targets: Sequence[Target],
        *,
        articles: Sequence[int] | None = None,
    ) -> npt.NDArray[np.floating[Any]]:
        self.articles.append(articles)
        p = np.full((len(premises), 3), (1 - self.confidence) / 2)
        for row, premise, target in zip(p, premises, targets, strict=True):
            row[STANCE_LABELS.index(self.labels[premise.text, target.name])] = self.confidence
        return p


class FakePipeline:
    """Gives prepared reports, changed as a test likes."""

    def __init__(
        self,
        articles: Sequence[Article],
        scorer: OracleScorer,
        change: Callable[[Report], Report] = lambda report: report,
    ) -> None:
        self.reports = {a.text: change(perfect_report(a)) for a in articles}
        self.scorer = scorer
        self.targets: list[list[str]] = []

    @property
    def attributor(self) -> FakePipeline:
        return self

    def attribute(self, text: str) -> Sequence[Statement]:
        return self.reports[text].statements

    def run(self, text: str, *, targets: Sequence[Target]) -> Report:
        self.targets.append([t.id for t in targets])
        return self.reports[text]


STANCE_RECORDS = [
    {"text": "Nobody can pay that.", "target": "higher fares", "label": "against"},
    {"text": "Pay up, it is worth it.", "target": "higher fares", "label": "favor"},
    {"text": "Fares rise in May.", "target": "higher fares", "label": "none"},
    {"text": "Dig it.", "claim": "The strait needs a tunnel", "label": "favor", "phenomenon": "x"},
]


@pytest.fixture
def fixtures(tmp_path: Path) -> Path:
    for i in range(3):
        # Texts differ, so that the fake pipeline can tell them apart.
        article = make_article(f"a{i}")
        source = SOURCE.replace("{id}", f"a{i}").replace("the island", f"island {i}")
        article = parse_article(source, where="x", split="test")
        write_article(article, tmp_path / "articles")
    (tmp_path / "stance").mkdir()
    for split in ("train", "test"):
        lines = "".join(json.dumps(r) + "\n" for r in STANCE_RECORDS)
        (tmp_path / "stance" / f"{split}.jsonl").write_text(lines, encoding="utf-8")
    return tmp_path


def pipeline_for(
    folder: Path, change: Callable[[Report], Report] = lambda report: report
) -> FakePipeline:
    from stancekit.evaluation.articles import read_articles

    articles = read_articles(folder / "articles")
    items = [item_of_record(r, where="x") for r in STANCE_RECORDS]
    items += [item for a in articles for item in gold_statement_items(a)]
    labels = {(i.premise.text, i.target.name): str(i.label) for i in items}
    return FakePipeline(articles, OracleScorer(labels), change)


def value(result: EvaluationResult, name: str) -> float:
    return result.metrics[name].value


# -- the whole run


def test_a_perfect_pipeline_is_perfect(fixtures: Path) -> None:
    pipeline = pipeline_for(fixtures)
    result = evaluate(fixtures, pipeline=pipeline)
    for name in (
        "attribution/content_f1",
        "attribution/content_exact_f1",
        "attribution/content_char_f1",
        "attribution/cue_f1",
        "attribution/source_given_match",
        "attribution/end_to_end_f1",
        "attribution/direct/content_f1",
        "attribution/modality_given_match",
        "attribution/speaker_given_match",
        "stance/macro_f1",
        "stance_gold/macro_f1",
        "speaker_stance/macro_f1",
    ):
        metric = result.metrics[name]
        assert metric.value == 1, name
        assert metric.high == 1, name
    # With four items a resample may lack a label, whose F1 is then 0.
    assert result.metrics["attribution/content_f1"].low == 1
    assert value(result, "attribution/speaker_unknown_rate") == 0
    assert value(result, "stance/ece") == pytest.approx(0.1)
    assert result.primary_metric == "stance/macro_f1"
    assert result.errors == ()
    assert pipeline.targets == [["fares", "tunnel"]] * 3
    # The statements by themselves, then those of each article together.
    alone, *together = pipeline.scorer.articles
    assert alone is None
    assert [set(numbers or ()) for numbers in together] == [{0}] * 3
    assert all(c.passes for c in result.constructions.values())
    assert set(result.constructions) == {1, 15, 27, 38, 53}
    assert set(result.floors) == {"majority", "always none", "TF-IDF + LR"}
    assert "speaker_stance/ece" not in result.metrics


def test_to_dict_is_flat_json_and_names_its_primary_metric(fixtures: Path) -> None:
    flat = evaluate(fixtures, pipeline=pipeline_for(fixtures)).to_dict()
    again = json.loads(json.dumps(flat, allow_nan=False))
    assert again == flat
    assert flat[flat["primary_metric"]] == 1
    assert flat["stance/macro_f1/low"] <= flat["stance/macro_f1"]
    assert flat["stance/confusion/favor/favor"] == 2
    assert flat["stance/target/higher fares/n"] == 3
    assert flat["stance/phenomenon/x/accuracy"] == 1
    assert flat["floor/always none/stance/accuracy"] == 0.25
    assert flat["constructions/passing"] == flat["constructions/seen"] == 5
    assert flat["info/stance model"] == "fake"


def test_rendering_shows_floors_errors_and_markdown(fixtures: Path) -> None:
    def reverse(report: Report) -> Report:
        return replace(report, statements=report.statements[1:], summaries=())

    result = evaluate(fixtures, pipeline=pipeline_for(fixtures, reverse))
    console = Console(file=io.StringIO(), width=160)
    result.render(console, errors=2)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    for expected in ("Attribution", "macro f1", "always none", "TF-IDF + LR", "missed (3 in all)"):
        assert expected in text
    block = result.card_block()
    assert "| **macro f1** | **1.000** |" in block
    assert "reversed polarity (lower is better)" in block
    rows = [line for line in block.splitlines() if line.startswith("| ")]
    assert all(row.endswith(" |") for row in rows)


def test_a_pipeline_that_finds_nothing(fixtures: Path) -> None:
    def nothing(report: Report) -> Report:
        return replace(report, statements=(), speakers=(), summaries=())

    result = evaluate(fixtures, pipeline=pipeline_for(fixtures, nothing))
    assert value(result, "attribution/content_f1") == 0
    assert np.isnan(value(result, "attribution/source_given_match"))
    assert result.to_dict()["attribution/source_given_match"] is None
    # Only Diaz on the tunnel is none.
    assert value(result, "speaker_stance/accuracy") == pytest.approx(0.25)
    floor = result.floors["always none"]["speaker_stance/accuracy"].value
    assert floor == pytest.approx(0.25)
    assert [c.construction for c in result.constructions.values() if c.passes] == [15]


def test_stance_files_and_their_splits(tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    records = [{**r, "split": s} for s in ("train", "dev") for r in STANCE_RECORDS]
    path.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    items = [item_of_record(r, where="x") for r in STANCE_RECORDS]
    scorer = OracleScorer({(i.premise.text, i.target.name): str(i.label) for i in items})
    pipeline = FakePipeline([], scorer)
    result = evaluate(path, split="dev", pipeline=pipeline)
    assert result.info["stance items"] == 4
    assert "TF-IDF + LR" in result.floors
    assert evaluate(path, split="dev", pipeline=pipeline, limit=2).info["stance items"] == 2
    with pytest.raises(DataError, match="no records in split 'test', only dev, train"):
        evaluate(path, pipeline=pipeline)


def test_attribution_files(tmp_path: Path) -> None:
    record = {
        "id": "a",
        "text": "“No,” Roe said.",
        "attributions": [{"source": [[6, 9]], "cue": [[10, 14]], "content": [[0, 5]]}],
    }
    path = tmp_path / "polnear.jsonl"
    path.write_text(json.dumps(record) + "\n", encoding="utf-8")
    article = article_of_record(record, where="x")
    pipeline = FakePipeline([article], OracleScorer({}))
    result = evaluate(path, pipeline=pipeline)
    assert result.primary_metric == "attribution/end_to_end_f1"
    assert result.primary.value == 1
    assert "attribution/speaker_given_match" not in result.metrics
    assert evaluate_attributor([article], pipeline).primary == result.primary


def test_wrong_paths_are_named(tmp_path: Path) -> None:
    pipeline = FakePipeline([], OracleScorer({}))
    with pytest.raises(DataError, match="no such file"):
        evaluate(tmp_path / "none", pipeline=pipeline)
    with pytest.raises(DataError, match=r"expected stance/test\.jsonl or articles/test"):
        evaluate(tmp_path, pipeline=pipeline)
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    with pytest.raises(DataError, match="no records"):
        evaluate(empty, pipeline=pipeline)


# -- attribution by hand


def test_attribution_counts_by_hand() -> None:
    article = make_article()
    gold = perfect_statements(article)
    one = replace(gold[0], source=gold[1].source)  # exact content, wrong source
    cut = gold[1].contents[0]  # "that it was too much": 16 letters, 9 of them kept
    middle = Span(cut.start, cut.start + 11)
    two = replace(gold[1], contents=(middle,), speaker=None)
    elsewhere = article.text.index("divide")
    invented = Statement("x", (Span(elsewhere, elsewhere + 6, "divide"),))
    score = score_document(article, [one, two, invented], speakers=())
    assert score.pairs == ((0, 0), (1, 1))
    metrics = attribution_metrics([score], resamples=10)
    assert metrics["content_precision"].value == pytest.approx(2 / 3)
    assert metrics["content_recall"].value == pytest.approx(2 / 4)
    assert metrics["content_f1"].value == pytest.approx(4 / 7)
    assert metrics["content_exact_f1"].value == pytest.approx(2 / 7)
    assert metrics["end_to_end_f1"].value == pytest.approx(2 / 7)
    assert metrics["source_given_match"].value == 0.5
    # Cues: 2 found of 4, both right.
    assert metrics["cue_f1"].value == pytest.approx(2 / 3)
    assert metrics["direct/content_recall"].value == 1
    assert metrics["indirect/content_precision"].value == pytest.approx(1 / 2)
    assert metrics["indirect/content_recall"].value == pytest.approx(1 / 3)
    assert metrics["speaker_given_match"].value == 0.5
    assert metrics["speaker_unknown_rate"].value == 0.5
    assert metrics["modality_given_match"].value == 1
    assert {m.kind for m in score.mistakes} == {"source", "speaker", "missed", "invented"}
    constructions = construction_scores([score])
    assert not constructions[1].passes  # the source is wrong
    assert constructions[38].passes
    assert not constructions[15].passes  # something was invented
    assert (constructions[53].right, constructions[53].places) == (0, 1)


def test_strict_constructions_ask_for_modality_and_speaker() -> None:
    article = make_article()
    gold = perfect_statements(article)
    gold[1] = replace(gold[1], modality="asserted")
    gold[2] = replace(gold[2], speaker=gold[0].speaker)
    scores = construction_scores([score_document(article, gold)])
    assert (scores[38].right, scores[38].strict) == (1, 0)
    # The fake speaker j1 is not among the predicted ones any more.
    assert (scores[53].right, scores[53].strict) == (1, 0)


def test_both_without_a_source_agree() -> None:
    article = make_article()
    gold = perfect_statements(article)
    assert gold[3].source is None
    score = score_document(article, [gold[3]])
    assert score.counts["source"] == 1
    given = replace(gold[3], source=gold[0].source, speaker=gold[0].speaker)
    score = score_document(article, [given])
    assert "source" not in score.counts
    assert score.counts["unnamed/invented"] == 1


def test_better_source_decides_between_equal_contents() -> None:
    article = make_article()
    gold = perfect_statements(article)
    wrong = replace(gold[0], id="w", source=gold[1].source)
    assert score_document(article, [wrong, gold[0]]).pairs == ((0, 1),)


def test_joint_speakers_are_their_members() -> None:
    article = make_article()
    gold = perfect_statements(article)
    roe = Speaker("x1", "Roe", "person")
    diaz = Speaker("x2", "Councillor Luis Diaz", "person")
    other = Speaker("x3", "Someone Else", "person")
    both = Speaker("x4", "both", "group", (), ("x1", "x2"))
    for members, right in (((roe, diaz), 1), ((roe, other), 0), ((roe,), 0)):
        speaker = replace(both, members=tuple(s.id for s in members))
        found = replace(gold[2], speaker=speaker)
        score = score_document(article, [found], speakers=[*members, speaker])
        assert score.counts["named/right"] == right


@pytest.mark.parametrize(
    ("found", "gold", "others", "same"),
    [
        ("ann roe", "Ann Roe", (), True),
        ("Roe", "Ann Roe", (), True),
        ("Minister Ann Roe", "Ann Roe", (), True),
        ("Roe", "Ann Roe", ("Peter Roe",), False),
        ("Ann Roe", "Ann Roe", ("Roe",), True),
        ("Ann Roe", "Sister Ann Roe", (), True),
        ("Ann Roe's sister", "Ann Roe", (), False),
        ("Ann Roe's spokesman", "Ann Roe", (), False),
        ("a spokesman for Ann Roe", "Ann Roe", (), False),
        ("the Bank of England", "England", (), False),
        ("Kremlin", "the Kremlin", (), True),
        ("two officials", "officials", (), True),
        ("Luis Diaz", "Ann Roe", (), False),
        ("", "Ann Roe", (), False),
    ],
)
def test_names(found: str, gold: str, others: tuple[str, ...], same: bool) -> None:
    assert same_speaker(found, gold, others=others) is same


# -- stance


def test_stance_metrics_by_hand() -> None:
    items = [item_of_record(r, where=f"f:{i}") for i, r in enumerate(STANCE_RECORDS)]
    p = np.array([[0.8, 0.1, 0.1], [0.7, 0.2, 0.1], [0.2, 0.2, 0.6], [0.1, 0.2, 0.7]])
    scores = score_items(items, p, resamples=50)
    metrics = scores.metrics
    # against→favor, favor, none, favor→none
    assert metrics["accuracy"].value == 0.5
    assert metrics["reversed_polarity"].value == pytest.approx(1 / 3)
    assert metrics["polarity_accuracy"].value == pytest.approx(1 / 3)
    assert metrics["favor/f1"].value == pytest.approx(0.5)
    assert metrics["against/f1"].value == 0
    assert metrics["none/f1"].value == pytest.approx(2 / 3)
    assert metrics["macro_f1"].value == pytest.approx((0.5 + 2 / 3) / 3)
    assert metrics["f_avg"].value == pytest.approx(0.25)
    assert scores.confusion.tolist() == [[1, 0, 1], [1, 0, 0], [0, 0, 1]]
    assert [m.kind for m in scores.mistakes] == ["reversed", "stance"]
    assert scores.mistakes[0].where == "f:0"
    assert scores.breakdowns["target"]["higher fares"]["accuracy"] == pytest.approx(2 / 3)


def test_sets_without_none_average_two_labels() -> None:
    records = [STANCE_RECORDS[0], STANCE_RECORDS[1]]
    items = [item_of_record(r, where="x") for r in records]
    scorer = OracleScorer({(i.premise.text, i.target.name): str(i.label) for i in items})
    result = evaluate_stance_items(items, scorer)
    assert value(result, "stance/macro_f1") == 1
    assert "TF-IDF + LR" not in result.floors
    assert value(result, "stance/none/f1") == 0


def test_statements_of_one_text_are_resampled_together() -> None:
    records = [{**STANCE_RECORDS[0], "target": f"t{i}"} for i in range(5)]
    items = [item_of_record(r, where="x") for r in records]
    p = np.array([constant("against", 1)[0], *constant("favor", 4)])
    metric = score_items(items, p).metrics["accuracy"]
    assert (metric.low, metric.value, metric.high) == (0.2, 0.2, 0.2)


def test_records_that_are_wrong_are_named(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"text": "a", "target": "b", "label": "pro"}\n', encoding="utf-8")
    with pytest.raises(DataError, match=r"x\.jsonl:1: unknown label 'pro'"):
        read_stance_jsonl(path)
    for record in ({"text": "a", "label": "favor"}, {"target": "b", "label": "favor"}):
        with pytest.raises(DataError, match="y:1: expected text, label, and target or claim"):
            item_of_record(record, where="y:1")
    sentiment = {"text": "a", "mention": "Roe", "sentiment": "negative"}
    assert item_of_record(sentiment, where="x").label == "against"
    items = [item_of_record(sentiment, where="x")]
    with pytest.raises(ValueError, match="shape"):
        score_items(items, np.ones((2, 3)))
    with pytest.raises(DataError, match="no stance records"):
        evaluate_stance_items([], OracleScorer({}))


def test_gold_statements_as_premises() -> None:
    article = make_article()
    items = gold_statement_items(article)
    assert len(items) == 8
    assert [i.label for i in items[:4]] == ["against", "none", "favor", "none"]
    premise = premise_of(article, article.statements[0])
    assert premise.text == "“Nobody can pay that,” Ann Roe said"
    assert premise.speaker == "Ann Roe"
    leaning = premise_of(article, article.statements[1])
    assert leaning.context == "“Nobody can pay that,” Ann Roe said."
    assert premise_of(article, article.statements[3]).speaker is None


def test_speaker_stances_end_to_end_by_hand() -> None:
    article = make_article()
    report = perfect_report(article)
    speakers = (
        Speaker("a", "Roe", "person"),
        Speaker("b", "Stranger Dan", "person"),
        Speaker("c", "both", "group", (), ("a", "b")),
    )
    labels = {("a", "fares"): "favor", ("b", "fares"): "against", ("c", "tunnel"): "favor"}
    report = replace(
        report,
        statements=(),
        speakers=speakers,
        summaries=tuple(
            SpeakerSummary(s, t, label, 0.0, 0.0, 0.0, ())  # type: ignore[arg-type]
            for (s, t), label in labels.items()
        ),
    )
    assert {k: v.id for k, v in match_speakers(article, report).items()} == {"p1": "a"}
    pairs = [
        (i.premise.speaker, i.target.id, i.label, label)
        for i, label in speaker_stance_items(article, report)
    ]
    assert pairs == [
        ("Ann Roe", "fares", "against", "favor"),
        ("Ann Roe", "tunnel", "favor", "none"),
        ("Luis Diaz", "fares", "favor", "none"),
        ("Luis Diaz", "tunnel", "none", "none"),
        ("Stranger Dan", "fares", "none", "against"),
    ]


# -- baselines


def test_baselines() -> None:
    assert majority_label(["none", "favor", "favor"]) == "favor"
    assert majority_label(["none", "against"]) == "against"
    assert constant("against", 2).tolist() == [[0, 1, 0], [0, 1, 0]]
    premises = [Premise(t) for t in ("good good", "bad bad", "good thing", "bad thing")]
    targets = [Target.from_text("it")] * 4
    labels: list[StanceLabel] = ["favor", "against", "favor", "against"]
    model = TfidfBaseline().fit(premises, targets, labels)
    p = model.score_pairs(premises, targets)
    assert p.argmax(axis=1).tolist() == [0, 1, 0, 1]
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert (p[:, 2] == 0).all()
    only = TfidfBaseline().fit(premises, targets, ["none"] * 4)
    assert only.score_pairs(premises, targets).tolist() == [[0, 0, 1]] * 4
