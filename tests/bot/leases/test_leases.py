"""Leases: one holder at a time, a fence that only rises, and writes that prove it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.engine import Database
from bot.leases import service as leases
from bot.leases.models import Lease
from bot.leases.service import LENGTH, Held, LeaseLostError
from bot.leases.tenure import Guarded, Tenure
from tests.fakes.clock import NOON, Clock

NAME = "sweeps"


def take(database: Database, owner: str, after: timedelta = timedelta(0)) -> Held | None:
    with database.unit_of_work() as session:
        return leases.take(session, NAME, owner, now=NOON + after)


def test_one_holds_it_until_its_time_is_over(database: Database) -> None:
    first = take(database, "first")
    assert first is not None
    assert take(database, "second", LENGTH - timedelta(seconds=1)) is None
    second = take(database, "second", LENGTH)
    assert second is not None
    assert second.fence > first.fence


def test_who_renews_keeps_it(database: Database) -> None:
    first = take(database, "first")
    assert first is not None
    with database.unit_of_work() as session:
        assert leases.keep(session, first, now=NOON + LENGTH / 2)
    assert take(database, "second", LENGTH) is None
    assert take(database, "second", LENGTH * 3 / 2) is not None
    with database.unit_of_work() as session:
        assert not leases.keep(session, first, now=NOON + LENGTH * 2), "it is another's now"


def test_what_is_given_back_can_be_taken_at_once(database: Database) -> None:
    first = take(database, "first")
    assert first is not None
    with database.unit_of_work() as session:
        leases.give_back(session, first)
    second = take(database, "second")
    assert second is not None
    with database.unit_of_work() as session:
        leases.give_back(session, first)
    assert take(database, "third") is None, "only its holder gives it back"


def test_a_write_of_the_old_holder_changes_nothing(database: Database) -> None:
    first = take(database, "first")
    assert first is not None
    assert take(database, "second", LENGTH) is not None
    with pytest.raises(LeaseLostError), database.unit_of_work() as session:
        leases.prove(session, first)
    unknown = Held("nobody", "first", 1)
    with pytest.raises(LeaseLostError), database.unit_of_work() as session:
        leases.prove(session, unknown)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from("abc"), st.sampled_from(["tend", "back", "write"]), st.integers(0, 30)
        ),
        max_size=25,
    )
)
def test_never_two_at_a_time(database: Database, steps: list[tuple[str, str, int]]) -> None:
    """However they come and go: whose write succeeds is the one who took it last."""
    clock = Clock()
    tenures = {name: Tenure(NAME, name, clock.now, clock.ticks) for name in "abc"}
    with database.unit_of_work() as session:
        leases.free_all(session)
    for name, step, seconds in steps:
        clock.advance(seconds)
        tenure = tenures[name]
        if step == "write":
            with database.read() as session:
                row = session.execute(select(Lease).where(Lease.name == NAME)).scalar_one_or_none()
            mine = row is not None and row.owner == name and tenure.held
            try:
                with Guarded(database, tenure).unit_of_work():
                    wrote = True
            except LeaseLostError:
                wrote = False
            if mine:
                assert wrote
            if wrote:
                assert row is not None
                assert row.owner in {name, None}
        else:
            (tenure.tend if step == "tend" else tenure.give_back)(database)
        assert sum(each.held for each in tenures.values()) <= 1


def test_of_many_who_reach_for_it_one_gets_it(database: Database) -> None:
    start, got = Barrier(8), []

    def reach(number: int) -> None:
        start.wait()
        got.append(take(database, f"owner-{number}"))

    threads = [Thread(target=reach, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(held is not None for held in got) == 1


def test_a_frozen_sweep_changes_nothing_when_it_wakes(database: Database) -> None:
    clock = Clock()
    frozen = Tenure(NAME, "frozen", clock.now, clock.ticks)
    other = Tenure(NAME, "other", clock.now, clock.ticks)
    assert frozen.tend(database)
    clock.advance(LENGTH.total_seconds())
    assert not frozen.held, "its own clock tells it first"
    assert other.tend(database)
    with pytest.raises(LeaseLostError), Guarded(database, frozen).unit_of_work():
        raise AssertionError("nothing is written without the lease")
    with Guarded(database, other).unit_of_work() as session:
        assert session.scalar(select(Lease.owner)) == "other"


def test_a_lease_from_a_clock_that_had_jumped_is_taken(database: Database) -> None:
    assert take(database, "first", timedelta(hours=5)) is not None
    assert take(database, "second") is not None, "five hours ahead is no lease"
    assert take(database, "third", -timedelta(minutes=2)) is None, "clocks may differ a little"


def test_a_lease_whose_commit_failed_is_nobodys(database: Database) -> None:
    """Two would hold the same fence otherwise: that of the failed commit, and the next one."""
    clock = Clock()
    first = Tenure(NAME, "first", clock.now, clock.ticks)
    with pytest.raises(ZeroDivisionError):
        first.tend(Failing(database))
    assert not first.held
    second = Tenure(NAME, "second", clock.now, clock.ticks)
    assert second.tend(database)
    with pytest.raises(LeaseLostError), Guarded(database, first).unit_of_work():
        raise AssertionError("nothing is written without the lease")
    assert not first.tend(database)
    stolen = Held(NAME, "first", 1)
    with pytest.raises(LeaseLostError), database.unit_of_work() as session:
        leases.prove(session, stolen)
    with database.unit_of_work() as session:
        assert not leases.keep(session, stolen, now=clock.now())


def test_a_clock_that_jumps_makes_no_second_holder(database: Database) -> None:
    clock = Clock()
    first = Tenure(NAME, "first", clock.now, clock.ticks)
    second = Tenure(NAME, "second", clock.now, clock.ticks)
    assert first.tend(database)
    clock.jump(-3600)
    assert second.tend(database), "an hour ahead is no lease"
    assert not first.tend(database)
    assert (first.held, second.held) == (False, True)


class Failing:
    """A database whose commits fail."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def unit_of_work(self) -> Iterator[Session]:
        with self._database.unit_of_work() as session:
            yield session
            raise ZeroDivisionError

    def read(self) -> AbstractContextManager[Session]:
        return self._database.read()
