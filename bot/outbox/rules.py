"""What becomes of a delivery after an attempt: pure decisions."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.outbox.states import DeliveryState
from connectors.base import (
    Capabilities,
    Duplicate,
    Idempotency,
    Permanent,
    RetryAfter,
    SendResult,
    Sent,
    Transient,
    Unknown,
)

MAX_ATTEMPTS = 8
_FIRST_WAIT = timedelta(seconds=1)
_LONGEST_WAIT = timedelta(minutes=5)
_LONGEST_ASKED = timedelta(hours=1)  # a platform once asked for 55 years


@dataclass(frozen=True, slots=True)
class Verdict:
    """The next state; `due_at` for a retry, `native_id` for what was sent."""

    state: DeliveryState
    due_at: datetime | None = None
    native_id: str | None = None
    error_code: str | None = None
    error: str | None = None


def judge(
    result: SendResult,
    *,
    attempts: int,
    chance: float,
    capabilities: Capabilities,
    age: timedelta,
    now: datetime,
) -> Verdict:
    """Decide after attempt number `attempts`; `chance` in [0, 1) spreads the retries.

    What is unknown is repeated only where the platform recognises the key and still remembers it;
    everything else would risk a silent double post and waits for a person.
    """
    match result:
        case Sent(native_id) | Duplicate(native_id):
            return Verdict(DeliveryState.SENT, native_id=native_id)
        case Permanent(code, error):
            return Verdict(DeliveryState.DEAD, error_code=code, error=error)
        case RetryAfter(delay):
            wait = min(delay, _LONGEST_ASKED)
            return _retry(attempts, now + wait, "retry_after", "The platform asked to wait.")
        case Transient(error):
            return _retry(attempts, now + backoff(attempts, chance), "transient", error)
        case Unknown(error):
            if attempts < MAX_ATTEMPTS and may_repeat(capabilities, age):
                return _retry(attempts, now + backoff(attempts, chance), "unknown", error)
            return Verdict(DeliveryState.UNCONFIRMED, error_code="unknown", error=error)


def may_repeat(capabilities: Capabilities, age: timedelta) -> bool:
    """Tell whether sending the same key again cannot make a second message."""
    if capabilities.idempotency is Idempotency.NONE:
        return False
    return capabilities.idempotency_ttl is None or age < capabilities.idempotency_ttl


def backoff(attempts: int, chance: float) -> timedelta:
    """Return how long to wait after attempt number `attempts`; `chance` in [0, 1) spreads it.

    Full jitter: between nothing and a wait that doubles, never above five minutes.
    """
    doubled: int = 2 ** min(attempts, 16)
    return min(_FIRST_WAIT * doubled, _LONGEST_WAIT) * chance


def _retry(attempts: int, due_at: datetime, code: str, error: str) -> Verdict:
    if attempts >= MAX_ATTEMPTS:
        return Verdict(DeliveryState.DEAD, error_code=code, error=error)
    return Verdict(DeliveryState.RETRY, due_at=due_at, error_code=code, error=error)
