"""`stadtdraht nlp use`: processes that run take the city's own model, and give it back."""

import json
from pathlib import Path

import httpx
from sqlalchemy import select

from bot.db.engine import Database
from bot.inbox.models import TurnUnderstanding
from nlp import heads
from tests.support.server import Server
from tests.support.waiting import until


def test_running_processes_follow_the_model(
    database_url: str, database: Database, tmp_path: Path
) -> None:
    roles = ("all",) if database.is_sqlite else ("web", "worker")
    servers = [Server(database_url, tmp_path, role=role) for role in roles]
    web = servers[0]
    web.load_demo()
    slug, token = web.channel("Modell")
    folder = tmp_path / "own"
    heads.save(heads.shipped(), folder)
    meta = json.loads((folder / "meta.json").read_text("utf-8"))
    (folder / "meta.json").write_text(json.dumps(meta | {"name": "eigen-1"}), "utf-8")

    def understood_with(number: int) -> str:
        body = {"external_id": f"m{number}", "thread": "t", "sender": {"id": "p"}}
        httpx.post(
            f"{web.url}/api/v1/channels/{slug}/messages",
            json=body | {"text": "Wann ist Markt in Opladen?"},
            headers={"Authorization": f"Bearer {token}"},
        ).raise_for_status()

        def names() -> list[str]:
            with database.read() as session:
                statement = select(TurnUnderstanding.model).order_by(TurnUnderstanding.id)
                return list(session.scalars(statement))

        until("the message is understood", lambda: len(names()) == number)
        return names()[-1]

    try:
        for server in servers:
            server.start()
        shipped = understood_with(1)
        assert "eigen-1" in web.command("nlp", "use", str(folder))
        assert understood_with(2) == "eigen-1"
        assert shipped in web.command("nlp", "use", "--shipped")
        assert understood_with(3) == shipped
    finally:
        for server in servers:
            server.stop()
