"""Date forms against a naive walk through the calendar, and all holidays from 2020 to 2040."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp import dates
from nlp.dates import feasts
from nlp.folding import fold

BERLIN = ZoneInfo("Europe/Berlin")
NAMES = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
ENGLISH = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
TURKISH = ("pazartesi", "salı", "çarşamba", "perşembe", "cuma", "cumartesi", "pazar")
UKRAINIAN = ("понеділок", "вівторок", "середу", "четвер", "п'ятницю", "суботу", "неділю")
MONTHS = (
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
)
FIRST, LAST = datetime(2020, 1, 1), datetime(2040, 12, 31)  # noqa: DTZ001 hypothesis adds UTC
ANY_TIME = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
CLOCK_CHANGES = st.builds(
    lambda year, month, minutes: last_sunday(year, month) + timedelta(minutes=minutes),
    st.integers(2020, 2040),
    st.sampled_from((3, 10)),
    st.integers(-120, 240),
)
NOW = st.one_of(ANY_TIME, CLOCK_CHANGES)
WEEKDAY = st.integers(0, 6)
YEARS = range(2020, 2041)


def last_sunday(year: int, month: int) -> datetime:
    """Return one o'clock UTC of the last Sunday: then the clocks change (2000/84/EC)."""
    day = datetime(year, month, 31, 1, tzinfo=UTC)
    while day.weekday() != 6:
        day -= timedelta(days=1)
    return day


def found(text: str, now: datetime, language: str = "de") -> list[str]:
    return [entity.value for entity in dates.find(fold(text), now, language)]


def today(now: datetime) -> date:
    return now.astimezone(BERLIN).date()


def walk(day: date, step: int, until: Callable[[date], bool]) -> date:
    """Walk day by day from the day beside `day` until one is right."""
    day += timedelta(days=step)
    while not until(day):
        day += timedelta(days=step)
    return day


def week_of(day: date) -> list[date]:
    """Return the seven days, Monday first, of the week that `day` is in."""
    monday = day if day.weekday() == 0 else walk(day, -1, is_day(0))
    return [monday + timedelta(days=number) for number in range(7)]


def is_day(weekday: int) -> Callable[[date], bool]:
    return lambda day: day.weekday() == weekday


def span(days: list[date]) -> str:
    return f"{days[0]}/{days[-1]}"


def month_of(day: date) -> list[date]:
    """Return all days of the month that `day` is in, found one by one."""
    days = [day]
    while (days[0] - timedelta(days=1)).month == day.month:
        days.insert(0, days[0] - timedelta(days=1))
    while (days[-1] + timedelta(days=1)).month == day.month:
        days.append(days[-1] + timedelta(days=1))
    return days


@given(NOW)
def test_days_beside_today_are_berlins_days(now: datetime) -> None:
    for text, distance in (
        ("vorgestern", -2),
        ("gestern Abend", -1),
        ("heute früh", 0),
        ("ab morgen", 1),
        ("übermorgen", 2),
    ):
        assert found(text, now) == [(today(now) + timedelta(days=distance)).isoformat()]


@given(NOW, WEEKDAY)
def test_a_weekday_in_four_languages(now: datetime, weekday: int) -> None:
    yesterday = today(now) - timedelta(days=1)
    expected = [walk(yesterday, 1, is_day(weekday)).isoformat()]
    assert found(f"Ist am {NAMES[weekday]} Markt?", now) == expected
    assert found(f"bis {NAMES[weekday]}", now) == expected
    assert found(f"is it open on {ENGLISH[weekday]}?", now, "en") == expected
    assert found(f"{TURKISH[weekday]} günü", now, "tr") == expected
    assert found(f"у {UKRAINIAN[weekday]}", now, "uk") == expected


@given(NOW, WEEKDAY)
def test_weekdays_with_a_relation(now: datetime, weekday: int) -> None:
    coming = walk(today(now), 1, is_day(weekday))
    last = walk(today(now), -1, is_day(weekday))
    name = NAMES[weekday]
    assert found(f"kommenden {name}", now) == [coming.isoformat()]
    assert found(f"am nächsten {name}", now) == [coming.isoformat()]
    assert found(f"übernächsten {name}", now) == [walk(coming, 1, is_day(weekday)).isoformat()]
    assert found(f"letzten {name}", now) == [last.isoformat()]
    assert found(f"vorletzten {name}", now) == [walk(last, -1, is_day(weekday)).isoformat()]
    assert found(f"next {ENGLISH[weekday]}", now, "en") == [coming.isoformat()]
    assert found(f"last {ENGLISH[weekday]}", now, "en") == [last.isoformat()]


