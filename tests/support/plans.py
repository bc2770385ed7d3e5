"""What the database is asked, how it goes about it, and how much work that is. SQLite only."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event

from bot.db.engine import Database

GROWING = (
    *("audit_entry", "blob", "contact", "conversation", "delivery", "event", "identity"),
    *("message", "raw_item", "reaction", "staff_session", "ticket", "turn_understanding", "work"),
)
SCAN = re.compile(rf"SCAN ({'|'.join(GROWING)})\b")
_EVERY = 20  # steps of SQLite's machine

Sent = dict[str, tuple[object, ...]]


@contextmanager
def recorded(*engines: Engine) -> Iterator[Sent]:
    """Collect each statement that reads rows, with values it was sent with."""
    found: Sent = {}

    def record(_: object, __: object, statement: str, values: object, *___: object) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            assert isinstance(values, tuple | list)
            of_one = values[0] if isinstance(values, list) else values
            found.setdefault(statement, tuple(of_one))

    for engine in engines:
        event.listen(engine, "before_cursor_execute", record)
    yield found
    for engine in engines:
        event.remove(engine, "before_cursor_execute", record)


def plan(database: Database, statement: str, values: tuple[object, ...]) -> str:
    """Return how SQLite would go about a statement."""
    with database.read_engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        return "\n".join(str(row[3]) for row in rows)


def work_of(database: Database, task: Callable[[], object]) -> int:
    """Return how much SQLite works for a task, in steps of its machine: on every computer alike."""
    ticks: list[int] = []

    def tick() -> None:
        ticks.append(_EVERY)

    _watch(database, tick)
    task()
    _watch(database, None)
    return sum(ticks)


def _watch(database: Database, tick: Callable[[], None] | None) -> None:
    """Have each connection tell; there is one to write and, for one thread, one to read."""
    for engine in (database.engine, database.read_engine):
        connection = engine.raw_connection()
        driver = connection.driver_connection
        assert driver is not None
        driver.set_progress_handler(tick, _EVERY)
        connection.close()  # it goes back to the pool
