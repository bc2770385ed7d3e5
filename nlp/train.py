"""The shipped model: two heads fitted on the whole corpus, calibrated on voices not yet heard."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from nlp import corpus, heads
from nlp.corpus import Example, variants
from nlp.training import calibrate, fit, splits
from nlp.training.design import Design, prepare

COPIES = 2
VERSION = "linear-3"

Tell = Callable[[str, float], None]
"""Told the name of a step, and which share of it is done."""


def _quietly(_: str, __: float) -> None:
    """Tell nobody."""


def build(tell: Tell = _quietly) -> heads.Model:
    """Return the model of the whole corpus; takes minutes.

    How sure it may be tell models that were fitted without some voices, by exactly these.
    """
    sentences = corpus.templates()
    design = read(sentences, tell)
    folds = splits.by_voice(sentences)
    everything = np.arange(len(design.examples), dtype=np.int64)
    judged = []
    for number, fold in enumerate(folds):
        unheard = design.rows(fold.holds)
        heard = np.setdiff1d(everything, unheard)
        told = _part(tell, "calibration", number, len(folds))
        judged.append(calibrate.judge(fit.fit(design, heard, told), design, unheard))
    full = fit.fit(design, everything, lambda share: tell("fit", share))
    full = calibrate.calibrate(full, judged)
    return replace(full, name=f"{VERSION}-{heads.digest(full)}")


def _part(tell: Tell, step: str, number: int, count: int) -> fit.Tell:
    return lambda share: tell(step, (number + share) / count)


def read(examples: Sequence[Example], tell: Tell = _quietly) -> Design:
    """Return the variants of `examples` as numbers."""
    written = variants.expand(examples, COPIES, fit.SEED)
    done = 0

    def advance(more: int) -> None:
        nonlocal done
        done += more
        tell("reading", done / len(written))

    return prepare(written, advance)


def train(output: Path, tell: Tell = _quietly) -> None:
    """Train on the shipped corpus and write the model into the folder `output`."""
    heads.save(build(tell), output)
