"""A town on each kind of channel on which there are public conversations."""

from dataclasses import replace

import pytest

from bot.db.engine import Database
from tests.bot.guard.support import public_kinds
from tests.fakes import town as towns
from tests.fakes.town import Town

KINDS = public_kinds()


@pytest.fixture(params=sorted(KINDS))
def any_town(database: Database, request: pytest.FixtureRequest) -> Town:
    """A town on a channel that can do what this kind can do, spoken by the fake platform."""
    return towns.build(database, capabilities=replace(KINDS[request.param], own=False))
