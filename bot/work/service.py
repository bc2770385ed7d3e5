"""Announcing, claiming and finishing work: one statement each, the same on both engines."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import (
    ColumnElement,
    Update,
    and_,
    bindparam,
    case,
    collate,
    delete,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from bot.channels.models import Channel
from bot.db.base import Instant
from bot.db.bulk import Insert, dialect_insert, one_of
from bot.work.models import Work
from bot.work.states import Lane

LEASE = timedelta(seconds=20)
# Nothing is ever due so late, nor held so long: a clock has jumped back since it was written.
_ABSURD_WAIT = {
    Lane.INBOUND: timedelta(minutes=2),
    Lane.OUTBOUND: timedelta(hours=2),
    Lane.BULK: timedelta(hours=2),
}
_ABSURD_LEASE = 10 * LEASE
PATIENCE = timedelta(seconds=4)  # behind the first due time, so five seconds in all
# An urgent thread is due this long ago, so that it is claimed before all that waits; nothing else
# has ever waited half as long.
_AHEAD = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class Task:
    """A thread that will have something to do at `due_at`."""

    channel_id: int
    order_key: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """A thread held by one owner until its lease ends; `fence` proves it in every write."""

    id: int
    channel_id: int
    order_key: str
    fence: int


def urgent(now: datetime) -> datetime:
    """Return when a thread is due that comes before all that waits."""
    return now - _AHEAD


def is_urgent(now: datetime) -> ColumnElement[bool]:
    """Return that a thread was announced as urgent."""
    return Work.due_at < now - _AHEAD / 2


def waits_since(due_at: datetime, now: datetime) -> datetime:
    """Return since when a due thread waits, be it urgent or not."""
    return due_at + _AHEAD if due_at < now - _AHEAD / 2 else due_at


def announce(session: Session, lane: Lane, tasks: Iterable[Task], *, now: datetime) -> None:
    """Make sure that each thread has a work row.

    A later task of a waiting thread moves its time (the quiet window of a burst), yet never past
    the patience of the first one, and never away from a time that has come. An earlier one counts.
    """
    latest = {(task.channel_id, task.order_key): task for task in tasks}
    if not latest:
        return
    session.connection().execute(
        _announcement(session.get_bind().dialect.name),
        [
            {
                "channel_id": channel_id,
                "order_key": order_key,
                "lane": lane,
                "due_at": task.due_at,
                "patience_until": task.due_at + PATIENCE,
                "fence": 0,
                "now": now,
            }
            for (channel_id, order_key), task in sorted(latest.items())
        ],
    )


@cache
def _announcement(dialect: str) -> Insert:
    """Return the upsert of `announce`, built once: it stands on the way of every message."""
    statement = dialect_insert(dialect, Work)
    incoming = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["channel_id", "order_key", "lane"],
        set_={
            "due_at": case(
                (Work.patience_until.is_(None), incoming.due_at),
                (incoming.due_at < Work.due_at, incoming.due_at),  # it is urgent
                (Work.due_at <= bindparam("now", type_=Instant()), Work.due_at),
                (incoming.due_at < Work.patience_until, incoming.due_at),
                else_=Work.patience_until,
            ),
            "patience_until": func.coalesce(Work.patience_until, incoming.patience_until),
        },
    )


def claim(
    session: Session,
    lane: Lane,
    owner: str,
    *,
    now: datetime,
    limit: int,
    channels: Sequence[int] | None = None,
    only_urgent: bool = False,
) -> list[Claim]:
    """Take up to `limit` due threads that nobody holds; two claimers never get the same.

    An urgent one stays urgent until it is finished, whoever has to claim it again. Of given
    `channels` the one whose thread has waited longest comes first: each is asked for itself,
    because no index leads through several in the order of time.
    """
    if channels is None:
        which = and_(Work.lane == lane, is_urgent(now)) if only_urgent else Work.lane == lane
        return _take(session, owner, now, limit, which)
    claims: list[Claim] = []
    for channel_id, due_at in _first_due(session, lane, channels, _is_free(now)):
        if due_at <= now and len(claims) < limit:
            mine = and_(Work.channel_id == channel_id, Work.lane == lane)
            claims += _take(session, owner, now, limit - len(claims), mine)
    return claims


def _take(
    session: Session, owner: str, now: datetime, limit: int, which: ColumnElement[bool]
) -> list[Claim]:
    due = (
        select(Work.id)
        .where(which, Work.due_at <= now, _is_free(now))
        .order_by(Work.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = session.execute(
        update(Work)
        .where(Work.id.in_(due))
        .values(
            lease_owner=owner,
            lease_until=now + LEASE,
            due_at=case((is_urgent(now), Work.due_at), else_=literal(now + LEASE, Instant())),
            patience_until=None,
            fence=Work.fence + 1,
        )
        .returning(Work.id, Work.channel_id, Work.order_key, Work.fence)
        .execution_options(synchronize_session=False)
    )
    return [Claim(*row) for row in rows]


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(Work.lease_until.is_(None), Work.lease_until <= now)


def _first_due(
    session: Session, lane: Lane, channels: Sequence[int], which: ColumnElement[bool]
) -> list[tuple[int, datetime]]:
    """Return when the first of these threads of each channel is due, earliest first."""
    first = (
        select(func.min(Work.due_at))
        .where(Work.channel_id == Channel.id, Work.lane == lane, which)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Channel.id, first)
        .where(Channel.id.in_(channels), first.is_not(None))
        .order_by(first)
    )
    return [(channel_id, due_at) for channel_id, due_at in rows]


def hold(session: Session, claims: Sequence[Claim]) -> set[int]:
    """Lock the rows of these claims and return the ids of those still held.

    A process that was frozen past its lease finds its fence outdated and must write nothing.
    """
    if not claims:
        return set()
    rows = session.execute(
        select(Work.id)
        .where(_are(claims))
        .order_by(Work.channel_id, _plainly(session))
        .with_for_update()
    )
    return set(rows.scalars())


def _are(claims: Sequence[Claim]) -> ColumnElement[bool]:
    return one_of((Work.id, Work.fence), [(claim.id, claim.fence) for claim in claims])


def _plainly(session: Session) -> ColumnElement[str]:
    """Return the thread's key, sorted as `announce` sorts: who locks in one order never deadlocks.

    PostgreSQL would sort as the city's language does.
    """
    if session.get_bind().dialect.name == "sqlite":
        return Work.order_key.expression
    return collate(Work.order_key, "C")


def finish(session: Session, claims: Sequence[Claim]) -> None:
    """Give back threads that are done; one that got something new meanwhile stays due."""
    if not claims:
        return
    mine = _are(claims)
    untouched = Work.patience_until.is_(None)
    quiet = {"synchronize_session": False}
    session.execute(delete(Work).where(mine, untouched).execution_options(**quiet))
    session.execute(
        update(Work)
        .where(mine)
        .values(lease_owner=None, lease_until=None)
        .execution_options(**quiet)
    )


def postpone(session: Session, until: Sequence[tuple[Claim, datetime]]) -> None:
    """Give back threads that have to wait until a given time; an urgent one is held until then."""
    if until:
        later = bindparam("later", type_=Instant())
        is_ahead = Work.due_at < bindparam("ahead", type_=Instant())
        session.connection().execute(
            update(Work)
            .where(Work.id == bindparam("work_id"), Work.fence == bindparam("seen"))
            .values(
                due_at=case((is_ahead, Work.due_at), else_=later),
                lease_owner=None,
                lease_until=case((is_ahead, later), else_=None),
            ),
            [
                {"work_id": c.id, "seen": c.fence, "later": at, "ahead": at - _AHEAD / 2}
                for c, at in until
            ],
        )


def renew(session: Session, claims: Sequence[Claim], *, now: datetime) -> None:
    """Hold the threads for another lease."""
    if claims:
        session.execute(
            update(Work)
            .where(_are(claims))
            .values(lease_until=now + LEASE)
            .execution_options(synchronize_session=False)
        )


def next_due(
    session: Session, lane: Lane, *, channels: Sequence[int] | None = None
) -> datetime | None:
    """Return when the next thread of the lane is due that nobody holds."""
    unheld = Work.lease_until.is_(None)
    if channels is None:
        return session.scalar(select(func.min(Work.due_at)).where(Work.lane == lane, unheld))
    return next((due_at for _, due_at in _first_due(session, lane, channels, unheld)), None)


def free_all(session: Session, *, now: datetime) -> None:
    """Free every lease: on SQLite a start is proof that no other process holds one."""
    session.execute(
        update(Work)
        .where(Work.lease_until.is_not(None))
        .values(
            lease_owner=None,
            lease_until=None,
            due_at=case((Work.due_at < now, Work.due_at), else_=literal(now, Instant())),
        )
        .execution_options(synchronize_session=False)
    )


def follow_clock(session: Session, *, now: datetime) -> int:
    """Make due what would wait absurdly long because a clock has jumped; return how many."""
    count = 0
    for lane, wait in _ABSURD_WAIT.items():
        late = update(Work).where(Work.lane == lane, Work.due_at > now + wait)
        count += _count(session, late.values(due_at=now, patience_until=now))
    held = update(Work).where(Work.lease_until > now + _ABSURD_LEASE)
    return count + _count(session, held.values(lease_owner=None, lease_until=None, due_at=now))


def _count(session: Session, statement: Update) -> int:
    mine = statement.returning(Work.id).execution_options(synchronize_session=False)
    return len(session.scalars(mine).all())
