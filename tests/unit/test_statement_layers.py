"""What a text lays over each other, what stands beside it, and what nobody says."""

from __future__ import annotations

import re
import time

import pytest

from stancekit.attribution.beside import completed
from stancekit.attribution.bounds import bounded
from stancekit.attribution.layers import Draft, with_layers
from stancekit.attribution.quotes import find_quotes
from stancekit.attribution.silent import speaks
from stancekit.text import read_document
from stancekit.types import Document

Row = tuple[str | None, str | None, str]  # source, cue, contents parted by " … "


def draft(document: Document, row: Row) -> Draft:
    """A draft of spans that are sought in the text."""

    def span(words: str) -> tuple[int, int]:
        found = re.search(
            rf"\b{re.escape(words)}(?!\w)" if words[0].isalnum() else re.escape(words),
            document.text,
        )
        assert found, words
        return found.span()

    source, cue, content = row
    return Draft(
        tuple(document.span(*span(words)) for words in content.split(" … ")),
        document.span(*span(cue)) if cue else None,
        document.span(*span(source)) if source else None,
        0.8,
    )


def rows(drafts: list[Draft]) -> list[Row]:
    return [
        (
            d.source.text if d.source else None,
            d.cue.text if d.cue else None,
            " … ".join(c.text for c in d.contents),
        )
        for d in drafts
    ]


def layered(text: str, *given: Row) -> list[Row]:
    document = read_document(text)
    return rows(
        with_layers(document, find_quotes(document), [draft(document, row) for row in given])
    )


@pytest.mark.parametrize(
    ("text", "given", "expected"),
    [
        (
            "Ann Roe mocked the mayor for saying that the pier leaks.",
            ("Ann Roe", "for saying", "that the pier leaks"),
            [
                ("Ann Roe", "mocked", "the mayor for saying that the pier leaks"),
                ("the mayor", "saying", "that the pier leaks"),
            ],
        ),
        (
            "Ann Roe has reproached him for telling a paper that the pier leaks.",
            ("Ann Roe", "telling", "that the pier leaks"),
            [
                ("Ann Roe", "has reproached", "him for telling a paper that the pier leaks"),
                ("him", "telling", "that the pier leaks"),
            ],
        ),
        (
            "Rain fell, and Bo Diaz, a cook, attacked the clerk for calling it “rain”.",
            ("the clerk", "calling", "it “rain”"),
            [
                ("Bo Diaz, a cook", "attacked", "the clerk for calling it “rain”"),
                ("the clerk", "calling", "it “rain”"),
            ],
        ),
        (
            "Bo Diaz was criticised by Ann Roe for saying that it leaks.",
            ("Ann Roe", "saying", "that it leaks"),
            [("Ann Roe", "saying", "that it leaks")],
        ),
        (
            "Ann Roe thanked Bo Diaz for calling an ambulance, and said it leaks.",
            ("Ann Roe", "said", "it leaks"),
            [("Ann Roe", "said", "it leaks")],
        ),
        (
            # Nothing was found there, and what follows is of another sentence.
            "Ann Roe mocked the mayor for saying it. The pier leaks, Roe said.",
            ("Roe", "said", "The pier leaks"),
            [("Roe", "said", "The pier leaks")],
        ),
    ],
)
def test_what_somebody_is_blamed_for_saying(text: str, given: Row, expected: list[Row]) -> None:
    assert layered(text, given) == expected


@pytest.mark.parametrize(
    ("text", "given", "expected"),
    [
        (
            "Ann Roe said the pier leaks, a claim Bo Diaz disputes.",
            ("Ann Roe", "said", "the pier leaks, a claim Bo Diaz disputes"),
            [("Ann Roe", "said", "the pier leaks"), ("Bo Diaz", "disputes", "a claim")],
        ),
        (
            "Ann Roe said the pier leaks, a view that the clerk does not share.",
            ("Ann Roe", "said", "the pier leaks"),
            [("Ann Roe", "said", "the pier leaks"), ("the clerk", "does not share", "a view")],
        ),
        (
            "Ann Roe said the toll road, a proposal Bo Diaz opposes, would cost less.",
            ("Ann Roe", "said", "the toll road, a proposal Bo Diaz opposes, would cost less"),
            [
                ("Ann Roe", "said", "the toll road … would cost less"),
                ("Bo Diaz", "opposes", "a proposal"),
            ],
        ),
        (
            "“The pier, a plan I support, will be rebuilt,” Ann Roe said.",
            ("Ann Roe", "said", "“The pier, a plan I support, will be rebuilt,”"),
            [("Ann Roe", "said", "“The pier, a plan I support, will be rebuilt,”")],
        ),
        (
            "Ann Roe said the pier leaks, a claim the size of a whale.",
            ("Ann Roe", "said", "the pier leaks"),
            [("Ann Roe", "said", "the pier leaks")],
        ),
    ],
)
def test_what_somebody_thinks_of_it(text: str, given: Row, expected: list[Row]) -> None:
    assert layered(text, given) == expected


