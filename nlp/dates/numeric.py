"""Dates in figures and with month names: 20.3., 20. März, 2026-03-20, vom 3. bis 5. Mai."""

import re
from datetime import date

from nlp.dates.moment import Moment
from nlp.dates.rules import Rule, Value, one
from nlp.dates.words import DE_MONTH_LONG, MONTH_NUMBER, ORDINAL, ORDINALS, WEEKDAY

_NO_MEASURE = r"(?!\s?(?:uhr|m\b|km|cm|meter|euro|€|%|kg|cbm|qm|t\b|ltr|liter|l\b|grad|mio|tsd))"
_LEAD = rf"(?:(?:{WEEKDAY}|mo|di|mi|do|fr|sa|so)\.?,?\s+)?(?:(?:den|dem|der)\s+)?"
_SHORT_MONTH = r"(?:jan|feb|mrz|apr|jun|jul|aug|sept|sep|okt|nov|dez)\.?"
_MONTH = rf"(?P<month>{DE_MONTH_LONG}|{_SHORT_MONTH})"
_YEAR = r"(?:\s?(?P<year>20\d\d|'?\d\d(?![\d.:]|\s?uhr)))?"
_SINCE = re.compile(r"\b(?:seit|vom|seit dem|datiert|bescheid|schreiben|brief)\b[^.!?\n]{0,18}$")


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
    return MONTH_NUMBER[written.rstrip(".")]


def _named_month(match: re.Match[str], moment: Moment) -> Value | None:
    day = int(match["day"]) if match["day"].isdigit() else ORDINALS[match["day"]]
    return _seen(match, moment).day_of_month(day, _month_number(match["month"]), _year(match))


def _figure_range(match: re.Match[str], moment: Moment) -> Value | None:
    last = moment.day_of_month(int(match["day"]), int(match["month"]), _year(match))
    if last is None:
        return None
    return _until(int(match["first"]), int(match["first_month"] or match["month"]), last)


def _named_range(match: re.Match[str], moment: Moment) -> Value | None:
    month = _month_number(match["month"])
    last = moment.day_of_month(int(match["day"]), month, _year(match))
    if last is None:
        return None
    own = match["first_month"]
    return _until(int(match["first"]), month if own is None else _month_number(own), last)


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


RULES: tuple[Rule, ...] = (
    one(
        rf"(?<![\w.,/-]){_LEAD}(?P<day>\d{{1,2}})\.\s?(?P<month>\d{{1,2}})\."
        rf"(?:\s?(?P<year>20\d\d|\d\d(?![\d.:]|\s?uhr)))?(?![\d/]){_NO_MEASURE}",
        _figures,
    ),
    one(
        rf"\b(?:am|vom|zum|bis|ab|seit|den|dem|der|fuer|on"
        rf"|{WEEKDAY},?)\s+(?P<day>\d{{1,2}})\.(?P<month>0?[1-9]|1[0-2])"
        rf"(?P<year>)(?![\d.]*\d){_NO_MEASURE}\.?",
        _figures,
    ),
    one(r"(?<![\w-])(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)(?![\w-])", _iso),
    one(r"(?<![\w/])(?P<day>\d{1,2})/(?P<month>\d{1,2})/(?P<year>20\d\d)(?![\w/])", _iso),
    one(
        rf"(?<![\w.,])(?<!strasse des )(?<!platz des"
        rf" ){_LEAD}(?P<day>\d{{1,2}})\.?\s?{_MONTH}{_YEAR}(?!\w)(?!-?str)",
        _named_month,
    ),
    one(rf"\b{_LEAD}(?P<day>{ORDINAL})\s+{_MONTH}{_YEAR}(?!\w)", _named_month),
    one(
        r"(?<![\w.,])(?:vom\s+)?(?P<first>\d{1,2})\.\s?(?:(?P<first_month>\d{1,2})\.)?\s?(?:-"
        r"|bis(?: zum)?)\s?"
        r"(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.(?:\s?(?P<year>20\d\d|\d\d(?!\d)))?(?!\d)",
        _figure_range,
    ),
    one(
        rf"(?<![\w.,])(?:vom\s+)?(?P<first>\d{{1,2}})\.?\s?(?P<first_month>{DE_MONTH_LONG})?"
        r"\s?(?:-|bis(?: zum)?|und)\s?"
        rf"(?P<day>\d{{1,2}})\.?\s?{_MONTH}{_YEAR}(?!\w)",
        _named_range,
    ),
    one(
        r"\b(?:am|zum|bis|ab)\s+(?P<day>[1-9]|[12]\d|3[01])\.(?=\s*(?:$|[!?,;)]|dieses monats"
        r"|des monats))",
        _only_day,
    ),
)
