"""Writing accounts, sessions and API tokens."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.audit import service as audit
from bot.audit.service import Actor
from bot.errors import InvalidError, NotFoundError
from bot.offices.models import Office
from bot.staff import rules, tokens
from bot.staff.models import ApiToken, StaffSession, User
from bot.staff.passwords import PasswordHash
from bot.staff.permissions import StaffUser
from bot.staff.states import Role, StaffLanguage

_DISPLAY_LENGTH = 120
_EMAIL_LENGTH = 254
_EMAIL = re.compile(r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)*")
_CLIENT_LENGTH = 40


class UsernameTakenError(InvalidError):
    """Somebody else has this user name."""

    code = "username_taken"

    def __init__(self) -> None:
        super().__init__("This user name is taken.", field="username")


class LastAdminError(InvalidError):
    """Without this account nobody could manage the others."""

    code = "last_admin"


@dataclass(frozen=True, slots=True)
class LogIn:
    """A new session: `token` goes into the cookie and is not stored anywhere."""

    token: str
    csrf: str
    user: StaffUser


def create_user(
    session: Session,
    actor: Actor,
    *,
    username: str,
    display_name: str,
    role: Role,
    password_hash: PasswordHash,
    now: datetime,
    office_id: int | None = None,
    email: str | None = None,
    language: StaffLanguage = StaffLanguage.DE,
    must_change_password: bool = False,
) -> int:
    """Create an account and return its id; the hash comes from `passwords.hash_password`.

    Raises `UsernameTakenError`, and `InvalidError` for a bad name or a missing office.
    """
    folded = rules.fold(username)
    if not rules.is_username(folded):
        raise InvalidError("A user name has 1 to 80 printable characters.", field="username")
    _check_texts(display_name, email)
    _check_office(session, role, office_id)
    user = User(
        username=folded,
        display_name=display_name.strip() or folded,
        email=email,
        password_hash=password_hash,
        role=role,
        office_id=office_id,
        language=language,
        must_change_password=must_change_password,
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError:
        raise UsernameTakenError from None
    audit.note(session, actor, "user.created", "user", user.id, now=now)
    return user.id


def set_password(
    session: Session,
    actor: Actor,
    user_id: int,
    password_hash: PasswordHash,
    *,
    now: datetime,
    must_change: bool = False,
    keep_session_id: int | None = None,
) -> None:
    """Replace the password and end the account's other sessions; raises `NotFoundError`.

    `must_change` is for a password that somebody else has chosen.
    """
    user = _get(session, user_id)
    user.password_hash = password_hash
    user.must_change_password = must_change
    revoke_all(session, actor, user_id, now=now, keep_session_id=keep_session_id)
    audit.note(session, actor, "user.password_set", "user", user_id, "password_hash", now=now)


def set_email(
    session: Session, actor: Actor, user_id: int, email: str | None, *, now: datetime
) -> None:
    """Set where alarms of an account are sent to, or nowhere.

    Raises `NotFoundError`, `InvalidError`.
    """
    user = _get(session, user_id)
    _check_texts(user.display_name, email)
    user.email = email
    audit.note(session, actor, "user.changed", "user", user_id, "email", now=now)


def change_user(
    session: Session,
    actor: Actor,
    user_id: int,
    *,
    now: datetime,
    display_name: str,
    email: str | None,
    role: Role,
    office_id: int | None,
    language: StaffLanguage,
    active: bool,
) -> None:
    """Change an account; a deactivated one loses its sessions and API tokens at once.

    Raises `NotFoundError`, `LastAdminError`, and `InvalidError` for an office that is missing.
    """
    admins = session.scalars(  # locked: two admins must not remove each other at once
        select(User.id)
        .where(User.role == Role.ADMIN, User.active)
        .order_by(User.id)
        .with_for_update()
    ).all()
    user = _get(session, user_id)
    if list(admins) == [user_id] and not (active and role is Role.ADMIN):
        raise LastAdminError("The last administrator cannot be removed.", field="role")
    _check_texts(display_name, email)
    _check_office(session, role, office_id)
    after = {
        "display_name": display_name.strip() or user.username,
        "email": email,
        "role": role,
        "office_id": office_id,
        "language": language,
        "active": active,
    }
    changed = [name for name, value in after.items() if getattr(user, name) != value]
    for name in changed:
        setattr(user, name, after[name])
    if not active:
        revoke_all(session, actor, user_id, now=now)
        revoke_tokens(session, actor, user_id, now)
    if changed:
        audit.note(session, actor, "user.changed", "user", user_id, *changed, now=now)


def set_active(
    session: Session, actor: Actor, user_id: int, *, active: bool, now: datetime
) -> None:
    """Let an account log in, or lock it out at once; raises `LastAdminError`."""
    user = _get(session, user_id)
    change_user(
        session,
        actor,
        user_id,
        now=now,
        display_name=user.display_name,
        email=user.email,
        role=user.role,
        office_id=user.office_id,
        language=user.language,
        active=active,
    )


def set_language(
    session: Session, actor: Actor, user_id: int, language: StaffLanguage, *, now: datetime
) -> None:
    """Choose the language of somebody's desk."""
    _get(session, user_id).language = language
    audit.note(session, actor, "user.changed", "user", user_id, "language", now=now)


