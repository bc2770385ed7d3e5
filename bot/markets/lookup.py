"""What is asked about market days, and what answers look up. Pure."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from bot.city import calendar
from bot.clock import BERLIN
from bot.markets import rules
from bot.markets.rules import MarketDay, MarketFacts
from bot.markets.states import DayStatus, ExceptionKind, HolidayPolicy

Held = tuple[MarketFacts, MarketDay]

_DAY = dt.timedelta(days=1)
_SEARCH = (35, 400)  # days ahead: weekly markets, then seasonal ones
_CLOSING = "18:00"  # a market whose end is unknown counts until then
_EVENING = "15:00"  # but all day when it begins this late
_CODES = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


@dataclass(frozen=True, slots=True)
class MarketWish:
    """What a citizen asked: which markets, and when.

    `markets` are slugs, `districts` slugs of the gazetteer, each with its name. Time is a range
    (one day: `start == end`), a weekday "every" (0 is Monday), or nothing.
    """

    markets: tuple[str, ...] = ()
    districts: tuple[tuple[str, str], ...] = ()
    start: dt.date | None = None
    end: dt.date | None = None
    weekday: int | None = None


def wish(
    *,
    markets: Sequence[str] = (),
    districts: Sequence[tuple[str, str]] = (),
    when: str | None = None,
) -> MarketWish:
    """Build a wish from entity values; `when` is "2026-11-26", "FROM/TO" or "weekly:SAT".

    Raises `ValueError` for any other `when`.
    """
    base = MarketWish(tuple(markets), tuple(districts))
    if when is None:
        return base
    if when.startswith("weekly:"):
        return replace(base, weekday=_CODES.index(when.removeprefix("weekly:")))
    first, _, last = when.partition("/")
    start = dt.date.fromisoformat(first)
    end = dt.date.fromisoformat(last) if last else start
    return replace(base, start=min(start, end), end=max(start, end))


def chosen(
    facts: Iterable[MarketFacts], markets: Collection[str], districts: Iterable[str]
) -> tuple[MarketFacts, ...]:
    """Return the named markets and those of the districts.

    A market named with its district is that one alone. "Opladen" by itself may be understood
    as the market and as the district: the district then.
    """
    facts = tuple(facts)
    placed = {market.district for market in facts if market.slug in markets}
    whole = {district for district in districts if district in markets or district not in placed}
    return tuple(one for one in facts if one.slug in markets or one.district in whole)


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


def following(
    market: MarketFacts, since: dt.date, *, today: dt.date, time: str | None
) -> MarketDay | None:
    """Return the first day from `since` on that is on and not over, within about a year."""
    for reach in _SEARCH:
        end = dt.date.fromordinal(min(since.toordinal() + reach, dt.date.max.toordinal()))
        for day in rules.days(market, since, end):
            if day.is_held and not is_over(day, today, time):
                return day
    return None


def soon(
    markets: Sequence[MarketFacts], today: dt.date, time: str | None, *, most: int
) -> list[Held]:
    """Return all that is on at the next date, and at the dates after it while it is not more."""
    for reach in _SEARCH:
        found = [
            (market, day)
            for market in markets
            for day in rules.days(market, today, today + reach * _DAY)
            if day.is_held and not is_over(day, today, time)
        ]
        if found:
            break
    shown: list[Held] = []
    for date in sorted({day.date for _, day in found}):
        same = [one for one in found if one[1].date == date]
        if shown and len(shown) + len(same) > most:
            break
        shown += sorted(same, key=lambda one: one[1].from_time or _CLOSING)
    return shown


def is_over(day: MarketDay, today: dt.date, time: str | None) -> bool:
    """Tell whether the market of today has ended at `time` ("HH:MM", local)."""
    if day.date != today or not time:
        return False
    if day.until_time:
        return day.until_time <= time
    return time >= _CLOSING and (day.from_time or "") < _EVENING


def is_over_at(day: MarketDay, now: dt.datetime) -> bool:
    """Tell whether a market day has ended at an instant."""
    local = now.astimezone(BERLIN)
    return day.date < local.date() or is_over(day, local.date(), f"{local:%H:%M}")


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
