"""The doctor: looks for the usual mistakes and says the cure."""

from collections.abc import Iterator
from datetime import datetime

from pydantic import ValidationError
from pydantic_settings import SettingsError
from sqlalchemy import Connection

from bot.config import Settings, name_of
from bot.db import words
from bot.db.engine import Database
from bot.errors import StadtdrahtError
from bot.operation import keys
from bot.operation.checks import city, machine, storage, web
from bot.operation.findings import Finding, ok, wrong

_CURE = "See docs/configuration.md."


def examine(*, now: datetime) -> Iterator[Finding]:
    """Yield what is found with the settings of the environment; changes nothing."""
    try:
        settings = Settings()
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False):
            yield wrong("settings", f"{name_of(problem['loc'])}: {problem['msg']}.", _CURE)
        return
    except SettingsError as error:
        yield wrong("settings", f"{error}.", _CURE)
        return
    yield from machine.check(settings.data_dir)
    yield from _database(settings, now)
    yield from web.check(settings)


def _key(settings: Settings, connection: Connection) -> Finding:
    try:
        keys.check(settings, connection)
    except StadtdrahtError as error:
        return wrong("key_fits", str(error), "Restore key and database from one backup.")
    return ok("key_fits", "No other key made what this database holds.")


def _database(settings: Settings, now: datetime) -> Iterator[Finding]:
    database = Database(settings.url)
    try:
        found = list(storage.check(database))
        yield from found
        if storage.is_usable(found):
            with database.read() as session:
                yield _key(settings, session.connection())
                yield from city.check(session, settings, now=now)
    except words.ERRORS as error:  # a damaged file may answer at first
        yield wrong("database", f"{words.of(error)}.", "Restore the newest backup.")
    finally:
        database.close()
