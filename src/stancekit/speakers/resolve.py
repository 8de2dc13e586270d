"""Every source becomes a canonical speaker, or none where the article leaves it open."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from stancekit.speakers import headlines, pronouns
from stancekit.speakers.names import Token, find_names, noun_gender, role_head, singular, tokenize
from stancekit.speakers.registry import (
    FEMALE_PRONOUNS,
    MALE_PRONOUNS,
    Entity,
    Registry,
    is_organization_noun,
    type_of,
)
from stancekit.speakers.words import (
    BODY_KINDS,
    COMPANY_NOUNS,
    DOCUMENT_NOUNS,
    METONYMS,
    OFFICES,
    PERSON_NOUNS,
    PLURAL_NOUNS,
    ROLE_CLASSES,
    ROLES,
)
from stancekit.types import Document, Span, Speaker, Statement

_FIRST = frozenset("i me my mine myself we us our ours ourselves".split())
_SINGULAR_FIRST = frozenset("i me my mine myself".split())
_PLURAL = frozenset("they them their theirs themselves".split())
_IT = frozenset("it its itself".split())
_NEVER = frozenset(
    "whose what you your yours one nobody no-one none this these those there "
    "whoever anyone anybody everyone everybody someone somebody something".split()
)
_PRONOUNS = MALE_PRONOUNS | FEMALE_PRONOUNS | _PLURAL | _IT | _FIRST
_RELATIVE = frozenset("who which that whom".split())
_PREPOSITIONS = frozenset(
    "of for at in from with on to near by inside within among behind under against about during "
    "after before outside as per who whom whose which that speaking".split()
)
_STOPPERS = frozenset("who whom whose which that speaking when where while".split())
_LEADING = frozenset(
    "according to by from per said says told quoting citing as that and but while although".split()
)
_TRAILING = frozenset(
    "said says told tells adds added asked wrote has had is was and both "
    "jointly alike together".split()
)
# What follows a described speaker and is no part of a name for them.
_AFTER_IT = frozenset(
    "with on above against behind between inside outside under near about over last this there "
    "here he she they it we i you the a his her their its our my".split()
)
_PARTICIPLES = frozenset("seen read led run made sent held drawn written known bound hung".split())
_DEFINITE = frozenset("the this that these those such said".split())
_NUMERALS = frozenset(
    "two three four five six seven eight nine ten eleven twelve several some many few most other "
    "others numerous various dozens hundreds thousands scores more multiple countless".split()
)
_INDEFINITE = frozenset("a an one another any every each no either neither".split())
_DETERMINERS = _DEFINITE | _INDEFINITE | frozenset({"both", "all"})
_POSSESSIVE_PRONOUNS = frozenset("his her their its my our".split())
_QUOTES_OPEN = frozenset('"“«„')
_QUOTES_CLOSE = frozenset('"”»')
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
# What stands between two cues of one subject: "and", "but then", "and so far".
_JOINS = re.compile(r"(?:\b(?:and|but|or|then|nor)\b|,)(?:\s+\w+){0,2}\s*$")
# Sentences back in which a pronoun's person may have been named last.
_REACH = 8
_SPACES = re.compile(r" +")
_BYLINE = re.compile(r"\s*(?:(?:words\s+)?by\s+|[—–-]+\s*)?", re.IGNORECASE)
# Names back among which the body is sought that "the company" means.
_NAMES_BACK = 300
# Names under which governments go: no "company", and no "group".
_SEATS = frozenset(METONYMS.values())
_SIDES = frozenset({"side", "camp"})
_UNSEEN = ("#author", "#interviewer")
_QUESTION = re.compile(r"Q\s*[:.]")
_NUMBER_COMMA = re.compile(r"\d,\d")
_AGE_NOUN = re.compile(r"^(\d{1,2})-year-old")
_AGENT_ENDINGS = ("ers", "ors", "ists", "ians", "ans", "ents", "ants", "ees", "crats")
_GROUP_ENDINGS = ("ists", "ians", "crats")
_KIN = frozenset("father mother brother sister son daughter wife husband".split())
_SPOKESPERSON = frozenset({"spokesman", "spokeswoman", "spokesperson"})


@dataclass(frozen=True, slots=True)
class _Phrase:
    """A noun phrase read from a source: its head and what stands before and around it."""

    tokens: tuple[Token, ...]
    head: str
    determiner: str
    plural: bool


class _Resolver:
    def __init__(self, document: Document, statements: Sequence[Statement]) -> None:
        self.document = document
        self.text = document.text
        # Offsets must hold, and a few letters have a longer small form.
        lowered = document.text.lower()
        self.lowered = lowered if len(lowered) == len(document.text) else document.text
        self.tokens = tokenize(document.text)
        self.registry = Registry(document, self.tokens, find_names(document, self.tokens))
        self.statements = statements
        self.answers: list[Entity | None] = [None] * len(statements)
        self.sources: list[tuple[int, Entity]] = []  # (position, entity) in order of resolution
        self.nominals: dict[str, Entity] = {}
        self.by_members: dict[tuple[int, ...], Entity] = {}
        self.contents = sorted(
            (content.start, content.end, i)
            for i, statement in enumerate(statements)
            for content in statement.contents
        )
        self.content_starts = [c[0] for c in self.contents]
        self.quotes = _with_single_marks(quoted_stretches(document), statements)
        self.scene = self._scene()
        self.quote_starts = [q[0] for q in self.quotes]

    # -- the pass over the statements ------------------------------------------

    def run(self) -> tuple[tuple[Statement, ...], tuple[Speaker, ...]]:
        # Sources inside another statement's content come last: "my wife" needs to know whose
        # words it stands in, and what it says is no part of the article's own thread.
        order = sorted(
            range(len(self.statements)), key=lambda i: (self._nested(i), self._position(i))
        )
        for i in order:
            statement = self.statements[i]
            source = statement.source or _inferred_subject(statement)
            if source is None:
                entity = self._running(i)
            else:
                entity = self._resolve_source(i, source)
                if entity is not None:
                    span = self._clean(source)
                    entity.mentions.append((span.start, span.end))
            self.answers[i] = entity
            if entity is not None and statement.source is not None and not self._nested(i):
                self.sources.append((statement.source.start, entity))
        self._resolve_headline()
        return self._freeze()

    def _resolve_headline(self) -> None:
        """Gives statements of the headline that name nobody the speaker of the article below."""
        title = headlines.title_of(self.document)
        if title is None:
            return
        below = [
            (statement, answer)
            for i, (statement, answer) in enumerate(zip(self.statements, self.answers, strict=True))
            if answer is not None and statement.start >= title.end and not self._nested(i)
        ]
        for i, statement in enumerate(self.statements):
            if statement.end > title.end or self._nested(i):
                continue
            answer = self.answers[i]
            if answer is None or (answer.anonymous and not answer.plural):
                self.answers[i] = headlines.speaker_below(statement, below, self.registry) or answer

    def _nested(self, i: int) -> bool:
        source = self.statements[i].source
        return source is not None and self._enclosing(source.start, i) is not None

    def _position(self, i: int) -> tuple[int, int]:
        statement = self.statements[i]
        if statement.source is not None:
            return (statement.source.start, i)
        spans = statement.spans
        return (min((s.start for s in spans), default=0), i)

    def _clean(self, span: Span) -> Span:
        start = max(0, min(span.start, len(self.text)))
        end = max(start, min(span.end, len(self.text)))
        while start < end and (self.text[start].isspace() or self.text[start] in ',;:.—–-"“”'):
            start += 1
        while end > start and (self.text[end - 1].isspace() or self.text[end - 1] in ',;:—–-"“”'):
            end -= 1
        return self.document.span(start, end)

    # -- sources ---------------------------------------------------------------

    def _resolve_source(self, i: int, source: Span) -> Entity | None:
        span = self._clean(source)
        tokens = list(self.registry.tokens_between(span.start, span.end))
        if [t.text for t in tokens if t.is_word] == ["Q"] and _QUESTION.match(
            self.text, tokens[0].start
        ):
            return self._interviewer()
        while tokens and (not tokens[0].is_word or tokens[0].lower in _LEADING):
            if tokens[0].is_capital and len(tokens) == 1:
                break
            tokens.pop(0)
        while len(tokens) > 1 and (not tokens[-1].is_word or tokens[-1].lower in _TRAILING):
            tokens.pop()
        if not tokens or all(not t.is_word or t.lower in {"the", "a", "an"} for t in tokens):
            return None
        first = tokens[0].lower
        # The US and the WHO are no pronouns.
        if (len(first) == 1 or not tokens[0].text.isupper()) and (
            (len(tokens) == 1 and first in _PRONOUNS | _NEVER)
            or (
                first in _PRONOUNS
                and first not in _POSSESSIVE_PRONOUNS
                # "he and Roe"
                and not (first in {"he", "she"} and len(tokens) > 2 and tokens[1].lower == "and")
            )
            or first in _RELATIVE | {"whose"}  # "who", "who runs the bakery"
        ):
            return self._pronoun(i, tokens[0])
        return self._phrase(i, tokens)

    def _phrase(self, i: int, tokens: list[Token]) -> Entity | None:
        comma = next((k for k, t in enumerate(tokens) if t.text == ","), len(tokens))
        if tokens[0].lower == "both" and any(t.lower == "and" for t in tokens[:comma]):
            tokens = tokens[1:]
        if tokens[0].lower == "neither" and any(t.lower == "nor" for t in tokens):
            tokens = [replace(t, lower="and") if t.lower == "nor" else t for t in tokens[1:]]
        segments = self._segments(tokens)
        if not segments:
            return None
        parts = self._coordinated(segments)
        if len(parts) > 1:
            members = []
            for part in parts:
                entity = (
                    self._pronoun(i, part[0])
                    if len(part) == 1 and part[0].lower in MALE_PRONOUNS | FEMALE_PRONOUNS
                    else self._noun_phrase(i, part, [])
                )
                if entity is not None and entity not in members:
                    members.append(entity)
            if len(members) == len(parts):
                return self._joint(members)
            return None
        core = self._before_preposition(segments[0])
        if (
            len(segments) > 1
            and core
            and (not core[-1].is_capital or (core[0].lower == "the" and core[-1].text.isupper()))
            and self._is_name(
                self._before_preposition(segments[1]),
                # "the charity, Bright Bowl", but not "a lawyer for the charity, Bright Bowl"
                body=len(core) == len(segments[0]) and is_organization_noun(core[-1].lower),
            )
        ):
            # "The council's rapporteur, Ann Roe, …", "the baker at the bridge, Ann Roe of Olm"
            segments = segments[1:]
        return self._noun_phrase(i, segments[0], segments[1:])

    def _is_name(self, tokens: Sequence[Token], *, body: bool) -> bool:
        """Whether a phrase is one name from end to end, of a person or, if asked, a body."""
        names = self._names_in(tokens)
        first = 1 if tokens and tokens[0].lower == "the" else 0
        return (
            len(names) == 1
            and self.registry.names[names[0]].kind in {"person", "organization" if body else ""}
            and self.registry.names[names[0]].start == tokens[first].start
            and self.registry.names[names[0]].end == tokens[-1].end
        )

    def _segments(self, tokens: list[Token]) -> list[list[Token]]:
        """Cuts a source at commas, dashes and relative pronouns outside of names."""
        segments: list[list[Token]] = [[]]
        depth = 0
        for k, token in enumerate(tokens):
            if token.text in "([" and segments[0]:
                depth += 1
            elif token.text in ")]":
                depth = max(0, depth - 1)
            elif depth:
                # "Roe (D-Ohio)": nothing in brackets is the speaker.
                continue
            elif token.text == "," and _NUMBER_COMMA.fullmatch(
                self.text, token.start - 1, token.end + 1
            ):
                continue
            elif not token.is_word and token.text in ",;:()—–-[]":
                segments.append([])
            elif token.lower in _STOPPERS and k > 0 and token.text.islower():
                break
            elif token.is_word or token.text in {"&", "."}:
                segments[-1].append(token)
        return [s for s in segments if any(t.is_word for t in s)]

    def _coordinated(self, segments: list[list[Token]]) -> list[list[Token]]:
        """The parts of "X and Y" or "X, Y and Z", or the single part."""
        for k, segment in enumerate(segments):
            for at, token in enumerate(segment):
                if token.lower != "and":
                    continue
                names = self.registry.names_between(segment[0].start, segment[-1].end)
                inside = any(
                    self.registry.names[n].start < token.start < self.registry.names[n].end
                    for n in names
                )
                left, right = segment[:at], segment[at + 1 :]
                if inside or not right or (left and self._one_phrase(left, right)):
                    continue
                if not left:
                    if k == 0:
                        continue
                    heads = [s for s in segments[:k] if self._has_head(s)]
                    if heads and self._has_head(right):
                        return [heads[0], right]
                    continue
                earlier = segments[:k]
                if earlier and not all(self._has_head(s) for s in earlier):
                    continue
                # "Hale, the mayor's uncle and a presenter" is one man.
                if earlier and not all(self._names_in(s) for s in (*earlier, left, right)):
                    continue
                definite = left[0].lower in _DETERMINERS and right[0].lower in _DETERMINERS
                if definite or (self._has_head(left) and self._has_head(right)):
                    if k == 0 or all(len(self._names_in(s)) == 1 for s in earlier):
                        return [*earlier, left, right]
        return segments[:1]

    def _one_phrase(self, left: Sequence[Token], right: Sequence[Token]) -> bool:
        """Whether "X and Y" is one thing: a body's name, or one person's two offices."""
        if right[0].lower in _DETERMINERS | _NUMERALS:
            return False
        body = right[-1].is_capital and is_organization_noun(right[-1].lower)
        if body and left[-1].is_capital and left[0].lower in {"the", "a"} and len(left) <= 3:
            return True
        if (
            left[0].lower not in _DETERMINERS | _NUMERALS
            and not self._names_in(left)
            and not self._is_plural(left)
            and right[0].text.islower()
            and self._names_in(right)
        ):
            # "Crofter and diver Jane Roe"
            return True
        nouns = not left[-1].is_capital and not right[-1].is_capital
        return (
            nouns
            and left[0].lower in {"the", "a", "an"}
            and not self._is_plural(left)
            and not self._is_plural(self._before_preposition(right) or right)
        )

    def _names_in(self, tokens: Sequence[Token]) -> list[int]:
        if not tokens:
            return []
        return self.registry.names_between(tokens[0].start, tokens[-1].end)

    def _has_head(self, tokens: Sequence[Token]) -> bool:
        if not tokens:
            return False
        if len(tokens) == 1 and tokens[0].lower in MALE_PRONOUNS | FEMALE_PRONOUNS:
            return True
        core = self._before_preposition(tokens)
        if not core:
            return False
        return core[-1].is_capital or _names_a_speaker(core[-1])

    def _before_preposition(self, tokens: Sequence[Token]) -> list[Token]:
        names = self._names_in(tokens)
        core: list[Token] = []
        for k, token in enumerate(tokens):
            if k > 0 and token.lower in _PREPOSITIONS and token.text.islower():
                inside = any(
                    self.registry.names[n].start < token.start < self.registry.names[n].end
                    for n in names
                )
                if not inside:
                    break
            core.append(token)
        while core and not core[-1].is_word:
            core.pop()
        return core

    def _noun_phrase(
        self, i: int, tokens: list[Token], following: list[list[Token]]
    ) -> Entity | None:
        tokens = self._without_clause(tokens)
        core = self._before_preposition(tokens)
        if not core:
            return None
        rest = tokens[len(core) :]
        principal: Entity | None = None
        owner: list[Token] = []
        for k, token in enumerate(core[:-1]):
            if token.possessive or (k == 0 and token.lower in _POSSESSIVE_PRONOUNS):
                owner, core = core[: k + 1], core[k + 1 :]
                break
        if owner:
            if len(owner) == 1 and owner[0].lower in _POSSESSIVE_PRONOUNS:
                principal = self._pronoun(i, owner[0])
            else:
                principal = self._noun_phrase(i, owner, [])
        if owner and owner[0].lower in _POSSESSIVE_PRONOUNS and core[-1].lower in DOCUMENT_NOUNS:
            # "Its statement": whoever wrote it speaks in it.
            return principal
        named = self._named(core)
        if named is not None:
            for segment in following[:1]:
                self._note_role(named, segment)
            return named
        if any(self.registry.namesakes.get(n) for n in self._names_in(core[-1:])):
            # One of two people of that surname, and nothing tells which.
            return None
        last = core[-1]
        head = last.lower
        person_like = singular(head) in PERSON_NOUNS
        if person_like and not self._is_plural(core):
            # "the ministry's spokesman, Ivan Roe": the name follows its role.
            for segment in following[:1]:
                name = self._named(self._before_preposition(segment))
                if name is not None and name.kind == "person":
                    name.add_role(" ".join(t.lower for t in core if t.is_word), core[0].start)
                    return name
        if person_like and not owner and len(rest) > 3 and core[0].lower not in _DETERMINERS:
            # "director of works Ann Roe", but not "spokesman for councillor Ann Roe"
            name = self._named(rest[1:])
            between = [t for t in rest[1:] if t.text.islower()]
            if name is not None and name.is_person and between == rest[1 : 1 + len(between)]:
                if between and singular(between[-1].lower) not in PERSON_NOUNS:
                    name.add_role(" ".join(t.lower for t in core if t.is_word), core[0].start)
                    return name
        if not owner and rest and rest[0].lower in {"of", "for"} and person_like:
            principal = self._noun_phrase(i, list(rest[1:]), []) if len(rest) > 1 else None
        return self._nominal(i, tokens, core, principal)

    def _without_clause(self, tokens: list[Token]) -> list[Token]:
        """A description up to the clause or circumstance that only its source needs.

        "a survey" of "a survey his company paid for", "volunteers" of "volunteers packing
        nets", "a petition" of "a petition with 900 names".
        """
        for k, token in enumerate(tokens[1:], 1):
            if not (_names_a_source(tokens[k - 1]) and token.text.islower()) or self._names_in(
                [token]
            ):
                continue
            participle = token.lower in _PARTICIPLES or token.lower.endswith(("ed", "ing"))
            if participle:
                # "one retired ambassador", "a city housing councillor"
                after = self._before_preposition(tokens[k:])
                participle = (
                    k + 1 < len(tokens)
                    and not _names_a_source(after[-1])
                    and not self._names_in(after)
                )
            if participle or token.lower in _AFTER_IT:
                return tokens[:k]
        return tokens

    def _named(self, core: Sequence[Token]) -> Entity | None:
        """The entity whose name ends a phrase, if one does."""
        if not core:
            return None
        for n in reversed(self._names_in(core)):
            name = self.registry.names[n]
            if name.end < core[-1].end:
                # "the Trump campaign": the name only modifies what follows it.
                return None
            if not name.words:
                return None
            found = self.registry.entity_of[n]
            if found is None:
                return self._namesake(n)
            entity = self.registry.entities[found]
            if entity.kind == "unknown":
                word = name.words[-1].lower()
                if word in DOCUMENT_NOUNS and len(name.words) == 1:
                    pass
                elif word.endswith(_AGENT_ENDINGS) and len(name.words) == 1:
                    entity.kind, entity.plural = "group", True
                elif core[0].lower in {"the", "a", "an"} or name.plain.isupper():
                    entity.kind = "organization"
                else:
                    entity.kind = "person"
            return entity
        last = core[-1]
        leads = [
            index for n in self._names_in(core)
            if self.registry.names[n].start == core[0].start
            and (index := self.registry.entity_of[n]) is not None
            and self.registry.entities[index].is_person
        ]  # fmt: skip
        if leads and last.is_capital and all(t.is_capital for t in core if t.is_word):
            # A headline that was taken for a source: "Jane Roe Slams Bank".
            return self.registry.entities[leads[0]]
        if core[0].lower in _DETERMINERS | _NUMERALS and not core[0].text.isupper():
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
            if last.lower in ROLES or is_organization_noun(last.lower):
                return None
            if any(self.registry.namesakes.get(n) for n in self._names_in(core)):
                return None
            if key not in self.nominals:
                plural = self._is_plural(core)
                kind = "organization" if plain in METONYMS or plain.isupper() else "person"
                self.nominals[key] = self.registry.new(
                    METONYMS.get(plain, plain), "group" if plural else kind, plural=plural,
                    words=tuple(t.text for t in core if t.is_word),
                )  # fmt: skip
            return self.nominals[key]
        return None

    def _namesake(self, n: int) -> Entity | None:
        """Among people of one surname, the one who has just spoken, if either has."""
        options = self.registry.namesakes.get(n, ())
        position = self.registry.names[n].start
        paragraph = self.registry.paragraph_at(position)
        for at, entity in reversed(self.sources[-6:]):
            if self.registry.paragraph_at(at) < paragraph - 3:
                break
            if entity.index in options:
                return entity
        return None

    def _note_role(self, entity: Entity, segment: list[Token]) -> None:
        core = self._before_preposition(segment)
        if core and singular(core[-1].lower) in PERSON_NOUNS and entity.is_person:
            words = [t.lower for t in core if t.is_word and t.lower not in _DETERMINERS]
            entity.add_role(" ".join(words), core[0].start)

    @staticmethod
    def _is_plural(core: Sequence[Token]) -> bool:
        last = core[-1].lower
        if core[0].lower in {"a", "an", "one", "another", "every", "each"}:
            return False
        return last in PLURAL_NOUNS or (singular(last) != last and not core[-1].possessive)

    def _nominal(
        self, i: int, tokens: list[Token], core: list[Token], principal: Entity | None
    ) -> Entity | None:
        """A source without a name: "the president", "two officials", "a spokesman for Roe"."""
        position = tokens[0].start
        rest = tokens[len(core) :] if tokens[: len(core)] == core else []
        if len(core) == 1 and len(rest) > 1 and rest[0].lower == "of":
            # "one of the senators", "some of the senators": what they are tells the type.
            whole = self._before_preposition(rest[1:])
            if whole:
                noun = singular(whole[-1].lower)
                many = core[0].lower not in {"one", "another", "each", "either", "neither"}
                core = [core[0], replace(whole[-1], lower=whole[-1].lower if many else noun)]
        first, head = core[0].lower, core[-1].lower
        plural = self._is_plural(core)
        noun = singular(head) if plural else head
        words = [t.lower for t in core if t.is_word and t.lower not in _DETERMINERS]
        definite = first in _DEFINITE or principal is not None or first not in _INDEFINITE
        two = first == "the" and "two" in {head, core[min(1, len(core) - 1)].lower}
        if first == "both" or (two and (plural or head == "two")) or head in {"pair", "duo"}:
            return self._both(position, noun)
        if plural and first == "the" and noun in {"leader", "man", "woman"}:
            joint = self._both(position, noun)
            if joint is not None:
                return joint
        age = next((m.group(1) for t in core if (m := _AGE_NOUN.match(t.lower))), None)
        if age and first == "the":
            holders = [e for e in self.registry.entities if age in e.ages]
            if len(holders) == 1:
                return holders[0]
            if holders or noun not in ROLES:
                return None if holders else self._last_person(position)
        if not plural and first == "the" and (noun in PERSON_NOUNS or noun in ROLES):
            person, open_question = self._by_role(position, noun, words, core)
            if person is not None or open_question:
                return person
        if first == "the" and not plural and not rest:
            taken_up = self._described(position, core) or self._epithet(position, core, noun)
            if taken_up is not None:
                return taken_up
        label = " ".join(self.text[tokens[0].start : tokens[-1].end].split())
        owner = next((t for t in tokens if t.possessive and t.end < core[0].start), None)
        if owner is not None and not (owner.is_capital and self._names_in([owner])):
            owner = None  # "the minister's spokesman" stays so
        if tokens[0].lower in _POSSESSIVE_PRONOUNS:
            if principal is None:
                return None
            ending = "’" if principal.plural and principal.name.endswith("s") else "’s"
            label = f"{principal.name}{ending} {' '.join(label.split()[1:])}"
        elif owner is not None and principal is not None and principal.is_person:
            # "Ms Roe's office": whose, by the full name
            rest_of = " ".join(self.text[owner.end : tokens[-1].end].split()[1:])
            label = label if principal.anonymous else f"{principal.name}’s {rest_of}"
        elif first in _DETERMINERS | _NUMERALS and not tokens[0].text.isupper():
            label = label[0].lower() + label[1:]
        elif label[:2] == "A ":
            label = "a " + label[2:]
        if principal is not None and noun in PERSON_NOUNS:
            stem = "spokesperson" if noun in _SPOKESPERSON else noun
            key = f"{stem}|{principal.index}|{plural}"
        else:
            key = label.lower().removeprefix("the ")
        if first in _INDEFINITE and principal is None:
            key = f"{key}@{position}"
        if first == "the" and not plural:
            # "the spokesman" after "a spokesman for Roe"
            for _, earlier in reversed(self.sources[-12:]):
                if earlier.anonymous and noun in earlier.roles:
                    return earlier
        if first == "the" and plural:
            for _, earlier in reversed(self.sources[-12:]):
                if earlier.plural and earlier.anonymous and noun in earlier.roles:
                    return earlier
        if key in self.nominals:
            return self.nominals[key]
        if noun in PERSON_NOUNS or (plural and head in PLURAL_NOUNS):
            kind = "group" if plural else "person"
        elif is_organization_noun(noun):
            kind = "organization"
        elif noun in DOCUMENT_NOUNS:
            kind = "unknown"
            plural = False
        else:
            kind = "group" if plural and head.endswith(_AGENT_ENDINGS) else "unknown"
        if not definite and first == "no":
            return None
        entity = self.registry.new(label, kind, anonymous=True, plural=plural and kind == "group")
        entity.roles[noun] = position
        entity.gender = noun_gender(noun)
        entity.certain = bool(entity.gender)
        if principal is not None:
            entity.principal = principal.index
        self.nominals[key] = entity
        return entity

    def _by_role(
        self, position: int, noun: str, words: list[str], core: Sequence[Token]
    ) -> tuple[Entity | None, bool]:
        """The person whom "the president" takes up, and whether several could be meant."""
        accepted = ROLE_CLASSES.get(noun, frozenset({noun})) | {noun}
        capitals = {
            _PARTY.get(t.lower, t.lower) for t in core[1:-1] if t.text[0].isupper() and t.is_word
        }
        found: list[tuple[int, Entity]] = []
        seen: set[int] = set()
        for start, entity in self._persons_before(position):
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
                found = [(s, e) for s, e in found if _unmodified(e, accepted)]
        same = [(s, e) for s, e in found if noun in e.roles]
        found = same or found
        if not found:
            return self._ahead(position, noun), False
        if len(found) == 1:
            return found[0][1], False
        paragraph = self.registry.paragraph_at(position)
        near = [e for s, e in found if self.registry.paragraph_at(s) >= paragraph - 1]
        if len(near) == 1:
            return near[0], False
        if self.sources and self.sources[-1][1] in [e for _, e in found]:
            return self.sources[-1][1], False
        return None, True

    def _described(self, position: int, core: Sequence[Token]) -> Entity | None:
        """Whom the article has described by a noun: "the mediator" after "mediator Roe"."""
        noun = core[-1].lower
        if noun in DOCUMENT_NOUNS:
            return None
        kind = "organization" if is_organization_noun(noun) else "person"
        modifiers = {t.lower for t in core[1:-1] if t.is_word}
        found = [
            entity for entity in self.registry.described_by(noun)
            if entity.kind == kind and not entity.plural
        ]  # fmt: skip
        if modifiers:
            # "the regional president" is not the president of the growers' union.
            found = [e for e in found if modifiers & self._words_around(e.descriptors[noun])]
        before = [e for e in found if e.descriptors[noun] < position] or found
        return before[0] if len(before) == 1 else None

    def _words_around(self, position: int) -> set[str]:
        k = self.registry.token_at(position)
        return {t.lower for t in self.tokens[max(0, k - 4) : k + 5]}

    def _epithet(self, position: int, core: Sequence[Token], noun: str) -> Entity | None:
        """Whom a fresh "the former goalkeeper" or "the company" takes up: who has just spoken.

        A phrase that the article has used before names something of its own, and so do
        offices that everybody knows and roles that the last speaker is known not to have.
        """
        phrase = self.lowered[core[0].start : core[-1].end]
        if (is_organization_noun(noun) or noun in COMPANY_NOUNS) and len(core) == 2:
            body = self._body_taken_up(position, noun)
            if body is not None:
                return body
        if self._enclosing(position, -1) is not None:
            return None
        if self.lowered.find(phrase, 0, position) >= 0:
            return None
        person = noun in PERSON_NOUNS or noun.endswith(("arian", "keeper", "ist"))
        if noun in OFFICES or not (person or any(t.lower in {"former", "ex"} for t in core)):
            return None
        registry = self.registry
        at, last = next(((at, e) for at, e in reversed(self.sources) if at < position), (-1, None))
        if last is None or not last.is_person or last.anonymous:
            return None
        if registry.sentence_at(position) - registry.sentence_at(at) > 2 and registry.paragraph_at(
            position
        ) != registry.paragraph_at(at):
            return None
        if noun_gender(noun) and last.likely_gender() not in {"", noun_gender(noun)}:
            return None
        aged = any(_AGE_NOUN.match(t.lower) for t in core)
        if noun not in ROLES or aged or any(t.lower in {"former", "ex"} for t in core):
            return last
        if not last.roles.keys() - _KIN:
            return last
        accepted = ROLE_CLASSES.get(noun, frozenset()) | {noun}
        return last if accepted & last.roles.keys() else None

    def _body_taken_up(self, position: int, noun: str) -> Entity | None:
        """The body that "the company" or "the ministry" takes up, where the article has it.

        One that is called so comes first; a business may go by any of its nouns, and is the
        one named last, or the only one there is, or by far the most named.
        """
        registry = self.registry
        named: dict[int, list[int]] = {}
        last = bisect_right(registry.name_starts, position - 1)
        for n in range(max(0, last - _NAMES_BACK), last):
            index = registry.entity_of[n]
            if index is None or registry.names[n].end > position:
                continue
            entity = registry.entities[index]
            if registry.is_body(entity) and entity.name not in _SEATS:
                named.setdefault(index, []).append(registry.names[n].start)
        called = [k for k in named if noun in registry.nouns_of(registry.entities[k])]
        if called:
            return registry.entities[max(called, key=lambda k: named[k][-1])]
        if noun not in COMPANY_NOUNS:
            return None
        fitting = [
            k for k in named
            if not (kinds := registry.nouns_of(registry.entities[k]) & BODY_KINDS)
            or kinds & COMPANY_NOUNS
        ]  # fmt: skip
        if not fitting:
            return None
        sentence = registry.sentence_at(position)
        latest = max(fitting, key=lambda k: named[k][-1])
        if sentence - registry.sentence_at(named[latest][-1]) <= 2 or len(fitting) == 1:
            return registry.entities[latest]
        fitting.sort(key=lambda k: -len(named[k]))
        first, second = fitting[:2]
        if len(named[first]) >= 2 * len(named[second]):
            return registry.entities[first]
        return None

    def _ahead(self, position: int, noun: str) -> Entity | None:
        """As in "The mayor said … Mayor Roe added": the holder of a role, named soon after."""
        registry = self.registry
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

    def _persons_before(self, position: int, limit: int = 30) -> list[tuple[int, Entity]]:
        """Mentions of persons before a position, nearest first: names and resolved sources."""
        found = [
            (self.registry.names[k].start,
             self.registry.entities[self.registry.entity_of[k] or 0])
            for k in self.registry.persons_before(position, limit)
        ]  # fmt: skip
        found += [
            (start, entity)
            for start, entity in self.sources[-limit:]
            if entity.is_person and start < position
        ]
        return sorted(found, key=lambda m: -m[0])

    def _last_person(self, position: int) -> Entity | None:
        for start, entity in reversed(self.sources[-3:]):
            if entity.is_person and start < position:
                return entity
        return None

    def _both(self, position: int, noun: str) -> Entity | None:
        """The two people that "both leaders" means, or None where it could be others."""
        if noun in _SIDES or (is_organization_noun(noun) and noun not in PERSON_NOUNS):
            # "Both sides", "both companies": two bodies, and not the people who speak for them.
            return None
        pair = self._pair_before(position)
        if pair is not None:
            return self._joint(pair)
        sentence = self.registry.sentence_at(position)
        accepted = ROLE_CLASSES.get(noun, frozenset({noun})) | {noun}
        gender = noun_gender(noun)
        distinct: list[Entity] = []
        current = sentence
        for start, entity in [*self._persons_before(position, 16), (-1, None)]:
            here = self.registry.sentence_at(start) if start >= 0 else -1
            if here < current:
                fitting = [e for e in distinct if accepted & set(e.roles)]
                if len(distinct) == 2 or len(fitting) == 2:
                    chosen = distinct if len(distinct) == 2 else fitting
                    return self._joint(list(reversed(chosen)))
                if len(distinct) > 2:
                    return None
                current = here
            if entity is None or here < sentence - 4:
                break
            if gender and entity.likely_gender() not in {"", gender}:
                continue
            if entity.principal is not None and _SPOKESPERSON & set(entity.roles):
                # Who speaks for one of two is none of them.
                continue
            if entity not in distinct:
                distinct.append(entity)
        return None

    def _pair_before(self, position: int) -> list[Entity] | None:
        """Two people named as "X and Y", the last people named before a position."""
        registry = self.registry
        names = registry.persons_before(position, 2)
        if len(names) < 2:
            return None
        second, first = registry.names[names[0]], registry.names[names[1]]
        if registry.sentence_at(first.start) < registry.sentence_at(position) - 1:
            return None
        between = self.text[first.end : second.start].split()
        later = [s for s, e in self.sources[-2:] if e.is_person and s > second.end]
        if later or not between or between[-1] == "with":
            return None
        if (
            "and" not in between
            or len(between) > 8
            or (between[0] != "and" and "," not in "".join(between))
        ):
            return None
        pair = [registry.entities[registry.entity_of[n] or 0] for n in (names[1], names[0])]
        return pair if pair[0] is not pair[1] else None

    def _joint(self, members: list[Entity]) -> Entity:
        unique = list(dict.fromkeys(e.index for e in members))
        key = tuple(sorted(unique))
        if key not in self.by_members:
            name = " and ".join(self.registry.entities[m].name for m in unique)
            self.by_members[key] = self.registry.new(
                name, "group", members=tuple(unique), plural=True
            )
        return self.by_members[key]

    # -- pronouns --------------------------------------------------------------

    def _enclosing(self, position: int, i: int) -> int | None:
        """The innermost other statement whose content holds a position."""
        k = bisect_right(self.content_starts, position) - 1
        best: tuple[int, int] | None = None
        for start, end, owner in self.contents[max(0, k - 12) : k + 1]:
            if start <= position < end and owner != i:
                if best is None or end - start < best[0]:
                    best = (end - start, owner)
        return best[1] if best else None

    def _in_quotes(self, position: int) -> bool:
        k = bisect_right(self.quote_starts, position) - 1
        return k >= 0 and self.quotes[k][0] < position < self.quotes[k][1]

    def _pronoun(self, i: int, token: Token) -> Entity | None:
        word = token.lower
        position = token.start
        enclosing = self._enclosing(position, i)
        holder = self._speaker_of(enclosing) if enclosing is not None else None
        quoted = self._in_quotes(position)
        if word in _FIRST:
            if enclosing is not None:
                return holder
            if quoted:
                return None
            return self._author() if word in _SINGULAR_FIRST else None
        if word in _RELATIVE or word == "whose":
            return self._antecedent(i, position)
        if word in _NEVER:
            return None
        if word in _PLURAL:
            return self._they(i, position)
        if word in _IT:
            return self._it(i, position)
        gender = "m" if word in MALE_PRONOUNS else "f"
        if holder is not None and not quoted and holder.is_person:
            if holder.likely_gender() in {"", gender}:
                return holder
        return self._gendered(position, gender, holder if quoted else None)

    def _scene(self) -> pronouns.Scene:
        registry = self.registry
        mentions = []
        for n, name in enumerate(registry.names):
            index = registry.entity_of[n]
            if index is None or not registry.may_be_person(registry.entities[index]):
                continue
            entity = registry.entities[index]
            first = registry.token_at(name.name_start if name.words else name.start)
            last = registry.token_at(name.end - 1)
            mentions.append(
                pronouns.Mention(first, last, index, entity.likely_gender(), last > first)
            )
        return pronouns.Scene(
            tokens=self.tokens,
            sentence_starts=registry.sentence_starts,
            paragraph_starts=registry.paragraph_starts,
            quotes=self.quotes,
            mentions=mentions,
            mention_starts=[m.first for m in mentions],
            gendered=[
                k for k, t in enumerate(self.tokens)
                if t.lower in MALE_PRONOUNS or t.lower in FEMALE_PRONOUNS
            ],
        )  # fmt: skip

    def _gendered(self, position: int, gender: str, barred: Entity | None) -> Entity | None:
        """Whom a he or she at a position means."""
        registry, scene = self.registry, self.scene
        # Only where no person whose gender fits or isn't known is in sight may it be a name
        # that may be no person's.
        known, unknown, unsure = self._candidates(position, gender, barred)
        for candidates in ([*known, *unknown], unsure):
            here = self._named_here(position, candidates)
            if len(here) > 1:
                # GAP's ambiguous pronouns stand in one sentence with their candidates.
                low, high = self._mentions_near(position)
                pronoun = registry.token_at(position)
                found, _ = pronouns.choose(scene, pronoun, here, low, high)
                if found is not None:
                    return registry.entities[found]
            salient = self._salient(position, candidates)
            if salient is not None:
                return salient
        return None

    def _mentions_near(self, position: int) -> tuple[int, int]:
        """First and last plus one of the scene's mentions in sight of a position."""
        registry, scene = self.registry, self.scene
        nearest = registry.token_at(max(0, position - pronouns.WINDOW))
        low = bisect_right(scene.mention_starts, nearest - 1)
        sentence = registry.sentence_at(position)
        end = (
            registry.sentence_starts[sentence + 1]
            if sentence + 1 < len(registry.sentence_starts)
            else len(self.text)
        )
        high = bisect_right(scene.mention_starts, registry.token_at(min(end, position + 400)))
        return max(low, high - 40), high

    def _candidates(
        self, position: int, gender: str, barred: Entity | None
    ) -> tuple[list[int], list[int], list[int]]:
        """Persons in sight whose gender fits, persons of unknown gender, and names of neither."""
        low, high = self._mentions_near(position)
        known: dict[int, None] = {}
        unknown: dict[int, None] = {}
        unsure: dict[int, None] = {}
        near = [mention.entity for mention in self.scene.mentions[low:high]]
        near += [e.index for at, e in self.sources[-8:] if e.is_person and at < position]
        for index in near:
            entity = self.registry.entities[index]
            if entity is barred or any(entity is self.nominals.get(k) for k in _UNSEEN):
                # An author is "I", and an interviewer only asks.
                continue
            own = entity.likely_gender()
            if own in {"", gender}:
                (unsure if not entity.is_person else known if own else unknown)[index] = None
        return list(known), list(unknown), list(unsure)

    def _named_here(self, position: int, candidates: Sequence[int]) -> list[int]:
        """Those candidates whom the sentence itself names before a position."""
        registry = self.registry
        start = registry.document.sentences[registry.sentence_at(position)].start
        low = bisect_right(self.scene.mention_starts, registry.token_at(start) - 1)
        high = bisect_right(self.scene.mention_starts, registry.token_at(position) - 1)
        named = dict.fromkeys(m.entity for m in self.scene.mentions[low:high])
        return [index for index in named if index in candidates]

    def _salient(self, position: int, candidates: Sequence[int]) -> Entity | None:
        """The candidate whom the nearest sentence that has one mentions first: its subject, mostly.

        Names inside quotation marks are somebody else's words and don't count.
        """
        registry, scene = self.registry, self.scene
        low, high = self._mentions_near(position)
        found = [
            (start, m.entity)
            for m in scene.mentions[low:high]
            if m.entity in candidates
            and (start := self.tokens[m.first].start) < position
            and not self._in_quotes(start)
        ]
        found += [
            (at, e.index) for at, e in self.sources[-8:] if at < position and e.index in candidates
        ]
        if not found:
            return None
        nearest = registry.sentence_at(max(found)[0])
        if registry.sentence_at(position) - nearest > _REACH:
            return None
        return registry.entities[min(m for m in found if registry.sentence_at(m[0]) == nearest)[1]]

    def _antecedent(self, i: int, position: int) -> Entity | None:
        """What a relative pronoun takes up: the name or noun phrase right before it."""
        k = self.registry.token_at(position) - 1
        if k >= 0 and self.tokens[k].text == ",":
            k -= 1
        start = self.registry.document.sentences[self.registry.sentence_at(position)].start
        if k >= 0 and self.tokens[k].text == ")":
            # "Roe (Ohio), who"
            while k >= 0 and self.tokens[k].start >= start and self.tokens[k].text != "(":
                k -= 1
            k -= 1
        if k < 0 or not self.tokens[k].is_word or self.tokens[k].start < start:
            return None
        stop = k
        for n in self.registry.names_between(self.tokens[k].start, self.tokens[k].end):
            found = self.registry.entity_of[n]
            if found is None:
                return None
            entity = self.registry.entities[found]
            human = self.tokens[self.registry.token_at(position)].lower == "who"
            if human and entity.kind == "organization":
                # "supporters in Springfield, who": the name is not what "who" takes up.
                return None
            return entity
        while k >= 0 and stop - k < 8 and self.tokens[k].start >= start and self.tokens[k].is_word:
            if self.tokens[k].lower in _DETERMINERS | _NUMERALS | _POSSESSIVE_PRONOUNS:
                phrase = list(self.tokens[k : stop + 1])
                return self._noun_phrase(i, phrase, [])
            k -= 1
        return None

    def _speaker_of(self, i: int) -> Entity | None:
        answer = self.answers[i]
        if answer is not None:
            return answer
        source = self.statements[i].source
        if source is None:
            return None
        # The holder of a quotation may come after it: "I know he lies," Roe said.
        tokens = self.registry.tokens_between(source.start, source.end)
        return self._named(list(tokens)) if tokens else None

    def _author(self) -> Entity:
        if "#author" not in self.nominals:
            self.nominals["#author"] = self._byline() or self.registry.new(
                "the author", "person", anonymous=True
            )
        return self.nominals["#author"]

    def _interviewer(self) -> Entity:
        """Who asks in an interview that marks questions with Q."""
        if "#interviewer" not in self.nominals:
            self.nominals["#interviewer"] = self.registry.new(
                "the interviewer", "person", anonymous=True
            )
        return self.nominals["#interviewer"]

    def _byline(self) -> Entity | None:
        """The one person who signs the article: a short paragraph that is but a name and a role."""
        registry = self.registry
        paragraphs = self.document.paragraphs
        for paragraph in (*paragraphs[:4], *paragraphs[-2:]):
            match = _BYLINE.match(paragraph.text)
            if match is None or len(paragraph.text) > 80:
                continue
            start = paragraph.start + match.end()
            for n in registry.names_between(start, start + 1):
                name, index = registry.names[n], registry.entity_of[n]
                rest = self.text[name.end : paragraph.end].strip()
                alone = not rest or (rest[0] in ",|(–—" and not rest.endswith((".", "!", "?", ":")))
                if name.start == start and alone and index is not None and len(name.words) > 1:
                    if registry.may_be_person(registry.entities[index]):
                        return registry.entities[index]
        return None

    def _they(self, i: int, position: int) -> Entity | None:
        """What "they" takes up: a group, a body, two people named together, else None."""
        registry = self.registry
        sentence = registry.sentence_at(position)
        start = registry.document.sentences[sentence].start if registry.document.sentences else 0
        group = self._plural_noun(i, start, position)
        if group is not None:
            return group
        here: list[Entity] = []
        for at, entity in self._persons_before(position, 8):
            if at >= start and entity not in here:
                here.append(entity)
        if len(here) == 2:
            return self._joint(list(reversed(here)))
        if len(here) < 2:
            for at, entity in reversed(self.sources[-3:]):
                if registry.sentence_at(at) < sentence - 3:
                    break
                if entity.plural or entity.members:
                    return entity
            pair = self._pair_before(position)
            if pair is not None:
                return self._joint(pair)
            if sentence > 0:
                before = registry.document.sentences[sentence - 1]
                group = self._plural_noun(i, before.start, before.end)
                if group is not None:
                    return group
            for at, entity in reversed(self.sources[-2:]):
                if registry.sentence_at(at) < sentence - 2:
                    break
                if entity.kind == "organization":
                    return entity
                if entity.kind == "person" and not entity.likely_gender() and not here:
                    # A person of whom the article gives no gender may be a singular they.
                    return entity
        return None

    def _plural_noun(self, i: int, start: int, end: int) -> Entity | None:
        """The one group of people named by a noun in a stretch of text."""
        found: list[list[Token]] = []
        tokens = self.registry.tokens_between(start, end)
        for k, token in enumerate(tokens):
            noun = singular(token.lower)
            if noun == token.lower or token.possessive:
                continue
            if noun not in PERSON_NOUNS and not token.lower.endswith(_GROUP_ENDINGS):
                continue
            first = k
            while first > 0 and k - first < 3 and tokens[first - 1].is_word:
                word = tokens[first - 1]
                if word.lower in _PREPOSITIONS or word.possessive or word.lower in {"and", "that"}:
                    break
                first -= 1
                if word.lower in _DETERMINERS | _NUMERALS:
                    break
            lead = tokens[first].lower
            phrase = list(tokens[first : k + 1])
            if lead not in _DETERMINERS | _NUMERALS:
                phrase = [token]
            found.append(phrase)
        if len(found) != 1:
            return None
        return self._noun_phrase(i, found[0], [])

    def _it(self, i: int, position: int) -> Entity | None:
        """The body that "it" takes up, where only one is in sight."""
        registry = self.registry
        sentence = registry.sentence_at(position)
        for at, entity in reversed(self.sources[-2:]):
            if registry.sentence_at(at) < sentence - 2:
                break
            if entity.kind in {"organization", "unknown"} and not entity.plural:
                return entity
        opening = self._opening_body(i, sentence - 1)
        if opening is not None:
            return opening
        start = registry.document.sentences[max(0, sentence - 1)].start
        bodies = {
            registry.entity_of[n]
            for n in registry.names_between(start, position)
            if (index := registry.entity_of[n]) is not None
            and registry.entities[index].kind == "organization"
        }
        only = bodies.pop() if len(bodies) == 1 else None
        return registry.entities[only] if only is not None else None

    def _opening_body(self, i: int, sentence: int) -> Entity | None:
        """The body with which a sentence opens, as in "The exporters' association was quiet".

        Only a definite one counts.
        """
        if sentence < 0:
            return None
        span = self.document.sentences[sentence]
        tokens = self.registry.tokens_between(span.start, min(span.end, span.start + 80))
        if not tokens or tokens[0].lower != "the":
            return None
        for k, token in enumerate(tokens[:6]):
            if not token.is_word and token.text not in "'’":
                return None
            noun = token.lower
            if k and not token.possessive and is_organization_noun(noun) and noun == singular(noun):
                return self._noun_phrase(i, list(tokens[: k + 1]), [])
        return None

    def _running(self, i: int) -> Entity | None:
        """The speaker of a statement without a source, where the structure of the text says so."""
        statement = self.statements[i]
        if not statement.contents:
            return None
        if statement.cue and statement.cue.text.strip(" :,—–-"):
            for token in self.registry.tokens_between(statement.cue.start, statement.cue.end):
                if token.lower in _POSSESSIVE_PRONOUNS:
                    # "In her view", "Its answer:"
                    return self._pronoun(i, token)
            return self._shared_subject(i, statement.cue)
        start = statement.contents[0].start
        named = self._named_before(i, start)
        if named is not None:
            return named
        previous, last = None, -1
        for j in range(i - 1, max(-1, i - 4), -1):
            if self.answers[j] is not None:
                previous, last = self.answers[j], j
                break
        if previous is None:
            return self._named_after(statement)
        before = self.statements[last]
        end = before.end
        paragraphs = self.registry.paragraph_at(start) - self.registry.paragraph_at(end)
        sentences = self.registry.sentence_at(start) - self.registry.sentence_at(end - 1)
        near = 0 <= paragraphs <= 1 and (
            sentences <= 1 or not self.registry.names_between(end, start)
        )
        if self._opens_quote(start) and near:
            # Who was quoted in the paragraph before goes on, and so does who was quoted or
            # reported right before in the same one.
            if before.kind in {"direct", "mixed"} or paragraphs == 0 or sentences <= 1:
                return previous
        return self._named_after(statement)

    def _opens_quote(self, position: int) -> bool:
        return self.text[position : position + 1] in _QUOTES_OPEN | {"‘", "'"}

    def _shared_subject(self, i: int, cue: Span) -> Entity | None:
        """As in "Roe denied it and declined to say more": two cues with one subject.

        "It was claimed that", which opens its sentence, hides its source on purpose.
        """
        before = self.text[max(0, cue.start - 30) : cue.start]
        if cue.text.split()[0].lower() not in {"and", "but"} and not _JOINS.search(before):
            return None
        sentence = self.registry.sentence_at(cue.start)
        for j in range(i - 1, max(-1, i - 4), -1):
            earlier = self.statements[j].cue
            if earlier is None or self.registry.sentence_at(earlier.start) != sentence:
                continue
            return self.answers[j]
        return None

    def _named_after(self, statement: Statement) -> Entity | None:
        """As in "“It is over.” Diaz laughed.": the person who opens the sentence after a quote."""
        registry = self.registry
        end = statement.contents[-1].end
        if not self._opens_quote(statement.contents[0].start):
            return None
        gap = _SPACES.match(self.text, end)
        if gap is None or self.text[end - 2 : end - 1] not in {".", "!", "?", "…"}:
            return None
        after = gap.end()
        first = registry.names_between(after, after + 1)
        index = registry.entity_of[first[0]] if first else None
        if index is None or registry.names[first[0]].start != after:
            return None
        entity = registry.entities[index]
        return entity if registry.may_be_person(entity) else None

    def _named_before(self, i: int, start: int) -> Entity | None:
        """As in "Diaz was blunt. “It is over.”": the one person who opens the sentence before.

        Or whom it asks about: "Does she regret it? “No.”"
        """
        registry = self.registry
        if not self._opens_quote(start) or not registry.sentence_starts:
            return None
        sentence = registry.sentence_at(start)
        if sentence == 0 or registry.sentence_starts[sentence] != start:
            return None
        before = registry.document.sentences[sentence - 1]
        if self._in_quotes(before.end - 1) or any(q in before.text for q in _QUOTES_OPEN):
            return None
        if registry.paragraph_at(before.start) != registry.paragraph_at(start):
            return None
        if before.end - before.start > 80:
            return None
        people: dict[int, Entity] = {}
        first = None
        for n in registry.names_between(before.start, before.end):
            index = registry.entity_of[n]
            if index is not None and registry.may_be_person(registry.entities[index]):
                people[index] = registry.entities[index]
                if registry.names[n].start == before.start:
                    first = registry.entities[index]
        if people:
            return first if len(people) == 1 else None
        tokens = registry.tokens_between(before.start, before.end)
        opening = tokens[0].lower
        if before.text.endswith("?") or opening in MALE_PRONOUNS | FEMALE_PRONOUNS:
            asked = [t for t in tokens if t.lower in {"he", "she"}]
            return self._pronoun(i, asked[0]) if asked else None
        if opening == "the":
            for k, token in enumerate(tokens[1:5], 2):
                if token.lower in PERSON_NOUNS and not tokens[k].text[0].isupper():
                    return self._noun_phrase(i, list(tokens[:k]), [])
        return None

    # -- output ----------------------------------------------------------------

    def _freeze(self) -> tuple[tuple[Statement, ...], tuple[Speaker, ...]]:
        used: set[int] = set()
        stack = [e.index for e in self.answers if e is not None]
        while stack:
            index = stack.pop()
            if index not in used:
                used.add(index)
                stack.extend(self.registry.entities[index].members)
        entities = [self.registry.entities[k] for k in used]
        spans = {e.index: sorted(set(e.mentions)) for e in entities}

        def first(entity: Entity) -> tuple[int, int]:
            own = spans[entity.index]
            return (own[0][0] if own else len(self.text), entity.index)

        entities.sort(key=first)
        ids = {e.index: f"p{k}" for k, e in enumerate(entities, 1)}
        speakers = {
            e.index: Speaker(
                id=ids[e.index],
                name=e.name,
                type=type_of(e),
                mentions=tuple(self.document.span(*s) for s in _outermost(spans[e.index])),
                members=tuple(ids[m] for m in e.members),
            )
            for e in entities
        }
        answered = tuple(
            replace(s, speaker=speakers[e.index] if e is not None else None)
            for s, e in zip(self.statements, self.answers, strict=True)
        )
        return answered, tuple(speakers[e.index] for e in entities)


