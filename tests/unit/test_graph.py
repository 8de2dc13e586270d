"""The fast path against torch, on tiny random models that the test makes itself."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertForTokenClassification,
    MPNetConfig,
    MPNetForSequenceClassification,
    MPNetForTokenClassification,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from stancekit.attribution.tags import TAGS
from stancekit.errors import ModelError
from stancekit.inference import batches, graph, session
from stancekit.inference.export import export_model, finish_folder, load_torch
from stancekit.inference.folder import GRAPH_FILE, ModelFolder
from stancekit.inference.graph import build_graph
from stancekit.inference.session import PROBE_FILE, OnnxClassifier
from stancekit.inference.store import (
    OUTLIERS,
    read_float_weights,
    read_weights,
    save_weights,
)
from stancekit.stance.classifiers import OnnxPairs, TorchPairs
from stancekit.stance.labels import NliLabels
from stancekit.stance.scorer import StanceScorer

WORDS = "roe said diaz supports opposes a tax the speaker is against . , : no yes".split()
NLI = ("contradiction", "entailment", "neutral")


def tiny(kind: str, labels: tuple[str, ...], *, tokens: bool) -> PreTrainedModel:
    """A random model of one layer and a half thousand weights a matrix."""
    torch.manual_seed(7)
    options: dict[str, Any] = {
        "vocab_size": 128,
        "hidden_size": 64,
        "num_hidden_layers": 1,
        "num_attention_heads": 4,
        "intermediate_size": 128,
        "max_position_embeddings": 66,
        "id2label": dict(enumerate(labels)),
        "label2id": {label: i for i, label in enumerate(labels)},
        "initializer_range": 0.2,
    }
    if kind == "bert":
        cls: Any = BertForTokenClassification if tokens else BertForSequenceClassification
        return cls(BertConfig(**options, pad_token_id=0)).eval()
    cls = MPNetForTokenClassification if tokens else MPNetForSequenceClassification
    return cls(MPNetConfig(**options, pad_token_id=1)).eval()


def tokenizer() -> Tokenizer:
    specials = ["<s>", "<pad>", "</s>", "<unk>"]
    vocabulary = {word: i for i, word in enumerate([*specials, *WORDS])}
    made = Tokenizer(WordLevel(vocabulary, unk_token="<unk>"))
    made.pre_tokenizer = Whitespace()
    made.post_processor = TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    return made


def sample(n: int = 24, seed: int = 1) -> list[list[int]]:
    rng = np.random.default_rng(seed)
    return [rng.integers(4, 100, size=rng.integers(3, 40)).tolist() for _ in range(n)]


def torch_logits(model: PreTrainedModel, ids: list[int]) -> Any:
    tokens = torch.tensor([ids])
    with torch.inference_mode():
        return model(input_ids=tokens, attention_mask=torch.ones_like(tokens)).logits[0].numpy()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STANCEKIT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def make(folder: Path, kind: str, labels: tuple[str, ...], *, tokens: bool, purpose: str) -> None:
    folder.mkdir()
    tokenizer().save(str(folder / "tokenizer.json"))
    model = tiny(kind, labels, tokens=tokens)
    settings = {"purpose": purpose, "max_length": 48, "calibration": {"none_bias": -0.5}}
    finish_folder(model, folder, sample=sample(), settings=settings)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("models")
    for kind in ("bert", "mpnet"):
        make(root / f"{kind}-tagger", kind, TAGS, tokens=True, purpose="attribution")
        make(root / f"{kind}-stance", kind, NLI, tokens=False, purpose="stance")
    return {folder.name: folder for folder in root.iterdir()}


@pytest.fixture
def stance(folders: dict[str, Path], tmp_path: Path) -> Path:
    """A copy that a test may break."""
    return Path(shutil.copytree(folders["mpnet-stance"], tmp_path / "stance"))


def test_outlier_columns_are_kept_in_float32(tmp_path: Path) -> None:
    model = tiny("mpnet", NLI, tokens=False)
    layer = model.mpnet.encoder.layer[0]
    with torch.no_grad():
        # Two channels of the residual stream are a hundred times the others.
        layer.attention.LayerNorm.weight[[5, 40]] = 100
    tokenizer().save(str(tmp_path / "tokenizer.json"))
    finish_folder(model, tmp_path, sample=sample(), settings={"purpose": "stance"})
    stored, _ = read_weights(tmp_path)
    columns = stored["mpnet.encoder.layer.0.intermediate.dense.weight" + OUTLIERS]
    assert columns.tolist() == [5, 40]

    def error(folder: Path) -> float:
        exact = OnnxClassifier(ModelFolder.open(folder), threads=1, precision="float32")
        rounded = OnnxClassifier(ModelFolder.open(folder), threads=1, precision="int8")
        batch = sample(16, seed=4)
        return float(np.abs(exact.logits(batch) - rounded.logits(batch)).mean())

    with_outliers = error(tmp_path)
    weights = read_float_weights(tmp_path)
    save_weights({n: w for n, w in weights.items() if not n.endswith(OUTLIERS)}, tmp_path)
    assert with_outliers < error(tmp_path)


def test_mixed_rounds_the_products_with_more_inputs_than_outputs_in_blocks(
    folders: dict[str, Path],
) -> None:
    def products(precision: str) -> list[str]:
        graph = build_graph(folders["mpnet-stance"], precision=precision).graph
        return [node.op_type for node in graph.node if "MatMul" in node.op_type]

    int8, mixed = products("int8"), products("mixed")
    assert int8.count("MatMulIntegerToFloat") == mixed.count("MatMulIntegerToFloat") + 1
    assert (int8.count("MatMulNBits"), mixed.count("MatMulNBits")) == (0, 1)
    batch = sample(16, seed=5)

    def error(precision: str) -> float:
        folder = ModelFolder.open(folders["mpnet-stance"])
        exact = OnnxClassifier(folder, threads=1, precision="float32").logits(batch)
        found = OnnxClassifier(folder, threads=1, precision=precision).logits(batch)
        return float(np.abs(found - exact).mean())

    assert error("mixed") < 0.05


@pytest.mark.parametrize("precision", ["int8", "float32"])
@pytest.mark.parametrize(("name", "layers"), [("bert-tagger", 1), ("mpnet-tagger", 0)])
def test_attention_without_a_bias_a_head_is_one_operator(
    folders: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
    precision: str,
    name: str,
    layers: int,
) -> None:
    fused = build_graph(folders[name], precision=precision)
    assert [n.op_type for n in fused.graph.node].count("MultiHeadAttention") == layers
    monkeypatch.setattr(graph, "fuse_attention", lambda *_, **__: 0)
    plain = build_graph(folders[name], precision=precision)
    assert not any(n.op_type == "MultiHeadAttention" for n in plain.graph.node)
    tokens, mask = session.pad(sample(), 0)
    found = [run(model, tokens, mask) for model in (fused, plain)]
    seen = mask.astype(bool)
    np.testing.assert_allclose(found[0][seen], found[1][seen], atol=1e-4)


def run(model: onnx.ModelProto, tokens: Any, mask: Any) -> Any:
    made = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return made.run(["logits"], {"input_ids": tokens, "attention_mask": mask})[0]


@pytest.mark.parametrize("config", [None, "[]", "{}", '{"hidden_size": "wide"}'])
def test_a_width_that_is_not_known_leaves_attention_as_it_is(
    folders: dict[str, Path], tmp_path: Path, config: str | None
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(folders["bert-tagger"], folder)
    if config is None:
        (folder / "config.json").unlink()
    else:
        (folder / "config.json").write_text(config, encoding="utf-8")
    built = build_graph(folder, precision="int8")
    assert not any(node.op_type == "MultiHeadAttention" for node in built.graph.node)


def test_wide_products_round_what_they_read_over_its_own_range(tmp_path: Path) -> None:
    """Inputs between 0 and 1 are read twice as finely as with as many bytes below zero."""
    rng = np.random.default_rng(3)
    x = rng.random((5, 7, 128)).astype(np.float32)
    # Weights that lose nothing in bytes.
    matrix = (rng.integers(-127, 128, size=(64, 128)) / 127).astype(np.float32)
    matrix[:, 0] = 1
    columns = np.array([3, 77])
    x[..., columns] *= 40
    errors = {}
    for name, wide in (("wide", matrix), ("square", np.pad(matrix, ((0, 64), (0, 0))))):
        node = helper.make_node("MatMul", ["x", "w"], ["y"])
        nodes, tensors = graph._matmul_8bit(node, wide, columns, set(), unsigned=False)
        shared = [numpy_helper.from_array(value, key) for key, value in graph._SHARED.items()]
        made = helper.make_graph(
            nodes,
            "product",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
            tensors + shared,
        )
        opsets = [helper.make_opsetid("", 18), helper.make_opsetid("com.microsoft", 1)]
        model = helper.make_model(made, opset_imports=opsets, ir_version=8)
        runner = onnxruntime.InferenceSession(
            model.SerializeToString(), providers=["CPUExecutionProvider"]
        )
        found = runner.run(None, {"x": x})[0][..., :64]
        errors[name] = float(np.abs(found - x @ matrix.T).mean())
    assert 0 < errors["wide"] < 0.6 * errors["square"]


def test_unsigned_weights_give_what_signed_ones_give(
    folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a processor that cuts off sums with signed weights, unsigned ones must be exact."""
    monkeypatch.setenv("STANCEKIT_CACHE", str(tmp_path))
    folder = ModelFolder.open(folders["mpnet-stance"])
    batch = sample(16, seed=5)
    exact = OnnxClassifier(folder, threads=1, precision="float32").logits(batch)
    errors = {}
    for unsigned in (True, False):
        monkeypatch.setattr(session, "saturates", lambda unsigned=unsigned: unsigned)
        found = OnnxClassifier(folder, threads=1, precision="int8").logits(batch)
        errors[unsigned] = float(np.abs(found - exact).mean())
    assert len(list(tmp_path.glob("*int8*.onnx"))) == 2
    assert 0 < errors[True] < 0.05


