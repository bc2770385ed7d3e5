"""The event row: ids and kinds only, never personal values."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, BigInt, Key


class Event(Base):
    """A change that live pages show.

    `xid` is PostgreSQL's transaction number (0 on SQLite, which has one writer): transactions
    commit in another order than they draw ids, so the reading cursor is the pair (`xid`, `id`).
    """

    __tablename__ = "event"
    __plain__ = ("id", "xid", "kind", "conversation_id", "ticket_id", "at")
    __table_args__ = (Index("ix_event_xid_id", "xid", "id"),)

    id: Mapped[Key]
    xid: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str] = mapped_column(String(60))
    conversation_id: Mapped[int | None] = mapped_column(BigInt)
    ticket_id: Mapped[int | None] = mapped_column(BigInt)
    at: Mapped[datetime]
