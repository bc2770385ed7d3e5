"""Reading events in the order in which they became visible."""

import re
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import Session

from bot.events.models import Event

_NUMBER = re.compile(r"[0-9]{1,18}")  # fits a key


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """A place in the stream of events; its text form is the `Last-Event-ID`."""

    xid: int = 0
    id: int = 0

    def __str__(self) -> str:
        return f"{self.xid}.{self.id}"

    @classmethod
    def read(cls, text: str | None) -> "Cursor | None":
        """Return the cursor that `text` names, None where it names none."""
        xid, _, event_id = (text or "").partition(".")
        if _NUMBER.fullmatch(xid) and _NUMBER.fullmatch(event_id):
            return cls(int(xid), int(event_id))
        return None


@dataclass(frozen=True, slots=True)
class Happening:
    """One event, with the cursor that stands behind it."""

    cursor: Cursor
    kind: str
    conversation_id: int | None
    ticket_id: int | None


def newest(session: Session) -> Cursor:
    """Return the cursor behind everything that is visible for good."""
    row = session.execute(
        select(Event.xid, Event.id)
        .where(_settled(session))
        .order_by(Event.xid.desc(), Event.id.desc())
        .limit(1)
    ).one_or_none()
    return Cursor(*row) if row else Cursor()


def after(session: Session, cursor: Cursor, *, limit: int = 500) -> list[Happening]:
    """Return the events behind `cursor`, oldest first.

    On PostgreSQL reading stops at the oldest running transaction: an event of a transaction that
    is still running must not be overtaken, or a client that trusts its cursor would miss it.
    """
    rows = session.execute(
        select(Event.xid, Event.id, Event.kind, Event.conversation_id, Event.ticket_id)
        .where(tuple_(Event.xid, Event.id) > tuple_(cursor.xid, cursor.id), _settled(session))
        .order_by(Event.xid, Event.id)
        .limit(limit)
    )
    return [
        Happening(Cursor(xid, event_id), kind, conversation_id, ticket_id)
        for xid, event_id, kind, conversation_id, ticket_id in rows
    ]


def is_too_old(session: Session, cursor: Cursor) -> bool:
    """Tell whether events behind `cursor` have been forgotten, or it is of another database.

    A restored city counts anew: a page of before would wait for its place for ever.
    """
    if cursor > newest(session):
        return True
    oldest = session.scalar(select(func.min(Event.id)))
    return oldest is not None and cursor.id + 1 < oldest


def _settled(session: Session) -> ColumnElement[bool]:
    if session.get_bind().dialect.name == "sqlite":
        return Event.xid >= 0
    return Event.xid < func.txid_snapshot_xmin(func.txid_current_snapshot())
