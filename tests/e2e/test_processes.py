"""A region on PostgreSQL: many processes, killed, frozen, restarted; order kept, answered once."""

import random
import threading
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from bot.db import migrate
from bot.db.engine import Database
from bot.inbound.models import RawItem
from bot.inbound.states import RawState
from bot.inbox.models import Conversation, Message, TurnUnderstanding
from bot.inbox.states import Direction
from bot.leases.models import Lease
from bot.leases.service import LENGTH
from bot.outbox.models import Delivery
from bot.outbox.states import DeliveryState
from tests.support import postgres
from tests.support.postgres import Cluster
from tests.support.server import Server
from tests.support.waiting import settled, until

WORKERS, WEBS, THREADS, EACH, CLIENTS = 4, 2, 200, 10, 16
TEXT = "Wann ist Markt in Opladen?"


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    if postgres.binaries() is None:
        pytest.skip("PostgreSQL is not installed")
    with postgres.controlled() as running:
        yield running


@dataclass
class Region:
    """The processes of one city."""

    webs: list[Server]
    workers: list[Server]
    others: list[Server]
    database: Database
    slug: str
    token: str

    def client(self) -> "Client":
        return Client([f"{web.url}/api/v1/channels/{self.slug}" for web in self.webs], self.token)


class Client:
    """The generic channel, as a client uses it whose servers come and go."""

    def __init__(self, urls: list[str], token: str) -> None:
        self._urls = urls
        self._http = httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=30)

    def close(self) -> None:
        self._http.close()

    def deliver(self, thread: str, external_id: str, chance: random.Random) -> None:
        body = {
            "external_id": external_id,
            "thread": thread,
            "sender": {"id": thread},
            "text": TEXT,
        }
        while True:
            try:
                answer = self._http.post(f"{chance.choice(self._urls)}/messages", json=body)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code == 202:
                return
            assert answer is None or answer.status_code == 503, answer.text
            threading.Event().wait(0.1)

    def replies(self) -> Iterator[dict[str, str]]:
        after = "0"
        while True:
            answer = self._http.get(f"{self._urls[0]}/replies", params={"after": after})
            page = answer.raise_for_status().json()
            if not page["replies"]:
                return
            yield from page["replies"]
            after = page["cursor"]


@pytest.fixture
def region(cluster: Cluster, tmp_path: Path) -> Iterator[Region]:
    url = postgres.create_database(cluster.url, "region")
    database = Database(url)
    migrate.upgrade(database)
    with ExitStack() as stack:
        stack.callback(database.close)

        def processes(role: str, count: int) -> list[Server]:
            made = [Server(url, tmp_path, role=role) for _ in range(count)]
            for process in made:
                stack.callback(process.kill)
            return made

        webs = processes("web", WEBS)
        webs[0].load_demo()
        slug, token = webs[0].channel("Region")
        workers = processes("worker", WORKERS)
        others = [*processes("connectors", 1), *processes("scheduler", 1)]
        with ThreadPoolExecutor(len(webs) + len(workers) + len(others)) as pool:
            list(pool.map(Server.start, [*webs, *workers, *others]))
        yield Region(webs, workers, others, database, slug, token)


def _write(region: Region, threads: list[str], chance: random.Random) -> None:
    """Write in several threads by turns, each in its order, now and then twice."""
    client = region.client()
    for number in range(EACH):
        for thread in threads:
            client.deliver(thread, f"{thread}-{number:02}", chance)
            if chance.random() < 0.2:
                client.deliver(thread, f"{thread}-{chance.randint(0, number):02}", chance)
    client.close()


def _disturb(region: Region, cluster: Cluster) -> None:
    """Kill two workers, freeze one past its lease, restart the database, start them again."""
    first, second, third, _ = region.workers
    first.kill()
    third.freeze()
    threading.Event().wait(1.0)
    first.start()
    cluster.stop()
    cluster.start()
    second.kill()
    threading.Event().wait(LENGTH.total_seconds() + 1)
    third.thaw()
    second.start()


def test_a_region_loses_nothing_and_answers_once(region: Region, cluster: Cluster) -> None:
    chance = random.Random(20261122)
    names = [f"thread-{number:03}" for number in range(THREADS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        writers = [
            pool.submit(_write, region, names[place::CLIENTS], random.Random(chance.random()))
            for place in range(CLIENTS)
        ]
        _disturb(region, cluster)
        for writer in writers:
            writer.result(timeout=240)
    until("everything is settled", lambda: settled(region.database), patience=180)
    client = region.client()
    heard = list(client.replies())
    client.close()
    for process in (*region.workers, *region.webs, *region.others):
        process.stop()
    _check_inbox(region.database, names)
    _check_answers(region.database, heard)
    with region.database.read() as session:
        owners = session.scalars(select(Lease.owner)).all()
    assert owners, "the sweeps are held by a lease"
    assert set(owners) == {None}, "who stops in good order gives its leases back"


def _check_inbox(database: Database, names: list[str]) -> None:
    with database.read() as session:
        states = session.scalars(select(RawItem.state)).all()
        rows = session.execute(
            select(Message.native_id, Conversation.thread)
            .join(Conversation, Conversation.id == Message.conversation_id)
            .where(Message.direction == Direction.INBOUND)
            .order_by(Message.id)
        ).all()
    assert states == [RawState.DONE] * (THREADS * EACH)
    threads: dict[str, list[str]] = defaultdict(list)
    for native, thread in rows:
        threads[thread].append(native or "")
    assert threads == {name: [f"{name}-{n:02}" for n in range(EACH)] for name in names}


def _check_answers(database: Database, heard: list[dict[str, str]]) -> None:
    with database.read() as session:
        turns = session.scalars(select(TurnUnderstanding.message_id)).all()
        answered = session.scalars(
            select(Message.reply_to_id).where(Message.direction == Direction.OUTBOUND)
        ).all()
        deliveries = session.execute(select(Delivery.key, Delivery.state)).all()
    assert len(set(turns)) == len(turns)
    assert sorted(turns) == sorted(answer for answer in answered if answer), "one answer per turn"
    assert {state for _, state in deliveries} == {DeliveryState.SENT}
    assert sorted(reply["delivery_id"] for reply in heard) == sorted(key for key, _ in deliveries)
    cursors = [int(reply["cursor"]) for reply in heard]
    assert cursors == list(range(1, len(heard) + 1)), "the feed has no gap"
