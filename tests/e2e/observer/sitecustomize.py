"""Watches the transactions of a server from outside its code, and ends the process at one of them.

Python imports this module at its start when its folder stands on the path. It uses SQLAlchemy's
public events only. The file named by `KILL_AT` says where to die, such as `process:before`; it is
taken away first, so that the next process lives.
"""

import os
import signal
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, Engine, event
from sqlalchemy.pool import ConnectionPoolEntry

_ORDERS = Path(os.environ.get("KILL_AT", ""))
_MARKS = {
    "store": ("INSERT INTO raw_item ",),
    "process": ("INSERT INTO turn_understanding ",),
    "record": ("UPDATE delivery ", "native_id="),
}


def seen(connection: Connection, _: object, statement: str, *__: object) -> None:
    """Remember what this transaction does."""
    marks = connection.info.setdefault("marks", set())
    marks |= {name for name, words in _MARKS.items() if all(word in statement for word in words)}


def before_commit(connection: Connection) -> None:
    """Die before the commit, where that is the order."""
    for name in connection.info.get("marks", ()):
        obey(f"{name}:before")


def forget(connection: Connection) -> None:
    """A transaction that is rolled back has done nothing."""
    connection.info.pop("marks", None)


def after_commit(_: object, entry: ConnectionPoolEntry) -> None:
    """Die after the commit: the connection has come back to its pool."""
    for name in entry.info.pop("marks", ()):
        obey(f"{name}:after")


def obey(place: str) -> None:
    """End this process if the orders name this place."""
    with suppress(FileNotFoundError):
        if _ORDERS.read_text(encoding="utf-8").strip() == place:
            _ORDERS.rename(_ORDERS.with_suffix(".done"))
            os.kill(os.getpid(), signal.SIGKILL)


if os.environ.get("KILL_AT"):
    event.listen(Engine, "before_cursor_execute", seen)
    event.listen(Engine, "commit", before_commit)
    event.listen(Engine, "rollback", forget)
    event.listen(Engine, "checkin", after_commit)