@given(NOW, WEEKDAY)
def test_what_happened_on_a_weekday_lies_behind(now: datetime, weekday: int) -> None:
    tomorrow = today(now) + timedelta(days=1)
    expected = [walk(tomorrow, -1, is_day(weekday)).isoformat()]
    assert found(f"Am {NAMES[weekday]} wurde die Tonne nicht geleert", now) == expected
    assert found(f"seit {NAMES[weekday]}", now) == expected
    assert found(f"seit dem Sturm am {NAMES[weekday]} liegt der Ast da", now) == expected


@given(NOW, WEEKDAY, st.sampled_from(((-1, "letzter"), (0, "dieser"), (1, "nächster"))))
def test_a_weekday_of_a_week(now: datetime, weekday: int, week: tuple[int, str]) -> None:
    distance, relation = week
    day = week_of(today(now) + timedelta(days=7 * distance))[weekday]
    assert found(f"am {NAMES[weekday]} {relation} Woche", now) == [day.isoformat()]
    assert found(f"{relation[:-1]} Woche {NAMES[weekday]}", now) == [day.isoformat()]


@given(NOW)
def test_weeks_weekends_and_months(now: datetime) -> None:
    this, following = week_of(today(now)), week_of(today(now) + timedelta(days=7))
    last = week_of(today(now) - timedelta(days=7))
    month = month_of(today(now))
    assert found("diese Woche", now) == [span(this)]
    assert found("nächste Woche", now) == [span(following)]
    assert found("letzte Woche", now) == [span(last)]
    assert found("am Wochenende", now) == [span(this[5:])]
    assert found("letztes Wochenende", now) == [span(last[5:])]
    assert found("diesen Monat", now) == [span(month)]
    assert found("nächsten Monat", now) == [span(month_of(month[-1] + timedelta(days=1)))]
    assert found("letzten Monat", now) == [span(month_of(month[0] - timedelta(days=1)))]


@given(NOW, st.integers(0, 11))
def test_a_month_is_the_running_or_the_coming_one(now: datetime, month: int) -> None:
    yesterday = today(now) - timedelta(days=1)
    days = month_of(walk(yesterday, 1, lambda day: day.month == month + 1))
    name = MONTHS[month]
    assert found(f"im {name}", now) == [span(days)]
    assert found(f"Anfang {name}", now) == [span(days[:10])]
    assert found(f"Mitte {name}", now) == [span(days[10:20])]
    assert found(f"Ende {name}", now) == [span(days[20:])]


@given(NOW, st.integers(0, 270), st.integers(0, 27))
def test_days_and_ranges_in_figures_and_words(now: datetime, ahead: int, length: int) -> None:
    first = today(now) + timedelta(days=ahead)
    last = first + timedelta(days=length)
    assert found(f"am {first.day}. {first.month}.", now) == [first.isoformat()]
    assert found(f"am {first.day:02}.{first.month:02}.{first:%y}", now) == [first.isoformat()]
    assert found(f"{NAMES[first.weekday()]}, den {first.day}. {MONTHS[first.month - 1]}", now) == [
        first.isoformat()
    ]
    whole = [span([first, last])]
    assert found(f"vom {first.day}.{first.month}. bis {last.day}.{last.month}.", now) == whole
    text = f"vom {first.day}. {MONTHS[first.month - 1]} bis {last.day}. {MONTHS[last.month - 1]}"
    assert found(text, now) == whole


@given(NOW, st.integers(1, 28))
def test_a_day_of_a_month_not_named_is_the_coming_one_and_outdoes_its_weekday(
    now: datetime, number: int
) -> None:
    yesterday = today(now) - timedelta(days=1)
    day = walk(yesterday, 1, lambda day: day.day == number)
    assert found(f"der Termin am {number}.", now) == [day.isoformat()]
    assert found(f"für {NAMES[day.weekday()]} den {number}. zwei Gänse", now) == [day.isoformat()]
    assert found(f"bis {NAMES[0]} den {number}.", now) == [day.isoformat()]


