"""The German date grammar, with Rhineland and Swiss forms (folded text)."""

import re
from datetime import date, timedelta

from nlp.dates import feasts
from nlp.dates.moment import Moment
from nlp.dates.rules import Rule, Value, blocked, one
from nlp.dates.words import (
    AFTER_NEXT,
    CODES,
    DE_MONTH_LONG,
    LAST,
    MONTH_NUMBER,
    NEXT,
    NUMBER,
    NUMBERS,
    PART_OF_DAY,
    RELATION,
    THIS,
    WEEKDAY,
    weekday,
)

_DAY = rf"(?P<day>{WEEKDAY})(?:{PART_OF_DAY})?(?!\w)"
_PREPOSITION = r"(?:am|an|bis|seit|ab|vom|zum|fuer|auf|der|den|dem|im|in der|in|zu)"
_WEEKS = ((AFTER_NEXT, 2), (NEXT, 1), (LAST, -1), (THIS, 0))


def _offset(relation: str) -> int:
    """Return how many weeks a relation word points ahead."""
    return next(weeks for pattern, weeks in _WEEKS if re.fullmatch(pattern, relation))


def _plain_day(match: re.Match[str], moment: Moment) -> Value:
    return moment.weekday(weekday(match["day"]))


def _related_day(match: re.Match[str], moment: Moment) -> Value:
    number = weekday(match["day"])
    offset = _offset(match["relation"])
    if offset == -1:
        return moment.last_weekday(number)
    if offset == 0:
        return moment.weekday(number)
    return moment.next_weekday(number) + timedelta(weeks=offset - 1)


def _day_of_week(match: re.Match[str], moment: Moment) -> Value:
    return moment.weekday_of_week(weekday(match["day"]), _offset(match["relation"]))


def _day_and_weeks(match: re.Match[str], moment: Moment) -> Value:
    weeks = {"acht": 1, "8": 1, "vierzehn": 2, "14": 2}.get(match["count"])
    if weeks is None:
        weeks = _number(match["count"])
    return moment.weekday(weekday(match["day"])) + timedelta(weeks=weeks)


def _weekly(match: re.Match[str], moment: Moment) -> Value:  # noqa: ARG001 shape of a rule
    return f"weekly:{CODES[weekday(match['day'])]}"


def _range_of_days(match: re.Match[str], moment: Moment) -> Value:
    first = moment.weekday(weekday(match["first"]))
    length = (weekday(match["last"]) - first.weekday()) % 7
    return first, first + timedelta(days=length)


_RELATIVE = {
    "heute": 0, "heut": 0, "hueck": 0, "huet": 0, "hued": 0, "uebermorgen": 2,
    "ueberuebermorgen": 3,
    "uebermorn": 2, "ubermorgen": 2, "uebermorje": 2, "gestern": -1, "gester": -1, "jestern": -1,
    "geschter": -1, "vorgestern": -2, "vorvorgestern": -3, "morgen": 1, "morn": 1, "vorjestern": -2,
}  # fmt: skip
_GREETED = re.compile(
    r"\b(?:guten?|schoenen?|jeden|jede|am|diesen|vom|naechsten|eines|frueh am|ganzen|den|der"
    r"|dem)\s*$"
)
_GREETING_AFTER = re.compile(
    r"\s*(?:,|!|\.|$|zusammen|liebe|ihr\b|leute|allerseits|stadt|herr|frau|team|hallo|ich|wir)"
)


def _relative(match: re.Match[str], moment: Moment) -> Value | None:
    word = match["word"]
    text = match.string
    if word == "morgen":
        before = text[max(0, match.start() - 14) : match.start()]
        if _GREETED.search(before):
            return None
        first = not re.search(r"\w", before)
        if first and match.start() < 6 and _GREETING_AFTER.match(text, match.end()):
            return None
    return moment.day(_RELATIVE[word])


def _number(word: str) -> int:
    return int(word) if word.isdigit() else NUMBERS[word]


def _in_days(match: re.Match[str], moment: Moment) -> Value | None:
    count = 7 if match["count"] == "acht" else _number(match["count"])
    return moment.day(count) if count <= 366 else None


def _in_weeks(match: re.Match[str], moment: Moment) -> Value | None:
    count = _number(match["count"])
    return moment.day(7 * count) if count <= 60 else None


