"""Names and scores as short labels, alike in the table, the page and the figure."""

from __future__ import annotations

import unicodedata

from stancekit.types import Document

MINUS = "\N{MINUS SIGN}"


def signed(value: float) -> str:
    """A score with its sign and two decimals; what rounds to zero has no sign."""
    text = f"{abs(value):.2f}"
    if text == "0.00":
        return text
    return (MINUS if value < 0 else "+") + text


def plain(text: str) -> str:
    """One line without what could steer a terminal: control and direction marks, line ends."""
    text = " ".join(text.split())
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in ("Cc", "Cs") else c
        for c in text
        if not ("\u202a" <= c <= "\u202e" or "\u2066" <= c <= "\u2069")
    )


# Characters. A longer first paragraph is the article's opening, not its title.
_MAX_HEADLINE = 140


def headline(document: Document) -> str:
    """What to call an article: its first paragraph where that is a title, else its id.

    A title is one line of at most 140 characters that does not end like a sentence,
    with more text after it.
    """
    first, *rest = document.paragraphs or (None,)
    if first is not None and rest and len(first) <= _MAX_HEADLINE:
        words = document.text[first.start : first.end].strip()
        if words and "\n" not in words and not words.endswith((".", ",", ":", ";")):
            return plain(words) or plain(document.id) or "Article"
    return plain(document.id) or "Article"
