"""Settings of the city as rows, and its districts and streets."""

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, Key


class CitySetting(Base):
    """A named setting. The row `data_version` counts changes of cached city data."""

    __tablename__ = "city_setting"
    __plain__ = ("name", "value")

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[dict[str, object]]


class District(Base):
    """A part of the city. `aliases` are other names of it.

    `outline` is a GeoJSON MultiPolygon's coordinates (WGS 84, longitude first), null where it is
    not known. `is_example` marks what came with the demo city and nobody has checked.
    """

    __tablename__ = "district"
    __plain__ = ("slug", "name", "aliases", "outline", "is_example")

    slug: Mapped[str] = mapped_column(String(60), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    aliases: Mapped[list[object]]
    outline: Mapped[list[object] | None] = mapped_column(JSON(none_as_null=True))
    is_example: Mapped[bool] = mapped_column(default=False)


class Street(Base):
    """A street, once in each district it lies in; `key` is its name however it is spelt.

    `district` is null where the list does not tell it.
    """

    __tablename__ = "street"
    __plain__ = ("id", "key", "name", "district", "aliases", "is_example")
    __table_args__ = (UniqueConstraint("key", "district"),)

    id: Mapped[Key]
    key: Mapped[str] = mapped_column(String(240))
    name: Mapped[str] = mapped_column(String(120))
    district: Mapped[str | None] = mapped_column(
        String(60), ForeignKey("district.slug"), index=True
    )
    aliases: Mapped[list[object]]
    is_example: Mapped[bool] = mapped_column(default=False)
