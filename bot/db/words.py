"""What an error of the database says, without the data that it is about."""

import sqlite3

import psycopg
from sqlalchemy.exc import SQLAlchemyError, StatementError

ERRORS = (SQLAlchemyError, sqlite3.Error, psycopg.Error)  # the database said no
_ABOUT_DATA = "22"  # the class of SQLSTATE whose words quote the value


def of(error: BaseException) -> str:
    """Return one line: never a statement, a row, or a value, which may be a citizen's.

    PostgreSQL's details ("Key (name)=(...) is duplicated") are left out; what it says of a
    connection that failed is kept.
    """
    if isinstance(error, StatementError):
        cause = error.orig
        known = isinstance(cause, (psycopg.Error, sqlite3.Error))
        return of(cause) if cause is not None and known else type(cause or error).__name__
    if isinstance(error, psycopg.Error) and error.sqlstate:
        told = None if error.sqlstate.startswith(_ABOUT_DATA) else error.diag.message_primary
        return f"{type(error).__name__}: {told or error.sqlstate}"
    if isinstance(error, SQLAlchemyError) and error.code:  # without the link to its documentation
        return " ".join(str(error.args[0]).split()) if error.args else type(error).__name__
    return " ".join(str(error).split()) or type(error).__name__
