"""Whose token it is, and the filters that every list shares."""

from typing import Annotated

from fastapi import Depends, Path, Request, Security
from fastapi.security import HTTPBearer
from sqlalchemy.orm import Session

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


def _caller(
    request: Request,
    _scheme: Annotated[object, Security(HTTPBearer(auto_error=False, scheme_name="user token"))],
) -> StaffUser:
    """Return whose API token the request carries; raises `LogInNeededError`."""
    user = login.current_api_user(web_of(request).app.database, bearer(request), now=clock.now())
    if user is None:
        raise LogInNeededError("This needs the bearer token of a user.")
    return user


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
