"""The tables behind the summary: classes, confusions, calibration, coverage, slices."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from nlp import taxonomy
from nlp.evaluation import cases, judging, measures, plots, prose, words
from nlp.evaluation.document import Plot, Section, Table
from nlp.evaluation.measures import Bin, Scores
from nlp.evaluation.records import Answer, Record
from nlp.evaluation.run import SLIPS, TEMPLATES, UNSEEN, VOICES, Evaluation, Part
from nlp.evaluation.summary import by_category, by_group, primaries
from nlp.types import Decision, Flag

_LEAST = 8  # texts that a slice needs
_CONFUSIONS = 12  # pairs that are listed
_PRECISIONS = (0.90, 0.95, 0.98)
_QUESTIONS: tuple[tuple[str, Callable[[Sequence[Record]], list[Answer]]], ...] = (
    ("primary intent", primaries),
    ("category by group", by_group),
)


def detailed(evaluation: Evaluation) -> list[Part]:
    """Return the parts that are looked at closely: unheard voices, and what nobody has seen."""
    return [part for part in evaluation.parts if part.name in {VOICES, UNSEEN}]


def intents(evaluation: Evaluation) -> Section:
    """Return precision, recall and F1 of each intent; a text may have several."""
    blocks = [
        block
        for part in evaluation.parts
        for block in _classes(
            f"Intents, {part.name}",
            measures.per_class(judging.intents(part.ours)),
            long=part not in detailed(evaluation),
        )
    ]
    return Section("Intents", (), tuple(blocks))


def categories(evaluation: Evaluation) -> Section:
    """Return precision, recall and F1 of each group of categories, and of each category."""
    blocks: list[Table | Plot] = []
    for part in evaluation.parts:
        long = part not in detailed(evaluation)
        for title, answers, names in (
            ("Groups", by_group(part.ours), tuple(dict.fromkeys(taxonomy.groups().values()))),
            ("Categories", by_category(part.ours), taxonomy.categories()),
        ):
            scores = measures.per_class(measures.outcomes(answers, names))
            right = words.figure(measures.accuracy(answers))
            blocks += _classes(f"{title}, {part.name}: {right} right", scores, long=long)
    return Section("Categories", (), tuple(blocks))


def _classes(title: str, scores: Sequence[Scores], *, long: bool) -> Iterator[Table | Plot]:
    rows = tuple(
        (
            each.label,
            f"{each.support:,}",
            words.figure(each.precision),
            words.figure(each.recall),
            words.figure(each.f1),
        )
        for each in scores
    )
    yield Table(title, ("class", "texts", "precision", "recall", "F1"), rows, long)
    if not long:
        plotted = [(each.label, each.f1) for each in scores]
        yield Plot(f"F1. {title}", plots.intervals(f"F1. {title}", plotted))


def confusions(evaluation: Evaluation) -> Section:
    """Return what is most often taken for what."""
    blocks: list[Table | Plot] = []
    for part in detailed(evaluation):
        for question, asked in _QUESTIONS:
            answers = asked(part.ours)
            counts = measures.confusions(answers)
            wrong = [(pair, number) for pair, number in counts.most_common() if pair[0] != pair[1]]
            totals = {pair[0]: 0 for pair in counts}
            for (wanted, _), number in counts.items():
                totals[wanted] += number
            title = f"{question.capitalize()}, {part.name}"
            rows = tuple(
                (wanted, said, words.count(number, totals[wanted]))
                for (wanted, said), number in wrong[:_CONFUSIONS]
            )
            blocks.append(Table(f"{title}: mistaken most often", ("wanted", "said", "texts"), rows))
            labels = sorted({label for pair in counts for label in pair})
            blocks.append(
                Plot(f"{title}: rows wanted, columns said", plots.confusions(title, labels, counts))
            )
            blocks.append(_matrix(title, labels, counts))
    return Section("Confusions", (), tuple(blocks))


def _matrix(title: str, labels: Sequence[str], counts: dict[tuple[str, str], int]) -> Table:
    rows = tuple(
        (wanted, *(str(counts.get((wanted, said), 0)) for said in labels)) for wanted in labels
    )
    return Table(f"{title}: rows wanted, columns said", ("wanted", *labels), rows, long=True)


def calibration(evaluation: Evaluation) -> Section:
    """Return whether a confidence means what it says."""
    blocks: list[Table | Plot] = []
    for question, asked in _QUESTIONS:
        found = {part.name: measures.calibration(asked(part.ours)) for part in detailed(evaluation)}
        for name, bins in found.items():
            error = words.share(measures.calibration_error(bins))
            title = f"{question.capitalize()}, {name}: expected calibration error {error}"
            blocks.append(Table(title, ("confidence", "texts", "mean", "right"), _binned(bins)))
        curves = {
            name: [(each.chance, each.right) for each in bins] for name, bins in found.items()
        }
        curves["as it should be"] = [(0.0, 0.0), (1.0, 1.0)]
        title = f"Calibration, {question}"
        blocks.append(Plot(title, plots.curves(title, curves, "confidence", "share right")))
    return Section("Calibration", (prose.CALIBRATION,), tuple(blocks))


def _binned(bins: Sequence[Bin]) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            f"{each.low:.1f}–{each.high:.1f}",
            f"{each.count:,}",
            words.share(each.chance),
            words.share(each.right),
        )
        for each in bins
    )


def coverage(evaluation: Evaluation) -> Section:
    """Return which share could be decided automatically, how precisely."""
    rows = []
    for part in evaluation.parts:
        for question, asked in _QUESTIONS:
            answers = asked(part.ours)
            shares = (words.share(measures.coverage(answers, least)) for least in _PRECISIONS)
            rows.append((question, part.name, *shares))
    acts = tuple(_acts(part) for part in evaluation.parts)
    blocks: list[Table | Plot] = [
        Table(
            "Share decided, by precision asked for",
            ("question", "texts", *(words.share(least) for least in _PRECISIONS)),
            tuple(rows),
        ),
        Table(
            "What is decided at once (`act`)",
            ("texts", "share decided", "primary intent right", "of those with a category: right"),
            acts,
        ),
    ]
    for question, asked in _QUESTIONS:
        curves = {part.name: measures.curve(asked(part.ours)) for part in detailed(evaluation)}
        title = f"Coverage against precision, {question}"
        blocks.append(Plot(title, plots.curves(title, curves, "share decided", "precision")))
    return Section("Coverage against precision", (prose.COVERAGE,), tuple(blocks))


def _acts(part: Part) -> tuple[str, ...]:
    acted = [record for record in part.ours if record.said.decision is Decision.ACT]
    return (
        part.name,
        words.figure(judging.decided(part.ours)),
        words.figure(measures.accuracy(primaries(acted))),
        words.figure(measures.accuracy(by_group(acted))),
    )


def slices(evaluation: Evaluation) -> Section:
    """Return the figures of each language, length, voice and way of writing."""
    tables = []
    for part in evaluation.parts:
        rows = tuple(
            (
                name,
                f"{len(records):,}",
                words.figure(measures.accuracy(primaries(records))),
                words.figure(measures.accuracy(by_group(records))),
            )
            for name, records in sliced(part.ours)
        )
        header = ("slice", "texts", "primary intent", "category by group")
        tables.append(Table(part.name.capitalize(), header, rows, long=part.name == SLIPS))
    return Section("Slices", (prose.SLICES,), (*tables, *_slips(evaluation)))


def sliced(records: Sequence[Record]) -> list[tuple[str, list[Record]]]:
    """Return the slices that are large enough, by name."""
    found: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        for name in cases.slices(record.case):
            found[name].append(record)
    return [(name, found[name]) for name in sorted(found) if len(found[name]) >= _LEAST]


def _slips(evaluation: Evaluation) -> Iterator[Table]:
    """Compare the same sentences as they were written and as another person would write them."""
    clean, slipped = (evaluation.part(name) for name in (TEMPLATES, SLIPS))
    if clean and slipped:
        rows = tuple(
            (
                name,
                f"{len(part.ours):,}",
                words.figure(measures.accuracy(primaries(part.ours))),
                words.figure(measures.accuracy(by_group(part.ours))),
            )
            for name, part in (("as written", clean), ("with greetings and slips", slipped))
        )
        header = ("the same sentences", "texts", "primary intent", "category by group")
        yield Table("What slips of the finger cost", header, rows)


def counts(evaluation: Evaluation) -> Section:
    """Return what is counted: flags, matters that are none, tickets, dates, languages."""
    parts = [part for part in evaluation.parts if part.name != SLIPS]
    header = ("what", *(part.name for part in parts))
    rows = [(name, *(cell(part.ours) for part in parts)) for name, cell in _COUNTED.items()]
    return Section(
        "Flags, tickets, dates, languages",
        (prose.COUNTS,),
        (Table("Counted", header, tuple(rows)),),
    )


def _flag(flag: Flag) -> Callable[[Sequence[Record]], str]:
    def cell(records: Sequence[Record]) -> str:
        found = judging.alarms(records, flag)
        said = words.count(found.found, found.wanted)
        return f"{said}; false {words.count(found.false, found.others)}"

    return cell


def _tickets(*decisions: Decision) -> Callable[[Sequence[Record]], str]:
    def cell(records: Sequence[Record]) -> str:
        found = judging.tickets(records, *decisions)
        right, complete = measures.precision(found), measures.recall(found)
        return f"{words.figure(right)} / {words.figure(complete)}"

    return cell


def _dates(records: Sequence[Record]) -> str:
    found = judging.dates(records)
    resolved = words.count(found.found, found.named)
    return f"{resolved}; invented {words.count(found.invented, found.texts_without)}"


_COUNTED: dict[str, Callable[[Sequence[Record]], str]] = {
    "all intents, micro-F1": lambda records: words.figure(
        measures.micro_f1(judging.intents(records))
    ),
    "emergency": _flag(Flag.EMERGENCY),
    "abuse": _flag(Flag.ABUSE),
    "spam": _flag(Flag.SPAM),
    "off-topic texts acted upon": lambda records: words.figure(judging.off_topic_actions(records)),
    "ticket at once: precision / recall": _tickets(Decision.ACT),
    "ticket at once or after a question": _tickets(Decision.ACT, Decision.ASK),
    "dates": _dates,
    "language told": lambda records: words.figure(judging.language(records)),
}
