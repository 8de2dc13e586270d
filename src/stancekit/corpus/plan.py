"""What is to be done: articles in parts, each text once, every id once."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count, islice

from stancekit.corpus.tables import Rows, document_row, error_row, no_rows
from stancekit.tabular import Article, Unreadable
from stancekit.text import encodable
from stancekit.types import Document


class Index:
    """The texts and ids seen so far, on disk where they outgrow the cache.

    SQLite keeps a nameless database in a temporary file of its own, so that a
    million articles need no more memory than ten.
    """

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("CREATE TABLE texts (hash BLOB PRIMARY KEY, id TEXT) WITHOUT ROWID")
        self._database.execute("CREATE TABLE ids (id TEXT PRIMARY KEY) WITHOUT ROWID")

    def unique(self, id: str) -> str:
        """The id, with ``~2``, ``~3`` ... at its end where it was seen before."""
        chosen, numbers = id, count(2)
        while not self._insert("INSERT OR IGNORE INTO ids VALUES (?)", (chosen,)):
            chosen = f"{id}~{next(numbers)}"
        return chosen

    def first(self, sha256: str, id: str) -> str | None:
        """The id of the first article with this text, or None if this is the first."""
        key = bytes.fromhex(sha256)
        if self._insert("INSERT OR IGNORE INTO texts VALUES (?, ?)", (key, id)):
            return None
        row = self._database.execute("SELECT id FROM texts WHERE hash = ?", (key,)).fetchone()
        return str(row[0])

    def _insert(self, statement: str, values: tuple[object, ...]) -> bool:
        return self._database.execute(statement, values).rowcount == 1

    def close(self) -> None:
        """Gives the temporary file back."""
        self._database.close()


@dataclass(frozen=True, slots=True)
class Entry:
    """A record of the input: to be analysed, a duplicate, or unreadable."""

    id: str
    article: Article | None = None
    sha256: str = ""
    duplicate_of: str | None = None
    reason: str = ""

    @property
    def is_work(self) -> bool:
        """Whether it has a text that is to be analysed."""
        return self.article is not None and self.duplicate_of is None

    def rows(self) -> Rows:
        """The rows of a record that is not analysed."""
        rows = no_rows()
        if self.article is None:
            rows["documents"].append(document_row(self.id, status="failed"))
            rows["errors"].append(
                error_row(self.id, stage="read", error="InputError", message=self.reason)
            )
            return rows
        rows["documents"].append(
            document_row(
                self.id,
                date=self.article.date,
                status="duplicate",
                duplicate_of=self.duplicate_of,
                n_chars=len(self.article.text),
                sha256=self.sha256,
            )
        )
        return rows


@dataclass(frozen=True, slots=True)
class Part:
    """Records that follow each other, and what becomes one file of each table.

    ``input`` is a hash of the records, by which a later run knows them again.
    """

    number: int
    entries: tuple[Entry, ...]
    input: str


def _entry(record: Article | Unreadable, index: Index) -> Entry:
    id = index.unique(encodable(record.id))
    if isinstance(record, Unreadable):
        return Entry(id, reason=record.reason)
    sha256 = Document(record.text).sha256
    article = Article(id, record.text, record.date)
    return Entry(id, article, sha256, index.first(sha256, id))


def make_parts(
    records: Iterable[Article | Unreadable], *, size: int, index: Index
) -> Iterator[Part]:
    """Parts of ``size`` records each, the last with what remains."""
    stream = iter(records)
    for number in count():
        entries = tuple(_entry(record, index) for record in islice(stream, size))
        if not entries:
            return
        digest = hashlib.sha256()
        for entry in entries:
            date = entry.article.date if entry.article else ""
            digest.update(json.dumps([entry.id, date, entry.sha256]).encode() + b"\n")
        yield Part(number, entries, digest.hexdigest())