def test_a_sum_that_is_cut_off_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("MatMulInteger", ["x", "w"], ["y"])],
        "g",
        [
            onnx.helper.make_tensor_value_info("x", onnx.TensorProto.UINT8, (4, 64)),
            onnx.helper.make_tensor_value_info("w", onnx.TensorProto.INT8, (64, 32)),
        ],
        [onnx.helper.make_tensor_value_info("y", onnx.TensorProto.INT32, (4, 32))],
    )
    written = onnx.load_from_string(session._PRODUCT_OF_BYTES)
    assert written.graph == graph

    class Session:
        """A processor whose sums of two products end at 32,767, or one whose don't."""

        def __init__(self, limit: int) -> None:
            self.limit = limit

        def run(self, names: None, inputs: dict[str, Any]) -> list[Any]:
            x, w = (inputs[name].astype(np.int64) for name in "xw")
            pairs = x.reshape(4, 32, 2)[..., None] * w.reshape(32, 2, 32)[None]
            return [np.minimum(pairs.sum(axis=2), self.limit).sum(axis=1)]

    for limit, cut_off in ((32767, True), (2**31 - 1, False)):
        with monkeypatch.context() as patch:
            patch.setattr(
                onnxruntime, "InferenceSession", lambda *_, limit=limit, **__: Session(limit)
            )
            assert session.saturates.__wrapped__() is cut_off


