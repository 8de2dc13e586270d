"""The form in which articles are written: a TOML header, and the text with inline marks.

A file begins with a header between two lines of ``+++``, which names targets,
speakers and statements, and goes on with the text. In it ``{s1|…}`` marks the
source of statement 1, ``{q1|…}`` its cue, ``{c1|…}`` a piece of its content.
Marks nest, and ``{s1,s2|…}`` belongs to two statements. The text itself holds
no braces::

    +++
    id = "ferry-fares"
    [[targets]]
    id = "fares"
    text = "higher ferry fares"
    [[speakers]]
    id = "p1"
    name = "Ann Roe"
    type = "person"
    stances = {fares = "against"}
    [[statements]]
    n = 1
    kind = "direct"
    modality = "asserted"
    speaker = "p1"
    stances = {fares = "against"}
    constructions = [1]
    +++
    {c1|“Islanders can't pay that,”} {s1|Roe} {q1|said}.
"""

from __future__ import annotations

import json
import re
import tomllib
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from stancekit.errors import DataError
from stancekit.evaluation.articles import (
    Article,
    article_from_dict,
    article_to_dict,
    read_articles,
    write_article,
)

_FENCE = "+++"
_OPEN = re.compile(r"\{((?:[sqc]\d+)(?:,[sqc]\d+)*)\|")
_ROLES = {"s": "source", "q": "cue", "c": "contents"}
_LETTERS = {role: letter for letter, role in _ROLES.items()}
_TOML_PLACE = re.compile(r" \(at line (\d+), column \d+\)$")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_NAMED = re.compile(r": (statement|speaker|target) (\S+?):")

Mark = tuple[int, str, int, int]
"""Statement number, role, start and end in the bare text."""


def parse_marks(marked: str, *, where: str, first_line: int = 1) -> tuple[str, list[Mark]]:
    """Takes the marks out of a text.

    Args:
        marked: The text with its marks.
        where: The file's name, for the message.
        first_line: The file's line on which the text begins.

    Returns:
        The bare text, and the marks in the order of their statements.

    Raises:
        DataError: A brace that opens or closes nothing, or an empty mark.
    """
    pieces: list[str] = []
    marks: list[Mark] = []
    open_marks: list[tuple[str, int, int]] = []
    length = position = 0
    line = first_line

    def fail(problem: str, at: int) -> DataError:
        near = marked[max(0, at - 20) : at + 30].replace("\n", " ")
        return DataError(f"{where}:{line}: {problem} near {near!r}")

    while position < len(marked):
        character = marked[position]
        if character == "{":
            match = _OPEN.match(marked, position)
            if match is None:
                raise fail("a brace that begins no mark such as {s1|", position)
            open_marks.append((match.group(1), length, line))
            position = match.end()
            continue
        if character == "}":
            if not open_marks:
                raise fail("a brace that closes nothing", position)
            keys, start, _ = open_marks.pop()
            if start == length:
                raise fail(f"an empty mark {keys}", position)
            marks += [(int(k[1:]), _ROLES[k[0]], start, length) for k in keys.split(",")]
        else:
            pieces.append(character)
            length += 1
            line += character == "\n"
        position += 1
    if open_marks:
        keys, _, opened = open_marks[-1]
        raise DataError(f"{where}:{opened}: the mark {keys} is never closed")
    return "".join(pieces), sorted(set(marks), key=lambda m: (m[0], m[1], m[2], m[3]))


def write_marks(text: str, marks: Iterable[Mark]) -> str:
    """Puts marks into a bare text; the reverse of `parse_marks`.

    Raises:
        DataError: Two marks cross, one is empty, or the text holds braces.
    """
    if "{" in text or "}" in text:
        raise DataError("a text with braces can't be marked")
    keys: dict[tuple[int, int], list[str]] = {}
    for number, role, start, end in sorted(marks):
        if not 0 <= start < end <= len(text):
            raise DataError(f"statement {number}: {role} {start}-{end} outside the text")
        keys.setdefault((start, end), []).append(f"{_LETTERS[role]}{number}")
    pieces: list[str] = []
    ends: list[int] = []
    position = 0

    def advance(to: int) -> None:
        nonlocal position
        while ends and ends[-1] <= to:
            end = ends.pop()
            pieces.append(text[position:end] + "}")
            position = end
        pieces.append(text[position:to])
        position = to

    for start, end in sorted(keys, key=lambda r: (r[0], -r[1])):
        advance(start)
        if ends and end > ends[-1]:
            raise DataError(f"{','.join(keys[start, end])}: crosses another mark at {start}")
        pieces.append("{" + ",".join(keys[start, end]) + "|")
        ends.append(end)
    advance(len(text))
    return "".join(pieces)


