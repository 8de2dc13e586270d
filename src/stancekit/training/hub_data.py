"""Records of a Hugging Face dataset: by name from the hub, or from a folder."""

from __future__ import annotations

from collections.abc import Iterator

from stancekit.errors import DataError
from stancekit.records import Record
from stancekit.training.config import DataSource


def read_dataset(source: DataSource) -> Iterator[tuple[int, Record]]:
    """Yields row numbers, from 1, and records; class numbers become the names of the classes.

    Raises:
        DataError: The dataset, its configuration or its split isn't there.
    """
    import datasets

    try:
        rows = datasets.load_dataset(
            source.dataset, source.name, split=source.split or "train", revision=source.revision
        )
    except Exception as error:  # a loader runs many libraries, each with errors of its own
        first = (str(error).strip() or repr(error)).splitlines()[0]
        raise DataError(f"{source.title}: can't be loaded as a dataset: {first}") from error
    classes = {
        name: feature
        for name, feature in rows.features.items()
        if isinstance(feature, datasets.ClassLabel)
    }
    for number, row in enumerate(rows, start=1):
        named = {
            key: feature.int2str(row[key])
            for key, feature in classes.items()
            if row[key] is not None and row[key] >= 0
        }
        yield number, {**row, **named}
