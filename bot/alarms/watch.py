"""The watch: one sweep over the data that raises, counts, clears and escalates alarms."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from pathlib import Path

from sqlalchemy.orm import Session

from bot.alarms import causes
from bot.alarms import service as alarms
from bot.alarms.causes import Cause, Pulls, Standing, Usage
from bot.alarms.states import AlarmKind, SubjectKind
from bot.db.engine import Store


class Watch:
    """Looks at the data; `folder` is the data folder, `usage` tells what its disk has left.

    `pulls` says whether a kind of channel asks its platform for news, `since` is when the watch
    began.
    """

    def __init__(
        self,
        database: Store,
        pulls: Pulls,
        *,
        folder: Path,
        since: datetime,
        usage: Callable[[Path], Usage] = shutil.disk_usage,
    ) -> None:
        self._database = database
        self._pulls = pulls
        self._folder = folder
        self._since = since
        self._usage = usage

    def run_once(self, now: datetime) -> None:
        """Look once; what was raised again meanwhile is not cleared by what was read before."""
        disks = self._disks()
        with self._database.unit_of_work() as session:
            alarms.follow_clock(session, now=now)
        with self._database.read() as session:  # a look may take long, and holds up no writer
            seen = causes.standing(session)
            found = {(one.kind, one.subject): one for one in self._look(session, seen, disks, now)}
        known = {(one.kind, one.subject): one for one in seen}
        with self._database.unit_of_work() as session:
            for key, cause in sorted(found.items()):
                if key in known:
                    _recount(session, known[key], cause, now)
                elif now - self._since >= cause.proven_after:
                    _raise(session, cause, now)
            over = [one for key, one in known.items() if key[0] in causes.SEEN and key not in found]
            for one in chain(over, causes.gone(session, seen, now=now)):
                alarms.clear_seen(session, one.id, one.last_at, now=now)
            for one, user_id in causes.taken(session, seen):
                alarms.take_over(session, one.id, user_id, now=now)
            alarms.escalate(session, now=now)

    def _look(
        self,
        session: Session,
        seen: Sequence[Standing],
        disks: Mapping[SubjectKind, Usage],
        now: datetime,
    ) -> Iterator[Cause]:
        yield from causes.deliveries(session)
        yield from causes.channels(session, self._pulls, now=now)
        yield from causes.queues(session, now=now)
        full = [one.subject for one in seen if one.kind is AlarmKind.DISK_FULL]
        yield from causes.disks(disks, full)

    def _disks(self) -> dict[SubjectKind, Usage]:
        """Look at the disks before the transaction: one that hangs must not hold up writers."""
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
        return found


def _raise(session: Session, cause: Cause, now: datetime) -> None:
    alarms.raise_alarm(
        session, cause.kind, cause.subject, detail=cause.detail, count=cause.count, now=now
    )


def _recount(session: Session, standing: Standing, cause: Cause, now: datetime) -> None:
    if (standing.count, standing.detail) != (cause.count, cause.detail):
        alarms.recount(session, standing.id, cause.count, cause.detail, now=now)
