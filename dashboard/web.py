"""What every route needs: the running app, the renderer, cookies, the language, the user."""

from dataclasses import dataclass
from typing import cast

import structlog
from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.telemetry import TelemetryConfig

from bot import clock
from bot.app import App
from bot.city import queries as city
from bot.city.rules import CityFacts
from bot.errors import StadtdrahtError
from dashboard.live import Live
from dashboard.render import LANGUAGES, Renderer
from dashboard.security.cookies import Cookies

LANGUAGE = "language"
# Traces and logs of the framework hold addresses and errors with their words: nobody gets them.
SILENT: TelemetryConfig = {
    "auto_configure": False,
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
}
_REFUSALS = frozenset({401, 403, 429})
_log = structlog.get_logger()


class LogInNeededError(StadtdrahtError):
    """The page is for staff, and nobody is logged in."""

    code = "log_in_needed"
    status = 401


@dataclass(slots=True)
class Web:
    """The parts of the web process."""

    app: App
    live: Live
    cookies: Cookies
    _renderer: Renderer | None = None
    _facts: CityFacts | None = None
    _version: int | None = None

    @property
    def key(self) -> bytes:
        """The installation's secret key."""
        return self.app.settings.key

    def renderer(self) -> Renderer:
        """Return the renderer of the city as it is called now."""
        with self.app.database.read() as session:
            version = city.data_version(session)
            if self._renderer is None or version != self._version:
                self._facts = city.facts(session)
                self._renderer = Renderer(
                    city_name=self._facts.name, demo=self._facts.demo, clock=clock.now
                )
                self._version = version
        return self._renderer


def web_of(request: Request) -> Web:
    """Return the parts of this process."""
    return cast("Web", request.app.state.web)


def language_of(request: Request) -> str:
    """Return the language of the page: the query's, the cookie's, or the browser's."""
    stored = web_of(request).cookies.read(request.cookies, LANGUAGE)
    for wanted in (request.query_params.get("lang"), stored):
        if wanted in LANGUAGES:
            return wanted
    first = request.headers.get("accept-language", "")[:2].lower()
    return first if first in LANGUAGES else LANGUAGES[0]


def render(
    request: Request,
    template: str,
    *,
    status: int = 200,
    language: str | None = None,
    **context: object,
) -> HTMLResponse:
    """Return a page or fragment, and remember a language that was chosen on it."""
    web = web_of(request)
    path = request.url.path
    spoken = language or language_of(request)
    page = web.renderer().render(
        template,
        language=spoken,
        request_path=f"{path}?{request.url.query}" if request.url.query else path,
        status=status,
        **context,
    )
    response = HTMLResponse(page, status_code=status)
    response.headers["Vary"] = "HX-Request, Cookie, Accept-Language"
    if request.query_params.get("lang") in LANGUAGES:
        web.cookies.put(response, LANGUAGE, spoken)
    return response


def note_refusal(request: Request, error: StadtdrahtError) -> None:
    """Log that somebody was refused: no right, a forged form, a wrong token, too many tries.

    The route's pattern is named, not the address: that may hold a secret.
    """
    if error.status in _REFUSALS:
        route = getattr(request.scope.get("route"), "path", None)
        _log.warning("web.refused", code=error.code, status=error.status, route=route)


def see_other(address: str) -> Response:
    """Send the browser on after a form (303)."""
    return RedirectResponse(address, status_code=303)


def is_fragment(request: Request) -> bool:
    """Tell whether a script asks for a part of the page."""
    return request.headers.get("hx-request") == "true"


def sender_address(request: Request) -> str | None:
    """Return the address that the request came from; proxies are handled by the server."""
    return request.client.host if request.client else None


def bearer(request: Request) -> str | None:
    """Return the token of the Authorization header (RFC 6750)."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None
