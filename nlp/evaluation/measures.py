"""Measures of answers: shares with bootstrap intervals, per class, calibration, coverage."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from nlp.evaluation.records import Answer

RESAMPLES = 1_000
SEED = 2026
BINS = 10
_AT_A_TIME = 50  # resamples, so that memory stays small

Array = NDArray[np.floating]
Statistic = Callable[[Array], Array]
"""Sums over texts, samples by columns, to one value per sample; NaN where there is none."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A share of 0 to 1 with its 95 % interval, and of how many texts; NaN: nothing to measure."""

    value: float
    low: float
    high: float
    of: int


@dataclass(frozen=True, slots=True)
class Scores:
    """How well one class is told from the others; `support` texts want it."""

    label: str
    precision: Figure
    recall: Figure
    f1: Figure
    support: int


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of about the same confidence: how sure they were, how many were right."""

    low: float
    high: float
    chance: float
    right: float
    count: int


def figure(columns: Array, statistic: Statistic) -> Figure:
    """Return a statistic of the column sums with its percentile bootstrap interval (seeded).

    `columns` is texts by columns; whole texts are drawn again.
    """
    return _interval(_sums(columns), statistic, len(columns))


def _sums(columns: Array) -> Array:
    """Return the column sums of all texts, and below them those of each resample."""
    if not len(columns):
        return np.zeros((1, columns.shape[1]), dtype=np.float32)
    return np.vstack([columns.sum(axis=0, keepdims=True), _draws(len(columns)) @ columns])


def _interval(sums: Array, statistic: Statistic, count: int) -> Figure:
    values = statistic(sums)
    drawn = values[1:][np.isfinite(values[1:])]
    low, high = np.percentile(drawn, (2.5, 97.5)) if len(drawn) else (np.nan, np.nan)
    return Figure(float(values[0]), float(low), float(high), count)


@lru_cache(maxsize=2)
def _draws(size: int) -> Array:
    """Return how often each text is in each resample."""
    chance = np.random.default_rng(SEED)
    even = np.full(size, 1 / size)
    parts = [
        chance.multinomial(size, even, _AT_A_TIME).astype(np.float32)
        for _ in range(0, RESAMPLES, _AT_A_TIME)
    ]
    return np.vstack(parts)


def ratio(above: Array, below: Array) -> Array:
    """Return `above / below`, NaN where there is nothing below."""
    result: Array = np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)
    return result


def share(hits: Sequence[bool]) -> Figure:
    """Return the share of hits."""
    columns = np.array([(hit, 1.0) for hit in hits], dtype=np.float32).reshape(-1, 2)
    return figure(columns, lambda sums: ratio(sums[:, 0], sums[:, 1]))


def accuracy(answers: Sequence[Answer]) -> Figure:
    """Return the share of accepted answers."""
    return share([answer.right for answer in answers])


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Per text and class: said and wanted (1), said though unwanted, wanted though not said."""

    labels: tuple[str, ...]
    hits: Array
    false: Array
    missed: Array


def outcomes(answers: Sequence[Answer], labels: Sequence[str]) -> Outcomes:
    """Return what became of each answer among `labels`."""
    wanted = [{answer.wanted} for answer in answers]
    said = [{answer.said} for answer in answers]
    return outcomes_of_sets(wanted, wanted, said, labels)


def outcomes_of_sets(
    wanted: Sequence[set[str]],
    accepted: Sequence[set[str]],
    said: Sequence[set[str]],
    labels: Sequence[str],
) -> Outcomes:
    """Return the same where a text has several classes; what is only accepted is no mistake."""

    def table(sets: Sequence[set[str]]) -> Array:
        rows = [[label in found for label in labels] for found in sets]
        return np.array(rows, dtype=np.float32).reshape(-1, len(labels))

    want, accept, say = table(wanted), table(accepted), table(said)
    return Outcomes(
        tuple(labels), want * say, say * (1 - np.maximum(want, accept)), want * (1 - say)
    )


