"""My account: devices, password, second factor, language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Form, Request, Response

from bot import clock
from bot.audit.service import Actor, ActorKind
from bot.city import queries as city
from bot.staff import login, passwords, rules, second_factor
from bot.staff import queries as accounts
from bot.staff import service as staff
from bot.staff.limits import TooManyAttemptsError
from bot.staff.login import LogInFailedError
from bot.staff.passwords import MAX_LENGTH, MIN_LENGTH, BusyError, WeakPasswordError
from bot.staff.permissions import StaffUser
from bot.staff.queries import UserRow
from bot.staff.states import StaffLanguage
from dashboard.desk import access
from dashboard.desk.login import BUSY, too_many
from dashboard.desk.page import page
from dashboard.desk.route import Key, new_router
from dashboard.desk.words import OTHER_BROWSER, ROLES, Words
from dashboard.security import csrf
from dashboard.web import note_refusal, see_other, web_of

router = new_router()

Token = Annotated[str, Form(alias=csrf.FIELD)]

FIRST = "Bitte wählen Sie zuerst ein eigenes Passwort."
WRONG = "Das Passwort stimmt nicht."
SAME = "Bitte wählen Sie ein anderes als das bisherige."
SHORT = "Das Passwort braucht mindestens %(least)s Zeichen."
LONG = "Das Passwort darf höchstens %(most)s Zeichen haben."
GUESSED = "Dieses Passwort wird beim Raten zuerst versucht. Bitte nehmen Sie ein anderes."
_LANGUAGES = {StaffLanguage.DE: "Deutsch", StaffLanguage.EN: "English"}


@dataclass(frozen=True, slots=True)
class Account:
    """Who I am."""

    name: str
    login: str
    role_label: str


@dataclass(frozen=True, slots=True)
class Device:
    """A running session."""

    id: int
    device: str
    started_at: object
    last_seen_at: object
    current: bool


@dataclass(frozen=True, slots=True)
class Factor:
    """The second factor as the page shows it."""

    on: bool
    codes_left: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """The language form."""

    language: str


@router.get("/account")
def show(request: Request) -> Response:
    """Show the account of whoever is logged in, also while the first password still stands."""
    return show_account(request, access.current(request), {})


@router.post("/account/password")
def change_password(
    request: Request,
    current: Annotated[str, Form()] = "",
    new: Annotated[str, Form()] = "",
    token: Token = "",
) -> Response:
    """Replace the password and end the other sessions."""
    user = access.poster(request, token)
    web = web_of(request)
    database = web.app.database
    words = Words(user.language)
    if refusal := refuse_password(request, user, current, field="current"):
        return refusal
    with database.read() as session:
        about = (accounts.username(session, user.id), user.name, city.facts(session).name)
    if problem := _weakness(words, current, new, about):
        return show_account(request, user, {"new": problem}, status=422)
    password_hash = passwords.hash_password(new, about=about)
    with database.unit_of_work() as session:
        staff.set_password(
            session,
            actor(user),
            user.id,
            password_hash,
            now=clock.now(),
            keep_session_id=user.session_id,
        )
    return see_other("/desk/account?done=password")


@router.post("/account/language")
def change_language(
    request: Request,
    language: Annotated[StaffLanguage, Form()] = StaffLanguage.DE,
    token: Token = "",
) -> Response:
    """Choose the language of the desk."""
    user = access.poster(request, token)
    with web_of(request).app.database.unit_of_work() as session:
        staff.set_language(session, actor(user), user.id, language, now=clock.now())
    return see_other("/desk/account?done=saved")


@router.post("/account/sessions/{session_id}/revoke")
def revoke(request: Request, session_id: Key, token: Token = "") -> Response:
    """End one of my sessions."""
    user = access.poster(request, token)
    with web_of(request).app.database.unit_of_work() as session:
        staff.revoke_session(session, actor(user), session_id, user_id=user.id, now=clock.now())
    return see_other("/desk/account?done=saved")


@router.post("/account/sessions/revoke-others")
def revoke_others(request: Request, token: Token = "") -> Response:
    """End all of my sessions except this one."""
    user = access.poster(request, token)
    with web_of(request).app.database.unit_of_work() as session:
        staff.revoke_all(
            session, actor(user), user.id, now=clock.now(), keep_session_id=user.session_id
        )
    return see_other("/desk/account?done=saved")


def refuse_password(
    request: Request, user: StaffUser, password: str, *, field: str
) -> Response | None:
    """Return the page that asks again for the password, None when it was right."""
    web = web_of(request)
    words = Words(user.language)
    try:
        login.confirm(web.app.database, user, password, secret=web.key, now=clock.now())
    except LogInFailedError as error:
        note_refusal(request, error)
        return show_account(request, user, {field: words.say(WRONG)}, status=422)
    except TooManyAttemptsError as error:
        note_refusal(request, error)
        answer = show_account(request, user, {field: too_many(words, error)}, status=error.status)
        answer.headers["Retry-After"] = str(error.retry_after)
        return answer
    except BusyError as error:
        return show_account(request, user, {field: words.say(BUSY)}, status=error.status)
    return None


def show_account(
    request: Request, user: StaffUser, errors: Mapping[str, str], *, status: int = 200
) -> Response:
    """Return the account's page, with what was wrong in one of its forms."""
    now = clock.now()
    words = Words(user.language)
    row = _row(request, user)
    with web_of(request).app.database.read() as session:
        factor = Factor(
            second_factor.is_on(session, user.id), second_factor.codes_left(session, user.id)
        )
        running = accounts.list_sessions(session, user.id, now=now, current_id=user.session_id)
    sessions = [
        Device(
            one.id,
            words.say(OTHER_BROWSER) if one.client == rules.OTHER_CLIENT else one.client,
            one.created_at,
            one.last_seen_at,
            one.current,
        )
        for one in running
    ]
    return page(
        request,
        user,
        "desk/sessions.html",
        status=status,
        flash=("warn", words.say(FIRST)) if user.must_change_password and not errors else None,
        account=Account(user.name, row.username, words.say(ROLES[user.role])),
        languages=list(_LANGUAGES.items()),
        form=Chosen(user.language),
        sessions=sessions,
        factor=factor,
        least=MIN_LENGTH,
        errors=errors,
    )


def _row(request: Request, user: StaffUser) -> UserRow:
    with web_of(request).app.database.read() as session:
        return next(row for row in accounts.list_users(session) if row.id == user.id)


def _weakness(words: Words, current: str, new: str, about: tuple[str, ...]) -> str | None:
    """Return why the new password is not accepted."""
    if new == current:
        return words.say(SAME)
    try:
        passwords.check(new, about=about)
    except WeakPasswordError:
        if len(new) < MIN_LENGTH:
            return words.say(SHORT, least=MIN_LENGTH)
        return words.say(LONG, most=MAX_LENGTH) if len(new) > MAX_LENGTH else words.say(GUESSED)
    return None


def actor(user: StaffUser) -> Actor:
    """Return who does it, for the audit trail."""
    return Actor(ActorKind.USER, user.id)
