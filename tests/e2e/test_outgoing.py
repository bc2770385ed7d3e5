"""A running server reaches the world through the city's proxy, trusting the city's authority."""

import json
from pathlib import Path

import httpx
import pytest

from tests.fakes.authority import Authority
from tests.fakes.proxy import proxying
from tests.fakes.receiver import receiving
from tests.support.server import Server
from tests.support.waiting import until

_HOST = "fachverfahren.stadt.test"


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """Return one database: what leaves the house does not depend on the engine."""
    return f"sqlite:///{tmp_path / 'city.sqlite3'}"


def test_replies_are_posted_through_the_proxy(database_url: str, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with (
        receiving(tls=authority.server(_HOST)) as receiver,
        proxying({_HOST: receiver.port}) as proxy,
    ):
        server = Server(
            database_url,
            tmp_path,
            STADTDRAHT_PROXY=proxy.url,
            STADTDRAHT_CA_FILE=str(authority.file),
        )
        server.load_demo()
        slug, token = server.channel("Fachverfahren")
        server.command("channel", "callback", slug, f"https://{_HOST}/replies")
        server.start()
        try:
            body = {"external_id": "1", "thread": "t", "sender": {"id": "t"}, "text": "Hallo"}
            headers = {"Authorization": f"Bearer {token}"}
            url = f"{server.url}/api/v1/channels/{slug}"
            with httpx.Client(headers=headers, timeout=60) as http:
                assert http.post(f"{url}/messages", json=body).status_code == 202
                answer = http.get(f"{url}/replies", params={"after": "0", "wait": 60}).json()
            assert answer["replies"]
            until("the reply is posted", lambda: receiver.posted)
            assert json.loads(receiver.posted[0].body)["replies"][0]["thread"] == "t"
            assert proxy.asked[0] == f"CONNECT {_HOST}:443 HTTP/1.1"
        finally:
            server.stop()
