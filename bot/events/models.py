"""The event row: ids and kinds only, never personal values."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, BigInt, Key


class Event(Base):
    """A change that live pages show; `id` is the only cursor."""

    __tablename__ = "event"
    __plain__ = ("id", "kind", "conversation_id", "ticket_id", "at")

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(60))
    conversation_id: Mapped[int | None] = mapped_column(BigInt)
    ticket_id: Mapped[int | None] = mapped_column(BigInt)
    at: Mapped[datetime]
