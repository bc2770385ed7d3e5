"""The calendar feed: right times, stable identities, well-formed lines."""

import datetime as dt
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.demo import entries
from bot.markets import ical, rules
from bot.markets.rules import MarketFacts

NOW = dt.datetime(2026, 5, 20, 9, 30, tzinfo=dt.UTC)
FACTS = {market.slug: market for market in entries.markets()}


def events(*markets: MarketFacts, start: str, end: str) -> list[dict[str, str]]:
    first, last = dt.date.fromisoformat(start), dt.date.fromisoformat(end)
    days = [(market, day) for market in markets for day in rules.days(market, first, last)]
    text = ical.feed(days, name="Märkte", base_url="https://stadt.example/", now=NOW)
    assert text.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert text.endswith("END:VCALENDAR\r\n")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    found: list[dict[str, str]] = []
    for line in text.replace("\r\n ", "").split("\r\n"):
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            found.append({})
        elif found:
            found[-1].setdefault(name, value)
    assert len(found) == len(days)
    return found


def test_a_moved_day() -> None:
    (event,) = events(FACTS["opladen"], start="2026-06-01", end="2026-06-07")
    assert event["UID"] == "opladen-2026-06-04@stadt.example"
    assert event["DTSTART;TZID=Europe/Berlin"] == "20260603T070000"
    assert event["DTEND;TZID=Europe/Berlin"] == "20260603T130000"
    assert event["DTSTAMP"] == "20260520T093000Z"
    assert event["STATUS"] == "CONFIRMED"
    assert event["URL"] == "https://stadt.example/maerkte/opladen"
    assert event["DESCRIPTION"] == (
        "Wegen des Feiertags vorverlegt (Fronleichnam). Stand 2023\\, Angaben ohne Gewähr."
    )


def test_a_cancelled_day_keeps_its_identity() -> None:
    (event,) = events(FACTS["opladen-frischemarkt"], start="2026-12-26", end="2026-12-26")
    assert event["UID"] == "opladen-frischemarkt-2026-12-26@stadt.example"
    assert event["STATUS"] == "CANCELLED"
    assert event["SUMMARY"] == "Fällt aus: Frischemarkt Opladen"
    assert event["LOCATION"] == "Fußgängerzone\\, Kölner Straße"


def test_unknown_hours_make_a_whole_day() -> None:
    (event,) = events(FACTS["wiesdorf-city"], start="2026-11-25", end="2026-11-25")
    assert (event["DTSTART;VALUE=DATE"], event["DTEND;VALUE=DATE"]) == ("20261125", "20261126")
    assert event["DESCRIPTION"].startswith("Uhrzeit nicht bekannt.")


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_name_fits(name: str) -> None:
    market = replace(FACTS["opladen"], name=name)
    (event,) = events(market, start="2026-11-26", end="2026-11-26")
    plain = event["SUMMARY"].replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\")
    kept = "".join(sign for sign in name if sign.isprintable())
    assert plain.replace("\\n", "") == kept.replace("\\n", "") or "\\" in name or "\n" in name
