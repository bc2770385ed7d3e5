"""Reading the trail in the order of its ids, its seals, and up to where it can be sealed."""

from collections.abc import Sequence

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from bot.audit.models import AuditEntry, AuditSeal
from bot.audit.rules import Line, Seal

_WRITERS = text(
    """
    SELECT DISTINCT virtualtransaction FROM pg_locks
    WHERE locktype = 'relation' AND mode = 'RowExclusiveLock'
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND relation = CAST('audit_entry' AS regclass)
    """
)


def newest_id(session: Session) -> int:
    """Return the highest id of the trail that is visible, 0 for an empty one."""
    return session.scalar(select(func.max(AuditEntry.id))) or 0


def writers(session: Session) -> frozenset[str]:
    """Return the transactions that are writing to the trail at this moment.

    On PostgreSQL a transaction locks the table before it draws an id and until it has ended, and
    its rows are visible before the lock is gone. On SQLite the one writer is never seen at work.
    """
    if session.get_bind().dialect.name == "sqlite":
        return frozenset()
    return frozenset(session.scalars(_WRITERS))


def lines(session: Session, *, after: int, until: int, limit: int | None = None) -> list[Line]:
    """Return the rows with `after` < id <= `until`, by id."""
    rows = session.execute(
        select(
            AuditEntry.id,
            AuditEntry.at,
            AuditEntry.actor_kind,
            AuditEntry.actor_id,
            AuditEntry.action,
            AuditEntry.subject_kind,
            AuditEntry.subject_id,
            AuditEntry.fields,
        )
        .where(AuditEntry.id > after, AuditEntry.id <= until)
        .order_by(AuditEntry.id)
        .limit(limit)
    )
    return [Line(*row) for row in rows]


def count_after(session: Session, row_id: int) -> int:
    """Return how many rows are newer than `row_id`."""
    newer = select(func.count()).select_from(AuditEntry).where(AuditEntry.id > row_id)
    return session.scalar(newer) or 0


def last_seal(session: Session) -> Seal | None:
    """Return the newest seal."""
    return next(iter(last_seals(session, limit=1)), None)


def last_seals(session: Session, *, limit: int) -> list[Seal]:
    """Return the newest seals, the newest first."""
    rows = session.scalars(select(AuditSeal).order_by(AuditSeal.number.desc()).limit(limit))
    return [_seal(row) for row in rows]


def newest_number(session: Session) -> int:
    """Return the number of the newest seal, 0 where there is none."""
    return session.scalar(select(func.max(AuditSeal.number))) or 0


def seal_numbers(session: Session, *, after: int, limit: int) -> Sequence[int]:
    """Return the numbers behind `after`, in their order."""
    return session.scalars(
        select(AuditSeal.number)
        .where(AuditSeal.number > after)
        .order_by(AuditSeal.number)
        .limit(limit)
    ).all()


def seal(session: Session, number: int) -> Seal:
    """Return one seal."""
    return _seal(session.scalars(select(AuditSeal).where(AuditSeal.number == number)).one())


def row_ids(session: Session, *, after: int, until: int) -> Sequence[int]:
    """Return the ids of the rows with `after` < id <= `until`."""
    return session.scalars(
        select(AuditEntry.id)
        .where(AuditEntry.id > after, AuditEntry.id <= until)
        .order_by(AuditEntry.id)
    ).all()


def _seal(row: AuditSeal) -> Seal:
    return Seal(
        row.number,
        row.first_id,
        row.last_id,
        row.digests,
        row.previous,
        row.digest,
        row.sealed_at,
    )
