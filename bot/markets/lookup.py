"""What answers look up about market days. Pure."""

import datetime as dt
from collections.abc import Iterable

from bot.city import calendar
from bot.markets import rules
from bot.markets.rules import MarketDay, MarketFacts
from bot.markets.states import DayStatus, ExceptionKind, HolidayPolicy

Held = tuple[MarketFacts, MarketDay]

_DAY = dt.timedelta(days=1)
_SEARCH = (35, 400)  # days ahead: weekly markets, then seasonal ones


def sort(
    markets: Iterable[MarketFacts], start: dt.date, end: dt.date
) -> tuple[list[Held], list[Held], list[Held]]:
    """Return the days that are on, those lost to the range, and the undecided ones."""
    held: list[Held] = []
    gone: list[Held] = []
    undecided: list[Held] = []
    for market in markets:
        for day in rules.days(market, start, end):
            if day.is_held:
                (undecided if is_undecided(market, day) else held).append((market, day))
        for number in range((end - start).days + 1):
            lost = rules.day_of(market, start + number * _DAY)
            if lost and (not lost.is_held or not start <= lost.date <= end):
                gone.append((market, lost))
    held.sort(key=lambda one: (one[1].date, one[1].from_time or ""))
    return held, sorted(gone, key=lambda one: one[1].regular_date), undecided


def following(market: MarketFacts, today: dt.date, time: str | None) -> MarketDay | None:
    """Return the next day that is on and not over, if there is one within about a year."""
    for reach in _SEARCH:
        for day in rules.days(market, today, today + reach * _DAY):
            if day.is_held and not is_over(day, today, time):
                return day
    return None


def is_over(day: MarketDay, today: dt.date, time: str | None) -> bool:
    """Tell whether the market of today has ended at `time` ("HH:MM", local)."""
    return bool(day.date == today and time and day.until_time and day.until_time <= time)


def is_undecided(market: MarketFacts, day: MarketDay) -> bool:
    """Tell whether the day is a holiday for which a person has still to decide."""
    return (
        market.policy is HolidayPolicy.MANUAL
        and day.status is DayStatus.REGULAR
        and calendar.is_holiday(day.date)
    )


def entered_note(market: MarketFacts, day: MarketDay) -> str | None:
    """Return what a person wrote about the day; notes of the rules are said in other words."""
    for date in (day.date, day.regular_date):
        entry = market.exception_on(date)
        if entry is not None and entry.note:
            return entry.note
    return None


def follows_unconfirmed_policy(market: MarketFacts, day: MarketDay) -> bool:
    """Tell whether holiday or short day made the day what it is, by a rule nobody confirmed."""
    if market.policy_verified or day.status is DayStatus.REGULAR:
        return False
    is_short = (day.date.month, day.date.day) in rules.SHORT_DAYS
    if not is_short and not calendar.is_holiday(day.regular_date):
        return False
    entries = map(market.exception_on, (day.date, day.regular_date))
    return all(entry is None or entry.kind is ExceptionKind.NOTE for entry in entries)
