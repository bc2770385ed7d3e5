"""The delivery: one outgoing part."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, Key, Retention, choice, partial_index
from bot.outbox.states import DeliveryState
from bot.work.states import Lane
from connectors.base import Visibility


class Delivery(Base):
    """One part of a message on its way. `key` is fixed when the row is written.

    `seq` numbers the sent parts of a channel without gaps in commit order: the reading cursor of
    channels whose clients fetch their replies.
    """

    __tablename__ = "delivery"
    __plain__ = (
        "id",
        "channel_id",
        "message_id",
        "lane",
        "visibility",
        "part",
        "key",
        "state",
        "attempts",
        "due_at",
        "seq",
        "error_code",
        "created_at",
        "sent_at",
    )
    __personal__ = {
        "thread": Retention.DELIVERY,
        "text": Retention.DELIVERY,
        "buttons": Retention.DELIVERY,
        "in_reply_to": Retention.DELIVERY,
        "native_id": Retention.DELIVERY,
        "error": Retention.DELIVERY,
    }
    __table_args__ = (
        UniqueConstraint("message_id", "part"),
        UniqueConstraint("channel_id", "seq"),
        partial_index("ix_delivery_unsent", "channel_id", "thread", where="sent_at IS NULL"),
        partial_index(
            *("ix_delivery_channel_id_native_id", "channel_id", "native_id"),
            where="native_id IS NOT NULL",
        ),
        Index("ix_delivery_state_id", "state", "id"),
    )

    id: Mapped[Key]
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"))
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))
    lane: Mapped[Lane] = mapped_column(choice(Lane), default=Lane.OUTBOUND)
    visibility: Mapped[Visibility] = mapped_column(choice(Visibility))
    thread: Mapped[str] = mapped_column(String(400))
    part: Mapped[int]
    key: Mapped[str] = mapped_column(String(64), unique=True)
    text: Mapped[str] = mapped_column(Text)
    buttons: Mapped[list[object]]
    in_reply_to: Mapped[str | None] = mapped_column(String(255))
    state: Mapped[DeliveryState] = mapped_column(
        choice(DeliveryState), default=DeliveryState.QUEUED
    )
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    seq: Mapped[int | None]
    native_id: Mapped[str | None] = mapped_column(String(255))
    error_code: Mapped[str | None] = mapped_column(String(60))
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
