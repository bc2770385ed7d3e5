"""The line of alarms above every page of the desk."""

from dataclasses import dataclass

from bot.alarms import texts
from bot.alarms.queries import AlarmRow, Glance
from bot.alarms.states import AlarmKind


@dataclass(frozen=True, slots=True)
class Line:
    """The alarm to look at first, and how many more there are."""

    title: str
    emergency: bool
    escalated: bool
    more: int


def of(glance: Glance | None, language: str) -> Line | None:
    """Return the line in the reader's language; None where there is nothing to say."""
    if glance is None or glance.first is None:
        return None
    first = glance.first
    return Line(
        title=title(first, language),
        emergency=first.kind is AlarmKind.EMERGENCY,
        escalated=first.escalated_at is not None,
        more=glance.more,
    )


def title(row: AlarmRow, language: str) -> str:
    """Return the name of an alarm."""
    return texts.title(row.kind, row.subject, row.name, row.detail, language)
