"""The days of a market: known cases."""

from dataclasses import replace

import pytest

from bot.markets import rules
from bot.markets.rules import DatedException, MarketDay, MarketFacts, Rule
from bot.markets.states import DayStatus, ExceptionKind, HolidayPolicy
from tests.bot.markets.support import (
    FRI,
    MON,
    SAT,
    THU,
    TUE,
    WED,
    date,
    market,
)


def only(facts: MarketFacts, regular: str) -> MarketDay:
    day = rules.day_of(facts, date(regular))
    assert day is not None
    return day


# the cases of the domain


@pytest.mark.parametrize(
    ("weekday", "regular", "actual", "until"),
    [
        (THU, "2026-01-01", "2025-12-31", "12:00"),
        (THU, "2026-05-14", "2026-05-13", "13:00"),
        (THU, "2026-06-04", "2026-06-03", "13:00"),
        (FRI, "2026-04-03", "2026-04-02", "13:00"),
        (FRI, "2026-05-01", "2026-04-30", "13:00"),
        (FRI, "2026-12-25", "2026-12-24", "12:00"),
        (SAT, "2026-10-03", "2026-10-02", "13:00"),
    ],
)
def test_a_holiday_moves_the_market_to_the_day_before(
    weekday: int, regular: str, actual: str, until: str
) -> None:
    assert only(market(weekday), regular).as_json() | {"note": None} == {
        "date": actual,
        "regular_date": regular,
        "from": "07:00",
        "until": until,
        "place": "Opladener Platz",
        "status": "moved",
        "note": None,
    }


@pytest.mark.parametrize(
    ("weekday", "regular"),
    [(SAT, "2026-12-26"), (MON, "2026-04-06"), (MON, "2026-05-25"), (TUE, "2023-12-26")],
)
def test_a_second_holiday_or_a_sunday_before_cancels(weekday: int, regular: str) -> None:
    day = only(market(weekday), regular)
    assert (day.status, day.date) == (DayStatus.CANCELLED, date(regular))


def test_previous_day_goes_on_to_the_last_working_day() -> None:
    facts = market(MON, SAT, policy=HolidayPolicy.PREVIOUS_DAY)
    assert only(facts, "2026-12-26").date == date("2026-12-24")
    # Easter Monday, Easter Sunday, and the Saturday on which the market is anyway
    assert only(facts, "2026-04-06").status is DayStatus.CANCELLED
    assert only(market(MON, policy=HolidayPolicy.PREVIOUS_DAY), "2026-04-06").date == date(
        "2026-04-04"
    )


def test_two_markets_on_one_day_are_one() -> None:
    days = rules.days(market(WED, THU), date("2026-06-01"), date("2026-06-07"))
    assert [(day.date, day.status) for day in days] == [
        (date("2026-06-03"), DayStatus.REGULAR),
        (date("2026-06-04"), DayStatus.CANCELLED),
    ]


def test_policy_cancelled() -> None:
    day = only(market(THU, policy=HolidayPolicy.CANCELLED), "2026-06-04")
    assert (day.status, day.date) == (DayStatus.CANCELLED, date("2026-06-04"))


def test_policy_manual_leaves_the_day_and_says_so() -> None:
    day = only(market(THU, policy=HolidayPolicy.MANUAL), "2026-06-04")
    assert day.status is DayStatus.REGULAR
    assert day.note == "Feiertag (Fronleichnam): noch nicht entschieden."


@pytest.mark.parametrize("regular", ["2026-12-24", "2026-12-31"])
@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (("07:00", "13:00"), ("07:00", "12:00", DayStatus.CHANGED)),
        (("07:00", "11:30"), ("07:00", "11:30", DayStatus.REGULAR)),
        ((None, None), (None, "12:00", DayStatus.CHANGED)),
        (("14:00", "18:00"), ("14:00", "18:00", DayStatus.CANCELLED)),
    ],
)
def test_short_days_end_at_noon(
    regular: str,
    hours: tuple[str | None, str | None],
    expected: tuple[str | None, str | None, DayStatus],
) -> None:
    day = only(market(THU, hours=hours), regular)
    assert (day.from_time, day.until_time, day.status) == expected


def test_an_afternoon_market_moved_to_christmas_eve_is_cancelled_on_its_own_date() -> None:
    day = only(market(FRI, hours=("14:00", "18:00")), "2026-12-25")
    assert (day.status, day.date) == (DayStatus.CANCELLED, date("2026-12-25"))


def test_unknown_hours_stay_unknown() -> None:
    day = only(market(WED, hours=(None, None)), "2026-11-25")
    assert (day.from_time, day.until_time, day.span()) == (None, None, None)


# seasons and monthly markets


def test_the_narrower_rule_wins() -> None:
    facts = replace(
        market(THU),
        rules=(
            Rule(THU, "07:00", "13:00"),
            Rule(THU, "08:00", "13:00", season_from="11-01", season_to="02-29"),
        ),
    )
    assert only(facts, "2026-10-29").from_time == "07:00"
    assert only(facts, "2026-11-05").from_time == "08:00"
    assert only(facts, "2027-02-25").from_time == "08:00"
    assert only(facts, "2027-03-04").from_time == "07:00"


def test_monthly_rules() -> None:
    facts = replace(market(), rules=(Rule(THU, nth=1), Rule(THU, nth=-1)))
    days = rules.days(facts, date("2026-07-01"), date("2026-09-30"))
    assert [day.date.isoformat() for day in days] == [
        *("2026-07-02", "2026-07-30", "2026-08-06"),
        *("2026-08-27", "2026-09-03", "2026-09-24"),
    ]


