"""The profile by operators: what counts as work."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "operators.py"


@pytest.fixture(scope="module")
def operators() -> Any:
    spec = importlib.util.spec_from_file_location("benchmark_operators", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_only_kernels_count_and_products_have_work(operators: Any, tmp_path: Path) -> None:
    def event(name: str, operator: str, given: list[Any], made: list[Any]) -> dict[str, Any]:
        return {
            "cat": "Node",
            "name": name,
            "dur": 2_000_000,
            "args": {"op_name": operator, "input_type_shape": given, "output_type_shape": made},
        }

    product = [{"uint8": [2, 3, 8]}, {"float": []}]
    file = tmp_path / "profile.json"
    file.write_text(
        json.dumps(
            [
                {"cat": "Session", "name": "model_run", "dur": 9, "args": {}},
                event("a_fence_before", "Add", [], []),
                event("a_kernel_time", "MatMulIntegerToFloat", product, [{"float": [2, 3, 5]}]),
                event("b_kernel_time", "Add", [{"float": [2, 3]}], [{"float": [2, 3]}]),
            ]
        ),
        encoding="utf-8",
    )
    assert list(operators.events(file)) == [
        ("MatMulIntegerToFloat", 2.0, 2 * 3 * 5 * 8),
        ("Add", 2.0, 0),
    ]


def test_the_rate_of_bytes_is_a_number_above_zero(operators: Any) -> None:
    assert operators.byte_products(threads=1, seconds=0.01) > 1e6
