"""The page in a real browser: filter, focus, click, themes, no network, no foreign script.

Runs where Playwright for Python is installed (extra ``test``) and a Chromium or Chrome
is on the path, or named by ``STANCEKIT_BROWSER``; Playwright's own browsers are not needed.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))

import report_examples as examples

from stancekit.report import to_html, to_html_index
from stancekit.text import read_document
from stancekit.types import Report, Span, Speaker, Statement

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

playwright = pytest.importorskip(
    "playwright.sync_api", reason="Playwright is not installed (pip install 'stancekit[test]')"
)

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
Open = Callable[..., "Page"]


def executable() -> str | None:
    """A Chromium of the system."""
    named = os.environ.get("STANCEKIT_BROWSER")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = executable()
    if path is None:
        pytest.skip(f"no browser on the path (tried {', '.join(NAMES)})")
    with playwright.sync_playwright() as driver:
        # Without a sandbox of its own it also starts as root in a container.
        found = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens a page; at the end, nothing but that file was asked for and nothing went wrong."""
    asked: list[str] = []
    wrong: list[str] = []
    opened: list[str] = []
    contexts = []

    def open_page(
        html: str, *, width: int = 1280, height: int = 800, expected: str = "", **options: Any
    ) -> Page:
        path = tmp_path / f"page{len(opened)}.html"
        path.write_text(html, encoding="utf-8", errors="replace")
        options.setdefault("reduced_motion", "reduce")
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
        page.on(
            "console",
            lambda line: (expected and expected in line.text) or wrong.append(line.text),
        )
        opened.append(path.as_uri())
        page.goto(path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []
    assert {url for url in asked if not url.startswith("data:")} <= set(opened)


@pytest.fixture(scope="module")
def harbour() -> str:
    return to_html(examples.harbour())


def listed(page: Page) -> list[str]:
    """The statements that the list shows."""
    return page.locator(".item blockquote:visible").all_inner_texts()


def test_filter_by_speaker_and_target(show: Open, harbour: str) -> None:
    page = show(harbour)
    assert len(listed(page)) == 10
    page.get_by_role("combobox", name="Speaker").select_option(label="Tomas Rehák")
    # Two of his own and two of both leaders.
    assert len(listed(page)) == 4
    assert page.get_by_role("status").inner_text() == "4 of 10 statements"
    page.get_by_role("combobox", name="Target").select_option(label="a carbon tax")
    assert listed(page) == ["talks about a carbon tax had failed"]
    assert page.locator(".text .content.on").all_inner_texts() == listed(page)
    page.get_by_role("button", name="Show all").first.click()
    assert len(listed(page)) == 10
    assert page.get_by_role("combobox", name="Speaker").input_value() == ""
    assert page.locator(".text .on").count() == 0


def test_filter_finds_what_nobody_said(show: Open, harbour: str) -> None:
    page = show(harbour)
    page.get_by_role("combobox", name="Speaker").select_option(label="nobody named")
    assert listed(page) == ["the tunnel would cut traffic by a fifth"]


def test_a_cell_shows_the_statements_behind_it(show: Open, harbour: str) -> None:
    page = show(harbour)
    cell = page.get_by_role("button", name="Ilse Brandt, building the harbour tunnel")
    cell.click()
    assert cell.get_attribute("aria-pressed") == "true"
    assert len(listed(page)) == 2
    status = page.get_by_role("status").inner_text()
    assert status.startswith("2 of 10 statements: Ilse Brandt, building the harbour tunnel: favor")
    assert page.locator(".item:visible").first.evaluate(
        "item => item.getBoundingClientRect().top < innerHeight"
    )
    cell.click()
    assert cell.get_attribute("aria-pressed") == "false"
    assert len(listed(page)) == 10


def test_a_cell_works_by_keyboard_on_a_phone(show: Open, harbour: str) -> None:
    page = show(harbour, width=360, height=740)
    # On a phone the list is folded until it is asked for.
    assert listed(page) == []
    cell = page.get_by_role("button", name="Green Assembly, building the harbour tunnel")
    cell.focus()
    page.keyboard.press("Enter")
    assert listed(page) == ["the plan"]
    page.keyboard.press("Escape")
    assert cell.get_attribute("aria-pressed") == "false"


def test_keyboard_focus_shows_speaker_stance_and_hypotheses(show: Open, harbour: str) -> None:
    page = show(harbour)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the article"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").startswith("the city would build")
    card = page.locator(".card")
    text = card.inner_text()
    assert "Ilse Brandt" in text
    assert "mixed · asserted · confidence 97 %" in text
    assert "+0.88" in text and "favor 92 % · none 4 % · against 4 %" in text
    assert "Ilse Brandt wants the tunnel built." in text
    assert "Unlike others, Ilse Brandt would pay for it." in text
    assert "no stance on keeping the old ferry, a carbon tax" in text
    described = page.evaluate(
        "document.getElementById(document.activeElement.getAttribute('aria-describedby')).innerText"
    )
    assert "Ilse Brandt" in described
    page.keyboard.press("Escape")
    assert card.is_hidden()
    page.keyboard.press("Tab")
    assert "direct" in card.inner_text()


