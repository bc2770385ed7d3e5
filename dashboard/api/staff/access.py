"""Whose token it is, and the filters that every list shares."""

from collections.abc import Callable, Coroutine
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Request, Response, Security
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from bot import clock
from bot.errors import InvalidError
from bot.offices import queries as offices
from bot.offices.queries import OfficeNotFoundError
from bot.staff import login
from bot.staff.permissions import StaffUser
from connectors import text as texts
from dashboard.web import LogInNeededError, bearer, web_of

Key = Annotated[int, Path(ge=1, lt=2**63)]
_LONGEST = 200
_BROKEN = "body: this is not JSON"


class StaffRoute(APIRoute):
    """Asks for the token before it reads the body, and says `body` where that is no JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[object, object, Response]]:
        """Wrap the usual handler."""
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            database = web_of(request).app.database
            request.state.caller = await database.run(lambda: _authenticate(request))
            try:
                return await handle(request)
            except RequestValidationError as error:
                if error.errors()[0]["type"] != "json_invalid":
                    raise
            except HTTPException as error:  # what is not even text, or nested without an end
                if error.status_code != 400:
                    raise
            raise InvalidError(_BROKEN, field="body")

        return guarded


def new_router(tag: str) -> APIRouter:
    """Return a router whose routes are staff routes."""
    return APIRouter(tags=[tag], route_class=StaffRoute)


def _authenticate(request: Request) -> StaffUser:
    """Return whose API token the request carries; raises `LogInNeededError`."""
    user = login.current_api_user(web_of(request).app.database, bearer(request), now=clock.now())
    if user is None:
        raise LogInNeededError("This needs the bearer token of a user.")
    return user


def _caller(
    request: Request,
    _scheme: Annotated[object, Security(HTTPBearer(auto_error=False, scheme_name="user token"))],
) -> StaffUser:
    """Return whose API token the request carried; the scheme is for the API's description."""
    return cast("StaffUser", request.state.caller)


Caller = Annotated[StaffUser, Depends(_caller)]


def narrowed(session: Session, own_office: int | None, slug: str) -> int | None:
    """Return the office that a list is narrowed to; who has an own one sees nothing else.

    Raises `InvalidError` for an office that does not exist.
    """
    if not slug:
        return own_office
    try:
        wanted = offices.office(session, texts.clean(slug)[:_LONGEST]).id
    except OfficeNotFoundError as error:
        raise InvalidError("office: there is no such office", field="office") from error
    return wanted if own_office in {None, wanted} else -1


def words(text: str) -> str:
    """Return search words without anything that a database refuses."""
    return texts.clean(text)[:_LONGEST]
