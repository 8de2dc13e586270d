"""The report's outputs: JSON, CSV, frame, Parquet, table, HTML and figure."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import jsonschema
import pytest
import report_examples as examples
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from stancekit import report as reports
from stancekit.errors import MissingExtraError
from stancekit.report.cut import cut
from stancekit.report.labels import headline, plain, signed
from stancekit.report.matrix import matrix
from stancekit.text import read_document
from stancekit.types import Report, Span, Speaker, SpeakerSummary, Statement

EVERY: dict[str, Callable[[], Report]] = {
    "harbour": examples.harbour,
    "empty": examples.empty,
    "hostile": examples.hostile,
    "crossing": examples.crossing,
    "no text": lambda: examples.empty(""),
}


@pytest.fixture(params=EVERY)
def report(request: pytest.FixtureRequest) -> Report:
    make = EVERY[str(request.param)]
    return make()


# --- JSON --------------------------------------------------------------------


def test_schema_is_a_2020_12_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(reports.schema())


def test_dict_follows_the_schema(report: Report) -> None:
    jsonschema.Draft202012Validator(reports.schema()).validate(reports.to_dict(report))


def test_schema_forbids_unknown_keys() -> None:
    values = reports.to_dict(examples.harbour())
    values["statements"][0]["surprise"] = 1
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(values, reports.schema())


def test_dict_holds_the_hypotheses_where_they_are_known() -> None:
    tunnel, ferry, _ = reports.to_dict(examples.harbour())["targets"]
    assert tunnel["favor"][0] == "{speaker} wants the tunnel built."
    assert tunnel["against"] == ["{speaker} is against the tunnel."]
    assert ferry == {"id": "ferry", "name": "keeping the old ferry"}


def test_json_is_the_dict(report: Report) -> None:
    for indent in (None, 2):
        text = reports.to_json(report, indent=indent)
        assert json.loads(text) == reports.to_dict(report)
        text.encode("utf-8")  # also with a lone surrogate in the article
    assert "\n" not in reports.to_json(report, indent=None)


def test_json_keeps_letters_readable() -> None:
    assert "Rehák" in reports.to_json(examples.harbour())


def test_spans_slice_the_text() -> None:
    report = examples.harbour()
    for statement in reports.to_dict(report)["statements"]:
        for span in statement["contents"]:
            assert report.document.text[span["start"] : span["end"]] == span["text"]


def test_numbers_are_rounded_to_four_places_without_negative_zero() -> None:
    report = examples.harbour()
    summary = replace(report.summaries[0], score=-0.00001, low=-0.123456, high=1 / 3)
    values = reports.to_dict(replace(report, summaries=(summary,)))["summaries"][0]
    assert str(values["score"]) == "0.0"
    assert (values["low"], values["high"]) == (-0.1235, 0.3333)


def test_methods_of_report() -> None:
    report = examples.harbour()
    assert report.to_dict() == reports.to_dict(report)
    assert report.to_json() == reports.to_json(report)
    assert report.to_html() == reports.to_html(report)
    assert report._repr_html_() == reports.to_html_fragment(report)


# --- CSV, frame, Parquet -----------------------------------------------------


def test_csv_has_a_row_a_statement_and_target() -> None:
    report = examples.harbour()
    found = list(csv.DictReader(io.StringIO(reports.to_csv(report), newline="")))
    assert len(found) == len(report.statements) * len(report.targets)
    first = found[0]
    assert first["document"] == "harbour.txt"
    assert first["speaker_name"] == "Ilse Brandt"
    assert (first["target"], first["label"], first["score"]) == ("tunnel", "favor", "0.88")
    assert " … " in found[3]["content"]


def test_csv_without_targets_keeps_the_statements() -> None:
    found = list(csv.DictReader(io.StringIO(reports.to_csv(examples.crossing()), newline="")))
    assert [row["statement"] for row in found] == ["s1", "s2", "s3", "s4"]
    assert found[0]["target"] == ""


def test_csv_of_several_reports_has_one_header() -> None:
    lines = reports.to_csv([examples.harbour(), examples.crossing()]).split("\r\n")
    assert sum(line.startswith("document,") for line in lines) == 1


@pytest.mark.parametrize(
    "start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\uff1d", "\t=", "\ufeff="]
)
def test_csv_defuses_formulas(start: str) -> None:
    text = f"{start}1+1 said Ann"
    words = Span(0, len(start) + 3, text[: len(start) + 3])
    report = Report(
        read_document(text, id="+x"),
        (),
        (Statement("s1", (words,), speaker=Speaker("a", f"{start}cmd")),),
        (),
        (),
    )
    (row,) = csv.DictReader(io.StringIO(reports.to_csv(report), newline=""))
    assert row["content"] == "'" + words.text
    assert row["speaker_name"] == f"'{start}cmd"
    assert row["document"] == "'+x"


def test_csv_of_hostile_text_has_no_cell_that_is_run() -> None:
    report = examples.hostile()
    for row in csv.reader(io.StringIO(reports.to_csv(report), newline="")):
        assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in row)


def test_csv_leaves_negative_numbers_alone() -> None:
    found = list(csv.DictReader(io.StringIO(reports.to_csv(examples.harbour()), newline="")))
    assert "-0.93" in {row["score"] for row in found}


def test_frame_has_the_same_columns_when_empty() -> None:
    full, empty = examples.harbour().to_frame(), examples.empty().to_frame()
    assert list(full.columns) == list(empty.columns)
    assert dict(full.dtypes) == dict(empty.dtypes)
    assert len(full) == 30
    assert full["score"].max() == pytest.approx(0.88)
    assert full["speaker"].isna().sum() == 3


def test_frame_has_documented_columns_and_dtypes() -> None:
    page = Path(__file__).parents[2] / "docs" / "tables.md"
    documented = re.findall(r"^\| `(\w+)` \| (\w+) \| \S", page.read_text(encoding="utf-8"), re.M)
    for report in (examples.harbour(), examples.empty(), examples.crossing()):
        found = [(name, str(dtype)) for name, dtype in report.to_frame().dtypes.items()]
        assert found == documented


def test_tables_keep_the_date() -> None:
    report = examples.harbour()
    dated = replace(report, document=replace(report.document, date="2025-02-13"))
    frame = reports.to_frame([dated, report])
    assert frame["date"].isna().sum() == 30
    assert set(frame["date"].dropna()) == {"2025-02-13"}


def test_dataset_is_the_frame() -> None:
    frame = reports.to_frame([examples.harbour(), examples.hostile()])
    dataset = reports.to_dataset([examples.harbour(), examples.hostile()])
    assert dataset.column_names == list(frame.columns)
    assert len(dataset) == len(frame)
    assert dataset["score"][0] == pytest.approx(frame["score"][0])
    assert dataset["speaker"][27] is None
    empty = examples.empty().to_dataset()
    assert len(empty) == 0
    assert empty.features == dataset.features


def test_parquet_is_the_frame(tmp_path: Path) -> None:
    import pandas

    path = tmp_path / "out.parquet"
    reports.to_parquet([examples.harbour(), examples.empty(), examples.hostile()], path)
    found = pandas.read_parquet(path)
    expected = reports.to_frame([examples.harbour(), examples.hostile()])
    assert list(found.columns) == list(expected.columns)
    assert list(found["statement"]) == list(expected["statement"])
    assert found["score"].dropna().tolist() == pytest.approx(expected["score"].dropna().tolist())


@pytest.mark.parametrize(
    ("module", "extra", "call"),
    [
        ("pandas", "frame", reports.to_frame),
        ("pyarrow", "frame", lambda report: reports.to_parquet(report, io.BytesIO())),
        ("matplotlib", "plot", reports.plot),
    ],
)
def test_missing_extra_names_the_command(
    module: str, extra: str, call: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"stancekit\[{extra}\]"):
        call(examples.harbour())  # type: ignore[operator]


# --- matrix and labels -------------------------------------------------------


def test_matrix_leaves_out_summaries_with_nothing_behind_them() -> None:
    report = examples.harbour()
    nothing = SpeakerSummary("oddny", "ferry", "none", 0.0, 0.0, 0.0, ())
    found = matrix(replace(report, summaries=(*report.summaries, nothing)))
    assert found == matrix(report)


def test_matrix_keeps_the_silent_apart() -> None:
    found = matrix(examples.harbour())
    assert [row.speaker.id for row in found.rows] == ["brandt", "greens", "rehak"]
    assert [speaker.id for speaker in found.silent] == ["both", "oddny"]
    assert found.rows[1].cells[1] is None


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "+0.50"), (-0.5, "\N{MINUS SIGN}0.50"), (0.0, "0.00"), (-0.001, "0.00"), (1, "+1.00")],
)
def test_signed(value: float, text: str) -> None:
    assert signed(value) == text


def test_plain_keeps_nothing_that_steers_a_terminal() -> None:
    assert plain("a\n b\x1b[31m\u202ec\x00\x9b") == "a b\ufffd[31mc\ufffd\ufffd"


# --- table -------------------------------------------------------------------


def _table(report: Report, width: int = 80, **options: object) -> str:
    file = io.StringIO()
    console = Console(file=file, width=width, **options)  # type: ignore[arg-type]
    reports.render_table(report, console)
    return file.getvalue()


@pytest.mark.parametrize("width", [40, 80, 120])
def test_table_fits_the_width(report: Report, width: int) -> None:
    assert max(map(len, _table(report, width).splitlines()), default=0) <= width


def test_table_shows_statements_then_the_matrix() -> None:
    text = _table(examples.harbour())
    assert text.index("Tomas Rehák") < text.index("the tunnel would ever open")
    assert text.index("According" if "According" in text else "a fifth") < text.rindex("tunnel  ")
    assert "\N{MINUS SIGN}0.93" in text
    assert "+0.52..+0.93 n=2" in text
    assert "nobody named" in text
    assert "doubted" in text


def test_table_cuts_a_wide_matrix_into_parts() -> None:
    report = examples.harbour()
    targets = tuple(replace(report.targets[0], id=f"target-{n}") for n in range(9))
    summaries = tuple(replace(report.summaries[0], target=target.id) for target in targets)
    text = _table(replace(report, targets=targets, summaries=summaries))
    assert max(map(len, text.splitlines())) <= 80
    assert all(f"target-{n}" in text for n in range(9))


def test_table_has_no_escapes_when_piped() -> None:
    assert "\x1b" not in _table(examples.harbour())
    assert "\x1b" not in _table(examples.hostile())


def test_table_has_colour_on_a_terminal_and_honours_no_color(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b[32m" in _table(examples.harbour(), force_terminal=True)
    monkeypatch.setenv("NO_COLOR", "1")
    text = _table(examples.harbour(), force_terminal=True)
    assert "\x1b[32m" not in text and "\x1b[31m" not in text


def test_table_takes_rich_markup_as_text() -> None:
    report = examples.empty("[bold]x[/bold] said Ann")
    spoken = Statement("s1", (Span(0, 15, "[bold]x[/bold]"),), speaker=Speaker("a", "[red]Ann"))
    text = _table(replace(report, statements=(spoken,)))
    assert "[bold]x[/bold]" in text
    assert "[red]Ann" in text


def test_table_without_statements_says_so() -> None:
    assert "0 statements" in _table(examples.empty())


# --- HTML --------------------------------------------------------------------


class _Page(HTMLParser):
    """Collects a page's elements and the text of its article; checks the nesting."""

    VOID = frozenset(("meta", "link", "br", "img", "input"))

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.article = ""
        self.pieces: list[tuple[str, set[str], str]] = []
        self.feed(html)
        self.close()
        assert not self.open, self.open

    @property
    def _in_text(self) -> bool:
        return any(values.get("class") == "text" for _, values in self.open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if self._in_text:
            self.article += data
            values = self.open[-1][1]
            if "data-s" in values:
                classes = set((values["class"] or "").split())
                self.pieces.append((data, classes, values["data-s"] or ""))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [values for name, values in self.elements if name == tag]


def _visible(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        "\ufffd" if "\ud800" <= c <= "\udfff" else chr(0x2400 + ord(c)) if c in "\x00\x1b" else c
        for c in text
    )


@pytest.mark.parametrize("render", [reports.to_html, reports.to_html_fragment])
def test_html_shows_the_article_as_it_was(report: Report, render: object) -> None:
    page = _Page(render(report))  # type: ignore[operator]
    assert page.article == _visible(report.document.text)


@pytest.mark.parametrize("render", [reports.to_html, reports.to_html_fragment])
def test_html_escapes_everything(render: object) -> None:
    html = render(examples.hostile())  # type: ignore[operator]
    page = _Page(html)
    ours = [values for values in page.all("script") if not values]
    assert len(page.all("script")) == len(ours) == html.count("<script")
    assert len(ours) == (1 if render is reports.to_html else 0)
    assert not page.all("img") and not page.all("i><script>")
    assert "{{ 7 * 7 }}" in page.article
    assert not any(name.startswith("on") for _, values in page.elements for name in values)


def test_html_needs_no_network(report: Report) -> None:
    page = _Page(reports.to_html(report))
    for _, values in page.elements:
        for name in ("src", "srcset", "action", "data"):
            assert name not in values
        link = values.get("href")
        assert link is None or link.startswith(("#", "data:"))
    style = reports.to_html(examples.empty("")).partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style and "@import" not in style


def test_html_allows_only_its_own_script() -> None:
    import base64
    import hashlib

    html = reports.to_html(examples.harbour())
    script = html.partition("<script>")[2].partition("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = [v["content"] for v in _Page(html).all("meta") if "http-equiv" in v]
    assert f"script-src 'sha256-{digest}'" in (policy or "")


def test_html_marks_every_span_of_every_statement() -> None:
    for report in (examples.harbour(), examples.crossing()):
        page = _Page(reports.to_html(report))
        for number, statement in enumerate(report.statements):
            for role, spans in (
                ("source", [statement.source]),
                ("cue", [statement.cue]),
                ("content", sorted(statement.contents)),
            ):
                expected = "".join(report.document.text[s.start : s.end] for s in spans if s)
                found = "".join(
                    words
                    for words, classes, numbers in page.pieces
                    if role in classes and str(number) in numbers.split()
                )
                squeezed = "".join(expected.split())
                # Other statements' roles may cover more of this statement's pieces.
                assert squeezed in "".join(found.split()) or not squeezed


def test_html_has_unique_ids_and_no_dead_links(report: Report) -> None:
    page = _Page(reports.to_html(report))
    ids = [values["id"] for _, values in page.elements if "id" in values]
    assert len(ids) == len(set(ids))
    for _, values in page.elements:
        link = values.get("href") or ""
        assert not link.startswith("#") or link[1:] in ids
        for name in ("aria-describedby", "aria-labelledby"):
            assert set((values.get(name) or "").split()) <= set(ids)


def test_html_has_a_tab_stop_for_each_statement() -> None:
    report = examples.harbour()
    page = _Page(reports.to_html(report))
    stops = [v for v in page.all("a") if "data-s" in v]
    assert len(stops) == len(report.statements)
    cells = [v for v in page.all("button") if "aria-pressed" in v]
    assert len(cells) == len(report.summaries)
    assert cells[0]["data-s"] == "0 1"


def test_html_filter_counts_a_joint_speaker_for_its_members() -> None:
    page = _Page(reports.to_html(examples.harbour()))
    joint = next(v for v in page.all("li") if v.get("data-speakers") == "3 0 2")
    assert joint["data-targets"] == "2"


def test_html_is_small_and_depends_on_nothing_but_the_report() -> None:
    html = reports.to_html(examples.harbour())
    assert len(html.encode()) < 100_000
    assert html == reports.to_html(examples.harbour())


def test_html_of_a_long_article_is_made_at_once() -> None:
    text = "Ann Lee said it was so. " * 80_000
    spoken = tuple(
        Statement(f"s{n}", (Span(n * 24 + 13, n * 24 + 22, "it was so"),), cue=Span(n * 24 + 8, 1))
        for n in range(2000)
    )
    report = Report(read_document(text), (), spoken, (), ())
    assert _Page(reports.to_html(report)).article == text


def test_html_of_a_thousand_words_is_small() -> None:
    said = 'Ann Lee told the council that she wants "the old ferry" to stay for one more year. '
    text = said * 63
    assert len(text.split()) > 1000
    ann = Speaker("ann", "Ann Lee", "person")
    spoken = tuple(
        Statement(
            f"s{n}",
            (Span(start + 30, start + len(said) - 2, text[start + 30 : start + len(said) - 2]),),
            source=Span(start, start + 7, "Ann Lee"),
            cue=Span(start + 8, start + 12, "told"),
            speaker=ann,
            stances={target.id: examples.stance(0.5) for target in examples.TARGETS},
        )
        for n, start in enumerate(range(0, len(text), len(said)))
    )
    report = Report(read_document(text), examples.TARGETS, spoken, (ann,), ())
    assert len(reports.to_html(report).encode()) < 300_000


def test_html_shows_hypotheses_with_a_place_for_the_speaker() -> None:
    html = reports.to_html(examples.harbour())
    assert '<span class="sp">The speaker</span> wants the tunnel built.' in html
    assert 'Unlike others, <span class="sp">the speaker</span> would pay for it.' in html
    assert "What the scores rest on" not in reports.to_html(examples.crossing())


def test_html_numbers_the_speakers_in_the_order_of_the_matrix() -> None:
    page = _Page(reports.to_html(examples.harbour()))
    stops = [v["data-n"] for v in page.all("a") if "data-s" in v]
    # Brandt twice, the Greens, Rehák with Brandt inside, Rehák, both leaders twice, the
    # crews, and nobody.
    assert stops == ["1", "1", "2", "3", "1", "3", "4", "4", "5", "?"]


def test_html_draws_the_outer_statement_around_an_inner_one() -> None:
    page = _Page(reports.to_html(examples.harbour()))
    inner = [words for words, classes, _ in page.pieces if "inner" in classes]
    assert inner == ["residents that the old ferry would stay"]


def test_html_has_landmarks_and_headings_in_order(report: Report) -> None:
    page = _Page(reports.to_html(report))
    names = [name for name, _ in page.elements]
    for landmark in ("header", "main", "article", "footer", "h1"):
        assert names.count(landmark) == 1, landmark
    levels = [int(name[1]) for name in names if name in ("h1", "h2", "h3")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    for tag, values in page.elements:
        if tag == "section" or values.get("role") == "region":
            assert values.get("aria-labelledby") or values.get("aria-label")
    assert page.all("html") == [{"lang": "en"}]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Harbour tunnel splits council\n\nThe mayor said no.", "Harbour tunnel splits council"),
        ("The mayor said no.\n\nMore.", "a.txt"),
        ("Harbour tunnel splits council", "a.txt"),
        ("One\ntwo\n\nMore.", "a.txt"),
        ("x" * 141 + "\n\nMore.", "a.txt"),
        ("", "a.txt"),
    ],
)
def test_headline(text: str, title: str) -> None:
    assert headline(read_document(text, id="a.txt")) == title


@st.composite
def _reports(draw: st.DrawFn) -> Report:
    text = draw(st.text(st.sampled_from("ab \n\r\t<&\"'\u2028\x0c“.\x00"), max_size=60))
    n = len(text)
    spans = st.tuples(st.integers(0, n + 3), st.integers(0, n + 3)).map(
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
            ),
            max_size=5,
        )
    )
    return Report(read_document(text), (), tuple(statements), (), ())