def open_session(
    session: Session,
    user_id: int,
    *,
    client: str,
    now: datetime,
    new_token: Callable[[], str] = tokens.new_token,
) -> LogIn:
    """Open a session for somebody whose password was right; see `login.authenticate`."""
    user = _get(session, user_id)
    user.last_login_at = now
    token, csrf = new_token(), new_token()
    row = StaffSession(
        user_id=user_id,
        token_hash=tokens.token_hash(token),
        csrf=csrf,
        created_at=now,
        last_seen_at=now,
        expires_at=rules.session_end(created_at=now, seen_at=now),
        client=client[:_CLIENT_LENGTH],
    )
    session.add(row)
    session.flush()
    actor = Actor(audit.ActorKind.USER, user_id)
    audit.note(session, actor, "session.opened", "staff_session", row.id, now=now)
    return LogIn(token, csrf, _staff_user(user, row))


def user_of_session(session: Session, token: str, *, now: datetime) -> StaffUser | None:
    """Return whose session the cookie names; None when forged, ended, revoked or deactivated."""
    row = session.execute(
        select(User, StaffSession)
        .join(StaffSession, StaffSession.user_id == User.id)
        .where(
            StaffSession.token_hash == tokens.token_hash(token),
            StaffSession.revoked_at.is_(None),
            StaffSession.expires_at > now,
            User.active,
        )
    ).one_or_none()
    return _staff_user(*row) if row else None


def touch_session(session: Session, session_id: int, *, now: datetime) -> None:
    """Move the end of a used session; at most every five minutes, so that reading stays cheap."""
    row = session.get(StaffSession, session_id)
    if row and row.revoked_at is None and row.last_seen_at <= now - rules.TOUCH_EVERY:
        row.last_seen_at = now
        row.expires_at = rules.session_end(created_at=row.created_at, seen_at=now)


def revoke_session(
    session: Session, actor: Actor, session_id: int, *, user_id: int, now: datetime
) -> None:
    """End one session of `user_id`; one that is ended already stays so. `NotFoundError`."""
    row = session.get(StaffSession, session_id)
    if row is None or row.user_id != user_id:
        raise NotFoundError("There is no such session.")
    if row.revoked_at is None:
        row.revoked_at = now
        audit.note(session, actor, "session.revoked", "staff_session", session_id, now=now)


