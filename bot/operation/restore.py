"""Restoring a backup into an empty place: all of it, or nothing."""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import pyrage
from sqlalchemy import Connection, delete
from sqlalchemy.orm import Session

from bot.audit import service as audit
from bot.config import Settings
from bot.db import migrate
from bot.db.engine import Database
from bot.events.models import Event
from bot.leases import service as leases
from bot.operation import folders, load, records, sealing, unfinished
from bot.operation.archive import ROWS, Header, Reader
from bot.operation.errors import NewerBackupError, PlaceTakenError
from bot.processes import service as processes
from bot.work import service as work


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored."""

    created_at: str
    rows: int


def run(
    settings: Settings,
    path: Path,
    keys: Sequence[pyrage.x25519.Identity],
    *,
    now: datetime,
) -> Restored:
    """Restore `path`, which is read as a whole before anything is written.

    The key and the accounts' folders come first, under a mark that says "unfinished"; the commit of
    the database is what makes it a city. Raises `BrokenBackupError`, `NewerBackupError`,
    `LockedBackupError`, `PlaceTakenError`.
    """
    with path.open("rb") as file:
        header = check(file, keys)
        settings.make_data_dir()
        with _alone(settings.data_dir):
            database = Database(settings.url)
            try:
                database.admit_server()
                rows = _restore(database, settings.data_dir, file, keys, now=now)
            finally:
                database.close()
    return Restored(header.created_at, rows)


def check(file: BinaryIO, keys: Sequence[pyrage.x25519.Identity]) -> Header:
    """Read a backup to its end and return what it says of itself; raises as `run` does."""
    file.seek(0)
    with sealing.decrypted(file, keys) as content:
        reader = Reader(content)
        if not migrate.is_known(reader.header.revision):
            raise NewerBackupError(
                f"The backup comes from Stadtdraht {reader.header.product}, which is newer than "
                "this one; restore it with that version."
            )
        for part in reader.parts():
            part.entry()
    return reader.header


def refill(
    connection: Connection,
    file: BinaryIO,
    keys: Sequence[pyrage.x25519.Identity],
    folder: Path | None = None,
) -> int:
    """Make the backup's schema and fill it, instead of what is there; return the number of rows.

    Its files are put into `folder`, or left out.
    """
    file.seek(0)
    with sealing.decrypted(file, keys) as content:
        reader = Reader(content)
        load.clear(connection)
        migrate.upgrade_on(connection, reader.header.revision)
        with load.filling(connection, reader.header.tables) as filler:
            for part in reader.parts():
                if part.name.startswith(f"{ROWS}/"):
                    filler.take(part)
                elif folder is not None:
                    folders.place(folder, part)
    return filler.rows


def _restore(
    database: Database,
    folder: Path,
    file: BinaryIO,
    keys: Sequence[pyrage.x25519.Identity],
    *,
    now: datetime,
) -> int:
    with database.exclusive() as connection:
        load.check_empty(connection)
        unfinished.begin(folder)
        try:
            rows = refill(connection, file, keys, folder)
            migrate.upgrade_on(connection)
            _wake(connection, now)
            folders.mark_restored(folder)
            folders.settle(folder)
        except BaseException:
            unfinished.undo(folder)
            raise
    unfinished.end(folder)  # not where the commit failed: nobody knows whether it came through
    return rows


def _wake(connection: Connection, now: datetime) -> None:
    """Free what other processes held when the backup was made.

    Events go: their order is that of the old database's transactions, and pages load anew.
    """
    with Session(connection) as session:
        work.free_all(session, now=now)
        leases.free_all(session)
        processes.forget_all(session)
        session.execute(delete(Event))
        audit.note(session, audit.CLI, records.RESTORED, records.SUBJECT, None, now=now)
        session.flush()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep a second restore out of this data folder."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise PlaceTakenError("Another restore into this data folder is running.") from None
    finally:
        os.close(number)
