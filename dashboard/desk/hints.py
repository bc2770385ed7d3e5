"""What helps while a colleague types: what it is about, who is in charge, what is known already."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fastapi import Request

from bot.offices import queries as offices
from bot.staff import permissions
from bot.staff.permissions import Permission, StaffUser
from bot.tickets import similar
from bot.tickets.similar import Similar
from dashboard.desk.words import Words, tone
from dashboard.reports import alarm, guess
from dashboard.web import web_of

_MOST = 5
_ENOUGH = 8  # characters; of fewer nobody knows what they are about


@dataclass(frozen=True, slots=True)
class Asked:
    """What stands in the form so far; `category` is the one that was chosen, or empty."""

    text: str = field(repr=False)
    place: str = field(repr=False)
    district: str | None
    category: str


@dataclass(frozen=True, slots=True)
class Known:
    """An open ticket that may be about the same."""

    number: str
    title: str
    place: str | None
    status_label: str
    tone: str
    created_at: datetime
    same_street: bool


@dataclass(frozen=True, slots=True)
class Hints:
    """`category` None: not known, or the understanding is busy. `guessed`: nobody chose it."""

    emergency: str | None
    category: str | None
    category_label: str
    office: str | None
    guessed: bool
    known: Sequence[Known]
    is_empty: bool


def hints_for(request: Request, user: StaffUser, asked: Asked) -> Hints:
    """Return the hints; an emergency is answered at once, without waiting for the rest."""
    facts = guess.facts_of(request)
    emergency = alarm.notice(asked.text, facts.city, user.language)
    guessed = guess.Guess(guess.FALLBACK)
    if not emergency and len(asked.text) >= _ENOUGH:
        words = f"{asked.text}\n{asked.place}"
        guessed = guess.guess(request, facts, words, user.language, tries=1)
    chosen = asked.category if asked.category in facts.categories else None
    category = chosen or (guessed.category_id if guessed.category_id != guess.FALLBACK else None)
    district = asked.district or guessed.district
    place = asked.place or guessed.place or ""
    with web_of(request).app.database.read() as session:
        office = offices.route(session, category, district).name if category else None
        known = (
            similar.find(
                session,
                place=place,
                district=district,
                category_id=category,
                office_id=permissions.office_filter(user, Permission.TICKETS_READ),
                limit=_MOST,
                districts=[
                    label
                    for name in facts.knowledge.names.districts
                    for label in (name.label, *name.aliases)
                ],
            )
            if category or place
            else ()
        )
    said = Words(user.language)
    return Hints(
        emergency=emergency,
        category=category,
        category_label=facts.categories[category].label(user.language) if category else "",
        office=office,
        guessed=chosen is None,
        known=[_known(one, said) for one in known],
        is_empty=not (asked.text or asked.place),
    )


def _known(found: Similar, words: Words) -> Known:
    row = found.row
    return Known(
        number=row.number,
        title=row.title,
        place=row.place or None,
        status_label=words.status(row.status),
        tone=tone(row.status),
        created_at=row.created_at,
        same_street=found.same_street,
    )
