"""Examples as numbers: what the heads see of each, and what they should say."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from nlp import features, gazetteer, pipeline, taxonomy
from nlp.corpus import Example
from nlp.features import Features
from nlp.pipeline import Understander
from nlp.types import Context

_NOW = datetime(2026, 3, 18, 10, 0, tzinfo=UTC)
_PORTION = 200  # examples that one process reads at a time
_ALONE_BELOW = 1_000  # examples that are not worth more than one process

Array = NDArray[np.floating]
Rows = NDArray[np.int64]
Tell = Callable[[int], None]
"""Told how many more examples are done."""


@dataclass(frozen=True, slots=True)
class Design:
    """Examples, row by row: their features, and 1 where an intent or category is theirs.

    `intents` is rows by intents, `categories` rows by categories; a row without a category is 0.
    """

    examples: Sequence[Example]
    features: Sequence[Features]
    intents: Array
    categories: Array

    def rows(self, wanted: Callable[[Example], bool]) -> Rows:
        """Return the numbers of the rows whose example is wanted."""
        chosen = [row for row, example in enumerate(self.examples) if wanted(example)]
        return np.array(chosen, dtype=np.int64)

    def labelled(self, rows: Rows) -> Rows:
        """Return those of `rows` that have a category."""
        chosen: Rows = rows[self.categories[rows].sum(axis=1) > 0]
        return chosen


def _quietly(_: int) -> None:
    """Tell nobody."""


def prepare(examples: Sequence[Example], tell: Tell = _quietly) -> Design:
    """Run the finding components over `examples`, on all cores where there are many."""
    found: list[Features] = []
    for portion in _portions(examples):
        found.extend(portion)
        tell(len(portion))
    return Design(examples, found, *_targets(examples))


def _portions(examples: Sequence[Example]) -> Iterator[list[Features]]:
    parts = [examples[at : at + _PORTION] for at in range(0, len(examples), _PORTION)]
    if len(examples) < _ALONE_BELOW:
        reader = pipeline.untrained(gazetteer.demo())
        yield from ([_features(reader, example) for example in part] for part in parts)
        return
    with ProcessPoolExecutor(os.cpu_count(), initializer=_open_reader) as processes:
        yield from processes.map(_read_part, parts)


_readers: list[Understander] = []  # of a process that reads a part


def _open_reader() -> None:
    _readers.append(pipeline.untrained(gazetteer.demo()))


def _read_part(part: Sequence[Example]) -> list[Features]:
    return [_features(_readers[0], example) for example in part]


def _features(reader: Understander, example: Example) -> Features:
    reading = reader.read(example.text, Context(_NOW, example.language))
    return features.extract(reading.folded, reading.hits, reading.entities, reading.language)


def _targets(examples: Sequence[Example]) -> tuple[Array, Array]:
    intents, categories = taxonomy.intents(), taxonomy.categories()
    wishes = np.zeros((len(examples), len(intents)), dtype=np.float32)
    kinds = np.zeros((len(examples), len(categories)), dtype=np.float32)
    for row, example in enumerate(examples):
        for intent in example.intents:
            wishes[row, intents.index(intent)] = 1.0
        if example.category is not None:
            kinds[row, categories.index(example.category)] = 1.0
    return wishes, kinds
