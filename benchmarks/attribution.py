"""Measures attribution on PolNeAR.

    python benchmarks/attribution.py FOLDER_OR_FILE [--model NAME] [--split dev] [--limit N]
        [--json FILE]

The path is either the folder ``data`` of the published corpus (PolNeAR 1.0,
Newell, Margolin and Ruths 2018: ``<split>/text/*.txt`` and brat files
``<split>/attributions/*.ann``), or a JSONL file with ``id``, ``text`` and
``attributions`` (``source``, ``cue``, ``content``: lists of ``[start, end]``),
or a folder with such a file, ``polnear-<split>.jsonl``.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from stancekit.errors import StancekitError
from stancekit.evaluation import evaluate_attributor
from stancekit.evaluation.articles import Article, article_of_record
from stancekit.evaluation.attribution import read_attribution_jsonl

_SPAN = re.compile(r"^(T\d+)\t(Source|Cue|Content) ([\d ;]+)\t", re.MULTILINE)
_EVENT = re.compile(r"^E\d+\t(Attribution:.*)$", re.MULTILINE)
_ANNOTATOR = re.compile(r"_[0-9a-f]{4}$")


def parse_brat(text: str, annotations: str) -> list[dict[str, Any]]:
    """Attributions of one brat file; a role that is given twice is one in several pieces."""
    spans = {
        name: (role.lower(), [[int(x) for x in piece.split()] for piece in ranges.split(";")])
        for name, role, ranges in _SPAN.findall(annotations)
    }
    attributions = []
    for event in _EVENT.findall(annotations):
        roles: dict[str, Any] = {"source": [], "cue": [], "content": []}
        for argument in event.split():
            role, pieces = spans.get(argument.partition(":")[2], (None, []))
            if role:
                roles[role].extend(p for p in pieces if p[1] <= len(text))
        attributions.append({role: sorted(pieces) for role, pieces in roles.items()})
    return attributions


def read_published(folder: Path) -> list[Article]:
    """The articles of one split; of several annotators' files for an article, the first."""
    articles: dict[str, Article] = {}
    for path in sorted((folder / "attributions").glob("*.ann")):
        name = _ANNOTATOR.sub("", path.stem)
        if name in articles:
            continue
        # newline="" keeps the offsets of texts with Windows line ends.
        with (folder / "text" / f"{name}.txt").open(encoding="utf-8", newline="") as file:
            text = file.read()
        record = {
            "id": name,
            "text": text,
            "attributions": parse_brat(text, path.read_text(encoding="utf-8")),
        }
        articles[name] = article_of_record(record, where=str(path))
    return list(articles.values())


def read_any(path: Path, *, split: str) -> list[Article]:
    """Articles from whichever form is there."""
    if path.is_file():
        return read_attribution_jsonl(path)
    for folder in (path / split, path / "data" / split, path):
        if (folder / "attributions").is_dir():
            return read_published(folder)
    for file in (path / f"polnear-{split}.jsonl", path / "attribution" / f"polnear-{split}.jsonl"):
        if file.is_file():
            return read_attribution_jsonl(file)
    raise SystemExit(f"{path}: neither {split}/attributions/*.ann nor polnear-{split}.jsonl in it")


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("path", type=Path)
    parser.add_argument("--model", help="a model folder or hub name; the bundled one without it")
    parser.add_argument("--split", default="dev")
    parser.add_argument("--limit", type=int, help="only the first N articles")
    parser.add_argument("--errors", type=int, default=0, help="list N of the worst errors")
    parser.add_argument("--json", type=Path, help="write the metrics here too")
    options = parser.parse_args()

    from stancekit import Attributor

    try:
        articles = read_any(options.path, split=options.split)[: options.limit]
        attributor = (
            Attributor.from_pretrained(options.model)
            if options.model
            else Attributor.from_pretrained()
        )
        result = evaluate_attributor(articles, attributor, show_progress=sys.stderr.isatty())
    except StancekitError as error:
        raise SystemExit(str(error)) from error
    result.render(Console(), errors=options.errors)
    if options.json:
        options.json.write_text(json.dumps(result.to_dict(), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