def revoke_all(
    session: Session,
    actor: Actor,
    user_id: int,
    *,
    now: datetime,
    keep_session_id: int | None = None,
) -> int:
    """End every session of an account except `keep_session_id`; returns how many."""
    ended = session.scalars(
        update(StaffSession)
        .where(
            StaffSession.user_id == user_id,
            StaffSession.revoked_at.is_(None),
            StaffSession.id.is_distinct_from(keep_session_id),
        )
        .values(revoked_at=now)
        .returning(StaffSession.id)
    ).all()
    audit.record(
        session,
        [audit.Entry(actor, "session.revoked", "staff_session", key) for key in sorted(ended)],
        now=now,
    )
    return len(ended)


def create_api_token(
    session: Session,
    actor: Actor,
    user_id: int,
    name: str,
    *,
    now: datetime,
    new_token: Callable[[], str] = tokens.new_token,
) -> str:
    """Return a new API token of an account, this once; raises `NotFoundError`."""
    _get(session, user_id)
    token = tokens.API_PREFIX + new_token()
    row = ApiToken(
        user_id=user_id, name=name[:120], token_hash=tokens.token_hash(token), created_at=now
    )
    session.add(row)
    session.flush()
    audit.note(session, actor, "api_token.created", "api_token", row.id, now=now)
    return token


def user_of_api_token(session: Session, token: str) -> StaffUser | None:
    """Return whose API token it is; None when forged, revoked or deactivated."""
    user = session.scalar(
        select(User)
        .join(ApiToken, ApiToken.user_id == User.id)
        .where(
            ApiToken.token_hash == tokens.token_hash(token),
            ApiToken.revoked_at.is_(None),
            User.active,
        )
    )
    return _staff_user(user, None) if user else None


def touch_api_token(session: Session, token: str, *, now: datetime) -> None:
    """Note that a token is in use, at most once an hour."""
    session.execute(
        update(ApiToken)
        .where(
            ApiToken.token_hash == tokens.token_hash(token),
            func.coalesce(ApiToken.last_used_at, ApiToken.created_at)
            <= now - rules.TOKEN_TOUCH_EVERY,
        )
        .values(last_used_at=now)
    )


def revoke_api_token(session: Session, actor: Actor, token_id: int, *, now: datetime) -> None:
    """End an API token; raises `NotFoundError`."""
    row = session.get(ApiToken, token_id)
    if row is None:
        raise NotFoundError("There is no such token.")
    if row.revoked_at is None:
        row.revoked_at = now
        audit.note(session, actor, "api_token.revoked", "api_token", token_id, now=now)


def revoke_tokens(session: Session, actor: Actor, user_id: int, now: datetime) -> None:
    """End every API token of an account."""
    ended = session.scalars(
        update(ApiToken)
        .where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(ApiToken.id)
    ).all()
    audit.record(
        session,
        [audit.Entry(actor, "api_token.revoked", "api_token", key) for key in sorted(ended)],
        now=now,
    )


def _get(session: Session, user_id: int) -> User:
    user = session.get(User, user_id)
    if user is None:
        raise NotFoundError("There is no such account.")
    return user


def _check_texts(display_name: str, email: str | None) -> None:
    if len(display_name) > _DISPLAY_LENGTH or not display_name.isprintable():
        raise InvalidError("A name has at most 120 characters in one line.", field="display_name")
    if email is not None and (len(email) > _EMAIL_LENGTH or not _EMAIL.fullmatch(email)):
        raise InvalidError("This is no e-mail address.", field="email")


def _check_office(session: Session, role: Role, office_id: int | None) -> None:
    if role is Role.OFFICE and office_id is None:
        raise InvalidError("This role needs an office.", field="office_id")
    if office_id is not None and session.get(Office, office_id) is None:
        raise InvalidError("There is no such office.", field="office_id")


def _staff_user(user: User, row: StaffSession | None) -> StaffUser:
    return StaffUser(
        id=user.id,
        name=user.display_name,
        role=user.role,
        office_id=user.office_id,
        language=user.language,
        csrf=row.csrf if row else "",
        session_id=row.id if row else None,
        must_change_password=user.must_change_password,
    )