# dated exceptions


def test_an_exception_beats_the_holiday() -> None:
    entry = DatedException(
        date("2026-06-04"), ExceptionKind.CHANGED, from_time="09:00", note="Fest"
    )
    day = only(market(THU, exceptions=(entry,)), "2026-06-04")
    assert (day.date, day.status) == (date("2026-06-04"), DayStatus.CHANGED)
    assert (day.from_time, day.until_time, day.note) == ("09:00", "13:00", "Fest")


def test_a_note_leaves_the_holiday_policy_alone() -> None:
    entry = DatedException(date("2026-06-04"), ExceptionKind.NOTE, note="Weniger Stände.")
    day = only(market(THU, exceptions=(entry,)), "2026-06-04")
    assert day.date == date("2026-06-03")
    assert day.note == "Wegen des Feiertags vorverlegt (Fronleichnam). Weniger Stände."


def test_a_moved_day_with_place_and_hours() -> None:
    entry = DatedException(
        date("2026-11-26"),
        ExceptionKind.MOVED,
        new_date=date("2026-12-24"),
        place="Marktplatz",
        from_time="09:00",
        until_time="14:00",
    )
    day = only(market(THU, exceptions=(entry,)), "2026-11-26")
    assert day.as_json() == {
        "date": "2026-12-24",
        "regular_date": "2026-11-26",
        "from": "09:00",
        "until": "14:00",  # said outright, so the short day does not cut it
        "place": "Marktplatz",
        "status": "moved",
        "note": None,
    }


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (
            DatedException(date("2026-06-03"), ExceptionKind.CANCELLED, note="Sturm"),
            ("2026-06-04", DayStatus.CANCELLED, "Opladener Platz", "Sturm"),
        ),
        (
            DatedException(date("2026-06-03"), ExceptionKind.CHANGED, place="Marktplatz"),
            (
                "2026-06-03",
                DayStatus.MOVED,
                "Marktplatz",
                "Wegen des Feiertags vorverlegt (Fronleichnam).",
            ),
        ),
        (
            DatedException(date("2026-06-03"), ExceptionKind.MOVED, new_date=date("2026-06-05")),
            (
                "2026-06-05",
                DayStatus.MOVED,
                "Opladener Platz",
                "Wegen des Feiertags vorverlegt (Fronleichnam).",
            ),
        ),
    ],
)
def test_an_exception_on_the_day_a_holiday_moved_it_to(
    entry: DatedException, expected: tuple[str, DayStatus, str, str]
) -> None:
    facts = market(THU, exceptions=(entry,))
    (day,) = rules.days(facts, date("2026-06-01"), date("2026-06-07"))
    assert (day.date.isoformat(), day.status, day.place, day.note) == expected
    assert day.regular_date == date("2026-06-04")
    assert rules.affects(facts, entry)


def test_an_extra_day() -> None:
    entry = DatedException(
        date("2026-08-18"), ExceptionKind.CHANGED, from_time="16:00", until_time="20:00"
    )
    days = rules.days(market(THU, exceptions=(entry,)), date("2026-08-18"), date("2026-08-18"))
    assert [(day.status, day.from_time) for day in days] == [(DayStatus.CHANGED, "16:00")]


@pytest.mark.parametrize("kind", [ExceptionKind.CANCELLED, ExceptionKind.NOTE])
def test_an_entry_for_no_market_day_changes_nothing(kind: ExceptionKind) -> None:
    entry = DatedException(date("2026-08-18"), kind, note="?")
    facts = market(THU, exceptions=(entry,))
    assert rules.day_of(facts, entry.date) is None
    assert not rules.affects(facts, entry)


# ranges


def test_a_day_counts_where_it_takes_place() -> None:
    facts = market(THU)
    assert [
        day.regular_date for day in rules.days(facts, date("2025-12-31"), date("2025-12-31"))
    ] == [date("2026-01-01")]
    assert rules.days(facts, date("2026-01-01"), date("2026-01-01")) == []


def test_a_move_from_far_outside_the_range_is_found() -> None:
    entry = DatedException(date("2026-03-05"), ExceptionKind.MOVED, new_date=date("2026-09-01"))
    facts = market(THU, exceptions=(entry,))
    (day,) = rules.days(facts, date("2026-09-01"), date("2026-09-01"))
    assert day.regular_date == date("2026-03-05")
    assert rules.days(facts, date("2026-03-05"), date("2026-03-05")) == []


def test_a_moved_holiday_market_moved_again_from_outside_the_range_is_found() -> None:
    entry = DatedException(date("2026-06-03"), ExceptionKind.MOVED, new_date=date("2026-07-01"))
    (day,) = rules.days(market(THU, exceptions=(entry,)), date("2026-07-01"), date("2026-07-01"))
    assert day.regular_date == date("2026-06-04")


def test_the_end_of_the_calendar_is_no_error() -> None:
    assert rules.days(market(THU), date("9999-12-31"), date("9999-12-31")) == []


# meeting on one place


def test_a_moved_market_may_meet_another_one() -> None:
    other = replace(market(WED), slug="schlebusch")
    found = rules.collisions((market(THU), other), date("2026-06-01"), date("2026-06-30"))
    assert [(one.date, one.slugs) for one in found] == [
        (date("2026-06-03"), ("opladen", "schlebusch"))
    ]
    elsewhere = replace(other, place="Marktplatz")
    assert not rules.collisions((market(THU), elsewhere), date("2026-06-01"), date("2026-06-30"))
