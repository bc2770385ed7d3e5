"""The channel: a configured account on a platform; and what kinds of channels the city allows."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.channels.states import ChannelState
from bot.db.base import Base, BigInt, Key, choice
from connectors.base import Trouble


class Channel(Base):
    """An account on a platform.

    `settings` are open, `credentials` encrypted with the installation's key; `version` rises with
    every change of either, so that every process follows. `cursor` is where the platform's
    news were last read; `feed_seq` counts what was sent, `acked_seq` what a fetching client has
    acknowledged. `folder_id` is the data folder in which the account keeps what is not in the
    database, `folder_host` the machine on which it lay.
    """

    __tablename__ = "channel"
    __plain__ = (
        "id",
        "kind",
        "slug",
        "name",
        "state",
        "settings",
        "credentials",
        "version",
        "token_hash",
        "cursor",
        "feed_seq",
        "acked_seq",
        "last_in_at",
        "last_out_at",
        "last_error",
        "created_at",
        "folder_id",
        "folder_host",
    )

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(40))
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    state: Mapped[ChannelState] = mapped_column(choice(ChannelState), default=ChannelState.ACTIVE)
    settings: Mapped[dict[str, object]] = mapped_column(default=dict)
    credentials: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    cursor: Mapped[str | None] = mapped_column(Text)
    feed_seq: Mapped[int] = mapped_column(default=0)
    acked_seq: Mapped[int] = mapped_column(default=0)
    last_in_at: Mapped[datetime | None]
    last_out_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    folder_id: Mapped[str | None] = mapped_column(String(32))
    folder_host: Mapped[str | None] = mapped_column(String(255))


class ChannelHealth(Base):
    """How an account does, kept by the process that holds its lease.

    `checked_at` is when the platform last answered our question for news, `failing_since` the
    first failure after that, `trouble` its kind. Until `blocked_until` the platform wants nothing
    from us.
    """

    __tablename__ = "channel_health"
    __plain__ = (
        "channel_id",
        "account_name",
        "checked_at",
        "failing_since",
        "trouble",
        "detail",
        "lag_seconds",
        "login_expires_at",
        "rate_left",
        "rate_resets_at",
        "blocked_until",
    )

    channel_id: Mapped[int] = mapped_column(
        ForeignKey("channel.id", ondelete="CASCADE"), primary_key=True
    )
    account_name: Mapped[str | None] = mapped_column(String(255))
    checked_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    trouble: Mapped[Trouble | None] = mapped_column(choice(Trouble))
    detail: Mapped[str | None] = mapped_column(String(255))
    lag_seconds: Mapped[float | None]
    login_expires_at: Mapped[datetime | None]
    rate_left: Mapped[int | None]
    rate_resets_at: Mapped[datetime | None]
    blocked_until: Mapped[datetime | None]


class KindDecision(Base):
    """That the city allows a kind of channel, or not: the last decision about a kind holds.

    `reason` is a reference or a sentence about the kind, never about a person; `actor_kind` and
    `actor_id` say who decided, as in the audit trail.
    """

    __tablename__ = "kind_decision"
    __plain__ = (
        "id",
        "kind",
        "is_allowed",
        "reason",
        "actor_kind",
        "actor_id",
        "decided_at",
    )
    __table_args__ = (Index("ix_kind_decision_kind_id", "kind", "id"),)

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(40))
    is_allowed: Mapped[bool]
    reason: Mapped[str | None] = mapped_column(String(300))
    actor_kind: Mapped[str] = mapped_column(String(20))
    actor_id: Mapped[int | None] = mapped_column(BigInt)
    decided_at: Mapped[datetime]
