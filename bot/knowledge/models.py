"""The page: a text of the city in one language."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, Key


class Page(Base):
    """A page by slug and language; `body` is Markdown, `updated_by` the user who saved it."""

    __tablename__ = "page"
    __plain__ = ("id", "slug", "language", "title", "body", "updated_at", "updated_by")
    __table_args__ = (UniqueConstraint("slug", "language"),)

    id: Mapped[Key]
    slug: Mapped[str] = mapped_column(String(80))
    language: Mapped[str] = mapped_column(String(8))
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    updated_at: Mapped[datetime]
    updated_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
