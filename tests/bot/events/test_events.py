"""Events: a reader that trusts its cursor misses nothing."""

from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.db.engine import Database
from bot.events import queries
from bot.events import service as events
from bot.events.models import Event
from bot.events.queries import Cursor
from bot.events.service import Change
from tests.fakes.clock import NOON

numbers = st.integers(0, 10**18 - 1)


def publish(database: Database, *kinds: str) -> None:
    with database.unit_of_work() as session:
        add(session, *kinds)


def add(session: Session, *kinds: str) -> None:
    events.publish(session, [Change(kind, conversation_id=7) for kind in kinds], now=NOON)


def read(database: Database, cursor: Cursor, *, limit: int = 500) -> tuple[list[str], Cursor]:
    with database.read() as session:
        found = queries.after(session, cursor, limit=limit)
    return [one.kind for one in found], found[-1].cursor if found else cursor


@given(numbers, numbers)
def test_a_cursor_survives_its_text(xid: int, event_id: int) -> None:
    cursor = Cursor(xid, event_id)
    assert Cursor.read(str(cursor)) == cursor


@given(st.text(max_size=30))
def test_any_text_is_a_cursor_that_fits_or_none(text: str) -> None:
    cursor = Cursor.read(text)
    assert cursor is None or max(cursor.xid, cursor.id) < 2**63


@pytest.mark.parametrize(
    "text",
    [
        *(None, "", ".", "1", "1.", ".1", "-1.2", "1.2.3", "1.x", "１.２", "1.2 ", "+1.2", "²."),
        *("9" * 5000 + ".1", "1." + "9" * 5000, f"{2**63}.{2**64}"),
    ],
)
def test_what_is_no_cursor(text: str | None) -> None:
    assert Cursor.read(text) is None


@given(st.lists(st.tuples(numbers, numbers)))
def test_cursors_stand_in_the_order_of_reading(pairs: list[tuple[int, int]]) -> None:
    assert [(c.xid, c.id) for c in sorted(Cursor(*pair) for pair in pairs)] == sorted(pairs)


def test_events_come_in_order_in_pages_and_once(database: Database) -> None:
    publish(database)
    publish(database, "a", "b")
    publish(database, "c")
    first, cursor = read(database, Cursor(), limit=2)
    second, cursor = read(database, cursor, limit=2)
    assert (first, second) == (["a", "b"], ["c"])
    assert read(database, cursor) == ([], cursor)
    with database.read() as session:
        assert queries.newest(session) == cursor


def test_an_event_of_a_rolled_back_change_never_was(database: Database) -> None:
    with pytest.raises(LookupError):
        change_and_fail(database)
    publish(database, "real")
    assert read(database, Cursor())[0] == ["real"]


def change_and_fail(database: Database) -> None:
    with database.unit_of_work() as session:
        add(session, "never")
        raise LookupError


def test_nothing_is_newest_at_first(database: Database) -> None:
    with database.read() as session:
        assert queries.newest(session) == Cursor()
        assert not queries.is_too_old(session, Cursor())


def test_a_transaction_that_commits_late_is_not_overtaken(database: Database) -> None:
    """A reader comes after each step; in the end it must have seen everything, once."""
    if database.is_sqlite:
        return  # one writer: nothing can commit late
    seen: list[str] = []
    cursor = Cursor()

    def look() -> None:
        nonlocal cursor
        kinds, cursor = read(database, cursor)
        seen.extend(kinds)

    publish(database, "before")
    look()
    with database.unit_of_work() as late:
        add(late, "late 1")
        publish(database, "early 1")  # draws a later number, commits first
        look()
        with database.read() as session:
            assert queries.newest(session) == cursor, "a new page starts before the late one"
        add(late, "late 2")
        with database.unit_of_work() as later:
            add(later, "later")
            look()
        publish(database, "early 2")
        look()
    look()
    assert seen[0] == "before"
    assert sorted(seen[1:]) == ["early 1", "early 2", "late 1", "late 2", "later"]


def test_readers_beside_many_writers_see_everything_once(database: Database) -> None:
    seen: list[str] = []
    cursor = Cursor()

    def write(name: int) -> None:
        for number in range(25):
            with database.unit_of_work() as session:
                add(session, f"{name}-{number}-first")
                add(session, f"{name}-{number}-second")

    writers = [Thread(target=write, args=(name,)) for name in range(4)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        kinds, cursor = read(database, cursor, limit=9)
        seen += kinds
    while found := read(database, cursor)[0]:
        _, cursor = read(database, cursor)
        seen += found
    assert len(seen) == len(set(seen)) == 200
    assert seen.index("0-3-first") < seen.index("0-3-second") < seen.index("0-4-first")


def test_a_cursor_behind_what_was_forgotten_is_too_old(database: Database) -> None:
    publish(database, "a", "b", "c", "d")
    with database.read() as session:
        cursors = [one.cursor for one in queries.after(session, Cursor())]
    with database.unit_of_work() as session:
        oldest = session.scalars(select(Event.id).order_by(Event.id)).all()[:2]
        session.execute(delete(Event).where(Event.id.in_(oldest)))
    with database.read() as session:
        too_old = [queries.is_too_old(session, cursor) for cursor in [Cursor(), *cursors]]
    assert too_old == [True, True, False, False, False]
