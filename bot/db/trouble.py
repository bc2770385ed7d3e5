"""Telling trouble of the database from trouble with what it was asked to write."""

import sqlite3

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError

# https://www.sqlite.org/rescode.html: the primary codes of what passes.
_SQLITE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    }
)
# https://www.postgresql.org/docs/current/errcodes-appendix.html: connection, rollback (deadlock),
# resources (a full disk), locks, the operator (time limits, shutdown), and the system itself; and
# two of the class 25: a database that is read-only for now, and a transaction that was frozen.
_POSTGRESQL = ("08", "40", "53", "55", "57", "58", "25006", "25P03")


def is_trouble(error: Exception) -> bool:
    """Tell whether the database could not work, whatever it was asked: later it may."""
    if isinstance(error, NoConnectionError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    code = getattr(error.orig, "sqlite_errorcode", None)
    if isinstance(code, int):
        return code & 0xFF in _SQLITE
    state = getattr(error.orig, "sqlstate", None)
    if state is None:  # the connection broke, or there was none
        return isinstance(error, OperationalError | InterfaceError)
    return str(state).startswith(_POSTGRESQL)
