"""Suggested replies above the composer, and putting one into the draft: never sent by itself."""

from dataclasses import dataclass
from datetime import date

from fastapi import Request
from sqlalchemy.orm import Session

from bot import clock
from bot.inbox.queries import Row
from bot.skills.base import Surroundings
from bot.staff import permissions
from bot.staff.permissions import Permission, StaffUser
from bot.suggestions import queries as suggestions
from bot.suggestions.queries import MARKET, TICKET, For, Suggestion
from dashboard.desk.words import Words
from dashboard.reports.guess import facts_in
from dashboard.web import web_of

LIVE = {MARKET: "Wochenmärkte", TICKET: "Stand der eigenen Meldung"}
SOURCES = {MARKET: "Marktkalender", TICKET: "Vorgang"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A suggestion as it is shown; `day` is None where nobody has confirmed it."""

    key: str
    title: str
    text: str
    source: str
    day: date | None
    address: str | None  # of the article
    internal: bool


def are_asked_for(request: Request) -> bool:
    """Tell whether the page itself must hold them, because nothing in it fetches them."""
    return request.query_params.get("suggestions") == "yes"


def shown(session: Session, request: Request, user: StaffUser, row: Row) -> list[Shown]:
    """Return what may be answered in a conversation that `user` may answer."""
    words = Words(user.language)
    return [_shown(one, words) for one in _found(session, request, user, row)]


def text_of(session: Session, request: Request, user: StaffUser, row: Row, key: str) -> str | None:
    """Return the text of a suggestion as it is now; None where it is no longer one."""
    found = _found(session, request, user, row)
    return next((one.text for one in found if one.key == key), None)


def quotes_internal(session: Session, request: Request, draft: str) -> bool:
    """Tell whether a draft holds what an internal article says."""
    if not draft:
        return False
    return suggestions.quotes_internal(draft, facts_in(request, session).finder.articles)


def added(draft: str, text: str) -> str:
    """Return the draft with a suggestion behind what is there; once is enough."""
    if text in draft:
        return draft
    return f"{draft.rstrip()}\n\n{text}" if draft.strip() else text


def _found(session: Session, request: Request, user: StaffUser, row: Row) -> tuple[Suggestion, ...]:
    base_url = web_of(request).app.settings.public_url
    surroundings = Surroundings(session, facts_in(request, session), base_url)
    tells = permissions.allows(user, Permission.TICKETS_CHANGE)  # of the whole city
    reader = For(user.language, tells)
    return suggestions.suggestions(session, row.id, surroundings, reader, now=clock.now())


def _shown(one: Suggestion, words: Words) -> Shown:
    return Shown(
        key=one.key,
        title=one.title or words.say(LIVE[one.key]),
        text=one.text,
        source=one.source or words.say(SOURCES[one.key]),
        day=one.day,
        address=f"/desk/knowledge/{one.slug}" if one.slug else None,
        internal=one.internal,
    )
