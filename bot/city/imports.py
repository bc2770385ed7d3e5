"""Taking over lists of streets and districts: all of a list or nothing, as often as one likes."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit import service as audit
from bot.city import outlines, queries, service
from bot.city.lists import DistrictEntry, ListError, StreetEntry
from bot.city.models import District, Street
from bot.offices.models import RoutingRule
from nlp.folding import fold_key
from nlp.street_names import spelt_out

_LONGEST_KEY = 240  # folding makes a name longer


@dataclass(slots=True)
class Changes:
    """What an import did; `left` are rows that the list does not hold and that were kept."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    left: int = 0


@dataclass(slots=True)
class _Wanted:
    """A street of the list, from all its lines: the first spelling, and where it lies."""

    name: str
    aliases: list[str] = field(default_factory=list)
    districts: set[str] = field(default_factory=set)


def street_key(name: str) -> str:
    """Return what the spellings of a street's name share: Goethestr. and Goethe-Straße."""
    return "".join(map(spelt_out, fold_key(name).split()))[:_LONGEST_KEY]


def put_streets(
    session: Session,
    entries: Sequence[StreetEntry],
    *,
    removing: bool,
    actor: audit.Actor,
    now: datetime,
) -> Changes:
    """Take over a list of streets; with `removing`, drop those that it does not hold.

    A street whose district the list does not tell keeps the ones it has. Raises `ListError` for an
    empty list, and for a district that the city does not have.
    """
    service.hold(session)  # first: it holds back whoever imports at the same time
    wanted = _streets(session, entries)
    rows: dict[str, dict[str | None, Street]] = {}
    for row in session.scalars(select(Street)):
        rows.setdefault(row.key, {})[row.district] = row
    changes = Changes()
    for key, street in wanted.items():
        known = rows.get(key, {})
        for district, old in _fitting(known, street.districts).items():
            row = old if old is not None else Street(key=key)
            _put_street(session, row, street, district, changes)
    for known in rows.values():
        for row in known.values():
            _leave(session, row, changes, removing=removing)
    _note(session, "streets", changes, actor, now)
    return changes


def put_districts(
    session: Session,
    entries: Sequence[DistrictEntry],
    *,
    removing: bool,
    actor: audit.Actor,
    now: datetime,
) -> Changes:
    """Take over outlines of districts; with `removing`, drop districts the list does not hold.

    A district is found by its name or another name of it. Raises `ListError` for an empty list,
    and for a district that cannot go because streets or routing rules name it.
    """
    if not entries:
        raise ListError("The file holds no district.")
    service.hold(session)
    rows = {row.slug: row for row in session.scalars(select(District))}
    slugs = _slugs(rows.values())
    changes = Changes()
    for entry in entries:
        slug = slugs.get(fold_key(entry.name)) or _slug(entry)
        row = rows.pop(slug, None)
        if row is None:
            row = District(slug=slug, name=entry.name, aliases=[])
            session.add(row)
            changes.added += 1
        elif (row.outline, row.is_example) == (entry.outline, False):
            changes.unchanged += 1
            continue
        else:
            changes.changed += 1
        row.outline, row.is_example = [*entry.outline], False
    if removing:
        _check_unused(session, rows)
    for row in rows.values():
        _leave(session, row, changes, removing=removing)
    _note(session, "districts", changes, actor, now)
    return changes


def _streets(session: Session, entries: Sequence[StreetEntry]) -> Mapping[str, _Wanted]:
    """Return what the lines of the list say of each street."""
    if not entries:
        raise ListError("The file holds no street.")
    slugs = _slugs(session.scalars(select(District)).all())
    shapes = queries.outlines(session)
    wanted: dict[str, _Wanted] = {}
    for entry in entries:
        street = wanted.setdefault(street_key(entry.name), _Wanted(entry.name))
        street.aliases += [other for other in entry.aliases if other not in street.aliases]
        district = None
        if entry.district is not None:
            district = slugs.get(fold_key(entry.district))
            if district is None:
                raise ListError(f"{entry.where}: there is no district {entry.district}.")
        elif entry.point is not None:
            district = outlines.around(shapes, lat=entry.point[1], lon=entry.point[0])
        if district is not None:
            street.districts.add(district)
    return wanted


def _put_street(
    session: Session, row: Street, wanted: _Wanted, district: str | None, changes: Changes
) -> None:
    values = (wanted.name, district, wanted.aliases, False)
    if row.id is None:
        session.add(row)
        changes.added += 1
    elif (row.name, row.district, row.aliases, row.is_example) == values:
        changes.unchanged += 1
        return
    else:
        changes.changed += 1
    row.name, row.district = wanted.name, district
    row.aliases, row.is_example = [*wanted.aliases], False


def _fitting(
    known: dict[str | None, Street], districts: Collection[str]
) -> dict[str | None, Street | None]:
    """Return the district of each row that a street needs, and take its rows out of `known`."""
    if not districts:
        kept: dict[str | None, Street | None] = {**known} or {None: None}
        known.clear()
        return kept
    fitting: dict[str | None, Street | None] = {
        district: known.pop(district, None) for district in sorted(districts)
    }
    for district, row in fitting.items():  # one whose district was not known takes the first place
        if row is None:
            fitting[district] = known.pop(None, None)
    return fitting


def _slugs(districts: Collection[District]) -> Mapping[str, str]:
    """Return the slug of a district by each of its names, folded."""
    names = [(name, one.slug) for one in districts for name in (*one.aliases, one.slug, one.name)]
    return {fold_key(str(name)): slug for name, slug in names}


def _slug(entry: DistrictEntry) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", fold_key(entry.name)).strip("-")[:60]
    if not slug:
        raise ListError(f"{entry.where}: {entry.name} holds no Latin letter.")
    return slug


def _check_unused(session: Session, slugs: Collection[str]) -> None:
    for column in (Street.district, RoutingRule.district):
        used = session.scalar(select(column).where(column.in_(slugs)).order_by(column).limit(1))
        if used is not None:
            what = "streets" if column is Street.district else "routing rules"
            raise ListError(f"The district {used} is not in the file, but {what} name it.")


def _leave(session: Session, row: District | Street, changes: Changes, *, removing: bool) -> None:
    if removing:
        session.delete(row)
        changes.removed += 1
    else:
        changes.left += 1


def _note(session: Session, what: str, changes: Changes, actor: audit.Actor, now: datetime) -> None:
    """Write the trail and tell every process, where anything changed."""
    session.flush()
    if changes.added or changes.changed or changes.removed:
        audit.note(session, actor, f"city.{what}_imported", "city", None, what, now=now)
        service.bump(session)
