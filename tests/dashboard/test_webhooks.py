"""Webhooks: whoever calls too fast costs the least."""

import shutil
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot import clock
from bot.audit.service import CLI
from bot.channels import accounts, forms
from tests.support import city as cities

_TELEGRAM = {
    "username": "stadt_bot",
    "token": "123456789:" + "A" * 35,
    "intake": "webhook",
    "server": "http://127.0.0.1:9",
}


def test_who_pushes_too_fast_is_answered_before_the_body_is_read(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    path = tmp_path / "city.sqlite3"
    shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
    slow = {"api_requests_per_second": 0.001}  # so slow that even the first is too many
    with cities.run(f"sqlite:///{path}", tmp_path, more=slow) as city:
        with city.database.unit_of_work() as session:
            added = accounts.add(
                session,
                "telegram",
                "Telegram",
                forms.read("telegram", _TELEGRAM),
                key=city.app.settings.key,
                actor=CLI,
                now=clock.now(),
            )
        answer = city.client().post(f"/webhooks/{added.slug}", content=b"{}")
        assert (answer.status_code, answer.json()["code"]) == (429, "too_fast")
        assert int(answer.headers["retry-after"]) > 0
        address = urlsplit(city.url)
        with socket.create_connection((address.hostname, address.port), timeout=30) as line:
            head = f"POST /webhooks/{added.slug} HTTP/1.1\r\nHost: {address.netloc}\r\n"
            line.sendall(f"{head}Content-Length: 9\r\n\r\n".encode())  # and nothing of the nine
            assert line.recv(12) == b"HTTP/1.1 429"
