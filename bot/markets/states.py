"""The words of the markets: holiday policy, kind of exception, status of a day."""

from enum import StrEnum


class HolidayPolicy(StrEnum):
    """What happens to a market day that falls on a public holiday."""

    CANCELLED = "cancelled"
    PREVIOUS_DAY = "previous_day"  # the nearest earlier day that is no holiday and no Sunday
    PREVIOUS_DAY_ELSE_CANCELLED = "previous_day_else_cancelled"
    MANUAL = "manual"  # nothing by itself; the city decides by dated exceptions


class ExceptionKind(StrEnum):
    """What a dated exception does to the regular day of the same date."""

    CANCELLED = "cancelled"
    MOVED = "moved"  # to another day
    CHANGED = "changed"  # same day, other hours or place; or an extra day
    NOTE = "note"  # only a word to the visitors


class DayStatus(StrEnum):
    """What a market day is (contract of `market days --json`)."""

    REGULAR = "regular"
    MOVED = "moved"
    CHANGED = "changed"
    CANCELLED = "cancelled"
