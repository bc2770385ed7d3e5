"""What the tests of the way out share."""

from dataclasses import replace
from datetime import timedelta
from typing import Unpack

from sqlalchemy import delete

from bot.inbox import service as inbox
from bot.outbox.models import Delivery
from bot.work.models import Work
from connectors.capabilities import Idempotency
from tests.fakes.town import CAPABILITIES, More, Town

ONCE = replace(CAPABILITIES, idempotency=Idempotency.NONE)
SHORT_MEMORY = replace(CAPABILITIES, idempotency_ttl=timedelta(seconds=10))


def open_threads(town: Town, *threads: str, **more: Unpack[More]) -> None:
    """Open conversations and forget their first answers."""
    for thread in threads:
        town.says(thread, "Hallo", **more)
    town.work()
    with town.database.unit_of_work() as session:
        session.execute(delete(Delivery))
        session.execute(delete(Work))


def tell(town: Town, thread: str, *texts: str) -> None:
    """Let the city say something, in a thread that is open."""
    if not town.answers(thread):
        open_threads(town, thread)
    for text in texts:
        with town.database.unit_of_work() as session:
            inbox.tell(
                session,
                town.conversation(thread).id,
                text,
                connectors=town.connectors,
                now=town.clock.now(),
            )


def states(town: Town) -> list[str]:
    return [str(delivery.state) for delivery in town.deliveries()]
