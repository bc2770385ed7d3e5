"""When the desk is open, against the calendar, across daylight saving time."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.city import calendar, rules
from bot.city.rules import CityFacts, Hours
from bot.clock import BERLIN

FACTS = CityFacts()
MINUTE = dt.timedelta(minutes=1)

times = st.integers(0, 23 * 60 + 59).map(lambda n: f"{n // 60:02}:{n % 60:02}")
spans = (
    st.tuples(times, times)
    .filter(lambda two: two[0] != two[1])
    .map(lambda two: Hours(min(two), max(two)))
)
weeks = st.tuples(*[st.none() | spans] * 7).filter(any)
instants = st.datetimes(
    dt.datetime(2020, 1, 1),  # noqa: DTZ001 (made aware by the strategy)
    dt.datetime(2040, 12, 31),  # noqa: DTZ001
    timezones=st.just(dt.UTC),
)


def berlin(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-11-24T07:59", False),
        ("2026-11-24T08:00", True),
        ("2026-11-24T16:59", True),
        ("2026-11-24T17:00", False),
        ("2026-11-21T12:00", False),  # Saturday
        ("2026-06-04T12:00", False),  # Fronleichnam
        ("2026-05-14T12:00", False),
    ],
)
def test_open_at(at: str, *, is_open: bool) -> None:
    assert rules.is_open(FACTS, berlin(at)) is is_open


@pytest.mark.parametrize(
    ("after", "closing"),
    [
        ("2026-11-24T09:00", "2026-11-24T17:00"),
        ("2026-11-24T03:00", "2026-11-24T17:00"),
        ("2026-11-24T17:00", "2026-11-25T17:00"),
        ("2026-11-20T18:00", "2026-11-23T17:00"),  # over the weekend
        ("2026-06-03T18:00", "2026-06-05T17:00"),  # over Fronleichnam
        ("2026-12-24T18:00", "2026-12-28T17:00"),
        ("2026-03-27T18:00", "2026-03-30T17:00"),  # over the change to summer time
        ("2026-10-23T18:00", "2026-10-26T17:00"),
    ],
)
def test_next_closing(after: str, closing: str) -> None:
    found = rules.next_closing(FACTS, berlin(after))
    assert found == berlin(closing)
    assert found.tzinfo is dt.UTC


def test_next_opening() -> None:
    assert rules.next_opening(FACTS, berlin("2026-11-20T18:00")) == berlin("2026-11-23T08:00")


def test_a_desk_that_never_opens_is_an_error() -> None:
    closed = replace(FACTS, desk_hours=(None,) * 7)
    with pytest.raises(ValueError, match="never"):
        rules.next_closing(closed, berlin("2026-11-24T09:00"))
    with pytest.raises(ValueError, match="never"):
        rules.next_opening(closed, berlin("2026-11-24T09:00"))


@settings(deadline=None)
@given(week=weeks, at=instants)
def test_open_is_what_the_clock_on_the_wall_says(
    week: tuple[Hours | None, ...], at: dt.datetime
) -> None:
    local = at.astimezone(BERLIN)
    assume(local.date() not in _changes(local.year))
    hours = week[local.weekday()]
    wall = local.strftime("%H:%M")
    expected = (
        hours is not None
        and hours.opens <= wall < hours.closes
        and not calendar.is_holiday(local.date())
    )
    assert rules.is_open(replace(FACTS, desk_hours=week), at) is expected


@settings(deadline=None)
@given(week=weeks, after=instants)
def test_the_next_closing_ends_an_open_time(
    week: tuple[Hours | None, ...], after: dt.datetime
) -> None:
    facts = replace(FACTS, desk_hours=week)
    closing = rules.next_closing(facts, after)
    assert closing > after
    local = closing.astimezone(BERLIN)
    assume(local.date() not in _changes(local.year))
    assert rules.is_open(facts, closing - MINUTE)
    assert not rules.is_open(facts, closing)
    hours = week[local.weekday()]
    assert hours is not None
    assert local.strftime("%H:%M") == hours.closes


@settings(deadline=None)
@given(week=weeks, after=instants)
def test_no_closing_is_skipped(week: tuple[Hours | None, ...], after: dt.datetime) -> None:
    facts = replace(FACTS, desk_hours=week)
    closing = rules.next_closing(facts, after)
    if rules.is_open(facts, after):
        assert closing - after < dt.timedelta(hours=25)
    assert rules.next_closing(facts, closing - MINUTE / 60) == closing


def _changes(year: int) -> set[dt.date]:
    """Return the two days of a year on which the clock changes."""
    days = [dt.date(year, month, 31) for month in (3, 10)]
    return {day - dt.timedelta(days=(day.weekday() + 1) % 7) for day in days}


def test_holidays_have_names_in_two_languages() -> None:
    day = dt.date(2026, 6, 4)
    assert (calendar.name(day), calendar.name(day, "en")) == ("Fronleichnam", "Corpus Christi")
    assert calendar.name(dt.date(2026, 6, 5)) is None
    assert len(calendar.year(2026)) == 11
