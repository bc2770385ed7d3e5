"""A real Matrix homeserver on a free port, in a virtual environment of its own.

Synapse is AGPL and 240 MB: it is for tests only, never a dependency of the product. `make test`
makes its environment; without it these tests are left out.
"""

import base64
import hashlib
import hmac
import json
import secrets
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from urllib.parse import quote

import httpx

from tests.support.postgres import free_port

SERVER_NAME = "city.test"
PYTHON = Path(__file__).parents[2] / ".venv-synapse/bin/python"
_READY_WITHIN = 90.0
_FAST = {"per_second": 10_000, "burst_count": 10_000}
_numbers = count(1)


def installed() -> bool:
    """Tell whether the homeserver's environment is there."""
    return (PYTHON.parents[1] / "installed").exists()


@dataclass
class Person:
    """Somebody with an account and a simple client of their own."""

    http: httpx.Client
    user_id: str
    password: str
    token: str = ""
    name: str = ""
    _txn: Iterator[int] = field(default_factory=lambda: count(1))

    def ask(self, method: str, path: str, body: object = None, **query: str) -> dict[str, object]:
        """Ask the homeserver as this person."""
        answer = self.http.request(
            method,
            f"/_matrix/client/v3{path}",
            json=body,
            params=query or None,
            headers={"Authorization": f"Bearer {self.token}"} if self.token else {},
        )
        if not answer.is_success:
            raise AssertionError(f"{method} {path}: {answer.status_code} {answer.text}")
        found: dict[str, object] = answer.json()
        return found

    def log_in(self) -> None:
        """Log in anew, as another device."""
        login = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": self.user_id},
            "password": self.password,
        }
        self.token = ""
        self.token = str(self.ask("POST", "/login", login)["access_token"])

    def room(self, *invited: str, **options: object) -> str:
        """Create a room; without more it is a direct chat with those invited."""
        body = {"preset": "trusted_private_chat", "is_direct": True, "invite": list(invited)}
        return str(self.ask("POST", "/createRoom", body | options)["room_id"])

    def join(self, room_id: str) -> None:
        """Enter a room."""
        self.ask("POST", f"/join/{quote(room_id)}", {})

    def event(self, room_id: str, kind: str, content: Mapping[str, object], **query: str) -> str:
        """Put an event into a room; return its id."""
        path = f"/rooms/{quote(room_id)}/send/{kind}/{self.user_id}-{next(self._txn)}"
        return str(self.ask("PUT", path, content, **query)["event_id"])

    def say(self, room_id: str, body: str, **content: object) -> str:
        """Write a text."""
        return self.event(room_id, "m.room.message", {"msgtype": "m.text", "body": body} | content)

    def redact(self, room_id: str, event_id: str) -> str:
        """Take an event back."""
        path = f"/rooms/{quote(room_id)}/redact/{quote(event_id)}/r{next(self._txn)}"
        return str(self.ask("PUT", path, {"reason": "Geheimer Grund"})["event_id"])

    def upload(self, content: bytes, media_type: str) -> str:
        """Hand in a file; return where it lies."""
        answer = self.http.post(
            "/_matrix/media/v3/upload",
            content=content,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": media_type},
        )
        return str(answer.raise_for_status().json()["content_uri"])

    def messages(self, room_id: str) -> list[dict[str, object]]:
        """Return the last events of a room, oldest first."""
        found = self.ask("GET", f"/rooms/{quote(room_id)}/messages", dir="b", limit="100")["chunk"]
        assert isinstance(found, list)
        return found[::-1]

    def all_messages(self, room_id: str) -> list[dict[str, object]]:
        """Return every event of a room, oldest first."""
        found: list[dict[str, object]] = []
        page: dict[str, str] = {}
        while True:
            told = self.ask(
                "GET", f"/rooms/{quote(room_id)}/messages", dir="f", limit="500", **page
            )
            events, end = told["chunk"], told.get("end")
            assert isinstance(events, list)
            found += events
            if end is None or not events:
                return found
            page = {"from": str(end)}

    def heard(self, room_id: str, user_id: str) -> list[str]:
        """Return what somebody has said in a room, oldest first."""
        return [
            str(content["body"])
            for event in self.messages(room_id)
            if event["sender"] == user_id
            and event["type"] == "m.room.message"
            and isinstance(content := event["content"], dict)
        ]

    def members(self, room_id: str) -> set[str]:
        """Return who is in a room."""
        found = self.ask("GET", f"/rooms/{quote(room_id)}/joined_members")["joined"]
        assert isinstance(found, dict)
        return set(found)


