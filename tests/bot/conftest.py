"""A town with one channel on a foreign platform, and a process that holds its account."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.db.engine import Database
from tests.fakes import holding
from tests.fakes import town as towns
from tests.fakes.holding import Desk, News
from tests.fakes.town import Town


@pytest.fixture
def town(database: Database) -> Town:
    return towns.build(database)


@pytest.fixture
def desk(town: Town, tmp_path: Path) -> Iterator[Desk]:
    made = holding.make(town, News(), tmp_path)
    yield made
    made.holder.leave()
    made.links.stop()
