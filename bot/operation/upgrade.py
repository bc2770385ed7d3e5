"""Bringing the database to this version: backed up before, and the old one where it fails."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, column, func, inspect, select, table

from bot.config import Settings
from bot.db import migrate
from bot.db.engine import Database
from bot.operation import backup, records, restore, unfinished
from bot.operation.backup import Tell
from bot.operation.errors import UpgradeFailedError

FOLDER = "backups"
_KEEP = 3
_NAME = "before-upgrade-{:%Y%m%dT%H%M%SZ}.stadtdraht"


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What was done; no backup where there was nothing to do or to keep."""

    changed: bool
    backup: Path | None


def run(
    settings: Settings, *, tell: Tell, now: datetime, versions: Sequence[Path] = ()
) -> Upgraded:
    """Upgrade the database of the settings; `versions` are folders with further migrations.

    On SQLite the server has to be stopped (`DatabaseInUseError`). On PostgreSQL running processes
    go on. All migrations are one transaction, so a failure leaves what was there; that is looked
    at, and where a migration has stored something all the same, the backup is put back. Raises
    `UpgradeFailedError`, and `NewerDatabaseError` before anything is written.
    """
    settings.make_data_dir()
    database = Database(settings.url)
    try:
        database.admit_server()
        unfinished.check(settings, database)
        if migrate.is_current(database, versions=versions):
            return Upgraded(changed=False, backup=None)
        before = _look(database)
        saved = _back_up(settings, database, tell=tell, now=now) if before else None
        try:
            migrate.upgrade(database, versions=versions)
        except Exception as error:  # whatever a migration raises
            reason = " ".join(str(error).split())[:300] or type(error).__name__
            raise UpgradeFailedError(
                f"{_mend(settings, database, before, saved)} ({reason})"
            ) from error
        finally:
            if saved:
                _tidy(saved.parent)
        if saved:
            records.note_made(database, now=now)
        return Upgraded(changed=True, backup=saved)
    finally:
        database.close()


def _look(database: Database) -> frozenset[tuple[str, ...]]:
    """Return what the schema is: its revision, columns and indexes; empty where there is none."""
    with database.engine.connect() as connection:
        found = inspect(connection)
        tables = found.get_table_names()
        columns = {
            (name, column["name"], str(column["type"]), str(column["nullable"]))
            for name in tables
            for column in found.get_columns(name)
        }
        indexes = {
            (name, str(index["name"])) for name in tables for index in found.get_indexes(name)
        }
        revision = {("revision", str(migrate.revision_of(connection)))} if tables else set()
    return frozenset(columns | indexes | revision)


def _back_up(settings: Settings, database: Database, *, tell: Tell, now: datetime) -> Path:
    folder = settings.data_dir / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / _NAME.format(now)
    try:
        backup.make(settings, database, path, tell=tell, now=now)
    except BaseException:  # also a signal's
        records.note_failed(database, now=now)
        raise
    return path


def _tidy(folder: Path) -> None:
    """Keep the newest backups only; their names sort as their times do."""
    for old in sorted(folder.glob(f"{_NAME.split('{', maxsplit=1)[0]}*"))[:-_KEEP]:
        old.unlink()


def _mend(
    settings: Settings,
    database: Database,
    before: frozenset[tuple[str, ...]],
    saved: Path | None,
) -> str:
    """See to it that the old schema is there; return what to tell."""
    if _look(database) == before:
        return "The upgrade failed and changed nothing; the version before goes on."
    if saved is None:
        return "The upgrade failed halfway in an empty database; empty it and try again."
    by_hand = f"restore {saved} into an empty database and data folder, with the version before"
    if settings.backup_recipient:
        return f"The upgrade failed halfway, and the backup is encrypted: {by_hand}."
    with database.exclusive() as connection:
        if _others(connection):
            return f"The upgrade failed halfway while other processes were running: {by_hand}."
        with saved.open("rb") as file:
            restore.refill(connection, file, ())
    return "The upgrade failed halfway; the backup was put back, and the version before goes on."


def _others(connection: Connection) -> bool:
    """Tell whether somebody else is connected: what they stored since would be lost."""
    if connection.dialect.name == "sqlite":
        return False  # the file is ours alone
    activity = table("pg_stat_activity", column("datname"), column("pid"), column("backend_type"))
    others = select(func.count()).where(
        activity.c.datname == func.current_database(),
        activity.c.pid != func.pg_backend_pid(),
        activity.c.backend_type == "client backend",
    )
    return bool(connection.scalar(others))