@settings(max_examples=150, deadline=None)
@given(_reports())
def test_cut_keeps_the_text_and_the_nesting(report: Report) -> None:
    shown = "".join(piece.text for block in cut(report) for piece in block.pieces)
    expected = report.document.text.replace("\r\n", "\n").replace("\x00", "\u2400")
    for end in "\r\u2028\x0c":
        expected = expected.replace(end, "\n")
    assert shown == expected
    assert _Page(reports.to_html(report)).article == shown


# --- figure ------------------------------------------------------------------


def _many(count: int) -> Report:
    """So many speakers, each with a summary for every target but one."""
    report = examples.harbour()
    speakers = tuple(Speaker(f"p{n}", f"The Ministry of Lengthy Names {n}") for n in range(count))
    summaries = tuple(
        replace(summary, speaker=speaker.id, statements=("s1",) * (n + 1))
        for n, speaker in enumerate(speakers)
        for summary in report.summaries[:2]
    )
    return replace(report, speakers=speakers, summaries=summaries)


def test_plot_has_a_panel_a_target_and_a_mark_a_cell() -> None:
    figure = reports.plot(examples.harbour())
    panels = figure.axes
    assert [panel.get_title(loc="left") for panel in panels] == [
        "building the harbour\ntunnel", "keeping the old ferry", "a carbon tax"
    ]  # fmt: skip
    names = [label.get_text() for label in panels[0].get_yticklabels()]
    assert names == ["Ilse Brandt", "Green Assembly", "Tomas Rehák"]
    drawn = [
        {(round(float(line.get_xdata()[0]), 3), line.get_marker()) for line in panel.lines
         if len(line.get_xdata()) == 1}
        for panel in panels
    ]  # fmt: skip
    # Side by side and in shape, so that favor and against differ without colour.
    assert drawn == [
        {(0.745, ">"), (-0.93, "<"), (-0.55, "<")},
        {(0.79, ">"), (0.42, ">")},
        {(0.33, ">"), (0.004, "o")},
    ]
    intervals = [tuple(line.get_xdata()) for line in panels[0].lines if len(line.get_xdata()) == 2]
    assert (0.52, 0.93) in intervals and (-1.0, -0.66) in intervals
    assert [text.get_text() for text in panels[0].texts] == ["2", "1", "1"]


