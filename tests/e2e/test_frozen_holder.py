"""The process that holds an account is frozen in the middle of a send: another one takes over.

When it wakes after its lease is gone, it changes nothing and says nothing.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.db import migrate
from bot.db.engine import Database
from bot.inbound.models import RawItem
from bot.inbound.states import RawState
from bot.leases.models import Lease
from bot.outbox.models import Delivery
from bot.outbox.states import DeliveryState
from tests.support import postgres
from tests.support import synapse as homeservers
from tests.support.proxy import Proxy
from tests.support.server import Server
from tests.support.synapse import Person
from tests.support.waiting import until

pytestmark = pytest.mark.skipif(not homeservers.installed(), reason="Synapse is not installed")
_QUESTION = "Wann ist Markt in Opladen?"


@dataclass
class Region:
    """A city with two processes that may hold its Matrix account; they share a data folder."""

    holders: list[Server]
    database: Database
    proxy: Proxy
    account: Person
    citizen: Person

    def lease(self) -> Lease | None:
        """Return the lease of the account."""
        with self.database.read() as session:
            return session.scalar(select(Lease).where(Lease.name.startswith("channel:")))

    def holder(self) -> Server | None:
        """Return the process that holds the account."""
        lease = self.lease()
        if lease is None or lease.owner is None:
            return None
        pid = int(lease.owner.split(":")[1])
        return next((one for one in self.holders if one.pid == pid), None)

    def room(self) -> str:
        """Have the citizen open a direct chat with the city."""
        room = self.citizen.room(self.account.user_id)
        until("the city joins", lambda: self.account.user_id in self.citizen.members(room))
        return room

    def said(self, room: str) -> list[str]:
        """Return what the city has said in a room."""
        return self.citizen.heard(room, self.account.user_id)


@pytest.fixture(scope="module")
def homeserver() -> Iterator[homeservers.Synapse]:
    with homeservers.running() as running:
        yield running


@pytest.fixture
def region(
    postgres_maintenance: str, homeserver: homeservers.Synapse, tmp_path: Path
) -> Iterator[Region]:
    url = postgres.create_database(postgres_maintenance, "frozen")
    with ExitStack() as stack:
        stack.callback(postgres.drop_database, postgres_maintenance, "frozen")
        database = Database(url)
        stack.callback(database.close)
        migrate.upgrade(database)
        proxy = stack.enter_context(Proxy(homeserver.url))
        worker = Server(url, tmp_path, role="worker")
        holders = [Server(url, tmp_path, role="connectors") for _ in range(2)]
        worker.load_demo()
        account = homeserver.account("stadt")
        worker.command(
            *("channel", "add", "matrix", "Matrix"),
            *("--set", f"homeserver={proxy.url}", "--set", f"user_id={account.user_id}"),
            *("--secret", "password"),
            stdin=account.password,
        )
        for process in (worker, *holders):
            stack.callback(process.kill)
            process.start()
        yield Region(holders, database, proxy, account, homeserver.person("erika"))


@pytest.mark.parametrize("moment", ["before", "after"])
def test_who_wakes_after_its_lease_changes_nothing(region: Region, moment: str) -> None:
    room = region.room()
    first = region.holder()
    lease = region.lease()
    assert first is not None
    assert lease is not None
    # Before: the homeserver never sees this request. After: it takes it, nobody hears the answer.
    setattr(region.proxy, moment, first.freeze)
    region.citizen.say(room, _QUESTION)

    until("an answer by the other process", lambda: _is_sent(region.database, 1))
    taken = region.lease()
    assert taken is not None
    assert (region.holder() != first, taken.fence) == (True, lease.fence + 1)
    region.citizen.say(room, _QUESTION)
    until("the second answer", lambda: _is_sent(region.database, 2))

    begun = len(first.log())
    first.thaw()
    until("it finds its lease gone", lambda: "sender.lease_lost" in first.log()[begun:])
    another = region.room()
    region.citizen.say(another, _QUESTION)
    until("an answer in a new room", lambda: _is_sent(region.database, 3))
    assert [len(region.said(one)) for one in (room, another)] == [2, 1]
    after = region.lease()
    assert after is not None
    assert (after.owner, after.fence) == (taken.owner, taken.fence)
    _check(region.database)


def _is_sent(database: Database, count: int) -> bool:
    with database.read() as session:
        natives = session.scalars(
            select(Delivery.native_id).where(Delivery.state == DeliveryState.SENT)
        ).all()
    return len(natives) == count


def _check(database: Database) -> None:
    with database.read() as session:
        items = session.scalars(select(RawItem.state)).all()
        deliveries = session.execute(select(Delivery.state, Delivery.native_id)).all()
    assert set(items) == {RawState.DONE}
    assert {state for state, _ in deliveries} == {DeliveryState.SENT}
    assert len({native for _, native in deliveries}) == len(deliveries)
