"""Configuration files: every wrong path is named, and every shipped file is right."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import pydantic
import pytest

from stancekit.config import PipelineConfig, Section, apply_overrides, load, read_toml, validate
from stancekit.errors import ConfigError
from stancekit.pipeline import DEFAULT_TARGETS, make_target
from stancekit.training.config import TrainConfig

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.toml"))
PEACE = {"name": "peace", "favor": ["{speaker} wants peace."], "against": ["{speaker} wants war."]}


def model_of(values: dict[str, Any]) -> type[Section]:
    return TrainConfig if "task" in values else PipelineConfig


def leaves(values: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Paths of all tables and values."""
    if path:
        yield path
    if isinstance(values, dict):
        for key, value in values.items():
            yield from leaves(value, (*path, key))
    elif isinstance(values, list):
        for number, value in enumerate(values):
            yield from leaves(value, (*path, number))


def at(values: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        values = values[key]
    return values


CASES = [
    pytest.param(config, path, id=f"{config.stem}:{'.'.join(map(str, path))}")
    for config in [*CONFIGS, DEFAULT_TARGETS]
    for path in leaves(tomllib.loads(config.read_text(encoding="utf-8")))
]


def test_there_are_configs() -> None:
    assert CONFIGS


@pytest.mark.parametrize("config", [*CONFIGS, DEFAULT_TARGETS], ids=lambda p: p.stem)
def test_every_shipped_config_loads(config: Path) -> None:
    checked = load(model_of(read_toml(config)), config)
    assert validate(type(checked), checked.model_dump(exclude_none=True), where="x") == checked


@pytest.mark.parametrize("config", CONFIGS, ids=lambda p: p.stem)
def test_what_a_run_saves_leaves_out_where_things_lie(config: Path) -> None:
    if "task" in read_toml(config):
        saved = load(TrainConfig, config, ["model.path=/home/me/base"]).resolved()
        assert "/home/me" not in str(saved)
        assert saved["training"]["weight_decay"] >= 0


@pytest.mark.parametrize(("config", "path"), CASES)
def test_a_value_of_a_wrong_type_is_named(config: Path, path: tuple[str | int, ...]) -> None:
    values = read_toml(config)
    at(values, path[:-1])[path[-1]] = {"wrong": [1979]}
    with pytest.raises(ConfigError) as caught:
        validate(model_of(read_toml(config)), values, where="file.toml")
    message = str(caught.value)
    assert message.startswith("file.toml: ")
    assert "  " + ".".join(map(str, path)) in message


@pytest.mark.parametrize(("config", "path"), CASES)
def test_an_unknown_key_is_named(config: Path, path: tuple[str | int, ...]) -> None:
    values = read_toml(config)
    table = at(values, path)
    # A free table such as ``where`` takes any key.
    if not isinstance(table, dict) or path[-1] == "where":
        return
    table["unknwon"] = 1
    with pytest.raises(ConfigError, match=r"\.".join(map(str, path)) + r"\.unknwon: unknown key"):
        validate(model_of(read_toml(config)), values, where="file.toml")


def test_every_wrong_path_is_named_in_one_error() -> None:
    values = {
        "target": [PEACE, {"text": "a tax", "claim": "Tax it"}, {"favour": ["x"], "text": "y"}],
        "models": {"precision": "int4", "threads": 0},
        "min_confidence": 1.5,
        "colour": "red",
    }
    with pytest.raises(ConfigError) as caught:
        validate(PipelineConfig, values, where="my.toml")
    lines = str(caught.value).splitlines()
    assert lines[0] == "my.toml: 6 problem(s)"
    found = sorted(line.strip().split(" ")[0].rstrip(":") for line in lines[1:])
    assert found == [
        "colour",
        "min_confidence",
        "models.precision",
        "models.threads",
        "target.1",
        "target.2.favour",
    ]
    assert "'int4'" in str(caught.value)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ({}, "only one of these"),
        ({"text": "a", "favor": ["b"]}, "only one of these"),
        ({"name": "a", "favor": ["b"]}, "needed both"),
        ({"favor": ["a"], "against": ["b"]}, "with a name"),
        ({"name": "a", "favor": ["a", " "], "against": ["b"]}, "a sentence is empty"),
        ({"name": "a", "favor": [], "against": ["b"]}, "target.0.favor"),
        ({"text": ""}, "target.0.text"),
        ({"text": " . "}, "says nothing"),
        ({"claim": "\t"}, "says nothing"),
        ({"name": " ", "favor": ["a"], "against": ["b"]}, "says nothing"),
    ],
)
def test_a_wrong_target(target: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        validate(PipelineConfig, {"target": [target]}, where="x")


def test_ids_are_given_once() -> None:
    target = {"id": "a", "text": "a tax"}
    with pytest.raises(ConfigError, match="used twice: a"):
        validate(PipelineConfig, {"target": [target, target]}, where="x")


def test_a_config_without_targets_is_refused() -> None:
    with pytest.raises(ConfigError, match="target: missing"):
        validate(PipelineConfig, {}, where="x")


def test_targets_take_their_three_forms() -> None:
    given = [PEACE, {"text": "a tax", "id": "t"}, {"claim": "Tax it.", "name": "Taxing"}]
    made = [make_target(t) for t in validate(PipelineConfig, {"target": given}, where="x").target]
    assert [(t.id, t.name) for t in made] == [
        ("peace", "peace"),
        ("t", "a tax"),
        ("tax-it", "Taxing"),
    ]
    assert made[0].favor == ("{speaker} wants peace.",)


def test_values_are_not_converted() -> None:
    with pytest.raises(ConfigError, match=r"min_confidence = '0\.5'"):
        validate(PipelineConfig, {"target": [PEACE], "min_confidence": "0.5"}, where="x")
    assert validate(PipelineConfig, {"target": [PEACE], "min_confidence": 1}, where="x")


# -- overrides


def test_overrides_are_toml_or_plain_words() -> None:
    values: dict[str, Any] = {"a": {"b": 1, "list": [{"c": 1}]}, "d": 2}
    before = copy.deepcopy(values)
    changed = apply_overrides(
        values, ["a.b=2e-5", "a.list.0.c='x y'", "d=plain word", "e=[1, 2]", "f=true", "g=a=b"]
    )
    assert changed == {
        "a": {"b": 2e-5, "list": [{"c": "x y"}]},
        "d": "plain word",
        "e": [1, 2],
        "f": True,
        "g": "a=b",
    }
    assert values == before


@pytest.mark.parametrize(
    "override",
    ["a", "=1", " =1", "a.b.c=1", "a.list.7.c=1", "a.list.0=1", "a.list.²=1", "a.list.².c=1"],
)
def test_overrides_that_lead_nowhere(override: str) -> None:
    with pytest.raises(ConfigError, match="override"):
        apply_overrides({"a": {"b": 1, "list": [{"c": 1}]}}, [override])


def test_an_override_of_an_unknown_path_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"training\.learning_rat: unknown key"):
        load(TrainConfig, CONFIGS[0], ["training.learning_rat=1e-4"])
    assert (
        load(TrainConfig, CONFIGS[0], ["training.learning_rate=1e-4"]).training.learning_rate
        == 1e-4
    )


