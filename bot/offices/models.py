"""Offices, categories, routing rules."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, Key, choice
from bot.offices.states import OfficeKind, Publication
from bot.tickets.states import TicketKind


class Office(Base):
    """A department or a company that takes tickets."""

    __tablename__ = "office"
    __plain__ = ("id", "slug", "name", "kind", "created_at")

    id: Mapped[Key]
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[OfficeKind] = mapped_column(choice(OfficeKind), default=OfficeKind.CITY)
    created_at: Mapped[datetime]


class Category(Base):
    """What a ticket can be about; configuration of the city.

    The target is either `target_days` (working days; where `danger` is set, clock days of 24
    hours) or `target_months` (calendar months, Art. 12 (3) GDPR); neither means no deadline.
    `kind` is what its tickets are unless the skill knows better.
    """

    __tablename__ = "category"
    __plain__ = (
        "id",
        "group_id",
        "kind",
        "label_de",
        "label_en",
        "label_plain",
        "office_id",
        "target_days",
        "target_months",
        "danger",
        "publication",
        "position",
    )
    __table_args__ = (
        CheckConstraint("target_days IS NULL OR target_months IS NULL", name="one_target"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    group_id: Mapped[str] = mapped_column(String(40), index=True)
    kind: Mapped[TicketKind] = mapped_column(choice(TicketKind), default=TicketKind.REPORT)
    label_de: Mapped[str] = mapped_column(String(120))
    label_en: Mapped[str] = mapped_column(String(120))
    label_plain: Mapped[str] = mapped_column(String(200))
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    target_days: Mapped[int | None]
    target_months: Mapped[int | None]
    danger: Mapped[bool] = mapped_column(default=False)
    publication: Mapped[Publication] = mapped_column(
        choice(Publication), default=Publication.AFTER_RELEASE
    )
    position: Mapped[int] = mapped_column(default=0)


class RoutingRule(Base):
    """Another office for a category, in one district or (`district` null) everywhere."""

    __tablename__ = "routing_rule"
    __plain__ = ("id", "category_id", "district", "office_id")
    __table_args__ = (
        UniqueConstraint("category_id", "district"),
        # A unique key does not bind nulls: this one does.
        Index(
            "uq_routing_rule_category_id_everywhere",
            "category_id",
            unique=True,
            sqlite_where=text("district IS NULL"),
            postgresql_where=text("district IS NULL"),
        ),
    )

    id: Mapped[Key]
    category_id: Mapped[str] = mapped_column(ForeignKey("category.id"))
    district: Mapped[str | None] = mapped_column(String(60))
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
