"""Makes docs/report.png: the report of an example article in headless Chromium.

python scripts/readme_picture.py [CHROMIUM]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import stancekit

ROOT = Path(__file__).resolve().parent.parent
ARTICLE = ROOT / "fixtures" / "examples" / "truce-talks-announced.txt"


def main(chromium: str = "chromium") -> None:
    """Renders the page and takes the picture."""
    report = stancekit.analyze(ARTICLE.read_text(encoding="utf-8"), id=ARTICLE.stem)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        page.write_text(report.to_html(), encoding="utf-8")
        subprocess.run(
            [
                chromium,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                f"--user-data-dir={folder}/profile",
                "--window-size=1280,860",
                f"--screenshot={ROOT / 'docs' / 'report.png'}",
                page.as_uri(),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
