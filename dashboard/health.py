"""Health and metrics of a process, for the city's IT."""

import time
from collections.abc import Callable
from threading import Lock

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from bot import clock, schedule
from bot.app import App
from bot.channels.overview import overview
from bot.channels.states import Condition
from bot.city import service as city
from bot.db.engine import Database
from bot.processes.states import Role
from dashboard import metrics
from dashboard.live import Live

router = APIRouter()
_FRESH = 1.0  # seconds


class Probe:
    """Asks the database whether it stores, for everybody who wants to know within a second.

    So many questions at once cost one small write, and one wait where nothing answers.
    """

    def __init__(self, database: Database, clock_of: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock_of
        self._lock = Lock()
        self._until = -1.0
        self._stores = False

    def stores(self) -> bool:
        """Tell whether the database takes what is written."""
        with self._lock:
            if self._clock() >= self._until:
                self._stores = self._write()
                self._until = self._clock() + _FRESH
            return self._stores

    def _write(self) -> bool:
        try:
            with self._database.unit_of_work() as session:
                city.note_health(session, now=clock.now())
        except SQLAlchemyError:
            return False
        return True


def watch(web: FastAPI, app: App, live: Live | None) -> None:
    """Let the router know whose health it tells."""
    web.state.watched = app, live
    web.state.probe = Probe(app.database)


@router.get("/health", include_in_schema=False)
def health(request: Request) -> JSONResponse:
    """Say 200 while this process can do its work; `degraded` names what is broken."""
    app, live = _watched(request)
    broken = app.broken()
    if live and not live.is_alive:
        broken.append("live")
    probe: Probe = request.app.state.probe
    broken += _city(app.database) if probe.stores() else ["database"]
    if app.has(Role.WEB) and not app.intake.is_alive:
        broken.append("intake")
    if {"database", "intake"} & set(broken):
        return JSONResponse({"status": "down", "degraded": broken}, status_code=503)
    status = "degraded" if broken else "ok"
    return JSONResponse({"status": status, "degraded": broken})


def _city(database: Database) -> list[str]:
    """Return what is broken in the city as a whole, whatever process is asked."""
    now = clock.now()
    try:
        with database.read() as session:
            rows = overview(session, now=now)
            idle = ["schedule"] if schedule.is_idle(session, now=now) else []
    except SQLAlchemyError:
        return ["database"]
    return idle + [f"channel {row.slug}" for row in rows if row.condition is Condition.TROUBLE]


@router.get("/metrics", include_in_schema=False)
def show_metrics(request: Request) -> PlainTextResponse:
    """Return the figures in the Prometheus text format."""
    app, live = _watched(request)
    return PlainTextResponse(metrics.page(app, live), media_type=CONTENT_TYPE_LATEST)


def _watched(request: Request) -> tuple[App, Live | None]:
    watched: tuple[App, Live | None] = request.app.state.watched
    return watched