def _precision(sums: Array) -> Array:
    return ratio(sums[:, 0], sums[:, 0] + sums[:, 1])


def _recall(sums: Array) -> Array:
    return ratio(sums[:, 0], sums[:, 0] + sums[:, 2])


def _f1(sums: Array) -> Array:
    return ratio(2 * sums[:, 0], 2 * sums[:, 0] + sums[:, 1] + sums[:, 2])


def per_class(found: Outcomes) -> list[Scores]:
    """Return precision, recall and F1 of each class that is wanted or said at all."""
    count, width = found.hits.shape
    sums = _sums(np.hstack([found.hits, found.false, found.missed]))
    listed = []
    for column, label in enumerate(found.labels):
        own = sums[:, [column, width + column, 2 * width + column]]
        if own[0].any():
            right, complete, both = (
                _interval(own, each, count) for each in (_precision, _recall, _f1)
            )
            listed.append(Scores(label, right, complete, both, int(own[0, 0] + own[0, 2])))
    return listed


def precision(found: Outcomes) -> Figure:
    """Return the precision over all classes together."""
    return figure(_together(found), _precision)


def recall(found: Outcomes) -> Figure:
    """Return the recall over all classes together."""
    return figure(_together(found), _recall)


def micro_f1(found: Outcomes) -> Figure:
    """Return F1 over all classes together."""
    return figure(_together(found), _f1)


def _together(found: Outcomes) -> Array:
    columns: Array = np.stack(
        [part.sum(axis=1) for part in (found.hits, found.false, found.missed)], axis=1
    )
    return columns


def macro_f1(found: Outcomes) -> Figure:
    """Return the mean F1 of the classes that are wanted at least once."""
    wanted = (found.hits + found.missed).any(axis=0)
    parts = [part[:, wanted] for part in (found.hits, found.false, found.missed)]
    count = int(wanted.sum())

    def mean(sums: Array) -> Array:
        hits, false, missed = (sums[:, at * count : (at + 1) * count] for at in range(3))
        scores = ratio(2 * hits, 2 * hits + false + missed)
        known = np.isfinite(scores)
        return ratio(np.where(known, scores, 0.0).sum(axis=1), known.sum(axis=1))

    return figure(np.hstack(parts), mean)


def confusions(answers: Sequence[Answer]) -> Counter[tuple[str, str]]:
    """Count the answers by what was wanted and what was said."""
    return Counter((answer.wanted, answer.said) for answer in answers)


def calibration(answers: Sequence[Answer]) -> list[Bin]:
    """Return the answers in bins of equal width of their confidence, empty ones left out."""
    bins = []
    places = [min(BINS - 1, int(answer.chance * BINS)) for answer in answers]
    for number in range(BINS):
        inside = [answer for answer, place in zip(answers, places, strict=True) if place == number]
        if inside:
            bins.append(
                Bin(
                    number / BINS,
                    (number + 1) / BINS,
                    float(np.mean([answer.chance for answer in inside])),
                    float(np.mean([answer.right for answer in inside])),
                    len(inside),
                )
            )
    return bins


def calibration_error(bins: Sequence[Bin]) -> float:
    """Return the expected calibration error: by how much the confidence is wrong on average."""
    total = sum(each.count for each in bins)
    if not total:
        return float("nan")
    return sum(each.count * abs(each.chance - each.right) for each in bins) / total


def curve(answers: Sequence[Answer]) -> list[tuple[float, float]]:
    """Return (share decided, precision of it) for each confidence from which one may decide."""
    ordered = sorted(answers, key=lambda answer: -answer.chance)
    points, right = [], 0
    for number, answer in enumerate(ordered, start=1):
        right += answer.right
        if number == len(ordered) or ordered[number].chance < answer.chance:
            points.append((number / len(ordered), right / number))
    return points


def coverage(answers: Sequence[Answer], least: float) -> float:
    """Return the largest share that can be decided with a precision of at least `least`."""
    return max((decided for decided, right in curve(answers) if right >= least), default=0.0)
