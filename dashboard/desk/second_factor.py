"""My second factor: setting it up with an authenticator app, recovery codes, switching it off."""

from typing import Annotated

from fastapi import Form, Request, Response

from bot import clock
from bot.city import queries as city
from bot.staff import queries as accounts
from bot.staff import second_factor
from bot.staff.permissions import StaffUser
from bot.staff.second_factor import AlreadySetUpError, NotSetUpError, WrongCodeError
from dashboard import qr
from dashboard.desk import access
from dashboard.desk.account import Token, actor, refuse_password
from dashboard.desk.login import WRONG_CODE
from dashboard.desk.page import page
from dashboard.desk.route import new_router
from dashboard.desk.words import Words
from dashboard.web import see_other, web_of

router = new_router()

Password = Annotated[str, Form(alias="factor_password")]
_FIELD = "factor_password"
_ACCOUNT = "/desk/account"
_SET_UP = "/desk/account/second-factor"


@router.post("/account/second-factor")
def begin(request: Request, password: Password = "", token: Token = "") -> Response:
    """Choose a secret, after the password was right."""
    user = access.poster(request, token)
    if refusal := refuse_password(request, user, password, field=_FIELD):
        return refusal
    web = web_of(request)
    try:
        with web.app.database.unit_of_work() as session:
            second_factor.begin(session, actor(user), user.id, key=web.key, now=clock.now())
    except AlreadySetUpError:
        return see_other(_ACCOUNT)
    return see_other(_SET_UP)


@router.get("/account/second-factor")
def show(request: Request) -> Response:
    """Show the secret as a QR code and as text, and ask for the first code."""
    return _set_up(request, access.current(request), {})


@router.post("/account/second-factor/confirm")
def confirm(request: Request, code: Annotated[str, Form()] = "", token: Token = "") -> Response:
    """Switch it on, and show the recovery codes this once."""
    user = access.poster(request, token)
    web = web_of(request)
    try:
        with web.app.database.unit_of_work() as session:
            codes = second_factor.confirm(
                session,
                actor(user),
                user.id,
                code,
                key=web.key,
                now=clock.now(),
                keep_session_id=user.session_id,
            )
    except WrongCodeError:
        wrong = Words(user.language).say(WRONG_CODE)
        return _set_up(request, user, {"code": wrong}, status=422)
    except NotSetUpError:
        return see_other(_ACCOUNT)
    return page(request, user, "desk/recovery_codes.html", codes=codes, is_new=True)


@router.post("/account/second-factor/codes")
def renew(request: Request, password: Password = "", token: Token = "") -> Response:
    """Show new recovery codes, which end the old ones."""
    user = access.poster(request, token)
    if refusal := refuse_password(request, user, password, field=_FIELD):
        return refusal
    try:
        with web_of(request).app.database.unit_of_work() as session:
            codes = second_factor.renew_codes(session, actor(user), user.id, now=clock.now())
    except NotSetUpError:
        return see_other(_ACCOUNT)
    return page(request, user, "desk/recovery_codes.html", codes=codes, is_new=False)


@router.post("/account/second-factor/remove")
def remove(request: Request, password: Password = "", token: Token = "") -> Response:
    """Switch it off, after the password was right."""
    user = access.poster(request, token)
    if refusal := refuse_password(request, user, password, field=_FIELD):
        return refusal
    with web_of(request).app.database.unit_of_work() as session:
        second_factor.remove(
            session, actor(user), user.id, now=clock.now(), keep_session_id=user.session_id
        )
    return see_other(f"{_ACCOUNT}?done=factor-off")


def _set_up(
    request: Request, user: StaffUser, errors: dict[str, str], *, status: int = 200
) -> Response:
    web = web_of(request)
    try:
        with web.app.database.read() as session:
            enrolment = second_factor.pending(
                session,
                user.id,
                key=web.key,
                now=clock.now(),
                name=accounts.username(session, user.id),
                city=city.facts(session).name,
            )
    except NotSetUpError:
        return see_other(_ACCOUNT)
    secret = enrolment.secret
    return page(
        request,
        user,
        "desk/second_factor.html",
        status=status,
        picture=qr.picture(enrolment.address),
        address=enrolment.address,
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        errors=errors,
    )
