"""Pages and knowledge articles."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
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


class Article(Base):
    """A knowledge article: what the city knows about a subject, from where, and since when.

    `checked_on` is when somebody of the city confirmed it; it is valid from `valid_from` to
    `valid_until`, both included, in Europe/Berlin. An `internal` one is for staff alone. `version`
    rises with every change.
    """

    __tablename__ = "article"
    __plain__ = (
        "id",
        "slug",
        "source",
        "source_url",
        "checked_on",
        "valid_from",
        "valid_until",
        "internal",
        "version",
        "created_at",
        "updated_at",
        "updated_by",
    )
    __table_args__ = (CheckConstraint("valid_from <= valid_until", name="valid_in_order"),)

    id: Mapped[Key]
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    source: Mapped[str] = mapped_column(String(200))
    source_url: Mapped[str | None] = mapped_column(String(500))
    checked_on: Mapped[date | None]
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    internal: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    updated_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class ArticleWording(Base):
    """An article in one language; `body` is Markdown, `questions` are examples, a line each."""

    __tablename__ = "article_wording"
    __plain__ = ("article_id", "language", "title", "body", "questions")

    article_id: Mapped[int] = mapped_column(
        ForeignKey("article.id", ondelete="CASCADE"), primary_key=True
    )
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    questions: Mapped[str] = mapped_column(Text)
