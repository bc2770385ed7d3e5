"""Fitting the two heads: a linear support vector machine in NumPy, the same every time.

All labels at once, by dual coordinate descent with the squared hinge loss (Hsieh and others, "A
dual coordinate descent method for large-scale linear SVM", ICML 2008, algorithm 1): it needs no
learning rate, and the weights may begin anywhere they shall be drawn back to.
"""

from collections.abc import Callable

import numpy as np

from nlp import features, heads, taxonomy
from nlp.features import BUCKETS, weigh
from nlp.training.design import Array, Design, Rows

SEED = 20261
ROUNDS = 8
COST = 0.5
"""What a wrong example costs against the length of the weights."""
DENSE = 0.1
"""What lexicon hits and plain facts weigh beside n-grams."""
_SEEN_IN = 2  # templates; a bucket of one tells more about its writer than about its meaning
_STILL = 1e-4

Tell = Callable[[float], None]
"""Told which share is done, 0 to 1."""
_Row = tuple[Rows, Array]


def _quietly(_: float) -> None:
    """Tell nobody."""


def fit(design: Design, rows: Rows, tell: Tell = _quietly) -> heads.Model:
    """Return a model without a name that is fitted on `rows`, not calibrated."""
    idf = _idf(design, rows)
    home = np.zeros((BUCKETS + features.dense_size(), _width(design)), dtype=np.float32)
    return _model(idf, _descend(design, rows, idf, home, tell))


def move(model: heads.Model, design: Design, rows: Rows, tell: Tell = _quietly) -> heads.Model:
    """Return `model` as `rows` move it, not calibrated: begun at its weights and drawn to them."""
    return _model(model.idf, _descend(design, rows, model.idf, _weights(model), tell))


def _descend(design: Design, rows: Rows, idf: Array, home: Array, tell: Tell) -> Array:
    """Return the weights, buckets and dense features by labels, that separate `rows` best."""
    examples = [_row(design, row, idf) for row in rows]
    signs = _signs(design, rows)
    weights = home.copy()
    loose = 1.0 / (2.0 * COST * _worth(design, rows))
    lengths = np.array([float(values @ values) for _, values in examples])[:, None] + loose
    forces = np.zeros_like(signs)
    chance = np.random.default_rng(SEED)
    for turn in range(ROUNDS):
        for number, row in enumerate(chance.permutation(len(examples))):
            places, values = examples[row]
            sign, force = signs[row], forces[row]
            own = weights[places]
            slope = sign * (values @ own) - 1.0 + force * loose[row]
            change = np.maximum(force - slope / lengths[row], 0.0) - force
            change[np.abs(change) < _STILL] = 0.0
            if change.any():
                forces[row] = force + change
                weights[places] = own + values[:, None] * (change * sign)
            if number % 1_000 == 0:
                tell((turn + number / len(examples)) / ROUNDS)
    return weights


def _row(design: Design, row: int, idf: Array) -> _Row:
    found = design.features[row]
    facts = np.nonzero(found.dense)[0]
    places = np.concatenate([found.buckets, BUCKETS + facts]).astype(np.int64)
    return places, np.concatenate([weigh(found, idf), DENSE * found.dense[facts]])


def _signs(design: Design, rows: Rows) -> Array:
    """Return 1 where a label is meant, -1 where not, 0 where nobody said (no category)."""
    wishes = np.where(design.intents[rows] > 0, 1.0, -1.0)
    kinds = design.categories[rows]
    said = kinds.sum(axis=1, keepdims=True) > 0
    return np.hstack([wishes, np.where(kinds > 0, 1.0, -1.0) * said]).astype(np.float32)


def _worth(design: Design, rows: Rows) -> Array:
    """Return what each row costs per label: rare wishes are not drowned in the many reports."""
    wishes, kinds = design.intents[rows], design.categories[rows]
    return np.hstack([_evened(wishes), _evened(kinds)])


def _evened(meant: Array) -> Array:
    """Return rows by labels, all alike in a row: the root of how rare the rarest one of it is."""
    counts = np.maximum(meant.sum(axis=0), 1.0)
    rarity = np.minimum(np.sqrt(np.median(counts) / counts), 1.0)
    row = np.where(meant > 0, rarity, 0.0).max(axis=1, keepdims=True)
    return np.repeat(np.where(row > 0, row, 1.0), meant.shape[1], axis=1).astype(np.float32)


def _width(design: Design) -> int:
    return int(design.intents.shape[1] + design.categories.shape[1])


def _idf(design: Design, rows: Rows) -> Array:
    """Return the weight of each bucket: rare is heavy; unseen, or seen in one template, is 0."""
    first = {design.examples[row].group: row for row in reversed(rows)}
    seen = np.zeros(BUCKETS, dtype=np.float32)
    for row in first.values():
        seen[design.features[row].buckets] += 1.0
    weights: Array = np.log((1.0 + len(first)) / (1.0 + seen)) + 1.0
    return np.where(seen >= _SEEN_IN, weights, 0.0).astype(np.float32)


def _model(idf: Array, weights: Array) -> heads.Model:
    split = len(taxonomy.intents())
    sparse, dense = weights[:BUCKETS], weights[BUCKETS:] * DENSE
    return heads.Model(
        "",
        idf,
        heads.head(taxonomy.intents(), sparse[:, :split], dense[:, :split]),
        heads.head(taxonomy.categories(), sparse[:, split:], dense[:, split:]),
    )


def _weights(model: heads.Model) -> Array:
    """Return the weights of both heads as `_descend` has them."""
    both = (model.intents, model.categories)
    sparse = np.hstack([head.sparse.astype(np.float32) * head.unit for head in both])
    return np.vstack([sparse, np.hstack([head.dense for head in both]) / DENSE])


def sigmoid(scores: Array) -> Array:
    """Return the probability of each score by itself."""
    result: Array = 1.0 / (1.0 + np.exp(-np.clip(scores, -30, 30)))
    return result


def softmax(scores: Array) -> Array:
    """Return the probabilities of each row, which sum to one."""
    exponents = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: Array = exponents / exponents.sum(axis=1, keepdims=True)
    return result
