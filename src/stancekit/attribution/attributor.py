"""The first stage as users call it: `Attributor`."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable
from pathlib import Path

from stancekit.attribution.beside import completed
from stancekit.attribution.bounds import bounded
from stancekit.attribution.layers import Draft, with_layers
from stancekit.attribution.linking import Linker
from stancekit.attribution.modality import modality_of
from stancekit.attribution.quotes import Quotes, find_quotes, quoted_share
from stancekit.attribution.silent import speaks
from stancekit.attribution.tagger import Tagger
from stancekit.attribution.tags import Decoding, TaggedSpan
from stancekit.attribution.utterances import find_turns
from stancekit.errors import ModelError
from stancekit.hypotheses import leans
from stancekit.inference.folder import ModelFolder
from stancekit.text import read_document
from stancekit.types import Document, Kind, Skipped, Span, Statement

BUNDLED = Path(__file__).parent.parent / "models" / "attribution"

_MAX_TEXT = 900  # characters; a source far from its content is not worth what stands between


class Attributor:
    """Finds the attributed statements of an article.

    Use `from_pretrained` to load one.

    Args:
        tagger: Finds the spans.
        linker: Joins them.
    """

    def __init__(self, tagger: Tagger, linker: Linker) -> None:
        self.tagger = tagger
        self.linker = linker

    @classmethod
    def from_pretrained(
        cls, model: str | Path | None = None, *, threads: int | None = None, precision: str = "auto"
    ) -> Attributor:
        """Loads the bundled model, or a model folder.

        Args:
            model: A folder; None or ``"bundled"`` for the model that ships with stancekit.
            threads: Threads of one computation; by default one for each core.
            precision: ``"auto"``, ``"int8"``, ``"mixed"`` or ``"float32"``.

        Raises:
            ModelError: The folder lacks something or is for another purpose.
        """
        from stancekit.inference.session import OnnxClassifier

        folder = ModelFolder.open(BUNDLED if model in (None, "bundled") else str(model))
        folder.expect("attribution")
        classifier = OnnxClassifier(folder, threads=threads, precision=precision)
        try:
            decoding = Decoding(**folder.numbers("decoding"))
        except TypeError as error:
            raise ModelError(f"{folder.path}: stancekit.json holds no decoding") from error
        tagger = Tagger(
            classifier,
            folder.tokenizer(),
            max_length=folder.max_length(256),
            decoding=decoding,
        )
        return cls(tagger, Linker.load(folder.path, decoding=decoding))

    def attribute(self, text: str) -> list[Statement]:
        """The statements of a text, in text order, without speakers and stances."""
        return list(self.read(read_document(text))[0])

    def read(self, document: Document) -> tuple[tuple[Statement, ...], tuple[Skipped, ...]]:
        """The statements of a document, and what could not be read."""
        return self.assemble(document, self.tagger.tag(document))

    def assemble(
        self, document: Document, tagged: Iterable[TaggedSpan]
    ) -> tuple[tuple[Statement, ...], tuple[Skipped, ...]]:
        """The same from spans that are tagged already."""
        spans = [s for s in tagged if _says_something(document, s)]
        quotes = find_quotes(document)
        turns = find_turns(document)
        turn_starts = frozenset(turn.start for turn in turns)
        links, by_role = self.linker.link(document, spans, quotes, turns)
        drafts: list[Draft] = []
        for link in links:
            pieces = [by_role["content"][i] for i in link.contents]
            cue = by_role["cue"][link.cue] if link.cue is not None else None
            source = by_role["source"][link.source] if link.source is not None else None
            if cue is None and source is None and not _is_quoted(quotes, pieces):
                # Neither a cue nor quotation marks: nothing says that anybody said it.
                continue
            parts = [*pieces, *(s for s in (cue, source) if s is not None)]
            confidence = sum(s.probability for s in parts) / len(parts) * link.probability
            drafts.append(
                Draft(
                    contents=tuple(document.span(s.start, s.end) for s in pieces),
                    cue=document.span(cue.start, cue.end) if cue else None,
                    source=document.span(source.start, source.end) if source else None,
                    confidence=confidence,
                )
            )
        statements = [
            make_statement(
                document,
                quotes,
                number=number,
                contents=draft.contents,
                cue=draft.cue,
                source=draft.source,
                confidence=draft.confidence,
                turns=turn_starts,
            )
            for number, draft in enumerate(_finished(document, quotes, drafts, turn_starts), 1)
        ]
        return tuple(statements), quotes.skipped


def _finished(
    document: Document, quotes: Quotes, drafts: Iterable[Draft], turns: Collection[int]
) -> list[Draft]:
    """The drafts with what the text itself tells about them, in text order."""
    whole = [completed(document, draft) for draft in drafts]
    layered = with_layers(document, quotes, [draft for draft in whole if speaks(document, draft)])
    finished = []
    for draft in layered:
        found = bounded(document, draft, is_turn=draft.contents[0].start in turns)
        if found.is_apart or draft.is_apart:
            finished.append(found if found.is_apart else draft)
    return finished


# A content of nothing else is a piece of one.
_EMPTY = frozenset("a an the to of in on at by with from and or as".split())


def _says_something(document: Document, span: TaggedSpan) -> bool:
    if span.role == "cue":
        return True  # a colon or a dash can be one
    empty = _EMPTY if span.role == "content" else ()
    words = re.finditer(r"[^\W_]+", document.text[span.start : span.end])
    return any(word[0].lower() not in empty for word in words)


def _is_quoted(quotes: Quotes, pieces: list[TaggedSpan]) -> bool:
    return any(next(quotes.within(p.start, p.end), None) is not None for p in pieces)


def _kind(share: float) -> Kind:
    # A word or two outside the marks, a stray "that", does not make a quotation mixed.
    return "direct" if share >= 0.9 else "mixed" if share > 0 else "indirect"


def make_statement(
    document: Document,
    quotes: Quotes,
    *,
    number: int,
    contents: tuple[Span, ...],
    cue: Span | None,
    source: Span | None,
    confidence: float,
    turns: Collection[int] = (),
) -> Statement:
    """A statement from its spans, with its kind, modality, text and context.

    Args:
        document: Where the spans are.
        quotes: The quotation marks of the document.
        number: Its number in the document, from 1.
        contents: In text order, at least one.
        cue: The cue, if any.
        source: The source, if any.
        confidence: In [0, 1].
        turns: Where the turns of a transcript begin, whose words need no marks to be direct.
    """
    spans = [*contents, *(s for s in (cue, source) if s is not None)]
    start, end = min(s.start for s in spans), max(s.end for s in spans)
    if end - start > _MAX_TEXT:
        text = " ".join(s.text for s in contents)
        start = contents[0].start
    else:
        text = document.text[start:end]
    content = " ".join(s.text for s in contents)
    is_turn = contents[0].start in turns and (cue is None or cue.text == ":")
    return Statement(
        id=f"s{number}",
        contents=contents,
        source=source,
        cue=cue,
        kind="direct" if is_turn else _kind(quoted_share(quotes, contents)),
        modality=modality_of(cue.text if cue else "", content=content),
        confidence=round(min(1.0, max(0.0, confidence)), 4),
        text=text,
        context=_sentence_before(document, start) if leans(content) else "",
    )


def _sentence_before(document: Document, position: int) -> str:
    """The sentence that ends before the one at a position."""
    index = bisect_right(document.sentences, position, key=lambda s: s.start) - 1
    return document.sentences[index - 1].text if index >= 1 else ""
