"""Another system that takes callbacks: a small server that keeps what was posted to it."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Posted:
    """A request as it came."""

    path: str
    signature: str
    body: bytes


@dataclass(slots=True)
class Receiver:
    """Answers with `answers` in turn, then with 204; `url` is where it listens."""

    answers: list[int]
    url: str = ""
    posted: list[Posted] = field(default_factory=list)


@contextmanager
def receiving(answers: Sequence[int] = ()) -> Iterator[Receiver]:
    """Run a receiver."""
    receiver = Receiver(list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            signature = self.headers.get("Stadtdraht-Signature", "")
            receiver.posted.append(Posted(self.path, signature, body))
            status = receiver.answers.pop(0) if receiver.answers else 204
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/replies"
    thread = threading.Thread(target=server.serve_forever, name="receiver")
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
