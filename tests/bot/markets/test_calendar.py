"""The days of a market against a calendar of our own, without the package `holidays`."""

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.clock import BERLIN
from bot.markets import rules
from bot.markets.rules import DatedException, MarketFacts
from bot.markets.states import DayStatus, ExceptionKind, HolidayPolicy
from tests.bot.markets.support import DAY, MON, SAT, SUN, market


def easter(year: int) -> dt.date:
    """Return Easter Sunday (Gregorian computus of Meeus, Jones and Butcher)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return dt.date(year, month, day + 1)


FIXED = ((1, 1), (5, 1), (10, 3), (11, 1), (12, 25), (12, 26))
HOLIDAYS = {
    *(dt.date(year, *day) for year in range(2019, 2044) for day in FIXED),
    *(
        easter(year) + offset * DAY
        for year in range(2019, 2044)
        for offset in (-2, 1, 39, 50, 60)  # Good Friday .. Corpus Christi
    ),
}

policies = st.sampled_from(
    [policy for policy in HolidayPolicy if policy is not HolidayPolicy.MANUAL]
)
weekdays = st.sets(st.integers(MON, SAT), min_size=1, max_size=4)
dates = st.dates(dt.date(2020, 1, 1), dt.date(2040, 12, 31))


def expected(week: set[int], policy: HolidayPolicy, regular: dt.date) -> tuple[dt.date, bool]:
    """Return where a regular day falls and whether it is held, from the words of the rule."""
    if regular not in HOLIDAYS:
        return regular, True
    target = regular - DAY
    while policy is HolidayPolicy.PREVIOUS_DAY and (target in HOLIDAYS or target.weekday() == SUN):
        target -= DAY
    free = target not in HOLIDAYS and target.weekday() != SUN and target.weekday() not in week
    moves = policy is not HolidayPolicy.CANCELLED and free
    return (target, True) if moves else (regular, False)


@settings(deadline=None)
@given(week=weekdays, policy=policies, start=dates, length=st.integers(0, 400))
def test_days_agree_with_a_brute_force_calendar(
    week: set[int], policy: HolidayPolicy, start: dt.date, length: int
) -> None:
    end = start + length * DAY
    facts = market(*week, policy=policy)
    window = (start + n * DAY for n in range(-10, length + 11))
    brute = {
        (*expected(week, policy, regular), regular)
        for regular in window
        if regular.weekday() in week
    }
    found = [(day.date, day.is_held, day.regular_date) for day in rules.days(facts, start, end)]
    assert found == sorted(
        (one for one in brute if start <= one[0] <= end), key=lambda x: (x[0], x[2])
    )


def exceptions_for(day: dt.date) -> st.SearchStrategy[DatedException]:
    near = st.integers(-40, 40).filter(bool).map(lambda n: day + n * DAY)
    return st.one_of(
        st.builds(DatedException, st.just(day), st.just(ExceptionKind.CANCELLED)),
        st.builds(DatedException, st.just(day), st.just(ExceptionKind.NOTE), note=st.just("x")),
        st.builds(DatedException, st.just(day), st.just(ExceptionKind.CHANGED), place=st.just("P")),
        st.builds(DatedException, st.just(day), st.just(ExceptionKind.MOVED), new_date=near),
    )


@st.composite
def eventful(draw: st.DrawFn) -> tuple[MarketFacts, dt.date]:
    start = draw(dates)
    spots = draw(st.sets(st.integers(-20, 60), max_size=6))
    entries = tuple(draw(exceptions_for(start + n * DAY)) for n in sorted(spots))
    policy = draw(st.sampled_from(list(HolidayPolicy)))
    return market(*draw(weekdays), policy=policy, exceptions=entries), start


@settings(deadline=None)
@given(eventful(), st.integers(0, 40), st.integers(0, 40))
def test_ranges_can_be_split(case: tuple[MarketFacts, dt.date], first: int, second: int) -> None:
    facts, start = case
    middle = start + first * DAY
    end = middle + DAY + second * DAY
    whole = rules.days(facts, start, end)
    assert whole == rules.days(facts, start, middle) + rules.days(facts, middle + DAY, end)


@settings(deadline=None)
@given(eventful())
def test_no_regular_day_is_lost_or_doubled(case: tuple[MarketFacts, dt.date]) -> None:
    facts, start = case
    wide = rules.days(facts, start - 400 * DAY, start + 400 * DAY)
    regular = [day.regular_date for day in wide]
    assert len(regular) == len(set(regular))
    for number in range(-20, 60):
        day = start + number * DAY
        assert (day in regular) >= (facts.rule_for(day) is not None)


@settings(deadline=None)
@given(eventful())
def test_every_day_is_well_formed(case: tuple[MarketFacts, dt.date]) -> None:
    facts, start = case
    for day in rules.days(facts, start, start + 60 * DAY):
        assert day.is_held or day.date == day.regular_date
        assert (day.date != day.regular_date) <= (day.status is DayStatus.MOVED)
        if (day.date.month, day.date.day) in rules.SHORT_DAYS and day.is_held:
            assert day.until_time == "12:00"


@settings(deadline=None)
@given(start=dates)
def test_daylight_saving_time_changes_no_hour(start: dt.date) -> None:
    for day in rules.days(market(*range(6)), start, start + 200 * DAY):
        span = day.span()
        assert span is not None
        begin, end = span
        assert begin.astimezone(dt.UTC).astimezone(BERLIN).strftime("%H:%M") == day.from_time
        assert end.astimezone(BERLIN).strftime("%H:%M") == day.until_time
        assert begin.date() == end.date() == day.date
