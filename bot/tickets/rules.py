"""The life cycle of a ticket and its deadline: pure decisions."""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from bot.city import calendar as city_calendar
from bot.clock import BERLIN
from bot.errors import InvalidError
from bot.tickets.states import CitizenState, StatusGroup, TicketStatus

OFFICE_CLOSES = time(16, 0)

_CLOSING = (
    TicketStatus.RESOLVED,
    TicketStatus.NOT_RESPONSIBLE,
    TicketStatus.NOT_SOLVABLE,
    TicketStatus.DUPLICATE,
    TicketStatus.WITHDRAWN,
)
_WORKING = (
    TicketStatus.ASSIGNED,
    TicketStatus.IN_PROGRESS,
    TicketStatus.PLANNED,
    TicketStatus.WAITING_FOR_CITIZEN,
    TicketStatus.FORWARDED_EXTERNAL,
)
CLOSED = frozenset(_CLOSING)
OPEN = frozenset(TicketStatus) - CLOSED

# Work may go back and forth; nothing becomes new again, and a closed ticket only reopens.
TRANSITIONS: Mapping[TicketStatus, frozenset[TicketStatus]] = {
    TicketStatus.RECEIVED: frozenset({*_WORKING, *_CLOSING}),
    TicketStatus.REOPENED: frozenset({*_WORKING, *_CLOSING}),
    **{status: frozenset({*_WORKING, *_CLOSING} - {status}) for status in _WORKING},
    **{status: frozenset({TicketStatus.REOPENED}) for status in _CLOSING},
}

CITIZEN_STATES: Mapping[TicketStatus, CitizenState] = {
    TicketStatus.RECEIVED: CitizenState.RECEIVED,
    TicketStatus.REOPENED: CitizenState.RECEIVED,
    TicketStatus.ASSIGNED: CitizenState.WITH_OFFICE,
    TicketStatus.FORWARDED_EXTERNAL: CitizenState.WITH_OFFICE,
    TicketStatus.IN_PROGRESS: CitizenState.IN_PROGRESS,
    TicketStatus.PLANNED: CitizenState.IN_PROGRESS,
    TicketStatus.WAITING_FOR_CITIZEN: CitizenState.NEEDS_YOU,
    TicketStatus.RESOLVED: CitizenState.DONE,
    TicketStatus.NOT_RESPONSIBLE: CitizenState.DONE,
    TicketStatus.NOT_SOLVABLE: CitizenState.DONE,
    TicketStatus.WITHDRAWN: CitizenState.DONE,
    TicketStatus.DUPLICATE: CitizenState.MERGED,
}

STEPS: Mapping[CitizenState, int] = {
    CitizenState.RECEIVED: 1,
    CitizenState.WITH_OFFICE: 2,
    CitizenState.IN_PROGRESS: 3,
    CitizenState.NEEDS_YOU: 3,
    CitizenState.DONE: 4,
    CitizenState.MERGED: 4,
}

GROUPS: Mapping[StatusGroup, frozenset[TicketStatus]] = {
    StatusGroup.OPEN: OPEN,
    StatusGroup.NEW: frozenset({TicketStatus.RECEIVED, TicketStatus.REOPENED}),
    StatusGroup.WITH_OFFICE: frozenset({TicketStatus.ASSIGNED, TicketStatus.FORWARDED_EXTERNAL}),
    StatusGroup.IN_PROGRESS: frozenset({TicketStatus.IN_PROGRESS, TicketStatus.PLANNED}),
    StatusGroup.WAITING: frozenset({TicketStatus.WAITING_FOR_CITIZEN}),
    StatusGroup.CLOSED: CLOSED,
}


class TransitionNotAllowedError(InvalidError):
    """From its present status a ticket cannot go there, or not for this person."""

    code = "transition_not_allowed"


class PublicNoteMissingError(InvalidError):
    """Who closes a ticket tells the citizen why."""

    code = "public_note_missing"


@dataclass(frozen=True, slots=True)
class Target:
    """How soon a category's tickets should be done.

    `days` are working days, or clock days of 24 hours where people may be in danger; `months` are
    calendar months. Without either there is no deadline.
    """

    days: int | None = None
    months: int | None = None
    danger: bool = False


def check_transition(
    old: TicketStatus, new: TicketStatus, public_note: str | None, *, by_citizen: bool = False
) -> None:
    """Let a change of status pass, or raise.

    Staff give a public note with every closing status. Citizens only withdraw and reopen.

    Raises `TransitionNotAllowedError`, `PublicNoteMissingError`.
    """
    if new not in TRANSITIONS[old]:
        raise TransitionNotAllowedError(
            f"A ticket that is {old} cannot become {new}.", field="status"
        )
    if by_citizen:
        if new not in {TicketStatus.WITHDRAWN, TicketStatus.REOPENED}:
            raise TransitionNotAllowedError("Only staff can set this status.", field="status")
    elif new in CLOSED and not (public_note or "").strip():
        raise PublicNoteMissingError("A closing status needs a public note.", field="public_note")


def citizen_state(status: TicketStatus) -> CitizenState:
    """Return the plain state that citizens read."""
    return CITIZEN_STATES[status]


def step(status: TicketStatus) -> int:
    """Return the position, 1 to 4, on the citizen's stepper."""
    return STEPS[CITIZEN_STATES[status]]


def is_working_day(day: date) -> bool:
    """Tell whether offices in North Rhine-Westphalia work: no weekend, no holiday."""
    return day.weekday() < 5 and not city_calendar.is_holiday(day)


def due_at(opened: datetime, target: Target, *, closes: time = OFFICE_CLOSES) -> datetime | None:
    """Return the deadline in UTC of a ticket opened at the aware instant `opened`.

    Working days count from the day after (in Berlin), and end when the offices close. A month
    ends on the same day of the next one, or on the last working day before it: Art. 12 (3) GDPR
    is a limit, so the city's own deadline never lies behind it. In danger a day is 24 hours.
    """
    if target.days is not None:
        if target.danger:
            return opened.astimezone(UTC) + timedelta(days=target.days)
        return _close_of(_after_working_days(_berlin_day(opened), target.days), closes)
    if target.months is not None:
        day = _after_months(_berlin_day(opened), target.months)
        while not is_working_day(day):
            day -= timedelta(days=1)
        return _close_of(day, closes)
    return None


def _berlin_day(instant: datetime) -> date:
    if instant.tzinfo is None:
        raise ValueError("a naive datetime has no day")
    return instant.astimezone(BERLIN).date()


def _close_of(day: date, closes: time) -> datetime:
    return datetime.combine(day, closes, tzinfo=BERLIN).astimezone(UTC)


def _after_working_days(day: date, count: int) -> date:
    if count < 1:
        raise ValueError("a target is at least one working day")
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def _after_months(day: date, count: int) -> date:
    if count < 1:
        raise ValueError("a target is at least one month")
    years, month = divmod(day.month - 1 + count, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
