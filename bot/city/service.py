"""Writing the city's facts, and raising the version that caches compare."""

import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit import service as audit
from bot.city import queries
from bot.city.models import CitySetting
from bot.city.rules import CityFacts, Week
from bot.db import bulk
from bot.errors import InvalidError

_HEALTH = "health"  # the row that /health writes
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_PREFIX = re.compile(r"[A-Z]{2,6}")


def save(session: Session, facts: CityFacts, *, actor: audit.Actor, now: datetime) -> None:
    """Store the city's facts and raise the data version; raises `InvalidError`."""
    check(facts)
    settings: dict[str, Mapping[str, object]] = {
        queries.IDENTITY: {
            "name": facts.name,
            "ticket_prefix": facts.ticket_prefix,
            "demo": facts.demo,
        },
        queries.CONTACT: {
            "phone": facts.phone,
            "email": facts.email,
            "address": facts.address,
            "alternative": facts.alternative_contact,
        },
        queries.DESK: {
            "hours": [[day.opens, day.closes] if day else None for day in facts.desk_hours],
            "handback_after_minutes": facts.handback_after_minutes,
        },
        queries.EMERGENCY: asdict(facts.emergency),
    }
    statement = bulk.insert(session, CitySetting)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["name"], set_={"value": statement.excluded.value}
        ),
        [{"name": name, "value": dict(value)} for name, value in sorted(settings.items())],
    )
    audit.note(session, actor, "city.saved", "city", None, *sorted(settings), now=now)
    bump(session)


def hold(session: Session) -> CitySetting:
    """Lock the city's data until the commit: who bumps or holds them too waits; return the row."""
    session.execute(
        bulk.insert(session, CitySetting)
        .values(name=queries.DATA_VERSION, value={"number": 0})
        .on_conflict_do_nothing()
    )
    return session.scalars(
        select(CitySetting)
        .where(CitySetting.name == queries.DATA_VERSION)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def bump(session: Session) -> int:
    """Raise the data version, so that every process reads its caches again; return the new one.

    The row stays locked until the commit: two writers never give out the same version.
    """
    row = hold(session)
    number = row.value.get("number")
    version = (number if isinstance(number, int) else 0) + 1
    row.value = {"number": version}
    session.flush()
    return version


def note_health(session: Session, *, now: datetime) -> None:
    """Write one small row: a database that cannot store must not be called healthy."""
    values = {"value": {"at": now.isoformat()}}
    session.execute(
        bulk.insert(session, CitySetting)
        .values(name=_HEALTH, **values)
        .on_conflict_do_update(index_elements=["name"], set_=values)
    )


def check(facts: CityFacts) -> None:
    """Raise `InvalidError` where the facts could not work."""
    if not facts.name.strip():
        raise InvalidError("The city needs a name.", field="name")
    if not _PREFIX.fullmatch(facts.ticket_prefix):
        raise InvalidError("The prefix is two to six capital letters.", field="ticket_prefix")
    if facts.handback_after_minutes < 1:
        raise InvalidError("Silence lasts at least a minute.", field="handback_after_minutes")
    _check_week(facts.desk_hours)


def _check_week(week: Week) -> None:
    if len(week) != 7 or not any(week):
        raise InvalidError("The desk opens on at least one of seven days.", field="desk_hours")
    for hours in filter(None, week):
        is_time = _TIME.fullmatch(hours.opens) and _TIME.fullmatch(hours.closes)
        if not is_time or hours.opens >= hours.closes:
            raise InvalidError("Hours are HH:MM, opening before closing.", field="desk_hours")
