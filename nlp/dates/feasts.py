"""Public holidays of North Rhine-Westphalia and other named days, by year."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache

from holidays.countries.germany import Germany

Day = date | tuple[date, date]


@lru_cache(maxsize=64)
def _legal(year: int) -> dict[str, date]:
    found = Germany(subdiv="NW", years=year, language="de")
    return {str(name): day for day, name in found.items()}


@lru_cache(maxsize=64)
def easter(year: int) -> date:
    """Return Easter Sunday, two days after the Good Friday that `holidays` knows."""
    return _legal(year)["Karfreitag"] + timedelta(days=2)


def is_holiday(day: date) -> bool:
    """Tell whether `day` is a public holiday in North Rhine-Westphalia."""
    return day in _legal(day.year).values()


def _legal_day(name: str) -> Callable[[int], Day]:
    return lambda year: _legal(year)[name]


def _fixed(month: int, day: int) -> Callable[[int], Day]:
    return lambda year: date(year, month, day)


def _from_easter(offset: int, last: int | None = None) -> Callable[[int], Day]:
    def resolve(year: int) -> Day:
        first = easter(year) + timedelta(days=offset)
        return first if last is None else (first, easter(year) + timedelta(days=last))

    return resolve


def _advent(number: int) -> Callable[[int], Day]:
    """Return the Sunday of Advent `number`; the fourth is the last Sunday before Christmas."""

    def resolve(year: int) -> Day:
        christmas = date(year, 12, 25)
        fourth = christmas - timedelta(days=christmas.weekday() + 1)
        return fourth - timedelta(weeks=4 - number)

    return resolve


def _before_advent(days: int) -> Callable[[int], Day]:
    def resolve(year: int) -> Day:
        first = _advent(1)(year)
        assert isinstance(first, date)  # noqa: S101 narrows the type
        return first - timedelta(days=days)

    return resolve


def _mothers_day(year: int) -> Day:
    first = date(year, 5, 1)
    return first + timedelta(days=(6 - first.weekday()) % 7 + 7)


def _span(month: int, first: int, last: int) -> Callable[[int], Day]:
    return lambda year: (date(year, month, first), date(year, month, last))


_FEASTS: tuple[tuple[str, Callable[[int], Day]], ...] = (
    (r"neujahr(?:stag)?|new year'?s day|новий рік|yilbasi", _legal_day("Neujahr")),
    (r"heilige drei koenige|dreikoenig(?:stag)?|epiphany", _fixed(1, 6)),
    (r"valentinstag|valentine'?s day", _fixed(2, 14)),
    (
        (r"weiber ?fas(?:t|c)\w*|alt ?weiber\w*|wieverfastelovend|schmutziger?"
         r" donnerstag"),
        _from_easter(-52),
    ),
    (r"karnevalssamstag", _from_easter(-50)),
    (r"karnevalssonntag|tulpensonntag", _from_easter(-49)),
    (r"rosenmontags?|rusemond?aach|rose monday", _from_easter(-48)),
    (r"veilchendienstag|karnevalsdienstag|faschingsdienstag|fastnachtsdienstag", _from_easter(-47)),
    (r"ascher ?mittwoch|ash wednesday", _from_easter(-46)),
    (r"palmsonntag", _from_easter(-7)),
    (r"gruendonnerstag|maundy thursday", _from_easter(-3)),
    (r"karfreitag|kar freitag|good friday|страсн\w+ п.?ятниц\w+", _legal_day("Karfreitag")),
    (r"karsamstag|ostersamstag|holy saturday", _from_easter(-1)),
    (r"ostersonntag|easter sunday", _from_easter(0)),
    (r"ostermontag|easter monday", _legal_day("Ostermontag")),
    (r"weisse[rn]? sonntag", _from_easter(7)),
    (r"tag der arbeit|maifeiertag|ersten? mai|labou?r day|may day", _legal_day("Erster Mai")),
    (r"muttertag|mother'?s day", _mothers_day),
    (
        r"christi himmelfahrt|himmelfahrt(?:stag)?|vatertag|ascension(?: day)?|father'?s day",
        _legal_day("Christi Himmelfahrt"),
    ),
    (r"pfingstsamstag", _from_easter(48)),
    (r"pfingstsonntag|whit sunday|pentecost sunday", _from_easter(49)),
    (r"pfingstmontag|whit monday", _legal_day("Pfingstmontag")),
    (r"fron?leich?n?am|fronleichnahm|vronleichnam|corpus christi", _legal_day("Fronleichnam")),
    (
        (r"tag der (?:deutschen )?einheit|tag der dt\.? einheit|german unity day|day of german"
         r" unity"),
        _legal_day("Tag der Deutschen Einheit"),
    ),
    (r"reformationstag|halloween", _fixed(10, 31)),
    (r"aller ?heiligen|all saints(?:'? day)?", _legal_day("Allerheiligen")),
    (r"allerseelen", _fixed(11, 2)),
    (r"(?:st\.?|sankt) martin(?:stag)?|martinstag", _fixed(11, 11)),
    (r"volkstrauertag", _before_advent(14)),
    (r"buss-? und bettag|buss-? u\. bettag", _before_advent(11)),
    (r"toten ?sonntag|ewigkeitssonntag", _before_advent(7)),
    (r"(?:1\.|ersten?) advent(?:ssonntag)?", _advent(1)),
    (r"(?:2\.|zweiten?) advent(?:ssonntag)?", _advent(2)),
    (r"(?:3\.|dritten?) advent(?:ssonntag)?", _advent(3)),
    (r"(?:4\.|vierten?) advent(?:ssonntag)?", _advent(4)),
    (r"nikolaus(?:tag)?|st\.? nicholas day", _fixed(12, 6)),
    (
        (r"heilig(?:er|en|em)? ?abend|hl\.? abend|heiligabend|christmas eve"
         r"|weihnachtsabend"),
        _fixed(12, 24),
    ),
    (
        r"(?:1\.|erste[nrm]?) (?:weihnachts(?:feier)?tag|weihnachten)|christmas day",
        _legal_day("Erster Weihnachtstag"),
    ),
    (
        r"(?:2\.|zweite[nrm]?) (?:weihnachts(?:feier)?tag|weihnachten)|boxing day|stephanstag",
        _legal_day("Zweiter Weihnachtstag"),
    ),
    (r"sylvester|silvester(?:abend|tag)?|new year'?s eve", _fixed(12, 31)),
    (
        (r"(?:an|zu|ueber|seit|am) ostern|osterfeiertage\w*|(?:at|over|on)"
         r" easter|(?<=markt )ostern|ostern(?= (?:\w+ ){0,2}markt\b)"),
        _from_easter(-2, 1),
    ),
    (
        (r"(?:an|zu|ueber|seit|am) pfingsten|pfingstfeiertage\w*"
         r"|pfingstwochenende|(?<=markt )pfingsten|pfingsten(?= (?:\w+ ){0,2}markt\b)"
         r"|(?:at|over|on) (?:whitsun|pentecost)"),
        _from_easter(49, 50),
    ),
    (r"osterwochenende", _from_easter(-2, 1)),
    (
        (r"zwischen den (?:jahren|feiertagen)|zwischen weihnachten und (?:neujahr|silvester)"
         r"|between christmas and new year"),
        _span(12, 27, 31),
    ),
    (
        (r"(?:an|zu|ueber|seit|am) (?:den )?weihnachten|weihnachtsfeiertage\w*"
         r"|(?:at|over) christmas|(?<=markt )weihnachten|weihnachten(?= (?:\w+ ){0,2}markt\b)"),
        _span(12, 25, 26),
    ),
)  # fmt: skip
NAMED = re.compile(
    "|".join(rf"\b(?P<f{place}>{words})\b" for place, (words, _) in enumerate(_FEASTS))
)


def resolve(match: re.Match[str], today: date, *, past: bool) -> Day | None:
    """Return the day or days of a `NAMED` match: the next ones from `today`, or the last."""
    if match.lastgroup is None:
        return None
    rule = _FEASTS[int(match.lastgroup[1:])][1]
    years = range(today.year - 1, today.year + 3)
    days = [rule(year) for year in years if 1900 < year < 2100]
    if past:
        return max((day for day in days if _first(day) <= today), key=_first, default=None)
    return min((day for day in days if _last(day) >= today), key=_first, default=None)


def in_year(match: re.Match[str], year: int) -> Day | None:
    """Return the day or days of a `NAMED` match in `year`."""
    if match.lastgroup is None or not 1900 < year < 2100:
        return None
    return _FEASTS[int(match.lastgroup[1:])][1](year)


def _first(day: Day) -> date:
    return day[0] if isinstance(day, tuple) else day


def _last(day: Day) -> date:
    return day[1] if isinstance(day, tuple) else day
