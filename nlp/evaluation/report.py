"""The whole report of an evaluation, in the order in which people want to read it."""

import math
from collections.abc import Iterator, Sequence
from datetime import date

from nlp.evaluation import details, judging, measures, prose, summary, words
from nlp.evaluation.document import Document, Section
from nlp.evaluation.measures import Figure
from nlp.evaluation.run import VOICES, Evaluation, Part

_LEAST = 20  # texts that a class needs to be called weak
_NAMED = 3


def write(evaluation: Evaluation, today: date) -> Document:
    """Return the report."""
    speed = evaluation.speed
    return Document(
        "Evaluation of understanding",
        (f"Model {evaluation.model}, {today.isoformat()}, {speed.machine}.",),
        (
            summary.targets(evaluation),
            _meaning(evaluation),
            summary.beside_baselines(evaluation),
            details.counts(evaluation),
            details.slices(evaluation),
            details.coverage(evaluation),
            details.calibration(evaluation),
            details.intents(evaluation),
            details.categories(evaluation),
            details.confusions(evaluation),
        ),
    )


def _meaning(evaluation: Evaluation) -> Section:
    told = [prose.EXAMINED]
    if evaluation.part(VOICES) is None:
        told.append(prose.ONLY_EXAMINED)
    else:
        folds = "; ".join(split.name for split in evaluation.splits if split.voices)
        told.insert(0, f"{prose.HELD_OUT} Voices were held out together as follows: {folds}.")
    weakest = [_weakest(part) for part in details.detailed(evaluation)]
    told.append(f"{prose.WEAK} {prose.WEAKEST}{'; '.join(weakest)}.")
    return Section("What the figures mean, and what is weak", tuple(told))


def _weakest(part: Part) -> str:
    kinds = summary.by_group(part.ours)
    labels = sorted({answer.wanted for answer in kinds} | {answer.said for answer in kinds})
    named = [
        *_lowest(
            (each.label, each.f1, each.support)
            for each in measures.per_class(judging.intents(part.ours))
        ),
        *_lowest(
            (each.label, each.f1, each.support)
            for each in measures.per_class(measures.outcomes(kinds, labels))
        ),
        *_lowest(
            (name, measures.accuracy(summary.primaries(records)), len(records))
            for name, records in details.sliced(part.ours)
        ),
    ]
    return f"{part.name}: {', '.join(named)}"


def _lowest(found: Iterator[tuple[str, Figure, int]]) -> Sequence[str]:
    large = [
        (name, figure)
        for name, figure, support in found
        if support >= _LEAST and not math.isnan(figure.value)
    ]
    ranked = sorted(large, key=lambda entry: entry[1].value)
    return [f"{name} {words.share(figure.value)}" for name, figure in ranked[:_NAMED]]
