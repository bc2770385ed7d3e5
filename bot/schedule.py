"""Fixed sweeps: they wake services at their time; the rows decide what is due.

Among several processes one sweeps: the holder of a lease, which every write of a sweep proves.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.orm import Session

from bot import clock, ticking
from bot.alarms.notices import Notices, Sender
from bot.alarms.watch import Watch
from bot.audit import sealing
from bot.channels.queries import Connectors
from bot.config import Settings
from bot.db.engine import Database
from bot.inbox import handback
from bot.leases import service as leases
from bot.leases.tenure import LOCK_WITHIN, RENEW_EVERY, Guarded, Tenure, Ticks
from bot.privacy import service as privacy
from bot.processes import service as processes
from bot.processes.service import Known, Roll
from bot.processes.states import Role
from bot.wake import Bells
from bot.work import service as work

_log = structlog.get_logger()
LEASE = "schedule"
_HANDBACK_EVERY = timedelta(seconds=20)
_PRIVACY_EVERY = timedelta(minutes=10)
_CLOCK_EVERY = timedelta(minutes=1)
_WATCH_EVERY = timedelta(seconds=10)
_AT_ONCE = 5  # sweeps: a mail server or a disk that hangs must not hold up the others
_NOTICES_EVERY = timedelta(seconds=2)  # an emergency is told within seconds
_SEAL_EVERY = timedelta(minutes=1)
# Longer without success is trouble; a round of mails to a slow server may take two minutes.
_LATE = timedelta(minutes=3)
_SWEEPERS = (Role.ALL, Role.SCHEDULER)
_SETTLED = 25.0  # seconds, in which all who live have said so, and those before us have not
_PATIENCE = 10.0  # seconds at the start, so that those who have no other work come first


def is_idle(session: Session, *, now: datetime) -> bool:
    """Tell whether no process sweeps any more: none watches, and nobody is told of an alarm."""
    return leases.is_idle(session, LEASE, now=now)


class Schedule:
    """APScheduler, used for fixed sweeps only: one instance each, never too late.

    It runs in every process, and one of them sweeps. One with other work stands in for a
    scheduler, and hands over when there is one. Whose sweeps hang steps back and falls silent, so
    that the others take over and notice. `ticks` are seconds that no clock change moves.
    """

    def __init__(
        self,
        database: Database,
        bells: Bells,
        connectors: Connectors,
        stopping: Event,
        *,
        me: Known,
        settings: Settings,
        chance: Callable[[], float],
        now: Callable[[], datetime] = clock.now,
        ticks: Ticks = time.monotonic,
    ) -> None:
        self._plain = database
        self._me = me
        self._stands_in = me.role not in _SWEEPERS
        self._tenure = Tenure(LEASE, me.owner, now, ticks)
        self._database = Guarded(database, self._tenure)
        self._key = settings.key
        self._stopping = stopping
        self._bells = bells
        self._connectors = connectors
        self._now = now
        self._ticks = ticks
        self._began, self._began_at = ticks(), now()
        self._is_settled = False
        self._watch = Watch(
            self._database,
            connectors.pulls,
            folder=settings.data_dir,
            roll=Roll(ticks),
            ticks=ticks,
        )
        sender = Sender(
            settings.key,
            settings.public_url,
            settings.mail_sender,
            settings.mail_server,
            settings.network,
        )
        self._notices = Notices(self._database, sender, chance=chance, is_stopping=stopping.is_set)
        self._sweeps: dict[str, tuple[Callable[[], None], timedelta]] = {
            "handback": (self._hand_back, _HANDBACK_EVERY),
            "privacy": (self._forget, _PRIVACY_EVERY),
            "seal": (self._seal, _SEAL_EVERY),
            "alarms": (self._look, _WATCH_EVERY),
            "disks": (self._watch.look_at_disks, _WATCH_EVERY),
            "notices": (self._tell, _NOTICES_EVERY),
            "clock": (self._follow_clock, _CLOCK_EVERY),
        }
        self._well_at = dict.fromkeys(self._sweeps, self._began)

    def run(self) -> None:
        """Run the sweeps until the process stops."""
        scheduler = ticking.scheduler(self._ticks, at_once=_AT_ONCE)
        for name, (_, every) in self._sweeps.items():
            self._add(scheduler, name, every)
        self._tend()
        scheduler.start()
        while not self._stopping.wait(RENEW_EVERY):
            self._tend()
        scheduler.shutdown(wait=True)
        self._leave()

    def stalled(self) -> list[str]:
        """Return the sweeps that hang, or have only failed for long."""
        now = self._ticks()
        return [
            name
            for name, (_, every) in self._sweeps.items()
            if now - self._well_at[name] > max(_LATE, 3 * every).total_seconds()
        ]

    def _tend(self) -> None:
        """Say that we are there, and keep the lease, or take it where it is free."""
        try:
            if self.stalled() and not self._plain.is_sqlite:  # there is nobody else
                self._tenure.give_back(self._plain)
                return
            self._say_hello()
            if self._stands_in and self._may_rest():
                self._tenure.give_back(self._plain)
            else:
                self._tenure.tend(self._plain)
        except Exception as error:  # noqa: BLE001 (without this loop nobody would sweep)
            _log.error("schedule.lease_failed", error=type(error).__name__)

    def _say_hello(self) -> None:
        with self._plain.unit_of_work() as session:
            leases.be_quick(session, LOCK_WITHIN)
            processes.beat(session, self._me, now=self._now())
            settles = not self._is_settled and self._ticks() - self._began >= _SETTLED
            if settles:
                processes.replace(session, self._me, since=self._began_at)
        self._is_settled = self._is_settled or settles

    def _may_rest(self) -> bool:
        """Tell whether a scheduler is there, or may just be starting."""
        if self._ticks() - self._began < _PATIENCE:
            return True
        with self._plain.read() as session:
            return processes.is_there(session, _SWEEPERS, now=self._now())

    def _leave(self) -> None:
        try:
            self._tenure.give_back(self._plain)
            with self._plain.unit_of_work() as session:
                processes.leave(session, [self._me.owner])
        except Exception as error:  # noqa: BLE001 (the process ends all the same)
            _log.warning("schedule.not_left", error=type(error).__name__)

    def _add(self, scheduler: BackgroundScheduler, name: str, every: timedelta) -> None:
        sweep, _ = self._sweeps[name]

        def guarded() -> None:
            try:
                if self._tenure.held:  # else another process sweeps
                    sweep()
                self._well_at[name] = self._ticks()
            except Exception as error:  # noqa: BLE001 (the next sweep must still come)
                _log.error("sweep.failed", sweep=name, error=type(error).__name__)

        scheduler.add_job(guarded, ticking.Every(every), id=name)

    def _hand_back(self) -> None:
        with self._database.unit_of_work() as session:
            count = handback.sweep(session, self._connectors, now=self._now())
        if count:
            _log.info("sweep.handed_back", conversations=count)
            self._bells.outbound.ring()
            self._bells.events.ring()

    def _follow_clock(self) -> None:
        with self._database.unit_of_work() as session:
            count = work.follow_clock(session, now=self._now())
        if count:
            _log.warning("sweep.clock_jumped", threads=count)
            self._bells.inbound.ring()
            self._bells.outbound.ring()

    def _forget(self) -> None:
        counts = privacy.run(self._database, now=self._now(), is_stopping=self._stopping.is_set)
        if any(counts.values()):
            _log.info("sweep.forgot", **counts)

    def _look(self) -> None:
        self._watch.run_once(self._now())
        self._bells.events.ring()

    def _tell(self) -> None:
        if self._notices.run_once():
            self._bells.events.ring()

    def _seal(self) -> None:
        sealing.seal(
            self._database, key=self._key, now=self._now(), is_stopping=self._stopping.is_set
        )
