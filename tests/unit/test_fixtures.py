"""The corpora in `fixtures/`: their form, their splits and what they must hold."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from script_modules import load_script

from stancekit.evaluation.articles import CONSTRUCTIONS, Article, article_to_dict, read_articles
from stancekit.evaluation.markup import format_article, parse_article

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "fixtures"
SPLITS = ("train", "dev", "test")
LABELS = {"favor", "against", "none"}
DEFAULT_TOPICS = {"peace-ukraine", "territory-ukraine", "nato-ukraine"}

# Ending a war or not, who owns a territory, and membership of an alliance.
WAR_TOPICS = {
    *DEFAULT_TOPICS,
    *"""
    amnesty-for-rebels colombia-amnesty congo-peacekeepers gaza-ceasefire hostage-deal
    karabakh-treaty kashmir-dialogue korea-peace myanmar-talks peacekeeping preconditions
    prisoner-exchange rebel-talks sudan-truce tigray-pretoria yemen-roadmap
    breakaway-region ceding-northern-province chagos-handover cyprus-federation essequibo
    kosovo-recognition kosovo-swap orlan-secession taiwan-status teshk-buffer western-sahara
    defence-pact european-army nato-base nato-finland nato-georgia nato-leaving
    neutrality-ireland turkey-veto
    """.split(),
}
NONE_PHENOMENA = {"factual-about-target", "third-party-view", "refusal-to-say", "unrelated"}
HARD = {
    "negation",
    "double-negation",
    "denial",
    "concession",
    "irony",
    "conditional",
    "question",
    "third-party-view",
    "factual-about-target",
    "rival-option",
    "two-targets",
    "same-text-other-target",
}
PHENOMENA = {
    *HARD,
    *NONE_PHENOMENA,
    "explicit",
    "implicit",
    "consequence",
    "personal-story",
    "metaphor",
    "rhetorical",
    "demand",
    "history",
    "comparison",
}
REQUIRED = {"id", "topic", "text", "speaker", "label", "phenomenon"}

Record = dict[str, Any]


def target_of(record: Record) -> str:
    return str(record.get("target") or record["claim"])


def plain(text: str) -> str:
    return re.sub(r"\W+", " ", text.lower()).strip()


def load_records(name: str) -> list[Record]:
    lines = (FIXTURES / "stance" / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def stance() -> dict[str, list[Record]]:
    return {split: load_records(split) for split in SPLITS}


@pytest.fixture(scope="module")
def records(stance: dict[str, list[Record]]) -> list[Record]:
    return [r for split in SPLITS for r in stance[split]]


@pytest.fixture(scope="module")
def articles() -> list[Article]:
    return read_articles(FIXTURES / "articles")


# -- stance corpus


def test_every_record_has_the_form_of_the_card(stance: dict[str, list[Record]]) -> None:
    wrong = []
    for split, some in stance.items():
        for r in some:
            keys = set(r)
            good = (
                keys >= REQUIRED
                and keys - REQUIRED - {"context"} in ({"target"}, {"claim"})
                and all(isinstance(v, str) and v and v == v.strip() for v in r.values())
                and re.fullmatch(rf"{split}-\d{{4}}", r["id"])
                and re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", r["topic"])
                and r["label"] in LABELS
                and r["phenomenon"] in PHENOMENA
                and 3 <= len(r["text"].split()) <= 60
            )
            if not good:
                wrong.append(r)
    assert not wrong


def test_phenomena_without_a_side_are_none(records: list[Record]) -> None:
    assert not [
        r["id"] for r in records if r["phenomenon"] in NONE_PHENOMENA and r["label"] != "none"
    ]


def test_ids_and_items_are_unique(records: list[Record]) -> None:
    assert len({r["id"] for r in records}) == len(records)
    items = Counter((plain(r["text"]), r.get("context"), target_of(r)) for r in records)
    assert not [item for item, n in items.items() if n > 1]


def test_a_target_has_one_topic(records: list[Record]) -> None:
    topics: dict[str, set[str]] = {}
    for r in records:
        topics.setdefault(target_of(r), set()).add(r["topic"])
    assert not {target: t for target, t in topics.items() if len(t) > 1}


@pytest.mark.parametrize(("a", "b"), [("train", "dev"), ("train", "test"), ("dev", "test")])
def test_splits_share_nothing(stance: dict[str, list[Record]], a: str, b: str) -> None:
    def values(split: str, of: Any, *, default: bool) -> set[str]:
        return {of(r) for r in stance[split] if (r["topic"] in DEFAULT_TOPICS) == default}

    def topic(r: Record) -> str:
        return str(r["topic"])

    for of in (topic, target_of):
        assert not values(a, of, default=False) & values(b, of, default=False)
    assert values(a, topic, default=True) == values(b, topic, default=True) == DEFAULT_TOPICS
    speakers = [values(s, lambda r: plain(r["speaker"]), default=True) for s in (a, b)]
    assert not speakers[0] & speakers[1]
    assert not {plain(r["text"]) for r in stance[a]} & {plain(r["text"]) for r in stance[b]}


def test_labels_are_balanced(stance: dict[str, list[Record]], records: list[Record]) -> None:
    for some in stance.values():
        counts = Counter(r["label"] for r in some)
        assert all(0.27 <= counts[label] / len(some) <= 0.40 for label in LABELS), counts
    topics: dict[str, Counter[str]] = {}
    for r in records:
        topics.setdefault(r["topic"], Counter())[r["label"]] += 1
    uneven = {t: c for t, c in topics.items() if min(c[x] for x in LABELS) < 0.15 * c.total()}
    assert not uneven


def test_the_corpus_is_large_enough(stance: dict[str, list[Record]], records: list[Record]) -> None:
    assert len(records) >= 6000
    assert len({target_of(r) for r in records}) >= 300
    war = [r for r in records if r["topic"] in WAR_TOPICS]
    assert {r["topic"] for r in war} == WAR_TOPICS
    assert len(war) >= 600
    assert len([r for r in war if r["topic"] not in DEFAULT_TOPICS]) >= 300
    assert len(stance["dev"]) >= 500
    assert len(stance["test"]) >= 1000


def test_enough_of_it_is_hard(stance: dict[str, list[Record]]) -> None:
    for some in stance.values():
        assert sum(r["phenomenon"] in HARD for r in some) >= len(some) / 4
        sided = [r for r in some if r["label"] != "none"]
        assert sum(r["phenomenon"] == "explicit" for r in sided) <= len(sided) / 2


@pytest.mark.parametrize(
    "name", ["contrast", "pairs", "readings", "remarks", "disputes", "disputes-dev", "posts"]
)
def test_sets_with_several_targets_a_text(stance: dict[str, list[Record]], name: str) -> None:
    found = load_records(name)
    required = REQUIRED - {"speaker"} if name == "posts" else REQUIRED
    assert len(found) >= 1500
    for r in found:
        keys = set(r)
        assert keys >= required and keys - required - {"context"} in ({"target"}, {"claim"}), r
        assert all(isinstance(v, str) and v and v == v.strip() for v in r.values()), r
        assert (
            re.fullmatch(name.removesuffix("-dev") + r"-\d{4,5}", r["id"]) and r["label"] in LABELS
        )
        assert r["phenomenon"] in PHENOMENA
    assert len({r["id"] for r in found}) == len(found)
    items = Counter((plain(r["text"]), r.get("context"), target_of(r)) for r in found)
    assert not [item for item, n in items.items() if n > 1]
    counts = Counter(r["label"] for r in found)
    assert all(0.22 <= counts[label] / len(found) <= 0.42 for label in LABELS), counts
    held = [r for split in ("dev", "test") for r in stance[split]]
    other = [r for r in held if r["topic"] not in DEFAULT_TOPICS]
    assert not {target_of(r) for r in found} & {target_of(r) for r in other}
    assert not {plain(r["text"]) for r in found} & {plain(r["text"]) for r in held}


def test_the_disputes_of_dev_are_others() -> None:
    train, dev = load_records("disputes"), load_records("disputes-dev")
    for key in ("id", "topic", "text"):
        assert not {r[key] for r in train} & {r[key] for r in dev}


def varied(records: list[Record], *keys: str) -> float:
    """Of the groups of several records with equal ``keys``, the share with two labels or more."""
    labels: dict[tuple[str | None, ...], list[str]] = {}
    for r in records:
        labels.setdefault(tuple(r.get(k) for k in keys), []).append(r["label"])
    several = [found for found in labels.values() if len(found) > 1]
    return sum(len(set(found)) > 1 for found in several) / len(several)


def test_what_the_sets_are_for() -> None:
    # Most texts don't give the label away, and in the pairs most targets don't either.
    assert varied(load_records("contrast"), "text", "context") >= 0.9
    pairs = load_records("pairs")
    assert varied(pairs, "text", "context") >= 0.7
    assert varied(pairs, "topic", "target", "claim") >= 0.6
    # Nearly every target has different labels with different texts.
    for name in ("readings", "remarks", "disputes", "posts"):
        assert varied(load_records(name), "topic", "target", "claim") >= 0.85


def test_wordings(records: list[Record]) -> None:
    rows = tomllib.loads((FIXTURES / "stance" / "wordings.toml").read_text("utf-8"))["target"]
    names = [row["name"] for row in rows]
    assert len(set(names)) == len(names)
    assert set(names) <= {target_of(r) for r in records}
    for row in rows:
        assert set(row) == {"name", "favor", "against"}
        for side in ("favor", "against"):
            assert len(row[side]) >= 2
            assert all(sentence.count("{speaker}") == 1 for sentence in row[side]), row["name"]
        assert not set(row["favor"]) & set(row["against"])


# -- article corpus


def test_articles_are_in_their_splits(articles: list[Article]) -> None:
    assert len(articles) >= 60
    counts = Counter(a.split for a in articles)
    assert set(counts) == {"train", "dev", "test"}
    assert min(counts.values()) >= 20
    assert len({a.title for a in articles}) == len(articles)
    assert all(150 <= len(a.text.split()) <= 620 for a in articles if a.split != "train")


def test_train_articles_share_nothing_with_the_others(articles: list[Article]) -> None:
    def of(split: bool) -> tuple[set[str], set[str]]:
        some = [a for a in articles if (a.split == "train") == split]
        targets = {(t.text or t.claim).lower() for a in some for t in a.targets}
        # Roles such as "the mayor" recur; names don't.
        people = {s.name for a in some for s in a.speakers if s.type == "person" and " " in s.name}
        return targets, {name for name in people if name[0].isupper()}

    (targets, people), (held_targets, held_people) = of(True), of(False)
    assert targets & held_targets <= {"a negotiated end to the war in ukraine"}
    assert not people & held_people


def test_train_targets_are_not_those_of_the_statements_held_out(
    articles: list[Article], stance: dict[str, list[Record]]
) -> None:
    held = {
        target_of(r).lower()
        for split in ("dev", "test")
        for r in stance[split]
        if r["topic"] not in DEFAULT_TOPICS
    }
    assert held
    for article in (a for a in articles if a.split == "train"):
        assert not held & {(t.text or t.claim).lower() for t in article.targets}, article.id


def test_news_labels_are_letters_without_sentences() -> None:
    lines = [
        line
        for name in ("news-labels", "news-labels-2")
        for line in (FIXTURES / "stance" / f"{name}.jsonl").read_text("utf-8").splitlines()
    ]
    assert len({json.loads(line)["article"] for line in lines}) == len(lines) >= 550
    for line in lines:
        record = json.loads(line)
        assert set(record) == {"article", "targets", "labels"}
        assert all(set(t) <= {"text", "claim"} and len(t) == 1 for t in record["targets"])
        for number, letters in record["labels"].items():
            assert number.isdecimal()
            assert len(letters) == len(record["targets"])
            assert set(letters) <= set("FAN")


def test_offsets_round_trip(articles: list[Article]) -> None:
    for article in articles:
        for statement in article.statements:
            for span in statement.spans:
                assert article.text[span.start : span.end] == span.text, (article.id, statement.id)
                assert span.text == span.text.strip(), (article.id, statement.id)
        path = FIXTURES / "articles" / article.split / f"{article.id}.json"
        assert json.loads(path.read_text("utf-8")) == article_to_dict(article)
        again = parse_article(format_article(article), where=article.id)
        assert again == article


def test_every_construction_is_shown(articles: list[Article]) -> None:
    shown = Counter(
        number
        for a in articles
        for number in {*a.constructions, *(c for s in a.statements for c in s.constructions)}
    )
    assert not {n: shown[n] for n in CONSTRUCTIONS if shown[n] < 3}
    for split in ("dev", "test"):
        some = [a for a in articles if a.split == split]
        found = {c for a in some for c in a.constructions}
        found |= {c for a in some for s in a.statements for c in s.constructions}
        assert found == set(CONSTRUCTIONS), (split, set(CONSTRUCTIONS) - found)


def test_articles_are_complete(articles: list[Article]) -> None:
    for article in articles:
        targets = {t.id for t in article.targets}
        assert 2 <= len(targets) <= 4, article.id
        assert len(article.speakers) >= 2, article.id
        assert len(article.statements) >= 5, article.id
        stances = [label for s in article.speakers for label in s.stances.values()]
        assert set(stances) & {"favor", "against"}, article.id
        for speaker in article.speakers:
            wanted = set() if speaker.members else targets
            assert set(speaker.stances) == wanted, (article.id, speaker.id)


# -- the card


def test_the_card_holds_the_printed_tables(capsys: pytest.CaptureFixture[str]) -> None:
    assert load_script("scripts/fixture_counts.py").main(["--fixtures", str(FIXTURES)]) == 0
    assert capsys.readouterr().out.strip() in (FIXTURES / "README.md").read_text("utf-8")


def test_the_card_names_the_licence() -> None:
    url = "https://creativecommons.org/licenses/by/4.0/"
    for name in ("README.md", "LICENSE"):
        assert url in (FIXTURES / name).read_text("utf-8")
