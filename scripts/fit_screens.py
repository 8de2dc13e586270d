"""Fits the bundled relevance model to the stance model again, after that was replaced.

    python scripts/fit_screens.py fixtures/stance/dev.jsonl STANCES-OF-DEV-ARTICLES.jsonl
    python scripts/model_hashes.py

The second file is what `scripts/training_articles.py … --split dev --none 1000` writes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from stancekit.records import read_jsonl
from stancekit.stance.scorer import BUNDLED_RELEVANCE
from stancekit.training.relevance import finish_relevance


def main() -> None:
    """Writes what is fitted into the relevance model's folder, and its card."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "dev", type=Path, nargs="+", help="labelled statements that no model was trained on"
    )
    files = parser.parse_args().dev
    rows = [(f"{file}:{n}", record) for file in files for n, record in read_jsonl(file)]
    finish_relevance(BUNDLED_RELEVANCE, rows, screens="bundled")


if __name__ == "__main__":
    main()
