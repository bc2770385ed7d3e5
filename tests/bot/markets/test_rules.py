"""The days of a market: known cases, and every rule against a calendar of its own."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.clock import BERLIN
from bot.markets import rules
from bot.markets.rules import DatedException, MarketDay, MarketFacts, Rule
from bot.markets.states import DayStatus, ExceptionKind, HolidayPolicy

DAY = dt.timedelta(days=1)
MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
ELSE_CANCELLED = HolidayPolicy.PREVIOUS_DAY_ELSE_CANCELLED


def market(
    *weekdays: int,
    policy: HolidayPolicy = ELSE_CANCELLED,
    hours: tuple[str | None, str | None] = ("07:00", "13:00"),
    exceptions: tuple[DatedException, ...] = (),
) -> MarketFacts:
    return MarketFacts(
        slug="opladen",
        name="Wochenmarkt Opladen",
        district="opladen",
        place="Opladener Platz",
        policy=policy,
        as_of="2023",
        rules=tuple(Rule(weekday, *hours) for weekday in weekdays),
        exceptions=exceptions,
    )


def date(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


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


# against a calendar of its own, without the package `holidays`


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


# meeting on one place


def test_a_moved_market_may_meet_another_one() -> None:
    other = replace(market(WED), slug="schlebusch")
    found = rules.collisions((market(THU), other), date("2026-06-01"), date("2026-06-30"))
    assert [(one.date, one.slugs) for one in found] == [
        (date("2026-06-03"), ("opladen", "schlebusch"))
    ]
    elsewhere = replace(other, place="Marktplatz")
    assert not rules.collisions((market(THU), elsewhere), date("2026-06-01"), date("2026-06-30"))
