"""The authoring form, the form that ships, and the way between them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stancekit.errors import DataError
from stancekit.evaluation.articles import (
    article_from_dict,
    article_of_record,
    article_to_dict,
    kind_of,
    quoted_mask,
    read_article,
    read_articles,
    write_article,
)
from stancekit.evaluation.markup import (
    assign_splits,
    convert,
    format_article,
    parse_article,
    parse_marks,
    read_markup,
    write_marks,
)
from stancekit.types import Span

HEADER = """+++
id = "ferry-fares"
title = "Islanders balk at “fair” fares"
constructions = [15]
[[targets]]
id = "fares"
text = "higher ferry fares"
[[targets]]
id = "tunnel"
claim = "The strait needs a tunnel"
[[speakers]]
id = "p1"
name = "Ann Roe"
type = "person"
stances = {fares = "against", tunnel = "favor"}
[[speakers]]
id = "p2"
name = "Luis Diaz"
type = "person"
stances = {fares = "against", tunnel = "none"}
[[speakers]]
id = "j1"
name = "both councillors"
type = "group"
members = ["p1", "p2"]
[[statements]]
n = 1
kind = "direct"
modality = "asserted"
speaker = "p1"
stances = {fares = "against"}
constructions = [1, 4]
[[statements]]
n = 2
kind = "indirect"
modality = "asserted"
speaker = "p2"
stances = {fares = "against"}
constructions = [48]
echo = true
of = 1
[[statements]]
n = 3
kind = "indirect"
modality = "believed"
speaker = "null"
constructions = [27]
"""
BODY = """
Islanders balk at “fair” fares

{c1|“Nobody can pay that,”} {s1|Ann Roe} {q1|said}, {c1|“so dig the tunnel.”} {s2|Diaz} {q2|agreed} \
with {c2|her on the fares}.