@pytest.mark.parametrize(
    ("text", "given", "expected"),
    [
        (
            "The pier leaks, Ann Roe said, according to Olm Wire.",
            ("Ann Roe", "said", "The pier leaks"),
            [
                ("Ann Roe", "said", "The pier leaks"),
                ("Olm Wire", "according to", "The pier leaks, Ann Roe said"),
            ],
        ),
        (
            "The pier leaks, two clerks said, according to Olm Wire.",
            ("Olm Wire", "according to", "The pier leaks"),
            [
                ("Olm Wire", "according to", "The pier leaks, two clerks said"),
                ("two clerks", "said", "The pier leaks"),
            ],
        ),
        (
            "Ann Roe said that the pier leaks, Olm Wire reported.",
            ("Ann Roe", "said", "that the pier leaks"),
            [
                ("Ann Roe", "said", "that the pier leaks"),
                ("Olm Wire", "reported", "Ann Roe said that the pier leaks"),
            ],
        ),
        (
            "Ann Roe, a cook, said the pier leaks, Olm Wire reported.",
            ("Olm Wire", "reported", "Ann Roe, a cook, said the pier leaks"),
            [
                ("Olm Wire", "reported", "Ann Roe, a cook, said the pier leaks"),
                ("Ann Roe", "said", "the pier leaks"),
            ],
        ),
        (
            "The pier leaks, Ann Roe said, according to U.S. officials.",
            ("Ann Roe", "said", "The pier leaks"),
            [
                ("Ann Roe", "said", "The pier leaks"),
                ("U.S. officials", "according to", "The pier leaks, Ann Roe said"),
            ],
        ),
        (
            "The suspect called the police, according to Olm Wire.",
            ("Olm Wire", "according to", "The suspect called the police"),
            [("Olm Wire", "according to", "The suspect called the police")],
        ),
        (
            # One layer only.
            "The pier leaks, according to Olm Wire. Ann Roe said so.",
            ("Olm Wire", "according to", "The pier leaks"),
            [("Olm Wire", "according to", "The pier leaks")],
        ),
    ],
)
def test_what_somebody_relays(text: str, given: Row, expected: list[Row]) -> None:
    assert sorted(layered(text, given), key=str) == sorted(expected, key=str)


def test_what_follows_a_sentence_about_how_somebody_is_minded() -> None:
    text = (
        "Ann Roe, the mayor, was unmoved. It had always leaked. It would go on.\n\n"
        "Bo Diaz was blunt. “Buy it,” he said. He was firm about the price. It was low. "
        "The clerk replied no."
    )
    given: list[Row] = [("he", "said", "“Buy it,”"), ("The clerk", "replied", "no")]
    assert layered(text, *given) == [
        ("Ann Roe, the mayor", "was unmoved", "It had always leaked. It would go on"),
        *given[:1],
        ("He", "was firm about the price", "It was low"),
        *given[1:],
    ]


@pytest.mark.parametrize(
    "text",
    [
        "The sky was clear. It had rained.",
        "Skies were unmoved. It had rained.",
        "Olm Ltd is a small firm. It had two shops.",
        "Ann Roe was firm on Monday. It had rained.",
        "Ann Roe was unmoved.\n\nIt had rained.",
    ],
)
def test_what_is_no_mood(text: str) -> None:
    assert layered(text) == []


@pytest.mark.parametrize(
    ("text", "given", "expected"),
    [
        ("I still believe that it leaks.", (None, "believe", "that it leaks"), "I"),
        ("He told Bo it leaks.", ("Bo", "told", "it leaks"), "Bo"),
        ("It rained and they have said so.", (None, "said", "so"), "they"),
        ("The pier, it is said, leaks.", (None, "said", "leaks"), None),
        ("From Ann Roe, Olm:\n“It leaks.”", (None, None, "“It leaks.”"), "Ann Roe, Olm"),
        ("It rained.\n\n“It leaks.”", (None, None, "“It leaks.”"), None),
        (
            "‘Toxic culture’ claims rock Olm council\n\nIt rained.\n\nIt snowed.",
            (None, None, "‘Toxic culture’"),
            None,
        ),
        (
            "Pier: “It leaks,” says Olm mayor\n\nIt rained.\n\nIt snowed.",
            (None, ":", "“It leaks,”"),
            "Olm mayor",
        ),
    ],
)
def test_a_source_that_stands_beside(text: str, given: Row, expected: str | None) -> None:
    document = read_document(text)
    found = completed(document, draft(document, given))
    assert (found.source.text if found.source else None) == expected


