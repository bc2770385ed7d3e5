"""German months, their parts and weekdays, and feasts by name (folded text)."""

import re
from datetime import date, timedelta

from nlp.dates import feasts
from nlp.dates.moment import Moment, last_weekend
from nlp.dates.rules import Chapter, Value, chapter, one
from nlp.dates.words import EN_WEEKDAYS, MONTHS, NUMBERS, ORDINALS, RELATIONS, WEEKDAYS, count

_WEEKDAY = WEEKDAYS.pattern
_ANY_DAY = WEEKDAYS | EN_WEEKDAYS
_RELATION = rf"(?P<relation>{RELATIONS.pattern})"
_COUNT = rf"(?P<count>{NUMBERS.pattern}|\d{{1,2}})"


def _month_of(match: re.Match[str], moment: Moment) -> tuple[date, date] | None:
    number = MONTHS.number(match["month"])
    if match["year"]:
        return moment.month(number, int(match["year"]))
    relation = match["relation"]
    if relation and RELATIONS.number(relation) < 0:
        return Moment(moment.today, past=True).month(number, None)
    return moment.month(number, None)


_THIRDS = {"anfang": (1, 10), "mitte": (11, 20), "ende": (21, None)}


def _third(match: re.Match[str], days: tuple[date, date] | None) -> Value | None:
    if days is None:
        return None
    first, last = _THIRDS[match["part"]]
    return days[0].replace(day=first), days[1] if last is None else days[0].replace(day=last)


def _part_of_month(match: re.Match[str], moment: Moment) -> Value | None:
    return _third(match, _month_of(match, moment))


def _part_of_related_month(match: re.Match[str], moment: Moment) -> Value | None:
    relation = match["relation"]
    return _third(match, moment.month_offset(RELATIONS.number(relation) if relation else 0))


def _related_month(match: re.Match[str], moment: Moment) -> Value | None:
    return moment.month_offset(RELATIONS.number(match["relation"]))


_LAST = re.compile(r"\b(?:letzte|vergangene|vorige)[nrsm]?\s*$")


def _feast(match: re.Match[str], moment: Moment) -> Value | None:
    if match["year"]:
        return feasts.in_year(match["feast"], int(match["year"]))
    if match["relation"]:
        year = moment.today.year + RELATIONS.number(match["relation"])
        return feasts.in_year(match["feast"], year)
    last = _LAST.search(match.string[max(0, match.start() - 14) : match.start()])
    return feasts.resolve(match["feast"], moment.today, past=moment.past or last is not None)


def _by_feast(match: re.Match[str], moment: Moment) -> Value | None:
    if match["year"]:
        found = feasts.in_year(match["feast"], int(match["year"]))
    else:
        found = feasts.resolve(match["feast"], moment.today, past=moment.past)
    if found is None:
        return None
    first, last = found if isinstance(found, tuple) else (found, found)
    number = _ANY_DAY.number(match["day"]) if match["day"] else 5 if match["weekend"] else None
    step = (count(match["count"]) if match["count"] else 1) * (7 if match["week"] else 1)
    if match["side"] in {"nach", "after"}:
        step = step if number is None else (number - last.weekday() - 1) % 7 + 1
        day = last + timedelta(days=step)
    else:
        step = step if number is None else (first.weekday() - number - 1) % 7 + 1
        day = first - timedelta(days=step)
    return (day, day + timedelta(days=1)) if match["weekend"] else day


def _weekday_of_month(match: re.Match[str], moment: Moment) -> Value | None:
    """Read 'erster Samstag im August': counted from the first, or the last of the month."""
    days = _month_of(match, moment) if match["month"] else moment.month_offset(0)
    if days is None:
        return None
    number = WEEKDAYS.number(match["day"])
    if match["last"]:
        return days[1] - timedelta(days=(days[1].weekday() - number) % 7)
    place = int(match["figure"]) if match["figure"] else ORDINALS.number(match["place"])
    found = days[0] + timedelta(days=(number - days[0].weekday()) % 7, weeks=place - 1)
    return found if found <= days[1] else None


def _last_weekend_of_month(match: re.Match[str], moment: Moment) -> Value | None:
    days = moment.month(
        MONTHS.number(match["month"]), int(match["year"]) if match["year"] else None
    )
    return None if days is None else last_weekend(days)


def _end_of_year(match: re.Match[str], moment: Moment) -> Value:  # noqa: ARG001 shape of a rule
    return date(moment.today.year, 12, 31)


_YEAR = r"(?:\s+(?P<year>20\d\d))?"
_MONTH = rf"(?P<month>{MONTHS.pattern})"
_FEAST_YEAR = (
    rf"(?:\s+(?:(?:im\s+(?:jahre?\s+)?)?(?P<year>20\d\d)|(?:im\s+)?{_RELATION}\s+jahr(?:es)?))?"
)
_AT_FEAST = (
    r"(?:an|zu|ueber|seit|am|bis|ab|fuer|von|ist|sind|habt|haben|hat|habens|war|markt|at"
    r"|over|on|for)(?:\s+(?:die|der|den|dem|das))?"
)
_OPEN = r"(?:markt\b|offen\b|geoeffnet|geschlossen|(?:auf|zu)\s*(?:$|[.,!?]))"
_BEHIND_FEAST = rf"(?=\s+(?:20\d\d|(?:\w+\s+){{0,2}}{_OPEN}))"

RULES: tuple[Chapter, ...] = (
    chapter(
        r"monat|jahresend",
        one(rf"\b(?:im\s+|in\s+|bis\s+|ab\s+)?{_RELATION}\s+monats?\b", _related_month),
        one(
            rf"\b(?P<part>anfang|mitte|ende)\s+(?:des\s+)?(?:{_RELATION}\s+)?monats\b",
            _part_of_related_month,
        ),
        one(
            r"\b(?:am|zum|bis|gegen)\s+(?:zum\s+)?(?P<relation>)monats(?P<part>ende|anfang|mitte)\b",
            _part_of_related_month,
        ),
        one(r"\b(?:am|zum|bis)\s+(?:zum\s+)?jahresende\b", _end_of_year),
    ),
    chapter(
        WEEKDAYS.pattern,
        one(
            rf"(?<!jeden )(?<!alle )\b(?:(?P<figure>[1-5])\.|(?P<place>{ORDINALS.pattern})"
            rf"|(?P<last>letzte[nrms]?))\s+(?P<day>{_WEEKDAY})\s+(?:im|des)\s+"
            rf"(?:{_MONTH}(?P<relation>){_YEAR}|(?:diesen\s+)?monats?)\b",
            _weekday_of_month,
        ),
    ),
    chapter(
        MONTHS.pattern,
        one(
            rf"\b(?:im|bis|ab|seit|fuer|vom|den ganzen|{_RELATION})\s+"
            rf"(?:(?:zum|dem|monat)\s+)?{_MONTH}{_YEAR}\b(?!-)",
            _month_of,
        ),
        one(rf"\b(?:im\s+|den\s+)?{_RELATION}\s+{_MONTH}(?P<year>)\b(?!-)", _month_of),
        one(
            rf"\b(?:am\s+)?letzte[nsm]?\s+wochenende\s+(?:im|des)\s+{_MONTH}s?{_YEAR}\b",
            _last_weekend_of_month,
        ),
        one(rf"\b{_MONTH}\s+(?P<year>20\d\d)(?P<relation>)\b", _month_of),
        one(
            rf"\b(?P<part>anfang|mitte|ende)\s+{_MONTH}(?P<relation>){_YEAR}\b",
            _part_of_month,
        ),
    ),
    chapter(
        f"{feasts.NAMED.pattern}|{feasts.BARE.pattern}",
        one(rf"(?<![\w-])(?P<feast>{feasts.NAMED.pattern}){_FEAST_YEAR}(?![\w-])", _feast),
        one(rf"\b{_AT_FEAST}\s+(?P<feast>{feasts.BARE.pattern}){_FEAST_YEAR}(?![\w-])", _feast),
        one(
            rf"(?<![\w-])(?P<feast>{feasts.BARE.pattern}){_BEHIND_FEAST}{_FEAST_YEAR}(?![\w-])",
            _feast,
        ),
        one(
            rf"\b(?:am\s+)?(?:(?P<day>{_ANY_DAY.pattern})|(?P<weekend>wochenende|weekend)"
            rf"|(?:{_COUNT}\s+)?(?:tage?|days?|(?P<week>wochen?|weeks?)))"
            rf"\s+(?P<side>nach|vor|before|after)\s+(?:de[mnr]\s+|the\s+)?(?P<feast>{feasts.NAMED.pattern}|{feasts.BARE.pattern})"
            rf"{_YEAR}(?![\w-])",
            _by_feast,
        ),
    ),
)
