"""The days of a market: dated exception before holiday policy before weekday rule. Pure.

Everything is local wall-clock time in Europe/Berlin, so daylight saving time changes nothing.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from bot.city import calendar
from bot.clock import BERLIN
from bot.markets.states import DayStatus, ExceptionKind, HolidayPolicy

SHORT_DAYS = {(12, 24): "Heiligabend", (12, 31): "Silvester"}
SHORT_END = "12:00"
_REACH = 7  # a holiday moves a market by less than a week
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rule:
    """A weekday (0 is Monday) with hours "HH:MM" or None when unknown.

    The season is two "MM-DD", both included, and may run over the new year. `nth` is 1 to 4, or
    -1 for the last such weekday of the month.
    """

    weekday: int
    from_time: str | None = None
    until_time: str | None = None
    season_from: str | None = None
    season_to: str | None = None
    nth: int | None = None

    def covers(self, day: dt.date) -> bool:
        """Tell whether the rule makes this day a market day."""
        return day.weekday() == self.weekday and self._in_season(day) and self._is_nth(day)

    @property
    def narrowness(self) -> int:
        """How special the rule is; summer hours win over those of the whole year."""
        return (self.season_from is not None) + (self.nth is not None)

    def _in_season(self, day: dt.date) -> bool:
        if self.season_from is None or self.season_to is None:
            return True
        today = f"{day:%m-%d}"
        if self.season_from <= self.season_to:
            return self.season_from <= today <= self.season_to
        return today >= self.season_from or today <= self.season_to

    def _is_nth(self, day: dt.date) -> bool:
        if self.nth is None:
            return True
        if self.nth == -1:
            return (day + 7 * _DAY).month != day.month
        return (day.day - 1) // 7 + 1 == self.nth


@dataclass(frozen=True, slots=True)
class DatedException:
    """What differs for the market day of `date`; None for place or hours means: as usual."""

    date: dt.date
    kind: ExceptionKind
    new_date: dt.date | None = None
    place: str | None = None
    from_time: str | None = None
    until_time: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class MarketFacts:
    """A market with all that its days and the answers about it depend on."""

    slug: str
    name: str
    district: str
    place: str
    policy: HolidayPolicy
    as_of: str
    rules: tuple[Rule, ...] = ()
    exceptions: tuple[DatedException, ...] = ()
    operator: str | None = None
    source: str | None = None
    source_url: str | None = None
    verified: bool = False
    policy_verified: bool = False

    def rule_for(self, day: dt.date) -> Rule | None:
        """Return the rule that makes this a regular day, the narrowest if several do."""
        found = [rule for rule in self.rules if rule.covers(day)]
        return max(found, key=lambda rule: rule.narrowness) if found else None

    def exception_on(self, day: dt.date) -> DatedException | None:
        """Return what is entered for this date."""
        return next((found for found in self.exceptions if found.date == day), None)


@dataclass(frozen=True, slots=True)
class MarketDay:
    """A market day: where it falls, and where it would fall without exception and holiday.

    A cancelled day stands on its regular date. Unknown hours are None. `note` is German and
    public.
    """

    date: dt.date
    regular_date: dt.date
    from_time: str | None
    until_time: str | None
    place: str
    status: DayStatus
    note: str | None = None

    @property
    def is_held(self) -> bool:
        """Whether the market takes place."""
        return self.status is not DayStatus.CANCELLED

    def as_json(self) -> dict[str, str | None]:
        """Return the day as `stadtdraht market days --json` prints it."""
        return {
            "date": self.date.isoformat(),
            "regular_date": self.regular_date.isoformat(),
            "from": self.from_time,
            "until": self.until_time,
            "place": self.place,
            "status": self.status.value,
            "note": self.note,
        }

    def span(self) -> tuple[dt.datetime, dt.datetime] | None:
        """Return begin and end as instants in Europe/Berlin, or None when hours are unknown."""
        if self.from_time is None or self.until_time is None:
            return None
        begin, end = (
            dt.datetime.combine(self.date, dt.time.fromisoformat(text), BERLIN)
            for text in (self.from_time, self.until_time)
        )
        return begin, end


def days(market: MarketFacts, start: dt.date, end: dt.date) -> list[MarketDay]:
    """Return the market days from `start` to `end`, both included, in order.

    A day counts by the date on which it takes place, a cancelled one by its regular date.
    """
    found = (day_of(market, regular) for regular in _candidates(market, start, end))
    chosen = [day for day in found if day is not None and start <= day.date <= end]
    return sorted(chosen, key=lambda day: (day.date, day.regular_date))


def day_of(market: MarketFacts, regular: dt.date) -> MarketDay | None:
    """Return what becomes of the regular day `regular`; None when it is none.

    An exception entered for the date to which a holiday has moved the market applies to the
    moved day. A `changed` entry on any other date is an extra market day.
    """
    entry = market.exception_on(regular)
    rule = market.rule_for(regular)
    if rule is None:
        is_extra = entry is not None and entry.kind is ExceptionKind.CHANGED
        if entry is None or not is_extra or _moved_onto(market, regular):
            return None
        bare = MarketDay(regular, regular, None, None, market.place, DayStatus.CHANGED)
        return _shorten(_apply(bare, entry))
    day = MarketDay(
        regular, regular, rule.from_time, rule.until_time, market.place, DayStatus.REGULAR
    )
    if _follows_policy(market, regular):
        day = _on_holiday(market, day)
        landing = market.exception_on(day.date) if day.date != regular else None
        if entry is not None:
            day = _apply(day, entry)
        entry = landing
    if entry is not None:
        day = _apply(day, entry)
    return day if entry is not None and entry.until_time else _shorten(day)


def moves_to(market: MarketFacts, regular: dt.date) -> dt.date | None:
    """Return the day to which the policy moves a market from a holiday, None to cancel it.

    On Sundays and holidays markets are restricted or banned (FeiertG NW §§ 5 and 6), so a Sunday
    is as little a place for a moved market as a second holiday: `previous_day_else_cancelled`
    then cancels, `previous_day` goes on to the working day before. What the city fixes otherwise
    (GewO § 69) is a dated exception. Where the market is held on that day anyway, the holiday's is
    cancelled, because two on one day are one.
    """
    if market.policy not in (
        HolidayPolicy.PREVIOUS_DAY,
        HolidayPolicy.PREVIOUS_DAY_ELSE_CANCELLED,
    ):
        return None
    target = regular - _DAY
    if market.policy is HolidayPolicy.PREVIOUS_DAY:
        while not calendar.is_working_day(target):
            target -= _DAY
    if not calendar.is_working_day(target) or market.rule_for(target) is not None:
        return None
    return target


def affects(market: MarketFacts, entry: DatedException) -> bool:
    """Tell whether an entry changes any market day; where not, the desk warns before saving."""
    return (
        entry.kind is ExceptionKind.CHANGED
        or market.rule_for(entry.date) is not None
        or _moved_onto(market, entry.date)
    )


@dataclass(frozen=True, slots=True)
class Collision:
    """Two markets on the same place at the same date, at least one of them not as usual."""

    date: dt.date
    place: str
    slugs: tuple[str, str]


def collisions(
    markets: Sequence[MarketFacts], start: dt.date, end: dt.date
) -> tuple[Collision, ...]:
    """Return where a moved or changed market meets another one on the same place."""
    held = [
        (market.slug, day) for market in markets for day in days(market, start, end) if day.is_held
    ]
    found = {
        Collision(one.date, one.place, (slug, other_slug))
        for (slug, one), (other_slug, other) in combinations(held, 2)
        if (one.date, one.place) == (other.date, other.place)
        and slug != other_slug
        and not one.status == other.status == DayStatus.REGULAR
    }
    return tuple(sorted(found, key=lambda collision: (collision.date, collision.slugs)))


def _candidates(market: MarketFacts, start: dt.date, end: dt.date) -> set[dt.date]:
    """Return every regular date whose day may fall into the range."""
    found = _from(start, (end - start).days + 1 + _REACH)
    for entry in market.exceptions:
        if entry.new_date is not None and start <= entry.new_date <= end:
            found |= _from(entry.date, _REACH)
    return found


def _from(start: dt.date, count: int) -> set[dt.date]:
    last = min(start.toordinal() + count, dt.date.max.toordinal() + 1)
    return {dt.date.fromordinal(number) for number in range(start.toordinal(), last)}


def _moved_onto(market: MarketFacts, date: dt.date) -> bool:
    """Tell whether a holiday moves one of the next regular days to this date."""
    return any(
        calendar.is_holiday(regular)
        and market.rule_for(regular) is not None
        and _follows_policy(market, regular)
        and moves_to(market, regular) == date
        for regular in _from(date + _DAY, _REACH)
    )


def _follows_policy(market: MarketFacts, regular: dt.date) -> bool:
    entry = market.exception_on(regular)
    return entry is None or entry.kind is ExceptionKind.NOTE


def _on_holiday(market: MarketFacts, day: MarketDay) -> MarketDay:
    holiday = calendar.name(day.date)
    if holiday is None:
        return day
    if market.policy is HolidayPolicy.MANUAL:
        return replace(day, note=f"Feiertag ({holiday}): noch nicht entschieden.")
    target = moves_to(market, day.date)
    if target is None:
        return replace(
            day, status=DayStatus.CANCELLED, note=f"Fällt wegen des Feiertags aus ({holiday})."
        )
    return replace(
        day,
        date=target,
        status=DayStatus.MOVED,
        note=f"Wegen des Feiertags vorverlegt ({holiday}).",
    )


def _apply(day: MarketDay, entry: DatedException) -> MarketDay:
    if entry.kind is ExceptionKind.NOTE:
        return replace(day, note=_join(day.note, entry.note))
    if entry.kind is ExceptionKind.CANCELLED:
        return replace(
            day, date=day.regular_date, status=DayStatus.CANCELLED, note=entry.note or None
        )
    changed = replace(
        day,
        from_time=entry.from_time or day.from_time,
        until_time=entry.until_time or day.until_time,
        place=entry.place or day.place,
        note=_join(day.note, entry.note),
    )
    if entry.kind is ExceptionKind.MOVED and entry.new_date is not None:
        return replace(changed, date=entry.new_date, status=DayStatus.MOVED)
    moved = day.status is DayStatus.MOVED
    return replace(changed, status=DayStatus.MOVED if moved else DayStatus.CHANGED)


def _shorten(day: MarketDay) -> MarketDay:
    """End at noon on Heiligabend and Silvester; unknown hours end then at the latest."""
    occasion = SHORT_DAYS.get((day.date.month, day.date.day))
    if occasion is None or not day.is_held:
        return day
    if day.from_time is not None and day.from_time >= SHORT_END:
        note = _join(day.note, f"Fällt aus ({occasion}).")
        return replace(day, date=day.regular_date, status=DayStatus.CANCELLED, note=note)
    if day.until_time is not None and day.until_time <= SHORT_END:
        return day
    status = DayStatus.CHANGED if day.status is DayStatus.REGULAR else day.status
    note = _join(day.note, f"{occasion}: nur bis {SHORT_END} Uhr.")
    return replace(day, until_time=SHORT_END, status=status, note=note)


def _join(*notes: str | None) -> str | None:
    return " ".join(note for note in notes if note) or None
