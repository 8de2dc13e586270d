"""From statements to one line per speaker and target, with an interval."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stancekit.types import Speaker, SpeakerSummary, StanceLabel, Statement, TargetRef

_RESAMPLES = 2000
# A mean score nearer to zero than this takes no side: statements contradict each other.
_UNDECIDED = 0.1


def speakers_of(statement: Statement) -> tuple[str, ...]:
    """Ids of the speakers for whom a statement counts: a joint speaker's members, or the one."""
    speaker = statement.speaker
    if speaker is None:
        return ()
    return speaker.members or (speaker.id,)


def label_of(score: float) -> StanceLabel:
    """The side that a mean score takes; none where it is near zero."""
    return "favor" if score > _UNDECIDED else "against" if score < -_UNDECIDED else "none"


def interval(probabilities: Sequence[Sequence[float]], *, seed: int = 0) -> tuple[float, float]:
    """A 95 % interval of a speaker's mean score, in [-1, 1].

    A parametric bootstrap: statements are drawn with replacement, and each
    draw takes a stance (favor 1, none 0, against -1) with the statement's
    probabilities, mixed with an even guess that weighs as much as one
    statement more. With one statement the interval is therefore wide, as it
    should be: one sentence does not settle where somebody stands.

    Args:
        probabilities: ``(n, 3)`` favor, against, none of the statements behind a score.
        seed: Of the resampling.
    """
    p = np.asarray(probabilities, dtype=np.float64)
    n = len(p)
    mixed = (n * p + 1 / 3) / (n + 1)
    # To draw a statement and then its stance is to draw from the mean of their probabilities,
    # so that the counts of a resample are multinomial, and cost the same for any n.
    mean = mixed.mean(axis=0)
    counts = np.random.default_rng(seed).multinomial(n, mean / mean.sum(), size=_RESAMPLES)
    low, high = np.percentile((counts[:, 0] - counts[:, 1]) / n, [2.5, 97.5])
    return float(low), float(high)


def mean_stance(
    probabilities: Sequence[Sequence[float]],
) -> tuple[StanceLabel, float, float, float]:
    """Label, mean score and 95 % interval of statements that take a side.

    Args:
        probabilities: ``(n, 3)`` favor, against, none; at least one row.
    """
    score = float(np.mean([favor - against for favor, against, _ in probabilities]))
    low, high = interval(probabilities)
    return label_of(score), score, min(low, score), max(high, score)


def summarize(
    statements: Sequence[Statement], speakers: Sequence[Speaker], targets: Sequence[TargetRef]
) -> tuple[SpeakerSummary, ...]:
    """Speaker by target, for all who made a statement; joint statements count for each member.

    The score is the mean over the statements that take a side; where none
    does, the label is none and the score 0.
    """
    behind: dict[str, list[Statement]] = {}
    for statement in statements:
        for identity in speakers_of(statement):
            behind.setdefault(identity, []).append(statement)
    summaries = []
    for speaker in (s for s in speakers if s.id in behind):
        for target in targets:
            taking = [
                s
                for s in behind[speaker.id]
                if target.id in s.stances and s.stances[target.id].label != "none"
            ]
            if not taking:
                summaries.append(SpeakerSummary(speaker.id, target.id, "none", 0.0, 0.0, 0.0, ()))
                continue
            stances = [s.stances[target.id] for s in taking]
            label, score, low, high = mean_stance([(s.favor, s.against, s.none) for s in stances])
            behind_it = tuple(s.id for s in taking)
            summaries.append(
                SpeakerSummary(speaker.id, target.id, label, score, low, high, behind_it)
            )
    return tuple(summaries)
