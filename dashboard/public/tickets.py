"""A ticket's page: state and story in the citizen's words, by secret link or by check code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from bot import clock
from bot.channels import queries as channels
from bot.city import queries as city
from bot.inbox.models import Conversation
from bot.staff import limits
from bot.staff.limits import Rule
from bot.tickets import photos, service, texts
from bot.tickets import queries as tickets
from bot.tickets.photos import Photo, Picture
from bot.tickets.queries import CitizenTicket, TicketRef
from bot.tickets.rules import TransitionNotAllowedError
from bot.tickets.service import TicketNotFoundError
from bot.tickets.states import CitizenState, TicketStatus
from dashboard.public import filing, forms, words
from dashboard.public.files import picture_response
from dashboard.public.forms import Form, Posted
from dashboard.reports import alarm, fields
from dashboard.security import signing
from dashboard.speech import say
from dashboard.web import language_of, render, see_other, sender_address, web_of

router = APIRouter()
_STEPS = (
    CitizenState.RECEIVED,
    CitizenState.WITH_OFFICE,
    CitizenState.IN_PROGRESS,
    CitizenState.DONE,
)
_TONES: Mapping[CitizenState, str] = {CitizenState.NEEDS_YOU: "warn"}
_LOOK_UPS, _LOOK_UP_WINDOW = 20, timedelta(minutes=10)
_MESSAGES, _HOUR, _DAY = 30, timedelta(hours=1), timedelta(days=1)
_LONGEST = 5000
_PURPOSE = "ticket-form"


@dataclass(frozen=True, slots=True)
class Shown:
    """The head of the page."""

    number: str
    title: str
    place: str | None
    updated_at: datetime
    state_label: str
    state_sentence: str
    next_sentence: str | None
    tone: str


@dataclass(frozen=True, slots=True)
class ShownPhoto:
    """A picture of the story."""

    url: str
    name: str


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """A line of the story."""

    title: str
    text: str | None
    at: datetime
    photos: tuple[ShownPhoto, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that the page says about a ticket to who is looking."""

    page: CitizenTicket
    photos: tuple[Photo, ...]
    code: str | None
    notify: str | None
    alarm: str | None


@dataclass(frozen=True, slots=True)
class Lookup:
    """The look-up form as it was filled in."""

    number: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Addition:
    """The message form as it was filled in."""

    text: str = field(default="", repr=False)


@router.get("/t")
def look_up(request: Request) -> Response:
    """Ask for number and check code."""
    return _look_up_page(request, Lookup())


@router.post("/t")
def post_look_up(request: Request, posted: Form) -> Response:
    """Show the state of the ticket; unknown, wrong and not for everybody look the same."""
    language = language_of(request)
    typed = Lookup(posted.line("number")[:40], posted.line("code")[:20])
    if not forms.is_own(request, posted):
        errors = {"number": say(language, words.FORM_EXPIRED)}
        return _look_up_page(request, typed, errors, status=403)
    web, now = web_of(request), clock.now()
    rule = Rule(f"look-up:{limits.network(sender_address(request))}", _LOOK_UPS, _LOOK_UP_WINDOW)
    try:
        with web.app.database.unit_of_work() as session:
            limits.require(session, [rule], now=now, secret=web.key)
    except limits.TooManyAttemptsError as error:
        errors = {"number": say(language, words.TOO_MANY_TRIES)}
        refused = _look_up_page(request, typed, errors, status=429)
        refused.headers["Retry-After"] = str(error.retry_after)
        return refused
    with web.app.database.read() as session:
        ref = tickets.by_number_and_code(session, typed.number, typed.code)
        sheet = _sheet(session, ref, language, full=False) if ref else None
    if sheet is None:
        return _look_up_page(request, typed, failed=True, status=422)
    return _ticket_page(request, sheet, token="")


@router.get("/t/{token}")
def ticket(request: Request, token: str) -> Response:
    """Show the whole ticket to who has its secret link; no cookie is set or needed."""
    return _ticket_page(request, _load(request, token), token=token)


@router.get("/t/{token}/photos/{key}")
def photo(request: Request, token: str, key: str) -> Response:
    """Return a picture of the ticket."""
    with web_of(request).app.database.read() as session:
        ref = _ref(session, token)
        found = next((one for one in photos.of_ticket(session, ref.id) if one.key == key), None)
        if found is None:
            raise TicketNotFoundError("There is no such picture.")
        content = photos.content(session, found)
    return picture_response(content, found.media_type, found.name)


