"""Reading configuration files: TOML in, checked pydantic models out, every error at once."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

import pydantic
from pydantic import BaseModel, ConfigDict

from stancekit.errors import ConfigError


class Section(BaseModel):
    """Base of every configuration table: unknown keys are errors, values don't change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


S = TypeVar("S", bound=Section)


def read_toml(path: str | Path) -> dict[str, Any]:
    """Parses a TOML file.

    Raises:
        ConfigError: The file is missing, not UTF-8 or not TOML.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: not valid TOML: nested too deeply") from error


def _parse_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        return text


def apply_overrides(values: Mapping[str, Any], overrides: Sequence[str]) -> dict[str, Any]:
    """Sets dotted paths, ``training.learning_rate=1e-4``; values are TOML or plain words.

    Raises:
        ConfigError: An override without ``=``, or one that goes through a value.
    """
    result: dict[str, Any] = json.loads(json.dumps(values, default=str))
    for override in overrides:
        path, separator, value = override.partition("=")
        if not separator or not path.strip():
            raise ConfigError(f"override {override!r}: expected key.path=value")
        *parents, last = path.strip().split(".")
        table: Any = result
        for key in parents:
            if isinstance(table, list) and key.isdecimal() and int(key) < len(table):
                table = table[int(key)]
                continue
            if not isinstance(table, dict):
                raise ConfigError(f"override {override!r}: {key!r} is not a table")
            table = table.setdefault(key, {})
        if not isinstance(table, dict):
            raise ConfigError(f"override {override!r}: {path!r} does not name a key of a table")
        table[last] = _parse_value(value.strip())
    return result


def validate(model: type[S], values: Mapping[str, Any], *, where: str) -> S:
    """Checks values against a model.

    Args:
        model: The table's pydantic model.
        values: What the file holds, overrides applied.
        where: The file's name, for the message.

    Raises:
        ConfigError: One message with every wrong path, its value and what was expected.
    """
    try:
        return model.model_validate(values)
    except pydantic.ValidationError as error:
        lines = []
        for problem in error.errors():
            path = ".".join(str(part) for part in problem["loc"]) or "(the whole file)"
            if problem["type"] == "extra_forbidden":
                lines.append(f"  {path}: unknown key")
            elif problem["type"] == "missing":
                lines.append(f"  {path}: missing")
            else:
                message = problem["msg"].removeprefix("Value error, ")
                lines.append(f"  {path} = {problem['input']!r}: {message}")
        raise ConfigError(f"{where}: {len(lines)} problem(s)\n" + "\n".join(lines)) from error


def load(model: type[S], path: str | Path, overrides: Sequence[str] = ()) -> S:
    """Reads a TOML file into a checked model, with overrides."""
    return validate(model, apply_overrides(read_toml(path), overrides), where=str(path))


class TargetSection(Section):
    """``[[target]]``: either ``favor`` and ``against`` sentences, or ``text``, or ``claim``."""

    id: str | None = pydantic.Field(default=None, min_length=1)
    name: str | None = pydantic.Field(default=None, min_length=1)
    text: str | None = pydantic.Field(default=None, min_length=1)
    claim: str | None = pydantic.Field(default=None, min_length=1)
    favor: list[str] | None = pydantic.Field(default=None, min_length=1)
    against: list[str] | None = pydantic.Field(default=None, min_length=1)

    @pydantic.model_validator(mode="after")
    def _one_form(self) -> TargetSection:
        sentences = self.favor is not None or self.against is not None
        forms = sum((sentences, self.text is not None, self.claim is not None))
        if forms != 1:
            raise ValueError("give favor and against, or text, or claim, and only one of these")
        if sentences and (self.favor is None or self.against is None or self.name is None):
            raise ValueError("favor and against are needed both, with a name")
        for given in (self.name, self.text, self.claim):
            if given is not None and not given.strip(" .\t\r\n"):
                raise ValueError(f"{given!r} says nothing")
        for sentence in (*(self.favor or ()), *(self.against or ())):
            if not sentence.strip():
                raise ValueError("a sentence is empty")
        return self


class AnalysisSection(Section):
    """``[models]``: which models, and how they are run."""

    stance: str = "bundled"
    attribution: str = "bundled"
    precision: Literal["auto", "int8", "mixed", "float32"] = "auto"
    mode: Literal["exact", "screened", "fast"] | None = None
    threads: int | None = pydantic.Field(default=None, ge=1)


class PipelineConfig(Section):
    """A configuration for `StancePipeline` and ``stancekit analyze``."""

    target: list[TargetSection] = pydantic.Field(min_length=1)
    models: AnalysisSection = AnalysisSection()
    min_confidence: float = pydantic.Field(
        default=0.0,
        ge=0,
        le=1,
        description="below this probability of its label a stance is none",
    )

    @pydantic.model_validator(mode="after")
    def _distinct(self) -> PipelineConfig:
        ids = [t.id for t in self.target if t.id]
        doubled = sorted({i for i in ids if ids.count(i) > 1})
        if doubled:
            raise ValueError(f"target ids are used twice: {', '.join(doubled)}")
        return self
