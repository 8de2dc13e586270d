"""What the stance model is asked: targets, their hypotheses, and premises.

Training and scoring build their premises and hypotheses here, so that a model
is always asked in the form in which it was trained.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stancekit.types import Statement, TargetRef

ANONYMOUS = "The speaker"
"""Stands in hypotheses for a speaker whose name is not known."""

# Words by which a content leans on the sentence before it. "That" is left out: it
# nearly always only opens the clause.
_LEANING = re.compile(r"\b(?:this|these|those|it|its|they|them|their|such|so|both)\b", re.I)
_SHORT_WORDS = 6

_SLUG = re.compile(r"[^a-z0-9]+")


def slug(text: str) -> str:
    """An id for a target: ASCII letters, digits and hyphens, at most 40 characters."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _SLUG.sub("-", plain).strip("-")[:40].strip("-") or "target"


@dataclass(frozen=True, slots=True)
class Target:
    """What a stance is toward.

    ``favor`` and ``against`` are full sentences; ``{speaker}`` in them is
    replaced by the speaker's name. Entailment of a favor sentence, or
    contradiction of an against one, speaks for favor, and the reverse.
    """

    id: str
    name: str
    favor: tuple[str, ...]
    against: tuple[str, ...]

    def __post_init__(self) -> None:
        for field, sentences in (("favor", self.favor), ("against", self.against)):
            if not sentences or not all(s.strip() for s in sentences):
                raise ValueError(f"target {self.id!r}: {field} needs at least one sentence")

    @property
    def ref(self) -> TargetRef:
        """What a report keeps of it."""
        return TargetRef(self.id, self.name, self.favor, self.against)

    @classmethod
    def from_text(cls, text: str, *, id: str | None = None) -> Target:
        """A target from a noun phrase, "a carbon tax".

        Raises:
            ValueError: The phrase is empty.
        """
        phrase = " ".join(text.split()).rstrip(". ")
        if not phrase:
            raise ValueError("a target can't be empty")
        phrase = phrase.replace("{", "(").replace("}", ")")
        return cls(
            id=id or slug(phrase),
            name=phrase,
            favor=(f"{{speaker}} supports {phrase}.",),
            against=(f"{{speaker}} opposes {phrase}.",),
        )

    @classmethod
    def from_claim(cls, claim: str, *, id: str | None = None) -> Target:
        """A target from a proposition, "Vaccination should be compulsory".

        Raises:
            ValueError: The claim is empty.
        """
        sentence = " ".join(claim.split()).rstrip(". ")
        if not sentence:
            raise ValueError("a claim can't be empty")
        sentence = sentence.replace("{", "(").replace("}", ")")
        return cls(
            id=id or slug(sentence),
            name=sentence,
            favor=(f"{{speaker}} agrees with the claim: {sentence}.",),
            against=(f"{{speaker}} disagrees with the claim: {sentence}.",),
        )


def fill(hypothesis: str, speaker: str | None) -> str:
    """A hypothesis about a speaker; other braces are left as they are."""
    return hypothesis.replace("{speaker}", speaker or ANONYMOUS)


def build_premise(text: str, *, speaker: str | None = None, context: str | None = None) -> str:
    """A premise: the sentence before, if any, the speaker's name, and the statement.

    The name goes in front so that pronouns and bare quotations have an owner;
    it is left out where the statement begins with it anyway.
    """
    statement = " ".join(text.split())
    named = speaker and re.match(re.escape(speaker) + r"(?!\w)", statement, re.IGNORECASE)
    if speaker and not named:
        statement = f"{speaker}: {statement}"
    if context and context.strip():
        statement = f"{' '.join(context.split())} {statement}"
    return statement


def leans(content: str) -> bool:
    """Whether a content needs the sentence before it: it is short, or points back."""
    return len(content.split()) < _SHORT_WORDS or bool(_LEANING.search(content))


@dataclass(frozen=True, slots=True)
class Premise:
    """What is scored: a statement's text with its speaker and the sentence before."""

    text: str
    speaker: str | None = None
    context: str | None = None

    @classmethod
    def of(cls, statement: str | Statement | Mapping[str, Any] | Premise) -> Premise:
        """From a string, a `Statement`, or a record with ``text``, ``speaker``, ``context``.

        Raises:
            TypeError: It is none of these, or the record has no text.
        """
        if isinstance(statement, Premise):
            return statement
        if isinstance(statement, str):
            return cls(statement)
        if isinstance(statement, Statement):
            name = statement.speaker.name if statement.speaker else None
            return cls(statement.text or statement.content, name, statement.context or None)
        if isinstance(statement, Mapping) and isinstance(statement.get("text"), str):
            return cls(
                statement["text"],
                statement.get("speaker") or None,
                statement.get("context") or None,
            )
        raise TypeError(
            f"expected a string, a Statement or a record with text, got {type(statement).__name__}"
        )

    def render(self) -> str:
        """The premise as the model reads it."""
        return build_premise(self.text, speaker=self.speaker, context=self.context)
