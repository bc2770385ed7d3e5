"""The watch: one sweep over the data that raises, counts, clears and escalates alarms."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path

from sqlalchemy.orm import Session

from bot.alarms import causes
from bot.alarms import service as alarms
from bot.alarms.causes import Cause, Pulls, Standing, Usage
from bot.alarms.states import AlarmKind, Subject, SubjectKind
from bot.channels import health
from bot.db.engine import Store
from bot.processes import service as roll
from bot.processes.service import Known, Roll


class Watch:
    """Looks at the data; `folder` is the data folder, `usage` tells what its disk has left.

    `pulls` says whether a kind of channel asks its platform for news, `roll` who of the processes
    is missing. How long it has watched it counts in `ticks` that no clock change moves.
    """

    def __init__(
        self,
        database: Store,
        pulls: Pulls,
        *,
        folder: Path,
        roll: Roll,
        ticks: Callable[[], float],
        usage: Callable[[Path], Usage] = shutil.disk_usage,
    ) -> None:
        self._database = database
        self._pulls = pulls
        self._folder = folder
        self._roll = roll
        self._ticks = ticks
        self._began = ticks()
        self._usage = usage
        self._disks: dict[SubjectKind, Usage] | None = None

    def run_once(self, now: datetime) -> None:
        """Look once; what was raised again meanwhile is not cleared by what was read before."""
        watched = timedelta(seconds=self._ticks() - self._began)
        with self._database.unit_of_work() as session:
            alarms.follow_clock(session, now=now)
            health.follow_clock(session, now=now)
        with self._database.read() as session:  # a look may take long, and holds up no writer
            seen = causes.standing(session)
            missing = self._roll.missing(session)
            gone = causes.given_up(seen, missing)
            missing = [one for one in missing if one not in gone]
            stand = self._look(session, seen, missing, now)
            found = {(one.kind, one.subject): one for one in stand}
        known = {(one.kind, one.subject): one for one in seen}
        with self._database.unit_of_work() as session:
            for key, cause in sorted(found.items()):
                if key not in known:
                    if watched >= cause.proven_after:
                        _raise(session, cause, now)
                elif cause.kind in causes.SEEN:
                    _recount(session, known[key], cause, now)
            looked_at = causes.SEEN - (causes.DISKS if self._disks is None else set())
            over = [one for key, one in known.items() if key[0] in looked_at and key not in found]
            for one in chain(over, causes.gone(session, seen, now=now)):
                alarms.clear_seen(session, one.id, one.last_at, now=now)
            for one, user_id in causes.taken(session, seen):
                alarms.take_over(session, one.id, user_id, now=now)
            roll.leave(session, [one.owner for one in gone])
            alarms.escalate(session, now=now)

    def _look(
        self,
        session: Session,
        seen: Sequence[Standing],
        missing: Sequence[Known],
        now: datetime,
    ) -> Iterator[Cause]:
        yield from causes.deliveries(session)
        yield from causes.channels(session, self._pulls, now=now)
        yield from causes.queues(session, _subjects(seen, AlarmKind.QUEUE_STUCK), now=now)
        yield from causes.disks(self._disks or {}, _subjects(seen, AlarmKind.DISK_FULL))
        yield from causes.processes(missing)
        yield from causes.backup(session, now=now)

    def look_at_disks(self) -> None:
        """Look at the disks, in a sweep of its own: one that hangs must not stop the watch."""
        folders = {SubjectKind.DATA_FOLDER: self._folder}
        with self._database.read() as session:
            own = causes.database_folder(session)
            if own is not None:
                folders[SubjectKind.DATABASE_FOLDER] = own
        found = {}
        for kind, folder in folders.items():
            try:
                found[kind] = self._usage(folder)
            except OSError:
                continue  # not to be seen from here
        self._disks = found


def _subjects(seen: Sequence[Standing], kind: AlarmKind) -> list[Subject]:
    return [one.subject for one in seen if one.kind is kind]


def _raise(session: Session, cause: Cause, now: datetime) -> None:
    alarms.raise_alarm(
        session, cause.kind, cause.subject, detail=cause.detail, count=cause.count, now=now
    )


def _recount(session: Session, standing: Standing, cause: Cause, now: datetime) -> None:
    if (standing.count, standing.detail) != (cause.count, cause.detail):
        alarms.recount(session, standing.id, cause.count, cause.detail, now=now)
