"""Units of work: nothing lost under load, nothing written by readers, one server per file."""

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot.channels.models import Channel
from bot.contacts.models import Contact
from bot.db.engine import Database, DatabaseInUseError, FairLock
from bot.inbox.models import Draft
from tests.fakes.clock import NOON


def add_contact(database: Database, name: str) -> None:
    with database.unit_of_work() as session:
        session.add(Contact(name=name, created_at=NOON))


def names(database: Database) -> list[str | None]:
    with database.read() as session:
        return list(session.scalars(select(Contact.name).order_by(Contact.id)))


def test_a_unit_of_work_commits_on_leaving_and_rolls_back_on_an_error(database: Database) -> None:
    add_contact(database, "kept")
    with suppress(LookupError), database.unit_of_work() as session:
        session.add(Contact(name="lost", created_at=NOON))
        session.flush()
        raise LookupError
    add_contact(database, "after")
    assert names(database) == ["kept", "after"]


def test_a_read_unit_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError), database.read() as session:
        session.execute(insert(Contact).values(name="never", created_at=NOON))
    assert names(database) == []
    add_contact(database, "the pool is fine")
    assert len(names(database)) == 1


def test_a_read_unit_sees_one_state(database: Database) -> None:
    add_contact(database, "first")
    with database.read() as session:
        count = select(func.count()).select_from(Contact)
        before = session.scalar(count)
        add_contact(database, "second")
        assert session.scalar(count) == before == 1
    assert len(names(database)) == 2


def test_foreign_keys_are_kept(database: Database) -> None:
    orphan = Draft(user_id=9, conversation_id=9, mode="reply", text="x", updated_at=NOON)
    with pytest.raises(IntegrityError), database.unit_of_work() as session:
        session.add(orphan)


def test_a_naive_instant_is_refused(database: Database) -> None:
    with pytest.raises(Exception, match="naive"), database.unit_of_work() as session:
        session.add(Contact(created_at=NOON.replace(tzinfo=None)))


def test_sixteen_threads_lose_no_update(database: Database) -> None:
    """320 read-modify-writes; the defaults of SQLite lost 270 of them."""
    with database.unit_of_work() as session:
        session.add(Channel(kind="api", slug="a", name="A", created_at=NOON))

    def raise_twenty_times(_: int) -> None:
        for _ in range(20):
            with database.unit_of_work() as session:
                channel = session.scalars(select(Channel).with_for_update()).one()
                channel.feed_seq += 1

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(raise_twenty_times, range(16)))
    with database.read() as session:
        assert session.scalars(select(Channel.feed_seq)).all() == [320]


def test_a_command_beside_the_server_loses_no_update(database: Database, database_url: str) -> None:
    """Two processes have no lock in common: a transaction that reads first must not fail."""
    with database.unit_of_work() as session:
        session.add(Channel(kind="api", slug="a", name="A", created_at=NOON))
    other = Database(database_url)

    def raise_often(place: Database) -> None:
        for _ in range(30):
            with place.unit_of_work() as session:
                channel = session.scalars(select(Channel).with_for_update()).one()
                channel.feed_seq += 1

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(raise_often, [database, other, database, other]))
    other.close()
    with database.read() as session:
        assert session.scalars(select(Channel.feed_seq)).all() == [120]


def test_readers_are_served_while_a_writer_writes(database: Database) -> None:
    add_contact(database, "first")
    with database.unit_of_work() as session:
        session.execute(update(Contact).values(name="changed"))
        with ThreadPoolExecutor(4) as pool:
            seen = list(pool.map(lambda _: names(database), range(8)))
    assert seen == [["first"]] * 8
    assert names(database) == ["changed"]


def test_async_code_reaches_the_database_through_run(database: Database) -> None:
    async def ask() -> list[list[str | None]]:
        await database.run(lambda: add_contact(database, "one"))
        return await asyncio.gather(*(database.run(lambda: names(database)) for _ in range(20)))

    assert asyncio.run(ask()) == [["one"]] * 20


def test_the_lock_serves_in_the_order_of_coming() -> None:
    lock, served = FairLock(), list[int]()

    def take(number: int) -> None:
        with lock:
            served.append(number)

    threads = [Thread(target=take, args=(number,)) for number in range(30)]
    with lock:
        for number, thread in enumerate(threads, start=1):
            thread.start()
            while len(lock._waiting) < number:
                pass
    for thread in threads:
        thread.join()
    assert served == list(range(30))


def test_the_lock_excludes_and_survives_errors() -> None:
    lock, inside, most = FairLock(), list[int](), list[int]()

    def work(number: int) -> None:
        for _ in range(200):
            with suppress(LookupError), lock:
                inside.append(number)
                most.append(len(inside))
                inside.remove(number)
                raise LookupError

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert len(most) == 1600
    assert set(most) == {1}


def test_a_holder_that_comes_back_stands_at_the_end(database: Database) -> None:
    """A page must get its turn although the intake asks for the lock again and again."""
    lock, stop, turns = FairLock(), Event(), list[str]()

    def hog() -> None:
        while not stop.is_set():
            with lock:
                turns.append("hog")

    hogs = [Thread(target=hog) for _ in range(3)]
    for thread in hogs:
        thread.start()
    for _ in range(50):
        with lock:
            turns.append("page")
    stop.set()
    for thread in hogs:
        thread.join()
    assert turns.count("page") == 50


_OTHER_SERVER = """
import sys
from bot.db.engine import Database, DatabaseInUseError
database = Database(sys.argv[1])
try:
    database.admit_server()
except DatabaseInUseError as error:
    print(error.code)
else:
    print("admitted")
database.close()
"""


def ask_from_another_process(url: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _OTHER_SERVER, url],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(__file__).parents[2],
    )
    return done.stdout.strip()


def test_one_server_per_sqlite_file_any_number_on_postgresql(
    database: Database, database_url: str
) -> None:
    database.admit_server()
    expected = "database_in_use" if database.is_sqlite else "admitted"
    assert ask_from_another_process(database_url) == expected
    second = Database(database_url)
    if database.is_sqlite:
        with pytest.raises(DatabaseInUseError):
            second.admit_server()
    second.close()


def test_a_server_that_has_ended_frees_its_file(database: Database, database_url: str) -> None:
    assert ask_from_another_process(database_url) == "admitted"
    database.admit_server()
