"""Reading what could not be delivered, for the list "Nicht zugestellt"."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from bot.attachments.models import Attachment
from bot.channels.models import Channel
from bot.channels.states import ChannelState
from bot.contacts.models import Contact
from bot.db.base import word
from bot.inbox.models import Conversation, Message
from bot.outbox.models import Delivery
from bot.outbox.states import SETTLED, STUCK, DeliveryState
from connectors.capabilities import Act

PAGE = 50


@dataclass(frozen=True, slots=True)
class StuckPart:
    """A part that was not delivered, or nobody knows; `name` is None for a nameless contact.

    A file has its `file_name` instead of a text; an act without a text that of its message.
    """

    id: int
    conversation_id: int
    contact_id: int
    name: str | None
    channel_kind: str
    channel_name: str
    text: str
    at: datetime
    state: DeliveryState
    error_code: str | None
    attempts: int
    channel_state: ChannelState
    file_name: str | None
    act: Act


def stuck(
    session: Session, *, after: int | None = None, limit: int = PAGE
) -> tuple[list[StuckPart], int | None]:
    """Return the newest stuck parts (older than `after`), and where the next page begins."""
    is_act_without_text = and_(Delivery.act != Act.POST, Delivery.text == "")
    wanted = (
        select(
            Delivery.id,
            Message.conversation_id,
            Conversation.contact_id,
            Contact.name,
            Channel.kind,
            Channel.name,
            case((is_act_without_text, Message.text), else_=Delivery.text),
            Delivery.created_at,
            Delivery.state,
            Delivery.error_code,
            Delivery.attempts,
            Channel.state,
            Attachment.name,
            Delivery.act,
        )
        .outerjoin(Attachment, Attachment.id == Delivery.attachment_id)
        .join(Message, Message.id == Delivery.message_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(Contact, Contact.id == Conversation.contact_id)
        .join(Channel, Channel.id == Delivery.channel_id)
        .where(is_stuck())
        .order_by(Delivery.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        wanted = wanted.where(Delivery.id < after)
    found = [StuckPart(*(value for value in row)) for row in session.execute(wanted)]
    page = found[:limit]
    return page, page[-1].id if len(found) > limit else None


def count_stuck(session: Session, *, most: int) -> int:
    """Count the stuck parts, at most `most`."""
    found = select(Delivery.id).where(is_stuck()).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(found)) or 0


def stuck_by_channel(session: Session) -> dict[tuple[int, DeliveryState], int]:
    """Count the stuck parts of each channel that is still there, by state."""
    rows = session.execute(
        select(Delivery.channel_id, Delivery.state, func.count())
        .join(Channel, Channel.id == Delivery.channel_id)
        .where(is_stuck(), Channel.state != ChannelState.REMOVED)
        .group_by(Delivery.channel_id, Delivery.state)
        .order_by(Delivery.channel_id)
    )
    return {(channel_id, state): count for channel_id, state, count in rows}


def stuck_channels(session: Session, *, most: int) -> dict[int, int]:
    """Count the stuck parts of each channel that is still there and has some, at most `most`."""
    first = select(Delivery.id).where(Delivery.channel_id == Channel.id, is_stuck()).limit(most)
    counted = select(func.count()).select_from(first.correlate(Channel).subquery())
    rows = session.execute(
        select(Channel.id, counted.scalar_subquery())
        .where(Channel.state != ChannelState.REMOVED)
        .order_by(Channel.id)
    )
    return {channel_id: count for channel_id, count in rows if count}


def lost(session: Session, conversations: Collection[int]) -> set[int]:
    """Return in which of these conversations what we said last will never arrive."""
    if not conversations:
        return set()
    last = (
        select(Delivery.state)
        .join(Message, Message.id == Delivery.message_id)
        .where(Message.conversation_id == Conversation.id, Delivery.act == Act.POST)
        .order_by(Message.id.desc(), Delivery.part.desc())
        .limit(1)
        .scalar_subquery()
    )
    return set(
        session.scalars(
            select(Conversation.id).where(
                Conversation.id.in_(conversations), last == DeliveryState.DEAD
            )
        )
    )


def is_stuck() -> ColumnElement[bool]:
    """Return what holds for a part that waits for a person, in the words of its index."""
    return and_(
        Delivery.state.in_([word(state) for state in STUCK]),
        func.coalesce(Delivery.error_code, word("")) != word(SETTLED),
    )
