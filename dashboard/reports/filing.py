"""Turning a report into a ticket: once, however often its form is posted."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fastapi import Request
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot import clock
from bot.audit.service import Actor
from bot.tickets import numbers, photos
from bot.tickets import queries as ticket_queries
from bot.tickets import rules as ticket_rules
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from bot.tickets.numbers import Keys
from bot.tickets.photos import Picture
from bot.tickets.queries import TicketRef
from bot.tickets.service import NewTicket
from bot.tickets.states import Priority, TicketOrigin
from dashboard.reports import alarm, guess
from dashboard.security import signing
from dashboard.web import web_of

_PURPOSE = "report"
_ALARM = "Notfall-Hinweis: "  # before the title that staff read; citizens read the category
_ALARM_TARGET = ticket_rules.Target(days=1, danger=True)


@dataclass(frozen=True, slots=True)
class Report:
    """What was reported, by somebody who speaks `language`; `category_id` None lets us guess.

    `hinted` is the category that who fills in the form has seen as a guess: it counts where there
    is no guess now, because the understanding is busy. `tries` says how long to wait for one.
    """

    text: str
    language: str
    place: str = ""
    district: str | None = None
    category_id: str | None = None
    hinted: str | None = None
    tries: int = guess.PATIENT
    name: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    pictures: tuple[Picture, ...] = ()
    origin: TicketOrigin = TicketOrigin.FORM


def token_of(request: Request, whose: str, key: str, *told: str) -> str:
    """Return the token of the ticket that a form becomes: the same form, the same ticket.

    `whose` tells one person's forms from another's, `key` one form from the next, and `told` what
    makes the report: who goes back and writes of another matter sends the same key again.
    """
    form = json.dumps([whose, key, *told])
    return signing.signature(form, purpose=_PURPOSE, secret=web_of(request).key)


def filed(request: Request, token: str) -> TicketRef | None:
    """Return the ticket that the form has become already."""
    with web_of(request).app.database.read() as session:
        return ticket_queries.by_token(session, token)


def file(request: Request, report: Report, *, actor: Actor, token: str, written_in: str) -> None:
    """Store the report as the ticket `token`; one that is there already stays as it is.

    `written_in` is the language of the page, and so likely of the text.
    """
    web = web_of(request)
    known = guess.facts_of(request)
    words = f"{report.text}\n{report.place}"
    guessed = guess.guess(request, known, words, written_in, tries=report.tries)
    category = report.category_id or guessed.category_id
    if category == guess.FALLBACK and report.hinted in known.categories:
        category = report.hinted or category
    if category not in known.categories:
        category = next(iter(known.categories), category)
    new = NewTicket(
        category_id=category,
        description=report.text,
        place=report.place,
        district=report.district or guessed.district,
        language=report.language,
        reporter_name=report.name,
        reporter_email=report.email,
        reporter_phone=report.phone,
        origin=report.origin,
    )
    try:
        with web.app.database.unit_of_work() as session:
            _store(session, new, report.pictures, actor, token, known.city.ticket_prefix)
    except IntegrityError:
        if filed(request, token) is None:
            raise
    web.app.bells.events.ring()


def _store(
    session: Session,
    new: NewTicket,
    pictures: Sequence[Picture],
    actor: Actor,
    token: str,
    prefix: str,
) -> None:
    if ticket_queries.by_token(session, token) is not None:
        return
    now = clock.now()
    ticket = tickets.open_ticket(
        session,
        new,
        actor=actor,
        now=now,
        prefix=prefix,
        draw_keys=lambda: Keys(token, numbers.draw_keys().check_code),
    )
    if alarm.sound(session, ticket.id, new.description, now=now):
        _put_first(ticket, now)
    photos.add(session, ticket.id, pictures, now=now)


def _put_first(ticket: Ticket, now: datetime) -> None:
    """Let staff see that somebody told of an emergency: title, priority, nearest deadline."""
    due = [ticket.due_at, ticket_rules.due_at(now, _ALARM_TARGET)]
    ticket.title = _ALARM + ticket.title
    ticket.priority = Priority.RAISED
    ticket.due_at = min(instant for instant in due if instant is not None)
