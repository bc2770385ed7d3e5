"""Every route that the whole application has, for tests that go through all of them."""

from collections.abc import Iterator
from pathlib import Path

from fastapi import FastAPI
from pydantic import SecretStr
from starlette.routing import Mount, Route

from bot.app import App
from bot.config import Settings
from dashboard.app import create_app


def routes(folder: Path) -> set[tuple[str, str]]:
    """Return method and path of each route; `folder` takes the settings' key."""
    app = App.create(Settings(data_dir=folder, database_url=SecretStr("sqlite://")))
    web: object = create_app(app)
    while not isinstance(web, FastAPI):
        web = vars(web)["_app"]
    found = set(_walk(list(web.routes), ""))
    app.links.stop()
    app.database.close()
    return found


def _walk(routes: list[object], prefix: str) -> Iterator[tuple[str, str]]:
    for route in routes:
        if isinstance(route, Route):
            yield from ((method, prefix + route.path) for method in route.methods or ())
        elif isinstance(route, Mount):
            yield "GET", f"{prefix}{route.path}/{{path}}"
        elif (inner := getattr(route, "original_router", None)) is not None:
            own: str = getattr(route, "include_context").prefix  # noqa: B009 (FastAPI's own class)
            yield from _walk(list(inner.routes), prefix + own)