def test_outliers_that_are_no_columns(stance: Path) -> None:
    weights = read_float_weights(stance)
    name = "mpnet.encoder.layer.0.intermediate.dense.weight" + OUTLIERS
    save_weights(weights | {name: np.array([3, 64], dtype=np.int32)}, stance)
    with pytest.raises(ModelError, match="outliers that are no columns"):
        build_graph(stance, precision="int8")


NAMES = ["bert-tagger", "bert-stance", "mpnet-tagger", "mpnet-stance"]


@pytest.mark.parametrize("name", NAMES)
def test_float32_is_torch_on_the_stored_weights(folders: dict[str, Path], name: str) -> None:
    folder = ModelFolder.open(folders[name])
    classifier = OnnxClassifier(folder, threads=1, precision="float32")
    model = load_torch(folder.path)
    batch = sample(6, seed=2)
    found = classifier.logits(batch)
    assert found.shape[0] == 6
    assert found.shape[-1] == len(folder.labels)
    for row, ids in zip(found, batch, strict=True):
        here = row[: len(ids)] if row.ndim == 2 else row
        assert np.abs(here - torch_logits(model, ids)).max() < 1e-4


@pytest.mark.parametrize("name", NAMES)
def test_int8_is_close_to_float32(folders: dict[str, Path], name: str) -> None:
    folder = ModelFolder.open(folders[name])
    exact = OnnxClassifier(folder, threads=1, precision="float32").logits(sample(8, seed=3))
    close = OnnxClassifier(folder, threads=1, precision="int8")
    assert close.precision == "int8"
    spread = float(exact.std())
    assert np.abs(close.logits(sample(8, seed=3)) - exact).mean() < 0.05 * spread


