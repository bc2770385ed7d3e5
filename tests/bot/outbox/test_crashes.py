"""Crashes, frozen senders, broken connectors: never twice, never silently lost."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy import exc
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.audit.service import CLI
from bot.db.engine import Database
from bot.outbox import service as outbox
from bot.outbox.rules import MAX_ATTEMPTS
from bot.work.service import LEASE
from bot.work.states import Lane
from connectors.capabilities import Capabilities
from connectors.results import Permanent, Refusal, SendResult, Sent, Transient, Unknown
from tests.bot.outbox.support import ONCE, SHORT_MEMORY, open_threads, states, tell
from tests.fakes.town import CAPABILITIES, Town

MATRIX = replace(CAPABILITIES, idempotency_ttl=timedelta(hours=23))


class Killed(BaseException):
    """The process ends here."""


def die() -> SendResult:
    raise Killed


def test_a_crash_while_sending_is_repeated_where_the_key_is_known(town: Town) -> None:
    town.platform.script = [die]
    tell(town, "t", "eins", "zwei")
    with pytest.raises(Killed):
        town.send()
    assert states(town) == ["sending", "queued"]

    town.send(sender=town.sender("new"))
    assert len(town.platform.log) == 1, "the lease still holds"
    town.clock.advance(LEASE.total_seconds())
    town.send(sender=town.sender("new"))
    assert town.platform.texts == ["eins", "eins", "zwei"]
    assert len({key for text, key in town.platform.log if text == "eins"}) == 1
    assert [part.repeated for part in town.platform.parts] == [False, True, False]
    assert states(town) == ["sent", "sent"]


@pytest.mark.parametrize("capabilities", [ONCE, SHORT_MEMORY])
@pytest.mark.parametrize("native_id", ["n1", None])
def test_a_crash_is_looked_up_where_repeating_could_double(
    town: Town, capabilities: Capabilities, native_id: str | None
) -> None:
    town.platform.capabilities = capabilities
    town.platform.script = [die]
    tell(town, "t", "eins", "zwei")
    with pytest.raises(Killed):
        town.send()
    key = town.deliveries()[0].key
    town.platform.found = {key: native_id} if native_id else {}
    town.clock.advance(LEASE.total_seconds())
    town.send(sender=town.sender("new"))

    assert town.platform.asked == [key]
    assert town.platform.texts == ["eins", "zwei"]
    assert states(town) == ["sent" if native_id else "unconfirmed", "sent"]


def test_doubts_after_a_crash_are_no_sign_that_the_platform_is_away(town: Town) -> None:
    town.platform.capabilities = ONCE
    threads = [f"t{number}" for number in range(8)]
    open_threads(town, *threads, "later")
    for thread in threads:
        tell(town, thread, "eins")
    town.platform.script = [die]
    with pytest.raises(Killed):
        town.send()
    town.clock.advance(LEASE.total_seconds())
    after = town.sender("new")
    town.send(sender=after)
    assert states(town) == ["unconfirmed"] * len(threads)

    tell(town, "later", "zwei")
    town.send(sender=after)
    assert town.platform.texts[-1] == "zwei", "nobody waits for a rest of the breaker"


def test_a_sender_whose_lease_was_taken_over_records_nothing(town: Town) -> None:
    second = town.sender("second")

    def freeze() -> SendResult:
        town.clock.advance(LEASE.total_seconds() + 1)
        assert second.run_once(Lane.OUTBOUND) == 1
        return Permanent(Refusal.REFUSED, "what the frozen one heard does not count any more")

    town.platform.script = [freeze, Sent("second-1")]
    tell(town, "t", "eins")
    town.send()
    [delivery] = town.deliveries()
    assert (delivery.state, delivery.native_id, delivery.seq) == ("sent", "second-1", 1)
    assert delivery.attempts == 1


def test_slow_sends_keep_their_threads(town: Town) -> None:
    """Six parts of a thread take eight seconds each: together far longer than a lease."""
    tell(town, "t", *"abcdef")
    second, taken = town.sender("second"), []

    def slow() -> SendResult:
        town.clock.advance(8)
        taken.append(second.run_once(Lane.OUTBOUND))
        return Sent("n")

    town.platform.script = [slow] * 6
    town.send()
    assert taken == [0] * 6
    assert town.platform.texts == list("abcdef")
    assert states(town) == ["sent"] * 6


def test_what_was_taken_over_is_not_sent_by_the_frozen_one(town: Town) -> None:
    tell(town, "t", "eins", "zwei")
    town.platform.capabilities = ONCE

    def freeze() -> SendResult:
        town.clock.advance(LEASE.total_seconds() + 1)
        while town.sender("second").run_once(Lane.OUTBOUND):
            pass
        return Sent("n")

    town.platform.script = [freeze]
    town.send()
    assert town.platform.texts == ["eins", "zwei"]
    assert states(town) == ["unconfirmed", "sent"]


def test_a_connector_that_breaks_does_not_hurt_the_other_threads(town: Town) -> None:
    town.platform.capabilities = ONCE
    open_threads(town, "a", "b", "c")
    town.platform.script = [Sent("n1"), RuntimeError("bug"), Sent("n3")]
    for thread in "abc":
        tell(town, thread, thread)
    town.send()
    town.clock.advance(999)
    town.send()
    assert Counter(states(town)) == {"sent": 2, "unconfirmed": 1}
    assert len(town.platform.log) == 3


def test_a_connector_that_always_breaks_ends_as_well(town: Town) -> None:
    town.platform.script = [RuntimeError("bug")] * 50
    tell(town, "t", "eins")
    for _ in range(23):
        town.send()
        town.clock.advance(3600)
    assert states(town) == ["retry"], "its key is safe, and an outage may take a night"
    for _ in range(3):
        town.send()
        town.clock.advance(3600)
    assert len(town.platform.log) > MAX_ATTEMPTS
    assert states(town) == ["unconfirmed"]


def test_what_is_unknown_is_not_sent_again_when_its_key_is_forgotten(town: Town) -> None:
    """The answer was lost on Friday evening, the channel rests until Monday."""
    town.platform.capabilities = MATRIX
    town.platform.script = [Unknown("cut"), Transient("down")]
    tell(town, "t", "eins", "zwei")
    town.send()
    town.clock.advance(2)
    town.send()
    assert states(town) == ["retry", "queued"]
    key = town.deliveries()[0].key
    town.clock.advance(48 * 3600)
    town.send()
    assert town.platform.texts == ["eins", "eins", "zwei"], "the second time it was remembered"
    assert town.platform.asked == [key, key], "looked up at once, and again after the weekend"
    assert states(town) == ["unconfirmed", "sent"]

    with town.database.unit_of_work() as session:
        outbox.requeue(session, town.deliveries()[0].id, actor=CLI, now=town.clock.now())
    town.send()
    assert states(town) == ["sent", "sent"], "a person has decided"
    assert [part.maybe_sent for part in town.deliveries()] == [False, False]


def test_the_memory_of_a_key_begins_with_the_first_attempt(town: Town) -> None:
    town.platform.capabilities = MATRIX
    tell(town, "t", "eins")
    town.clock.advance(48 * 3600)
    town.platform.script = [Unknown("cut")]
    town.send()
    assert states(town) == ["retry"], "nobody has to decide: the platform knows the key"
    town.clock.advance(60)
    town.send()
    assert states(town) == ["sent"]


def test_a_refusal_after_an_unknown_attempt_is_no_proof(town: Town) -> None:
    town.platform.script = [Unknown("cut"), Permanent(Refusal.FORBIDDEN)]
    tell(town, "t", "eins")
    town.send()
    town.clock.advance(60)
    town.send()
    [part] = town.deliveries()
    assert (part.state, part.error_code) == ("unconfirmed", "forbidden")


def test_what_may_have_arrived_is_unclear_when_its_channel_is_removed(town: Town) -> None:
    open_threads(town, "a", "b")
    town.platform.script = [Unknown("cut"), Transient("down")]
    for thread in "ab":
        tell(town, thread, thread)
    town.send()
    with town.database.unit_of_work() as session:
        outbox.give_up(session, town.channel_id, now=town.clock.now())
    assert sorted(states(town)) == ["dead", "unconfirmed"]


def test_a_channel_that_is_lost_before_the_call_changes_nothing(town: Town) -> None:
    open_threads(town, "a", "b")
    town.platform.script = [die]
    tell(town, "a", "eins")
    with pytest.raises(Killed):
        town.send()
    tell(town, "b", "zwei")
    town.clock.advance(LEASE.total_seconds())
    ours = iter([True])  # as it looks, not any more as it sends
    town.send(sender=town.sender("second", is_ours=lambda: next(ours, False)))
    assert [(part.state, part.attempts) for part in town.deliveries()] == [
        ("sending", 0),
        ("queued", 0),
    ]

    town.platform.capabilities = ONCE
    town.send(sender=town.sender("third"))
    assert town.platform.texts == ["eins", "zwei"]
    assert states(town) == ["unconfirmed", "sent"]


class Flaky(Database):
    """A database that loses the next commits."""

    losses = 0
    error: Exception = OperationalError("commit", None, RuntimeError("deadlock"))

    @contextmanager
    def unit_of_work(self) -> Iterator[Session]:
        with super().unit_of_work() as session:
            yield session
            if self.losses:
                self.losses -= 1
                raise self.error


class Stop(Event):
    """A wish to stop that comes after some waits; nobody really waits."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.waits: list[float] = []
        self._after = after

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout or 0)
        if len(self.waits) == self._after:
            self.set()
        return self.is_set()


