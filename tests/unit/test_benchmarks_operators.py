"""The profile by operators: what counts as work."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from script_modules import load_script


def test_only_kernels_count_and_products_have_work(tmp_path: Path) -> None:
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
    assert list(load_script("benchmarks/operators.py").events(file)) == [
        ("MatMulIntegerToFloat", 2.0, 2 * 3 * 5 * 8),
        ("Add", 2.0, 0),
    ]
