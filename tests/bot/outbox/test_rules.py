"""What becomes of a delivery after an attempt."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.outbox import rules
from bot.outbox.rules import MAX_ATTEMPTS, PATIENCE, Verdict
from bot.outbox.states import DeliveryState
from connectors.base import (
    Capabilities,
    Duplicate,
    Idempotency,
    LoginNeeded,
    Permanent,
    RetryAfter,
    SendResult,
    Sent,
    Transient,
    Unknown,
)
from tests.fakes.clock import NOON

HOUR = timedelta(hours=1)
PLAIN = Capabilities(max_text=100)
KEYED = replace(PLAIN, idempotency=Idempotency.KEY)
KEYED_AN_HOUR = replace(KEYED, idempotency_ttl=HOUR)

attempts = st.integers(1, 40)
chances = st.floats(0, 1, exclude_max=True)
capabilities = st.sampled_from([PLAIN, KEYED, KEYED_AN_HOUR])
ages = st.timedeltas(timedelta(0), timedelta(days=30))
results: st.SearchStrategy[SendResult] = st.one_of(
    st.just(Sent("n")),
    st.just(Duplicate("n")),
    st.just(Permanent("blocked", "no")),
    st.just(Transient("refused")),
    st.just(Unknown("cut")),
    st.just(LoginNeeded("revoked")),
    st.timedeltas(timedelta(days=-9), timedelta(days=20_000)).map(RetryAfter),
)


def judge(
    result: SendResult,
    *,
    attempts: int = 1,
    chance: float = 0.5,
    capabilities: Capabilities = PLAIN,
    age: timedelta = timedelta(0),
) -> Verdict:
    return rules.judge(
        result, attempts=attempts, chance=chance, capabilities=capabilities, age=age, now=NOON
    )


@given(results, attempts, chances, capabilities, ages)
def test_every_result_has_one_honest_end(
    result: SendResult,
    attempts: int,
    chance: float,
    capabilities: Capabilities,
    age: timedelta,
) -> None:
    verdict = judge(result, attempts=attempts, chance=chance, capabilities=capabilities, age=age)

    assert verdict.state in {"sent", "retry", "unconfirmed", "dead"}
    assert (verdict.state == DeliveryState.SENT) == isinstance(result, Sent | Duplicate)
    assert (verdict.native_id is not None) == (verdict.state == DeliveryState.SENT)
    assert (verdict.due_at is not None) == (verdict.state == DeliveryState.RETRY)
    assert (verdict.error_code is not None) == (verdict.state != DeliveryState.SENT)
    if attempts >= MAX_ATTEMPTS and age >= PATIENCE and not isinstance(result, LoginNeeded):
        assert verdict.state != DeliveryState.RETRY
    if verdict.due_at is not None:
        assert verdict.due_at <= NOON + HOUR
    if isinstance(result, Unknown):
        assert verdict.state != DeliveryState.DEAD, "nobody knows: never called undelivered"
        if verdict.state == DeliveryState.RETRY:
            assert capabilities.idempotency is Idempotency.KEY
            assert capabilities.idempotency_ttl is None or age < capabilities.idempotency_ttl


@given(attempts, chances)
def test_the_wait_grows_but_stays_within_its_bounds(attempts: int, chance: float) -> None:
    verdict = judge(Transient("x"), attempts=attempts, chance=chance)
    assert verdict.due_at is not None
    wait = verdict.due_at - NOON
    assert timedelta(0) <= wait <= min(timedelta(seconds=2**attempts), timedelta(minutes=5))


def test_the_wait_doubles() -> None:
    due = [judge(Transient("x"), attempts=n, chance=0.5).due_at for n in range(1, MAX_ATTEMPTS)]
    waits = [(at - NOON).total_seconds() for at in due if at]
    assert waits == [1, 2, 4, 8, 16, 32, 64]


@given(st.timedeltas(timedelta(0), HOUR))
def test_a_platform_that_asks_for_patience_gets_it(delay: timedelta) -> None:
    assert judge(RetryAfter(delay)).due_at == NOON + delay


@pytest.mark.parametrize(
    ("result", "attempts", "capabilities", "age", "state"),
    [
        (Sent("n"), 1, PLAIN, timedelta(0), "sent"),
        (Duplicate("n"), 9, PLAIN, timedelta(0), "sent"),
        (Permanent("blocked"), 1, KEYED, timedelta(0), "dead"),
        (Transient("x"), 7, PLAIN, timedelta(0), "retry"),
        (Transient("x"), 8, KEYED, 23 * HOUR, "retry"),
        (Transient("x"), 7, KEYED, 25 * HOUR, "retry"),
        (Transient("x"), 8, KEYED, 24 * HOUR, "dead"),
        (RetryAfter(HOUR), 8, KEYED, 23 * HOUR, "retry"),
        (RetryAfter(HOUR), 8, KEYED, 24 * HOUR, "dead"),
        (LoginNeeded("x"), 99, KEYED, 99 * HOUR, "retry"),
        (Unknown("x"), 1, PLAIN, timedelta(0), "unconfirmed"),
        (Unknown("x"), 1, KEYED, 999 * HOUR, "retry"),
        (Unknown("x"), 8, KEYED, 23 * HOUR, "retry"),
        (Unknown("x"), 8, KEYED, 24 * HOUR, "unconfirmed"),
        (Unknown("x"), 1, KEYED_AN_HOUR, HOUR - timedelta(seconds=1), "retry"),
        (Unknown("x"), 1, KEYED_AN_HOUR, HOUR, "unconfirmed"),
    ],
)
def test_the_table(
    result: SendResult, attempts: int, capabilities: Capabilities, age: timedelta, state: str
) -> None:
    verdict = judge(result, attempts=attempts, capabilities=capabilities, age=age)
    assert verdict.state == state
