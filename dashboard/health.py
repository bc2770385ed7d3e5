"""Health and metrics of a process, for the city's IT."""

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from bot import clock
from bot.app import App, Role
from bot.channels.overview import overview
from bot.channels.states import Condition
from bot.city import service as city
from dashboard import metrics
from dashboard.live import Live

router = APIRouter()


def watch(web: FastAPI, app: App, live: Live | None) -> None:
    """Let the router know whose health it tells."""
    web.state.watched = app, live


@router.get("/health", include_in_schema=False)
def health(request: Request) -> JSONResponse:
    """Say 200 while this process can do its work; `degraded` names what is broken."""
    app, live = _watched(request)
    broken = app.broken()
    if live and not live.is_alive:
        broken.append("live")
    try:
        with app.database.unit_of_work() as session:
            city.note_health(session, now=clock.now())
        with app.database.read() as session:
            rows = overview(session, now=clock.now())
        broken += [f"channel {row.slug}" for row in rows if row.condition is Condition.TROUBLE]
    except SQLAlchemyError:
        broken.append("database")
    if app.has(Role.WEB) and not app.intake.is_alive:
        broken.append("intake")
    if {"database", "intake"} & set(broken):
        return JSONResponse({"status": "down", "degraded": broken}, status_code=503)
    status = "degraded" if broken else "ok"
    return JSONResponse({"status": status, "degraded": broken})


@router.get("/metrics", include_in_schema=False)
def show_metrics(request: Request) -> PlainTextResponse:
    """Return the figures in the Prometheus text format."""
    app, live = _watched(request)
    return PlainTextResponse(metrics.page(app, live), media_type=CONTENT_TYPE_LATEST)


def _watched(request: Request) -> tuple[App, Live | None]:
    watched: tuple[App, Live | None] = request.app.state.watched
    return watched
