"""A clock that only moves when it is told to."""

from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 11, 19, 11, 0, tzinfo=UTC)  # a Thursday, 12:00 in Berlin: the desk is open


class Clock:
    """Time as an argument: `now` is what it says until `advance`."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def advance(self, seconds: float) -> datetime:
        self.at += timedelta(seconds=seconds)
        return self.at
