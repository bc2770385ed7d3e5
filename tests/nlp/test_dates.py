"""The date grammar: against the calendar, counted day by day, and a table of forms."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp import dates
from nlp.dates import feasts
from nlp.folding import fold

WEDNESDAY = datetime(2026, 3, 18, 10, 0, tzinfo=UTC)
GERMAN = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
ENGLISH = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
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
DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 11, 0, tzinfo=UTC)


def found(text: str, now: datetime = WEDNESDAY, language: str = "de") -> list[str]:
    return [entity.value for entity in dates.find(fold(text), now, language)]


def first_day(start: date, weekday: int, step: int) -> date:
    """Walk day by day until the weekday comes."""
    day = start
    while day.weekday() != weekday:
        day += timedelta(days=step)
    return day


@given(DAYS, st.integers(0, 6))
def test_a_plain_weekday_is_today_or_the_coming_one(today: date, weekday: int) -> None:
    expected = first_day(today, weekday, 1).isoformat()
    assert found(f"Ist am {GERMAN[weekday]} Markt?", noon(today)) == [expected]
    assert found(f"Is there a market on {ENGLISH[weekday]}?", noon(today), "en") == [expected]


@given(DAYS, st.integers(0, 6))
def test_related_weekdays(today: date, weekday: int) -> None:
    name = GERMAN[weekday]
    coming = first_day(today + timedelta(days=1), weekday, 1)
    assert found(f"nächsten {name}", noon(today)) == [coming.isoformat()]
    assert found(f"kommenden {name}", noon(today)) == [coming.isoformat()]
    later = coming + timedelta(days=7)
    assert found(f"übernächsten {name}", noon(today)) == [later.isoformat()]
    last = first_day(today - timedelta(days=1), weekday, -1)
    assert found(f"letzten {name}", noon(today)) == [last.isoformat()]


@given(DAYS, st.integers(0, 6))
def test_a_weekday_of_next_week_lies_in_the_next_calendar_week(today: date, weekday: int) -> None:
    monday = first_day(today + timedelta(days=1), 0, 1)
    expected = (monday + timedelta(days=weekday)).isoformat()
    assert found(f"nächste Woche {GERMAN[weekday]}", noon(today)) == [expected]
    assert found(f"am {GERMAN[weekday]} nächster Woche", noon(today)) == [expected]


@given(DAYS, st.integers(0, 6))
def test_recurrent_days_need_no_calendar(today: date, weekday: int) -> None:
    code = ENGLISH[weekday][:3].upper()
    assert found(f"{GERMAN[weekday].lower()}s", noon(today)) == [f"weekly:{code}"]
    assert found(f"jeden {GERMAN[weekday]}", noon(today)) == [f"weekly:{code}"]


@given(DAYS, st.integers(0, 300))
def test_a_written_day_without_a_year_is_the_coming_one(today: date, ahead: int) -> None:
    day = today + timedelta(days=ahead)
    expected = [day.isoformat()]
    assert found(f"am {day.day}.{day.month}.", noon(today)) == expected
    assert found(f"am {day.day}. {MONTHS[day.month - 1]}", noon(today)) == expected


@given(DAYS, DAYS)
def test_a_day_with_its_year_is_that_day(today: date, day: date) -> None:
    expected = [day.isoformat()]
    assert found(f"{day.day:02d}.{day.month:02d}.{day.year}", noon(today)) == expected
    assert found(f"{day.day}. {MONTHS[day.month - 1]} {day.year}", noon(today)) == expected
    assert found(day.isoformat(), noon(today)) == expected


@given(DAYS, st.integers(1, 60))
def test_days_from_now(today: date, count: int) -> None:
    assert found(f"in {count} Tagen", noon(today)) == [(today + timedelta(days=count)).isoformat()]
    assert found(f"vor {count} Tagen", noon(today)) == [(today - timedelta(days=count)).isoformat()]


@given(DAYS)
def test_weekends_and_weeks(today: date) -> None:
    monday = first_day(today, 0, -1)
    saturday, sunday = monday + timedelta(days=5), monday + timedelta(days=6)
    assert found("am Wochenende", noon(today)) == [f"{saturday}/{sunday}"]
    assert found("diese Woche", noon(today)) == [f"{monday}/{sunday}"]
    following = f"{monday + timedelta(days=7)}/{sunday + timedelta(days=7)}"
    assert found("nächste Woche", noon(today)) == [following]


@given(DAYS)
def test_movable_feasts_keep_their_distance_to_easter(today: date) -> None:
    corpus_christi = date.fromisoformat(found("an Fronleichnam", noon(today))[0])
    assert corpus_christi >= today
    assert corpus_christi - feasts.easter(corpus_christi.year) == timedelta(days=60)
    assert feasts.is_holiday(corpus_christi)
    good_friday = date.fromisoformat(found("Karfreitag", noon(today))[0])
    assert feasts.easter(good_friday.year) - good_friday == timedelta(days=2)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("heute", ["2026-03-18"]),
        ("Ist morgen Markt?", ["2026-03-19"]),
        ("übermorgen", ["2026-03-20"]),
        ("gestern", ["2026-03-17"]),
        ("Guten Morgen zusammen", []),
        ("Morgen, ist heute Markt?", ["2026-03-18"]),
        ("seit acht Wochen", []),
        ("jeden Abend", []),
        ("seit Tagen", []),
        ("am Samstag wurde die Tonne nicht geleert", ["2026-03-14"]),
        ("um halb eins", ["12:30"]),
        ("um Viertel vor acht", ["07:45"]),
        ("heute Abend um 8 Uhr", ["2026-03-18", "20:00"]),
        ("von 7 bis 13 Uhr", ["07:00", "13:00"]),
        ("um 8.30 Uhr", ["08:30"]),
        ("Karfreitag", ["2026-04-03"]),
        ("Ist an Allerheiligen Markt?", ["2026-11-01"]),
        ("an Heiligabend", ["2026-12-24"]),
        ("1. Weihnachtstag", ["2026-12-25"]),
        ("am 3. Advent", ["2026-12-13"]),
        ("vom 3.4. bis 5.4.", ["2026-04-03/2026-04-05"]),
        ("24. bis 26. Dezember", ["2026-12-24/2026-12-26"]),
        ("im Dezember", ["2026-12-01/2026-12-31"]),
        ("Bescheid vom 12.11.", ["2025-11-12"]),
        ("dritten Mai", ["2026-05-03"]),
        ("KW 14", ["2026-03-30/2026-04-05"]),
        ("am Freitag nach Fronleichnam", ["2026-06-05"]),
        ("Loch ist 3.5 Meter breit", []),
        ("das kostet 12.50 Euro", []),
        ("Straße des 17. Juni", []),
        ("schönes Wochenende", []),
        ("am 31.2.", []),
    ],
)
def test_german_forms(text: str, values: list[str]) -> None:
    assert found(text) == values


@pytest.mark.parametrize(
    ("language", "text", "values"),
    [
        ("en", "tomorrow at 8 am", ["2026-03-19", "08:00"]),
        ("en", "on Saturdays", ["weekly:SAT"]),
        ("en", "May 3rd", ["2026-05-03"]),
        ("en", "next week", ["2026-03-23/2026-03-29"]),
        ("en", "May I ask something?", []),
        ("tr", "yarın pazar var mı?", ["2026-03-19"]),
        ("tr", "her cumartesi", ["weekly:SAT"]),
        ("uk", "у суботу", ["2026-03-21"]),
        ("uk", "завтра", ["2026-03-19"]),
    ],
)
def test_other_languages(language: str, text: str, values: list[str]) -> None:
    assert found(text, language=language) == values


def test_the_day_is_berlins_and_not_that_of_utc() -> None:
    late = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    assert found("heute", late) == ["2026-07-02"]
