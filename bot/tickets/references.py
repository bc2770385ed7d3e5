"""What an answer brings back to name its ticket, where the platform has a way.

Whoever knows a reference may write into the matter, and no more: it opens nothing. It is made from
the ticket's secret by a one-way function, so that it does not tell it, and ends with it.
"""

import base64
import hmac
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.inbox.models import Conversation
from bot.tickets.models import Ticket
from connectors.capabilities import Visibility

_PURPOSE = b"stadtdraht answer to a ticket"
_BYTES = 10  # 80 bits: guessing means sending mails


@dataclass(frozen=True, slots=True)
class Matter:
    """A ticket and the private conversation to which it belongs."""

    ticket_id: int
    office_id: int
    channel_id: int
    contact_id: int
    thread: str


def reference(number: str, token: str) -> str:
    """Return the reference of a ticket, such as `lev-2026-004711.k3jq5zdm2nbvx7ua`."""
    digest = hmac.digest(token.encode(), _PURPOSE, "sha256")[:_BYTES]
    return f"{number}.{base64.b32encode(digest).decode()}".lower()


def matters(session: Session, references: Collection[str]) -> dict[str, Matter]:
    """Return what these references name, without the wrong ones and those that are over."""
    numbers = {one: _number(one) for one in references if one.isprintable()}
    rows = session.execute(
        select(
            Ticket.number,
            Ticket.token,
            Ticket.id,
            Ticket.office_id,
            Conversation.channel_id,
            Conversation.contact_id,
            Conversation.thread,
        )
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .where(
            Ticket.number.in_(set(numbers.values())),
            Conversation.visibility == Visibility.PRIVATE,
        )
    )
    found = {
        number: (reference(number, token), Matter(ticket, office, channel, contact, thread))
        for number, token, ticket, office, channel, contact, thread in rows
    }
    return {
        one: found[number][1]
        for one, number in numbers.items()
        if number in found and hmac.compare_digest(found[number][0].encode(), one.encode())
    }


def _number(reference: str) -> str:
    return reference.rpartition(".")[0].upper()
