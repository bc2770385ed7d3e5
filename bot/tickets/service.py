"""Opening tickets and changing them: every change is an event, with audit and live event.

`open_ticket` leaves ticket and office of the conversation to the inbox, which owns that row; a
ticket that changes hands takes its conversations along.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.audit import service as audit
from bot.city import queries as city
from bot.errors import InvalidError, NotFoundError, StaleError
from bot.events import service as events
from bot.inbox.models import Conversation
from bot.offices import queries as offices
from bot.offices.models import Office
from bot.tickets import inputs, numbers, rules
from bot.tickets.models import Ticket, TicketEvent
from bot.tickets.states import (
    Priority,
    TicketEventKind,
    TicketKind,
    TicketOrigin,
    TicketStatus,
)

_TITLE_LIMIT = 200
_PLACE_LIMIT = 300


class TicketNotFoundError(NotFoundError):
    """There is no such ticket, or not for this person."""

    code = "ticket_not_found"


class StaleTicketError(StaleError):
    """Somebody changed the ticket since it was read."""

    code = "stale_ticket"


@dataclass(frozen=True, slots=True)
class NewTicket:
    """What is known of a new ticket; `kind` and `title` come from the category when absent.

    `lat` and `lon` are WGS 84 degrees, `district` a slug of the city.
    """

    category_id: str
    description: str
    kind: TicketKind | None = None
    title: str | None = None
    place: str = ""
    district: str | None = None
    lat: float | None = None
    lon: float | None = None
    language: str | None = None
    contact_id: int | None = None
    conversation_id: int | None = None
    reporter_name: str | None = field(default=None, repr=False)
    reporter_email: str | None = field(default=None, repr=False)
    reporter_phone: str | None = field(default=None, repr=False)
    origin: TicketOrigin = TicketOrigin.FORM


@dataclass(frozen=True, slots=True)
class TicketChange:
    """What was done to a ticket, and whom to tell: see `messages.citizen_message`.

    `status` and `previous` are equal where only a message, note or office was added.
    """

    ticket_id: int
    number: str
    token: str
    kind: TicketKind
    previous: TicketStatus
    status: TicketStatus
    version: int
    public_note: str | None
    language: str | None
    contact_id: int | None
    conversation_id: int | None
    reporter_email: str | None = field(repr=False)


def open_ticket(
    session: Session,
    new: NewTicket,
    *,
    actor: audit.Actor,
    now: datetime,
    prefix: str,
    draw_keys: Callable[[], numbers.Keys] = numbers.draw_keys,
) -> Ticket:
    """Store a new ticket with number, keys, deadline and the office in charge.

    A point tells the district where nobody named one. `prefix` is the city's, such as "LEV".
    Raises `CategoryNotFoundError`, `InvalidError`.
    """
    description = inputs.required(new.description, "description")
    category = offices.category(session, new.category_id)
    district = new.district or city.district_at(session, lat=new.lat, lon=new.lon)
    office = offices.route(session, new.category_id, district)
    target = rules.Target(category.target_days, category.target_months, category.danger)
    keys = draw_keys()
    ticket = Ticket(
        number=numbers.allocate(session, prefix, now),
        token=keys.token,
        check_code=keys.check_code,
        category_id=category.id,
        office_id=office.id,
        kind=new.kind or category.kind,
        status=TicketStatus.RECEIVED,
        priority=Priority.RAISED if category.danger else Priority.NORMAL,
        title=inputs.shorten(new.title or category.label_de, _TITLE_LIMIT),
        description=description,
        place=inputs.shorten(new.place, _PLACE_LIMIT),
        district=district,
        lat=new.lat,
        lon=new.lon,
        language=new.language,
        contact_id=new.contact_id,
        conversation_id=new.conversation_id,
        reporter_name=new.reporter_name,
        reporter_email=new.reporter_email,
        reporter_phone=new.reporter_phone,
        origin=new.origin,
        due_at=rules.due_at(now, target),
        version=1,
        created_at=now,
        updated_at=now,
    )
    session.add(ticket)
    session.flush()
    _write_event(
        session,
        ticket,
        TicketEvent(
            kind=TicketEventKind.CREATED,
            status_to=TicketStatus.RECEIVED,
            office_id=office.id,
            citizen_text=description,
        ),
        actor=actor,
        now=now,
        live="ticket.created",
    )
    return ticket


def change_status(
    session: Session,
    ticket_id: int,
    status: TicketStatus,
    *,
    version: int,
    public_note: str | None,
    internal_note: str | None,
    actor: audit.Actor,
    now: datetime,
) -> TicketChange:
    """Set a status for staff who saw `version`; a reopened ticket gets a new deadline.

    Raises `TicketNotFoundError`, `StaleTicketError` (409), `TransitionNotAllowedError` and
    `PublicNoteMissingError` (422).
    """
    ticket = _get(session, ticket_id)
    if ticket.version != version:
        raise StaleTicketError(f"Ticket {ticket.number} has changed since it was read.")
    rules.check_transition(ticket.status, status, public_note)
    event = TicketEvent(
        kind=TicketEventKind.STATUS,
        public_note=inputs.optional(public_note, "public_note"),
        internal_note=inputs.optional(internal_note, "internal_note"),
    )
    return _apply(session, ticket, event, status=status, actor=actor, now=now)


def assign(
    session: Session,
    ticket_id: int,
    office_id: int,
    *,
    version: int,
    public_note: str | None,
    internal_note: str | None,
    actor: audit.Actor,
    now: datetime,
) -> TicketChange:
    """Hand an open ticket to an office; a new or reopened one becomes `assigned`.

    Raises `TicketNotFoundError`, `StaleTicketError`, `OfficeNotFoundError`, `InvalidError` for the
    office that has it already, and `TransitionNotAllowedError` for a closed ticket.
    """
    ticket = _get(session, ticket_id)
    if ticket.version != version:
        raise StaleTicketError(f"Ticket {ticket.number} has changed since it was read.")
    if session.get(Office, office_id) is None:
        raise offices.OfficeNotFoundError(f"There is no office {office_id}.")
    if ticket.status in rules.CLOSED:
        raise rules.TransitionNotAllowedError("A closed ticket has no office.", field="office_id")
    is_new = ticket.status in {TicketStatus.RECEIVED, TicketStatus.REOPENED}
    if office_id == ticket.office_id and not is_new:
        raise InvalidError("This office has the ticket already.", field="office_id")
    event = TicketEvent(
        kind=TicketEventKind.ASSIGNED,
        office_id=office_id,
        public_note=inputs.optional(public_note, "public_note"),
        internal_note=inputs.optional(internal_note, "internal_note"),
    )
    status = TicketStatus.ASSIGNED if is_new else ticket.status
    change = _apply(session, ticket, event, status=status, actor=actor, now=now)
    _hand_over_conversations(session, ticket_id, office_id)
    return change


def add_note(
    session: Session,
    ticket_id: int,
    *,
    public_note: str | None,
    internal_note: str | None,
    actor: audit.Actor,
    now: datetime,
) -> TicketChange:
    """Add a note to a ticket in any status; at least one of both has a text.

    Raises `TicketNotFoundError`, `InvalidError`.
    """
    public = inputs.optional(public_note, "public_note")
    internal = inputs.optional(internal_note, "internal_note")
    if public is None and internal is None:
        raise InvalidError("A note needs a text.", field="internal_note")
    ticket = _lock(session, ticket_id)
    event = TicketEvent(kind=TicketEventKind.NOTE, public_note=public, internal_note=internal)
    return _apply(session, ticket, event, status=ticket.status, actor=actor, now=now)


def add_citizen_message(
    session: Session, ticket_id: int, text: str, *, now: datetime
) -> TicketChange:
    """Add what the citizen says; it answers an open question, so the work goes on.

    A closed ticket takes the message and stays closed: see `reopen`.
    Raises `TicketNotFoundError`, `InvalidError`.
    """
    message = inputs.required(text, "text")
    ticket = _lock(session, ticket_id)
    waiting = ticket.status is TicketStatus.WAITING_FOR_CITIZEN
    status = TicketStatus.IN_PROGRESS if waiting else ticket.status
    event = TicketEvent(kind=TicketEventKind.MESSAGE, citizen_text=message)
    return _apply(session, ticket, event, status=status, actor=_citizen(ticket), now=now)


def withdraw(
    session: Session, ticket_id: int, *, now: datetime, text: str | None = None
) -> TicketChange:
    """Take an open ticket back, as the citizen who reported it.

    Raises `TicketNotFoundError`, `TransitionNotAllowedError` when it is closed already.
    """
    return _change_by_citizen(session, ticket_id, TicketStatus.WITHDRAWN, text, now)


def reopen(
    session: Session, ticket_id: int, *, now: datetime, text: str | None = None
) -> TicketChange:
    """Open a closed ticket again, as the citizen; it gets a new deadline.

    Raises `TicketNotFoundError`, `TransitionNotAllowedError` when it is open already.
    """
    return _change_by_citizen(session, ticket_id, TicketStatus.REOPENED, text, now)


def _change_by_citizen(
    session: Session, ticket_id: int, status: TicketStatus, text: str | None, now: datetime
) -> TicketChange:
    ticket = _lock(session, ticket_id)
    rules.check_transition(ticket.status, status, None, by_citizen=True)
    event = TicketEvent(kind=TicketEventKind.STATUS, citizen_text=inputs.optional(text, "text"))
    return _apply(session, ticket, event, status=status, actor=_citizen(ticket), now=now)


def _apply(
    session: Session,
    ticket: Ticket,
    event: TicketEvent,
    *,
    status: TicketStatus,
    actor: audit.Actor,
    now: datetime,
) -> TicketChange:
    """Write the change against the version that was read, then its event."""
    previous, seen, due_at = ticket.status, ticket.version, ticket.due_at
    closed_at = ticket.closed_at
    if status in rules.CLOSED and previous not in rules.CLOSED:
        closed_at = now
    elif status is TicketStatus.REOPENED:
        closed_at = None
        category = offices.category(session, ticket.category_id)
        target = rules.Target(category.target_days, category.target_months, category.danger)
        due_at = rules.due_at(now, target)
    changed = session.scalar(
        update(Ticket)
        .where(Ticket.id == ticket.id, Ticket.version == seen)
        .values(
            status=status,
            office_id=event.office_id or ticket.office_id,
            due_at=due_at,
            closed_at=closed_at,
            updated_at=now,
            version=seen + 1,
        )
        .returning(Ticket.id)
        .execution_options(synchronize_session=False)
    )
    if changed is None:
        raise StaleTicketError(f"Ticket {ticket.number} has changed since it was read.")
    session.refresh(ticket)
    if status is not previous:
        event.status_from, event.status_to = previous, status
    _write_event(session, ticket, event, actor=actor, now=now, live="ticket.changed")
    return TicketChange(
        ticket_id=ticket.id,
        number=ticket.number,
        token=ticket.token,
        kind=ticket.kind,
        previous=previous,
        status=status,
        version=ticket.version,
        public_note=event.public_note,
        language=ticket.language,
        contact_id=ticket.contact_id,
        conversation_id=ticket.conversation_id,
        reporter_email=ticket.reporter_email,
    )


def _hand_over_conversations(session: Session, ticket_id: int, office_id: int) -> None:
    """Give an office all that is written about a ticket, from wherever it comes.

    They are locked behind the ticket, as whoever needs both does, and in the order of all.
    """
    tied = session.scalars(
        select(Conversation.id)
        .where(Conversation.ticket_id == ticket_id)
        .order_by(Conversation.id)
        .with_for_update()
    ).all()
    session.execute(
        update(Conversation)
        .where(Conversation.id.in_(tied))
        .values(office_id=office_id)
        .execution_options(synchronize_session=False)
    )


def _write_event(
    session: Session,
    ticket: Ticket,
    event: TicketEvent,
    *,
    actor: audit.Actor,
    now: datetime,
    live: str,
) -> None:
    event.ticket_id, event.at = ticket.id, now
    event.actor_kind, event.actor_id = actor.kind, actor.id
    session.add(event)
    session.flush()
    written = ("status_to", "office_id", "public_note", "internal_note", "citizen_text")
    fields = [name for name in written if getattr(event, name) is not None]
    audit.note(session, actor, f"ticket.{event.kind}", "ticket", ticket.id, *fields, now=now)
    change = events.Change(live, conversation_id=ticket.conversation_id, ticket_id=ticket.id)
    events.publish(session, [change], now=now)


def _get(session: Session, ticket_id: int) -> Ticket:
    ticket = session.get(Ticket, ticket_id, populate_existing=True)
    if ticket is None:
        raise TicketNotFoundError(f"There is no ticket {ticket_id}.")
    return ticket


def _lock(session: Session, ticket_id: int) -> Ticket:
    """Read a ticket that nobody else changes until this transaction ends."""
    ticket = session.get(Ticket, ticket_id, populate_existing=True, with_for_update=True)
    if ticket is None:
        raise TicketNotFoundError(f"There is no ticket {ticket_id}.")
    return ticket


def _citizen(ticket: Ticket) -> audit.Actor:
    return audit.Actor(audit.ActorKind.CONTACT, ticket.contact_id)
