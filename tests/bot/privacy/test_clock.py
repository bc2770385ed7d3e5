"""A clock that is wrong makes nobody forget; one that is right does, if need be a day later."""

from datetime import timedelta

import pytest
from sqlalchemy import delete

from bot.attachments.models import Blob
from bot.city.models import CitySetting
from bot.contacts.models import Contact
from bot.db.engine import Database
from bot.inbox.models import Conversation
from bot.privacy import service as privacy
from bot.privacy import trust
from tests.bot.privacy.support import NOW, City, count, talk

pytestmark = pytest.mark.usefixtures("in_step", "talked")

DAY, LOOK = timedelta(days=1), timedelta(minutes=10)


@pytest.fixture
def talked(database: Database, place: City) -> None:
    with database.unit_of_work() as session:
        talk(session, place, "anna", days=1)


def runs(database: Database, begin: timedelta, hours: float) -> int:
    """Sweep as a running process does; return how many conversations that has cost."""
    before = count(database, Conversation)
    for number in range(int(hours * 6) + 1):
        privacy.run(database, now=NOW + begin + number * LOOK)
    return before - count(database, Conversation)


def test_a_jump_ahead_costs_nothing_when_it_is_mended(database: Database) -> None:
    assert runs(database, timedelta(0), 1) == 0
    assert runs(database, 120 * DAY, 20) == 0
    assert count(database, Contact) == count(database, Blob) == 1
    with database.read() as session:
        found = trust.standing(session)
    assert found
    assert not found.is_believed
    assert runs(database, timedelta(hours=21), 1) == 0
    with database.read() as session:
        found = trust.standing(session)
    assert found
    assert found.is_believed, "the clock is right again"


def test_a_second_jump_has_to_prove_itself_anew(database: Database) -> None:
    assert runs(database, 120 * DAY, 23) == 0
    assert runs(database, 900 * DAY, 23) == 0


def test_a_city_that_was_off_for_months_forgets_a_day_after_its_start(
    database: Database,
) -> None:
    assert runs(database, 120 * DAY, 23.5) == 0
    assert runs(database, 121 * DAY, 0) == 1


def test_hours_count_where_it_runs_by_day_only(database: Database) -> None:
    for day in (120, 121):
        assert runs(database, day * DAY, 10) == 0
    assert runs(database, 122 * DAY, 10) == 1


def test_a_long_weekend_needs_no_proof(database: Database) -> None:
    for day in range(0, 90, 3):
        assert runs(database, day * DAY, 0) == 0
    assert runs(database, 90 * DAY, 0) == 1


def test_a_city_that_never_swept_begins_with_a_day_of_proof(database: Database) -> None:
    with database.unit_of_work() as session:
        session.execute(delete(CitySetting))
    assert runs(database, 120 * DAY, 23.5) == 0
    assert runs(database, 121 * DAY, 0) == 1
