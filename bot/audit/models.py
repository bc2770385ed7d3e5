"""The audit row, and the seals that chain the rows."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String
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


class AuditSeal(Base):
    """One link of the chain: the rows from `first_id` to `last_id`, and the link before.

    `digests` holds 24 bytes a row, its id and its own digest, so that an altered row is named.
    The key is `number`: whoever seals writes the next one, and nobody can write it twice.
    """

    __tablename__ = "audit_seal"
    __plain__ = ("number", "first_id", "last_id", "digests", "previous", "digest", "sealed_at")

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first_id: Mapped[int]
    last_id: Mapped[int]
    digests: Mapped[bytes] = mapped_column(LargeBinary)
    previous: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_at: Mapped[datetime]
