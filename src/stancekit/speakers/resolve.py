"""Every source becomes a canonical speaker, or none where the article leaves it open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from stancekit.speakers import headlines
from stancekit.speakers.discourse import Discourse
from stancekit.speakers.leads import identify_lead
from stancekit.speakers.phrases import clean
from stancekit.speakers.reading import resolve_source
from stancekit.speakers.registry import Entity, type_of
from stancekit.speakers.unsourced import inferred_subject, running_speaker
from stancekit.types import Document, Speaker, Statement

# Sources, from the first, among which the name that a lead puts off may come.
_LEAD = 12


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
    discourse = Discourse(document, statements)
    # Sources inside another statement's content come last: "my wife" needs to know whose
    # words it stands in, and what it says is no part of the article's own thread.
    order = sorted(
        range(len(statements)), key=lambda i: (discourse.is_nested(i), _position(statements[i], i))
    )
    looking = _LEAD
    for i in order:
        statement = statements[i]
        source = statement.source or inferred_subject(statement)
        if source is None:
            entity = running_speaker(discourse, i)
        else:
            entity = resolve_source(discourse, i, source)
            if entity is not None:
                span = clean(discourse.document, source)
                entity.mentions.append((span.start, span.end))
        discourse.answers[i] = entity
        if entity is not None and statement.source is not None and not discourse.is_nested(i):
            discourse.sources.append((statement.source.start, entity))
            looking -= 1
            if looking > 0 and identify_lead(discourse):
                looking = 0
    _resolve_headline(discourse)
    return _freeze(discourse)


def _resolve_headline(discourse: Discourse) -> None:
    """Gives statements of the headline that name nobody the speaker of the article below."""
    title = headlines.title_of(discourse.document)
    if title is None:
        return
    below = [
        (statement, answer)
        for i, (statement, answer) in enumerate(
            zip(discourse.statements, discourse.answers, strict=True)
        )
        if answer is not None and statement.start >= title.end and not discourse.is_nested(i)
    ]
    for i, statement in enumerate(discourse.statements):
        if statement.end > title.end:
            continue
        answer = discourse.answers[i]
        if (
            answer is None
            or (answer.anonymous and not answer.plural)
            or (
                statement.source is not None
                and headlines.is_bare_role(statement.source)
                and all(start < title.end for start, _ in answer.mentions)
            )
        ):
            discourse.answers[i] = (
                headlines.speaker_below(statement, below, discourse.registry) or answer
            )


def _position(statement: Statement, i: int) -> tuple[int, int]:
    """Where a statement comes in the order of resolution."""
    if statement.source is not None:
        return (statement.source.start, i)
    spans = statement.spans
    return (min((s.start for s in spans), default=0), i)


def _freeze(discourse: Discourse) -> tuple[tuple[Statement, ...], tuple[Speaker, ...]]:
    """The statements with their speakers, and the speakers in order of their first mention."""
    registry = discourse.registry
    used: set[int] = set()
    stack = [e.index for e in discourse.answers if e is not None]
    while stack:
        index = stack.pop()
        if index not in used:
            used.add(index)
            stack.extend(registry.entities[index].members)
    entities = [registry.entities[k] for k in used]
    spans = {e.index: sorted(set(e.mentions)) for e in entities}

    def first(entity: Entity) -> tuple[int, int]:
        own = spans[entity.index]
        return (own[0][0] if own else len(discourse.text), entity.index)

    entities.sort(key=first)
    ids = {e.index: f"p{k}" for k, e in enumerate(entities, 1)}
    speakers = {
        e.index: Speaker(
            id=ids[e.index],
            name=e.name,
            type=type_of(e),
            mentions=tuple(discourse.document.span(*s) for s in _outermost(spans[e.index])),
            members=tuple(ids[m] for m in e.members),
        )
        for e in entities
    }
    answered = tuple(
        replace(s, speaker=speakers[e.index] if e is not None else None)
        for s, e in zip(discourse.statements, discourse.answers, strict=True)
    )
    return answered, tuple(speakers[e.index] for e in entities)


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
