"""The alarm, the routes that say who is told, and the notices on their way to them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.alarms.states import AlarmKind, AlarmState, Level, NoticeState, SubjectKind, Way
from bot.db.base import Base, BigInt, Key, choice
from bot.staff.states import Role

NOT_OVER = text("state <> 'resolved'")


class Alarm(Base):
    """Something that a person must know now: one per kind and subject until it is over.

    Its text is made from kind and subject when it is shown: it never holds personal data, and
    `detail` is a code or a figure. `count` says how often it was raised, or of how many things it
    tells.
    """

    __tablename__ = "alarm"
    __plain__ = (
        "id",
        "kind",
        "subject_kind",
        "subject_id",
        "state",
        "count",
        "detail",
        "raised_at",
        "last_at",
        "acknowledged_by_id",
        "acknowledged_at",
        "escalated_at",
        "resolved_at",
    )
    __table_args__ = (
        Index(
            "uq_alarm_kind_subject",
            "kind",
            "subject_kind",
            "subject_id",
            unique=True,
            sqlite_where=NOT_OVER,
            postgresql_where=NOT_OVER,
        ),
        Index("ix_alarm_state_id", "state", "id"),
    )

    id: Mapped[Key]
    kind: Mapped[AlarmKind] = mapped_column(choice(AlarmKind))
    subject_kind: Mapped[SubjectKind] = mapped_column(choice(SubjectKind))
    subject_id: Mapped[int] = mapped_column(BigInt)
    state: Mapped[AlarmState] = mapped_column(choice(AlarmState), default=AlarmState.OPEN)
    count: Mapped[int] = mapped_column(default=1)
    detail: Mapped[str] = mapped_column(String(60), default="")
    raised_at: Mapped[datetime]
    last_at: Mapped[datetime]
    acknowledged_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    acknowledged_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]


class AlarmRoute(Base):
    """Who is told of what over which way; no kind means every kind.

    A role is told over desk and e-mail, an address (`url`) by webhook. While a way has no route at
    all, the defaults of `bot.alarms.rules` hold for it.
    """

    __tablename__ = "alarm_route"
    __plain__ = ("id", "kind", "role", "way", "level", "url", "created_at")

    id: Mapped[Key]
    kind: Mapped[AlarmKind | None] = mapped_column(choice(AlarmKind))
    role: Mapped[Role | None] = mapped_column(choice(Role))
    way: Mapped[Way] = mapped_column(choice(Way))
    level: Mapped[Level] = mapped_column(choice(Level))
    url: Mapped[str | None] = mapped_column(String(2000))
    created_at: Mapped[datetime]


class AlarmNotice(Base):
    """An e-mail or a post that tells of an alarm: `key` is fixed when the row is written.

    `due_at` of one that is being sent is when another may take it over. `error` is a code.
    """

    __tablename__ = "alarm_notice"
    __plain__ = (
        "id",
        "alarm_id",
        "level",
        "way",
        "user_id",
        "url",
        "key",
        "state",
        "attempts",
        "due_at",
        "error",
        "created_at",
        "sent_at",
    )
    __table_args__ = (Index("ix_alarm_notice_state_due_at", "state", "due_at"),)

    id: Mapped[Key]
    alarm_id: Mapped[int] = mapped_column(ForeignKey("alarm.id", ondelete="CASCADE"), index=True)
    level: Mapped[Level] = mapped_column(choice(Level))
    way: Mapped[Way] = mapped_column(choice(Way))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    url: Mapped[str | None] = mapped_column(String(2000))
    key: Mapped[str] = mapped_column(String(32), unique=True)
    state: Mapped[NoticeState] = mapped_column(choice(NoticeState), default=NoticeState.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    error: Mapped[str | None] = mapped_column(String(60))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
