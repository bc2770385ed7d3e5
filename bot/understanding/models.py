"""The row of the city's own model."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, Key


class OwnModel(Base):
    """The one model that understands here instead of the shipped one, as training wrote it."""

    __tablename__ = "own_model"
    __plain__ = ("id", "meta", "arrays", "stored_at")

    id: Mapped[Key]
    meta: Mapped[bytes] = mapped_column(LargeBinary)
    arrays: Mapped[bytes] = mapped_column(LargeBinary)
    stored_at: Mapped[datetime]
