"""Names and scores as short labels, alike in the table, the page and the figure."""

from __future__ import annotations

import unicodedata

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
