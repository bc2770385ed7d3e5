"""Tickets as the desk's templates show them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request
from sqlalchemy.orm import Session

from bot.contacts.models import Contact
from bot.offices import queries as offices
from bot.staff import permissions
from bot.staff import queries as staff
from bot.staff.permissions import Permission, StaffUser
from bot.tickets.desk import DeskEvent, DeskRow, DeskTicket
from bot.tickets.states import TicketEventKind
from dashboard.desk import access, context, files, ticket_change
from dashboard.desk.files import Picture
from dashboard.desk.ticket_change import Reach
from dashboard.desk.words import Words, tone
from dashboard.web import web_of


@dataclass(frozen=True, slots=True)
class ListedTicket:
    """A row of the list."""

    number: str
    title: str
    category_label: str
    office_name: str
    status_label: str
    tone: str
    place: str | None
    due: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ShownTicket:
    """One ticket; a company sees neither who reported it nor the citizen's page.

    `reach`: what the citizen hears of a new status.
    """

    number: str
    title: str
    description: str
    category_label: str
    office_name: str
    status: str
    status_label: str
    tone: str
    place: str | None
    due: datetime | None
    created_at: datetime
    updated_at: datetime
    reporter_name: str | None
    reporter_email: str | None
    reporter_phone: str | None
    origin_label: str
    slip: str | None
    reach: Reach
    conversation_id: int | None
    link: str | None
    version: int
    photos: list[Picture]


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """One line of the history."""

    title: str
    at: datetime
    actor_name: str | None
    public_note: str | None
    internal_note: str | None


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Who changed the ticket meanwhile, and to what."""

    actor_name: str
    status_label: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TicketPage:
    """Everything that `desk/ticket.html` needs beside the form."""

    ticket: ShownTicket
    events: list[ShownEvent]
    statuses: list[tuple[str, str]]
    latest: Overtaken


def listed(row: DeskRow, labels: Mapping[str, str], words: Words) -> ListedTicket:
    """Return a row of the list."""
    return ListedTicket(
        number=row.number,
        title=row.title,
        category_label=labels.get(row.category_id, row.category),
        office_name=row.office,
        status_label=words.status(row.status),
        tone=tone(row.status),
        place=row.place or None,
        due=None if row.closed_at else row.due_at,
        created_at=row.created_at,
    )


def read(session: Session, request: Request, user: StaffUser, number: str) -> TicketPage:
    """Read a ticket for its page; raises `TicketNotFoundError`."""
    found = access.ticket(session, user, number)
    words = Words(user.language)
    colleagues = {row.id: row.display_name for row in staff.list_users(session)}
    events = [_event(event, colleagues, words) for event in found.history]
    newest = events[-1]
    may_change = permissions.allows(user, Permission.TICKETS_CHANGE, office_id=found.row.office_id)
    return TicketPage(
        ticket=_shown(session, request, user, found),
        events=events[::-1],
        statuses=[(status.value, words.status(status)) for status in found.allowed]
        if may_change
        else [],
        latest=Overtaken(
            newest.actor_name or words.say("Stadtdraht"), words.status(found.row.status), newest.at
        ),
    )


def _shown(session: Session, request: Request, user: StaffUser, found: DeskTicket) -> ShownTicket:
    row = found.row
    words = Words(user.language)
    is_company = access.works_for_company(session, user)
    web = web_of(request)
    public_url = web.app.settings.public_url
    return ShownTicket(
        number=row.number,
        title=row.title,
        description=found.description,
        category_label=offices.label(session, row.category_id, user.language),
        office_name=row.office,
        status=row.status,
        status_label=words.status(row.status),
        tone=tone(row.status),
        place=row.place or None,
        due=None if row.closed_at else row.due_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
        reporter_name=None if is_company else _reporter(session, found, words),
        reporter_email=None if is_company else found.reporter.email,
        reporter_phone=None if is_company else found.reporter.phone,
        origin_label=words.origin(found.origin),
        slip=f"/desk/tickets/{row.number}/slip"
        if access.may_hand_out(session, user, found)
        else None,
        reach=ticket_change.reach(session, web.app, row.conversation_id),
        conversation_id=None if is_company else row.conversation_id,
        link=None if is_company else f"{public_url}/t/{found.token}",
        version=row.version,
        photos=files.photos(session, row),
    )


def _reporter(session: Session, found: DeskTicket, words: Words) -> str | None:
    reporter = found.reporter
    if reporter.name or reporter.contact_id is None:
        return reporter.name
    contact = session.get(Contact, reporter.contact_id)
    return words.contact(contact.name if contact else None, reporter.contact_id)


def _event(event: DeskEvent, colleagues: Mapping[int, str], words: Words) -> ShownEvent:
    actor = {
        "user": colleagues.get(event.actor_id or 0),
        "assistant": words.say("Assistent"),
    }.get(event.actor_kind)
    said = event.citizen_text if event.kind is not TicketEventKind.CREATED else None
    return ShownEvent(
        title=context.happened(event, words).title,
        at=event.at,
        actor_name=actor,
        public_note=event.public_note or said,
        internal_note=event.internal_note,
    )
