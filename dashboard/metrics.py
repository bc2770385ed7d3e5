"""What a process tells about itself and the city, for Prometheus."""

from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector, generate_latest
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot import clock
from bot.alarms import queries as alarms
from bot.alarms.states import AlarmKind, AlarmState
from bot.app import App
from bot.channels.models import Channel
from bot.channels.overview import overview
from bot.channels.states import ChannelState, Condition
from bot.inbound.models import RawItem
from bot.inbound.states import RawState
from bot.operation import records as backups
from bot.outbox import queries as outbox
from bot.outbox.models import Delivery
from bot.outbox.states import STUCK, DeliveryState
from bot.work import service as work
from bot.work.models import Work
from bot.work.states import Lane
from dashboard.live import Live

_RESTING = {Condition.PAUSED, Condition.FORBIDDEN}
_WAITING = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.RETRY)


def page(app: App, live: Live | None) -> bytes:
    """Return the figures of this process and of the queues in the Prometheus text format.

    The figures of the queues are the whole city's: every process tells the same. While the
    database is away they are left out, and `stadtdraht_database_up` is 0.
    """
    registry, city = CollectorRegistry(), CollectorRegistry()
    ProcessCollector(registry=registry)
    stored = Counter("stadtdraht_intake_stored", "Items stored by this process", registry=registry)
    stored.inc(app.intake.stored)
    if live:
        name, meaning = "stadtdraht_live_streams", "Open live pages of this process"
        Gauge(name, meaning, registry=registry).set(live.streams)
    reachable = Gauge("stadtdraht_database_up", "Whether the database answers", registry=registry)
    try:
        with app.database.read() as session:
            add_queues(city, session)
            _add_channels(city, session)
            _add_alarms(city, session)
            saved = Gauge("stadtdraht_backup_timestamp_seconds", "Newest backup", registry=city)
            last = backups.last_made(session)
            saved.set(last.timestamp() if last else 0.0)
        reachable.set(1)
    except SQLAlchemyError:
        city = CollectorRegistry()  # half of them would say that nothing waits
    return generate_latest(registry) + generate_latest(city)


def add_queues(registry: CollectorRegistry, session: Session) -> None:
    """Add what waits; each figure is read from an index, and grows with what waits alone."""
    now = clock.now()
    queue = Gauge("stadtdraht_work_threads", "Threads with work", ["lane"], registry=registry)
    overdue = Gauge(
        "stadtdraht_work_overdue_seconds",
        "How long the first due thread has waited for a process",
        ["lane"],
        registry=registry,
    )
    late = Gauge("stadtdraht_inbound_lag_seconds", "Age of the oldest item", registry=registry)
    waiting = Gauge(
        "stadtdraht_deliveries_waiting", "Parts on their way", ["state"], registry=registry
    )
    parts = Gauge("stadtdraht_deliveries_stuck", "Parts not sent", ["state"], registry=registry)
    unread = Gauge("stadtdraht_items_quarantined", "Items nobody could read", registry=registry)
    is_active = Channel.state == ChannelState.ACTIVE  # what a paused channel holds back is not late
    is_urgent = work.is_urgent(now)
    threads = (
        select(
            Work.lane,
            func.count(),
            func.min(Work.due_at).filter(is_active, ~is_urgent),
            func.min(Work.due_at).filter(is_active, is_urgent),
        )
        .join(Channel, Channel.id == Work.channel_id)
        .group_by(Work.lane)
    )
    found = {lane: (count, due) for lane, count, *due in session.execute(threads)}
    for lane in Lane:
        count, due = found.get(lane, (0, []))
        since = min((work.waits_since(one, now) for one in filter(None, due)), default=now)
        queue.labels(lane).set(count)
        overdue.labels(lane).set(max(0.0, (now - since).total_seconds()))
    oldest = session.scalar(
        select(RawItem.received_at)
        .where(RawItem.state == RawState.NEW)
        .order_by(RawItem.id)
        .limit(1)
    )
    late.set(max(0.0, (now - oldest).total_seconds()) if oldest else 0.0)
    for state in _WAITING:
        counted = select(func.count()).where(Delivery.state == state, Delivery.sent_at.is_(None))
        waiting.labels(state).set(session.scalar(counted) or 0)
    stuck = outbox.stuck_by_channel(session)
    for state in STUCK:
        parts.labels(state).set(sum(count for key, count in stuck.items() if key[1] is state))
    unreadable = select(func.count()).where(RawItem.state == RawState.QUARANTINED)
    unread.set(session.scalar(unreadable) or 0)


def _add_channels(registry: CollectorRegistry, session: Session) -> None:
    """Add how each channel does."""
    failing = Gauge(
        "stadtdraht_channel_failing_seconds",
        "Since when an active channel does not work, 0 when it does",
        ["channel"],
        registry=registry,
    )
    silent = Gauge(
        "stadtdraht_channel_last_in_age_seconds",
        "Age of what a channel brought last",
        ["channel"],
        registry=registry,
    )
    now = clock.now()
    for row in overview(session, now=now):
        is_failing = None if row.condition in _RESTING else row.failing_since
        failing.labels(row.slug).set(_age(is_failing, now) if is_failing else 0.0)
        if row.last_in_at:
            silent.labels(row.slug).set(_age(row.last_in_at, now))


def _add_alarms(registry: CollectorRegistry, session: Session) -> None:
    """Add what is wrong, and whom nobody could tell."""
    open_ = Gauge("stadtdraht_alarms_open", "Alarms", ["kind"], registry=registry)
    seen = Gauge(
        "stadtdraht_alarms_acknowledged",
        "Alarms that somebody sees to",
        ["kind"],
        registry=registry,
    )
    untold = Gauge("stadtdraht_alarm_notices_failed", "Notices given up", registry=registry)
    standing = alarms.counts(session)
    for kind in AlarmKind:
        open_.labels(kind).set(standing.get((kind, AlarmState.OPEN), 0))
        seen.labels(kind).set(standing.get((kind, AlarmState.ACKNOWLEDGED), 0))
    untold.set(alarms.failed_notices(session))


def _age(instant: datetime, now: datetime) -> float:
    return max(0.0, (now - instant).total_seconds())
