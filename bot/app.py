"""The composition root: everything a process needs, made once and handed on."""

import os
import random
import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from threading import Event, Thread

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot import clock
from bot.channels import health
from bot.channels.links import Links
from bot.channels.queries import Connectors
from bot.config import Settings
from bot.db import migrate
from bot.db.engine import Database
from bot.dialogue.understanding import LanguageProcess
from bot.inbound.intake import Intake
from bot.inbound.worker import Worker
from bot.outbox.callbacks import Callbacks
from bot.outbox.sender import Sender
from bot.schedule import Schedule
from bot.wake import Bell, Bells
from bot.work import service as work
from bot.work.states import Lane

_log = structlog.get_logger()
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


@dataclass(slots=True)
class App:
    """The parts of a running process."""

    settings: Settings
    database: Database
    bells: Bells
    connectors: Connectors
    intake: Intake
    links: Links
    language: LanguageProcess = field(default_factory=LanguageProcess)
    prepared: bool = False
    stopping: Event = field(default_factory=Event)
    threads: list[Thread] = field(default_factory=list)

    @classmethod
    def create(cls, settings: Settings) -> "App":
        """Open the database and make the parts; nothing runs yet."""
        settings.make_data_dir()
        database = Database(settings.url)
        bells = Bells()
        connectors = Connectors()
        intake = Intake(database, bells.inbound)
        return cls(settings, database, bells, connectors, intake, Links(connectors))

    def prepare(self) -> None:
        """Claim the file, migrate, and free what a crash has left; raises `DatabaseInUseError`."""
        if self.prepared:
            return
        self.database.admit_server()
        migrate.upgrade(self.database)
        if self.database.is_sqlite:
            with self.database.unit_of_work() as session:
                work.free_all(session, now=clock.now())
        self.prepared = True

    def start(self) -> None:
        """Prepare, and start every loop of this process."""
        self.prepare()
        owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self.language.start()
        self.intake.start()
        worker = Worker(
            self.database,
            self.connectors,
            self.bells,
            self.language.of,
            owner=owner,
            base_url=self.settings.public_url,
        )
        sender = Sender(
            self.database,
            self.links,
            self.connectors,
            self.bells,
            owner=owner,
            chance=random.random,
        )
        self.links.start()
        for number in range(_INBOUND_WORKERS):
            self._loop(f"inbound-{number}", self.bells.inbound, Lane.INBOUND, worker.run_once)
        for lane, bell in ((Lane.OUTBOUND, self.bells.outbound), (Lane.BULK, self.bells.bulk)):
            self._loop(lane.value, bell, lane, partial(sender.run_once, lane))
        callbacks = Callbacks(
            self.database,
            self.bells.events,
            self.stopping,
            key=self.settings.key,
            chance=random.random,
        )
        self.threads.append(Thread(target=callbacks.run, name="callbacks"))
        schedule = Schedule(
            self.database,
            self.bells,
            self.connectors,
            self.stopping,
            key=self.settings.key,
        )
        self.threads.append(Thread(target=schedule.run, name="schedule"))
        for thread in self.threads:
            thread.start()

    def ask_to_stop(self) -> None:
        """Tell every loop, stream and waiting request to come to an end."""
        self.stopping.set()
        self.bells.ring_all()

    def stop(self) -> None:
        """Let every loop finish what it holds, then close the database."""
        self.ask_to_stop()
        self.language.stop()
        self.intake.stop()
        for thread in self.threads:
            thread.join()
        self.links.stop()
        self.database.close()

    def _loop(self, name: str, bell: Bell, lane: Lane, step: Callable[[], int]) -> None:
        self.threads.append(Thread(target=self._run, args=(bell, lane, step), name=name))

    def _run(self, bell: Bell, lane: Lane, step: Callable[[], int]) -> None:
        while not self.stopping.is_set():
            seen, before, start = bell.rung, self.intake.stored, time.monotonic()
            try:
                done = step()
                worked = time.monotonic() - start
                if done == 0:
                    bell.wait(seen, self._pause(lane))
                elif self.intake.stored - before > _FLOOD * worked:
                    bell.wait(seen, min(_REST * worked, _LONGEST_REST))
                elif lane is Lane.INBOUND and done < _FEW:
                    bell.wait(seen, _GATHER)
            except Exception as error:  # noqa: BLE001 (a loop never ends because of one step)
                _log.error("loop.failed", lane=lane, error=type(error).__name__)
                self.stopping.wait(1)

    def _pause(self, lane: Lane) -> float:
        """Return the seconds until something of the lane is due, at most the usual look."""
        try:
            with self.database.read() as session:
                active = None if lane is Lane.INBOUND else self._sendable(session)
                due = work.next_due(session, lane, channels=active)
        except SQLAlchemyError:
            return _LOOK_EVERY
        if due is None:
            return _LOOK_EVERY
        return min(max((due - clock.now()).total_seconds(), 0.005), _LOOK_EVERY)

    def _sendable(self, session: Session) -> list[int]:
        return self.links.sendable(health.sending(session, now=clock.now()))
