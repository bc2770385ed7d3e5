"""What a message costs must not grow with what there is: no statement on its way reads a table."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from bot.db.engine import Database
from bot.inbox import thread
from tests.fakes.town import Town, item, raw

GROWING = (
    *("audit_entry", "contact", "conversation", "delivery", "event", "identity", "message"),
    *("raw_item", "reaction", "turn_understanding", "work"),
)
SCAN = re.compile(rf"SCAN ({'|'.join(GROWING)})\b")

Sent = dict[str, tuple[object, ...]]


@contextmanager
def recorded(database: Database) -> Iterator[Sent]:
    """Collect each statement that reads rows, with values it was sent with."""
    found: Sent = {}

    def record(_: object, __: object, statement: str, values: object, *___: object) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            assert isinstance(values, tuple | list)
            of_one = values[0] if isinstance(values, list) else values
            found.setdefault(statement, tuple(of_one))

    engines = (database.engine, database.read_engine)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", record)
    yield found
    for engine in engines:
        event.remove(engine, "before_cursor_execute", record)


def plan(database: Database, statement: str, values: tuple[object, ...]) -> str:
    with database.read_engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        return "\n".join(str(row[3]) for row in rows)


def test_no_statement_on_the_way_of_a_message_reads_a_whole_table(town: Town) -> None:
    if not town.database.is_sqlite:
        pytest.skip("PostgreSQL decides by the number of rows")
    town.turn("anna", "Hallo")
    known = item("again", "anna", "Hallo")
    with recorded(town.database) as found:
        town.store(known, known)
        town.store(known)
        town.says("anna", "Wann ist Markt?", "Und wo?")
        town.says("ben", "Die Laterne in der Dorfstraße 5")
        town.work()
        town.send()
        sign = {"kind": "reaction", "id": "r", "target": "again", "symbol": "👍"}
        town.store(raw("r", "anna", sign | {"sender": "anna-person"}))
        town.work()
        with town.database.read() as session:
            assert thread.is_answered(session, 1, "again") is False
    assert len(found) > 20
    for statement, values in found.items():
        steps = plan(town.database, statement, values)
        assert not SCAN.search(steps), f"{statement}\n{steps}"
