"""The relevance model: what it answers, and that training teaches it."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from tiny_models import (
    statements,
    tiny_base,
    tiny_config,
    tiny_relevance,
    tiny_tokenizer,
    write_csv,
)

from stancekit.errors import ModelError
from stancekit.hypotheses import Premise, Target
from stancekit.inference.export import load_torch
from stancekit.inference.folder import ModelFolder, sha256
from stancekit.stance.relevance import Relevance
from stancekit.training.check import check_config
from stancekit.training.relevance import (
    finish_relevance,
    probabilities_of,
    relevance_examples,
    relevance_loss,
    unrelated_articles,
)
from stancekit.training.run import train
from stancekit.training.splits import load_splits

DAM, TAX = Target.from_text("the dam"), Target.from_text("the tax")
PREMISES = [Premise("build the dam now", "Roe"), Premise("stop the tax before it ruins us")]


@pytest.fixture(scope="module", autouse=True)
def threads() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_relevance(tmp_path_factory.mktemp("relevance") / "model")


@pytest.fixture(scope="module")
def made(folder: Path) -> Path:
    """A folder as training leaves it where there is no dev data."""
    write_csv(folder.parent / "rows.csv", statements(12))
    config = tiny_config(
        folder.parent,
        task="relevance",
        model={"base": str(folder), "max_length": 24},
        data={"dev": []},
        training={"max_steps": 0, "eval_steps": None},
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STANCEKIT_CACHE", str(folder.parent / "cache"))
        return train(config)


@pytest.fixture(autouse=True)
def cache(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANCEKIT_CACHE", str(folder.parent / "cache"))


def test_probabilities_are_those_of_the_torch_model(folder: Path) -> None:
    relevance = Relevance(ModelFolder.open(folder), precision="float32")
    found = relevance.probabilities(PREMISES, [DAM, TAX])
    model, tokenizer = load_torch(folder), ModelFolder.open(folder).tokenizer()

    def vector(text: str) -> torch.Tensor:
        with torch.inference_mode():
            ids = torch.tensor([tokenizer.encode(text).ids])
            mean = model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[0].mean(0)
        return torch.nn.functional.normalize(mean, dim=0)

    for p, premise, name in zip(found, PREMISES, ("dam", "tax"), strict=True):
        cosine = vector(premise.render()) @ vector(f"The speaker supports the {name}.")
        assert p == pytest.approx(torch.sigmoid(8 * cosine - 4).item(), abs=1e-5)


def test_a_text_has_one_vector_whatever_stands_beside_it(folder: Path) -> None:
    texts = ["build the dam now and be glad of it", "stop the road", "papers about the tax " * 9]
    together = Relevance(ModelFolder.open(folder)).vectors(texts)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)
    for text, vector in zip(texts, together, strict=True):
        alone = Relevance(ModelFolder.open(folder)).vectors([text])[0]
        assert np.array_equal(alone, vector)


def test_of_several_sentences_the_most_fitting_one_counts(folder: Path) -> None:
    relevance = Relevance(ModelFolder.open(folder))
    both = Target("both", "both", DAM.favor + TAX.favor, DAM.against)
    one, other, best = (relevance.probabilities(PREMISES, [t] * 2) for t in (DAM, TAX, both))
    assert np.array_equal(best, np.maximum(one, other))
    assert relevance.probabilities([], []).shape == (0,)


def test_an_article_weighs_with_its_statements(folder: Path, tmp_path: Path) -> None:
    other = shutil.copytree(folder, tmp_path / "other")
    told = json.loads((other / "stancekit.json").read_text(encoding="utf-8"))
    told["company"] = {"own": 2.0, "best": 1.0, "offset": -3.0}
    (other / "stancekit.json").write_text(json.dumps(told), encoding="utf-8")
    relevance = Relevance(ModelFolder.open(other))
    premises, targets = [*PREMISES, *PREMISES], [DAM, DAM, DAM, TAX]
    alone = relevance.log_odds(premises, targets)
    best = [max(alone[:2]), max(alone[:2]), alone[2], alone[3]]
    found = relevance.probabilities(premises, targets, [7, 7, 3, 3])
    assert found == pytest.approx(1 / (1 + np.exp(-(2 * alone + best - 3))))
    assert relevance.probabilities(premises, targets) == pytest.approx(1 / (1 + np.exp(-alone)))
    assert relevance.probabilities([], [], []).shape == (0,)
    # A folder that was fitted without articles takes no notice of them.
    plain = Relevance(ModelFolder.open(folder))
    assert np.array_equal(
        plain.probabilities(premises, targets, [7, 7, 3, 3]),
        plain.probabilities(premises, targets),
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"purpose": "stance"}, "a model for stance, not for relevance"),
        ({"relevance": {"scale": 8.0}}, "holds no relevance"),
        ({"relevance": {"scale": -8.0, "offset": 0.0}}, "holds no relevance"),
        ({"relevance": {"scale": 10**400, "offset": 0.0}}, "holds no relevance"),
        ({"relevance": None}, "holds no relevance"),
        ({"company": {"own": 1.0}}, "holds no relevance"),
        ({"company": {"own": 1.0, "best": "much", "offset": 0.0}}, "holds no relevance"),
    ],
)
def test_a_folder_of_something_else_is_refused(
    folder: Path, tmp_path: Path, settings: dict[str, Any], message: str
) -> None:
    other = shutil.copytree(folder, tmp_path / "other")
    told = json.loads((other / "stancekit.json").read_text(encoding="utf-8"))
    (other / "stancekit.json").write_text(json.dumps(told | settings), encoding="utf-8")
    with pytest.raises(ModelError, match=message):
        Relevance(ModelFolder.open(other))


def test_a_sequence_classifier_gives_no_vectors(tmp_path: Path) -> None:
    stance = tiny_base(tmp_path / "stance")
    told = json.loads((stance / "stancekit.json").read_text(encoding="utf-8"))
    told |= {"purpose": "relevance", "relevance": {"scale": 8.0, "offset": -4.0}}
    (stance / "stancekit.json").write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(ModelError, match="token by token"):
        Relevance(ModelFolder.open(stance)).vectors(["build the dam"])


def test_vectors_far_from_the_probe_are_computed_in_float32(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other = shutil.copytree(folder, tmp_path / "other")
    probe = json.loads((other / "probe.json").read_text(encoding="utf-8"))
    probe["vectors"] = [[-x for x in vector] for vector in probe["vectors"]]
    (other / "probe.json").write_text(json.dumps(probe), encoding="utf-8")
    # A verdict of the same weights would be known from other tests.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STANCEKIT_CACHE", str(tmp_path / "cache"))
        Relevance(ModelFolder.open(other))
    assert "computing in float32" in caplog.text


@pytest.mark.parametrize(
    "vectors", [[[1.0]], [[1.0] * 128] * 2, [[float("nan")] * 128, [1.0] * 128]]
)
def test_a_probe_of_another_shape_is_none(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vectors: list[list[float]]
) -> None:
    other = shutil.copytree(folder, tmp_path / "other")
    probe = json.loads((other / "probe.json").read_text(encoding="utf-8"))
    probe |= {"vectors": vectors, "input_ids": probe["input_ids"][: max(1, len(vectors) - 1)]}
    (other / "probe.json").write_text(json.dumps(probe), encoding="utf-8")
    monkeypatch.setenv("STANCEKIT_CACHE", str(tmp_path / "cache"))
    with pytest.raises(ModelError, match="not a probe"):
        Relevance(ModelFolder.open(other))


def test_a_folder_that_ships_is_fitted_anew(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = tmp_path / "models"
    model = shutil.copytree(made, shipped / "relevance")
    stance = tiny_base(tmp_path / "stance")
    files = sorted(model.iterdir())
    sums = {f"relevance/{file.name}": sha256(file) for file in files}
    monkeypatch.setattr("stancekit.inference.folder.SHIPPED", shipped)
    monkeypatch.setattr("stancekit.inference.folder._sums", lambda: sums)
    rows = [(f"rows.csv:{n}", row) for n, row in enumerate(statements(30))]
    finish_relevance(model, rows, screens=str(stance))
    told = json.loads((model / "stancekit.json").read_text(encoding="utf-8"))
    assert set(told["screens"]) == {"screened", "fast"}
    with pytest.raises(ModelError, match="not the file that ships"):
        ModelFolder.open(model)  # until its hash is written, too


def test_dev_data_of_whole_articles_fits_the_modes_for_them(made: Path, tmp_path: Path) -> None:
    model = shutil.copytree(made, tmp_path / "model")
    stance = tiny_base(tmp_path / "stance")
    articles = [row | {"article": row["target"]} for row in statements(30)]
    rows = [("alone.jsonl:1", articles[0] | {"article": ""})]
    rows += [(f"articles.jsonl:{n}", row) for n, row in enumerate(articles)]
    finish_relevance(model, rows, screens=str(stance))
    told = json.loads((model / "stancekit.json").read_text(encoding="utf-8"))
    assert set(told["company"]) == {"own", "best", "offset"}
    for fits in told["screens"].values():
        assert set(fits) == {"alone", "in_article"}
        assert len(fits["alone"]["spared"]) == 2
        assert len(fits["in_article"]["spared"]) == 1
    assert "| screened | in article |" in (model / "README.md").read_text(encoding="utf-8")


def test_all_of_an_article_is_asked_about_what_others_are_about() -> None:
    records = [
        {"article": name, "text": text, "target": target, "label": "favor"}
        for name, text, target in [
            ("a", "build the dam", "the dam"),
            ("a", "build the dam", "the river"),
            ("a", "let it be", "the dam"),
            ("b", "stop the tax", "the tax"),
        ]
    ]
    found = unrelated_articles(records, rng=random.Random(1), targets=1)
    of_a = [(r["text"], r["target"]) for r in found if r["article"] == "a"]
    assert of_a == [("build the dam", "the tax"), ("let it be", "the tax")]
    (of_b,) = [r for r in found if r["article"] == "b"]
    assert of_b["text"] == "stop the tax"
    assert of_b["target"] in ("the dam", "the river")
    assert {r["label"] for r in found} == {"none"}


@pytest.mark.parametrize(
    "rows",
    [
        [row for row in statements(30) if row["label"] != "none"],
        [row for row in statements(30) if row["target"] == "the dam"],
    ],
)
def test_dev_data_of_one_kind_leaves_figures_out(
    made: Path, tmp_path: Path, rows: list[dict[str, str]]
) -> None:
    model = shutil.copytree(made, tmp_path / "model")
    stance = tiny_base(tmp_path / "stance")
    finish_relevance(model, [(f"a:{n}", row) for n, row in enumerate(rows)], screens=str(stance))
    text = (model / "stancekit.json").read_text(encoding="utf-8")
    assert "NaN" not in text
    assert "nan" not in (model / "README.md").read_text(encoding="utf-8")
    assert set(json.loads(text)["screens"]) == {"screened", "fast"}


def test_files_of_one_name_are_two_sets(made: Path, tmp_path: Path) -> None:
    model = shutil.copytree(made, tmp_path / "model")
    rows = [(f"{'ab'[n % 2]}/dev.csv:{n}", row) for n, row in enumerate(statements(30))]
    finish_relevance(model, rows, screens=str(tiny_base(tmp_path / "stance")))
    told = json.loads((model / "stancekit.json").read_text(encoding="utf-8"))
    assert told["dev_sets"] == ["dev.csv", "dev.csv"]
    assert len(told["screens"]["fast"]["alone"]["spared"]) == 2


def test_only_pairs_of_different_topics_have_nothing_to_do_with_each_other() -> None:
    logits = torch.tensor([[4.0, 3.0, -5.0], [3.0, -4.0, -5.0], [-5.0, -5.0, 4.0]])
    labels = torch.tensor([1, 0, 1])
    outputs = {"logits": logits, "topics": torch.tensor([0, 0, 1])}
    own = torch.nn.functional.softplus(torch.tensor(-4.0))
    other = torch.nn.functional.softplus(torch.tensor(-5.0))
    loss = relevance_loss(outputs, labels)
    torch.testing.assert_close(loss, own + other)
    halves = relevance_loss(outputs, labels, torch.tensor(6))
    torch.testing.assert_close(halves, (own + other) / 2)
    one_topic = relevance_loss(outputs | {"topics": torch.zeros(3)}, labels)
    torch.testing.assert_close(one_topic, own)


def test_sentences_with_a_sentiment_share_one_topic(tmp_path: Path) -> None:
    write_csv(tmp_path / "rows.csv", statements(12))
    mentions = [
        {"text": f"papers about roe and the {word}", "mention": f"the {word}", "sentiment": label}
        for word, label in (("dam", "positive"), ("tax", "neutral"), ("road", "negative"))
    ]
    lines = "".join(json.dumps(mention) + "\n" for mention in mentions)
    (tmp_path / "mentions.jsonl").write_text(lines, encoding="utf-8")
    source = {"root": str(tmp_path), "format": "stance", "path": "rows.csv"}
    config = tiny_config(
        tmp_path,
        task="relevance",
        data={
            "train": [source, {**source, "path": "mentions.jsonl", "format": "sentiment"}],
            "dev": [],
        },
        training={"eval_steps": None},
    )
    tokenizer = tiny_tokenizer()
    examples = relevance_examples(config, load_splits(config), tokenizer)
    assert len(examples) == 15
    *written, one, other, third = examples
    assert {e["topics"] for e in written}.isdisjoint({one["topics"]})
    assert one["topics"] == other["topics"] == third["topics"]
    assert [e["labels"] for e in (one, other, third)] == [1, 0, 1]
    assert "the dam" in tokenizer.decode(one["target_ids"])


def test_training_teaches_what_belongs_together(tmp_path: Path) -> None:
    write_csv(tmp_path / "rows.csv", statements(120))
    model = {"max_length": 24, "dropout": 0.0, "screens": str(tiny_base(tmp_path / "stance"))}
    training = {
        "per_device_train_batch_size": 12,
        "learning_rate": 3e-3,
        "eval_steps": None,
        "save_steps": 60,
    }
    config = tiny_config(
        tmp_path,
        task="relevance",
        model=model | {"base": str(tiny_relevance(tmp_path / "base"))},
        training=training | {"max_steps": 60},
    )
    result = train(config)
    rows = [row for row in statements(120) if row["split"] == "dev"]
    relevance = Relevance(ModelFolder.open(result))
    own = probabilities_of(relevance, rows)
    far = probabilities_of(relevance, [r | {"target": "the clinic"} for r in rows])
    sided = np.array([r["label"] != "none" for r in rows])
    elsewhere = np.array([r["target"] != "the clinic" for r in rows])
    # Calibrated: the mean probability is the share of those that take a side.
    assert own.mean() == pytest.approx(sided.mean(), abs=0.05)
    assert own[sided].mean() > 0.6
    assert far[elsewhere].mean() < own.mean() / 2
    told = json.loads((result / "stancekit.json").read_text(encoding="utf-8"))
    assert set(told["screens"]) == {"screened", "fast"}
    assert told["area_under_curve"] > 0.8
    card = (result / "README.md").read_text(encoding="utf-8")
    assert "| screened | " in card
    # It may be trained further: it begins with the scale that it had.
    assert told["relevance"] != {"scale": 10.0, "offset": -3.0}
    further = tiny_config(
        tmp_path,
        task="relevance",
        output=str(tmp_path / "further"),
        data={"dev": []},
        model=model | {"base": str(result)},
        training=training | {"max_steps": 0},
    )
    again = json.loads((train(further) / "stancekit.json").read_text(encoding="utf-8"))
    assert again["relevance"] == told["relevance"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"training": {"eval_steps": 2}}, "measured when training has ended"),
        ({"data": {"split": {"dev": 0.2}, "dev": []}}, "no data.split"),
        ({"model": {"base": "x", "lora": {}}}, "lora is for attribution and stance"),
        ({"model": {"base": "x", "fit_output": 1.0}}, "are for the task 'stance'"),
        ({"data": {"unrelated": 0.1}}, "are not for relevance"),
        ({"task": "stance", "model": {"base": "x", "screens": "bundled"}}, "task 'relevance'"),
    ],
)
def test_what_relevance_does_not_know_is_named(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    plain: dict[str, Any] = {"training": {"eval_steps": None}}
    with pytest.raises(ValidationError, match=message):
        tiny_config(tmp_path, **({"task": "relevance"} | plain | changes))


def test_check_tells_of_a_relevance_run(tmp_path: Path) -> None:
    write_csv(tmp_path / "rows.csv", statements(40))
    base = tiny_relevance(tmp_path / "base")
    (tmp_path / "run.toml").write_text(
        f"""
task = "relevance"
output = "{tmp_path / "run"}"
[model]
base = "{base}"
max_length = 24
[data]
root = "{tmp_path}"
[[data.train]]
path = "rows.csv"
format = "stance"
where = {{ split = "train" }}
[[data.dev]]
path = "rows.csv"
format = "stance"
where = {{ split = "dev" }}
"""
    )
    lines = check_config(tmp_path / "run.toml")
    assert any("30 pairs an epoch" in line for line in lines)
    assert any(line.startswith("dev: 10 records (against") for line in lines)
