"""Fixed sweeps: they wake services at their time; the rows decide what is due.

Among several processes one sweeps: the holder of a lease, which every write of a sweep proves.
"""

from collections.abc import Callable
from datetime import timedelta
from threading import Event

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import SQLAlchemyError

from bot import clock
from bot.alarms.notices import Notices, Sender
from bot.alarms.watch import Watch
from bot.audit import sealing
from bot.channels.queries import Connectors
from bot.config import Settings
from bot.db.engine import Database
from bot.inbox import handback
from bot.leases.tenure import RENEW_EVERY, Guarded, Tenure
from bot.privacy import service as privacy
from bot.wake import Bells
from bot.work import service as work

_log = structlog.get_logger()
LEASE = "schedule"
_HANDBACK_EVERY = timedelta(seconds=20)
_PRIVACY_EVERY = timedelta(minutes=10)
_CLOCK_EVERY = timedelta(minutes=1)
_WATCH_EVERY = timedelta(seconds=10)
_AT_ONCE = 4  # sweeps: a mail server that hangs must not hold up the others
_NOTICES_EVERY = timedelta(seconds=2)  # an emergency is told within seconds
_SEAL_EVERY = timedelta(minutes=1)


class Schedule:
    """APScheduler, used for fixed sweeps only: coalesced, one instance each, never too late."""

    def __init__(
        self,
        database: Database,
        bells: Bells,
        connectors: Connectors,
        stopping: Event,
        *,
        owner: str,
        settings: Settings,
        chance: Callable[[], float],
    ) -> None:
        self._plain = database
        self._tenure = Tenure(LEASE, owner, clock.now)
        self._database = Guarded(database, self._tenure)
        self._key = settings.key
        self._stopping = stopping
        self._bells = bells
        self._connectors = connectors
        self._watch = Watch(
            self._database,
            connectors.pulls,
            folder=settings.data_dir,
            since=clock.now(),
        )
        sender = Sender(
            settings.key,
            settings.public_url,
            settings.mail_sender,
            settings.mail_server,
            settings.network,
        )
        self._notices = Notices(self._database, sender, chance=chance, is_stopping=stopping.is_set)

    def run(self) -> None:
        """Run the sweeps until the process stops."""
        scheduler = BackgroundScheduler(
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(_AT_ONCE)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._add(scheduler, "handback", self._hand_back, _HANDBACK_EVERY)
        self._add(scheduler, "privacy", self._forget, _PRIVACY_EVERY)
        self._add(scheduler, "seal", self._seal, _SEAL_EVERY)
        self._add(scheduler, "alarms", self._look, _WATCH_EVERY)
        self._add(scheduler, "notices", self._tell, _NOTICES_EVERY)
        self._add(scheduler, "clock", self._follow_clock, _CLOCK_EVERY)
        self._tend()
        scheduler.start()
        while not self._stopping.wait(RENEW_EVERY):
            self._tend()
        scheduler.shutdown(wait=True)
        self._give_back()

    def _tend(self) -> None:
        try:
            self._tenure.tend(self._plain)
        except SQLAlchemyError as error:
            _log.error("schedule.lease_failed", error=type(error).__name__)

    def _give_back(self) -> None:
        try:
            self._tenure.give_back(self._plain)
        except SQLAlchemyError as error:
            _log.warning("schedule.lease_not_given_back", error=type(error).__name__)

    def _add(
        self,
        scheduler: BackgroundScheduler,
        name: str,
        sweep: Callable[[], None],
        every: timedelta,
    ) -> None:
        def guarded() -> None:
            if not self._tenure.held:  # another process sweeps
                return
            try:
                sweep()
            except Exception as error:  # noqa: BLE001 (the next sweep must still come)
                _log.error("sweep.failed", sweep=name, error=type(error).__name__)

        scheduler.add_job(guarded, "interval", seconds=every.total_seconds(), id=name)

    def _hand_back(self) -> None:
        with self._database.unit_of_work() as session:
            count = handback.sweep(session, self._connectors, now=clock.now())
        if count:
            _log.info("sweep.handed_back", conversations=count)
            self._bells.outbound.ring()
            self._bells.events.ring()

    def _follow_clock(self) -> None:
        with self._database.unit_of_work() as session:
            count = work.follow_clock(session, now=clock.now())
        if count:
            _log.warning("sweep.clock_jumped", threads=count)
            self._bells.inbound.ring()
            self._bells.outbound.ring()

    def _forget(self) -> None:
        counts = privacy.run(self._database, now=clock.now(), is_stopping=self._stopping.is_set)
        if any(counts.values()):
            _log.info("sweep.forgot", **counts)

    def _look(self) -> None:
        self._watch.run_once(clock.now())
        self._bells.events.ring()

    def _tell(self) -> None:
        if self._notices.run_once():
            self._bells.events.ring()

    def _seal(self) -> None:
        sealing.seal(
            self._database, key=self._key, now=clock.now(), is_stopping=self._stopping.is_set
        )
