"""A report as plain types and as JSON; `schema` describes both."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from stancekit.types import (
    Report,
    Span,
    Speaker,
    SpeakerSummary,
    StanceScore,
    Statement,
    TargetRef,
)

DECIMALS = 4


def _number(value: float) -> float:
    # Adding 0.0 turns the -0.0 that rounding leaves into 0.0.
    return round(float(value), DECIMALS) + 0.0


def _span(span: Span) -> dict[str, Any]:
    return {"start": span.start, "end": span.end, "text": span.text}


def _stance(stance: StanceScore) -> dict[str, Any]:
    return {
        "label": stance.label,
        "favor": _number(stance.favor),
        "against": _number(stance.against),
        "none": _number(stance.none),
        "score": _number(stance.score),
    }


def _statement(statement: Statement) -> dict[str, Any]:
    return {
        "id": statement.id,
        "kind": statement.kind,
        "modality": statement.modality,
        "confidence": _number(statement.confidence),
        "speaker": None if statement.speaker is None else statement.speaker.id,
        "source": None if statement.source is None else _span(statement.source),
        "cue": None if statement.cue is None else _span(statement.cue),
        "contents": [_span(span) for span in statement.contents],
        "stances": {target: _stance(stance) for target, stance in statement.stances.items()},
    }


def _target(target: TargetRef) -> dict[str, Any]:
    return {
        "id": target.id,
        "name": target.name,
        **({"favor": list(target.favor)} if target.favor else {}),
        **({"against": list(target.against)} if target.against else {}),
    }


def _speaker(speaker: Speaker) -> dict[str, Any]:
    return {
        "id": speaker.id,
        "name": speaker.name,
        "type": speaker.type,
        "mentions": [_span(span) for span in speaker.mentions],
        "members": list(speaker.members),
    }


def _summary(summary: SpeakerSummary) -> dict[str, Any]:
    return {
        "speaker": summary.speaker,
        "target": summary.target,
        "label": summary.label,
        "score": _number(summary.score),
        "low": _number(summary.low),
        "high": _number(summary.high),
        "statements": list(summary.statements),
    }


def to_dict(report: Report) -> dict[str, Any]:
    """The report as plain types, in the shape that `schema` describes.

    Probabilities, scores and bounds are rounded to four decimals.
    """
    return {
        "document": {
            "id": report.document.id,
            **({"date": report.document.date} if report.document.date else {}),
            **({"language": report.document.language} if report.document.language else {}),
            "n_chars": len(report.document.text),
            "sha256": report.document.sha256,
        },
        "targets": [_target(target) for target in report.targets],
        "models": dict(report.models),
        "stancekit": report.version,
        "statements": [_statement(statement) for statement in report.statements],
        "speakers": [_speaker(speaker) for speaker in report.speakers],
        "summaries": [_summary(summary) for summary in report.summaries],
        "skipped": [
            {"start": skipped.start, "end": skipped.end, "reason": skipped.reason}
            for skipped in report.skipped
        ],
    }


def to_json(report: Report, *, indent: int | None = 2) -> str:
    """The report as JSON text, without a final newline.

    Args:
        report: What to write.
        indent: Spaces a level; None puts everything on one line.
    """
    values = to_dict(report)
    text = json.dumps(values, indent=indent, ensure_ascii=False)
    if any("\ud800" <= character <= "\udfff" for character in text):
        # A lone surrogate can't be encoded as UTF-8; escaped, it survives.
        text = json.dumps(values, indent=indent, ensure_ascii=True)
    return text


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of `to_dict`, as shipped in ``report/schema.json``."""
    text = files("stancekit.report").joinpath("schema.json").read_text(encoding="utf-8")
    result: dict[str, Any] = json.loads(text)
    return result