# -- files


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        read_toml(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="directory"):
        read_toml(tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a = ", "not valid TOML"),
        (b"a = 1\na = 2\n", "line 2"),
        (b"a = '\xff'", "not UTF-8"),
        (b"a = " + b"[" * 100_000, "not valid TOML"),
    ],
    ids=["cut off", "twice", "latin-1", "deep"],
)
def test_a_file_that_is_not_toml(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=words) as caught:
        read_toml(path)
    assert "x.toml" in str(caught.value)


# -- values out of range, found in the models themselves


def _tables(model: type[Section], path: tuple[str | int, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every field of a configuration's model: path, lowest and highest value, choices."""
    for name, field in model.model_fields.items():
        here = (*path, name)
        schema = pydantic.TypeAdapter(Annotated[field.annotation, field]).json_schema()
        options = schema.get("anyOf", [schema])
        nested = [a for a in (field.annotation, *get_args(field.annotation)) if _is_table(a)]
        if nested:
            of_a_list = get_origin(field.annotation) is list
            yield from _tables(nested[0], (*here, 0) if of_a_list else here)
            continue
        for option in options:
            if option.get("type") in ("integer", "number") or "enum" in option:
                yield (here, option)


def _is_table(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Section)


def _out_of_range(option: dict[str, Any]) -> Iterator[object]:
    if "enum" in option:
        yield "no such choice"
    if "minimum" in option:
        yield option["minimum"] - 1
    if "exclusiveMinimum" in option:
        yield option["exclusiveMinimum"]
    if "maximum" in option:
        yield option["maximum"] + 1
    if "exclusiveMaximum" in option:
        yield option["exclusiveMaximum"]


RANGES = [
    pytest.param(model, path, value, id=f"{'.'.join(map(str, path))}={value}")
    for model in (PipelineConfig, TrainConfig)
    for path, option in _tables(model)
    for value in _out_of_range(option)
]


def test_there_are_ranges() -> None:
    assert len(RANGES) > 20


@pytest.mark.parametrize(("model", "path", "value"), RANGES)
def test_a_value_out_of_range_is_named(
    model: type[Section], path: tuple[str | int, ...], value: object
) -> None:
    """In every shipped configuration of this kind, whether it sets the key or not."""
    for config in [*CONFIGS, DEFAULT_TARGETS]:
        values: Any = read_toml(config)
        if model_of(values) is not model:
            continue
        table = values
        for key, following in pairwise(path):
            if isinstance(table, list):
                table.extend([{}] if not table else [])
                table = table[0]
            else:
                table = table.setdefault(key, [] if following == 0 else {})
        table[path[-1]] = value
        with pytest.raises(ConfigError) as caught:
            validate(model, values, where=config.name)
        assert f"  {'.'.join(map(str, path))} = {value!r}: " in str(caught.value)
