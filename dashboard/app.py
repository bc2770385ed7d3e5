"""The web application: routers, guards, errors in plain words."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from bot.app import App
from bot.errors import StadtdrahtError
from dashboard import health, statics, webhooks
from dashboard.api import channels as api_channels
from dashboard.api import staff as api_staff
from dashboard.api.doors import Doors
from dashboard.api.pace import Pace
from dashboard.desk import router as desk
from dashboard.live import Live
from dashboard.public import router as public
from dashboard.render import link
from dashboard.security.addresses import demand_readable
from dashboard.security.bodies import MEBIBYTE, BodyLimit
from dashboard.security.cookies import Cookies
from dashboard.security.headers import Policy, RequestIds, SecurityHeaders
from dashboard.web import SILENT, LogInNeededError, Web, note_refusal, render, see_other

_log = structlog.get_logger()
_PROGRAMS = ("/api/", "/webhooks/")  # who asks there reads JSON
_BARE = """<!doctype html><html lang="de"><meta charset="utf-8"><title>Gerade geht es nicht</title>
<h1>Gerade geht es nicht</h1><p>Bitte versuchen Sie es in einigen Minuten noch einmal.</p></html>"""


def create_app(app: App) -> ASGIApp:
    """Return the web application of a process; its lifespan starts and stops the whole app."""
    settings = app.settings

    @asynccontextmanager
    async def lifespan(web: FastAPI) -> AsyncIterator[None]:
        app.start()
        live = Live(app.database, app.bells.events, app.stopping)
        web.state.web = Web(app, live, Cookies(settings.is_https))
        health.watch(web, app, live)
        web.state.pace = Pace(settings.api_requests_per_second)
        web.state.doors = Doors()
        await live.start()
        try:
            yield
        finally:
            await live.stop()
            app.stop()

    web = FastAPI(
        title="Stadtdraht",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        redirect_slashes=False,  # the framework would lead to whatever host the request names
        telemetry=SILENT,
        dependencies=[Depends(demand_readable)],
    )
    for router in (
        api_channels.intake_router,
        api_channels.router,
        api_staff.router,
        desk,
        public,
        webhooks.router,
        health.router,
    ):
        web.include_router(router)
    statics.mount(web)
    web.add_exception_handler(StadtdrahtError, _known_error)
    web.add_exception_handler(HTTPException, _http_error)
    web.add_exception_handler(RequestValidationError, _invalid)
    web.add_exception_handler(SQLAlchemyError, _no_storage)
    web.add_exception_handler(Exception, _unknown_error)
    upload = (settings.max_upload_mb * 4 // 3 + 1) * MEBIBYTE
    photos = (settings.max_upload_mb * 3 + 1) * MEBIBYTE
    limits = {"/api/v1/channels": upload, "/chat": photos, "/report": photos, "/t": photos}
    guarded = BodyLimit(web, limits=limits)
    policy = Policy(https=settings.is_https, embed_hosts=settings.embed_hosts)
    return SecurityHeaders(RequestIds(guarded), policy=policy)


def _known_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, StadtdrahtError):
        raise error
    if isinstance(error, LogInNeededError) and request.url.path.startswith("/desk"):
        return see_other("/desk/login")
    note_refusal(request, error)
    headers = {}
    if (retry_after := getattr(error, "retry_after", None)) is not None:
        headers["Retry-After"] = str(retry_after)
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    field = getattr(error, "field", None)
    return _answer(request, error.status, error.code, str(error), headers, field)


def _http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    path = request.url.path
    if error.status_code == 404 and path.endswith("/") and not path.startswith(_PROGRAMS):
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(link(path.rstrip("/") + query))
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "error")
    headers = dict(error.headers or {})
    return _answer(request, error.status_code, code, str(error.detail), headers)


def _invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    problem = error.errors()[0]
    malformed = problem["type"] == "json_invalid"
    field = "body" if malformed else ".".join(map(str, problem["loc"][1:])) or "body"
    return _answer(request, 422, "invalid", f"{field}: {problem['msg']}", {}, field)


def _no_storage(request: Request, error: Exception) -> Response:
    _log.error("web.no_storage", error=type(error).__name__)
    return _answer(
        request, 503, "no_storage", "Please try again in a moment.", {"Retry-After": "5"}
    )


def _unknown_error(request: Request, error: Exception) -> Response:
    _log.error("web.failed", error=type(error).__name__, path=request.scope.get("route_path"))
    return _answer(request, 500, "error", "Something went wrong on our side.", {})


def _answer(
    request: Request,
    status: int,
    code: str,
    message: str,
    headers: dict[str, str],
    field: str | None = None,
) -> Response:
    if request.url.path.startswith(_PROGRAMS):
        body: dict[str, str] = {"code": code, "message": message}
        if field:
            body["field"] = field
        return JSONResponse(body, status_code=status, headers=headers)
    reference = getattr(request.state, "request_id", None)
    try:
        page = render(request, "city/error.html", status=status, detail="", reference=reference)
    except SQLAlchemyError:  # the page asks the database for the city's name
        page = HTMLResponse(_BARE, status_code=status)
    page.headers.update(headers)
    return page
