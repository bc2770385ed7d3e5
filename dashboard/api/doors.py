"""Tokens that were right a moment ago, so that a flood of messages is not a flood of look-ups."""

import hashlib
import time
from collections.abc import Callable

_BELIEVED = 0.1  # seconds: a paused channel or a new token counts at once for people
_MOST = 1000


class Doors:
    """Remembers which channel a token opened; keeps a keyless hash, never the token."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: dict[bytes, tuple[int, float]] = {}

    def known(self, slug: str, token: str) -> int | None:
        """Return the channel that the token opened just now."""
        found = self._open.get(_key(slug, token))
        return found[0] if found and self._clock() < found[1] else None

    def remember(self, slug: str, token: str, channel_id: int) -> None:
        """Believe this token for a moment."""
        if len(self._open) >= _MOST:
            self._open.clear()
        self._open[_key(slug, token)] = (channel_id, self._clock() + _BELIEVED)


def _key(slug: str, token: str) -> bytes:
    return hashlib.sha256(f"{slug}\n{token}".encode()).digest()
