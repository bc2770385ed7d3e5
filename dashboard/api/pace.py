"""How fast one token may call: a bucket per channel, in this process."""

import math
import time
from collections.abc import Callable

from fastapi import Request

from bot.errors import StadtdrahtError


class TooFastError(StadtdrahtError):
    """Too many requests; `retry_after` is in whole seconds (RFC 9110, 10.2.3)."""

    code = "too_fast"
    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__("Too many requests. Please slow down.")
        self.retry_after = retry_after


class Pace:
    """Allows `per_second` calls on average, and two seconds' worth at once."""

    def __init__(self, per_second: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._clock = clock
        self._levels: dict[int, tuple[float, float]] = {}

    def check(self, channel_id: int) -> None:
        """Count one call; raises `TooFastError`."""
        now = self._clock()
        most = self._per_second * 2.0
        level, then = self._levels.get(channel_id, (most, now))
        level = min(most, level + (now - then) * self._per_second)
        if level < 1:
            self._levels[channel_id] = (level, now)
            raise TooFastError(max(1, math.ceil((1 - level) / self._per_second)))
        self._levels[channel_id] = (level - 1, now)


def pace_of(request: Request) -> Pace:
    """Return what counts the calls of this process."""
    pace: Pace = request.app.state.pace
    return pace