@pytest.mark.parametrize(
    ("text", "given", "expected"),
    [
        ("No mayor will ever say “it leaks”.", (None, "say", "“it leaks”"), False),
        ("It is what nobody here would call “dry”.", (None, "call", "“dry”"), False),
        ("No mayor came. “It leaks,” Ann Roe said.", ("Ann Roe", "said", "“It leaks,”"), True),
        ("“Nobody would come,” said Roe.", ("Roe", "said", "“Nobody would come,”"), True),
        ("None of the men said it leaks.", ("None of the men", "said", "it leaks"), True),
        ("Experience shows that it leaks.", ("Experience", "shows", "that it leaks"), False),
        ("The Pier Act of 1951 says it leaks.", ("The Pier Act of 1951", "says", "it leaks"),
         False),
        ("The bill says nothing about it.", ("The bill", "says nothing about", "it"), False),
        ("The bill says it leaks.", ("The bill", "says", "it leaks"), True),
        ("No one came to what police called “a riot”.", ("police", "called", "“a riot”"), True),
        ("No 10 has called it “dead”.", ("No 10", "has called", "“dead”"), True),
        ("Jude Law said it leaks.", ("Jude Law", "said", "it leaks"), True),
        ("Her mother-in-law said it leaks.", ("Her mother-in-law", "said", "it leaks"), True),
        ("Bill said nothing about it.", ("Bill", "said nothing about", "it"), True),
        ("The act’s author says it leaks.", ("The act’s author", "says", "it leaks"), True),
    ],
)  # fmt: skip
def test_what_nobody_says(text: str, given: Row, expected: bool) -> None:
    document = read_document(text)
    assert speaks(document, draft(document, given)) is expected


@pytest.mark.parametrize(
    ("text", "given", "expected"),
    [
        ("Ann Roe said it leaks.", ("Ann Roe", "said", "it leaks."), "it leaks"),
        ("Ann Roe: it leaks.", ("Ann Roe", ":", "it leaks."), "it leaks"),
        ("Ann Roe said it leaks...", ("Ann Roe", "said", "it leaks..."), "it leaks..."),
        ("“It leaks.” Ann Roe said.", ("Ann Roe", "said", "“It leaks.”"), "“It leaks.”"),
        ("Ann Roe called the pier “dry”.", ("Ann Roe", "called", "the pier … “dry”"),
         "the pier “dry”"),
        ("Ann Roe urged the town to mend it.", ("Ann Roe", "urged", "to mend it"),
         "the town to mend it"),
        ("“Go,” urged Ann Roe to mend it.", ("Ann Roe", "urged", "to mend it"), "to mend it"),
        ("Ann Roe told the town to mend it.", ("Ann Roe", "told", "to mend it"), "to mend it"),
        ("The pier, Ann Roe said, would leak.", ("Ann Roe", "said", "would leak"),
         "The pier … would leak"),
        ("It is a pier which Ann Roe said would leak.", ("Ann Roe", "said", "would leak"),
         "which … would leak"),
        ("It rained. Ann Roe said could it be?", ("Ann Roe", "said", "could it be"),
         "could it be"),
    ],
)  # fmt: skip
def test_where_a_content_begins_and_ends(text: str, given: Row, expected: str) -> None:
    document = read_document(text)
    found = bounded(document, draft(document, given), is_turn=False)
    assert " … ".join(c.text for c in found.contents) == expected


def test_a_turn_keeps_its_full_stop() -> None:
    document = read_document("ROE: It leaks.")
    found = bounded(document, draft(document, ("ROE", ":", "It leaks.")), is_turn=True)
    assert found.contents[0].text == "It leaks."


@pytest.mark.parametrize(
    "text",
    ["The Roe " * 9000, ", a claim the " * 6000, "mocked a " * 9000, "No a " * 9000 + "“x”",
     "accused the x of " * 6000, "and no will will " * 2000 + "“x”", "He was firm. " * 3000,
     "x, a claim Roe denied. " * 2000, "He was " * 9000, "the " * 9000 + "reported."],
)  # fmt: skip
def test_a_long_text_takes_no_long_time(text: str) -> None:
    document = read_document(text)
    one = Draft((document.span(len(text) - 6, len(text) - 1),), None, None, 0.5)
    began = time.perf_counter()
    speaks(document, completed(document, one))
    assert with_layers(document, find_quotes(document), [one] * 200)
    assert time.perf_counter() - began < 2
