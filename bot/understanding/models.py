"""The rows of the city's own models."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, Key


class ModelVersion(Base):
    """A model of the city's own, as training wrote it. One understands, or none: the shipped one.

    `digest` tells its bytes from any others. `corrections` is from how many it has learned, None
    for one that was brought; `figures` what it and the shipped one `base` reach, and `refusals` why
    it must not be used. `user_id` let it understand last, at `used_at`: None is the command line.
    """

    __tablename__ = "model_version"
    __plain__ = (
        "id",
        "name",
        "digest",
        "meta",
        "arrays",
        "base",
        "corrections",
        "figures",
        "refusals",
        "active",
        "user_id",
        "used_at",
        "made_at",
    )
    __table_args__ = (
        Index(
            "ix_model_version_active",
            "active",
            unique=True,
            sqlite_where=text("active"),
            postgresql_where=text("active"),
        ),
    )

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(80))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    meta: Mapped[bytes] = mapped_column(LargeBinary)
    arrays: Mapped[bytes] = mapped_column(LargeBinary)
    base: Mapped[str | None] = mapped_column(String(80))
    corrections: Mapped[int | None]
    figures: Mapped[dict[str, object] | None]
    refusals: Mapped[list[object]]
    active: Mapped[bool]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    used_at: Mapped[datetime | None]
    made_at: Mapped[datetime]
