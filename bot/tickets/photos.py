"""The pictures of a ticket: stored with the line of its history, shown to who may read all of it.

A ticket that was born in a conversation also shows the pictures that led to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from bot.attachments import service as attachments
from bot.attachments.models import Attachment
from bot.attachments.rules import Examined
from bot.attachments.states import AttachmentState
from bot.inbox.models import Message
from bot.inbox.states import Direction
from bot.tickets.models import Ticket, TicketEvent, TicketPhoto
from bot.tickets.states import TicketEventKind

_PREFIX_OWN, _PREFIX_CHAT = "p", "a"
_BEFORE = timedelta(minutes=30)  # a picture may come before the question for the place
_MOST = 12


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that passed its examination, with the name its sender gave it."""

    name: str
    examined: Examined


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture of a ticket; `key` names it on the ticket's pages."""

    key: str
    event_id: int
    name: str
    media_type: str
    blob_id: int


def add(session: Session, ticket_id: int, pictures: Sequence[Picture], *, now: datetime) -> None:
    """Store `pictures` with the newest line of the ticket's history, in its transaction."""
    contents = [picture.examined.content or b"" for picture in pictures]
    if not contents:
        return
    event_id = session.scalar(
        select(func.max(TicketEvent.id)).where(TicketEvent.ticket_id == ticket_id)
    )
    blobs = attachments.store(session, contents, now=now)
    session.execute(
        insert(TicketPhoto),
        [
            {
                "ticket_id": ticket_id,
                "event_id": event_id,
                "position": position,
                "name": picture.name,
                "blob_id": blob_id,
                "media_type": picture.examined.media_type,
                "width": picture.examined.width,
                "height": picture.examined.height,
            }
            for position, (picture, blob_id) in enumerate(zip(pictures, blobs, strict=True))
        ],
    )


def of_ticket(session: Session, ticket_id: int) -> tuple[Photo, ...]:
    """Return the pictures of a ticket, oldest first."""
    own = session.execute(
        select(
            TicketPhoto.id,
            TicketPhoto.event_id,
            TicketPhoto.name,
            TicketPhoto.media_type,
            TicketPhoto.blob_id,
        )
        .where(TicketPhoto.ticket_id == ticket_id)
        .order_by(TicketPhoto.event_id, TicketPhoto.position)
    )
    photos = [Photo(f"{_PREFIX_OWN}{row.id}", *row[1:]) for row in own]
    return (*_from_conversation(session, ticket_id), *photos)


def content(session: Session, photo: Photo) -> bytes:
    """Return the picture itself."""
    return attachments.content(session, photo.blob_id)


def _from_conversation(session: Session, ticket_id: int) -> list[Photo]:
    """Return the pictures that the citizen sent shortly before the ticket was opened."""
    born = session.execute(
        select(Ticket.conversation_id, Ticket.created_at, TicketEvent.id)
        .join(TicketEvent, TicketEvent.ticket_id == Ticket.id)
        .where(Ticket.id == ticket_id, TicketEvent.kind == TicketEventKind.CREATED)
    ).first()
    if born is None or born.conversation_id is None:
        return []
    previous = session.scalar(
        select(func.max(Ticket.created_at)).where(
            Ticket.conversation_id == born.conversation_id, Ticket.id < ticket_id
        )
    )
    since = born.created_at - _BEFORE
    rows = session.execute(
        select(Attachment.id, Attachment.name, Attachment.media_type, Attachment.blob_id)
        .join(Message, Message.id == Attachment.message_id)
        .where(
            Message.conversation_id == born.conversation_id,
            Message.direction == Direction.INBOUND,
            Message.deleted_at.is_(None),
            Message.created_at > (max(since, previous) if previous else since),
            Message.created_at <= born.created_at,
            Attachment.state == AttachmentState.READY,
            Attachment.media_type.startswith("image/"),
        )
        .order_by(Attachment.message_id, Attachment.position)
        .limit(_MOST)
    )
    return [
        Photo(f"{_PREFIX_CHAT}{row.id}", born.id, row.name, row.media_type, row.blob_id)
        for row in rows
    ]
