"""The common date forms of English, Turkish and Ukrainian (folded text)."""

import re
from datetime import timedelta

from nlp.dates.moment import Moment, last_weekend
from nlp.dates.rules import Chapter, Later, Part, Value, chapter, one, several
from nlp.dates.words import (
    CODES,
    EN_MONTHS,
    EN_ORDINALS,
    EN_WEEKDAYS,
    NUMBERS,
    TR_MONTHS,
    TR_WEEKDAYS,
    UK_MONTHS,
    UK_WEEKDAYS,
    Words,
    count,
)

EN_DAYS = Words(
    {
        0: r"today|tonight|this (?:morning|afternoon|evening)",
        1: r"tomorrow|tommorr?ow|tomm?orow|tmr+w?|tomoz",
        2: r"(?:the )?day after tomorrow",
        -1: r"yesterday",
        -2: r"(?:the )?day before yesterday",
    }
)
TR_DAYS = Words(
    {
        0: r"bugue?n|bu (?:sabah|aksam|gece)",
        1: r"yarin",
        2: r"oe?bue?r gue?n",
        -1: r"due?n",
        -2: r"ev(?:v?elsi|elki) gue?n",
    }
)
UK_DAYS = Words({0: "сьогодні", 1: "завтра", 2: "післязавтра", -1: "[ву]чора", -2: "позавчора"})
EN_AHEAD = Words({1: "next|coming", 0: "this", -1: "last|previous|past"})
EN_PART = Words({0: "beginning|start|early", 1: "middle|mid", 2: "end|late"})
EN_PARTS = ((1, 10), (11, 20), (21, None))
TR_AHEAD = Words({1: "gelecek|oe?nue?mue?zdeki|haftaya", 0: "bu", -1: "gecen"})
UK_AHEAD = Words(
    {
        1: "наступн(?:ого|ої|у|ю|ий|і)",
        0: "ц(?:ього|ієї|ю|ей|і)",
        -1: "минул(?:ого|ої|у|ий|і)",
    }
)


