"""Reading the package's YAML data files with their shapes checked."""

from collections.abc import Iterator
from importlib.resources import files

import yaml


class DataError(ValueError):
    """A data file, of the package or a trained model, has an unexpected shape."""


def read(folder: str, name: str) -> object:
    """Return the content of `nlp/<folder>/<name>` (folder may be empty)."""
    place = files("nlp")
    path = place.joinpath(folder, name) if folder else place.joinpath(name)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content: object = yaml.load(path.read_text("utf-8"), Loader=loader)  # noqa: S506 safe loader
    return content


def names(folder: str) -> list[str]:
    """Return the YAML files of a folder of the package, sorted."""
    found = (entry.name for entry in files("nlp").joinpath(folder).iterdir())
    return sorted(name for name in found if name.endswith(".yaml"))


def table(value: object) -> dict[str, object]:
    """Return `value` as a mapping with text keys, or raise DataError."""
    if not isinstance(value, dict):
        raise DataError(f"a mapping is expected, not {value!r:.60}")
    return {str(key): entry for key, entry in value.items()}


def rows(value: object) -> list[object]:
    """Return `value` as a list (None is an empty one), or raise DataError."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise DataError(f"a list is expected, not {value!r:.60}")
    return value


def texts(value: object) -> list[str]:
    """Return `value` as a list of texts, or raise DataError."""
    return list(_texts(rows(value)))


def _texts(values: list[object]) -> Iterator[str]:
    for entry in values:
        if isinstance(entry, bool) or not isinstance(entry, str | int):
            raise DataError(f"a text is expected, not {entry!r:.60}")
        yield str(entry)
