"""Every answer of the whole application carries its guards: pages, data, streams, files, errors."""

import asyncio
import json
import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from pydantic import SecretStr

from bot.app import App
from bot.config import Settings
from bot.staff.states import Role
from dashboard import monitor
from tests.support.city import City, Desk
from tests.support.routes import routes

PRIVATE = ("/desk", "/chat", "/t", "/api")
_READING = {"GET", "HEAD"}
KINDS = {"session", "language", "form", "visitor", "half-way"}
_ODD = [
    ("GET", "/gibt-es-nicht"),
    ("GET", "/t/gibt-es-nicht"),
    ("GET", "/static/../app.py"),
    ("GET", "/static/%2e%2e/%2e%2e/bot/config.py"),
    ("GET", "/static/gibt-es-nicht.js"),
    ("GET", "/maerkte/"),
    ("GET", "/api/v1/gibt-es-nicht"),
    ("POST", "/maerkte"),
    ("PUT", "/report"),
    ("DELETE", "/desk"),
    ("OPTIONS", "/api/v1/tickets"),
    ("TRACE", "/"),
    ("GET", "/.git/config"),
]


def is_under(path: str, prefixes: tuple[str, ...]) -> bool:
    return any(path == one or path.startswith(f"{one}/") for one in prefixes)


def address(path: str) -> str:
    path = re.sub(r"\{\w*id\}", "1", path).replace("{number}", "LEV-2026-000001")
    return re.sub(r"\{\w+(:path)?\}", "impressum", path)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of an answer before its body."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    cookies: list[str]

    def get(self, name: str) -> str:
        return self.headers.get(name, "")

    @property
    def policy(self) -> str:
        return self.get("content-security-policy")

    @property
    def is_private(self) -> bool:
        """Whether it may hold what is not for everybody: a form's answer holds what was typed."""
        return self.method not in _READING or is_under(self.path, PRIVATE)

    @property
    def is_text(self) -> bool:
        return self.get("content-type").startswith("text/")


GUARDS: dict[str, Callable[[Answer], bool]] = {
    "no error of ours": lambda a: a.status < 500,
    "nosniff": lambda a: a.get("x-content-type-options") == "nosniff",
    "content policy": lambda a: "default-src 'none'" in a.policy,
    "strict content policy": lambda a: "unsafe" not in a.policy and "*" not in a.policy,
    "frame ancestors": lambda a: "sandbox" in a.policy or "frame-ancestors" in a.policy,
    "frame options": lambda a: is_under(a.path, ("/chat",)) or a.get("x-frame-options") == "DENY",
    "referrer": lambda a: a.get("referrer-policy") in {"no-referrer", "same-origin"},
    "no cache": lambda a: not a.is_private or "no-store" in a.get("cache-control"),
    "own pages only": lambda a: (
        not a.is_private or a.get("cross-origin-resource-policy") == "same-origin"
    ),
    "no foreign scripts": lambda a: (
        a.path == "/widget.js" or "access-control-allow-origin" not in a.headers
    ),
    "silence about its make": lambda a: not {"server", "x-powered-by"} & a.headers.keys(),
    "request id": lambda a: bool(re.fullmatch(r"[0-9a-f]{32}", a.get("x-request-id"))),
    "charset": lambda a: not a.is_text or "charset=utf-8" in a.get("content-type"),
    "safe cookies": lambda a: all("HttpOnly" in c and "SameSite=Lax" in c for c in a.cookies),
    "known cookies": lambda a: {c.partition("=")[0] for c in a.cookies} <= KINDS,
}


def faults(answer: Answer) -> list[str]:
    """Return what an answer lacks."""
    return [name for name, holds in GUARDS.items() if not holds(answer)]


def seen(path: str, answer: httpx.Response) -> Answer:
    cookies = answer.headers.get_list("set-cookie")
    return Answer(answer.request.method, path, answer.status_code, answer.headers, cookies)


def check(city: City, desk: Desk | None, method: str, path: str) -> list[str]:
    client = desk.client if desk else city.client()
    with client.stream(method, path) as answer:  # a stream never ends: its head is enough
        return faults(seen(urlsplit(path).path, answer))


