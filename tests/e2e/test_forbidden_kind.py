"""A kind is forbidden in one process: the one that holds the account follows, and loses nothing."""

import json
from pathlib import Path

import httpx
from sqlalchemy import select

from bot.db.engine import Database
from bot.inbox.models import Message
from bot.leases.models import Lease
from tests.fakes import telegram_http
from tests.support.server import Server
from tests.support.waiting import until


def test_another_process_stops_and_goes_on(database_url: str, tmp_path: Path) -> None:
    database = Database(database_url)

    def is_let_go() -> bool:
        with database.read() as session:
            owners = session.scalars(select(Lease.owner).where(Lease.name.startswith("channel:")))
            return not any(owners)

    def said() -> list[str]:
        return [str(one.get("text", "")) for one in telegram.own()]

    def read() -> str:
        with database.read() as session:
            return "\n".join(session.scalars(select(Message.text)))

    with telegram_http.running() as telegram:
        server = Server(database_url, tmp_path)
        server.load_demo()
        token = json.loads(server.command("user", "token", "admin", "--json"))["token"]
        account = (f"username={telegram.me['username']}", f"server={telegram.url}")
        given = [word for one in account for word in ("--set", one)]
        words = ("channel", "add", "telegram", "Telegram", *given, "--secret", "token")
        server.command(*words, stdin=f"{telegram.token}\n")
        server.start()
        try:
            telegram.write("ada", text="Hallo")
            until("the assistant has answered", said, patience=180)
            server.command("channel", "forbid", "telegram", "--reason", "DSFA 2026/14")
            until("the process lets go", is_let_go)
            asked = len(telegram.asked)

            headers = {"Authorization": f"Bearer {token}"}
            with httpx.Client(base_url=server.url, headers=headers, timeout=60) as http:
                found = http.get("/api/v1/conversations", params={"channel": "telegram"}).json()
                [one] = found["conversations"]
                answer = http.post(
                    f"/api/v1/conversations/{one['id']}/replies",
                    json={"text": "Wir melden uns.", "version": one["version"]},
                )
                assert answer.status_code == 201, answer.text
            telegram.write("ada", text="Und wann ist Markt in Opladen?")
            listed = json.loads(server.command("channel", "list", "--json"))
            [row] = [one for one in listed if one["kind"] == "telegram"]
            assert row["state"] == "forbidden"
            assert row["health"]["waiting_out"] == 1
            assert len(telegram.asked) == asked, "nothing is read from there, nothing sent"

            server.command("channel", "allow", "telegram")
            until("the reply arrives", lambda: "Wir melden uns." in said())
            until("what came meanwhile is read", lambda: "Opladen" in read())
            assert said().count("Wir melden uns.") == 1
        finally:
            server.stop()
            database.close()
