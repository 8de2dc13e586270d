"""Where an agency's report was filed: the datelines of an article, which are nobody's words."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter

from stancekit.types import Document, Span

# "OSLO (Norwire) — ", "Kingston, 4 March (Wire) - ", "LAKE CITY, Fla. — ": a place, perhaps a
# state or a date, the agency in brackets, a dash. A place in capitals may stand without the agency.
_WORD = r"[^\W\d_](?:[\w’'.-]*[\w’'.])?"
_DATELINE = re.compile(
    rf"(?P<place>{_WORD}(?:[ /]{_WORD}){{0,3}})"
    rf"(?:,\ (?:\d{{1,2}}\ {_WORD}|{_WORD}(?:\ (?:\d{{1,2}}|{_WORD}))?)){{0,2}}"
    r"(?:\ \((?P<agency>[^\W\d_a-z][^()\n]{1,30})\))?"
    r"\ ?(?:[—–―]|--|-)(?!\S)"
)
_DASH = re.compile(r"\s(?:[—–―]|--|-)(?=\s)")
_PARTY = re.compile(r"[A-Z]{1,3}-")
# A dateline stands at the top. Further down, or more than once, names in capitals with a dash are
# those of speakers in a transcript, unless the same agency signs several.
_TOP = 3


def _dateline(document: Document, paragraph: Span) -> tuple[Span, str] | None:
    """The dateline of a paragraph and its agency, which may be empty."""
    match = _DATELINE.match(document.text, paragraph.start, paragraph.end)
    if match is None:
        return None
    place, agency = match["place"], match["agency"] or ""
    words = re.findall(r"[^\W\d_]+", place)
    initials = "".join(word[0] for word in words if word[0].isupper())
    if agency:
        # "Ann Roe (D-Ohio) —", "the World Health Organization (WHO) —"
        if not place[0].isupper() or _PARTY.match(agency) or agency in {initials, initials[1:]}:
            return None
    elif not place.isupper() or max(map(len, words)) < 3:
        return None
    end = document.sentences[
        bisect_right(document.sentences, match.start(), key=lambda s: s.start) - 1
    ].end
    if _DASH.search(document.text, match.end(), max(end, match.end())):
        # "UNICEF — the children's agency — said"
        return None
    return document.span(*match.span()), agency


def find_datelines(document: Document) -> tuple[Span, ...]:
    """Where paragraphs begin with the place of the report, with the dash after it."""
    found = [(k, d) for k, p in enumerate(document.paragraphs) if (d := _dateline(document, p))]
    agencies = Counter(agency for _, (_, agency) in found)
    bare = agencies.pop("", 0)
    return tuple(
        span
        for number, (span, agency) in found
        if (number < _TOP and (agency or bare == 1)) or agencies[agency] > 1
    )
