"""A whole city for a test: the app on a real port, demo data, staff who log in, citizens who write.

    with city.run(database_url, tmp_path) as town:
        ada = town.citizen()
        ada.says("Wann ist Markt in Opladen?")
        assert "Opladen" in ada.hears()
        desk = town.staff(Role.MANAGER)
        page = desk.get("/desk")
        desk.post(f"/desk/conversations/{ada.conversation_id}/take")

The fixture `city` of the pages (`tests/dashboard/conftest.py`) is one city per engine for all:
tests in it make their own citizens and staff, and leave the city's own data alone.
"""

import itertools
import re
import shutil
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from pathlib import Path

import httpx
import pytest
import uvicorn
from pydantic import SecretStr
from sqlalchemy import func, select

from bot import clock
from bot.app import App
from bot.audit.service import CLI
from bot.channels import service as channels
from bot.channels.links import Links
from bot.channels.models import Channel
from bot.channels.queries import Connectors
from bot.config import Settings
from bot.db.engine import Database
from bot.demo import service as demo
from bot.inbox.models import Conversation
from bot.offices.models import Office
from bot.staff import passwords
from bot.staff import service as staff
from bot.staff.passwords import PasswordHash
from bot.staff.states import Role
from bot.tickets.models import Ticket
from bot.understanding.process import LanguageProcess
from dashboard.app import create_app
from dashboard.security import cookies
from tests.support import language as languages
from tests.support import postgres

PASSWORD = "drei blaue Fahrräder"
_PATIENCE = 60.0  # seconds of waiting before a test gives up
_numbers = itertools.count(1)


class _Server(uvicorn.Server):
    """Says when it serves, and whether it failed to."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        self.ready.set()


class Citizen:
    """Somebody who writes on the city's API channel, each in a thread of their own."""

    def __init__(self, city: "City", thread: str, name: str | None, visibility: str) -> None:
        self.city = city
        self.thread = thread
        self.name = name
        self.visibility = visibility
        self._client = city.client()
        self._client.headers["authorization"] = f"Bearer {city.channel_token}"
        self._cursor = city.feed_end()
        self._heard: list[str] = []
        self._sent = 0

    def says(self, text: str, *, attachments: tuple[dict[str, str], ...] = ()) -> str:
        """Post a message and return its `external_id`."""
        self._sent += 1
        external_id = f"{self.thread}-{self._sent}"
        sender = {"id": self.thread} | ({"name": self.name} if self.name else {})
        answer = self._client.post(
            f"/api/v1/channels/{self.city.channel}/messages",
            json={
                "external_id": external_id,
                "thread": self.thread,
                "visibility": self.visibility,
                "sender": sender,
                "text": text,
                "attachments": list(attachments),
            },
        )
        assert answer.status_code == 202, answer.text
        return external_id

    def hears(self) -> str:
        """Return the next reply in this thread, waiting for it by long poll."""
        deadline = clock.now().timestamp() + _PATIENCE
        while not self._heard and clock.now().timestamp() < deadline:
            answer = self._client.get(
                f"/api/v1/channels/{self.city.channel}/replies",
                params={"after": self._cursor, "wait": 10},
            )
            assert answer.status_code == 200, answer.text
            feed = answer.json()
            self._cursor = feed["cursor"]
            self._heard += [r["text"] for r in feed["replies"] if r["thread"] == self.thread]
        assert self._heard, f"nothing was said in {self.thread}"
        return self._heard.pop(0)

    @property
    def conversation_id(self) -> int:
        """The conversation of this citizen; there is one after the first `hears`."""
        with self.city.database.read() as session:
            return session.scalars(
                select(Conversation.id).where(Conversation.thread == self.thread)
            ).one()

    @property
    def ticket_number(self) -> str:
        """The number of this citizen's newest ticket."""
        with self.city.database.read() as session:
            return session.scalars(
                select(Ticket.number)
                .join(Conversation, Conversation.ticket_id == Ticket.id)
                .where(Conversation.thread == self.thread)
            ).one()


class Desk:
    """A colleague who is logged in."""

    def __init__(
        self, client: httpx.Client, user_id: int, username: str, *, csrf: str | None = None
    ) -> None:
        self.client = client
        self.user_id = user_id
        self.username = username
        self.csrf = csrf or value(client.get("/desk/account").text, "csrf")

    def get(self, path: str, *, fragment: bool = False) -> httpx.Response:
        """Fetch a page, or its fragment as a script would."""
        headers = {"hx-request": "true"} if fragment else {}
        return self.client.get(path, headers=headers)

    def post(
        self,
        path: str,
        data: dict[str, str] | None = None,
        *,
        fragment: bool = False,
        csrf: str | None = None,
    ) -> httpx.Response:
        """Send a form with the session's token (or `csrf`)."""
        headers = {"hx-request": "true"} if fragment else {}
        token = self.csrf if csrf is None else csrf
        return self.client.post(path, data={"csrf": token} | (data or {}), headers=headers)


