"""The linear heads: intents (each yes or no) and category (one of all), pure NumPy."""

import hashlib
import io
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from nlp import data, features, taxonomy
from nlp.features import Features, weigh
from nlp.types import Weights

_CLIP = 30.0
_LARGEST = 127  # of a byte with a sign
_LONGEST_NAME = 80  # characters; it stands beside every understanding
# What NumPy, zipfile and zlib raise for bytes that no training wrote.
_DAMAGE = (
    AttributeError,
    BadZipFile,
    EOFError,
    KeyError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    zlib.error,
)
_PARTS = ("sparse", "unit", "dense", "scale", "shift", "limit")
Array = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Head:
    """Weights per bucket and per dense feature, with the calibration of its scores.

    `sparse` is in steps of `unit`, one per label: a byte is enough for a weight of many. `limit` is
    the probability from which on a label may be acted upon.
    """

    labels: tuple[str, ...]
    sparse: NDArray[np.int8]
    unit: Array
    dense: Array
    scale: Array
    shift: Array
    limit: Array

    def scores(self, features: Features, weights: Array) -> Array:
        """Return the calibrated score (log-odds or logits) per label; see `features.weigh`."""
        found = weights @ self.sparse[features.buckets].astype(np.float32)
        raw = found * self.unit + features.dense @ self.dense
        scaled: Array = raw * self.scale + self.shift
        return scaled


def head(labels: tuple[str, ...], sparse: Array, dense: Array) -> Head:
    """Return a head of these weights, not calibrated."""
    unit = np.maximum(np.abs(sparse).max(axis=0), 1e-6).astype(np.float32) / _LARGEST
    steps = np.rint(sparse / unit).astype(np.int8)
    ones = np.ones(len(labels), dtype=np.float32)
    return Head(labels, steps, unit, dense, ones, ones * 0.0, ones * 0.6)


@dataclass(frozen=True, slots=True)
class Model:
    """Both heads, the weight of each bucket, and the name of this version."""

    name: str
    idf: Array
    intents: Head
    categories: Head

    def probabilities(self, features: Features) -> tuple[dict[str, float], dict[str, float]]:
        """Return every intent and every category with its probability.

        Several intents may be likely; the categories sum to one.
        """
        weights = weigh(features, self.idf)
        wishes = np.clip(self.intents.scores(features, weights), -_CLIP, _CLIP)
        kinds = self.categories.scores(features, weights)
        exponents = np.exp(np.clip(kinds - kinds.max(), -_CLIP, 0.0))
        return (
            _named(self.intents.labels, 1.0 / (1.0 + np.exp(-wishes))),
            _named(self.categories.labels, exponents / exponents.sum()),
        )

    def limits(self) -> dict[str, float]:
        """Return from which probability on each intent and category may be acted upon."""
        return _named(self.intents.labels, self.intents.limit) | _named(
            self.categories.labels, self.categories.limit
        )


def _named(labels: tuple[str, ...], values: Array) -> dict[str, float]:
    return {label: float(value) for label, value in zip(labels, values, strict=True)}


def save(model: Model, folder: Path) -> None:
    """Write `weights.npz` and `meta.json` into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = written(model)
    (folder / "weights.npz").write_bytes(weights.arrays)
    (folder / "meta.json").write_bytes(weights.meta)


def written(model: Model) -> Weights:
    """Return a model's stored form, which `read` makes a model of again."""
    arrays = io.BytesIO()
    np.savez_compressed(arrays, allow_pickle=False, **_arrays(model))
    meta = {
        "name": model.name,
        "intents": list(model.intents.labels),
        "categories": list(model.categories.labels),
    }
    return Weights((json.dumps(meta, indent=1) + "\n").encode(), arrays.getvalue())


def digest(model: Model) -> str:
    """Return eight hexadecimal digits that tell these weights from others."""
    hashed = hashlib.sha256()
    for name, array in sorted(_arrays(model).items()):
        hashed.update(name.encode() + array.tobytes())
    return hashed.hexdigest()[:8]


def _arrays(model: Model) -> dict[str, NDArray[np.generic]]:
    arrays: dict[str, NDArray[np.generic]] = {"idf": model.idf}
    for name, head in (("intents", model.intents), ("categories", model.categories)):
        for part in _PARTS:
            arrays[f"{name}_{part}"] = getattr(head, part)
    return {key: _stored(array) for key, array in arrays.items()}


def _stored(array: NDArray[np.generic]) -> NDArray[np.generic]:
    return array if array.dtype == np.int8 else array.astype(np.float16)


def stored(folder: Path) -> Weights:
    """Read what `save` wrote, as it is; raises OSError."""
    return Weights((folder / "meta.json").read_bytes(), (folder / "weights.npz").read_bytes())


def load(folder: Path) -> Model:
    """Read a model that `save` wrote; raises OSError, and DataError as `read` does."""
    return read(stored(folder))


@lru_cache(maxsize=2)
def read(weights: Weights) -> Model:
    """Make the model of its stored form.

    Raises DataError where that is damaged, or does not fit the features and the taxonomy of this
    version.
    """
    try:
        meta = data.table(json.loads(weights.meta))
        with np.load(io.BytesIO(weights.arrays), allow_pickle=False) as file:
            arrays = {key: file[key].astype(np.float32) for key in file.files}
        model = Model(
            meta["name"] if isinstance(meta["name"], str) else "",
            arrays["idf"],
            _head("intents", meta, arrays),
            _head("categories", meta, arrays),
        )
    except data.DataError:
        raise
    except _DAMAGE as error:
        raise data.DataError("the model's files are damaged") from error
    if not all(bool(np.isfinite(array).all()) for array in arrays.values()):
        raise data.DataError("the model's files are damaged")
    _check(model)
    return model


def _head(name: str, meta: Mapping[str, object], arrays: Mapping[str, Array]) -> Head:
    labels = tuple(data.texts(meta[name]))
    sparse, *others = (arrays[f"{name}_{part}"] for part in _PARTS)
    return Head(labels, sparse.astype(np.int8), *others)


def _check(model: Model) -> None:
    """Raise DataError for a model that was trained with other features or another taxonomy."""
    if not 0 < len(model.name) <= _LONGEST_NAME or not model.name.isprintable():
        raise data.DataError("the model has no proper name")
    fits = (
        model.idf.shape == (features.BUCKETS,)
        and _fits(model.intents, taxonomy.intents())
        and _fits(model.categories, taxonomy.categories())
    )
    if not fits:
        raise data.DataError(f"the model {model.name} was trained for another version")


def _fits(head: Head, labels: tuple[str, ...]) -> bool:
    width = len(labels)
    shapes = tuple(getattr(head, part).shape for part in _PARTS)
    dense = (features.dense_size(), width)
    expected = ((features.BUCKETS, width), (width,), dense, *[(width,)] * 3)
    return head.labels == labels and shapes == expected


def shipped() -> Model:
    """Return the model that comes with the package."""
    with as_file(files("nlp").joinpath("model")) as folder:
        return load(folder)
