"""Conversations about the same ticket: others may answer to it from elsewhere."""

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from bot.contacts.models import Contact
from bot.inbox.models import Conversation

_MOST = 5


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A conversation beside another; `name` is None for a nameless contact."""

    id: int
    contact_id: int
    office_id: int | None
    name: str | None = field(repr=False)


def same_ticket(session: Session, conversation_id: int) -> list[Neighbour]:
    """Return the newest other conversations about a conversation's ticket."""
    this = aliased(Conversation)
    rows = session.execute(
        select(Conversation.id, Conversation.contact_id, Conversation.office_id, Contact.name)
        .join(Contact, Contact.id == Conversation.contact_id)
        .join(this, this.ticket_id == Conversation.ticket_id)
        .where(
            this.id == conversation_id,
            Conversation.id != conversation_id,
            Conversation.ticket_id.is_not(None),  # for the index
        )
        .order_by(Conversation.id.desc())
        .limit(_MOST)
    )
    return [Neighbour(*row) for row in rows]