@dataclass(slots=True)
class City:
    """A running city. `url` is where it serves, `database` a second way to its data."""

    url: str
    database: Database
    app: App
    channel: str
    channel_token: str
    _closing: ExitStack = field(default_factory=ExitStack)

    def client(self) -> httpx.Client:
        """Return an anonymous client, which does not follow redirects."""
        # There are a thousand of them in a run: none keeps a connection between two requests, nor
        # reads all authorities for a city that speaks HTTP.
        limits = httpx.Limits(max_keepalive_connections=0)
        client = httpx.Client(base_url=self.url, timeout=_PATIENCE, limits=limits, verify=False)
        return self._closing.enter_context(client)

    def citizen(
        self, thread: str | None = None, *, name: str | None = None, public: bool = False
    ) -> Citizen:
        """Return somebody new who writes."""
        visibility = "public" if public else "private"
        return Citizen(self, thread or f"thread-{next(_numbers)}", name, visibility)

    def add_user(
        self, role: Role, *, office: str | None = None, must_change_password: bool = False
    ) -> tuple[int, str]:
        """Make an account with `PASSWORD`; return its id and user name."""
        username = f"{role}-{next(_numbers)}"
        with self.database.unit_of_work() as session:
            user_id = staff.create_user(
                session,
                CLI,
                username=username,
                display_name=username.title(),
                role=role,
                office_id=self.office_id(office) if office else None,
                password_hash=_hash(),
                must_change_password=must_change_password,
                now=clock.now(),
            )
        return user_id, username

    def staff(self, role: Role, *, office: str | None = None) -> Desk:
        """Return a new colleague, logged in; `office` is the slug of theirs.

        Nobody types a password: that is a hash of 50 ms, and has tests of its own (`log_in`).
        """
        user_id, username = self.add_user(role, office=office)
        with self.database.unit_of_work() as session:
            opened = staff.open_session(session, user_id, client="test", now=clock.now())
        client = self.client()
        client.cookies.set(cookies.SESSION, opened.token, domain=client.base_url.host)
        return Desk(client, user_id, username, csrf=opened.csrf)

    def token(self, role: Role, *, office: str | None = None) -> str:
        """Return an API token of a new colleague."""
        user_id, _ = self.add_user(role, office=office)
        with self.database.unit_of_work() as session:
            return staff.create_api_token(session, CLI, user_id, "test", now=clock.now())

    def office_id(self, slug: str) -> int:
        """Return the key of a demo office."""
        with self.database.read() as session:
            return session.scalars(select(Office.id).where(Office.slug == slug)).one()

    def feed_end(self) -> str:
        """Return the cursor behind everything that was sent so far."""
        with self.database.read() as session:
            found = session.scalar(
                select(func.max(Channel.feed_seq)).where(Channel.slug == self.channel)
            )
        return str(found or 0)

    def until(self, condition: Callable[[], bool]) -> None:
        """Look whenever something changed in the city, until `condition` holds."""
        bell = self.app.bells.events
        deadline = clock.now().timestamp() + _PATIENCE
        rung = bell.rung
        while not condition():
            left = deadline - clock.now().timestamp()
            assert left > 0, "it never happened"
            bell.wait(rung, min(left, 1.0))
            rung = bell.rung

    def close(self) -> None:
        """Close every client."""
        self._closing.close()


def log_in(client: httpx.Client, username: str, password: str = PASSWORD) -> httpx.Response:
    """Fill in the log-in form as a browser does."""
    form = client.get("/desk/login")
    return client.post(
        "/desk/login",
        data={
            "csrf": value(form.text, "csrf"),
            "next": "/desk",
            "name": username,
            "password": password,
        },
    )


def refused_at(lines: Iterable[Mapping[str, object]]) -> list[object]:
    """Return the routes at which log lines say that somebody was refused."""
    return [line["route"] for line in lines if line["event"] == "web.refused"]


def value(page: str, name: str) -> str:
    """Return the value of the first hidden input of this name."""
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', page)
    assert found, f"no field {name} on this page:\n{page[:2000]}"
    return unescape(found.group(1))


@contextmanager
def run(
    database_url: str,
    folder: Path,
    *,
    connectors: Connectors | None = None,
    language: LanguageProcess | None = None,
    more: Mapping[str, object] | None = None,
) -> Iterator[City]:
    """Serve the demo city from a migrated, empty database; `folder` holds its key.

    `connectors` stand for platforms that are not there, `language` for another language process;
    `more` are further settings.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    settings = Settings(data_dir=folder, database_url=SecretStr(database_url), base_url=url)
    settings = settings.model_copy(update=more or {})
    database = Database(database_url)
    now = clock.now()
    with database.unit_of_work() as session:
        demo.load(session, now=now)
        slug, token = channels.add(session, "api", "Test-Kanal", actor=CLI, now=now)
    app = App.create(settings)
    if connectors is not None:
        app.links.stop()
        app.connectors, app.links = connectors, Links(connectors)
    app.language = language or LanguageProcess(languages.HOST.command)
    server = _Server(
        uvicorn.Config(
            create_app(app),
            log_level="warning",
            access_log=False,
            server_header=False,
            ws="none",
        )
    )
    thread = threading.Thread(target=server.run, args=([listener],), name="server")
    thread.start()
    city = City(url, database, app, slug, token)
    try:
        assert server.ready.wait(_PATIENCE)
        assert server.started
        yield city
    finally:
        city.close()
        app.stopping.set()
        server.should_exit = True
        thread.join()
        database.close()


@contextmanager
def on_engine(
    engine: str,
    request: pytest.FixtureRequest,
    folder: Path,
    *,
    connectors: Connectors | None = None,
) -> Iterator[City]:
    """Run a city of its own on `sqlite` or `postgresql`; for `connectors` see `run`."""
    if engine == "sqlite":
        path = folder / "city.sqlite3"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        with run(f"sqlite:///{path}", folder, connectors=connectors) as town:
            yield town
        return
    maintenance = request.getfixturevalue("postgres_maintenance")
    template = request.getfixturevalue("postgres_template")
    name = f"shared_city_{next(_numbers)}"
    url = postgres.create_database(maintenance, name, template=template)
    with run(url, folder, connectors=connectors) as town:
        yield town
    postgres.drop_database(maintenance, name)


@cache
def _hash() -> PasswordHash:
    return passwords.hash_password(PASSWORD)
