"""The mark of a restore that is not through: a start refuses, and the next restore begins anew."""

import os
from pathlib import Path

from bot.config import Settings
from bot.db.engine import Database
from bot.operation import folders, load
from bot.operation.errors import PlaceTakenError, UnfinishedRestoreError

MARK = "restore.unfinished"


def begin(folder: Path) -> None:
    """Mark a data folder that is empty; raises `PlaceTakenError` for one that is not.

    What an earlier restore has left is removed: its database has nothing, so it never got through.
    """
    mark = folder / MARK
    if mark.exists():
        folders.clear(folder)
    elif not folders.is_empty(folder):
        raise PlaceTakenError(
            f"{folder} holds a key or accounts already; move them away, or restore into another "
            "STADTDRAHT_DATA_DIR."
        )
    with mark.open("wb") as file:
        os.fsync(file.fileno())
    folders.sync(folder)


def undo(folder: Path) -> None:
    """Leave the folder as it was."""
    folders.clear(folder)
    end(folder)


def end(folder: Path) -> None:
    """Take the mark away."""
    (folder / MARK).unlink(missing_ok=True)
    folders.sync(folder)


def check(settings: Settings, database: Database) -> None:
    """Raise `UnfinishedRestoreError` where a restore was cut off; one that got through is ended."""
    if not (settings.data_dir / MARK).exists():
        return
    try:
        with database.read() as session:
            load.check_empty(session.connection())
    except PlaceTakenError:  # the commit came through, only the mark stayed
        end(settings.data_dir)
        return
    raise UnfinishedRestoreError(
        f"A restore into {settings.data_dir} was cut off: restore the backup once more."
    )
