"""Writing events, in the transaction of the change itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.db.bulk import insert
from bot.events.models import Event


@dataclass(frozen=True, slots=True)
class Change:
    """What changed: `kind` is a stable name such as `message.received`."""

    kind: str
    conversation_id: int | None = None
    ticket_id: int | None = None


def publish(session: Session, changes: Sequence[Change], *, now: datetime) -> None:
    """Append `changes`; live pages see them after the commit."""
    if not changes:
        return
    xid = 0
    if session.get_bind().dialect.name == "postgresql":
        xid = session.scalar(select(func.txid_current())) or 0
    session.execute(
        insert(session, Event),
        [
            {
                "xid": xid,
                "kind": change.kind,
                "conversation_id": change.conversation_id,
                "ticket_id": change.ticket_id,
                "at": now,
            }
            for change in changes
        ],
    )
