"""What is known of one article while its sources are resolved, one statement after another."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

from stancekit.speakers import pronouns
from stancekit.speakers.names import find_names
from stancekit.speakers.quoted import quoted_stretches, with_single_marks
from stancekit.speakers.registry import FEMALE_PRONOUNS, MALE_PRONOUNS, Entity, Registry
from stancekit.speakers.tokens import Token, tokenize
from stancekit.types import Document, Statement

# Gives the entity that a noun phrase means. A pronoun may take up a description, and a
# description hold a pronoun ("his wife"): so the first gets the second as a function.
PhraseReader = Callable[[list[Token]], Entity | None]


class Discourse:
    """An article, its statements, and who has been found to speak so far.

    Attributes:
        document: The article.
        text: Its text.
        lowered: Its text in small letters, with the same offsets.
        tokens: All tokens.
        registry: The people and bodies it names.
        statements: What was found in it, in text order.
        answers: The speaker of each statement, as far as it is resolved.
        sources: Positions of the sources that are resolved, with their entities.
        nominals: Entities that are no names of the registry, by what they are called.
        interviewees: Who answers in an interview, or None, once that has been sought.
        askers: Labels of an interview, and whether they mark its questions.
        bold: Where the questions of an interview stand in bold, once that has been sought.
        by_members: Joint sources, by the indices of their members.
        scene: The article as the model of pronouns sees it.
    """

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
        self.interviewees: list[Entity | None] = []
        self.askers: dict[str, bool] = {}
        self.bold: list[tuple[int, int]] | None = None
        self.by_members: dict[tuple[int, ...], Entity] = {}
        self._contents = sorted(
            (content.start, content.end, i)
            for i, statement in enumerate(statements)
            for content in statement.contents
        )
        self._content_starts = [c[0] for c in self._contents]
        self._quotes = with_single_marks(quoted_stretches(document), statements)
        self._quote_starts = [q[0] for q in self._quotes]
        self.scene = _scene(self.registry, self._quotes)

    def is_nested(self, i: int) -> bool:
        """Whether the source of a statement stands in the content of another."""
        source = self.statements[i].source
        return source is not None and self.enclosing(source.start, i) is not None

    def enclosing(self, position: int, i: int) -> int | None:
        """The innermost other statement whose content holds a position."""
        k = bisect_right(self._content_starts, position) - 1
        best: tuple[int, int] | None = None
        for start, end, owner in self._contents[max(0, k - 12) : k + 1]:
            if start <= position < end and owner != i:
                if best is None or end - start < best[0]:
                    best = (end - start, owner)
        return best[1] if best else None

    def in_quotes(self, position: int) -> bool:
        """Whether a position lies between quotation marks."""
        k = bisect_right(self._quote_starts, position) - 1
        return k >= 0 and self._quotes[k][0] < position < self._quotes[k][1]

    def persons_before(self, position: int, limit: int = 30) -> list[tuple[int, Entity]]:
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


def _scene(registry: Registry, quotes: Sequence[tuple[int, int]]) -> pronouns.Scene:
    """The article as the model of pronouns sees it."""
    mentions = []
    for n, name in enumerate(registry.names):
        index = registry.entity_of[n]
        if index is None or not registry.may_be_person(registry.entities[index]):
            continue
        entity = registry.entities[index]
        first = registry.token_at(name.name_start if name.words else name.start)
        last = registry.token_at(name.end - 1)
        mentions.append(pronouns.Mention(first, last, index, entity.likely_gender(), last > first))
    return pronouns.Scene(
        tokens=registry.tokens,
        sentence_starts=registry.sentence_starts,
        paragraph_starts=registry.paragraph_starts,
        quotes=quotes,
        mentions=mentions,
        mention_starts=[m.first for m in mentions],
        gendered=[
            k for k, t in enumerate(registry.tokens)
            if t.lower in MALE_PRONOUNS or t.lower in FEMALE_PRONOUNS
        ],
    )  # fmt: skip