@given(NOW, WEEKDAY, WEEKDAY)
def test_a_weekday_after_another_day_of_the_text(now: datetime, first: int, second: int) -> None:
    day = walk(today(now) - timedelta(days=1), 1, is_day(first))
    after = walk(day, 1, is_day(second))
    expected = [day.isoformat(), after.isoformat()]
    assert found(f"Nicht am {NAMES[first]}, lieber {NAMES[second]} drauf", now) == expected


@given(NOW, st.integers(1, 53))
def test_calendar_weeks_are_those_of_iso_8601(now: datetime, number: int) -> None:
    values = found(f"in KW {number}", now)
    if number == 53 and not values:
        return
    (value,) = values
    monday, sunday = (date.fromisoformat(day) for day in value.split("/"))
    assert (monday.isocalendar().week, monday.isocalendar().weekday) == (number, 1)
    assert sunday - monday == timedelta(days=6)
    assert sunday >= today(now) - timedelta(days=62)


HOLIDAYS = {
    "Neujahr": "Neujahr",
    "Karfreitag": "Karfreitag",
    "Ostermontag": "Ostermontag",
    "Tag der Arbeit": "Erster Mai",
    "Christi Himmelfahrt": "Christi Himmelfahrt",
    "Pfingstmontag": "Pfingstmontag",
    "Fronleichnam": "Fronleichnam",
    "Tag der Deutschen Einheit": "Tag der Deutschen Einheit",
    "Allerheiligen": "Allerheiligen",
    "1. Weihnachtstag": "Erster Weihnachtstag",
    "2. Weihnachtstag": "Zweiter Weihnachtstag",
}
FROM_EASTER = {
    "Weiberfastnacht": -52,
    "Rosenmontag": -48,
    "Veilchendienstag": -47,
    "Aschermittwoch": -46,
    "Palmsonntag": -7,
    "Gründonnerstag": -3,
    "Karfreitag": -2,
    "Karsamstag": -1,
    "Ostersonntag": 0,
    "Ostermontag": 1,
    "Vatertag": 39,
    "Pfingstsonntag": 49,
    "Pfingstmontag": 50,
    "Fronleichnam": 60,
}


def gauss(year: int) -> date:
    """Return Easter Sunday by the Gregorian computus (Meeus, Jones, Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    rest = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    total = h + rest - 7 * ((a + 11 * h + 22 * rest) // 451) + 114
    return date(year, total // 31, total % 31 + 1)


@pytest.mark.parametrize("year", YEARS)
def test_all_holidays_of_north_rhine_westphalia(year: int) -> None:
    legal = {
        name: day
        for day, name in holidays.country_holidays("DE", "NW", years=year, language="de").items()
    }
    new_year = datetime(year, 1, 1, 9, tzinfo=UTC)
    for spoken, official in HOLIDAYS.items():
        (day,) = [day for name, day in legal.items() if name == official]
        assert found(f"Ist an {spoken} Markt?", new_year) == [day.isoformat()]
        assert found(f"{spoken} {year}", new_year) == [day.isoformat()]
        assert feasts.is_holiday(day)
    assert len(HOLIDAYS) == len(legal)


@pytest.mark.parametrize("year", YEARS)
def test_feasts_keep_their_distance_to_easter_and_to_christmas(year: int) -> None:
    new_year = datetime(year, 1, 1, 9, tzinfo=UTC)
    for name, distance in FROM_EASTER.items():
        day = gauss(year) + timedelta(days=distance)
        assert found(f"an {name}", new_year) == [day.isoformat()]
    sunday = walk(date(year, 12, 25), -1, is_day(6))
    for number in (4, 3, 2, 1):
        assert found(f"am {number}. Advent", new_year) == [sunday.isoformat()]
        sunday = walk(sunday, -1, is_day(6))
    assert found("Totensonntag", new_year) == [sunday.isoformat()]
    second_sunday = walk(walk(date(year, 4, 30), 1, is_day(6)), 1, is_day(6))
    assert found("Muttertag", new_year) == [second_sunday.isoformat()]


@given(NOW, st.sampled_from(sorted(HOLIDAYS)))
def test_a_holiday_is_today_or_the_coming_one(now: datetime, name: str) -> None:
    yesterday = today(now) - timedelta(days=1)
    legal = holidays.country_holidays("DE", "NW", years=range(2020, 2043), language="de")
    day = walk(yesterday, 1, lambda day: legal.get(day) == HOLIDAYS[name])
    assert found(f"Ist an {name} offen?", now) == [day.isoformat()]
