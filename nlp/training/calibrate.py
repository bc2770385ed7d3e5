"""Calibration: scores become probabilities that hold for sentences the heads have not seen."""

from dataclasses import replace

import numpy as np

from nlp import heads
from nlp.training.design import Array, Design, Rows
from nlp.training.fit import sigmoid, softmax

_SCALES = np.linspace(0.3, 1.7, 29)


def calibrate(model: heads.Model, design: Design, rows: Rows) -> heads.Model:
    """Return `model` with its scores scaled so that probabilities fit `rows`, unseen in the fit."""
    labelled = design.labelled(rows)
    wishes = np.stack([model.intents.scores(design.features[row], model.idf) for row in rows])
    kinds = np.stack([model.categories.scores(design.features[row], model.idf) for row in labelled])
    return scaled(
        model,
        min(_SCALES, key=lambda scale: _yes_no_loss(wishes * scale, design.intents[rows])),
        min(_SCALES, key=lambda scale: _one_loss(kinds * scale, design.categories[labelled])),
    )


def scaled(model: heads.Model, intents: float, categories: float) -> heads.Model:
    """Return `model` with the scores of its heads multiplied."""
    return replace(
        model,
        intents=replace(model.intents, scale=model.intents.scale * intents),
        categories=replace(model.categories, scale=model.categories.scale * categories),
    )


def _yes_no_loss(scores: Array, targets: Array) -> float:
    guess = np.clip(sigmoid(scores), 1e-6, 1 - 1e-6)
    return float(-(targets * np.log(guess) + (1 - targets) * np.log(1 - guess)).mean())


def _one_loss(scores: Array, targets: Array) -> float:
    return float(-(targets * np.log(np.clip(softmax(scores), 1e-6, 1.0))).sum(axis=1).mean())
