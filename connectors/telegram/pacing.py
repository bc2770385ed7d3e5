"""How fast Telegram lets a bot write, kept from our side: pure but for what was sent lately."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from connectors.results import Scope


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` messages in any `seconds`."""

    most: int
    seconds: float


# https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
BOT = Limit(30, 1.0)
PRIVATE = Limit(3, 3.0)  # one a second; short bursts are let through
GROUP = Limit(20, 60.0)
_MANY = 2000  # chats; more cannot have been written to within a minute


@dataclass(slots=True)
class _Window:
    """When the last messages left, under one limit."""

    limit: Limit
    left: deque[float] = field(default_factory=deque)

    def wait(self, now: float) -> float:
        """Return after how many seconds one more may leave, 0: at once."""
        while self.left and self.left[0] + self.limit.seconds <= now:
            self.left.popleft()
        if len(self.left) < self.limit.most:
            return 0.0
        return self.left[0] + self.limit.seconds - now


class Pacer:
    """Gives each message its turn; `ticks` are seconds of a clock that never goes back."""

    def __init__(self, ticks: Callable[[], float]) -> None:
        self._ticks = ticks
        self._bot = _Window(BOT)
        self._chats: dict[str, _Window] = {}
        self._refused: dict[str, float] = {}  # until when Telegram has told chats to wait

    def take(self, chat: str) -> tuple[float, Scope] | None:
        """Take the turn of a message to `chat`, or return how many seconds it has to wait, and why.

        Nothing is taken where it has to wait.
        """
        now = self._ticks()
        window = self._chats.get(chat) or _Window(_limit(chat))
        waits = (window.wait(now), Scope.CHAT), (self._bot.wait(now), Scope.CHANNEL)
        wait, scope = max(waits, key=lambda one: one[0])
        if wait > 0:
            return wait, scope
        self._forget(now)
        self._chats[chat] = window
        for taken in (window, self._bot):
            taken.left.append(now)
        return None

    def refused(self, chat: str, asked: timedelta) -> Scope:
        """Note that Telegram asks for patience, and tell for whom.

        It never says. What it limits first is the chat; only when it refuses another chat within
        the time for which it has asked, it is the whole bot.
        """
        now = self._ticks()
        self._refused = {name: until for name, until in self._refused.items() if until > now}
        others = self._refused.keys() - {chat}
        self._refused[chat] = now + asked.total_seconds()
        return Scope.CHANNEL if others else Scope.CHAT

    def _forget(self, now: float) -> None:
        if len(self._chats) < _MANY:
            return
        for window in self._chats.values():
            window.wait(now)
        self._chats = {name: window for name, window in self._chats.items() if window.left}


def _limit(chat: str) -> Limit:
    """Return a chat's limit; groups and channels have negative ids, or a name."""
    return PRIVATE if chat.isdecimal() else GROUP
