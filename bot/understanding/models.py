"""The row of the city's own model."""

from datetime import datetime

from sqlalchemy import CheckConstraint, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base


class OwnModel(Base):
    """The model that understands here instead of the shipped one, as training wrote it.

    There is one at most: its key is always 1.
    """

    __tablename__ = "own_model"
    __plain__ = ("id", "meta", "arrays", "stored_at")
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    meta: Mapped[bytes] = mapped_column(LargeBinary)
    arrays: Mapped[bytes] = mapped_column(LargeBinary)
    stored_at: Mapped[datetime]
