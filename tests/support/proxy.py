"""A proxy before a real homeserver that can be told to strike at one request."""

import http.client
import re
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import urlsplit

_SEND = re.compile(r"^/_matrix/client/v3/rooms/[^/]+/send/")
_HOP_BY_HOP = {"connection", "transfer-encoding", "keep-alive", "content-length"}


class Proxy:
    """Forwards everything to `target`; `before` or `after` is called once at the next send.

    `before`: the request has come, the homeserver has not seen it. `after`: the homeserver has
    taken it, its answer has not been passed on.
    """

    def __init__(self, target: str) -> None:
        split = urlsplit(target)
        self.host, self.port = split.hostname or "", split.port or 80
        self.before: Callable[[], None] | None = None
        self.after: Callable[[], None] | None = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, name="proxy")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def strike(self, moment: str) -> bool:
        """Call what is to happen at this moment, once; tell whether something did."""
        call = getattr(self, moment)
        if call is None:
            return False
        setattr(self, moment, None)
        call()
        return True


def _handler(proxy: Proxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _forward(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            is_send = bool(_SEND.match(self.path))
            if is_send and proxy.strike("before"):
                self.close_connection = True
                return
            upstream = http.client.HTTPConnection(proxy.host, proxy.port, timeout=60)
            try:
                upstream.request(self.command, self.path, body, dict(self.headers))
                answer = upstream.getresponse()
                content = answer.read()
                if is_send and proxy.strike("after"):
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in _HOP_BY_HOP:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except OSError:
                self.close_connection = True
            finally:
                upstream.close()

        do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = _forward  # noqa: N815 (the base's names)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
