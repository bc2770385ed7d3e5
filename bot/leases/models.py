"""The lease row."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base


class Lease(Base):
    """Something that one process does for all. Every new holder raises the fence."""

    __tablename__ = "lease"
    __plain__ = ("name", "owner", "until", "fence")

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    owner: Mapped[str | None] = mapped_column(String(120))
    until: Mapped[datetime]
    fence: Mapped[int]
