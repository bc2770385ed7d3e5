"""A clock that only moves when it is told to."""

from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 11, 19, 11, 0, tzinfo=UTC)  # a Thursday, 12:00 in Berlin: the desk is open


class Clock:
    """Time as an argument: `now` is what it says until `advance`; `jump` moves the hands alone."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at
        self._passed = 0.0

    def now(self) -> datetime:
        return self.at

    def advance(self, seconds: float) -> datetime:
        self._passed += seconds
        return self.jump(seconds)

    def ticks(self) -> float:
        """Return the seconds that have passed, whatever the hands say."""
        return self._passed

    def jump(self, seconds: float) -> datetime:
        self.at += timedelta(seconds=seconds)
        return self.at