def test_focus_goes_from_the_text_to_the_list_and_back(show: Open, harbour: str) -> None:
    page = show(harbour, width=700)
    piece = page.locator("a.seg", has_text="the plan")
    piece.focus()
    page.keyboard.press("Enter")
    focused = "document.activeElement.textContent"
    assert "refused" in page.evaluate(focused)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate(focused) == "the plan"


def test_every_control_can_be_reached_and_shows_its_focus(show: Open, harbour: str) -> None:
    page = show(harbour)
    seen = set()
    for _ in range(120):
        page.keyboard.press("Tab")
        name, outline = page.evaluate(
            """(() => {
              const e = document.activeElement;
              return [e.id || e.name || e.className, getComputedStyle(e).outlineWidth];
            })()"""
        )
        if name in seen and name == "jump":
            break
        if name != "sk page":
            assert outline != "0px", name
        seen.add(name)
    assert {"jump", "theme", "speaker", "target", "fold"} <= seen
    assert sum("-t" in name for name in seen) == 10


def test_hover_shows_both_of_two_nested_statements(show: Open, harbour: str) -> None:
    page = show(harbour)
    page.locator("a.seg", has_text="residents that").hover()
    text = page.locator(".card").inner_text()
    assert "Tomas Rehák" in text and "Ilse Brandt" in text
    # The pointer can move into the card.
    page.locator(".card").hover()
    page.wait_for_timeout(400)
    assert page.locator(".card").is_visible()
    page.locator("h1").hover()
    page.locator(".card").wait_for(state="hidden")


def test_tap_shows_the_card_at_the_bottom(show: Open, harbour: str) -> None:
    page = show(harbour, width=360, height=740, has_touch=True, is_mobile=True)
    piece = page.locator("a.seg", has_text="the plan")
    piece.tap()
    card = page.locator(".card")
    assert "Green Assembly" in card.inner_text()
    box, text = card.bounding_box(), piece.bounding_box()
    assert box and text and text["y"] + text["height"] <= box["y"]
    page.locator("h1").tap()
    assert card.is_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_theme_follows_the_system_until_chosen(show: Open, harbour: str, scheme: str) -> None:
    page = show(harbour, color_scheme=scheme)
    ground = "getComputedStyle(document.body).backgroundColor"
    colours = {"light": "rgb(250, 249, 246)", "dark": "rgb(20, 21, 24)"}
    other = "dark" if scheme == "light" else "light"
    assert page.evaluate(ground) == colours[scheme]
    page.get_by_role("button", name=f"{other.title()} theme").click()
    assert page.evaluate(ground) == colours[other]
    # Chromium writes the storage down a moment later.
    page.wait_for_timeout(500)
    page.reload()
    assert page.evaluate(ground) == colours[other]
    page.get_by_role("button", name=f"{scheme.title()} theme").click()
    assert page.evaluate(ground) == colours[scheme]
    # Paper is white in either theme.
    page.emulate_media(media="print")
    assert page.evaluate(ground) == "rgb(255, 255, 255)"


