"""What stands beside a conversation: its ticket and its contact."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.inbox import neighbours
from bot.inbox import queries as inbox
from bot.inbox.queries import Row
from bot.offices import queries as offices
from bot.staff import permissions
from bot.staff.permissions import Permission, StaffUser
from bot.tickets import desk as tickets
from bot.tickets.desk import DeskEvent, DeskTicket
from bot.tickets.states import TicketEventKind
from dashboard.desk import access, files
from dashboard.desk.files import Picture
from dashboard.desk.words import EVENTS, Words, tone

_EVENTS = 8


@dataclass(frozen=True, slots=True)
class TicketBeside:
    """The conversation's newest ticket."""

    number: str
    title: str
    status_label: str
    tone: str
    office_name: str
    category_label: str
    due: datetime | None
    place: str | None
    is_own: bool  # the conversation is where it was reported
    neighbours: tuple[tuple[int, str], ...]  # id and name: others about it that the reader may read


@dataclass(frozen=True, slots=True)
class Contact:
    """Who writes; `identity` where the platform knows another name."""

    name: str
    identity: str | None
    since: datetime
    conversations: int
    language_label: str


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of the ticket's history."""

    title: str
    text: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Around:
    """Everything that `desk/_context.html` needs."""

    ticket: TicketBeside | None
    contact: Contact
    history: list[Happened]
    photos: list[Picture]


def around(session: Session, user: StaffUser, row: Row, words: Words) -> Around:
    """Read what stands beside a conversation that `user` may read."""
    found = _ticket(session, user, row)
    return Around(
        ticket=_beside(session, user, row, found, words) if found else None,
        contact=_contact(session, row, words),
        history=[happened(event, words) for event in found.history[: -_EVENTS - 1 : -1]]
        if found
        else [],
        photos=files.photos(session, found.row) if found else [],
    )


def happened(event: DeskEvent, words: Words) -> Happened:
    """Return a line of a ticket's history for staff."""
    status = words.status(event.status_to) if event.status_to else ""
    kind = event.kind
    if kind is TicketEventKind.ASSIGNED and not event.office:
        kind = TicketEventKind.STATUS
    title = words.say(EVENTS[kind], status=status, office=event.office or "")
    return Happened(title, event.public_note or event.internal_note, event.at)


def _ticket(session: Session, user: StaffUser, row: Row) -> DeskTicket | None:
    if row.ticket_number is None:
        return None
    found = tickets.desk_ticket(session, row.ticket_number)
    if found is None:
        return None
    office_id = found.row.office_id
    return found if permissions.allows(user, Permission.TICKETS_READ, office_id=office_id) else None


def _beside(
    session: Session, user: StaffUser, about: Row, found: DeskTicket, words: Words
) -> TicketBeside:
    row = found.row
    reads = access.inbox_office(session, user)
    return TicketBeside(
        number=row.number,
        title=row.title,
        status_label=words.status(row.status),
        tone=tone(row.status),
        office_name=row.office,
        category_label=offices.label(session, row.category_id, words.language),
        due=None if row.closed_at else row.due_at,
        place=row.place or None,
        is_own=row.conversation_id == about.id,
        neighbours=tuple(
            (one.id, words.contact(one.name, one.contact_id))
            for one in neighbours.same_ticket(session, about.id)
            if reads in {None, one.office_id}
        ),
    )


def _contact(session: Session, row: Row, words: Words) -> Contact:
    known = inbox.known(session, row.id)
    name = words.contact(row.name, row.contact_id)
    if known is None:
        return Contact(name, None, row.time, 1, words.spoken(None))
    identity = known.identity if known.identity != row.name else None
    return Contact(name, identity, known.since, known.conversations, words.spoken(known.language))
