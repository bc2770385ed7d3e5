"""How Alembic meets our tables: on the caller's connection, never on one of its own."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from bot.db.base import Instant
from bot.db.tables import METADATA


def render_item(kind: str, item: object, _: AutogenContext) -> str | Literal[False]:
    """Write our own types as plain ones, so that migrations never import the application."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Instant) else False


def run() -> None:
    """Run the migrations inside the caller's transaction."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        render_item=render_item,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