@pytest.mark.parametrize("name", NAMES)
def test_a_row_does_not_depend_on_its_neighbours(folders: dict[str, Path], name: str) -> None:
    classifier = OnnxClassifier(ModelFolder.open(folders[name]), threads=1, precision="float32")
    ids = sample(1, seed=4)[0]
    alone = classifier.logits([ids])[0]
    among = classifier.logits([ids, *sample(5, seed=5)])[0]
    assert np.abs(alone - among[: len(ids)] if alone.ndim == 2 else alone - among).max() < 1e-5


def test_the_folder_says_what_it_holds(folders: dict[str, Path]) -> None:
    folder = ModelFolder.open(folders["bert-tagger"])
    assert folder.labels == TAGS
    assert folder.config["architectures"] == ["BertForTokenClassification"]
    folder.expect("attribution")
    with pytest.raises(ModelError, match="a model for attribution, not for stance"):
        folder.expect("stance")
    probe = json.loads((folder.path / PROBE_FILE).read_text())
    assert [len(ids) for ids in probe["input_ids"]] == [len(x) for x in probe["labels"]]


def test_the_stored_graph_holds_no_weights(folders: dict[str, Path]) -> None:
    graph = onnx.load(folders["mpnet-stance"] / GRAPH_FILE)
    assert all(np.prod(t.dims) <= 64 for t in graph.graph.initializer)
    int8 = build_graph(folders["mpnet-stance"], precision="int8")
    assert "MatMulIntegerToFloat" in {n.op_type for n in int8.graph.node}
    exact = build_graph(folders["mpnet-stance"], precision="float32")
    assert "MatMulIntegerToFloat" not in {n.op_type for n in exact.graph.node}


def test_a_copied_base_configuration_is_corrected(tmp_path: Path) -> None:
    model = tiny("bert", TAGS, tokens=True)
    model.config.architectures = ["BertModel"]
    folder = tmp_path / "copied"
    folder.mkdir()
    finish_folder(model, folder, sample=sample(2), settings={"purpose": "attribution"})
    assert isinstance(load_torch(folder), BertForTokenClassification)


# -- stance folders


def test_a_stance_folder_scores_statements(folders: dict[str, Path]) -> None:
    path = folders["mpnet-stance"]
    scorer = StanceScorer.from_pretrained(path, threads=1, precision="float32")
    assert scorer.calibration.none_bias == -0.5
    assert scorer.name == str(path)
    p = scorer.predict_proba(["roe said no", "yes " * 200], ["a tax", "the tax"])
    assert p.shape == (2, 2, 3)
    assert p.sum(axis=-1) == pytest.approx(np.ones((2, 2)))


