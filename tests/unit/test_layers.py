"""Imports go one way, and stages never import each other. Read from the source with ast."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "stancekit"

# From the bottom up; what stands on one line does not import each other.
LAYERS = (
    ("errors", "types"),
    ("config", "records", "tabular"),
    ("text", "datelines", "hypotheses", "inference", "language", "sources"),
    ("attribution", "speakers", "stance", "summary"),
    ("pipeline",),
    ("evaluation", "report", "annotations", "testing", "api", "corpus"),
    # Training scores what it made with the evaluation; timelines guard their CSV as reports do.
    ("training", "timelines", "distributed"),
    ("cli",),
)
RANK = {part: rank for rank, parts in enumerate(LAYERS) for part in parts}

# The functions that look up: (importing module, imported part) and why.
UPWARD_IN_FUNCTIONS = {
    ("types", "report"): "Report's methods render it, and importing the types stays cheap",
}
# Heavy libraries are imported where they are used; these modules do it at the top,
# and are themselves imported inside of functions only.
HEAVY = {
    "torch",
    "transformers",
    "onnxruntime",
    "onnx",
    "datasets",
    "pandas",
    "matplotlib",
    "pyarrow",
    "spacy",
}
HEAVY_MODULES = {
    "inference.export",
    "inference.attention",
    "inference.graph",
    "inference.session",
    "report.display",
    "training.attribution",
    "training.base",
    "training.hardware",
    "training.loop",
    "training.output_layer",
    "training.progress",
    "training.relevance",
    "training.stance",
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for file in sorted(SOURCE.rglob("*.py")):
        parts = file.relative_to(SOURCE).with_suffix("").parts
        name = ".".join(p for p in parts if p != "__init__")
        yield name, ast.parse(file.read_text(encoding="utf-8"))


def imports(node: ast.AST, *, inside: bool = False) -> Iterator[tuple[str, bool]]:
    """Imported modules, and whether it happens inside of a function; not those for types."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        if isinstance(child, ast.Import):
            yield from ((alias.name, inside) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, "imports are absolute"
            assert child.module
            yield child.module, inside
            # ``from stancekit import types`` names a module, too.
            if child.module == "stancekit":
                yield from ((f"stancekit.{alias.name}", inside) for alias in child.names)
        function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield from imports(child, inside=inside or function)


MODULES = dict(modules())


def part_of(module: str) -> str:
    return module.split(".", maxsplit=1)[0]


def own(tree: ast.Module) -> list[tuple[str, bool]]:
    return [
        (name.removeprefix("stancekit."), inside)
        for name, inside in imports(tree)
        if name.startswith("stancekit.") and part_of(name.removeprefix("stancekit.")) in RANK
    ]


def test_every_module_has_a_layer() -> None:
    assert {part_of(name) for name in MODULES if name} == set(RANK)


def test_the_root_imports_nothing_but_when_asked() -> None:
    assert own(MODULES[""]) == []


@pytest.mark.parametrize("module", [m for m in MODULES if m])
def test_imports_go_one_way(module: str) -> None:
    part = part_of(module)
    for imported, inside in own(MODULES[module]):
        other = part_of(imported)
        if other == part or (inside and (part, other) in UPWARD_IN_FUNCTIONS):
            continue
        assert RANK[other] < RANK[part], f"{module} imports {imported}"


def test_the_listed_exceptions_are_needed() -> None:
    found = {
        (part_of(module), part_of(imported))
        for module, tree in MODULES.items()
        for imported, inside in own(tree)
        if module and inside and RANK[part_of(imported)] > RANK[part_of(module)]
    }
    assert found == set(UPWARD_IN_FUNCTIONS)


@pytest.mark.parametrize("module", list(MODULES))
def test_heavy_libraries_are_imported_where_they_are_used(module: str) -> None:
    at_the_top = {n.split(".")[0] for n, inside in imports(MODULES[module]) if not inside}
    assert not at_the_top & HEAVY or module in HEAVY_MODULES
    for imported, inside in own(MODULES[module]):
        if imported in HEAVY_MODULES and module not in HEAVY_MODULES:
            assert inside, f"{module} imports {imported} at its top"


def test_the_list_of_heavy_modules_is_needed() -> None:
    assert set(MODULES) >= HEAVY_MODULES
    for module in HEAVY_MODULES:
        assert {n.split(".")[0] for n, _ in imports(MODULES[module])} & HEAVY
