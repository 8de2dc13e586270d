"""The stages joined, with the fakes of stancekit.testing in place of the models."""

from __future__ import annotations

import dataclasses
import pickle
from pathlib import Path
from typing import Any

import pytest

from stancekit.errors import ConfigError
from stancekit.hypotheses import Target
from stancekit.pipeline import StancePipeline, default_targets, make_target
from stancekit.testing import RuleAttributor, fake_pipeline
from stancekit.types import Report, Statement

ARTICLE = """Ann Roe said the town supports a carbon tax. Tom Diaz opposes a carbon tax.

“We reject a carbon tax,” Diaz said. It rained. "We want a carbon tax," said Roe.
"""


def check(report: Report) -> None:
    text = report.document.text
    spans = [s for statement in report.statements for s in statement.spans]
    spans += [m for speaker in report.speakers for m in speaker.mentions]
    for span in spans:
        assert text[span.start : span.end] == span.text
    known = {s.id for s in report.speakers}
    for statement in report.statements:
        assert list(statement.stances) == [t.id for t in report.targets]
        assert statement.speaker is None or statement.speaker.id in known
    ids = {s.id for s in report.statements}
    assert len(ids) == len(report.statements)
    for summary in report.summaries:
        assert summary.speaker in known
        assert set(summary.statements) <= ids
        assert -1 <= summary.low <= summary.score <= summary.high <= 1
    for skipped in report.skipped:
        assert 0 <= skipped.start < skipped.end <= len(text)


def labels(report: Report, target: str) -> dict[str, str]:
    names = {s.id: s.name for s in report.speakers}
    return {names[s.speaker]: s.label for s in report.summaries if s.target == target}