def test_pairs_are_what_the_tokenizer_makes_of_them(folders: dict[str, Path]) -> None:
    folder = ModelFolder.open(folders["mpnet-stance"])
    pairs = OnnxPairs(folder, threads=1, precision="float32")
    premise, hypothesis = "roe said no", "the speaker opposes a tax ."
    (ids,) = pairs.token_ids([(premise, hypothesis)])
    assert ids == folder.tokenizer().encode(premise, hypothesis).ids
    found = pairs.logits([(premise, hypothesis)])[0]
    assert np.abs(found - torch_logits(load_torch(folder.path), ids)).max() < 1e-4
    # A long premise loses its end, a hypothesis keeps its own.
    (cut,) = pairs.token_ids([("yes " * 100, hypothesis)])
    assert len(cut) == 48
    assert cut[-8:] == ids[-8:]
    both = pairs.logits([("yes " * 100, hypothesis), (premise, hypothesis)])
    assert both[1] == pytest.approx(found, abs=1e-5)
    assert pairs.token_ids([("roe \ud800", "a tax")])
    assert NliLabels.read(pairs.labels).entailment == 1


@pytest.mark.parametrize("precision", ["int8", "float32"])
def test_logits_of_a_pair_depend_on_the_pair_alone(
    folders: dict[str, Path], precision: str
) -> None:
    folder = ModelFolder.open(folders["mpnet-stance"])
    asked = [("roe said no " * n, "diaz supports a tax") for n in range(1, 30)]
    together = OnnxPairs(folder, threads=1, precision=precision).logits(asked)
    alone = OnnxPairs(folder, threads=1, precision=precision)
    for pair, row in zip(reversed(asked), together[::-1], strict=True):
        assert (alone.logits([pair])[0] == row).all()


def test_a_pair_that_occurs_again_is_computed_once(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = OnnxPairs(ModelFolder.open(folders["mpnet-stance"]), threads=1)
    computed: list[int] = []
    inner = OnnxClassifier.logits

    def counted(self: OnnxClassifier, batch: Any, *, width: int = 0) -> Any:
        computed.append(len(batch))
        return inner(self, batch, width=width)

    monkeypatch.setattr(OnnxClassifier, "logits", counted)
    a, b, c = (("roe said yes", "a tax"), ("roe said", "yes a tax"), ("no", "a tax"))
    first = pairs.logits([a, b, a])
    assert sum(computed) == 2
    assert (first[0] == first[2]).all()
    assert (first[0] != first[1]).any()
    assert (pairs.logits([c, a])[1] == first[0]).all()
    assert sum(computed) == 3
    # What is kept has a bound; the oldest goes first.
    monkeypatch.setattr(batches, "KEPT_RESULTS", 2)
    pairs.logits([("yes", "a tax")])
    pairs.logits([c])
    assert sum(computed) == 4
    assert (pairs.logits([a])[0] == first[0]).all()
    assert sum(computed) == 5
    assert pairs.logits([]).shape == (0, 3)


def test_a_calibration_that_is_none(stance: Path) -> None:
    (stance / "stancekit.json").write_text('{"purpose": "stance", "calibration": {"slope": 1}}')
    with pytest.raises(ModelError, match="holds no calibration"):
        StanceScorer.from_pretrained(stance)


# -- models without a graph, as the hub has them


def hub_folder(path: Path, labels: tuple[str, ...], **options: Any) -> PreTrainedModel:
    model = tiny("mpnet", labels, tokens=False)
    model.save_pretrained(path, **options)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer(), unk_token="<unk>", pad_token="<pad>", model_max_length=64
    ).save_pretrained(path)
    return model


