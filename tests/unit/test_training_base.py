"""What training starts from, on tiny random models that the test makes itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import MPNetConfig, MPNetForSequenceClassification, MPNetModel

from stancekit.errors import ModelError
from stancekit.inference.export import finish_folder, load_torch
from stancekit.training.base import base_model, base_path
from stancekit.training.config import TrainConfig, TrainingSection
from stancekit.training.stance import NLI_LABELS

IDS = torch.tensor([[5, 6, 7, 8]])
SHAPE: dict[str, Any] = {
    "vocab_size": 128,
    "hidden_size": 64,
    "num_hidden_layers": 1,
    "num_attention_heads": 4,
    "intermediate_size": 128,
    "max_position_embeddings": 66,
    "initializer_range": 0.2,
}


def config(base: str | Path, **model: Any) -> TrainConfig:
    return TrainConfig.model_validate(
        {
            "task": "stance",
            "output": "unused",
            "model": {"base": str(base), **model},
            "data": {"train": [{"path": "x.jsonl", "format": "stance"}]},
        }
    )


def classifier(labels: tuple[str, ...]) -> MPNetForSequenceClassification:
    torch.manual_seed(3)
    names = {"id2label": dict(enumerate(labels)), "label2id": {n: i for i, n in enumerate(labels)}}
    return MPNetForSequenceClassification(MPNetConfig(**SHAPE, **names)).eval()


def logits(model: Any) -> list[float]:
    with torch.inference_mode():
        return model.eval()(input_ids=IDS).logits[0].tolist()  # type: ignore[no-any-return]


def test_an_nli_model_keeps_its_output_layer_in_our_order(tmp_path: Path) -> None:
    labels = ("contradiction", "entailment", "neutral")
    theirs = classifier(labels)
    theirs.save_pretrained(tmp_path)
    ours = base_model(config(tmp_path), NLI_LABELS)
    by_name = dict(zip(labels, logits(theirs), strict=True))
    assert logits(ours) == pytest.approx([by_name[name] for name in NLI_LABELS], abs=1e-6)
    assert [ours.config.id2label[i] for i in range(3)] == list(NLI_LABELS)


def test_the_mean_of_two_models(tmp_path: Path) -> None:
    one, two = classifier(NLI_LABELS), classifier(NLI_LABELS)
    with torch.no_grad():
        for parameter in two.parameters():
            parameter.mul_(3)
    one.save_pretrained(tmp_path / "one")
    two.save_pretrained(tmp_path / "two")
    mean = base_model(config(tmp_path / "one", average=[str(tmp_path / "two")]), NLI_LABELS)
    with torch.no_grad():
        for parameter in one.parameters():
            parameter.mul_(2)
    assert logits(mean) == pytest.approx(logits(one), abs=1e-6)


def test_models_of_different_shapes_have_no_mean(tmp_path: Path) -> None:
    classifier(NLI_LABELS).save_pretrained(tmp_path / "one")
    wider = MPNetConfig(**SHAPE | {"intermediate_size": 256}, num_labels=3)
    other = MPNetForSequenceClassification(wider)
    other.config.id2label = dict(enumerate(NLI_LABELS))
    other.save_pretrained(tmp_path / "two")
    with pytest.raises(ModelError, match="the models differ in"):
        base_model(config(tmp_path / "one", average=[str(tmp_path / "two")]), NLI_LABELS)


def test_training_starts_from_dithered_weights_and_nothing_else_does(tmp_path: Path) -> None:
    finish_folder(
        classifier(NLI_LABELS), tmp_path, sample=[[5, 6, 7]], settings={"purpose": "stance"}
    )
    stored = load_torch(tmp_path).state_dict()
    training = TrainingSection(max_steps=0)
    untrained = config(tmp_path).model_copy(update={"training": training})
    same = base_model(untrained, NLI_LABELS).state_dict()
    trained = base_model(config(tmp_path), NLI_LABELS).state_dict()
    assert all(torch.equal(same[name], weight) for name, weight in stored.items())
    name = "mpnet.encoder.layer.0.intermediate.dense.weight"
    difference = (trained[name] - stored[name]).abs()
    assert 0 < difference.max() <= stored[name].abs().max() / 127
    assert torch.equal(trained["classifier.out_proj.bias"], stored["classifier.out_proj.bias"])


def test_labels_that_cannot_be_told_are_refused(tmp_path: Path) -> None:
    classifier(("LABEL_0", "LABEL_1", "LABEL_2")).save_pretrained(tmp_path)
    with pytest.raises(ModelError, match="labels can be told"):
        base_model(config(tmp_path), NLI_LABELS)


def test_an_encoder_gets_a_fresh_output_layer(tmp_path: Path) -> None:
    torch.manual_seed(3)
    MPNetModel(MPNetConfig(**SHAPE)).save_pretrained(tmp_path)
    model = base_model(config(tmp_path), NLI_LABELS)
    assert len(logits(model)) == 3


def test_our_own_folder_goes_on_and_takes_the_dropout_asked_for(tmp_path: Path) -> None:
    model = classifier(NLI_LABELS)
    before = logits(model)
    finish_folder(model, tmp_path, sample=[[5, 6, 7]], settings={"purpose": "stance"})
    again = base_model(config(tmp_path, dropout=0.25), NLI_LABELS)
    # Not exactly its own weights: see `stancekit.inference.store`.
    assert logits(again) == pytest.approx(before, abs=0.2)
    dropouts = [m.p for m in again.modules() if isinstance(m, torch.nn.Dropout)]
    assert dropouts
    assert set(dropouts) == {0.25}
    settings = tmp_path / "stancekit.json"
    settings.write_text(json.dumps({"purpose": "attribution"}))
    with pytest.raises(ModelError, match="a model for attribution"):
        base_model(config(tmp_path), NLI_LABELS)


def test_the_bundled_base_is_found_and_nonsense_is_not(tmp_path: Path) -> None:
    assert Path(base_path(config("bundled"))).is_dir()
    with pytest.raises(ModelError, match="base model"):
        base_model(config(tmp_path), NLI_LABELS)
