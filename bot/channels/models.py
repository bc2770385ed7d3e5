"""The channel: a configured account on a platform."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.channels.states import ChannelState
from bot.db.base import Base, Key, choice


class Channel(Base):
    """An account on a platform.

    `cursor` is where the platform's news were last read; `feed_seq` counts what was sent,
    `acked_seq` what a fetching client has acknowledged.
    """

    __tablename__ = "channel"
    __plain__ = (
        "id",
        "kind",
        "slug",
        "name",
        "state",
        "settings",
        "token_hash",
        "cursor",
        "feed_seq",
        "acked_seq",
        "last_in_at",
        "last_out_at",
        "last_error",
        "created_at",
    )

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(40))
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    state: Mapped[ChannelState] = mapped_column(choice(ChannelState), default=ChannelState.ACTIVE)
    settings: Mapped[dict[str, object]] = mapped_column(default=dict)
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    cursor: Mapped[str | None] = mapped_column(Text)
    feed_seq: Mapped[int] = mapped_column(default=0)
    acked_seq: Mapped[int] = mapped_column(default=0)
    last_in_at: Mapped[datetime | None]
    last_out_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
