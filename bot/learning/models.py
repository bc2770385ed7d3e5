"""The rows of what people said a message meant."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, Key, Retention


class Correction(Base):
    """What a turn really meant, as a person judged it; nothing here leads to who wrote it.

    The turn points here, and that goes with the turn. `said_intents` and `said_category` are what
    the model `model` had said, with its `confidence` (0 to 1) in the first of them.
    """

    __tablename__ = "correction"
    __plain__ = (
        "id",
        "language",
        "intents",
        "category",
        "said_intents",
        "said_category",
        "confidence",
        "model",
        "user_id",
        "judged_at",
    )
    __personal__ = {"text": Retention.CORRECTION}

    id: Mapped[Key]
    text: Mapped[str] = mapped_column(Text)  # masked, see `bot.learning.masking`
    language: Mapped[str] = mapped_column(String(8))
    intents: Mapped[list[object]]
    category: Mapped[str | None] = mapped_column(String(60))
    said_intents: Mapped[list[object]]
    said_category: Mapped[str | None] = mapped_column(String(60))
    confidence: Mapped[float]
    model: Mapped[str] = mapped_column(String(80))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    judged_at: Mapped[datetime] = mapped_column(index=True)
