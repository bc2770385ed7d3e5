"""What became of backups, kept in the audit trail: `doctor` and `/metrics` read it."""

from contextlib import suppress
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.audit import service as audit
from bot.audit.models import AuditEntry
from bot.db.engine import Database

SUBJECT = "backup"
MADE, FAILED, RESTORED = "backup.made", "backup.failed", "backup.restored"


def note_made(database: Database, *, now: datetime) -> None:
    """Keep that a backup was made."""
    _note(database, MADE, now)


def note_failed(database: Database, *, now: datetime) -> None:
    """Keep that a backup could not be made: the place where an alarm belongs."""
    _note(database, FAILED, now)


def _note(database: Database, action: str, now: datetime) -> None:
    """Add the line; a database that is lost, or not migrated yet, changes no outcome."""
    with suppress(SQLAlchemyError), database.unit_of_work() as session:
        audit.note(session, audit.CLI, action, SUBJECT, None, now=now)


def last_made(session: Session) -> datetime | None:
    """Return when the newest backup was made."""
    made = (AuditEntry.subject_kind == SUBJECT, AuditEntry.action == MADE)
    return session.scalar(select(func.max(AuditEntry.at)).where(*made))