def _days_ago(match: re.Match[str], moment: Moment) -> Value | None:
    count = _number(match["count"])
    return moment.day(-count) if count <= 366 else None


def _weekend(match: re.Match[str], moment: Moment) -> Value:
    relation = match["relation"]
    if relation is None:
        return moment.weekend(-1 if moment.past and moment.today.weekday() < 5 else 0)
    if relation.startswith("kommend"):
        return moment.weekend(1 if moment.today.weekday() >= 5 else 0)
    if _offset(relation) == -1:
        return moment.weekend(-1)
    return moment.weekend(_offset(relation))


def _week(match: re.Match[str], moment: Moment) -> Value:
    return moment.week(_offset(match["relation"]))


def _calendar_week(match: re.Match[str], moment: Moment) -> Value | None:
    return moment.calendar_week(int(match["before"] or match["after"]))


def _month(match: re.Match[str], moment: Moment) -> Value | None:
    year = int(match["year"]) if match["year"] else None
    since = match["preposition"] in {"seit", "letzten", "vergangenen", "vorigen", "seit dem"}
    seen = Moment(moment.today, past=True) if since else moment
    return seen.month(MONTH_NUMBER[match["month"]], year)


_THIRDS = {"anfang": (1, 10), "mitte": (11, 20), "ende": (21, None)}


def _part_of_month(match: re.Match[str], moment: Moment) -> Value | None:
    year = int(match["year"]) if match["year"] else None
    found = moment.month(MONTH_NUMBER[match["month"]], year)
    if found is None:
        return None
    first, last = _THIRDS[match["part"]]
    return found[0].replace(day=first), found[1] if last is None else found[0].replace(day=last)


def _related_month(match: re.Match[str], moment: Moment) -> Value | None:
    return moment.month_offset(_offset(match["relation"]))


def _feast(match: re.Match[str], moment: Moment) -> Value | None:
    named = feasts.NAMED.match(match.string, match.start())
    if named is None:
        return None
    year = re.search(r"\b(20\d\d)$", match.group())
    if year:
        return feasts.in_year(named, int(year.group()))
    last = re.search(rf"\b{LAST}\s*$", match.string[max(0, match.start() - 14) : match.start()])
    return feasts.resolve(named, moment.today, past=moment.past or last is not None)


def _day_by_feast(match: re.Match[str], moment: Moment) -> Value | None:
    named = feasts.NAMED.search(match.string, match.start("feast"), match.end())
    found = None if named is None else feasts.resolve(named, moment.today, past=moment.past)
    if not isinstance(found, date):
        return None
    number = weekday(match["day"]) if match["day"] else None
    if match["side"] == "nach":
        step = 1 if number is None else (number - found.weekday() - 1) % 7 + 1
        return found + timedelta(days=step)
    step = 1 if number is None else (found.weekday() - number - 1) % 7 + 1
    return found - timedelta(days=step)


_COUNT = rf"(?P<count>\d{{1,3}}|{NUMBER})"
_FEAST = re.sub(r"\?P<f\d+>", "?:", feasts.NAMED.pattern)