def test_a_model_of_transformers(tmp_path: Path) -> None:
    model = hub_folder(tmp_path / "nli", NLI)
    pairs = TorchPairs(tmp_path / "nli", threads=1)
    assert pairs.labels == NLI
    asked = [("roe said no", "the speaker opposes a tax ."), ("yes " * 20, "a tax")]
    found = pairs.logits(asked)
    for row, (premise, hypothesis) in zip(found, asked, strict=True):
        ids = tokenizer().encode(premise, hypothesis).ids
        assert row == pytest.approx(torch_logits(model, ids), abs=1e-4)
    assert np.isfinite(pairs.logits([("roe \ud800", "a tax")])).all()
    scorer = StanceScorer.from_pretrained(tmp_path / "nli", threads=1)
    assert scorer.predict_proba(["roe said no"], ["a tax"]).shape == (1, 1, 3)


def test_models_that_can_not_be_used(tmp_path: Path) -> None:
    hub_folder(tmp_path / "nameless", ("LABEL_0", "LABEL_1", "LABEL_2"))
    with pytest.raises(ModelError, match="got LABEL_0, LABEL_1, LABEL_2"):
        StanceScorer.from_pretrained(tmp_path / "nameless")
    model = hub_folder(tmp_path / "pickled", NLI)
    (tmp_path / "pickled" / "model.safetensors").unlink()
    torch.save(model.state_dict(), tmp_path / "pickled" / "pytorch_model.bin")
    with pytest.raises(ModelError, match="can't be loaded as an NLI model"):
        StanceScorer.from_pretrained(tmp_path / "pickled")


# -- the probe


def wrong_probe(folder: Path) -> None:
    probe = json.loads((folder / PROBE_FILE).read_text())
    probe["labels"] = [[(x + 1) % 3 for x in labels] for labels in probe["labels"]]
    (folder / PROBE_FILE).write_text(json.dumps(probe))


def test_int8_is_used_where_the_probe_agrees(
    stance: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "MIN_AGREEMENT", 0.6)
    assert OnnxClassifier(ModelFolder.open(stance), threads=1).precision == "int8"
    names = sorted(p.name for p in cache.iterdir())
    assert len(names) == 2
    assert [name.rsplit(".", 1)[1] for name in names] == ["json", "onnx"]
    assert all("-int8" in name for name in names)
    # The verdict and the graph are read from the cache the next time.
    (stance / PROBE_FILE).unlink()
    before = {p.name: p.stat().st_mtime_ns for p in cache.iterdir()}
    assert OnnxClassifier(ModelFolder.open(stance), threads=1).precision == "int8"
    assert {p.name: p.stat().st_mtime_ns for p in cache.iterdir()} == before


def test_float32_is_used_where_it_does_not(stance: Path, caplog: pytest.LogCaptureFixture) -> None:
    wrong_probe(stance)
    folder = ModelFolder.open(stance)
    with caplog.at_level(logging.WARNING):
        classifier = OnnxClassifier(folder, threads=1)
    assert classifier.precision == "float32"
    assert "computing in float32" in caplog.text
    insisted = OnnxClassifier(folder, threads=1, precision="float32")
    assert (classifier.logits(sample(3)) == insisted.logits(sample(3))).all()
    assert OnnxClassifier(folder, threads=1, precision="int8").precision == "int8"


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"input_ids": []}',
        '{"input_ids": [[5]], "labels": []}',
        '{"input_ids": [[5]], "labels": [[1, 2]]}',
    ],
)
def test_a_broken_probe(stance: Path, content: str) -> None:
    (stance / PROBE_FILE).write_text(content)
    with pytest.raises(ModelError, match="not a probe"):
        OnnxClassifier(ModelFolder.open(stance), threads=1)


