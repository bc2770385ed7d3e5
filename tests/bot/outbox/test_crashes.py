"""Crashes, frozen senders, broken connectors: never twice, never silently lost."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.db.engine import Database
from bot.outbox.rules import MAX_ATTEMPTS
from bot.work.service import LEASE
from bot.work.states import Lane
from connectors.base import (
    Capabilities,
    Permanent,
    SendResult,
    Sent,
)
from tests.bot.outbox.support import ONCE, SHORT_MEMORY, open_threads, states, tell
from tests.fakes.town import Town


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


def test_a_sender_whose_lease_was_taken_over_records_nothing(town: Town) -> None:
    second = town.sender("second")

    def freeze() -> SendResult:
        town.clock.advance(LEASE.total_seconds() + 1)
        assert second.run_once(Lane.OUTBOUND) == 1
        return Permanent("late", "what the frozen one heard does not count any more")

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


class Flaky(Database):
    """A database that loses the next commits, as a deadlock does."""

    losses = 0

    @contextmanager
    def unit_of_work(self) -> Iterator[Session]:
        with super().unit_of_work() as session:
            yield session
            if self.losses:
                self.losses -= 1
                raise OperationalError("commit", None, RuntimeError("deadlock"))


def test_what_has_left_is_recorded_although_a_commit_is_lost(town: Town, database_url: str) -> None:
    town.platform.capabilities = ONCE
    tell(town, "t", "eins")
    town.database = flaky = Flaky(database_url)

    def send() -> SendResult:
        flaky.losses = 2
        return Sent("n1")

    town.platform.script = [send]
    town.send()
    assert states(town) == ["sent"]
    assert len(town.platform.log) == 1
    flaky.close()
