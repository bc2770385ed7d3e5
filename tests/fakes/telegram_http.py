"""The Bot API server's way over HTTP: JSON and forms in, JSON and files out."""

import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import python_multipart

from tests.fakes.bodies import whole
from tests.fakes.telegram import Json, Refusal, Telegram

_NO_STRINGS = frozenset({"message_thread_id", "reply_parameters", "reply_markup"})


def _read(kind: str, body: bytes) -> tuple[Json, dict[str, bytes]]:
    """Return parameters and files; in a form what is no string is JSON."""
    if not kind.startswith("multipart/"):
        return json.loads(body or b"{}"), {}
    asked: Json = {}
    files: dict[str, bytes] = {}

    def take(found: Any) -> None:
        name, value = found.field_name.decode(), found.value.decode()
        asked[name] = json.loads(value) if name in _NO_STRINGS else value

    def keep(found: Any) -> None:
        found.file_object.seek(0)
        files[found.field_name.decode()] = found.file_object.read()
        asked["_name"] = found.file_name.decode()
        asked["_type"] = found.content_type or ""

    headers = {"Content-Type": kind.encode(), "Content-Length": str(len(body)).encode()}
    python_multipart.parse_form(headers, io.BytesIO(body), take, keep)
    return asked, files


@contextmanager
def running(telegram: Telegram | None = None) -> Iterator[Telegram]:
    """Run a server on a port of its own."""
    served = telegram or Telegram()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 60
        wbufsize = -1  # heads and bodies leave together

        def handle(self) -> None:
            with suppress(OSError):  # a caller that has gone
                super().handle()

        def do_POST(self) -> None:
            body = whole(self)
            token, _, method = self.path.removeprefix("/bot").partition("/")
            try:
                asked, files = _read(self.headers.get("Content-Type", ""), body)
                result = served.answer(token, method, asked, files)
            except Refusal as refusal:
                self._say(refusal.code, json.dumps(refusal.body).encode())
                return
            if method in served.cut:
                served.cut.remove(method)
                self.close_connection = True
                return
            self._say(200, json.dumps({"ok": True, "result": result}).encode())

        def do_GET(self) -> None:
            prefix = f"/file/bot{served.token}/documents/"
            content = served.files.get(self.path.removeprefix(prefix))
            if not self.path.startswith(prefix) or content is None:
                refusal = Refusal(404, "Not Found")
                self._say(404, json.dumps(refusal.body).encode())
                return
            self._say(200, content, "application/octet-stream")

        def _say(self, status: int, body: bytes, kind: str = "application/json") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="telegram")
    thread.start()
    try:
        yield served
    finally:
        served.close()
        server.shutdown()
        thread.join()
        server.server_close()
