"""Calibration on examples that the fit has not seen: probabilities that hold, and limits to act.

The scores of each intent are bent by themselves (Platt, "Probabilistic outputs for support vector
machines", 1999), those of all categories together (temperature).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from nlp import heads, taxonomy
from nlp.features import weigh
from nlp.training.design import Array, Design, Rows
from nlp.training.fit import sigmoid, softmax

PRECISION, CATEGORY_PRECISION = 0.88, 0.8
"""Of those acted upon so many have to be right; an office can put a ticket's kind right."""
HIGHEST = 0.85
_LOWEST, _LOWEST_OF_WORK, _LOWEST_OF_CATEGORIES = 0.5, 0.65, 0.4
"""A wrong ticket costs an office's time, a question one press of the citizen."""
_WORK = frozenset({"report_defect", "complaint", "suggestion"})
_SCALES = np.geomspace(0.5, 12.0, 40)
_STEADY = 4.0  # how strongly a label with few examples keeps the common scale
_STEPS = 12


@dataclass(frozen=True, slots=True)
class Judged:
    """What a model thinks of examples that it has not learned from, a row for each, as scores.

    `wishes` are by intent and `meant` is 1 where the author means it; `kinds` are by category, of
    the examples that have one, and `named` is 1 at the one that the author names.
    """

    wishes: Array
    meant: Array
    kinds: Array
    named: Array


def judge(model: heads.Model, design: Design, rows: Rows) -> Judged:
    """Return what `model` thinks of the examples `rows`, which it has not learned from."""
    labelled = design.labelled(rows)
    return Judged(
        wishes=_scores(model, model.intents, design, rows),
        meant=design.intents[rows],
        kinds=_scores(model, model.categories, design, labelled),
        named=design.categories[labelled],
    )


def calibrate(model: heads.Model, judged: Sequence[Judged]) -> heads.Model:
    """Return `model` with calibrated scores and with the limits from which it may be acted.

    Both are those of all that was `judged`, together, by models that were fitted like this one.
    """
    wishes = np.vstack([one.wishes for one in judged])
    meant = np.vstack([one.meant for one in judged])
    kinds = np.vstack([one.kinds for one in judged])
    named = np.vstack([one.named for one in judged])
    scale = min(_SCALES, key=lambda each: _one_loss(kinds * each, named))
    bends = np.array([_bend(wishes[:, label], meant[:, label]) for label in range(meant.shape[1])])
    likely = sigmoid(wishes * bends[:, 0] + bends[:, 1])
    sure = softmax(kinds * scale)
    return replace(
        model,
        intents=replace(
            model.intents,
            scale=bends[:, 0].astype(np.float32),
            shift=bends[:, 1].astype(np.float32),
            limit=np.maximum(_limits(likely, meant, PRECISION), _least()),
        ),
        categories=replace(
            model.categories,
            scale=np.full(sure.shape[1], scale, dtype=np.float32),
            limit=np.maximum(_limits(sure, named, CATEGORY_PRECISION), _LOWEST_OF_CATEGORIES),
        ),
    )


def _scores(model: heads.Model, head: heads.Head, design: Design, rows: Rows) -> Array:
    found = [design.features[row] for row in rows]
    return np.stack([head.scores(each, weigh(each, model.idf)) for each in found])


def _bend(scores: Array, meant: Array) -> tuple[float, float]:
    """Return scale and shift for one label by Newton's method, held to a common scale."""
    x = np.stack([scores, np.ones_like(scores)])
    common = np.array([2.5, 0.0])
    bend = common.copy()
    hold = np.diag([_STEADY, 0.1])
    for _ in range(_STEPS):
        chance = sigmoid(bend @ x)
        slope = x @ (chance - meant) + hold @ (bend - common)
        curve = (x * (chance * (1.0 - chance))) @ x.T + hold
        bend = bend - np.linalg.solve(curve, slope)
    return max(float(bend[0]), 0.1), float(bend[1])


def _limits(chances: Array, meant: Array, precision: float) -> Array:
    """Return per label the lowest chance from which on its first places are precise enough.

    `HIGHEST` where there is none.
    """
    first = chances.argmax(axis=1)
    limits = []
    for label in range(chances.shape[1]):
        picked = np.flatnonzero(first == label)
        order = picked[np.argsort(-chances[picked, label])]
        right = np.cumsum(meant[order, label]) / np.arange(1, len(order) + 1)
        good = np.flatnonzero(right >= precision)
        lowest = chances[order[good[-1]], label] if len(good) else HIGHEST
        limits.append(min(float(lowest), HIGHEST))
    return np.array(limits, dtype=np.float32)


def _least() -> Array:
    """Return per intent below which chance nothing is acted upon, however right it was so far."""
    least = [_LOWEST_OF_WORK if name in _WORK else _LOWEST for name in taxonomy.intents()]
    return np.array(least, dtype=np.float32)


def as_calibrated(model: heads.Model, other: heads.Model) -> heads.Model:
    """Return `other` with the calibration of `model`."""

    def taken(old: heads.Head, new: heads.Head) -> heads.Head:
        return replace(new, scale=old.scale, shift=old.shift, limit=old.limit)

    return replace(
        other,
        intents=taken(model.intents, other.intents),
        categories=taken(model.categories, other.categories),
    )


def _one_loss(scores: Array, targets: Array) -> float:
    return float(-(targets * np.log(np.clip(softmax(scores), 1e-6, 1.0))).sum(axis=1).mean())
