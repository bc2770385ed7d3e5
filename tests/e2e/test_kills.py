"""400 messages, 8 clients, repeated deliveries, ten kills: nothing lost, nothing twice."""

import random
import threading
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from bot.db.engine import Database
from bot.inbound.models import RawItem
from bot.inbound.states import RawState
from bot.inbox.models import Conversation, Message, TurnUnderstanding
from bot.inbox.states import Direction
from bot.outbox.models import Delivery
from bot.outbox.states import DeliveryState
from tests.support.server import Server
from tests.support.waiting import settled, until

CLIENTS, MESSAGES, KILLS = 8, 400, 10
TEXT = "Wann ist Markt in Opladen?"


@dataclass(frozen=True)
class Posted:
    number: int
    client: int
    thread: str

    @property
    def external_id(self) -> str:
        return f"m{self.number:04}"


class Channel:
    """The generic channel, as a client uses it that survives its server."""

    def __init__(self, url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=20)

    def close(self) -> None:
        self._http.close()

    def post(self, message: Posted) -> bool:
        """Deliver once, or fail as a client does whose server has just died."""
        body = {
            "external_id": message.external_id,
            "thread": message.thread,
            "sender": {"id": f"citizen-{message.thread}"},
            "text": TEXT,
        }
        try:
            answer = self._http.post("/messages", json=body)
        except httpx.TransportError:
            return False
        assert answer.status_code in {202, 503}, answer.text
        return answer.status_code == 202

    def deliver(self, message: Posted) -> None:
        while not self.post(message):
            threading.Event().wait(0.05)

    def replies(self) -> Iterator[dict[str, str]]:
        """Read the whole feed without acknowledging, as a client that starts anew."""
        after = "0"
        while True:
            answer = self._http.get("/replies", params={"after": after})
            page = answer.raise_for_status().json()
            if not page["replies"]:
                return
            yield from page["replies"]
            after = page["cursor"]


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[Server]:
    server = Server(database_url, tmp_path)
    server.load_demo()
    yield server
    server.kill()


def _plan(chance: random.Random) -> list[list[Posted]]:
    """Give each client half of its messages in threads of their own, half in shared bursts."""
    plans: list[list[Posted]] = [[] for _ in range(CLIENTS)]
    for number in range(MESSAGES):
        client = number % CLIENTS
        shared = (number // CLIENTS) % 2 == 0
        thread = f"shared-{client}-{number // 80}" if shared else f"own-{number}"
        plans[client].append(Posted(number, client, thread))
    for plan in plans:
        chance.shuffle(plan)
    return plans


def _client(channel: Channel, plan: list[Posted], chance: random.Random) -> None:
    """Send in order, and repeat earlier deliveries at random."""
    delivered: list[Posted] = []
    for message in plan:
        channel.deliver(message)
        delivered.append(message)
        for _ in range(chance.choice((0, 0, 1, 2))):
            channel.deliver(chance.choice(delivered))


def test_ten_kills_lose_nothing_and_repeat_nothing(server: Server, database: Database) -> None:
    chance = random.Random(20261121)
    slug, token = server.channel("Kills")
    channel = Channel(f"{server.url}/api/v1/channels/{slug}", token)
    plans = _plan(chance)
    sent_in = {message.external_id: place for plan in plans for place, message in enumerate(plan)}
    server.start()

    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = [
            pool.submit(_client, channel, plan, random.Random(number))
            for number, plan in enumerate(plans)
        ]
        for _ in range(KILLS):
            threading.Event().wait(chance.uniform(0.1, 1.5))
            server.kill()
            server.start()
        for client in clients:
            client.result(timeout=120)

    until("everything is settled", lambda: settled(database), patience=120)
    heard = list(channel.replies())
    channel.close()
    server.stop()
    _check_inbox(database, sent_in)
    _check_answers(database, heard)


def _check_inbox(database: Database, sent_in: dict[str, int]) -> None:
    with database.read() as session:
        states = session.scalars(select(RawItem.state)).all()
        rows = session.execute(
            select(Message.native_id, Conversation.thread)
            .join(Conversation, Conversation.id == Message.conversation_id)
            .where(Message.direction == Direction.INBOUND)
            .order_by(Message.id)
        ).all()
    assert states == [RawState.DONE] * MESSAGES
    assert sorted(native or "" for native, _ in rows) == sorted(sent_in)
    threads: dict[str, list[int]] = defaultdict(list)
    for native, thread in rows:
        threads[thread].append(sent_in[native or ""])
    assert all(places == sorted(places) for places in threads.values())


def _check_answers(database: Database, heard: list[dict[str, str]]) -> None:
    with database.read() as session:
        turns = session.scalars(select(TurnUnderstanding.message_id)).all()
        answered = session.scalars(
            select(Message.reply_to_id).where(Message.direction == Direction.OUTBOUND)
        ).all()
        deliveries = session.execute(select(Delivery.key, Delivery.state)).all()
        last = session.scalars(
            select(func.max(Message.id))
            .where(Message.direction == Direction.INBOUND)
            .group_by(Message.conversation_id)
        ).all()
    assert sorted(turns) == sorted(answer for answer in answered if answer), "one answer per turn"
    assert len(set(turns)) == len(turns)
    assert set(last) <= set(turns), "the newest message of every thread is answered"
    assert {state for _, state in deliveries} == {DeliveryState.SENT}
    assert sorted(reply["delivery_id"] for reply in heard) == sorted(key for key, _ in deliveries)
    cursors = [int(reply["cursor"]) for reply in heard]
    assert cursors == list(range(1, len(heard) + 1)), "the feed has no gap"
