"""A channel, which work belongs to."""

import pytest

from bot.channels.models import Channel
from bot.db.engine import Database
from tests.fakes.clock import NOON


@pytest.fixture
def channel(database: Database) -> int:
    with database.unit_of_work() as session:
        row = Channel(kind="api", slug="a", name="A", created_at=NOON)
        session.add(row)
        session.flush()
        return row.id