def _split(source: str, *, where: str) -> tuple[str, str, int]:
    lines = source.splitlines(keepends=True)
    fences = [i for i, line in enumerate(lines) if line.rstrip() == _FENCE][:2]
    if len(fences) < 2 or "".join(lines[: fences[0]]).strip():
        raise DataError(f"{where}:1: expected a header between two lines of {_FENCE}")
    # Lines before the header are kept, empty, so that TOML counts as the file does.
    header = "\n" * (fences[0] + 1) + "".join(lines[fences[0] + 1 : fences[1]])
    body = "".join(lines[fences[1] + 1 :])
    skipped = len(body) - len(body.lstrip())
    return header, body.strip() + "\n", fences[1] + 2 + body[:skipped].count("\n")


def _read_header(header: str, *, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(header)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        place = _TOML_PLACE.search(message)
        if place is None:
            raise DataError(f"{where}: header: {message}") from error
        raise DataError(f"{where}:{place.group(1)}: {message[: place.start()]}") from error


class _Lines:
    """Where each table of a header begins, for messages."""

    def __init__(self, header: str, meta: Mapping[str, Any]) -> None:
        self.of: dict[tuple[str, str], int] = {}
        for table, key in (("targets", "id"), ("speakers", "id"), ("statements", "n")):
            found = [
                number
                for number, line in enumerate(header.splitlines(), start=1)
                if line.replace(" ", "").startswith(f"[[{table}]]")
            ]
            rows = meta.get(table)
            for number, row in zip(found, rows if isinstance(rows, list) else [], strict=False):
                name = f"s{row.get(key)}" if key == "n" else str(row.get(key))
                self.of[table.removesuffix("s"), name] = number

    def add(self, message: str, where: str) -> str:
        """The message with the line of the table that it names."""
        named = _NAMED.search(message)
        line = self.of.get((named.group(1), named.group(2))) if named else None
        return message.replace(f"{where}:", f"{where}:{line}:", 1) if line else message


def _rows(meta: Mapping[str, Any], table: str, *, where: str) -> list[dict[str, Any]]:
    rows = meta.get(table, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise DataError(f"{where}: expected [[{table}]] tables")
    return rows


def parse_article(source: str, *, where: str, split: str = "") -> Article:
    """Reads an article as it is written.

    Args:
        source: The file's text.
        where: The file's name, for messages.
        split: ``dev`` or ``test``, where the header doesn't say.

    Raises:
        DataError: What is wrong, with the line, every problem of the header at once.
    """
    header, body, first_line = _split(source, where=where)
    meta = _read_header(header, where=where)
    lines = _Lines(header, meta)
    text, marks = parse_marks(body, where=where, first_line=first_line)
    statements = _rows(meta, "statements", where=where)
    numbers = [row.get("n") for row in statements]
    marked = {number for number, *_ in marks}
    problems = [
        f"{where}:{lines.of.get(('statement', f's{n}'), 1)}: "
        f"statement {n} is not marked in the text"
        for n in numbers
        if n not in marked
    ]
    problems += [
        f"{where}:{first_line + text[:start].count(chr(10))}: the mark of statement {number} "
        "has no [[statements]] table"
        for number, _, start, _ in marks
        if number not in numbers
    ]
    if problems:
        raise DataError("\n".join(dict.fromkeys(problems)))

    def spans(number: int, role: str) -> list[dict[str, Any]]:
        return [
            {"start": start, "end": end, "text": text[start:end]}
            for n, r, start, end in marks
            if (n, r) == (number, role)
        ]

    value = {
        "id": meta.get("id"),
        "title": meta.get("title", ""),
        "split": meta.get("split", split),
        "text": text,
        "targets": _rows(meta, "targets", where=where),
        "speakers": _rows(meta, "speakers", where=where),
        "statements": [
            {
                **{k: row[k] for k in ("kind", "modality", "stances", "constructions") if k in row},
                **{role: spans(row["n"], role) for role in _ROLES.values()},
                "id": f"s{row['n']}",
                # TOML has no null.
                "speaker": None if row.get("speaker") in ("null", None) else row["speaker"],
                "echo_of": f"s{row['of']}" if row.get("echo") and "of" in row else None,
            }
            for row in statements
        ],
        "constructions": meta.get("constructions", []),
    }
    try:
        return article_from_dict(value, where=where)
    except DataError as error:
        raise DataError(
            "\n".join(lines.add(line, where) for line in str(error).splitlines())
        ) from error


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        inside = (
            f"{k if _BARE_KEY.fullmatch(k) else json.dumps(k, ensure_ascii=False)} = {_toml(v)}"
            for k, v in value.items()
        )
        return "{" + ", ".join(inside) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    # JSON strings, numbers and booleans are TOML too, but for DEL.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def format_article(article: Article) -> str:
    """Writes an article as it is written by hand; `parse_article` gives it back.

    Raises:
        DataError: Its spans cross, its text holds braces or begins or ends in
            white space other than one line end, or its ids aren't s1, s2, ….
    """
    if article.text != article.text.strip() + "\n":
        raise DataError(f"{article.id}: a text must end in one line end and begin with none")
    value = article_to_dict(article)
    numbers = {}
    for statement in article.statements:
        match = re.fullmatch(r"s(\d+)", statement.id)
        if match is None:
            raise DataError(f"{article.id}: statement id {statement.id!r}, expected s and a number")
        numbers[statement.id] = int(match.group(1))
    lines = [_FENCE]
    for key in ("id", "title", "split", "constructions"):
        if value[key]:
            lines.append(f"{key} = {_toml(value[key])}")
    for table in ("targets", "speakers"):
        for row in value[table]:
            lines += [f"[[{table}]]", *(f"{key} = {_toml(v)}" for key, v in row.items())]
    for row in value["statements"]:
        lines += ["[[statements]]", f"n = {numbers[row['id']]}"]
        lines += [f"{key} = {_toml(row[key])}" for key in ("kind", "modality")]
        lines.append(f"speaker = {_toml(row['speaker'] or 'null')}")
        lines += [f"{key} = {_toml(row[key])}" for key in ("stances", "constructions")]
        if "echo_of" in row:
            lines += ["echo = true", f"of = {numbers[row['echo_of']]}"]
    marks = [
        (numbers[statement.id], role, span.start, span.end)
        for statement in article.statements
        for role, spans in (
            ("source", statement.source),
            ("cue", statement.cue),
            ("contents", statement.contents),
        )
        for span in spans
    ]
    return "\n".join([*lines, _FENCE, write_marks(article.text, marks)])


def read_markup(path: Path, *, split: str = "") -> Article:
    """Reads one file as `parse_article` does.

    Raises:
        DataError: The file can't be read, or is wrong.
    """
    try:
        source = path.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 text") from error
    return parse_article(source, where=str(path), split=split)


def assign_splits(articles: Sequence[Article], *, dev_share: float = 0.35) -> dict[str, str]:
    """Dev or test for every article, by its id, so that both show every construction they can.

    Dev takes, one at a time, the article with the most constructions that dev
    still lacks, as long as test keeps two articles with each of its constructions.
    """
    shown = {
        a.id: {*a.constructions, *(c for s in a.statements for c in s.constructions)}
        for a in articles
    }
    splits = dict.fromkeys(sorted(shown), "test")
    wanted = round(dev_share * len(articles))
    while sum(split == "dev" for split in splits.values()) < wanted:
        test = [id for id, split in splits.items() if split == "test"]
        in_dev = {c for id in shown if splits[id] == "dev" for c in shown[id]}
        left = {c: sum(c in shown[id] for id in test) for id in test for c in shown[id]}

        def worth(id: str, left: dict[int, int] = left, have: set[int] = in_dev) -> tuple[int, ...]:
            taken_away = sum(left[c] <= 2 for c in shown[id])
            # Among equals a checksum decides, so that the choice isn't alphabetical.
            return -taken_away, len(shown[id] - have), zlib.crc32(id.encode())

        splits[max(test, key=worth)] = "dev"
    return splits


def convert(paths: Sequence[Path], folder: Path, *, dev_share: float = 0.35) -> list[Article]:
    """Turns written articles into the JSON that ships, ``folder/<split>/<id>.json``.

    A header's ``split`` is kept; the other articles get one from `assign_splits`.
    What was written is read back and compared.

    Args:
        paths: Files as they are written by hand.
        folder: Where to; old files of other articles are left alone.
        dev_share: Share of dev, in [0, 1].

    Returns:
        The articles, with their splits.

    Raises:
        DataError: One message with what is wrong in all files.
    """
    articles: list[Article] = []
    problems: list[str] = []
    for path in paths:
        try:
            articles.append(read_markup(path))
        except DataError as error:
            problems.append(str(error))
    ids = [a.id for a in articles]
    problems += [f"two articles with the id {id!r}" for id in sorted(set(ids)) if ids.count(id) > 1]
    if problems:
        raise DataError("\n".join(problems))
    splits = assign_splits([a for a in articles if not a.split], dev_share=dev_share)
    articles = [replace(a, split=a.split or splits[a.id]) for a in articles]
    for article in articles:
        write_article(article, folder)
    written = {a.id: a for a in read_articles(folder)}
    for article in articles:
        if written.get(article.id) != article:
            raise DataError(f"{article.id}: reading it back gives something else")
    return articles
