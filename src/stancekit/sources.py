"""Reading articles from files, folders, JSONL, Parquet and standard input."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from stancekit.errors import InputError, MissingExtraError

logger = logging.getLogger(__name__)

STDIN = "-"
_JSONL_SUFFIXES = (".jsonl", ".ndjson")

_UTF8_MARK = b"\xef\xbb\xbf"
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
    ".json": "JSON Lines (.jsonl, a record with a text key a line)",
    ".csv": "JSON Lines (.jsonl) or Parquet",
    ".tsv": "JSON Lines (.jsonl) or Parquet",
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


@dataclass(frozen=True, slots=True)
class Article:
    """One text to analyse; ``id`` is its file name, path in its folder, or record id."""

    id: str
    text: str = field(repr=False)


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
    if data.startswith(_UTF8_MARK):
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
    _warn_of_tags(text, where=where)
    return text


def _warn_of_tags(text: str, *, where: str) -> None:
    tag = _TAG.search(text)
    if tag:
        logger.warning("%s: holds HTML tags such as %s, read as text", where, tag.group()[:40])


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {_reason(error)}; expected a file or a folder") from error


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _record_text(record: object, *, where: str) -> tuple[str, str | None]:
    if not isinstance(record, dict):
        raise InputError(f'{where}: expected an object such as {{"text": "...", "id": "..."}}')
    text = record.get("text")
    if not isinstance(text, str):
        problem = "no key 'text'" if "text" not in record else "'text' is not a string"
        raise InputError(f"{where}: {problem}; expected the article's text there")
    if not text.strip():
        raise InputError(f"{where}: 'text' is empty; expected the article's text there")
    _warn_of_tags(text, where=where)
    name = record.get("id")
    if name is None:
        return text, None
    if isinstance(name, bool) or not isinstance(name, str | int):
        raise InputError(f"{where}: 'id' is {type(name).__name__}; expected a string or a number")
    return text, str(name)


def _read_jsonl(path: Path) -> Iterator[Article]:
    try:
        with path.open("rb") as file:
            found = False
            for number, line in enumerate(file, start=1):
                where = f"{path}, line {number}"
                if number == 1:
                    line = line.removeprefix(_UTF8_MARK)
                if not line.strip():
                    continue
                try:
                    record = json.loads(line.decode("utf-8"))
                except UnicodeDecodeError as error:
                    raise InputError(f"{where}: not UTF-8; JSON Lines must be") from error
                except (json.JSONDecodeError, RecursionError) as error:
                    reason = getattr(error, "msg", "nested too deep")
                    raise InputError(
                        f"{where}: not JSON ({reason}); expected one object a line"
                    ) from error
                text, name = _record_text(record, where=where)
                found = True
                yield Article(name or f"{path.name}:{number}", text)
    except OSError as error:
        raise InputError(f"{path}: {_reason(error)}; expected a file or a folder") from error
    if not found:
        raise InputError(f"{path}: the file is empty; expected a record with a text key a line")


def _read_parquet(path: Path) -> Iterator[Article]:
    try:
        import pyarrow  # type: ignore[import-untyped, unused-ignore]
        import pyarrow.parquet  # type: ignore[import-untyped, unused-ignore]
    except ImportError as error:
        raise MissingExtraError(f"{path}: reading Parquet files", "frame") from error
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            names = file.schema_arrow.names
            if "text" not in names:
                raise InputError(
                    f"{path}: no column 'text' among {', '.join(names) or 'no columns'}; "
                    "expected the articles' texts there"
                )
            columns = ["text", "id"] if "id" in names else ["text"]
            number = 0
            for batch in file.iter_batches(batch_size=256, columns=columns):
                for record in batch.to_pylist():
                    number += 1
                    text, name = _record_text(record, where=f"{path}, row {number}")
                    yield Article(name or f"{path.name}:{number}", text)
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(f"{path}: can't be read as Parquet") from error
    if number == 0:
        raise InputError(f"{path}: the table is empty; expected a row an article")


def _text_files(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        # An article that is left out without a word would be missed by nobody.
        raise InputError(
            f"{error.filename}: {_reason(error)}; expected a folder that can be read"
        ) from error

    # Links to folders are not followed: they can lead round in circles.
    for parent, _, names in os.walk(folder, onerror=refuse):
        yield from (Path(parent, name) for name in names if name.endswith(".txt"))


def _read_folder(folder: Path) -> Iterator[Article]:
    paths = sorted(_text_files(folder))
    if not paths:
        raise InputError(f"{folder}: no .txt file in this folder; expected at least one")
    for path in paths:
        text = _article_text(_read_bytes(path), where=str(path))
        yield Article(path.relative_to(folder).as_posix(), text)


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
    """Whether the path is a collection (folder, JSONL, Parquet) rather than one article."""
    path = Path(path)
    return _answers(path.is_dir) or path.suffix.lower() in (*_JSONL_SUFFIXES, ".parquet")


def read_articles(path: str | Path) -> Iterator[Article]:
    """Reads articles one by one.

    Args:
        path: A text file, a folder (all its ``.txt`` files, also in folders
            below, sorted), a JSONL or Parquet file with ``text`` and optionally
            ``id``, or ``-`` for one article on standard input.

    Raises:
        InputError: The path is missing, empty, binary or malformed; the message
            names the file, the line where there is one, and what was expected.
        MissingExtraError: A Parquet file, and pyarrow is not installed.
    """
    if str(path) == STDIN:
        where = "standard input"
        yield Article("stdin", _article_text(sys.stdin.buffer.read(), where=where))
        return
    path = Path(path)
    suffix = path.suffix.lower()
    if _answers(path.is_dir):
        yield from _read_folder(path)
    elif suffix in _JSONL_SUFFIXES:
        yield from _read_jsonl(path)
    elif suffix == ".parquet":
        if not _answers(path.exists):
            raise InputError(f"{path}: no such file or directory; expected a file or a folder")
        yield from _read_parquet(path)
    else:
        data = _read_bytes(path)
        if suffix in _NOT_PROSE and data:
            raise InputError(
                f"{path}: {suffix} files are not read; expected plain text, {_NOT_PROSE[suffix]}"
            )
        if data.startswith(_PARQUET_MAGIC):
            yield from _read_parquet(path)
            return
        yield Article(path.name, _article_text(data, where=str(path)))
