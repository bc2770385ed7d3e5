"""Items that could not be read: seen, explained, and put back in line by a person."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.audit import service as audit
from bot.audit.service import Actor
from bot.channels.models import Channel
from bot.errors import NotFoundError
from bot.inbound.models import RawItem
from bot.inbound.states import RawState
from bot.work import service as work
from bot.work.states import Lane
from connectors.base import LostError, ParseError

_LOST = "lost:"


class ItemNotFoundError(NotFoundError):
    """No such item is in quarantine."""

    code = "item_not_found"


@dataclass(frozen=True, slots=True)
class QuarantinedItem:
    """An item that nobody could read, as the desk shows it."""

    id: int
    channel_name: str
    received_at: datetime
    error: str | None
    attempts: int
    payload: str
    order_key: str

    @property
    def lost(self) -> str | None:
        """Why something could not be taken in, where this is only the note about it."""
        is_note = self.error is not None and self.error.startswith(_LOST)
        return self.error.removeprefix(_LOST) if self.error and is_note else None


def reason(error: ParseError) -> str:
    """Return what is kept of an error."""
    return f"{_LOST}{error.code}" if isinstance(error, LostError) else str(error)


def items(session: Session, *, limit: int = 100) -> tuple[QuarantinedItem, ...]:
    """Return the newest items in quarantine."""
    rows = session.execute(
        select(
            RawItem.id,
            Channel.name,
            RawItem.received_at,
            RawItem.error,
            RawItem.attempts,
            RawItem.payload,
            RawItem.order_key,
        )
        .join(Channel, Channel.id == RawItem.channel_id)
        .where(RawItem.state == RawState.QUARANTINED)
        .order_by(RawItem.id.desc())
        .limit(limit)
    )
    return tuple(QuarantinedItem(*row) for row in rows)


def retry(session: Session, item_id: int, *, actor: Actor, now: datetime) -> None:
    """Put an item back in line; raises `ItemNotFoundError`."""
    thread = session.execute(
        update(RawItem)
        .where(RawItem.id == item_id, RawItem.state == RawState.QUARANTINED)
        .values(state=RawState.NEW, attempts=0)
        .returning(RawItem.channel_id, RawItem.order_key)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if thread is None:
        raise ItemNotFoundError("No such item is in quarantine.")
    work.announce(session, Lane.INBOUND, [work.Task(*thread, due_at=now)], now=now)
    audit.note(session, actor, "item.retried", "raw_item", item_id, "state", now=now)


def settle(session: Session, item_id: int, *, actor: Actor, now: datetime) -> None:
    """Put a note aside in which there is nothing to read; raises `ItemNotFoundError`."""
    found = session.scalar(
        update(RawItem)
        .where(
            RawItem.id == item_id,
            RawItem.state == RawState.QUARANTINED,
            RawItem.error.startswith(_LOST),
        )
        .values(state=RawState.DONE, done_at=now)
        .returning(RawItem.id)
        .execution_options(synchronize_session=False)
    )
    if found is None:
        raise ItemNotFoundError("No such note is in quarantine.")
    audit.note(session, actor, "item.settled", "raw_item", item_id, "state", now=now)
