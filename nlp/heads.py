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
from nlp.features import Features
from nlp.types import Weights

_CLIP = 30.0
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
Array = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Head:
    """Weights per bucket and per dense feature, with the calibration of its scores."""

    labels: tuple[str, ...]
    sparse: Array
    dense: Array
    scale: Array
    shift: Array

    def scores(self, features: Features, idf: Array) -> Array:
        """Return the calibrated score (log-odds or logits) per label."""
        weights = features.counts * idf[features.buckets]
        norm = float(np.sqrt(np.square(weights).sum()))
        raw = features.dense @ self.dense
        if norm > 0.0:
            raw = raw + (weights / norm) @ self.sparse[features.buckets]
        scaled: Array = raw * self.scale + self.shift
        return scaled


@dataclass(frozen=True, slots=True)
class Model:
    """Both heads, the weight of each bucket, and the name of this version."""

    name: str
    idf: Array
    intents: Head
    categories: Head

    def intent_probabilities(self, features: Features) -> dict[str, float]:
        """Return every intent with its probability; several may be likely."""
        scores = np.clip(self.intents.scores(features, self.idf), -_CLIP, _CLIP)
        return _named(self.intents.labels, 1.0 / (1.0 + np.exp(-scores)))

    def category_probabilities(self, features: Features) -> dict[str, float]:
        """Return every category with its probability; they sum to one."""
        scores = self.categories.scores(features, self.idf)
        exponents = np.exp(np.clip(scores - scores.max(), -_CLIP, 0.0))
        return _named(self.categories.labels, exponents / exponents.sum())


def _named(labels: tuple[str, ...], values: Array) -> dict[str, float]:
    return {label: float(value) for label, value in zip(labels, values, strict=True)}


def save(model: Model, folder: Path) -> None:
    """Write `weights.npz` (float16) and `meta.json` into `folder`."""
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


def _arrays(model: Model) -> dict[str, NDArray[np.float16]]:
    arrays = {"idf": model.idf}
    for name, head in (("intents", model.intents), ("categories", model.categories)):
        arrays[f"{name}_sparse"] = head.sparse
        arrays[f"{name}_dense"] = head.dense
        arrays[f"{name}_scale"] = head.scale
        arrays[f"{name}_shift"] = head.shift
    return {key: array.astype(np.float16) for key, array in arrays.items()}


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
    return Head(
        tuple(data.texts(meta[name])),
        *(arrays[f"{name}_{part}"] for part in ("sparse", "dense", "scale", "shift")),
    )


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
    shapes = (head.sparse.shape, head.dense.shape, head.scale.shape, head.shift.shape)
    expected = ((features.BUCKETS, width), (features.dense_size(), width), (width,), (width,))
    return head.labels == labels and shapes == expected


def shipped() -> Model:
    """Return the model that comes with the package."""
    with as_file(files("nlp").joinpath("model")) as folder:
        return load(folder)
