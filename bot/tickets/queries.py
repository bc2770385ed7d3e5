"""Finding tickets, and what citizens read of them; the desk's reads are in `desk.py`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hmac import compare_digest

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.offices.models import Category, Office
from bot.tickets import numbers, rules, texts
from bot.tickets.models import Ticket, TicketEvent
from bot.tickets.states import CitizenState, TicketEventKind, TicketKind, TicketStatus

_NOBODYS = "-" * numbers.CHECK_LENGTH  # compared where there is no ticket; never a check code


@dataclass(frozen=True, slots=True)
class TicketRef:
    """A ticket that somebody has proved to know."""

    id: int
    number: str
    token: str = field(repr=False)
    kind: TicketKind
    category_id: str
    status: TicketStatus
    state: CitizenState
    version: int
    contact_id: int | None
    conversation_id: int | None
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class HistoryItem:
    """One line of what has happened, in citizen words; `own`: the citizen did it."""

    at: datetime
    headline: str
    text: str
    own: bool
    event_id: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class CitizenTicket:
    """The citizen's page. Never holds an internal note.

    `step` is 1 to 4. `history` is newest first. Without `full` there is no place, no position, no
    word of the citizen, and nothing to do.
    """

    number: str
    title: str
    kind: TicketKind
    status: TicketStatus
    state: CitizenState
    state_word: str
    sentence: str
    next_step: str
    step: int
    office: str | None
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    version: int
    history: tuple[HistoryItem, ...]
    full: bool
    place: str | None
    lat: float | None
    lon: float | None
    can_withdraw: bool
    can_reopen: bool


def by_token(session: Session, token: str) -> TicketRef | None:
    """Return the ticket that the secret link opens."""
    if not token.isprintable():
        return None  # PostgreSQL refuses the character NUL
    ticket = session.scalar(select(Ticket).where(Ticket.token == token))
    if ticket is None or not compare_digest(ticket.token.encode(), token.encode()):
        return None
    return _ref(ticket)


def by_number_and_code(session: Session, number: str, code: str) -> TicketRef | None:
    """Return the ticket with this number and check code, however they are typed.

    An unknown number and a wrong code give None alike, after the same work; the page in front
    limits the rate.
    """
    found = session.scalar(select(Ticket).where(Ticket.number == numbers.normalise_number(number)))
    expected = _NOBODYS if found is None else found.check_code
    is_right = compare_digest(expected.encode(), numbers.normalise_code(code).encode())
    return _ref(found) if found is not None and is_right else None


def by_number_of_contact(session: Session, contact_id: int, number: str) -> TicketRef | None:
    """Return the contact's own ticket with this number; another person's is None too."""
    found = session.scalar(
        select(Ticket)
        .where(Ticket.number == numbers.normalise_number(number))
        .where(Ticket.contact_id == contact_id)
    )
    return None if found is None else _ref(found)


def check_code(session: Session, ticket_id: int) -> str:
    """Return the code that opens the ticket together with its number, for who has its link."""
    return session.scalars(select(Ticket.check_code).where(Ticket.id == ticket_id)).one()


def of_contact(session: Session, contact_id: int, limit: int) -> tuple[TicketRef, ...]:
    """Return the contact's tickets, newest first."""
    rows = session.scalars(
        select(Ticket)
        .where(Ticket.contact_id == contact_id)
        .order_by(Ticket.id.desc())
        .limit(limit)
    )
    return tuple(_ref(ticket) for ticket in rows)


