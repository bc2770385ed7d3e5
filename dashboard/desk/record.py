"""Telephone and counter: a colleague takes down what a citizen tells, with hints while typing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from fastapi import Request, Response

from bot.audit.service import Actor, ActorKind
from bot.staff.permissions import StaffUser
from bot.tickets.states import TicketOrigin
from connectors import text as texts
from dashboard.desk import access
from dashboard.desk.hints import Asked, hints_for
from dashboard.desk.page import page, part
from dashboard.desk.posted import Posted
from dashboard.desk.route import new_router, theme_of
from dashboard.desk.words import LANGUAGES, Words
from dashboard.reports import fields, filing, guess
from dashboard.reports.fields import Typed
from dashboard.reports.filing import Report
from dashboard.security import csrf
from dashboard.security.csrf import CsrfError
from dashboard.web import (
    LogInNeededError,
    is_fragment,
    language_of,
    note_refusal,
    render,
    see_other,
)

router = new_router()

EXPIRED = "Sie waren zu lange fort. Bitte drücken Sie noch einmal „Aufnehmen“: Alles steht noch da."
LOGGED_OUT = (
    "Sie sind abgemeldet. Bitte melden Sie sich in einem neuen Tab an und drücken Sie dann hier "
    "noch einmal „Aufnehmen“: Alles steht noch da."
)
BAD_PHONE = "Bitte prüfen Sie die Telefonnummer."
WAYS = (TicketOrigin.PHONE, TicketOrigin.COUNTER)
_BRIEFLY = 1  # tries: somebody waits on the telephone, and the hint has shown the category already
_PHONE = re.compile(r"(?=(?:\D*\d){3})[+0-9][0-9 ()/.-]{2,39}")


@dataclass(frozen=True, slots=True)
class Call(Typed):
    """The form as it was filled in; `guessed` is the category that the hint showed last."""

    origin: TicketOrigin = TicketOrigin.PHONE
    phone: str = field(default="", repr=False)
    language: str = "de"
    guessed: str = ""


@router.get("/record")
def show(request: Request, way: str = "") -> Response:
    """Show an empty form."""
    user = access.recorder(request)
    return _page(request, user, Call(origin=_way(way)), {}, fields.new_key())


@router.post("/record")
def record(request: Request, posted: Posted) -> Response:
    """Make a ticket of what was told; the same form posted twice is one ticket."""
    call, key = _call(posted), fields.sound_key(posted.get("key", ""))
    try:
        user = access.recorder(request)
    except LogInNeededError:
        if call == Call():
            raise
        return _logged_out(request, call, key)
    try:
        csrf.require_csrf(posted.get(csrf.FIELD), user.csrf)
    except CsrfError as error:  # after a new log-in in another tab: nothing typed is lost
        note_refusal(request, error)
        expired = {"text": Words(user.language).say(EXPIRED)}
        return _page(request, user, call, expired, key, status=403)
    told = (call.text, call.place, call.district, call.name, call.phone, call.contact)
    token = filing.token_of(request, f"user {user.id}", key, *told)
    if (ticket := filing.filed(request, token)) is None:
        call = _placed(request, call)
        errors = fields.check(call, guess.facts_of(request), user.language)
        errors |= _check_phone(call.phone, user.language)
        if errors:
            return _page(request, user, call, errors, key, status=422)
        actor = Actor(ActorKind.USER, user.id)
        filing.file(request, _report(call), actor=actor, token=token, written_in=user.language)
        ticket = filing.filed(request, token)
    if ticket is None:
        raise RuntimeError("a report was filed and is not there")
    return see_other(f"/desk/record/{ticket.number}")


@router.post("/record/hints")
def show_hints(request: Request, posted: Posted) -> Response:
    """Say what the text is about so far, and what is known of it; a fragment."""
    try:
        user = access.recorder(request, posted.get(csrf.FIELD, ""))
    except (LogInNeededError, CsrfError):
        if not is_fragment(request):
            raise
        return render(request, "desk/_hints.html", language=language_of(request), hints=None)
    call = _call(posted)
    asked = Asked(call.text, call.place, call.district or None, call.category)
    return part(request, user, "desk/_hints.html", hints=hints_for(request, user, asked))


def _placed(request: Request, call: Call) -> Call:
    """Take the place from the text where it stands nowhere else: nobody says it twice."""
    if call.place or call.district:
        return call
    facts = guess.facts_of(request)
    found = guess.guess(request, facts, call.text, call.language, tries=_BRIEFLY)
    return replace(call, place=found.place or "", district=found.district or "")


def _page(
    request: Request,
    user: StaffUser,
    call: Call,
    errors: Mapping[str, str],
    key: str,
    *,
    status: int = 200,
) -> Response:
    form = _form(request, call, key, errors, user.language)
    return page(request, user, "desk/record.html", status=status, flash=None, **form)


def _logged_out(request: Request, call: Call, key: str) -> Response:
    """Give back what was typed: its writer logs in elsewhere and sends it once more."""
    language = language_of(request)
    template = "desk/record_logged_out.html"
    form = _form(request, call, key, {"text": Words(language).say(LOGGED_OUT)}, language)
    theme = theme_of(request)
    return render(request, template, status=403, language=language, theme=theme, csrf="", **form)


def _form(
    request: Request, call: Call, key: str, errors: Mapping[str, str], language: str
) -> dict[str, object]:
    facts = guess.facts_of(request)
    words = Words(language)
    return {
        "form": call,
        "key": key,
        "errors": errors,
        "ways": [(way.value, words.origin(way)) for way in WAYS],
        "districts": fields.districts(facts),
        "categories": fields.categories(facts, language),
        "languages": [(code, words.spoken(code)) for code in LANGUAGES],
    }


def _call(posted: Mapping[str, str]) -> Call:
    def line(name: str) -> str:
        return " ".join(texts.clean(posted.get(name, "")).split())

    language = line("language")
    return Call(
        text=texts.clean(posted.get("text", "")),
        place=line("place"),
        district=line("district"),
        category=line("category"),
        name=line("name"),
        contact=line("contact"),
        origin=_way(line("origin")),
        phone=line("phone"),
        language=language if language in LANGUAGES else "de",
        guessed=line("guessed"),
    )


def _way(text: str) -> TicketOrigin:
    return TicketOrigin.COUNTER if text == TicketOrigin.COUNTER else TicketOrigin.PHONE


def _check_phone(phone: str, language: str) -> dict[str, str]:
    if phone and not _PHONE.fullmatch(phone):
        return {"phone": Words(language).say(BAD_PHONE)}
    return {}


def _report(call: Call) -> Report:
    return Report(
        text=call.text,
        language=call.language,
        place=call.place,
        district=call.district or None,
        category_id=call.category or None,
        hinted=call.guessed or None,
        tries=_BRIEFLY,
        name=call.name or None,
        email=call.contact or None,
        phone=call.phone or None,
        origin=call.origin,
    )
