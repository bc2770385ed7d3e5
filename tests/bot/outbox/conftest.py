"""The town that the tests of the way in share."""

import pytest

from bot.db.engine import Database
from tests.fakes import town as towns
from tests.fakes.town import Town


@pytest.fixture
def town(database: Database) -> Town:
    return towns.build(database)
