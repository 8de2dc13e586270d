"""The example notebook runs, and is the one that its script writes."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    path = ROOT / "scripts" / "example_notebook.py"
    spec = importlib.util.spec_from_file_location("example_notebook", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_notebook_is_the_one_of_its_script(script: ModuleType) -> None:
    found = nbformat.read(script.NOTEBOOK, as_version=4)
    nbformat.validate(found)
    assert [(c.cell_type, c.source) for c in found.cells] == [
        (c.cell_type, c.source) for c in script.notebook().cells
    ]
    assert script.NOTEBOOK.stat().st_size < 300_000
    for output in (o for c in found.cells for o in c.get("outputs", ())):
        assert output.output_type != "error"


def test_the_notebook_runs(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    # The kernel is another process, and has to find this copy of the package.
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))
    made = script.notebook()
    script.execute(made)
    outputs = [output for cell in made.cells for output in cell.get("outputs", ())]
    kinds = {kind for output in outputs for kind in output.get("data", {})}
    assert {"text/html", "image/png"} <= kinds
    errors = [output.text for output in outputs if output.get("name") == "stderr"]
    assert errors == []
