"""Migrations run up, down and up again, and agree with the tables, on both engines."""

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, inspect, text

from bot.db import migrate
from bot.db.engine import Database
from bot.db.tables import METADATA
from bot.inbox.states import ConversationStatus
from bot.understanding import queries
from nlp.types import Weights
from tests.fakes.town import build

KEEPS_COUNT = "sqlite_autoincrement"


def test_migrations_agree_with_the_tables(database: Database) -> None:
    migrate.check(database)
    assert migrate.is_current(database)


def test_migrations_go_down_and_up_again(database: Database) -> None:
    migrate.downgrade(database, "base")
    assert set(inspect(database.engine).get_table_names()) <= {"alembic_version"}

    migrate.upgrade(database)
    migrate.check(database)


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    migrate.upgrade(database)
    assert migrate.is_current(database)


def test_conversations_learn_their_office_and_since_when_they_are_needed(
    database: Database,
) -> None:
    town = build(database)
    town.turn("t", "Die Laterne in der Dorfstraße 5")
    office_id = town.conversation("t").office_id
    assert office_id is not None
    migrate.downgrade(database, "ab7c1655175b")
    with database.unit_of_work() as session:
        session.execute(text("UPDATE conversation SET office_id = NULL, emergency_at = created_at"))

    migrate.upgrade(database)

    back = town.conversation("t")
    assert back.office_id == office_id
    assert (back.needed_since, back.needed_rank) == (back.emergency_at, 0)


@pytest.mark.parametrize(
    ("state", "code", "attempts", "maybe_sent", "was_tried"),
    [
        ("queued", None, 0, False, False),
        ("retry", "transient", 1, False, True),
        ("retry", "transient", 2, True, True),
        ("retry", "unknown", 1, True, True),
        ("sending", None, 0, True, True),
    ],
)
def test_what_was_on_its_way_keeps_its_doubt(
    database: Database,
    state: str,
    code: str | None,
    attempts: int,
    *,
    maybe_sent: bool,
    was_tried: bool,
) -> None:
    town = build(database)
    town.turn("t", "Hallo")
    migrate.downgrade(database, "a5d0f6b14c37")
    change = text("UPDATE delivery SET state = :state, error_code = :code, attempts = :attempts")
    with database.unit_of_work() as session:
        session.execute(change, {"state": state, "code": code, "attempts": attempts})

    migrate.upgrade(database)

    [part] = town.deliveries()
    assert (part.maybe_sent, part.first_tried_at is not None) == (maybe_sent, was_tried)


def test_tickets_learn_how_they_came_in(database: Database) -> None:
    town = build(database)
    town.turn("t", "Die Laterne in der Dorfstraße 5")
    insert = "INSERT INTO ticket ({names}, number, token) SELECT {names}, 'DOR-1', 'x' FROM ticket"
    columns = {column.name for column in METADATA.tables["ticket"].columns}
    kept = ", ".join(
        sorted(columns - {"id", "number", "token", "conversation_id", "origin", "reporter_phone"})
    )
    migrate.downgrade(database, "d2a4f8b1c57e")
    with database.unit_of_work() as session:
        session.execute(text(insert.format(names=kept)))

    migrate.upgrade(database)

    with database.read() as session:
        rows = session.execute(text("SELECT conversation_id, origin FROM ticket ORDER BY id")).all()
    assert [(row[0] is not None, row[1]) for row in rows] == [
        (True, "conversation"),
        (False, "form"),
    ]


def test_what_nobody_has_judged_waits_for_a_person_when_the_queue_goes(database: Database) -> None:
    town = build(database)
    for thread in ("unjudged", "confirmed"):
        town.turn(thread, "Idioten")
    with database.unit_of_work() as session:
        session.execute(
            text(
                "UPDATE message SET judgement = 'confirmed' WHERE conversation_id ="
                " (SELECT id FROM conversation WHERE thread = 'confirmed') AND offence IS NOT NULL"
            )
        )
        session.execute(text("UPDATE conversation SET status = 'closed'"))
    migrate.downgrade(database, "f6d8c3b01e27")
    migrate.upgrade(database)

    waiting, settled = town.conversation("unjudged"), town.conversation("confirmed")
    assert waiting.status is ConversationStatus.OPEN
    assert waiting.waiting_since == waiting.needed_since == waiting.last_message_at
    assert waiting.needed_rank == 1
    assert settled.status is ConversationStatus.CLOSED
    assert settled.waiting_since is None


def test_a_later_migration_can_build_any_table_anew(database: Database) -> None:
    """SQLite changes a constraint by building the table anew from what SQLAlchemy reads of it."""
    if not database.is_sqlite:
        pytest.skip("PostgreSQL alters its tables")
    town = build(database)
    town.turn("t", "Die Laterne in der Dorfstraße 5")
    tables = METADATA.tables.keys()
    with database.exclusive() as connection:
        before = {name: _columns(connection, name) for name in tables}
        operations = Operations(MigrationContext.configure(connection))
        for name in tables:
            with operations.batch_alter_table(name, recreate="always"):
                pass
        assert {name: _columns(connection, name) for name in tables} == before


def test_no_number_is_given_twice(database: Database) -> None:
    """An old line of the trail must not come to mean a new row."""
    if not database.is_sqlite:
        pytest.skip("PostgreSQL's sequences never go back")
    wanted = {
        table.name for table in METADATA.tables.values() if table.dialect_kwargs.get(KEEPS_COUNT)
    }
    with database.engine.connect() as connection:
        made = connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'table'"
        )
        found = {row.name for row in made if "AUTOINCREMENT" in row.sql}
    assert {"alarm", "message"} <= wanted
    assert found == wanted


def _columns(connection: Connection, table: str) -> list[str]:
    rows = connection.exec_driver_sql(f"PRAGMA table_xinfo('{table}')")
    return sorted(f"{row.name} {row.type} {row.hidden}" for row in rows)


def test_the_citys_own_model_becomes_the_first_of_its_versions(database: Database) -> None:
    migrate.downgrade(database, "c3f9b7e20d84")
    with database.unit_of_work() as session:
        session.execute(
            text("INSERT INTO own_model (id, meta, arrays, stored_at) VALUES (1, :meta, :w, :at)"),
            {"meta": b'{"name": "eigen-1"}', "w": b"weights", "at": "2026-11-01 08:00:00.000000"},
        )
    migrate.upgrade(database)
    with database.read() as session:
        [version] = queries.versions(session)
        assert queries.weights(session) == Weights(b'{"name": "eigen-1"}', b"weights")
    assert (version.name, version.active, version.corrections) == ("eigen-1", True, None)
    migrate.downgrade(database, "c3f9b7e20d84")
    with database.unit_of_work() as session:
        kept = session.execute(text("SELECT id, meta, arrays FROM own_model")).one()
        assert (kept.id, bytes(kept.meta), bytes(kept.arrays)) == (
            *(1, b'{"name": "eigen-1"}', b"weights"),
        )
    migrate.upgrade(database)
    migrate.check(database)
