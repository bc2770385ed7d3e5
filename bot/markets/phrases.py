"""How days, hours and weekly rules are said in German and English. Pure."""

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import groupby

from bot.city import calendar
from bot.markets.rules import SHORT_DAYS, MarketDay, MarketFacts, Rule

GERMAN, ENGLISH = "de", "en"

_WEEKDAYS = {
    GERMAN: (
        "Montag",
        "Dienstag",
        "Mittwoch",
        "Donnerstag",
        "Freitag",
        "Samstag",
        "Sonntag",
    ),
    ENGLISH: (
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ),
}
_MONTHS = {
    GERMAN: (
        *("Januar", "Februar", "März", "April", "Mai", "Juni"),
        *("Juli", "August", "September", "Oktober", "November", "Dezember"),
    ),
    ENGLISH: (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}
_NTH = {
    GERMAN: {1: "ersten", 2: "zweiten", 3: "dritten", 4: "vierten", -1: "letzten"},
    ENGLISH: {1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"},
}
_HOURS_UNKNOWN = {GERMAN: "Uhrzeit nicht bekannt", ENGLISH: "hours not known"}
_SHORT = {
    GERMAN: SHORT_DAYS,
    ENGLISH: {(12, 24): "Christmas Eve", (12, 31): "New Year's Eve"},
}
# What answers say where something is over, where several districts are asked for, and of all.
TEXTS: dict[str, tuple[str, str]] = {
    "no_more": (
        "Nein, {day} ist{place} kein Markt mehr.",
        "No, there are no more markets{place} {day}.",
    ),
    "none_more": ("{day} ist kein Wochenmarkt mehr.", "{day} there are no more weekly markets."),
    "no_market_in": (
        "In {place} ist uns kein Wochenmarkt bekannt.",
        "We know of no weekly market in {place}.",
    ),
    "not_there": ("In {place} nicht.", "Not in {place}."),
    "soon": ("Die nächsten Markttage:", "The next market days:"),
    "also": ("Weitere Märkte: {markets}", "Other markets: {markets}"),
}
_RELATIVE = {
    GERMAN: {-1: "gestern", 0: "heute", 1: "morgen"},
    ENGLISH: {-1: "yesterday", 0: "today", 1: "tomorrow"},
}


def supported(language: str) -> str:
    """Return the language of an answer: English for "en", German for all others."""
    return ENGLISH if language == ENGLISH else GERMAN


def weekday(number: int, language: str) -> str:
    """Return the name of a weekday, 0 is Monday."""
    return _WEEKDAYS[supported(language)][number]


def every(number: int, language: str) -> str:
    """Return "samstags", "on Saturdays"."""
    name = weekday(number, language)
    return f"{name.lower()}s" if language == GERMAN else f"on {name}s"


def day(date: dt.date, today: dt.date, language: str) -> str:
    """Return "Donnerstag, 26. November"; the year stands there when it is not this year.

    A language other than German and English reads German.
    """
    language = supported(language)
    month = _MONTHS[language][date.month - 1]
    number = f"{date.day}. {month}" if language == GERMAN else f"{date.day} {month}"
    year = f" {date.year}" if date.year != today.year else ""
    return f"{weekday(date.weekday(), language)}, {number}{year}"


def named(date: dt.date, today: dt.date, language: str) -> str:
    """Return the day with its occasion: "Donnerstag, 4. Juni (Fronleichnam)"."""
    special = occasion(date, language)
    return day(date, today, language) + (f" ({special})" if special else "")


def on_day(date: dt.date, today: dt.date, language: str) -> str:
    """Return "am Donnerstag, 26. November", or "heute (...)", to stand at the end."""
    near = _RELATIVE[language].get((date - today).days)
    if near is None:
        return ("am " if language == GERMAN else "on ") + named(date, today, language)
    special = occasion(date, language)
    return f"{near} ({day(date, today, language)}{f', {special}' if special else ''})"


def clause(date: dt.date, today: dt.date, language: str) -> str:
    """Return the day to stand before a verb: with the comma that closes the date."""
    words = on_day(date, today, language)
    return words if abs((date - today).days) <= 1 else f"{words},"


def occasion(date: dt.date, language: str) -> str | None:
    """Return the name of the holiday or short day, or None."""
    if (date.month, date.day) in _SHORT[language]:
        return _SHORT[language][date.month, date.day]
    return calendar.name(date, language)


def hours(from_time: str | None, until_time: str | None, language: str) -> str:
    """Return "07:00 bis 13:00 Uhr"; unknown hours are said to be unknown."""
    if language == ENGLISH:
        return _english_hours(from_time, until_time)
    if from_time and until_time:
        return f"{from_time} bis {until_time} Uhr"
    if from_time:
        return f"ab {from_time} Uhr, Ende nicht bekannt"
    if until_time:
        return f"bis {until_time} Uhr, Beginn nicht bekannt"
    return _HOURS_UNKNOWN[language]


def _english_hours(from_time: str | None, until_time: str | None) -> str:
    if from_time and until_time:
        return f"{from_time} to {until_time}"
    if from_time:
        return f"from {from_time}, end not known"
    if until_time:
        return f"until {until_time}, start not known"
    return _HOURS_UNKNOWN[ENGLISH]


def slot(held: MarketDay, language: str) -> str:
    """Return hours and place of a day: "07:00 bis 13:00 Uhr, Opladener Platz"."""
    return f"{hours(held.from_time, held.until_time, language)}, {held.place}"


def weekly(market: MarketFacts, language: str) -> str:
    """Return the weekly rule: "mittwochs und samstags 07:00 bis 12:30 Uhr, Marktplatz"."""
    if not market.rules:
        unknown = {GERMAN: "Markttage nicht bekannt", ENGLISH: "market days not known"}
        return f"{unknown[language]}, {market.place}"
    ordered = sorted(market.rules, key=lambda rule: (_when(rule), rule.weekday))
    parts = []
    for (from_time, until_time, *_), same in groupby(ordered, key=_when):
        spoken = join([_rule_day(rule, language) for rule in same], language)
        known = hours(from_time, until_time, language)
        gap = " " if from_time and until_time else ", "
        parts.append((spoken, gap + known))
    if {part[1] for part in parts} == {parts[0][1]}:
        parts = [(join([spoken for spoken, _ in parts], language), parts[0][1])]
    return "; ".join(spoken + known for spoken, known in parts) + f", {market.place}"


def weekdays(market: MarketFacts, language: str) -> str:
    """Return the market with its days alone: "Wochenmarkt Schlebusch (mittwochs und samstags)"."""
    ordered = sorted(market.rules, key=lambda rule: rule.weekday)
    spoken = dict.fromkeys(_rule_day(rule, language) for rule in ordered)
    return f"{market.name} ({join(list(spoken), language)})" if spoken else market.name


def join(words: Sequence[str], language: str) -> str:
    """Return "a, b und c"."""
    link = " und " if language == GERMAN else " and "
    return link.join([*([", ".join(words[:-1])] if len(words) > 1 else []), *words[-1:]])


def years(stated: Iterable[str]) -> str:
    """Return the age of several data: "2021–2023" for years, else each one once."""
    found = sorted(set(stated))
    if len(found) > 1 and all(one.isdigit() for one in found):
        return f"{found[0]}–{found[-1]}"
    return ", ".join(found)


def _when(rule: Rule) -> tuple[str, str, str, str]:
    return (
        rule.from_time or "",
        rule.until_time or "",
        rule.season_from or "",
        rule.season_to or "",
    )


def _rule_day(rule: Rule, language: str) -> str:
    name = weekday(rule.weekday, language)
    if rule.nth is not None:
        nth = _NTH[language][rule.nth]
        spoken = (
            f"jeden {nth} {name} im Monat"
            if language == GERMAN
            else f"every {nth} {name} of the month"
        )
    else:
        spoken = f"{name.lower()}s" if language == GERMAN else f"{name}s"
    if rule.season_from and rule.season_to:
        link = " bis " if language == GERMAN else " to "
        bounds = (rule.season_from, rule.season_to)
        spoken += f" ({link.join(_month_day(text, language) for text in bounds)})"
    return spoken


def _month_day(text: str, language: str) -> str:
    month, number = (int(part) for part in text.split("-"))
    name = _MONTHS[language][month - 1]
    return f"{number}. {name}" if language == GERMAN else f"{number} {name}"
