"""A city to forget in, which has swept a moment ago."""

import pytest

from bot.db.engine import Database
from bot.privacy import trust
from tests.bot.privacy import support
from tests.bot.privacy.support import NOW, City


@pytest.fixture
def in_step(database: Database) -> None:
    """Let the city have swept a moment ago."""
    with database.unit_of_work() as session:
        trust.keep(session, trust.Standing(NOW, NOW, None))


@pytest.fixture
def place(database: Database) -> City:
    with database.unit_of_work() as session:
        return support.city(session)