{q3|It is feared} {c3|that {s1|Roe} will have her way}.
"""
SOURCE = f"{HEADER}+++\n{BODY}"


def test_offsets_give_the_text_back() -> None:
    parsed = parse_article(SOURCE, where="a.md", split="dev")
    assert parsed.text.startswith("Islanders balk")
    assert "{" not in parsed.text
    for statement in parsed.statements:
        for span in statement.spans:
            assert parsed.text[span.start : span.end] == span.text
    first, second, third = parsed.statements
    assert [s.text for s in first.contents] == ["“Nobody can pay that,”", "“so dig the tunnel.”"]
    assert [s.text for s in first.source] == ["Ann Roe", "Roe"]
    assert (second.echo_of, second.speaker) == ("s1", "p2")
    assert third.contents[0].text == "that Roe will have her way"
    assert third.speaker is None
    assert parsed.speakers[2].members == ("p1", "p2")
    assert parsed.targets[1].target().name == "The strait needs a tunnel"
    assert parsed.constructions == (15,)


def test_round_trip_through_both_forms(tmp_path: Path) -> None:
    parsed = parse_article(SOURCE, where="a.md", split="dev")
    assert parse_article(format_article(parsed), where="b.md") == parsed
    assert article_from_dict(json.loads(json.dumps(article_to_dict(parsed))), where="x") == parsed
    assert read_article(write_article(parsed, tmp_path)) == parsed
    body = format_article(parsed).split("+++\n")[2]
    assert parse_marks(body, where="")[1] == parse_marks(BODY.strip() + "\n", where="")[1]


@given(st.data())
def test_marks_round_trip(data: st.DataObject) -> None:
    text = data.draw(st.text(st.characters(exclude_characters="{}"), min_size=1, max_size=30))
    marks: set[tuple[int, str, int, int]] = set()
    for number in range(data.draw(st.integers(0, 6))):
        start = data.draw(st.integers(0, len(text) - 1))
        end = data.draw(st.integers(start + 1, len(text)))
        crossing = any(a < start < b < end or start < a < end < b for _, _, a, b in marks)
        if not crossing:
            marks.add(
                (number, data.draw(st.sampled_from(["source", "cue", "contents"])), start, end)
            )
    bare, found = parse_marks(write_marks(text, marks), where="x")
    assert bare == text
    assert set(found) == marks


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{q2|agreed}", "{q2|agreed", r"a\.md:52: the mark q2 is never closed"),
        ("her on the fares}", "her on the fares}}", r"a\.md:52: a brace that closes nothing"),
        ("{s2|Diaz}", "{x2|Diaz}", r"a\.md:52: a brace that begins no mark"),
        ("{s2|Diaz}", "{s2|}", r"a\.md:52: an empty mark s2"),
        ("{q3|", "{q7|", r"a\.md:54: the mark of statement 7 has no"),
        ("n = 3", "n = 4", r"a\.md:42: statement 4 is not marked"),
        ('modality = "believed"', 'modality = "thought"', r"a\.md:42: statement s3: modality 'tho"),
        ('speaker = "p2"', 'speaker = "p9"', r"a\.md:33: statement s2: speaker 'p9', expected"),
        ('type = "group"', 'type = "pair"', r"a\.md:21: speaker j1: type 'pair'"),
        ("of = 1", "of = 8", r"a\.md:33: statement s2: echo_of 's8'"),
        ("constructions = [27]", "constructions = [63]", r"a\.md:42: .*construction 63"),
        ('text = "higher ferry fares"', "", r"target fares: expected text or claim"),
        ('id = "tunnel"', "id = tunnel", r"a\.md:9: "),
        ("+++\nid", "id", r"a\.md:1: expected a header"),
    ],
)
def test_mistakes_are_named_with_their_line(old: str, new: str, message: str) -> None:
    assert old in SOURCE
    with pytest.raises(DataError, match=message):
        parse_article(SOURCE.replace(old, new, 1), where="a.md")


def test_all_wrong_references_in_one_message() -> None:
    source = SOURCE.replace('speaker = "p2"', 'speaker = "p9"').replace("[48]", "[0]")
    with pytest.raises(DataError) as caught:
        parse_article(source, where="a.md")
    assert len(str(caught.value).splitlines()) == 2


def test_crossing_marks_and_braces_cannot_be_written() -> None:
    with pytest.raises(DataError, match="crosses"):
        write_marks("abcdef", [(1, "cue", 0, 3), (2, "cue", 2, 5)])
    with pytest.raises(DataError, match="braces"):
        write_marks("a{b", [])


def test_loader_checks_offsets_and_references(tmp_path: Path) -> None:
    value = article_to_dict(parse_article(SOURCE, where="a.md", split="dev"))
    value["statements"][0]["contents"][0]["start"] += 1
    value["statements"][1]["stances"] = {"bridge": "favor"}
    value["statements"][2]["id"] = "s1"
    with pytest.raises(DataError) as caught:
        article_from_dict(value, where="x.json")
    message = str(caught.value)
    assert "s1: content:" in message
    assert "stance toward 'bridge'" in message
    assert "two statements with the id 's1'" in message
    broken = tmp_path / "a.json"
    broken.write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match=r"a\.json: not JSON"):
        read_article(broken)
    with pytest.raises(DataError, match="No such file"):
        read_article(tmp_path / "none.json")


def test_folder_and_split_must_agree(tmp_path: Path) -> None:
    path = write_article(parse_article(SOURCE, where="a.md", split="dev"), tmp_path)
    assert [a.id for a in read_articles(tmp_path)] == ["ferry-fares"]
    assert read_articles(tmp_path, split="test") == []
    (tmp_path / "test").mkdir()
    path.rename(tmp_path / "test" / path.name)
    with pytest.raises(DataError, match="split inside"):
        read_articles(tmp_path)


def test_convert_gives_splits_and_checks_itself(tmp_path: Path) -> None:
    paths = []
    for i in range(6):
        path = tmp_path / f"{i}.md"
        path.write_text(SOURCE.replace("ferry-fares", f"ferry-{i}"), encoding="utf-8")
        paths.append(path)
    articles = convert(paths, tmp_path / "out", dev_share=1 / 3)
    assert sorted(a.split for a in articles) == ["dev"] * 2 + ["test"] * 4
    assert len(read_articles(tmp_path / "out", split="test")) == 4
    paths[0].write_text("no header", encoding="utf-8")
    with pytest.raises(DataError, match=r"0\.md:1"):
        convert(paths, tmp_path / "out")
    with pytest.raises(DataError, match="two articles"):
        convert([paths[1], paths[1]], tmp_path / "out")


def test_dev_takes_what_test_can_spare(tmp_path: Path) -> None:
    rare = parse_article(SOURCE.replace("[27]", "[61]").replace("ferry-fares", "rare"), where="r")
    common = [parse_article(SOURCE.replace("ferry-fares", f"c{i}"), where="c") for i in range(5)]
    splits = assign_splits([rare, *common], dev_share=0.5)
    assert splits["rare"] == "test"
    assert sum(split == "dev" for split in splits.values()) == 3


def test_reading_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.md"):
        read_markup(tmp_path / "none.md")
    (tmp_path / "a.md").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(DataError, match="not UTF-8"):
        read_markup(tmp_path / "a.md")


@pytest.mark.parametrize(
    ("text", "content", "kind"),
    [
        ("“It is over,” she said.", "“It is over,”", "direct"),
        ("She said the plan was “dead on arrival”.", "the plan was “dead on arrival”", "mixed"),
        ("She said it was over.", "it was over", "indirect"),
        ('"It\'s over," she said.', '"It\'s over,"', "direct"),
        ("‘It’s over,’ she said.", "‘It’s over,’", "direct"),
        ("“It is over,\n\n“She left”, he said.", "“It is over,", "direct"),
        ("The dogs’ owner said it’s ours.", "it’s ours", "indirect"),
    ],
)
def test_kind_follows_from_the_marks(text: str, content: str, kind: str) -> None:
    start = text.index(content)
    assert kind_of(text, [Span(start, start + len(content))], quoted_mask(text)) == kind


def test_polnear_records() -> None:
    record = {
        "id": "a",
        "text": "“No,” Roe said.",
        "attributions": [
            {"source": [[6, 9]], "cue": [[10, 14]], "content": [[0, 5]]},
            {"source": [], "cue": [[10, 14]], "content": []},
        ],
    }
    parsed = article_of_record(record, where="x:1")
    assert [s.kind for s in parsed.statements] == ["direct"]
    assert parsed.statements[0].source[0].text == "Roe"
    record["attributions"][0]["cue"] = [[10, 99]]  # type: ignore[index]
    with pytest.raises(DataError, match="x:1: attribution 1: cue outside the text"):
        article_of_record(record, where="x:1")
    with pytest.raises(DataError, match="expected text and attributions"):
        article_of_record({"text": "a"}, where="x:1")


def test_shipped_articles_round_trip() -> None:
    folder = Path(__file__).parents[2] / "fixtures" / "articles"
    for shipped in read_articles(folder):
        assert parse_article(format_article(shipped), where=shipped.id) == shipped
