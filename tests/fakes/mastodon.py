"""A small instance of Mastodon: its API over HTTP, with its limits, and lines that are cut."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

from connectors.base import RawFile
from tests.fakes.bodies import whole
from tests.fakes.mastodon_api import Instance
from tests.fakes.mastodon_town import Refusal, Town

TOKEN = "ein-zugangstoken"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, instance: Instance) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.instance = instance


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer leaves in one piece
    disable_nagle_algorithm = True
    timeout = 30

    @property
    def instance(self) -> Instance:
        assert isinstance(self.server, _Server)
        return self.server.instance

    def handle(self) -> None:
        with suppress(OSError, ValueError):  # a caller who has gone, or says nonsense
            super().handle()

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        content = whole(self)
        if url.path.startswith("/files/"):
            self._give_file(url.path.split("/")[2])
            return
        self.instance.asked.append((self.command, url.path))
        with self.instance.town.lock:
            headers = self.instance.headers()
        try:
            self._admit()
            body = _body(self.headers.get("Content-Type") or "", content)
            key = self.headers.get("Idempotency-Key")
            if key and url.path == "/api/v1/statuses":
                body["Idempotency-Key"] = key
            path = url.path.rstrip("/")
            found = self.instance.answer(self.command, path, parse_qs(url.query), body)
        except Refusal as refusal:
            headers = refusal.headers if refusal.status == 429 else headers
            self._answer(refusal.status, refusal.body, headers)
            return
        writes = self.command in {"POST", "PUT"} and url.path.startswith("/api/v1/statuses")
        if self.instance.cut and writes:
            self.instance.cut -= 1
            self.close_connection = True
            return
        if isinstance(found, list) and url.path == "/api/v1/notifications":
            headers["Link"] = _links(self.instance.url, found)
        is_reading = isinstance(found, dict) and "blurhash" in found and not found["url"]
        reading = 202 if self.command == "POST" else 206
        self._answer(reading if is_reading else 200, found, headers)

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 (names that the library asks for)

    def _admit(self) -> None:
        """Let a request in, or refuse it before anything is done."""
        instance = self.instance
        token = self.headers.get("Authorization") == f"Bearer {TOKEN}"
        if not token or not instance.logged_in:
            raise Refusal(401, "Das Zugriffstoken ist ungültig")
        if instance.limited:
            raise instance.too_fast(instance.limited.pop(0))
        if instance.counted > instance.allowed:
            left = (instance.anew_at or instance.town.now()) - instance.town.now()
            raise instance.too_fast(max(1, int(left.total_seconds())))

    def _give_file(self, media_id: str) -> None:
        media = self.instance.town.media.get(media_id)
        if media is None:
            self._answer(404, {"error": "Record not found"}, {})
            return
        self._send(200, media.file.content, {"Content-Type": media.file.declared_type})

    def _answer(self, status: int, found: object, headers: Mapping[str, str]) -> None:
        content = json.dumps(found).encode()
        self._send(status, content, {"Content-Type": "application/json"} | dict(headers))

    def _send(self, status: int, content: bytes, headers: Mapping[str, str]) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def running(town: Town | None = None) -> Iterator[Instance]:
    """Run an instance on 127.0.0.1."""
    instance = Instance(town or Town())
    server = _Server(instance)
    instance.port = server.server_port
    thread = Thread(target=lambda: server.serve_forever(0.05), name="mastodon")
    thread.start()
    try:
        yield instance
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _links(url: str, page: list[object]) -> str:
    """Return the header that tells where to page on."""
    ids = [int(one["id"]) for one in page if isinstance(one, dict)]
    if not ids:
        return ""
    path = f"{url}/api/v1/notifications"
    return f'<{path}?max_id={min(ids)}>; rel="next", <{path}?min_id={max(ids)}>; rel="prev"'


def _body(media_type: str, content: bytes) -> dict[str, object]:
    if not content:
        return {}
    if media_type.startswith("application/json"):
        found = json.loads(content)
        return dict(found) if isinstance(found, dict) else {}
    if not media_type.startswith("multipart/"):
        form = parse_qs(content.decode())
        return {
            name.removesuffix("[]"): values if name.endswith("[]") else values[0]
            for name, values in form.items()
        }
    whole = message_from_bytes(b"Content-Type: " + media_type.encode() + b"\r\n\r\n" + content)
    fields: dict[str, object] = {}
    for part in whole.walk():
        name = part.get_param("name", header="content-disposition")
        inside = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(inside, bytes):
            file = part.get_filename()
            fields[name] = (
                RawFile(file, part.get_content_type(), inside) if file else inside.decode()
            )
    return fields
