"""What the desk reads of tickets: lists, one ticket, counts."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from bot.offices.models import Category, Office
from bot.tickets import numbers, rules, texts
from bot.tickets.models import Ticket, TicketEvent
from bot.tickets.states import (
    Priority,
    StatusGroup,
    TicketEventKind,
    TicketKind,
    TicketOrigin,
    TicketStatus,
)


@dataclass(frozen=True, slots=True)
class DeskRow:
    """A ticket in a list: what, where and how far, without the person."""

    id: int
    number: str
    title: str
    place: str
    category_id: str
    category: str
    office_id: int
    office: str
    kind: TicketKind
    status: TicketStatus
    status_label: str
    priority: Priority
    conversation_id: int | None
    due_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeskPage:
    """A piece of a list; `next_after` is the cursor of the following one, None at the end."""

    rows: tuple[DeskRow, ...]
    next_after: int | None


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reported it; never for an office that is a company."""

    contact_id: int | None
    name: str | None = field(repr=False)
    email: str | None = field(repr=False)
    phone: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class DeskEvent:
    """One line of the history with everything staff may read."""

    id: int
    at: datetime
    kind: TicketEventKind
    actor_kind: str
    actor_id: int | None
    status_from: TicketStatus | None
    status_to: TicketStatus | None
    office: str | None
    public_note: str | None
    internal_note: str | None
    citizen_text: str | None


@dataclass(frozen=True, slots=True)
class DeskTicket:
    """Everything about one ticket. `allowed` are the statuses that may follow, in their order."""

    row: DeskRow
    description: str
    district: str | None
    lat: float | None
    lon: float | None
    language: str | None
    origin: TicketOrigin
    check_code: str = field(repr=False)
    token: str = field(repr=False)
    reporter: Reporter
    allowed: tuple[TicketStatus, ...]
    history: tuple[DeskEvent, ...]


@dataclass(frozen=True, slots=True)
class OpenCounts:
    """How many tickets are open, by column of the board, and how many are late."""

    by_group: Mapping[StatusGroup, int]
    overdue: int


def desk_list(
    session: Session,
    *,
    status_group: StatusGroup | None,
    office_id: int | None,
    q: str | None = None,
    after: int | None = None,
    limit: int = 50,
    late_at: datetime | None = None,
) -> DeskPage:
    """Return tickets, newest first; `q` is a part of number, title or place (on SQLite Ä is not ä).

    `after` is the `next_after` of the page before; `late_at` keeps what is overdue at that instant.
    """
    statement = (
        select(Ticket, Category.label_de, Office.name)
        .join(Category, Category.id == Ticket.category_id)
        .join(Office, Office.id == Ticket.office_id)
        .order_by(Ticket.id.desc())
        .limit(limit + 1)
    )
    if status_group is not None:
        statement = statement.where(Ticket.status.in_(sorted(rules.GROUPS[status_group])))
    if office_id is not None:
        statement = statement.where(Ticket.office_id == office_id)
    if wanted := (q or "").replace("\0", "").strip():
        statement = statement.where(
            or_(
                Ticket.number == numbers.normalise_number(wanted),
                Ticket.number.icontains(wanted, autoescape=True),
                Ticket.title.icontains(wanted, autoescape=True),
                Ticket.place.icontains(wanted, autoescape=True),
            )
        )
    if after is not None:
        statement = statement.where(Ticket.id < after)
    if late_at is not None:
        statement = statement.where(_is_late(late_at))
    found = [_row(*row) for row in session.execute(statement)]
    rows = tuple(found[:limit])
    return DeskPage(rows, rows[-1].id if len(found) > limit else None)


def rows(session: Session, ids: Collection[int]) -> tuple[DeskRow, ...]:
    """Return these tickets, in no order."""
    found = session.execute(
        select(Ticket, Category.label_de, Office.name)
        .join(Category, Category.id == Ticket.category_id)
        .join(Office, Office.id == Ticket.office_id)
        .where(Ticket.id.in_(ids))
    )
    return tuple(_row(*row) for row in found)


