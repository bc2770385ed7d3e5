"""The second factor: an authenticator app (TOTP, RFC 6238), and recovery codes for who lost it."""

import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from bot import secrets as sealed
from bot.audit import service as audit
from bot.audit.service import Actor
from bot.db.bulk import insert
from bot.errors import InvalidError, NotFoundError, StadtdrahtError
from bot.staff import service as staff
from bot.staff.models import RecoveryCode, SecondFactor
from bot.staff.tokens import token_hash

STEP_S = 30
DRIFT = 1  # steps before and after: RFC 6238, section 5.2
CODES = 8
SET_UP_WITHIN = timedelta(hours=1)

_PURPOSE = "second-factor"
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without what reads like another: i, l, o, 0, 1
_LENGTH = 24  # of 31 letters: 118 bits, so that a fast hash is right (as for tokens)
_APP_CODE = re.compile(r"[0-9]{6}")


class WrongCodeError(StadtdrahtError):
    """The code is not the one of this moment, or has been used."""

    code = "wrong_code"
    status = 401


class AlreadySetUpError(InvalidError):
    """The account has a second factor; it has to be removed first."""

    code = "already_set_up"


class NotSetUpError(NotFoundError):
    """Nothing is being set up, or it was begun too long ago."""

    code = "not_set_up"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the authenticator app needs: the secret to type, or its address as a QR code."""

    secret: str
    address: str


def is_on(session: Session, user_id: int) -> bool:
    """Whether log-in asks this account for a code."""
    row = session.get(SecondFactor, user_id)
    return row is not None and row.confirmed_at is not None


def codes_left(session: Session, user_id: int) -> int:
    """Return how many recovery codes are unused."""
    found = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.user_id == user_id)
    return session.scalar(found) or 0


def begin(
    session: Session,
    actor: Actor,
    user_id: int,
    *,
    key: bytes,
    now: datetime,
    new_secret: Callable[[], str] = pyotp.random_base32,
) -> None:
    """Choose a secret, to be confirmed within an hour; raises `AlreadySetUpError`."""
    values = {
        "secret": sealed.seal(key, _PURPOSE, new_secret()),
        "last_step": 0,
        "created_at": now,
        "confirmed_at": None,
    }
    begun = session.scalar(
        insert(session, SecondFactor)
        .values(user_id=user_id, **values)
        .on_conflict_do_update(
            index_elements=["user_id"], set_=values, where=SecondFactor.confirmed_at.is_(None)
        )
        .returning(SecondFactor.user_id)
    )
    if begun is None:
        raise AlreadySetUpError("The account has a second factor already.")
    audit.note(session, actor, "second_factor.begun", "user", user_id, now=now)


def pending(
    session: Session, user_id: int, *, key: bytes, now: datetime, name: str, city: str
) -> Enrolment:
    """Return what is being set up, for the page that shows it; raises `NotSetUpError`.

    `name` and `city` are what the app shows beside its codes.
    """
    secret = sealed.unseal(key, _PURPOSE, _pending(session, user_id, now).secret)
    issuer = f"Stadtdraht {city}".replace(":", " ")
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer))


def confirm(
    session: Session,
    actor: Actor,
    user_id: int,
    code: str,
    *,
    key: bytes,
    now: datetime,
    keep_session_id: int | None,
) -> list[str]:
    """Switch the second factor on, end the other sessions, and return the recovery codes.

    They are shown this once and kept as hashes. Raises `NotSetUpError` and `WrongCodeError`.
    """
    row = _pending(session, user_id, now)
    step = _step_of(sealed.unseal(key, _PURPOSE, row.secret), code, after=0, now=now)
    if step is None:
        raise WrongCodeError("The code is wrong.")
    row.last_step = step
    row.confirmed_at = now
    session.flush()
    staff.revoke_all(session, actor, user_id, now=now, keep_session_id=keep_session_id)
    audit.note(session, actor, "second_factor.on", "user", user_id, now=now)
    return renew_codes(session, actor, user_id, now=now)


def renew_codes(
    session: Session,
    actor: Actor,
    user_id: int,
    *,
    now: datetime,
    new_code: Callable[[], str] = lambda: "".join(
        secrets.choice(_ALPHABET) for _ in range(_LENGTH)
    ),
) -> list[str]:
    """Replace the recovery codes and return the new ones in groups of four letters.

    Raises `NotSetUpError` for an account without a second factor.
    """
    if not is_on(session, user_id):
        raise NotSetUpError("The account has no second factor.")
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = [new_code() for _ in range(CODES)]
    session.execute(
        insert(session, RecoveryCode),
        [{"user_id": user_id, "code_hash": token_hash(code)} for code in codes],
    )
    audit.note(session, actor, "recovery_codes.renewed", "user", user_id, now=now)
    return ["-".join(re.findall("....", code)) for code in codes]


def remove(
    session: Session,
    actor: Actor,
    user_id: int,
    *,
    now: datetime,
    keep_session_id: int | None = None,
) -> bool:
    """Switch the second factor off and end the other sessions; False where there was none."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    was_there = session.scalar(
        delete(SecondFactor).where(SecondFactor.user_id == user_id).returning(SecondFactor.user_id)
    )
    if was_there is None:
        return False
    staff.revoke_all(session, actor, user_id, now=now, keep_session_id=keep_session_id)
    audit.note(session, actor, "second_factor.off", "user", user_id, now=now)
    return True


