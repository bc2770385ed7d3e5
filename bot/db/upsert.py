"""`INSERT ... ON CONFLICT` on both engines: looking first loses races, a key does not."""

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.db.base import Base

Insert = sqlite.Insert | postgresql.Insert


def insert(session: Session, table: type[Base]) -> Insert:
    """Return the engine's own INSERT, which knows `on_conflict_do_nothing` and `..._update`."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)
