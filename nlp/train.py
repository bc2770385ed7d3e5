"""Training of the linear heads: plain mini-batch logistic regression in NumPy, reproducible."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp import corpus, features, gazetteer, heads, pipeline, taxonomy
from nlp.corpus import Example
from nlp.features import BUCKETS, Features
from nlp.types import Context

SEED = 20261
COPIES = 4
EPOCHS = 8
BATCH = 256
INTENT_RATES = (0.08, 0.06)  # n-grams, dense features
CATEGORY_RATES = (0.012, 0.006)
SPARSE_DECAY = 2e-5
DENSE_DECAY = 1e-3
PRIOR_STEM, PRIOR_HINT, PRIOR_NOT = 3.0, 0.8, -1.5
DROP_SPARSE = 0.4
VERSION = "linear-1"
_NOW = datetime(2026, 3, 18, 10, 0, tzinfo=UTC)
_DEFAULT_CATEGORY = {"market_hours": "market_issue", "market_product": "market_issue"}

Array = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Prepared:
    """Examples with their features and their targets, row by row."""

    examples: list[Example]
    features: list[Features]
    intents: Array
    categories: Array

    def rows(self, wanted: Callable[[Example], bool]) -> NDArray[np.int64]:
        """Return the row numbers whose example is wanted."""
        chosen = [row for row, example in enumerate(self.examples) if wanted(example)]
        return np.array(chosen, dtype=np.int64)


def prepare(examples: list[Example]) -> Prepared:
    """Run the finding components over `examples` and build their features and targets."""
    reader = pipeline.untrained(gazetteer.demo())
    found = []
    intents = taxonomy.intents()
    categories = taxonomy.categories()
    wanted = np.zeros((len(examples), len(intents)), dtype=np.float32)
    kinds = np.zeros((len(examples), len(categories)), dtype=np.float32)
    for row, example in enumerate(examples):
        reading = reader.read(example.text, Context(_NOW, example.language))
        found.append(
            features.extract(reading.folded, reading.hits, reading.entities, reading.language)
        )
        for intent in example.intents:
            wanted[row, intents.index(intent)] = 1.0
        category = example.category or _DEFAULT_CATEGORY.get(example.intents[0])
        if category is not None:
            kinds[row, categories.index(category)] = 1.0
    return Prepared(examples, found, wanted, kinds)


def fit(prepared: Prepared, rows: NDArray[np.int64]) -> heads.Model:
    """Return a model fitted on `rows`, not calibrated."""
    idf = _idf([prepared.features[row] for row in rows])
    labelled = rows[prepared.categories[rows].sum(axis=1) > 0]
    return heads.Model(
        VERSION,
        idf,
        _fit_head(prepared, rows, prepared.intents, idf, taxonomy.intents(), exclusive=False),
        _fit_head(
            prepared, labelled, prepared.categories, idf, taxonomy.categories(), exclusive=True
        ),
    )


def _idf(found: Sequence[Features]) -> Array:
    seen = np.zeros(BUCKETS, dtype=np.float32)
    for each in found:
        seen[each.buckets] += 1.0
    weights: Array = (np.log((1.0 + len(found)) / (1.0 + seen)) + 1.0).astype(np.float32)
    return weights


def _fit_head(
    prepared: Prepared,
    rows: NDArray[np.int64],
    targets: Array,
    idf: Array,
    labels: tuple[str, ...],
    *,
    exclusive: bool,
) -> heads.Head:
    """Fit one head with AdaGrad; some rows lose their n-grams, so that stems carry weight."""
    chance = np.random.default_rng(SEED)
    size = (BUCKETS, len(labels))
    sparse = np.zeros(size, dtype=np.float32)
    section = "categories" if exclusive else "intents"
    prior = _prior(section, labels)
    dense = prior.copy()
    sparse_seen = np.full(size, 1e-6, dtype=np.float32)
    dense_seen = np.full(dense.shape, 1e-6, dtype=np.float32)
    weights = _row_weights(targets[rows])
    sparse_rate, dense_rate = CATEGORY_RATES if exclusive else INTENT_RATES
    for _ in range(EPOCHS):
        order = chance.permutation(len(rows))
        for start in range(0, len(order), BATCH):
            picked = order[start : start + BATCH]
            batch = [prepared.features[row] for row in rows[picked]]
            columns, matrix = _matrix(batch, idf)
            matrix[chance.random(len(batch)) < DROP_SPARSE] = 0.0
            plain = np.stack([each.dense for each in batch])
            scores = matrix @ sparse[columns] + plain @ dense
            guess = _softmax(scores) if exclusive else _sigmoid(scores)
            error = (guess - targets[rows[picked]]) * weights[picked][:, None] / len(batch)
            step = matrix.T @ error + SPARSE_DECAY * sparse[columns]
            sparse_seen[columns] += step * step
            sparse[columns] -= sparse_rate * step / np.sqrt(sparse_seen[columns])
            step = plain.T @ error + DENSE_DECAY * (dense - prior)
            dense_seen += step * step
            dense -= dense_rate * step / np.sqrt(dense_seen)
    ones = np.ones(len(labels), dtype=np.float32)
    return heads.Head(labels, sparse, dense, ones, ones * 0.0)


def _prior(section: str, labels: tuple[str, ...]) -> Array:
    """Return what the dense weights begin with, and are drawn to: a stem speaks for its own."""
    targets = features.targets()
    prior = np.zeros((features.dense_size(), len(labels)), dtype=np.float32)
    for column, label in enumerate(labels):
        row = targets.index(f"{section}:{label}")
        prior[row, column] = PRIOR_STEM
        prior[len(targets) + row, column] = PRIOR_HINT
        prior[3 * len(targets) + row, column] = PRIOR_NOT
    return prior


def _row_weights(targets: Array) -> Array:
    """Weigh rows so that rare labels are not drowned: inverse square root of their count."""
    counts = np.maximum(targets.sum(axis=0), 1.0)
    per_label = np.sqrt(counts.mean() / counts)
    weights = np.where(targets > 0, per_label[None, :], 0.0).max(axis=1)
    return np.where(weights > 0, weights, 1.0).astype(np.float32)


def _matrix(batch: list[Features], idf: Array) -> tuple[NDArray[np.int32], Array]:
    """Return the buckets in use and the normalised weights of each text in them."""
    columns = np.unique(np.concatenate([each.buckets for each in batch]))
    matrix = np.zeros((len(batch), len(columns)), dtype=np.float32)
    for row, each in enumerate(batch):
        values = each.counts * idf[each.buckets]
        norm = float(np.sqrt(np.square(values).sum()))
        if norm > 0:
            matrix[row, np.searchsorted(columns, each.buckets)] = values / norm
    return columns, matrix


def _sigmoid(scores: Array) -> Array:
    result: Array = 1.0 / (1.0 + np.exp(-np.clip(scores, -30, 30)))
    return result


def _softmax(scores: Array) -> Array:
    exponents = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: Array = exponents / exponents.sum(axis=1, keepdims=True)
    return result


def calibrate(model: heads.Model, prepared: Prepared, rows: NDArray[np.int64]) -> heads.Model:
    """Return `model` with its scores scaled so that probabilities fit the held-out `rows`."""
    intents = np.stack([model.intents.scores(prepared.features[row], model.idf) for row in rows])
    labelled = rows[prepared.categories[rows].sum(axis=1) > 0]
    kinds = np.stack(
        [model.categories.scores(prepared.features[row], model.idf) for row in labelled]
    )
    scales = np.linspace(0.4, 1.6, 25)
    intent_scale = min(
        scales, key=lambda scale: _yes_no_loss(intents * scale, prepared.intents[rows])
    )
    kind_scale = min(
        scales, key=lambda scale: _one_loss(kinds * scale, prepared.categories[labelled])
    )
    return _scaled(model, float(intent_scale), float(kind_scale))


def _yes_no_loss(scores: Array, targets: Array) -> float:
    guess = np.clip(_sigmoid(scores), 1e-6, 1 - 1e-6)
    return float(-(targets * np.log(guess) + (1 - targets) * np.log(1 - guess)).mean())


def _one_loss(scores: Array, targets: Array) -> float:
    return float(-(targets * np.log(np.clip(_softmax(scores), 1e-6, 1.0))).sum(axis=1).mean())


def _scaled(model: heads.Model, intents: float, categories: float) -> heads.Model:
    def scaled(head: heads.Head, scale: float) -> heads.Head:
        return heads.Head(head.labels, head.sparse, head.dense, head.scale * scale, head.shift)

    return heads.Model(
        model.name, model.idf, scaled(model.intents, intents), scaled(model.categories, categories)
    )


def build() -> tuple[heads.Model, heads.Model, Prepared]:
    """Return the full model, the one that has not seen the held-out part, and the examples."""
    prepared = prepare(corpus.expand(corpus.templates(), COPIES, SEED))
    seen = prepared.rows(lambda example: not example.held_out)
    held_out = prepared.rows(lambda example: example.held_out)
    honest = calibrate(fit(prepared, seen), prepared, held_out)
    everything = np.arange(len(prepared.examples), dtype=np.int64)
    full = _scaled(
        fit(prepared, everything),
        float(honest.intents.scale[0]),
        float(honest.categories.scale[0]),
    )
    return full, honest, prepared


def train(output: Path) -> None:
    """Train on the shipped corpus and write the model into the folder `output`."""
    full, _, _ = build()
    heads.save(replace(full, name=f"{VERSION}-{heads.digest(full)}"), output)
