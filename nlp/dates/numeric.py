"""Dates in figures and with month names: 20.3., 20. März, 2026-03-20, vom 3. bis 5. Mai."""

import re
from datetime import date

from nlp.dates.moment import Moment
from nlp.dates.rules import Chapter, Part, Value, chapter, one, several
from nlp.dates.words import MONTHS, ORDINALS, PART_OF_DAY, SHORT_DAYS, SHORT_MONTHS, WEEKDAYS

_NO_MEASURE = (
    r"(?!\s?(?:uhr|mm?\b|k?m\b|cm|meter|euro|eur\b|€|%|kg|cbm|qm|t\b|ltr|liter|l\b|grad|°|mio|tsd))"
)
_LEAD = rf"(?:(?:{WEEKDAYS.pattern}|{SHORT_DAYS.pattern})(?:[\s-]?{PART_OF_DAY})?\.?,?\s+)?(?:(?:den|dem|der)\s+)?"
_ANY_MONTH = MONTHS | SHORT_MONTHS
_MONTH = rf"(?P<month>{MONTHS.pattern}|{SHORT_MONTHS.pattern}\.?)"
_YEAR = r"(?:\s?(?P<year>20\d\d|'?\d\d(?![\d.:]|\s?uhr)))?"
_DAY = rf"(?P<day>\d{{1,2}}|{ORDINALS.pattern})"
_SINCE = re.compile(r"\b(?:sei[td]|siet|vom|datiert|bescheid|schreiben|brief)\b[^.!?\n]{0,18}$")


def _seen(match: re.Match[str], moment: Moment) -> Moment:
    """Take a day after 'seit' or 'vom' without 'bis' as past."""
    before = match.string[max(0, match.start() - 30) : match.start()]
    until = re.match(r"[^.!?\n]{0,6}\bbis\b", match.string[match.end() : match.end() + 12])
    if _SINCE.search(before) and until is None:
        return Moment(moment.today, past=True)
    return moment


def _year(match: re.Match[str]) -> int | None:
    year = match["year"]
    return int(year.strip("'")) if year else None


def _figures(match: re.Match[str], moment: Moment) -> Value | None:
    day, month = int(match["day"]), int(match["month"])
    return _seen(match, moment).day_of_month(day, month, _year(match))


def _iso(match: re.Match[str], moment: Moment) -> Value | None:
    return moment.day_of_month(int(match["day"]), int(match["month"]), int(match["year"]))


def _month_number(written: str) -> int:
    return _ANY_MONTH.number(written.rstrip("."))


def _named_month(match: re.Match[str], moment: Moment) -> Value | None:
    month = _month_number(match["month"])
    return _seen(match, moment).day_of_month(_day(match["day"]), month, _year(match))


def _day(written: str) -> int:
    return int(written) if written.isdigit() else ORDINALS.number(written)


def _spoken(match: re.Match[str], moment: Moment) -> Value | None:
    day, month = ORDINALS.number(match["day"]), ORDINALS.number(match["month"])
    return _seen(match, moment).day_of_month(day, month, _year(match))


def _two_days(match: re.Match[str], moment: Moment) -> tuple[Part, ...] | None:
    """Read 'am 3. und 5. Mai', where the first day has its month from the second."""
    month = match["month"]
    number = int(month.strip(".")) if month[0].isdigit() else _month_number(month)
    seen = _seen(match, moment)
    days = [
        (name, seen.day_of_month(_day(match[name]), number, _year(match)))
        for name in ("first", "day")
    ]
    if any(day is None for _, day in days):
        return None
    return tuple(
        Part(match.start(name), match.end() if name == "day" else match.end(name), day)
        for name, day in days
    )


def _figure_range(match: re.Match[str], moment: Moment) -> Value | None:
    last = moment.day_of_month(int(match["day"]), int(match["month"]), _year(match))
    if last is None:
        return None
    return _until(int(match["first"]), int(match["first_month"] or match["month"]), last)


def _named_range(match: re.Match[str], moment: Moment) -> Value | None:
    month = _month_number(match["month"])
    last = moment.day_of_month(_day(match["day"]), month, _year(match))
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


