"""What the README shows works as shown."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stancekit.cli import app
from stancekit.config import PipelineConfig, validate

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.S)


def test_python_blocks_run_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    namespace: dict[str, object] = {}
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), namespace)
    assert "Aoife Brannigan" in capsys.readouterr().out


def test_toml_blocks_are_valid_configurations() -> None:
    assert blocks("toml")
    for block in blocks("toml"):
        validate(PipelineConfig, tomllib.loads(block), where="README.md")


def test_every_command_shown_exists_and_every_command_is_shown() -> None:
    shown = set(re.findall(r"^stancekit ([\w-]+) [A-Z]", README, re.M))
    result = CliRunner().invoke(app, ["--help"])
    names = {c.name or c.callback.__name__ for c in app.registered_commands if c.callback}
    assert result.exit_code == 0
    assert shown == names


def test_files_that_it_links_to_exist() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
