"""A market to test with."""

import datetime as dt

from bot.markets.rules import DatedException, MarketFacts, Rule
from bot.markets.states import HolidayPolicy

DAY = dt.timedelta(days=1)
MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
ELSE_CANCELLED = HolidayPolicy.PREVIOUS_DAY_ELSE_CANCELLED


def market(
    *weekdays: int,
    policy: HolidayPolicy = ELSE_CANCELLED,
    hours: tuple[str | None, str | None] = ("07:00", "13:00"),
    exceptions: tuple[DatedException, ...] = (),
) -> MarketFacts:
    return MarketFacts(
        slug="opladen",
        name="Wochenmarkt Opladen",
        district="opladen",
        place="Opladener Platz",
        policy=policy,
        as_of="2023",
        rules=tuple(Rule(weekday, *hours) for weekday in weekdays),
        exceptions=exceptions,
    )


def date(text: str) -> dt.date:
    return dt.date.fromisoformat(text)
