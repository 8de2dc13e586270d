"""Attributions to brat, Label Studio and spaCy, and back into training records."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import report_examples as examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stancekit.annotations import (
    LABELLING_INTERFACE,
    LabelledText,
    labelled_text,
    read_labels,
    task_lines,
    write_brat,
    write_docbin,
    write_label_studio,
    write_records,
)
from stancekit.errors import DataError, InputError, MissingExtraError
from stancekit.text import read_document
from stancekit.training.config import DataSource
from stancekit.training.data import read_records
from stancekit.types import KINDS, MODALITIES, Report, Span, Speaker, Statement

FORMATS: dict[str, tuple[str, Callable[[Any, Path], None]]] = {
    "brat": ("folder", write_brat),
    "label-studio": ("tasks.json", write_label_studio),
    "docbin": ("docs.spacy", write_docbin),
}


@pytest.fixture(params=FORMATS)
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def there_and_back(form: str, reports: Report | list[Report], folder: Path) -> list[LabelledText]:
    name, write = FORMATS[form]
    write(reports, folder / name)
    return read_labels(folder / name)


def of(text: str, *statements: dict[str, Any], id: str = "a.txt") -> Report:
    """A report with statements whose roles are given as pairs of offsets."""

    def at(pair: tuple[int, int]) -> Span:
        return Span(*pair, text[pair[0] : pair[1]])

    made = tuple(
        Statement(
            id=f"s{number}",
            contents=tuple(at(pair) for pair in given["content"]),
            source=at(given["source"]) if "source" in given else None,
            cue=at(given["cue"]) if "cue" in given else None,
        )
        for number, given in enumerate(statements, start=1)
    )
    return Report(read_document(text, id=id), (), made, (), ())


def words(labelled: LabelledText) -> list[dict[str, list[str]]]:
    return [
        {
            role: [labelled.text[a:b] for a, b in attribution.ranges(role)]
            for role in ("source", "cue", "content")
        }
        for attribution in labelled.attributions
    ]


# --- what a report says, in the form of labels -------------------------------


def test_labels_of_a_report() -> None:
    labelled = labelled_text(examples.harbour())
    assert labelled.id == "harbour.txt"
    assert len(labelled.attributions) == 10
    first, last = labelled.attributions[0], labelled.attributions[-1]
    assert (first.kind, first.modality, first.speaker) == ("mixed", "asserted", "Ilse Brandt")
    assert last.source == () and last.speaker == ""
    assert words(labelled)[1]["content"] == [
        '"We have waited for thirty years,"',
        '"We will not wait for thirty more."',
    ]


def test_windows_line_ends_become_line_feeds_and_offsets_follow() -> None:
    text = "Hi.\r\n\r\n😀 Ann said\rthat it\r\nrained.\r\n"
    start = text.index("Ann")
    report = of(
        text,
        {
            "source": (start, start + 3),
            "cue": (start + 4, start + 8),
            "content": [(start + 9, len(text))],
        },
    )
    labelled = labelled_text(report)
    assert labelled.text == "Hi.\n\n😀 Ann said\nthat it\nrained.\n"
    assert words(labelled) == [
        {"source": ["Ann"], "cue": ["said"], "content": ["that it\nrained."]}
    ]


def test_spans_lose_white_space_and_what_lies_outside() -> None:
    text = "Ann said  so "
    labelled = labelled_text(
        of(text, {"content": [(8, 40)], "source": (0, 4)}, {"content": [(8, 10)]})
    )
    assert words(labelled) == [{"source": ["Ann"], "cue": [], "content": ["so"]}]


def test_lone_surrogates_become_characters_that_files_can_hold() -> None:
    labelled_text(examples.hostile()).text.encode("utf-8")


# --- there and back ----------------------------------------------------------


@pytest.mark.parametrize(
    "make", [examples.harbour, examples.hostile, examples.crossing, examples.empty]
)
def test_reports_come_back_as_they_went(
    form: str, make: Callable[[], Report], tmp_path: Path
) -> None:
    report = make()
    (found,) = there_and_back(form, report, tmp_path)
    expected = labelled_text(report)
    assert found.text == expected.text
    assert found.attributions == expected.attributions


def test_ids_come_back(form: str, tmp_path: Path) -> None:
    found = there_and_back(form, [examples.harbour(), examples.empty()], tmp_path)
    assert [labelled.id for labelled in found] == ["harbour.txt", "quiet.txt"]


def test_emoji_pieces_and_lines(form: str, tmp_path: Path) -> None:
    text = "😀😀 Ann\n\nsaid, 🎉yes\n \n“no”🎉 and\tmore\x85end"
    report = of(
        text,
        # Pieces with nothing but line ends between them stay two.
        {"source": (3, 6), "cue": (8, 12), "content": [(14, 18), (21, 25)]},
        # A span over lines stays one; the source is the first statement's.
        {"source": (3, 6), "content": [(8, len(text))]},
        {"content": [(14, 18)]},
        {"content": [(14, 18)], "cue": (8, 12)},
    )
    (found,) = there_and_back(form, report, tmp_path)
    assert found.attributions == labelled_text(report).attributions
    assert words(found)[0]["content"] == ["🎉yes", "“no”"]
    assert words(found)[1]["content"] == [text[8:]]


@st.composite
def _reports(draw: st.DrawFn) -> Report:
    text = draw(
        st.text(st.sampled_from("ab \n\r\t“.😀é\u2028\x0c\x85\x00\ufeff;:|\\"), max_size=50)
    )
    n = len(text)
    spans = st.tuples(st.integers(0, n + 2), st.integers(0, n + 2)).map(
        lambda pair: Span(min(pair), max(pair))
    )
    statements = draw(
        st.lists(
            st.builds(
                Statement,
                id=st.uuids().map(str),
                contents=st.lists(spans, min_size=1, max_size=3).map(tuple),
                source=st.none() | spans,
                cue=st.none() | spans,
                kind=st.sampled_from(KINDS),
                modality=st.sampled_from(MODALITIES),
                speaker=st.none() | st.builds(Speaker, id=st.just("x"), name=st.text(max_size=9)),
            ),
            max_size=5,
        )
    )
    return Report(read_document(text, id="a.txt"), (), tuple(statements), (), ())


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(report=_reports())
def test_any_report_comes_back(
    form: str, report: Report, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (found,) = there_and_back(form, report, tmp_path_factory.mktemp("any"))
    expected = labelled_text(report)
    assert found.text == expected.text
    assert found.attributions == expected.attributions


def test_every_span_lies_in_the_text_and_has_no_white_space_at_its_ends() -> None:
    @settings(max_examples=200, deadline=None)
    @given(_reports())
    def check(report: Report) -> None:
        labelled = labelled_text(report)
        for attribution in labelled.attributions:
            assert attribution.content
            for role in ("source", "cue", "content"):
                for start, end in attribution.ranges(role):
                    piece = labelled.text[start:end]
                    assert piece and piece == piece.strip() and end <= len(labelled.text)

    check()


def test_training_reads_what_comes_back(form: str, tmp_path: Path) -> None:
    found = there_and_back(form, [examples.harbour(), examples.crossing()], tmp_path)
    path = tmp_path / "train.jsonl"
    with path.open("w", encoding="utf-8") as file:
        write_records(found, file)
    records = read_records(path, DataSource(path=path.name, format="attribution"), seed=1)
    assert [len(record["attributions"]) for record in records] == [10, 4]
    assert set(records[0]) == {"id", "text", "attributions"}
    first = records[0]["attributions"][0]
    assert records[0]["text"][slice(*first["source"][0])] == "Mayor Ilse Brandt"
    assert first["kind"] == "mixed" and first["speaker"] == "Ilse Brandt"
    assert "speaker" not in records[0]["attributions"][-1]


# --- brat --------------------------------------------------------------------

ANN = "\n".join(
    (
        "T1\tStatement 9 11\tso",
        "T2\tSource 0 3\tAnn",
        "T3\tCue 4 8\tsaid",
        "E1\tStatement:T1 Source:T2 Cue:T3",
        "A1\tKind E1 indirect",
        "#1\tAnnotatorNotes E1\tSpeaker: Ann Lee",
        "",
    )
)


def brat(folder: Path, ann: str | bytes, text: str | bytes = "Ann said so, so.") -> Path:
    for name, content in (("a.ann", ann), ("a.txt", text)):
        data = content.encode() if isinstance(content, str) else content
        (folder / name).write_bytes(data)
    return folder


def test_brat_files(tmp_path: Path) -> None:
    write_brat([examples.harbour(), replace_id(examples.empty(), "HARBOUR.txt")], tmp_path / "o")
    names = sorted(path.name for path in (tmp_path / "o").iterdir())
    assert names == [
        "HARBOUR-2.ann", "HARBOUR-2.txt", "annotation.conf", "harbour.ann", "harbour.txt",
        "visual.conf",
    ]  # fmt: skip
    lines = (tmp_path / "o" / "harbour.ann").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("T1\tStatement ") and lines[0].endswith('"whatever it costs"')
    assert "E1\tStatement:T1 Source:T2 Cue:T3" in lines
    assert "A1\tKind E1 mixed" in lines
    assert "#1\tAnnotatorNotes E1\tSpeaker: Ilse Brandt" in lines
    assert any("Content:" in line for line in lines if line.startswith("E2"))
    # Two statements name the same source; brat shows it once.
    assert sum("\tBoth leaders" in line and line.startswith("T") for line in lines) == 1
    conf = (tmp_path / "o" / "annotation.conf").read_text(encoding="utf-8")
    for section in ("entities", "relations", "events", "attributes"):
        assert f"[{section}]\n" in conf


def replace_id(report: Report, id: str) -> Report:
    return replace(report, document=replace(report.document, id=id))


def test_brat_does_not_write_over_annotations(tmp_path: Path) -> None:
    write_brat(examples.harbour(), tmp_path / "o")
    with pytest.raises(InputError, match=r"holds annotations \(\.ann\) already"):
        write_brat(examples.harbour(), tmp_path / "o")
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="a file; brat needs a folder"):
        write_brat(examples.harbour(), tmp_path / "file")


def test_brat_as_people_correct_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    more = (
        "T4\tContent 13 15\tso\n"
        "E1\tStatement:T1 Source:T2 Cue:T3 Content:T4\n"
        "T5\tStatement 0 3;9 11\tAnn so\n"  # fragments, and marked without an event
        "T6\tPerson 0 3\tAnn\n"
        "R1\tSame Arg1:T2 Arg2:T6\n"
        "*\tEquiv T2 T6\n"
        "#2\tAnnotatorNotes T2\tunsure\n"
        "#3\tAnnotatorNotes E1\tanother note\n"
    )
    brat(tmp_path, ANN.replace("E1\tStatement:T1 Source:T2 Cue:T3\n", "") + more)
    (found,) = read_labels(tmp_path)
    assert words(found) == [
        {"source": ["Ann"], "cue": ["said"], "content": ["so", "so"]},
        {"source": [], "cue": [], "content": ["Ann", "so"]},
    ]
    assert found.attributions[0].speaker == "Ann Lee"
    assert "1 Person" in caplog.text and "1 Same" in caplog.text


def test_brat_numbers_arguments_of_one_role(tmp_path: Path) -> None:
    brat(tmp_path, ANN.replace("Cue:T3", "Source2:T4 Cue:T3") + "T4\tSource 12 15\tso.\n")
    with pytest.raises(DataError, match=r"a\.ann:1: the text there|a\.ann:7: the text there"):
        read_labels(tmp_path)
    brat(tmp_path, ANN.replace("Cue:T3", "Source2:T4 Cue:T3") + "T4\tSource 13 16\tso.\n")
    (found,) = read_labels(tmp_path)
    assert words(found)[0]["source"] == ["Ann", "so."]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_brat_files_that_went_through_windows(tmp_path: Path, mark: str) -> None:
    ann = ANN.replace("9 11\tso", "9 11;12 14\tso so").replace("\n", "\r\n")
    brat(tmp_path, mark + ann, mark + "Ann said so\r\nso.\r\n")
    (found,) = read_labels(tmp_path)
    assert found.text == "Ann said so\nso.\n"
    assert words(found) == [{"source": ["Ann"], "cue": ["said"], "content": ["so\nso"]}]


def test_brat_text_with_windows_line_ends_and_offsets_for_them(tmp_path: Path) -> None:
    ann = "T1\tStatement 5 7\tso\nE1\tStatement:T1\n"
    (found,) = read_labels(brat(tmp_path, ann, "Ah.\r\nso"))
    assert words(found)[0]["content"] == ["so"]
    assert found.text == "Ah.\r\nso"


def test_brat_offsets_in_utf16(tmp_path: Path) -> None:
    (found,) = read_labels(brat(tmp_path, "T1\tStatement 5 7\tso\nE1\tStatement:T1\n", "😀😀 so"))
    assert words(found)[0]["content"] == ["so"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("T1\tStatement 9 11\tso", "T1 Statement 9 11 so", r"a\.ann:1: expected an id, a tab"),
        ("9 11\tso", "9\tso", r"a\.ann:1: 'Statement 9': expected a type and offsets"),
        ("9 11\tso", "9 11\tno", r"a\.ann:1: the text there is 'so', not 'no'; was a\.txt changed"),
        ("9 11\tso", "90 99\t", r"a\.ann:4: the content 90 to 99 lies outside of the text \(16"),
        ("9 11\tso", "8 9\t ", r"a\.ann:4: the content 8 to 9 holds nothing but white space"),
        ("Source:T2", "Source:T9", r"a\.ann:4: Source:T9: there is no T9 in this file"),
        ("Source:T2", "Source:T3", r"a\.ann:4: Source:T3: T3 is a Cue"),
        ("Cue:T3", "", r"a\.ann:3: T3 \(Cue\) belongs to no Statement; link it"),
        ("Cue:T3", "Cue", r"a\.ann:4: .*: expected 'Statement:T1 Source:T2'"),
        ("T3\tCue", "T2\tCue", r"a\.ann:3: T2 is used twice; the first is on line 2"),
        ("E1 indirect", "E1 sideways", r"a\.ann:5: Kind 'sideways': expected one of direct"),
    ],
)
def test_brat_errors_name_file_and_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in ANN
    brat(tmp_path, ANN.replace(old, new))
    with pytest.raises(DataError, match=message):
        read_labels(tmp_path)


def test_brat_folders_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no \.ann file in this folder"):
        read_labels(tmp_path)
    (tmp_path / "a.ann").write_text(ANN, encoding="utf-8")
    with pytest.raises(DataError, match=r"a\.txt: can't be read: No such file"):
        read_labels(tmp_path)
    brat(tmp_path, ANN, "Ann said so, é.".encode("latin-1"))
    with pytest.raises(DataError, match=r"a\.txt: not UTF-8 \(byte 13\)"):
        read_labels(tmp_path)


def test_brat_collects_problems_of_all_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        brat(folder, "T1 no tab\n" * 12)
    with pytest.raises(DataError) as caught:
        read_labels(tmp_path)
    message = str(caught.value)
    assert len(message.splitlines()) == 21
    assert "one" in message and "two" in message and message.endswith("(and 4 more)")


# --- Label Studio ------------------------------------------------------------


def region(id: str, label: str, start: int, end: int, text: str | None = None) -> dict[str, Any]:
    value = {"start": start, "end": end, "labels": [label]} | ({"text": text} if text else {})
    return {"id": id, "from_name": "role", "to_name": "text", "type": "labels", "value": value}


def relation(start: str, end: str, **more: Any) -> dict[str, Any]:
    return {"type": "relation", "from_id": start, "to_id": end, "direction": "right", **more}


def export(
    folder: Path, *results: dict[str, Any], text: str = "Ann said so, so.", **more: Any
) -> Path:
    """A file as Label Studio exports a project with one annotated task."""
    task = {
        "id": 7,
        "data": {"text": text, "document": "a.txt"},
        "annotations": [{"id": 1, "was_cancelled": False, "result": list(results)}],
        "predictions": [{"result": [region("p", "Content", 0, 3)]}],
    }
    path = folder / "export.json"
    path.write_text(json.dumps([task | more]), encoding="utf-8")
    return path


SAID = (region("s", "Source", 0, 3), region("c", "Cue", 4, 8), region("x", "Content", 9, 11))


def test_label_studio_tasks() -> None:
    (task,) = json.loads("".join(task_lines([examples.harbour()])))
    assert task["data"] == {"text": examples.HARBOUR, "document": "harbour.txt"}
    (prediction,) = task["predictions"]
    assert prediction["model_version"] == "stancekit 0.1.0"
    assert prediction["score"] == pytest.approx(0.822)
    ids = {result["id"] for result in prediction["result"] if result["type"] == "labels"}
    interface = ElementTree.fromstring(LABELLING_INTERFACE)
    controls = {e.get("name"): e.tag for e in interface.iter() if e.get("toName") == "text"}
    assert set(controls) == {"role", "kind", "modality", "speaker"}
    for result in prediction["result"]:
        if result["type"] == "relation":
            assert {result["from_id"], result["to_id"]} <= ids
            continue
        assert result["id"] in ids
        assert controls[result["from_name"]].lower() == result["type"]
        value = result["value"]
        if result["type"] == "labels":
            assert examples.HARBOUR[value["start"] : value["end"]] == value["text"]
            assert interface.find(f".//Label[@value='{value['labels'][0]}']") is not None
        elif result["type"] == "choices":
            assert interface.find(f".//Choice[@value='{value['choices'][0]}']") is not None
    assert json.loads("".join(task_lines([]))) == []


def test_label_studio_reads_annotations_before_predictions(tmp_path: Path) -> None:
    (found,) = read_labels(export(tmp_path, *SAID, relation("x", "s"), relation("x", "c")))
    assert found.id == "a.txt"
    assert words(found) == [{"source": ["Ann"], "cue": ["said"], "content": ["so"]}]
    (nothing,) = read_labels(export(tmp_path))
    assert nothing.attributions == ()


@pytest.mark.parametrize(
    "links",
    [
        [relation("s", "x"), relation("c", "x")],
        [relation("x", "c"), relation("c", "s")],
        [relation("s", "c"), relation("x", "c")],
        [relation("s", "x", direction="left"), relation("x", "c", direction="bi")],
    ],
)
def test_label_studio_takes_relations_as_people_draw_them(
    tmp_path: Path, links: list[dict[str, Any]]
) -> None:
    (found,) = read_labels(export(tmp_path, *links, *SAID))
    assert words(found) == [{"source": ["Ann"], "cue": ["said"], "content": ["so"]}]


def test_label_studio_statements_that_share_a_source_stay_apart(tmp_path: Path) -> None:
    results = (
        *SAID,
        region("y", "Content", 13, 15),
        region("z", "Content", 12, 16),
        relation("s", "x"),
        relation("x", "c"),
        relation("c", "y"),
        relation("x", "z"),
    )
    (found,) = read_labels(export(tmp_path, *results))
    assert words(found) == [
        {"source": ["Ann"], "cue": ["said"], "content": ["so", "so."]},
        {"source": [], "cue": ["said"], "content": ["so"]},
    ]


def test_label_studio_answers(tmp_path: Path) -> None:
    answers = [
        {"id": "x", "from_name": "kind", "type": "choices", "value": {"choices": ["direct"]}},
        {"id": "x", "from_name": "speaker", "type": "textarea", "value": {"text": [" Ann  Lee"]}},
        {"id": "x", "from_name": "modality", "type": "choices", "value": {"choices": []}},
    ]
    (found,) = read_labels(export(tmp_path, *answers, SAID[2]))
    (one,) = found.attributions
    assert (one.kind, one.modality, one.speaker) == ("direct", "", "Ann Lee")


def test_label_studio_offsets_in_utf16(tmp_path: Path) -> None:
    """Early versions counted as JavaScript does; the words of the regions tell."""
    text = "👋🏽 Hola,\n soy Roberto Jr"
    marked = region("x", "Content", text.index("Roberto") + 2, len(text) + 2, "Roberto Jr")
    (found,) = read_labels(export(tmp_path, marked, text=text))
    assert words(found)[0]["content"] == ["Roberto Jr"]
    marked = region("x", "Content", text.index("Hola"), len(text), "Hola,\\n soy Roberto Jr")
    (found,) = read_labels(export(tmp_path, marked, text=text))
    assert words(found)[0]["content"] == ["Hola,\n soy Roberto Jr"]


def test_label_studio_passes_over_what_is_not_ours(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    results = (
        SAID[2],
        region("p", "Person", 0, 3),
        relation("x", "p"),
        {"id": "z", "from_name": "sentiment", "type": "choices", "value": {"choices": ["good"]}},
    )
    (found,) = read_labels(export(tmp_path, *results))
    assert words(found) == [{"source": [], "cue": [], "content": ["so"]}]
    assert "1 Person, 1 sentiment" in caplog.text


def test_label_studio_tasks_that_nobody_did(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = export(tmp_path, SAID[2])
    done = json.loads(path.read_text(encoding="utf-8"))[0]
    cancelled = [{"was_cancelled": True, "result": []}]
    tasks = [done, done | {"annotations": []}, done | {"annotations": cancelled}]
    path.write_text(json.dumps(tasks), encoding="utf-8")
    assert len(read_labels(path)) == 1
    assert "without an annotation: 2" in caplog.text
    path.write_text(json.dumps(tasks[1:]), encoding="utf-8")
    with pytest.raises(DataError, match="no annotated task"):
        read_labels(path)


def test_label_studio_two_people_on_one_task(tmp_path: Path) -> None:
    both = [{"result": [SAID[2]]}, {"result": []}]
    with pytest.raises(DataError, match="task 1 \\(id 7\\): 2 annotations; delete all but one"):
        read_labels(export(tmp_path, annotations=both))
    both[0]["ground_truth"] = True  # type: ignore[assignment]
    (found,) = read_labels(export(tmp_path, annotations=both))
    assert len(found.attributions) == 1


@pytest.mark.parametrize(
    ("results", "message"),
    [
        ([SAID[0]], r"region 's' \(Source, 'Ann'\) is linked to no content; add a relation"),
        ([*SAID, relation("x", "s")], r"region 'c' \(Cue, 'said'\) is linked to no content"),
        ([SAID[2], relation("x", "q")], "a relation names the region 'q', which is not there"),
        ([region("x", "Content", 9, 99)], r"the content 9 to 99 lies outside of the text \(16"),
        ([region("x", "Content", 8, 9)], "holds nothing but white space"),
        ([region("x", "Content", 9, 11, "no")], "region 'x' is 'no', but the text there is 'so'"),
        ([{"id": "x", "type": "labels", "value": {"start": 1}}], "region 'x' has no label"),
        ([{"id": "x", "type": "labels"}], "region 'x' has no value"),
        (
            [{"id": "x", "type": "labels", "value": {"labels": ["Cue"], "start": "a", "end": 3}}],
            "region 'x' has no start and end",
        ),
        (
            [{"id": "x", "type": "labels", "value": {"labels": ["Cue", "Source"]}}],
            "region 'x' has the labels Cue, Source; expected one",
        ),
        (
            [
                SAID[2],
                {"id": "x", "from_name": "kind", "type": "choices", "value": {"choices": ["odd"]}},
            ],
            "the kind is 'odd'; expected one of direct",
        ),
    ],
)
def test_label_studio_errors_name_file_and_task(
    tmp_path: Path, results: list[dict[str, Any]], message: str
) -> None:
    path = export(tmp_path, *results)
    with pytest.raises(DataError, match=rf"export\.json, task 1 \(id 7\): .*{message}"):
        read_labels(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[\n{"data": }]', r"x\.json:2: not JSON"),
        ("3", "expected a list of Label Studio tasks"),
        ('[{"text": "a", "role": []}]', r"task 1: no data with a text; .*not as JSON-MIN"),
        ('[{"data": {"text": "a"}, "annotations": [3]}]', "annotations is not a list of objects"),
        ('[{"data": {"text": "a"}, "annotations": [{}]}]', "result is not a list of objects"),
        ("[" * 100_000, "nested too deeply"),
        (b"\xff", "not UTF-8"),
    ],
)
def test_label_studio_files_that_are_none(
    tmp_path: Path, content: str | bytes, message: str
) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError, match=message):
        read_labels(path)


# --- spaCy -------------------------------------------------------------------


def load(path: Path) -> list[Any]:
    import spacy
    from spacy.tokens import DocBin

    return list(DocBin().from_disk(path).get_docs(spacy.blank("en").vocab))


def test_docbin_holds_span_groups(tmp_path: Path) -> None:
    path = tmp_path / "a.spacy"
    write_docbin([examples.harbour(), examples.empty("")], path)
    document, empty = load(path)
    assert document.text == examples.HARBOUR
    assert empty.text == "" and len(empty.spans["sc"]) == 0
    assert {span.label_ for span in document.spans["sc"]} == {"SOURCE", "CUE", "CONTENT"}
    second = [span.text for span in document.spans["sc"] if span.id_ == "s2"]
    assert second[:2] == ["she", "said"]
    assert document.user_data["stancekit"]["statements"]["s1"]["speaker"] == "Ilse Brandt"


def test_docbin_from_elsewhere(tmp_path: Path) -> None:
    import spacy
    from spacy.tokens import DocBin, Span

    document = spacy.blank("en")("Ann said so, so.")
    document.spans["sc"] = [
        Span(document, 2, 3, label="CONTENT"),
        Span(document, 4, 5, label="CONTENT", span_id="q"),
        Span(document, 0, 1, label="SOURCE", span_id="q"),
        Span(document, 0, 1, label="PERSON"),
    ]
    path = tmp_path / "a.spacy"
    DocBin(docs=[document]).to_disk(path)
    (found,) = read_labels(path)
    assert found.id == "a.spacy:1"
    assert words(found) == [
        {"source": [], "cue": [], "content": ["so"]},
        {"source": ["Ann"], "cue": [], "content": ["so"]},
    ]
    document.spans["sc"] = [
        Span(document, 0, 1, label="SOURCE"),
        Span(document, 1, 2, label="CUE", span_id="7"),
    ]
    DocBin(docs=[document]).to_disk(path)
    with pytest.raises(DataError) as caught:
        read_labels(path)
    assert f"{path}, document 1: the source 'Ann' has no span id" in str(caught.value)
    assert "statement '7': no content" in str(caught.value)


def test_docbin_files_that_are_none(tmp_path: Path) -> None:
    from spacy.tokens import DocBin

    path = tmp_path / "x.spacy"
    path.write_bytes(b"no")
    with pytest.raises(DataError, match=r"x\.spacy: not a spaCy DocBin"):
        read_labels(path)
    DocBin().to_disk(path)
    with pytest.raises(DataError, match="no document has the span group 'sc'"):
        read_labels(path)


def test_docbin_needs_its_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spacy", None)
    with pytest.raises(MissingExtraError, match=r"stancekit\[spacy\]"):
        write_docbin(examples.harbour(), tmp_path / "a.spacy")
    (tmp_path / "a.spacy").write_bytes(b"")
    with pytest.raises(MissingExtraError, match=r"stancekit\[spacy\]"):
        read_labels(tmp_path / "a.spacy")


# --- paths -------------------------------------------------------------------


def test_paths_that_name_no_labels(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file or folder; expected a folder of brat's"):
        read_labels(tmp_path / "none")
    for name, message in {"a.ann": "name the folder", "a.xlsx": "expected a folder"}.items():
        (tmp_path / name).write_text("x")
        with pytest.raises(DataError, match=message):
            read_labels(tmp_path / name)
