"""Bringing the database to this version: backed up before, and the old one where it fails."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    String,
    Table,
    column,
    func,
    inspect,
    select,
    table,
)

from bot.config import Settings
from bot.db import migrate, words
from bot.db.engine import Database
from bot.operation import backup, records, restore, unfinished
from bot.operation.backup import Made, Tell
from bot.operation.errors import UpgradeFailedError

FOLDER = "backups"
_KEEP = 3
_MARK = Table("upgrade_mark", MetaData(), Column("token", String(32)))
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
        has_schema = bool(inspect(database.engine).get_table_names())
        made = _back_up(settings, database, tell=tell, now=now) if has_schema else None
        saved = made.path if made else None
        token = secrets.token_hex(16)
        try:
            _migrate(database, versions, token)
        except Exception as error:  # whatever a migration raises
            reason = words.of(error)[:300]
            raise UpgradeFailedError(
                f"{_mend(settings, database, token, saved)} ({reason})"
            ) from error
        finally:
            if saved:
                _tidy(saved.parent)
        if made:
            records.note_made(database, whole=not made.left_out, now=now)
        return Upgraded(changed=True, backup=saved)
    finally:
        database.close()


def _migrate(database: Database, versions: Sequence[Path], token: str) -> None:
    """Migrate in one transaction, under a mark: what is seen of it later was stored halfway."""
    with database.exclusive() as connection:
        _MARK.create(connection, checkfirst=True)
        connection.execute(_MARK.delete())
        connection.execute(_MARK.insert().values(token=token))
        migrate.upgrade_on(connection, versions=versions)
        _MARK.drop(connection)


def _has_stored(database: Database, token: str) -> bool:
    """Tell whether a migration has committed by itself before it failed."""
    with database.engine.connect() as connection:
        if not inspect(connection).has_table(_MARK.name):
            return False
        return connection.scalar(select(_MARK.c.token)) == token


def _back_up(settings: Settings, database: Database, *, tell: Tell, now: datetime) -> Made:
    folder = settings.data_dir / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / _NAME.format(now)
    try:
        return backup.make(settings, database, path, tell=tell, now=now)
    except BaseException:  # also a signal's
        records.note_failed(database, now=now)
        raise


def _tidy(folder: Path) -> None:
    """Keep the newest backups only; their names sort as their times do."""
    for old in sorted(folder.glob(f"{_NAME.split('{', maxsplit=1)[0]}*"))[:-_KEEP]:
        old.unlink()


def _mend(settings: Settings, database: Database, token: str, saved: Path | None) -> str:
    """See to it that the old schema is there; return what to tell."""
    if not _has_stored(database, token):
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