@pytest.fixture
def flaky(town: Town, database_url: str) -> Iterator[Flaky]:
    town.platform.capabilities = ONCE
    tell(town, "t", "eins")
    town.database = flaky = Flaky(database_url)
    yield flaky
    flaky.close()


def lose(town: Town, flaky: Flaky, losses: int, stopping: Stop) -> None:
    """Send, and lose that many commits after the part has left."""

    def send() -> SendResult:
        flaky.losses = losses
        return Sent("n1")

    town.platform.script = [send]
    town.send(sender=town.sender(stopping=stopping))


@pytest.mark.parametrize("error", [Flaky.error, exc.TimeoutError("no connection")])
def test_what_has_left_is_recorded_although_the_database_is_away(
    town: Town, flaky: Flaky, error: Exception
) -> None:
    flaky.error = error
    stopping = Stop(after=999)
    lose(town, flaky, 30, stopping)
    assert states(town) == ["sent"]
    assert len(town.platform.log) == 1
    assert stopping.waits == sorted(stopping.waits)
    assert sum(stopping.waits) > 60


def test_a_stop_does_not_wait_for_the_database(town: Town, flaky: Flaky) -> None:
    stopping = Stop(after=3)
    with pytest.raises(OperationalError):
        lose(town, flaky, 999, stopping)
    assert len(stopping.waits) == 3
    flaky.losses = 0
    town.platform.found = {town.deliveries()[0].key: "n1"}
    town.clock.advance(LEASE.total_seconds())
    town.send(sender=town.sender("next"))
    assert states(town) == ["sent"]
    assert len(town.platform.log) == 1


def test_an_error_that_no_patience_mends_ends_at_once(town: Town, flaky: Flaky) -> None:
    flaky.error = exc.DataError("update", None, RuntimeError("too long"))
    stopping = Stop(after=999)
    with pytest.raises(exc.DataError):
        lose(town, flaky, 1, stopping)
    assert stopping.waits == []
