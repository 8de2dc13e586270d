"""Statements that a text lays over each other, which one row of tags can't hold.

"Roe mocked Diaz for saying that it leaks" has Roe's words and those that she says are Diaz's;
"“It leaks,” Roe said, according to Olm Wire" has Roe's, and the agency's about her; and in "It
leaks, a claim Diaz disputes" Diaz has his say on what was said before. The tagger reads one of the
two, or a mixture; the words that join them tell both.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from stancekit.attribution.pieces import UNSURE
from stancekit.attribution.quotes import Quotes
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
    def is_apart(self) -> bool:
        """Whether no two spans share a character."""
        ordered = sorted(self.spans, key=lambda s: (s.start, s.end))
        return all(a.end <= b.start for a, b in pairwise(ordered))

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


def with_layers(document: Document, quotes: Quotes, drafts: Iterable[Draft]) -> list[Draft]:
    """The drafts with those that lie under or over them, in text order."""
    by_sentence: dict[int, list[Draft]] = {}
    for draft in drafts:
        at = draft.cue.start if draft.cue is not None else draft.contents[0].start
        by_sentence.setdefault(sentence_at(document, at).start, []).append(draft)
    found: list[Draft] = []
    for sentence in document.sentences:
        own = by_sentence.pop(sentence.start, [])
        if own:
            own = _with_blamed(document, sentence, own)
        found += _with_doubts(document, quotes, sentence, own)
    found = _with_relays(document, found)
    found += _moods(document, found)
    return sorted(found, key=lambda d: min(s.start for s in d.contents))


# Words that end a noun phrase, or begin none.
_NO_NOUN = (
    "who which that after before when if what where while never nobody was were is are said says "
    "say told tells reported reports wrote writes has have had did does do would will can could "
    "cannot also always repeatedly strongly sharply flatly but yet as on because since"
)
_TITLES = (
    "Mr|Mrs|Ms|Dr|St|Lt|Col|Gen|Sen|Sens|Gov|Rep|Reps|Prof|Sgt|Rev|Capt|Hon|Jr|Sr|Maj|Supt|Insp"
)
_WORD = (
    rf"(?:(?!(?:{'|'.join(_NO_NOUN.split())})\b)"
    rf"(?:(?:[A-Z]\.)+|(?:{_TITLES})\.|(?!(?:{_TITLES})\.)[^\W_][\w’'&-]*|&))"
)
_FIRST = (
    r"(?:(?!(?:But|And|Yet|When|If|After|As|On|In|At|What|Nobody|No|Although|While|Asked|For|To)\b)"
    rf"(?:(?:[A-Z]\.)+|(?:{_TITLES})\.|(?!(?:{_TITLES})\.)[A-ZÀ-Þ][\w’'&-]*)"
    r"|the|a|an|his|her|its|their|two|three|one|some|many|several|most|court|officials|de|van|von)"
)
# A noun phrase of a name or with a determiner, as short as what follows it lets it be.
_NAMED = rf"{_FIRST}(?:\s{_WORD}){{0,9}}?"

# -- what somebody is blamed for saying ---------------------------------------

_BLAMES = (
    "attack blam chid criticis criticiz condemn denounc lambast mock rebuk reproach rebuff ridicul "
    "scold scorn slam slamm teas upbraid berat castigat censur fault derid prais thank blast "
    "commend admonish chastis"
)
_SAYINGS = (
    r"saying said claiming claimed suggesting suggested arguing insisting implying pretending "
    r"imagining describing boasting predicting denying stating alleging branding comparing "
    r"calling(?!\s(?:an?|for|on|in|off|\d)) called "
    r"(?:telling|told)(?=[^.;:]{1,60}?(?:\bthat\b|[“‘\"])) "
    r"writing(?=\s(?:that\b|[“‘\"])) asking(?=\s(?:whether|why|who|what|how|if)\b)"
)
_BLAME = re.compile(
    r"\b(?P<cue>(?:(?:ha[sd]|have|also|then|later|again|(?:was|were|is|are)(?=\s\w+ing))\s){0,2}"
    r"(?:(?P<accuses>accus(?:e[sd]?|ing))"
    rf"|(?:{'|'.join(_BLAMES.split())})(?:e[sd]?|es|s|ed|ing)?"
    r"|(?:took|takes)(?=\s[^,;:.]{1,60}\sto\stask\b)|(?:took|takes)\sissue\swith))\s"
    r"(?P<object>(?!(?:that|for|of|over|by|from|to|at|in|on|with)\b)[\w’'.&-]+"
    r"(?:\s(?!(?:for|over|accus\w+|said|who|and\s\w+ed)\b)[\w’'.&-]+){0,8}?)"
    r"(?:\s(?:to\stask|publicly|again|yesterday|sharply))?"
    r"\s(?(accuses)of|(?:for|over))\s(?:falsely\s|wrongly\s)?"
    rf"(?P<say>(?:having\s)?(?:{'|'.join(_SAYINGS.split(' '))}))(?!\w)"
)
# Whom somebody is blamed for telling.
_ADDRESSEE = re.compile(r"\s(?:(?!that\b)[\w’'-]+\s){1,4}?(?=that\b|[“‘\"])")


def _with_blamed(document: Document, sentence: Span, drafts: list[Draft]) -> list[Draft]:
    """Of "Roe mocked Diaz for saying it leaks", what Roe mocks, and what Diaz is said to say."""
    text, result = document.text, list(drafts)
    for match in _BLAME.finditer(text, sentence.start, sentence.end):
        if "\n" in match[0] or (match["accuses"] and re.search(r"\sof\b", match["object"])):
            continue
        first, last = match.start("cue"), match.end("say")
        meant = [d for d in result if _lies_over(d, match, sentence)]
        end = max((s.end for d in meant for s in d.contents), default=0)
        inner = last
        if match["say"].endswith(("telling", "told")) and (told := _ADDRESSEE.match(text, last)):
            inner = told.end() - 1
        inner += 1
        if not re.search(r"\w", text[inner:end]):
            continue
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


_SUBJECT_REACH = 300  # characters


def _subject(document: Document, low: int, end: int) -> Span | None:
    """The noun phrase or pronoun right before a verb at ``end``."""
    low = max(low, end - _SUBJECT_REACH)
    found = _SUBJECT.match(document.text[low:end])
    if found is None:
        return None
    aside = 1 if found["aside"] else 0
    return document.span(low + found.start("subject"), low + found.end("subject") - aside)


def _lies_over(draft: Draft, match: re.Match[str], sentence: Span) -> bool:
    """Whether a draft is a reading of what stands around somebody being blamed.

    Of the blame ("Roe | mocked | Diaz for saying …") or of what was said ("Diaz | saying | …").
    """
    cue = draft.cue
    return (
        cue is not None
        and match.start("cue") <= cue.end
        and cue.start < match.end("say")
        and all(s.end > match.start("object") for s in draft.contents)
        and max(s.end for s in draft.contents) <= sentence.end + 1
    )


# -- what somebody thinks of what was said ------------------------------------

_CLAIMS = (
    "account accusation allegation argument assertion assessment charge claim conclusion demand "
    "description estimate figure finding forecast idea interpretation judgement judgment notion "
    "opinion plan point position prediction proposal prospect reading remark statement story "
    "suggestion theory verdict version view word"
)
_DOUBT = re.compile(
    r"(?:,|\s[—–-])\s"
    rf"(?P<content>(?:a|an)\s(?:{'|'.join(_CLAIMS.split())})|something)\s(?:(?:which|that)\s)?"
    rf"(?P<source>{_NAMED}|I|he|she|they|we)\s"
    r"(?P<cue>(?:(?:ha[sd]|have|cannot|can[’']t|(?:do|does|did|would|will)(?:\snot|n[’']t))\s)?"
    r"(?:(?:always|repeatedly|also|\w{3,12}ly)\s)?"
    r"(?:disput|reject|den[yi]|contest|doubt|question|shar|support|accept|endors|challeng|believ|"
    r"dismiss|refut|back|oppos)(?:e[sd]?|es|s|ed|ies|ied|y)?)"
    r"(?=[,.;:)]|\s(?:aloud|strongly|flatly|outright|entirely|bitterly|too|also|and|but|on|in|when|"
    r"because|as)\b|\sfor\sone)"
)


_GOES_ON = re.compile(r",\s(?!(?:and|but|while)\b)")


def _with_doubts(
    document: Document, quotes: Quotes, sentence: Span, drafts: list[Draft]
) -> list[Draft]:
    """Of "It leaks, a claim Diaz disputes", what Diaz disputes."""
    known = {content for draft in drafts for content in draft.contents}
    doubts: list[tuple[int, int]] = []
    found: list[Draft] = []
    for match in _DOUBT.finditer(document.text, sentence.start, sentence.end):
        quoted = next(quotes.within(match.start(), match.end()), None) is not None
        content = document.span(match.start("content"), match.end("content"))
        if quoted or "\n" in match[0] or content in known:
            continue
        doubts.append((match.start(), match.end()))
        found.append(
            Draft(
                (content,),
                document.span(match.start("cue"), match.end("cue")),
                document.span(match.start("source"), match.end("source")),
                UNSURE,
            )
        )
    if not doubts:
        return drafts
    for draft in drafts:
        if draft.cue is not None and _meets(doubts, draft.cue.start, draft.cue.start + 1):
            continue  # another reading of one of them
        contents = tuple(p for c in draft.contents for p in _without(document, c, doubts))
        if contents:
            found.append(replace(draft, contents=contents))
    return found


def _without(
    document: Document, content: Span, doubts: Sequence[tuple[int, int]]
) -> Iterable[Span]:
    """A content without what somebody thinks of it, in pieces where it goes on after that."""
    low = content.start
    first = bisect_right(doubts, content.start, key=lambda d: d[1])
    for start, end in doubts[first : bisect_left(doubts, (content.end, 0))]:
        if low < start:
            yield document.span(low, start)
        goes_on = _GOES_ON.match(document.text, end, content.end)
        low = goes_on.end() if goes_on else content.end
    if low < content.end:
        yield document.span(low, content.end)


# -- what somebody relays -----------------------------------------------------

_RELAY_AFTER = re.compile(
    rf",?\s(?:(?P<cue>according\sto)\s(?P<source>{_NAMED})"
    rf"|(?P<source2>{_NAMED})\s(?P<cue2>(?:ha[sd]\s)?reported|reports|writes|wrote|understands|said|says))"
    r"(?:\son\s\w+day)?(?=[,;\n]|\.(?:[\s\"”’)]|$)|$)"
)
_SAID_BEFORE = re.compile(
    rf",?\s(?P<source>{_NAMED}|he|she|they)\s"
    r"(?P<cue>said|says|warned|added|argued|claimed|insisted|believes?)(?:\s[\w’'-]+){0,4}?,\s$"
)
_RELAYED = re.compile(r"(?:ha[sd]\s|have\s)?(?:accord|report|understand|wrote|writ)")
_SAID_FIRST = re.compile(
    rf"(?:that\s)?(?P<source>{_NAMED}|he|she|they|He|She|They)(?P<aside>,\s[^,.;:“”\"]{{3,90}},)?\s"
    r"(?P<cue>(?:(?:ha[sd]|have)\s(?:also\s)?)?(?:said|says|warned|insisted"
    r"|(?:declared|argued|claimed|called|described|dismissed)(?=\s(?:that\b|[^,.;:]{0,60}?[“‘\"]))"
    r"|told(?=\s[^,.;:]{2,40}?\sthat\b)))\s(?!to\b)(?=\S)"
)


def _with_relays(document: Document, drafts: list[Draft]) -> list[Draft]:
    """Of "It leaks, Roe said, according to Olm Wire", what Roe said, and what the agency did."""
    text, result = document.text, []
    cues = _merged((d.cue.start, d.cue.end) for d in drafts if d.cue is not None)

    def is_new(match: re.Match[str], name: str, offset: int = 0) -> bool:
        return not _meets(cues, offset + match.start(name), offset + match.end(name))

    for draft in drafts:
        if draft.cue is None or draft.source is None:
            result.append(draft)
            continue
        relay = _RELAY_AFTER.match(text, draft.end)
        if relay is not None:
            result.append(draft)
            part = "" if relay["cue"] else "2"
            if is_new(relay, "cue" + part):
                result.append(
                    Draft(
                        (document.span(draft.start, draft.end),),
                        document.span(relay.start("cue" + part), relay.end("cue" + part)),
                        document.span(relay.start("source" + part), relay.end("source" + part)),
                        draft.confidence * UNSURE,
                    )
                )
            continue
        content = draft.contents[0]
        said = None
        if len(draft.contents) == 1 and content.end <= draft.cue.start and "\n" not in content.text:
            said = _SAID_FIRST.match(content.text) if _RELAYED.match(draft.cue.text) else None
        if said is not None and is_new(said, "cue", content.start):
            low = content.start
            result += [
                draft,
                Draft(
                    (document.span(low + said.end(), content.end),),
                    document.span(low + said.start("cue"), low + said.end("cue")),
                    document.span(low + said.start("source"), low + said.end("source")),
                    draft.confidence * UNSURE,
                ),
            ]
            continue
        last = draft.contents[-1].end
        before = last < draft.cue.start < draft.source.start and "according" in draft.cue.text
        inner = _SAID_BEFORE.match(text[: draft.cue.start], last) if before else None
        if inner is None or not is_new(inner, "cue"):
            result.append(draft)
            continue
        whole = document.span(draft.contents[0].start, inner.end() - 2)
        result += [
            replace(draft, contents=(whole,)),
            Draft(
                draft.contents,
                document.span(inner.start("cue"), inner.end("cue")),
                document.span(inner.start("source"), inner.end("source")),
                draft.confidence * UNSURE,
            ),
        ]
    return result


# -- what follows a sentence about how somebody is minded ----------------------

_MINDED = (
    "adamant bitter blunt brief candid careful categorical cautious curt defiant dismissive "
    "downbeat emphatic frank furious gloomy immovable indignant optimistic pessimistic "
    "philosophical resolute sanguine scathing sceptical scornful skeptical unapologetic unbending "
    "unconvinced unimpressed unmoved unrepentant upbeat withering"
)
# Of these, only about something: a sky is clear and a price firm, too.
_MINDED_ABOUT = "certain clear firm plain short"
_ADVERBS = r"(?:(?:also|just|as|equally|more|quite|rather|very|no|less|so|still|\w{3,12}ly)\s){0,3}"
_ABOUT = r"\s(?:about|on)\s(?!\w+day\b)[^,.;:“”\"]{2,50}"
_PERSON = (
    rf"(?:(?:{_TITLES})\.?\s)?[A-ZÀ-Þ][\w’'-]+"
    r"(?:\s(?:[A-ZÀ-Þ][\w’'-]+|[A-Z]\.|de|van|von|al)){0,5}"
)
_MOOD = re.compile(
    r"(?P<source>He|She|They|The\s\d\d-year-old"
    rf"|(?P<name>{_PERSON})(?:,\s[^.;:“”\"]{{3,90}},)?)\s"
    r"(?P<cue>(?:is|was|are|were|sounded|remained|remains|seemed)\s"
    rf"{_ADVERBS}(?:(?:\w+\sand\s)?(?:{'|'.join(_MINDED.split())})(?:\s(?:and|but)\s\w+)?(?:{_ABOUT})?"
    rf"|(?:{'|'.join(_MINDED_ABOUT.split())}){_ABOUT})"
    r"|(?:is|was)\shaving\snone\sof\sit|beg(?:s|ged)\sto\sdiffer"
    r"|d(?:oes|id)n[’']t\smince\s(?:his\s|her\s)?words)\.$"
)
_MOST_SENTENCES = 3


def _moods(document: Document, drafts: Sequence[Draft]) -> list[Draft]:
    """Of "Roe was unmoved. It had always leaked.", what Roe is unmoved by, in her own words.

    What the sentences say that follow in the paragraph, up to one in which somebody else does.
    """
    sentences, found = document.sentences, []
    taken = _merged((d.start, d.end) for d in drafts)
    ends = [p.end for p in document.paragraphs]
    past = 0
    for k, sentence in enumerate(sentences):
        mood = _MOOD.fullmatch(sentence.text)
        if mood is None or sentence.start < past or _meets(taken, sentence.start, sentence.end):
            continue
        name = mood["name"]
        if name is not None and " " not in name and not _is_name(document, name):
            # "Skies were …": a word that is written large for its place alone.
            continue
        paragraph = ends[min(bisect_right(ends, sentence.start), len(ends) - 1)]
        last = k
        while last + 1 < len(sentences) and last - k < _MOST_SENTENCES:
            following = sentences[last + 1]
            if following.end > paragraph or not following.text.endswith("."):
                break
            if _meets(taken, following.start, following.end):
                break
            last += 1
        if last == k:
            continue
        start, past = sentence.start, sentences[last].end
        aside = 1 if mood["source"].endswith(",") else 0
        found.append(
            Draft(
                (document.span(sentences[k + 1].start, past - 1),),
                document.span(start + mood.start("cue"), start + mood.end("cue")),
                document.span(start + mood.start("source"), start + mood.end("source") - aside),
                UNSURE,
            )
        )
    return found


def _is_name(document: Document, word: str) -> bool:
    """Whether a word is written large within a sentence, too."""
    return re.search(rf"[a-z,] {re.escape(word)}\b", document.text) is not None


def _merged(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges in order, those that meet as one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _meets(ranges: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Whether one of some ranges, in order and apart, shares a character with ``[start, end)``."""
    k = bisect_left(ranges, (end, end)) - 1
    return k >= 0 and ranges[k][1] > start
