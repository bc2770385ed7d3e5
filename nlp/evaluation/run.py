"""The runs: models fitted without what they are judged by, and what every system says."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from nlp import exams, gazetteer, heads, pipeline, train
from nlp.corpus import Example
from nlp.evaluation import baselines, cases, speed
from nlp.evaluation.records import Record, Said, said_by
from nlp.evaluation.speed import Speed
from nlp.exams import Case
from nlp.features import Features
from nlp.training import calibrate, design, fit, splits
from nlp.training.design import Design, Rows
from nlp.training.splits import Split
from nlp.types import Context

OURS = "Stadtdraht"
VOICES = "held out by voice"
TEMPLATES = "held out by template"
SLIPS = "held out by template, with slips"
SEEN = "frozen exams"
UNSEEN = "unseen exams"
_TIMED = 500  # texts at most, spread over all examinations
_ALONE_BELOW = 1_000  # sentences that are not worth more than one process

Tell = Callable[[str, float], None]
"""Told the name of a step, and which share of it is done."""
Examinations = Mapping[str, Sequence[Case]]
Answers = Mapping[str, list[Said]]
"""What one system says of the texts of each part."""

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")


class _Map(Protocol):
    """The built-in `map`, or that of many processes."""

    def __call__(
        self, work: Callable[[_Task], _Result], tasks: Iterable[_Task], /
    ) -> Iterable[_Result]:
        """Return the results in the order of the tasks."""


@dataclass(frozen=True, slots=True)
class Part:
    """Texts of one kind, with what each system says of them; ours is always there."""

    name: str
    systems: Mapping[str, Sequence[Record]]

    @property
    def ours(self) -> Sequence[Record]:
        """What the product says."""
        return self.systems[OURS]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All that was measured.

    What is held out was judged by models fitted without it, the examinations by the shipped one,
    which is called `model`.
    """

    model: str
    parts: tuple[Part, ...]
    splits: tuple[Split, ...]
    speed: Speed

    def part(self, name: str) -> Part | None:
        """Return the part of this name, if it was run."""
        return next((part for part in self.parts if part.name == name), None)


@dataclass(frozen=True, slots=True)
class _Trial:
    """A split with the texts that its models are judged by, and their features."""

    split: Split
    parts: Mapping[str, tuple[Sequence[Case], Sequence[Features]]]


@dataclass(frozen=True, slots=True)
class _Fitted:
    """A model without calibration, with what it thinks of the texts that it did not see."""

    raw: heads.Model
    judged: calibrate.Judged


def examinations() -> Examinations:
    """Return the project's own examinations."""
    return {
        name: [case for one in names for case in exams.read(one)]
        for name, names in ((SEEN, exams.FROZEN), (UNSEEN, exams.UNSEEN))
    }


def quick(judged: Examinations, tell: Tell) -> Evaluation:
    """Judge the shipped model by examinations alone, beside keywords; takes seconds."""
    model = heads.shipped()
    parts = []
    for number, (name, texts) in enumerate(judged.items()):
        tell("examinations", number / len(judged))
        found = {
            OURS: understand(model, {name: texts})[name],
            baselines.KEYWORDS: baselines.keywords(texts),
        }
        parts.append(_part(name, texts, found))
    return Evaluation(model.name, tuple(parts), (), _speed(judged, tell))


def full(sentences: Sequence[Example], judged: Examinations, tell: Tell) -> Evaluation:
    """Fit models without each group of voices and without the held-out templates; takes minutes.

    Beside them the three baselines are fitted on the same texts. The examinations are judged by the
    shipped model, and by the baselines that were fitted without the held-out templates.
    """
    read = train.read(sentences, tell)
    trials = _trials(read, sentences, judged)
    numbers = range(len(trials))
    shipped = heads.shipped()
    with _workers(read, trials, wide=len(sentences) >= _ALONE_BELOW) as work:
        fitting = work(_fit, numbers)
        answering = {name: work(answer, numbers) for name, answer in _BASELINES.items()}
        fits = list(_told(fitting, len(trials), "fits", tell))
        said: dict[str, list[Answers]] = {
            name: list(_told(answers, len(trials), name, tell))
            for name, answers in answering.items()
        }
        tasks = [(_calibrated(fits, number), _own(trials[number], judged)) for number in numbers]
        tasks.append((shipped, judged))
        ours = list(_told(work(_understand, tasks), len(tasks), "pipeline", tell))
    return Evaluation(
        shipped.name,
        tuple(_parts(trials, {OURS: ours, **said})),
        tuple(trial.split for trial in trials),
        _speed(judged, tell),
    )


