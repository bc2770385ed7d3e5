"""Logging in and out."""

from typing import Annotated

from fastapi import Form, Request
from fastapi.responses import Response

from bot import clock
from bot.audit.service import Actor, ActorKind
from bot.staff import login
from bot.staff import service as staff
from bot.staff.limits import TooManyAttemptsError
from bot.staff.login import LogInFailedError
from bot.staff.passwords import BusyError
from dashboard.desk import access
from dashboard.desk.route import new_router, safe_next, theme_of
from dashboard.desk.words import Words
from dashboard.security import cookies, csrf
from dashboard.web import language_of, render, see_other, sender_address, web_of

router = new_router()

FAILED = "Benutzername oder Passwort stimmt nicht."
TOO_MANY = "Zu viele Versuche. Bitte versuchen Sie es in %(minutes)s Minuten noch einmal."
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
        minutes = -(-error.retry_after // 60)
        text = words.say(TOO_MANY, minutes=minutes)
        page = _form(request, next=goal, name=name, failed=text, status=error.status)
        page.headers["Retry-After"] = str(error.retry_after)
        return page
    except BusyError as error:
        return _form(request, next=goal, name=name, failed=words.say(BUSY), status=error.status)
    response = see_other("/desk/account" if opened.user.must_change_password else goal)
    web.cookies.put(response, cookies.SESSION, opened.token)
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
    return response


def _form(
    request: Request,
    *,
    next: str,  # noqa: A002 (the template's name)
    name: str = "",
    failed: str | None = None,
    status: int = 200,
) -> Response:
    web = web_of(request)
    pair = csrf.form_token(web.cookies.read(request.cookies, cookies.FORM), secret=web.key)
    page = render(
        request,
        "desk/login.html",
        status=status,
        csrf=pair.field,
        theme=theme_of(request),
        next=next,
        name=name,
        errors={},
        failed=failed,
    )
    if pair.is_new:
        web.cookies.put(page, cookies.FORM, pair.cookie)
    return page
