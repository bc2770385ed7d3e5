"""What the commands share: the migrated database of the settings, and how values are shown."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import click

from bot.config import Settings
from bot.db import migrate
from bot.db.engine import Database
from bot.operation import unfinished


@contextmanager
def open_database() -> Iterator[Database]:
    """Open the migrated database of the settings."""
    settings = Settings()
    settings.make_data_dir()
    database = Database(settings.url)
    try:
        unfinished.check(settings, database)
        migrate.upgrade(database)
        yield database
    finally:
        database.close()


def show(values: Mapping[str, str | None], *, as_json: bool) -> None:
    """Print values, a line each or as one JSON object for another program."""
    if as_json:
        click.echo(json.dumps(values))
        return
    for name, value in values.items():
        click.echo(f"{name}: {value}")
