"""Taken conversations return to the assistant: by hand, at closing time, or after a silence."""

from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit import service as audit
from bot.channels.queries import Connectors, NoConnectorError
from bot.city import queries as city
from bot.city import rules as hours
from bot.city.rules import CityFacts
from bot.dialogue.texts import say
from bot.events import service as events
from bot.events.service import Change
from bot.inbox import service as inbox
from bot.inbox.models import Conversation
from bot.inbox.states import ConversationStatus, Handler

_MOST = 200


def due_at(facts: CityFacts, last_staff_at: datetime) -> datetime:
    """Return when a conversation goes back: the next closing time, or the configured silence."""
    silence = last_staff_at + timedelta(minutes=facts.handback_after_minutes)
    return min(silence, hours.next_closing(facts, last_staff_at))


def by_colleague(
    session: Session,
    conversation_id: int,
    *,
    user_id: int,
    connectors: Connectors,
    now: datetime,
) -> None:
    """Give a conversation back, and tell the citizen if it had been taken."""
    conversation = inbox.get(session, conversation_id)
    was_taken = conversation.handler is Handler.STAFF
    inbox.hand_back(session, conversation_id, user_id=user_id, now=now)
    if was_taken:
        _tell(session, conversation, connectors, now)


def sweep(session: Session, connectors: Connectors, *, now: datetime) -> int:
    """Hand back what is due and tell the citizens; return how many."""
    facts = city.facts(session)
    rows = session.execute(
        select(Conversation.id, Conversation.last_staff_at)
        .where(
            Conversation.handler == Handler.STAFF,
            Conversation.status == ConversationStatus.OPEN,
            Conversation.last_staff_at.is_not(None),
        )
        .order_by(Conversation.last_staff_at)
        .limit(_MOST)
    ).all()
    due = [row.id for row in rows if row.last_staff_at and due_at(facts, row.last_staff_at) <= now]
    handed_back = 0
    for conversation_id in due:
        conversation = inbox.get(session, conversation_id)
        if not _is_due(facts, conversation, now):  # a colleague was there before the lock
            continue
        handed_back += 1
        inbox.release(conversation)
        _tell(session, conversation, connectors, now)
        audit.note(
            session,
            audit.SYSTEM,
            "conversation.handed_back",
            "conversation",
            conversation_id,
            "handler",
            now=now,
        )
        events.publish(session, [Change("conversation.handed_back", conversation_id)], now=now)
    return handed_back


def _tell(
    session: Session, conversation: Conversation, connectors: Connectors, now: datetime
) -> None:
    text = say("handback", conversation.language or "de")
    with suppress(NoConnectorError):  # it is handed back all the same, and so are the others
        inbox.tell(session, conversation.id, text, connectors=connectors, now=now)


def _is_due(facts: CityFacts, conversation: Conversation, now: datetime) -> bool:
    return (
        conversation.handler is Handler.STAFF
        and conversation.status is ConversationStatus.OPEN
        and conversation.last_staff_at is not None
        and due_at(facts, conversation.last_staff_at) <= now
    )
