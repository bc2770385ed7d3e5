"""The data folder's part of a backup: the key, and what accounts keep in folders of their own."""

import fcntl
import os
import secrets
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from bot.operation.archive import ACCOUNTS, KEY, Part
from bot.operation.errors import BackupError
from connectors.base import RESTORED

CHANNELS = "channels"
_COPIES = ".backup-"
_SQLITE = b"SQLite format 3\x00"
# Beside a store in use, SQLite's own; what a connector writes before it gets its name; and stores
# that were given up, perhaps because nobody could read them.
_PASSING = ("-wal", "-shm", "-journal", ".new", ".lost")


@contextmanager
def account_files(data_dir: Path) -> Iterator[Iterator[tuple[str, Path | None]]]:
    """Yield every file of the accounts, as a copy that nobody changes, with its name in a backup.

    Crypto stores are SQLite files in use: they are copied by SQLite itself. None stands for the
    copy of a store that is damaged, or of a file whose name is no UTF-8. Raises `BackupError`.
    """
    sweep(data_dir, f"{_COPIES}*")
    with (
        tempfile.TemporaryDirectory(prefix=_COPIES, dir=data_dir) as folder,
        _open(Path(folder)) as number,
    ):
        hold(number)
        yield _copies(data_dir / CHANNELS, Path(folder) / "copy")


def _copies(root: Path, copy: Path) -> Iterator[tuple[str, Path | None]]:
    """Yield the copies; what vanishes meanwhile is passed over, as if it had done so before."""
    for path in _files(root):
        name = f"{ACCOUNTS}/{path.relative_to(root).as_posix()}"
        shown = os.fsencode(name).decode("utf-8", "replace")
        if shown != name:
            yield shown, None
            continue
        try:
            if _is_sqlite(path):
                copy_sqlite(path, copy)
            else:
                shutil.copyfile(path, copy)
        except FileNotFoundError:
            if path.exists():
                raise
        except sqlite3.OperationalError as error:
            if path.exists():
                raise BackupError(f"{path} cannot be copied: {error}.") from None
        except sqlite3.DatabaseError:
            yield name, None
        else:
            yield name, copy
        copy.unlink(missing_ok=True)


def _files(root: Path) -> Iterator[Path]:
    for folder, inner, names in os.walk(root, onerror=_unless_gone):
        inner.sort()
        for name in sorted(names):
            path = Path(folder) / name
            if path.is_file() and not path.is_symlink() and not name.endswith(_PASSING):
                yield path


def _unless_gone(error: OSError) -> None:
    """Raise for a folder that cannot be read; a backup without it would not be whole."""
    if not isinstance(error, FileNotFoundError):
        raise error


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy an SQLite file in one state, whoever writes to it."""
    with (
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=rw", uri=True)) as reading,
        closing(sqlite3.connect(target)) as writing,
    ):
        reading.backup(writing, progress=_listen)


def _listen(*_: int) -> None:
    """Let a signal through: where another program locks the file, SQLite asks again for ever."""


def hold(number: int) -> None:
    """Mark an open file or folder as in use for as long as it is open: `sweep` leaves it alone."""
    with suppress(OSError):  # a file system without locks: nothing there is ever swept
        fcntl.flock(number, fcntl.LOCK_SH)


def sweep(folder: Path, pattern: str) -> None:
    """Remove what was left behind by processes that were killed; what is in use stays."""
    for path in folder.glob(pattern):
        with suppress(OSError), _open(path) as number:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def is_empty(data_dir: Path) -> bool:
    """Tell whether the folder holds neither a key nor accounts."""
    channels = data_dir / CHANNELS
    return not (data_dir / KEY).exists() and not (channels.exists() and any(channels.iterdir()))


def clear(data_dir: Path) -> None:
    """Remove key and accounts, which an unfinished restore has put there."""
    (data_dir / KEY).unlink(missing_ok=True)
    shutil.rmtree(data_dir / CHANNELS, ignore_errors=True)


def place(data_dir: Path, part: Part) -> None:
    """Write a part where it belongs: durable, and for this account alone."""
    inner = Path(part.name)
    path = data_dir / (KEY if part.name == KEY else CHANNELS / inner.relative_to(ACCOUNTS))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _create(path) as out:
        part.save(out)
        out.flush()
        os.fsync(out.fileno())


def mark_restored(data_dir: Path) -> None:
    """Tell the accounts that their folders come from a backup."""
    for folder in (data_dir / CHANNELS).glob("*/"):
        (folder / RESTORED).touch(mode=0o600)


def settle(data_dir: Path) -> None:
    """Make sure that names survive a power cut as the contents do."""
    folders = [data_dir, *(path for path in (data_dir / CHANNELS).rglob("*") if path.is_dir())]
    for folder in folders:
        sync(folder)


def create_once(path: Path, content: bytes) -> None:
    """Make a file for this account alone where there is none; of several who try, one counts.

    It is durable, and never there half.
    """
    fresh = path.with_name(f"{secrets.token_hex(8)}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            with suppress(FileExistsError):
                path.hardlink_to(fresh)
        finally:
            fresh.unlink()
    sync(path.parent)


def sync(folder: Path) -> None:
    """Store a folder's list of names durably."""
    with _open(folder) as number:
        os.fsync(number)


@contextmanager
def _open(path: Path) -> Iterator[int]:
    number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        yield number
    finally:
        os.close(number)


def _create(path: Path) -> BinaryIO:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    return os.fdopen(os.open(path, flags, 0o600), "wb")


def _is_sqlite(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE
