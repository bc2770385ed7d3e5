"""The German date grammar, with Rhineland and Swiss forms (folded text)."""

import re
from datetime import date, timedelta

from nlp.dates.moment import Moment
from nlp.dates.rules import Chapter, Later, Part, Value, chapter, one, several
from nlp.dates.words import (
    CODES,
    DAYS,
    NUMBERS,
    ORDINALS,
    PART_OF_DAY,
    RELATIONS,
    SHORT_DAYS,
    WEEKDAYS,
    count,
)

_WEEKDAY = WEEKDAYS.pattern
_RELATION = rf"(?P<relation>{RELATIONS.pattern})"
_PREPOSITION = r"(?:am|an|bis|seit|ab|vom|zum|fuer|auf|der|den|dem|des|im|in|zu)"
_LEAD = rf"\b(?:{_PREPOSITION}\s+){{0,2}}"
_WEEKEND = r"woch(?:en|e|n)?(?:ende?|ede)"
_COUNT = rf"(?P<count>\d{{1,3}}|{NUMBERS.pattern})"
_AND = r"(?:\s*[,/&+]\s*|\s+(?:und|oder|bzw\.?|sowie|u\.|o\.)\s+)(?:(?:am|an|den|jeden|auf)\s+)?"
_ONE_DAY = rf"{_WEEKDAY}(?:[\s-]?{PART_OF_DAY}s?)?(?!\w)"
_DAY = rf"(?P<day>{_WEEKDAY})(?:[\s-]?{PART_OF_DAY})?(?!\w)"
_DAYS = rf"(?P<days>{_ONE_DAY}(?:{_AND}{_ONE_DAY})*)"
_HABIT_DAY = rf"{_WEEKDAY}(?:[\s-]?{PART_OF_DAY})?[se]?(?!\w)"
_SHORT = rf"{SHORT_DAYS.pattern}(?:\.|\b)"
_EVERY = r"(?:jede[nrms]?|alle|immer(?: wieder)?(?: a[mn])?|jeweils(?: a[mn])?|stets(?: am)?)"
_WHICH = rf"(?:(?:{ORDINALS.pattern}|letzte[nrs]?|[1-5]\.)\s+(?:und\s+)?){{0,2}}"
_A_DAY = re.compile(rf"\b(?:(?P<long>{_WEEKDAY})|(?P<short>{SHORT_DAYS.pattern})\b)\w*")


def _places(match: re.Match[str], group: str) -> list[tuple[int, int, int]]:
    """Return start, end and number of each weekday in a group of `match`."""
    days = _A_DAY.finditer(match.string, match.start(group), match.end(group))
    return [(day.start(), day.end(), _weekday(day)) for day in days]


def _weekday(day: re.Match[str]) -> int:
    return WEEKDAYS.number(day["long"]) if day["long"] else SHORT_DAYS.number(day["short"])


def _following(match: re.Match[str], first: date) -> tuple[Part, ...]:
    """Return the days of `match`: `first`, and each other as the next one after it."""
    parts, day, start = [], first, match.start()
    for begin, end, number in _places(match, "days"):
        day += timedelta(days=(number - day.weekday()) % 7)
        parts.append(Part(start if begin == match.start("days") else begin, end, day))
    last = parts[-1]
    return (*parts[:-1], Part(last.start, match.end(), last.value))


def _first(match: re.Match[str]) -> int:
    return _places(match, "days")[0][2]


def _plain_days(match: re.Match[str], moment: Moment) -> tuple[Part, ...]:
    return tuple(
        Part(begin, end, moment.weekday(number)) for begin, end, number in _places(match, "days")
    )


def _related_days(match: re.Match[str], moment: Moment) -> tuple[Part, ...]:
    number, offset = _first(match), RELATIONS.number(match["relation"])
    if offset < 0:
        day = moment.last_weekday(number) + timedelta(weeks=offset + 1)
    elif offset == 0:
        day = moment.weekday(number)
    else:
        day = moment.next_weekday(number) + timedelta(weeks=offset - 1)
    return _following(match, day)


def _days_of_week(match: re.Match[str], moment: Moment) -> tuple[Part, ...]:
    offset = RELATIONS.number(match["relation"])
    return _following(match, moment.weekday_of_week(_first(match), offset))


def _range_of_week(match: re.Match[str], moment: Moment) -> Value:
    offset = RELATIONS.number(match["relation"])
    return _until(moment.weekday_of_week(WEEKDAYS.number(match["first"]), offset), match)


def _range_of_days(match: re.Match[str], moment: Moment) -> Value:
    return _until(moment.weekday(WEEKDAYS.number(match["first"])), match)


def _from_day_to_day(match: re.Match[str], moment: Moment) -> tuple[Part, ...]:
    """Read 'von Samstag auf Sonntag' as the night, other days as a move from one to the other."""
    first = moment.weekday(WEEKDAYS.number(match["first"]))
    last = first + timedelta(days=(WEEKDAYS.number(match["last"]) - first.weekday()) % 7)
    if last - first == timedelta(days=1):
        return (Part(match.start(), match.end(), (first, last)),)
    return (
        Part(match.start(), match.end("first"), first),
        Part(match.start("last"), match.end(), last),
    )


