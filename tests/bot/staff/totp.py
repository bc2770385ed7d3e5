"""A second factor to test with: an app whose codes are known, and logging in with them."""

from datetime import datetime, timedelta

import pyotp
from sqlalchemy import select

from bot.audit.models import AuditEntry
from bot.audit.service import CLI
from bot.db.engine import Database
from bot.staff import login, second_factor
from bot.staff.login import HalfWay
from bot.staff.service import LogIn
from tests.bot.staff.support import NOW, PASSWORD, SECRET

APP = pyotp.TOTP("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
STEP = timedelta(seconds=30)


def code(at: datetime) -> str:
    return APP.at(at)


def begin(database: Database, user_id: int, *, now: datetime = NOW) -> None:
    with database.unit_of_work() as session:
        second_factor.begin(
            session, CLI, user_id, key=SECRET, now=now, new_secret=lambda: APP.secret
        )


def confirm(
    database: Database,
    user_id: int,
    typed: str,
    *,
    now: datetime = NOW,
    keep_session_id: int | None = None,
) -> list[str]:
    with database.unit_of_work() as session:
        return second_factor.confirm(
            session,
            CLI,
            user_id,
            typed,
            key=SECRET,
            now=now,
            keep_session_id=keep_session_id,
        )


def set_up(database: Database, user_id: int) -> list[str]:
    """Switch it on a while ago, so that the code of now is fresh; return the recovery codes."""
    before = NOW - timedelta(minutes=10)
    begin(database, user_id, now=before)
    return confirm(database, user_id, code(before), now=before)


def half_way(database: Database, *, now: datetime = NOW, password: str = PASSWORD) -> str:
    found = login.authenticate(
        database, "jonas", password, address="192.0.2.7", client=None, secret=SECRET, now=now
    )
    assert isinstance(found, HalfWay)
    return found.note


def finish(database: Database, note: str | None, typed: str, *, now: datetime = NOW) -> LogIn:
    return login.finish(database, note, typed, client=None, secret=SECRET, now=now)


def actions(database: Database) -> list[tuple[str, str]]:
    with database.read() as session:
        rows = session.execute(
            select(AuditEntry.action, AuditEntry.actor_kind).order_by(AuditEntry.id)
        )
        return [(action, kind) for action, kind in rows]
