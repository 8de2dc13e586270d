"""Who speaks in an article and stands in no sentence of it: its author, and an interviewer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from stancekit.speakers.discourse import Discourse
from stancekit.speakers.registry import Entity, Registry
from stancekit.speakers.tokens import Token
from stancekit.speakers.words import MEDIA_NOUNS

_BYLINE = re.compile(r"\s*(?:(?:words\s+)?by\s+|[—–-]+\s*)?", re.IGNORECASE)
_QUESTION = re.compile(r"^[^\w\n]*Q(?:UESTION)?\s*[:.]", re.MULTILINE)
# How a label of a transcript ends: "Observer:", "**Observer**:".
_COLON = re.compile(r"[*_]*[ \t]*:")
# Where reporters ask, one after another.
_PRESS = re.compile(r"\b(?:press\sconference|news\sconference|briefing)\b", re.IGNORECASE)
_REPORTER = re.compile(r"\bour\sreporter\b", re.IGNORECASE)
_QUESTION_MARK = re.compile(r"Q(?:UESTION)?\s*[:.]")
_TALKED = re.compile(r"\b(?:talk|talked|talks|speaks|spoke)\s(?:to|with)\s(?:our\s\w+\s)?")
# A paragraph in bold.
_BOLD = re.compile(r"^\*\*[^*\n]+\*\*[ \t]*$", re.MULTILINE)
_AUTHOR, _INTERVIEWER = "#author", "#interviewer"


def author(discourse: Discourse) -> Entity:
    """Who wrote the article: by name, where it is signed."""
    if _AUTHOR not in discourse.nominals:
        discourse.nominals[_AUTHOR] = _byline(discourse.registry) or discourse.registry.new(
            "the author", "person", anonymous=True
        )
    return discourse.nominals[_AUTHOR]


def _byline(registry: Registry) -> Entity | None:
    """The one person who signs the article: a short paragraph that is but a name and a role."""
    paragraphs = registry.document.paragraphs
    for paragraph in (*paragraphs[:4], *paragraphs[-2:]):
        match = _BYLINE.match(paragraph.text)
        if match is None or len(paragraph.text) > 80:
            continue
        start = paragraph.start + match.end()
        for n in registry.names_between(start, start + 1):
            name, index = registry.names[n], registry.entity_of[n]
            rest = registry.document.text[name.end : paragraph.end].strip()
            alone = not rest or (rest[0] in ",|(–—" and not rest.endswith((".", "!", "?", ":")))
            if name.start == start and alone and index is not None and len(name.words) > 1:
                if registry.may_be_person(registry.entities[index]):
                    return registry.entities[index]
    return _over_the_title(registry)


def _over_the_title(registry: Registry) -> Entity | None:
    """As in "Ann Roe: The fence must stay", over what is told by an I: who writes it."""
    for n in registry.names_between(0, 1) if len(registry.document.paragraphs) > 1 else ():
        name, index = registry.names[n], registry.entity_of[n]
        if index is None or len(name.words) < 2 or registry.document.text[name.end] != ":":
            continue
        entity = registry.entities[index]
        if entity.is_person and len(entity.mentions) == 1:
            return entity
    return None


def interviewer(discourse: Discourse) -> Entity:
    """Who asks in an interview, by name where the lead gives it, else as the article calls them."""
    if _INTERVIEWER not in discourse.nominals:
        end = _lead_end(discourse)
        name = "the interviewer"
        if _REPORTER.search(discourse.text, 0, end):
            name = "the reporter"
        elif _PRESS.search(discourse.text, 0, end):
            name = "a reporter"
        discourse.nominals[_INTERVIEWER] = _asker(discourse) or discourse.registry.new(
            name, "person", anonymous=True
        )
    return discourse.nominals[_INTERVIEWER]


def asks_questions(discourse: Discourse, label: Sequence[Token]) -> bool:
    """Whether a source is a label of questions: "Q", or the paper that asks them."""
    words = [t.text for t in label if t.is_word]
    start, end = label[0].start, label[-1].end
    if words in (["Q"], ["QUESTION"]):
        return bool(_QUESTION_MARK.match(discourse.text, start))
    if words[-1].lower() not in MEDIA_NOUNS or not _COLON.match(discourse.text, end):
        return False
    paper = discourse.text[start:end]
    if paper not in discourse.askers:
        turn = rf"^[*_]*{re.escape(paper)}[*_]*[ \t]*:(.*)$"
        turns = re.findall(turn, discourse.text, re.MULTILINE)
        discourse.askers[paper] = len(turns) > 1 and turns[0].rstrip().endswith("?")
    return discourse.askers[paper]


def turn_at(discourse: Discourse, position: int) -> Entity | None:
    """Whose turn it is in an interview that prints its questions, and no names, in bold."""
    if discourse.bold is None:
        found = [m.span() for m in _BOLD.finditer(discourse.text)]
        asks = sum(discourse.text[a:b].rstrip().rstrip("*").endswith("?") for a, b in found)
        discourse.bold = found if asks > 1 and 2 * asks >= len(found) else []
    for start, end in reversed(discourse.bold):
        if start <= position < end:
            return interviewer(discourse)
        if end <= position:
            line = discourse.text.rfind("\n", 0, position) + 1
            marked = discourse.text[line : position + 1].lstrip()[:1] in {"*", "_"}
            return None if marked else interviewee(discourse)
    return None


def interviewee(discourse: Discourse) -> Entity | None:
    """Who answers in an interview that marks answers with A: the one person its lead names."""
    if not discourse.interviewees:
        discourse.interviewees.append(_answerer(discourse))
    return discourse.interviewees[0]


def _answerer(discourse: Discourse) -> Entity | None:
    registry = discourse.registry
    asker = _asker(discourse)
    found = {
        index
        for n in registry.names_between(0, _lead_end(discourse))
        if (index := registry.entity_of[n]) is not None
        and registry.entities[index].is_person
        and registry.entities[index] is not asker
        and not discourse.in_quotes(registry.names[n].start)
    }
    return registry.entities[found.pop()] if len(found) == 1 else None


def _lead_end(discourse: Discourse) -> int:
    """Where the first question starts."""
    match = _QUESTION.search(discourse.text)
    if match is None and discourse.bold:
        return discourse.bold[0][0]
    return match.start() if match else 0


def _asker(discourse: Discourse) -> Entity | None:
    """As in "Ann Roe, who founded it, talked to Bo Diaz", right before the questions."""
    registry = discourse.registry
    ends = [m.end() for m in _TALKED.finditer(discourse.text, 0, _lead_end(discourse))]
    for n in registry.names_between(ends[-1], ends[-1] + 1) if ends else ():
        index = registry.entity_of[n]
        if index is not None and registry.entities[index].is_person:
            return registry.entities[index]
    return None


def is_unseen(discourse: Discourse, entity: Entity) -> bool:
    """Whether an entity is the author or the interviewer."""
    return any(entity is discourse.nominals.get(k) for k in (_AUTHOR, _INTERVIEWER))
