"""The first pages of the report: targets beside figures, speed, and the three baselines."""

from collections.abc import Callable, Sequence

from nlp import taxonomy
from nlp.evaluation import baselines, judging, measures, plots, prose, words
from nlp.evaluation.document import Plot, Section, Table
from nlp.evaluation.judging import Alarms
from nlp.evaluation.measures import Figure
from nlp.evaluation.records import SURE, Answer, Record, category, primary
from nlp.evaluation.run import OURS, SLIPS, Evaluation, Part
from nlp.evaluation.speed import Speed
from nlp.types import Decision, Flag

Cell = Callable[[Sequence[Record]], str]

PRECISION = 0.95
"""What may be decided automatically is decided with this precision."""


def primaries(records: Sequence[Record]) -> list[Answer]:
    """Return the answers about the primary intent."""
    return [primary(record) for record in records]


def by_group(records: Sequence[Record]) -> list[Answer]:
    """Return the answers about the category's group, where there is a category."""
    groups = taxonomy.groups()
    return [answer for record in records if (answer := category(record, groups))]


def by_category(records: Sequence[Record]) -> list[Answer]:
    """Return the answers about the category itself, where there is one."""
    return [answer for record in records if (answer := category(record))]


def macro_f1(answers: Sequence[Answer]) -> Figure:
    """Return the mean F1 of the classes that are wanted."""
    labels = sorted({answer.wanted for answer in answers} | {answer.said for answer in answers})
    return measures.macro_f1(measures.outcomes(answers, labels))


def _found(flag: Flag) -> Cell:
    def cell(records: Sequence[Record]) -> str:
        alarms = judging.alarms(records, flag)
        return words.count_at_least(alarms.found, alarms.wanted, 1.0)

    return cell


def _false(alarms: Alarms, target: float) -> str:
    return words.count_at_most(alarms.false, alarms.others, target)


def _off_topic(records: Sequence[Record]) -> str:
    found = judging.off_topic_actions(records)
    return words.count_at_most(_hits(found), found.of, 0.005)


def _hits(found: Figure) -> int:
    return round(found.value * found.of) if found.of else 0


def _resolved(records: Sequence[Record]) -> str:
    dates = judging.dates(records)
    return words.count_at_least(dates.found, dates.named, 39 / 43)


def _invented(records: Sequence[Record]) -> str:
    dates = judging.dates(records)
    return words.count_at_most(dates.invented, dates.texts_without, 0.01)


def _coverage(records: Sequence[Record]) -> str:
    decided = measures.coverage(primaries(records), PRECISION)
    return words.share(decided) + (words.MISSED if decided < 0.65 else "")


_ROWS: tuple[tuple[str, str, Cell], ...] = (
    ("Texts", "", lambda records: f"{len(records):,}"),
    (
        "Primary intent right or acceptable",
        "at least .85",
        lambda records: words.at_least(measures.accuracy(primaries(records)), 0.85),
    ),
    (
        "Category right, by group",
        "at least .85",
        lambda records: words.at_least(measures.accuracy(by_group(records)), 0.85),
    ),
    ("Emergencies found", "all", _found(Flag.EMERGENCY)),
    (
        "False emergencies",
        "none",
        lambda records: _false(judging.alarms(records, Flag.EMERGENCY), 0.0),
    ),
    ("Off-topic texts acted upon", "at most 0.5 %", _off_topic),
    ("Dates invented, of texts without one", "at most 1 %", _invented),
    ("Dates resolved", "39 of 43", _resolved),
    (
        "All intents, micro-F1",
        "at least .70",
        lambda records: words.at_least(measures.micro_f1(judging.intents(records)), 0.70),
    ),
    (
        "Tickets at once: precision",
        "at least .90",
        lambda records: words.at_least(
            measures.precision(judging.tickets(records, Decision.ACT)), 0.90
        ),
    ),
    (
        "Tickets at once or after a question: recall",
        "at least .80",
        lambda records: words.at_least(
            measures.recall(judging.tickets(records, Decision.ACT, Decision.ASK)), 0.80
        ),
    ),
    ("Decided at a precision of .95", "at least .65", _coverage),
    ("False marks of abuse", "at most 0.5 %",
     lambda records: _false(judging.alarms(records, Flag.ABUSE), 0.005)),
    ("Language told", "at least .98",
     lambda records: words.at_least(judging.language(records), 0.98)),
)  # fmt: skip


