"""The market, its weekly rules and its dated exceptions."""

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, Key, choice
from bot.markets.states import ExceptionKind, HolidayPolicy


class Market(Base):
    """A weekly market. `district` is a slug of the gazetteer, `as_of` the age of the data.

    `verified` covers place and hours, `policy_verified` the holiday policy; until a person has
    confirmed them, every page and answer says that they are not.
    """

    __tablename__ = "market"
    __plain__ = (
        "id",
        "slug",
        "name",
        "district",
        "place",
        "operator",
        "policy",
        "source",
        "source_url",
        "as_of",
        "verified",
        "policy_verified",
        "position",
        "version",
        "created_at",
    )

    id: Mapped[Key]
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    district: Mapped[str] = mapped_column(String(80))
    place: Mapped[str] = mapped_column(String(200))
    operator: Mapped[str | None] = mapped_column(String(200))
    policy: Mapped[HolidayPolicy] = mapped_column(choice(HolidayPolicy))
    source: Mapped[str | None] = mapped_column(String(200))
    source_url: Mapped[str | None] = mapped_column(String(500))
    as_of: Mapped[str] = mapped_column(String(20))
    verified: Mapped[bool] = mapped_column(default=False)
    policy_verified: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(Integer, default=0)
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[dt.datetime]


class MarketRule(Base):
    """A weekday (0 is Monday) with hours as "HH:MM"; unknown hours are null.

    `season_from` and `season_to` are "MM-DD", both or neither, and may run over the new year;
    `nth` makes it a monthly market: 1 to 4, or -1 for the last such weekday of the month.
    """

    __tablename__ = "market_rule"
    __plain__ = (
        "id",
        "market_id",
        "weekday",
        "from_time",
        "until_time",
        "season_from",
        "season_to",
        "nth",
    )
    __table_args__ = (CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),)

    id: Mapped[Key]
    market_id: Mapped[int] = mapped_column(ForeignKey("market.id", ondelete="CASCADE"), index=True)
    weekday: Mapped[int] = mapped_column(Integer)
    from_time: Mapped[str | None] = mapped_column(String(5))
    until_time: Mapped[str | None] = mapped_column(String(5))
    season_from: Mapped[str | None] = mapped_column(String(5))
    season_to: Mapped[str | None] = mapped_column(String(5))
    nth: Mapped[int | None] = mapped_column(Integer)


class MarketException(Base):
    """What differs on one date; null place or hours mean: as usual. `note` is public."""

    __tablename__ = "market_exception"
    __plain__ = (
        "id",
        "market_id",
        "date",
        "kind",
        "new_date",
        "place",
        "from_time",
        "until_time",
        "note",
        "created_at",
    )
    __table_args__ = (
        UniqueConstraint("market_id", "date"),
        CheckConstraint("(kind = 'moved') = (new_date IS NOT NULL)", name="moved_has_new_date"),
    )

    id: Mapped[Key]
    market_id: Mapped[int] = mapped_column(ForeignKey("market.id", ondelete="CASCADE"))
    date: Mapped[dt.date]
    kind: Mapped[ExceptionKind] = mapped_column(choice(ExceptionKind))
    new_date: Mapped[dt.date | None]
    place: Mapped[str | None] = mapped_column(String(200))
    from_time: Mapped[str | None] = mapped_column(String(5))
    until_time: Mapped[str | None] = mapped_column(String(5))
    note: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[dt.datetime]
