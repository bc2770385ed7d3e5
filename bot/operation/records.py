"""What became of backups, kept in the audit trail: `doctor` and `/metrics` read it."""

from datetime import datetime

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.audit import service as audit
from bot.audit.models import AuditEntry
from bot.db.engine import Database

_log = structlog.get_logger()
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
    try:
        with database.unit_of_work() as session:
            audit.note(session, audit.CLI, action, SUBJECT, None, now=now)
    except SQLAlchemyError as error:
        _log.error("backup.not_noted", action=action, error=type(error).__name__)


def last_made(session: Session) -> datetime | None:
    """Return when the newest backup was made."""
    made = (AuditEntry.subject_kind == SUBJECT, AuditEntry.action == MADE)
    return session.scalar(select(func.max(AuditEntry.at)).where(*made))
