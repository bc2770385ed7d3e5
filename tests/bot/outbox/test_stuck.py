"""What was not delivered: counted and listed without reading what is settled or was sent."""

import pytest

from bot.channels.models import Channel
from bot.db.bulk import insert
from bot.outbox import queries
from bot.outbox.models import Delivery
from bot.outbox.states import SETTLED, DeliveryState
from tests.bot.outbox.support import tell
from tests.fakes.town import Town
from tests.support.plans import work_of

MANY = 3000


def add(town: Town, channel_id: int, state: DeliveryState, code: str | None = None) -> None:
    """Add many parts of one message."""
    [first, *_] = town.deliveries()
    now = town.clock.now()
    row = {
        "channel_id": channel_id,
        "message_id": first.message_id,
        "visibility": first.visibility,
        "thread": "",
        "text": "",
        "buttons": [],
        "state": state,
        "error_code": code,
        "due_at": now,
        "created_at": now,
        "sent_at": now if state is DeliveryState.SENT else None,
    }
    start = len(town.deliveries()) + 1
    rows = [row | {"part": n, "key": f"k{n}"} for n in range(start, start + MANY)]
    with town.database.unit_of_work() as session:
        session.execute(insert(session, Delivery), rows)


def look(town: Town) -> tuple[int, int, dict[int, int]]:
    with town.database.read() as session:
        page, _ = queries.stuck(session, limit=10)
        counted = queries.stuck_channels(session, most=10)
        return queries.count_stuck(session, most=10), len(page), counted


def test_looking_at_what_is_stuck_costs_no_more_than_what_is_shown(town: Town) -> None:
    tell(town, "t", "eins", "zwei")
    with town.database.unit_of_work() as session:
        other = Channel(kind="api", slug="b", name="B", created_at=town.clock.now())
        session.add(other)
        session.flush()
    add(town, town.channel_id, DeliveryState.DEAD, "blocked")
    assert look(town) == (10, 10, {town.channel_id: 10})
    if not town.database.is_sqlite:
        pytest.skip("PostgreSQL decides by the number of rows")
    before = work_of(town.database, lambda: look(town))
    add(town, town.channel_id, DeliveryState.UNCONFIRMED, SETTLED)
    add(town, town.channel_id, DeliveryState.SENT)
    add(town, other.id, DeliveryState.UNCONFIRMED, "unknown")
    assert work_of(town.database, lambda: look(town)) < 1.5 * before
    assert look(town) == (10, 10, {town.channel_id: 10, other.id: 10})
