"""Reading articles from files, folders, tables and standard input."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from stancekit.errors import InputError
from stancekit.tabular import (
    TABLE_SUFFIXES,
    UTF8_MARK,
    Article,
    Columns,
    Unreadable,
    count_table,
    is_dataset,
    load_dataset,
    read_table,
)

logger = logging.getLogger(__name__)

STDIN = "-"
DEFAULT_COLUMNS = Columns()

_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UTF32_MARKS = (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")

# How files begin that people take for text by mistake.
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"PK\x05\x06", "a ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"{\\rtf", "an RTF document"),
    (b"%!PS", "a PostScript document"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"RIFF", "a media file"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3", "a database"),
    (b"ID3", "a sound file"),
)
_PARQUET_MAGIC = b"PAR1"
# Text whose meaning is in its columns or keys; read as prose it would give nonsense.
_NOT_PROSE = {
    ".json": "JSON Lines (.jsonl, a record with a text key a line) or CSV",
}
_EXPECTED = "expected plain text (UTF-8, UTF-16 or Windows-1252)"

_PAGE = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype html|html)\b", re.I | re.S
)
_TAG = re.compile(
    r"</?(?:p|div|span|br|a|b|i|em|strong|h[1-6]|li|ul|img|blockquote)"
    r"(?:\s+[\w-]+=[^<>]*)?\s*/?>",
    re.I,
)

_SAMPLE = 8192  # bytes
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))
_MAX_CONTROLS = 0.02  # share of the sample


def _is_utf16_without_mark(sample: bytes) -> str | None:
    """The byte order of UTF-16 text in a Latin script, whose NULs stand in every other place."""
    half = len(sample) // 2
    if half < 2:
        return None
    even = sample[0 : 2 * half : 2].count(0) / half
    odd = sample[1 : 2 * half : 2].count(0) / half
    if odd > 0.5 and even < 0.05:
        return "utf-16-le"
    if even > 0.5 and odd < 0.05:
        return "utf-16-be"
    return None


def decode(data: bytes, *, where: str) -> str:
    """Decodes an article's bytes.

    A byte order mark decides; without one, NULs in every other place mean
    UTF-16; what is not UTF-8 is read as Windows-1252, with a warning.

    Args:
        data: The whole file.
        where: Its name, for messages.

    Raises:
        InputError: The bytes are no text.
    """
    for magic, what in _MAGIC:
        if data.startswith(magic):
            raise InputError(f"{where}: this is {what}; {_EXPECTED}")
    encoding: str | None = None
    if data.startswith(UTF8_MARK):
        encoding = "utf-8-sig"
    elif data.startswith(_UTF32_MARKS) and len(data) % 4 == 0:
        encoding = "utf-32"
    elif data.startswith(_UTF16_MARKS):
        encoding = "utf-16"
    elif b"\0" in data:
        encoding = _is_utf16_without_mark(data[:_SAMPLE])
        if encoding is None:
            raise InputError(f"{where}: a binary file; {_EXPECTED}")
    if encoding is not None:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            raise InputError(f"{where}: broken {encoding} at byte {error.start}") from error
    sample = data[:_SAMPLE]
    if len(sample) - len(sample.translate(None, _CONTROLS)) > _MAX_CONTROLS * len(sample):
        raise InputError(f"{where}: a binary file; {_EXPECTED}")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        logger.warning("%s: not UTF-8 (byte %d); reading it as Windows-1252", where, error.start)
    # Five bytes have no character in Windows-1252; they become U+FFFD.
    return data.decode("cp1252", "replace")


def _article_text(data: bytes, *, where: str) -> str:
    if not data:
        raise InputError(f"{where}: the file is empty; {_EXPECTED}")
    text = decode(data, where=where)
    if not text.strip():
        raise InputError(f"{where}: nothing but white space; {_EXPECTED}")
    if _PAGE.match(text):
        raise InputError(f"{where}: this is an HTML page; expected the article's text alone")
    tag = _TAG.search(text)
    if tag:
        logger.warning("%s: holds HTML tags such as %s, read as text", where, tag.group()[:40])
    return text


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {_reason(error)}; expected a file or a folder") from error


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _files(folder: Path, name: str = "") -> Iterator[tuple[Path, str]]:
    """Files of a folder and those below, sorted part by part, with their paths inside."""
    # Level by level: of a million files only one folder's names are in memory.
    try:
        with os.scandir(folder) as entries:
            found = sorted(
                (entry.name, _answers(entry.is_dir))
                for entry in entries
                # A link to a folder may lead back here.
                if not (entry.is_symlink() and _answers(entry.is_dir))
            )
    except OSError as error:
        raise InputError(f"{folder}: {_reason(error)}; expected a readable folder") from error
    for part, is_folder in found:
        if is_folder:
            yield from _files(folder / part, f"{name}{part}/")
        else:
            yield folder / part, name + part


def _folder_files(folder: Path) -> tuple[str, ...]:
    """The endings that are read in a folder: texts, and where there are none, tables."""
    tables = False
    for path, _ in _files(folder):
        suffix = path.suffix.lower()
        if suffix == ".txt":
            return (".txt",)
        tables = tables or suffix in TABLE_SUFFIXES
    if not tables:
        raise InputError(
            f"{folder}: no .txt file in this folder, and no {', '.join(TABLE_SUFFIXES)}; "
            "expected at least one"
        )
    return TABLE_SUFFIXES


def _read_folder(folder: Path, columns: Columns) -> Iterator[Article | Unreadable]:
    endings = _folder_files(folder)
    first = True
    for path, name in _files(folder):
        suffix = path.suffix.lower()
        if suffix not in endings:
            continue
        if suffix != ".txt":
            try:
                yield from read_table(path, columns, name=name)
            except InputError as error:
                # What is wrong with the first is likely the name of a column.
                if first:
                    raise
                yield Unreadable(name, str(error))
            first = False
            continue
        try:
            yield Article(name, _article_text(_read_bytes(path), where=str(path)))
        except InputError as error:
            yield Unreadable(name, str(error))


def _answers(question: Callable[[], bool]) -> bool:
    try:
        return question()
    except OSError:
        # The folder above may not be entered; reading the path says so.
        return False


def can_be_read_again(path: str | Path) -> bool:
    """Whether the path is a file or a folder, rather than a pipe or standard input."""
    path = Path(path)
    return str(path) != STDIN and (_answers(path.is_file) or _answers(path.is_dir))


def holds_many(path: str | Path) -> bool:
    """Whether the path is a collection (a folder or a table) rather than one article."""
    path = Path(path)
    return _answers(path.is_dir) or path.suffix.lower() in TABLE_SUFFIXES


def scan_articles(
    path: str | Path, *, columns: Columns = DEFAULT_COLUMNS
) -> Iterator[Article | Unreadable]:
    """Reads articles one by one; a bad record or file of a collection does not end it.

    Args:
        path: As for `read_articles`.
        columns: The names of the fields of records.

    Raises:
        InputError: The path as a whole is missing, empty or malformed.
        MissingExtraError: A Parquet file, and pyarrow is not installed.
    """
    if str(path) == STDIN:
        where = "standard input"
        yield Article("stdin", _article_text(sys.stdin.buffer.read(), where=where))
        return
    path = Path(path)
    suffix = path.suffix.lower()
    if _answers(path.is_dir):
        yield from read_table(path, columns) if is_dataset(path) else _read_folder(path, columns)
    elif suffix in TABLE_SUFFIXES:
        if not _answers(path.exists):
            raise InputError(f"{path}: no such file or directory; expected a file or a folder")
        yield from read_table(path, columns)
    else:
        data = _read_bytes(path)
        if suffix in _NOT_PROSE and data:
            raise InputError(
                f"{path}: {suffix} files are not read; expected plain text, {_NOT_PROSE[suffix]}"
            )
        if data.startswith(_PARQUET_MAGIC):
            yield from read_table(path, columns)
            return
        yield Article(path.name, _article_text(data, where=str(path)))


def read_articles(path: str | Path, *, columns: Columns = DEFAULT_COLUMNS) -> Iterator[Article]:
    """Reads articles one by one.

    Args:
        path: A text file; a folder (all its ``.txt`` files, also in folders below,
            sorted; where it has none, its tables); a JSONL, CSV or Parquet file or a
            saved Hugging Face dataset with ``text`` and optionally ``id`` and ``date``;
            or ``-`` for one article on standard input.
        columns: Other names of these fields.

    Raises:
        InputError: The path is missing, empty, binary or malformed; the message
            names the file, the line where there is one, and what was expected.
        MissingExtraError: A Parquet file, and pyarrow is not installed.
    """
    for article in scan_articles(path, columns=columns):
        if isinstance(article, Unreadable):
            raise InputError(article.reason)
        yield article


def count_articles(path: str | Path, *, columns: Columns = DEFAULT_COLUMNS) -> int | None:
    """How many articles there are, or None where only reading them all would tell."""
    path = Path(path)
    if path.is_dir() and is_dataset(path):
        return len(load_dataset(path, columns))
    if path.is_dir():
        endings = _folder_files(path)
        total = 0
        for file, _ in _files(path):
            suffix = file.suffix.lower()
            if suffix in endings:
                count = 1 if suffix == ".txt" else count_table(file)
                if count is None:
                    return None
                total += count
        return total
    if path.suffix.lower() in TABLE_SUFFIXES:
        return count_table(path)
    return 1
