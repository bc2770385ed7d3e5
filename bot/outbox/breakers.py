"""Circuit breakers of the way out: a platform that is away is asked rarely, by one part."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.base import SendResult, Transient, Unknown

_FAILURES = 5  # in a row
_FIRST = timedelta(seconds=30)
_LONGEST = timedelta(minutes=10)


@dataclass(slots=True)
class _State:
    failures: int = 0
    closed_until: datetime | None = None


class Breakers:
    """One breaker per channel; `chance` in [0, 1) spreads the probes of several channels."""

    def __init__(self, chance: Callable[[], float]) -> None:
        self._chance = chance
        self._states: dict[int, _State] = {}

    def sort(self, channels: Iterable[int], now: datetime) -> tuple[list[int], list[int]]:
        """Return the channels that may send, and those that may try with one part."""
        free, probing = [], []
        for channel_id in channels:
            state = self._states.get(channel_id)
            if state is None or state.closed_until is None:
                free.append(channel_id)
            elif now >= state.closed_until:
                probing.append(channel_id)
        return free, probing

    def note(self, channel_id: int, result: SendResult, now: datetime) -> None:
        """Count a failure of the transport; anything else is an answer, and the platform lives."""
        if not isinstance(result, Transient | Unknown):
            self._states.pop(channel_id, None)
            return
        state = self._states.setdefault(channel_id, _State())
        if state.closed_until is not None and now < state.closed_until:
            return  # it was under way already when the others failed
        state.failures += 1
        if state.failures >= _FAILURES:
            doubled: int = 2 ** min(state.failures - _FAILURES, 10)
            wait = min(_FIRST * doubled, _LONGEST)
            state.closed_until = now + wait * (0.75 + self._chance() / 2)
