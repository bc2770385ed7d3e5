"""Contacts and their identities."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, Key, Retention


class Contact(Base):
    """A person who wrote; never a "user"."""

    __tablename__ = "contact"
    __plain__ = ("id", "language", "created_at")
    __personal__ = {"name": Retention.CONTACT}

    id: Mapped[Key]
    name: Mapped[str | None] = mapped_column(String(200))
    language: Mapped[str | None] = mapped_column(String(8))
    created_at: Mapped[datetime]


class Identity(Base):
    """A contact on a channel. `introduced_at`: when the assistant first said what it is."""

    __tablename__ = "identity"
    __plain__ = ("id", "contact_id", "channel_id", "introduced_at", "created_at")
    __personal__ = {"external_id": Retention.CONTACT, "name": Retention.CONTACT}
    __table_args__ = (UniqueConstraint("channel_id", "external_id"),)

    id: Mapped[Key]
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"))
    external_id: Mapped[str] = mapped_column(String(255))
    name: Mapped[str | None] = mapped_column(String(200))
    introduced_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
