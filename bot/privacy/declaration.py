"""Whether each column of a table says if it is personal."""

from collections import Counter
from collections.abc import Collection, Mapping

from sqlalchemy import inspect

from bot.db.base import Base, Retention


def undeclared(table: type[Base]) -> list[str]:
    """Return what is wrong with a table's declaration, one sentence each; none when it is right."""
    columns = [column.key for column in inspect(table).local_table.columns]
    return problems(table.__name__, columns, table.__plain__, table.__personal__)


def problems(
    name: str,
    columns: Collection[str],
    plain: Collection[str],
    personal: Mapping[str, Retention],
) -> list[str]:
    """Compare the columns of a table with the two declarations."""
    times = Counter([*plain, *personal])
    return [
        *(f"{name}.{column} is declared nowhere" for column in columns if not times[column]),
        *(f"{name}.{column} is declared twice" for column in times if times[column] > 1),
        *(f"{name}.{column} does not exist" for column in times if column not in columns),
    ]
