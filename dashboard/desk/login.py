"""Logging in, with a second step for who has a second factor, and out."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Form, Request
from fastapi.responses import Response

from bot import clock
from bot.audit.service import Actor, ActorKind
from bot.staff import login
from bot.staff import service as staff
from bot.staff.limits import TooManyAttemptsError
from bot.staff.login import HALF_WAY, HalfWay, HalfWayOverError, LogInFailedError
from bot.staff.passwords import BusyError
from bot.staff.second_factor import WrongCodeError
from bot.staff.service import LogIn
from dashboard.desk import access
from dashboard.desk.route import new_router, safe_next, theme_of
from dashboard.desk.words import Words
from dashboard.security import cookies, csrf
from dashboard.web import language_of, note_refusal, render, see_other, sender_address, web_of

router = new_router()

FAILED = "Benutzername oder Passwort stimmt nicht."
TOO_MANY = "Zu viele Versuche. Bitte versuchen Sie es in %(minutes)s Minuten noch einmal."
WRONG_CODE = "Der Code stimmt nicht. Bitte nehmen Sie den, der gerade in der App steht."
BUSY = "Gerade melden sich sehr viele an. Bitte versuchen Sie es gleich noch einmal."


@router.get("/login")
def show(request: Request, next: str = "/desk") -> Response:  # noqa: A002 (the address's name)
    """Show the log-in, or the desk to who is logged in already."""
    web = web_of(request)
    token = web.cookies.read(request.cookies, cookies.SESSION)
    if login.current_user(web.app.database, token, now=clock.now()):
        return see_other(safe_next(next))
    return _form(request, next=safe_next(next))


@router.post("/login")
def log_in(
    request: Request,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/desk",  # noqa: A002 (the field's name)
    token: Annotated[str, Form(alias=csrf.FIELD)] = "",
) -> Response:
    """Open a session; every failure looks the same."""
    web = web_of(request)
    csrf.require_form(web.cookies.read(request.cookies, cookies.FORM), token, secret=web.key)
    words = Words(language_of(request))
    goal = safe_next(next)
    try:
        opened = login.authenticate(
            web.app.database,
            name,
            password,
            address=sender_address(request),
            client=request.headers.get("user-agent"),
            secret=web.key,
            now=clock.now(),
        )
    except LogInFailedError:
        return _form(request, next=goal, name=name, failed=words.say(FAILED), status=401)
    except TooManyAttemptsError as error:
        note_refusal(request, error)
        text = too_many(words, error)
        page = _form(request, next=goal, name=name, failed=text, status=error.status)
        page.headers["Retry-After"] = str(error.retry_after)
        return page
    except BusyError as error:
        return _form(request, next=goal, name=name, failed=words.say(BUSY), status=error.status)
    if isinstance(opened, HalfWay):
        response = see_other(f"/desk/login/code?{urlencode({'next': goal})}")
        web.cookies.put(response, cookies.HALF_WAY, opened.note, age=HALF_WAY)
        return response
    return _enter(request, opened, goal)


@router.get("/login/code")
def show_code(request: Request, next: str = "/desk") -> Response:  # noqa: A002 (see above)
    """Ask for the code of the authenticator app, or for a recovery code."""
    web = web_of(request)
    note = web.cookies.read(request.cookies, cookies.HALF_WAY)
    try:
        login.check_half_way(web.app.database, note, secret=web.key, now=clock.now())
    except HalfWayOverError:
        return see_other("/desk/login")
    return _form(request, next=safe_next(next), page="desk/login_code.html")


@router.post("/login/code")
def log_in_with_code(
    request: Request,
    code: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/desk",  # noqa: A002 (see above)
    token: Annotated[str, Form(alias=csrf.FIELD)] = "",
) -> Response:
    """Open the session of somebody whose password was right."""
    web = web_of(request)
    csrf.require_form(web.cookies.read(request.cookies, cookies.FORM), token, secret=web.key)
    words = Words(language_of(request))
    goal, page = safe_next(next), "desk/login_code.html"
    try:
        opened = login.finish(
            web.app.database,
            web.cookies.read(request.cookies, cookies.HALF_WAY),
            code,
            client=request.headers.get("user-agent"),
            secret=web.key,
            now=clock.now(),
        )
    except HalfWayOverError:
        return see_other("/desk/login")
    except WrongCodeError as error:
        failed = words.say(WRONG_CODE)
        return _form(request, next=goal, failed=failed, status=error.status, page=page)
    except TooManyAttemptsError as error:
        note_refusal(request, error)
        failed = too_many(words, error)
        answer = _form(request, next=goal, failed=failed, status=error.status, page=page)
        answer.headers["Retry-After"] = str(error.retry_after)
        return answer
    response = _enter(request, opened, goal)
    web.cookies.remove(response, cookies.HALF_WAY)
    return response


@router.post("/logout")
def log_out(request: Request, token: Annotated[str, Form(alias=csrf.FIELD)] = "") -> Response:
    """End this session."""
    web = web_of(request)
    user = access.poster(request, token)
    if user.session_id is not None:
        actor = Actor(ActorKind.USER, user.id)
        with web.app.database.unit_of_work() as session:
            staff.revoke_session(session, actor, user.session_id, user_id=user.id, now=clock.now())
    response = see_other("/desk/login")
    web.cookies.remove(response, cookies.SESSION)
    response.headers["Clear-Site-Data"] = '"storage"'  # what the composer keeps while offline
    return response


def too_many(words: Words, error: TooManyAttemptsError) -> str:
    """Return the sentence that says when to try again."""
    return words.say(TOO_MANY, minutes=-(-error.retry_after // 60))


def _enter(request: Request, opened: LogIn, goal: str) -> Response:
    """Hand out the new session and end the one that this browser had."""
    web, now = web_of(request), clock.now()
    before = login.current_user(
        web.app.database, web.cookies.read(request.cookies, cookies.SESSION), now=now
    )
    if before and before.session_id is not None:
        actor = Actor(ActorKind.USER, before.id)
        with web.app.database.unit_of_work() as session:
            staff.revoke_session(session, actor, before.session_id, user_id=before.id, now=now)
    response = see_other("/desk/account" if opened.user.must_change_password else goal)
    web.cookies.put(response, cookies.SESSION, opened.token)
    return response


def _form(
    request: Request,
    *,
    next: str,  # noqa: A002 (the template's name)
    name: str = "",
    failed: str | None = None,
    status: int = 200,
    page: str = "desk/login.html",
) -> Response:
    web = web_of(request)
    pair = csrf.form_token(web.cookies.read(request.cookies, cookies.FORM), secret=web.key)
    answer = render(
        request,
        page,
        status=status,
        csrf=pair.field,
        theme=theme_of(request),
        next=next,
        name=name,
        errors={},
        failed=failed,
    )
    if pair.is_new:
        web.cookies.put(answer, cookies.FORM, pair.cookie)
    return answer
