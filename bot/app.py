"""The composition root: everything a process needs, made once and handed on."""

import os
import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from random import SystemRandom
from threading import Event, Thread

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot import clock
from bot.channels import accounts
from bot.channels.holder import Holder
from bot.channels.links import Links
from bot.channels.queries import ChannelInfo, Connectors
from bot.config import Settings
from bot.db import migrate
from bot.db.engine import Database
from bot.db.notices import Notices
from bot.errors import StadtdrahtError
from bot.inbound.fetching import Fetcher
from bot.inbound.intake import Intake
from bot.inbound.pulling import Puller
from bot.inbound.worker import Worker
from bot.leases import service as leases
from bot.operation import keys, unfinished
from bot.outbox.callbacks import Callbacks
from bot.outbox.sender import Sender
from bot.processes import service as processes
from bot.processes.service import Known
from bot.processes.states import Role
from bot.schedule import Schedule
from bot.understanding.process import LanguageProcess
from bot.wake import Bell, Bells
from bot.work import service as work
from bot.work.states import Lane
from connectors.base import Account, Standing

_log = structlog.get_logger()
_CHANCE = SystemRandom().random  # a state of its own: nothing else draws from it
_LOOK_EVERY = 0.5  # seconds: other processes write too, and their bells are not heard here
# A step costs nearly the same for one thread as for twenty, so after a small one more may gather.
_FEW = 20  # threads
_GATHER = 0.1  # seconds
_INBOUND_WORKERS = 2
# Taking in comes first: while more pours in than can be answered, processing rests longer than it
# works, because threads of one Python process share its time. An emergency ends the rest.
_FLOOD = 300.0  # messages stored a second
_REST = 5.0
_LONGEST_REST = 3.0  # seconds

_Step = Callable[[], int]
_NextDue = Callable[[Session], datetime | None]


class OneProcessError(StadtdrahtError):
    """Several processes need PostgreSQL."""

    code = "one_process"


