"""How a source relates to its content: what the cue and its negation say.

The lists hold stems of common English reporting words, by what they do to the
content; they are read against the cue alone, so that a content's own words
never change how it was said.
"""

from __future__ import annotations

import re

from stancekit.types import Modality

_NEGATION = re.compile(r"\b(?:not|never|no|nor|neither|without)\b|n[’']t\b", re.I)


def _pattern(stems: str) -> re.Pattern[str]:
    """Any of the stems, at the beginning of a word; an underscore stands for a space."""
    return re.compile(r"\b(?:" + "|".join(stems.replace("_", r"\s").split()) + r")", re.I)


_REFUSED = re.compile(
    r"\b(?:declin|refus|demur|stonewall)|\bno comment\b"
    r"|\bw(?:ould|ill)(?: not|n[’']t) (?:say|comment|be drawn|discuss|confirm)|\bwon[’']t say"
    r"|\b(?:did|does|do|has|have|had)(?: not|n[’']t) (?:immediately )?"
    r"(?:comment|respond|repl|return|answer)"
    r"|\bavoid(?:ed|s)? (?:say|comment)",
    re.I,
)
# "Said to" alone names a listener: "Roe said to Diaz".
_INFERRED = re.compile(
    r"\b(?:appear|seem|signal|hint|indicat|impl(?:y|ie)|reportedly|apparently|evidently|presumably"
    r"|expected to|likely to|poised to|set to"
    r"|(?:is|are|was|were|been|being) (?:widely )?(?:thought|said|believed) to)",
    re.I,
)
_DENIED = _pattern(
    r"den(?:y|ied|ies|ial) refut rebut rebuff reject contradict disavow repudiat "
    r"rul(?:e|es|ed|ing)_out"
)
_DOUBTED = _pattern(
    r"doubt sceptic skeptic question(?:ed|s|ing)?\b challeng unconvinced unsure disput dismiss"
)
_ASKED = _pattern(
    r"ask(?:ed|s|ing)?\b inquir enquir wonder quer(?:y|ied|ies) quiz want(?:ed|s)?_to_know"
)
_WANTED = _pattern(
    r"want(?!(?:ed|s)?_to_know) urg(?:e|ed|es|ing)\b demand desir seek sought wish vow pledg "
    r"promis plan(?:s|ned|ning)?\b propos recommend call(?:s|ed|ing)?_(?:for|on)\b "
    r"order(?:s|ed|ing)?\b instruct intend aim(?:s|ed|ing)?\b plead press(?:ed|es|ing)?\b "
    r"push(?:ed|es|ing)?_for ask(?:ed|s|ing)?_(?:for|to)\b agree(?:s|d|ing)?_to\b appeal "
    r"beg(?:s|ged|ging)?\b favou?rs?\b prefer advis lobb(?:y|ied|ies)\b encourag"
)
_BELIEVED = _pattern(
    r"believ think thought fear feel felt expect suspect worr(?:y|ied|ies) assum consider "
    r"convinced confident concern view(?:s|ed)?\b opinion predict holds?_that afraid optimis "
    r"pessimis imagin reckon hop(?:e|ed|es|ing|eful)\b"
)


def modality_of(cue: str, *, content: str = "") -> Modality:
    """The modality that a cue expresses.

    Args:
        cue: The cue's text; empty where there is none.
        content: Where the cue only introduces it, a direct question is asked.
    """
    text = " ".join(cue.split())
    negated = bool(_NEGATION.search(text))
    if _REFUSED.search(text):
        return "refused"
    if _INFERRED.search(text):
        return "inferred"
    if _DENIED.search(text):
        return "asserted" if negated else "denied"
    if _DOUBTED.search(text):
        return "asserted" if negated else "doubted"
    for modality, pattern in (
        ("wanted", _WANTED),
        ("asked", _ASKED),
        ("believed", _BELIEVED),
    ):
        if pattern.search(text):
            if negated:
                return "doubted" if modality == "believed" else "denied"
            return modality  # type: ignore[return-value]
    if negated:
        return "denied"
    if content.rstrip("\"'”’» ").endswith("?"):
        return "asked"
    return "asserted"
