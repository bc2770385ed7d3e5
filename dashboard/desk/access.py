"""Who asks, and how far their role reaches: the whole city, or one office."""

from dataclasses import dataclass

from fastapi import Request
from sqlalchemy.orm import Session

from bot import clock
from bot.audit.service import ActorKind
from bot.errors import PermissionDeniedError
from bot.events import queries as events
from bot.inbox import queries as inbox
from bot.inbox.queries import Row
from bot.inbox.service import ConversationNotFoundError
from bot.offices.models import Office
from bot.offices.states import OfficeKind
from bot.staff import login, permissions
from bot.staff.permissions import Permission, StaffUser
from bot.tickets import desk as tickets
from bot.tickets.desk import DeskTicket
from bot.tickets.service import TicketNotFoundError
from dashboard.security import cookies, csrf
from dashboard.web import LogInNeededError, is_fragment, web_of


@dataclass(frozen=True, slots=True)
class May:
    """What somebody may do with a conversation."""

    reply: bool
    note: bool
    assign: bool
    close: bool
    moderate: bool
    judge: bool
    see_failed: bool


def current(request: Request) -> StaffUser:
    """Return who is logged in; raises `LogInNeededError`. Says nothing about what they may do.

    A whole page also remembers where its live stream begins: before anything of it is read.
    """
    web = web_of(request)
    token = web.cookies.read(request.cookies, cookies.SESSION)
    if request.method == "GET" and not is_fragment(request):
        with web.app.database.read() as session:
            request.state.cursor = str(events.newest(session))
    user = login.current_user(web.app.database, token, now=clock.now())
    if user is None:
        raise LogInNeededError("Please log in.")
    return user


def poster(request: Request, token: str) -> StaffUser:
    """Return who sent a form that was made for them; raises as `current`, and `CsrfError`."""
    user = current(request)
    csrf.require_csrf(token or request.headers.get(csrf.HEADER), user.csrf)
    return user


def entitled(request: Request, permission: Permission, token: str | None = None) -> StaffUser:
    """Return who is logged in and may do that everywhere; with a form's `token`, who sent it.

    Raises as `current` or `poster`, and `PermissionDeniedError`.
    """
    user = current(request) if token is None else poster(request, token)
    permissions.require(user, permission)
    return user


def works_for_company(session: Session, user: StaffUser) -> bool:
    """Whether the user's office is a company, which never learns who reported something."""
    if user.office_id is None:
        return False
    office = session.get(Office, user.office_id)
    return office is None or office.kind is OfficeKind.COMPANY


def inbox_office(session: Session, user: StaffUser) -> int | None:
    """Return the only office whose conversations `user` may read, None for all.

    Raises `PermissionDeniedError`, also for a company: conversations name people.
    """
    office_id = permissions.office_filter(user, Permission.INBOX_READ)
    if office_id is not None and works_for_company(session, user):
        raise PermissionDeniedError("A company reads tickets, not conversations.")
    return office_id


def conversation(
    session: Session,
    user: StaffUser,
    conversation_id: int,
    permission: Permission = Permission.INBOX_READ,
) -> Row:
    """Return a conversation with which `user` may do that.

    Raises `ConversationNotFoundError` for one they may not even read, `PermissionDeniedError`.
    """
    office_id = inbox_office(session, user)
    row = inbox.row(session, conversation_id)
    if row is None or office_id not in {None, row.office_id}:
        raise ConversationNotFoundError("There is no such conversation.")
    permissions.require(user, permission, office_id=row.office_id)
    return row


def other_side(session: Session, user: StaffUser, row: Row) -> Row | None:
    """Return where the same person speaks in private, or in public, if `user` may read it."""
    found = inbox.other_side(session, row.id)
    return found if found and inbox_office(session, user) in {None, found.office_id} else None


def may(user: StaffUser, row: Row) -> May:
    """Return what `user` may do with a conversation that they read."""

    def allowed(permission: Permission) -> bool:
        return permissions.allows(user, permission, office_id=row.office_id)

    return May(
        reply=allowed(Permission.INBOX_REPLY),
        note=allowed(Permission.INBOX_NOTE),
        assign=allowed(Permission.INBOX_ASSIGN),
        close=allowed(Permission.INBOX_CLOSE),
        moderate=allowed(Permission.INBOX_MODERATE),
        judge=allowed(Permission.UNDERSTANDING_JUDGE),
        see_failed=allowed(Permission.DELIVERIES_READ),
    )


def ticket(
    session: Session,
    user: StaffUser,
    number: str,
    permission: Permission = Permission.TICKETS_READ,
) -> DeskTicket:
    """Return a ticket with which `user` may do that; raises as `conversation`."""
    office_id = permissions.office_filter(user, Permission.TICKETS_READ)
    found = tickets.desk_ticket(session, number) if number.isprintable() else None
    if found is None or office_id not in {None, found.row.office_id}:
        raise TicketNotFoundError("There is no such ticket.")
    permissions.require(user, permission, office_id=found.row.office_id)
    return found


def may_record(session: Session, user: StaffUser) -> bool:
    """Whether `user` takes down what citizens tell; a company does not learn who reports."""
    may = permissions.allows(user, Permission.TICKETS_CREATE)
    return may and not works_for_company(session, user)


def may_hand_out(session: Session, user: StaffUser, found: DeskTicket) -> bool:
    """Whether `user` may give the citizen number, code and page of a ticket.

    That is who may change it, and who recorded it, though another office has it now.
    """
    if works_for_company(session, user):
        return False
    opened = found.history[0]
    own = (opened.actor_kind, opened.actor_id) == (ActorKind.USER, user.id)
    office_id = found.row.office_id
    return (own and may_record(session, user)) or permissions.allows(
        user, Permission.TICKETS_CHANGE, office_id=office_id
    )


def recorder(request: Request, token: str | None = None) -> StaffUser:
    """Return who is logged in and may record; with a form's `token`, who sent it.

    Raises as `current` or `poster`, and `PermissionDeniedError`.
    """
    user = entitled(request, Permission.TICKETS_CREATE, token)
    with web_of(request).app.database.read() as session:
        if not may_record(session, user):
            raise PermissionDeniedError("A company does not learn who reports something.")
    return user


def handed_out(session: Session, user: StaffUser, number: str) -> DeskTicket:
    """Return a ticket that `user` may give to the citizen; raises as `ticket`."""
    permissions.office_filter(user, Permission.TICKETS_READ)
    found = tickets.desk_ticket(session, number) if number.isprintable() else None
    if found is None or not may_hand_out(session, user, found):
        ticket(session, user, number)  # says whether there is one, to who may know
        raise PermissionDeniedError("Who may not change a ticket does not hand it out.")
    return found


def may_read(user: StaffUser, found: DeskTicket) -> bool:
    """Whether the desk shows `user` a ticket."""
    return permissions.allows(user, Permission.TICKETS_READ, office_id=found.row.office_id)
