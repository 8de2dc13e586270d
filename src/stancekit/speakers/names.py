"""Finds and reads name mentions, without a model.

A mention is a run of capitalised words, with the particles, initials and
hyphens that names have, and with the titles and roles that stand before it.
What a run means (a person, a body) is decided from its own words here, and
from the rest of the article in `registry`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from stancekit.datelines import find_datelines
from stancekit.speakers.kinds import is_shout, kind_of
from stancekit.speakers.tokens import (
    Token,
    given_gender,
    is_demonym,
    noun_gender,
    singular,
    tokenize,
)
from stancekit.speakers.words import (
    COMMON_CAPITALS,
    HONORIFICS,
    METONYMS,
    NO_SURNAMES,
    ORGANIZATION_NOUNS,
    PARTICLES,
    PERSON_NOUNS,
    POSTNOMINALS,
    ROLE_MODIFIERS,
    ROLE_OFFICES,
    ROLES,
    SHORT_ROLES,
)
from stancekit.types import Document

__all__ = ["Name", "Token", "find_names", "given_gender", "read_name", "tokenize"]

_VERBS = frozenset(
    "said says was is has had will would told tells went did does won lost made took gave came "
    "wrote spoke thought put set met led left held kept saw knew".split()
)
# "Member of Parliament", though a member alone is no role.
_OFFICERS = ROLES | {"member"}
_SEVERAL = frozenset("women men children people".split())
_RELATIVES = frozenset("who whose which".split())
# A run this long is a headline or a list in capitals, never one name.
_MAX_RUN = 12


@dataclass(frozen=True, slots=True)
class Name:
    """One mention of a name in the text.

    Attributes:
        start: Where it starts, in characters, titles and roles included.
        end: Where it ends, without a possessive ending.
        name_start: Where the plain name starts; equals ``end`` for a bare role.
        words: The words of the plain name.
        role: The role before it, in small letters ("prime minister"), or "".
        gender: "m", "f" or "": from a title, a role noun or a common given name.
        certain: Whether that gender came from a title or a role noun.
        kind: "person", "organization", "place" or "unknown", from its own words.
        titled: Whether an honorific or a role stands before it.
        initial: Whether it opens a sentence, where any word is capitalised.
    """

    start: int
    end: int
    name_start: int
    words: tuple[str, ...]
    role: str = ""
    gender: str = ""
    certain: bool = False
    kind: str = "unknown"
    titled: bool = False
    initial: bool = False

    @property
    def plain(self) -> str:
        """The name's words, joined."""
        return " ".join(self.words)


def _opens_sentence(tokens: Sequence[Token], i: int, text: str) -> bool:
    while i > 0 and not tokens[i - 1].is_word and tokens[i - 1].text not in ".!?…:":
        i -= 1
    if i == 0 or tokens[i - 1].text in ".!?…:":
        return True
    # A headline or a byline ends without a full stop.
    return _follows_blank_line(tokens, i, text)


def _follows_blank_line(tokens: Sequence[Token], i: int, text: str) -> bool:
    gap = text[tokens[i - 1].end : tokens[i].start]
    return len(f"{gap}.".splitlines()) > 2