def _speed(judged: Examinations, tell: Tell) -> Speed:
    tell("speed", 0.0)
    texts = [case.text for examination in judged.values() for case in examination]
    return speed.measure(texts[:: len(texts) // _TIMED + 1])


def understand(model: heads.Model, judged: Examinations) -> Answers:
    """Return what the whole pipeline says with `model`; it is told neither language nor tone."""
    reader = pipeline.with_model(model, gazetteer.demo())
    context = Context(exams.NOW)
    return {
        name: [said_by(reader.understand(case.text, context)) for case in texts]
        for name, texts in judged.items()
    }


def _trials(read: Design, sentences: Sequence[Example], judged: Examinations) -> list[_Trial]:
    trials = [
        _Trial(split, {VOICES: _held(read, split, copy=0)}) for split in splits.by_voice(sentences)
    ]
    by_template: dict[str, tuple[Sequence[Case], Sequence[Features]]] = {
        TEMPLATES: _held(read, splits.BY_TEMPLATE, copy=0),
        SLIPS: _held(read, splits.BY_TEMPLATE, copy=1),
    }
    for name, texts in judged.items():
        found = design.prepare([cases.example(case) for case in texts])
        by_template[name] = (texts, found.features)
    return [*trials, _Trial(splits.BY_TEMPLATE, by_template)]


def _held(read: Design, split: Split, copy: int) -> tuple[list[Case], list[Features]]:
    """Return one variant of each sentence that `split` holds, as a case and as features."""
    rows = [row for row in read.rows(split.holds) if row % train.COPIES == copy]
    found = [read.examples[row] for row in rows]
    return [cases.case(example) for example in found], [read.features[row] for row in rows]


def _parts(trials: Sequence[_Trial], said: Mapping[str, Sequence[Answers]]) -> Iterator[Part]:
    """Join what each system says of the texts of a part, over all trials."""
    texts: dict[str, list[Case]] = defaultdict(list)
    answers: dict[str, dict[str, list[Said]]] = defaultdict(lambda: defaultdict(list))
    for trial in trials:
        for name, (judged, _) in trial.parts.items():
            texts[name].extend(judged)
    for system, found in said.items():
        for each in found:
            for name, listed in each.items():
                answers[name][system].extend(listed)
    for name, judged in texts.items():
        yield _part(name, judged, answers[name])


def _part(name: str, texts: Sequence[Case], said: Mapping[str, Sequence[Said]]) -> Part:
    return Part(
        name,
        {
            system: [Record(*pair) for pair in zip(texts, found, strict=True)]
            for system, found in said.items()
        },
    )


def _calibrated(fits: Sequence[_Fitted], number: int) -> heads.Model:
    """Return a model as the voices of all other splits calibrate it, and not its own."""
    *voices, _ = fits
    others = [fitted.judged for at, fitted in enumerate(voices) if at != number]
    return replace(
        calibrate.calibrate(fits[number].raw, others or [fits[number].judged]),
        name=f"split-{number}",
    )


# What a process works on; it is set once, so that no task carries the whole corpus with it.
_shared: list[tuple[Design, Sequence[_Trial]]] = []


def _share(read: Design, trials: Sequence[_Trial]) -> None:
    _shared[:] = [(read, trials)]


@contextmanager
def _workers(read: Design, trials: Sequence[_Trial], *, wide: bool) -> Iterator[_Map]:
    """Give a `map` over as many processes as there are cores, or none where there is little."""
    _share(read, trials)
    processes = ProcessPoolExecutor(os.cpu_count(), initializer=_share, initargs=(read, trials))
    try:
        yield processes.map if wide else map
    finally:
        processes.shutdown(cancel_futures=True)
        _shared.clear()


def _told(results: Iterable[_Result], count: int, step: str, tell: Tell) -> Iterator[_Result]:
    for number, result in enumerate(results):
        yield result
        tell(step, (number + 1) / count)


def _fit(number: int) -> _Fitted:
    (read, trials) = _shared[0]
    raw = fit.fit(read, _learned(read, trials[number]))
    unheard = read.rows(trials[number].split.holds)
    return _Fitted(raw, calibrate.judge(raw, read, unheard))


def _learned(read: Design, trial: _Trial) -> Rows:
    return read.rows(lambda example: not trial.split.holds(example))


def _keywords(number: int) -> Answers:
    (_, trials) = _shared[0]
    return {name: baselines.keywords(texts) for name, (texts, _) in trials[number].parts.items()}


def _ngrams(number: int) -> Answers:
    (read, trials) = _shared[0]
    model = baselines.ngrams(read, _learned(read, trials[number]))
    return {
        name: baselines.ngrams_say(model, texts, found)
        for name, (texts, found) in trials[number].parts.items()
    }


def _textcat(number: int) -> Answers:
    (read, trials) = _shared[0]
    taught = baselines.TextCat(read, _learned(read, trials[number]))
    return {name: taught.say(texts) for name, (texts, _) in trials[number].parts.items()}


_BASELINES = {
    baselines.KEYWORDS: _keywords,
    baselines.NGRAMS: _ngrams,
    baselines.TEXTCAT: _textcat,
}


def _own(trial: _Trial, judged: Examinations) -> Examinations:
    """Return the texts that only a trial's own model has not seen."""
    return {name: texts for name, (texts, _) in trial.parts.items() if name not in judged}


def _understand(task: tuple[heads.Model, Examinations]) -> Answers:
    return understand(*task)
