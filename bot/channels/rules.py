"""How a channel does, told from what is known about it: pure decisions."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.channels.states import ChannelState, Condition
from connectors.base import Trouble

LONGEST_ASKED = timedelta(hours=1)  # a platform once asked for 55 years
PATIENCE = timedelta(minutes=1)  # a hiccup of this length is nobody's business
LATE = timedelta(minutes=1)  # news that are older when they come are late
SILENCE = timedelta(minutes=3)  # a link asks twice a minute at least
EXPIRES_SOON = timedelta(days=7)
_LASTING = frozenset({Trouble.LOGIN, Trouble.SETTINGS, Trouble.COMPETING})


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known about a channel; `checked_at` is None where nobody has to ask a platform."""

    state: ChannelState
    is_allowed: bool = True
    trouble: Trouble | None = None
    failing_since: datetime | None = None
    checked_at: datetime | None = None
    blocked_until: datetime | None = None
    lag: timedelta | None = None
    callback_failed: bool = False


def condition(signs: Signs, now: datetime) -> Condition:
    """Return how the channel does.

    One that lost its log-in was paused by nobody: it is in trouble until somebody pauses it. What
    passes by itself is trouble only after a minute, and never when the platform has just asked
    for patience. Where the city does not allow the kind, nothing else counts.
    """
    if not signs.is_allowed:
        return Condition.FORBIDDEN
    if signs.state is not ChannelState.ACTIVE:
        lost = signs.state is ChannelState.PAUSED and signs.trouble is Trouble.LOGIN
        return Condition.TROUBLE if lost else Condition.PAUSED
    if signs.trouble in _LASTING or signs.callback_failed:
        return Condition.TROUBLE
    if signs.trouble is not None and signs.trouble is not Trouble.RATE:
        is_long = signs.failing_since is None or now - signs.failing_since >= PATIENCE
        return Condition.TROUBLE if is_long else Condition.SLOW
    rests = signs.blocked_until is not None and signs.blocked_until > now
    is_late = signs.lag is not None and signs.lag > LATE
    slow = signs.trouble is not None or rests or is_late or is_silent(signs, now)
    return Condition.SLOW if slow else Condition.OK


def is_silent(signs: Signs, now: datetime) -> bool:
    """Tell whether an active channel's platform should have been asked long ago."""
    if signs.state is not ChannelState.ACTIVE or signs.checked_at is None:
        return False
    return signs.trouble is None and now - signs.checked_at > SILENCE


def expires_soon(login_expires_at: datetime | None, now: datetime) -> bool:
    """Tell whether the log-in ends within a week, or has ended."""
    return login_expires_at is not None and login_expires_at - now < EXPIRES_SOON
