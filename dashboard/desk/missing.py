"""Addresses below /desk that nothing answers: the desk's own 404, after the log-in."""

from fastapi import Request, Response

from bot.errors import NotFoundError
from dashboard.desk import access
from dashboard.desk.route import new_router
from dashboard.web import see_other

router = new_router()


class PageNotFoundHereError(NotFoundError):
    """The desk has no such page."""

    code = "page_not_found"


@router.get("/{rest:path}")
def nowhere(request: Request, rest: str) -> Response:
    """Say that there is nothing here; an address that only ends in a slash is led on."""
    access.current(request)
    if not rest.strip("/"):
        return see_other("/desk")
    if rest.endswith("/"):
        return see_other(f"/desk/{rest.strip('/')}")
    raise PageNotFoundHereError("There is no such page.")
