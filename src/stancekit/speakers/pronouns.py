"""Which of the people in sight a "he" or "she" means: a linear model over plain evidence.

No parser: what a parser would tell is read off the words next to the name and
the pronoun (does a verb follow the name, does a preposition stand before it,
how many clause openers lie between). The weights come from GAP (Webster et al.
2018, "Mind the GAP: A Balanced Corpus of Gendered Ambiguous Pronouns") through
`python -m stancekit.training.pronouns`, and the same functions make the
features there and here.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from stancekit.speakers.tokens import Token

MALE_PRONOUNS = frozenset("he him his himself".split())
FEMALE_PRONOUNS = frozenset("she her hers herself".split())
_GENDERED = MALE_PRONOUNS | FEMALE_PRONOUNS

_AUXILIARIES = frozenset(
    "is was has had did does would will can could may might must should said says told asked "
    "became began made took gave went came got found left won lost met saw knew felt thought "
    "wrote sang played died led ran grew held kept brought bought taught fell fought put let set "
    "stood spoke joined also then later never first soon who".split()
)
_CLAUSE_OPENERS = frozenset(
    "and but or that when while who which whom whose because as if after before where although "
    "though until since so for".split()
)
_SUBORDINATORS = frozenset(
    "that when while because as if after before where although though until since once "
    "unless whether".split()
)
_PREPOSITIONS = frozenset(
    "of in to for with on at from by about against between into through during under over "
    "alongside opposite including like than via toward towards behind".split()
)
_DETERMINERS = frozenset("the a an this that these those".split())
_REPORTING = frozenset(
    "said says told tells added asked wrote claimed stated noted argued explained recalled "
    "announced replied insisted admitted revealed suggested".split()
)
# A window beyond which nobody is in sight, in characters.
WINDOW = 2_500
# Two candidates closer than this are a toss-up, which is left open.
MARGIN = 0.08


@dataclass(frozen=True, slots=True)
class Mention:
    """One mention of a possible antecedent: its first and last token, and whose it is."""

    first: int
    last: int
    entity: int
    gender: str = ""
    full: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """A text as the features see it.

    Attributes:
        tokens: All tokens.
        sentence_starts: Where the sentences start, in characters.
        paragraph_starts: Where the paragraphs start, in characters.
        quotes: Stretches between quotation marks, in text order.
        mentions: Mentions of people, in text order.
        mention_starts: The first token of each mention.
        gendered: Indices of the tokens that are he, she and their forms.
    """

    tokens: Sequence[Token]
    sentence_starts: Sequence[int]
    paragraph_starts: Sequence[int]
    quotes: Sequence[tuple[int, int]]
    mentions: Sequence[Mention]
    mention_starts: Sequence[int]
    gendered: Sequence[int]

    def sentence(self, token: int) -> int:
        """Index of a token's sentence."""
        return bisect_right(self.sentence_starts, self.tokens[token].start) - 1

    def sentence_token(self, token: int) -> int:
        """How many tokens stand before this one in its sentence, at most 60."""
        start = self.sentence_starts[max(0, self.sentence(token))]
        count = 0
        while token - count > 0 and count < 60 and self.tokens[token - count - 1].start >= start:
            count += 1
        return count

    def quoted(self, token: int) -> bool:
        """Whether a token stands between quotation marks."""
        start = self.tokens[token].start
        k = bisect_right(self.quotes, (start, 1 << 62)) - 1
        return k >= 0 and self.quotes[k][0] < start < self.quotes[k][1]

    def word(self, token: int) -> str:
        """A token in small letters, or "" outside the text."""
        return self.tokens[token].lower if 0 <= token < len(self.tokens) else ""


def gender_of(pronoun: str) -> str:
    """Either "m" or "f" for a gendered pronoun, else ""."""
    return "m" if pronoun in MALE_PRONOUNS else "f" if pronoun in FEMALE_PRONOUNS else ""


def case_of(scene: Scene, token: int) -> str:
    """One of "subject", "object", "possessive" or "reflexive", for the pronoun at a token."""
    word = scene.word(token)
    if word in {"he", "she"}:
        return "subject"
    if word in {"himself", "herself"}:
        return "reflexive"
    if word == "him":
        return "object"
    if word in {"his", "hers"}:
        return "possessive"
    after = scene.word(token + 1)
    if not after or not after[0].isalnum():
        return "object"
    small = _PREPOSITIONS | _CLAUSE_OPENERS | _DETERMINERS | _GENDERED | _AUXILIARIES
    return "object" if after in small or after in {"up", "out", "off", "down"} else "possessive"