@pytest.mark.parametrize("width", [360, 768, 1440])
@pytest.mark.parametrize("name", ["harbour", "hostile", "crossing", "empty"])
def test_no_page_is_wider_than_its_window(show: Open, name: str, width: int) -> None:
    page = show(to_html(getattr(examples, name)()), width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_markup_in_an_article_is_text(show: Open) -> None:
    page = show(to_html(examples.hostile()))
    assert "<script>alert('x')</script> said" in page.locator(".text").inner_text()
    assert page.locator("script").count() == 1
    assert page.locator("img").count() == 0
    page.locator("a.seg").first.focus()
    card = page.locator(".card")
    assert "</span><script>alert(1)</script>" in card.inner_text()
    assert "</script><script>alert(3)</script></span>" in card.inner_text()
    assert card.locator("script, img").count() == 0


def test_the_policy_forbids_a_script_that_got_in_nevertheless(show: Open, harbour: str) -> None:
    page = show(harbour, expected="Content Security Policy")
    ran = page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.ran = true";
          document.body.append(script);
          return window.ran === true;
        }"""
    )
    assert ran is False


def test_without_scripts_all_is_readable(show: Open, harbour: str) -> None:
    page = show(harbour, java_script_enabled=False)
    assert len(listed(page)) == 10
    assert page.locator("form.filter").is_hidden()
    assert page.locator("button.theme").is_hidden()
    assert page.get_by_text("The speaker wants the tunnel built.").is_visible()


def large() -> Report:
    """Two hundred speakers, quoted right to left, in one line of a megabyte."""
    people = tuple(Speaker(f"p{n}", f"Speaker Number {n}", "person") for n in range(200))
    unit = "שלום עולם said Ann; "
    text = unit * len(people) + "And so on, and so forth. " * 40_000
    spoken = tuple(
        Statement(
            f"s{n}",
            (Span(n * len(unit), n * len(unit) + 9, unit[:9]),),
            source=Span(n * len(unit) + 15, n * len(unit) + 18, "Ann"),
            speaker=people[n],
            stances={"tunnel": examples.stance(0.9 - n / 100)},
        )
        for n in range(200)
    )
    return replace(
        examples.harbour(),
        document=read_document(text),
        statements=spoken,
        speakers=people,
        summaries=tuple(
            replace(examples.harbour().summaries[0], speaker=p.id, statements=(s.id,))
            for p, s in zip(people, spoken, strict=True)
        ),
    )


def test_two_hundred_speakers_in_a_megabyte(show: Open) -> None:
    page = show(to_html(large()), width=768)
    assert page.evaluate("document.documentElement.scrollWidth") <= 768
    page.get_by_role("combobox", name="Speaker").select_option(label="Speaker Number 199")
    assert len(listed(page)) == 1


def dated_index() -> str:
    harbour = examples.harbour()
    days = ("2025-03-01", "2025-03-02", "2025-03-03")
    dated = (replace(harbour, document=replace(harbour.document, date=day)) for day in days)
    return to_html_index((f"{n}.html", report) for n, report in enumerate(dated))


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_index_filters_and_opens_a_speaker(show: Open, width: int) -> None:
    page = show(dated_index(), width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    rows = page.locator(".matrix tbody tr:visible")
    assert rows.count() == 3
    assert page.locator("svg.line").count() == 7
    page.get_by_role("searchbox", name="Speaker").fill("rehak")
    assert rows.count() == 1
    assert page.locator("form output").inner_text() == "1 of 3 speakers"
    page.locator(".matrix").get_by_role("link", name="Tomas Rehák").click()
    person = page.locator("details.person:visible")
    # A card opens after the address has changed: a count alone would not wait for it.
    person.get_by_role("link").nth(2).wait_for()
    assert person.count() == 1
    assert person.get_by_role("link").count() == 3
    page.get_by_role("button", name="Show all").click()
    page.get_by_role("combobox", name="Target").select_option(label="a carbon tax")
    assert page.locator(".matrix thead th:visible").all_inner_texts() == ["Speaker", "a carbon tax"]
    assert rows.count() == 2
