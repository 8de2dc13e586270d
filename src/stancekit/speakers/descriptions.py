"""Definite descriptions of who was named before: "the president", "the company"."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence, Set

from stancekit.speakers.discourse import Discourse
from stancekit.speakers.phrases import is_plural
from stancekit.speakers.quoted import opens_quote
from stancekit.speakers.registry import Entity, Registry, is_organization_noun, surname_of
from stancekit.speakers.subjects import introduces, leading_sentence, opening_name
from stancekit.speakers.tokens import Token, is_demonym, noun_gender, role_head, singular
from stancekit.speakers.words import (
    BODY_CLASSES,
    BODY_KINDS,
    COMPANY_NOUNS,
    DOCUMENT_NOUNS,
    MEDIA_NOUNS,
    METONYMS,
    OCCUPATIONS,
    OFFICES,
    PERSON_NOUNS,
    PLACE_NOUNS,
    PLACE_STARTS,
    ROLE_CLASSES,
    ROLES,
)

# Short forms of party labels, so that "the GOP nominee" is the Republican one.
_PARTY = {
    "gop": "republican", "democrat": "democratic", "democrats": "democratic",
    "tory": "conservative",
    "republicans": "republican", "tories": "conservative", "labor": "labour",
}  # fmt: skip
_PARTIES = frozenset(
    "republican democratic conservative labour liberal socialist green libertarian independent "
    "nationalist".split()
)
# Names back among which the body is sought that "the company" means.
_NAMES_BACK = 300
# Names under which governments go: no "company", and no "group".
_SEATS = frozenset(METONYMS.values())
# Characters from a name in which its description stands.
_BESIDE = 60
_LOCATIVES = frozenset("in at near".split())
# Offices that a phrase with a modifier tells from each other.
_HELD = frozenset(
    "secretary commissioner director chief head chair chairman chairwoman judge clerk treasurer "
    "registrar inspector officer manager superintendent marshal".split()
)
# What one may be for an evening.
_LOOSE = frozenset("chair head leader".split())
# What one may call who reports the news.
_REPORTERS = frozenset("agency paper newspaper magazine broadcaster station website daily".split())
_KIN = frozenset("parent father mother brother sister son daughter wife husband".split())
_RELATIVES = _KIN | frozenset(f"{k}-in-law" for k in _KIN) | frozenset("cousin uncle aunt".split())
AGE_NOUN = re.compile(r"^(\d{1,2})-year-old")


def by_role(
    discourse: Discourse, position: int, noun: str, words: list[str], core: Sequence[Token]
) -> tuple[Entity | None, bool]:
    """The person whom "the president" takes up, and whether several could be meant."""
    registry = discourse.registry
    accepted = ROLE_CLASSES.get(noun, frozenset({noun})) | {noun}
    capitals = {
        _PARTY.get(t.lower, t.lower) for t in core[1:-1] if t.text[0].isupper() and t.is_word
    }
    found: list[tuple[int, Entity]] = []
    seen: set[int] = set()
    for start, entity in discourse.persons_before(position):
        if entity.index in seen or entity.anonymous:
            continue
        seen.add(entity.index)
        if not any(r in accepted and at <= position for r, at in entity.roles.items()):
            continue
        gender = noun_gender(noun)
        if gender and entity.likely_gender() not in {"", gender}:
            continue
        known = {_PARTY.get(w, w) for text in entity.role_texts for w in text.split()}
        if capitals and not capitals <= known and known & _PARTIES and capitals & _PARTIES:
            # "the Labour candidate" is not the Liberal one.
            continue
        found.append((start, entity))
    if len(words) > 1:
        modifiers = {_PARTY.get(w, w) for w in words[:-1]}
        modified = [
            (s, e) for s, e in found
            if any(modifiers & {_PARTY.get(w, w) for w in r.split()} for r in e.role_texts)
        ]  # fmt: skip
        if modified:
            found = modified
        elif capitals & _PARTIES:
            return None, False
        else:
            # "the energy minister" is not whom the article calls the prime minister.
            found = [(s, e) for s, e in found if noun in e.roles and _unmodified(e, accepted)]
    same = [(s, e) for s, e in found if noun in e.roles]
    found = same or found
    if not found:
        ahead = _ahead(registry, position, noun) or _named_after_quote(discourse, position, noun)
        return ahead, False
    if len(found) == 1:
        return found[0][1], False
    paragraph = registry.paragraph_at(position)
    near = [e for s, e in found if registry.paragraph_at(s) >= paragraph - 1]
    if len(near) == 1:
        return near[0], False
    if discourse.sources and discourse.sources[-1][1] in [e for _, e in found]:
        return discourse.sources[-1][1], False
    return None, True


def _ahead(registry: Registry, position: int, noun: str) -> Entity | None:
    """As in "The mayor said … Mayor Roe added": the holder of a role, named soon after."""
    k = bisect_right(registry.name_starts, position)
    paragraph = registry.paragraph_at(position)
    found: set[int] = set()
    for n in range(k, min(k + 12, len(registry.names))):
        if registry.paragraph_at(registry.names[n].start) > paragraph + 2:
            break
        index = registry.entity_of[n]
        if index is not None and noun in registry.entities[index].roles:
            found.add(index)
    return registry.entities[found.pop()] if len(found) == 1 else None


def _named_after_quote(discourse: Discourse, position: int, noun: str) -> Entity | None:
    """As in "The farm minister was curt. “No,” Ann Roe said": a name that comes bare and late.

    The first of the paragraph after a phrase that opens it, and new to the article.
    """
    registry = discourse.registry
    paragraph = registry.document.paragraphs[registry.paragraph_at(position)]
    if position != paragraph.start:
        return None
    for n in registry.names_between(position, paragraph.end):
        index, name = registry.entity_of[n], registry.names[n]
        if index is None or not registry.entities[index].is_person:
            continue
        entity = registry.entities[index]
        sentence = registry.document.sentences[registry.sentence_at(name.start)]
        if sentence.start == position or discourse.in_quotes(name.start):
            return None
        beside = [*entity.roles.items(), *entity.descriptors.items()]
        bare = not any(n in PERSON_NOUNS and abs(at - name.start) < _BESIDE for n, at in beside)
        fits = noun_gender(noun) == "" or entity.likely_gender() in {"", noun_gender(noun)}
        new = min(start for start, _ in entity.mentions) == name.start and len(name.words) > 1
        quoted = opens_quote(discourse.text, sentence.start)
        return entity if bare and fits and new and quoted else None
    return None


def described(registry: Registry, position: int, core: Sequence[Token]) -> Entity | None:
    """Whom the article has described by a noun: "the mediator" after "mediator Roe"."""
    noun = core[-1].lower
    if noun in DOCUMENT_NOUNS:
        return None
    kind = "organization" if is_organization_noun(noun) else "person"
    modifiers = {t.lower for t in core[1:-1] if t.is_word and not AGE_NOUN.match(t.lower)}
    found = [
        entity for entity in registry.described_by(noun)
        if entity.kind == kind and not entity.plural
    ]  # fmt: skip
    if modifiers:
        # "the regional president" is not the president of the growers' union.
        found = [e for e in found if modifiers & _words_around(registry, e.descriptors[noun])]
    before = [e for e in found if e.descriptors[noun] < position] or found
    return before[0] if len(before) == 1 else None


def by_nationality(registry: Registry, position: int, core: Sequence[Token]) -> Entity | None:
    """Whom "the Norwegian" takes up: the one person beside whose name the word has stood."""
    if len(core) != 2 or core[0].lower != "the" or not core[1].is_capital or is_plural(core):
        return None
    word = core[1].lower
    if word in MEDIA_NOUNS or core[1].text in METONYMS:
        # "The Guardian", "the Vatican"
        return None
    if not is_demonym(word):
        # "the Frenchman", but not "the Chairman"
        word = word.removesuffix("woman").removesuffix("man")
        if not is_demonym(word):
            return None
    found = {
        index
        for k in registry.persons_before(position)
        if (index := registry.entity_of[k]) is not None
        and registry.entities[index].is_person
        and word in _words_around(registry, registry.names[k].end, position)
    }
    if not found and (position == 0 or registry.document.text[position - 1] == "\n"):
        # "The Norwegian", which opens a paragraph, and before it but one person is named.
        paragraph = max(0, registry.paragraph_at(position) - 1)
        found = {
            index
            for n in registry.names_between(registry.paragraph_starts[paragraph], position)
            if (index := registry.entity_of[n]) is not None and registry.entities[index].is_person
        }
    return registry.entities[found.pop()] if len(found) == 1 else None


def _words_around(registry: Registry, position: int, end: int | None = None) -> set[str]:
    """The words beside a position, of those that the article has before ``end``."""
    k = registry.token_at(position)
    near = registry.tokens[max(0, k - 4) : k + 5]
    return {t.lower for t in near if end is None or t.end <= end}


def epithet(discourse: Discourse, position: int, core: Sequence[Token], noun: str) -> Entity | None:
    """Whom a fresh "the former goalkeeper" or "the company" takes up: who has just spoken.

    A phrase that the article has used before names something of its own, and so do
    offices that everybody knows and roles that the last speaker is known not to have.
    """
    registry = discourse.registry
    phrase = discourse.lowered[core[0].start : core[-1].end]
    if (is_organization_noun(noun) or noun in COMPANY_NOUNS) and len(core) == 2:
        body = _body_taken_up(registry, position, noun)
        if body is None and noun in _REPORTERS:
            body = _reporter(registry, position)
        if body is not None or is_organization_noun(noun):
            # "The regulator" is not the last speaker.
            return body
    if discourse.enclosing(position, -1) is not None:
        return None
    if discourse.lowered.find(phrase, 0, position) >= 0:
        return None
    person = noun in PERSON_NOUNS or noun.endswith(("arian", "keeper", "ist"))
    if noun in OFFICES or not (person or any(t.lower in {"former", "ex"} for t in core)):
        return None
    at, last = next(((at, e) for at, e in reversed(discourse.sources) if at < position), (-1, None))
    introduced = _introduced(discourse, position, at, quoting=len(core) < 3)
    at, last = introduced or (at, last)
    if last is None or not last.is_person or last.anonymous:
        return None
    far = registry.sentence_at(position) - registry.sentence_at(at) > 2
    if not introduced and far and registry.paragraph_at(position) != registry.paragraph_at(at):
        return None
    if noun_gender(noun) and last.likely_gender() not in {"", noun_gender(noun)}:
        return None
    plain = not any(AGE_NOUN.match(t.lower) or t.lower in {"former", "ex"} for t in core)
    beside = (last.descriptors.keys() & (ROLES | OCCUPATIONS)) - _LOOSE
    known = (last.roles.keys() | beside) - _KIN
    accepted = ROLE_CLASSES.get(noun, frozenset()) | {noun}
    if not known:
        # "The justice secretary" is an office, "the retired teacher" may be anybody.
        held = plain and noun in _HELD and len(core) > 2
        return None if held and noun not in last.descriptors else last
    if noun in (ROLES | OCCUPATIONS if plain else _HELD):
        return last if accepted & known else None
    return last


def relative(registry: Registry, position: int, principal: Entity, noun: str) -> Entity | None:
    """Whom "her son" takes up: the one person of that surname, or called a son before."""
    if noun not in _RELATIVES or not principal.is_person or not principal.words:
        return None
    gender = noun_gender(noun)
    surname = surname_of(principal.words)
    found = [
        e for e in registry.entities
        if e is not principal
        and e.is_person
        and e.words
        and any(start < position for start, _ in e.mentions)
        and (not gender or e.likely_gender() in {"", gender})
        and (
            e.descriptors.get(noun, position) < position
            or (len(e.words) > 1 and len(principal.words) > 1 and surname_of(e.words) == surname)
        )
    ]  # fmt: skip
    return found[0] if len(found) == 1 else None


def _introduced(
    discourse: Discourse, position: int, after: int, *, quoting: bool
) -> tuple[int, Entity] | None:
    """Who opens the sentence that leads to a position, later than ``after``, and where.

    As in "Roe lost his hut. “I had an hour,” the former miner said" or, where no quotation
    has to stand between the two, "Roe got up. The former miner laughed".
    """
    registry = discourse.registry
    leading = leading_sentence(discourse, position)
    opens = registry.sentence_starts[registry.sentence_at(position)] == position
    if leading is None or not ((opens and not quoting) or introduces(discourse, leading, position)):
        return None
    start = registry.document.sentences[leading].start
    named = opening_name(discourse, leading)
    return (start, named) if named is not None and start > after else None


def _body_taken_up(registry: Registry, position: int, noun: str) -> Entity | None:
    """The body that "the company" or "the ministry" takes up, where the article has it.

    One that is called so comes first; a business may go by any of its nouns, and is the
    one named last, or the only one there is, or by far the most named.
    """
    named: dict[int, list[int]] = {}
    last = bisect_right(registry.name_starts, position - 1)
    for n in range(max(0, last - _NAMES_BACK), last):
        index = registry.entity_of[n]
        if index is None or registry.names[n].end > position:
            continue
        entity = registry.entities[index]
        seat = entity.name in _SEATS and noun in BODY_CLASSES
        if registry.is_body(entity) and (seat or not _is_place_or_paper(entity)):
            named.setdefault(index, []).append(registry.names[n].start)
    called = [k for k in named if _is_called(registry.entities[k], {noun}, position)]
    if not called and noun in BODY_CLASSES:
        nouns = BODY_CLASSES[noun]
        called = [k for k in named if _is_called(registry.entities[k], nouns, position)]
    if called:
        return registry.entities[max(called, key=lambda k: named[k][-1])]
    if noun not in COMPANY_NOUNS:
        return None
    fitting = [
        k for k in named
        if not (kinds := registry.nouns_of(registry.entities[k]) & BODY_KINDS)
        or kinds & COMPANY_NOUNS
    ]  # fmt: skip
    sentence = registry.sentence_at(position)
    if not fitting:
        return None
    latest = max(fitting, key=lambda k: named[k][-1])
    if sentence - registry.sentence_at(named[latest][-1]) <= 2 or len(fitting) == 1:
        return registry.entities[latest]
    fitting.sort(key=lambda k: -len(named[k]))
    first, second = fitting[:2]
    if len(named[first]) >= 2 * len(named[second]):
        return registry.entities[first]
    return None


def _reporter(registry: Registry, position: int) -> Entity | None:
    """As in "Roe told Olm Wire. The agency added": to whom somebody has just talked.

    Or "according to Olm Wire".
    """
    sentence = registry.document.sentences[max(0, registry.sentence_at(position) - 1)]
    for n in reversed(registry.names_between(sentence.start, position)):
        index = registry.entity_of[n]
        name = registry.names[n]
        k = registry.token_at(name.start)
        before = [t.lower for t in registry.tokens[max(0, k - 2) : k]]
        heard = before[-1:] == ["told"] or before == ["according", "to"]
        if index is not None and heard and not registry.entities[index].evidence:
            return registry.entities[index]
    return None


def _is_called(entity: Entity, nouns: Set[str], position: int) -> bool:
    """Whether a body has a noun in its name, or before a position beside it."""
    beside = (at for noun, at in entity.descriptors.items() if noun in nouns)
    return any(w.lower() in nouns for w in entity.words) or any(at < position for at in beside)


def _is_place_or_paper(entity: Entity) -> bool:
    """Whether a name is of no business: a place, a seat of government, who reports."""
    words = {w.lower() for w in entity.words}
    return (
        entity.name in _SEATS
        or bool(words & (PLACE_NOUNS | MEDIA_NOUNS))
        or (bool(entity.words) and entity.words[0].lower() in PLACE_STARTS)
        or "told" in entity.descriptors
        or (not entity.bodily and bool(_LOCATIVES & entity.descriptors.keys()))
    )


def _unmodified(entity: Entity, heads: frozenset[str]) -> bool:
    """Whether an article gives a role of one of these heads by its noun alone."""
    texts = [r.split() for r in entity.role_texts if singular(role_head(r)) in heads]
    return not texts or any(len(words) == 1 for words in texts)
