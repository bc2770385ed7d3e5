"""The desk's kind of route: log-in first, own password first, errors in plain words in place."""

from collections.abc import Callable, Coroutine
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from bot import clock
from bot.errors import InvalidError, StadtdrahtError
from bot.staff import login
from bot.staff.permissions import PasswordChangeRequiredError
from dashboard.render import link
from dashboard.security import cookies
from dashboard.security.csrf import CsrfError
from dashboard.web import (
    LogInNeededError,
    is_fragment,
    language_of,
    note_refusal,
    render,
    see_other,
    web_of,
)

Key = Annotated[int, Path(ge=1, lt=2**63)]
"""A row's key in an address; larger numbers fit into no database."""

_HOME = "/desk"


class DeskRoute(APIRoute):
    """Answers the errors that every page of the desk can meet."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[object, object, Response]]:
        """Wrap the usual handler."""
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                return await handle(request)
            except LogInNeededError:
                return _elsewhere(request, f"/desk/login{_way_back(request)}", status=401)
            except PasswordChangeRequiredError:
                return _elsewhere(request, "/desk/account", status=403)
            except StadtdrahtError as error:
                if error.status >= 500:
                    raise
                note_refusal(request, error)
                return _problem(request, error, await _spoken(request))
            except RequestValidationError:
                unfit = InvalidError("The address or the form makes no sense.")
                return _problem(request, unfit, await _spoken(request))

        return guarded


def new_router() -> APIRouter:
    """Return a router below /desk whose routes are desk routes."""
    return APIRouter(prefix=_HOME, route_class=DeskRoute)


def safe_next(address: str) -> str:
    """Return the page of the desk that `address` names, or the inbox: never another site's."""
    local = link(address)
    is_desk = local == _HOME or local.startswith(("/desk/", "/desk?"))
    return local if is_desk and not local.startswith(("/desk/login", "/desk/logout")) else _HOME


def _way_back(request: Request) -> str:
    """Name the page that was asked for, so that log-in leads there."""
    if request.method != "GET" or is_fragment(request) or request.url.path == _HOME:
        return ""
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"?{urlencode({'next': path})}"


def _elsewhere(request: Request, address: str, *, status: int) -> Response:
    """Send the browser on; a script must not put that page into a part of this one."""
    if is_fragment(request):
        return Response(status_code=status, headers={"HX-Redirect": address})
    return see_other(address)


async def _spoken(request: Request) -> str:
    """Return the language of who is logged in, else the browser's."""
    web = web_of(request)
    token = web.cookies.read(request.cookies, cookies.SESSION)
    database = web.app.database
    user = await database.run(lambda: login.current_user(database, token, now=clock.now()))
    return user.language if user else language_of(request)


def _problem(request: Request, error: StadtdrahtError, language: str) -> Response:
    status = error.status
    if not is_fragment(request):
        theme = theme_of(request)
        page = "desk/problem.html"
        return render(request, page, status=status, language=language, theme=theme, code=error.code)
    if request.method == "GET":  # the page itself explains it
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return Response(status_code=status, headers={"HX-Redirect": path})
    kind = "csrf" if isinstance(error, CsrfError) else "other"
    alert = "desk/_alert.html"
    part = render(request, alert, status=status, language=language, text=None, kind=kind)
    part.headers["HX-Retarget"] = "#composer-alert"
    part.headers["HX-Reswap"] = "innerHTML"
    return part


def theme_of(request: Request) -> str:
    """Return the colours chosen in this browser; `desk.js` sets the cookie."""
    theme = request.cookies.get("theme", "auto")
    return theme if theme in {"light", "dark"} else "auto"
