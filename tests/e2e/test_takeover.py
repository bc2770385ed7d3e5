"""The process that sweeps is frozen: another takes over, says so, and nothing is told twice."""

from collections import Counter
from collections.abc import Iterator
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
from tests.support.waiting import until

GONE = Subject(SubjectKind.PROCESS_SCHEDULER)


@pytest.fixture
def city(postgres_maintenance: str) -> Iterator[tuple[Database, str]]:
    url = postgres.create_database(postgres_maintenance, "takeover")
    database = Database(url)
    migrate.upgrade(database)
    yield database, url
    database.close()
    postgres.drop_database(postgres_maintenance, "takeover")


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
            until("somebody sweeps", holder)
            frozen = holder() or ""
            second.start()
            until("the second beats", lambda: count() == 2)
            last = beat(frozen)
            until("the first beats", lambda: beat(frozen) != last)
            first.freeze()
            last = beat(frozen)
            with database.unit_of_work() as session:
                subject = Subject(SubjectKind.CITY)
                alarms.raise_alarm(session, AlarmKind.TEST, subject, now=clock.now())
            until("another takes over", lambda: holder() not in {None, frozen})
            heir = holder()
            until("it is missed", lambda: state() is AlarmState.OPEN, patience=180)
            until("both are told", lambda: len(receiver.posted) == 2, patience=180)
            first.thaw()
            until("it goes on", lambda: beat(frozen) != last)
            until("it is there again", lambda: state() is AlarmState.RESOLVED)
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
