"""Gathers the name mentions of an article into entities: who is the same person or body."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from stancekit.speakers.contexts import doubt, read_contexts
from stancekit.speakers.names import Name
from stancekit.speakers.tokens import Token, given_gender, noun_gender, role_head, singular
from stancekit.speakers.words import (
    METONYMS,
    ORGANIZATION_NOUNS,
    PARTICLES,
    SHORT_ROLES,
)
from stancekit.types import Document, SpeakerType

_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})
MALE_PRONOUNS = frozenset("he him his himself".split())
FEMALE_PRONOUNS = frozenset("she her hers herself".split())


@dataclass(slots=True)
class Entity:
    """A person or body under construction; `resolve` freezes it into a `Speaker`."""

    index: int
    name: str
    kind: str = "unknown"
    words: tuple[str, ...] = ()
    gender: str = ""
    certain: bool = False
    votes: dict[str, int] = field(default_factory=lambda: {"m": 0, "f": 0})
    roles: dict[str, int] = field(default_factory=dict)
    role_texts: set[str] = field(default_factory=set)
    # Nouns that stand beside the name ("hotelier Roe", "the mediator, Roe"), and where first.
    descriptors: dict[str, int] = field(default_factory=dict)
    # Signs that it has people and is none: "Acme's director", "a spokesman for Acme".
    bodily: int = 0
    ages: set[str] = field(default_factory=set)
    mentions: list[tuple[int, int]] = field(default_factory=list)
    members: tuple[int, ...] = ()
    principal: int | None = None
    anonymous: bool = False
    plural: bool = False
    forms: dict[tuple[str, ...], int] = field(default_factory=dict)
    evidence: int = 0
    against: int = 0

    @property
    def is_person(self) -> bool:
        """Whether this is one human being, as far as the article shows."""
        return self.kind == "person"

    @property
    def is_described(self) -> bool:
        """Whether the article gives this name what only people have: a gender, a role, an age."""
        return bool(self.likely_gender() or self.roles or self.evidence or self.ages)

    def add_role(self, role: str, position: int) -> None:
        """Notes a role ("foreign minister") and where it was first given."""
        head = _plain_role(role) if role else ""
        if head:
            self.roles.setdefault(head, position)
            self.role_texts.add(role)
            gender = noun_gender(head)
            if gender and not self.certain:
                self.gender, self.certain = gender, True

    def likely_gender(self) -> str:
        """The gender that title, role, pronouns or given name tell: "m", "f" or ""."""
        if self.certain:
            return self.gender
        male, female = self.votes["m"], self.votes["f"]
        if male >= 2 * female + 1 and (male >= 2 or self.gender != "f"):
            return "m"
        if female >= 2 * male + 1 and (female >= 2 or self.gender != "m"):
            return "f"
        return self.gender


def _plain_role(role: str) -> str:
    head = singular(role_head(role))
    return SHORT_ROLES.get(head, head)


def surname_of(words: Sequence[str]) -> str:
    """The last word that is no suffix, small, without an Arabic article."""
    kept = [w for w in words if w.lower().strip(".") not in _SUFFIXES]
    last = (kept or list(words))[-1].lower()
    for article in ("al-", "el-", "al‑", "el‑"):
        if last.startswith(article):
            return last[len(article) :]
    return last


class Registry:
    """All entities of an article, with the look-ups that resolution needs.

    Building is linear in the number of names; look-ups are by dictionary.
    """

    def __init__(self, document: Document, tokens: Sequence[Token], names: Sequence[Name]) -> None:
        self.document = document
        self.tokens = tokens
        self.starts = [t.start for t in tokens]
        self.names = tuple(names)
        self.name_starts = [n.start for n in names]
        self.sentence_starts = [s.start for s in document.sentences]
        self.paragraph_starts = [p.start for p in document.paragraphs]
        self.entities: list[Entity] = []
        self.entity_of: list[int | None] = [None] * len(self.names)
        self.by_full: dict[tuple[str, str], int] = {}
        self._by_surname: dict[str, list[int]] = defaultdict(list)
        self._by_given: dict[str, list[int]] = defaultdict(list)
        self._by_key: dict[str, int] = {}
        self._by_last_word: dict[str, list[int]] = defaultdict(list)
        # Where each full name comes first, and who goes by the bare surname.
        self._introduced: dict[int, int] = {}
        self._bare: set[int] = set()
        self.namesakes: dict[int, tuple[int, ...]] = {}
        self._titles: dict[int, set[str]] = defaultdict(set)
        self._gather()
        read_contexts(self)
        self._vote_genders()
        doubt(self)
        self._by_descriptor: dict[str, list[Entity]] = defaultdict(list)
        for entity in self.entities:
            for noun in entity.descriptors:
                self._by_descriptor[noun].append(entity)

    # -- positions -------------------------------------------------------------

    def token_at(self, position: int) -> int:
        """Index of the token that starts at or before a position."""
        return max(0, bisect_right(self.starts, position) - 1)

    def tokens_between(self, start: int, end: int) -> Sequence[Token]:
        """Tokens that lie in a range of characters."""
        low = bisect_right(self.starts, start - 1)
        if low > 0 and self.tokens[low - 1].end > start:
            low -= 1
        high = bisect_right(self.starts, end - 1)
        return self.tokens[low:high]

    def sentence_at(self, position: int) -> int:
        """Index of the sentence at a position."""
        return max(0, bisect_right(self.sentence_starts, position) - 1)

    def paragraph_at(self, position: int) -> int:
        """Index of the paragraph at a position."""
        return max(0, bisect_right(self.paragraph_starts, position) - 1)

    def names_between(self, start: int, end: int) -> list[int]:
        """Indices of the names that overlap a range of characters."""
        low = bisect_right(self.name_starts, start - 1)
        while low > 0 and self.names[low - 1].end > start:
            low -= 1
        found = []
        while low < len(self.names) and self.names[low].start < end:
            if self.names[low].end > start:
                found.append(low)
            low += 1
        return found

    # -- building --------------------------------------------------------------

    def new(self, name: str, kind: str, **values: object) -> Entity:
        """A new entity, added to the list."""
        entity = Entity(len(self.entities), name, kind, **values)  # type: ignore[arg-type]
        self.entities.append(entity)
        return entity

    def _gather(self) -> None:
        # Full names first, wherever they stand: a headline often has the bare
        # surname before the body gives the full name.
        order = sorted(range(len(self.names)), key=lambda i: (not self._is_full(self.names[i]), i))
        for i in order:
            if self._is_full(self.names[i]):
                self._add_full(i)
        for i in range(len(self.names) - 1):
            if self.entity_of[i] is None and self._shares_surname(i):
                self._add_full(i, (*self.names[i].words, self.names[i + 1].words[-1]))
        for entity in self.entities:
            # The form used most, and of equals the longest: "Jane Roe" over "Angry Jane
            # Roe", "Jane A. Roe" over "J. Roe".
            entity.words = max(
                entity.forms, key=lambda f: (len(f[0].rstrip(".")) > 1, entity.forms[f], len(f))
            )
            entity.name = " ".join(entity.words)
        for index, name in zip(self.entity_of, self.names, strict=True):
            if index is not None and name.role:
                self._titles[index].add(_plain_role(name.role))
        for i, name in enumerate(self.names):
            if self.entity_of[i] is None and len(name.words) > 1:
                self._add_short(i, name)
        for i, name in enumerate(self.names):
            if self.entity_of[i] is None and name.words:
                self._add_short(i, name)
        for i in range(len(self.names)):
            found = self.entity_of[i]
            if found is not None:
                entity = self.entities[found]
                name = self.names[i]
                entity.mentions.append((name.start, name.end))
                if name.role:
                    entity.add_role(name.role, name.start)
                if name.certain and not entity.certain:
                    entity.gender, entity.certain = name.gender, True
                if name.titled:
                    entity.evidence += 2

    @staticmethod
    def _is_full(name: Name) -> bool:
        return (
            len(name.words) > 1 and name.kind == "person" and name.words[0].lower() not in PARTICLES
        )

    def _shares_surname(self, i: int) -> bool:
        """Whether a name is the first of "Ann and Bo Roe"."""
        name, following = self.names[i], self.names[i + 1]
        if len(name.words) != 1 or not following.words:
            return False
        given = name.words[0].lower()
        return (
            not name.titled
            and bool(given_gender(given) or (given, surname_of(following.words)) in self.by_full)
            and given not in self._by_surname
            and self._is_full(following)
            and not following.titled
            and self.document.text[name.end : following.start] == " and "
        )

    def _add_full(self, i: int, words: tuple[str, ...] | None = None) -> None:
        name = self.names[i]
        words = words or name.words
        given, surname = words[0].lower(), surname_of(words)
        key = (given.rstrip("."), surname)
        index = self.by_full.get(key)
        if index is None:
            for other in self._by_surname.get(surname, ()):
                # "J. Roe" and "John Roe"; "John Paul Roe" and "Paul Roe".
                known = self.entities[other]
                own = [w.lower().rstrip(".") for w in known.words]
                short = given.rstrip(".")
                if (len(short) == 1 and own[0].startswith(short)) or (
                    len(own[0]) == 1 and short.startswith(own[0])
                ):
                    index = other
                elif short in own[1:-1] or own[0] in [w.lower() for w in words[1:-1]]:
                    # "Angry Jane Roe" and "Jane Roe"; "Mary Jane Roe" and "Mary Roe" share a key.
                    index = other
        if index is None:
            gender = name.gender or given_gender(words[0])
            entity = self.new(" ".join(words), "person", words=words, gender=gender,
                              certain=name.certain)  # fmt: skip
            index = entity.index
            self._by_surname[surname].append(index)
            self._by_given[given].append(index)
        self.by_full[key] = index
        entity = self.entities[index]
        entity.forms[words] = entity.forms.get(words, 0) + 1
        self.entity_of[i] = index
        self._introduced[index] = min(name.start, self._introduced.get(index, name.start))

    def _add_short(self, i: int, name: Name) -> None:
        words = name.words
        plain = name.plain
        surname = surname_of(words)
        if len(words) == 1 or words[0].lower() in PARTICLES or name.titled:
            options = self._by_surname.get(surname, [])
            if (not options and not name.titled) or not options:
                options = self._by_given.get(words[0].lower(), [])
            options = list(dict.fromkeys(options))
            if name.certain:
                fitting = [
                    o for o in options
                    if self.entities[o].likely_gender() in {"", name.gender}
                ]  # fmt: skip
                if not fitting and len(options) == 1 and not self.entities[options[0]].certain:
                    # "Mr Roe" tells what the given name of the one Roe does not.
                    fitting = options
                options = fitting
            if len(options) > 1 and name.role:
                # "Cllr Roe" of two Roes is the one whom the article calls a councillor.
                role = _plain_role(name.role)
                options = [o for o in options if role in self._titles[o]] or options
            if options:
                chosen = options[0] if len(options) == 1 else self._closest(i, options)
                if chosen is None and name.certain:
                    # "Mrs Roe" of two Roes is the one who is known to be a woman.
                    sure = [o for o in options if self.entities[o].likely_gender()]
                    chosen = sure[0] if len(sure) == 1 else None
                if chosen is None:
                    self.namesakes[i] = tuple(options)
                elif len(words) == 1 and not name.titled:
                    self._bare.add(chosen)
                self.entity_of[i] = chosen
                return
            if len(words) == 1 and name.kind != "person":
                # "the Post" after "the Morning Post"
                bodies = self._by_last_word.get(words[0].lower(), [])
                if len(bodies) == 1 and (self._has_article(name) or not name.initial):
                    self.entity_of[i] = bodies[0]
                    return
        if name.kind == "organization" and len(words) > 1 and surname in self._by_surname:
            # "told the Morning Post Roe had gone": two names that only touch.
            owners = self._by_surname[surname]
            if len(owners) == 1 and words[-2].lower() in ORGANIZATION_NOUNS:
                self.entity_of[i] = owners[0]
                return
        key = METONYMS.get(plain, plain).lower().removeprefix("the ")
        if len(words) == 1 and name.titled:
            key = f"{surname}#{name.gender}"
        index = self._by_key.get(key)
        if index is None and len(words) == 1:
            # "Roe" after "Mr. Roe", though no full name was ever given.
            for gender in ("m", "f", ""):
                index = index if index is not None else self._by_key.get(f"{surname}#{gender}")
        if index is None:
            kind = "organization" if name.kind == "place" else name.kind
            label = METONYMS.get(plain, plain)
            if kind == "organization" and label == plain and self._has_article(name):
                label = f"the {plain}"
            entity = self.new(label, kind, words=words, gender=name.gender, certain=name.certain)
            index = entity.index
            self._by_key[key] = index
            if kind == "organization" and len(words) > 1:
                self._by_last_word[words[-1].lower()].append(index)
                acronym = "".join(w[0] for w in words if w[0].isupper())
                if len(acronym) > 2:
                    self._by_key.setdefault(acronym.lower(), index)
        self._by_key.setdefault(key, index)
        known = self.entities[index]
        if (
            known.kind == "organization"
            and not known.name.startswith("the ")
            and known.name == plain
            and self._has_article(name)
        ):
            known.name = f"the {plain}"
        self.entity_of[i] = index

    def _has_article(self, name: Name) -> bool:
        k = self.token_at(name.start)
        return k > 0 and self.tokens[k - 1].lower == "the"

    def _closest(self, i: int, options: Sequence[int]) -> int | None:
        """Among namesakes, the one whom the article has just named; None where two were."""
        position = self.names[i].start
        paragraph = self.paragraph_at(position)
        first = min(options, key=lambda o: self._introduced[o])
        before = [o for o in options if self._introduced[o] < position]
        if len(before) < 2:
            # A headline has the one whom the article tells of first.
            return first
        if not self.names[i].titled:
            bare = [o for o in options if o in self._bare]
            if len(bare) == 1:
                # Papers keep the bare surname for one of two.
                return bare[0]
        near: list[int] = []
        for k in range(i - 1, max(-1, i - 40), -1):
            found = self.entity_of[k]
            if found in options and found not in near:
                if self.paragraph_at(self.names[k].start) < paragraph - 2:
                    break
                near.append(found)  # type: ignore[arg-type]
        if not near:
            return first
        if len(near) == 1:
            return near[0]
        if len(near) > 1:
            here = self.sentence_at(position)
            close = [
                o for o in near
                if any(
                    self.entity_of[k] == o and self.sentence_at(self.names[k].start) >= here - 1
                    for k in range(i - 1, max(-1, i - 12), -1)
                )
            ]  # fmt: skip
            if len(close) == 1:
                return close[0]
        return None

    def described_by(self, noun: str) -> Sequence[Entity]:
        """The names beside which a noun stands somewhere in the article."""
        return self._by_descriptor.get(noun, ())

    def is_body(self, entity: Entity) -> bool:
        """Whether an entity is a company, a party or the like, as far as the article shows."""
        if entity.kind == "organization":
            return not entity.plural and not entity.members
        several = len(entity.words) > 1 and not entity.against
        return entity.kind == "unknown" and (entity.bodily > 0 or several)

    @staticmethod
    def nouns_of(entity: Entity) -> set[str]:
        """The nouns in the name of a body and beside it, small."""
        return {w.lower() for w in entity.words} | set(entity.descriptors)

    def _vote_genders(self) -> None:
        """Learns genders from the article: he or she where only one person is in sight."""
        pointer = 0
        for token in self.tokens:
            if token.lower in MALE_PRONOUNS:
                gender = "m"
            elif token.lower in FEMALE_PRONOUNS:
                gender = "f"
            else:
                continue
            while pointer < len(self.names) and self.names[pointer].start < token.start:
                pointer += 1
            sentence = self.sentence_at(token.start)
            seen: set[int] = set()
            k = pointer - 1
            while k >= 0 and k >= pointer - 12:
                if self.sentence_at(self.names[k].start) < sentence - 1:
                    break
                found = self.entity_of[k]
                if found is not None and self.may_be_person(self.entities[found]):
                    seen.add(found)
                k -= 1
            if len(seen) == 1:
                self.entities[seen.pop()].votes[gender] += 1

    @staticmethod
    def may_be_person(entity: Entity) -> bool:
        """Whether an entity is a person, or could be one as far as the article shows."""
        if entity.kind == "person":
            return entity.against < 2 or entity.evidence > 0
        return entity.kind == "unknown" and not entity.against

    def persons_before(self, position: int, limit: int = 40) -> list[int]:
        """Indices of names of likely persons before a position, the nearest first."""
        k = bisect_right(self.name_starts, position - 1) - 1
        found: list[int] = []
        while k >= 0 and len(found) < limit:
            index = self.entity_of[k]
            if index is not None and self.may_be_person(self.entities[index]):
                found.append(k)
            k -= 1
        return found


def type_of(entity: Entity) -> SpeakerType:
    """The speaker type that an entity has in the end."""
    if entity.members or entity.plural:
        return "group"
    if entity.kind == "person":
        return "person"
    if entity.kind == "organization":
        return "organization"
    return "unknown"


def is_organization_noun(noun: str) -> bool:
    """Whether a noun names a body, singular or plural."""
    return noun in ORGANIZATION_NOUNS or singular(noun) in ORGANIZATION_NOUNS
