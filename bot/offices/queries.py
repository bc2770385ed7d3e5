"""Reading offices and categories, and finding the office in charge."""

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.errors import NotFoundError
from bot.offices.models import Category, Office, RoutingRule
from bot.offices.states import OfficeKind, Publication
from bot.tickets.states import TicketKind


class CategoryNotFoundError(NotFoundError):
    """No category has this name."""

    code = "category_not_found"


class OfficeNotFoundError(NotFoundError):
    """No office has this key or slug."""

    code = "office_not_found"


@dataclass(frozen=True, slots=True)
class OfficeInfo:
    """An office, as pages show it."""

    id: int
    slug: str
    name: str
    kind: OfficeKind


@dataclass(frozen=True, slots=True)
class CategoryInfo:
    """A category with its labels and the office that has it unless a rule says otherwise."""

    id: str
    group_id: str
    kind: TicketKind
    label_de: str
    label_en: str
    label_plain: str
    office: OfficeInfo
    target_days: int | None
    target_months: int | None
    danger: bool
    publication: Publication
    position: int

    def label(self, language: str | None = None) -> str:
        """Return the label in "de", "en" or "plain"; any other language reads German."""
        return {"en": self.label_en, "plain": self.label_plain}.get(language or "", self.label_de)


def route(session: Session, category_id: str, district: str | None) -> Office:
    """Return the office in charge of a category in a district (its slug).

    A rule for the district wins over a rule for everywhere, and that over the category's own
    office. Raises `CategoryNotFoundError`.
    """
    rules = session.execute(
        select(RoutingRule.district, Office)
        .join(Office, Office.id == RoutingRule.office_id)
        .where(RoutingRule.category_id == category_id)
        .where(or_(RoutingRule.district.is_(None), RoutingRule.district == district))
    )
    by_district = dict(rules.all())
    ruled = by_district.get(district) or by_district.get(None)
    if ruled is not None:
        return ruled
    own = session.scalar(
        select(Office)
        .join(Category, Category.office_id == Office.id)
        .where(Category.id == category_id)
    )
    if own is None:
        raise CategoryNotFoundError(f"There is no category {category_id}.")
    return own


def categories(session: Session) -> tuple[CategoryInfo, ...]:
    """Return every category in the city's order."""
    rows = session.execute(
        select(Category, Office)
        .join(Office, Office.id == Category.office_id)
        .order_by(Category.position, Category.id)
    )
    return tuple(_category_info(category, office) for category, office in rows)


def category(session: Session, category_id: str) -> CategoryInfo:
    """Return one category; raises `CategoryNotFoundError`."""
    row = session.execute(
        select(Category, Office)
        .join(Office, Office.id == Category.office_id)
        .where(Category.id == category_id)
    ).one_or_none()
    if row is None:
        raise CategoryNotFoundError(f"There is no category {category_id}.")
    return _category_info(*row)


def label(session: Session, category_id: str, language: str | None = None) -> str:
    """Return a category's label, or its id where the city has dropped it."""
    try:
        return category(session, category_id).label(language)
    except CategoryNotFoundError:
        return category_id


def offices(session: Session) -> tuple[OfficeInfo, ...]:
    """Return every office by name."""
    rows = session.scalars(select(Office).order_by(Office.name, Office.id))
    return tuple(office_info(office) for office in rows)


def office(session: Session, slug: str) -> OfficeInfo:
    """Return the office with this slug; raises `OfficeNotFoundError`."""
    found = session.scalar(select(Office).where(Office.slug == slug))
    if found is None:
        raise OfficeNotFoundError(f"There is no office {slug}.")
    return office_info(found)


def office_info(found: Office) -> OfficeInfo:
    """Return the value of an office row."""
    return OfficeInfo(found.id, found.slug, found.name, found.kind)


def _category_info(found: Category, owner: Office) -> CategoryInfo:
    return CategoryInfo(
        id=found.id,
        group_id=found.group_id,
        kind=found.kind,
        label_de=found.label_de,
        label_en=found.label_en,
        label_plain=found.label_plain,
        office=office_info(owner),
        target_days=found.target_days,
        target_months=found.target_months,
        danger=found.danger,
        publication=found.publication,
        position=found.position,
    )