def _later(match: re.Match[str], moment: Moment) -> Value:
    number = WEEKDAYS.number(match["day"])
    return Later(number, moment.weekday(number) + timedelta(weeks=1))


def _same_day_later(match: re.Match[str], moment: Moment) -> Value:  # noqa: ARG001 shape of a rule
    return Later(None, None)


def _until(first: date, match: re.Match[str]) -> Value:
    length = (WEEKDAYS.number(match["last"]) - first.weekday()) % 7
    return first, first + timedelta(days=length)


def _habits(match: re.Match[str], moment: Moment) -> tuple[Part, ...]:  # noqa: ARG001 shape of a rule
    return tuple(
        Part(begin, end, f"weekly:{CODES[number]}") for begin, end, number in _places(match, "days")
    )


def _days_to(match: re.Match[str]) -> int | None:
    """Return the days that `count` and `unit` make; 'acht Tage' are a week."""
    counted = count(match["count"])
    if match["unit"].startswith("w"):
        return 7 * counted if counted <= 60 else None
    if match["count"] == "acht":
        return 7
    return counted if counted <= 366 else None


def _day_and_count(match: re.Match[str], moment: Moment) -> Value | None:
    days = 7 if match["count"] == "8" else _days_to(match)
    number = WEEKDAYS.number(match["day"])
    if match["ago"]:
        return moment.weekday_of_week(number, -1) if days == 7 else None
    return None if days is None else moment.weekday(number) + timedelta(days=days)


def _relative_and_count(match: re.Match[str], moment: Moment) -> Value | None:
    days = _days_to(match)
    if days is None:
        return None
    return moment.day(DAYS.number(match["word"]) + (-days if match["ago"] else days))


_STOP = re.compile(r"[.!?\n]")
_PROMISE = re.compile(
    r"[^.!?\n]*\b(?:wirk\w*|ver(?:doppel|dreifach|dien)\w*|reich|garantiert|schlank|abnehmen"
    r"|abgenommen|ge(?:heilt|lernt|wonnen)|\d+ ?(?:kilo|kg|%|prozent))"
)


def _in_days(match: re.Match[str], moment: Moment) -> Value | None:
    """Read 'in 3 Tagen', which in the past and in a promise is a length of time."""
    days = _days_to(match)
    near = match.string[max(0, match.start() - 30) : match.start()]
    clause = _STOP.split(near)[-1] + match.string[match.start() :]
    return None if days is None or moment.past or _PROMISE.match(clause) else moment.day(days)


def _days_ago(match: re.Match[str], moment: Moment) -> Value | None:
    days = _days_to(match)
    return None if days is None else moment.day(-days)


_GREETED = re.compile(
    r"\b(?:[gj]ute[nr]?|schoene[nr]?|jede[nrs]?|am|bis zum|diesen|vom|naechsten|eines|ganzen?"
    r"|de[nrms]|fruehen|spaeten|selben|gleichen|gegen|'?n|zum|manche[nr]|vorigen)\s*$"
)
_GREETING_AFTER = re.compile(
    r"\s*(?:[,!.]|zusammen|liebe|ihr\b|leute|allerseits|stadt|herr|frau|team|hallo|ich|wir)"
)


def _relative(match: re.Match[str], moment: Moment) -> Value | None:
    offset = DAYS.number(match["word"])
    if offset == 1:
        before = match.string[max(0, match.start() - 14) : match.start()]
        if _GREETED.search(before):
            return None
        opens = match.start() < 6 and not re.search(r"\w", before)
        if opens and _GREETING_AFTER.match(match.string, match.end()):
            return None
    return moment.day(offset)


def _weekend(match: re.Match[str], moment: Moment) -> Value:
    relation = match["relation"]
    if relation is None:
        return moment.weekend(-1 if moment.past and moment.today.weekday() < 5 else 0)
    if relation.startswith("kommend"):
        return moment.weekend(1 if moment.today.weekday() >= 5 else 0)
    return moment.weekend(RELATIONS.number(relation))


def _week(match: re.Match[str], moment: Moment) -> Value:
    return moment.week(RELATIONS.number(match["relation"]))


def _calendar_week(match: re.Match[str], moment: Moment) -> Value | None:
    return moment.calendar_week(int(match["before"] or match["after"]))


_UNIT = r"(?P<unit>tage?n?|wochen?)"

