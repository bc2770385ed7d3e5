"""What an examiner counts: tickets, emergencies, marks, matters that are none, dates, languages."""

from collections.abc import Sequence
from dataclasses import dataclass

from nlp import taxonomy
from nlp.evaluation import measures
from nlp.evaluation.measures import Figure, Outcomes
from nlp.evaluation.records import Record
from nlp.types import Decision, Flag


@dataclass(frozen=True, slots=True)
class Alarms:
    """A flag: how many of those that must have it have it, and how many have it that must not."""

    found: int
    wanted: int
    false: int
    others: int


@dataclass(frozen=True, slots=True)
class Dates:
    """Named dates: how many are resolved, and in how many texts without one one is invented."""

    found: int
    named: int
    invented: int
    texts_without: int


def alarms(records: Sequence[Record], flag: Flag) -> Alarms:
    """Return how a flag is set; where an examiner would accept it, it is neither."""
    wanted = [record for record in records if flag.value in record.case.intents]
    others = [
        record for record in records if flag.value not in {*record.case.intents, *record.case.also}
    ]
    return Alarms(
        sum(flag in record.said.flags for record in wanted),
        len(wanted),
        sum(flag in record.said.flags for record in others),
        len(others),
    )


def intents(records: Sequence[Record]) -> Outcomes:
    """Return what became of each intent, where a text may have several."""
    return measures.outcomes_of_sets(
        [set(record.case.intents) for record in records],
        [set(record.case.also) for record in records],
        [set(record.said.counted) for record in records],
        taxonomy.intents(),
    )


def tickets(records: Sequence[Record], *decisions: Decision) -> Outcomes:
    """Return how it is decided whether a ticket comes of a text, where that is not debatable."""
    judged = [record for record in records if record.case.ticket is not None]
    wanted = [{"ticket"} if record.case.ticket else set[str]() for record in judged]
    said = [{"ticket"} if record.said.makes_ticket(*decisions) else set[str]() for record in judged]
    return measures.outcomes_of_sets(wanted, wanted, said, ("ticket",))


def off_topic_actions(records: Sequence[Record]) -> Figure:
    """Return the share of texts about nothing of the city's with which something is done."""
    return measures.share(
        [
            record.said.decision is Decision.ACT and record.said.intent != "off_topic"
            for record in records
            if record.case.intents[0] == "off_topic"
        ]
    )


def decided(records: Sequence[Record]) -> Figure:
    """Return the share of texts that are dealt with at once, without a question or a person."""
    return measures.share([record.said.decision is Decision.ACT for record in records])


def dates(records: Sequence[Record]) -> Dates:
    """Return how dates are resolved, in texts where the examiner lists them."""
    judged = [(record.case.dates, record.said.dates) for record in records]
    listed = [(wanted, said) for wanted, said in judged if wanted is not None]
    return Dates(
        sum(date in said for wanted, said in listed for date in wanted),
        sum(len(wanted) for wanted, _ in listed),
        sum(bool(said) for wanted, said in listed if not wanted),
        sum(not wanted for wanted, _ in listed),
    )


def language(records: Sequence[Record]) -> Figure:
    """Return the share of texts whose language is told."""
    return measures.share([record.said.language == record.case.language for record in records])
