"""Reading a whole database in one consistent state, table by table, in little memory."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import (
    ColumnClause,
    Connection,
    Select,
    String,
    cast,
    column,
    func,
    inspect,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import REGCLASS

from bot.db import migrate
from bot.db.engine import Database
from bot.operation.archive import Table
from bot.operation.errors import BackupError
from bot.operation.rows import Kind, encoder, kind_of

VERSIONS = "alembic_version"
_PART = 2 * 1024 * 1024  # bytes of lines in a part
_FEW, _MANY = 16, 500  # rows at once; stored files come in chunks of 256 KiB
_PATIENT = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"


@contextmanager
def snapshot(database: Database) -> Iterator[Connection]:
    """Open one state of the database that stays what it is while others write.

    Raises `BackupError` for an SQLite file that is damaged.
    """
    with database.read_engine.connect() as connection, connection.begin():
        if database.is_sqlite:
            found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
            if found != "ok":
                raise BackupError(
                    f"The database file is damaged ({found}). Keep your older backups, "
                    "and restore the newest of them."
                )
        else:
            connection.exec_driver_sql(_PATIENT)
        yield connection


def revision(connection: Connection) -> str:
    """Return the schema's revision; raises `BackupError` where there is no schema."""
    found = migrate.revision_of(connection)
    if found is None:
        raise BackupError("This database holds no city: is STADTDRAHT_DATABASE_URL right?")
    return found


def tables(connection: Connection) -> tuple[Table, ...]:
    """Return every table as the database has it."""
    inspector = inspect(connection)
    last_ids = _sqlite_ids(connection) if connection.dialect.name == "sqlite" else None
    return tuple(
        Table(
            name=name,
            columns=tuple(
                (found["name"], kind_of(found["type"])) for found in inspector.get_columns(name)
            ),
            last_id=_postgresql_id(connection, name) if last_ids is None else last_ids.get(name),
        )
        for name in sorted(inspector.get_table_names())
        if name != VERSIONS
    )


def parts(connection: Connection, described: Table) -> Iterator[tuple[bytes, int]]:
    """Yield the rows of a table as stretches of lines, and how many rows each holds."""
    kinds = [kind for _, kind in described.columns]
    encode = encoder(kinds)
    at_once = _FEW if Kind.BYTES in kinds else _MANY
    result = connection.execute(_rows(described), execution_options={"yield_per": at_once})
    lines: list[bytes] = []
    size = 0
    for row in result:
        line = encode(row)
        lines.append(line)
        size += len(line)
        if size >= _PART:
            yield b"".join(lines), len(lines)
            lines, size = [], 0
    if lines:
        yield b"".join(lines), len(lines)


def _rows(described: Table) -> Select[*tuple[object, ...]]:
    columns: list[ColumnClause[object]] = [column(name) for name, _ in described.columns]
    wanted = [
        cast(found, String) if kind is Kind.JSON else found
        for found, (_, kind) in zip(columns, described.columns, strict=True)
    ]
    return select(*wanted).select_from(table(described.name, *columns))


def _sqlite_ids(connection: Connection) -> dict[str, int]:
    if not inspect(connection).has_table("sqlite_sequence"):
        return {}
    # A table that was built anew while empty stands there with 0: no number was given out.
    rows = connection.execute(text("SELECT name, seq FROM sqlite_sequence WHERE seq > 0"))
    return {str(name): int(number) for name, number in rows}


def _postgresql_id(connection: Connection, name: str) -> int | None:
    columns = {found["name"] for found in inspect(connection).get_columns(name)}
    if "id" not in columns:
        return None
    quoted = connection.dialect.identifier_preparer.quote(name)
    sequence = cast(func.pg_get_serial_sequence(quoted, "id"), REGCLASS)
    found = connection.scalar(select(func.pg_sequence_last_value(sequence)))
    return None if found is None else int(found)
