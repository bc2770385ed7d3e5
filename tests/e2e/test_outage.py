"""The database goes away under load, and the disk is full: all is answered once in the end.

`STADTDRAHT_OUTAGE=60` lets it stay away for a minute (`make soak`).
"""

import os
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from bot.db import migrate
from bot.db.engine import Database
from bot.inbound.models import RawItem
from bot.inbound.states import RawState
from bot.inbox.models import Conversation, Message
from bot.inbox.states import Direction
from bot.outbox.models import Delivery
from bot.outbox.states import DeliveryState
from tests.support import postgres
from tests.support.server import Server
from tests.support.waiting import settled, until

_CLIENTS = 4
# Seconds. What ends meanwhile (a lease, pauses, all tries) is tested with a clock that is moved.
_AWAY = float(os.environ.get("STADTDRAHT_OUTAGE", "5"))
_DISK = 16 * 1024 * 1024


class Writer:
    """Posts as fast as it is answered, and keeps what was acknowledged."""

    def __init__(self, server: Server, channel: tuple[str, str], name: str) -> None:
        slug, token = channel
        self.acknowledged: list[str] = []
        self.refused: set[int] = set()
        self._name = name
        self._number = 0
        self._http = httpx.Client(
            base_url=f"{server.url}/api/v1/channels/{slug}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
        )

    def post(self, text: str = "Wann ist Markt?") -> int | None:
        """Post one message; return the status, None where no answer came."""
        self._number += 1
        name = f"{self._name}-{self._number}"
        body = {"external_id": name, "thread": name, "sender": {"id": name}, "text": text}
        try:
            status = self._http.post("/messages", json=body).status_code
        except httpx.TransportError:
            return None
        if status == 202:
            self.acknowledged.append(name)
        else:
            self.refused.add(status)
        return status

    def close(self) -> None:
        """Close the connection."""
        self._http.close()


HEALTHY: object = {"status": "ok", "degraded": []}


def stored(database: Database) -> set[str]:
    with database.read() as session:
        return set(session.scalars(select(RawItem.event_id)))


def demand_answers(database: Database) -> None:
    """Demand that no item was set aside, and that each thread (of one message) has one answer."""
    with database.read() as session:
        states = set(session.scalars(select(RawItem.state).distinct()))
        sent = set(session.scalars(select(Delivery.state).distinct()))
        threads = set(session.scalars(select(RawItem.event_id)))
        answers = Counter(
            session.scalars(
                select(Conversation.thread)
                .join(Message, Message.conversation_id == Conversation.id)
                .where(Message.direction == Direction.OUTBOUND)
            )
        )
    assert states == {RawState.DONE}
    assert sent == {DeliveryState.SENT}
    assert answers == dict.fromkeys(threads, 1)


def health(server: Server) -> httpx.Response:
    return httpx.get(f"{server.url}/health", timeout=60)


@pytest.fixture
def cluster() -> Iterator[postgres.Cluster]:
    if postgres.binaries() is None:
        pytest.skip("PostgreSQL is not installed")
    with postgres.controlled() as found:
        yield found


def test_a_database_that_goes_away_under_load_comes_back_by_itself(
    cluster: postgres.Cluster, tmp_path: Path
) -> None:
    url = postgres.create_database(cluster.url, "city")
    database = Database(url)
    server = Server(url, tmp_path)
    server.load_demo()
    channel = server.channel("Ausfall")
    server.start()
    stopping, away = threading.Event(), threading.Event()

    def write(number: int) -> Writer:
        writer = Writer(server, channel, f"w{number}")
        while not stopping.is_set():
            if writer.post() != 202:
                away.wait(0.1)
        writer.close()
        return writer

    try:
        with ThreadPoolExecutor(_CLIENTS) as pool:
            writers = [pool.submit(write, number) for number in range(_CLIENTS)]
            until("messages come in", lambda: len(stored(database)) > 50)
            cluster.stop()
            away.set()
            until("the outage is noticed", lambda: health(server).status_code == 503)
            assert "database" in health(server).json()["degraded"]
            threading.Event().wait(_AWAY)
            cluster.start()
            away.clear()
            until("it comes back", lambda: health(server).status_code == 200)
            before = len(stored(database))
            until("messages come in again", lambda: len(stored(database)) > before + 20)
            stopping.set()
            found = [writer.result(timeout=120) for writer in writers]
        assert set().union(*(writer.refused for writer in found)) <= {503}
        acknowledged = {name for writer in found for name in writer.acknowledged}
        assert acknowledged <= stored(database)
        until("everything is settled, no loop stayed away", lambda: settled(database))
        demand_answers(database)
        until("every sweep has succeeded again", lambda: health(server).json() == HEALTHY)
    finally:
        stopping.set()
        server.kill()
        database.close()


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Yield a disk of our own that is soon full."""
    folder.mkdir()
    options = ("-t", "tmpfs", "-o", f"size={_DISK}", "tmpfs", str(folder))
    if os.getuid() != 0 or subprocess.run(["mount", *options], check=False).returncode:
        pytest.skip("only root can mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_loses_nothing_and_mends_itself(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        url = f"sqlite:///{disk / 'city.sqlite3'}"
        database = Database(url)
        migrate.upgrade(database)
        server = Server(url, tmp_path)
        server.load_demo()
        channel = server.channel("Platte")
        server.start()
        writer = Writer(server, channel, "w")
        try:
            assert writer.post() == 202
            filler = disk / "filler"
            with filler.open("wb", buffering=0) as file, suppress(OSError):
                while True:
                    file.write(b"\x00" * 4096)
            until("a full disk refuses", lambda: writer.post("Müll! " * 400) == 503)
            until("the full disk is noticed", lambda: health(server).status_code == 503)
            assert "database" in health(server).json()["degraded"]
            for path in ("/", "/maerkte", "/maerkte/opladen"):
                assert httpx.get(f"{server.url}{path}", timeout=60).status_code == 200, path

            filler.unlink()
            until("it comes back", lambda: health(server).status_code == 200)
            assert writer.post() == 202
            assert set(writer.acknowledged) <= stored(database)
            assert writer.refused == {503}
            until("everything is settled", lambda: settled(database))
            demand_answers(database)
            server.stop()
            assert set(writer.acknowledged) <= stored(database)
        finally:
            writer.close()
            server.kill()
            database.close()
