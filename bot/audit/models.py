"""The audit row."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, BigInt, Key


class AuditEntry(Base):
    """One write: actor, action, subject, and the names of the fields that changed."""

    __tablename__ = "audit_entry"
    __plain__ = (
        "id",
        "at",
        "actor_kind",
        "actor_id",
        "action",
        "subject_kind",
        "subject_id",
        "fields",
    )
    __table_args__ = (
        Index("ix_audit_entry_subject_kind_subject_id", "subject_kind", "subject_id"),
    )

    id: Mapped[Key]
    at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(String(20))
    actor_id: Mapped[int | None] = mapped_column(BigInt)
    action: Mapped[str] = mapped_column(String(60))
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int | None] = mapped_column(BigInt)
    fields: Mapped[list[object]]
