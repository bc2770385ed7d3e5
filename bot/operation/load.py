"""Filling an empty database from a backup, inside the caller's transaction."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import cast

import psycopg
from psycopg import sql
from sqlalchemy import Connection, MetaData, column, func, insert, inspect, select, table, text
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError

from bot.db.tables import METADATA
from bot.operation.archive import Part, Table
from bot.operation.dump import VERSIONS
from bot.operation.errors import BrokenBackupError, PlaceTakenError
from bot.operation.rows import Row, decoder

_FOREIGN_KEYS = text(
    "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)"
    " FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
)


def check_empty(connection: Connection) -> None:
    """Raise `PlaceTakenError` where the database holds anything but our empty tables."""
    names = set(inspect(connection).get_table_names()) - {VERSIONS}
    if foreign := names - METADATA.tables.keys():
        raise PlaceTakenError(
            f"The database holds a table that is not ours ({min(foreign)}); "
            "restore into an empty database."
        )
    for name in sorted(names):
        if connection.execute(select(1).select_from(table(name)).limit(1)).first():
            raise PlaceTakenError(
                f"The database holds data already (table {name}); restore into an empty database."
            )


def clear(connection: Connection) -> None:
    """Drop every table."""
    found = MetaData()
    found.reflect(connection)
    found.drop_all(connection)


class Filler:
    """Takes the rows of a backup in."""

    def __init__(self, connection: Connection, tables: Sequence[Table]) -> None:
        self._connection = connection
        self._tables = {described.name: described for described in tables}
        self.rows = 0

    def take(self, part: Part) -> None:
        """Insert the rows of a part; raises `BrokenBackupError` where they do not fit."""
        name = part.name.split("/")[1]
        described = self._tables.get(name)
        if described is None:
            raise BrokenBackupError(f"It holds rows of {name}, a table that it does not describe.")
        sqlite = self._connection.dialect.name == "sqlite"
        decode = decoder([kind for _, kind in described.columns], sqlite=sqlite)
        try:
            rows = [decode(line) for line in part.lines()]
        except ValueError:
            raise BrokenBackupError(f"The rows of {name} cannot be read.") from None
        columns = [name for name, _ in described.columns]
        if sqlite:
            self._insert(name, columns, rows)
        else:
            self._copy(name, columns, rows)
        self.rows += len(rows)

    def _insert(self, name: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        target = insert(table(name, *map(column, columns)))
        statement = str(target.compile(dialect=self._connection.dialect))
        try:
            self._connection.exec_driver_sql(statement, [tuple(row) for row in rows])
        except (IntegrityError, DataError, InterfaceError) as error:
            reason = type(error).__name__
            raise BrokenBackupError(f"SQLite refuses rows of {name} ({reason}).") from None

    def _copy(self, name: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        raw = cast("psycopg.Connection", self._connection.connection.driver_connection)
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        try:
            with raw.cursor() as cursor, cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
        except psycopg.Error as error:  # its words may hold a citizen's
            reason = error.sqlstate or type(error).__name__
            raise BrokenBackupError(f"PostgreSQL refuses rows of {name} ({reason}).") from None


@contextmanager
def filling(connection: Connection, tables: Sequence[Table]) -> Iterator[Filler]:
    """Yield what takes the rows in; references between rows are checked when all are there.

    Tables refer to each other and to themselves: without their keys the order does not matter, and
    checking all at once is quicker than one by one. SQLite's are off in `Database.exclusive`.
    """
    found = inspect(connection)
    names = set(found.get_table_names())
    for described in tables:
        there = (
            [column["name"] for column in found.get_columns(described.name)]
            if described.name in names
            else []
        )
        if not {name for name, _ in described.columns} <= set(there):
            raise BrokenBackupError(f"Its table {described.name} is not that of its schema.")
    filler = Filler(connection, tables)
    if connection.dialect.name == "sqlite":
        yield filler
        if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise BrokenBackupError("It holds rows that refer to rows that it does not hold.")
        _number_on_sqlite(connection, tables)
        return
    keys = connection.execute(_FOREIGN_KEYS).all()
    for owner, name, _ in keys:
        connection.exec_driver_sql(f"ALTER TABLE {owner} DROP CONSTRAINT {name}")
    yield filler
    for owner, name, definition in keys:
        connection.exec_driver_sql(f"ALTER TABLE {owner} ADD CONSTRAINT {name} {definition}")
    _number_on_postgresql(connection, tables)
    connection.exec_driver_sql("ANALYZE")


def _number_on_sqlite(connection: Connection, tables: Sequence[Table]) -> None:
    """Go on numbering where the old database stopped: no number is given out twice."""
    for described in tables:
        if described.last_id is not None:
            values = {"name": described.name, "seq": described.last_id}
            connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), values)
            connection.execute(text("INSERT INTO sqlite_sequence VALUES (:name, :seq)"), values)


def _number_on_postgresql(connection: Connection, tables: Sequence[Table]) -> None:
    quote = connection.dialect.identifier_preparer.quote
    for described in tables:
        if described.last_id is not None:
            sequence = func.pg_get_serial_sequence(quote(described.name), "id")
            connection.execute(select(func.setval(sequence, described.last_id)))