class _Tongue:
    """What the forms of one language share: its words, and how they resolve."""

    def __init__(self, days: Words, weekdays: Words, ahead: Words, months: Words) -> None:
        self.days, self.weekdays, self.aheads, self.months = days, weekdays, ahead, months
        self.day = rf"(?P<day>{weekdays.pattern})"
        self.ahead = rf"(?P<ahead>{ahead.pattern})"
        self.month = rf"(?P<month>{months.pattern})"

    def relative(self, match: re.Match[str], moment: Moment) -> Value:
        return moment.day(self.days.number(match["word"]))

    def plain_day(self, match: re.Match[str], moment: Moment) -> Value:
        return moment.weekday(self.weekdays.number(match["day"]))

    def since_day(self, match: re.Match[str], moment: Moment) -> Value:
        return Moment(moment.today, past=True).weekday(self.weekdays.number(match["day"]))

    def related_day(self, match: re.Match[str], moment: Moment) -> Value:
        number, offset = self.weekdays.number(match["day"]), self.aheads.number(match["ahead"])
        if offset < 0:
            return moment.last_weekday(number)
        return moment.next_weekday(number) if offset else moment.weekday(number)

    def day_of_week(self, match: re.Match[str], moment: Moment) -> Value:
        number, offset = self.weekdays.number(match["day"]), self.aheads.number(match["ahead"])
        return moment.weekday_of_week(number, offset)

    def day_and_weeks(self, match: re.Match[str], moment: Moment) -> Value:
        weeks = count(match["count"]) if match["count"] else 1
        return moment.weekday(self.weekdays.number(match["day"])) + timedelta(weeks=weeks)

    def later(self, match: re.Match[str], moment: Moment) -> Value:
        number = self.weekdays.number(match["day"])
        return Later(number, moment.weekday(number) + timedelta(weeks=1))

    def day_to_day(self, match: re.Match[str], moment: Moment) -> tuple[Part, ...]:
        """Read 'from Monday to Wednesday' as days between, after 'move' as the two days."""
        first = moment.weekday(self.weekdays.number(match["first"]))
        last = first + timedelta(days=(self.weekdays.number(match["day"]) - first.weekday()) % 7)
        if not match["move"]:
            return (Part(match.start(), match.end(), (first, last)),)
        return (
            Part(match.start("first"), match.end("first"), first),
            Part(match.start("day"), match.end(), last),
        )

    def weekly(self, match: re.Match[str], moment: Moment) -> tuple[Part, ...]:  # noqa: ARG002
        days = re.finditer(rf"{self.weekdays.pattern}(?=s?\b|l[ea]ri)", match.string[: match.end()])
        return tuple(
            Part(day.start(), day.end(), f"weekly:{CODES[self.weekdays.number(day.group())]}")
            for day in days
            if day.start() >= match.start()
        )

    def week(self, match: re.Match[str], moment: Moment) -> Value:
        return moment.week(self.aheads.number(match["ahead"]))

    def weekend(self, match: re.Match[str], moment: Moment) -> Value:
        if match["ahead"] is None:
            return moment.weekend(-1 if moment.past and moment.today.weekday() < 5 else 0)
        return moment.weekend(self.aheads.number(match["ahead"]))

    def month_of(self, match: re.Match[str], moment: Moment) -> Value | None:
        return moment.month(self.months.number(match["month"]), _year(match))

    def part_of_month(self, match: re.Match[str], moment: Moment) -> Value | None:
        days = moment.month(self.months.number(match["month"]), _year(match))
        if days is None:
            return None
        first, last = EN_PARTS[EN_PART.number(match["part"])]
        return days[0].replace(day=first), days[0].replace(day=last) if last else days[1]

    def related_month(self, match: re.Match[str], moment: Moment) -> Value | None:
        return moment.month_offset(self.aheads.number(match["ahead"]))

    def end_of_month(self, match: re.Match[str], moment: Moment) -> Value | None:
        days = moment.month(self.months.number(match["month"]), None)
        return None if days is None else (days[0].replace(day=21), days[1])

    def date(self, match: re.Match[str], moment: Moment) -> Value | None:
        month = self.months.number(match["month"])
        year = moment.today.year + 1 if match.groupdict().get("next") else _year(match)
        return moment.day_of_month(_number(match["number"]), month, year)

    def date_range(self, match: re.Match[str], moment: Moment) -> Value | None:
        month, year = self.months.number(match["month"]), _year(match)
        last = moment.day_of_month(int(match["number"]), month, year)
        if last is None:
            return None
        own = match.groupdict().get("month_before")
        number = self.months.number(own) if own else month
        first = moment.day_of_month(int(match["first"]), number, last.year - (number > month))
        return (first, last) if first is not None and first <= last else None


def _year(match: re.Match[str]) -> int | None:
    return int(match["year"]) if match["year"] else None


def _number(written: str) -> int:
    return int(written) if written.isdigit() else EN_ORDINALS.number(written)


def _ahead(match: re.Match[str], moment: Moment) -> Value:
    counted = count(match["count"]) if match["count"] else 1
    return moment.day(counted * (7 if match["week"] else 1))


def _from_day(match: re.Match[str], moment: Moment) -> Value:
    days = count(match["count"]) * (7 if match["week"] else 1)
    return moment.day(EN_DAYS.number(match["word"]) + days)


def _part_of_running_month(match: re.Match[str], moment: Moment) -> Value | None:
    days = moment.month_offset(1 if match["next"] else 0)
    first, last = EN_PARTS[EN_PART.number(match["part"])]
    return days and (
        days[0].replace(day=first),
        days[0].replace(day=last) if last else days[1],
    )


def _last_weekend(match: re.Match[str], moment: Moment) -> Value | None:
    days = _EN.month_of(match, moment)
    return last_weekend(days) if isinstance(days, tuple) else None


def _ago(match: re.Match[str], moment: Moment) -> Value:
    return moment.day(-count(match["count"]))


