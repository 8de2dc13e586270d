"""Fits again where the bundled small model answers for the large one, after the large one changed.

python scripts/fit_screens.py fixtures/stance/dev.jsonl && python scripts/model_hashes.py
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from stancekit.inference.folder import STANCEKIT_FILE
from stancekit.records import read_jsonl
from stancekit.stance.scorer import BUNDLED, BUNDLED_SMALL, StanceScorer
from stancekit.training.stance import fit_screens, raw_answers


def main() -> None:
    """Writes the thresholds into the small model's folder, and prints them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("dev", type=Path, help="labelled statements that no model was trained on")
    records = [record for _, record in read_jsonl(parser.parse_args().dev)]
    small = StanceScorer.from_pretrained(BUNDLED_SMALL)
    screens = fit_screens(BUNDLED, small.calibration.apply(raw_answers(small, records)), records)
    path = BUNDLED_SMALL / STANCEKIT_FILE
    settings = json.loads(path.read_text(encoding="utf-8"))
    settings["screens"] = screens
    path.write_text(json.dumps(settings, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(screens, indent=2))


if __name__ == "__main__":
    main()
