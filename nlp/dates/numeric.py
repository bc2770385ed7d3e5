"""Dates in figures and with month names: 20.3., 20. März, 2026-03-20, vom 3. bis 5. Mai."""

import re
from datetime import date

from nlp.dates.moment import Moment
from nlp.dates.rules import Chapter, Part, Value, chapter, one, several
from nlp.dates.words import (
    EN_WEEKDAYS,
    MONTHS,
    MOVES,
    NUMBERS,
    ORDINALS,
    PART_OF_DAY,
    RELATIONS,
    SHORT_DAYS,
    SHORT_MONTHS,
    TR_WEEKDAYS,
    UK_WEEKDAYS,
    WEEKDAYS,
)

_NO_MEASURE = (
    r"(?!\s?(?:uhr|mm?\b|k?m\b|cm|meter|euro|eur\b|€|%|kg|cbm|qm|t\b|ltr|liter|l\b|grad|°|mio|tsd))"
)
_FOREIGN_DAY = rf"{EN_WEEKDAYS.pattern}|{TR_WEEKDAYS.pattern}|{UK_WEEKDAYS.pattern}"
_ON_DAY = (
    rf"(?:(?:{WEEKDAYS.pattern}|{SHORT_DAYS.pattern})(?:[\s-]?{PART_OF_DAY})?s?\.?"
    rf"|{_FOREIGN_DAY}),?\s+"
)
_LEAD = rf"(?:{_ON_DAY})?(?:(?:den|dem|der)\s+)?"
_ANY_MONTH = MONTHS | SHORT_MONTHS
_MONTH = rf"(?P<month>{MONTHS.pattern}|{SHORT_MONTHS.pattern}\.?)"
_OTHER_YEAR = rf"\s+(?P<relation>{RELATIONS.pattern})\s+jahre?s?\b"
_YEAR = rf"(?:\s?(?P<year>20\d\d|'?\d\d(?![\d.:]|\s?uhr))|{_OTHER_YEAR})?"
_DAY = rf"(?P<day>\d{{1,2}}|{ORDINALS.pattern})"


def _year(match: re.Match[str], moment: Moment) -> int | None:
    year = match["year"]
    if match.groupdict().get("relation"):
        return moment.today.year + RELATIONS.number(match["relation"])
    if year and year.startswith("zwei"):
        return 2000 + NUMBERS.number(year.removeprefix("zweitausend").removeprefix("und"))
    return int(year.strip("'")) if year else None


def _figures(match: re.Match[str], moment: Moment) -> Value | None:
    day, month = int(match["day"]), int(match["month"])
    return moment.day_of_month(day, month, _year(match, moment))


def _moved(match: re.Match[str], moment: Moment) -> Value | None:
    return _figures(match, moment) if MOVES.search(match.string) else None


def _iso(match: re.Match[str], moment: Moment) -> Value | None:
    return moment.day_of_month(int(match["day"]), int(match["month"]), int(match["year"]))


def _month_number(written: str) -> int:
    return _ANY_MONTH.number(written.rstrip("."))


def _named_month(match: re.Match[str], moment: Moment) -> Value | None:
    month = _month_number(match["month"])
    return moment.day_of_month(_day(match["day"]), month, _year(match, moment))


def _day(written: str) -> int:
    return int(written) if written.isdigit() else ORDINALS.number(written)


def _spoken(match: re.Match[str], moment: Moment) -> Value | None:
    day, month = ORDINALS.number(match["day"]), ORDINALS.number(match["month"])
    return moment.day_of_month(day, month, _year(match, moment))


def _two_days(match: re.Match[str], moment: Moment) -> tuple[Part, ...] | None:
    """Read 'am 3. und 5. Mai', where the first day has its month from the second."""
    month = match["month"]
    number = int(month.strip(".")) if month[0].isdigit() else _month_number(month)
    days = [
        (name, moment.day_of_month(_day(match[name]), number, _year(match, moment)))
        for name in ("first", "day")
    ]
    if any(day is None for _, day in days):
        return None
    return tuple(
        Part(match.start(name), match.end() if name == "day" else match.end(name), day)
        for name, day in days
    )


def _figure_range(match: re.Match[str], moment: Moment) -> Value | None:
    last = moment.day_of_month(int(match["day"]), int(match["month"]), _year(match, moment))
    if last is None:
        return None
    return _until(int(match["first"]), int(match["first_month"] or match["month"]), last)


def _named_range(match: re.Match[str], moment: Moment) -> Value | None:
    month = _month_number(match["month"])
    last = moment.day_of_month(_day(match["day"]), month, _year(match, moment))
    if last is None:
        return None
    own = match["first_month"]
    return _until(_day(match["first"]), month if own is None else _month_number(own), last)


def _until(day: int, month: int, last: date) -> Value | None:
    """Return the range that ends with `last` and begins on `day`.`month`. before it."""
    for year in (last.year, last.year - 1):
        try:
            first = date(year, month, day)
        except ValueError:
            continue
        if first <= last:
            return first, last
    return None


_AND = r"\s*(?:und|oder|,?\s*sondern(?: erst)?|,)\s*(?:(?:am|de[nrm]|vom)\s+)?"
_TO = r"\s?(?:-|/|bis(?: einschliesslich)?(?: zum)?(?: den)?)\s?"
_FROM = r"(?:(?:am\s+)?wochenende,?\s+)?(?:(?:vom|von|den|am)\s+)?"
_SPOKEN_YEAR = rf"(?P<year>20\d\d|zweitausend(?:und)?{NUMBERS.pattern})"
_FIGURE_MONTH = r"(?P<month>\d{1,2})\."
_FIGURE_YEAR = rf"(?:\s?(?P<year>20\d\d|\d\d(?![\d.:]|\s?uhr))|{_OTHER_YEAR})?"

