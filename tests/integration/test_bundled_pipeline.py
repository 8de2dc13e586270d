"""The main job on the bundled models, as a user runs it."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import stancekit
from stancekit import Attributor, Report, StancePipeline, StanceScorer, Target
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
        "class Refused(socket.socket):\n"
        "    def __init__(self, *a, **k): raise AssertionError('a socket was opened')\n"
        "socket.socket = Refused\n"
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
    assert np.abs(together - np.array(alone)).max() < 1e-3
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


def test_batches_threads_and_turns_change_nothing(pipeline: StancePipeline) -> None:
    texts = [
        "“We want the tram,” Ida Moen said. Tom Hale told the council that it was a waste.",
        "Nobody spoke.",
        "Tom Hale rejected the tram. “Not here,” he said. “Not now.”",
        "Ida Moen said \ud800 the tram was “long overdue.",
    ]
    options = {"targets": pipeline.targets[:1], "attributor": pipeline.attributor}
    one = StancePipeline(**options, scorer=pipeline.scorer)
    expected = [one.run(text).to_json() for text in texts]
    for size in (1, 3):
        assert [r.to_json() for r in one.run_many(texts, batch_size=size)] == expected
    found: dict[int, list[str]] = {}

    def work(number: int) -> None:
        order = texts if number else texts[::-1]
        found[number] = [one.run(text).to_json() for text in order]

    workers = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert (found[1], found[0][::-1]) == (expected, expected)
    other = StancePipeline(
        targets=pipeline.targets[:1],
        attributor=Attributor.from_pretrained(threads=2),
        scorer=StanceScorer.from_pretrained(threads=2),
    )
    for text in texts:
        a, b = one.run(text), other.run(text)
        assert [s.contents for s in a.statements] == [s.contents for s in b.statements]
        for s, t in zip(a.statements, b.statements, strict=True):
            for target, stance in s.stances.items():
                assert stance.label == t.stances[target].label
                assert stance.score == pytest.approx(t.stances[target].score, abs=1e-3)


def test_json_is_the_same_twice(pipeline: StancePipeline) -> None:
    text = (EXAMPLES / "kestrel-dock-talks.txt").read_text(encoding="utf-8")
    targets = ["the dock strike"]
    first = pipeline.run(text, targets=targets).to_json()
    assert first == pipeline.run(text, targets=targets).to_json()
    assert json.loads(first)["targets"][0]["name"] == "the dock strike"


def test_a_pickled_pipeline_is_the_same(pipeline: StancePipeline) -> None:
    made = StancePipeline(targets=["lower ferry fares"], mode="exact", min_confidence=0.4)
    again = pickle.loads(pickle.dumps(made))
    assert again is not made
    text = "Ferry fares must fall, Aoife Brannigan told the council. Tom Hale was against it."
    assert again.run(text).to_json() == made.run(text).to_json()
    assert again.run(text).targets[0].name == "lower ferry fares"