_COUNT = rf"(?P<count>\d{{1,2}}|{NUMBERS.pattern})"
_YEAR = r"(?:,?\s+(?P<year>20\d\d))?"
_EN = _Tongue(EN_DAYS, EN_WEEKDAYS, EN_AHEAD, EN_MONTHS)
_TR = _Tongue(TR_DAYS, TR_WEEKDAYS, TR_AHEAD, TR_MONTHS)
_UK = _Tongue(UK_DAYS, UK_WEEKDAYS, UK_AHEAD, UK_MONTHS)
_ON = rf"(?:on\s+)?(?:{EN_WEEKDAYS.pattern},?\s+)?"
_ORDINAL = r"(?:st|nd|rd|th)?"
_NEXT = r"(?P<next>\s+next\s+year)?"

ENGLISH: tuple[Chapter, ...] = (
    chapter(
        f"{EN_DAYS.pattern}|{EN_WEEKDAYS.pattern}|days?|weeks?",
        one(rf"\b(?P<word>{EN_DAYS.pattern})\b", _EN.relative),
        several(
            rf"\b(?:every|each|always on)\s+(?:\w+\s+)?{_EN.day}s?"
            rf"(?:(?:\s*,\s*|\s+(?:and|or)\s+)(?:every\s+)?{EN_WEEKDAYS.pattern}s?)*\b",
            _EN.weekly,
        ),
        several(rf"\b(?:on\s+)?{_EN.day}s\b(?!')", _EN.weekly),
        one(rf"\b(?:on\s+)?{_EN.ahead}\s+{_EN.day}\b", _EN.related_day),
        one(rf"\b(?:on\s+)?{_EN.day}\s+(?:of\s+)?{_EN.ahead}\s+week\b", _EN.day_of_week),
        one(rf"\b{_EN.ahead}\s+week(?:\s*,|\s+on)?\s+{_EN.day}\b", _EN.day_of_week),
        one(rf"\b(?:a|(?P<count>two|2)) weeks? (?:from|on|after) {_EN.day}\b", _EN.day_and_weeks),
        one(rf"\b{_EN.day} (?P<count>)week\b", _EN.day_and_weeks),
        one(rf"\bthe {_EN.day} (?P<count>)after next\b", _EN.day_and_weeks),
        one(rf"\b(?:the )?{_EN.day} (?:after(?: that)?|following)(?=\s*(?:$|[.,!?]))", _EN.later),
        several(
            rf"\b(?P<move>(?:move|reschedul|postpone|change|shift)[^.!?]{{0,40}} )?from "
            rf"(?P<first>{EN_WEEKDAYS.pattern}) (?:to|until|till) {_EN.day}\b",
            _EN.day_to_day,
        ),
        one(
            rf"\b{_COUNT} (?:days?|(?P<week>weeks?)) (?:from|after) (?P<word>{EN_DAYS.pattern})\b",
            _from_day,
        ),
        one(rf"\b(?:(?:on|since|until|by|for)\s+)?(?<![\w-]){_EN.day}\b", _EN.plain_day),
        one(rf"\bin {_COUNT} (?:days?|(?P<week>weeks?))\b(?:' time)?(?!'| is\b)", _ahead),
        one(rf"\b{_COUNT} days? ago\b", _ago),
    ),
    chapter(
        r"week|month",
        one(rf"\b{_EN.ahead}\s+weekend\b", _EN.weekend),
        one(r"\b(?:on|at|over|since)\s+the\s+(?P<ahead>last\s)?weekend\b", _EN.weekend),
        one(rf"\b{_EN.ahead}\s+week\b", _EN.week),
        one(rf"\b{_EN.ahead}\s+month\b", _EN.related_month),
        one(
            rf"\b(?:the\s+)?(?P<part>{EN_PART.pattern}) of (?:the|this|(?P<next>next)) month\b",
            _part_of_running_month,
        ),
        one(rf"\b(?:the )?last weekend (?:of|in) {_EN.month}{_YEAR}\b", _last_weekend),
    ),
    chapter(
        EN_MONTHS.pattern,
        one(rf"\b(?:in|since|until|during|for)\s+{_EN.month}{_YEAR}\b", _EN.month_of),
        one(
            rf"\b(?:the\s+)?(?P<part>{EN_PART.pattern})[\s-](?:of\s+)?{_EN.month}{_YEAR}\b",
            _EN.part_of_month,
        ),
        one(
            rf"\b{_ON}(?:(?:on\s+)?the\s+)?(?P<number>\d{{1,2}}(?={_ORDINAL}\s)|{EN_ORDINALS.pattern}(?=\s+of)){_ORDINAL}\s+(?:of\s+)?{_EN.month}{_YEAR}{_NEXT}(?!\w)",
            _EN.date,
        ),
        one(
            rf"\b{_ON}(?:(?<=\w\s)|(?=\w{{5}}|may|june|july)){_EN.month}\s+(?:the\s+)?(?P<number>\d{{1,2}}(?={_ORDINAL}\b)|{EN_ORDINALS.pattern})"
            rf"{_ORDINAL}\b{_YEAR}{_NEXT}(?!\s+(?:jahre|people|cars|days|weeks|hours|times|abreast))",
            _EN.date,
        ),
        one(
            rf"\bbetween\s+(?:the\s+)?(?P<first>\d{{1,2}}){_ORDINAL}\s+and\s+(?:the\s+)?"
            rf"(?P<number>\d{{1,2}}){_ORDINAL}\s+(?:of\s+)?{_EN.month}{_YEAR}(?!\w)",
            _EN.date_range,
        ),
        one(
            rf"\b(?:between\s+|from\s+)?(?P<month_before>{EN_MONTHS.pattern})\s+(?P<first>\d{{1,2}})"
            rf"{_ORDINAL}\s*(?:and|-|to|until|till)\s*{_EN.month}\s+(?P<number>\d{{1,2}}){_ORDINAL}\b{_YEAR}",
            _EN.date_range,
        ),
        one(
            rf"\b(?:from\s+)?(?:the\s+)?(?P<first>\d{{1,2}}){_ORDINAL}\s*(?:-|to|until|till)\s*"
            rf"(?:the\s+)?(?P<number>\d{{1,2}}){_ORDINAL}\s+(?:of\s+)?{_EN.month}{_YEAR}\b",
            _EN.date_range,
        ),
        one(
            rf"\b(?:from\s+)?{_EN.month}\s+(?P<first>\d{{1,2}}){_ORDINAL}\s*(?:-|to|until|till)\s*"
            rf"(?:(?P=month)\s+)?(?P<number>\d{{1,2}}){_ORDINAL}{_YEAR}\b",
            _EN.date_range,
        ),
    ),
)
ENGLISH_IN_GERMAN: tuple[Chapter, ...] = (
    chapter("day|morrow", one(r"\b(?P<word>today|tomorrow|yesterday)\b", _EN.relative)),
)

