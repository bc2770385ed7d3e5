"""What the citizen takes along: number and check code to read out, and the printed slip."""

from dataclasses import dataclass, field
from datetime import datetime

from babel.dates import format_date
from fastapi import Request, Response
from markupsafe import Markup
from sqlalchemy.orm import Session

from bot import clock
from bot.audit import service as audit
from bot.audit.service import Actor, ActorKind
from bot.city import queries as city
from bot.clock import BERLIN
from bot.offices import queries as offices
from bot.staff.permissions import StaffUser
from bot.tickets import slip as slips
from bot.tickets.desk import DeskTicket
from bot.tickets.slip import SlipWords
from dashboard import qr
from dashboard.desk import access
from dashboard.desk.page import page
from dashboard.desk.route import new_router, theme_of
from dashboard.desk.words import Words
from dashboard.reports import alarm
from dashboard.web import render, web_of

router = new_router()


@dataclass(frozen=True, slots=True)
class Handed:
    """A ticket as the citizen is told of it; `emergency` is read out first."""

    number: str
    code: str = field(repr=False)
    matter: str
    office: str
    origin: str
    origin_label: str
    spoken: str
    is_readable: bool
    emergency: str | None


@dataclass(frozen=True, slots=True)
class Slip:
    """The printed slip, in the citizen's language; `address` is where number and code are typed."""

    words: SlipWords
    language: str
    number: str
    code: str = field(repr=False)
    picture: Markup = field(repr=False)
    address: str
    matter: str
    date: str
    office: str
    phone: str | None


@router.get("/record/{number}")
def show_recorded(request: Request, number: str) -> Response:
    """Show what to read out to who has just called or come."""
    user = access.current(request)
    words = Words(user.language)
    with web_of(request).app.database.unit_of_work() as session:
        found = _opened(session, user, number, "ticket.code_shown", "check_code")
        facts = city.facts(session)
        handed = Handed(
            number=found.row.number,
            code=found.check_code,
            matter=_matter(session, found, user.language),
            office=found.row.office,
            origin=found.origin,
            origin_label=words.origin(found.origin),
            spoken=words.spoken(found.language),
            is_readable=access.may_read(user, found),
            emergency=alarm.notice(found.description, facts, user.language),
        )
    return page(request, user, "desk/recorded.html", ticket=handed)


@router.get("/tickets/{number}/slip")
def show_slip(request: Request, number: str) -> Response:
    """Show the slip, ready to be printed."""
    user = access.current(request)
    web = web_of(request)
    with web.app.database.unit_of_work() as session:
        found = _opened(session, user, number, "ticket.slip_shown", "check_code", "token")
        language = slips.language_of(found.language)
        base = web.app.settings.public_url
        slip = Slip(
            words=slips.WORDS[language],
            language=language,
            number=found.row.number,
            code=found.check_code,
            picture=qr.picture(f"{base}/t/{found.token}"),
            address=f"{base}/t",
            matter=_matter(session, found, language),
            date=_day(found.row.created_at, language),
            office=found.row.office,
            phone=city.facts(session).phone,
        )
        back = found.row.number if access.may_read(user, found) else None
    return render(
        request,
        "desk/slip.html",
        language=user.language,
        theme=theme_of(request),
        slip=slip,
        back=f"/desk/tickets/{back}" if back else "/desk/record",
    )


def _opened(
    session: Session, user: StaffUser, number: str, action: str, *fields: str
) -> DeskTicket:
    """Read a ticket to hand it out, and leave a line in the trail: it opens the citizen's page."""
    found = access.handed_out(session, user, number)
    actor = Actor(ActorKind.USER, user.id)
    audit.note(session, actor, action, "ticket", found.row.id, *fields, now=clock.now())
    return found


def _matter(session: Session, found: DeskTicket, language: str) -> str:
    """Return in one line what was reported, without the citizen's own words: slips get lost."""
    label = offices.label(session, found.row.category_id, language)
    return ", ".join(part for part in (label, found.row.place) if part)


def _day(instant: datetime, language: str) -> str:
    locale = "en_GB" if language == "en" else language
    return format_date(instant.astimezone(BERLIN).date(), "long", locale=locale)
