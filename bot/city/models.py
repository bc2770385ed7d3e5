"""Settings of the city as rows."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base


class CitySetting(Base):
    """A named setting. The row `data_version` counts changes of cached city data."""

    __tablename__ = "city_setting"
    __plain__ = ("name", "value")

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[dict[str, object]]