_TR_BEFORE_MARKET = r"(?!\s+(?:pazar[iy]|ne)\w*)"

TURKISH: tuple[Chapter, ...] = (
    chapter(
        f"{TR_DAYS.pattern}|{TR_WEEKDAYS.pattern}|gue?n|hafta",
        one(rf"\b(?P<word>{TR_DAYS.pattern})(?!\w)", _TR.relative),
        several(rf"\bher\s+{_TR.day}(?!\w)", _TR.weekly),
        several(rf"\b{_TR.day}(?:\s+gue?nleri|leri|lari)(?!\w)", _TR.weekly),
        one(rf"\b{_TR.ahead}\s+{_TR.day}(?!\w){_TR_BEFORE_MARKET}", _TR.related_day),
        one(
            rf"\b(?:haftaya|(?P<ahead>gelecek|oe?nue?mue?zdeki)\s+hafta)\s+{_TR.day}(?!\w)",
            lambda match, moment: moment.weekday_of_week(TR_WEEKDAYS.number(match["day"]), 1),
        ),
        one(rf"\b(?!pazar\b){_TR.day}(?!\w){_TR_BEFORE_MARKET}", _TR.plain_day),
        one(rf"\b{_TR.day}\s+beri(?!\w)", _TR.since_day),
        one(r"\b(?P<day>pazar)\s+gue?nu?e?(?!\w)", _TR.plain_day),
        one(rf"\b(?:{_TR.ahead}\s+)?hafta\s?sonu(?:n?da)?(?!\w)", _TR.weekend),
        one(rf"\b{_TR.ahead}\s+hafta(?!\w)", _TR.week),
        one(
            rf"\b{_COUNT}\s+(?:gue?n|(?P<week>hafta))\s+sonra(?:\s+bugue?n)?(?!\w)",
            _ahead,
        ),
        one(rf"\b{_COUNT}\s+gue?n\s+(?:oe?nce|evvel)(?!\w)", _ago),
    ),
    chapter(
        TR_MONTHS.pattern,
        one(
            rf"\b(?P<number>\d{{1,2}})\s+{_TR.month}(?:\s+(?P<year>20\d\d))?(?:'?\w{{1,4}})?"
            rf"(?:\s+{TR_WEEKDAYS.pattern})?(?!\w)",
            _TR.date,
        ),
        one(
            rf"\b(?P<first>\d{{1,2}})(?:\s*-\s*|\s+(?:ile|ila|ve)\s+)(?P<number>\d{{1,2}})\s+{_TR.month}"
            r"(?:\s+(?P<year>20\d\d))?(?:'?\w{1,4})?(?:\s+aras\w+)?(?!\w)",
            _TR.date_range,
        ),
        one(rf"\b{_TR.month}{_YEAR}\s+ayi(?:nda)?(?!\w)", _TR.month_of),
        one(
            rf"\b{_TR.month}(?:\s+ayi)?\s+sonu\w*(?!\w)",
            _TR.end_of_month,
        ),
    ),
)

