"""Deterministic stand-ins for the models, for tests of stancekit and of what is built on it.

    from stancekit.testing import fake_pipeline

    report = fake_pipeline(targets=["a carbon tax"]).run("Ann Roe said she supports a carbon tax.")
    report.statements[0].stances["a-carbon-tax"].label  # "favor"

Nothing is loaded and nothing is random: the same text always gives the same report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from stancekit.attribution.attributor import Attributor
from stancekit.attribution.modality import modality_of
from stancekit.attribution.quotes import find_quotes, quoted_share
from stancekit.hypotheses import Target
from stancekit.pipeline import StancePipeline
from stancekit.stance.scorer import StanceScorer
from stancekit.types import Document, Kind, Skipped, Span, Statement

_WORD = re.compile(r"\w+")
# Words that carry no topic, so that they don't count as shared.
_PLAIN = frozenset(
    "a an and at be by for from has have he her him his in is it its joining new not of on or "
    "she so that the their them they this to was we were will with".split()
)
_FAVOR_WORDS = frozenset(
    "support supports supported supporting favor favors favour favours back backs backed want "
    "wants wanted welcome welcomes welcomed agree agrees agreed approves".split()
)
_AGAINST_WORDS = frozenset(
    "oppose opposes opposed opposing against reject rejects rejected refuse refuses refused "
    "disagree disagrees disagreed condemns condemned fears".split()
)
_LABELS = ("entailment", "neutral", "contradiction")


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


class KeywordClassifier:
    """A `PairClassifier` that compares words, with the labels of a three-way NLI model.

    Its rules, in this order:

    1. Premise and hypothesis share no topic word (a word that neither takes a
       side, nor is a function word, nor belongs to the hypothesis's subject,
       which is what stands before its side word): **neutral**.
    2. The premise, without a leading ``Name:``, has a word for favor
       (supports, wants, backs ...) or one for against (opposes, rejects ...),
       but not both: **entailment** where the hypothesis has a word of the same
       side, **contradiction** where it has one of the other.
    3. Otherwise: **neutral**.

    A hypothesis without a word of either side counts as one for favor.

    Args:
        labels: The three labels, in the order in which the logits shall stand.
        confidence: Probability of the answer; the other two share the rest.
    """

    def __init__(self, *, labels: Sequence[str] = _LABELS, confidence: float = 0.9) -> None:
        if sorted(labels) != sorted(_LABELS):
            raise ValueError(f"expected the labels {', '.join(_LABELS)}, got {', '.join(labels)}")
        if not 1 / 3 < confidence < 1:
            raise ValueError(f"confidence must lie between 1/3 and 1, got {confidence}")
        self.labels = tuple(labels)
        self.confidence = confidence

    def answer(self, premise: str, hypothesis: str) -> str:
        """The label of one pair."""
        asked = _words(hypothesis)
        sides = [i for i, word in enumerate(asked) if word in _FAVOR_WORDS | _AGAINST_WORDS]
        side = asked[sides[0]] if sides else "supports"
        topic = set(asked[sides[0] + 1 :] if sides else asked) - _PLAIN
        said = set(_words(re.sub(r"^[^:\"“]{1,60}: ", "", premise)))
        if not topic & (said - _FAVOR_WORDS - _AGAINST_WORDS):
            return "neutral"
        favors, opposes = bool(said & _FAVOR_WORDS), bool(said & _AGAINST_WORDS)
        if favors == opposes:
            return "neutral"
        return "entailment" if favors == (side in _FAVOR_WORDS) else "contradiction"

    def logits(self, pairs: Sequence[tuple[str, str]]) -> npt.NDArray[np.float64]:
        """``(n, 3)`` in the order of ``labels``."""
        result = np.full((len(pairs), 3), np.log((1 - self.confidence) / 2))
        for row, (premise, hypothesis) in enumerate(pairs):
            result[row, self.labels.index(self.answer(premise, hypothesis))] = np.log(
                self.confidence
            )
        return result


_NAME = (
    r"(?:[A-Z][\w'’-]*(?: (?:of |and |the )?[A-Z][\w'’-]*)*|[Hh]e|[Ss]he|[Tt]hey|[Bb]oth leaders)"
)
_CUE = (
    r"(?:said|says|told \w+|wants|opposes|supports|rejects|denied|claimed|argued|added|asked|"
    r"declined to comment)"
)
# Roe said (that) X. / Roe wants X.
_BEFORE = re.compile(
    rf"^(?P<source>{_NAME}) (?P<cue>{_CUE})(?::|,)? (?:that )?(?P<content>\S.*)$", re.S
)
# "X," Roe said. / "X," said Roe.
_AFTER = re.compile(
    rf"^[,.]? ?(?:(?P<source>{_NAME}) (?P<cue>{_CUE})|(?P<cue2>{_CUE}) (?P<source2>{_NAME}))"
)


class RuleAttributor(Attributor):
    """An `Attributor` with three rules in place of models.

    A sentence is a statement where it reads

    1. ``Name said/says/wants/opposes ... (that) CONTENT``: the rest of the sentence is the content;
    2. ``"CONTENT," Name said`` or ``"CONTENT," said Name``;
    3. with no such words, for each quotation in it, a content without source and cue.

    A ``Name`` is a run of capitalised words, a pronoun or "both leaders".
    """

    def __init__(self) -> None:
        # Deliberately without the models of the base class.
        pass

    def read(self, document: Document) -> tuple[tuple[Statement, ...], tuple[Skipped, ...]]:
        """The statements of a document, and what could not be read."""
        quotes = find_quotes(document)
        statements: list[Statement] = []
        for number, sentence in enumerate(document.sentences):
            before = document.sentences[number - 1].text if number else ""
            inside = list(quotes.within(sentence.start, sentence.end))
            for source, cue, content in _rules(document, sentence, inside):
                share = quoted_share(quotes, (content,))
                kind: Kind = "direct" if share >= 0.9 else "mixed" if share > 0 else "indirect"
                statements.append(
                    Statement(
                        id=f"s{len(statements) + 1}",
                        contents=(content,),
                        source=source,
                        cue=cue,
                        kind=kind,
                        modality=modality_of(cue.text if cue else "", content=content.text),
                        text=sentence.text,
                        context=before,
                    )
                )
        return tuple(statements), quotes.skipped


def _rules(
    document: Document, sentence: Span, quotations: Iterable[Span]
) -> list[tuple[Span | None, Span | None, Span]]:
    match = _BEFORE.match(sentence.text)
    if match:
        source, cue, content = (
            document.span(sentence.start + match.start(group), sentence.start + match.end(group))
            for group in ("source", "cue", "content")
        )
        return [(source, cue, content)]
    found: list[tuple[Span | None, Span | None, Span]] = []
    for quotation in quotations:
        start, end = max(quotation.start, sentence.start), min(quotation.end, sentence.end)
        match = _AFTER.match(document.text[end : sentence.end])
        spans: list[Span | None] = [None, None]
        if match:
            names = ("source", "cue") if match["source"] else ("source2", "cue2")
            spans = [document.span(end + match.start(n), end + match.end(n)) for n in names]
        found.append((spans[0], spans[1], document.span(start, end)))
    return found


def fake_pipeline(
    *,
    targets: Sequence[Target | str] | None = None,
    min_confidence: float = 0.0,
    any_language: bool = False,
) -> StancePipeline:
    """A `StancePipeline` of `RuleAttributor` and `KeywordClassifier`.

    Args:
        targets: As for `StancePipeline`.
        min_confidence: As for `StancePipeline`.
        any_language: As for `StancePipeline`.
    """
    return StancePipeline(
        targets=targets,
        min_confidence=min_confidence,
        any_language=any_language,
        attributor=RuleAttributor(),
        scorer=StanceScorer(KeywordClassifier(), name="keywords"),
    )
