"""Migrations run up, down and up again, and agree with the tables, on both engines."""

from sqlalchemy import inspect

from bot.db import migrate
from bot.db.engine import Database


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
