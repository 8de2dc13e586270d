"""What the stance model is trained on: pairs, their labels and the loss."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import torch

from stancekit.errors import DataError
from stancekit.hypotheses import Target
from stancekit.training.loop import pad_collator
from stancekit.training.stance import (
    NLI_LABELS,
    nli_loss,
    nli_pairs,
    read_wordings,
    sentiment_records,
    stance_pairs,
    target_of,
)

E, N, C = range(3)
AGAINST = ("opposes", "is against", "rejects", "does not want", "speaks out against")
RECORDS: list[dict[str, Any]] = [
    {"text": "Yes to it", "target": "a tax", "label": "favor", "speaker": "Roe", "topic": "x"},
    {"text": "No to it", "target": "a dam", "label": "against", "speaker": "Diaz", "topic": "y"},
    {"text": "It rains", "target": "a road", "label": "none", "speaker": "Ngo", "topic": "z"},
]


def pairs(records: list[dict[str, Any]], **options: Any) -> list[tuple[str, str, int]]:
    given: dict[str, Any] = {"repeat": 2, "unrelated": 0.0, "wordings": {}, **options}
    return list(stance_pairs(records, rng=random.Random(1), **given))


def test_labels_stand_in_the_order_of_the_loss() -> None:
    assert NLI_LABELS == ("entailment", "neutral", "contradiction")


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: r["label"])
def test_each_side_of_a_record_gets_its_label(record: dict[str, Any]) -> None:
    made = pairs([record], repeat=400, against=0.25)
    for _, hypothesis, label in made:
        against = any(f" {words} " in hypothesis for words in AGAINST)
        agrees = (record["label"] == "against") == against
        assert label == (N if record["label"] == "none" else E if agrees else C)
        assert record["target"] in hypothesis
        assert "{" not in hypothesis
    sides = Counter(any(f" {w} " in h for w in AGAINST) for _, h, _ in made)
    assert 70 < sides[True] < 130
    assert len({h for _, h, _ in made}) > 5


def test_without_an_against_share_only_favor_sentences_are_asked() -> None:
    made = pairs(RECORDS, repeat=50)
    assert not [h for _, h, _ in made if any(f" {words} " in h for words in AGAINST)]


def test_a_tenth_of_the_statements_lose_their_speaker() -> None:
    made = pairs(RECORDS[:1], repeat=400)
    lost = [(p, h) for p, h, _ in made if not p.startswith("Roe: ")]
    assert 0.05 < len(lost) / 400 < 0.16
    assert all(p == "Yes to it" and "Roe" not in h for p, h in lost)


def test_claims_are_asked_as_claims() -> None:
    record = {"text": "Yes", "claim": "Tax them.", "target": "unused", "label": "favor"}
    assert target_of(record) == Target.from_claim("Tax them.")
    made = pairs([record], repeat=60, against=0.5)
    assert all("Tax them" in h for _, h, _ in made)
    for _, hypothesis, label in made:
        against = any(w in hypothesis for w in ("disagrees", "wrong", "rejects the idea"))
        assert label == (C if against else E)


def test_unrelated_pairs_ask_about_another_topic_and_are_neutral() -> None:
    made = pairs(RECORDS, repeat=1, unrelated=1.0)
    extra = [
        (p, h, label)
        for p, h, label in made
        if not any(r["text"] in p and r["target"] in h for r in RECORDS)
    ]
    assert extra
    assert {label for _, _, label in extra} == {N}
    # One topic under two names is not another one.
    same = [{**r, "topic": "x"} for r in RECORDS]
    assert len(pairs(same, repeat=1, unrelated=1.0)) == len(same)


def test_written_sentences_are_used_where_there_are_some() -> None:
    written = Target("a tax", "a tax", ("Written in favor.",), ("Written against.",))
    made = pairs(RECORDS[:1], repeat=200, wordings={"a tax": written}, against=0.5)
    found = Counter(h for _, h, _ in made if h.startswith("Written"))
    assert 25 < sum(found.values()) < 80
    assert {label for _, h, label in made if h == "Written in favor."} == {E}
    assert {label for _, h, label in made if h == "Written against."} == {C}


def test_the_same_seed_gives_the_same_pairs() -> None:
    assert pairs(RECORDS, unrelated=0.5) == pairs(RECORDS, unrelated=0.5)


def test_nli_pairs() -> None:
    records = [
        {"premise": "p", "hypothesis": "h", "label": label}
        for label in (*NLI_LABELS, "not_entailment")
    ]
    assert [label for _, _, label in nli_pairs(records, repeat=1)] == [0, 1, 2, 3]
    assert len(list(nli_pairs(records, repeat=3))) == 12


def test_sentiment_is_a_stance_toward_the_mention() -> None:
    records = [
        {"text": "t", "mention": "the mayor", "sentiment": "negative"},
        {"text": "t", "mention": "he", "sentiment": "positive"},
    ]
    assert sentiment_records(records) == [{"text": "t", "target": "the mayor", "label": "against"}]


def test_wordings_are_read_by_name(tmp_path: Path) -> None:
    file = tmp_path / "w.toml"
    file.write_text('[[target]]\nname = "a tax"\nfavor = ["F."]\nagainst = ["A."]\n')
    assert read_wordings(file)["a tax"].against == ("A.",)


@pytest.mark.parametrize(
    "content",
    [
        None,
        "a = ",
        "a = 1",
        "target = 3",
        '[[target]]\nname = "x"',
        'target = [{name="x", favor=[], against=["a"]}]',
    ],
)
def test_wrong_wordings(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "w.toml"
    if content is not None:
        file.write_text(content)
    with pytest.raises(DataError, match=r"w\.toml"):
        read_wordings(file)


def test_the_loss_by_hand() -> None:
    logits = torch.tensor([[2.0, 1.0, 0.0]] * 4)
    p = logits[0].softmax(-1)
    expected = -torch.stack([p[0], p[1], p[2], p[1] + p[2]]).log()
    losses = [nli_loss({"logits": logits[:1]}, torch.tensor([label])).item() for label in range(4)]
    assert losses == pytest.approx(expected.tolist(), abs=1e-5)
    whole = nli_loss({"logits": logits}, torch.arange(4))
    assert whole.item() == pytest.approx(expected.mean().item(), abs=1e-5)
    accumulated = nli_loss({"logits": logits}, torch.arange(4), torch.tensor(8))
    assert accumulated.item() == pytest.approx(expected.sum().item() / 8, abs=1e-5)


def test_batches_are_padded() -> None:
    collate = pad_collator(9)
    batch = collate(
        [
            {"input_ids": [1, 2], "attention_mask": [1, 1], "labels": [0, 1], "length": 2},
            {"input_ids": [3], "attention_mask": [1], "labels": [2], "length": 1},
        ]
    )
    assert {k: v.tolist() for k, v in batch.items()} == {
        "input_ids": [[1, 2], [3, 9]],
        "attention_mask": [[1, 1], [1, 0]],
        "labels": [[0, 1], [2, -100]],
    }
    single = collate([{"input_ids": [1], "labels": 2, "length": 1}])
    assert single["labels"].tolist() == [2]
