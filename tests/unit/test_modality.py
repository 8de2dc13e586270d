"""What a cue does to its content: lines 38 to 50 of the list of constructions, and more."""

from __future__ import annotations

import pytest

from stancekit.attribution.modality import modality_of
from stancekit.types import MODALITIES, Modality

TABLE: list[tuple[str, Modality]] = [
    ("said", "asserted"),
    ("told", "asserted"),
    (":", "asserted"),
    ("", "asserted"),
    ("according to", "asserted"),
    ("added that", "asserted"),
    ("'s claim that", "asserted"),
    ("said to", "asserted"),
    ("was quoted as saying", "asserted"),
    # 30, 31: what is wanted
    ("urged", "wanted"),
    ("vowed to", "wanted"),
    ("agreed to", "wanted"),
    ("called for", "wanted"),
    ("is calling for", "wanted"),
    ("calls on", "wanted"),
    ("pushed for", "wanted"),
    ("asked for", "wanted"),
    ("asked her to", "asked"),
    ("wants", "wanted"),
    # 38: denials
    ("denied", "denied"),
    ("denies", "denied"),
    ("rejected", "denied"),
    ("ruled out", "denied"),
    ("rules\nout", "denied"),
    ("did not deny", "asserted"),
    ("has not ruled out", "asserted"),
    # 39: not said
    ("did not say", "denied"),
    ("didn’t say", "denied"),
    ("never said", "denied"),
    # 40: refusals
    ("declined to comment", "refused"),
    ("refused to say whether", "refused"),
    ("would not say", "refused"),
    ("wouldn't comment", "refused"),
    ("will not say", "refused"),
    ("did not immediately respond", "refused"),
    ("No comment", "refused"),
    # 41: questions
    ("asked whether", "asked"),
    ("asks", "asked"),
    ("wondered", "asked"),
    ("wanted to know", "asked"),
    # 42: what is not said yet
    ("is expected to say", "inferred"),
    ("is likely to announce", "inferred"),
    # 27: on hearsay
    ("is said to", "inferred"),
    ("are widely believed to", "inferred"),
    ("reportedly said", "inferred"),
    # 43: verdicts on somebody's claim
    ("acknowledged", "asserted"),
    ("questioned", "doubted"),
    ("dismissed the claim that", "doubted"),
    ("disputes", "doubted"),
    ("is sceptical", "doubted"),
    ("does not doubt", "asserted"),
    # 44: the reporter's verdict
    ("falsely claimed", "asserted"),
    # 45: attitudes
    ("thinks", "believed"),
    ("fears", "believed"),
    ("hopes", "believed"),
    ("was hopeful", "believed"),
    ("holds that", "believed"),
    ("does not think", "doubted"),
    ("does not want", "denied"),
    # 46: the reporter's inference
    ("appears to be embracing", "inferred"),
    ("signalled openness to", "inferred"),
    ("seemed", "inferred"),
    # 47: plans and deeds
    ("plans to", "wanted"),
    ("signed", "asserted"),
    # 48, 49, 50
    ("echoed", "asserted"),
    ("agreed", "asserted"),
    ("said of", "asserted"),
    ("once said", "asserted"),
]


@pytest.mark.parametrize(("cue", "modality"), TABLE)
def test_cues(cue: str, modality: Modality) -> None:
    assert modality_of(cue) == modality
    assert modality_of(cue.upper()) == modality


def test_the_table_covers_every_modality() -> None:
    assert {modality for _, modality in TABLE} == set(MODALITIES)


@pytest.mark.parametrize("content", ["“Why now?”", "Why now?", "'Why now? '"])
def test_a_question_that_a_plain_cue_introduces_is_asked(content: str) -> None:
    assert modality_of("said", content=content) == "asked"
    assert modality_of("wants", content=content) == "wanted"


def test_the_content_does_not_change_how_it_was_said() -> None:
    assert (
        modality_of("said", content="they denied it, refused it and do not want it") == "asserted"
    )
