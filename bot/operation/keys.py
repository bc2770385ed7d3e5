"""The installation's key beside its database: the right one, or a new one for an empty city."""

from contextlib import suppress

from sqlalchemy import ColumnClause, Connection, column, inspect, select, table
from sqlalchemy.orm import Session

from bot.audit import queries, rules
from bot.audit.rules import Seal
from bot.config import MissingKeyError, Settings
from bot.db.engine import Database
from bot.errors import StadtdrahtError
from bot.operation.archive import KEY

_SEALED = (("channel", "credentials"), ("second_factor", "secret"), ("audit_seal", "digest"))
_SEALS = 5  # one that holds is proof; a single one may have been altered


class WrongKeyError(StadtdrahtError):
    """The data folder holds the key of another city."""

    code = "key_wrong"


def of(settings: Settings, database: Database) -> bytes:
    """Return the key, which is made where nothing was ever stored with one.

    Raises `MissingKeyError`, `WrongKeyError`, `BrokenKeyError`.
    """
    with database.read() as session:
        check(settings, session.connection())
    settings.make_key()
    return settings.key


def check(settings: Settings, connection: Connection) -> None:
    """Raise `MissingKeyError` or `WrongKeyError` where this key does not belong to the database."""
    if not (settings.data_dir / KEY).exists():
        if _has_secrets(connection):
            raise MissingKeyError(
                f"There is no {KEY} in {settings.data_dir}, and the database holds secrets that "
                "need it: is STADTDRAHT_DATA_DIR right?"
            )
        return
    if not _holds(connection, settings.key):
        raise WrongKeyError(
            f"{KEY} in {settings.data_dir} is not the key of this database: are "
            "STADTDRAHT_DATA_DIR and STADTDRAHT_DATABASE_URL those of one city?"
        )


def _holds(connection: Connection, key: bytes) -> bool:
    """Tell whether the newest seals of the trail were made with this key."""
    if not inspect(connection).has_table("audit_seal"):
        return True
    keys = rules.keys(key)
    newest: list[Seal] = []
    with Session(connection) as session, suppress(ValueError, TypeError):  # `audit verify` tells
        newest = queries.last_seals(session, limit=_SEALS)
    return not newest or any(rules.holds(seal, keys) for seal in newest)


def _has_secrets(connection: Connection) -> bool:
    """Look for what only the key opens or proves; an older schema may not have it."""
    found = inspect(connection)
    tables = set(found.get_table_names())
    for name, sealed in _SEALED:
        if name in tables and sealed in {known["name"] for known in found.get_columns(name)}:
            value: ColumnClause[object] = column(sealed)
            held = select(value).select_from(table(name)).where(value.is_not(None)).limit(1)
            if connection.execute(held).first() is not None:
                return True
    return False
