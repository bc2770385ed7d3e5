"""A fresh installation: nobody can log in, nothing is invented, and its log says nobody's words."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from bot.channels.models import Channel
from bot.db.engine import Database
from bot.demo import service as demo
from bot.staff.models import ApiToken, User
from tests.support.city import log_in
from tests.support.server import Server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(f"sqlite:///{tmp_path / 'city.sqlite3'}", tmp_path, really=True)
    yield server
    server.kill()


def test_nothing_is_there_and_the_log_is_silent_about_people(server: Server) -> None:
    server.start()
    database = Database(server.database_url)
    with database.read() as session:
        assert demo.is_empty(session)
        for table in (User, ApiToken, Channel):
            assert session.scalar(select(func.count()).select_from(table)) == 0, table
    database.close()

    slug, token = server.channel("App")
    server.command("channel", "callback", slug, "http://127.0.0.1:9/Geheimnis")
    with httpx.Client(base_url=server.url, timeout=60) as client:
        message = {
            "external_id": "1",
            "thread": "1",
            "sender": {"id": "0171-5550199", "name": "Ada Geheimnis"},
            "text": "Geheimnis: Wann ist Markt?",
        }
        where = f"/api/v1/channels/{slug}"
        assert client.post(f"{where}/messages", json=message).status_code == 401
        client.headers["authorization"] = f"Bearer {token}"
        assert client.post(f"{where}/messages", json=message).status_code == 202
        assert client.get(f"{where}/replies", params={"wait": 50}).json()["replies"]
        for _ in range(11):
            refused = log_in(client, "Geheimnis", "Geheimnis")
        assert refused.status_code == 429
    server.stop()

    shown = server.log()
    assert "Geheimnis" not in shown
    assert "5550199" not in shown
    assert token not in shown
    said = [line for line in server.errors() if not line.startswith("stadtdraht: ")]  # at the end
    lines = [json.loads(line) for line in said]
    assert all(re.fullmatch(r"[a-z_.]+", line["event"]) for line in lines)
    assert all({"timestamp", "level"} <= line.keys() for line in lines)
    refusals = [line["code"] for line in lines if line["event"] == "web.refused"]
    assert refusals[-1] == "too_many_attempts"
    assert len(refusals) > 1
