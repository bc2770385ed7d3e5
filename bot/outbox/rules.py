"""What becomes of a delivery after an attempt: pure decisions."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.channels.rules import LONGEST_ASKED
from bot.outbox.states import DeliveryState
from connectors.capabilities import Capabilities, Idempotency
from connectors.results import (
    Duplicate,
    LoginNeeded,
    Permanent,
    RetryAfter,
    Scope,
    SendResult,
    Sent,
    Transient,
    Unknown,
)

MAX_ATTEMPTS = 8
PATIENCE = timedelta(hours=24)  # an outage of a night or a day is no reason to give up
ACT_PATIENCE = timedelta(hours=1)  # who hides or takes back wants to know soon
_FIRST_WAIT = timedelta(seconds=1)
_LONGEST_WAIT = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The next state; `due_at` for what is tried again, `native_id` for what was sent.

    `maybe_sent`: this attempt or one before may have arrived; `tried`: it counts as an attempt.
    `whole_channel`: nothing of the channel may leave before `due_at`; `logged_out`: nothing may
    leave before somebody has logged in anew.
    """

    state: DeliveryState
    due_at: datetime | None = None
    native_id: str | None = None
    error_code: str | None = None
    error: str | None = None
    maybe_sent: bool = False
    tried: bool = True
    whole_channel: bool = False
    logged_out: bool = False


def judge(
    result: SendResult,
    *,
    attempts: int,
    chance: float,
    capabilities: Capabilities,
    age: timedelta,
    maybe_sent: bool,
    now: datetime,
    patience: timedelta = PATIENCE,
) -> Verdict:
    """Decide after attempt number `attempts`; `chance` in [0, 1) spreads the retries.

    `age` is how long ago the first attempt was, `maybe_sent` whether one before this may have
    arrived. What is unknown is repeated only where the platform recognises the key and still
    remembers it; everything else would risk a silent double post and waits for a person. What may
    have arrived is never called undelivered. `patience`: for how long an outage is waited out.
    """
    verdict = _verdict(result, attempts, chance, capabilities, age, now, patience)
    doubtful = verdict.state is not DeliveryState.SENT and (
        maybe_sent or isinstance(result, Unknown)
    )
    if doubtful and verdict.state is DeliveryState.DEAD:
        verdict = replace(verdict, state=DeliveryState.UNCONFIRMED)
    return replace(verdict, maybe_sent=doubtful)


def of_act(result: SendResult) -> SendResult:
    """Return what an attempt means at an act other than posting.

    Done twice it is done once: there is no doubt. Platforms limit each kind of act by itself, so
    only its own thread has to wait.
    """
    match result:
        case Unknown(error) | Transient(error, _):
            return Transient(error, Scope.CHAT)
        case RetryAfter(delay, _):
            return RetryAfter(delay, Scope.CHAT)
    return result


def _verdict(
    result: SendResult,
    attempts: int,
    chance: float,
    capabilities: Capabilities,
    age: timedelta,
    now: datetime,
    patience: timedelta,
) -> Verdict:
    match result:
        case Sent(native_id) | Duplicate(native_id):
            return Verdict(DeliveryState.SENT, native_id=native_id)
        case Permanent(code, error):
            return Verdict(DeliveryState.DEAD, error_code=code, error=error)
        case RetryAfter(delay, scope):
            due_at = now + min(delay, LONGEST_ASKED)
            verdict = _retry(attempts, age, patience, due_at, "retry_after", "asked to wait")
            return replace(verdict, whole_channel=scope is Scope.CHANNEL)
        case Transient(error, _):
            due_at = now + backoff(attempts, chance)
            return _retry(attempts, age, patience, due_at, "transient", error)
        case LoginNeeded(error):
            return Verdict(
                DeliveryState.RETRY, now, error_code="login", error=error, logged_out=True
            )
        case Unknown(error):
            if may_repeat(capabilities, age) and (attempts < MAX_ATTEMPTS or age < PATIENCE):
                due_at = now + backoff(attempts, chance)
                return Verdict(DeliveryState.RETRY, due_at, error_code="unknown", error=error)
            return Verdict(DeliveryState.UNCONFIRMED, error_code="unknown", error=error)


def later(state: DeliveryState, *, maybe_sent: bool, now: datetime) -> Verdict:
    """Leave a part to whoever may send it, in the state in which it was: nothing was tried."""
    return Verdict(state, now, maybe_sent=maybe_sent, tried=False)


def must_look(capabilities: Capabilities, *, maybe_sent: bool, age: timedelta) -> bool:
    """Tell whether a part has to be looked up, because sending it could make a second message."""
    return maybe_sent and not may_repeat(capabilities, age)


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


def _retry(
    attempts: int, age: timedelta, patience: timedelta, due_at: datetime, code: str, error: str
) -> Verdict:
    """Try again: nothing has left. Only after long an outage makes it a dead letter."""
    if attempts >= MAX_ATTEMPTS and age >= patience:
        return Verdict(DeliveryState.DEAD, error_code=code, error=error)
    return Verdict(DeliveryState.RETRY, due_at=due_at, error_code=code, error=error)
