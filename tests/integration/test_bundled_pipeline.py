"""The main job on the bundled models, as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import stancekit
from stancekit import Report, StancePipeline, Target
from stancekit.hypotheses import Premise
from stancekit.inference.folder import ModelFolder
from stancekit.stance.classifiers import OnnxPairs
from stancekit.stance.scorer import BUNDLED

EXAMPLES = Path(__file__).resolve().parents[2] / "fixtures" / "examples"


@pytest.fixture(scope="module")
def pipeline() -> StancePipeline:
    return StancePipeline()


@pytest.fixture(scope="module")
def truce(pipeline: StancePipeline) -> Report:
    text = (EXAMPLES / "truce-talks-announced.txt").read_text(encoding="utf-8")
    return pipeline.run(text, id="truce")


def summary(report: Report, name: str, target: str) -> stancekit.SpeakerSummary:
    ids = {s.id for s in report.speakers if s.name == name}
    assert ids, f"{name} not among {[s.name for s in report.speakers]}"
    return next(s for s in report.summaries if s.speaker in ids and s.target == target)


@pytest.mark.parametrize(
    ("name", "target", "label"),
    [
        ("Donald Trump", "peace", "favor"),
        ("Pete Hegseth", "territory", "against"),
    ],
)
def test_speakers_stand_where_the_article_puts_them(
    truce: Report, name: str, target: str, label: str
) -> None:
    found = summary(truce, name, target)
    assert found.label == label
    assert found.statements
    assert found.low <= found.score <= found.high


def test_the_stance_model_needs_no_float32() -> None:
    """In 8 bits, or in mixed precision on processors that round otherwise, it keeps its labels."""
    assert OnnxPairs(ModelFolder.open(BUNDLED)).precision in ("int8", "mixed")


def test_a_joint_source_counts_for_each_member(pipeline: StancePipeline) -> None:
    text = (
        "Prime Minister Ann Roe met the rebel commander Boris Dahl in Geneva on Monday. "
        "Both leaders expressed a desire for peace."
    )
    report = pipeline.run(text, targets=["peace between the army and the rebels"])
    for name in ("Ann Roe", "Boris Dahl"):
        assert summary(report, name, report.targets[0].id).label == "favor"


def test_evidence_is_by_the_speaker(truce: Report) -> None:
    by_id = {s.id: s for s in truce.statements}
    for line in truce.summaries:
        for statement in line.statements:
            speaker = by_id[statement].speaker
            assert speaker is not None
            assert line.speaker in (speaker.id, *speaker.members)


def test_spans_slice_back(truce: Report) -> None:
    for statement in truce.statements:
        for span in statement.spans:
            assert truce.document.text[span.start : span.end] == span.text


def test_a_second_process_needs_neither_torch_nor_onnx_nor_a_network(tmp_path: Path) -> None:
    code = (
        "import sys, socket\n"
        "def refuse(*a, **k): raise AssertionError('a socket was opened')\n"
        "socket.socket.connect = refuse\n"
        "import stancekit\n"
        "stancekit.analyze('“We want peace,” Ann Roe said.')\n"
        "print([m for m in ('torch', 'transformers', 'onnx', 'datasets') if m in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=dict(os.environ),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_results_do_not_depend_on_company(pipeline: StancePipeline) -> None:
    premises = [
        Premise("“The boat is full,” he said.", "Tom Hale"),
        Premise("She wants the ferry fares cut before the winter.", "Aoife Brannigan"),
        Premise("“Not in my lifetime,” the widow said when asked about the barrier.", "Ida Moen"),
    ]
    target = Target.from_text("accepting refugees")
    together = pipeline.scorer.score_pairs(premises, [target] * 3)
    alone = [pipeline.scorer.score_pairs([p], [target])[0] for p in premises]
    assert np.abs(together - np.array(alone)).max() < 1e-2
    assert together.argmax(axis=1).tolist() == [int(a.argmax()) for a in alone]


PLAIN = [
    ("Minister Ida Moen said the tram line was long overdue.", "Ida Moen", "favor"),
    ("“I am all for the tram,” she said.", "Ida Moen", "favor"),
    ("Ida Moen called the tram line a waste of money.", "Ida Moen", "against"),
    ("Ida Moen rejected the tram line and urged the council to drop it.", "Ida Moen", "against"),
    ("The tram line will be 14 kilometres long, the office said.", "the office", "none"),
]


@pytest.mark.parametrize(("text", "speaker", "label"), PLAIN)
def test_plain_statements_are_read_right(
    pipeline: StancePipeline, text: str, speaker: str, label: str
) -> None:
    target = Target.from_text("the new tram line")
    record = {"text": text, "speaker": speaker}
    assert pipeline.scorer.predict([record], [target])[0][0].label == label


def test_the_opposite_target_turns_the_label(pipeline: StancePipeline) -> None:
    statement = {"text": "Ida Moen called the tram line a waste of money.", "speaker": "Ida Moen"}
    for_it, against_it = pipeline.scorer.predict(
        [statement], ["building the tram line", "scrapping the tram line"]
    )[0]
    assert (for_it.label, against_it.label) == ("against", "favor")


def test_json_is_the_same_twice(pipeline: StancePipeline) -> None:
    text = (EXAMPLES / "kestrel-dock-talks.txt").read_text(encoding="utf-8")
    targets = ["the dock strike"]
    first = pipeline.run(text, targets=targets).to_json()
    assert first == pipeline.run(text, targets=targets).to_json()
    assert json.loads(first)["targets"][0]["name"] == "the dock strike"