def test_a_cache_that_can_not_be_written(
    stance: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("STANCEKIT_CACHE", str(tmp_path / "file" / "below"))
    classifier = OnnxClassifier(ModelFolder.open(stance), threads=1, precision="int8")
    assert np.isfinite(classifier.logits(sample(2))).all()


# -- folders that lack something


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("config.json", "config.json is missing"),
        ("tokenizer.json", "tokenizer.json is missing"),
        (GRAPH_FILE, "graph.onnx is missing"),
        ("model.safetensors", "model.safetensors is missing"),
    ],
)
def test_what_is_missing_is_named(stance: Path, file: str, words: str) -> None:
    (stance / file).unlink()
    with pytest.raises(ModelError, match=words):
        OnnxPairs(ModelFolder.open(stance), threads=1)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "not readable as JSON"),
        ("[]", "expected a JSON object"),
        ("{}", "names no labels"),
        ('{"id2label": []}', "names no labels"),
        ('{"id2label": {"0": "a", "2": "b"}}', "with gaps"),
    ],
)
def test_a_wrong_configuration(stance: Path, content: str, words: str) -> None:
    (stance / "config.json").write_text(content)
    with pytest.raises(ModelError, match=words):
        ModelFolder.open(stance)


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not a model folder"):
        ModelFolder.open(tmp_path / "none")


def test_broken_files(stance: Path) -> None:
    (stance / GRAPH_FILE).write_bytes(b"\xff" * 50)
    with pytest.raises(ModelError, match="not a readable ONNX graph"):
        build_graph(stance, precision="int8")
    (stance / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelError, match="not a readable tokenizer"):
        ModelFolder.open(stance).tokenizer()


def test_weights_of_another_architecture(stance: Path) -> None:
    config = json.loads((stance / "config.json").read_text())
    (stance / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 2}))
    with pytest.raises(ModelError, match="weights are missing"):
        load_torch(stance)
    (stance / "config.json").write_text(json.dumps({**config, "intermediate_size": 64}))
    with pytest.raises(ModelError, match="weights don't fit"):
        load_torch(stance)
    (stance / "config.json").write_text(json.dumps({**config, "architectures": ["MPNetModel"]}))
    with pytest.raises(ModelError, match="not a classifier: MPNetModel"):
        load_torch(stance)


# -- export


@pytest.mark.parametrize("int8", [True, False])
def test_an_exported_graph_stands_alone(stance: Path, int8: bool) -> None:
    import onnxruntime

    path = export_model(stance, int8=int8)
    assert path.name == ("model-int8.onnx" if int8 else "model.onnx")
    ids = np.array([[0, 5, 6, 2]], dtype=np.int64)
    feed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    found = onnxruntime.InferenceSession(str(path)).run(["logits"], feed)[0]
    precision = "int8" if int8 else "float32"
    expected = OnnxClassifier(ModelFolder.open(stance), threads=1, precision=precision)
    assert found == pytest.approx(expected.logits([[0, 5, 6, 2]]), abs=1e-5)


def test_a_folder_without_a_graph_gets_one(stance: Path) -> None:
    before = read_float_weights(stance)
    (stance / GRAPH_FILE).unlink()
    export_model(stance)
    assert (stance / GRAPH_FILE).is_file()
    assert all((before[name] == w).all() for name, w in read_float_weights(stance).items())


def test_other_formats(stance: Path) -> None:
    with pytest.raises(ModelError, match="can't export to 'tflite'"):
        export_model(stance, to="tflite")


def test_a_sequence_is_read_alike_whatever_stands_beside_it(folders: dict[str, Path]) -> None:
    classifier = OnnxClassifier(ModelFolder.open(folders["mpnet-stance"]), precision="int8")
    some = sample(8)
    together = classifier.logits(some)
    for row, ids in zip(together, some, strict=True):
        assert classifier.logits([ids])[0] == pytest.approx(row, abs=1e-4)


def test_the_probe_is_labelled_without_dropout(tmp_path: Path) -> None:
    (tmp_path / "stance").mkdir()
    tokenizer().save(str(tmp_path / "stance" / "tokenizer.json"))
    model = tiny("mpnet", NLI, tokens=False)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.9
    finish_folder(model, tmp_path / "stance", sample=sample(), settings={"purpose": "stance"})
    probe = json.loads((tmp_path / "stance" / PROBE_FILE).read_text())
    expected = [int(torch_logits(model.eval(), ids).argmax()) for ids in probe["input_ids"]]
    assert [label for (label,) in probe["labels"]] == expected
