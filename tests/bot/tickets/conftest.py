"""The town that the tests of tickets and offices share."""

import pytest
from hypothesis import settings

from bot.db.engine import Database
from tests.bot.tickets import town as towns

settings.register_profile("untimed", deadline=None)  # speed is the benchmark's business
settings.load_profile("untimed")


@pytest.fixture
def town(database: Database) -> towns.Town:
    return towns.build(database)
