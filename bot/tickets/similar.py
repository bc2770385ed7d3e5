"""Open tickets that may be about the same matter: the same street, or the same category."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.tickets import desk, rules
from bot.tickets.desk import DeskRow
from bot.tickets.models import Ticket
from nlp.folding import fold_char

_LOOKED_AT = 2000  # the newest open ones: somebody types meanwhile, and a town has fewer
_LONGEST = 300  # characters of a place
_SHORTEST = 5  # letters; less is in every second name
_SAME_STREET = 88.0
_LETTERS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Similar:
    """An open ticket, and what it has in common."""

    row: DeskRow
    same_street: bool
    same_category: bool


def find(
    session: Session,
    *,
    place: str,
    district: str | None,
    category_id: str | None,
    office_id: int | None,
    limit: int,
    districts: Collection[str] = (),
) -> Sequence[Similar]:
    """Return the likeliest first, then the newest; `office_id` None looks at all offices.

    Another district's ticket is of no interest for its category alone. `districts` are the names
    of all of them: a place that is only a district is the same as no other.
    """
    no_streets = frozenset(map(_key, districts))
    wanted = street_key(place, no_streets)
    statement = (
        select(Ticket.id, Ticket.place, Ticket.category_id, Ticket.district)
        .where(Ticket.status.in_(sorted(rules.OPEN)))
        .order_by(Ticket.id.desc())
        .limit(_LOOKED_AT)
    )
    if office_id is not None:
        statement = statement.where(Ticket.office_id == office_id)
    found: dict[int, tuple[bool, bool]] = {}
    for key, its_place, its_category, its_district in session.execute(statement):
        near = _is_same_street(wanted, its_place, no_streets)
        same = its_category == category_id
        elsewhere = district is not None and its_district not in {None, district}
        if near or (same and not elsewhere):
            found[key] = near, same
    best = sorted(found, key=lambda key: (found[key], key), reverse=True)[:limit]
    rows = {row.id: row for row in desk.rows(session, best)}
    return [Similar(rows[key], *found[key]) for key in best if key in rows]


def street_key(place: str, no_streets: Collection[str] = ()) -> str:
    """Return a place as it is compared: folded letters, no house number, `str.` spelt out.

    Of "Wiesdorf, Dhünnstraße 14" the part with the number counts, else the first one that is not
    among the keys `no_streets`: a district in both would make every street of it the same.
    """
    parts = [part for part in place[:_LONGEST].split(",") if _key(part) not in no_streets]
    numbered = (part for part in parts if any(map(str.isdigit, part)))
    return _key(next(numbered, parts[0] if parts else ""))


def _key(part: str) -> str:
    words = _LETTERS.findall("".join(map(fold_char, part)))
    return "".join(re.sub(r"(?:str|strase)$", "strasse", word) for word in words)


def _is_same_street(wanted: str, place: str, no_streets: Collection[str]) -> bool:
    if len(wanted) < _SHORTEST or not place:
        return False
    key = street_key(place, no_streets)
    if len(key) < _SHORTEST:
        return False
    return fuzz.partial_ratio(wanted, key, score_cutoff=_SAME_STREET) > 0
