"""Who said what in a news article, and where does each speaker stand.

    import stancekit

    report = stancekit.analyze(text, targets=["a carbon tax"])

Importing the package is cheap: models and heavy libraries are loaded when used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from stancekit.api import analyze as analyze
    from stancekit.attribution.attributor import Attributor as Attributor
    from stancekit.errors import (
        ConfigError as ConfigError,
    )
    from stancekit.errors import (
        DataError as DataError,
    )
    from stancekit.errors import (
        InputError as InputError,
    )
    from stancekit.errors import (
        MissingExtraError as MissingExtraError,
    )
    from stancekit.errors import (
        ModelError as ModelError,
    )
    from stancekit.errors import (
        StancekitError as StancekitError,
    )
    from stancekit.evaluation import evaluate as evaluate
    from stancekit.hypotheses import Target as Target
    from stancekit.pipeline import StancePipeline as StancePipeline
    from stancekit.stance.scorer import StanceScorer as StanceScorer
    from stancekit.timelines import Timeline as Timeline
    from stancekit.timelines import timeline as timeline
    from stancekit.training.classifier import StanceClassifier as StanceClassifier
    from stancekit.training.run import train as train
    from stancekit.types import (
        Document as Document,
    )
    from stancekit.types import (
        Report as Report,
    )
    from stancekit.types import (
        Span as Span,
    )
    from stancekit.types import (
        Speaker as Speaker,
    )
    from stancekit.types import (
        SpeakerSummary as SpeakerSummary,
    )
    from stancekit.types import (
        StanceScore as StanceScore,
    )
    from stancekit.types import (
        Statement as Statement,
    )

_HOME = {
    "analyze": "stancekit.api",
    "Attributor": "stancekit.attribution.attributor",
    "ConfigError": "stancekit.errors",
    "DataError": "stancekit.errors",
    "InputError": "stancekit.errors",
    "MissingExtraError": "stancekit.errors",
    "ModelError": "stancekit.errors",
    "StancekitError": "stancekit.errors",
    "evaluate": "stancekit.evaluation",
    "Target": "stancekit.hypotheses",
    "StancePipeline": "stancekit.pipeline",
    "StanceScorer": "stancekit.stance.scorer",
    "Timeline": "stancekit.timelines",
    "timeline": "stancekit.timelines",
    "StanceClassifier": "stancekit.training.classifier",
    "train": "stancekit.training.run",
    "Document": "stancekit.types",
    "Report": "stancekit.types",
    "Span": "stancekit.types",
    "Speaker": "stancekit.types",
    "SpeakerSummary": "stancekit.types",
    "StanceScore": "stancekit.types",
    "Statement": "stancekit.types",
}

__all__ = ["__version__", *sorted(_HOME)]  # noqa: PLE0604 (sorted gives strings)


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'stancekit' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
