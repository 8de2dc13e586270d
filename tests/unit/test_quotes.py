"""Quotation marks, in all the ways in which articles use and break them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stancekit.attribution.attributor import make_statement
from stancekit.attribution.quotes import Quotes, find_quotes, quoted_share
from stancekit.attribution.utterances import find_turns
from stancekit.text import read_document
from stancekit.types import Span

MARKS = "“”„«»‹›‘’‚\"'「」『』 \n.,ab9"


def quotes(text: str) -> list[str]:
    return [s.text for s in find_quotes(read_document(text)).spans]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # 1, 3, 4: one, two and split quotations
        ("“We tried,” Orlov said.", ["“We tried,”"]),
        ('"We tried," she said. "They refused."', ['"We tried,"', '"They refused."']),
        ("“If talks fail,” he said, “we fight.”", ["“If talks fail,”", "“we fight.”"]),
        # 9: a dash and a name after it
        ("“Go.” — Minister Roe", ["“Go.”"]),
        # 14, 15, 16, 18: words in passing
        ('Roe said the plan was "dead on arrival".', ['"dead on arrival"']),
        ("the “volunteers” crossed", ["“volunteers”"]),
        ('Joe "Shorty" Diaz', ['"Shorty"']),
        # 19: a quotation in a quotation counts once
        ("“He told me ‘sign or leave’,” Roe said.", ["“He told me ‘sign or leave’,”"]),
        ("\"He told me 'sign or leave',\" Roe said.", ["\"He told me 'sign or leave',\""]),
        ("‘He told me “sign”,’ Roe said.", ["‘He told me “sign”,’"]),
        ("“He told me ‘sign,” Roe said.", ["“He told me ‘sign,”"]),
        # 11: British single marks, with apostrophes inside
        ("‘We won’t go,’ he said.", ["‘We won’t go,’"]),
        ("'We won't go,' he said. 'No.'", ["'We won't go,'", "'No.'"]),
        # 11: apostrophes alone
        ("Roe's and the workers' plan isn't dead", []),
        ("Roe’s and the workers’ plan isn’t dead", []),
        ("the '90s, rock 'n' roll and 'em", []),
        ('In the \'90s he said "we won" twice', ['"we won"']),
        ("In the '90s he said 'we won' twice", ["'we won'"]),
        ("In the ‘90s he said “we won” twice", ["“we won”"]),
        ("the 'old man said “we won” and left", ["“we won”"]),
        # 11: mismatched marks
        ('“We won," he said.', ['“We won,"']),
        ('"We won,” he said.', ['"We won,”']),
        ('“She said "no" to me,” he said.', ['“She said "no" to me,”']),
        # other styles
        ("« Non », dit-elle.", ["« Non »"]),
        ("«\u00a0Non\u00a0», dit-elle.", ["«\u00a0Non\u00a0»"]),
        ("„Nein“, sagte er.", ["„Nein“"]),
        ("„Nie”, powiedział.", ["„Nie”"]),
        ("「行く」と言った", ["「行く」"]),
        # marks that quote nothing
        ('6\'2" tall and 12" wide', []),
        ("a ” b ’ c » d", []),
        ("", []),
    ],
)
def test_quotations(text: str, expected: list[str]) -> None:
    found = find_quotes(read_document(text))
    assert [s.text for s in found.spans] == expected
    assert found.skipped == ()


def test_a_quotation_over_several_paragraphs() -> None:
    # 5: reopened at each paragraph, closed once
    text = "Roe said: “One.\n\n“Two.\n\n“Three,” and left. “Four.”"
    found = find_quotes(read_document(text))
    assert [s.text for s in found.spans] == ["“One.", "“Two.", "“Three,”", "“Four.”"]
    assert found.skipped == ()


def test_the_same_with_straight_marks() -> None:
    found = find_quotes(read_document('"One.\n\n"Two."\n\nHe left.'))
    assert [s.text for s in found.spans] == ['"One.', '"Two."']
    assert found.skipped == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Single marks that begin paragraph after paragraph are none of apostrophes.
        ("‘I don’t pay.\n\n‘I never paid,’ she said.", ["‘I don’t pay.", "‘I never paid,’"]),
        ("'I don't pay.\n\n'I never paid,' she said.", ["'I don't pay.", "'I never paid,'"]),
        ("‘I don’t pay.\n\nShe left.", []),
        ("‘Tis late.\n\n‘I never paid,’ she said.", ["‘I never paid,’"]),
        ("Roe: ‘I don’t pay.\n\n‘Never,’ she said.", ["‘Never,’"]),
    ],
)
def test_single_marks_over_several_paragraphs(text: str, expected: list[str]) -> None:
    found = find_quotes(read_document(text))
    assert [s.text for s in found.spans] == expected
    assert found.skipped == ()


@pytest.mark.parametrize("mark", ["“", '"', "«", "„"])
def test_an_unclosed_mark_quotes_to_the_end_of_its_paragraph(mark: str) -> None:
    text = f"Roe said: {mark}One. Two.\n\nThree."
    found = find_quotes(read_document(text))
    assert [s.text for s in found.spans] == [f"{mark}One. Two."]
    assert [(s.start, s.end) for s in found.skipped] == [(10, 20)]
    assert mark in found.skipped[0].reason


def test_a_mark_left_open_in_the_last_paragraph_is_reported() -> None:
    found = find_quotes(read_document("“One.\n\n“Two."))
    assert [s.text for s in found.spans] == ["“One.", "“Two."]
    assert [s.start for s in found.skipped] == [7]


def test_an_apostrophe_before_an_unclosed_mark() -> None:
    found = find_quotes(read_document("the 'old man said “we won and left"))
    assert [s.text for s in found.spans] == ["“we won and left"]


def test_quoted_share() -> None:
    text = "He said it was “dead”."
    document = read_document(text)
    found = find_quotes(document)

    def share(start: int, end: int) -> float:
        return quoted_share(found, (document.span(start, end),))

    assert share(16, 20) == 1
    assert share(15, 22) == 1
    assert share(0, 14) == 0
    assert share(11, 21) == pytest.approx(4 / 7)
    assert share(21, 22) == 0
    assert quoted_share(Quotes((), ()), ()) == 0
    assert quoted_share(found, (Span(0, 2, "He"), Span(16, 20, "dead"))) == pytest.approx(4 / 6)


@settings(deadline=None, max_examples=300)
@given(st.text(alphabet=MARKS, max_size=60))
def test_any_marks_give_ordered_spans_that_slice_back(text: str) -> None:
    found = find_quotes(read_document(text))
    position = 0
    for span in found.spans:
        assert text[span.start : span.end] == span.text
        assert position <= span.start < span.end
        position = span.end
    for skipped in found.skipped:
        assert 0 <= skipped.start < skipped.end <= len(text)


@pytest.mark.parametrize("rubbish", ["“", '"', "'a ", " 'a", "‘a’b", "“‘", '\'90s "x" '])
def test_rubbish_is_read_in_linear_time(rubbish: str) -> None:
    began = time.process_time()
    find_quotes(read_document(rubbish * 20_000))
    assert time.process_time() - began < 5


TRANSCRIPT = "CHAIR: Order, please.\n\nROE: Diaz said that the mill leaks.\n\nCHAIR: Noted."


@pytest.mark.parametrize(
    ("content", "cue", "kind"),
    [
        # The words of a turn need no marks to be the speaker's own …
        ("Order, please.", ":", "direct"),
        ("Noted.", None, "direct"),
        # … but what is reported in it does.
        ("that the mill leaks", "said", "indirect"),
        ("Diaz said that the mill leaks.", ":", "direct"),
    ],
)
def test_turns_of_a_transcript_are_direct(content: str, cue: str | None, kind: str) -> None:
    document = read_document(TRANSCRIPT)

    def span(text: str) -> Span:
        start = TRANSCRIPT.index(text)
        return document.span(start, start + len(text))

    statement = make_statement(
        document,
        find_quotes(document),
        number=1,
        contents=(span(content),),
        cue=span(cue) if cue else None,
        source=None,
        confidence=1.0,
        turns={turn.start for turn in find_turns(document)},
    )
    assert statement.kind == kind