@pytest.mark.parametrize("count", [1, 3, 30])
def test_plot_fits_its_paper(count: int) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = reports.plot(_many(count))
    width, height = figure.get_size_inches()
    assert width < 7.2 and height < 9.5
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    boxes = [label.get_window_extent() for label in figure.axes[0].get_yticklabels()]
    boxes.sort(key=lambda box: float(box.y0))
    for lower, upper in pairwise(boxes):
        assert lower.y1 <= upper.y0 + 1
    assert all(box.x0 >= 0 for box in boxes)
    words = [*boxes, *(text.get_window_extent() for axes in figure.axes for text in axes.texts)]
    assert max(float(box.x1) for box in words) <= figure.bbox.x1


def test_plot_takes_a_width_and_the_most_quoted() -> None:
    figure = reports.plot(_many(30), width=3.3, max_speakers=2)
    assert figure.get_size_inches()[0] == pytest.approx(3.3)
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert [name.rsplit(maxsplit=1)[-1] for name in names] == ["28", "29"]
    with pytest.raises(ValueError, match="above 0"):
        reports.plot(_many(2), width=0)
    with pytest.raises(ValueError, match="at least 1"):
        reports.plot(_many(2), max_speakers=0)


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_plot_is_saved_in_every_format(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"matrix.{ending}"
    examples.harbour().plot().savefig(path)
    start = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
    assert path.read_bytes().startswith(start[ending])


def test_plot_shows_itself_in_a_notebook() -> None:
    figure = examples.harbour().plot()
    data, size = figure._repr_png_()
    assert data.startswith(b"\x89PNG")
    assert size["width"] == round(96 * figure.get_size_inches()[0])


def test_plot_takes_any_report(report: Report, tmp_path: Path) -> None:
    speakers = tuple(replace(speaker, name=f"${speaker.name}_$") for speaker in report.speakers)
    reports.plot(replace(report, speakers=speakers)).savefig(tmp_path / "matrix.png")