def targets(evaluation: Evaluation) -> Section:
    """Return what was asked for beside what is reached."""
    parts = [part for part in evaluation.parts if part.name != SLIPS]
    header = ("what", "target", *(part.name for part in parts))
    rows = tuple(
        (name, target, *(cell(part.ours) for part in parts)) for name, target, cell in _ROWS
    )
    return Section(
        "Targets and figures",
        (prose.TARGETS,),
        (Table("Understanding", header, rows), _speed(evaluation.speed)),
    )


def _speed(speed: Speed) -> Table:
    rows = (
        ("Median", "6 ms", words.number_at_most(speed.median, 6, "ms")),
        ("99th percentile", "25 ms", words.number_at_most(speed.slow, 25, "ms")),
        ("Median, time of the processor", "", f"{speed.processor_median:.1f} ms"),
        ("99th percentile, time of the processor", "", f"{speed.processor_slow:.1f} ms"),
        ("Cold start to the first answer", "4 s", words.number_at_most(speed.cold_start, 4, "s")),
        ("Cold start, time of the processor", "", f"{speed.processor_cold_start:.1f} s"),
        ("Memory at most", "300 MB", words.number_at_most(speed.memory, 300, "MB")),
        ("Model on disk", "15 MB", words.number_at_most(speed.model, 15, "MB")),
    )
    title = f"Speed and size: one core, {speed.texts:,} texts one by one ({speed.machine})"
    return Table(title, ("what", "at most", "measured"), rows)


def beside_baselines(evaluation: Evaluation) -> Section:
    """Return how the three baselines do on the same texts."""
    blocks: list[Table | Plot] = []
    for part in evaluation.parts:
        if part.name == SLIPS:
            continue
        rows = tuple(_system(name, records) for name, records in part.systems.items())
        blocks.append(Table(part.name, _SYSTEM_HEADER, rows))
        title = f"Primary intent: share decided, and how much of it is right ({part.name})"
        curves = {
            name: measures.curve(primaries(records)) for name, records in part.systems.items()
        }
        blocks.append(Plot(title, plots.curves(title, curves, "share decided", "precision")))
    return Section(
        "Beside baselines",
        (_described(evaluation.parts), *_overconfidence(evaluation.parts)),
        tuple(blocks),
    )


def _described(parts: Sequence[Part]) -> str:
    run = {name for part in parts for name in part.systems}
    told = [text for name, text in prose.BASELINES.items() if name in run]
    return " ".join([*told, prose.BASELINES_ACT])


_SYSTEM_HEADER = (
    "system",
    "primary intent",
    "its macro-F1",
    "category by group",
    "its macro-F1",
    "decided at .95",
    "off-topic acted upon",
)


def _system(name: str, records: Sequence[Record]) -> tuple[str, ...]:
    wishes, kinds = primaries(records), by_group(records)
    acted = judging.off_topic_actions(records)
    return (
        name,
        words.figure(measures.accuracy(wishes)),
        words.figure(macro_f1(wishes)),
        words.figure(measures.accuracy(kinds)),
        words.figure(macro_f1(kinds)),
        words.share(measures.coverage(wishes, PRECISION)),
        words.count(_hits(acted), acted.of),
    )


def _overconfidence(parts: Sequence[Part]) -> list[str]:
    """Tell which share of off-topic texts gets a category, and of how many a ticket would come."""
    told = []
    for part in parts:
        if baselines.TEXTCAT not in part.systems or part.name == SLIPS:
            continue
        sure = [
            record.said.categories[0][1] >= SURE
            for record in part.systems[baselines.TEXTCAT]
            if record.case.intents[0] == "off_topic"
        ]
        tickets = [
            record.said.makes_ticket(Decision.ACT)
            for record in part.systems[OURS]
            if record.case.intents[0] == "off_topic"
        ]
        told.append(
            f"{part.name}: {words.count(sum(sure), len(sure))} against"
            f" {words.count(sum(tickets), len(tickets))}"
        )
    if not told:
        return []
    return [prose.OVERCONFIDENT + "; ".join(told) + "."]
