"""Logging in and recognising who asks: several short transactions around the slow password check.

An account with a second factor is let in half: a signed note of five minutes says that the
password was right, and `finish` opens the session for a code.

Argon2 takes about 50 ms; on SQLite it would hold up every writer if it ran inside a unit of work.
"""

import base64
import hmac
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot import secrets
from bot.alarms import service as alarms
from bot.audit import service as audit
from bot.db.engine import Database
from bot.errors import StadtdrahtError
from bot.staff import limits, passwords, rules, second_factor
from bot.staff import service as staff
from bot.staff.limits import Rule
from bot.staff.models import ApiToken, StaffSession, User
from bot.staff.passwords import PasswordHash
from bot.staff.permissions import StaffUser
from bot.staff.second_factor import WrongCodeError
from bot.staff.service import LogIn
from bot.staff.tokens import token_hash

# Failures only; a log-in that succeeds is taken back. The account's own limit is wide, so that a
# stranger can hardly lock somebody out, and far below the 100 failures of NIST SP 800-63B.
_HERE = 10
_ACCOUNT = 50
_ADDRESS = 50
_QUARTER = timedelta(minutes=15)
_HOUR = timedelta(hours=1)

# Who guesses codes knows the password already. Twenty of a million, three of which are right, are
# one chance in 16,000 a day.
_CODES = 5
_CODES_A_DAY = 20
_DAY = timedelta(days=1)
HALF_WAY = timedelta(minutes=5)
_NOTE = re.compile(r"([0-9]{1,18})\.([0-9]{1,12})\.([A-Za-z0-9_-]{43})")


class LogInFailedError(StadtdrahtError):
    """User name or password is wrong, or the account is deactivated: which, stays unsaid."""

    code = "log_in_failed"
    status = 401


class HalfWayOverError(StadtdrahtError):
    """The password was right too long ago, or is another one now: log-in begins anew."""

    code = "half_way_over"
    status = 401


@dataclass(frozen=True, slots=True)
class HalfWay:
    """The password was right; `note` proves that to `finish`, together with a code."""

    note: str


@dataclass(frozen=True, slots=True)
class _Known:
    id: int
    password_hash: PasswordHash
    active: bool


def authenticate(
    database: Database,
    username: str,
    password: str,
    *,
    address: str | None,
    client: str | None,
    secret: bytes,
    now: datetime,
) -> LogIn | HalfWay:
    """Check a password and open a session, or ask for a code where the account has a second factor.

    Must not be called inside a unit of work.

    `address` is the sender's, only counted as a keyed hash; `client` is the User-Agent header, of
    which the browser family is kept. Raises `LogInFailedError`, `limits.TooManyAttemptsError` and
    `passwords.BusyError`. An unknown user name takes as long as a wrong password.
    """
    name = rules.fold(username)
    attempt = _attempt(name, address)
    with database.read() as session:
        limits.check(session, attempt, now=now, secret=secret)
        known = _find(session, name)
    with database.unit_of_work() as session:  # counted before the check: parallel guesses count
        limits.require(session, attempt, now=now, secret=secret)
    right = passwords.verify(known.password_hash if known else None, password)
    if known is None or not right or not known.active:
        with database.unit_of_work() as session:
            _note_failure(session, known, now)
        raise LogInFailedError("User name or password is wrong.")
    renewed = _renew(known, password)
    with database.unit_of_work() as session:
        current = _find(session, name)
        if current != known:  # changed or deactivated while the password was checked
            raise LogInFailedError("User name or password is wrong.")
        limits.release(session, attempt, now=now, secret=secret)
        if renewed:
            session.execute(update(User).where(User.id == known.id).values(password_hash=renewed))
            known = replace(known, password_hash=renewed)  # the note below is bound to it
        if second_factor.is_on(session, known.id):
            return HalfWay(_note(known, int((now + HALF_WAY).timestamp()), secret))
        return staff.open_session(session, known.id, client=rules.client_family(client), now=now)


def finish(
    database: Database,
    note: str | None,
    code: str,
    *,
    client: str | None,
    secret: bytes,
    now: datetime,
) -> LogIn:
    """Check the code of an account whose password was right, and open its session.

    Raises `HalfWayOverError`, `WrongCodeError` and `limits.TooManyAttemptsError`.
    """
    with database.read() as session:
        known = _of_note(session, note, secret, now)
        attempt = _code_attempt(known.id)
        limits.check(session, attempt, now=now, secret=secret)
    with database.unit_of_work() as session:  # counted before the check: parallel guesses count
        limits.require(session, attempt, now=now, secret=secret)
    with database.unit_of_work() as session:
        _of_note(session, note, secret, now)
        if second_factor.use(session, known.id, code, key=secret, now=now):
            limits.release(session, attempt, now=now, secret=secret)
            family = rules.client_family(client)
            return staff.open_session(session, known.id, client=family, now=now)
        audit.note(session, audit.SYSTEM, alarms.CODE_FAILED, "user", known.id, now=now)
        alarms.note_failed_log_in(session, known.id, now=now)
    raise WrongCodeError("The code is wrong.")


