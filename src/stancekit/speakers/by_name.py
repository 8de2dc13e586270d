"""Sources that are a name, or end with one: "Roe", "the Reverend Ann Roe", "the WHO"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from stancekit.speakers.discourse import Discourse
from stancekit.speakers.phrases import is_plural, names_in
from stancekit.speakers.registry import Entity, is_organization_noun
from stancekit.speakers.tokens import Token, singular
from stancekit.speakers.words import (
    AGENT_ENDINGS,
    DETERMINERS,
    DOCUMENT_NOUNS,
    METONYMS,
    NUMERALS,
    PERSON_NOUNS,
    PLURAL_NOUNS,
)


def named_entity(discourse: Discourse, core: Sequence[Token]) -> Entity | None:
    """The entity whose name ends a phrase, if one does."""
    registry = discourse.registry
    if not core:
        return None
    for n in reversed(names_in(registry, core)):
        name = registry.names[n]
        if name.end < core[-1].end:
            # "the Trump campaign": the name only modifies what follows it.
            return None
        if not name.words:
            return None
        found = registry.entity_of[n]
        if found is None:
            return _namesake(discourse, n)
        entity = registry.entities[found]
        if entity.kind == "unknown":
            word = name.words[-1].lower()
            if word in DOCUMENT_NOUNS and len(name.words) == 1:
                pass
            elif word.endswith(AGENT_ENDINGS) and len(name.words) == 1:
                entity.kind, entity.plural = "group", True
            elif (
                core[0].lower in {"the", "a", "an"}
                or name.plain.isupper()
                or registry.is_body(entity)
            ):
                entity.kind = "organization"
            else:
                entity.kind = "person"
        return entity
    last = core[-1]
    leads = [
        index for n in names_in(registry, core)
        if registry.names[n].start == core[0].start
        and (index := registry.entity_of[n]) is not None
        and registry.entities[index].is_person
    ]  # fmt: skip
    if leads and last.is_capital and all(t.is_capital for t in core if t.is_word):
        # A headline that was taken for a source: "Jane Roe Slams Bank".
        return registry.entities[leads[0]]
    if core[0].lower in DETERMINERS | NUMERALS and not (
        core[0].text.isupper() and len(core[0].text) > 1
    ):
        return None
    if len(core) == 1 and (
        singular(last.lower) in PERSON_NOUNS
        or last.lower in DOCUMENT_NOUNS
        or last.lower in PLURAL_NOUNS
    ):
        return None
    if last.is_capital and all(t.is_capital for t in core if t.is_word):
        plain = " ".join(t.text for t in core if t.is_word)
        key = plain.lower()
        if last.lower in PERSON_NOUNS or is_organization_noun(last.lower):
            return None
        if any(registry.namesakes.get(n) for n in names_in(registry, core)):
            return None
        if key not in discourse.nominals:
            plural = is_plural(core)
            kind = "organization" if plain in METONYMS or plain.isupper() else "person"
            discourse.nominals[key] = registry.new(
                METONYMS.get(plain, plain), "group" if plural else kind, plural=plural,
                words=tuple(t.text for t in core if t.is_word),
            )  # fmt: skip
        return discourse.nominals[key]
    return None


# As in "a man who gave his name as Roe", "the group, which calls itself Black Tern", "one
# woman, who asked that only her first name, Ann, be used".
_OWN_NAME = re.compile(
    r"""[\s,]*(?:who|which)\s(?:only\s|would\s|will\s)*
    (?: (?:gives?|gave)\s(?:his|her|their|its)\s(?:\w+\s)?name\s(?:only\s)?as
      | calls?\s(?:him|her|it)self
      | (?:goes|went)\sby(?:\sthe\sname(?:\sof)?)?
      | (?:asked|wanted)\s[^.!?“”\n]{0,40}?(?:\bname,|(?:named|identified)(?:\sonly)?\sas)
    )\s(?:only\s)?""",
    re.VERBOSE,
)


def called_so(discourse: Discourse, tokens: Sequence[Token]) -> Entity | None:
    """Who is a source without a name whom the article then calls by one."""
    registry = discourse.registry
    match = None
    for at in (*(t.start for t in tokens if t.lower in {"who", "which"}), tokens[-1].end):
        match = match or _OWN_NAME.match(discourse.text, at)
    if match is None:
        return None
    for n in registry.names_between(match.end(), match.end() + 1):
        index = registry.entity_of[n]
        if index is not None and registry.names[n].start == match.end():
            return registry.entities[index]
    return None


_COMMA = re.compile(r",\s(?:an?\s)?")


def named_behind(discourse: Discourse, tokens: Sequence[Token]) -> Entity | None:
    """Who is a source whose name stands right behind it: "The agent, a Mr Roe, was shown it"."""
    registry = discourse.registry
    match = _COMMA.match(discourse.text, tokens[-1].end)
    for n in registry.names_between(match.end(), match.end() + 1) if match else ():
        name, index = registry.names[n], registry.entity_of[n]
        closed = discourse.text[name.end : name.end + 1] == ","
        if match is None or index is None or name.start != match.end() or not closed:
            continue
        entity = registry.entities[index]
        return entity if entity.is_person and (name.titled or len(name.words) > 1) else None
    return None


def _namesake(discourse: Discourse, n: int) -> Entity | None:
    """Among people of one surname, the one who has just spoken, if either has."""
    registry = discourse.registry
    options = registry.namesakes.get(n, ())
    position = registry.names[n].start
    paragraph = registry.paragraph_at(position)
    for at, entity in reversed(discourse.sources[-6:]):
        if registry.paragraph_at(at) < paragraph - 3:
            break
        if entity.index in options:
            return entity
    return None
