"""Numbers and keys: never twice, and readable."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.audit.service import ASSISTANT
from bot.db.engine import Database
from bot.tickets import numbers
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from tests.bot.tickets.town import NOW, Town, lamp

THREADS, EACH = 8, 25


@pytest.fixture
def second_process(database_url: str, database: Database) -> Iterator[Database]:
    """Another set of connections, where the engine allows it: SQLite has one server."""
    other = database if database.is_sqlite else Database(database_url)
    yield other
    if other is not database:
        other.close()


def test_concurrent_tickets_get_consecutive_numbers(
    database: Database, second_process: Database, town: Town
) -> None:
    def open_some(thread: int) -> list[str]:
        own = database if thread % 2 else second_process
        found = []
        for _ in range(EACH):
            with own.unit_of_work() as session:
                ticket = tickets.open_ticket(
                    session, lamp(town), actor=ASSISTANT, now=NOW, prefix="LEV"
                )
                found.append(ticket.number)
        return found

    with ThreadPoolExecutor(THREADS) as pool:
        drawn = [number for some in pool.map(open_some, range(THREADS)) for number in some]
    assert sorted(drawn) == [f"LEV-2026-{n:06d}" for n in range(1, THREADS * EACH + 1)]
    with database.read() as session:
        tokens = session.scalars(select(Ticket.token)).all()
    assert len(set(tokens)) == THREADS * EACH


def test_a_transaction_that_fails_gives_its_number_back(database: Database, town: Town) -> None:
    def fail() -> None:
        with database.unit_of_work() as session:
            assert numbers.allocate(session, "LEV", NOW) == "LEV-2026-000001"
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with database.unit_of_work() as session:
        assert numbers.allocate(session, "LEV", NOW) == "LEV-2026-000001"
        assert numbers.allocate(session, "LEV", NOW) == "LEV-2026-000002"


def test_each_berlin_year_counts_from_one(database: Database) -> None:
    before = datetime(2026, 12, 31, 22, 59, tzinfo=UTC)
    after = datetime(2026, 12, 31, 23, 0, tzinfo=UTC)  # midnight in Berlin
    with database.unit_of_work() as session:
        assert numbers.allocate(session, "LEV", before) == "LEV-2026-000001"
        assert numbers.allocate(session, "LEV", after) == "LEV-2027-000001"
        assert numbers.allocate(session, "LEV", before) == "LEV-2026-000002"


def test_keys_are_long_random_and_plain() -> None:
    drawn = [numbers.draw_keys() for _ in range(200)]
    assert len({keys.token for keys in drawn}) == 200
    for keys in drawn:
        assert len(keys.token) == 32  # 24 bytes, 192 bits
        assert len(keys.check_code) == 6
        assert set(keys.check_code) <= set(numbers.CHECK_ALPHABET)
    assert not set("01258OILZSBAEU") & set(numbers.CHECK_ALPHABET)


@pytest.mark.parametrize(
    "typed",
    [
        "LEV-2026-004711",
        "lev-2026-004711",
        " LEV 2026 004711 ",
        "LEV–2026–004711",
        "lev2026004711",
        "LEV-2026-4711",
        "LEV/2026/4711.",
    ],
)
def test_a_number_is_understood_however_it_is_typed(typed: str) -> None:
    assert numbers.normalise_number(typed) == "LEV-2026-004711"


@given(st.text())
def test_anything_can_be_typed(typed: str) -> None:
    numbers.normalise_number(typed)
    numbers.normalise_code(typed)


@given(st.from_regex(r"[A-Z]{2,6}", fullmatch=True), st.integers(2020, 2099), st.integers(1, 10**7))
def test_a_number_stays_itself(prefix: str, year: int, last: int) -> None:
    number = f"{prefix}-{year}-{last:06d}"
    assert numbers.normalise_number(number) == number
    assert numbers.normalise_number(number.replace("-", "")) == number
