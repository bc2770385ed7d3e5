"""Private conversations that we began and that the platform refused: closed to us, or blocked."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from bot.audit import service as audit
from bot.events import service as events
from bot.events.service import Change
from bot.inbox.models import Conversation, Message
from bot.inbox.states import ConversationStatus
from bot.outbox import queries as deliveries
from connectors.capabilities import Visibility


def refused(session: Session, conversations: Collection[int]) -> set[int]:
    """Return in which of these nobody ever wrote, and our last words will not arrive."""
    if not conversations:
        return set()
    silent = session.scalars(
        select(Conversation.id).where(
            Conversation.id.in_(conversations),
            Conversation.visibility == Visibility.PRIVATE,
            Conversation.last_inbound_at.is_(None),
        )
    ).all()
    return deliveries.lost(session, silent)


def await_person(session: Session, conversations: Collection[int], *, now: datetime) -> None:
    """Let wait for a person what was said to go on in those of these that were refused.

    That we have written in private stands in public, and it is not so: whoever answered or closed
    that conversation meanwhile did not know.
    """
    lost = refused(session, conversations)
    if not lost:
        return
    private = aliased(Conversation)
    promised = (
        select(Message.id)
        .join(private, private.id == Message.conversation_id)
        .where(
            private.id.in_(lost),
            private.contact_id == Conversation.contact_id,
            private.channel_id == Conversation.channel_id,
            Message.created_at <= Conversation.last_message_at,
        )
    )
    waiting = session.scalars(
        select(Conversation)
        .where(
            Conversation.visibility == Visibility.PUBLIC,
            Conversation.contact_id.in_(select(private.contact_id).where(private.id.in_(lost))),
            exists(promised.correlate(Conversation)),
        )
        .order_by(Conversation.id)
        .with_for_update()
    ).all()
    for one in waiting:
        if one.waiting_since is None:
            one.waiting_since = now
            one.status = ConversationStatus.OPEN
            audit.note(
                *(session, audit.SYSTEM, "conversation.waits", "conversation", one.id),
                *("waiting_since", "status"),
                now=now,
            )
    session.flush()
    events.publish(session, [Change("delivery.changed", one.id) for one in waiting], now=now)