def _runs(tokens: Sequence[Token], text: str) -> list[tuple[int, int]]:
    """Token ranges of capitalised words that may be one name with its titles."""
    runs = []
    i, n = 0, len(tokens)
    while i < n:
        token = tokens[i]
        if not token.is_capital or token.lower in COMMON_CAPITALS or token.text in {"I", "I."}:
            # "US" and "IT" in capitals are no pronouns, and "British" opens "British Library".
            following = tokens[i + 1] if token.is_capital and i + 1 < n else None
            named = (
                following is not None
                and is_demonym(token.text)
                and following.is_capital
                and following.lower in ORGANIZATION_NOUNS
            )
            if not (
                named or token.text in METONYMS or (token.text == "US" and not _shouting(tokens, i))
            ):
                i += 1
                continue
        j = i + 1
        while j < n and j - i < _MAX_RUN:
            previous, following = tokens[j - 1], tokens[j]
            gap = text[previous.end : following.start]
            if "\n" in gap or "\r" in gap or len(gap) > 3:
                break
            if following.text in {"'", "’"} and not gap and _is_of_several(tokens, i, j + 1):
                # "the Port Workers’ Union"
                j += 2
                continue
            if previous.possessive and not _is_of_several(tokens, i, j):
                break
            if following.text == ".":
                # "Mr." and "J." go on; any other full stop ends the run.
                abbreviated = (
                    (len(previous.text) == 1 and previous.text.isupper())
                    or previous.lower in HONORIFICS
                    or (previous.lower in ROLES and len(previous.lower) <= 5)
                    or previous.lower in {"jr", "sr", "st"}
                )
                k = j + 1
                while abbreviated and k < n and k < j + 4 and tokens[k].lower in PARTICLES:
                    k += 1
                if abbreviated and j + 1 < k < n and tokens[k].is_capital:
                    # "Dr. van der Meer"
                    j = k + 1
                    continue
                if (
                    abbreviated
                    and not gap
                    and j + 1 < n
                    and tokens[j + 1].is_capital
                    and tokens[j + 1].lower not in COMMON_CAPITALS
                ):
                    j += 1
                    continue
                break
            dotted = len(following.text) == 1 and j + 1 < n and tokens[j + 1].text == "."
            if following.is_capital and (
                following.lower not in COMMON_CAPITALS or following.text in METONYMS or dotted
            ):
                j += 1
                continue
            after = tokens[j + 1] if j + 1 < n else None
            if after is not None and after.is_capital and after.lower not in COMMON_CAPITALS:
                if following.lower in PARTICLES and following.lower not in {"e", "y"}:
                    j += 1
                    continue
                if following.text == "&":
                    j += 2
                    continue
                if following.lower in {"of", "for"} and (
                    previous.lower in ORGANIZATION_NOUNS
                    or (previous.lower in _OFFICERS and after.lower in ROLE_OFFICES)
                ):
                    j += 2
                    continue
            if (
                after is not None
                and following.lower == "of"
                and previous.lower in ORGANIZATION_NOUNS
                and after.is_capital
                and singular(after.lower) != after.lower
                and len(after.lower) > 3
            ):
                # "the League of Voters"
                j += 2
                continue
            beyond = tokens[j + 2] if j + 2 < n else None
            if (
                after is not None
                and beyond is not None
                and following.lower in {"of", "for", *PARTICLES}
                and after.lower in {"the", *PARTICLES}
                and beyond.is_capital
                and beyond.lower not in COMMON_CAPITALS
                and (
                    (following.lower in PARTICLES and after.lower in PARTICLES)
                    or (previous.lower in ORGANIZATION_NOUNS and after.lower == "the")
                )
            ):
                j += 3
                continue
            break
        runs.append((i, j))
        i = j
    return runs


def _is_of_several(tokens: Sequence[Token], i: int, j: int) -> bool:
    """Whether the name of a body goes on after a possessive: "the Women’s | Bank"."""
    owner = next(t for t in reversed(tokens[:j]) if t.is_word).lower
    several = owner in _SEVERAL or owner.endswith("s")
    body = j < len(tokens) and tokens[j].is_capital and tokens[j].lower in ORGANIZATION_NOUNS
    return several and body and i > 0 and tokens[i - 1].lower == "the"


def _shouting(tokens: Sequence[Token], i: int) -> bool:
    around = [t for t in tokens[max(0, i - 3) : i + 4] if t.is_word and t is not tokens[i]]
    return bool(around) and all(is_shout(t.text) for t in around)


def _title_cased(tokens: Sequence[Token], document: Document) -> set[int]:
    """Starts of tokens in headlines, where capitals tell nothing."""
    marked: set[int] = set()
    k, n = 0, len(tokens)
    for sentence in document.sentences:
        words = []
        while k < n and tokens[k].start < sentence.end:
            if tokens[k].is_word and tokens[k].start >= sentence.start:
                words.append(tokens[k])
            k += 1
        telling = [w for w in words if w.lower not in COMMON_CAPITALS and w.text[0].isalpha()]
        capitals = sum(w.is_capital for w in telling)
        # A full stop makes a headline unlikely, so then every word must be large.
        stopped = sentence.text.endswith(".")
        if capitals >= (len(telling) if stopped else 0.8 * len(telling)) and len(telling) >= (
            6 if stopped else 4
        ):
            marked.update(w.start for w in words)
    return marked