def test_the_scorer_is_told_which_statements_are_of_one_article(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pipeline = fake_pipeline(targets=["a carbon tax"])
    asked: list[Any] = []
    answer = pipeline.scorer.predict_proba

    def predict_proba(*given: Any, articles: Any = None) -> Any:
        asked.append(articles)
        return answer(*given)

    monkeypatch.setattr(pipeline.scorer, "predict_proba", predict_proba)
    reports = list(pipeline.run_many([ARTICLE, "It rained.", ARTICLE], batch_size=3))
    assert asked == [[0] * 4 + [2] * 4]
    assert reports[0].statements == reports[2].statements


def test_an_article() -> None:
    report = fake_pipeline(targets=["a carbon tax"]).run(ARTICLE, id="a1")
    check(report)
    assert [(s.source.text if s.source else None, s.kind) for s in report.statements] == [
        ("Ann Roe", "indirect"),
        ("Tom Diaz", "indirect"),
        ("Diaz", "direct"),
        ("Roe", "direct"),
    ]
    assert labels(report, "a-carbon-tax") == {"Ann Roe": "favor", "Tom Diaz": "against"}
    assert report.document.id == "a1"
    assert report.models["stance"] == "keywords"
    assert report.to_dict()["targets"] == [
        {
            "id": "a-carbon-tax",
            "name": "a carbon tax",
            "favor": ["{speaker} supports a carbon tax."],
            "against": ["{speaker} opposes a carbon tax."],
        }
    ]


@pytest.mark.parametrize("text", ["", " \n\n ", "\ufeff", "No one spoke.", "\x00\x01", "“" * 50])
def test_texts_without_statements(text: str) -> None:
    report = fake_pipeline().run(text)
    check(report)
    assert report.document.text == text
    assert all(s.speaker is None for s in report.statements)
    assert report.summaries == ()


@pytest.mark.parametrize(
    "text",
    [
        "\ud800 said \udfff that it is.",
        "Roe said " + "a" * 20_000,
        "said said said: “”“”\"\"'' said ,,, .",
        "🙂 said 🙂. “🙂,” said 🙂.",
        "<script>alert('Roe said no')</script>",
        "روي said لا.\u202e Roe said no.",
        ("Roe said no. " * 500).strip(),
    ],
)
def test_rubbish(text: str) -> None:
    report = fake_pipeline().run(text)
    check(report)
    report.to_json()
    report.to_html()


def test_targets_with_the_same_slug_get_numbers() -> None:
    pipeline = fake_pipeline(targets=["a tax", "A tax!", Target.from_text("a tax"), "НАТО", "ЕС"])
    assert [t.id for t in pipeline.targets] == ["a-tax", "a-tax-2", "a-tax-3", "target", "target-2"]
    report = pipeline.run(ARTICLE)
    check(report)
    assert len(report.statements[0].stances) == 5


def test_joint_speakers_count_for_each() -> None:
    text = (
        "Ann Roe said the town needs time. Tom Diaz said it rained. "
        "Both leaders said they want a carbon tax."
    )
    report = fake_pipeline(targets=["a carbon tax"]).run(text)
    check(report)
    joint = report.statements[-1].speaker
    assert joint is not None
    assert len(joint.members) == 2
    assert labels(report, "a-carbon-tax") == {"Ann Roe": "favor", "Tom Diaz": "favor"}


def test_the_default_targets() -> None:
    assert [t.id for t in default_targets()] == ["peace", "territory", "nato"]
    assert fake_pipeline().targets == default_targets()
    assert all("{speaker}" in s for t in default_targets() for s in (*t.favor, *t.against))


def test_targets_of_one_run() -> None:
    pipeline = fake_pipeline(targets=["a tax"])
    report = pipeline.run(ARTICLE, targets=["a carbon tax", "a dam"])
    assert [t.id for t in report.targets] == ["a-carbon-tax", "a-dam"]
    assert [t.id for t in pipeline.run(ARTICLE).targets] == ["a-tax"]


def test_no_target() -> None:
    with pytest.raises(ConfigError, match="at least one target"):
        fake_pipeline(targets=[])
    with pytest.raises(ConfigError, match="at least one target"):
        fake_pipeline().run("x", targets=[])


def test_a_string_is_not_a_list_of_targets() -> None:
    with pytest.raises(TypeError, match="expected a list, not the single string 'a tax'"):
        fake_pipeline(targets="a tax")


def test_run_many_is_lazy_and_names_articles() -> None:
    def texts() -> Any:
        yield "Roe said no."
        yield ""
        raise AssertionError("asked for too much")

    reports = fake_pipeline().run_many(texts(), ids=["a"], batch_size=2)
    first, second = next(reports), next(reports)
    assert (first.document.id, second.document.id) == ("a", "")
    with pytest.raises(ValueError, match="batch_size"):
        next(fake_pipeline().run_many(["a"], batch_size=0))


@pytest.mark.parametrize("batch_size", [1, 2, 3, 8])
def test_run_many_gives_what_run_gives(batch_size: int) -> None:
    texts = [ARTICLE, "", ARTICLE.replace("Roe", "Diaz"), "Nobody said a thing.", ARTICLE]
    pipeline = fake_pipeline()
    many = list(pipeline.run_many(texts, batch_size=batch_size))
    assert [r.to_dict() for r in many] == [pipeline.run(t).to_dict() for t in texts]


def test_run_many_shows_progress_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(list(fake_pipeline().run_many(["a", "b"], show_progress=True))) == 2
    assert capsys.readouterr().out == ""


def test_below_the_least_confidence_a_stance_is_none() -> None:
    asked = ["a carbon tax"]
    report = fake_pipeline(targets=asked, min_confidence=0.95).run(ARTICLE)
    assert {s.stances["a-carbon-tax"].label for s in report.statements} == {"none"}
    # The probabilities stay as they are.
    assert report.statements[0].stances["a-carbon-tax"].favor == pytest.approx(0.9)


def test_the_same_text_gives_the_same_report() -> None:
    pipeline = fake_pipeline()
    assert pipeline.run(ARTICLE) == pipeline.run(ARTICLE) == fake_pipeline().run(ARTICLE)


def test_a_pipeline_from_a_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    fake = fake_pipeline()
    monkeypatch.setattr(
        "stancekit.pipeline.Attributor.from_pretrained",
        lambda *args, **kwargs: asked.append((args, kwargs)) or fake.attributor,
    )
    monkeypatch.setattr(
        "stancekit.pipeline.StanceScorer.from_pretrained",
        lambda *args, **kwargs: asked.append((args, kwargs)) or fake.scorer,
    )
    path = tmp_path / "c.toml"
    path.write_text(
        'min_confidence = 0.5\n[models]\nstance = "s"\nattribution = "a"\nthreads = 2\n'
        'precision = "int8"\n[[target]]\ntext = "a carbon tax"\n'
    )
    pipeline = StancePipeline.from_config(path)
    assert asked == [
        (("a",), {"threads": 2, "precision": "int8"}),
        (("s",), {"threads": 2, "precision": "int8", "mode": None}),
    ]
    assert pipeline.min_confidence == 0.5
    assert [t.id for t in pipeline.targets] == ["a-carbon-tax"]
    overruled = StancePipeline.from_config(path, targets=["a dam"], model="t", threads=1)
    assert asked[3] == (("t",), {"threads": 1, "precision": "int8", "mode": None})
    assert [t.id for t in overruled.targets] == ["a-dam"]


def test_make_target_keeps_names(tmp_path: Path) -> None:
    from stancekit.config import TargetSection

    made = make_target(TargetSection(claim="Tax it", name="Taxing"))
    assert (made.id, made.name) == ("tax-it", "Taxing")
    assert make_target(TargetSection(text="a tax", id="t")).id == "t"


# -- the attributor of stancekit.testing


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Roe said that it rained.", [("Roe", "said", "it rained.")]),
        ("Ann Roe says it rained.", [("Ann Roe", "says", "it rained.")]),
        ("Roe said: “It rained.”", [("Roe", "said", "“It rained.”")]),
        ("“It rained,” Roe said.", [("Roe", "said", "“It rained,”")]),
        ("“It rained,” said Ann Roe.", [("Ann Roe", "said", "“It rained,”")]),
        ("Roe left. “It rained.”", [(None, None, "“It rained.”")]),
        ("It rained.", []),
    ],
)
def test_the_rule_attributor(text: str, expected: list[tuple[str | None, ...]]) -> None:
    def words(s: Statement) -> tuple[str | None, ...]:
        return (s.source.text if s.source else None, s.cue.text if s.cue else None, s.content)

    statements = RuleAttributor().attribute(text)
    assert [words(s) for s in statements] == expected
    assert [dataclasses.replace(s).id for s in statements] == [
        f"s{i + 1}" for i in range(len(expected))
    ]


def test_a_pickled_pipeline_keeps_its_settings() -> None:
    made = fake_pipeline(targets=["a carbon tax"])
    made.min_confidence = 0.7
    again = pickle.loads(pickle.dumps(made))
    assert again.targets == made.targets
    assert again.min_confidence == 0.7
    assert again.run(ARTICLE).to_json() == made.run(ARTICLE).to_json()
