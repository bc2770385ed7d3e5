"""The common date forms of English, Turkish and Ukrainian (folded text)."""

import re
from datetime import timedelta

from nlp.dates.moment import Moment
from nlp.dates.rules import Rule, Value, blocked, one
from nlp.dates.words import (
    CODES,
    EN_MONTH_LONG,
    EN_WEEKDAY,
    MONTH_NUMBER,
    NUMBER,
    NUMBERS,
    TR_MONTH,
    TR_WEEKDAY,
    UK_MONTH,
    UK_WEEKDAY,
    weekday,
)

_OFFSETS = {
    "today": 0, "tonight": 0, "tomorrow": 1, "tommorow": 1, "tomorow": 1, "yesterday": -1,
    "the day after tomorrow": 2, "day after tomorrow": 2, "the day before yesterday": -2,
    "bugun": 0, "buguen": 0, "yarin": 1, "dun": -1, "duen": -1, "obur gun": 2, "evvelsi gun": -2,
    "сьогодні": 0, "завтра": 1, "післязавтра": 2, "вчора": -1, "учора": -1, "позавчора": -2,
}  # fmt: skip
_AHEAD = {
    "next": 1, "coming": 1, "this": 0, "last": -1, "previous": -1, "gelecek": 1, "onumuzdeki": 1,
    "oenuemuezdeki": 1, "haftaya": 1, "bu": 0, "gecen": -1, "наступн": 1, "цьо": 0, "ціє": 0,
    "минул": -1, "ці": 0, "цю": 0,
}  # fmt: skip


def _ahead(word: str) -> int:
    return next(offset for start, offset in _AHEAD.items() if word.startswith(start))


def _relative(match: re.Match[str], moment: Moment) -> Value:
    return moment.day(_OFFSETS[" ".join(match["word"].split())])


def _words(*words: str) -> str:
    return r"\b(?P<word>" + "|".join(words) + r")(?!\w)"


def _plain_day(match: re.Match[str], moment: Moment) -> Value:
    return moment.weekday(weekday(match["day"]))


def _related_day(match: re.Match[str], moment: Moment) -> Value:
    number = weekday(match["day"])
    offset = _ahead(match["relation"])
    if offset < 0:
        return moment.last_weekday(number)
    return moment.next_weekday(number) if offset else moment.weekday(number)


def _day_of_week(match: re.Match[str], moment: Moment) -> Value:
    return moment.weekday_of_week(weekday(match["day"]), _ahead(match["relation"]))


def _weekly(match: re.Match[str], moment: Moment) -> Value:  # noqa: ARG001 shape of a rule
    return f"weekly:{CODES[weekday(match['day'])]}"


def _week(match: re.Match[str], moment: Moment) -> Value:
    return moment.week(_ahead(match["relation"]))


def _weekend(match: re.Match[str], moment: Moment) -> Value:
    relation = match["relation"]
    return moment.weekend(_ahead(relation) if relation else 0)


def _month(match: re.Match[str], moment: Moment) -> Value | None:
    year = match["year"]
    return moment.month(MONTH_NUMBER[match["month"]], int(year) if year else None)


def _related_month(match: re.Match[str], moment: Moment) -> Value | None:
    return moment.month_offset(_ahead(match["relation"]))


def _date(match: re.Match[str], moment: Moment) -> Value | None:
    year = match["year"]
    month = _month_number(match["month"])
    if month is None:
        return None
    return moment.day_of_month(int(match["day"]), month, int(year) if year else None)


def _month_number(written: str) -> int | None:
    if written in MONTH_NUMBER:
        return MONTH_NUMBER[written]
    same = (number for name, number in MONTH_NUMBER.items() if name.startswith(written[:4]))
    return next(same, None)


def _count(word: str) -> int:
    return int(word) if word.isdigit() else NUMBERS[word]


def _from_now(days: int) -> Rule:
    unit = "days?" if days == 1 else "weeks?"

    def value(match: re.Match[str], moment: Moment) -> Value | None:
        count = _count(match["count"])
        return moment.today + timedelta(days=days * count) if count < 100 else None

    return one(rf"\bin (?P<count>\d{{1,2}}|{NUMBER}) {unit}\b(?!')", value)


def _ago(match: re.Match[str], moment: Moment) -> Value | None:
    return moment.day(-_count(match["count"]))


_YEAR = r"(?:,?\s+(?P<year>20\d\d))?"

