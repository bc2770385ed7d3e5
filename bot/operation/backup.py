"""Making a backup: one file with everything that the city needs to go on."""

import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection, select

from bot.channels import binding
from bot.channels.models import Channel
from bot.config import Settings
from bot.db.engine import Database
from bot.operation import dump, folders, keys, records, sealing
from bot.operation.archive import FORMAT, KEY, ROWS, VERSION, Header, Table, Writer, writing
from bot.operation.errors import BackupError

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made; `size` in bytes. One with something left out is not whole."""

    path: Path
    size: int
    rows: int
    encrypted: bool
    left_out: tuple[str, ...]  # files of accounts that are damaged
    missing: tuple[tuple[str, str], ...]  # accounts whose data folder is another: slug, host


def make(settings: Settings, database: Database, path: Path, *, tell: Tell, now: datetime) -> Made:
    """Write the backup `path`, which must not exist; it appears when it is whole.

    The accounts' folders are copied after the database: a crypto store may be newer than what was
    read with it, never older, or messages could not be opened. Raises `BackupError`, `OSError`.
    """
    public_key = settings.backup_recipient
    settings.make_data_dir()
    with _appearing(path) as file:
        with _sealed(file, public_key) as out, dump.snapshot(database) as connection:
            header = Header(
                format=FORMAT,
                version=VERSION,
                product=version("stadtdraht"),
                engine=connection.dialect.name,
                revision=dump.revision(connection),
                created_at=now.isoformat(),
                tables=dump.tables(connection),
            )
            keys.check(settings, connection)
            missing = _missing(settings.data_dir, connection, header.tables)
            with writing(out, header) as writer:
                rows = _add_rows(writer, connection, header.tables, tell)
                if (settings.data_dir / KEY).exists():  # an empty city has none yet
                    writer.add(KEY, settings.key)
                left_out = _add_accounts(writer, settings.data_dir, tell)
        size = file.tell()
    return Made(path, size, rows, public_key is not None, left_out, missing)


def _add_rows(writer: Writer, connection: Connection, tables: Iterable[Table], tell: Tell) -> int:
    rows = 0
    for described in tables:
        before = rows
        for number, (lines, held) in enumerate(dump.parts(connection, described), start=1):
            writer.add(f"{ROWS}/{described.name}/{number:06}.jsonl", lines)
            rows += held
        tell(f"{described.name}: {rows - before} rows")
    return rows


def _add_accounts(writer: Writer, data_dir: Path, tell: Tell) -> tuple[str, ...]:
    """Add what can be read, and return what cannot: one account's damage is not everybody's."""
    left_out = []
    with folders.account_files(data_dir) as files:
        for name, copy in files:
            if copy is None:
                left_out.append(name)
                continue
            with copy.open("rb") as content:
                writer.add_stream(name, copy.stat().st_size, content)
            tell(name)
    return tuple(left_out)


def run(settings: Settings, database: Database, path: Path, *, tell: Tell, now: datetime) -> Made:
    """Make a backup, and keep in the audit trail what became of it.

    A name that is taken is refused before: that is a slip of somebody who is there to read it.
    """
    check_free(path)
    try:
        made = make(settings, database, path, tell=tell, now=now)
    except BaseException:  # also a signal's
        records.note_failed(database, now=now)
        raise
    records.note_made(database, whole=not made.left_out, now=now)
    return made


def _missing(
    data_dir: Path, connection: Connection, tables: Iterable[Table]
) -> tuple[tuple[str, str], ...]:
    """Return the accounts of which a part lies in another data folder; an older schema has none."""
    known = {described.name: dict(described.columns) for described in tables}
    if "folder_id" not in known.get("channel", {}):
        return ()
    wanted = select(Channel.slug, Channel.folder_host).where(
        Channel.folder_id != (binding.folder_id(data_dir) or "")
    )
    rows = connection.execute(wanted.order_by(Channel.slug))
    return tuple((slug, host or "?") for slug, host in rows)


@contextmanager
def _sealed(file: BinaryIO, public_key: str | None) -> Iterator[BinaryIO]:
    if public_key is None:
        yield file
        return
    with sealing.encrypted(file, public_key) as out:
        yield out


def check_free(path: Path) -> None:
    """Raise `BackupError` where something has this name already."""
    if path.exists():
        raise BackupError(f"{path} is there already; nothing is overwritten.")


@contextmanager
def _appearing(path: Path) -> Iterator[BinaryIO]:
    """Yield a file that gets its name when it is whole and durable, and is nothing before."""
    check_free(path)
    if not path.absolute().parent.is_dir():
        raise BackupError(f"There is no folder {path.parent}.")
    folders.sweep(path.parent, f".*.{'[0-9a-f]' * 8}.partial")
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        number = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror}.") from None
    with os.fdopen(number, "wb") as file:
        try:
            folders.hold(file.fileno())
            yield file
            file.flush()
            os.fsync(file.fileno())
            _name(partial, path)
        finally:
            partial.unlink(missing_ok=True)
    folders.sync(path.absolute().parent)


def _name(partial: Path, path: Path) -> None:
    """Give the file its name, which another backup may have taken meanwhile."""
    try:
        path.hardlink_to(partial)
    except FileExistsError:
        raise BackupError(f"{path} is there already; nothing is overwritten.") from None
    except OSError:  # a file system without second names, such as many network drives
        if path.exists():
            raise BackupError(f"{path} is there already; nothing is overwritten.") from None
        partial.rename(path)
