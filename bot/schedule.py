"""Fixed sweeps: they wake services at their time; the rows decide what is due."""

from collections.abc import Callable
from datetime import timedelta
from threading import Event

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from bot import clock
from bot.audit import sealing
from bot.channels.queries import Connectors
from bot.db.engine import Database
from bot.inbox import handback
from bot.privacy import service as privacy
from bot.wake import Bells

_log = structlog.get_logger()
_HANDBACK_EVERY = timedelta(seconds=20)
_PRIVACY_EVERY = timedelta(minutes=10)
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
        key: bytes,
    ) -> None:
        self._database = database
        self._key = key
        self._stopping = stopping
        self._bells = bells
        self._connectors = connectors

    def run(self) -> None:
        """Run the sweeps until the process stops."""
        scheduler = BackgroundScheduler(
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._add(scheduler, "handback", self._hand_back, _HANDBACK_EVERY)
        self._add(scheduler, "privacy", self._forget, _PRIVACY_EVERY)
        self._add(scheduler, "seal", self._seal, _SEAL_EVERY)
        scheduler.start()
        self._stopping.wait()
        scheduler.shutdown(wait=True)

    def _add(
        self,
        scheduler: BackgroundScheduler,
        name: str,
        sweep: Callable[[], None],
        every: timedelta,
    ) -> None:
        def guarded() -> None:
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

    def _forget(self) -> None:
        counts = privacy.run(self._database, now=clock.now(), is_stopping=self._stopping.is_set)
        if any(counts.values()):
            _log.info("sweep.forgot", **counts)

    def _seal(self) -> None:
        sealing.seal(
            self._database, key=self._key, now=clock.now(), is_stopping=self._stopping.is_set
        )
