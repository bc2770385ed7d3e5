"""What the commands share: the migrated database of the settings, and how values are shown."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import click
from sqlalchemy import inspect

from bot.config import Settings
from bot.db import migrate
from bot.db.engine import Database
from bot.errors import StadtdrahtError
from bot.operation import unfinished


class OlderDatabaseError(StadtdrahtError):
    """The schema is an older version's; it is upgraded when somebody asks for that."""

    code = "database_older"


@contextmanager
def open_database(*, migrating: bool = False) -> Iterator[Database]:
    """Open the database of the settings; an empty one gets its schema.

    An older schema is upgraded only by a command that is there for it (`migrating`): there is no
    backup here, and on SQLite no server may run on the file. Raises `OlderDatabaseError`,
    `NewerDatabaseError`, `DatabaseInUseError`, `UnfinishedRestoreError`.
    """
    settings = Settings()
    settings.make_data_dir()
    database = Database(settings.url)
    try:
        unfinished.check(settings, database)
        if not migrate.is_current(database):
            _prepare(database, migrating=migrating)
        yield database
    finally:
        database.close()


def _prepare(database: Database, *, migrating: bool) -> None:
    if inspect(database.engine).get_table_names():
        if not migrating:
            raise OlderDatabaseError(
                "The database has the schema of an older version: run `stadtdraht upgrade`."
            )
        database.admit_server()
    migrate.upgrade(database)


def show(values: Mapping[str, str | None], *, as_json: bool) -> None:
    """Print values, a line each or as one JSON object for another program."""
    if as_json:
        click.echo(json.dumps(values))
        return
    for name, value in values.items():
        click.echo(f"{name}: {value}")