def _names_a_speaker(token: Token) -> bool:
    """Whether a noun is of people or of a body."""
    noun = singular(token.lower)
    return noun in PERSON_NOUNS or is_organization_noun(noun) or token.lower in PLURAL_NOUNS


def _names_a_source(token: Token) -> bool:
    """Whether a noun is of people, of a body or of a document."""
    return _names_a_speaker(token) or singular(token.lower) in DOCUMENT_NOUNS


def _unmodified(entity: Entity, heads: frozenset[str]) -> bool:
    """Whether an article gives a role of one of these heads by its noun alone."""
    texts = [r.split() for r in entity.role_texts if singular(role_head(r)) in heads]
    return not texts or any(len(words) == 1 for words in texts)


def _inferred_subject(statement: Statement) -> Span | None:
    """Whose mind the reporter reads in "Roe appears to be coming round".

    Annotators, and so the tagger, take the subject into the content there.
    """
    cue = statement.cue
    if statement.modality != "inferred" or cue is None or len(statement.contents) < 2:
        return None
    subject = statement.contents[0]
    near = 0 <= cue.start - subject.end <= 30
    return subject if near and len(subject.text.split()) <= 12 else None


def _outermost(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in text order without those that lie inside an earlier one."""
    kept: list[tuple[int, int]] = []
    for start, end in spans:
        if kept and start < kept[-1][1]:
            if end > kept[-1][1]:
                kept[-1] = (kept[-1][0], end)
            continue
        kept.append((start, end))
    return kept


def quoted_stretches(document: Document) -> list[tuple[int, int]]:
    """Stretches between double quotation marks; an unclosed one ends with its paragraph."""
    found = []
    for paragraph in document.paragraphs:
        opened = -1
        for match in re.finditer(r'["“”«»„]', paragraph.text):
            mark, at = match.group(), paragraph.start + match.start()
            if opened < 0 and mark in _QUOTES_OPEN:
                opened = at
            elif opened >= 0 and mark in _QUOTES_CLOSE:
                found.append((opened, at + 1))
                opened = -1
        if opened >= 0:
            found.append((opened, paragraph.end))
    return found


def _with_single_marks(
    quotes: Sequence[tuple[int, int]], statements: Sequence[Statement]
) -> list[tuple[int, int]]:
    """The quoted stretches, with what stands in single marks outside of them.

    A single mark may be an apostrophe, but not one that opens a content.
    """
    ends = [end for _, end in quotes]
    found = list(quotes)
    for statement in statements:
        for content in statement.contents:
            k = bisect_right(ends, content.start)
            inside = k < len(quotes) and quotes[k][0] < content.end
            if content.text[:1] in {"‘", "'"} and not inside:
                found.append((content.start, content.end))
    return sorted(found)


def resolve_speakers(
    document: Document, statements: Sequence[Statement]
) -> tuple[tuple[Statement, ...], tuple[Speaker, ...]]:
    """Gives every statement its canonical speaker.

    Args:
        document: The article.
        statements: What was found in it, in text order.

    Returns:
        The same statements, each with its ``speaker`` or None, and all speakers
        in order of their first mention, members of joint speakers included.
    """
    statements = tuple(statements)
    if not statements:
        return (), ()
    return _Resolver(document, statements).run()


__all__ = ["quoted_stretches", "resolve_speakers"]