RULES: tuple[Chapter, ...] = (
    chapter(
        WEEKDAYS.pattern,
        several(
            rf"\b{_EVERY}\s+{_WHICH}(?P<days>{_HABIT_DAY}(?:{_AND}{_HABIT_DAY})*)(?:\s+im monat)?",
            _habits,
        ),
        several(
            rf"(?<!des )(?<!eines )(?<![\w-])(?P<days>{_WEEKDAY}(?:{PART_OF_DAY})?s)(?!\w)", _habits
        ),
        several(rf"\ban\s+(?:den\s+|allen\s+)?(?P<days>{_WEEKDAY}en)(?!\w)", _habits),
        several(rf"{_LEAD}{_RELATION}\s+{_DAYS}", _related_days),
        several(
            rf"{_LEAD}{_RELATION}\s+woche?\s*,?\s*(?:(?:a[mb]|den|bis|gleich|und|zwar)\s+)*{_DAYS}",
            _days_of_week,
        ),
        several(rf"{_LEAD}{_DAYS}\s+(?:in\s+)?(?:der\s+)?{_RELATION}\s+woche?\b", _days_of_week),
        one(
            rf"{_LEAD}{_RELATION}\s+woche?\s*,?\s*(?:von\s+)?(?P<first>{_WEEKDAY})"
            rf"\s*(?:bis(?: zum)?|-)\s*(?P<last>{_WEEKDAY})(?!\w)",
            _range_of_week,
        ),
        one(rf"{_LEAD}{_DAY}\s+(?:in|(?P<ago>vor))\s+{_COUNT}\s+{_UNIT}\b", _day_and_count),
        one(
            rf"\b(?:von\s+|vom\s+)?(?P<first>{_WEEKDAY})\s*(?:bis(?: zum)?|-)\s*"
            rf"(?P<last>{_WEEKDAY})(?!\w)",
            _range_of_days,
        ),
        several(
            rf"\bvo[nm]\s+(?P<first>{_WEEKDAY})\s+auf\s+(?:den\s+)?(?P<last>{_WEEKDAY})(?!\w)",
            _from_day_to_day,
        ),
        several(rf"{_LEAD}(?<![\w-])(?P<days>{_ONE_DAY})", _plain_days),
        one(rf"{_LEAD}(?<![\w-]){_DAY}\s+(?:da?rauf|danach)\b", _later),
    ),
    chapter(
        rf"\b{SHORT_DAYS.pattern}\b",
        several(
            rf"\b(?:am|naechsten|kommenden|diesen|letzten|seit|bis|ab)\s+"
            rf"(?P<days>{_SHORT}(?:{_AND}{_SHORT})*)(?=[\s,!?)]|$)"
            r"(?!\s+(?:ein|viel|was|gut|weit|lange|bald))",
            _plain_days,
        ),
        several(
            rf"(?<!\w)(?P<days>(?P<one>{SHORT_DAYS.pattern})\.?\s*(?:und|oder|/|&|\+)\s*"
            rf"(?!(?P=one)\b)(?!so (?:\w|$)){_SHORT})(?=[\s,!?)]|$)",
            _plain_days,
        ),
        several(
            rf"{_LEAD}{_RELATION}\s+woche?\s+(?:am\s+)?(?P<days>{_SHORT}(?:{_AND}{_SHORT})*)"
            r"(?=[\s,!?)]|$)",
            _days_of_week,
        ),
        several(rf"\bjeden\s+(?P<days>{_SHORT}(?:{_AND}{_SHORT})*)(?=[\s,!?)]|$)", _habits),
        several(rf"\b{_EVERY}\s+(?P<days>{_SHORT}(?:{_AND}{_SHORT})+)(?=[\s,!?)]|$)", _habits),
    ),
    chapter(
        DAYS.pattern,
        one(rf"(?<![\w-])(?P<word>{DAYS.pattern})(?:\s+{PART_OF_DAY})?(?![\w-])", _relative),
        one(
            rf"\b(?P<word>{DAYS.pattern})\s+(?:in|(?P<ago>vor))\s+{_COUNT}\s+{_UNIT}\b",
            _relative_and_count,
        ),
    ),
    chapter(
        r"tag|woch|kw|rauf",
        one(rf"\bin\s+{_COUNT}\s+{_UNIT}\b(?!\s*(?:lang|frist))", _in_days),
        one(rf"\bvor\s+{_COUNT}\s+(?P<unit>tage?n?)\b", _days_ago),
        one(
            rf"\b(?:uebers?|zum|fuers|das|dem|{_PREPOSITION})\s+(?:(?:das|dem)\s+)?"
            rf"{_RELATION}?\s*{_WEEKEND}\b",
            _weekend,
        ),
        one(rf"\b{_RELATION}\s+{_WEEKEND}\b", _weekend),
        one(rf"{_LEAD}{_RELATION}\s+woche?\b", _week),
        one(
            r"\b(?:anfang|mitte|ende)\s+der\s+woche\b",
            lambda _, moment: moment.week(0),
        ),
        one(
            r"\b(?:sondern|oder|lieber|auf)\s+(?:(?:am|erst|auf)\s+)?(?:den|dem|der)\s+da?rauf\b"
            r"(?!\s+\w)",
            _same_day_later,
        ),
        one(
            r"\b(?:in\s+)?(?:der\s+)?(?:kw|kalenderwoche)\s*(?P<after>\d{1,2})\b"
            r"|\b(?:in\s+der\s+)?(?P<before>\d{1,2})\.\s?(?:kw|kalenderwoche)\b",
            _calendar_week,
        ),
    ),
)
