"""The process that sweeps is frozen: another takes over, says so, and nothing is told twice."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import clock
from bot.alarms import service as alarms
from bot.alarms.models import Alarm
from bot.alarms.rules import Route
from bot.alarms.states import AlarmKind, AlarmState, Subject, SubjectKind, Way
from bot.audit.service import CLI
from bot.db import migrate
from bot.db.engine import Database
from bot.leases.models import Lease
from bot.processes.models import Process
from bot.schedule import LEASE
from tests.fakes.receiver import receiving
from tests.support import postgres
from tests.support.server import Server

GONE = Subject(SubjectKind.PROCESS_SCHEDULER)


@pytest.fixture
def city(postgres_maintenance: str) -> Iterator[tuple[Database, str]]:
    url = postgres.create_database(postgres_maintenance, "takeover")
    database = Database(url)
    migrate.upgrade(database)
    yield database, url
    database.close()
    postgres.drop_database(postgres_maintenance, "takeover")


def until(condition: Callable[[], object], what: str) -> None:
    for _ in range(1800):
        if condition():
            return
        threading.Event().wait(0.1)
    raise TimeoutError(what)


def test_a_frozen_scheduler_is_replaced_told_and_changes_nothing_when_it_wakes(
    city: tuple[Database, str], tmp_path: Path
) -> None:
    database, url = city

    def holder() -> str | None:
        with database.read() as session:
            return session.scalar(select(Lease.owner).where(Lease.name == LEASE))

    def state() -> AlarmState | None:
        with database.read() as session:
            return session.scalar(
                select(Alarm.state).where(
                    Alarm.kind == AlarmKind.PROCESS_GONE, Alarm.subject_kind == GONE.kind
                )
            )

    def beat(owner: str) -> datetime | None:
        with database.read() as session:
            return session.scalar(select(Process.seen_at).where(Process.owner == owner))

    def count() -> int:
        with database.read() as session:
            return len(session.scalars(select(Process.owner)).all())

    first, second = (Server(url, tmp_path, role="scheduler") for _ in range(2))
    with receiving() as receiver:
        with database.unit_of_work() as session:
            route = Route(Way.WEBHOOK, url=receiver.url)
            alarms.add_route(session, route, actor=CLI, now=clock.now())
        try:
            first.start()
            until(holder, "nobody sweeps")
            frozen = holder() or ""
            second.start()
            until(lambda: count() == 2, "the second does not beat")
            last = beat(frozen)
            until(lambda: beat(frozen) != last, "the first does not beat")
            first.freeze()
            last = beat(frozen)
            with database.unit_of_work() as session:
                subject = Subject(SubjectKind.CITY)
                alarms.raise_alarm(session, AlarmKind.TEST, subject, now=clock.now())
            until(lambda: holder() not in {None, frozen}, "nobody takes over")
            heir = holder()
            until(lambda: state() is AlarmState.OPEN, "nobody misses it")
            until(lambda: len(receiver.posted) == 2, "nobody is told")
            first.thaw()
            until(lambda: beat(frozen) != last, "it does not go on")
            until(lambda: state() is AlarmState.RESOLVED, "it is there again")
            assert holder() == heir
        finally:
            first.thaw()
            first.stop()
            second.stop()
        told = Counter(post.body for post in receiver.posted)
    assert len(told) == 2, "two alarms, and neither escalated"
    assert set(told.values()) == {1}, "nothing is told twice"
    with database.read() as session:
        assert session.scalars(select(Process.owner)).all() == [], "both have said farewell"
