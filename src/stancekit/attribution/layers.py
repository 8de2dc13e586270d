"""Statements that a text lays over each other, which one row of tags can't hold.

"Roe mocked Diaz for saying that it leaks" has Roe's words and those that she says are Diaz's;
"“It leaks,” Roe said, according to Olm Wire" has Roe's, and the agency's about her; and in "It
leaks, a claim Diaz disputes" Diaz has his say on what was said before. The tagger reads one of the
two, or a mixture; the words that join them tell both.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from stancekit.attribution.pieces import UNSURE
from stancekit.types import Document, Span


@dataclass(frozen=True, slots=True)
class Draft:
    """A statement before it has a number, a kind and a modality."""

    contents: tuple[Span, ...]
    cue: Span | None
    source: Span | None
    confidence: float

    @property
    def spans(self) -> tuple[Span, ...]:
        """All of them."""
        return (*self.contents, *(s for s in (self.cue, self.source) if s is not None))

    @property
    def start(self) -> int:
        """Where the first span starts."""
        return min(s.start for s in self.spans)

    @property
    def end(self) -> int:
        """Where the last span ends."""
        return max(s.end for s in self.spans)


def sentence_at(document: Document, position: int) -> Span:
    """The sentence at a position."""
    index = bisect_right(document.sentences, position, key=lambda s: s.start) - 1
    return document.sentences[max(0, index)]


def with_layers(document: Document, drafts: Iterable[Draft]) -> list[Draft]:
    """The drafts with those that lie under or over them, in text order."""
    found = list(drafts)
    found = _with_blamed(document, found)
    found = _with_doubts(document, found)
    found = _with_relays(document, found)
    found += _moods(document, found)
    return sorted(found, key=lambda d: min(s.start for s in d.contents))


# A noun phrase of a name or with a determiner, as short as what follows it lets it be.
_WORD = r"(?:(?:[A-Z]|Mr|Mrs|Ms|Dr|St|Lt|Col|Gen|Sen|Gov|Rep|Prof|Sgt)\.|[^\W\d_][\w’'&-]*)"
_FIRST = r"(?:[A-ZÀ-Þ][\w’'&-]*\.?|the|a|an|his|her|its|their|two|three|one|some|many|several|most)"
_NAMED = rf"{_FIRST}(?:\s{_WORD}){{0,9}}?"

# -- what somebody is blamed for saying ---------------------------------------

_BLAMES = (
    "accus attack blam chid criticis criticiz condemn denounc lambast mock rebuk reproach rebuff "
    "ridicul scold scorn slamm teas upbraid berat castigat censur fault derid prais thank"
)
_SAYINGS = (
    "saying said telling told claiming claimed calling called suggesting suggested arguing "
    "insisting implying pretending imagining asking writing describing boasting predicting denying"
)
_BLAME = re.compile(
    rf"\b(?P<cue>(?:(?:ha[sd]|have|was|were|is|are|also|then|later|again)\s){{0,2}}"
    rf"(?:{'|'.join(_BLAMES.split())})[a-z]{{0,4}}|(?:took|takes)(?:\sissue\swith)?)\s"
    r"(?P<object>(?!that\b)[\w’'.-]+(?:\s[\w’'.-]+){0,8}?)"
    r"(?:\s(?:to\stask|publicly|again|yesterday|sharply))?\s(?:for|of|over)\s"
    rf"(?P<say>(?:having\s)?(?:{'|'.join(_SAYINGS.split())}))\b"
)
# Whom somebody is blamed for telling.
_ADDRESSEE = re.compile(r"\s(?:(?!that\b)[\w’'-]+\s){1,4}?(?=that\b|[“‘\"])")


def _with_blamed(document: Document, drafts: list[Draft]) -> list[Draft]:
    """Of "Roe mocked Diaz for saying it leaks", what Roe mocks, and what Diaz is said to say."""
    text, result = document.text, list(drafts)
    for match in _BLAME.finditer(text):
        if "\n" in match[0]:
            continue
        first, last = match.start("cue"), match.end("say")
        sentence = sentence_at(document, first)
        meant = [d for d in result if _lies_over(d, match, sentence)]
        end = max((s.end for d in meant for s in d.contents), default=0)
        if end <= last:
            continue
        inner = last
        if match["say"].endswith(("telling", "told")) and (told := _ADDRESSEE.match(text, last)):
            inner = told.end() - 1
        inner += 1
        owners = [d.source for d in meant if d.source is not None and d.source.end <= first]
        owner = owners[0] if owners else _subject(document, sentence.start, first)
        blamed = document.span(match.start("object"), match.end("object"))
        for draft in meant:
            result.remove(draft)
        confidence = max(d.confidence for d in meant)
        result += [
            Draft(
                (document.span(blamed.start, end),),
                document.span(first, match.end("cue")),
                owner,
                confidence,
            ),
            Draft(
                (document.span(inner, end),),
                document.span(match.start("say"), last),
                blamed,
                confidence * UNSURE,
            ),
        ]
    return result


# The subject of the last clause of a text that ends before its verb.
_SUBJECT = re.compile(
    r"(?:.*(?:[;:,“‘\"]\s?|\b(?:and|but|while)\s))?"
    rf"(?P<subject>(?:{_NAMED})(?P<aside>,\s[^.;:“”\"]{{3,90}},)?|he|she|they|I|He|She|They)\s$",
    re.S,
)


def _subject(document: Document, low: int, end: int) -> Span | None:
    """The noun phrase or pronoun right before a verb at ``end``."""
    found = _SUBJECT.match(document.text[low:end])
    if found is None:
        return None
    aside = 1 if found["aside"] else 0
    return document.span(low + found.start("subject"), low + found.end("subject") - aside)


def _lies_over(draft: Draft, match: re.Match[str], sentence: Span) -> bool:
    """Whether a draft is a reading of what stands around somebody being blamed."""
    cue, end = draft.cue, match.end("say")
    return (
        cue is not None
        and match.start("cue") <= cue.end
        and cue.start < end
        and sentence.start <= min(s.start for s in draft.contents)
        and max(s.end for s in draft.contents) <= sentence.end + 1
        and all(s.end > match.start("object") for s in draft.contents)
    )


# -- what somebody thinks of what was said ------------------------------------

_CLAIMS = (
    "account accusation allegation argument assertion assessment charge claim conclusion demand "
    "description estimate figure finding forecast idea interpretation judgement judgment notion "
    "opinion plan point position prediction proposal prospect reading remark statement story "
    "suggestion theory verdict version view word"
)
_DOUBT = re.compile(
    rf",\s(?P<content>(?:a|an)\s(?:{'|'.join(_CLAIMS.split())}))\s(?:(?:which|that)\s)?"
    rf"(?P<source>{_NAMED}|I|he|she|they|we)\s"
    r"(?P<cue>(?:(?:ha[sd]|have|also|(?:do|does|did|would|will)(?:\snot|n[’']t))\s)?"
    r"(?:disput|reject|den[yi]|contest|doubt|question|shar|support|accept|endors|challeng|believ|"
    r"dismiss|refut|back|lik|oppos)(?:e[sd]?|es|s|ed|ies|ied|y)?)"
    r"(?=[,.;:)]|\s(?:aloud|strongly|flatly|outright|entirely|bitterly|too|also|and|but)\b|\sfor\sone)"
)


def _with_doubts(document: Document, drafts: list[Draft]) -> list[Draft]:
    """Of "It leaks, a claim Diaz disputes", what Diaz disputes."""
    result = list(drafts)
    for match in _DOUBT.finditer(document.text):
        if "\n" in match[0]:
            continue
        start, end = match.start("content"), match.end()
        content = document.span(start, match.end("content"))
        if any(c == content for d in result for c in d.contents):
            continue
        kept = []
        for draft in result:
            if draft.cue is not None and start <= draft.cue.start < end:
                continue  # another reading of it
            kept.append(
                replace(draft, contents=_up_to(document, draft.contents, match.start(), end))
            )
        result = [draft for draft in kept if draft.contents]
        result.append(
            Draft(
                (content,),
                document.span(match.start("cue"), match.end("cue")),
                document.span(match.start("source"), match.end("source")),
                UNSURE,
            )
        )
    return result


def _up_to(
    document: Document, contents: Sequence[Span], position: int, end: int
) -> tuple[Span, ...]:
    """Contents that go on over a position end there, and those between it and ``end`` are gone."""
    kept = []
    for span in contents:
        if position <= span.start < end:
            continue
        inside = span.start < position < span.end
        kept.append(document.span(span.start, position) if inside else span)
    return tuple(kept)


# -- what somebody relays -----------------------------------------------------

_RELAY_AFTER = re.compile(
    rf",?\s(?:(?P<cue>according\sto)\s(?P<source>{_NAMED})"
    rf"|(?P<source2>{_NAMED})\s(?P<cue2>reported|reports|writes|wrote|understands|said|says))"
    r"(?=[.,;\n]|$)"
)
_RELAYED = re.compile(r"(?:ha[sd]\s|have\s)?(?:accord|report|understand|wrote|writ)")
_SAID_FIRST = re.compile(
    rf"(?:that\s)?(?P<source>{_NAMED}|he|she|they|He|She|They)(?P<aside>,\s[^,.;:“”\"]{{3,90}},)?\s"
    r"(?P<cue>(?:(?:ha[sd]|have)\s(?:also\s)?)?(?:said|says|declared|warned|insisted|argued|claimed|"
    r"called|described|dismissed|told(?=\s[^,.;:]{2,40}?\sthat\b)))\s(?=\S)"
)
_SAID_BEFORE = re.compile(
    rf",\s(?P<source>{_NAMED}|he|she|they)\s"
    r"(?P<cue>said|says|warned|added|argued|claimed|insisted|believes?)(?:\s[\w’'-]+){0,4}?,\s$"
)


def _with_relays(document: Document, drafts: list[Draft]) -> list[Draft]:
    """Of "It leaks, Roe said, according to Olm Wire", what Roe said, and what the agency did."""
    text, result = document.text, []
    spoken = {d.cue.start for d in drafts if d.cue is not None}
    for draft in drafts:
        result.append(draft)
        if draft.cue is None or draft.source is None:
            continue
        relay = _RELAY_AFTER.match(text, draft.end)
        if relay is not None:
            part = "" if relay["cue"] else "2"
            if relay.start("cue" + part) in spoken:
                continue
            result.append(
                Draft(
                    (document.span(draft.start, draft.end),),
                    document.span(relay.start("cue" + part), relay.end("cue" + part)),
                    document.span(relay.start("source" + part), relay.end("source" + part)),
                    draft.confidence * UNSURE,
                )
            )
            continue
        result += _first_layer(document, draft, spoken)
        last = draft.contents[-1].end
        if not last < draft.cue.start < draft.source.start or "according" not in draft.cue.text:
            continue
        inner = _SAID_BEFORE.match(text[: draft.cue.start], last)
        if inner is None or inner.start("cue") in spoken:
            continue
        whole = document.span(draft.contents[0].start, inner.end("cue"))
        result[-1] = replace(draft, contents=(whole,))
        result.append(
            Draft(
                draft.contents,
                document.span(inner.start("cue"), inner.end("cue")),
                document.span(inner.start("source"), inner.end("source")),
                draft.confidence * UNSURE,
            )
        )
    return result


def _first_layer(document: Document, draft: Draft, spoken: set[int]) -> list[Draft]:
    """Of "Roe said it leaks, Olm Wire reported", what Roe said."""
    content, cue = draft.contents[0], draft.cue
    if len(draft.contents) > 1 or cue is None or cue.start < content.end or "\n" in content.text:
        return []
    if not _RELAYED.match(cue.text):
        return []
    said = _SAID_FIRST.match(content.text)
    if said is None or content.start + said.start("cue") in spoken:
        return []
    low = content.start
    return [
        Draft(
            (document.span(low + said.end(), content.end),),
            document.span(low + said.start("cue"), low + said.end("cue")),
            document.span(low + said.start("source"), low + said.end("source")),
            draft.confidence * UNSURE,
        )
    ]


# -- what follows a sentence about how somebody is minded ----------------------

_MINDED = (
    "adamant bitter blunt brief candid careful categorical cautious certain clear curt defiant "
    "dismissive downbeat emphatic firm frank furious gloomy immovable indignant optimistic patient "
    "pessimistic philosophical plain resolute sanguine scathing sceptical scornful short skeptical "
    "unapologetic unbending unconvinced unimpressed unmoved unrepentant upbeat withering"
)
_MOOD = re.compile(
    rf"(?P<source>{_NAMED}(?:,\s[^.;:“”\"]{{3,90}},)?|He|She|They)\s"
    r"(?P<cue>(?:(?:is|was|are|were|sounded|remained|remains|seemed)\s(?:\w+\s){0,3}?"
    rf"(?:{'|'.join(_MINDED.split())})\b(?:\s(?:and|but)\s\w+)?|(?:is|was)\shaving\snone\sof\sit"
    r"|begs\sto\sdiffer|begged\sto\sdiffer|d(?:oes|id)n[’']t\smince\s(?:his\s|her\s)?words"
    r"|(?:takes|took)\sa\sdifferent\s(?:line|view)|(?:struck|strikes)\sa\s\w+\snote)"
    r"(?:\s(?:about|on|of|with)\s[^,.;:“”\"]{2,50})?)\.$"
)


def _moods(document: Document, drafts: Sequence[Draft]) -> list[Draft]:
    """Of "Roe was unmoved. It had always leaked.", what Roe is unmoved by, in her own words.

    What the sentences say that follow in the paragraph, up to one in which somebody else does.
    """
    sentences, found = document.sentences, []
    taken = sorted((d.start, d.end) for d in drafts)
    ends = [p.end for p in document.paragraphs]
    for k, sentence in enumerate(sentences):
        mood = _MOOD.fullmatch(sentence.text)
        if mood is None or _meets(taken, sentence):
            continue
        paragraph = ends[min(bisect_right(ends, sentence.start), len(ends) - 1)]
        last = k
        while last + 1 < len(sentences) and sentences[last + 1].end <= paragraph:
            following = sentences[last + 1]
            if _meets(taken, following) or not following.text.endswith("."):
                break
            last += 1
        if last == k:
            continue
        start = sentence.start
        aside = 1 if mood["source"].endswith(",") else 0
        found.append(
            Draft(
                (document.span(sentences[k + 1].start, sentences[last].end - 1),),
                document.span(start + mood.start("cue"), start + mood.end("cue")),
                document.span(start + mood.start("source"), start + mood.end("source") - aside),
                UNSURE,
            )
        )
    return found


def _meets(ranges: Sequence[tuple[int, int]], span: Span) -> bool:
    """Whether one of some ranges shares a character with a span."""
    return any(start < span.end and span.start < end for start, end in ranges)