def _verb_like(word: str) -> bool:
    return word in _AUXILIARIES or (len(word) > 3 and word.endswith("ed"))


@dataclass(frozen=True, slots=True)
class _Place:
    """What the words around a mention tell about its part in the sentence."""

    subject: bool
    opens: bool
    object: bool
    after_preposition: str
    possessive: bool
    in_brackets: bool
    coordinated: bool
    apposed: bool
    relative: bool
    verb_after: bool
    kin: bool
    position: int


def _place(scene: Scene, mention: Mention) -> _Place:
    before, after = scene.word(mention.first - 1), scene.word(mention.last + 1)
    token = scene.tokens[mention.last]
    position = scene.sentence_token(mention.first)
    opens = position == 0 or (position <= 6 and before == ",")
    clause = before in _SUBORDINATORS or before in {",", ";", "and", "but", "who", "—", "–"}
    verb_after = _verb_like(after) or (
        after.isalpha() and after.endswith("s") and len(after) > 3 and after not in _PREPOSITIONS
    )
    relative = after == "," and scene.word(mention.last + 2) in {"who", "whose", "whom"}
    subject = not token.possessive and (
        (verb_after and before not in _PREPOSITIONS)
        or (opens and before not in _PREPOSITIONS)
        or (clause and verb_after)
    )
    kin = any(scene.word(mention.first - k) in _GENDERED for k in range(1, 5))
    return _Place(
        subject=subject,
        opens=opens,
        object=_verb_like(before),
        after_preposition=before if before in _PREPOSITIONS else "",
        possessive=token.possessive or after in {"'", "’"},
        in_brackets=before == "(" or after == ")",
        coordinated=before == "and" or after == "and",
        apposed=before == "," and after in {",", "."},
        relative=relative,
        verb_after=verb_after,
        kin=kin,
        position=position,
    )


