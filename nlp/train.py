"""The shipped model: two heads fitted on the whole corpus, calibrated on voices never heard."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from nlp import corpus, heads
from nlp.corpus import Example, variants
from nlp.training import calibrate, fit
from nlp.training.design import Design, prepare

COPIES = 2
VERSION = "linear-2"
CALIBRATION_VOICES = ("formal", "portal", "youth", "english")
"""Left out of the fit that calibration looks at: a quarter of the corpus, in many tones."""

Tell = Callable[[str, float], None]
"""Told the name of a step, and which share of it is done."""


def _quietly(_: str, __: float) -> None:
    """Tell nobody."""


def build(tell: Tell = _quietly) -> heads.Model:
    """Return the model of the whole corpus; takes minutes."""
    design = read(corpus.templates(), tell)
    heard = design.rows(lambda example: example.voice not in CALIBRATION_VOICES)
    unheard = design.rows(lambda example: example.voice in CALIBRATION_VOICES)
    honest = calibrate.calibrate(
        fit.fit(design, heard, lambda share: tell("calibration", share)), design, unheard
    )
    everything = np.arange(len(design.examples), dtype=np.int64)
    full = fit.fit(design, everything, lambda share: tell("fit", share))
    full = calibrate.as_calibrated(honest, full)
    return replace(full, name=f"{VERSION}-{heads.digest(full)}")


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