@pytest.mark.parametrize("who", ["nobody", "staff"])
def test_every_route_answers_with_all_guards(city: City, tmp_path: Path, who: str) -> None:
    known = sorted((method, address(path)) for method, path in routes(tmp_path))
    assert len(known) > 80
    desk = city.staff(Role.ADMIN) if who == "staff" else None
    for method, path in [*known, *_ODD]:
        assert check(city, desk, method, path) == [], (method, path)


@pytest.mark.parametrize("odd", ["a%00b", "%ed%a0%80%ff"])
def test_no_route_breaks_at_what_no_database_can_look_for(
    city: City, tmp_path: Path, odd: str
) -> None:
    """A NUL, bytes that are no text, half a surrogate: in the path, then in the query."""
    desk, token = city.staff(Role.ADMIN), city.token(Role.ADMIN)
    bearer = {"authorization": f"Bearer {token}"}
    known = sorted(routes(tmp_path))
    with_names = [one for one in known if "{" in one[1]]
    assert len(with_names) > 40
    asked = [(method, re.sub(r"\{[^}]+\}", odd, path)) for method, path in with_names]
    names = ("q", "kind", "cursor", "channel", "office", "status", "next", "after", "done", "lang")
    query = "&".join(f"{name}={odd}" for name in names)
    asked += [(method, f"{address(path)}?{query}") for method, path in known if method == "GET"]
    for method, path in asked:
        headers = bearer if path.startswith("/api/") else {}
        data = {"csrf": desk.csrf} if method == "POST" else None
        with desk.client.stream(method, path, headers=headers, data=data) as answer:
            assert faults(seen(urlsplit(path).path, answer)) == [], (method, path)
            looks_up = not path.startswith(("/static/", "/api/v1/openapi.json"))
            if "%00" in path and looks_up:
                assert answer.status_code == 404, (method, path)


def test_a_body_that_is_too_large_is_refused_with_all_guards(city: City) -> None:
    for path in ("/desk/login", "/t", "/report", "/api/v1/tickets/x/status"):
        form = {"content-type": "application/x-www-form-urlencoded"}
        answer = city.client().post(path, content=b"x" * (32 * 1024 * 1024), headers=form)
        assert answer.status_code == 413 or path.startswith("/api"), path
        assert faults(seen(path, answer)) == [], path


def test_a_process_without_pages_answers_with_all_guards(database_url: str, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url=SecretStr(database_url))
    app = App.create(settings)  # nothing of it runs, so it calls itself ill
    monitored = monitor.create_app(app)

    async def ask(path: str) -> httpx.Response:
        transport = httpx.ASGITransport(monitored)
        async with httpx.AsyncClient(transport=transport, base_url="http://city") as client:
            return await client.get(path)

    answers = {path: asyncio.run(ask(path)) for path in ("/health", "/metrics", "/nowhere")}
    app.links.stop()
    app.database.close()
    assert [answer.status_code for answer in answers.values()] == [503, 200, 404]
    for path, answer in answers.items():
        assert set(faults(seen(path, answer))) <= {"no error of ours"}, path


def test_an_answer_that_shows_what_was_typed_is_kept_by_no_cache(city: City) -> None:
    typed = {"name": "Ada Beispiel", "contact": "ada@example.org"}
    answer = city.client().post("/report", data=typed)
    assert "ada@example.org" in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_only_the_chat_may_be_shown_in_a_frame(city: City, tmp_path: Path) -> None:
    pages = {path for method, path in routes(tmp_path) if method == "GET"}
    for path in sorted(pages):
        with city.client().stream("GET", address(path)) as answer:
            policy = answer.headers["content-security-policy"]
        allowed = "frame-ancestors 'none'" not in policy and "sandbox" not in policy
        assert allowed is (path == "/chat" or path.startswith("/chat/")), path


@pytest.mark.parametrize(
    ("path", "goal"),
    [
        ("/maerkte/?a=b", "/maerkte?a=b"),
        ("/t/abc/", "/t/abc"),
        ("/gibt-es-nicht/", "/gibt-es-nicht"),
        ("//evil.example/", "/evil.example"),
        ("/%5Cevil.example/", "/%5Cevil.example"),
    ],
)
def test_a_slash_at_the_end_leads_to_this_host(city: City, path: str, goal: str) -> None:
    answer = raw(city, f"GET {path} HTTP/1.1\r\nHost: evil.example\r\n").decode()
    assert re.search(r"(?m)^location: (\S+)", answer, re.IGNORECASE)[1] == goal  # type: ignore[index]


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PATCH", "NONSENSE"])
def test_methods_that_nobody_needs_are_refused(city: City, method: str) -> None:
    for path in ("/", "/desk/login", "/api/v1/tickets", "/static/desk.css"):
        assert raw(city, f"{method} {path} HTTP/1.1\r\nHost: x\r\n")[9:12] in {b"400", b"405"}


