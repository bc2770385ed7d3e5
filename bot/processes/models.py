"""The row of a process."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, choice
from bot.processes.states import Role


class Process(Base):
    """A process that runs, or has ended without saying so: then `seen_at` stays as it is."""

    __tablename__ = "process"
    __plain__ = ("owner", "role", "seen_at")

    owner: Mapped[str] = mapped_column(String(120), primary_key=True)
    role: Mapped[Role] = mapped_column(choice(Role))
    seen_at: Mapped[datetime]
