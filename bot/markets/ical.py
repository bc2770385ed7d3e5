"""Market days as an iCalendar feed (RFC 5545). Pure.

Each day is an event of its own, not a recurrence: a moved, shortened or cancelled day then reads
right in every calendar program, and keeps its identity (UID) through all changes.
"""

import datetime as dt
from collections.abc import Iterable, Sequence

from bot.markets import phrases
from bot.markets.rules import MarketDay, MarketFacts

_LINE = 75  # octets, RFC 5545 section 3.1
_BERLIN = (
    "BEGIN:VTIMEZONE",
    "TZID:Europe/Berlin",
    "BEGIN:DAYLIGHT",
    "DTSTART:19810329T020000",
    "TZOFFSETFROM:+0100",
    "TZOFFSETTO:+0200",
    "TZNAME:CEST",
    "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
    "END:DAYLIGHT",
    "BEGIN:STANDARD",
    "DTSTART:19961027T030000",
    "TZOFFSETFROM:+0200",
    "TZOFFSETTO:+0100",
    "TZNAME:CET",
    "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
    "END:STANDARD",
    "END:VTIMEZONE",
)


def feed(
    days: Iterable[tuple[MarketFacts, MarketDay]],
    *,
    name: str,
    base_url: str,
    now: dt.datetime,
) -> str:
    """Return the feed `name`; `now` is the aware instant at which it is made.

    Days with unknown hours are whole-day events that say so; `base_url` gives the links and the
    host in the UIDs.
    """
    base = base_url.rstrip("/")
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Stadtdraht//Wochenmarkt//DE",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_escape(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
        *_BERLIN,
    ]
    for market, day in days:
        lines += _event(market, day, base=base, now=now)
    lines.append("END:VCALENDAR")
    return "".join(f"{_fold(line)}\r\n" for line in lines)


def _event(market: MarketFacts, day: MarketDay, *, base: str, now: dt.datetime) -> Sequence[str]:
    host = base.partition("://")[2].partition("/")[0] or "localhost"
    title = market.name if day.is_held else f"Fällt aus: {market.name}"
    return [
        "BEGIN:VEVENT",
        f"UID:{market.slug}-{day.regular_date.isoformat()}@{host}",
        f"DTSTAMP:{now.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}",
        *_times(day),
        f"SUMMARY:{_escape(title)}",
        f"LOCATION:{_escape(day.place)}",
        f"DESCRIPTION:{_escape(_description(market, day))}",
        f"STATUS:{'CONFIRMED' if day.is_held else 'CANCELLED'}",
        f"URL:{base}/maerkte/{market.slug}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _times(day: MarketDay) -> Sequence[str]:
    span = day.span()
    if span is None:
        following = day.date + dt.timedelta(days=1)
        return [f"DTSTART;VALUE=DATE:{day.date:%Y%m%d}", f"DTEND;VALUE=DATE:{following:%Y%m%d}"]
    begin, end = (f"TZID=Europe/Berlin:{moment:%Y%m%dT%H%M%S}" for moment in span)
    return [f"DTSTART;{begin}", f"DTEND;{end}"]


def _description(market: MarketFacts, day: MarketDay) -> str:
    parts = []
    if day.from_time is None or day.until_time is None:
        spoken = phrases.hours(day.from_time, day.until_time, phrases.GERMAN)
        parts.append(f"{spoken[:1].upper()}{spoken[1:]}.")
    if day.note:
        parts.append(day.note)
    parts.append(f"Stand {market.as_of}{'' if market.verified else ', Angaben ohne Gewähr'}.")
    return " ".join(parts)


def _escape(text: str) -> str:
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(plain, escaped)
    return "".join(sign for sign in text if sign.isprintable())


def _fold(line: str) -> str:
    """Break a line so that no part is longer than 75 octets and no character is cut."""
    parts, size = [""], 0
    for sign in line:
        length = len(sign.encode())
        if size + length > _LINE:
            parts.append(" ")
            size = 1
        parts[-1] += sign
        size += length
    return "\r\n".join(parts)
