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
    return re.compile(r"\b(?:" + "|".join(stems.split()) + r")", re.I)


_REFUSED = re.compile(
    r"\b(?:declin|refus|demur|stonewall)|\bno comment\b|\bwould(?: not|n[’']t) (?:say|comment|be drawn|discuss|confirm)"
    r"|\b(?:did|does|do|has|have|had)(?: not|n[’']t) (?:immediately )?(?:comment|respond|repl|return|answer)"
    r"|\bavoid(?:ed|s)? (?:say|comment)",
    re.I,
)
_INFERRED = re.compile(
    r"\b(?:appear|seem|signal|hint|indicat|impl(?:y|ie)|reportedly|apparently|evidently|presumably"
    r"|expected to|likely to|poised to|set to|thought to|understood to|known to|said to|believed to)",
    re.I,
)
_DENIED = _pattern(
    r"den(?:y|ied|ies|ial) refut rebut rebuff reject disput contradict dismiss disavow repudiat rul(?:e|es|ed|ing)\ out"
)
_DOUBTED = _pattern(r"doubt sceptic skeptic question(?:ed|s|ing)?\b challeng unconvinced unsure")
_ASKED = _pattern(r"ask(?:ed|s|ing)?\b inquir enquir wonder quer(?:y|ied|ies) quiz")
_WANTED = _pattern(
    r"want urg(?:e|ed|es|ing)\b demand desir hop(?:e|ed|es|ing)\b seek sought wish vow pledg promis "
    r"plan(?:s|ned|ning)?\b propos recommend call(?:s|ed|ing)?\ (?:for|on)\b order(?:s|ed|ing)?\b instruct "
    r"intend aim(?:s|ed|ing)?\b plead press(?:ed|es|ing)?\b push(?:ed|es|ing)?\ for "
    r"ask(?:ed|s|ing)?\ (?:for|to)\b agree(?:s|d|ing)?\ to\b appeal beg(?:s|ged|ging)?\b favou?rs?\b prefer advis "
    r"lobb(?:y|ied|ies)\b encourag"
)
_BELIEVED = _pattern(
    r"believ think thought fear feel felt expect suspect worr(?:y|ied|ies) assum consider "
    r"convinced confident concern view(?:s|ed)?\b opinion predict hold(?:s)?\ that afraid optimis pessimis "
    r"imagin hope(?:ful)"
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
