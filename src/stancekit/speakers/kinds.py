"""What kind of name its words make: a person's, a body's, a place's."""

from __future__ import annotations

from stancekit.speakers.tokens import given_gender
from stancekit.speakers.words import (
    BODY_STARTS,
    DOCUMENT_NOUNS,
    MEDIA_NOUNS,
    METONYMS,
    NO_SURNAMES,
    PARTICLES,
    PLACE_STARTS,
)


def is_shout(text: str) -> bool:
    """Whether a word is written in capitals."""
    return len(text) > 1 and text.isupper()


def kind_of(words: tuple[str, ...], titled: bool, is_body: bool) -> str:
    """Whether a name is a person's, a body's, a place's or unknown, by its words alone.

    Args:
        words: The words of the name, without titles.
        titled: Whether a title or a role stood before them.
        is_body: Whether one of them is a noun for a body.
    """
    name = " ".join(words)
    if not titled and len(words) == 2 and words[0].lower() in PLACE_STARTS:
        return "place"
    if is_body:
        return "organization"
    if titled:
        return "person"
    if name in METONYMS:
        return "place"
    if len(words) == 1:
        word = words[0]
        if word.isupper() and len(word) > 1:
            return "organization"
        return "unknown"
    if words[-1].lower() in DOCUMENT_NOUNS:
        return "organization"
    if any(w.lower() in {"of", "for", "the", "&"} for w in words):
        return "organization"
    if not given_gender(words[0]) and (
        words[0].lower() in BODY_STARTS or words[-1].lower() in MEDIA_NOUNS
    ):
        return "organization"
    initial = words[0].endswith(".") or len(words[0]) == 1
    if words[-1].lower() in NO_SURNAMES and not initial and not given_gender(words[0]):
        return "unknown"
    if len(words) == 2 and len(words[0]) > 2 and words[0].isupper():
        # "NHS Olm", but "MEC Ann Roe"
        return "unknown"
    if 2 <= len(words) <= 4 and not is_shout(words[-1]):
        return "person"
    if len(words) <= 6 and any(w.lower() in PARTICLES for w in words):
        return "person"
    return "unknown"
