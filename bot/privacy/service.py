"""The sweep: ends what its period has ended, in chunks that hold no writer up."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, and_, delete, or_, select, tuple_, union, update
from sqlalchemy.orm import Session

from bot.alarms import rules as alarm_rules
from bot.alarms.models import Alarm
from bot.alarms.states import AlarmState
from bot.audit import service as audit
from bot.audit.service import SYSTEM, Entry
from bot.channels.models import Channel
from bot.db.base import Retention, word
from bot.db.engine import Store
from bot.events.models import Event
from bot.inbound.models import RawItem, RawItemFile
from bot.inbound.states import RawState
from bot.learning import service as learning
from bot.learning.models import Correction
from bot.outbox.models import Delivery
from bot.outbox.states import DeliveryState
from bot.privacy import erasure, rules, trust
from bot.staff.models import RateLimit, StaffSession

_log = structlog.get_logger()
CHUNK = 200
_ROUNDS = 10_000

_Step = Callable[[Store, datetime, int], Mapping[str, int]]
_Write = Callable[[Session, datetime, int], Mapping[str, int]]


def run(
    database: Store,
    *,
    now: datetime,
    limit: int = CHUNK,
    is_stopping: Callable[[], bool] = lambda: False,
) -> dict[str, int]:
    """End everything that is due and return the counts.

    One kind after the other, at most `limit` things of it in a transaction. What no index leads to
    is looked for in a read unit, which holds up no writer. Nothing is due by a clock that is not
    believed (`trust`).
    """
    with database.unit_of_work() as session:
        standing = trust.look(session, now=now)
    if not standing.is_believed:
        _log.warning("privacy.waits", last_believed=str(standing.last))
        return {}
    total: Counter[str] = Counter()
    for step in _STEPS:
        for _ in range(_ROUNDS):
            if is_stopping():
                return dict(total)
            done = step(database, now, limit)
            total.update(done)
            if not any(done.values()):
                break
    return dict(total)


def _quick(write: _Write) -> _Step:
    """Return a step that finds what is due by an index, and so may look as it writes."""

    def step(database: Store, now: datetime, limit: int) -> Mapping[str, int]:
        with database.unit_of_work() as session:
            return write(session, now, limit)

    return step


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


def _orphans(database: Store, now: datetime, limit: int) -> Mapping[str, int]:
    """Delete contents that never came to be used; every content has to be looked at for that.

    A process that died between storing a copy and writing its message leaves one behind.
    """
    before = now - _period(Retention.SHORT)
    with database.read() as session:
        ids = erasure.orphaned_blobs(session, before=before, limit=limit)
    if not ids:
        return {"blobs": 0}
    with database.unit_of_work() as session:
        return {"blobs": erasure.delete_unused_blobs(session, ids)}


def _deliveries(database: Store, now: datetime, limit: int) -> Mapping[str, int]:
    """Blank what was sent; that it was sent stays.

    What a client that fetches has yet to acknowledge is left for as long as a conversation is.
    """
    with database.read() as session:
        ids = session.scalars(
            select(Delivery.id)
            .join(Channel, Channel.id == Delivery.channel_id)
            .where(
                *(Delivery.state == word(DeliveryState.SENT), Delivery.thread != word("")),
                Delivery.sent_at < now - _period(Retention.DELIVERY),
                or_(
                    Channel.token_hash.is_(None),  # nobody fetches and acknowledges
                    Delivery.seq.is_(None),
                    Delivery.seq <= Channel.acked_seq,
                    Delivery.sent_at < now - _period(Retention.CONVERSATION),
                ),
            )
            .order_by(Delivery.sent_at)
            .limit(limit)
        ).all()
    if ids:
        with database.unit_of_work() as session:
            session.execute(
                update(Delivery)
                .where(Delivery.id.in_(ids))
                .values(
                    thread="",
                    text="",
                    buttons=[],
                    in_reply_to=None,
                    target=None,
                    native_id=None,
                    error=None,
                )
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
    ended = union(  # each by its own index
        select(StaffSession.id).where(StaffSession.expires_at <= now),
        select(StaffSession.id).where(StaffSession.revoked_at <= now),
    )
    ids = session.scalars(ended.limit(limit)).all()
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


def _corrections(session: Session, now: datetime, limit: int) -> Mapping[str, int]:
    """Delete what people judged long ago; a message that is still here can be judged again."""
    ids = session.scalars(
        select(Correction.id)
        .where(Correction.judged_at < now - _period(Retention.CORRECTION))
        .order_by(Correction.judged_at)
        .limit(limit)
    ).all()
    learning.delete_corrections(session, ids)
    if ids:
        audit.note(session, SYSTEM, "correction.expired", "correction", None, "text", now=now)
    return {"corrections": len(ids)}


def _period(retention: Retention) -> timedelta:
    after = rules.PERIODS[retention].after
    if after is None:
        raise ValueError(f"{retention} has no end of its own")
    return after


_STEPS: tuple[_Step, ...] = (
    _quick(_raw_items),
    _orphans,
    _deliveries,
    _quick(_tickets),
    _quick(_conversations),
    _quick(_staff_sessions),
    _quick(_rate_limits),
    _quick(_events),
    _quick(_alarms),
    _quick(_corrections),
)
