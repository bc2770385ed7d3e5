"""Another system that takes callbacks: a small server that keeps what was posted to it."""

import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Posted:
    """A request as it came."""

    path: str
    signature: str
    body: bytes


NEVER_ENDING = 0  # an answer that begins at once and whose headers never end


@dataclass(slots=True)
class Receiver:
    """Answers with `answers` in turn, then with 204; `url` is where it listens."""

    answers: list[int]
    url: str = ""
    port: int = 0
    posted: list[Posted] = field(default_factory=list)


@contextmanager
def receiving(
    answers: Sequence[int] = (), *, tls: ssl.SSLContext | None = None
) -> Iterator[Receiver]:
    """Run a receiver, with TLS where it has a certificate."""
    receiver = Receiver(list(answers))
    closing = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        timeout = 10  # seconds without a word

        def handle(self) -> None:
            with suppress(OSError):  # a caller that does not trust us, or has gone
                super().handle()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            signature = self.headers.get("Stadtdraht-Signature", "")
            receiver.posted.append(Posted(self.path, signature, body))
            status = receiver.answers.pop(0) if receiver.answers else 204
            if status == NEVER_ENDING:
                self._drip()
                return
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _drip(self) -> None:
            self.close_connection = True
            self.wfile.write(b"HTTP/1.1 204 No Content\r\n")
            with suppress(OSError):  # the other side has had enough
                while not closing.wait(0.2):
                    self.wfile.write(b"X-More: to come\r\n")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.port = server.server_port
    receiver.url = f"http://127.0.0.1:{server.server_port}/replies"
    if tls:
        # Hands are shaken in the caller's own thread: one who says nothing would stop all others.
        server.socket = tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = threading.Thread(target=server.serve_forever, name="receiver")
    thread.start()
    try:
        yield receiver
    finally:
        closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
