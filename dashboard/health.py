"""Health and metrics, for the city's IT."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    ProcessCollector,
    generate_latest,
)
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot import clock
from bot.channels.models import Channel
from bot.channels.states import ChannelState
from bot.city import service as city
from bot.inbound.models import RawItem
from bot.inbound.states import RawState
from bot.outbox.models import Delivery
from bot.outbox.states import DeliveryState
from bot.work.models import Work
from bot.work.states import Lane
from dashboard.web import web_of

router = APIRouter()
_STUCK = (DeliveryState.DEAD, DeliveryState.UNCONFIRMED)
_WAITING = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.RETRY)


@router.get("/health", include_in_schema=False)
def health(request: Request) -> JSONResponse:
    """Say 200 while this process can store and serve; `degraded` names what is broken."""
    web = web_of(request)
    app = web.app
    broken = [thread.name for thread in app.threads if not thread.is_alive()]
    broken += [
        name
        for name, alive in (("live", web.live.is_alive), ("language", app.language.is_alive))
        if not alive
    ]
    try:
        with app.database.unit_of_work() as session:
            city.note_health(session, now=clock.now())
    except SQLAlchemyError:
        broken.append("database")
    if not app.intake.is_alive:
        broken.append("intake")
    if {"database", "intake"} & set(broken):
        return JSONResponse({"status": "down", "degraded": broken}, status_code=503)
    status = "degraded" if broken else "ok"
    return JSONResponse({"status": status, "degraded": broken})


@router.get("/metrics", include_in_schema=False)
def metrics(request: Request) -> PlainTextResponse:
    """Return the figures of this process and of the queues in the Prometheus text format.

    The figures of the queues are the whole city's: every process tells the same. While the
    database is away they are left out, and `stadtdraht_database_up` is 0.
    """
    web = web_of(request)
    registry, queues = CollectorRegistry(), CollectorRegistry()
    ProcessCollector(registry=registry)
    stored = Counter("stadtdraht_intake_stored", "Items stored by this process", registry=registry)
    stored.inc(web.app.intake.stored)
    streams = Gauge("stadtdraht_live_streams", "Open live pages of this process", registry=registry)
    streams.set(web.live.streams)
    reachable = Gauge("stadtdraht_database_up", "Whether the database answers", registry=registry)
    try:
        with web.app.database.read() as session:
            add_queues(queues, session)
        reachable.set(1)
    except SQLAlchemyError:
        queues = CollectorRegistry()  # half of them would say that nothing waits
    page = generate_latest(registry) + generate_latest(queues)
    return PlainTextResponse(page, media_type=CONTENT_TYPE_LATEST)


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
    threads = (  # what a paused channel holds back is not late
        select(
            Work.lane,
            func.count(),
            func.min(Work.due_at).filter(Channel.state == ChannelState.ACTIVE),
        )
        .join(Channel, Channel.id == Work.channel_id)
        .group_by(Work.lane)
    )
    found = {lane: (count, due) for lane, count, due in session.execute(threads)}
    for lane in Lane:
        count, due = found.get(lane, (0, None))
        queue.labels(lane).set(count)
        overdue.labels(lane).set(max(0.0, (now - due).total_seconds()) if due else 0.0)
    oldest = session.scalar(
        select(RawItem.received_at)
        .where(RawItem.state == RawState.NEW)
        .order_by(RawItem.id)
        .limit(1)
    )
    late.set(max(0.0, (now - oldest).total_seconds()) if oldest else 0.0)
    for gauge, states in ((waiting, _WAITING), (parts, _STUCK)):
        for state in states:
            counted = select(func.count()).where(Delivery.state == state)
            gauge.labels(state).set(session.scalar(counted) or 0)
    unreadable = select(func.count()).where(RawItem.state == RawState.QUARANTINED)
    unread.set(session.scalar(unreadable) or 0)