def find_names(document: Document, tokens: Sequence[Token]) -> tuple[Name, ...]:
    """Every mention of a name in the text, in text order.

    Linear in the length of the text. Runs in headlines are cut down to names
    that the body of the article confirms.
    """
    text = document.text
    headline = _title_cased(tokens, document)
    small = Counter(t.lower for t in tokens if t.is_word and t.text.islower())
    large = Counter(
        t.lower
        for i, t in enumerate(tokens)
        if t.is_capital and t.start not in headline and not _opens_sentence(tokens, i, text)
    )
    datelines = find_datelines(document)
    names: list[Name] = []
    for i, j in _runs(tokens, text):
        first = tokens[i]
        if any(span.start <= first.start < span.end for span in datelines):
            continue
        initial = _opens_sentence(tokens, i, text)
        if j - i == 1 and is_shout(first.text) and _opens_lead(tokens, i, text):
            # "A VET who …", "THE last …": some papers write the first words of a lead large.
            continue
        if first.start in headline:
            names.extend(_from_headline(tokens, i, j, large, small))
            continue
        if initial and j - i == 1 and first.lower not in HONORIFICS:
            # "Talks continued": a word that the article also writes small, or never large
            # elsewhere and in its dictionary form, is hardly a name.
            # Nor is one that the article has nowhere else and that does nothing ("Flowers
            # optional", "Give us one", "Last spring"): a subject stands before its verb.
            known = large[first.lower] or first.lower in ROLES or first.text in METONYMS
            if not known and (
                small[first.lower]
                or not (given_gender(first.text) or first.possessive or _acts(tokens, j))
            ):
                continue
        elif initial and small[first.lower] > large[first.lower] and first.lower not in ROLES:
            # "Angry Roe": the first word is capital by position alone.
            whole = tokens[j - 1].lower in NO_SURNAMES | ORGANIZATION_NOUNS or (
                j - i > 1 and given_gender(first.text)
            )
            if first.lower not in HONORIFICS and first.lower not in ROLE_MODIFIERS and not whole:
                i += 1
        name = _read(tokens, i, j, initial)
        if name is not None:
            names.append(name)
    return tuple(names)


def _opens_lead(tokens: Sequence[Token], i: int, text: str) -> bool:
    """Whether a noun for people or a body stands first in its paragraph, article aside."""
    noun = singular(tokens[i].lower)
    k = i - 1 if i > 0 and tokens[i - 1].lower in {"a", "an", "the"} else i
    opens = k == 0 or _follows_blank_line(tokens, k, text)
    return opens and (noun in PERSON_NOUNS or noun in ORGANIZATION_NOUNS)


def _acts(tokens: Sequence[Token], j: int) -> bool:
    """Whether a token after a name looks like a verb, or opens an apposition."""
    if j >= len(tokens):
        return False
    word = tokens[j].lower
    if word == "," and j + 1 < len(tokens):
        if tokens[j + 1].lower in {"a", "an"}:
            # "Roe, an engineer, waited"
            return any(t.lower in PERSON_NOUNS for t in tokens[j + 2 : j + 5])
        return tokens[j + 1].lower in _RELATIVES
    return word in _VERBS or (
        tokens[j].text.islower()
        and len(word) > 3
        and word.endswith(("ed", "es", "ys", "ts", "ds", "ks", "ns"))
    )


def _from_headline(
    tokens: Sequence[Token], i: int, j: int, large: Counter[str], small: Counter[str]
) -> list[Name]:
    found = []
    k = i
    while k < j:
        stop = k
        if k + 1 < j and given_gender(tokens[k].text) and large[tokens[k + 1].lower]:
            stop += 1
        while stop < j and large[tokens[stop].lower] and not small[tokens[stop].lower]:
            stop += 1
        if stop > k:
            name = _read(tokens, k, stop, True)
            if name is not None:
                found.append(name)
        k = stop + 1
    return found


def read_name(tokens: Sequence[Token], i: int, j: int) -> Name | None:
    """The name that tokens ``i`` to ``j`` make, as `find_names` would read it."""
    return _read(tokens, i, j, False)


def _is_role(word: str) -> bool:
    """Whether a word is a role, or made of one: "director-general", "vice-president"."""
    parts = word.split("-")
    return word in ROLES or (len(parts) > 1 and bool(ROLES & {parts[0], parts[-1]}))


