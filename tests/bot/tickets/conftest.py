"""The town that the tests of tickets and offices share."""

import pytest

from bot.db.engine import Database
from tests.bot.tickets import town as towns


@pytest.fixture
def town(database: Database) -> towns.Town:
    return towns.build(database)
