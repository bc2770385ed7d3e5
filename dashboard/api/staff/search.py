"""Search over the staff API: the filters of both lists with one word."""

from fastapi import Request
from sqlalchemy.orm import Session

from bot.errors import PermissionDeniedError
from bot.inbox import queries as inbox
from bot.inbox.queries import Filters, Row, View
from bot.staff import permissions
from bot.staff.permissions import Permission, StaffUser
from bot.tickets import desk
from dashboard.api.staff.access import Caller, new_router, words
from dashboard.api.staff.models import ConversationItem, Found, TicketItem
from dashboard.desk import access
from dashboard.web import web_of

router = new_router("search")

_MOST = 20


@router.get("/search")
def search(request: Request, user: Caller, q: str = "") -> Found:
    """Find conversations and tickets that the user may read; without words it finds nothing."""
    office_id = permissions.office_filter(user, Permission.SEARCH)
    wanted = words(q)
    if not wanted:
        return Found(conversations=[], tickets=[])
    with web_of(request).app.database.read() as session:
        rows = _conversations(session, user, wanted)
        tickets = desk.desk_list(
            session, status_group=None, office_id=office_id, q=wanted, limit=_MOST
        )
    return Found(
        conversations=[ConversationItem.of(row) for row in rows],
        tickets=[TicketItem.of(row) for row in tickets.rows],
    )


def _conversations(session: Session, user: StaffUser, wanted: str) -> list[Row]:
    try:
        office_id = access.inbox_office(session, user)
    except PermissionDeniedError:
        return []
    found = []
    for view in (View.OPEN, View.CLOSED):
        filters = Filters(view, q=wanted, user_id=user.id, office_id=office_id)
        found += inbox.rows(session, filters, limit=_MOST)[0]
    return sorted(found, key=lambda row: (row.time, row.id), reverse=True)[:_MOST]
