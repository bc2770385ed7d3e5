"""APScheduler by ticks: no change of the time of day stops a sweep or runs one a thousand times."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

_BEGIN = datetime(2000, 1, 1, tzinfo=UTC)


class Ticking(tzinfo):
    """The time zone in which APScheduler asks for now, and hears only how long it has run.

    It plans by `datetime.now(its zone)`, the time of day. Set back by an hour, it would sleep for
    an hour; set ahead, it would list every run that it believes to have missed.
    """

    def __init__(self, ticks: Callable[[], float]) -> None:
        self._ticks = ticks

    def fromutc(self, _: datetime) -> datetime:
        """Return the time by ticks, whatever the time of day is."""
        return (_BEGIN + timedelta(seconds=self._ticks())).replace(tzinfo=self)

    def utcoffset(self, _: datetime | None) -> timedelta:
        """Return none."""
        return timedelta(0)

    def dst(self, _: datetime | None) -> timedelta:
        """Return none."""
        return timedelta(0)

    def tzname(self, _: datetime | None) -> str:
        """Return its name."""
        return "ticks"


class Every(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """Fires so long after it fired last, never for what it missed."""

    def __init__(self, pause: timedelta) -> None:
        self._pause = pause

    def get_next_fire_time(self, _: datetime | None, now: datetime) -> datetime:
        """Return when to run next; APScheduler asks at the start and after each run."""
        return now + self._pause


def scheduler(ticks: Callable[[], float], *, at_once: int) -> BackgroundScheduler:
    """Return a scheduler for jobs with the trigger `Every`: one instance each, never too late."""
    return BackgroundScheduler(
        timezone=Ticking(ticks),
        executors={"default": ThreadPoolExecutor(at_once)},
        job_defaults={"max_instances": 1, "misfire_grace_time": None},
    )
