"""Private conversations that we began and that the platform refused: closed to us, or blocked."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from bot.audit import service as audit
from bot.events import service as events
from bot.events.service import Change
from bot.inbox.models import Conversation, Message
from bot.inbox.states import AuthorKind, ConversationStatus, Direction
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


def hold(session: Session, conversations: Collection[int]) -> Sequence[int]:
    """Lock the public conversations beside these private ones in which nobody ever wrote.

    Call it before the threads of the outbox are locked, as whoever writes a conversation does.
    """
    if not conversations:
        return ()
    beside = aliased(Conversation)
    return session.scalars(
        select(Conversation.id)
        .where(
            Conversation.visibility == Visibility.PUBLIC,
            exists().where(
                beside.id.in_(conversations),
                beside.visibility == Visibility.PRIVATE,
                beside.last_inbound_at.is_(None),
                beside.contact_id == Conversation.contact_id,
                beside.channel_id == Conversation.channel_id,
            ),
        )
        .order_by(Conversation.id)
        .with_for_update()
    ).all()


def await_person(
    session: Session, conversations: Collection[int], held: Collection[int], *, now: datetime
) -> None:
    """Let wait for a person those `held` in which was said that it goes on in private, in vain.

    That we have written in private stands in public, and it is not so: whoever answered or closed
    that conversation meanwhile did not know. It was said with the words that were refused, or
    since then.
    """
    lost = refused(session, conversations) if held else set()
    if not lost:
        return
    private, said, last = aliased(Conversation), aliased(Message), aliased(Message)
    refused_at = (
        select(func.max(last.created_at))
        .where(last.conversation_id == private.id, last.direction == Direction.OUTBOUND)
        .correlate(private)
        .scalar_subquery()
    )
    promised = select(said.conversation_id).where(
        said.conversation_id.in_(held),
        said.direction == Direction.OUTBOUND,
        said.author_kind == AuthorKind.ASSISTANT,
        exists().where(
            private.id.in_(lost),
            private.contact_id == Conversation.contact_id,
            private.channel_id == Conversation.channel_id,
            said.created_at >= refused_at,
        ),
        said.conversation_id == Conversation.id,
    )
    waiting = session.scalars(
        select(Conversation)
        .where(promised.correlate(Conversation).exists())
        .order_by(Conversation.id)
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
