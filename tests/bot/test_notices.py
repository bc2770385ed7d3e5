"""Bells between processes: heard elsewhere, not echoed, and heard again after a broken line."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from bot.db.engine import Database
from bot.db.notices import Notices
from bot.wake import Bell, Bells

_PATIENCE = 30.0


@pytest.fixture
def two(database: Database) -> Iterator[tuple[Bells, Bells]]:
    """Yield the bells of two processes of one city."""
    if database.is_sqlite:
        pytest.skip("one process has one set of bells")
    ours, theirs = Bells(), Bells()
    lines = [Notices(database.url, ours), Notices(database.url, theirs)]
    for line in lines:
        line.start()
    yield ours, theirs
    for line in lines:
        line.stop()


def rings_until_heard(bell: Bell, other: Bell) -> None:
    """Ring until the other process hears it: a line that opens just now misses the first rings."""
    seen = other.rung
    for _ in range(int(_PATIENCE / 0.2)):
        bell.ring()
        other.wait(seen, 0.2)
        if other.rung != seen:
            return
    raise AssertionError("nobody heard it")


def test_a_bell_is_heard_in_the_other_process(two: tuple[Bells, Bells]) -> None:
    ours, theirs = two
    rings_until_heard(ours.outbound, theirs.outbound)
    rings_until_heard(theirs.events, ours.events)


def test_our_own_ring_does_not_come_back(two: tuple[Bells, Bells]) -> None:
    ours, theirs = two
    rings_until_heard(ours.bulk, theirs.bulk)
    rings_until_heard(theirs.bulk, ours.bulk)  # both lines are open now
    before, seen = ours.inbound.rung, theirs.inbound.rung
    ours.inbound.ring()
    theirs.inbound.wait(seen, _PATIENCE)
    rings_until_heard(theirs.bulk, ours.bulk)  # what was on its way has arrived
    assert ours.inbound.rung == before + 1


def test_a_broken_line_is_opened_again(two: tuple[Bells, Bells], database: Database) -> None:
    ours, theirs = two
    rings_until_heard(ours.events, theirs.events)
    with database.unit_of_work() as session:
        session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    rings_until_heard(ours.events, theirs.events)
    rings_until_heard(theirs.events, ours.events)
