"""The work row."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, Key, Retention, choice
from bot.work.states import Lane


class Work(Base):
    """A thread of a channel that has something to do in a lane.

    Claiming raises `fence`; a write that carries an older fence changes nothing.
    `patience_until` is set by the first item since the last claim: a burst is waited for until
    then at most, and a claim that finds it set again knows that something came meanwhile.
    """

    __tablename__ = "work"
    __plain__ = (
        "id",
        "channel_id",
        "lane",
        "due_at",
        "patience_until",
        "lease_owner",
        "lease_until",
        "fence",
    )
    __personal__ = {"order_key": Retention.SHORT}
    __table_args__ = (
        UniqueConstraint("channel_id", "order_key", "lane"),
        Index("ix_work_lane_due_at", "lane", "due_at"),
        Index("ix_work_channel_id_lane_due_at", "channel_id", "lane", "due_at"),
    )

    id: Mapped[Key]
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"))
    order_key: Mapped[str] = mapped_column(String(400))
    lane: Mapped[Lane] = mapped_column(choice(Lane))
    due_at: Mapped[datetime]
    patience_until: Mapped[datetime | None]
    lease_owner: Mapped[str | None] = mapped_column(String(80))
    lease_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)