RULES: tuple[Rule, ...] = (
    blocked(
        rf"\b(?:jede[nrms]?|alle)\s+(?:erste[nr]?|zweite[nr]?|dritte[nr]?|vierte[nr]?"
        rf"|letzte[nr]?|\d\.)\s+"
        rf"{WEEKDAY}(?:\s+im monat)?"
    ),
    blocked(r"\b(?:jede[sn]?|schoenes|schoen|schoens|gutes)\s+wochenende\b"),
    blocked(r"\bheutzutage\b|\bvon heute auf morgen\b|\bgestern und heute\b|\bbis heute\b"),
    blocked(r"\b(?:letzte|vergangene|diese)\s+nacht\b"),
    one(
        rf"\b(?:jede[nrm]?|immer(?: wieder)?(?: am)?|jeweils(?: am)?|taeglich)\s+{_DAY}s?\b",
        _weekly,
    ),
    one(rf"(?<!des )(?<!eines )\b(?P<day>{WEEKDAY})(?:{PART_OF_DAY})?s(?!\w)", _weekly),
    one(rf"\b(?:{_PREPOSITION}\s+)?(?P<relation>{RELATION})\s+{_DAY}", _related_day),
    one(
        rf"\b(?:{_PREPOSITION}\s+)?(?P<relation>{RELATION})\s+woche\s*,?\s*(?:am\s+|den\s+)?{_DAY}",
        _day_of_week,
    ),
    one(
        rf"\b(?:{_PREPOSITION}\s+)?{_DAY}\s+(?:in\s+)?(?:der\s+)?(?P<relation>{RELATION})\s+woche\b",
        _day_of_week,
    ),
    one(rf"\b{_DAY}\s+in\s+(?P<count>acht|8|vierzehn|14)\s+tagen\b", _day_and_weeks),
    one(rf"\b{_DAY}\s+in\s+{_COUNT}\s+wochen?\b", _day_and_weeks),
    one(
        rf"\b(?:von\s+)?(?P<first>{WEEKDAY})\s*(?:bis(?: zum)?|-)\s*(?P<last>{WEEKDAY})(?!\w)",
        _range_of_days,
    ),
    one(rf"\b(?:(?:am|bis|seit|ab|vom|zum|fuer)\s+)?{_DAY}", _plain_day),
    one(
        r"\b(?:am|naechsten|kommenden|diesen|letzten|seit|bis|ab)\s+(?P<day>mo|di|mi|do|fr|sa"
        r"|so)(?=[.,!?\s]|$)"
        r"(?!\s+(?:ein|viel|was|gut|weit|lange|bald))",
        lambda match, moment: moment.weekday(
            ("mo", "di", "mi", "do", "fr", "sa", "so").index(match["day"])
        ),
    ),
    one(
        rf"\b(?P<word>{'|'.join(sorted(_RELATIVE, key=len, reverse=True))})"
        r"(?:\s+(?:frueh|morgen|vormittag|mittag|nachmittag|abend|nacht))?\b",
        _relative,
    ),
    one(rf"\b(?:heute\s+)?in\s+{_COUNT}\s+tag(?:en)?\b", _in_days),
    one(rf"\b(?:heute\s+)?in\s+{_COUNT}\s+wochen?\b", _in_weeks),
    one(rf"\bvor\s+{_COUNT}\s+tag(?:en)?\b", _days_ago),
    one(
        rf"\b(?:(?:am|uebers?|zum|fuers|dieses"
        rf"|{_PREPOSITION})\s+)(?P<relation>{RELATION})?\s*wochenende\b",
        _weekend,
    ),
    one(rf"\b(?P<relation>{RELATION})\s+wochenende\b", _weekend),
    one(rf"\b(?:{_PREPOSITION}\s+)?(?P<relation>{RELATION})\s+woche\b", _week),
    one(
        r"\b(?:in\s+)?(?:der\s+)?(?:kw|kalenderwoche)\s*(?P<after>\d{1,2})\b"
        r"|\b(?:in\s+der\s+)?(?P<before>\d{1,2})\.\s?(?:kw|kalenderwoche)\b",
        _calendar_week,
    ),
    one(
        rf"\b(?P<preposition>im|bis|ab|seit|seit dem|fuer|vom|letzten|vergangenen|vorigen"
        rf"|naechsten|kommenden"
        rf"|diesen|den ganzen)\s+(?:monat\s+)?(?P<month>{DE_MONTH_LONG})"
        rf"(?:\s+(?P<year>20\d\d))?\b(?!-)",
        _month,
    ),
    one(
        rf"(?P<preposition>)\b(?P<month>{DE_MONTH_LONG})\s+(?P<year>20\d\d)\b",
        _month,
    ),
    one(
        rf"\b(?P<part>anfang|mitte|ende)\s+(?P<month>{DE_MONTH_LONG})(?:\s+(?P<year>20\d\d))?\b",
        _part_of_month,
    ),
    one(rf"\b(?:im\s+|in\s+)?(?P<relation>{RELATION})\s+monat\b", _related_month),
    one(rf"(?:{_FEAST})(?:\s+20\d\d\b)?", _feast),
    one(
        rf"\b(?:(?P<day>{WEEKDAY})|tag)\s+(?P<side>nach|vor)\s+(?P<feast>)(?:{_FEAST})",
        _day_by_feast,
    ),
)
