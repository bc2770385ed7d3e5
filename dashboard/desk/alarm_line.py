"""The line of alarms above every page of the desk."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot import schedule
from bot.alarms import texts
from bot.alarms.queries import AlarmRow, Glance
from bot.alarms.states import AlarmKind


@dataclass(frozen=True, slots=True)
class Line:
    """The alarm to look at first, and how many more there are; whether anybody still watches."""

    title: str | None
    emergency: bool
    escalated: bool
    more: int
    unwatched: bool


def of(session: Session, glance: Glance | None, language: str, *, now: datetime) -> Line | None:
    """Return the line in the reader's language; None where there is nothing to say."""
    if glance is None:
        return None
    first, unwatched = glance.first, schedule.is_idle(session, now=now)
    if first is None and not unwatched:
        return None
    return Line(
        title=title(first, language) if first else None,
        emergency=first is not None and first.kind is AlarmKind.EMERGENCY,
        escalated=first is not None and first.escalated_at is not None,
        more=glance.more,
        unwatched=unwatched,
    )


def title(row: AlarmRow, language: str) -> str:
    """Return the name of an alarm."""
    return texts.title(row.kind, row.subject, row.name, row.detail, language)
