"""Erasing conversations, contacts and files, with everything that belongs to them.

What else points at them is found in the tables themselves, so that a table that is added later
protects what it needs without a change here.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ColumnElement, delete, exists, select, text, update
from sqlalchemy.orm import Session

from bot.attachments.models import Attachment, Blob, BlobChunk
from bot.audit import service as audit
from bot.audit.service import SYSTEM, Actor, Entry
from bot.contacts.models import Contact, Identity
from bot.db.tables import METADATA
from bot.events import service as events
from bot.events.service import Change
from bot.inbound.models import AwaitedFile, RawItem, RawItemFile
from bot.inbound.states import RawState
from bot.inbox.models import (
    Conversation,
    Draft,
    Message,
    MessageRevision,
    Reaction,
    TurnUnderstanding,
)
from bot.inbox.states import ConversationStatus
from bot.learning import service as learning
from bot.offices.models import Category
from bot.outbox.models import Delivery
from bot.outbox.states import DeliveryState
from bot.tickets.models import NAMED_SQL, Ticket, TicketEvent, TicketPhoto

# What goes with a conversation, a message, a contact, a blob; any other reference protects it.
_OF_CONVERSATION = frozenset({"message", "turn_understanding", "draft"})
_OF_MESSAGE = frozenset(
    {"message", "message_revision", "turn_understanding", "attachment", "delivery"}
)
_OF_CONTACT = frozenset({"identity"})
_OF_BLOB = frozenset({"blob_chunk"})


@dataclass(frozen=True, slots=True)
class Erased:
    """How much is gone."""

    conversations: int = 0
    contacts: int = 0
    blobs: int = 0


def ended_conversations(session: Session, *, before: datetime, limit: int) -> Sequence[int]:
    """Return and lock conversations without a ticket whose last message is older than `before`.

    One with a part just being sent waits for the next sweep.
    """
    sending = (
        select(Delivery.id)
        .join(Message, Message.id == Delivery.message_id)
        .where(
            Message.conversation_id == Conversation.id,
            Delivery.state == DeliveryState.SENDING,
            Delivery.sent_at.is_(None),  # for the index
        )
    )
    locked = session.scalars(
        select(Conversation.id)
        .where(
            Conversation.status.in_(list(ConversationStatus)),  # all: for the index
            Conversation.last_message_at < before,
            Conversation.ticket_id.is_(None),
            ~sending.exists(),
            *_free_conversation(),
        )
        .order_by(Conversation.last_message_at, Conversation.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Conversation)
    ).all()
    # Asked again under the lock: on PostgreSQL a ticket may have come between look and lock.
    return session.scalars(
        select(Conversation.id)
        .where(
            Conversation.id.in_(locked),
            Conversation.last_message_at < before,
            Conversation.ticket_id.is_(None),
            *_free_conversation(),
        )
        .order_by(Conversation.id)
    ).all()


def erase_conversations(
    session: Session, ids: Collection[int], *, actor: Actor, now: datetime
) -> Erased:
    """Erase conversations with all that belongs to them, and contacts that nothing else needs.

    What colleagues said of the messages, masked, leads nowhere then. Where somebody asked for the
    erasure (`actor` is not the sweep), it goes as well.
    The caller has made sure that no ticket needs them; the database refuses otherwise.
    """
    if not ids:
        return Erased()
    contacts = session.scalars(
        select(Conversation.contact_id).where(Conversation.id.in_(ids)).distinct()
    ).all()
    messages = select(Message.id).where(Message.conversation_id.in_(ids))
    session.execute(  # first: parts refer to the attachments that they send
        delete(Delivery)
        .where(Delivery.message_id.in_(messages))
        .execution_options(synchronize_session=False)
    )
    blobs = session.scalars(
        delete(Attachment).where(Attachment.message_id.in_(messages)).returning(Attachment.blob_id)
    ).all()
    if actor != SYSTEM:
        judged = select(TurnUnderstanding.correction_id).where(
            TurnUnderstanding.conversation_id.in_(ids), TurnUnderstanding.correction_id.is_not(None)
        )
        learning.delete_corrections(session, session.scalars(judged).all())
    for statement in (
        delete(MessageRevision).where(MessageRevision.message_id.in_(messages)),
        delete(Reaction).where(Reaction.message_id.in_(messages)),
        delete(TurnUnderstanding).where(TurnUnderstanding.conversation_id.in_(ids)),
        delete(TurnUnderstanding).where(TurnUnderstanding.message_id.in_(messages)),
        delete(Draft).where(Draft.conversation_id.in_(ids)),
        update(Message)  # an answer in another conversation stays
        .where(Message.reply_to_id.in_(messages), Message.conversation_id.not_in(ids))
        .values(reply_to_id=None),
        delete(Message).where(Message.conversation_id.in_(ids)),
        delete(Conversation).where(Conversation.id.in_(ids)),
    ):
        session.execute(statement.execution_options(synchronize_session=False))
    order = sorted(ids)
    audit.record(
        session,
        [Entry(actor, "conversation.erased", "conversation", key) for key in order],
        now=now,
    )
    events.publish(session, [Change("conversation.erased", key) for key in order], now=now)
    return Erased(
        conversations=len(order),
        contacts=erase_unused_contacts(session, contacts, actor=actor, now=now),
        blobs=delete_unused_blobs(session, blobs),
    )


def erase_raw_items(
    session: Session, channel_id: int, native_id: str, *, order_key: str | None, now: datetime
) -> None:
    """Empty what the platform brought of a message and of its edits, files included.

    The rows stay, done, so that nothing comes in a second time; `order_key`: only those of this
    thread. A message that nobody could read is emptied too, and leaves the quarantine.
    """
    meant = [RawItem.channel_id == channel_id, RawItem.about == native_id]
    if order_key is not None:
        meant.append(RawItem.order_key == order_key)
    ids = session.scalars(
        update(RawItem)
        .where(*meant)
        .values(payload="{}", state=RawState.DONE, error=None, done_at=now)
        .returning(RawItem.id)
        .execution_options(synchronize_session=False)
    ).all()
    if not ids:
        return
    blobs = session.scalars(
        delete(RawItemFile).where(RawItemFile.raw_item_id.in_(ids)).returning(RawItemFile.blob_id)
    ).all()
    session.execute(delete(AwaitedFile).where(AwaitedFile.raw_item_id.in_(ids)))
    delete_unused_blobs(session, blobs)


def anonymise_tickets(
    session: Session, *, closed_before: datetime, limit: int, now: datetime
) -> int:
    """Take what names or describes a person out of closed tickets; returns how many.

    Number, category, office, district and times stay for the statistics; the title becomes the
    category's name. Conversation and contact are let go and follow their own periods.
    """
    tickets = session.execute(
        select(Ticket.id, Ticket.conversation_id, Ticket.contact_id)
        .where(Ticket.closed_at < closed_before, text(NAMED_SQL))
        .order_by(Ticket.closed_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    if not tickets:
        return 0
    ids = [ticket.id for ticket in tickets]
    label = select(Category.label_de).where(Category.id == Ticket.category_id).scalar_subquery()
    for statement in (
        update(Conversation)
        .where(Conversation.ticket_id.in_(ids))
        .values(ticket_id=None, office_id=None),
        update(TicketEvent)
        .where(TicketEvent.ticket_id.in_(ids))
        .values(public_note=None, internal_note=None, citizen_text=None),
        update(Ticket)
        .where(Ticket.id.in_(ids))
        .values(
            title=label,
            description="",
            place="",
            lat=None,
            lon=None,
            reporter_name=None,
            reporter_email=None,
            reporter_phone=None,
            contact_id=None,
            conversation_id=None,
            version=Ticket.version + 1,
        ),
    ):
        session.execute(statement.execution_options(synchronize_session=False))
    photos = session.scalars(
        delete(TicketPhoto)
        .where(TicketPhoto.ticket_id.in_(ids))
        .returning(TicketPhoto.blob_id)
        .execution_options(synchronize_session=False)
    ).all()
    delete_unused_blobs(session, photos)
    audit.record(
        session, [Entry(SYSTEM, "ticket.anonymised", "ticket", key) for key in ids], now=now
    )
    # A contact without a conversation, from the report form, has no other end than this one.
    contacts = [ticket.contact_id for ticket in tickets if ticket.contact_id is not None]
    erase_unused_contacts(session, contacts, actor=SYSTEM, now=now)
    return len(ids)


def erase_unused_contacts(
    session: Session, ids: Collection[int], *, actor: Actor, now: datetime
) -> int:
    """Erase those of the contacts to whom nothing refers any more; returns how many."""
    locked = session.scalars(
        select(Contact.id)
        .where(Contact.id.in_(ids))
        .order_by(Contact.id)
        .with_for_update(skip_locked=True)
    ).all()
    unused = session.scalars(
        select(Contact.id)
        .where(Contact.id.in_(locked), *_free("contact", _OF_CONTACT))
        .order_by(Contact.id)
    ).all()
    if unused:
        session.execute(delete(Identity).where(Identity.contact_id.in_(unused)))
        session.execute(delete(Contact).where(Contact.id.in_(unused)))
        audit.record(
            session, [Entry(actor, "contact.erased", "contact", key) for key in unused], now=now
        )
    return len(unused)


def orphaned_blobs(session: Session, *, before: datetime, limit: int) -> Sequence[int]:
    """Return contents older than `before` to which nothing refers."""
    return session.scalars(
        select(Blob.id)
        .where(Blob.created_at < before, *_free("blob", _OF_BLOB))
        .order_by(Blob.id)
        .limit(limit)
    ).all()


def delete_unused_blobs(session: Session, ids: Collection[int | None]) -> int:
    """Delete those of the contents that nothing refers to any more; returns how many."""
    locked = session.scalars(
        select(Blob.id)
        .where(Blob.id.in_({key for key in ids if key is not None}))
        .order_by(Blob.id)
        .with_for_update(skip_locked=True)
    ).all()
    unused = session.scalars(
        select(Blob.id).where(Blob.id.in_(locked), *_free("blob", _OF_BLOB))
    ).all()
    if unused:
        session.execute(delete(BlobChunk).where(BlobChunk.blob_id.in_(unused)))
        session.execute(delete(Blob).where(Blob.id.in_(unused)))
    return len(unused)


def _free_conversation() -> list[ColumnElement[bool]]:
    """Nothing foreign refers to the conversation or to one of its messages."""
    through_messages = [
        ~exists().where(column == Message.id, Message.conversation_id == Conversation.id)
        for column in _references("message", _OF_MESSAGE)
    ]
    return [*_free("conversation", _OF_CONVERSATION), *through_messages]


def _free(name: str, owned: Collection[str]) -> list[ColumnElement[bool]]:
    """No table except the `owned` ones refers to a row of the table `name`."""
    table = METADATA.tables[name]
    return [~exists().where(column == table.c.id) for column in _references(name, owned)]


def _references(name: str, owned: Collection[str]) -> list[Column[object]]:
    return [
        key.parent
        for other in METADATA.tables.values()
        if other.name not in owned
        for key in sorted(other.foreign_keys, key=lambda key: key.parent.name)
        if key.column.table.name == name
    ]
