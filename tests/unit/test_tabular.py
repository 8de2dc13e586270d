"""Articles from tables: CSV, dates, own names of columns, saved datasets."""

from __future__ import annotations

import datetime
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from stancekit.errors import InputError
from stancekit.sources import count_articles, holds_many, read_articles, scan_articles
from stancekit.tabular import Article, Columns, Unreadable, from_records, iso_date


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2025-02-13", "2025-02-13"),
        (" 2025-02-13 ", "2025-02-13"),
        ("20250213", "2025-02-13"),
        ("2025-W07-4", "2025-02-13"),
        ("2025-02-13T23:30:00+02:00", "2025-02-13"),
        ("2025-02-13 10:00", "2025-02-13"),
        ("2025-02", "2025-02"),
        ("2025", "2025"),
        (2025, "2025"),
        (datetime.date(2025, 2, 13), "2025-02-13"),
        (datetime.datetime(2025, 2, 13, 9, tzinfo=datetime.UTC), "2025-02-13"),
        ("", ""),
        (None, ""),
        (float("nan"), ""),
        ("13.02.2025", None),
        ("2025-13-01", None),
        ("today", None),
        (True, None),
        (7.5, None),
    ],
)
def test_dates(value: object, expected: str | None) -> None:
    assert iso_date(value) == expected


def test_a_value_that_is_no_date_warns_once(caplog: pytest.LogCaptureFixture) -> None:
    records = [{"text": "A.", "date": "soon"}, {"text": "B.", "date": "later"}, {"text": "C."}]
    with caplog.at_level(logging.WARNING):
        articles = list(from_records([*records, {"text": "D.", "date": "2025-01-02"}], Columns()))
    assert [a.date for a in articles if isinstance(a, Article)] == ["", "", "", "2025-01-02"]
    assert len(caplog.records) == 1
    assert "'soon' is no ISO 8601 date" in caplog.text


def test_records_of_every_kind() -> None:
    given: list[Any] = ["One.", {"text": "Two.", "id": 7}, Article("x", "Three."), {"id": 1}, 5]
    found = list(from_records(given, Columns()))
    assert found[:3] == [Article("1", "One."), Article("7", "Two."), Article("x", "Three.")]
    assert [u.id for u in found[3:] if isinstance(u, Unreadable)] == ["1", "5"]
    assert all("record" in u.reason for u in found[3:] if isinstance(u, Unreadable))


# --- CSV ---------------------------------------------------------------------


def _csv(folder: Path, data: bytes, name: str = "a.csv") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_csv(tmp_path: Path) -> None:
    path = _csv(
        tmp_path,
        b'\xef\xbb\xbfid,date,text\r\nx,2025-02-13,"One,\r\nmore."\r\n\r\n,,Two.\r\n',
    )
    assert list(read_articles(path)) == [
        Article("x", "One,\r\nmore.", "2025-02-13"),
        Article("a.csv:2", "Two."),
    ]
    assert holds_many(path)
    assert count_articles(path) is None


@pytest.mark.parametrize(
    ("name", "data"), [("a.csv", b"id;text\nx;One, two.\n"), ("a.tsv", b"id\ttext\nx\tOne, two.\n")]
)
def test_other_delimiters(tmp_path: Path, name: str, data: bytes) -> None:
    assert list(read_articles(_csv(tmp_path, data, name))) == [Article("x", "One, two.")]


def test_a_long_cell(tmp_path: Path) -> None:
    text = "word " * 100_000
    (article,) = read_articles(_csv(tmp_path, b"text\n" + text.encode() + b"\n"))
    assert article.text == text


def test_own_names_of_columns(tmp_path: Path) -> None:
    columns = Columns(text="body", id="url", date="published")
    expected = [Article("u", "One.", "2025-02")]
    csv_file = _csv(tmp_path, b"url,published,body\nu,2025-02,One.\n")
    assert list(read_articles(csv_file, columns=columns)) == expected
    jsonl = tmp_path / "a.jsonl"
    jsonl.write_text(json.dumps({"url": "u", "published": "2025-02", "body": "One."}) + "\n")
    assert list(read_articles(jsonl, columns=columns)) == expected
    with pytest.raises(InputError, match="no column 'text' among url, published, body"):
        list(read_articles(csv_file))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no column 'text' among no columns"),
        (b"text\n", "the table is empty"),
        (b"text\n\xff\n", "not UTF-8"),
        (b"text,id\nOne.\n", "line 2: 1 cells; expected 2"),
        (b'text,id\n"a\nb",x\n ,y\n', "line 4: 'text' is empty"),
    ],
)
def test_bad_csv_names_the_line(tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(InputError) as caught:
        list(read_articles(_csv(tmp_path, data)))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


# --- scanning ----------------------------------------------------------------


def test_scanning_goes_on_after_a_bad_record(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text": "One."}\nnot json\n{"text": 5, "id": "b"}\n{"text": "Four."}\n')
    found = list(scan_articles(path))
    assert [type(f) for f in found] == [Article, Unreadable, Unreadable, Article]
    assert [f.id for f in found] == ["a.jsonl:1", "a.jsonl:2", "b", "a.jsonl:4"]
    assert count_articles(path) == 4


def test_scanning_goes_on_after_a_bad_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"A.")
    (tmp_path / "b.txt").write_bytes(b"")
    (tmp_path / "c.txt").write_bytes(b"C.")
    found = list(scan_articles(tmp_path))
    assert [f.id for f in found] == ["a.txt", "b.txt", "c.txt"]
    assert isinstance(found[1], Unreadable)
    assert count_articles(tmp_path) == 3


def test_a_folder_of_tables(tmp_path: Path) -> None:
    (tmp_path / "2024").mkdir()
    (tmp_path / "2024" / "a.jsonl").write_text('{"text": "One."}\n')
    (tmp_path / "b.csv").write_text("text,id\nTwo.,x\n")
    (tmp_path / "c.csv").write_bytes(b"\xff")
    found = list(scan_articles(tmp_path))
    assert [f.id for f in found] == ["2024/a.jsonl:1", "x", "c.csv"]
    assert isinstance(found[2], Unreadable)


def test_a_folder_with_texts_is_read_for_its_texts(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A.")
    (tmp_path / "index.csv").write_text("name,size\na,2\n")
    assert list(read_articles(tmp_path)) == [Article("a.txt", "A.")]


def test_a_wrong_column_ends_a_folder_of_tables(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("body\nOne.\n")
    with pytest.raises(InputError, match="no column 'text'"):
        list(scan_articles(tmp_path))


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A.")
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    assert [a.id for a in read_articles(tmp_path)] == ["a.txt"]


# --- Hugging Face datasets ----------------------------------------------------


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_saved_dataset(tmp_path: Path) -> None:
    import datasets

    columns = {"text": ["One.", "Two."], "id": ["x", None], "date": ["2025-02-13", None]}
    one = datasets.Dataset.from_dict({**columns, "more": [1, 2]})
    one.save_to_disk(str(tmp_path / "one"))
    found = list(read_articles(tmp_path / "one"))
    assert found == [Article("x", "One.", "2025-02-13"), Article("one:2", "Two.")]
    assert count_articles(tmp_path / "one") == 2
    with pytest.raises(InputError, match="no column 'body' among text, id, date, more"):
        list(read_articles(tmp_path / "one", columns=Columns(text="body")))
    datasets.DatasetDict({"train": one, "test": one}).save_to_disk(str(tmp_path / "both"))
    with pytest.raises(InputError, match=r"several splits; expected one of .*both.test"):
        list(read_articles(tmp_path / "both"))