def features(scene: Scene, pronoun: int, entity: int, low: int, high: int) -> dict[str, float]:
    """Evidence that the pronoun at a token means an entity.

    Args:
        scene: The text.
        pronoun: Index of the pronoun's token.
        entity: The candidate, by the number its mentions carry.
        low: First of the mentions in sight.
        high: One past the last of the mentions in sight.

    Returns:
        Named values; a name that is missing counts as 0.
    """
    f: dict[str, float] = {"bias": 1.0}
    case = case_of(scene, pronoun)
    gender = gender_of(scene.word(pronoun))
    window = scene.mentions[low:high]
    own = [m for m in window if m.entity == entity]
    before = [m for m in own if m.first < pronoun]
    after = [m for m in own if m.first > pronoun]
    here = scene.sentence(pronoun)
    position = scene.sentence_token(pronoun)
    previous = scene.word(pronoun - 1)
    quoted = scene.quoted(pronoun)
    opens = position <= 1
    f[f"case={case}"] = 1.0

    nearest = before[-1] if before else after[0] if after else None
    if nearest is None:
        f["absent"] = 1.0
        return f
    place = _place(scene, nearest)
    span = (nearest.last, pronoun) if before else (pronoun, nearest.first)
    distance = scene.sentence(pronoun) - scene.sentence(nearest.first)
    tokens = span[1] - span[0]
    kind = (
        "same"
        if distance == 0
        else "back1"
        if distance == 1
        else "back2"
        if distance == 2
        else "far"
    )
    if not before:
        kind = "ahead-same" if distance == 0 else "ahead"
    f[f"at={kind}"] = 1.0
    f[f"at={kind}&case={case}"] = 1.0
    f["log-distance"] = math.log1p(tokens) / 4
    f[f"log-distance&{kind}"] = math.log1p(tokens) / 4

    def both(name: str, value: bool) -> None:
        if value:
            f[name] = 1.0
            f[f"{name}&case={case}"] = 1.0
            f[f"{name}&at={kind}"] = 1.0

    both("subject", place.subject)
    both("opens", place.opens)
    both("object", place.object)
    both("possessive", place.possessive)
    both("preposition", bool(place.after_preposition))
    if place.after_preposition:
        f[f"prep={place.after_preposition}"] = 1.0
    both("brackets", place.in_brackets)
    both("coordinated", place.coordinated)
    both("apposed", place.apposed)
    both("relative", place.relative)
    both("verb-after", place.verb_after)
    both("kin", place.kin)
    both("full", nearest.full)
    f["position"] = min(place.position, 30) / 15

    # Any mention as a subject in this sentence or the one before.
    lead = [m for m in before if scene.sentence(m.first) >= here - 1]
    places = [(_place(scene, m), scene.sentence(m.first)) for m in lead]
    both("subject-here", any(p.subject for p, s in places if s == here))
    both("subject-back1", any(p.subject for p, s in places if s == here - 1))
    both("opens-here", any(p.opens for p, s in places if s == here))
    both("opens-back1", any(p.opens for p, s in places if s == here - 1))

    # Who else is in sight.
    others = [m for m in window if m.entity != entity]
    between = {
        m.entity for m in others
        if (nearest.first < m.first < pronoun if before else pronoun < m.first < nearest.first)
    }  # fmt: skip
    f["between"] = min(len(between), 4) / 2
    f[f"between={min(len(between), 2)}&at={kind}"] = 1.0
    rivals = [m for m in others if m.first < pronoun]
    rival = rivals[-1] if rivals else None
    if before and (rival is None or rival.first < nearest.first):
        both("most-recent", True)
    same_sentence = [m for m in window if m.first < pronoun and scene.sentence(m.first) == here]
    if same_sentence:
        both("first-here", same_sentence[0].entity == entity)
        f["alone-here"] = float(all(m.entity == entity for m in same_sentence))
    last_sentence = [m for m in window if scene.sentence(m.first) == here - 1]
    if last_sentence:
        both("first-back1", last_sentence[0].entity == entity)
        f["alone-back1"] = float(all(m.entity == entity for m in last_sentence))
    if not same_sentence and before and distance == 1:
        both("first-back1-open", bool(last_sentence) and last_sentence[0].entity == entity)

    counts: dict[int, int] = {}
    for m in window:
        counts[m.entity] = counts.get(m.entity, 0) + 1
    top = max((c for e, c in counts.items() if e != entity), default=0)
    f["count"] = min(counts.get(entity, 0), 5) / 3
    both("most-frequent", counts.get(entity, 0) > top)
    both("frequent-tie", counts.get(entity, 0) == top)
    f["repeated"] = float(counts.get(entity, 0) > 1)
    both("first-in-text", bool(window) and window[0].entity == entity)
    f["rivals"] = min(len(counts), 8) / 4

    # Pronouns of the same and the other gender, before and between.
    g_low = bisect_right(scene.gendered, max(0, pronoun - 400))
    g_high = bisect_right(scene.gendered, pronoun - 1)
    earlier = [g for g in scene.gendered[g_low:g_high] if gender_of(scene.word(g)) == gender]
    opposite = [g for g in scene.gendered[g_low:g_high] if gender_of(scene.word(g)) != gender]
    chain = [g for g in earlier if g > nearest.last]
    f["chain-between"] = min(len(chain), 4) / 2
    f["opposite-between"] = min(len([g for g in opposite if g > nearest.last]), 3) / 2
    f["pronouns-before-name"] = min(len([g for g in earlier if g < own[0].first]), 4) / 2
    f["chain-same-sentence"] = float(any(scene.sentence(g) == here for g in chain))
    if not before:
        f["pronouns-before&ahead"] = min(len(earlier), 3) / 2
    # A pronoun right after the candidate takes up the candidate more often than not.
    first_chain = chain[0] if chain else None
    if first_chain is not None and first_chain - nearest.last < 12:
        both("taken-up", True)

    # Between the two: clause openers, verbs, stops.
    stretch = [scene.word(k) for k in range(span[0] + 1, min(span[1], span[0] + 80))]
    openers = sum(w in _CLAUSE_OPENERS for w in stretch)
    f["openers"] = min(openers, 5) / 3
    f["commas"] = min(stretch.count(","), 5) / 3
    verbs = sum(_verb_like(w) for w in stretch)
    f["verbs"] = min(verbs, 5) / 3
    if distance == 0 and before:
        both("same-clause", openers == 0 and "," not in stretch)
        f[f"same-clause&subject&{case}"] = float(openers == 0 and place.subject)
        f["reporting-between"] = float(any(w in _REPORTING for w in stretch))
        both("short", tokens <= 4)
        f["and-between"] = float("and" in stretch and verbs > 0)
        for opener in ("that", "when", "while", "who", "after", "before", "because", "as", "but"):
            if opener in stretch:
                f[f"opener={opener}"] = 1.0
                f[f"opener={opener}&subject"] = float(place.subject)
    if not before and distance == 0:
        # "her friend Pauline": the owner is not the owned.
        both("owned", tokens <= 4 and case == "possessive")
        both("apposed-ahead", "," in stretch)
        f["verbs-ahead"] = min(verbs, 3) / 2
        f["opens-cataphor"] = float(position <= 3)
        f["comma-ahead&early"] = float("," in stretch and position <= 8)
    if opens and distance == 1:
        both("opening-pronoun", place.subject)
    f[f"opens-pronoun&{kind}"] = float(opens)
    f["parallel"] = float(
        (case == "subject" and place.subject)
        or (case == "object" and (place.object or bool(place.after_preposition)))
        or (case == "possessive" and place.possessive)
    )
    if previous:
        cls = (
            "prep" if previous in _PREPOSITIONS
            else "sub" if previous in _SUBORDINATORS
            else "coord" if previous in {"and", "but", "or"}
            else "comma" if previous == ","
            else "verb" if _verb_like(previous)
            else "other"
        )  # fmt: skip
        f[f"pre={cls}"] = 1.0
        f[f"pre={cls}&subject"] = float(place.subject)
        f[f"pre={cls}&most-recent"] = float("most-recent" in f)
    f["paragraph"] = float(
        bisect_right(scene.paragraph_starts, scene.tokens[pronoun].start)
        != bisect_right(scene.paragraph_starts, scene.tokens[nearest.first].start)
    )
    in_quote = scene.quoted(nearest.first)
    f["quote-pronoun-only"] = float(quoted and not in_quote)
    f["quote-name-only"] = float(in_quote and not quoted)

    known = nearest.gender
    if known and gender:
        f["gender-fits" if known == gender else "gender-clashes"] = 1.0
    rival_genders = {m.gender for m in others}
    f["only-fitting"] = float(bool(known) and known == gender and gender not in rival_genders)
    return f


