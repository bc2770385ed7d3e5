"""Public holidays of North Rhine-Westphalia and other named days, by year."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache

from holidays.countries.germany import Germany

from nlp.dates.words import Words

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


def _advent_weekend(number: int) -> Callable[[int], Day]:
    def resolve(year: int) -> Day:
        sunday = _advent(number)(year)
        assert isinstance(sunday, date)  # noqa: S101 narrows the type
        return sunday - timedelta(days=1), sunday

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


_ADVENT = (
    (1, "erst", "first"), (2, "zweit", "second"), (3, "dritt", "third"), (4, "viert", "fourth"),
)  # fmt: skip
_NAMED: tuple[tuple[str, Callable[[int], Day]], ...] = (
    (
        r"neujahr(?:stag)?|new year'?s day|новий рік|нового року|yilbasi(?:nda)?(?! gece)",
        _legal_day("Neujahr"),
    ),
    (r"(?:heilige|hl\.) (?:drei|3) koenige|dreikoenig(?:stag|e)?|epiphany", _fixed(1, 6)),
    (r"valentinstag|valentine'?s day", _fixed(2, 14)),
    (r"(?:internationale[rn]? )?(?:welt)?frauentag", _fixed(3, 8)),
    (
        (
            r"weiber ?fast?(?:nacht|elovend)|alt ?weiber(?:fastnacht)?|wieverfastelovend"
            r"|schmutziger? donnerstag|schwerdonnerstag"
        ),
        _from_easter(-52),
    ),
    (r"karnevalssamstag|nelkensamstag", _from_easter(-50)),
    (r"karnevalssonntag|tulpensonntag", _from_easter(-49)),
    (r"rosenmontags?|rusemond?aach|rose monday", _from_easter(-48)),
    (r"veilchendienstag|(?:karnevals|faschings|fastnachts)dienstag", _from_easter(-47)),
    (r"ascher ?mittwoch|ash wednesday", _from_easter(-46)),
    (r"palmsonntag|palm sunday", _from_easter(-7)),
    (r"gruen ?donnerstag|maundy thursday", _from_easter(-3)),
    (r"kar ?freitag|good friday|страсн(?:а|у|ої) п['ʼ]?ятниц(?:я|ю|і)", _legal_day("Karfreitag")),
    (r"karsamstag|ostersamstag|holy saturday", _from_easter(-1)),
    (r"oster ?sonntag|easter sunday", _from_easter(0)),
    (r"oster ?montag|easter monday", _legal_day("Ostermontag")),
    (r"weisse[rn]? sonntag", _from_easter(7)),
    (r"tag der arbeit|maifeiertag|labou?r day|may day", _legal_day("Erster Mai")),
    (r"muttertag|mother'?s day", _mothers_day),
    (
        (
            r"christi ?himmelfahrt(?:stag)?|himmelfahrt(?:stag)?|vatertag|ascension(?: day)?"
            r"|father'?s day"
        ),
        _legal_day("Christi Himmelfahrt"),
    ),
    (r"pfingst ?samstag", _from_easter(48)),
    (r"pfingst ?sonntag|whit sunday|pentecost sunday", _from_easter(49)),
    (r"pfingst ?montag|whit monday", _legal_day("Pfingstmontag")),
    (r"[fv]ron?leich?nah?ms?(?:tag)?|corpus christi", _legal_day("Fronleichnam")),
    (
        r"tag der (?:deutschen |dt\.? ?)?einheit|german unity day|day of german unity",
        _legal_day("Tag der Deutschen Einheit"),
    ),
    (r"mariae? himmelfahrt", _fixed(8, 15)),
    (r"reformationstag|halloween", _fixed(10, 31)),
    (r"aller ?heiligen|all saints(?:'? day)?", _legal_day("Allerheiligen")),
    (r"allerseelen", _fixed(11, 2)),
    (r"(?:st\.?|sankt) martinstag|martinstag|(?:an|zu) (?:st\.?|sankt) martin", _fixed(11, 11)),
    (r"volkstrauertag", _before_advent(14)),
    (r"buss-? ?(?:und|u\.|&) ?bettag", _before_advent(11)),
    (r"toten ?sonntag|ewigkeitssonntag", _before_advent(7)),
    *(
        (
            (
                rf"(?:{number}\.|{word}e[nmrs]?) advent(?:s?sonntag)?"
                rf"|(?:{number}(?:st|nd|rd|th)|{english}) (?:sunday (?:of|in) )?advent(?: sunday)?"
            ),
            _advent(number),
        )
        for number, word, english in _ADVENT
    ),
    *(
        (rf"(?:{number}\.|{word}e[nmrs]?) advents?(?:sonntags)?wochenende", _advent_weekend(number))
        for number, word, _ in _ADVENT
    ),
    (r"nikolaus(?:tag|abend)|st\.? nicholas day", _fixed(12, 6)),
    (r"heilig(?:er|en|em)? ?abend|hl\.? ?abend|christmas eve|weihnachtsabend", _fixed(12, 24)),
    (
        r"(?:1\.|erste[nrm]?) (?:weihnachts(?:feier)?tag|weihnachten)|christmas day",
        _legal_day("Erster Weihnachtstag"),
    ),
    (
        r"(?:2\.|zweite[nrm]?) (?:weihnachts(?:feier)?tag|weihnachten)|boxing day|stephanstag",
        _legal_day("Zweiter Weihnachtstag"),
    ),
    (r"s[iy]lvester(?:abend|tag|nacht)?|yilbasi gecesi(?:nde)?|new year'?s eve", _fixed(12, 31)),
    (r"osterwochenende|oster(?:feier)?tage[n]?|easter weekend", _from_easter(-2, 1)),
    (r"pfingstwochenende|pfingst(?:feier)?tagen?", _from_easter(49, 50)),
    (
        (
            r"zwischen den (?:jahren|feiertagen)|zwischen weihnachten und (?:neujahr|silvester)"
            r"|between christmas and new year"
        ),
        _span(12, 27, 31),
    ),
    (r"weihnachts(?:feier)?tagen?", _span(12, 25, 26)),
    (r"karnevalswochenende", _from_easter(-50, -49)),
)
_BARE: tuple[tuple[str, Callable[[int], Day]], ...] = (
    (r"ostern|easter", _from_easter(0, 1)),
    (r"pfingsten|whitsun|pentecost", _from_easter(49, 50)),
    (r"weihnachten|christmas", _span(12, 25, 26)),
    (r"nikolaus", _fixed(12, 6)),
    (r"karneval|fastelovend|fasching", _from_easter(-52, -47)),
)
_RULES = tuple(rule for _, rule in _NAMED + _BARE)
NAMED = Words({place: words for place, (words, _) in enumerate(_NAMED)})
"""Names that are days wherever they stand."""
BARE = Words({place: words for place, (words, _) in enumerate(_BARE, start=len(_NAMED))})
"""Names of seasons, that are days only beside a word that says so: `an Ostern`."""
_ALL = NAMED | BARE


def resolve(name: str, today: date, *, past: bool) -> Day | None:
    """Return the day or days of a name: the next ones from `today`, or the last in the past."""
    rule = _RULES[_ALL.number(name)]
    days = [rule(year) for year in range(max(today.year - 1, 1901), min(today.year + 3, 2100))]
    if past:
        return max((day for day in days if _first(day) <= today), key=_first, default=None)
    return min((day for day in days if _last(day) >= today), key=_first, default=None)


def in_year(name: str, year: int) -> Day | None:
    """Return the day or days of a name in `year`."""
    return _RULES[_ALL.number(name)](year) if 1900 < year < 2100 else None


def _first(day: Day) -> date:
    return day[0] if isinstance(day, tuple) else day


def _last(day: Day) -> date:
    return day[1] if isinstance(day, tuple) else day
