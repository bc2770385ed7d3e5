"""The circuit breaker of the way out: a platform that is away is asked rarely, by one part."""

from collections.abc import Callable
from datetime import datetime, timedelta

from connectors.results import Scope, SendResult, Transient, Unknown

_FAILURES = 5  # in a row
_FIRST = timedelta(seconds=30)
_LONGEST = timedelta(minutes=10)


class Breaker:
    """Counts the failures of one channel; `chance` in [0, 1) spreads the probes of several."""

    def __init__(self, chance: Callable[[], float]) -> None:
        self._chance = chance
        self._failures = 0
        self._resting_until: datetime | None = None

    def room(self, most: int, now: datetime) -> int:
        """Return how many threads may send now: `most`, one that probes, or none.

        A rest that is longer than any comes from a clock that has jumped back: it is over.
        """
        if self._resting_until is None:
            return most
        is_over = now >= self._resting_until or self._resting_until > now + 2 * _LONGEST
        return 1 if is_over else 0

    def note(self, result: SendResult, now: datetime) -> None:
        """Count a failure of the transport; anything else is an answer, and the platform lives.

        What fails for one chat only says nothing of the platform, neither way.
        """
        if isinstance(result, Transient) and result.scope is Scope.CHAT:
            return
        if not isinstance(result, Transient | Unknown):
            self._failures, self._resting_until = 0, None
            return
        if self.room(1, now) == 0:
            return  # it was under way already when the others failed
        self._failures += 1
        if self._failures >= _FAILURES:
            doubled: int = 2 ** min(self._failures - _FAILURES, 10)
            wait = min(_FIRST * doubled, _LONGEST)
            self._resting_until = now + wait * (0.75 + self._chance() / 2)
