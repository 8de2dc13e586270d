"""Who speaks in an article and stands in no sentence of it: its author, and an interviewer."""

from __future__ import annotations

import re

from stancekit.speakers.discourse import Discourse
from stancekit.speakers.registry import Entity, Registry

_BYLINE = re.compile(r"\s*(?:(?:words\s+)?by\s+|[—–-]+\s*)?", re.IGNORECASE)
_QUESTION = re.compile(r"^[^\w\n]*Q\s*[:.]", re.MULTILINE)
_TALKED = re.compile(r"\b(?:talk|talked|talks|speaks|spoke)\s(?:to|with)\s(?:our\s\w+\s)?")
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
    return None


def interviewer(discourse: Discourse) -> Entity:
    """Who asks in an interview that marks questions with Q: by name, where the lead gives it."""
    if _INTERVIEWER not in discourse.nominals:
        discourse.nominals[_INTERVIEWER] = _asker(discourse) or discourse.registry.new(
            "the interviewer", "person", anonymous=True
        )
    return discourse.nominals[_INTERVIEWER]


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
