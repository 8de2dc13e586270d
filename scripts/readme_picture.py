"""Makes the pictures in docs/ from fixtures/examples, by the bundled models, in headless Chromium.

python scripts/readme_picture.py [CHROMIUM]

docs/report.png and docs/report-dark.png show one article with a statement's card open,
docs/index.png the page over all examples. Needs Playwright (extra ``test``), not its browsers.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from stancekit.pipeline import StancePipeline
from stancekit.report import to_html, to_html_index

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
ARTICLES = sorted((ROOT / "fixtures" / "examples").glob("*.txt"))
SHOWN = "truce-talks-announced"
# A statement in the middle of the article, with a stance on two targets.
FOCUSED = "neither of them made light"


def render(folder: Path) -> None:
    """Writes a page for each example and their index."""
    reports = StancePipeline().run_many(
        [path.read_text(encoding="utf-8") for path in ARTICLES], ids=[p.stem for p in ARTICLES]
    )
    pages = [(f"{report.document.id}.html", report) for report in reports]
    for name, report in pages:
        (folder / name).write_text(to_html(report), encoding="utf-8")
    (folder / "index.html").write_text(to_html_index(pages), encoding="utf-8")


def take(browser: Browser, page: Path, picture: str, *, scheme: str, focus: str = "") -> None:
    """One picture of a page in one theme."""
    tab = browser.new_page(
        viewport={"width": 1280, "height": 860},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    tab.goto(page.as_uri())
    if focus:
        tab.locator("a.seg", has_text=focus).hover()
        tab.locator(".card").wait_for()
    tab.screenshot(path=DOCS / picture)
    tab.close()


def main(chromium: str = "") -> None:
    """Renders the pages and takes the pictures."""
    path = chromium or shutil.which("chromium") or shutil.which("google-chrome")
    if not path:
        sys.exit("readme_picture: no Chromium on the path; name one as the first argument")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as driver:
        folder = Path(name)
        render(folder)
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        article = folder / f"{SHOWN}.html"
        take(browser, article, "report.png", scheme="light", focus=FOCUSED)
        take(browser, article, "report-dark.png", scheme="dark", focus=FOCUSED)
        take(browser, folder / "index.html", "index.png", scheme="light")
        browser.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("chromium", nargs="?", default="", help="its path, if not the usual one")
    main(parser.parse_args().chromium)
