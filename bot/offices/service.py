"""Changing offices, categories and routing rules: the city's configuration.

Each function writes what it is given under its slug or id, whether that is new or not, so that
the demo city and the dashboard use the same door. Caches follow `city_setting.data_version`,
which the caller raises once for all its changes.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.audit import service as audit
from bot.errors import InvalidError
from bot.offices.models import Category, Office, RoutingRule
from bot.offices.queries import CategoryNotFoundError, OfficeNotFoundError
from bot.offices.states import OfficeKind, Publication
from bot.tickets.states import TicketKind


@dataclass(frozen=True, slots=True)
class NewCategory:
    """A category as the city wants it; see `bot.offices.models.Category`."""

    id: str
    group_id: str
    label_de: str
    label_en: str
    label_plain: str
    office_id: int
    kind: TicketKind = TicketKind.REPORT
    target_days: int | None = None
    target_months: int | None = None
    danger: bool = False
    publication: Publication = Publication.AFTER_RELEASE
    position: int = 0


def put_office(
    session: Session, slug: str, name: str, kind: OfficeKind, *, actor: audit.Actor, now: datetime
) -> Office:
    """Create or change the office `slug`."""
    office = session.scalar(select(Office).where(Office.slug == slug))
    if office is None:
        office = Office(slug=slug, name=name, kind=kind, created_at=now)
        session.add(office)
    else:
        office.name, office.kind = name, kind
    session.flush()
    audit.note(session, actor, "office.put", "office", office.id, "name", "kind", now=now)
    return office


def put_category(
    session: Session, new: NewCategory, *, actor: audit.Actor, now: datetime
) -> Category:
    """Create or change a category.

    Raises `OfficeNotFoundError`, and `InvalidError` for a target that is none.
    """
    _check_target(new)
    if session.get(Office, new.office_id) is None:
        raise OfficeNotFoundError(f"There is no office {new.office_id}.")
    category = session.get(Category, new.id)
    if category is None:
        category = Category(id=new.id)
        session.add(category)
    category.group_id = new.group_id
    category.kind = new.kind
    category.label_de = new.label_de
    category.label_en = new.label_en
    category.label_plain = new.label_plain
    category.office_id = new.office_id
    category.target_days = new.target_days
    category.target_months = new.target_months
    category.danger = new.danger
    category.publication = new.publication
    category.position = new.position
    session.flush()
    # The trail's subjects are numbers; a category's key is its name, and not personal.
    audit.note(session, actor, "category.put", "category", None, new.id, now=now)
    return category


def put_rule(
    session: Session,
    category_id: str,
    district: str | None,
    office_id: int,
    *,
    actor: audit.Actor,
    now: datetime,
) -> RoutingRule:
    """Send a category's tickets of a district, or of every district (None), to an office.

    Raises `CategoryNotFoundError`, `OfficeNotFoundError`.
    """
    if session.get(Category, category_id) is None:
        raise CategoryNotFoundError(f"There is no category {category_id}.")
    if session.get(Office, office_id) is None:
        raise OfficeNotFoundError(f"There is no office {office_id}.")
    rule = session.scalar(
        select(RoutingRule)
        .where(RoutingRule.category_id == category_id)
        .where(RoutingRule.district.is_not_distinct_from(district))
    )
    if rule is None:
        rule = RoutingRule(category_id=category_id, district=district, office_id=office_id)
        session.add(rule)
    else:
        rule.office_id = office_id
    session.flush()
    audit.note(session, actor, "routing_rule.put", "routing_rule", rule.id, "office_id", now=now)
    return rule


def drop_rule(
    session: Session, category_id: str, district: str | None, *, actor: audit.Actor, now: datetime
) -> None:
    """Take a rule back; nothing happens where there is none."""
    dropped = session.scalars(
        delete(RoutingRule)
        .where(RoutingRule.category_id == category_id)
        .where(RoutingRule.district.is_not_distinct_from(district))
        .returning(RoutingRule.id)
    ).all()
    for key in dropped:
        audit.note(session, actor, "routing_rule.dropped", "routing_rule", key, now=now)


def _check_target(new: NewCategory) -> None:
    for field, value in (("target_days", new.target_days), ("target_months", new.target_months)):
        if value is not None and value < 1:
            raise InvalidError("A target is at least 1.", field=field)
    if new.target_days is not None and new.target_months is not None:
        raise InvalidError("A target is in days or in months.", field="target_months")
