"""Writing in sets, past the ORM: inserts that know `ON CONFLICT`, updates by key.

A unique key with `ON CONFLICT` does not lose races; looking first and inserting then does.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import cast

from sqlalchemy import BindParameter, ColumnElement, Table, and_, bindparam, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot.db.base import Base

Insert = sqlite.Insert | postgresql.Insert


def insert(session: Session, model: type[Base]) -> Insert:
    """Return the engine's own INSERT for the table of `model`."""
    return dialect_insert(session.get_bind().dialect.name, model)


def dialect_insert(dialect: str, model: type[Base]) -> Insert:
    """Return the INSERT of an engine, for a statement that is built once and kept."""
    table = _table(model)
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def one_of(
    columns: Sequence[InstrumentedAttribute[object]],
    rows: Collection[Sequence[object]],
    *,
    led_by: int | None = None,
) -> ColumnElement[bool]:
    """Return that the `columns` hold one of `rows`, in words for which both engines use an index.

    SQLite finds none for a list of rows alone and looks through the whole table; each column's
    own values lead it to the index, and the rows say which of their combinations are meant. Where
    the first columns (`led_by`) say nearly all, the others need not: every combination is tried.
    """
    ways = [
        column.in_({row[place] for row in rows}) for place, column in enumerate(columns[:led_by])
    ]
    return and_(*ways, tuple_(*columns).in_(rows))


def update_rows(session: Session, model: type[Base], rows: Sequence[Mapping[str, object]]) -> None:
    """Update rows by their `id`, which each of them holds; all have the same columns."""
    if not rows:
        return
    table = _table(model)
    columns: dict[str, BindParameter[object]] = {
        name: bindparam(f"new_{name}") for name in rows[0] if name != "id"
    }
    session.execute(
        update(table).where(table.c.id == bindparam("row_id")).values(columns),
        [{"row_id": row["id"]} | {f"new_{name}": row[name] for name in columns} for row in rows],
    )


def _table(model: type[Base]) -> Table:
    return cast("Table", model.__table__)
