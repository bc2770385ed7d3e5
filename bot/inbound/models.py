"""Raw items as the platforms gave them, their files, and the files that are still to come."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, Key, Retention, choice, partial_index
from bot.inbound.states import RawState


class RawItem(Base):
    """One item of a platform; the unique key makes at-least-once effectively once.

    `about` is the platform's name of the message that it brings or changes.
    """

    __tablename__ = "raw_item"
    __plain__ = ("id", "channel_id", "state", "error", "attempts", "received_at", "done_at")
    __personal__ = {
        "event_id": Retention.RAW,
        "order_key": Retention.RAW,
        "payload": Retention.RAW,
        "about": Retention.RAW,
    }
    __table_args__ = (
        UniqueConstraint("channel_id", "event_id"),
        partial_index(*("ix_raw_item_waiting", "channel_id", "order_key"), where="done_at IS NULL"),
        Index("ix_raw_item_state_id", "state", "id"),
        partial_index("ix_raw_item_about", "channel_id", "about", where="about IS NOT NULL"),
    )

    id: Mapped[Key]
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"))
    event_id: Mapped[str] = mapped_column(String(400))
    order_key: Mapped[str] = mapped_column(String(400))
    payload: Mapped[str] = mapped_column(Text)
    state: Mapped[RawState] = mapped_column(choice(RawState), default=RawState.NEW)
    error: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(default=0)
    received_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    about: Mapped[str | None] = mapped_column(String(520))


class RawItemFile(Base):
    """A file that came with a raw item, still as it came."""

    __tablename__ = "raw_item_file"
    __plain__ = ("id", "raw_item_id", "position", "declared_type", "blob_id")
    __personal__ = {"name": Retention.RAW}
    __table_args__ = (UniqueConstraint("raw_item_id", "position"),)

    id: Mapped[Key]
    raw_item_id: Mapped[int] = mapped_column(ForeignKey("raw_item.id", ondelete="CASCADE"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(255))
    declared_type: Mapped[str] = mapped_column(String(120))
    blob_id: Mapped[int] = mapped_column(ForeignKey("blob.id"), index=True)


class AwaitedFile(Base):
    """The file of a raw item that its platform has not handed out yet.

    It is asked for again at `due_at`, after `tries` that failed; None: nobody asks any more, until
    a person wants it.
    """

    __tablename__ = "awaited_file"
    __plain__ = ("raw_item_id", "channel_id", "tries", "due_at")
    __table_args__ = (
        partial_index("ix_awaited_file_due", "channel_id", "due_at", where="due_at IS NOT NULL"),
    )

    raw_item_id: Mapped[int] = mapped_column(
        ForeignKey("raw_item.id", ondelete="CASCADE"), primary_key=True
    )
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"))
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
