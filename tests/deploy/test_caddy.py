"""The reverse proxy: a real Caddy with the shipped Caddyfile, in front of a real city."""

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from bot.config import Settings
from bot.staff.states import Role
from dashboard.security.bodies import MEBIBYTE
from tests.support import tools
from tests.support.city import City, log_in, run
from tests.support.postgres import free_port

CADDYFILE = Path(__file__).parents[2] / "deploy/Caddyfile"
_READY_WITHIN = 30.0
_LIMIT = (3 * Settings.model_fields["max_upload_mb"].default + 2) * MEBIBYTE


@contextmanager
def caddy(folder: Path, *upstreams: str) -> Iterator[str]:
    """Run Caddy in front of `upstreams`; yields its address."""
    port = free_port()
    environment = os.environ | {
        "CADDY_ADMIN": f"127.0.0.1:{free_port()}",
        "CITY_ADDRESS": f"http://127.0.0.1:{port}",
        "CITY_UPSTREAMS": " ".join(upstreams),
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
    }
    command = [tools.find("caddy"), "run", "--adapter", "caddyfile", "--config", str(CADDYFILE)]
    log = folder / "caddy.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        try:
            _wait_for(f"http://127.0.0.1:{port}/metrics", process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_for(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    patience = threading.Event()
    for _ in range(int(_READY_WITHIN / 0.05)):
        assert process.poll() is None, log.read_text()
        try:
            httpx.get(url)
        except httpx.TransportError:
            patience.wait(0.05)
        else:
            return
    raise AssertionError(log.read_text())


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("city")
    database = folder / "city.sqlite3"
    database.write_bytes(sqlite_template.read_bytes())
    with run(f"sqlite:///{database}", folder) as city:
        yield city


@pytest.fixture(scope="module")
def proxy(town: City, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with caddy(tmp_path_factory.mktemp("caddy"), town.url.removeprefix("http://")) as url:
        yield url


def test_the_file_is_valid_and_formatted(tmp_path: Path) -> None:
    program = tools.find("caddy")
    environment = os.environ | {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    valid = [program, "validate", "--adapter", "caddyfile", "--config", str(CADDYFILE)]
    done = subprocess.run(valid, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert '"warn"' not in done.stderr
    written = subprocess.run([program, "fmt", CADDYFILE], capture_output=True, check=True).stdout
    assert written == CADDYFILE.read_bytes()


def test_pages_come_with_the_headers_of_the_application_and_no_others(
    town: City, proxy: str
) -> None:
    for path in ("/", "/chat", "/desk/login", "/t/unknown"):
        direct, proxied = httpx.get(f"{town.url}{path}"), httpx.get(f"{proxy}{path}")
        assert proxied.status_code == direct.status_code
        assert set(proxied.headers) == set(direct.headers) - {"server"}
        policy = "content-security-policy"
        assert proxied.headers.get_list(policy) == direct.headers.get_list(policy)


def test_figures_and_health_stay_inside(town: City, proxy: str) -> None:
    assert httpx.get(f"{town.url}/health").status_code == 200
    assert httpx.get(f"{proxy}/health").status_code == 404
    assert httpx.get(f"{proxy}/health/").status_code == 404
    assert httpx.get(f"{proxy}/metrics").status_code == 404
    assert httpx.get(f"{proxy}/metrics/").status_code == 404
    assert httpx.get(f"{proxy}/%6detrics").status_code == 404


def test_files_are_compressed_and_pages_are_not(proxy: str) -> None:
    for coding in ("gzip", "zstd"):
        asking = {"Accept-Encoding": coding}
        with httpx.stream("GET", f"{proxy}/widget.js", headers=asking) as answer:
            assert answer.headers["content-encoding"] == coding
        assert "content-encoding" not in httpx.get(f"{proxy}/", headers=asking).headers


def test_a_live_page_hears_at_once_and_its_end_reaches_the_city(town: City, proxy: str) -> None:
    _, name = town.add_user(Role.MANAGER)
    with httpx.Client(base_url=proxy, timeout=60) as client:
        assert log_in(client, name).status_code == 303
        with client.stream("GET", "/desk/events") as events:
            assert events.headers["content-type"].startswith("text/event-stream")
            lines = events.iter_lines()
            assert next(lines).startswith(":"), "the first sign comes before any event"
            assert "stadtdraht_live_streams 1.0" in town.client().get("/metrics").text
            town.citizen().says("Hallo")
            assert any(line.startswith("data:") for line in lines)
    streams = "stadtdraht_live_streams 0.0"
    town.until(lambda: streams in town.client().get("/metrics").text)


class _Echo(BaseHTTPRequestHandler):
    """Tells which headers have arrived, and reads what it is sent."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        left = int(self.headers["Content-Length"])
        while left and (chunk := self.rfile.read(min(left, MEBIBYTE))):
            left -= len(chunk)
        self.close_connection = bool(left)
        if not left:
            self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _echo() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Echo) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_what_a_client_claims_about_itself_is_dropped(tmp_path: Path) -> None:
    claims = {
        "X-Forwarded-For": "192.0.2.1",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
    }
    with _echo() as upstream, caddy(tmp_path, upstream) as url:
        arrived = httpx.get(url, headers=claims).json()
    assert arrived["x-forwarded-for"] == "127.0.0.1"
    assert arrived["x-forwarded-proto"] == "http"
    assert arrived["x-forwarded-host"] == url.removeprefix("http://")


def test_what_no_path_takes_does_not_travel_on(tmp_path: Path) -> None:
    with _echo() as upstream, caddy(tmp_path, upstream) as url:
        assert httpx.post(url, content=bytes(_LIMIT)).status_code == 200
        refused = httpx.post(url, content=bytes(_LIMIT + 1))
    assert refused.status_code in {413, 502}, "older Caddys take their own limit for a failure"


def test_a_web_process_that_is_away_is_passed_over(tmp_path: Path) -> None:
    with _echo() as upstream, caddy(tmp_path, f"127.0.0.1:{free_port()}", upstream) as url:
        assert {httpx.get(url).status_code for _ in range(8)} == {200}


def test_a_city_that_is_away_says_so_in_plain_words(tmp_path: Path) -> None:
    with caddy(tmp_path, f"127.0.0.1:{free_port()}") as url:
        answer = httpx.get(url, timeout=30)
    assert answer.status_code in {502, 503}
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "112" in answer.text
