"""Public holidays of North Rhine-Westphalia, read once per year and language."""

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache

from holidays.countries.germany import Germany

_LANGUAGES = {"de": "de", "en": "en_US"}


@lru_cache(maxsize=256)
def year(number: int, language: str = "de") -> Mapping[dt.date, str]:
    """Return the holidays of a year with their names, German unless `language` is "en".

    Source: FeiertG NW § 2, as the package `holidays` holds it (Germany, subdivision NW).
    """
    found = Germany(subdiv="NW", years=number, language=_LANGUAGES.get(language, "de"))
    return dict(found.items())


def name(day: dt.date, language: str = "de") -> str | None:
    """Return the name of the holiday on this day, or None."""
    return year(day.year, language).get(day)


def is_holiday(day: dt.date) -> bool:
    """Tell whether this day is a public holiday."""
    return day in year(day.year)


def is_working_day(day: dt.date) -> bool:
    """Tell whether this day is a Werktag: Monday to Saturday, no holiday (§ 3 Abs. 2 BUrlG)."""
    return day.weekday() != 6 and not is_holiday(day)