ENGLISH: tuple[Rule, ...] = (
    blocked(r"\bhave a (?:nice|good|great) (?:weekend|day|week)\b"),
    one(
        _words(
            "the day after tomorrow",
            "day after tomorrow",
            "the day before yesterday",
            "today",
            "tonight",
            "tomorrow",
            "tommorow",
            "tomorow",
            "yesterday",
        ),
        _relative,
    ),
    one(rf"\b(?:every|each|always on)\s+(?P<day>{EN_WEEKDAY})s?\b", _weekly),
    one(rf"\b(?:on\s+)?(?P<day>{EN_WEEKDAY})s\b(?!')", _weekly),
    one(
        rf"\b(?:on\s+)?(?P<relation>next|this|last|coming|previous)\s+(?P<day>{EN_WEEKDAY})\b",
        _related_day,
    ),
    one(rf"\b(?P<day>{EN_WEEKDAY})\s+(?P<relation>next|this|last)\s+week\b", _day_of_week),
    one(
        rf"\b(?P<relation>next|this|last)\s+week(?:\s+on)?\s+(?P<day>{EN_WEEKDAY})\b", _day_of_week
    ),
    one(rf"\b(?:(?:on|since|until|by|for)\s+)?(?P<day>{EN_WEEKDAY})\b", _plain_day),
    one(r"\b(?P<relation>next|this|last|coming)\s+weekend\b", _weekend),
    one(r"\b(?:on|at|over)\s+the\s+(?P<relation>)weekend\b", _weekend),
    one(r"\b(?P<relation>next|this|last|coming)\s+week\b", _week),
    one(r"\b(?P<relation>next|this|last)\s+month\b", _related_month),
    one(rf"\b(?:in|since|until|during|for)\s+(?P<month>{EN_MONTH_LONG}){_YEAR}\b", _month),
    one(
        rf"\b(?:(?:on\s+)?the\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd"
        rf"|th)?\s+(?:of\s+)?(?P<month>{EN_MONTH_LONG}){_YEAR}\b",
        _date,
    ),
    one(
        rf"\b(?:on\s+)?(?P<month>{EN_MONTH_LONG})\s+(?:the\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd"
        rf"|th)?\b{_YEAR}",
        _date,
    ),
    _from_now(1),
    _from_now(7),
    one(rf"\b(?P<count>\d{{1,2}}|{NUMBER}) days? ago\b", _ago),
)
ENGLISH_IN_GERMAN: tuple[Rule, ...] = (one(_words("today", "tomorrow", "yesterday"), _relative),)

TURKISH: tuple[Rule, ...] = (
    one(_words("bugun", "buguen", "yarin", "dun", "duen"), _relative),
    one(rf"\b(?:her)\s+(?P<day>{TR_WEEKDAY})\b", _weekly),
    one(rf"\b(?P<day>{TR_WEEKDAY})\s+g(?:u|ue)nleri\b", _weekly),
    one(
        rf"\b(?P<relation>gelecek|onumuzdeki|oenuemuezdeki|bu"
        rf"|gecen)\s+(?P<day>{TR_WEEKDAY})\b(?!\s+ne)",
        _related_day,
    ),
    one(r"\b(?P<day>pazartesi|sali|carsamba|persembe|cumartesi|cuma)\b", _plain_day),
    one(r"\b(?P<day>pazar)\s+g(?:u|ue)n(?:u|ue)\b", _plain_day),
    one(r"\b(?:(?P<relation>bu|gelecek|gecen)\s+)?hafta\s?sonu\b", _weekend),
    one(r"\b(?P<relation>bu|gelecek|onumuzdeki|oenuemuezdeki|gecen)\s+hafta\b", _week),
    one(rf"\b(?P<day>\d{{1,2}})\s+(?P<month>{TR_MONTH})(?:\s+(?P<year>20\d\d))?\w{{0,4}}\b", _date),
)

UKRAINIAN: tuple[Rule, ...] = (
    one(_words("сьогодні", "завтра", "післязавтра", "вчора", "учора", "позавчора"), _relative),
    one(rf"\b(?:щоразу у|кожн(?:ого|у|ий|ої))\s+(?P<day>{UK_WEEKDAY})(?!\w)", _weekly),
    one(
        r"\bщо(?P<day>понеділка|вівторка|середи|четверга|п['ʼ]?ятниці|суботи|неділі)(?!\w)", _weekly
    ),
    one(
        rf"\b(?:у |в )?(?P<relation>наступн|минул|ц)(?:ого|ої|у|ю|ьому|ієї"
        rf"|ий)\s+(?P<day>{UK_WEEKDAY})(?!\w)",
        lambda match, moment: (
            moment.last_weekday(weekday(match["day"]))
            if match["relation"] == "минул"
            else moment.next_weekday(weekday(match["day"]))
            if match["relation"] == "наступн"
            else moment.weekday(weekday(match["day"]))
        ),
    ),
    one(rf"\b(?:у|в|на|до|з)\s+(?P<day>{UK_WEEKDAY})(?!\w)", _plain_day),
    one(r"\b(?:на|у|в)\s+(?P<relation>ці|наступні|минулі)?\s?вихідн(?:их|і|ими)(?!\w)", _weekend),
    one(r"\b(?P<relation>наступного|цього|минулого)\s+тижня(?!\w)", _week),
    one(rf"\b(?P<day>\d{{1,2}})\s+(?P<month>{UK_MONTH})(?:\s+(?P<year>20\d\d))?(?!\w)", _date),
)