def desk_ticket(session: Session, number: str) -> DeskTicket | None:
    """Return the ticket with this number, however it is typed."""
    row = session.execute(
        select(Ticket, Category.label_de, Office.name)
        .join(Category, Category.id == Ticket.category_id)
        .join(Office, Office.id == Ticket.office_id)
        .where(Ticket.number == numbers.normalise_number(number))
    ).one_or_none()
    if row is None:
        return None
    ticket, category, office = row
    following = rules.TRANSITIONS[ticket.status]
    return DeskTicket(
        row=_row(ticket, category, office),
        description=ticket.description,
        district=ticket.district,
        lat=ticket.lat,
        lon=ticket.lon,
        language=ticket.language,
        check_code=ticket.check_code,
        token=ticket.token,
        origin=ticket.origin,
        reporter=Reporter(
            ticket.contact_id, ticket.reporter_name, ticket.reporter_email, ticket.reporter_phone
        ),
        allowed=tuple(status for status in TicketStatus if status in following),
        history=_history(session, ticket.id),
    )


def open_counts(session: Session, *, office_id: int | None, now: datetime) -> OpenCounts:
    """Count the open tickets of an office, or of all; only open ones are looked at."""
    statement = (
        select(Ticket.status, func.count(), func.sum(case((Ticket.due_at < now, 1), else_=0)))
        .where(Ticket.status.in_(sorted(rules.OPEN)))
        .group_by(Ticket.status)
    )
    if office_id is not None:
        statement = statement.where(Ticket.office_id == office_id)
    rows = session.execute(statement).all()
    by_status = {status: count for status, count, _ in rows}
    by_group: dict[StatusGroup, int] = {
        group: sum(by_status.get(status, 0) for status in statuses)
        for group, statuses in rules.GROUPS.items()
        if group is not StatusGroup.CLOSED
    }
    return OpenCounts(by_group, sum(int(late) for _, _, late in rows))


def count(
    session: Session,
    *,
    status_group: StatusGroup,
    office_id: int | None,
    most: int,
    late_at: datetime | None = None,
) -> int:
    """Count what `desk_list` shows, at most `most`."""
    statement = select(Ticket.id).where(Ticket.status.in_(sorted(rules.GROUPS[status_group])))
    if office_id is not None:
        statement = statement.where(Ticket.office_id == office_id)
    if late_at is not None:
        statement = statement.where(_is_late(late_at))
    return session.scalar(select(func.count()).select_from(statement.limit(most).subquery())) or 0


def _is_late(now: datetime) -> ColumnElement[bool]:
    return and_(Ticket.due_at < now, Ticket.status.in_(sorted(rules.OPEN)))


def _history(session: Session, ticket_id: int) -> tuple[DeskEvent, ...]:
    rows = session.execute(
        select(TicketEvent, Office.name)
        .outerjoin(Office, Office.id == TicketEvent.office_id)
        .where(TicketEvent.ticket_id == ticket_id)
        .order_by(TicketEvent.id)
    )
    return tuple(
        DeskEvent(
            id=event.id,
            at=event.at,
            kind=event.kind,
            actor_kind=event.actor_kind,
            actor_id=event.actor_id,
            status_from=TicketStatus(event.status_from) if event.status_from else None,
            status_to=TicketStatus(event.status_to) if event.status_to else None,
            office=office,
            public_note=event.public_note,
            internal_note=event.internal_note,
            citizen_text=event.citizen_text,
        )
        for event, office in rows
    )


def _row(ticket: Ticket, category: str, office: str) -> DeskRow:
    return DeskRow(
        id=ticket.id,
        number=ticket.number,
        title=ticket.title,
        place=ticket.place,
        category_id=ticket.category_id,
        category=category,
        office_id=ticket.office_id,
        office=office,
        kind=ticket.kind,
        status=ticket.status,
        status_label=texts.STAFF_LABELS[ticket.status],
        priority=ticket.priority,
        conversation_id=ticket.conversation_id,
        due_at=ticket.due_at,
        version=ticket.version,
        created_at=ticket.created_at,
        updated_at=ticket.updated_at,
        closed_at=ticket.closed_at,
    )