def check_half_way(database: Database, note: str | None, *, secret: bytes, now: datetime) -> None:
    """Raise `HalfWayOverError` unless `finish` would take a code with this note."""
    with database.read() as session:
        _of_note(session, note, secret, now)


def confirm(
    database: Database, user: StaffUser, password: str, *, secret: bytes, now: datetime
) -> None:
    """Check the password of somebody who is logged in, before a change of the password.

    Raises `LogInFailedError`, `limits.TooManyAttemptsError` and `passwords.BusyError`.
    """
    attempt = [Rule(f"confirm:{user.id}", _HERE, _QUARTER)]
    with database.unit_of_work() as session:
        limits.require(session, attempt, now=now, secret=secret)
        known = session.scalar(select(User.password_hash).where(User.id == user.id))
    if not passwords.verify(PasswordHash(known) if known else None, password):
        raise LogInFailedError("The password is wrong.")
    with database.unit_of_work() as session:
        limits.release(session, attempt, now=now, secret=secret)


def current_user(database: Database, token: str | None, *, now: datetime) -> StaffUser | None:
    """Return who sent this session cookie, or None; keeps a used session alive.

    One read; a write at most every five minutes of a session.
    """
    if not token:
        return None
    with database.read() as session:
        user = staff.user_of_session(session, token, now=now)
        if user is None or user.session_id is None:
            return None
        seen = session.scalar(
            select(StaffSession.last_seen_at).where(StaffSession.id == user.session_id)
        )
    if seen and seen <= now - rules.TOUCH_EVERY:
        with database.unit_of_work() as session:
            staff.touch_session(session, user.session_id, now=now)
    return user


def current_api_user(database: Database, token: str | None, *, now: datetime) -> StaffUser | None:
    """Return whose API token (the part after "Bearer ") this is, or None.

    One read; a write at most every hour of a token.
    """
    if not token:
        return None
    with database.read() as session:
        user = staff.user_of_api_token(session, token)
        if user is None:
            return None
        used, created = session.execute(
            select(ApiToken.last_used_at, ApiToken.created_at).where(
                ApiToken.token_hash == token_hash(token)
            )
        ).one()
    if (used or created) <= now - rules.TOKEN_TOUCH_EVERY:
        with database.unit_of_work() as session:
            staff.touch_api_token(session, token, now=now)
    return user


def _attempt(name: str, address: str | None) -> list[Rule]:
    sender = limits.network(address)
    return [
        Rule(f"login:{name}:{sender}", _HERE, _QUARTER),
        Rule(f"login-account:{name}", _ACCOUNT, _HOUR),
        Rule(f"login-address:{sender}", _ADDRESS, _QUARTER),
    ]


def _code_attempt(user_id: int) -> list[Rule]:
    return [
        Rule(f"code:{user_id}", _CODES, _QUARTER),
        Rule(f"code-day:{user_id}", _CODES_A_DAY, _DAY),
    ]


def _note(known: _Known, until: int, secret: bytes) -> str:
    """Return the note of a right password, good for `until` seconds since 1970.

    Another password makes it worthless.
    """
    named = f"{known.id}.{until}"
    message = f"{named}.{known.password_hash}".encode()
    digest = hmac.digest(secrets.derive(secret, "half-way"), message, "sha256")
    return f"{named}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def _of_note(session: Session, note: str | None, secret: bytes, now: datetime) -> _Known:
    found = _NOTE.fullmatch(note or "")
    row = session.get(User, int(found[1])) if found else None
    if found and row and row.active and now.timestamp() < int(found[2]):
        known = _Known(row.id, PasswordHash(row.password_hash), row.active)
        if hmac.compare_digest(_note(known, int(found[2]), secret), found[0]):
            return known
    raise HalfWayOverError("Please log in again.")


def _find(session: Session, name: str) -> _Known | None:
    if not rules.is_username(name):
        return None
    row = session.execute(
        select(User.id, User.password_hash, User.active).where(User.username == name)
    ).one_or_none()
    return _Known(row.id, PasswordHash(row.password_hash), row.active) if row else None


def _note_failure(session: Session, known: _Known | None, now: datetime) -> None:
    key = known.id if known else None
    audit.note(session, audit.SYSTEM, alarms.LOG_IN_FAILED, "user", key, now=now)
    if key is not None:
        alarms.note_failed_log_in(session, key, now=now)


def _renew(known: _Known, password: str) -> PasswordHash | None:
    if not passwords.is_outdated(known.password_hash):
        return None
    return passwords.rehash(password)