_UK_FROM = rf"\b(?:з|із|від)\s+{_UK.day}(?!\w)"
UKRAINIAN: tuple[Chapter, ...] = (
    chapter(
        f"{UK_DAYS.pattern}|{UK_WEEKDAYS.pattern}|вихідн|тиж|дні|день",
        one(rf"\b(?P<word>{UK_DAYS.pattern})(?!\w)", _UK.relative),
        several(rf"\b(?:щоразу у|кожн(?:ого|у|ий|ої))\s+{_UK.day}(?!\w)", _UK.weekly),
        several(rf"\bщо{_UK.day}(?!\w)", _UK.weekly),
        several(rf"\bпо\s+{_UK.day}(?<=х)(?!\w)", _UK.weekly),
        one(rf"\b(?:[ув] |на |до )?{_UK.ahead}\s+{_UK.day}(?!\w)", _UK.related_day),
        one(rf"\b(?:[ув]|на|до|після|к)\s+{_UK.day}(?!\w)", _UK.plain_day),
        one(rf"{_UK_FROM}(?!\s+(?:до|по)\b)", _UK.since_day),
        one(rf"\b(?:на|[ув])\s+(?:{_UK.ahead}\s+)?вихідн(?:их|і|ими)(?!\w)", _UK.weekend),
        one(rf"\b(?:на )?{_UK.ahead}\s+тиж(?:ня|день|ні)(?!\w)", _UK.week),
        one(
            rf"\bчерез\s+(?:{_COUNT}\s+)?(?:дні|днів|день|(?P<week>тижн(?:і|ів)|тиждень))(?!\w)",
            _ahead,
        ),
        one(rf"\b{_COUNT}\s+(?:дні|днів|день)\s+тому(?!\w)", _ago),
    ),
    chapter(
        UK_MONTHS.pattern,
        one(
            rf"\b(?:(?:[ув]|до|на)\s+{UK_WEEKDAYS.pattern},?\s+)?(?P<number>\d{{1,2}})\s+{_UK.month}{_YEAR}"
            r"(?!\w)",
            _UK.date,
        ),
        one(
            rf"\b(?:з|із|від|між)\s+(?P<first>\d{{1,2}})(?:-?го|-?м)?\s+(?:по|до|і|й|та)\s+(?P<number>\d{{1,2}})"
            rf"(?:-?го|-?те|-?е)?\s+{_UK.month}{_YEAR}(?!\w)",
            _UK.date_range,
        ),
        one(
            rf"\b(?:(?:до|[ву])\s+кінц[яі]|наприкінці)\s+{_UK.month}(?!\w)",
            _UK.end_of_month,
        ),
        one(rf"\b[ув]\s+{_UK.month}(?<=ні){_YEAR}(?!\w)", _UK.month_of),
    ),
)
