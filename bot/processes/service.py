"""Saying that a process is there, and noticing that one has gone without a word."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.db.bulk import insert
from bot.processes.models import Process
from bot.processes.states import Role

GONE_AFTER = 60.0  # seconds without a beat
_QUIET = timedelta(seconds=20)  # some beats have failed to come
_MUTE = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Known:
    """A process as the others know it; `owner` is its own name, never used twice."""

    owner: str
    role: Role


def beat(session: Session, me: Known, *, now: datetime) -> None:
    """Say that we are there."""
    statement = insert(session, Process).values(owner=me.owner, role=me.role, seen_at=now)
    session.execute(
        statement.on_conflict_do_update(index_elements=["owner"], set_={"seen_at": now})
    )


def replace(session: Session, me: Known, *, since: datetime) -> None:
    """Take the place of one of our role that has not beaten since we began: one for one."""
    before = (
        select(Process.owner)
        .where(Process.role == me.role, Process.seen_at <= since, Process.owner != me.owner)
        .order_by(Process.seen_at, Process.owner)
        .limit(1)
    )
    gone = delete(Process).where(Process.owner.in_(before.scalar_subquery()))
    session.execute(gone.execution_options(**_MUTE))


def leave(session: Session, owners: Collection[str]) -> None:
    """Forget processes: they end in good order, or a person knows that they are gone."""
    session.execute(delete(Process).where(Process.owner.in_(owners)).execution_options(**_MUTE))


def forget_all(session: Session) -> None:
    """Forget every process: on SQLite a start is proof that there is no other."""
    session.execute(delete(Process).execution_options(**_MUTE))


def is_there(session: Session, roles: Collection[Role], *, now: datetime) -> bool:
    """Tell whether a process of these roles has been heard of lately."""
    lately = select(Process.owner).where(Process.role.in_(roles), Process.seen_at > now - _QUIET)
    return session.scalar(lately.limit(1)) is not None


class Roll:
    """Calls the roll: whose beat has not changed for too long, counted in `ticks`.

    The clocks of the machines may differ, and while nobody looks, because the database is away,
    nobody can beat either: then all have their time again.
    """

    def __init__(self, ticks: Callable[[], float]) -> None:
        self._ticks = ticks
        self._heard: dict[str, tuple[datetime, float]] = {}  # the beat, and when we first saw it
        self._called_at = 0.0

    def missing(self, session: Session) -> list[Known]:
        """Return the processes that are gone, or frozen."""
        now = self._ticks()
        if now - self._called_at > GONE_AFTER / 2:
            self._heard.clear()
        self._called_at = now
        rows = session.scalars(select(Process).order_by(Process.owner)).all()
        heard = {}
        for row in rows:
            beat, since = self._heard.get(row.owner, (None, now))
            heard[row.owner] = row.seen_at, since if beat == row.seen_at else now
        self._heard = heard
        return [
            Known(row.owner, row.role) for row in rows if now - heard[row.owner][1] >= GONE_AFTER
        ]
