"""Making the models that `attribution` and `stance` load."""

from stancekit.training.run import train

__all__ = ["train"]
