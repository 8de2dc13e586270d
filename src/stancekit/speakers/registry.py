"""Gathers the name mentions of an article into entities: who is the same person or body."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from stancekit.speakers.names import Name, Token, given_gender, noun_gender, role_head, singular
from stancekit.speakers.words import (
    BODY_KINDS,
    COMPANY_NOUNS,
    METONYMS,
    ORGANIZATION_NOUNS,
    PARTICLES,
    PERSON_NOUNS,
    ROLES,
    SHORT_ROLES,
    STAFF_NOUNS,
)
from stancekit.types import Document, SpeakerType

_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})
_AGE = re.compile(r"\s*,\s*(?:aged?\s+)?(\d{1,2})\b\s*(?=[,.;)]|who|and|$)")
_OPENERS = frozenset("the a an one his her their its our my this that".split())
_PLACING = frozenset("in at of on for since".split())
# What ends the head of a noun phrase.
_ENDERS = frozenset(
    "of for at in from with on to near by inside within among behind under against about during "
    "after before outside as per who whom whose which that where when and or said says told is "
    "was are were has had will would".split()
)
_LOCATIVES = frozenset("in at near from outside inside across around throughout to into".split())
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
        self._by_full: dict[tuple[str, str], int] = {}
        self._by_surname: dict[str, list[int]] = defaultdict(list)
        self._by_given: dict[str, list[int]] = defaultdict(list)
        self._by_key: dict[str, int] = {}
        self._by_last_word: dict[str, list[int]] = defaultdict(list)
        self.namesakes: dict[int, tuple[int, ...]] = {}
        self._titles: dict[int, set[str]] = defaultdict(set)
        self._gather()
        self._read_contexts()
        self._vote_genders()
        self._doubt()
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

    def _add_full(self, i: int) -> None:
        name = self.names[i]
        given, surname = name.words[0].lower(), surname_of(name.words)
        key = (given.rstrip("."), surname)
        index = self._by_full.get(key)
        if index is None:
            for other in self._by_surname.get(surname, ()):
                # "J. Roe" and "John Roe"; "John Paul Roe" and "Paul Roe".
                known = self.entities[other]
                words = [w.lower().rstrip(".") for w in known.words]
                short = given.rstrip(".")
                if (len(short) == 1 and words[0].startswith(short)) or (
                    len(words[0]) == 1 and short.startswith(words[0])
                ):
                    index = other
                elif short in words[1:-1] or words[0] in [w.lower() for w in name.words[1:-1]]:
                    # "Angry Jane Roe" and "Jane Roe"; "Mary Jane Roe" and "Mary Roe" share a key.
                    index = other
        if index is None:
            entity = self.new(name.plain, "person", words=name.words, gender=name.gender,
                              certain=name.certain)  # fmt: skip
            index = entity.index
            self._by_surname[surname].append(index)
            self._by_given[given].append(index)
        self._by_full[key] = index
        entity = self.entities[index]
        entity.forms[name.words] = entity.forms.get(name.words, 0) + 1
        self.entity_of[i] = index

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
                options = [
                    o for o in options
                    if self.entities[o].likely_gender() in {"", name.gender}
                ]  # fmt: skip
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
        near: list[int] = []
        for k in range(i - 1, max(-1, i - 40), -1):
            found = self.entity_of[k]
            if found in options and found not in near:
                if self.paragraph_at(self.names[k].start) < paragraph - 2:
                    break
                near.append(found)  # type: ignore[arg-type]
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

    def _read_contexts(self) -> None:
        """Roles, ages and kinds from the words right before and after each name."""
        text = self.document.text
        for i, name in enumerate(self.names):
            found = self.entity_of[i]
            if found is None:
                continue
            entity = self.entities[found]
            k = self.token_at(name.start)
            before = self.tokens[k - 1] if k > 0 else None
            if before is not None:
                gap = text[before.end : name.start]
                word = before.lower
                if word in ROLES and not gap.strip() and "\n" not in gap and not before.possessive:
                    role = [word]
                    back = k - 2
                    while back >= 0 and len(role) < 4 and self.tokens[back].is_word:
                        previous = self.tokens[back]
                        if previous.lower in {"the", "a", "an", "of", "and", "by", "said", "for"}:
                            break
                        role.insert(0, previous.lower)
                        if previous.possessive:
                            role.pop(0)
                            break
                        back -= 1
                    if not name.words or entity.kind in {"unknown", "person"}:
                        entity.add_role(" ".join(role), before.start)
                        entity.kind = "person"
                        entity.evidence += 2
                elif word in _LOCATIVES and len(name.words) == 1:
                    entity.against += 1
                elif word == "the" and not name.titled:
                    entity.against += 2
            self._read_apposition(entity, name)
            self._read_descriptors(entity, name)
            if len(name.role.split()) > 2:
                # "Acme Mining director Roe": what stands before the role is no person.
                modifier = name.role.split()[:-1]
                owner = self._by_full.get((modifier[0], modifier[-1]))
                if owner is not None and not self.entities[owner].evidence:
                    self.entities[owner].kind = "organization"
            if name.plain.isupper() and len(name.plain) > 3 and len(name.words) == 1:
                k = bisect_right(self.starts, name.end - 1)
                if k < len(self.tokens) and self.tokens[k].text == ":" and name.initial:
                    # "ROE: I disagree", as transcripts write it
                    entity.kind = "person"
        for entity in self.entities:
            if entity.kind == "unknown" and (entity.votes["m"] or entity.votes["f"]):
                entity.kind = "person"
            if entity.kind == "unknown" and len(entity.words) == 1 and not entity.against:
                # "Piotr voted at his factory"
                gender = given_gender(entity.words[0])
                if gender:
                    entity.kind, entity.gender = "person", entity.gender or gender

    def _read_apposition(self, entity: Entity, name: Name) -> None:
        text = self.document.text
        age = _AGE.match(text, name.end, name.end + 16)
        position = name.end
        if age:
            entity.ages.add(age.group(1))
            entity.kind = "person" if entity.kind == "unknown" else entity.kind
            entity.evidence += 2
            position = age.end()
        k = bisect_right(self.starts, position - 1)
        if k + 1 >= len(self.tokens) or self.tokens[k].text not in {",", "(", "—", "–"}:
            return
        phrase: list[str] = []
        for token in self.tokens[k + 1 : k + 12]:
            if not token.is_word or token.lower in {
                "of", "for", "who", "which", "said", "at", "in", "to", "told", "and", "from",
            }:  # fmt: skip
                break
            if token.possessive:
                phrase.clear()
                continue
            phrase.append(token.lower)
        while phrase and phrase[0] in {"the", "a", "an", "his", "her", "their", "its", "then"}:
            phrase.pop(0)
        if phrase and phrase[-1] in PERSON_NOUNS and len(phrase) <= 6:
            if entity.kind in {"unknown", "person"}:
                entity.kind = "person"
                entity.add_role(" ".join(phrase), position)
                entity.evidence += 2
        elif self.tokens[k + 1].lower in {"who", "whose"} and entity.kind == "unknown":
            entity.kind = "person"

    def _read_descriptors(self, entity: Entity, name: Name) -> None:
        """The noun before a name, and the heads of the appositions around it.

        Words that are no nouns ("told Roe") come along; no source is headed by one.
        """
        tokens, text = self.tokens, self.document.text
        k = self.token_at(name.start)
        if k > 0 and "\n" not in text[tokens[k - 1].end : name.start]:
            before = tokens[k - 1]
            if before.is_word and before.text.islower():
                entity.descriptors.setdefault(before.lower, before.start)
            elif before.text == "," and k > 1:
                # "The mediator, Jane Roe, …", "its mayor at the time, Jane Roe"
                for back in range(k - 2, max(-1, k - 10), -1):
                    token = tokens[back]
                    if not token.is_word:
                        break
                    if token.lower in _OPENERS or (token.possessive and back < k - 2):
                        head = self._head_of(back + 1, k - 1)
                        if head is not None:
                            entity.descriptors.setdefault(head.lower, head.start)
                            self._is_described_as(entity, head.lower)
                        break
        j = bisect_right(self.starts, name.end - 1)
        self._read_staff(entity, k, j)
        if j < len(tokens) and tokens[j].text in {",", "(", "—", "–"}:
            j += 1
            if j + 1 < len(tokens) and tokens[j].text.isdigit():
                j += 2
        elif j < len(tokens) and tokens[j].lower in {"is", "was", "became", "remains"}:
            j += 1
        else:
            return
        if j < len(tokens) and tokens[j].lower in {"then", "now", "once", "formerly"}:
            j += 1
        head = self._head_of(j + (j < len(tokens) and tokens[j].lower in _OPENERS), j + 8)
        if head is not None:
            entity.descriptors.setdefault(head.lower, head.start)
            self._is_described_as(entity, head.lower)

    @staticmethod
    def _is_described_as(entity: Entity, noun: str) -> None:
        """Takes from a noun in apposition what it tells: a body, or a person and which gender."""
        if noun in ORGANIZATION_NOUNS or noun in COMPANY_NOUNS:
            entity.bodily += 1
        if noun not in PERSON_NOUNS or entity.kind not in {"unknown", "person"}:
            return
        entity.kind = "person"
        entity.evidence += 1
        if noun_gender(noun) and not entity.certain:
            entity.gender, entity.certain = noun_gender(noun), True

    def _read_staff(self, entity: Entity, k: int, j: int) -> None:
        """Signs of a body around a name that starts at token ``k`` and ends before ``j``."""
        tokens = self.tokens
        if k > 1 and tokens[k - 1].lower in {"of", "for", "at", "from"}:
            entity.bodily += singular(tokens[k - 2].lower) in PERSON_NOUNS
        if k > 0:
            entity.bodily += tokens[k - 1].lower in ORGANIZATION_NOUNS
        own = tokens[j - 1].possessive
        for token in tokens[j : j + 3]:
            if not token.is_word or token.possessive or token.lower in _ENDERS:
                break
            noun = singular(token.lower)
            if noun in STAFF_NOUNS or (own and noun in ROLES):
                entity.bodily += 1
                break

    def _head_of(self, first: int, end: int) -> Token | None:
        """The last word of a noun phrase that starts at a token: before "of", a comma, a verb."""
        head = None
        for token in self.tokens[first:end]:
            if not token.is_word or (token.lower in _ENDERS and token.text.islower()):
                break
            head = None if token.possessive else token
        return head

    def _doubt(self) -> None:
        """Takes two capitalised words for a person no longer where more speaks against it.

        "Nordic Wire" and "Sleaford Bay" look as "Jane Roe" does; but an article gives people a
        role, an age, a pronoun or later the bare surname, and it is not in or at them that
        things happen.
        """
        short = {
            index for index, name in zip(self.entity_of, self.names, strict=True)
            if len(name.words) == 1
        }  # fmt: skip
        for entity in self.entities:
            beside = entity.descriptors.keys()
            no_one = entity.against or entity.bodily or beside & (_PLACING | BODY_KINDS)
            if (
                no_one
                and entity.kind == "person"
                and entity.index not in short
                and not (entity.gender or entity.certain or entity.ages or entity.roles)
                and not (entity.evidence or any(entity.votes.values()))
                and not PERSON_NOUNS & beside
            ):
                entity.kind = "unknown"

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