@router.post("/t/{token}/messages")
def post_message(request: Request, token: str, posted: Form) -> Response:
    """Add what the citizen says; the same form posted twice is one message."""
    web, language = web_of(request), language_of(request)
    sheet = _load(request, token)
    typed = Addition(posted.text("text"))
    if not _is_own(request, token, posted):
        errors = {"text": say(language, words.FORM_EXPIRED)}
        errors |= forms.lost_photos(posted, language)
        return _ticket_page(request, sheet, token=token, typed=typed, errors=errors, status=403)
    errors = {}
    if not typed.text:
        errors["text"] = say(language, words.EMPTY_MESSAGE)
    elif len(typed.text) > _LONGEST:
        errors["text"] = say(language, fields.TOO_LONG, most=_LONGEST)
    pictures, problem = filing.examine(request, posted.files, language=language)
    if problem:
        errors["photos"] = problem
    elif errors:
        errors |= forms.lost_photos(posted, language)
    if errors:
        return _ticket_page(request, sheet, token=token, typed=typed, errors=errors, status=422)
    try:
        with web.app.database.unit_of_work() as session:
            _add(request, session, token, posted, pictures)
    except limits.TooManyAttemptsError as error:
        errors = {"text": say(language, words.TOO_FAST)}
        errors |= forms.lost_photos(posted, language)
        refused = _ticket_page(request, sheet, token=token, typed=typed, errors=errors, status=429)
        refused.headers["Retry-After"] = str(error.retry_after)
        return refused
    web.app.bells.events.ring()
    return see_other(f"/t/{quote(token)}?sent=1")


@router.post("/t/{token}/withdraw")
def withdraw(request: Request, token: str, posted: Form) -> Response:
    """Take the report back; done twice it stays withdrawn."""
    return _change(request, token, posted, TicketStatus.WITHDRAWN)


@router.post("/t/{token}/reopen")
def reopen(request: Request, token: str, posted: Form) -> Response:
    """Open a closed ticket again; done twice it stays open."""
    return _change(request, token, posted, TicketStatus.REOPENED)


def _change(request: Request, token: str, posted: Posted, status: TicketStatus) -> Response:
    web = web_of(request)
    if not _is_own(request, token, posted):
        errors = {"text": say(language_of(request), words.FORM_EXPIRED)}
        sheet = _load(request, token)
        return _ticket_page(request, sheet, token=token, errors=errors, status=403)
    act = service.withdraw if status is TicketStatus.WITHDRAWN else service.reopen
    try:
        with web.app.database.unit_of_work() as session:
            act(session, _ref(session, token).id, now=clock.now())
    except TransitionNotAllowedError:
        pass  # somebody was there first: the page shows what is true now
    web.app.bells.events.ring()
    return see_other(f"/t/{quote(token)}")


def _add(
    request: Request, session: Session, token: str, posted: Posted, pictures: Sequence[Picture]
) -> None:
    """Add the message unless this form has brought it already, within the ticket's limit."""
    web, now = web_of(request), clock.now()
    ref = _ref(session, token)
    once = Rule(f"ticket-message:{ref.id}:{posted.key}", 1, _DAY)
    try:
        limits.check(session, [once], now=now - _DAY, secret=web.key)
    except limits.TooManyAttemptsError:
        return
    if not limits.hit(session, once.key, limit=1, window=_DAY, now=now, secret=web.key):
        return
    limits.require(
        session, [Rule(f"ticket-messages:{ref.id}", _MESSAGES, _HOUR)], now=now, secret=web.key
    )
    service.add_citizen_message(session, ref.id, posted.text("text"), now=now)
    photos.add(session, ref.id, pictures, now=now)
    alarm.sound(session, ref.id, posted.text("text"), now=now)


def _form_token(request: Request, token: str) -> str:
    """Return the forgery protection of a ticket's forms; it needs no cookie.

    Who has the secret link may write, and nobody else can know its address: the value only proves
    that the form comes from the page.
    """
    return signing.signature(token, purpose=_PURPOSE, secret=web_of(request).key)


def _is_own(request: Request, token: str, posted: Posted) -> bool:
    return signing.is_same(posted.text("csrf"), _form_token(request, token))


