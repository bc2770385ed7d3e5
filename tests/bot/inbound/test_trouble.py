"""Trouble of the database: nobody's messages are set aside for it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select, text

from bot.db.engine import Database
from bot.inbound.models import RawItem
from bot.inbound.states import RawState
from tests.fakes.town import Town

LONG = "Hallo, " + "und noch etwas " * 2000  # more than fits into the pages that are there


@contextmanager
def full(database: Database) -> Iterator[None]:
    """Let the database refuse what is large, as it does when its disk is full."""
    if database.is_sqlite:
        with database.engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            most = connection.exec_driver_sql("PRAGMA max_page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        yield
        with database.engine.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA max_page_count = {most}")
        return
    refusing = (
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'; END $$; "
        "CREATE TRIGGER full_disk BEFORE INSERT ON message EXECUTE FUNCTION refuse()"
    )
    with database.unit_of_work() as session:
        session.execute(text(refusing))
    yield
    with database.unit_of_work() as session:
        session.execute(text("DROP FUNCTION refuse CASCADE"))


def items(town: Town) -> dict[str, tuple[RawState, int]]:
    with town.database.read() as session:
        found = session.execute(select(RawItem.event_id, RawItem.state, RawItem.attempts))
        return {event: (state, attempts) for event, state, attempts in found}


def test_messages_wait_until_a_full_disk_has_room(town: Town) -> None:
    threads = [f"t{number}" for number in range(5)]
    for thread in threads:
        town.says(thread, LONG)
    worker = town.worker()
    with full(town.database):
        for _ in range(12):
            town.clock.advance(60)
            assert worker.run_once() == 5
        assert set(items(town).values()) == {(RawState.NEW, 0)}

    town.work(worker=worker, after=60)
    assert {state for state, _ in items(town).values()} == {RawState.DONE}
    assert [len(town.answers(thread)) for thread in threads] == [1] * 5
