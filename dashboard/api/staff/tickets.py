"""Tickets over the staff API."""

from fastapi import Request
from fastapi.responses import JSONResponse

from bot import clock
from bot.errors import InvalidError
from bot.staff import permissions
from bot.staff.permissions import Permission
from bot.tickets import desk
from bot.tickets.service import StaleTicketError
from bot.tickets.states import StatusGroup
from dashboard.api.staff.access import Caller, narrowed, new_router, words
from dashboard.api.staff.models import (
    NewStatus,
    Problem,
    Stale,
    StatusSet,
    Ticket,
    TicketEventItem,
    TicketItem,
    Tickets,
)
from dashboard.desk import access, ticket_change
from dashboard.desk.ticket_change import News
from dashboard.web import web_of

router = new_router("tickets")

_OVERDUE = "overdue"


@router.get("/tickets")
def get_tickets(
    request: Request,
    user: Caller,
    status: str = "",
    office: str = "",
    q: str = "",
    cursor: str = "",
) -> Tickets:
    """List tickets, newest first.

    `status` is open, new, with_office, in_progress, waiting, closed or overdue (all when absent);
    `office` is a slug; `q` is a part of number, title or place.
    """
    if status not in {"", _OVERDUE, *StatusGroup}:
        known = ", ".join((*StatusGroup, _OVERDUE))
        raise InvalidError(f"status: one of {known}", field="status")
    if cursor and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise InvalidError("cursor: this is not a cursor of this list", field="cursor")
    own_office = permissions.office_filter(user, Permission.TICKETS_READ)
    group = StatusGroup(status) if status not in {"", _OVERDUE} else None
    with web_of(request).app.database.read() as session:
        page = desk.desk_list(
            session,
            status_group=group,
            office_id=narrowed(session, own_office, office),
            q=words(q),
            after=int(cursor) if cursor else None,
            late_at=clock.now() if status == _OVERDUE else None,
        )
    return Tickets(
        tickets=[TicketItem.of(row) for row in page.rows],
        cursor=str(page.next_after) if page.next_after else None,
    )


@router.get("/tickets/{number}", responses={404: {"model": Problem}})
def get_ticket(request: Request, user: Caller, number: str) -> Ticket:
    """Return a ticket with its history."""
    app = web_of(request).app
    with app.database.read() as session:
        found = access.ticket(session, user, number)
        is_company = access.works_for_company(session, user)
    return Ticket(
        **TicketItem.of(found.row).model_dump(),
        description=found.description,
        district=found.district,
        lat=found.lat,
        lon=found.lon,
        language=found.language,
        allowed=list(found.allowed),
        history=[TicketEventItem.of(event) for event in found.history],
        conversation_id=None if is_company else found.row.conversation_id,
        reporter_name=None if is_company else found.reporter.name,
        link=None if is_company else f"{app.settings.public_url}/t/{found.token}",
    )


@router.post(
    "/tickets/{number}/status",
    response_model=StatusSet,
    responses={404: {"model": Problem}, 409: {"model": Stale}, 422: {"model": Problem}},
)
def post_status(
    request: Request, user: Caller, number: str, new: NewStatus
) -> StatusSet | JSONResponse:
    """Set a ticket's status and tell the citizen; 409 where it has changed meanwhile."""
    app = web_of(request).app
    try:
        done = ticket_change.change_status(
            app,
            user,
            number,
            new.status,
            version=new.version,
            public_note=new.public_note or "",
            internal_note=new.internal_note or "",
        )
    except StaleTicketError as error:
        with app.database.read() as session:
            version = access.ticket(session, user, number).row.version
        stale = Stale(code=error.code, message=str(error), version=version)
        return JSONResponse(stale.model_dump(), status_code=error.status)
    change = done.change
    return StatusSet(
        number=change.number,
        status=change.status,
        version=change.version,
        told=done.reach.news is News.PRIVATE,
    )