def _load(request: Request, token: str) -> Sheet:
    with web_of(request).app.database.read() as session:
        return _sheet(session, _ref(session, token), language_of(request), full=True)


def _ref(session: Session, token: str) -> TicketRef:
    found = tickets.by_token(session, token)
    if found is None:
        raise TicketNotFoundError("There is no such ticket.")
    return found


def _sheet(session: Session, ref: TicketRef, language: str, *, full: bool) -> Sheet:
    page = tickets.citizen_page(session, ref.id, language=language, full=full)
    if page is None:
        raise TicketNotFoundError("There is no such ticket.")
    if not full:
        return Sheet(page, (), None, None, None)
    own = "\n".join(item.text for item in page.history[:1] if item.own)
    return Sheet(
        page=page,
        photos=photos.of_ticket(session, ref.id),
        code=tickets.check_code(session, ref.id),
        notify=_notify(session, ref, language),
        alarm=alarm.notice(own, city.facts(session), language),
    )


def _notify(session: Session, ref: TicketRef, language: str) -> str:
    """Say how news will come."""
    conversation = session.get(Conversation, ref.conversation_id) if ref.conversation_id else None
    if conversation is None:
        return say(language, words.NEWS_HERE)
    channel = channels.channel(session, conversation.channel_id)
    if channel.kind == "webchat":
        return say(language, words.NEWS_IN_CHAT)
    return say(language, words.NEWS_ON_CHANNEL, channel=channel.name)


def _look_up_page(
    request: Request,
    typed: Lookup,
    errors: dict[str, str] | None = None,
    *,
    failed: bool = False,
    status: int = 200,
) -> Response:
    pair = forms.token(request)
    page = render(
        request,
        "city/lookup.html",
        status=status,
        csrf=pair.field,
        form=typed,
        errors=errors or {},
        failed=failed,
    )
    forms.keep(request, page, pair)
    return page


def _ticket_page(
    request: Request,
    sheet: Sheet,
    *,
    token: str,
    typed: Addition | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    language = language_of(request)
    is_new = bool(token) and request.query_params.get("new") == "1"
    is_sent = bool(token) and request.query_params.get("sent") == "1"
    return render(
        request,
        "city/ticket.html",
        status=status,
        ticket=_shown(sheet.page),
        steps=_steps(sheet.page, language),
        events=_events(sheet, token, language),
        can_write=bool(token),
        can_withdraw=sheet.page.can_withdraw,
        can_reopen=sheet.page.can_reopen,
        token=token,
        code=sheet.code,
        notify=sheet.notify,
        csrf=_form_token(request, token) if token else "",
        key=fields.new_key(),
        form=typed or Addition(),
        errors=errors or {},
        alarm=sheet.alarm if is_new or is_sent else None,
        new=is_new,
        sent=is_sent,
    )


def _shown(page: CitizenTicket) -> Shown:
    tone = _TONES.get(page.state, "active")
    return Shown(
        number=page.number,
        title=page.title,
        place=page.place or None,
        updated_at=page.updated_at,
        state_label=page.state_word,
        state_sentence=page.sentence,
        next_sentence=page.next_step,
        tone="ok" if page.status is TicketStatus.RESOLVED else tone,
    )


def _steps(page: CitizenTicket, language: str) -> list[tuple[str, str]]:
    """Return the four steps; none where they do not fit (not ours, merged, withdrawn)."""
    if page.closed_at is not None and page.status is not TicketStatus.RESOLVED:
        return []
    labels = [texts.state_word(state, language) for state in _STEPS]
    current = page.step + (page.status is TicketStatus.RESOLVED)
    marks = [
        "done" if place < current else "current" if place == current else "todo"
        for place in range(1, len(labels) + 1)
    ]
    return list(zip(labels, marks, strict=True))


def _events(sheet: Sheet, token: str, language: str) -> list[ShownEvent]:
    by_event: dict[int, list[ShownPhoto]] = {}
    for one in sheet.photos:
        shown = ShownPhoto(f"/t/{quote(token)}/photos/{one.key}", one.name)
        by_event.setdefault(one.event_id, []).append(shown)
    return [
        ShownEvent(
            title=item.headline,
            text=say(language, words.QUOTED, words=item.text)
            if item.own and item.text
            else item.text or None,
            at=item.at,
            photos=tuple(by_event.get(item.event_id, ())),
        )
        for item in sheet.page.history
    ]