class Synapse:
    """A homeserver in a folder, started, killed and started again on the same port."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._secret = secrets.token_hex(16)
        self._service_token = secrets.token_hex(16)
        self._process: subprocess.Popen[bytes] | None = None
        self.http = httpx.Client(base_url=self.url, timeout=60)
        self._admin: Person | None = None
        self._write_settings()

    def start(self) -> None:
        """Start, and wait until it answers."""
        with (self._folder / "out.log").open("ab") as log:
            self._process = subprocess.Popen(
                [PYTHON, "-m", "synapse.app.homeserver", "-c", "homeserver.yaml"],
                cwd=self._folder,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + _READY_WITHIN
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            try:
                if self.http.get("/_matrix/client/versions").is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise RuntimeError((self._folder / "out.log").read_text("utf-8")[-3000:])

    def kill(self) -> None:
        """Kill it as a power cut would."""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        """End it and forget everything."""
        self._end(signal.SIGKILL)
        self.http.close()

    def account(self, name: str, *, admin: bool = False) -> Person:
        """Register somebody, without logging in."""
        user = f"{name}{next(_numbers)}"
        password = secrets.token_hex(8)
        nonce = self.http.get("/_synapse/admin/v1/register").raise_for_status().json()["nonce"]
        told = "\x00".join((nonce, user, password, "admin" if admin else "notadmin"))
        mac = hmac.new(self._secret.encode(), told.encode(), hashlib.sha1).hexdigest()
        body = {
            "nonce": nonce,
            "username": user,
            "displayname": name.capitalize(),
            "password": password,
            "admin": admin,
            "mac": mac,
            "inhibit_login": True,
        }
        self.http.post("/_synapse/admin/v1/register", json=body).raise_for_status()
        return Person(self.http, f"@{user}:{SERVER_NAME}", password, name=name.capitalize())

    def person(self, name: str, *, admin: bool = False) -> Person:
        """Register somebody and log them in."""
        who = self.account(name, admin=admin)
        who.log_in()
        return who

    def dated(
        self,
        person: Person,
        room_id: str,
        kind: str,
        content: Mapping[str, object],
        *,
        ahead: timedelta,
    ) -> str:
        """Put an event into a room, dated by a clock that is so much ahead; return its id.

        Application services may name the time ("timestamp massaging").
        """
        if not ahead:
            return person.event(room_id, kind, content)
        ts = str(int((time.time() + ahead.total_seconds()) * 1000))
        service = replace(person, token=self._service_token)
        return service.event(room_id, kind, content, user_id=person.user_id, ts=ts)

    def limit(self, user_id: str, *, per_second: int, burst: int) -> None:
        """Let somebody write so much and no more."""
        self._as_admin(
            "POST",
            f"/v1/users/{quote(user_id)}/override_ratelimit",
            {"messages_per_second": per_second, "burst_count": burst},
        )

    def log_out(self, user_id: str, device_id: str) -> None:
        """End somebody's session."""
        self._as_admin("DELETE", f"/v2/users/{quote(user_id)}/devices/{quote(device_id)}", None)

    def _as_admin(self, method: str, path: str, body: object) -> None:
        if self._admin is None:
            self._admin = self.person("admin", admin=True)
        headers = {"Authorization": f"Bearer {self._admin.token}"}
        self.http.request(
            method, f"/_synapse/admin{path}", json=body, headers=headers
        ).raise_for_status()

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)
            self._process.wait(timeout=30)
        self._process = None

    def _write_settings(self) -> None:
        key = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        (self._folder / "signing.key").write_text(f"ed25519 a_1 {key}\n", "utf-8")
        service = {
            "id": "clock",
            "url": None,
            "as_token": self._service_token,
            "hs_token": secrets.token_hex(16),
            "sender_localpart": "clock",
            "namespaces": {"users": [{"exclusive": False, "regex": "@.*"}]},
        }
        (self._folder / "service.json").write_text(json.dumps(service), "utf-8")
        settings = {
            "server_name": SERVER_NAME,
            "pid_file": str(self._folder / "pid"),
            "listeners": [
                {
                    "bind_addresses": ["127.0.0.1"],
                    "port": self.port,
                    "type": "http",
                    "tls": False,
                    "resources": [{"names": ["client"], "compress": False}],
                }
            ],
            "database": {"name": "sqlite3", "args": {"database": str(self._folder / "db")}},
            "media_store_path": str(self._folder / "media"),
            "registration_shared_secret": self._secret,
            "macaroon_secret_key": secrets.token_hex(16),
            "form_secret": secrets.token_hex(16),
            "signing_key_path": str(self._folder / "signing.key"),
            "report_stats": False,
            "app_service_config_files": [str(self._folder / "service.json")],
            "trusted_key_servers": [],
            "suppress_key_server_warning": True,
            "federation_domain_whitelist": [],
            "bcrypt_rounds": 4,
            "rc_message": _FAST,
            "rc_login": {"address": _FAST, "account": _FAST, "failed_attempts": _FAST},
            "rc_joins": {"local": _FAST, "remote": _FAST},
            "rc_joins_per_room": _FAST,
            "rc_invites": {"per_room": _FAST, "per_user": _FAST, "per_issuer": _FAST},
            "rc_room_creation": _FAST,
            "rc_admin_redaction": _FAST,
            "rc_media_create": _FAST,
        }
        (self._folder / "homeserver.yaml").write_text(json.dumps(settings), "utf-8")


@contextmanager
def running() -> Iterator[Synapse]:
    """Run a homeserver."""
    memory = Path("/dev/shm")
    where = memory if memory.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="stadtdraht-synapse-", dir=where) as folder:
        synapse = Synapse(Path(folder))
        try:
            synapse.start()
            yield synapse
        finally:
            synapse.close()
