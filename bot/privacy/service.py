"""The sweep: ends what its period has ended, in chunks that hold no writer up."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, and_, delete, or_, select, tuple_, update
from sqlalchemy.orm import Session

from bot.alarms import rules as alarm_rules
from bot.alarms.models import Alarm
from bot.alarms.states import AlarmState
from bot.audit import service as audit
from bot.audit.service import SYSTEM, Entry
from bot.channels.models import Channel
from bot.db.base import Retention
from bot.db.engine import Store
from bot.events.models import Event
from bot.inbound.models import RawItem, RawItemFile
from bot.inbound.states import RawState
from bot.outbox.models import Delivery
from bot.outbox.states import DeliveryState
from bot.privacy import erasure, rules, trust
from bot.staff.models import RateLimit, StaffSession

_log = structlog.get_logger()
CHUNK = 200
_ROUNDS = 10_000

_Step = Callable[[Session, datetime, int], Mapping[str, int]]


def run(
    database: Store,
    *,
    now: datetime,
    limit: int = CHUNK,
    is_stopping: Callable[[], bool] = lambda: False,
) -> dict[str, int]:
    """Sweep everything that is due, each chunk in a transaction of its own; returns the counts.

    Nothing is due by a clock that is not believed (`trust`).
    """
    with database.unit_of_work() as session:
        standing = trust.look(session, now=now)
    if standing.proven is not None:
        _log.warning("privacy.waits", proven_seconds=standing.proven.total_seconds())
        return {}
    total: Counter[str] = Counter()
    for _ in range(_ROUNDS):
        if is_stopping():
            break
        with database.unit_of_work() as session:
            done = sweep(session, now=now, limit=limit)
        total.update(done)
        if not any(done.values()):
            break
    return dict(total)


def sweep(session: Session, *, now: datetime, limit: int = CHUNK) -> dict[str, int]:
    """End at most `limit` things of each kind and return how many; all zero: nothing is due."""
    total: Counter[str] = Counter()
    for step in _STEPS:
        total.update(step(session, now, limit))
    return dict(total)


def _raw_items(session: Session, now: datetime, limit: int) -> Mapping[str, int]:
    ids = [
        *_oldest_raw(session, RawState.DONE, now - _period(Retention.RAW), limit),
        *_oldest_raw(session, RawState.QUARANTINED, now - rules.QUARANTINE, limit),
    ]
    if not ids:
        return {"raw_items": 0, "blobs": 0}
    blobs = session.scalars(
        delete(RawItemFile).where(RawItemFile.raw_item_id.in_(ids)).returning(RawItemFile.blob_id)
    ).all()
    session.execute(delete(RawItem).where(RawItem.id.in_(ids)))
    audit.note(session, SYSTEM, "raw_item.expired", "raw_item", None, "payload", now=now)
    return {"raw_items": len(ids), "blobs": erasure.delete_unused_blobs(session, blobs)}


def _oldest_raw(session: Session, state: RawState, before: datetime, limit: int) -> Sequence[int]:
    """Look at the first rows only: they are in the order in which they came, so no table scan."""
    first = (
        select(RawItem.id, RawItem.done_at, RawItem.received_at)
        .where(RawItem.state == state)
        .order_by(RawItem.id)
        .limit(limit)
        .subquery()
    )
    ended = first.c.done_at if state is RawState.DONE else first.c.received_at
    return session.scalars(select(first.c.id).where(ended < before)).all()


def _orphans(session: Session, now: datetime, limit: int) -> Mapping[str, int]:
    before = now - _period(Retention.SHORT)
    return {"blobs": erasure.delete_orphaned_blobs(session, before=before, limit=limit)}


def _deliveries(session: Session, now: datetime, limit: int) -> Mapping[str, int]:
    """Blank what was sent; that it was sent stays.

    What a client has yet to acknowledge is left for as long as a conversation is.
    """
    ids = session.scalars(
        select(Delivery.id)
        .join(Channel, Channel.id == Delivery.channel_id)
        .where(
            Delivery.state == DeliveryState.SENT,
            Delivery.sent_at < now - _period(Retention.DELIVERY),
            Delivery.thread != "",
            or_(
                Delivery.seq.is_(None),
                Delivery.seq <= Channel.acked_seq,
                Delivery.sent_at < now - _period(Retention.CONVERSATION),
            ),
        )
        .order_by(Delivery.id)
        .limit(limit)
    ).all()
    if ids:
        session.execute(
            update(Delivery)
            .where(Delivery.id.in_(ids))
            .values(thread="", text="", buttons=[], in_reply_to=None, native_id=None, error=None)
            .execution_options(synchronize_session=False)
        )
        audit.note(session, SYSTEM, "delivery.expired", "delivery", None, "text", now=now)
    return {"deliveries": len(ids)}


def _tickets(session: Session, now: datetime, limit: int) -> Mapping[str, int]:
    before = now - _period(Retention.TICKET)
    count = erasure.anonymise_tickets(session, closed_before=before, limit=limit, now=now)
    return {"tickets": count}


def _conversations(session: Session, now: datetime, limit: int) -> Mapping[str, int]:
    before = now - _period(Retention.CONVERSATION)
    ids = erasure.ended_conversations(session, before=before, limit=limit)
    erased = erasure.erase_conversations(session, ids, actor=SYSTEM, now=now)
    return {
        "conversations": erased.conversations,
        "contacts": erased.contacts,
        "blobs": erased.blobs,
    }


def _staff_sessions(session: Session, now: datetime, limit: int) -> Mapping[str, int]:
    ids = session.scalars(
        select(StaffSession.id)
        .where(or_(StaffSession.expires_at <= now, StaffSession.revoked_at <= now))
        .order_by(StaffSession.id)
        .limit(limit)
    ).all()
    if ids:
        session.execute(delete(StaffSession).where(StaffSession.id.in_(ids)))
        audit.record(
            session,
            [Entry(SYSTEM, "session.expired", "staff_session", key) for key in ids],
            now=now,
        )
    return {"staff_sessions": len(ids)}


def _rate_limits(session: Session, now: datetime, limit: int) -> Mapping[str, int]:
    keys = session.execute(
        select(RateLimit.key_hash, RateLimit.window_start)
        .where(RateLimit.window_start < now - _period(Retention.SHORT))
        .order_by(RateLimit.window_start, RateLimit.key_hash)
        .limit(limit)
    ).all()
    if keys:
        session.execute(
            delete(RateLimit).where(_is_one_of(keys)).execution_options(synchronize_session=False)
        )
    return {"rate_limits": len(keys)}


def _is_one_of(keys: Collection[tuple[str, datetime]]) -> ColumnElement[bool]:
    return tuple_(RateLimit.key_hash, RateLimit.window_start).in_(keys)


def _events(session: Session, now: datetime, limit: int) -> Mapping[str, int]:
    """Keep the newest: SQLite would give its id again, and ids are the cursor of live pages."""
    first = select(Event.id, Event.at).order_by(Event.id).limit(limit).subquery()
    newest = select(Event.id).order_by(Event.id.desc()).limit(1).scalar_subquery()
    ids = session.scalars(
        select(first.c.id).where(and_(first.c.at < now - rules.EVENTS, first.c.id < newest))
    ).all()
    if ids:
        session.execute(delete(Event).where(Event.id.in_(ids)))
    return {"events": len(ids)}


def _alarms(session: Session, now: datetime, limit: int) -> Mapping[str, int]:
    """Delete alarms that have long been over; their notices go with them."""
    ids = session.scalars(
        select(Alarm.id)
        .where(Alarm.state == AlarmState.RESOLVED, Alarm.resolved_at < now - alarm_rules.KEEP)
        .order_by(Alarm.id)
        .limit(limit)
    ).all()
    if ids:
        session.execute(delete(Alarm).where(Alarm.id.in_(ids)))
        audit.record(
            session, [Entry(SYSTEM, "alarm.expired", "alarm", key) for key in ids], now=now
        )
    return {"alarms": len(ids)}


def _period(retention: Retention) -> timedelta:
    after = rules.PERIODS[retention].after
    if after is None:
        raise ValueError(f"{retention} has no end of its own")
    return after


_STEPS: tuple[_Step, ...] = (
    _raw_items,
    _orphans,
    _deliveries,
    _tickets,
    _conversations,
    _staff_sessions,
    _rate_limits,
    _events,
    _alarms,
)
