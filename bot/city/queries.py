"""Reading the city's facts and the version of its cached data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.city import outlines as shapes
from bot.city.models import CitySetting, District, Street
from bot.city.outlines import Outline
from bot.city.rules import OFFICE_WEEK, CityFacts, Emergency, Hours, Week

IDENTITY, CONTACT, DESK, EMERGENCY = "identity", "contact", "desk", "emergency"
DATA_VERSION = "data_version"


def facts(session: Session) -> CityFacts:
    """Return the city's facts; what is not stored has its default."""
    names = (IDENTITY, CONTACT, DESK, EMERGENCY)
    rows = session.execute(
        select(CitySetting.name, CitySetting.value).where(CitySetting.name.in_(names))
    )
    stored = dict(rows.all())
    identity, contact, desk, emergency = (stored.get(name, {}) for name in names)
    default = CityFacts()
    minutes = desk.get("handback_after_minutes")
    return CityFacts(
        name=_text(identity, "name") or default.name,
        ticket_prefix=_text(identity, "ticket_prefix") or default.ticket_prefix,
        demo=identity.get("demo") is True,
        phone=_text(contact, "phone"),
        email=_text(contact, "email"),
        address=_text(contact, "address"),
        alternative_contact=_text(contact, "alternative"),
        desk_hours=_week(desk.get("hours")),
        handback_after_minutes=(
            minutes if isinstance(minutes, int) else default.handback_after_minutes
        ),
        emergency=_emergency(emergency) if emergency else default.emergency,
    )


def data_version(session: Session) -> int:
    """Return the version of the cached city data; it rises with every change, 0 at first."""
    value = session.scalar(select(CitySetting.value).where(CitySetting.name == DATA_VERSION))
    number = value.get("number") if value else None
    return number if isinstance(number, int) else 0


@dataclass(frozen=True, slots=True)
class DistrictNames:
    """A district by its slug, its name, and other names of it."""

    slug: str
    name: str
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StreetNames:
    """A street with other names of it, and the districts it is known to lie in."""

    name: str
    aliases: tuple[str, ...]
    districts: tuple[str, ...]


def districts(session: Session) -> tuple[DistrictNames, ...]:
    """Return the districts of the city by slug."""
    rows = session.execute(
        select(District.slug, District.name, District.aliases).order_by(District.slug)
    )
    return tuple(
        DistrictNames(slug, name, tuple(map(str, aliases))) for slug, name, aliases in rows
    )


def streets(session: Session) -> tuple[StreetNames, ...]:
    """Return the streets of the city by name, each once."""
    found: dict[str, StreetNames] = {}
    rows = session.execute(
        select(Street.name, Street.aliases, Street.district).order_by(
            Street.name, Street.district, Street.id
        )
    )
    for name, aliases, district in rows:
        known = found.get(name, StreetNames(name, (), ()))
        found[name] = StreetNames(
            name,
            tuple(dict.fromkeys((*known.aliases, *map(str, aliases)))),
            (*known.districts, district) if district else known.districts,
        )
    return tuple(found.values())


def outlines(session: Session) -> Sequence[tuple[str, Outline]]:
    """Return slug and outline of each district whose outline is known."""
    rows = session.execute(
        select(District.slug, District.outline).where(District.outline.is_not(None))
    )
    return [(slug, cast("Outline", outline)) for slug, outline in rows]


def district_at(session: Session, *, lat: float | None, lon: float | None) -> str | None:
    """Return the slug of the district in which a point lies (WGS 84), where both are known."""
    if lat is None or lon is None:
        return None
    return shapes.around(outlines(session), lat=lat, lon=lon)


def _emergency(stored: Mapping[str, object]) -> Emergency:
    default = Emergency()
    return Emergency(
        rescue=_text(stored, "rescue") or default.rescue,
        police=_text(stored, "police") or default.police,
        crisis_line=_text(stored, "crisis_line"),
        gas_fault=_text(stored, "gas_fault"),
        on_call=_text(stored, "on_call"),
    )


def _week(stored: object) -> Week:
    if not isinstance(stored, list) or len(stored) != len(OFFICE_WEEK):
        return OFFICE_WEEK
    return tuple(
        Hours(str(entry[0]), str(entry[1])) if isinstance(entry, list) else None for entry in stored
    )


def _text(stored: Mapping[str, object], name: str) -> str | None:
    value = stored.get(name)
    return value if isinstance(value, str) and value else None
