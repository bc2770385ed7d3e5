"""The facts of the city, and when its staff desk is open. Pure."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.city import calendar
from bot.clock import BERLIN

_DAYS_AHEAD = 60  # a desk that opens on one weekday only, with holidays in a row, is found


@dataclass(frozen=True, slots=True)
class Hours:
    """From when until when the desk is staffed on a weekday, local time "HH:MM"."""

    opens: str
    closes: str


Week = tuple[Hours | None, ...]  # seven entries, Monday first; None is closed

OFFICE_WEEK: Week = (*(Hours("08:00", "17:00"),) * 5, None, None)


@dataclass(frozen=True, slots=True)
class Emergency:
    """Numbers for emergencies; what the city has not configured is None and is never guessed."""

    rescue: str = "112"
    police: str = "110"
    crisis_line: str | None = "0800 111 0 111"
    gas_fault: str | None = None
    on_call: str | None = None  # the city's own service outside office hours


@dataclass(frozen=True, slots=True)
class CityFacts:
    """What texts and rules need to know about the city.

    `handback_after_minutes`: silence of the staff, within the opening hours or beyond, after
    which a taken conversation goes back to the assistant. `alternative_contact` is the sentence
    that names another way than this channel.
    """

    name: str = "Ihre Stadt"
    ticket_prefix: str = "ST"
    demo: bool = False
    phone: str | None = None
    email: str | None = None
    address: str | None = None
    alternative_contact: str | None = None
    desk_hours: Week = OFFICE_WEEK
    handback_after_minutes: int = 240
    emergency: Emergency = field(default_factory=Emergency)


def is_open(facts: CityFacts, at: dt.datetime) -> bool:
    """Tell whether the desk is staffed at this instant: its hours, but not on NRW holidays."""
    return any(begin <= at < end for begin, end in _spans(facts, at, days=1))


def next_closing(facts: CityFacts, after: dt.datetime) -> dt.datetime:
    """Return the first closing time after this instant, in UTC.

    Raises `ValueError` when the desk never opens, which `service.save` refuses.
    """
    for _, end in _spans(facts, after, days=_DAYS_AHEAD):
        if end > after:
            return end
    raise ValueError("the desk never opens")


def next_opening(facts: CityFacts, after: dt.datetime) -> dt.datetime:
    """Return when the desk next opens after this instant, in UTC; errors as `next_closing`."""
    for begin, _ in _spans(facts, after, days=_DAYS_AHEAD):
        if begin > after:
            return begin
    raise ValueError("the desk never opens")


def _spans(
    facts: CityFacts, around: dt.datetime, *, days: int
) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """Give opening and closing instants of each open day from the local day of `around` on."""
    first = around.astimezone(BERLIN).date()
    for day in (first + dt.timedelta(days=n) for n in range(days)):
        hours = facts.desk_hours[day.weekday()]
        if hours is not None and not calendar.is_holiday(day):
            yield _instant(day, hours.opens), _instant(day, hours.closes)


def _instant(day: dt.date, time: str) -> dt.datetime:
    local = dt.datetime.combine(day, dt.time.fromisoformat(time), BERLIN)
    return local.astimezone(dt.UTC)
