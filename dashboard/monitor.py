"""The pages of a process that has no others: health and metrics."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.types import ASGIApp

from bot.app import App
from dashboard import health
from dashboard.security.headers import Policy, RequestIds, SecurityHeaders
from dashboard.web import SILENT


def create_app(app: App) -> ASGIApp:
    """Return the small application of a role; its lifespan starts and stops the role's loops."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        app.start()
        try:
            yield
        finally:
            app.stop()

    web = FastAPI(
        lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None, telemetry=SILENT
    )
    health.watch(web, app, None)
    web.include_router(health.router)
    return SecurityHeaders(RequestIds(web), policy=Policy(https=app.settings.is_https))
