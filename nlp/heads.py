"""The linear heads: intents (each yes or no) and category (one of all), pure NumPy."""

import json
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp import data
from nlp.features import Features

_CLIP = 30.0
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
    arrays = {"idf": model.idf}
    for name, head in (("intents", model.intents), ("categories", model.categories)):
        arrays[f"{name}_sparse"] = head.sparse
        arrays[f"{name}_dense"] = head.dense
        arrays[f"{name}_scale"] = head.scale
        arrays[f"{name}_shift"] = head.shift
    half = {key: array.astype(np.float16) for key, array in arrays.items()}
    np.savez_compressed(folder / "weights.npz", allow_pickle=False, **half)
    meta = {
        "name": model.name,
        "intents": list(model.intents.labels),
        "categories": list(model.categories.labels),
    }
    (folder / "meta.json").write_text(json.dumps(meta, indent=1) + "\n", "utf-8")


def load(folder: Path) -> Model:
    """Read a model that `save` wrote; raises DataError where its parts do not fit."""
    meta = data.table(json.loads((folder / "meta.json").read_text("utf-8")))
    with np.load(folder / "weights.npz", allow_pickle=False) as stored:
        arrays = {key: stored[key].astype(np.float32) for key in stored.files}

    def head(name: str) -> Head:
        labels = tuple(data.texts(meta[name]))
        if arrays[f"{name}_sparse"].shape[1] != len(labels):
            raise data.DataError(f"the model's {name} do not fit its weights")
        return Head(
            labels,
            arrays[f"{name}_sparse"],
            arrays[f"{name}_dense"],
            arrays[f"{name}_scale"],
            arrays[f"{name}_shift"],
        )

    return Model(str(meta["name"]), arrays["idf"], head("intents"), head("categories"))


def shipped() -> Model:
    """Return the model that comes with the package."""
    with as_file(files("nlp").joinpath("model")) as folder:
        return load(folder)
