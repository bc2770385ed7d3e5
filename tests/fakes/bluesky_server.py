"""The server of the Bluesky that stands in for the real one, on a port of 127.0.0.1."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

from tests.fakes.bluesky import Bluesky, XrpcError
from tests.fakes.bluesky_api import Api
from tests.fakes.bodies import whole


def _now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def serving(now: Callable[[], datetime] = _now) -> Iterator[tuple[Bluesky, int]]:
    """Run a network; yield it and its port."""
    network = Bluesky(now)
    api = Api(network)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(whole(self))

        def _answer(self, body: bytes) -> None:
            url = urlsplit(self.path)
            _, kind, name = url.path.split("/", 2)
            if kind == "img":
                return self._write(200, *network.blobs[name])
            bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
            host = f"http://{self.headers['Host']}"
            try:
                found = api.answer(name, parse_qs(url.query), body, bearer, host)
            except XrpcError as error:
                content = json.dumps(error.body).encode()
                return self._write(error.status, "application/json", content, **error.headers)
            return self._write(200, "application/json", json.dumps(found).encode())

        def _write(self, status: int, kind: str, content: bytes, **headers: str) -> None:
            self.send_response(status)
            said = {"Content-Type": kind, "Content-Length": str(len(content)), **headers}
            for name, value in said.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: object) -> None:
            """Whoever hangs up is no error."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield network, server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
