"""The sweeps run whatever the clock does; one process sweeps, another is ready to take over."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from threading import Event, Semaphore

import pytest
from apscheduler.schedulers import base
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import ticking
from bot.channels.queries import Connectors
from bot.config import Settings
from bot.db.engine import Database
from bot.leases.models import Lease
from bot.leases.tenure import RENEW_EVERY
from bot.processes import service as processes
from bot.processes.models import Process
from bot.processes.service import Known
from bot.processes.states import Role
from bot.schedule import Schedule
from bot.wake import Bells
from tests.fakes.clock import Clock

LONG = 181  # seconds without a sweep that succeeds
HOURS = timedelta(hours=1)


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> list[timedelta]:
    """Move the time of day as APScheduler reads it from the system."""
    moved = [timedelta(0)]

    class Moved:
        @staticmethod
        def now(tz: tzinfo) -> datetime:
            return tz.fromutc((datetime.now(UTC) + moved[0]).replace(tzinfo=tz))

    monkeypatch.setattr(base, "datetime", Moved)
    return moved


@pytest.mark.parametrize("jump", [-HOURS, 24 * 30 * HOURS])
def test_a_clock_that_jumps_neither_stops_nor_floods_the_sweeps(
    hands: list[timedelta], jump: timedelta
) -> None:
    ran = Semaphore(0)
    scheduler = ticking.scheduler(time.monotonic, at_once=1)
    scheduler.add_job(ran.release, ticking.Every(timedelta(milliseconds=10)))
    scheduler.start()
    assert ran.acquire(timeout=30)
    hands[0] = jump
    for _ in range(5):
        assert ran.acquire(timeout=30), "it waits for the time of day"
    scheduler.shutdown()


class Waits(Event):
    """A stop that comes after some waits; each lets its time pass, and something happen."""

    def __init__(self, clock: Clock, *happens: Callable[[], object]) -> None:
        super().__init__()
        self._clock = clock
        self._happens = list(happens)

    def wait(self, timeout: float | None = None) -> bool:
        if not self._happens:
            self.set()
            return True
        self._clock.advance(timeout or 0)
        self._happens.pop(0)()
        return False


class Flaky(Database):
    """A database of which nobody has thought how it fails."""

    is_broken = False

    @contextmanager
    def unit_of_work(self) -> Iterator[Session]:
        if self.is_broken:
            raise RuntimeError("what is this?")
        with super().unit_of_work() as session:
            yield session


class Plan:
    """A process with its sweeps, run through some waits."""

    def __init__(self, database: Database, folder: Path, role: Role) -> None:
        self.database = database
        self.clock = Clock()
        self.me = Known(f"{role}:1", role)
        self.settings = Settings(data_dir=folder)
        self.settings.make_key()
        self.seen: list[bool] = []

    def run(self, *happens: Callable[[], object]) -> None:
        self.made = Schedule(
            self.database,
            Bells(),
            Connectors(),
            Waits(self.clock, *happens),
            me=self.me,
            settings=self.settings,
            chance=lambda: 0.5,
            now=self.clock.now,
            ticks=self.clock.ticks,
        )
        self.made.run()

    def look(self) -> None:
        """Note whether this process sweeps."""
        with self.database.read() as session:
            self.seen.append(session.scalar(select(Lease.owner)) == self.me.owner)

    def someone(self, role: Role) -> None:
        with self.database.unit_of_work() as session:
            processes.beat(session, Known("other", role), now=self.clock.now())

    def owners(self) -> list[str]:
        with self.database.read() as session:
            return list(session.scalars(select(Process.owner).order_by(Process.owner)))


@pytest.mark.parametrize("role", [Role.ALL, Role.SCHEDULER])
def test_a_scheduler_sweeps_at_once_and_leaves_in_good_order(
    database: Database, tmp_path: Path, role: Role
) -> None:
    plan = Plan(database, tmp_path, role)
    there: list[list[str]] = []
    plan.run(plan.look, lambda: there.append(plan.owners()))
    assert plan.seen == [True]
    assert there == [[plan.me.owner]]
    assert plan.owners() == []
    with database.read() as session:
        assert session.scalars(select(Lease.owner)).all() == [None]


def test_one_that_is_killed_and_started_again_takes_its_own_place(
    database: Database, tmp_path: Path
) -> None:
    plan = Plan(database, tmp_path, Role.WORKER)
    plan.someone(Role.WORKER)
    there: list[list[str]] = []
    plan.run(*[lambda: there.append(plan.owners())] * 7)
    assert there[0] == there[4] == ["other", plan.me.owner]
    assert there[6] == [plan.me.owner]


@pytest.mark.parametrize("role", [Role.WEB, Role.WORKER, Role.CONNECTORS])
def test_every_process_stands_in_while_there_is_no_scheduler(
    database: Database, tmp_path: Path, role: Role
) -> None:
    plan = Plan(database, tmp_path, role)

    def scheduler() -> None:
        plan.someone(Role.SCHEDULER)

    waits = [plan.look, plan.look, plan.look, plan.look]  # a scheduler may come in these 10 seconds
    plan.run(*waits, scheduler, plan.look, *[plan.look] * 5)
    assert plan.seen[:4] == [False, False, True, True]
    assert plan.seen[4:] == [False] * 4 + [True] * 2, "it has long been quiet"


def test_whose_sweeps_hang_steps_back_and_falls_silent(database: Database, tmp_path: Path) -> None:
    """Unless it is alone: on SQLite the other sweeps go on."""
    plan = Plan(database, tmp_path, Role.SCHEDULER)
    named: list[list[str]] = []
    said: list[datetime] = []

    def note() -> None:
        named.append(plan.made.stalled())
        plan.look()
        with database.read() as session:
            said.append(session.scalars(select(Process.seen_at)).one())

    def hang() -> None:
        plan.clock.advance(LONG)

    plan.run(note, hang, note, note)
    assert named[0] == []
    assert "alarms" in named[1]
    assert "privacy" not in named[1], "it comes every ten minutes"
    alone = database.is_sqlite
    assert plan.seen == [True, alone, alone]
    assert (said[2] > said[1]) is alone


def test_no_error_ends_the_loop_that_keeps_the_lease(database_url: str, tmp_path: Path) -> None:
    database = Flaky(database_url)
    plan = Plan(database, tmp_path, Role.SCHEDULER)

    def broken(*, is_it: bool) -> Callable[[], None]:
        return lambda: setattr(database, "is_broken", is_it)

    again = [lambda: None] * 4  # longer than a lease
    plan.run(plan.look, broken(is_it=True), *again, broken(is_it=False), plan.look, plan.look)
    assert plan.seen == [True, True, True]
    assert plan.clock.ticks() == (len(again) + 5) * RENEW_EVERY
    database.close()
