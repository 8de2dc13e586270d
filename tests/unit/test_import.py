"""Importing stancekit is cheap, and everything it names is there."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module

import pytest

import stancekit

HEAVY = (
    "torch", "transformers", "onnxruntime", "onnx", "datasets", "numpy", "pydantic", "sklearn",
    "pandas", "matplotlib", "tokenizers", "safetensors", "typer", "rich", "jinja2",
)  # fmt: skip


def run(code: str) -> object:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_importing_loads_nothing_heavy() -> None:
    loaded = run("import sys, json, stancekit; print(json.dumps(sorted(sys.modules)))")
    assert isinstance(loaded, list)
    assert "stancekit" in loaded
    assert not set(HEAVY) & set(loaded)


def test_the_light_names_load_nothing_heavy() -> None:
    code = (
        "import sys, json, stancekit\n"
        "stancekit.Target.from_text('a tax'); stancekit.Span(0, 1); stancekit.ConfigError('x')\n"
        "stancekit.analyze\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    loaded = run(code)
    assert isinstance(loaded, list)
    assert not set(HEAVY) & set(loaded)


def test_the_fakes_need_neither_torch_nor_onnx() -> None:
    code = (
        "import sys, json\n"
        "from stancekit.testing import fake_pipeline\n"
        "fake_pipeline(targets=['a tax']).run('Roe said she wants a tax.')\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    loaded = run(code)
    assert isinstance(loaded, list)
    assert not {"torch", "transformers", "onnxruntime", "onnx", "datasets"} & set(loaded)


def test_importing_takes_less_than_0_3_s() -> None:
    code = (
        "import time, json\nbegan = time.process_time()\nimport stancekit\n"
        "print(json.dumps(time.process_time() - began))"
    )
    assert min(float(str(run(code))) for _ in range(3)) < 0.3


@pytest.mark.parametrize("name", stancekit.__all__)
def test_every_name_resolves(name: str) -> None:
    value = getattr(stancekit, name)
    assert value is not None
    assert name in dir(stancekit)
    if name in stancekit._HOME:
        assert value is getattr(import_module(stancekit._HOME[name]), name)


def test_an_unknown_name() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'unknwon'"):
        stancekit.unknwon  # noqa: B018 (the access is the test)


def test_the_names_for_type_checkers_are_the_same() -> None:
    import ast
    import inspect

    tree = ast.parse(inspect.getsource(stancekit))
    (guard,) = [n for n in tree.body if isinstance(n, ast.If)]
    found = {
        alias.asname: statement.module
        for statement in guard.body
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }
    assert found == stancekit._HOME
