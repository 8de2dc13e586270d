"""Fits again what the bundled relevance model spares the stance model, after that was replaced.

python scripts/fit_screens.py fixtures/stance/dev.jsonl && python scripts/model_hashes.py
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from stancekit.inference.folder import STANCEKIT_FILE, ModelFolder
from stancekit.records import read_jsonl
from stancekit.stance.relevance import Relevance
from stancekit.stance.scorer import BUNDLED, BUNDLED_RELEVANCE
from stancekit.training.relevance import fit_screens, probabilities_of


def main() -> None:
    """Writes the thresholds into the relevance model's folder, and prints them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("dev", type=Path, help="labelled statements that no model was trained on")
    records = [record for _, record in read_jsonl(parser.parse_args().dev)]
    relevance = Relevance(ModelFolder.open(BUNDLED_RELEVANCE))
    screens = fit_screens(BUNDLED, probabilities_of(relevance, records), records)
    path = BUNDLED_RELEVANCE / STANCEKIT_FILE
    settings = json.loads(path.read_text(encoding="utf-8"))
    settings["screens"] = screens
    path.write_text(json.dumps(settings, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(screens, indent=2))


if __name__ == "__main__":
    main()
