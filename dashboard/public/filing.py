"""Turning a posted form into a ticket: once, however often it is posted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fastapi import Request
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot import clock
from bot.attachments import rules as attachments
from bot.audit.service import Actor, ActorKind
from bot.staff import limits
from bot.tickets import numbers, photos
from bot.tickets import queries as ticket_queries
from bot.tickets import rules as ticket_rules
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from bot.tickets.numbers import Keys
from bot.tickets.photos import Picture
from bot.tickets.service import NewTicket
from bot.tickets.states import Priority
from connectors.base import RawFile
from dashboard.public import alarm, guess, words
from dashboard.public.forms import MAX_PHOTOS, Posted
from dashboard.security import csrf, signing
from dashboard.security.bodies import MEBIBYTE
from dashboard.web import sender_address, web_of

_PURPOSE = "report"
_HOUR = timedelta(hours=1)
_REPORTS_PER_HOUR = 20
_PICTURES_PER_HOUR = 60  # forms with pictures from one address
_ALARM = "Notfall-Hinweis: "  # before the title that staff read; citizens read the category
_ALARM_TARGET = ticket_rules.Target(days=1, danger=True)


@dataclass(frozen=True, slots=True)
class Report:
    """What a citizen reported by form; `category_id` None lets us guess."""

    text: str
    place: str = ""
    district: str | None = None
    category_id: str | None = None
    name: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    pictures: tuple[Picture, ...] = ()


def token_of(request: Request, posted: Posted) -> str:
    """Return the token of the ticket that this form becomes: the same form, the same ticket."""
    return signing.signature(
        f"{posted.text(csrf.FIELD)}\n{posted.key}", purpose=_PURPOSE, secret=web_of(request).key
    )


def is_filed(request: Request, token: str) -> bool:
    """Tell whether the form has become a ticket already."""
    with web_of(request).app.database.read() as session:
        return ticket_queries.by_token(session, token) is not None


def may_report(request: Request) -> int | None:
    """Count a report of this address; return the seconds to wait when there were too many."""
    web = web_of(request)
    now = clock.now()
    key = f"report:{limits.network(sender_address(request))}"
    with web.app.database.unit_of_work() as session:
        if limits.hit(session, key, limit=_REPORTS_PER_HOUR, window=_HOUR, now=now, secret=web.key):
            return None
    return limits.retry_after(_HOUR, now)


def _may_send_pictures(request: Request) -> bool:
    web = web_of(request)
    key = f"pictures:{limits.network(sender_address(request))}"
    with web.app.database.unit_of_work() as session:
        return limits.hit(
            session, key, limit=_PICTURES_PER_HOUR, window=_HOUR, now=clock.now(), secret=web.key
        )


def file(request: Request, report: Report, *, token: str, language: str) -> None:
    """Store the report as the ticket `token`; one that is there already stays as it is."""
    web = web_of(request)
    known = guess.facts_of(request)
    guessed = guess.guess(request, known, f"{report.text}\n{report.place}", language)
    category = report.category_id or guessed.category_id
    if category not in known.categories:
        category = next(iter(known.categories), category)
    new = NewTicket(
        category_id=category,
        description=report.text,
        place=report.place,
        district=report.district or guessed.district,
        language=language,
        reporter_name=report.name,
        reporter_email=report.email,
    )
    try:
        with web.app.database.unit_of_work() as session:
            _store(session, new, report.pictures, token, known.city.ticket_prefix)
    except IntegrityError:
        if not is_filed(request, token):
            raise
    web.app.bells.events.ring()


def _store(
    session: Session, new: NewTicket, pictures: Sequence[Picture], token: str, prefix: str
) -> None:
    if ticket_queries.by_token(session, token) is not None:
        return
    now = clock.now()
    ticket = tickets.open_ticket(
        session,
        new,
        actor=Actor(ActorKind.CONTACT),
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


def examine(
    request: Request, files: Sequence[RawFile], *, language: str
) -> tuple[tuple[Picture, ...], str | None]:
    """Return the pictures that may be kept, or what is wrong with the first that may not.

    Decoding is the dearest thing that a stranger can ask for, so forms with pictures are counted
    before it, also those that turn out to be wrong.
    """
    if len(files) > MAX_PHOTOS:
        return (), words.say(language, words.TOO_MANY_PHOTOS, most=MAX_PHOTOS)
    if files and not _may_send_pictures(request):
        return (), words.say(language, words.TOO_FAST)
    max_mb = web_of(request).app.settings.max_upload_mb
    found = []
    for given in files:
        if len(given.content) > max_mb * MEBIBYTE:
            return (), words.say(language, words.PHOTO_TOO_LARGE, name=given.name, most=max_mb)
        examined = attachments.examine(given.content, max_bytes=max_mb * MEBIBYTE)
        if examined.content is None or not examined.media_type.startswith("image/"):
            return (), words.say(language, words.PHOTO_BROKEN, name=given.name)
        found.append(Picture(given.name, examined))
    return tuple(found), None
