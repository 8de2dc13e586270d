"""Measuring the pipeline against labelled articles and statements."""

from stancekit.evaluation.result import EvaluationResult
from stancekit.evaluation.run import evaluate, evaluate_attributor, evaluate_stance_items

__all__ = ["EvaluationResult", "evaluate", "evaluate_attributor", "evaluate_stance_items"]
