"""What became of backups, kept in the audit trail: `doctor` and `/metrics` read it."""

from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.alarms import service as alarms
from bot.alarms.states import AlarmKind
from bot.audit import service as audit
from bot.audit.models import AuditEntry
from bot.db.engine import Database

SUBJECT = "backup"
OLD = timedelta(days=2)  # a newest backup older than that is wrong
MADE, FAILED, RESTORED = "backup.made", "backup.failed", "backup.restored"


def note_made(database: Database, *, whole: bool = True, now: datetime) -> None:
    """Keep that a backup was made, and end the alarm that told of a failed one.

    One that is not `whole` is better than none, and raises the alarm all the same. A database
    that is lost, or not migrated yet, changes no outcome.
    """
    with suppress(SQLAlchemyError), database.unit_of_work() as session:
        made(session, now=now)
        if not whole:
            failed(session, now=now)


def note_failed(database: Database, *, now: datetime) -> None:
    """Keep that a backup could not be made, and raise the alarm."""
    with suppress(SQLAlchemyError), database.unit_of_work() as session:
        failed(session, now=now)


def made(session: Session, *, now: datetime) -> None:
    """Keep that a backup was made, by us or by the city's own means."""
    audit.note(session, audit.CLI, MADE, SUBJECT, None, now=now)
    alarms.clear(session, AlarmKind.BACKUP_FAILED, alarms.BACKUP, now=now)


def failed(session: Session, *, now: datetime) -> None:
    """Keep that a backup could not be made."""
    audit.note(session, audit.CLI, FAILED, SUBJECT, None, now=now)
    alarms.raise_alarm(session, AlarmKind.BACKUP_FAILED, alarms.BACKUP, now=now)


def last_made(session: Session) -> datetime | None:
    """Return when the newest backup was made: not the latest date, which a wrong clock may give."""
    return session.scalar(
        select(AuditEntry.at)
        .where(AuditEntry.subject_kind == SUBJECT, AuditEntry.action == MADE)
        .order_by((AuditEntry.id + 0).desc())  # + 0: by the subject's index, not down the trail
        .limit(1)
    )


def begun(session: Session) -> datetime | None:
    """Return when the city began: the first line of its trail."""
    return session.scalar(select(AuditEntry.at).order_by(AuditEntry.id).limit(1))