def citizen_page(
    session: Session, ticket_id: int, *, language: str | None, full: bool
) -> CitizenTicket | None:
    """Return the page of a ticket in "de", "en" or "plain".

    `full` is for the holder of the token or of the channel identity that reported it; number and
    check code show state, dates and public notes only.
    """
    row = session.execute(
        select(Ticket, Category, Office)
        .join(Category, Category.id == Ticket.category_id)
        .join(Office, Office.id == Ticket.office_id)
        .where(Ticket.id == ticket_id)
    ).one_or_none()
    if row is None:
        return None
    ticket, category, office = row
    text = texts.status_text(ticket.status, ticket.kind, language)
    state = rules.citizen_state(ticket.status)
    labels = {"en": category.label_en, "plain": category.label_plain}
    following = rules.TRANSITIONS[ticket.status]
    return CitizenTicket(
        number=ticket.number,
        title=labels.get(language or "", category.label_de),
        kind=ticket.kind,
        status=ticket.status,
        state=state,
        state_word=texts.state_word(state, language),
        sentence=text.sentence,
        next_step=text.next_step,
        step=rules.step(ticket.status),
        office=None if state is CitizenState.RECEIVED else office.name,
        created_at=ticket.created_at,
        updated_at=ticket.updated_at,
        closed_at=ticket.closed_at,
        version=ticket.version,
        history=_history(session, ticket, language=language, full=full),
        full=full,
        place=ticket.place if full else None,
        lat=ticket.lat if full else None,
        lon=ticket.lon if full else None,
        can_withdraw=full and TicketStatus.WITHDRAWN in following,
        can_reopen=full and TicketStatus.REOPENED in following,
    )


def _history(
    session: Session, ticket: Ticket, *, language: str | None, full: bool
) -> tuple[HistoryItem, ...]:
    rows = session.execute(
        select(
            TicketEvent.id,
            TicketEvent.at,
            TicketEvent.kind,
            TicketEvent.actor_kind,
            TicketEvent.status_to,
            TicketEvent.public_note,
            TicketEvent.citizen_text,
            Office.name,
        )
        .outerjoin(Office, Office.id == TicketEvent.office_id)
        .where(TicketEvent.ticket_id == ticket.id)
        .order_by(TicketEvent.id.desc())
    )
    items = [
        _item(
            _Line(key, at, kind, actor, TicketStatus(to) if to else None, note, own, office),
            ticket.kind,
            language=language,
            full=full,
        )
        for key, at, kind, actor, to, note, own, office in rows
    ]
    return tuple(item for item in items if item is not None)


@dataclass(frozen=True, slots=True)
class _Line:
    """What a citizen may know of an event: the internal note is not even read."""

    event_id: int
    at: datetime
    kind: TicketEventKind
    actor_kind: str
    status_to: TicketStatus | None
    public_note: str | None
    citizen_text: str | None
    office: str | None


def _item(line: _Line, kind: TicketKind, *, language: str | None, full: bool) -> HistoryItem | None:
    words = texts.words(language)
    shown: Sequence[str | None]
    if line.kind is TicketEventKind.MESSAGE and full:
        headline, shown = words.own_message, [line.citizen_text]
    elif line.kind is TicketEventKind.ASSIGNED:
        headline = words.office_changed
        if line.status_to is not None:
            headline = texts.status_text(line.status_to, kind, language).headline
        shown = [line.office and words.office.format(office=line.office), line.public_note]
    elif line.status_to is not None:
        headline = texts.status_text(line.status_to, kind, language).headline
        shown = [line.public_note, line.citizen_text if full else None]
    elif line.public_note:
        headline, shown = words.note, [line.public_note]
    else:
        return None
    own = line.citizen_text is not None or line.actor_kind == "contact"
    text = "\n".join(part for part in shown if part)
    return HistoryItem(line.at, headline, text, own, line.event_id)


def _ref(ticket: Ticket) -> TicketRef:
    return TicketRef(
        id=ticket.id,
        number=ticket.number,
        token=ticket.token,
        kind=ticket.kind,
        category_id=ticket.category_id,
        status=ticket.status,
        state=rules.citizen_state(ticket.status),
        version=ticket.version,
        contact_id=ticket.contact_id,
        conversation_id=ticket.conversation_id,
        created_at=ticket.created_at,
        updated_at=ticket.updated_at,
        closed_at=ticket.closed_at,
    )
