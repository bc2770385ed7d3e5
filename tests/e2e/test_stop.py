"""An orderly end: open streams and long polls do not hold it up, two signals do not hang it."""

import signal
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from bot.db.engine import Database
from bot.inbound.models import RawItem
from tests.support.server import Server


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[Server]:
    server = Server(database_url, tmp_path)
    server.load_demo()
    yield server
    server.kill()


def test_it_stops_in_ten_seconds_whoever_is_listening(server: Server) -> None:
    slug, token = server.channel("Stop")
    server.start()
    listening = threading.Event()

    def listen_to_chat() -> int:
        with httpx.Client(base_url=server.url, timeout=30) as client:
            client.get("/chat")
            with client.stream("GET", "/chat/events") as stream:
                assert stream.status_code == 200
                chunks = stream.iter_raw()
                next(chunks)
                listening.set()
                return 1 + sum(1 for _ in chunks)

    request = (
        f"GET /api/v1/channels/{slug}/replies?wait=60 HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {token}\r\n\r\n"
    )
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=30) as polling,
        ThreadPoolExecutor(1) as pool,
    ):
        polling.sendall(request.encode())  # before the chat, so that it waits when the end comes
        heard = pool.submit(listen_to_chat)
        assert listening.wait(30)
        assert server.send(signal.SIGTERM, signal.SIGTERM, within=10) == -signal.SIGTERM
        assert heard.result(timeout=10) > 0
        assert polling.recv(65536).endswith(b'{"replies":[],"cursor":"0"}')


def test_a_second_server_on_the_same_file_is_refused(server: Server, tmp_path: Path) -> None:
    if "sqlite" not in server.database_url:
        pytest.skip("PostgreSQL takes many servers")
    server.start()
    second = Server(server.database_url, tmp_path)
    with pytest.raises(RuntimeError, match="Another Stadtdraht server is already running"):
        second.start()


def test_it_stops_in_ten_seconds_under_load(server: Server, database: Database) -> None:
    slug, token = server.channel("Last")
    server.start()
    acknowledged: list[set[str]] = [set() for _ in range(4)]
    enough = threading.Barrier(5)

    def post(mine: set[str], client: int) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=server.url, headers=headers, timeout=30) as http:
            for number in range(100_000):
                name = f"{client}-{number}"
                body = {
                    "external_id": name,
                    "thread": name,
                    "sender": {"id": name},
                    "text": "Hallo",
                }
                try:
                    answer = http.post(f"/api/v1/channels/{slug}/messages", json=body)
                except httpx.TransportError:
                    return
                if answer.status_code != 202:
                    assert answer.status_code == 503
                    return
                mine.add(name)
                if number == 50:
                    enough.wait(60)

    with ThreadPoolExecutor(4) as pool:
        clients = [pool.submit(post, mine, n) for n, mine in enumerate(acknowledged)]
        enough.wait(60)
        assert server.send(signal.SIGTERM, within=10) == -signal.SIGTERM
        for client in clients:
            client.result(timeout=60)
    with database.read() as session:
        stored = set(session.scalars(select(RawItem.event_id)))
    assert set().union(*acknowledged) <= stored
