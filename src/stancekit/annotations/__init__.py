"""Attributions for annotation tools and back: brat, Label Studio, spaCy.

Reports are written for a tool, people correct them there, and `read_labels`
reads what they made as the records that training takes::

    from stancekit.annotations import read_labels, write_brat, write_records

    write_brat(reports, "to-correct")
    # people at work
    with open("train.jsonl", "w", encoding="utf-8") as file:
        write_records(read_labels("to-correct"), file)

spaCy is imported by what needs it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from stancekit.annotations.brat import brat_files, check_brat_folder, read_brat
from stancekit.annotations.docbin import docbin_bytes, read_docbin
from stancekit.annotations.label_studio import LABELLING_INTERFACE, read_label_studio, task_lines
from stancekit.annotations.model import Attribution, LabelledText, labelled_text
from stancekit.errors import DataError
from stancekit.types import Report

__all__ = [
    "LABELLING_INTERFACE",
    "Attribution",
    "LabelledText",
    "brat_files",
    "check_brat_folder",
    "docbin_bytes",
    "labelled_text",
    "read_labels",
    "task_lines",
    "write_brat",
    "write_docbin",
    "write_label_studio",
    "write_records",
]

_EXPECTED = "a folder of brat's, an export of Label Studio (.json) or a DocBin (.spacy)"


def write_brat(reports: Report | Iterable[Report], folder: str | Path) -> None:
    """Writes a folder for brat: .txt and .ann files and brat's configuration.

    Raises:
        InputError: The folder holds annotations already.
    """
    folder = Path(folder)
    check_brat_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in brat_files(_several(reports)):
        (folder / name).write_bytes(content.encode("utf-8"))


def write_label_studio(reports: Report | Iterable[Report], file: str | Path) -> None:
    """Writes tasks with pre-annotations, and the labelling interface beside them, as .xml."""
    file = Path(file)
    with file.open("w", encoding="utf-8", newline="") as tasks:
        tasks.writelines(task_lines(_several(reports)))
    file.with_suffix(".xml").write_text(LABELLING_INTERFACE, encoding="utf-8")


def write_docbin(reports: Report | Iterable[Report], file: str | Path) -> None:
    """Writes a spaCy `DocBin`; its name should end in ``.spacy``.

    Raises:
        MissingExtraError: spaCy is not installed.
    """
    Path(file).write_bytes(docbin_bytes(_several(reports)))


def _several(reports: Report | Iterable[Report]) -> Iterable[Report]:
    return (reports,) if isinstance(reports, Report) else reports


def read_labels(path: str | Path) -> list[LabelledText]:
    """Reads labels from where people corrected them.

    Args:
        path: A folder of brat's, an export of Label Studio as JSON, or a DocBin.

    Raises:
        DataError: One message with everything that is wrong, by file and line.
        MissingExtraError: A DocBin, and spaCy is not installed.
    """
    path = Path(path)
    if path.is_dir():
        return read_brat(path)
    if not path.exists():
        raise DataError(f"{path}: no such file or folder; expected {_EXPECTED}")
    if path.suffix.lower() == ".json":
        return read_label_studio(path)
    if path.suffix.lower() == ".spacy":
        return read_docbin(path)
    if path.suffix.lower() == ".ann":
        raise DataError(f"{path}: one file of brat's; name the folder that it is in")
    raise DataError(f"{path}: expected {_EXPECTED}")


def write_records(texts: Iterable[LabelledText], file: IO[str]) -> None:
    """Writes records as JSON Lines, as ``format = "attribution"`` of a training file reads them."""
    for text in texts:
        file.write(json.dumps(text.to_record(), ensure_ascii=False) + "\n")
