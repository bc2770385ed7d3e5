"""Fitting the two heads: mini-batch logistic regression in NumPy, the same every time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nlp import features, heads, taxonomy
from nlp.features import BUCKETS, Features
from nlp.training.design import Array, Design, Rows

SEED = 20261
EPOCHS = 8
BATCH = 256
INTENT_RATES = (0.08, 0.06)  # n-grams, dense features
CATEGORY_RATES = (0.012, 0.006)
SPARSE_DECAY = 2e-5
DENSE_DECAY = 1e-3
PRIOR_STEM, PRIOR_HINT, PRIOR_NOT = 3.0, 0.8, -1.5
DROP_SPARSE = 0.4

Tell = Callable[[float], None]
"""Told which share is done, 0 to 1."""


@dataclass(slots=True)
class _Weights:
    """Weights with the sum of their squared steps (AdaGrad), and where they are drawn back to."""

    values: Array
    home: Array
    rates: Array
    decay: float
    seen: Array

    def step(self, slope: Array, places: Rows | slice) -> None:
        """Go one step down `slope` at `places`."""
        values = self.values[places]
        slope = slope + self.decay * (values - self.home[places])
        self.seen[places] += slope * slope
        self.values[places] = values - self.rates * slope / np.sqrt(self.seen[places])


def _quietly(_: float) -> None:
    """Tell nobody."""


def fit(design: Design, rows: Rows, tell: Tell = _quietly) -> heads.Model:
    """Return a model without a name that is fitted on `rows`, not calibrated.

    The dense weights begin with the lexicon, "a stem speaks for its own", and are drawn back to it.
    """
    idf = _idf([design.features[row] for row in rows])
    labels = (*taxonomy.intents(), *taxonomy.categories())
    prior = np.hstack(
        [_prior("intents", taxonomy.intents()), _prior("categories", taxonomy.categories())]
    )
    start = np.zeros((BUCKETS, len(labels)), dtype=np.float32)
    sparse, dense = _descend(design, rows, idf, (start, prior), EPOCHS, tell)
    return _model("", idf, sparse, dense)


def move(model: heads.Model, design: Design, rows: Rows, tell: Tell = _quietly) -> heads.Model:
    """Return `model` as `rows` move it: begun at its weights and drawn back to them.

    Its calibration and its weights of n-grams stay.
    """
    home = (
        np.hstack([model.intents.sparse, model.categories.sparse]),
        np.hstack([model.intents.dense, model.categories.dense]),
    )
    sparse, dense = _descend(design, rows, model.idf, home, EPOCHS, tell)
    moved = _model("", model.idf, sparse, dense)
    return replace(
        moved,
        intents=replace(moved.intents, scale=model.intents.scale, shift=model.intents.shift),
        categories=replace(
            moved.categories, scale=model.categories.scale, shift=model.categories.shift
        ),
    )


def _descend(
    design: Design, rows: Rows, idf: Array, home: tuple[Array, Array], epochs: int, tell: Tell
) -> tuple[Array, Array]:
    """Return the weights after so many rounds over `rows`, begun at `home` and drawn back to it.

    Part of the rows lose their n-grams in each round, so that stems carry weight where the words of
    a city were never seen.
    """
    chance = np.random.default_rng(SEED)
    sparse = _weights(home[0], 0, SPARSE_DECAY)
    dense = _weights(home[1], 1, DENSE_DECAY)
    worth = _worth(design, rows)
    for epoch in range(epochs):
        order = chance.permutation(len(rows))
        for begin in range(0, len(order), BATCH):
            picked = order[begin : begin + BATCH]
            batch = [design.features[row] for row in rows[picked]]
            columns, matrix = _matrix(batch, idf)
            matrix[chance.random(len(batch)) < DROP_SPARSE] = 0.0
            plain = np.stack([each.dense for each in batch])
            scores = matrix @ sparse.values[columns] + plain @ dense.values
            error = _error(scores, design, rows[picked]) * worth[picked] / len(batch)
            sparse.step(matrix.T @ error, columns)
            dense.step(plain.T @ error, slice(None))
            tell((epoch + begin / len(order)) / epochs)
    return sparse.values, dense.values


def _weights(home: Array, kind: int, decay: float) -> _Weights:
    rates = np.repeat(
        np.array([INTENT_RATES[kind], CATEGORY_RATES[kind]], dtype=np.float32),
        [len(taxonomy.intents()), len(taxonomy.categories())],
    )
    return _Weights(home.copy(), home, rates, decay, np.full(home.shape, 1e-6, dtype=np.float32))


def _error(scores: Array, design: Design, rows: Rows) -> Array:
    """Return what the scores are wrong by: each intent by itself, one category of all."""
    split = design.intents.shape[1]
    wishes = sigmoid(scores[:, :split]) - design.intents[rows]
    wanted = design.categories[rows]
    kinds = (softmax(scores[:, split:]) - wanted) * wanted.sum(axis=1, keepdims=True)
    return np.hstack([wishes, kinds])


def _worth(design: Design, rows: Rows) -> Array:
    """Weigh rows, per head, so that rare labels are not drowned: by the root of their number."""
    parts = [
        np.repeat(_row_weights(targets[rows])[:, None], targets.shape[1], axis=1)
        for targets in (design.intents, design.categories)
    ]
    return np.hstack(parts)


def _row_weights(targets: Array) -> Array:
    counts = np.maximum(targets.sum(axis=0), 1.0)
    per_label = np.sqrt(counts.mean() / counts)
    weights = np.where(targets > 0, per_label[None, :], 0.0).max(axis=1)
    return np.where(weights > 0, weights, 1.0).astype(np.float32)


def _idf(found: Sequence[Features]) -> Array:
    seen = np.zeros(BUCKETS, dtype=np.float32)
    for each in found:
        seen[each.buckets] += 1.0
    weights: Array = (np.log((1.0 + len(found)) / (1.0 + seen)) + 1.0).astype(np.float32)
    return weights


def _prior(section: str, labels: tuple[str, ...]) -> Array:
    """Return the dense weights that say: a stem speaks for its own, and an exclusion against."""
    targets = features.targets()
    prior = np.zeros((features.dense_size(), len(labels)), dtype=np.float32)
    for column, label in enumerate(labels):
        row = targets.index(f"{section}:{label}")
        prior[row, column] = PRIOR_STEM
        prior[len(targets) + row, column] = PRIOR_HINT
        prior[3 * len(targets) + row, column] = PRIOR_NOT
    return prior


def _matrix(batch: Sequence[Features], idf: Array) -> tuple[Rows, Array]:
    """Return the buckets in use and the normalised weights of each text in them."""
    columns = np.unique(np.concatenate([each.buckets for each in batch]))
    matrix = np.zeros((len(batch), len(columns)), dtype=np.float32)
    for row, each in enumerate(batch):
        values = each.counts * idf[each.buckets]
        norm = float(np.sqrt(np.square(values).sum()))
        if norm > 0:
            matrix[row, np.searchsorted(columns, each.buckets)] = values / norm
    return columns.astype(np.int64), matrix


def _model(name: str, idf: Array, sparse: Array, dense: Array) -> heads.Model:
    split = len(taxonomy.intents())
    return heads.Model(
        name,
        idf,
        _head(taxonomy.intents(), sparse[:, :split], dense[:, :split]),
        _head(taxonomy.categories(), sparse[:, split:], dense[:, split:]),
    )


def _head(labels: tuple[str, ...], sparse: Array, dense: Array) -> heads.Head:
    ones = np.ones(len(labels), dtype=np.float32)
    return heads.Head(labels, sparse, dense, ones, ones * 0.0)


def sigmoid(scores: Array) -> Array:
    """Return the probability of each score by itself."""
    result: Array = 1.0 / (1.0 + np.exp(-np.clip(scores, -30, 30)))
    return result


def softmax(scores: Array) -> Array:
    """Return the probabilities of each row, which sum to one."""
    exponents = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: Array = exponents / exponents.sum(axis=1, keepdims=True)
    return result
