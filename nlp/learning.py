"""Learning from a city's corrections: the shipped heads moved a little, and judged before use."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nlp import corpus, exams, gazetteer, heads, pipeline, taxonomy
from nlp.corpus import Example, variants
from nlp.training import fit
from nlp.training.calibrate import as_calibrated
from nlp.training.design import prepare
from nlp.types import Context, Flag, Weights

REPLAYED = 1_500  # sentences of the corpus, so that nothing is forgotten
COPIES = 4  # variants of each correction
ALLOWED_LOSS = 0.01

Tell = Callable[[float], None]
"""Told which share is done, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Scores:
    """How a model does on the frozen examinations: shares of 0 to 1, and emergencies counted."""

    intents: float
    categories: float
    emergencies: int
    emergencies_of: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that has learned, with what the shipped one and it itself reach."""

    name: str
    weights: Weights
    before: Scores
    after: Scores

    @property
    def refusals(self) -> tuple[str, ...]:
        """Why it must not be used: `intents` or `categories` lost a point, or `emergencies`."""
        lost = [
            head
            for head, before, after in (
                ("intents", self.before.intents, self.after.intents),
                ("categories", self.before.categories, self.after.categories),
            )
            if after < before - ALLOWED_LOSS
        ]
        missed = self.after.emergencies < self.before.emergencies
        return (*lost, *(("emergencies",) if missed else ()))


def _quietly(_: float) -> None:
    """Tell nobody."""


def learn(corrections: Sequence[Example], tell: Tell = _quietly) -> Candidate:
    """Return the shipped model as these corrections move it; takes seconds, the same every time.

    Nothing is kept of an earlier refit: a correction that was erased has no effect any more.
    """
    shipped = heads.shipped()
    replayed = random.Random(fit.SEED).sample(corpus.templates(), REPLAYED)  # noqa: S311
    examples = variants.expand(replayed, 1, fit.SEED)
    examples += variants.expand(corrections, COPIES, fit.SEED)
    done = 0

    def advance(more: int) -> None:
        nonlocal done
        done += more
        tell(0.4 * done / len(examples))

    design = prepare(examples, advance)
    everything = np.arange(len(examples), dtype=np.int64)
    moved = fit.move(shipped, design, everything, lambda share: tell(0.4 + 0.3 * share))
    moved = as_calibrated(shipped, moved)
    model = replace(moved, name=f"own-{heads.digest(moved)}")
    before = examine(shipped, lambda share: tell(0.7 + 0.15 * share))
    after = examine(model, lambda share: tell(0.85 + 0.15 * share))
    return Candidate(model.name, heads.written(model), before, after)


def examine(model: heads.Model, tell: Tell = _quietly) -> Scores:
    """Return what the whole pipeline reaches with `model` on the frozen examinations."""
    reader = pipeline.with_model(model, gazetteer.demo())
    cases = [case for name in exams.FROZEN for case in exams.read(name)]
    groups = taxonomy.groups()
    intents, categories, found, wanted = [], [], 0, 0
    for number, case in enumerate(cases):
        understood = reader.understand(case.text, Context(exams.NOW))
        intents.append(understood.intent in {*case.intents, *case.also})
        if case.category is not None:
            accepted = {groups[name] for name in (case.category, *case.also_category)}
            categories.append(understood.category[0].group in accepted)
        if "emergency" in case.intents:
            wanted += 1
            found += Flag.EMERGENCY in understood.flags
        tell((number + 1) / len(cases))
    return Scores(float(np.mean(intents)), float(np.mean(categories)), found, wanted)
