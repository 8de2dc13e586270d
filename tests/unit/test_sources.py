"""Reading articles: every form that works, and one sentence for every one that does not."""

from __future__ import annotations

import io
import json
import logging
import os
import random
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from stancekit.errors import InputError, MissingExtraError, StancekitError
from stancekit.sources import Article, decode, holds_many, read_articles

TEXT = "“Ja,” said Ilse Brandt.\n\nTomas Rehák did not — he said “no”.\n"


def _write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def _one(path: Path | str) -> Article:
    (article,) = read_articles(path)
    return article


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a", "a.news"])
def test_text_file(tmp_path: Path, name: str) -> None:
    assert _one(_write(tmp_path, name, TEXT.encode())) == Article(name, TEXT)


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode("utf-8"),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
    ],
    ids=["utf-8", "mark", "utf-16", "utf-16 be mark", "utf-16-le", "utf-16-be", "utf-32"],
)
def test_encodings(tmp_path: Path, data: bytes, caplog: pytest.LogCaptureFixture) -> None:
    assert _one(_write(tmp_path, "a.txt", data)).text == TEXT
    assert not caplog.records


def test_windows_1252_is_read_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = "“Über alles,” said Renée — “£5”."
    path = _write(tmp_path, "a.txt", text.encode("cp1252"))
    with caplog.at_level(logging.WARNING):
        assert _one(path).text == text
    assert "Windows-1252" in caplog.text and "a.txt" in caplog.text


def test_bytes_that_windows_1252_lacks_do_not_stop_it() -> None:
    assert decode(b"caf\xe9 \x81 said Ann", where="x") == "café \ufffd said Ann"


def test_line_ends_are_kept(tmp_path: Path) -> None:
    text = "One.\r\n\r\nTwo.\rThree.\n"
    assert _one(_write(tmp_path, "a.txt", text.encode())).text == text


def test_two_megabytes(tmp_path: Path) -> None:
    text = TEXT * 30_000
    assert _one(_write(tmp_path, "a.txt", text.encode())).text == text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b" \r\n\t\n", "white space"),
        (b"\xef\xbb\xbf", "white space"),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
        (b"PK\x03\x04\x14\x00", "a ZIP archive or an office document"),
        (b"\x89PNG\r\n\x1a\n", "a PNG image"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "a JPEG image"),
        (b"\x1f\x8b\x08\x00", "a gzip archive"),
        (b"\x7fELF\x02\x01", "a program"),
        (b"{\\rtf1\\ansi hello}", "an RTF document"),
        (b"some text\x00 with a hole", "a binary file"),
        (bytes(random.Random(1).randbytes(4000)), "a binary file"),
        (bytes(range(1, 32)) * 40, "a binary file"),
        (b"\xff\xfea\x00b", "broken utf-16"),
        (b"\xff\xfe\x00\xd8a\x00", "broken utf-16"),
    ],
)
def test_rubbish_gets_one_plain_sentence(tmp_path: Path, data: bytes, words: str) -> None:
    path = _write(tmp_path, "rubbish.txt", data)
    with pytest.raises(InputError, match=words) as caught:
        list(read_articles(path))
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    assert len(message) < len(str(path)) + 120


def test_a_zipped_text_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    with pytest.raises(InputError, match="office document"):
        list(read_articles(path))


def test_missing_file(tmp_path: Path) -> None:
    for name in ("none.txt", "none.jsonl", "none.parquet", "none/a.txt"):
        with pytest.raises(InputError, match=r"no such file"):
            list(read_articles(tmp_path / name))


@pytest.mark.parametrize("name", ["a.json", "a.csv", "a.tsv"])
def test_tables_and_json_are_not_prose(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="expected"):
        list(read_articles(_write(tmp_path, name, b"x,y\n")))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root reads everything")
def test_unreadable_file(tmp_path: Path) -> None:
    path = _write(tmp_path, "a.txt", b"x")
    path.chmod(0)
    with pytest.raises(InputError, match="permission denied"):
        list(read_articles(path))


# --- folders -----------------------------------------------------------------


def test_folder_is_read_in_order_with_its_folders(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    _write(tmp_path, "z.txt", b"Z.")
    _write(tmp_path / "b", "a.txt", b"A.")
    _write(tmp_path, "notes.md", b"not an article of the folder")
    (tmp_path / "folder.txt").mkdir()
    assert list(read_articles(tmp_path)) == [Article("b/a.txt", "A."), Article("z.txt", "Z.")]
    assert holds_many(tmp_path)


def test_folder_without_articles(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no \.txt file"):
        list(read_articles(tmp_path))


def test_folder_names_the_bad_file(tmp_path: Path) -> None:
    _write(tmp_path, "a.txt", b"A.")
    _write(tmp_path, "b.txt", b"")
    with pytest.raises(InputError, match=r"b\.txt: the file is empty"):
        list(read_articles(tmp_path))


# --- JSONL -------------------------------------------------------------------


def test_jsonl(tmp_path: Path) -> None:
    lines = [
        json.dumps({"text": "One\u2028more.", "id": "x", "date": "today"}, ensure_ascii=False),
        "",
        json.dumps({"text": "Two.", "id": 7}),
        json.dumps({"text": "Three."}),
    ]
    path = _write(tmp_path, "a.jsonl", b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    assert list(read_articles(path)) == [
        Article("x", "One\u2028more."),
        Article("7", "Two."),
        Article("a.jsonl:4", "Three."),
    ]
    assert holds_many(path) and holds_many("A.NDJSON") and not holds_many("a.txt")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"not json", "not JSON"),
        (b'{"text": "x"', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'["x"]', "expected an object"),
        (b'{"body": "x"}', "no key 'text'"),
        (b'{"text": 5}', "'text' is not a string"),
        (b'{"text": "  "}', "'text' is empty"),
        (b'{"text": "x", "id": [1]}', "'id' is list"),
        (b'{"text": "\xff"}', "not UTF-8"),
    ],
)
def test_bad_jsonl_names_the_line(tmp_path: Path, line: bytes, words: str) -> None:
    path = _write(tmp_path, "a.jsonl", b'{"text": "fine"}\n' + line + b"\n")
    with pytest.raises(InputError, match="line 2: ") as caught:
        list(read_articles(path))
    assert words in str(caught.value)


