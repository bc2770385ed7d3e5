"""One text: what an examiner wants of it, and what a system said."""

from collections.abc import Mapping
from dataclasses import dataclass

from nlp.exams import Case
from nlp.taxonomy import TICKETS
from nlp.types import Decision, Flag, Understanding

SURE = 0.5
"""An intent counts from here, or when it is first (the contract of `nlp predict`)."""
_DATES = frozenset({"date", "date_range", "weekday"})

Ranking = tuple[tuple[str, float], ...]
"""Names with their confidence of 0 to 1, best first."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a system says of a text. A system that knows no dates or flags leaves them empty."""

    language: str
    intents: Ranking
    categories: Ranking
    decision: Decision
    dates: tuple[str, ...] = ()
    flags: tuple[Flag, ...] = ()

    @property
    def intent(self) -> str:
        """The primary intent."""
        return self.intents[0][0]

    @property
    def counted(self) -> frozenset[str]:
        """The intents that count."""
        listed = enumerate(self.intents)
        return frozenset(name for place, (name, chance) in listed if place == 0 or chance >= SURE)

    def makes_ticket(self, *decisions: Decision) -> bool:
        """Tell whether a ticket comes of it where one of `decisions` leads to it."""
        urgent = Flag.EMERGENCY in self.flags
        return self.decision in decisions and bool(TICKETS & self.counted) and not urgent


@dataclass(frozen=True, slots=True)
class Record:
    """A text with what was said of it."""

    case: Case
    said: Said


@dataclass(frozen=True, slots=True)
class Answer:
    """One question to a classifier: `said` equals `wanted` where the examiner accepts it."""

    wanted: str
    said: str
    chance: float

    @property
    def right(self) -> bool:
        """Tell whether the answer is accepted."""
        return self.wanted == self.said


def said_by(understood: Understanding) -> Said:
    """Return what the pipeline said, as far as it is judged."""
    return Said(
        language=understood.language,
        intents=tuple((found.id, found.confidence) for found in understood.intents),
        categories=tuple((found.id, found.confidence) for found in understood.category),
        decision=understood.decision,
        dates=tuple(found.value for found in understood.entities if found.type in _DATES),
        flags=understood.flags,
    )


def primary(record: Record) -> Answer:
    """Return the answer to "what does the text want first?"; a second wish is accepted, too."""
    wanted, *others = record.case.intents
    said, chance = record.said.intents[0]
    accepted = {wanted, *others, *record.case.also}
    return Answer(wanted, wanted if said in accepted else said, chance)


def category(record: Record, groups: Mapping[str, str] | None = None) -> Answer | None:
    """Return the answer to "what is it about?", by group where `groups` are given.

    None where the examiner names no category.
    """
    case = record.case
    if case.category is None:
        return None
    said, chance = record.said.categories[0]
    accepted = {case.category, *case.also_category}
    wanted = case.category
    if groups is not None:
        accepted = {groups[name] for name in accepted}
        wanted, said = groups[wanted], groups[said]
    return Answer(wanted, wanted if said in accepted else said, chance)