@dataclass(slots=True)
class App:
    """The parts of a running process."""

    settings: Settings
    role: Role
    database: Database
    bells: Bells
    connectors: Connectors
    intake: Intake
    links: Links
    notices: Notices | None
    language: LanguageProcess = field(default_factory=LanguageProcess)
    schedule: Schedule | None = None
    prepared: bool = False
    stopping: Event = field(default_factory=Event)
    threads: list[Thread] = field(default_factory=list)

    @classmethod
    def create(cls, settings: Settings, role: Role = Role.ALL) -> "App":
        """Open the database and make the parts; nothing runs yet.

        Raises `OneProcessError` for a single role on SQLite.
        """
        settings.make_data_dir()
        database = Database(settings.url)
        if database.is_sqlite and role is not Role.ALL:
            database.close()
            raise OneProcessError(
                f"On SQLite one process does everything: there is no role {role}. "
                "For several processes set STADTDRAHT_DATABASE_URL to a PostgreSQL database."
            )
        bells, connectors = Bells(), Connectors()
        return cls(
            settings=settings,
            role=role,
            database=database,
            bells=bells,
            connectors=connectors,
            intake=Intake(database, bells.inbound),
            links=Links(connectors, own=role in (Role.ALL, Role.WORKER)),
            notices=None if database.is_sqlite else Notices(database.url, bells),
        )

    def has(self, role: Role) -> bool:
        """Whether this process does the work of `role`."""
        return self.role in (Role.ALL, role)

    def prepare(self) -> None:
        """Claim the file, migrate, look at the key, and free what a crash has left.

        Raises `DatabaseInUseError`, `UnfinishedRestoreError`, `NewerDatabaseError`,
        `MissingKeyError`, `WrongKeyError`, `BrokenKeyError`.
        """
        if self.prepared:
            return
        self.database.admit_server()
        unfinished.check(self.settings, self.database)
        migrate.upgrade(self.database)
        keys.of(self.settings, self.database)
        if self.database.is_sqlite:
            with self.database.unit_of_work() as session:
                work.free_all(session, now=clock.now())
                leases.free_all(session)
                processes.forget_all(session)
        self.prepared = True

    def start(self) -> None:
        """Prepare, and start every loop of this process; where one cannot, none stays."""
        self.prepare()
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        if self.notices:
            self.notices.start()
        if self.has(Role.WEB):
            self.intake.start()
        if self.has(Role.WEB) or self.has(Role.WORKER):
            self.language.start()
        if self.has(Role.WORKER):
            self._add_workers(owner)
            self._add_senders(owner)
        if self.has(Role.CONNECTORS):
            self._add_connectors(owner)
        if self.has(Role.WORKER) or self.has(Role.CONNECTORS):
            self.links.start()
        self.schedule = Schedule(
            self.database,
            self.bells,
            self.connectors,
            self.stopping,
            me=Known(owner, self.role),
            settings=self.settings,
            chance=_CHANCE,
        )
        self._add("schedule", self.schedule.run)
        for thread in self.threads:
            thread.start()

    def broken(self) -> list[str]:
        """Return the names of the loops and parts that have ended, or do not get on."""
        names = [thread.name for thread in self.threads if not thread.is_alive()]
        understands = self.has(Role.WEB) or self.has(Role.WORKER)
        if understands and not self.language.is_alive:
            names.append("language")
        if self.schedule:
            names += [f"sweep {name}" for name in self.schedule.stalled()]
        return names

    def ask_to_stop(self) -> None:
        """Tell every loop, stream and waiting request to come to an end."""
        self.stopping.set()
        self.bells.ring_all()

    def stop(self) -> None:
        """Let every loop finish what it holds, then close the database."""
        self.ask_to_stop()
        self.language.stop()
        if self.has(Role.WEB):
            self.intake.stop()
        for thread in self.threads:
            if thread.is_alive():  # else it has ended, or was never started
                thread.join()
        self.links.stop()
        if self.notices:
            self.notices.stop()
        self.database.close()

    def _add(self, name: str, work: Callable[[], None]) -> None:
        self.threads.append(Thread(target=work, name=name))

    def _add_workers(self, owner: str) -> None:
        worker = Worker(
            self.database,
            self.connectors,
            self.bells,
            self.language.of,
            owner=owner,
            base_url=self.settings.public_url,
        )
        due = partial(work.next_due, lane=Lane.INBOUND)
        for number in range(_INBOUND_WORKERS):
            self._add(f"inbound-{number}", partial(self._understand, worker.run_once, due))
        urgent = partial(worker.run_once, only_urgent=True)
        self._add("urgent", partial(self._inbound, urgent, _never))

    def _understand(self, step: _Step, next_due: _NextDue) -> None:
        self.language.warm_up()
        self._inbound(step, next_due)

    def _inbound(self, step: _Step, next_due: _NextDue) -> None:
        self._run(self.bells.inbound, Lane.INBOUND, step, next_due, self.stopping)

    def _add_senders(self, owner: str) -> None:
        """Send for the product's own channels."""
        self.threads += self._senders(owner, None, self.stopping)

    def _senders(self, owner: str, channel_id: int | None, ended: Event) -> list[Thread]:
        """Return the threads that send for the own channels, or for one foreign channel."""
        threads = []
        for lane, bell in ((Lane.OUTBOUND, self.bells.outbound), (Lane.BULK, self.bells.bulk)):
            sender = Sender(
                self.database,
                self.links,
                self.connectors,
                self.bells,
                owner=owner,
                chance=_CHANCE,
                channel_id=channel_id,
                stopping=ended,
            )
            step, due = partial(sender.run_once, lane), partial(sender.next_due, lane=lane)
            name = lane.value if channel_id is None else f"{lane}-{channel_id}"
            work = partial(self._run, bell, lane, step, due, ended)
            threads.append(Thread(target=work, name=name))
        return threads

    def _add_connectors(self, owner: str) -> None:
        puller = Puller(self.database, self.bells, self._store_renewed, chance=_CHANCE)
        fetcher = Fetcher(self.database, self.bells)
        holder = Holder(
            self.database,
            self.links,
            self.connectors,
            fetcher.beside(puller.pull_for_ever),
            partial(self._senders, owner),
            self._open_account,
            owner=owner,
            data_dir=self.settings.data_dir,
        )
        self._add("holder", partial(holder.run, self.stopping))
        callbacks = Callbacks(
            self.database,
            self.bells.events,
            self.stopping,
            key=self.settings.key,
            network=self.settings.network,
            chance=_CHANCE,
            owner=owner,
        )
        self._add("callbacks", callbacks.run)

    def _open_account(self, channel: ChannelInfo) -> Account:
        with self.database.read() as session:
            account = accounts.open_account(
                session,
                channel.id,
                key=self.settings.key,
                data_dir=self.settings.data_dir,
                network=self.settings.network,
            )
        return replace(account, push_url=f"{self.settings.public_url}/webhooks/{channel.slug}")

    def _store_renewed(self, session: Session, channel_id: int, standing: Standing) -> None:
        accounts.store_renewed(
            session, channel_id, standing.renewed, key=self.settings.key, now=clock.now()
        )

    def _run(
        self,
        bell: Bell,
        lane: Lane,
        step: _Step,
        next_due: _NextDue,
        ended: Event,
    ) -> None:
        while not ended.is_set():
            seen, before, start = bell.rung, self.intake.stored, time.monotonic()
            try:
                done = step()
                worked = time.monotonic() - start
                if done == 0:
                    bell.wait(seen, self._pause(next_due))
                elif self.intake.stored - before > _FLOOD * worked:
                    bell.wait(seen, min(_REST * worked, _LONGEST_REST))
                elif lane is Lane.INBOUND and done < _FEW:
                    bell.wait(seen, _GATHER)
            except Exception as error:  # noqa: BLE001 (a loop never ends because of one step)
                _log.error("loop.failed", lane=lane, error=type(error).__name__)
                ended.wait(1)

    def _pause(self, next_due: _NextDue) -> float:
        """Return the seconds until something of the lane is due, at most the usual look."""
        try:
            with self.database.read() as session:
                due = next_due(session)
        except SQLAlchemyError:
            return _LOOK_EVERY
        if due is None:
            return _LOOK_EVERY
        return min(max((due - clock.now()).total_seconds(), 0.005), _LOOK_EVERY)


def _never(_: Session) -> None:
    """Wait for nothing: what is urgent is due at once and rings the bell."""
