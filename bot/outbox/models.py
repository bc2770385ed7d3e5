"""The delivery: one outgoing part."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, Key, Retention, choice, partial_index
from bot.outbox.states import DeliveryState
from bot.work.states import Lane
from connectors.capabilities import Act, Visibility

# The conditions of two indexes: a query finds its index only by the very same words.
STUCK_SQL = "state IN ('unconfirmed', 'dead') AND coalesce(error_code, '') <> 'settled'"
KEPT_SQL = "state = 'sent' AND thread <> ''"


class Delivery(Base):
    """One part of a message on its way: a text, or one file. `key` is fixed when it is written.

    With an `act` other than posting, what is done to the message after it is out: to `target`, the
    platform's name of it.

    `first_tried_at` is since when the platform may know the key; `maybe_sent`: an attempt may have
    arrived, and only a proof or a person ends this doubt.
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
        "act",
        "attachment_id",
        "key",
        "state",
        "attempts",
        "maybe_sent",
        "first_tried_at",
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
        "target": Retention.DELIVERY,
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
        partial_index("ix_delivery_state", "state", where="sent_at IS NULL"),
        partial_index("ix_delivery_stuck", "channel_id", "state", where=STUCK_SQL),
        partial_index("ix_delivery_stuck_id", "id", where=STUCK_SQL),
        partial_index("ix_delivery_kept", "sent_at", where=KEPT_SQL),
        partial_index(  # for the deletion of attachments
            "ix_delivery_attachment_id", "attachment_id", where="attachment_id IS NOT NULL"
        ),
    )

    id: Mapped[Key]
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"))
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))
    lane: Mapped[Lane] = mapped_column(choice(Lane), default=Lane.OUTBOUND)
    visibility: Mapped[Visibility] = mapped_column(choice(Visibility))
    thread: Mapped[str] = mapped_column(String(400))
    part: Mapped[int]
    act: Mapped[Act] = mapped_column(choice(Act), default=Act.POST, server_default=Act.POST)
    attachment_id: Mapped[int | None] = mapped_column(ForeignKey("attachment.id"))
    key: Mapped[str] = mapped_column(String(64), unique=True)
    text: Mapped[str] = mapped_column(Text)
    buttons: Mapped[list[object]]
    in_reply_to: Mapped[str | None] = mapped_column(String(255))
    target: Mapped[str | None] = mapped_column(String(520))
    state: Mapped[DeliveryState] = mapped_column(
        choice(DeliveryState), default=DeliveryState.QUEUED
    )
    attempts: Mapped[int] = mapped_column(default=0)
    maybe_sent: Mapped[bool] = mapped_column(default=False, server_default=false())
    first_tried_at: Mapped[datetime | None]
    due_at: Mapped[datetime]
    seq: Mapped[int | None]
    native_id: Mapped[str | None] = mapped_column(String(255))
    error_code: Mapped[str | None] = mapped_column(String(60))
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