def _read(tokens: Sequence[Token], i: int, j: int, initial: bool) -> Name | None:
    while j > i and not tokens[j - 1].is_word:
        j -= 1
    if i >= j:
        return None
    start, end = tokens[i].start, tokens[j - 1].end
    whole = " ".join(t.text for t in tokens[i:j] if t.is_word)
    gender, certain, titled = "", False, False
    role_words: list[str] = []
    cut = i
    # The last role word or honorific before the final word ends the title.
    k = j - 2
    while k >= i:
        word = singular(tokens[k].lower) if tokens[k].lower.endswith("s") else tokens[k].lower
        if tokens[k].lower in HONORIFICS or _is_role(word):
            cut = k + 1
            break
        office = (
            k > i
            and tokens[k].lower in {"of", "for"}
            and tokens[k + 1].lower in ROLE_OFFICES
            and tokens[k - 1].lower in _OFFICERS
        )
        if office and k + 2 == j:
            # "Minister of Education", and the name elsewhere
            role = " ".join(t.lower for t in tokens[i:j] if t.is_word)
            noun = noun_gender(tokens[k - 1].lower)
            return Name(start, end, end, (), role, noun, bool(noun), "person", True, initial)
        if office and k + 2 < j:
            cut = k + 2
            break
        k -= 1
    if cut < j and tokens[cut].text == ".":
        cut += 1
    words = list(tokens[cut:j])
    if len(words) > 1 and words[-1].lower in POSTNOMINALS and words[-1].text.isupper():
        # "Ann Roe KC"
        post = words.pop().lower
        role_words += [post] if post in ROLES else []
        j -= 1
        titled = True
    last = tokens[j - 1].lower
    is_body = last in ORGANIZATION_NOUNS or any(
        t.lower in ORGANIZATION_NOUNS and t.lower not in ROLES for t in tokens[cut:j]
    )
    if cut == i and whole not in METONYMS and not is_body and last in (ROLES | {"general"}):
        # A bare role: "Prime Minister", "Kremlin Press Secretary".
        role = " ".join(t.lower for t in tokens[i:j] if t.is_word)
        return Name(start, end, end, (), role, noun_gender(last), bool(noun_gender(last)),
                    "person", True, initial)  # fmt: skip
    if is_body and last not in ORGANIZATION_NOUNS:
        # "Speaker of the House Jane Roe", "Morning Post's Jane Roe" without the ending.
        marks = [k for k in range(cut, j) if tokens[k].lower in ORGANIZATION_NOUNS]
        tail = [t for t in tokens[marks[-1] + 1 : j] if t.is_word]
        if len(tail) >= 2 and given_gender(tail[0].text):
            cut, is_body = marks[-1] + 1, False
            words = list(tokens[cut:j])
    if is_body and cut > i and whole not in METONYMS:
        # "General Motors", "Director Guild": the title belongs to the body's name.
        honorific = tokens[i].lower in HONORIFICS
        if not honorific:
            cut, words = i, list(tokens[i:j])
    for token in tokens[i:cut]:
        if token.lower in HONORIFICS:
            gender = gender or HONORIFICS[token.lower]
            titled = True
            role = SHORT_ROLES.get(token.lower, token.lower)
            if role in ROLES:
                role_words.append(role)
        elif token.is_word:
            role_words.append(token.lower)
            gender = gender or noun_gender(token.lower)
            titled = True
    certain = bool(gender)
    # "American Jane Roe", "Republican Roe": what only says where from is no name.
    while len(words) > 1 and words[0].is_word and is_demonym(words[0].text) and not is_body:
        if given_gender(words[0].text):
            break
        role_words.append(words[0].lower)
        words = words[1:]
    spoken = [t for t in words if t.is_word]
    if (
        initial
        and not titled
        and len(spoken) > 2
        and not given_gender(spoken[0].text)
        and given_gender(spoken[1].text)
        and spoken[-1].lower not in NO_SURNAMES
        and not PARTICLES & {spoken[0].lower, spoken[1].lower}
    ):
        # "Geologist Jane Roe", which opens a sentence
        role_words.append(spoken[0].lower)
        titled, words = True, words[words.index(spoken[1]) :]
    # "J.", "the Port Workers’ Union" and "the Women’s Bank"
    endings = [
        "’s" if t.possessive else after.text if after.text in {"'", "’"} else ""
        for t, after in pairwise(words)
    ] + [""]
    plain = tuple(
        t.text + ("." if len(t.text) == 1 and t.text.isupper() else mark)
        for t, mark in zip(words, endings, strict=True)
        if t.is_word or t.text == "&"
    )
    if not plain:
        return None
    if titled and len(plain) == 1 and plain[0].lower() in ROLES:
        # "Mr. President", "Madam Secretary"
        role = " ".join([*role_words, plain[0].lower()])
        return Name(start, end, end, (), role, gender, certain, "person", True, initial)
    kind = kind_of(plain, titled, is_body)
    if kind == "person" and not gender:
        gender = given_gender(plain[0])
    if kind == "unknown" and not gender and len(plain) > 1:
        gender = given_gender(plain[0])
        kind = "person" if gender else kind
    return Name(
        start, end, words[0].start, plain, " ".join(role_words), gender, certain, kind,
        titled, initial,
    )  # fmt: skip
