"""The page over several articles, and its timelines."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
import report_examples as examples
from test_report import _Page

from stancekit.report import to_html_index
from stancekit.report.index import MAX_SPEAKERS
from stancekit.report.sparkline import sparkline
from stancekit.text import read_document
from stancekit.types import Report, Span, Speaker, Statement


def spoken(name: str, score: float, *, type: str = "person", day: str = "", id: str = "") -> Report:
    """An article in which one speaker makes one statement on the tunnel."""
    text = "Title\n\nThey said so."
    speaker = Speaker("x", name, type)  # type: ignore[arg-type]
    statement = Statement(
        "s1", (Span(17, 19, "so"),), speaker=speaker, stances={"tunnel": examples.stance(score)}
    )
    return Report(
        document=read_document(text, id=id or name, date=day),
        targets=examples.TARGETS,
        statements=(statement,),
        speakers=(speaker,),
        summaries=(),
    )


def rows(html: str) -> list[str]:
    """The text of the matrix's lines, white space squeezed."""
    body = html.partition('<table class="matrix')[2].partition("</table>")[0]
    return [" ".join(part.split()) for part in body.split("<tr>")[2:]]


def test_index_links_every_page_and_escapes() -> None:
    html = to_html_index([("a.html", examples.hostile()), ("b.html", examples.harbour())])
    page = _Page(html)
    links = [v["href"] for v in page.all("a")]
    assert {"a.html", "b.html"} <= set(links)
    assert len(page.all("script")) == 1
    assert not page.all("img")
    assert "Harbour tunnel splits the council" in html


def test_index_of_nothing_is_a_page() -> None:
    assert "over 0 articles" in to_html_index([])
    assert "No named speaker takes a stance" in to_html_index([("a.html", examples.empty())])


def test_index_pools_a_speaker_over_articles() -> None:
    html = to_html_index(
        [
            ("a.html", spoken("Ilse Brandt", 0.8)),
            ("b.html", spoken("ILSE  BRANDT", 0.4)),
            ("c.html", spoken("Tomas Rehák", -0.6)),
        ]
    )
    first, second = rows(html)
    assert "Ilse Brandt" in first and "+0.60" in first
    assert "n=2<" in first and "in 2<" in first
    assert "Tomas Rehák" in second and "\N{MINUS SIGN}0.60" in second


def test_index_never_joins_groups_or_a_person_with_a_body() -> None:
    html = to_html_index(
        [
            ("a.html", spoken("two officials", 0.8, type="group")),
            ("b.html", spoken("two officials", 0.4, type="group")),
            ("c.html", spoken("Victoria", 0.4)),
            ("d.html", spoken("Victoria", 0.4, type="organization")),
        ]
    )
    assert len(rows(html)) == 2
    assert "two officials" not in html.partition("<table")[2].partition("</table>")[0]


def test_index_counts_a_joint_statement_for_each_member() -> None:
    html = to_html_index([("a.html", examples.harbour())])
    brandt = next(row for row in rows(html) if "Ilse Brandt" in row)
    assert brandt.count("+0.33") == 1
    assert not any("Both leaders" in row for row in rows(html))


def test_index_has_a_timeline_where_two_days_are_known() -> None:
    dated = [
        ("a.html", spoken("Ilse Brandt", 0.8, day="2025-03-01")),
        ("b.html", spoken("Ilse Brandt", -0.4, day="2025-03-09T10:00:00Z")),
        ("c.html", spoken("Tomas Rehák", 0.5, day="2025-03-09")),
        ("d.html", spoken("Tomas Rehák", 0.5)),
        ("e.html", spoken("Tomas Rehák", 0.5, day="soon")),
    ]
    html = to_html_index(dated)
    first, second = sorted(rows(html), key=lambda row: "Rehák" in row)
    assert "from +0.80 on 2025-03-01 to \N{MINUS SIGN}0.40 on 2025-03-09" in first
    assert "<svg" not in second
    assert "2025-03-01 to 2025-03-09" in html
    assert ">soon<" in html


def test_index_without_dates_has_no_column_for_them() -> None:
    html = to_html_index([("a.html", spoken("Ilse Brandt", 0.8))])
    assert ">Date<" not in html and "<svg" not in html


def test_index_says_what_it_leaves_out() -> None:
    many = ((f"{n}.html", spoken(f"Speaker {n}", 0.5)) for n in range(MAX_SPEAKERS + 3))
    html = to_html_index(many)
    assert len(rows(html)) == MAX_SPEAKERS
    assert "3 more speakers" in html


def test_index_keeps_no_report() -> None:
    alive: list[weakref.ref[Report]] = []

    class Watched(Report):
        # Slotted classes can't be referenced weakly; a subclass without slots can.
        pass

    def stream() -> Iterator[tuple[str, Report]]:
        for n in range(20):
            report = spoken("Ilse Brandt", 0.5)
            watched = Watched(
                report.document,
                report.targets,
                report.statements,
                report.speakers,
                report.summaries,
            )
            alive.append(weakref.ref(watched))
            yield f"{n}.html", watched
            del watched, report
            gc.collect()
            # The one before may still be bound in the reader's loop.
            assert sum(one() is not None for one in alive) <= 2

    assert len(rows(to_html_index(stream()))) == 1


def test_index_takes_reports_with_different_targets() -> None:
    other = replace(examples.harbour(), targets=examples.TARGETS[:1])
    html = to_html_index([("a.html", other), ("b.html", examples.harbour())])
    assert html.partition("</thead>")[0].count('scope="col"') == 4


# --- sparkline ---------------------------------------------------------------

DAY = date(2025, 1, 1)


def test_sparkline_needs_two_days() -> None:
    assert sparkline([]) is None
    assert sparkline([(DAY, 1.0), (DAY, -1.0)]) is None


def test_sparkline_averages_a_day_and_spans_the_box() -> None:
    line = sparkline(
        [(DAY + timedelta(10), -1.0), (DAY, 1.0), (DAY, 0.0), (DAY + timedelta(5), 0.0)],
        width=100,
        height=20,
        margin=2,
    )
    assert line is not None
    assert [(p.score, p.count) for p in line.points] == [(0.5, 2), (0.0, 1), (-1.0, 1)]
    assert [(p.x, p.y) for p in line.points] == [(2.0, 6.0), (50.0, 10.0), (98.0, 18.0)]
    assert line.path == "2,6 50,10 98,18"
    assert line.label.startswith("3 dates, from +0.50 on 2025-01-01")


@pytest.mark.parametrize("days", [41, 400, 5000])
def test_sparkline_of_many_days_is_short_and_inside(days: int) -> None:
    scores = [(DAY + timedelta(n), 1.0 if n % 2 else -1.0) for n in range(days)]
    line = sparkline(scores)
    assert line is not None
    assert 2 <= len(line.points) <= 40
    assert sum(p.count for p in line.points) == days
    places = [p.x for p in line.points]
    assert places == sorted(places) and places[0] >= 4 and places[-1] <= line.width - 4
    assert all(4 <= p.y <= line.height - 4 for p in line.points)


def test_sparkline_of_two_crowds_far_apart_keeps_both_ends() -> None:
    scores = [(DAY + timedelta(n), 0.5) for n in range(60)] + [(DAY + timedelta(30_000), -0.5)]
    line = sparkline(scores)
    assert line is not None
    assert [p.count for p in line.points] == [60, 1]
    assert line.points[0].last == DAY + timedelta(59)
