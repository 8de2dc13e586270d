"""Every exception that stancekit raises on purpose.

The tree (each is also the built-in type that a caller would expect)::

    StancekitError
    ├── InputError(ValueError)            an article or a data file that can't be read
    ├── ConfigError(ValueError)           a configuration with wrong or unknown keys
    ├── DataError(ValueError)             training or evaluation records that are wrong
    ├── ModelError(ValueError)            a model folder that is incomplete or inconsistent
    └── MissingExtraError(ImportError)    an optional dependency that is not installed
"""

from __future__ import annotations


class StancekitError(Exception):
    """Base of all exceptions raised on purpose."""


class InputError(StancekitError, ValueError):
    """An article or a data file that can't be read as what it should be."""


class ConfigError(StancekitError, ValueError):
    """A configuration with unknown keys or values that are not allowed."""


class DataError(StancekitError, ValueError):
    """Records for training or evaluation that are malformed or contradict each other."""


class ModelError(StancekitError, ValueError):
    """A model folder that is incomplete, inconsistent or not what it is used for."""


class MissingExtraError(StancekitError, ImportError):
    """A feature that needs a package which is not installed.

    Args:
        feature: What was asked for, as the start of a sentence.
        extra: The name of the extra that brings the package.
    """

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs an extra: pip install 'stancekit[{extra}]'")