def test_empty_jsonl(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="empty"):
        list(read_articles(_write(tmp_path, "a.jsonl", b"\n\n")))


# --- Parquet -----------------------------------------------------------------


def _parquet(path: Path, columns: dict[str, list[object]]) -> Path:
    import pyarrow  # type: ignore[import-untyped, unused-ignore]
    import pyarrow.parquet  # type: ignore[import-untyped, unused-ignore]

    pyarrow.parquet.write_table(pyarrow.table(columns), path)
    return path


def test_parquet(tmp_path: Path) -> None:
    path = _parquet(tmp_path / "a.parquet", {"text": ["One.", "Two."], "id": ["x", None]})
    expected = [Article("x", "One."), Article("a.parquet:2", "Two.")]
    assert list(read_articles(path)) == expected
    renamed = path.rename(tmp_path / "table")
    assert [article.text for article in read_articles(renamed)] == ["One.", "Two."]


def test_bad_parquet(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no column 'text' among body"):
        list(read_articles(_parquet(tmp_path / "a.parquet", {"body": ["x"]})))
    with pytest.raises(InputError, match="row 2: 'text' is not a string"):
        list(read_articles(_parquet(tmp_path / "b.parquet", {"text": ["x", None]})))
    with pytest.raises(InputError, match="the table is empty"):
        list(read_articles(_parquet(tmp_path / "c.parquet", {"text": []})))
    with pytest.raises(InputError, match="can't be read as Parquet"):
        list(read_articles(_write(tmp_path, "d.parquet", b"PAR1 but no table")))


def test_parquet_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _write(tmp_path, "a.parquet", b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"stancekit\[frame\]"):
        list(read_articles(path))


# --- standard input and pipes ------------------------------------------------


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode("utf-16"))))
    assert _one("-") == Article("stdin", TEXT)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    with pytest.raises(InputError, match="standard input: "):
        list(read_articles("-"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_named_pipe(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(TEXT.encode(),))
    writer.start()
    assert _one(path).text == TEXT
    writer.join()


def test_any_bytes_are_read_or_refused_in_one_sentence(tmp_path: Path) -> None:
    dice = random.Random(7)
    for round_ in range(300):
        alphabet = dice.choice([b"abc \n", bytes(range(256)), b"a\x00", b"\xc3\xa4\xff\xfe"])
        data = bytes(dice.choices(alphabet, k=dice.randrange(0, 40)))
        path = _write(tmp_path, f"{round_}.txt", data)
        try:
            text = _one(path).text
        except StancekitError as error:
            assert "\n" not in str(error)
            assert str(path) in str(error)
        else:
            assert text.strip()


# --- what people and disks do ------------------------------------------------


@pytest.mark.parametrize(
    "page",
    [
        "<!DOCTYPE html>\n<html><body><p>Roe said no.</p></body></html>",
        "\n <HTML lang='en'><p>Roe said no.</p>",
        "<?xml version='1.0'?>\n<!-- saved -->\n<html xmlns='x'>",
    ],
)
def test_a_web_page_is_refused(tmp_path: Path, page: str) -> None:
    path = _write(tmp_path, "a.txt", page.encode())
    with pytest.raises(InputError, match=r"a\.txt: this is an HTML page; expected the article's"):
        list(read_articles(path))


def test_pasted_tags_are_read_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = 'Roe said no.</p><p class="x">She left.'
    assert _one(_write(tmp_path, "a.txt", text.encode())).text == text
    assert "a.txt: holds HTML tags such as </p>" in caplog.text
    caplog.clear()
    _one(_write(tmp_path, "c.txt", b"If a<b and b>c, Roe said, <i> is no tag of ours: <x>."))
    assert "holds HTML tags such as <i>" in caplog.text
    caplog.clear()
    _one(_write(tmp_path, "d.txt", b"If a<b, c>d or p < q, Roe <roe@example.org> said, so be it."))
    assert caplog.text == ""


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_links_that_lead_round_in_circles(tmp_path: Path) -> None:
    folder = tmp_path / "news"
    (folder / "b").mkdir(parents=True)
    _write(folder / "b", "a.txt", b"A.")
    (folder / "b" / "up").symlink_to(folder, target_is_directory=True)
    assert [a.id for a in read_articles(folder)] == ["b/a.txt"]
    (folder / "round.txt").symlink_to(folder / "round.txt")
    with pytest.raises(InputError, match=r"round\.txt: too many"):
        list(read_articles(folder))


def test_a_folder_without_rights_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulated, since root may read everything. Its articles must not be left out silently."""
    (tmp_path / "closed").mkdir()
    _write(tmp_path, "a.txt", b"A.")
    scan = os.scandir

    def denied(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", denied)
    with pytest.raises(InputError, match=r"closed: permission denied; expected a readable"):
        list(read_articles(tmp_path))


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.parquet"])
def test_a_file_in_a_folder_that_may_not_be_entered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def denied(path: Path, *args: object, **kwargs: object) -> object:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "stat", denied)
    monkeypatch.setattr(Path, "open", denied)
    assert not holds_many(tmp_path / "a.txt")
    with pytest.raises(InputError, match=rf"{name}: (permission denied|no such file)"):
        list(read_articles(tmp_path / name))