def with_rival(own: Mapping[str, float], rival: Mapping[str, float]) -> dict[str, float]:
    """A candidate's evidence beside that of the strongest other candidate."""
    return {**own, **{f"R:{name}": value for name, value in rival.items()}}


@dataclass(frozen=True, slots=True)
class PronounModel:
    """Two linear models: of a candidate alone, and of a candidate beside its rival."""

    alone: Mapping[str, float]
    paired: Mapping[str, float]
    threshold: float

    def probabilities(self, evidence: Sequence[Mapping[str, float]]) -> list[float]:
        """How likely each candidate is meant, shape ``(n,)``; they need not sum to 1."""
        solo = [_logit(self.alone, values) for values in evidence]
        found = []
        for k, values in enumerate(evidence):
            others = [j for j in range(len(evidence)) if j != k]
            rival = evidence[max(others, key=lambda j: solo[j])] if others else {}
            logit = _logit(self.paired, with_rival(values, rival))
            found.append(1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, logit)))))
        return found


def _logit(weights: Mapping[str, float], values: Mapping[str, float]) -> float:
    return sum(value * weights.get(name, 0.0) for name, value in values.items())


@cache
def load() -> PronounModel:
    """The bundled weights."""
    record = json.loads(
        files("stancekit.speakers").joinpath("pronouns.json").read_text(encoding="utf-8")
    )
    return PronounModel(record["alone"], record["paired"], float(record["threshold"]))


def choose(
    scene: Scene, pronoun: int, entities: Sequence[int], low: int, high: int
) -> tuple[int | None, float]:
    """Which entity the pronoun at a token means.

    Args:
        scene: The text.
        pronoun: Index of the pronoun's token.
        entities: The candidates; those of the other gender are left out already.
        low: First of the mentions in sight.
        high: One past the last of the mentions in sight.

    Returns:
        The entity and its probability, or None and the best probability where no
        candidate reaches the threshold or two are too close to call.
    """
    if not entities:
        return None, 0.0
    model = load()
    chances = model.probabilities([features(scene, pronoun, e, low, high) for e in entities])
    ranked = sorted(zip(chances, entities, strict=True), reverse=True)
    best = ranked[0][0]
    if best < (model.threshold if len(ranked) > 1 else model.threshold / 2):
        return None, best
    if len(ranked) > 1 and best - ranked[1][0] < MARGIN:
        return None, best
    return ranked[0][1], best
