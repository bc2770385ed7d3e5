"""Tickets: the list, one ticket, its next status."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Form, Request, Response
from sqlalchemy.orm import Session

from bot import clock
from bot.errors import InvalidError
from bot.inbox.queries import COUNTED
from bot.offices import queries as offices
from bot.staff import permissions
from bot.staff.permissions import Permission, StaffUser
from bot.tickets import desk
from bot.tickets.inputs import TEXT_LIMIT
from bot.tickets.rules import PublicNoteMissingError, TransitionNotAllowedError
from bot.tickets.service import StaleTicketError
from bot.tickets.states import StatusGroup
from connectors import text as texts
from dashboard.desk import access, ticket_change, ticket_view
from dashboard.desk.page import page
from dashboard.desk.route import new_router
from dashboard.desk.ticket_view import TicketPage
from dashboard.desk.words import Words, shown
from dashboard.render import link
from dashboard.security import csrf
from dashboard.web import see_other, web_of

router = new_router()

_VIEWS = ("open", "overdue", "closed")
NOTE_MISSING = "Bitte sagen Sie der Bürgerin oder dem Bürger, warum der Vorgang endet."
NOT_CHOSEN = "Bitte wählen Sie einen Stand."
CHOOSE = "Bitte wählen …"
NOT_POSSIBLE = "Dieser Stand ist jetzt nicht möglich."
TOO_LONG = "Das ist zu lang: Möglich sind %(most)s Zeichen."


@dataclass(frozen=True, slots=True)
class Chosen:
    """The filters in use; `query` is what the addresses of this view carry."""

    status: str
    office: str
    q: str
    query: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form."""

    status: str = ""
    public_note: str = ""
    internal_note: str = ""


@router.get("/tickets")
def show_list(request: Request) -> Response:
    """List tickets, newest first."""
    user = access.current(request)
    own_office = permissions.office_filter(user, Permission.TICKETS_READ)
    filters = _chosen(request)
    now = clock.now()
    after = request.query_params.get("after", "")
    late_at = now if filters.status == "overdue" else None
    group = StatusGroup.CLOSED if filters.status == "closed" else StatusGroup.OPEN
    with web_of(request).app.database.read() as session:
        known = offices.offices(session)
        slugs = {office.slug: office.id for office in known}
        found = desk.desk_list(
            session,
            status_group=group,
            office_id=own_office or slugs.get(filters.office),
            q=filters.q,
            after=int(after) if after.isdecimal() and len(after) < 19 else None,
            late_at=late_at,
        )
        labels = {one.id: one.label(user.language) for one in offices.categories(session)}
        counts = _counts(session, own_office)
    words = Words(user.language)
    more = link("/desk/tickets", **filters.query, after=found.next_after)
    return page(
        request,
        user,
        "desk/tickets.html",
        filters=filters,
        counts=counts,
        offices=[] if own_office else [(office.slug, office.name) for office in known],
        tickets=[ticket_view.listed(row, labels, words) for row in found.rows],
        more=more if found.next_after else None,
    )


@router.get("/tickets/{number}")
def show(request: Request, number: str) -> Response:
    """Show a ticket."""
    user = access.current(request)
    with web_of(request).app.database.read() as session:
        found = ticket_view.read(session, request, user, number)
    return _page(request, user, found, Typed())


@router.post("/tickets/{number}/status")
def change_status(
    request: Request,
    number: str,
    status: Annotated[str, Form()] = "",
    public_note: Annotated[str, Form()] = "",
    internal_note: Annotated[str, Form()] = "",
    version: Annotated[int, Form(ge=-1, lt=2**31)] = -1,
    token: Annotated[str, Form(alias=csrf.FIELD)] = "",
) -> Response:
    """Set the status; a stale or unfit form comes back with what was typed."""
    user = access.poster(request, token)
    typed = Typed(status, public_note, internal_note)
    words = Words(user.language)
    try:
        done = ticket_change.change_status(
            web_of(request).app,
            user,
            number,
            status,
            version=version,
            public_note=public_note,
            internal_note=internal_note,
        )
    except StaleTicketError:
        return _again(request, user, number, typed, {}, status=409)
    except PublicNoteMissingError:
        errors = {"public_note": words.say(NOTE_MISSING)}
        return _again(request, user, number, typed, errors, status=422)
    except TransitionNotAllowedError:
        errors = {"status": words.say(NOT_POSSIBLE if status else NOT_CHOSEN)}
        return _again(request, user, number, typed, errors, status=422)
    except InvalidError as error:
        errors = {error.field or "public_note": words.say(TOO_LONG, most=TEXT_LIMIT)}
        return _again(request, user, number, typed, errors, status=422)
    told = "waits" if done.reach.waits else done.reach.news
    return see_other(link(f"/desk/tickets/{done.change.number}", done=told))


def _again(
    request: Request,
    user: StaffUser,
    number: str,
    typed: Typed,
    errors: Mapping[str, str],
    *,
    status: int,
) -> Response:
    with web_of(request).app.database.read() as session:
        found = ticket_view.read(session, request, user, number)
    return _page(request, user, found, typed, errors=errors, status=status)


def _page(
    request: Request,
    user: StaffUser,
    found: TicketPage,
    typed: Typed,
    *,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    return page(
        request,
        user,
        "desk/ticket.html",
        status=status,
        ticket=found.ticket,
        events=found.events,
        statuses=[("", Words(user.language).say(CHOOSE)), *found.statuses]
        if found.statuses
        else [],
        form=typed,
        errors=errors or {},
        conflict=found.latest if status == 409 else None,
    )


def _chosen(request: Request) -> Chosen:
    query = request.query_params
    status = query.get("status", "")
    view = status if status in _VIEWS else _VIEWS[0]
    office = texts.clean(query.get("office", ""))[:60]
    q = texts.clean(query.get("q", ""))[:200]
    used = {"status": "" if view == _VIEWS[0] else view, "office": office, "q": q}
    return Chosen(view, office, q, {name: value for name, value in used.items() if value})


def _counts(session: Session, office_id: int | None) -> dict[str, int | str]:
    def count(*, late: bool) -> int | str:
        return shown(
            desk.count(
                session,
                status_group=StatusGroup.OPEN,
                office_id=office_id,
                most=COUNTED,
                late_at=clock.now() if late else None,
            )
        )

    return {"open": count(late=False), "overdue": count(late=True)}