RULES: tuple[Chapter, ...] = (
    chapter(
        r"\d",
        one(
            rf"(?<![\w.,/-]){_LEAD}(?P<day>\d{{1,2}})\.\s?{_FIGURE_MONTH}"
            rf"{_FIGURE_YEAR}(?![\d/]){_NO_MEASURE}",
            _figures,
        ),
        one(
            rf"\b(?:{_ON_DAY}(?:de[nmr]\s+)?|(?:am|vom|zum|bis|ab|seit|den|dem|der|fuer|termin|frist|on"
            r"|[ву]|до|на|з|по)\s+)"
            rf"(?P<day>\d{{1,2}})\.(?P<month>0?[1-9]|1[0-2])"
            rf"(?P<year>)(?![\d.]*\d){_NO_MEASURE}\.?",
            _figures,
        ),
        one(
            r"\bauf\s+(?P<day>\d{1,2})\.(?P<month>0?[1-9]|1[0-2])(?P<year>)(?![\d.]*\d)"
            rf"{_NO_MEASURE}\.?",
            _moved,
        ),
        one(
            r"(?<![\w.,/-])(?P<day>\d{1,2})\.(?P<month>0?[1-9]|1[0-2])(?P<year>)"
            r"(?=\s+(?:randevu|tarih|gue?n)|'[dt]?[ea])",
            _figures,
        ),
        one(r"(?<![\w-])(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)(?![\w-])", _iso),
        one(r"(?<![\w/])(?P<day>\d{1,2})/(?P<month>\d{1,2})/(?P<year>20\d\d)(?![\w/])", _iso),
        one(
            rf"(?<![\w.,/-]){_FROM}(?:{_ON_DAY})?(?P<first>\d{{1,2}})\.\s?"
            rf"(?:(?P<first_month>\d{{1,2}})\.(?:20\d\d)?)?{_TO}(?:{_ON_DAY})?"
            rf"(?P<day>\d{{1,2}})\.\s?{_FIGURE_MONTH}{_FIGURE_YEAR}(?!\d)",
            _figure_range,
        ),
        one(
            r"\bzwischen\s+(?:dem\s+)?(?P<first>\d{1,2})\.\s?(?:(?P<first_month>\d{1,2})\.)?\s?und\s"
            rf"(?:dem\s+)?(?P<day>\d{{1,2}})\.\s?{_FIGURE_MONTH}{_FIGURE_YEAR}(?!\d)",
            _figure_range,
        ),
        one(
            rf"\bvom\s+(?P<first>\d{{1,2}})\.(?P<first_month>\d{{1,2}}){_TO}"
            r"(?P<day>\d{1,2})\.(?P<month>0?[1-9]|1[0-2])(?P<year>)(?![\d.]*\d)\.?",
            _figure_range,
        ),
        several(
            rf"\b(?:am|vom|bis|zum|den)\s+(?P<first>\d{{1,2}})\.{_AND}(?P<day>\d{{1,2}})\.\s?"
            rf"{_FIGURE_MONTH}{_FIGURE_YEAR}(?!\d)",
            _two_days,
        ),
    ),
    chapter(
        f"{MONTHS.pattern}|{SHORT_MONTHS.pattern}",
        one(
            rf"(?<![\w.,-]){_LEAD}(?P<day>\d{{1,2}})(?:\.|te[nr]?)?\s?{_MONTH}{_YEAR}(?!\w)(?!-\w)",
            _named_month,
        ),
        one(rf"\b{_LEAD}(?P<day>{ORDINALS.pattern})\s+{_MONTH}{_YEAR}(?!\w)(?!-\w)", _named_month),
        one(
            rf"(?<![\w.,-]){_FROM}(?:{_ON_DAY})?(?P<first>\d{{1,2}}|{ORDINALS.pattern})\.?\s?"
            rf"(?P<first_month>{MONTHS.pattern})?(?:\s?20\d\d)?{_TO}{_DAY}\.?\s?{_MONTH}{_YEAR}(?!\w)",
            _named_range,
        ),
        one(
            rf"\bzwischen\s+(?:dem\s+)?(?P<first>\d{{1,2}}|{ORDINALS.pattern})\.?\s?"
            rf"(?P<first_month>{MONTHS.pattern})?\s?und\s(?:dem\s+)?{_DAY}\.?\s?{_MONTH}{_YEAR}"
            r"(?!\w)",
            _named_range,
        ),
        several(
            rf"(?<![\w.,-])(?P<first>\d{{1,2}}(?=\.)|{ORDINALS.pattern})\.?{_AND}{_DAY}\.?\s?{_MONTH}{_YEAR}"
            r"(?!\w)",
            _two_days,
        ),
    ),
    chapter(
        r"te[nr]?\b",
        one(
            rf"\b{_LEAD}(?:am|vom|zum|bis|de[mnr])\s+(?P<day>{ORDINALS.pattern})(?<=[nr])\s+"
            rf"(?P<month>{ORDINALS.pattern})(?<=[nr])(?:\s{_SPOKEN_YEAR})?(?!\w)",
            _spoken,
        ),
        one(
            rf"\b(?P<day>{ORDINALS.pattern})(?<=r)\s+(?P<month>{ORDINALS.pattern})(?<=r)"
            rf"(?:\s{_SPOKEN_YEAR})?(?!\w)",
            _spoken,
        ),
        one(
            rf"\bder\s+(?P<day>(?:\w+zehn|\w+zwanzig|zwanzig|\w*dreissig)s?te)\s+"
            rf"(?P<month>{ORDINALS.pattern})(?<=e)(?P<year>)(?!\w)",
            _spoken,
        ),
    ),
)
