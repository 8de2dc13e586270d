"""Every way in which an article names who speaks. All people here are invented."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stancekit.speakers import resolve_speakers
from stancekit.speakers.names import find_names, tokenize
from stancekit.speakers.pronouns import load
from stancekit.text import read_document
from stancekit.types import Document, Kind, Span, Speaker, Statement


def _find(document: Document, words: str, after: int) -> Span:
    whole = re.compile(re.escape(words) if words == ":" else rf"(?<![\w-]){re.escape(words)}(?!\w)")
    match = whole.search(document.text, after)
    assert match, f"{words!r} is not in the text"
    return document.span(match.start(), match.end())


class Case:
    """Statements given as (source, cue, content), each sought after the one before."""

    def __init__(self, text: str, *rows: tuple[str | None, str | None, str | None]) -> None:
        self.document = read_document(text)
        statements = []
        position = 0
        for source, cue, content in rows:
            spans = [
                _find(self.document, words, position) if words else None
                for words in (source, cue, content)
            ]
            found = [s for s in spans if s is not None]
            position = min(s.start for s in found) + 1
            body = spans[2]
            quoted = body is not None and body.text[0] in '"“'
            kind: Kind = "direct" if quoted else "indirect"
            statements.append(
                Statement(
                    id=f"s{len(statements) + 1}",
                    contents=(body,) if body else (),
                    source=spans[0],
                    cue=spans[1],
                    kind=kind,
                )
            )
        self.statements, self.speakers = resolve_speakers(self.document, statements)

    @property
    def names(self) -> list[str | None]:
        return [s.speaker.name if s.speaker else None for s in self.statements]

    @property
    def types(self) -> list[str | None]:
        return [s.speaker.type if s.speaker else None for s in self.statements]

    def members(self, k: int) -> list[str]:
        speaker = self.statements[k].speaker
        assert speaker is not None
        by_id = {s.id: s.name for s in self.speakers}
        return sorted(by_id[m] for m in speaker.members)


def test_one_person_under_many_names() -> None:
    case = Case(
        "Norland President Edgar Halvorsen said the talks would start. Halvorsen promised a truce. "
        "Mr. Halvorsen urged calm. He wants peace. The president thanked the army.",
        ("Norland President Edgar Halvorsen", "said", "the talks would start"),
        ("Halvorsen", "promised", "a truce"),
        ("Mr. Halvorsen", "urged", "calm"),
        ("He", "wants", "peace"),
        ("The president", "thanked", "the army"),
    )
    assert case.names == ["Edgar Halvorsen"] * 5
    assert len(case.speakers) == 1
    assert case.speakers[0].id == "p1"
    assert case.speakers[0].type == "person"
    assert [m.text for m in case.speakers[0].mentions][-1] == "The president"


def test_a_surname_in_the_lead_takes_the_full_name_of_the_body() -> None:
    case = Case(
        "Okoro rejects the plan\n\nAda Okoro, the finance minister, said no. Okoro went on.",
        ("Okoro", "rejects", "the plan"),
        ("Ada Okoro, the finance minister,", "said", "no"),
    )
    assert case.names == ["Ada Okoro", "Ada Okoro"]


def test_names_with_particles_hyphens_and_initials() -> None:
    case = Case(
        "Marlies van der Meer said yes. Jean-Luc O'Dell-Price said no. J. R. Castellan agreed. "
        "Dr. van der Meer spoke. O'Dell-Price left. Castellan stayed. Omar al-Rashidi said maybe. "
        "Rashidi insisted.",
        ("Marlies van der Meer", "said", "yes"),
        ("Jean-Luc O'Dell-Price", "said", "no"),
        ("J. R. Castellan", "agreed", None),
        ("Dr. van der Meer", "spoke", None),
        ("O'Dell-Price", "left", None),
        ("Castellan", "stayed", None),
        ("Omar al-Rashidi", "said", "maybe"),
        ("Rashidi", "insisted", None),
    )
    assert case.names == [
        "Marlies van der Meer", "Jean-Luc O'Dell-Price", "J. R. Castellan", "Marlies van der Meer",
        "Jean-Luc O'Dell-Price", "J. R. Castellan", "Omar al-Rashidi", "Omar al-Rashidi",
    ]  # fmt: skip


def test_a_role_before_the_name_is_no_part_of_it() -> None:
    case = Case(
        "Palace Press Secretary Tomas Brandl stated that it was so. "
        "U.S. Defense Secretary Carl Widmore, speaking in Brussels, said no. "
        "Secretary of State Ruth Amsel agreed.",
        ("Palace Press Secretary Tomas Brandl", "stated", "it was so"),
        ("U.S. Defense Secretary Carl Widmore, speaking in Brussels,", "said", "no"),
        ("Secretary of State Ruth Amsel", "agreed", None),
    )
    assert case.names == ["Tomas Brandl", "Carl Widmore", "Ruth Amsel"]
    assert case.types == ["person"] * 3


def test_a_name_after_its_role_and_a_clause_after_the_name() -> None:
    case = Case(
        "The ministry's spokesman, Ivan Torrel, denied it. Lina Haddad, who heads the panel, "
        "said it was late.",
        ("The ministry's spokesman, Ivan Torrel,", "denied", "it"),
        ("Lina Haddad, who heads the panel,", "said", "it was late"),
    )
    assert case.names == ["Ivan Torrel", "Lina Haddad"]


def test_one_surname_two_people() -> None:
    case = Case(
        "John Varga said taxes must fall. His rival, Mary Varga, said they must rise. "
        "Mr. Varga called that a fantasy. Mrs. Varga laughed.",
        ("John Varga", "said", "taxes must fall"),
        ("Mary Varga", "said", "they must rise"),
        ("Mr. Varga", "called", "that a fantasy"),
        ("Mrs. Varga", "laughed", None),
    )
    assert case.names == ["John Varga", "Mary Varga", "John Varga", "Mary Varga"]


def test_a_bare_surname_of_two_people_just_named_is_left_open() -> None:
    case = Case(
        "John Varga and Mary Varga met on Monday. Varga said it was late.",
        ("Varga said", "said", "it was late"),
    )
    assert case.names == [None]


def test_a_spokesman_is_not_his_principal() -> None:
    case = Case(
        "Anna Keller wants a deal. A spokesman for Keller said talks were on. "
        "Keller's spokesman added that time was short. The spokesman declined to say more.",
        ("Anna Keller", "wants", "a deal"),
        ("A spokesman for Keller", "said", "talks were on"),
        ("Keller's spokesman", "added", "time was short"),
        ("The spokesman", "declined", "to say more"),
    )
    assert case.names[0] == "Anna Keller"
    assert case.names[1] != "Anna Keller"
    assert case.names[1] == case.names[2] == case.names[3]
    assert case.types[1] == "person"


def test_both_leaders_are_the_pair_named_together() -> None:
    case = Case(
        "President Edgar Halvorsen had called President Pavel Dorin and Chancellor Ida Brunner, "
        "and both leaders welcomed the truce.",
        ("both leaders", "welcomed", "the truce"),
    )
    assert case.members(0) == ["Ida Brunner", "Pavel Dorin"]
    assert case.types == ["group"]
    assert {"Ida Brunner", "Pavel Dorin"} <= {s.name for s in case.speakers}


def test_both_leaders_are_the_speaker_and_the_one_he_met() -> None:
    case = Case(
        "President Edgar Halvorsen described his meeting with President Pavel Dorin. "
        "He said that both leaders wanted peace.",
        ("President Edgar Halvorsen", "described", "his meeting"),
        ("He", "said", "both leaders wanted peace"),
        ("both leaders", "wanted", "peace"),
    )
    assert case.names[1] == "Edgar Halvorsen"
    assert case.members(2) == ["Edgar Halvorsen", "Pavel Dorin"]


def test_both_is_left_open_among_three() -> None:
    case = Case(
        "Edgar Halvorsen met Pavel Dorin after Ida Brunner left. Both said little.",
        ("Both", "said", "little"),
    )
    assert case.names == [None]


def test_the_two_ministers_and_x_and_y() -> None:
    case = Case(
        "Finance Minister Ada Okoro and Trade Minister Piet Claes said the deal was done. "
        "The two ministers promised jobs.",
        ("Finance Minister Ada Okoro and Trade Minister Piet Claes", "said", "the deal was done"),
        ("The two ministers", "promised", "jobs"),
    )
    assert case.members(0) == case.members(1) == ["Ada Okoro", "Piet Claes"]
    assert case.statements[0].speaker is not None
    assert case.statements[1].speaker is not None
    assert case.statements[0].speaker.id == case.statements[1].speaker.id


def test_a_list_of_three() -> None:
    case = Case(
        "Ada Okoro, Piet Claes and Ida Brunner called for calm.",
        ("Ada Okoro, Piet Claes and Ida Brunner", "called", "for calm"),
    )
    assert case.members(0) == ["Ada Okoro", "Ida Brunner", "Piet Claes"]


def test_metonyms_and_an_article_that_overrules_them() -> None:
    case = Case(
        "The Kremlin rejected the offer. Downing Street welcomed it. NATO stayed silent.",
        ("The Kremlin", "rejected", "the offer"),
        ("Downing Street", "welcomed", "it"),
        ("NATO", "stayed", "silent"),
    )
    assert case.names == ["the Kremlin", "Downing Street", "NATO"]
    assert case.types == ["organization"] * 3
    overruled = Case(
        "Ann London, a farmer, said the river rose. London blamed the dam.",
        ("Ann London, a farmer,", "said", "the river rose"),
        ("London", "blamed", "the dam"),
    )
    assert overruled.names == ["Ann London", "Ann London"]
    assert overruled.types == ["person", "person"]


def test_anonymous_groups_stay_groups() -> None:
    case = Case(
        "Two officials said it was over. Many residents disagreed. Some hoped for more, "
        "and others feared the worst. A witness saw smoke.",
        ("Two officials", "said", "it was over"),
        ("Many residents", "disagreed", None),
        ("Some", "hoped", "for more"),
        ("others", "feared", "the worst"),
        ("A witness", "saw", "smoke"),
    )
    assert case.types == ["group", "group", "group", "group", "person"]
    assert case.names[0] == "two officials"
    assert len(case.speakers) == 5
    assert all(not s.members for s in case.speakers)


def test_documents_polls_and_media() -> None:
    case = Case(
        "The report found no fault. A poll showed support. TASS reported a truce, "
        "and The Morning Herald confirmed it. The Herald named no source.",
        ("The report", "found", "no fault"),
        ("A poll", "showed", "support"),
        ("TASS", "reported", "a truce"),
        ("The Morning Herald", "confirmed", "it"),
        ("The Herald", "named", "no source"),
    )
    assert case.types == ["unknown", "unknown", "organization", "organization", "organization"]
    assert case.names[3] == case.names[4] == "the Morning Herald"


def test_an_agency_in_the_chain_is_not_the_speaker() -> None:
    case = Case(
        "According to Interfax, Petra Lindqvist told Reuters that the mine would close.",
        ("Interfax", None, "Petra Lindqvist told Reuters that the mine would close"),
        ("Petra Lindqvist", "told", "the mine would close"),
    )
    assert case.names == ["Interfax", "Petra Lindqvist"]


def test_pronoun_chain_over_paragraphs_with_two_genders() -> None:
    case = Case(
        "Helena Marsh, the mayor, met Viktor Stahl, a builder, on Monday.\n\n"
        "She said the bridge was unsafe.\n\nHe said it would stand for years.\n\n"
        "She was not convinced.",
        ("She", "said", "the bridge was unsafe"),
        ("He", "said", "it would stand"),
        ("She", "was not convinced", None),
    )
    assert case.names == ["Helena Marsh", "Viktor Stahl", "Helena Marsh"]


def test_the_running_speaker_keeps_the_pronoun() -> None:
    case = Case(
        "Edgar Halvorsen said the army was ready. Pavel Dorin was told of it. "
        '"We will fight," Dorin said. "There is no way back," he added.',
        ("Edgar Halvorsen", "said", "the army was ready"),
        ("Dorin", "said", None),
        ("he", "added", None),
    )
    assert case.names == ["Edgar Halvorsen", "Pavel Dorin", "Pavel Dorin"]


def test_gender_learned_from_the_article() -> None:
    case = Case(
        "Quill Amberley runs the fund. She founded it. Teo Varn, a rival, said in his letter "
        "that it was broke. Amberley met Varn. She said that was a lie.",
        ("Teo Varn", "said", "it was broke"),
        ("She", "said", "that was a lie"),
    )
    assert case.names == ["Teo Varn", "Quill Amberley"]


def test_the_62_year_old() -> None:
    case = Case(
        "Gregor Pohl, 62, and Simon Atterby, 40, both ran. The 62-year-old said he was tired.",
        ("The 62-year-old", "said", "he was tired"),
    )
    assert case.names == ["Gregor Pohl"]


def test_a_pronoun_without_anyone_in_sight_is_left_open() -> None:
    case = Case("She said it was late. It rained.", ("She", "said", "it was late"))
    assert case.names == [None]
    assert case.speakers == ()


def test_they_is_the_group_or_the_pair_and_else_open() -> None:
    group = Case(
        "Two officials said it was over. They gave no details.",
        ("Two officials", "said", "it was over"),
        ("They", "gave", "no details"),
    )
    assert group.names == ["two officials", "two officials"]
    pair = Case(
        "Ada Okoro and Piet Claes met on Monday. They said the deal was done.",
        ("They", "said", "the deal was done"),
    )
    assert pair.members(0) == ["Ada Okoro", "Piet Claes"]
    nobody = Case("It rained all day. They said it would end.", ("They", "said", "it would end"))
    assert nobody.names == [None]


def test_first_person_inside_a_quotation_is_its_speaker() -> None:
    case = Case(
        'Ida Brunner said: "I believe we must wait, and we know why."',
        ("Ida Brunner", "said", '"I believe we must wait, and we know why."'),
        ("I", "believe", "we must wait"),
        ("we", "know", "why"),
    )
    assert case.names == ["Ida Brunner"] * 3


def test_a_quotation_whose_speaker_follows() -> None:
    document = read_document('"I think he lies," Ida Brunner said of Pavel Dorin.')
    quote = document.span(0, 18)
    statements = [
        Statement("s1", (quote,), _find(document, "Ida Brunner", 0), None, "direct"),
        Statement("s2", (document.span(9, 16),), document.span(1, 2), document.span(3, 8)),
    ]
    answered, _ = resolve_speakers(document, statements)
    assert [s.speaker.name if s.speaker else None for s in answered] == ["Ida Brunner"] * 2


def test_the_author_outside_of_quotations() -> None:
    case = Case("I think the plan is wrong.", ("I", "think", "the plan is wrong"))
    assert case.names == ["the author"]


@pytest.mark.parametrize("line", ["Ines Quarrie", "By Ines Quarrie", "Ines Quarrie, editor"])
def test_the_author_who_signs(line: str) -> None:
    case = Case(
        f"Why we publish\n\n{line}\n\nI think the council is wrong. Dan Orme met Eve Holt.",
        ("I", "think", "the council is wrong"),
    )
    assert case.names == ["Ines Quarrie"]


def test_a_pronoun_takes_the_subject_of_the_sentence_before_and_heeds_given_names() -> None:
    case = Case(
        "Council leader Philippa Strood hit back at Kevin Marlow. “We lost nothing,” she said.\n\n"
        "Barnaby Thistle answered Gordon Tapsell. He dismissed the idea.",
        ("she", "said", "“We lost nothing,”"),
        ("He", "dismissed", "the idea"),
    )
    assert case.names == ["Philippa Strood", "Barnaby Thistle"]


def test_an_epithet_takes_up_who_has_just_spoken_and_a_known_office_does_not() -> None:
    case = Case(
        "Zoltan Bernath said jobs had come. The former goalkeeper called the plant a blessing. "
        "The prime minister said nothing of the kind.",
        ("Zoltan Bernath", "said", "jobs had come"),
        ("The former goalkeeper", "called", "the plant a blessing"),
        ("The prime minister", "said", "nothing of the kind"),
    )
    assert case.names == ["Zoltan Bernath", "Zoltan Bernath", "the prime minister"]


def test_the_company_is_the_one_just_named() -> None:
    case = Case(
        "A strike hit Norvella Ltd on Monday. The company said it would pay more.",
        ("The company", "said", "it would pay more"),
    )
    assert case.names == ["Norvella Ltd"]


def test_a_relative_is_named_after_whose_words_it_stands_in() -> None:
    case = Case(
        "Csaba Horvat said: “My wife told me to stay.” His spokesman denied it.",
        ("Csaba Horvat", "said", "“My wife told me to stay.”"),
        ("My wife", "told", "to stay"),
        ("His spokesman", "denied", "it"),
    )
    assert case.names == ["Csaba Horvat", "Csaba Horvat’s wife", "Csaba Horvat’s spokesman"]


def test_two_cues_of_one_subject() -> None:
    case = Case(
        "Jane Roe denied the report and declined to say where the men now worked.",
        ("Jane Roe", "denied", "the report"),
        (None, "declined", "to say where the men now worked"),
    )
    assert case.names == ["Jane Roe", "Jane Roe"]


def test_who_opens_the_sentence_after_a_quotation() -> None:
    case = Case(
        "The crowd waited. “I lost a sandal and a tooth.” Momota Devi laughed.",
        (None, None, "“I lost a sandal and a tooth.”"),
    )
    assert case.names == ["Momota Devi"]


def test_of_two_with_one_surname_the_title_tells() -> None:
    case = Case(
        "Councillor Grace Dillon met Tom Dillon, her cousin. Later Cllr Dillon said no.",
        ("Cllr Dillon", "said", "no"),
    )
    assert case.names == ["Grace Dillon"]


def test_he_inside_a_quotation_is_not_who_speaks() -> None:
    case = Case(
        'Pavel Dorin left early. Edgar Halvorsen said: "He told me that it was over."',
        ("Edgar Halvorsen", "said", '"He told me that it was over."'),
        ("He", "told", "it was over"),
    )
    assert case.names == ["Edgar Halvorsen", "Pavel Dorin"]


def test_next_quotation_without_a_source() -> None:
    case = Case(
        '"We tried," Ida Brunner said. "They refused."\n\n"It is a pity."',
        ("Ida Brunner", "said", '"We tried,"'),
        (None, None, '"They refused."'),
        (None, None, '"It is a pity."'),
    )
    assert case.names[1] == "Ida Brunner"


def test_blunt_opening_before_a_quotation() -> None:
    case = Case('Marta Diaz was blunt. "It is over."', (None, None, '"It is over."'))
    assert case.names == ["Marta Diaz"]


def test_no_source_behind_a_passive_stays_open() -> None:
    case = Case(
        "Ida Brunner said talks failed. It was claimed that both sides lied.",
        ("Ida Brunner", "said", "talks failed"),
        (None, "was claimed", "both sides lied"),
    )
    assert case.names == ["Ida Brunner", None]


def test_two_presidents_make_the_president_open() -> None:
    case = Case(
        "President Edgar Halvorsen met President Pavel Dorin. The president said it was over. "
        "The Norland president agreed.",
        ("The president", "said", "it was over"),
    )
    assert case.names == [None]


def test_a_relative_pronoun_takes_up_the_name_before_it() -> None:
    case = Case(
        "The road was praised by Nils Ekwall, who said it saved lives.",
        ("who", "said", "it saved lives"),
    )
    assert case.names == ["Nils Ekwall"]


def test_nobody_says_nothing() -> None:
    case = Case("No one said it was easy.", ("No one", "said", "it was easy"))
    assert case.names == [None]


def test_noisy_sources() -> None:
    case = Case(
        "US Senator Roy Tamblyn (R-Utah), a critic, said no. Tamblyn's claim stood. "
        "And — , — it went on.",
        ("US Senator Roy Tamblyn (R-Utah), a critic,", "said", "no"),
        ("Tamblyn's", "claim", None),
        ("— , —", None, "it went on"),
    )
    assert case.names == ["Roy Tamblyn", "Roy Tamblyn", None]


def test_statements_come_back_in_order_and_ids_by_first_mention() -> None:
    case = Case(
        "Ada Okoro spoke first. Piet Claes said no. Ada Okoro said yes.",
        ("Piet Claes", "said", "no"),
        ("Ada Okoro", "said", "yes"),
    )
    assert [s.id for s in case.statements] == ["s1", "s2"]
    assert [(s.id, s.name) for s in case.speakers] == [("p1", "Ada Okoro"), ("p2", "Piet Claes")]
    for speaker in case.speakers:
        assert [m.text for m in speaker.mentions] == [
            case.document.text[m.start : m.end] for m in speaker.mentions
        ]
        assert list(speaker.mentions) == sorted(speaker.mentions)


def test_nothing_in_nothing_out() -> None:
    assert resolve_speakers(read_document(""), ()) == ((), ())


def test_names_are_found_without_the_first_word_of_a_sentence() -> None:
    text = "Meanwhile Roe Carver left. Talks went on. The talks failed. Carver sighed."
    document = read_document(text)
    names = [n.plain for n in find_names(document, tokenize(text))]
    assert names == ["Roe Carver", "Carver"]


def test_the_weights_are_bundled() -> None:
    model = load()
    assert 0 < model.threshold < 1
    assert len(model.paired) > 100


@settings(max_examples=150, deadline=None)
@given(
    st.text(
        st.sampled_from(list("aABrRoe.,;:()'’\"“”\n -—&\u0301\U0001f600 ")) | st.characters(),
        max_size=120,
    ),
    st.lists(st.tuples(st.integers(0, 120), st.integers(0, 120)), max_size=8),
)
def test_no_text_and_no_span_raises(text: str, spans: Sequence[tuple[int, int]]) -> None:
    document = read_document(text)
    statements = [
        Statement(
            id=str(k),
            contents=(document.span(b, min(b + 9, len(text))),) if k % 2 else (),
            source=document.span(min(a, b), max(a, b)) if k % 3 else None,
        )
        for k, (a, b) in enumerate(spans)
        if k % 2 or k % 3
    ]
    answered, speakers = resolve_speakers(document, statements)
    assert len(answered) == len(statements)
    known = {s.id for s in speakers}
    assert all(s.speaker is None or s.speaker.id in known for s in answered)
    assert all(set(s.members) <= known for s in speakers)


def test_a_long_text_takes_time_in_proportion() -> None:
    paragraph = (
        "Edgar Halvorsen met Ida Brunner. He said it was late. She agreed. Halvorsen left.\n\n"
    )

    def seconds(copies: int) -> float:
        document = read_document(paragraph * copies)
        statements = []
        for k in range(copies):
            at = k * len(paragraph) + paragraph.index("He said")
            statements.append(
                Statement(str(k), (document.span(at + 8, at + 19),), document.span(at, at + 2))
            )
        started = time.process_time()
        resolve_speakers(document, statements)
        return time.process_time() - started

    assert seconds(1600) < 12 * max(seconds(400), 0.01)


@pytest.mark.parametrize("kind", ["person", "group", "organization", "unknown"])
def test_types_are_those_of_the_report(kind: str) -> None:
    assert Speaker("p1", "x", kind).type == kind  # type: ignore[arg-type]


def test_a_pronoun_and_a_name_are_two_people() -> None:
    case = Case(
        "Holger Brandt waited for an hour. He and Oelkers said the list was wrong. "
        "Marie Oelkers left.",
        ("He and Oelkers", "said", "the list was wrong"),
    )
    assert case.members(0) == ["Holger Brandt", "Marie Oelkers"]


def test_the_author_is_no_he_or_she() -> None:
    case = Case(
        "Rupert Quill keeps bees. I think they should stay. He said they would.",
        ("I", "think", "they should stay"),
        ("He", "said", "they would"),
    )
    assert case.names == ["the author", "Rupert Quill"]


def test_what_belongs_to_many() -> None:
    case = Case(
        "The bishops wrote to the deputies. The bishops want a day of rest. "
        "A Sunday once sold, their lawyer says, is not bought back. "
        "Their letter asks for patience.",
        ("The bishops", "want", "a day of rest"),
        ("their lawyer", "says", "is not bought back"),
        ("Their letter", "asks for", "patience"),
    )
    assert case.names == ["the bishops", "the bishops’ lawyer", "the bishops"]


def test_a_number_with_a_comma_is_one() -> None:
    case = Case(
        "“Give me a berth,” read one of 9,000 replies to a survey.",
        ("one of 9,000 replies to a survey", "read", "“Give me a berth,”"),
    )
    assert case.names == ["one of 9,000 replies to a survey"]


@pytest.mark.parametrize(
    ("text", "source", "cue", "content", "name"),
    [
        (
            "Ann Roe (Olmstad), who chairs the board, said no.",
            "who chairs the board", "said", "no", "Ann Roe",
        ),
        ("Bo Diaz, whose vote we need, said no.", "whose vote we need", "said", "no", "Bo Diaz"),
        ("Aides to Ann Roe said no.", "Aides to Ann Roe", "said", "no", "Aides to Ann Roe"),
        (
            "The publican at the Derwent, Bo Diaz of Olm, said no.",
            "The publican at the Derwent, Bo Diaz of Olm", "said", "no", "Bo Diaz",
        ),
        (
            "Undersecretary for Housing Ann Roe said no.",
            "Undersecretary for Housing Ann Roe", "said", "no", "Ann Roe",
        ),
        ("Cr Padma Roe spoke first. Cr Roe said no.", "Cr Roe", "said", "no", "Padma Roe"),
        ("Q: Is it true?\n\nA: It is.", "Q", None, "Is it true?", "the interviewer"),
        (
            "Ann Roe works for Vikersund Power. The plant on Dock Road is old. She said no.",
            "She", "said", "no", "Ann Roe",
        ),
        (
            "Gerben Roe farms. Hanneke Roe, his wife, is a judge. Mrs Roe said no.",
            "Mrs Roe", "said", "no", "Hanneke Roe",
        ),
        ("Ann Roe met Bo Diaz. Both sides said no.", "Both sides", "said", "no", None),
        ("WHO spokesman Bo Diaz said no.", "WHO spokesman Bo Diaz", "said", "no", "Bo Diaz"),
        (
            "Justice Ann Roe left. Later the Ministry of Justice said no.",
            "the Ministry of Justice", "said", "no", "the Ministry of Justice",
        ),
        (
            "Sarah Roe of Sport England said no.",
            "Sarah Roe of Sport England", "said", "no", "Sarah Roe",
        ),
        (
            "Lawyers for former president Bo Diaz said no.",
            "Lawyers for former president Bo Diaz", "said", "no",
            "Lawyers for former president Bo Diaz",
        ),
        (
            "A spokesman for the party, the National Front, said no.",
            "A spokesman for the party, the National Front", "said", "no",
            "a spokesman for the party",
        ),
        ("We met. We and the council said no.", "We and the council", "said", "no", None),
        (
            "Bo Diaz directs a charity. The police chief said no.",
            "The police chief", "said", "no", "the police chief",
        ),
        ("J. Mills runs a shop. She said no.", "She", "said", "no", "J. Mills"),
        ("Ann Roe (Olm) left. Then a) and b), who said no.", "who", "said", "no", None),
        ("Bo Diaz read the posts. Q said no.", "Q", "said", "no", "Q."),
        ("Q: What does he want?\n\nA: He said no.", "He", "said", "no", None),
    ],
)  # fmt: skip
def test_who_is_meant(
    text: str, source: str, cue: str | None, content: str, name: str | None
) -> None:
    assert Case(text, (source, cue, content)).names == [name]


@pytest.mark.parametrize(
    ("text", "phrase", "name"),
    [
        # One that has stood beside one name.
        ("Norwegian skier Luc Roe beat Bo Diaz. The Norwegian said no.", "The Norwegian",
         "Luc Roe"),
        ("German skier Luc Roe beat Bo Diaz. The German said no.", "The German", "Luc Roe"),
        ("Irish skier Ann Roe beat Bo Diaz. The Irishwoman said no.", "The Irishwoman", "Ann Roe"),
        # One that stands there only now, and one beside a town.
        ("Ann Roe met Bo Diaz. The Norwegian said no.", "The Norwegian", "Norwegian"),
        ("Ann Roe left for Olm. The Norwegian said no.", "The Norwegian", "Norwegian"),
        ("Ann Roe left early for the old Norwegian town of Olm. The Norwegian said no.",
         "The Norwegian", "Norwegian"),
        # A paper and a seat whose names only look like one.
        ("Ann Roe told the Guardian it rained. The Guardian said no.", "The Guardian",
         "the Guardian"),
        ("Ann Roe left the Vatican. The Vatican said no.", "The Vatican", "the Vatican"),
        # A capital alone makes no nationality.
        (
            "Bo Diaz, the chairman, left early. Ann Roe sat on a chair. The Chairman said no.",
            "The Chairman", "Bo Diaz",
        ),
    ],
)  # fmt: skip
def test_a_nationality_means_whom_it_has_stood_beside(text: str, phrase: str, name: str) -> None:
    assert Case(text, (phrase, "said", "no")).names == [name]


@pytest.mark.parametrize("gap", ["\n", "\r\n", "\n  ", " \n"])
def test_a_line_end_begins_no_sentence(gap: str) -> None:
    case = Case(
        f"On Monday the council of Olm met{gap}Quill at the pier. Then he said no.",
        ("he", "said", "no"),
    )
    assert case.names == ["Quill"]


def test_two_spaces_begin_no_sentence() -> None:
    text = "The council of Olm met  Quill at the pier."
    assert [n.plain for n in find_names(read_document(text), tokenize(text))] == ["Olm", "Quill"]


@pytest.mark.parametrize(("gap", "found"), [("\r\n", ["VET"]), ("\n  ", ["VET"]), ("\n\n", [])])
def test_a_lead_in_capitals_follows_a_blank_line(gap: str, found: list[str]) -> None:
    text = f"The toll was paid{gap}A VET left a note."
    assert [n.plain for n in find_names(read_document(text), tokenize(text))] == found


@pytest.mark.parametrize("gap", ["\n\n", "\r\n\r\n", "\n \n  "])
def test_a_blank_line_begins_one(gap: str) -> None:
    text = f"The council met{gap}Sadly it rained."
    assert find_names(read_document(text), tokenize(text)) == ()


def test_an_interview_below_many_lines_of_marks_takes_little_time() -> None:
    answers = [f"It is pier {k}." for k in range(300)]
    below = "\n\n".join(f"A: {answer}" for answer in answers)
    started = time.process_time()
    case = Case(
        "Bo Diaz runs the port.\n\n" + "-\n" * 3000 + "\n" + below,
        *[("A", None, answer) for answer in answers],
    )
    assert time.process_time() - started < 2
    assert case.names == [None] * 300


def test_both_of_two() -> None:
    case = Case(
        "The board met. Ann Roe left early. Both the board and Ann Roe said no.",
        ("Both the board and Ann Roe", "said", "no"),
    )
    assert case.members(0) == ["Ann Roe", "the board"]


def test_who_speaks_for_one_of_two_is_none_of_them() -> None:
    case = Case(
        "Bo Diaz left. Ann Roe waited. Her spokesman was silent. Both said no.",
        ("Her spokesman", "was", "silent"),
        ("Both", "said", "no"),
    )
    assert case.members(1) == ["Ann Roe", "Bo Diaz"]


def test_a_title_in_capitals_gives_way_to_the_name() -> None:
    case = Case(
        "The MLA, Glenn Roe, said no.",
        ("The MLA, Glenn Roe", "said", "no"),
    )
    assert case.names == ["Glenn Roe"]


def test_an_honorific_is_a_role() -> None:
    case = Case(
        "Fr Tom Roe stayed away. Bo Diaz came. The priest said no.",
        ("The priest", "said", "no"),
    )
    assert case.names == ["Tom Roe"]


_BODY = "KESTLE — A ferry will sail on Sundays, it was agreed on Monday.\n\n"


@pytest.mark.parametrize(
    ("title", "rows", "body", "below", "expected"),
    [
        # A role cut short, a quotation alone, a body by its kind.
        (
            "Harbour boss: pay up or stay out",
            ("Harbour boss", None, "pay up or stay out"),
            "Ines Falk, the harbour director, said skippers should pay. They had not, she added.",
            ("Ines Falk, the harbour director", "said", "skippers should pay"),
            "Ines Falk",
        ),
        (
            "“Not one boat more” for Kestle",
            (None, None, "“Not one boat more”"),
            "The pier was full. “Not one boat more while I live,” warned Tom Hale.",
            ("Tom Hale", "warned", "“Not one boat more while I live,”"),
            "Tom Hale",
        ),
        # Whom nothing below fits stays who it is.
        (
            "Grocers: prices to rise",
            ("Grocers", None, "prices to rise"),
            "Tom Hale, a skipper, said the pier was full.",
            ("Tom Hale, a skipper", "said", "the pier was full"),
            "Grocers",
        ),
    ],
)
def test_who_speaks_in_a_headline(
    title: str,
    rows: tuple[str | None, str | None, str],
    body: str,
    below: tuple[str, str, str],
    expected: str,
) -> None:
    case = Case(f"{title}\n\n{_BODY}{body}", rows, below)
    assert case.names[0] == expected


@pytest.mark.parametrize(
    ("text", "first", "second", "expected"),
    [
        (
            "Mediator Lena Orr opened the talks. Two days passed. The mediator said it rained.",
            None,
            ("The mediator", "said", "it rained"),
            "Lena Orr",
        ),
        (
            "Shares of Karvo, the airline, fell. A union spoke of theft. The airline denied it.",
            None,
            ("The airline", "denied", "it"),
            "Karvo",
        ),
        (
            "The prime minister, Ola Berg, said no. The energy minister said yes.",
            ("The prime minister, Ola Berg", "said", "no"),
            ("The energy minister", "said", "yes"),
            "the energy minister",
        ),
        (
            "The pier is lost, said Ola Berg. Her wish: a bridge.",
            ("Ola Berg", "said", "The pier is lost"),
            (None, "Her wish:", "a bridge"),
            "Ola Berg",
        ),
        (
            "“It leaks,” Ola Berg of Olm told the Kestle Post as she left. “It always has.”",
            ("Ola Berg of Olm", "told", "“It leaks,”"),
            (None, None, "“It always has.”"),
            "Ola Berg",
        ),
        (
            "Ola Berg sold the pier. Does she regret it? “Every morning.”",
            None,
            (None, None, "“Every morning.”"),
            "Ola Berg",
        ),
        (
            "The minister was curt. A petition with 900 names asks for a bridge.",
            None,
            ("A petition with 900 names", "asks for", "a bridge"),
            "a petition",
        ),
        (
            "Nothing moved. Volunteers packing nets next door want a bridge.",
            None,
            ("Volunteers packing nets next door", "want", "a bridge"),
            "Volunteers",
        ),
        (
            "Geologist Thomas Pell was not surprised. He said the rock was soft.",
            None,
            ("He", "said", "the rock was soft"),
            "Thomas Pell",
        ),
    ],
)
def test_whom_the_article_has_told_of(
    text: str,
    first: tuple[str | None, str, str] | None,
    second: tuple[str | None, str | None, str],
    expected: str,
) -> None:
    case = Case(text, *([first] if first else []), second)
    assert case.names[-1] == expected


def test_a_dateline_names_nobody() -> None:
    text = "LOW HAVEN, Olm (Wire) — He said no.\n\nFALK: I do.\n\nHALE: Falk does not."
    document = read_document(text)
    found = {n.plain for n in find_names(document, tokenize(text))}
    assert found == {"FALK", "HALE", "Falk"}


@pytest.mark.parametrize(
    ("text", "source", "cue", "content", "name"),
    [
        # A body by its name, by what follows it, by what it is taken up with.
        ("Roe & Sons said no.", "Roe & Sons", "said", "no", "Roe & Sons"),
        (
            "The League of Voters said no.",
            "The League of Voters", "said", "no", "the League of Voters",
        ),
        (
            "The British Library said no.",
            "The British Library", "said", "no", "the British Library",
        ),
        (
            "The Confederation of Olm Growers said no.",
            "The Confederation of Olm Growers", "said", "no", "the Confederation of Olm Growers",
        ),
        (
            "Swiftly, which runs the trams, lost money. The Kestle Gazette laughed. It snowed in "
            "Port Olm. The company said no.",
            "The company", "said", "no", "Swiftly",
        ),
        (
            "Karvo Power, the contractor, was late. In a note it said no.",
            "it", "said", "no", "Karvo Power",
        ),
        ("Pro Alpa, a conservation group, was quick. It said no.", "It", "said", "no", "Pro Alpa"),
        (
            "Olm Energy has 90 vacancies, its website said.",
            "its website", "said", "90 vacancies", "Olm Energy",
        ),
        (
            "The charity, Brightbowl, said no.",
            "The charity, Brightbowl", "said", "no", "Brightbowl",
        ),
        (
            "The maker of the best pump, Roe Surgical, said no.",
            "The maker of the best pump, Roe Surgical", "said", "no", "Roe Surgical",
        ),
        (
            "An intervenor, the Olm Union, said no.",
            "An intervenor, the Olm Union", "said", "no", "the Olm Union",
        ),
        ("Mine Clearers United said no.", "Mine Clearers United", "said", "no",
         "Mine Clearers United"),
        # A person by office, letters, title or country.
        (
            "The Minister of Education, Dr Ann Roe, said no.",
            "The Minister of Education, Dr Ann Roe", "said", "no", "Ann Roe",
        ),
        ("Ann Quill KC waited. Bo Diaz sat. Quill said no.", "Quill", "said", "no", "Ann Quill"),
        ("Hajiya Ann Roe left. Alhaji Bo Diaz sat. She said no.", "She", "said", "no", "Ann Roe"),
        ("Mayor Ann Roe left. The mayor herself said no.", "The mayor herself", "said", "no",
         "Ann Roe"),
        (
            "Luc Roe, a former French envoy, met Bo Diaz of Olm. The Frenchman said no.",
            "The Frenchman", "said", "no", "Luc Roe",
        ),
        (
            "Harbour secretary Bo Diaz left. The energy minister said no.",
            "The energy minister", "said", "no", "the energy minister",
        ),
        (
            "The port was shut. Its chairman, Bo Diaz, accused the minister. The minister said no.",
            "The minister", "said", "no", "the minister",
        ),
        # Who has no name, or is given one of their own.
        (
            "Market in uproar\n\nTraders at the Olm market said no.",
            "Traders at the Olm market", "said", "no", "Traders at the Olm market",
        ),
        ("Pickers on a contract said no.", "Pickers on a contract", "said", "no", "Pickers"),
        ("A visitor with two dogs said no.", "A visitor with two dogs", "said", "no", "a visitor"),
        ("Travellers at the pier shrugged. One said no.", "One", "said", "no", "a traveller"),
        ("We asked 26 local firms. Then one said no.", "one", "said", "no", "a local firm"),
        ("Bakers’ groups met. Then one said no.", "one", "said", "no", "a group"),
        (
            "Two widows lit candles. Then one of them said no.",
            "one of them", "said", "no", "one of the two widows",
        ),
        ("It rained. Then one said no.", "one", "said", "no", None),
        ("Voters left. “They told us nothing,” Ann Roe said.", "They", "told us", "nothing", None),
        ("One, Ann Roe, said no.", "One, Ann Roe", "said", "no", "Ann Roe"),
        (
            "A panner who gave his name as Wilson said no.",
            "A panner who gave his name as Wilson", "said", "no", "Wilson",
        ),
        (
            "The group, which calls itself Black Tern, said no.",
            "The group, which calls itself Black Tern", "said", "no", "Black Tern",
        ),
        (
            "One woman, who asked that only her first name, Ann, be used, said no.",
            "One woman", "said", "no", "Ann",
        ),
        (
            "A panner who gave way as Wilson arrived said no.",
            "A panner who gave way as Wilson arrived", "said", "no", "a panner",
        ),
        # Two of one surname: the first there is, and later the one who goes by it alone.
        (
            "Janet Roe wrote it.\n\nIt rained.\n\nIt snowed.\n\nIt blew.\n\nRoe said no.\n\n"
            "Otto Roe left.",
            "Roe said", "said", "no", "Janet Roe",
        ),
        (
            "Ann Roe spoke. Roe was loud. Her son Ben Roe laughed. Then Roe said no.",
            "Roe said", "said", "no", "Ann Roe",
        ),
        ("Ann and Bo Roe met us. Mrs Roe said no.", "Mrs Roe", "said", "no", "Ann Roe"),
        # Without a source.
        ("Asked by Ann Roe if he would go, he laughed.", None, "Asked", "if he would go",
         "Ann Roe"),
        ("Bo Diaz, asked if he would go, laughed.", None, "asked", "if he would go", None),
        ("Is Ann Roe sorry? “Not a bit.”", None, None, "“Not a bit.”", "Ann Roe"),
        (
            "Ann Roe sings. Does she think Bo Diaz can? “Not a note.”",
            None, None, "“Not a note.”", "Ann Roe",
        ),
        ("Ann Roe put it shortly: “Bad bill.”", None, None, "“Bad bill.”", "Ann Roe"),
        ("Ann Roe left. But she did not repeat her vow.", None, "But she did not repeat",
         "her vow", "Ann Roe"),
        ("The board met. It was claimed that all was lost.", None, "It was claimed",
         "all was lost", None),
    ],
)  # fmt: skip
def test_who_is_meant_by_what_papers_write(
    text: str, source: str | None, cue: str | None, content: str, name: str | None
) -> None:
    assert Case(text, (source, cue, content)).names == [name]


@pytest.mark.parametrize(
    ("text", "first", "second", "expected"),
    [
        (
            "Two ministers from Olm said no. The prime minister said yes.",
            ("Two ministers from Olm", "said", "no"),
            ("The prime minister", "said", "yes"),
            "the prime minister",
        ),
        (
            "Ann Roe, a jockey, said no. The regulator said yes.",
            ("Ann Roe, a jockey", "said", "no"),
            ("The regulator", "said", "yes"),
            "the regulator",
        ),
        (
            "The regulator said no, and Ann Roe left. It would say yes in May.",
            ("The regulator", "said", "no"),
            ("It", "would say", "yes"),
            "the regulator",
        ),
        (
            "The prefecture was slow. It will see, it now says.",
            None,
            ("it", "now says", "It will see"),
            "the prefecture",
        ),
        (
            "Bo Diaz left. The planner declined to say why; he wanted rest.",
            ("The planner", "declined to say", "why"),
            ("he", "wanted", "rest"),
            "the planner",
        ),
        (
            "Its director, Bo Diaz, said no. The justice secretary said yes.",
            ("Its director, Bo Diaz", "said", "no"),
            ("The justice secretary", "said", "yes"),
            "the justice secretary",
        ),
        (
            "The rector, Bo Diaz, said no. The bishop said yes.",
            ("The rector, Bo Diaz", "said", "no"),
            ("The bishop", "said", "yes"),
            "the bishop",
        ),
        (
            "A study of 40 schools found little. Its author was sure.",
            ("A study of 40 schools", "found", "little"),
            ("Its author", "was", "sure"),
            "the study’s author",
        ),
        (
            "The fence was old, Ann Roe said. It had stood since May.",
            ("Ann Roe", "said", "The fence was old"),
            (None, None, "It had stood since May"),
            "Ann Roe",
        ),
        (
            "Bo Diaz ran the port. He talked to Ann Roe.\n\nQ: Is it true?\n\nA: It is.",
            ("Q", None, "Is it true?"),
            ("A", None, "It is."),
            "Bo Diaz",
        ),
        (
            "Bo Diaz ran the port. He talked to Ann Roe.\n\nQ: Is it?\n\nA: It is.\n\nQ: Why?",
            ("A", None, "It is."),
            ("Q", None, "Why?"),
            "Ann Roe",
        ),
    ],
)
def test_who_is_meant_after_another(
    text: str,
    first: tuple[str | None, str | None, str] | None,
    second: tuple[str | None, str | None, str],
    expected: str,
) -> None:
    case = Case(text, *([first] if first else []), second)
    assert case.names[-1] == expected


@pytest.mark.parametrize(
    ("lead", "source", "below", "named", "expected"),
    [
        (
            "OLM — A judge in Olm has freed the boy.",
            "A judge in Olm",
            "“He is ten,” Justice Ann Roe said.",
            "Justice Ann Roe",
            "Ann Roe",
        ),
        (
            "Olm’s mayor has freed the boy.",
            "Olm’s mayor",
            "“He is ten,” Ann Roe said.\n\n“Ten,” said Bo Diaz.",
            "Ann Roe",
            "Ann Roe",
        ),
        ("A VET has freed the boy.", "A VET", "It snowed.\n\n“Ten,” Dr Ann Roe said.",
         "Dr Ann Roe", "Ann Roe"),
        (
            "THE last insurer has freed the boy.",
            "THE last insurer",
            "Karvo Mutual blamed the storms.",
            "Karvo Mutual",
            "Karvo Mutual",
        ),
        # Who comes with a description of their own is somebody else.
        (
            "A judge in Olm has freed the boy.",
            "A judge in Olm",
            "“He is ten,” Ann Roe, a builder, said.",
            "Ann Roe, a builder",
            "a judge in Olm",
        ),
        (
            "An actress has freed the boy.",
            "An actress",
            "“He is ten,” Bo Diaz said. He laughed.",
            "Bo Diaz",
            "an actress",
        ),
        (
            "A judge has freed the boy.",
            "A judge",
            "CHAIR: Is he ten? ROE: Ann Roe said so.",
            "CHAIR",
            "a judge",
        ),
    ],
)  # fmt: skip
def test_a_lead_that_puts_off_the_name(
    lead: str, source: str, below: str, named: str, expected: str
) -> None:
    case = Case(
        f"Ten is too young for gaol\n\n{lead}\n\n{below}\n\nIt rained.",
        (source, "has freed", "the boy"),
        (named, None, None),
    )
    assert case.names[0] == expected


def test_a_lead_whose_name_opens_the_next_paragraph() -> None:
    case = Case(
        "Chess star denies it\n\nA player in Olm denied that he had cheated.\n\nAnn Roe, who won "
        "the cup, faces a ban. The club wants more.\n\nIt rained.",
        ("A player in Olm", "denied", "he had cheated"),
        ("The club", "wants", "more"),
    )
    assert case.names == ["Ann Roe", "the club"]


def test_who_leads_is_a_boss_in_a_headline() -> None:
    case = Case(
        f"Union boss: no more talks\n\n{_BODY}Tom Hale, a skipper, said the pier was full. "
        "Ines Falk, who leads the union, was curt.",
        ("Union boss", None, "no more talks"),
        ("Tom Hale, a skipper", "said", "the pier was full"),
    )
    assert case.names[0] == "Ines Falk"


def test_the_first_speaker_without_a_role_is_who_a_headline_means() -> None:
    case = Case(
        f"Angler: boats would wreck the pier\n\n{_BODY}“Not one boat more,” Tom Hale said. "
        "Ines Falk, a surveyor, said boats would keep the pier.",
        ("Angler", None, "boats would wreck the pier"),
        ("Tom Hale", "said", None),
        ("Ines Falk, a surveyor", "said", "boats would keep the pier"),
    )
    assert case.names[0] == "Tom Hale"


def test_a_speaker_in_what_others_say_in_a_headline() -> None:
    case = Case(
        f"Governor wants a pause, aides say\n\n{_BODY}Gov. Ines Falk was silent. Two aides said "
        "she wanted one.",
        ("Governor", "wants", "a pause"),
        ("Two aides", "said", "she wanted one"),
    )
    assert case.names[0] == "Ines Falk"


@pytest.mark.parametrize(
    ("text", "rows", "expected"),
    [
        # The sentence before is about somebody without a name.
        (
            "Bo Diaz was happy. He left early.\n\nA bond clerk was not. “No,” he said.",
            [("he", "said", "“No,”")],
            "a bond clerk",
        ),
        (
            "Bo Diaz was happy.\n\nThe priest has been asked to bless it. He said no.",
            [("He", "said", "no")],
            "the priest",
        ),
        (
            "Bo Diaz was happy.\n\nTold of this, a planner laughed. ‘No,’ he said.",
            [("he", "said", "‘No,’")],
            "a planner",
        ),
        (
            "Bo Diaz was happy.\n\nI asked the vicar, at lunch, if it rained. He said no.",
            [("He", "said", "no")],
            "the vicar",
        ),
        (
            "Bo Diaz was happy.\n\nA local TD, who was unsure, shrugged. Asked again, he said no.",
            [("he", "said", "no")],
            "a local TD",
        ),
        (
            "A chemist for the defence came. Under questioning from Ann Roe, she said no.",
            [("A chemist for the defence", "came", None), ("she", "said", "no")],
            "a chemist for the defence",
        ),
        # But not where the phrase may mean whom the article has just named.
        (
            "Bo Diaz came home. The driver waved. He said no.",
            [("He", "said", "no")],
            "Bo Diaz",
        ),
        (
            "A planner was curt. “No,” said Bo Diaz. He said the wall was old.",
            [("Bo Diaz", "said", "“No,”"), ("He", "said", "the wall was old")],
            "Bo Diaz",
        ),
        # A name leads to quotations of whole paragraphs.
        (
            "Ann Roe sold the field.\n\nFarid, a welder, has a bed in Olm.\n\n“It is cold.\n\n"
            "“We wait,” he said.",
            [("he", "said", "“We wait,”")],
            "Farid",
        ),
        (
            "Ann Roe of the Olm Board said no.\n\nBo Diaz, 59, mapped the hill.\n\n“It is "
            "steep.\n\n“We wait,” the geologist said.",
            [("Ann Roe of the Olm Board", "said", "no"), ("the geologist", "said", "“We wait,”")],
            "Bo Diaz",
        ),
        (
            "Parent Ann Roe was cross. “It is cold,” the mother of three said.",
            [("the mother of three", "said", "“It is cold,”")],
            "Ann Roe",
        ),
        (
            "Lady Roe got to her feet. The Conservative peer said no.",
            [("The Conservative peer", "said", "no")],
            "Roe",
        ),
        # Whose daughter she is comes first, and is not who speaks.
        (
            "Ann Roe left. Mrs Roe’s daughter, Gail, stayed. She said no.",
            [("She", "said", "no")],
            "Gail",
        ),
        ("Bo Diaz left. His wife, Carol, sows. Nor does he. ‘I have no field.’",
         [("Bo Diaz", "left", None), (None, None, "‘I have no field.’")], "Bo Diaz"),
        # Who opens the pronoun's own sentence, where the article names them.
        (
            "General Bo Diaz left. Jo Falk agreed with Tom Hale. The general had gone; ‘Good "
            "crowd,’ he wrote.",
            [("he", "wrote", "‘Good crowd,’")],
            "Bo Diaz",
        ),
        # A name behind a place alone, and a single word that may be a place.
        (
            "Ann Roe of the Olm Board said no.\n\nIn the market Parra sells beer.\n\n“It is dry."
            "\n\n“We wait,” she said.",
            [("Ann Roe of the Olm Board", "said", "no"), ("she", "said", "“We wait,”")],
            "Parra",
        ),
        (
            "A fence would cost Tolmara more than fish, said Hana Roe. She called it dear.",
            [("Hana Roe", "said", None), ("She", "called", "it dear")],
            "Hana Roe",
        ),
        # A name that comes bare and late.
        (
            "It rained on Olm.\n\nThe farm minister puts it down to tests. “No,” Ann Roe said.",
            [("The farm minister", "puts it down", "to tests")],
            "Ann Roe",
        ),
        (
            "It rained on Olm.\n\nThe farm minister puts it down to tests. “No,” the vet Ann Roe "
            "said.",
            [("The farm minister", "puts it down", "to tests")],
            "the farm minister",
        ),
    ],
)  # fmt: skip
def test_whom_the_sentence_before_is_about(
    text: str, rows: list[tuple[str, str, str]], expected: str
) -> None:
    assert Case(text, *rows).names[-1] == expected


@pytest.mark.parametrize(
    ("text", "source", "expected"),
    [
        ("Leif Hale is a smith. Marit Hale fishes. Both Hales said no.", "Both Hales",
         ["Leif Hale", "Marit Hale"]),
        ("Leif Hale is a smith. Marit Hale fishes. The Hales said no.", "The Hales",
         ["Leif Hale", "Marit Hale"]),
        ("Leif Hale is a smith. Both Hales said no.", "Both Hales", []),
        # A word that is written large and no name does not count.
        (
            "Parent Ann Roe spends Mondays with a television. Another mother, Jo Falk, wants a "
            "day off. Both women said no.",
            "Both women",
            ["Ann Roe", "Jo Falk"],
        ),
        (
            "Senator Ann Roe left on Monday. It rained. It snowed. Nobody came. The hall was "
            "cold. Senator Bo Diaz ate with her spokesman. It thawed. It rained. It snowed. It "
            "rained again. It was cold. Both senators said no.",
            "Both senators",
            ["Ann Roe", "Bo Diaz"],
        ),
    ],
)  # fmt: skip
def test_both_of_a_name_or_a_role(text: str, source: str, expected: list[str]) -> None:
    case = Case(text, (source, "said", "no"))
    speaker = case.statements[0].speaker
    assert (case.members(0) if speaker and speaker.members else []) == expected


def test_the_two_of_a_role_are_nobody_of_another() -> None:
    case = Case(
        "Lawmaker Ann Roe blamed the ministers. Editor Bo Diaz agreed. The two ministers said no.",
        ("The two ministers", "said", "no"),
    )
    assert case.names == [None]


def test_the_leaders_of_others_are_no_pair() -> None:
    case = Case(
        "Ann Roe met Bo Diaz. The leaders of the three lake states said no.",
        ("The leaders of the three lake states", "said", "no"),
    )
    assert case.names == ["the leaders of the three lake states"]


def test_the_one_and_the_other() -> None:
    case = Case(
        "Ann Roe and Bo Diaz welcomed it, the one calling it late, the other dear.",
        ("Ann Roe and Bo Diaz", "welcomed", "it"),
        ("the one", "calling", "late"),
        ("the other", None, "dear"),
    )
    assert case.names == ["Ann Roe and Bo Diaz", "Ann Roe", "Bo Diaz"]


def test_the_same_man() -> None:
    case = Case(
        "Bo Diaz came. “No,” said Ann Roe. The same man asked why.",
        ("Bo Diaz", "came", None),
        ("Ann Roe", None, None),
        ("The same man", "asked", "why"),
    )
    assert case.names[-1] == "Bo Diaz"


def test_they_are_those_of_the_sentence_that_leads_to_a_quotation() -> None:
    case = Case(
        "Ann Roe left.\n\nThe market women were packing. “We sold it,” they said.",
        ("they", "said", "“We sold it,”"),
    )
    assert case.names == ["the market women"]


def test_it_is_the_firm_of_which_others_tell() -> None:
    case = Case(
        "Karvo Mutual is old. Ann Roe left. Bo Diaz stayed. It rained on Olm and Kestle.\n\n"
        "According to two clerks, the insurer has left Denmark. It plans a sale.",
        ("two clerks", None, "the insurer has left Denmark"),
        ("It", "plans", "a sale"),
    )
    assert case.names == ["two clerks", "Karvo Mutual"]


def test_both_of_a_group_that_has_just_spoken() -> None:
    case = Case(
        "Ann Roe met Bo Diaz. Two clerks confirmed it; both asked for secrecy.",
        ("Two clerks", "confirmed", "it"),
        ("both", "asked for", "secrecy"),
    )
    assert case.names == ["two clerks", "two clerks"]


@pytest.mark.parametrize(
    ("text", "source", "expected"),
    [
        # Who reports, and who is called by another noun.
        ("Bo Diaz told Olmnews. Ships wait, the agency said no.", "the agency", "Olmnews"),
        (
            "It rains, according to OLMA. The agency said no.",
            "The agency",
            "OLMA",
        ),
        (
            "The Olm Seed Administration wrote the rules. Bo Diaz read them. The agency said no.",
            "The agency",
            "the Olm Seed Administration",
        ),
        ("A Home Office clerk left. The department said no.", "The department", "the Home Office"),
        # No person stands behind these names.
        ("Air Olmo has no fuel. The carrier said no.", "The carrier", "Air Olmo"),
        ("The Olm Courier came. Bo Diaz left Olm. He said no.", "He", "Bo Diaz"),
        ("Tern Delta Grid insists. Ann Roe left. The company said no.", "The company",
         "Tern Delta Grid"),
        ("Olm Accord’s Lowri Gell left. “Fit them,” she said no.", "she", "Lowri Gell"),
        # An age beside a role, and a nationality that nothing but the name goes with.
        (
            "Norland’s chief negotiator, Bo Diaz, left. Ann Roe, a widow, stayed. The 54-year-old "
            "negotiator said no.",
            "The 54-year-old negotiator",
            "Bo Diaz",
        ),
        ("The cup is Bo Diaz’s.\n\nThe Norwegian said no.", "The Norwegian", "Bo Diaz"),
        (
            "The cup is Bo Diaz’s or Ann Roe’s.\n\nThe Norwegian said no.",
            "The Norwegian",
            "Norwegian",
        ),
        # Relatives whom the article has named.
        ("Jo and Rab Roe run it. Mrs Roe left. Her husband said no.", "Her husband", "Rab Roe"),
        ("Ann Roe left. Her son, Leon, stayed. It rained. Her son said no.", "Her son", "Leon"),
        ("Ann Roe left. Bo Diaz stayed. Ann Roe ate. Her son said no.", "Her son", "Ann Roe’s son"),
        ("Patsy Roe cut turf. Mr Roe said no.", "Mr Roe", "Patsy Roe"),
        # The places of one group, and a group before "who".
        (
            "Small shops in Olm and Kestle said no.",
            "Small shops in Olm and Kestle",
            "Small shops in Olm and Kestle",
        ),
        ("Supermarkets in Olm and Kestle said no.", "Supermarkets in Olm and Kestle",
         "Supermarkets"),
        ("Beef comes first, according to exporters, who said no.", "who", "exporters"),
        # A name right behind the source.
        ("The developer’s agent, a Mr Roe, said no.", "The developer’s agent", "Roe"),
        ("A clerk, Ann Roe and Bo Diaz said no.", "A clerk", "a clerk"),
        # Names as papers bring them.
        ("Farid, a welder, said no.", "Farid", "Farid"),
        ("Member of Parliament Ann Roe said no.", "Member of Parliament Ann Roe", "Ann Roe"),
        ("District Collector Pooja Roe left. She said no.", "She", "Pooja Roe"),
        ("Another, Themba, said no.", "Another, Themba", "Themba"),
        (
            "One of the few to like it, nurse Ann Roe, said no.",
            "One of the few to like it, nurse Ann Roe",
            "Ann Roe",
        ),
        (
            "Hana Falk wept. Patience lies with patience. Patience Roe, robbed by the same man, "
            "is not. She said no.",
            "She",
            "Patience Roe",
        ),
        ("Ann Roe: The pier must stay\n\nIt is old, I think.\n\nIt stays, I said no.", "I",
         "Ann Roe"),
    ],
)  # fmt: skip
def test_who_is_taken_up(text: str, source: str, expected: str) -> None:
    at = text.rindex(source)
    cue = text.rindex("said")
    document = read_document(text)
    statement = Statement(
        id="s1",
        contents=(document.span(cue + 5, cue + 7),),
        source=document.span(at, at + len(source)),
        cue=document.span(cue, cue + 4),
        kind="indirect",
    )
    (answered,), _ = resolve_speakers(document, [statement])
    assert answered.speaker is not None
    assert answered.speaker.name == expected


@pytest.mark.parametrize(
    ("lead", "label", "expected"),
    [
        ("Bo Diaz talked in Olm.", "Q", "the interviewer"),
        ("Bo Diaz held a press conference.", "Q", "a reporter"),
        ("Our reporter met Bo Diaz.", "Q", "the reporter"),
        ("Excerpts from Tuesday’s briefing by Bo Diaz.", "QUESTION", "a reporter"),
        ("Bo Diaz received the Gazette.", "Gazette", "the interviewer"),
    ],
)
def test_who_asks(lead: str, label: str, expected: str) -> None:
    case = Case(
        f"{lead}\n\n**{label}**: Is it old?\n\n**Diaz**: It is.\n\n**{label}**: It leaks."
        if label == "Gazette"
        else f"{lead}\n\n{label}: Is it old?\n\nDIAZ: It is.\n\n{label}: It leaks.",
        (label if label != "Gazette" else "Gazette**", None, "Is it old?"),
    )
    assert case.names == [expected]


def test_an_interview_with_its_questions_in_bold() -> None:
    case = Case(
        "Ann Roe bakes in Olm.\n\n**Is it hot?**\n\nIt is.\n\n**You like it.**\n\nI do.\n\n"
        "**Why?**\n\nBread.\n\n*Mayor Bo Diaz likes cake.*",
        (None, None, "Is it hot?"),
        (None, None, "It is."),
        (None, None, "You like it."),
        (None, None, "Bread."),
        ("Mayor Bo Diaz", "likes", "cake"),
    )
    assert case.names == ["the interviewer", "Ann Roe", "the interviewer", "Ann Roe", "Bo Diaz"]


@pytest.mark.parametrize(
    ("said", "by", "expected"),
    [
        ("he told us so", "Hina", "Bo Diaz"),
        ("he told us so", "a staffer", "Bo Diaz"),
        ("he told us so", "Tom Falk", "Tom Falk"),
    ],
)
def test_he_in_what_another_is_said_to_have_said(said: str, by: str, expected: str) -> None:
    text = f"Bo Diaz will vote; {said}, {by} reported."
    document = read_document(text)

    def find(words: str) -> Span:
        at = text.index(words)
        return document.span(at, at + len(words))

    statements = [
        Statement(
            id="s1", contents=(find(said),), source=find(by), cue=find("reported"), kind="indirect"
        ),
        Statement(
            id="s2", contents=(find("so,"),), source=find("he"), cue=find("told"), kind="indirect"
        ),
    ]
    answered, _ = resolve_speakers(document, statements)
    assert [s.speaker and s.speaker.name for s in answered] == [by, expected]


def test_a_paragraph_of_a_transcript_without_a_label() -> None:
    case = Case(
        "Ann Roe met the press.\n\nROE: It leaks. It did.\n\nAnd it is old.\n\nIt rained.",
        ("ROE", None, "It leaks. It did."),
        (None, None, "And it is old."),
    )
    assert case.names == ["Ann Roe", "Ann Roe"]


def test_who_opens_the_sentence_after_a_quotation_of_a_new_paragraph() -> None:
    case = Case(
        "A clerk refused to say who.\n\n“They came from both ends.” Momota laughed.",
        ("A clerk", "refused", "to say who"),
        (None, None, "“They came from both ends.”"),
    )
    assert case.names == ["a clerk", "Momota"]


@pytest.mark.parametrize(
    ("title", "source", "content", "expected"),
    [
        ("PM: the pier must go", "PM", "the pier must go", "Ines Falk"),
        ("Skipper tells all", "Skipper", "all", "Tom Hale"),
        ("Pier boss: old planks need new nails", "Pier boss", "old planks need new nails",
         "Bo Diaz"),
        ("Dock union: no", "Dock union", "no", "Ada Munk"),
    ],
)  # fmt: skip
def test_a_role_in_a_headline(title: str, source: str, content: str, expected: str) -> None:
    case = Case(
        f"{title}\n\n{_BODY}Prime Minister Ines Falk was curt. Tom Hale, a skipper, said no. The "
        "transport secretary said it rained. “Old planks need new nails,” said Bo Diaz. Union "
        "secretary Ada Munk said yes.",
        (source, None, content),
        ("Prime Minister Ines Falk", "was curt", None),
        ("Tom Hale, a skipper,", "said", "no"),
        ("The transport secretary", "said", "it rained"),
        ("Bo Diaz", None, "“Old planks need new nails,”"),
        ("Union secretary Ada Munk", "said", "yes"),
    )
    assert case.names[0] == expected


def test_a_body_of_many_has_one_name() -> None:
    case = Case(
        "Ada Munk leads the Dock Workers’ Union. The union said no. The Women’s Bank said yes.",
        ("The union", "said", "no"),
        ("The Women’s Bank", "said", "yes"),
    )
    assert case.names == ["the Dock Workers’ Union", "the Women’s Bank"]


@pytest.mark.parametrize("text", ["It rained on Roe’s Bank.", "It rained on the Roe’s Bank."])
def test_the_body_of_one_person_is_not_named_after_them(text: str) -> None:
    document = read_document(text)
    names = find_names(document, tokenize(document.text))
    assert [name.plain for name in names] == ["Roe", "Bank"]


def test_a_shouted_label_of_a_transcript_is_taken_whole() -> None:
    case = Case(
        "MAYOR ROE: Let him finish.\n\nVOICE FROM THE FLOOR: It leaks.\n\nMAYOR ROE: It does.",
        ("MAYOR ROE", None, "Let him finish."),
        ("VOICE FROM THE FLOOR", None, "It leaks."),
        ("MAYOR ROE", None, "It does."),
    )
    assert case.names == ["ROE", "VOICE FROM THE FLOOR", "ROE"]


def test_who_signs_a_statement_speaks_in_it() -> None:
    case = Case(
        "The joint letter of Ann Roe and Bo Diaz said no. A statement by Ada Munk said yes. A "
        "report by Ada Munk found cracks.",
        ("The joint letter of Ann Roe and Bo Diaz", "said", "no"),
        ("A statement by Ada Munk", "said", "yes"),
        ("A report by Ada Munk", "found", "cracks"),
    )
    assert case.members(0) == ["Ann Roe", "Bo Diaz"]
    assert case.names[1:] == ["Ada Munk", "a report by Ada Munk"]


def test_the_label_of_a_headline_is_without_its_addressee() -> None:
    case = Case(
        f"Growers to bank: no loan, no corn\n\n{_BODY}It rained.\n\nIt snowed.",
        ("Growers to bank", ":", "no loan, no corn"),
    )
    assert case.names == ["Growers"]


@pytest.mark.parametrize(
    ("text", "pronoun", "expected"),
    [
        ("Ann Roe met a clerk. Beside her a young man laughed. “So be it,” he said.", "he",
         "a young man"),
        ("Tom Diaz was out. At ten past one his wife called. “So be it,” she said.", "she",
         "Tom Diaz’s wife"),
        ("Tom Diaz was out. At ten past one his brother called. “So be it,” he said.", "he",
         "Tom Diaz"),
        ("Green mayor Tom Diaz met Bo Munk. Munk left. The mayor went on: he wanted “so be it”.",
         "he", "Tom Diaz"),
    ],
)  # fmt: skip
def test_a_pronoun_takes_up_who_opens_the_sentence_late(
    text: str, pronoun: str, expected: str
) -> None:
    quotation = "“So be it,”" if "“So" in text else "“so be it”"
    case = Case(text, (pronoun, None, quotation))
    assert case.names == [expected]
