"""Days of a month that is not named: Freitag den 27., am Zweiten, der 25., on the 30th."""

import re

from nlp.dates.moment import Moment
from nlp.dates.rules import Chapter, Value, chapter, one
from nlp.dates.words import EN_WEEKDAYS, ORDINALS, PART_OF_DAY, SHORT_DAYS, WEEKDAYS


def _day(match: re.Match[str], moment: Moment) -> Value | None:
    """Return the coming such day of a month, the last one in the past."""
    written = match["day"]
    day = int(written) if written.isdigit() else ORDINALS.number(written)
    for months in (0, -1, -2) if moment.past else (0, 1, 2):
        month = moment.month_offset(months)
        found = moment.day_of_month(day, month[0].month, month[0].year) if month else None
        if found is not None and (found <= moment.today if moment.past else found >= moment.today):
            return found
    return None


def _appointed(match: re.Match[str], moment: Moment) -> Value | None:
    return _day(match, Moment(moment.today))


def _day_of_this_month(match: re.Match[str], moment: Moment) -> Value | None:
    return moment.day_of_month(int(match["day"]), moment.today.month, moment.today.year)


_FIGURE = r"(?P<day>[1-9]|[12]\d|3[01])"
_DOT = r"(?:\.(?!\s?\d)|s?ten\b)"
_WORD = rf"(?P<day>{ORDINALS.pattern})"
_WEEKDAY = rf"{WEEKDAYS.pattern}(?:[\s-]?{PART_OF_DAY})?"
_ALONE = r"(?=\s*(?:$|[!?,;).\n]))"
_VERB = (
    r"(?:muss|soll\w*|ist|war|bin|hab\w*|hat\w*|wurde\w*|wird|werd\w*|kann|koenn\w*|ging\w*|geht|passt"
    r"|waere?|will|moecht\w*|kommt?|komme|zahl\w*|bestaetigt|zugesagt|festhalten|schaff\w*|brauch\w*"
    r"|noch|nicht|kein\w*|schon|wieder|frei|zu|auf|offen|gegen|um|bis|frueh|morgens|vormittags?|nachmittags?|abends)"
)
_GOES_ON = rf"(?:{_ALONE}|(?=\s+(?:sondern|oder|und|{_VERB})\b))"
_FITS = r"(?=\s+(?:ging\w*|geht|passt|waere|wuerde)\b)"
_THING = (
    r"(?!\.?\d|\s?(?:uhr|euro|€|mal|stock|etage|og|ug|klasse|versuch|anruf|brief|mahnung|platz|%)"
    r"|\s+(?:advent|weihnacht))"
)
_BY = r"(?:am|bis (?:spaetestens )?(?:am|zum)|ab dem|seit dem)"

RULES: tuple[Chapter, ...] = (
    chapter(
        r"\d",
        one(rf"\b(?:am|zum|bis|ab|vom|ab dem|seit dem)\s+{_FIGURE}{_DOT}{_GOES_ON}", _day),
        one(rf"\bder\s+{_FIGURE}\.{_FITS}", _day),
        one(rf"\bmit\s+dem\s+{_FIGURE}{_DOT}{_GOES_ON}", _appointed),
        one(
            rf"\b(?:am|zum|bis|ab)\s+{_FIGURE}\.\s*(?:dieses|diesen|des)\s+monats\b",
            _day_of_this_month,
        ),
        one(
            rf"\b{_WEEKDAY},?\s+de[nmr]\s+{_FIGURE}(?:{_DOT}|(?![\w.:]))(?!\s+{ORDINALS.pattern}\b)"
            rf"{_THING}",
            _day,
        ),
        one(
            rf"(?<!\w)(?:{_WEEKDAY}|{SHORT_DAYS.pattern}\.?),?\s+{_FIGURE}{_DOT}{_GOES_ON}",
            _day,
        ),
        one(
            rf"\b(?:(?:on|by|until)\s+)?{EN_WEEKDAYS.pattern},?\s+the\s+{_FIGURE}(?:st|nd|rd|th)\b",
            _day,
        ),
        one(
            rf"\b(?:on|by|until)\s+the\s+{_FIGURE}(?:st|nd|rd|th)\b(?!\s+(?:floor|of|day|time))",
            _day,
        ),
        one(rf"\bayin\s+{_FIGURE}(?:'\w+)?(?!\w)", _day),
    ),
    chapter(
        ORDINALS.pattern,
        one(rf"\b{_BY}\s+{_WORD}(?<=n)(?:{_ALONE}|(?=\s+{_VERB}\b))", _day),
        one(rf"\bzum\s+(?!erst|zweit|dritt){_WORD}(?<=n)(?:{_ALONE}|(?=\s+{_VERB}\b))", _day),
        one(rf"\b{_WEEKDAY},?\s+de[nmr]\s+{_WORD}{_GOES_ON}", _day),
    ),
)