@pytest.mark.parametrize(
    "framing",
    [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Content-Length: +5\r\n",
        "Content-Length : 5\r\n",
    ],
)
def test_a_body_whose_length_is_in_doubt_is_refused(city: City, framing: str) -> None:
    """What a proxy could read in another way than we do: request smuggling."""
    head = f"POST /t HTTP/1.1\r\nHost: x\r\n{framing}"
    assert raw(city, head, "0\r\n\r\n").startswith(b"HTTP/1.1 400")


def raw(city: City, head: str, body: str = "") -> bytes:
    """Send a request as it stands and return the whole answer."""
    host = urlsplit(city.url)
    with socket.create_connection((host.hostname, host.port or 80), timeout=10) as connection:
        connection.sendall(f"{head}Connection: close\r\n\r\n{body}".encode())
        return connection.makefile("rb").read()


def test_files_outside_the_static_folder_are_out_of_reach(city: City) -> None:
    for path in ("/static/../app.py", "/static//etc/passwd", "/static/%2e%2e%2fapp.py", "/static"):
        answer = raw(city, f"GET {path} HTTP/1.1\r\nHost: x\r\n")
        assert answer.startswith((b"HTTP/1.1 404", b"HTTP/1.1 400")), path
        assert b"create_app" not in answer


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80/x"])
def test_the_host_header_makes_no_address(city: City, host: str) -> None:
    token = city.token(Role.ADMIN)
    for path in (
        "/",
        "/t",
        "/desk",
        "/desk/",
        "/maerkte",
        "/maerkte/",
        "/api/v1/tickets",
        "/api/v1/tickets/",
    ):
        answer = city.client().get(path, headers={"host": host, "authorization": f"Bearer {token}"})
        assert "evil.example" not in answer.text, path
        assert "evil.example" not in answer.headers.get("location", ""), path


def test_a_header_cannot_be_broken_out_of(city: City) -> None:
    client = city.client()
    for path in (
        "/desk/xyz%0d%0aset-cookie:%20a=b",
        "/?lang=de%0d%0aset-cookie:%20a=b",
        "/desk/login?next=/desk%0d%0aset-cookie:%20a=b",
        "/maerkte/%0d%0aset-cookie:%20a=b",
    ):
        answer = client.get(path)
        names = {one.partition("=")[0] for one in answer.headers.get_list("set-cookie")}
        assert names <= KINDS, path


def test_the_log_takes_no_lines_from_outside(city: City, capfd: pytest.CaptureFixture[str]) -> None:
    """What a stranger sends is not logged at all; the route's pattern stands for the address."""
    desk = city.staff(Role.VIEWER)
    desk.post("/desk/texts/x%0a%7b%22event%22%3a%22forged%22%7d", csrf='x\n{"event":"forged"}')
    shown = capfd.readouterr()
    assert "forged" not in shown.out + shown.err


@pytest.mark.parametrize(
    ("path", "route", "code"),
    [
        ("/desk/failed", "/desk/failed", "forbidden"),
        ("/desk/attachments/1", None, None),
        ("/api/v1/tickets", "/tickets", "log_in_needed"),
    ],
)
def test_who_is_refused_is_logged(
    city: City, capfd: pytest.CaptureFixture[str], path: str, route: str | None, code: str | None
) -> None:
    desk = city.staff(Role.VIEWER)
    capfd.readouterr()
    desk.get(path)
    lines = [line for line in capfd.readouterr().out.splitlines() if "web.refused" in line]
    plain = [re.sub(r"\x1b\[\d+m", "", line) for line in lines]
    assert [f"code={code}" in line and f"route={route}" in line for line in plain] == (
        [True] if code else []
    )


def test_data_is_json_also_when_it_is_an_error(city: City) -> None:
    for path in ("/api/v1/tickets", "/api/v1/gibt-es-nicht", "/api/v1/channels/x/replies"):
        answer = city.client().get(path)
        assert answer.headers["content-type"] == "application/json"
        assert json.loads(answer.text)["code"]
