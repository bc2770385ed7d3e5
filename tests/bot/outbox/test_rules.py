"""What becomes of a delivery after an attempt."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.outbox import rules
from bot.outbox.rules import MAX_ATTEMPTS, PATIENCE, Verdict
from bot.outbox.states import OPEN, DeliveryState
from connectors.capabilities import Capabilities, Idempotency
from connectors.results import (
    Duplicate,
    LoginNeeded,
    Permanent,
    Refusal,
    RetryAfter,
    Scope,
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
    st.just(Permanent(Refusal.FORBIDDEN, "no")),
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
    maybe_sent: bool = False,
) -> Verdict:
    return rules.judge(
        result,
        attempts=attempts,
        chance=chance,
        capabilities=capabilities,
        age=age,
        maybe_sent=maybe_sent,
        now=NOON,
    )


@given(
    result=results,
    attempts=attempts,
    chance=chances,
    capabilities=capabilities,
    age=ages,
    maybe_sent=st.booleans(),
)
def test_every_result_has_one_honest_end(
    result: SendResult,
    attempts: int,
    chance: float,
    capabilities: Capabilities,
    age: timedelta,
    *,
    maybe_sent: bool,
) -> None:
    verdict = judge(
        result,
        attempts=attempts,
        chance=chance,
        capabilities=capabilities,
        age=age,
        maybe_sent=maybe_sent,
    )

    assert verdict.state in {"sent", "retry", "unconfirmed", "dead"}
    assert (verdict.state == DeliveryState.SENT) == isinstance(result, Sent | Duplicate)
    assert (verdict.native_id is not None) == (verdict.state == DeliveryState.SENT)
    assert (verdict.due_at is not None) == (verdict.state == DeliveryState.RETRY)
    assert (verdict.error_code is not None) == (verdict.state != DeliveryState.SENT)
    if attempts >= MAX_ATTEMPTS and age >= PATIENCE and not isinstance(result, LoginNeeded):
        assert verdict.state != DeliveryState.RETRY
    if verdict.due_at is not None:
        assert verdict.due_at <= NOON + HOUR
    doubtful = maybe_sent or isinstance(result, Unknown)
    assert verdict.maybe_sent == (doubtful and verdict.state != DeliveryState.SENT)
    if doubtful:
        assert verdict.state != DeliveryState.DEAD, "nobody knows: never called undelivered"
    if isinstance(result, Unknown) and verdict.state == DeliveryState.RETRY:
        assert capabilities.idempotency is Idempotency.KEY
        assert capabilities.idempotency_ttl is None or age < capabilities.idempotency_ttl


REFUSED: dict[str, SendResult] = {
    "transient": Transient("x"),
    "wait": RetryAfter(HOUR),
    "login": LoginNeeded("x"),
    "permanent": Permanent(Refusal.REFUSED),
}


@dataclass(slots=True)
class Story:
    """A part on its way to a platform that remembers a key as long as it says, no longer."""

    capabilities: Capabilities
    state: DeliveryState = DeliveryState.QUEUED
    maybe_sent: bool = False
    attempts: int = 0
    first_tried_at: datetime | None = None
    now: datetime = NOON
    arrivals: list[datetime] = field(default_factory=list)

    def goes_on(self, wait: timedelta, event: str, *, arrives: bool, is_found: bool) -> None:
        """Let the next thing happen after `wait`; `arrives`: what is sent reaches the platform."""
        self.now += wait
        doubtful = self.maybe_sent or self.state is DeliveryState.SENDING
        if event == "lost":
            self._become(rules.later(self.state, maybe_sent=doubtful, now=self.now))
            return
        self.first_tried_at = self.first_tried_at or self.now
        age = self.now - self.first_tried_at
        if rules.must_look(self.capabilities, maybe_sent=doubtful, age=age):
            result: SendResult = Duplicate("n") if self.arrivals and is_found else Unknown("x")
        elif event in {"cut", "unknown", "sent"}:
            if (arrives or event == "sent") and not self._remembers():
                self.arrivals.append(self.now)
            result = Sent("n") if event == "sent" else Unknown("x")
        else:
            result = REFUSED[event]
        if event == "cut":
            self.state = (
                DeliveryState.SENDING
            )  # the process ends before it writes what became of it
            return
        verdict = rules.judge(
            result,
            attempts=self.attempts + 1,
            chance=0.5,
            capabilities=self.capabilities,
            age=age,
            maybe_sent=doubtful,
            now=self.now,
        )
        self._become(verdict)

    def _become(self, verdict: Verdict) -> None:
        self.state, self.maybe_sent = verdict.state, verdict.maybe_sent
        self.attempts += verdict.tried

    def _remembers(self) -> bool:
        if not self.arrivals or self.capabilities.idempotency is Idempotency.NONE:
            return False
        memory = self.capabilities.idempotency_ttl
        return memory is None or self.now - self.arrivals[0] < memory


EVENTS = ("lost", "cut", "unknown", "sent", *REFUSED)
steps = st.tuples(
    st.sampled_from([timedelta(minutes=1), HOUR / 2, 2 * HOUR, timedelta(days=2)]),
    st.sampled_from(EVENTS),
    st.booleans(),
    st.booleans(),
)


@given(capabilities, st.lists(steps, min_size=2, max_size=12))
def test_whatever_happens_it_never_arrives_twice_and_never_is_lost_silently(
    capabilities: Capabilities, steps: list[tuple[timedelta, str, bool, bool]]
) -> None:
    story = Story(capabilities)
    for wait, event, arrives, is_found in steps:
        story.goes_on(wait, event, arrives=arrives, is_found=is_found)
        if story.state not in OPEN:
            break
    assert len(story.arrivals) <= 1
    if story.arrivals:
        assert story.state != DeliveryState.DEAD
    if story.state is DeliveryState.SENT:
        assert story.arrivals


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
        (Permanent(Refusal.FORBIDDEN), 1, KEYED, timedelta(0), "dead"),
        (Transient("x"), 7, PLAIN, timedelta(0), "retry"),
        (Transient("x"), 8, KEYED, 23 * HOUR, "retry"),
        (Transient("x"), 7, KEYED, 25 * HOUR, "retry"),
        (Transient("x", Scope.CHAT), 8, KEYED, 24 * HOUR, "dead"),
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
