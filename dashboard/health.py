"""Health and metrics, for the city's IT."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from bot import clock
from bot.city import service as city
from bot.inbound.models import RawItem
from bot.inbound.states import RawState
from bot.operation import records as backups
from bot.outbox.models import Delivery
from bot.outbox.states import DeliveryState
from bot.work.models import Work
from dashboard.web import web_of

router = APIRouter()
_STUCK = (DeliveryState.DEAD, DeliveryState.UNCONFIRMED)


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
    """Return the figures of the queues in the Prometheus text format."""
    registry = CollectorRegistry()
    queue = Gauge("stadtdraht_work_threads", "Threads with work", ["lane"], registry=registry)
    late = Gauge("stadtdraht_inbound_lag_seconds", "Age of the oldest item", registry=registry)
    parts = Gauge("stadtdraht_deliveries_stuck", "Parts not sent", ["state"], registry=registry)
    unread = Gauge("stadtdraht_items_quarantined", "Items nobody could read", registry=registry)
    saved = Gauge("stadtdraht_backup_timestamp_seconds", "Newest backup", registry=registry)
    with web_of(request).app.database.read() as session:
        for lane, count in session.execute(select(Work.lane, func.count()).group_by(Work.lane)):
            queue.labels(lane).set(count)
        oldest = session.scalar(
            select(RawItem.received_at)
            .where(RawItem.state == RawState.NEW)
            .order_by(RawItem.id)
            .limit(1)
        )
        late.set(max(0.0, (clock.now() - oldest).total_seconds()) if oldest else 0.0)
        for state in _STUCK:
            stuck = select(func.count()).where(Delivery.state == state)
            parts.labels(state).set(session.scalar(stuck) or 0)
        unreadable = select(func.count()).where(RawItem.state == RawState.QUARANTINED)
        unread.set(session.scalar(unreadable) or 0)
        last = backups.last_made(session)
        saved.set(last.timestamp() if last else 0.0)
    return PlainTextResponse(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