def use(session: Session, user_id: int, code: str, *, key: bytes, now: datetime) -> bool:
    """Whether the code opens the account now; one that did never does again (RFC 6238, 5.2)."""
    plain = _plain(code)
    if _APP_CODE.fullmatch(plain):
        return _use_app(session, user_id, plain, key=key, now=now)
    return _use_recovery_code(session, user_id, plain, now=now)


def _use_app(session: Session, user_id: int, code: str, *, key: bytes, now: datetime) -> bool:
    row = session.get(SecondFactor, user_id)
    if row is None or row.confirmed_at is None:
        return False
    secret = sealed.unseal(key, _PURPOSE, row.secret)
    step = _step_of(secret, code, after=row.last_step, now=now)
    if step is None:
        return False
    used = session.scalar(  # compared in the write: two log-ins at once cannot share a code
        update(SecondFactor)
        .where(SecondFactor.user_id == user_id, SecondFactor.last_step < step)
        .values(last_step=step)
        .returning(SecondFactor.user_id)
        .execution_options(synchronize_session=False)
    )
    if used is None:
        return False
    actor = Actor(audit.ActorKind.USER, user_id)
    audit.note(session, actor, "second_factor.used", "user", user_id, now=now)
    return True


def _use_recovery_code(session: Session, user_id: int, code: str, *, now: datetime) -> bool:
    used = session.scalar(
        delete(RecoveryCode)
        .where(RecoveryCode.user_id == user_id, RecoveryCode.code_hash == token_hash(code))
        .returning(RecoveryCode.id)
        .execution_options(synchronize_session=False)
    )
    if used is None:
        return False
    actor = Actor(audit.ActorKind.USER, user_id)
    audit.note(session, actor, "recovery_code.used", "user", user_id, now=now)
    return True


def _step_of(secret: str, code: str, *, after: int, now: datetime) -> int | None:
    """Return the time step whose code this is, the newest one behind `after`."""
    current = int(now.timestamp()) // STEP_S
    app = pyotp.TOTP(secret)
    given = _plain(code).encode("utf-8", "replace")
    fits = [
        step
        for step in range(current - DRIFT, current + DRIFT + 1)
        if hmac.compare_digest(app.generate_otp(step).encode(), given)
    ]
    return max((step for step in fits if step > after), default=None)


def _plain(code: str) -> str:
    """Return a code as it is compared: people type it in groups, and phones write capitals."""
    return re.sub(r"[\s-]", "", code).lower()


def _pending(session: Session, user_id: int, now: datetime) -> SecondFactor:
    row = session.get(SecondFactor, user_id)
    if row is None or row.confirmed_at is not None or row.created_at <= now - SET_UP_WITHIN:
        raise NotSetUpError("Nothing is being set up.")
    return row
