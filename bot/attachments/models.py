"""Stored content and its use in messages."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.attachments.states import AttachmentState
from bot.db.base import Base, Key, Retention, choice


class Blob(Base):
    """Content, addressed by its SHA-256 (hex); it never changes."""

    __tablename__ = "blob"
    __plain__ = ("id", "sha256", "size", "created_at")

    id: Mapped[Key]
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    size: Mapped[int]
    created_at: Mapped[datetime]


class BlobChunk(Base):
    """A stretch of a blob's content."""

    __tablename__ = "blob_chunk"
    __plain__ = ("blob_id", "position")
    __personal__ = {"content": Retention.CONVERSATION}

    blob_id: Mapped[int] = mapped_column(
        ForeignKey("blob.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Attachment(Base):
    """A file of a message. `blob_id` is the examined copy; a rejected file has none."""

    __tablename__ = "attachment"
    __plain__ = (
        "id",
        "message_id",
        "position",
        "blob_id",
        "media_type",
        "state",
        "reason",
        "width",
        "height",
    )
    __personal__ = {"name": Retention.CONVERSATION}
    __table_args__ = (UniqueConstraint("message_id", "position"),)

    id: Mapped[Key]
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(255))
    blob_id: Mapped[int | None] = mapped_column(ForeignKey("blob.id"), index=True)
    media_type: Mapped[str] = mapped_column(String(120))
    state: Mapped[AttachmentState] = mapped_column(choice(AttachmentState))
    reason: Mapped[str | None] = mapped_column(Text)
    width: Mapped[int | None]
    height: Mapped[int | None]
