"""Stance in articles: of the gold statements, and of the speakers end to end."""

from __future__ import annotations

from collections.abc import Iterator

from stancekit.evaluation.articles import Article, GoldSpeaker, GoldStatement
from stancekit.evaluation.names import name_words, same_speaker
from stancekit.evaluation.stance import StanceItem
from stancekit.hypotheses import Premise, leans
from stancekit.text import read_document
from stancekit.types import Report, Speaker, StanceLabel


def premise_of(article: Article, statement: GoldStatement) -> Premise:
    """A gold statement as the scorer takes it.

    The text is the stretch from the first to the last of its spans, the speaker
    the canonical one, and the context the sentence before where the content
    leans on it, by the attributor's rule.
    """
    spans = statement.spans
    start, end = spans[0].start, max(s.end for s in spans)
    speaker = article.speaker(statement.speaker)
    context = None
    if leans(" ".join(span.text for span in statement.contents)):
        before = [s for s in read_document(article.text).sentences if s.end <= start]
        context = before[-1].text if before else None
    return Premise(article.text[start:end], speaker.name if speaker else None, context)


def gold_statement_items(article: Article) -> list[StanceItem]:
    """Every gold statement toward every target; a target that it doesn't name counts as none."""
    return [
        StanceItem(
            premise_of(article, statement),
            target.target(),
            statement.stances.get(target.id, "none"),
            where=f"{article.id}:{statement.id}",
            group=article.id,
        )
        for statement in article.statements
        for target in article.targets
    ]


def match_speakers(article: Article, report: Report) -> dict[str, Speaker]:
    """The report's speaker for each gold one that has one, by the gold id.

    Equal names are paired first, then names of which one is in the other, those
    with more statements before those with fewer; each speaker is used once.
    """
    spoken = [s.speaker.id for s in report.statements if s.speaker]
    found = sorted((s for s in report.speakers if not s.members), key=lambda s: -spoken.count(s.id))
    gold = [s for s in article.speakers if not s.members]
    result: dict[str, Speaker] = {}

    def take(wanted: GoldSpeaker, speaker: Speaker) -> None:
        result[wanted.id] = speaker
        found.remove(speaker)

    for wanted in gold:
        for speaker in found:
            if name_words(speaker.name) == name_words(wanted.name):
                take(wanted, speaker)
                break
    for wanted in gold:
        if wanted.id in result:
            continue
        others = [s.name for s in gold if s.type == wanted.type and s.id != wanted.id]
        for speaker in found:
            if same_speaker(speaker.name, wanted.name, others=others):
                take(wanted, speaker)
                break
    return result


def speaker_stance_items(
    article: Article, report: Report
) -> Iterator[tuple[StanceItem, StanceLabel]]:
    """Gold speakers' stances with what the report's summaries say.

    A speaker that wasn't found, or has no summary, counts as none. A stance
    that the report gives to someone who isn't a gold speaker counts as an item
    whose gold label is none.
    """
    matched = match_speakers(article, report)
    summaries = {(s.speaker, s.target): s.label for s in report.summaries}
    for speaker in article.speakers:
        if speaker.members:
            continue
        found = matched.get(speaker.id)
        for target in article.targets:
            item = StanceItem(
                Premise("(the whole article)", speaker.name),
                target.target(),
                speaker.stances.get(target.id, "none"),
                where=article.id,
                group=article.id,
            )
            yield item, summaries.get((found.id, target.id), "none") if found else "none"
    known = {s.id for s in matched.values()}
    joint = {s.id for s in report.speakers if s.members}
    names = {s.id: s.name for s in report.speakers}
    for target in article.targets:
        for (speaker_id, target_id), label in summaries.items():
            if target_id != target.id or label == "none" or speaker_id in known | joint:
                continue
            item = StanceItem(
                Premise("(not a speaker of this article)", names.get(speaker_id, speaker_id)),
                target.target(),
                "none",
                where=article.id,
                group=article.id,
            )
            yield item, label
