"""Who beats is there; who has not for a minute is missing, whatever the clocks say."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.db.engine import Database
from bot.processes import service as processes
from bot.processes.models import Process
from bot.processes.service import GONE_AFTER, Known, Roll
from bot.processes.states import Role
from tests.fakes.clock import Clock

ONE = Known("one", Role.WORKER)
TWO = Known("two", Role.WORKER)
WEB = Known("web", Role.WEB)
LOOK = 10.0


class Street:
    """Processes that beat, and one that calls the roll."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = Clock()
        self.roll = Roll(self.clock.ticks)

    def enter(self, *who: Known) -> None:
        for one in who:
            with self.database.unit_of_work() as session:
                processes.beat(session, one, now=self.clock.now())

    def pass_by(self, seconds: float, *beating: Known) -> list[str]:
        """Let time pass, look each ten seconds; return who is missing in the end."""
        missing: list[Known] = []
        for _ in range(int(seconds / LOOK)):
            self.clock.advance(LOOK)
            with self.database.unit_of_work() as session:
                for one in beating:
                    processes.beat(session, one, now=self.clock.now())
                missing = self.roll.missing(session)
        return [one.owner for one in missing]

    def there(self) -> list[str]:
        with self.database.read() as session:
            return list(session.scalars(select(Process.owner).order_by(Process.owner)))


@pytest.fixture
def street(database: Database) -> Street:
    return Street(database)


def test_who_falls_silent_is_missing_after_a_minute_until_it_beats(street: Street) -> None:
    street.enter(ONE, TWO)
    assert street.pass_by(2 * GONE_AFTER, ONE, TWO) == []
    assert street.pass_by(GONE_AFTER - LOOK, TWO) == []
    assert street.pass_by(LOOK, TWO) == ["one"]
    assert street.pass_by(LOOK, ONE, TWO) == []


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_jumps_makes_nobody_missing(street: Street, hours: int) -> None:
    street.enter(ONE)
    street.pass_by(LOOK, ONE)
    street.clock.jump(hours * 3600)
    assert street.pass_by(LOOK) == []
    assert street.pass_by(GONE_AFTER, ONE) == []


def test_while_nobody_could_look_nobody_could_beat(street: Street) -> None:
    """The database was away, or another process held the sweeps."""
    street.enter(ONE)
    street.pass_by(LOOK, ONE)
    street.clock.advance(600)
    assert street.pass_by(LOOK) == []
    assert street.pass_by(GONE_AFTER - LOOK, ONE) == []
    assert street.pass_by(GONE_AFTER) == ["one"]


def test_one_that_starts_takes_the_place_of_one_that_is_gone(street: Street) -> None:
    street.enter(ONE, TWO, WEB)
    began = street.clock.now()
    three = Known("three", Role.WORKER)
    street.pass_by(20, three)
    with street.database.unit_of_work() as session:
        processes.replace(session, three, since=began)
    assert street.there() == ["three", "two", "web"], "one for one, and of its role"


def test_one_that_goes_later_is_not_replaced_by_who_was_there_already(street: Street) -> None:
    began = street.clock.now()
    street.pass_by(20, ONE, TWO)
    street.pass_by(40, TWO)
    with street.database.unit_of_work() as session:
        processes.replace(session, TWO, since=began)
    assert street.there() == ["one", "two"]


def test_who_is_there_was_heard_of_lately(street: Street) -> None:
    street.enter(WEB)
    now = street.clock.now()
    with street.database.read() as session:
        assert processes.is_there(session, [Role.WEB], now=now)
        assert not processes.is_there(session, [Role.ALL], now=now)
        assert not processes.is_there(session, [Role.WEB], now=now + timedelta(minutes=1))
