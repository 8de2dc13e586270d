"""spaCy: a `DocBin` whose documents hold the spans as span groups.

``doc.spans["sc"]``, the group that spaCy's span categorizer reads by default,
holds all spans with the labels SOURCE, CUE and CONTENT; the spans of a statement
share a span id ("s1"). ``doc.user_data["stancekit"]`` holds the document's id,
and kind, modality and speaker by span id. Tokens are spaCy's English ones, cut
where a span begins or ends inside of one, so that every span fits.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stancekit.annotations.model import (
    Attribution,
    LabelledText,
    Problems,
    Range,
    checked,
    labelled_text,
)
from stancekit.attribution.tags import ROLES
from stancekit.errors import DataError, MissingExtraError
from stancekit.types import Report

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

SPAN_KEY = "sc"
_DATA_KEY = "stancekit"
_ANSWERS = ("kind", "modality", "speaker")
_LABELS = {role.upper(): role for role in ROLES}


def _blank() -> Language:
    try:
        import spacy  # noqa: F401 (only whether it is there)
    except ImportError as error:
        raise MissingExtraError("A spaCy DocBin", "spacy") from error
    return _english()


@cache
def _english() -> Language:
    # Making one takes longer than an article does.
    import spacy

    return spacy.blank("en")


def _document(labelled: LabelledText, nlp: Language) -> Doc:
    from spacy.tokens import Doc, Span

    edges = {
        edge
        for attribution in labelled.attributions
        for role in ROLES
        for span in attribution.ranges(role)
        for edge in span
    }
    words: list[str] = []
    spaces: list[bool] = []
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    # Not nlp(text), which refuses texts of more than a million characters.
    for token in nlp.tokenizer(labelled.text):
        stop = token.idx + len(token.text)
        cuts = [token.idx, *(e for e in range(token.idx + 1, stop) if e in edges), stop]
        for start, end in pairwise(cuts):
            starts[start] = len(words)
            ends[end] = len(words) + 1
            words.append(labelled.text[start:end])
            spaces.append(end == stop and bool(token.whitespace_))
    document = Doc(nlp.vocab, words=words, spaces=spaces)
    spans = []
    answers: dict[str, dict[str, str]] = {}
    for number, attribution in enumerate(labelled.attributions, start=1):
        id = f"s{number}"
        answers[id] = {key: v for key in _ANSWERS if (v := getattr(attribution, key))}
        for role in ROLES:
            for start, end in attribution.ranges(role):
                spans.append(
                    Span(document, starts[start], ends[end], label=role.upper(), span_id=id)
                )
    document.spans[SPAN_KEY] = spans
    document.user_data[_DATA_KEY] = {"id": labelled.id, "statements": answers}
    return document


def docbin_bytes(reports: Iterable[Report]) -> bytes:
    """Reports as a `DocBin`; save it under a name that ends in ``.spacy``.

    Raises:
        MissingExtraError: spaCy is not installed.
    """
    nlp = _blank()
    from spacy.tokens import DocBin

    store = DocBin(store_user_data=True)
    for report in reports:
        store.add(_document(labelled_text(report), nlp))
    data: bytes = store.to_bytes()
    return data


def _attributions(document: Doc, where: str, problems: Problems) -> list[Attribution]:
    text = document.text
    data: Any = document.user_data.get(_DATA_KEY)
    known = data.get("statements") if isinstance(data, dict) else None
    statements: dict[str, dict[str, list[Range]]] = {}
    found: list[Attribution] = []
    for span in document.spans.get(SPAN_KEY, ()):
        role = _LABELS.get(span.label_)
        if role is None:
            continue
        id = span.id_
        if not id and role != "content":
            problems.say(where, f"the {role} {span.text!r} has no span id to link it by")
            continue
        # A content alone needs no id.
        key = id or f"{span.start_char}-{span.end_char}"
        roles = statements.setdefault(key, {name: [] for name in ROLES})
        roles[role].append((span.start_char, span.end_char))
    for id, roles in statements.items():
        answers = known.get(id) if isinstance(known, dict) else None
        given = answers if isinstance(answers, dict) else {}
        extra = {key: str(given[key]) for key in _ANSWERS if key in given}
        try:
            found.append(checked(text, roles, **extra))
        except ValueError as error:
            problems.say(where, f"statement {id!r}: {error}")
    return found


def read_docbin(path: Path) -> list[LabelledText]:
    """Reads a `DocBin` with the span group ``sc``.

    Raises:
        DataError: It is no DocBin, or one message with the first twenty problems,
            each with the number of its document.
        MissingExtraError: spaCy is not installed.
    """
    nlp = _blank()
    from spacy.tokens import DocBin

    try:
        documents = list(DocBin().from_bytes(path.read_bytes()).get_docs(nlp.vocab))
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from error
    except Exception as error:  # zlib's, msgpack's and spaCy's own, which share no base
        raise DataError(f"{path}: not a spaCy DocBin: {error}") from error
    problems = Problems()
    found = []
    for number, document in enumerate(documents, start=1):
        where = f"{path}, document {number}"
        attributions = _attributions(document, where, problems)
        data = document.user_data.get(_DATA_KEY)
        known = data.get("id") if isinstance(data, dict) else None
        id = str(known or f"{path.name}:{number}")
        found.append(LabelledText(id, document.text, tuple(attributions)))
    problems.settle()
    if not any(SPAN_KEY in document.spans for document in documents):
        raise DataError(f"{path}: no document has the span group {SPAN_KEY!r}")
    return found
