"""Sealing the trail after the commit: rows become links of a chain that only the key can make.

Why up to where, and what the chain cannot show: docs/adr/0009-audit-chain.md.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from threading import Event

import structlog
from sqlalchemy.orm import Session

from bot.audit import queries, rules
from bot.audit.models import AuditSeal
from bot.audit.rules import Keys, Seal
from bot.db.bulk import insert
from bot.db.engine import Store

_log = structlog.get_logger()
CHUNK = 500  # rows in a seal
LOOKS = 100
_LOOK_EVERY_S = 0.02


def seal(
    database: Store,
    *,
    key: bytes,
    now: datetime,
    chunk: int = CHUNK,
    looks: int = LOOKS,
    is_stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Seal what can be sealed and return how many rows; must not be called in a unit of work.

    Two sealers at once are harmless: one of them writes the next seal, the other one stops. The
    name of the newest seal goes to the log, so that a trail that was cut off later can be told.
    """
    until = settled(database, looks=looks)
    keys = rules.keys(key)
    count, newest = 0, None
    while not is_stopping():
        made = _next(database, until=until, chunk=chunk, keys=keys, now=now)
        if made is None or not _write(database, made):
            break
        newest = made
        count += len(rules.sealed_rows(made.digests))
    if newest:
        _log.info("audit.sealed", rows=count, head=newest.head)
    return count


def settled(database: Store, *, looks: int = LOOKS) -> int:
    """Return an id up to which no row can appear any more.

    On PostgreSQL ids become visible in another order than they were drawn. Whoever drew a lower
    id than the newest visible one holds its lock on the table at the first look; once all of
    those have ended, everything up to that id is there or will never be. 0 when one of them does
    not end within `looks` of 20 ms: the next sweep comes.
    """
    with database.read() as session:
        newest = queries.newest_id(session)
    open_ones = _writers(database)
    pause = Event()
    for _ in range(looks):
        if not open_ones:
            return newest
        pause.wait(_LOOK_EVERY_S)
        open_ones &= _writers(database)
    return 0


def _writers(database: Store) -> frozenset[str]:
    with database.read() as session:
        return queries.writers(session)


def _next(database: Store, *, until: int, chunk: int, keys: Keys, now: datetime) -> Seal | None:
    with database.read() as session:
        before = queries.last_seal(session)
        after = before.last_id if before else 0
        lines = queries.lines(session, after=after, until=until, limit=chunk)
    return rules.make(before, lines, keys=keys, now=now) if lines else None


def _write(database: Store, made: Seal) -> bool:
    """Append a seal; False when another sealer has written this number."""
    with database.unit_of_work() as session:
        return _insert(session, made)


def _insert(session: Session, made: Seal) -> bool:
    statement = insert(session, AuditSeal).values(asdict(made)).on_conflict_do_nothing()
    return session.scalar(statement.returning(AuditSeal.number)) is not None
