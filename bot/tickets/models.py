"""Tickets, their history, and the counter of their numbers."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, BigInt, Key, Retention, choice, partial_index
from bot.tickets.states import (
    Priority,
    TicketEventKind,
    TicketKind,
    TicketOrigin,
    TicketStatus,
)

# What may still name a person; a query finds the index only by the very same words.
NAMED_SQL = (
    "(description <> '' OR place <> '' OR lat IS NOT NULL OR reporter_name IS NOT NULL"
    " OR reporter_email IS NOT NULL OR reporter_phone IS NOT NULL OR contact_id IS NOT NULL"
    " OR conversation_id IS NOT NULL)"
)


class Ticket(Base):
    """What a citizen reported, for the office in charge.

    What happened and where (`category_id`, `title`, `place`) stands apart from who said it
    (`contact_id`, `reporter_*`): a company gets only the former. `token` opens the citizen's page;
    `check_code` together with `number` shows its state. `version` rises with every change.
    """

    __tablename__ = "ticket"
    __plain__ = (
        "id",
        "number",
        "token",
        "check_code",
        "category_id",
        "office_id",
        "kind",
        "origin",
        "status",
        "priority",
        "district",
        "language",
        "contact_id",
        "conversation_id",
        "due_at",
        "version",
        "created_at",
        "updated_at",
        "closed_at",
    )
    __personal__ = {
        "title": Retention.TICKET,
        "description": Retention.TICKET,
        "place": Retention.TICKET,
        "lat": Retention.TICKET,
        "lon": Retention.TICKET,
        "reporter_name": Retention.TICKET,
        "reporter_email": Retention.TICKET,
        "reporter_phone": Retention.TICKET,
    }
    __table_args__ = (
        Index("ix_ticket_status_office_id_id", "status", "office_id", "id"),
        Index("ix_ticket_contact_id_id", "contact_id", "id"),
        Index("ix_ticket_office_id_id", "office_id", "id"),
        partial_index(
            "ix_ticket_named", "closed_at", where=f"closed_at IS NOT NULL AND {NAMED_SQL}"
        ),
    )

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(32), unique=True)
    token: Mapped[str] = mapped_column(String(64), unique=True)
    check_code: Mapped[str] = mapped_column(String(12))
    category_id: Mapped[str] = mapped_column(ForeignKey("category.id"), index=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    kind: Mapped[TicketKind] = mapped_column(choice(TicketKind), default=TicketKind.REPORT)
    origin: Mapped[TicketOrigin] = mapped_column(
        choice(TicketOrigin), default=TicketOrigin.FORM, server_default=TicketOrigin.FORM
    )
    status: Mapped[TicketStatus] = mapped_column(
        choice(TicketStatus), default=TicketStatus.RECEIVED
    )
    priority: Mapped[Priority] = mapped_column(choice(Priority), default=Priority.NORMAL)
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(String(300), default="")
    district: Mapped[str | None] = mapped_column(String(60))
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    language: Mapped[str | None] = mapped_column(String(8))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversation.id"), index=True)
    reporter_name: Mapped[str | None] = mapped_column(String(200))
    reporter_email: Mapped[str | None] = mapped_column(String(254))
    reporter_phone: Mapped[str | None] = mapped_column(String(40))
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class TicketEvent(Base):
    """One line of a ticket's history.

    Citizens read `public_note` (the city's words) and `citizen_text` (their own); never
    `internal_note`.
    """

    __tablename__ = "ticket_event"
    __plain__ = (
        "id",
        "ticket_id",
        "at",
        "kind",
        "actor_kind",
        "actor_id",
        "status_from",
        "status_to",
        "office_id",
    )
    __personal__ = {
        "public_note": Retention.TICKET,
        "internal_note": Retention.TICKET,
        "citizen_text": Retention.TICKET,
    }
    __table_args__ = (Index("ix_ticket_event_ticket_id_id", "ticket_id", "id"),)

    id: Mapped[Key]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    kind: Mapped[TicketEventKind] = mapped_column(choice(TicketEventKind))
    actor_kind: Mapped[str] = mapped_column(String(20))
    actor_id: Mapped[int | None] = mapped_column(BigInt)
    status_from: Mapped[str | None] = mapped_column(String(40))
    status_to: Mapped[str | None] = mapped_column(String(40))
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"))
    public_note: Mapped[str | None] = mapped_column(Text)
    internal_note: Mapped[str | None] = mapped_column(Text)
    citizen_text: Mapped[str | None] = mapped_column(Text)


class TicketPhoto(Base):
    """A picture that came with a line of a ticket's history; `blob_id` is the examined copy."""

    __tablename__ = "ticket_photo"
    __plain__ = (
        "id",
        "ticket_id",
        "event_id",
        "position",
        "blob_id",
        "media_type",
        "width",
        "height",
    )
    __personal__ = {"name": Retention.TICKET}
    __table_args__ = (UniqueConstraint("event_id", "position"),)

    id: Mapped[Key]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("ticket_event.id", ondelete="CASCADE"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(255))
    blob_id: Mapped[int] = mapped_column(ForeignKey("blob.id"), index=True)
    media_type: Mapped[str] = mapped_column(String(120))
    width: Mapped[int | None]
    height: Mapped[int | None]


class TicketSequence(Base):
    """The last number given out in a (Berlin) year."""

    __tablename__ = "ticket_sequence"
    __plain__ = ("year", "last")

    year: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    last: Mapped[int]
