"""A town with staff who have addresses, and a notices' loop with a mail server."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pytest
from sqlalchemy import select

from bot.alarms import service as alarms
from bot.alarms.models import Alarm, AlarmNotice
from bot.alarms.notices import Notices, Sender
from bot.alarms.states import AlarmKind, AlarmState, Subject, SubjectKind
from bot.alarms.watch import Watch
from bot.audit.service import CLI
from bot.db.engine import Database
from bot.processes.service import Roll
from bot.staff import service as staff
from bot.staff.permissions import StaffUser
from bot.staff.states import Role, StaffLanguage
from connectors import mailserver
from tests.bot.staff.support import known_hash
from tests.fakes import mail
from tests.fakes import town as towns
from tests.fakes.mail import Mailbox
from tests.fakes.town import Town

KEY = b"k" * 32
URL = "https://stadt.example"
BACKUP = AlarmKind.BACKUP_FAILED, Subject(SubjectKind.BACKUP)


class Disk(NamedTuple):
    """What `shutil.disk_usage` tells."""

    total: int
    used: int
    free: int


@dataclass(slots=True)
class House:
    """The town, its alarms, and its ways out."""

    town: Town
    folder: Path
    disk: Disk = field(default_factory=lambda: Disk(10**12, 0, 10**12))
    pulls: set[str] = field(default_factory=set)  # kinds of channels that ask their platform

    @property
    def database(self) -> Database:
        return self.town.database

    def add(self, role: Role, email: str | None, office_id: int | None = None) -> StaffUser:
        with self.database.unit_of_work() as session:
            key = staff.create_user(
                session,
                CLI,
                username=f"{role}-{email}-{office_id}",
                display_name=f"{role} {email}",
                role=role,
                office_id=office_id,
                email=email,
                password_hash=known_hash(),
                now=self.town.clock.now(),
            )
        return StaffUser(key, str(role), role, office_id, StaffLanguage.DE)

    def sound(self, kind: AlarmKind, subject: Subject) -> int:
        with self.database.unit_of_work() as session:
            return alarms.raise_alarm(session, kind, subject, now=self.town.clock.now())

    def acknowledge(self, user: StaffUser, alarm_id: int) -> None:
        with self.database.unit_of_work() as session:
            alarms.acknowledge(session, user, alarm_id, now=self.town.clock.now())

    def watch(self) -> Watch:
        return Watch(
            self.database,
            self.pulls.__contains__,
            folder=self.folder,
            roll=Roll(self.town.clock.ticks),
            ticks=self.town.clock.ticks,
            usage=lambda _: self.disk,
        )

    def notices(self, server: mailserver.Server | None) -> Notices:
        sender = Sender(KEY, URL, "stadtdraht@stadt.example", server)
        return Notices(self.database, sender, chance=lambda: 0.5, now=self.town.clock.now)

    def alarms(self) -> list[Alarm]:
        with self.database.read() as session:
            return list(session.scalars(select(Alarm).order_by(Alarm.id)))

    def waiting(self) -> list[AlarmNotice]:
        with self.database.read() as session:
            return list(session.scalars(select(AlarmNotice).order_by(AlarmNotice.id)))


def look(house: House, watch: Watch, *, after: float = 0) -> list[tuple[AlarmKind, int]]:
    """Look after some seconds; return the kinds and counts of what stands."""
    watch.look_at_disks()
    watch.run_once(house.town.clock.advance(after))
    return [
        (alarm.kind, alarm.count)
        for alarm in house.alarms()
        if alarm.state is not AlarmState.RESOLVED
    ]


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    return House(towns.build(database), tmp_path)


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    folder = tmp_path / "mail"
    folder.mkdir()
    with mail.serving(folder) as serving:
        yield serving
    shutil.rmtree(folder)


def server_of(
    mailbox: Mailbox, scheme: str = "smtp", *, host: str = "localhost"
) -> mailserver.Server:
    login = f"{mail.USER}:{quote(mailbox.password, safe='')}"
    return mailserver.server(f"{scheme}://{login}@{host}:{mailbox.port}", ca_file=mailbox.ca_file)


def states(house: House) -> list[tuple[str, str | None]]:
    return [(notice.state.value, notice.error) for notice in house.waiting()]