def _only_day(match: re.Match[str], moment: Moment) -> Value | None:
    day = int(match["day"])
    for month in range(moment.today.month, moment.today.month + 3):
        year = moment.today.year + (month - 1) // 12
        found = moment.day_of_month(day, (month - 1) % 12 + 1, year)
        if found is not None and found >= moment.today:
            return found
    return None


def _day_of_this_month(match: re.Match[str], moment: Moment) -> Value | None:
    return moment.day_of_month(int(match["day"]), moment.today.month, moment.today.year)


_AND = r"\s*(?:und|oder|,|/)\s*(?:(?:am|den|dem)\s+)?"
_TO = r"\s?(?:-|bis(?: einschliesslich)?(?: zum)?(?: den)?)\s?"
_FIGURE_MONTH = r"(?P<month>\d{1,2})\."
_FIGURE_YEAR = r"(?:\s?(?P<year>20\d\d|\d\d(?![\d.:]|\s?uhr)))?"

RULES: tuple[Chapter, ...] = (
    chapter(
        r"\d",
        one(
            rf"(?<![\w.,/-]){_LEAD}(?P<day>\d{{1,2}})\.\s?{_FIGURE_MONTH}"
            rf"{_FIGURE_YEAR}(?![\d/]){_NO_MEASURE}",
            _figures,
        ),
        one(
            rf"\b(?:am|vom|zum|bis|ab|seit|den|dem|der|fuer|on"
            rf"|{WEEKDAYS.pattern},?|{SHORT_DAYS.pattern}\.?,?)\s+"
            rf"(?P<day>\d{{1,2}})\.(?P<month>0?[1-9]|1[0-2])"
            rf"(?P<year>)(?![\d.]*\d){_NO_MEASURE}\.?",
            _figures,
        ),
        one(r"(?<![\w-])(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)(?![\w-])", _iso),
        one(r"(?<![\w/])(?P<day>\d{1,2})/(?P<month>\d{1,2})/(?P<year>20\d\d)(?![\w/])", _iso),
        one(
            rf"(?<![\w.,/-])(?:vom\s+)?(?P<first>\d{{1,2}})\.\s?"
            rf"(?:(?P<first_month>\d{{1,2}})\.(?:20\d\d)?)?{_TO}"
            rf"(?P<day>\d{{1,2}})\.\s?{_FIGURE_MONTH}{_FIGURE_YEAR}(?!\d)",
            _figure_range,
        ),
        several(
            rf"\b(?:am|vom|bis|zum|den)\s+(?P<first>\d{{1,2}})\.{_AND}(?P<day>\d{{1,2}})\.\s?"
            rf"{_FIGURE_MONTH}{_FIGURE_YEAR}(?!\d)",
            _two_days,
        ),
        one(
            r"\b(?:am|zum|bis|ab)\s+(?P<day>[1-9]|[12]\d|3[01])\."
            r"(?=\s*(?:$|[!?,;)]))",
            _only_day,
        ),
        one(
            r"\b(?:am|zum|bis|ab)\s+(?P<day>[1-9]|[12]\d|3[01])\.\s*(?:dieses|diesen|des)\s+monats\b",
            _day_of_this_month,
        ),
    ),
    chapter(
        f"{MONTHS.pattern}|{SHORT_MONTHS.pattern}",
        one(
            rf"(?<![\w.,-]){_LEAD}(?P<day>\d{{1,2}})\.?\s?{_MONTH}{_YEAR}(?!\w)(?!-\w)",
            _named_month,
        ),
        one(rf"\b{_LEAD}(?P<day>{ORDINALS.pattern})\s+{_MONTH}{_YEAR}(?!\w)(?!-\w)", _named_month),
        one(
            rf"(?<![\w.,-])(?:vom\s+)?(?P<first>\d{{1,2}}|{ORDINALS.pattern})\.?\s?"
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
        r"te[nr]\b",
        one(
            rf"\b(?P<day>{ORDINALS.pattern})(?<=[nr])\s+(?P<month>{ORDINALS.pattern})(?<=[nr])"
            r"(?:\s(?P<year>20\d\d))?(?=\s*(?:$|[.,!?;)]|um\b|und\b|ab\b|bis\b|von\b|oder\b))",
            _spoken,
        ),
    ),
)
