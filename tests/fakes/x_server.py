"""X's door: HTTP, and signatures that are checked against RFC 5849 by code of its own."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from tests.fakes import x_api
from tests.fakes.bodies import whole
from tests.fakes.x import (
    ACCESS_SECRET,
    ACCESS_TOKEN,
    CONSUMER_KEY,
    CONSUMER_SECRET,
    Refusal,
    X,
    problem,
)


@contextmanager
def serving(x: X) -> Iterator[X]:
    """Run X."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet
        disable_nagle_algorithm = True

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            _serve(self, x)

        do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 (the library's names)

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Clients that hang up are no news here."""

    server = Server(("127.0.0.1", 0), Handler)
    x.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield x
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _serve(request: BaseHTTPRequestHandler, x: X) -> None:
    url = urlsplit(request.path)
    content = whole(request)
    with x.lock:
        if url.path in x.files:
            _write(request, 200, x.files[url.path], "image/jpeg")
            return
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        x.asked.append((request.command, url.path))
        headers: dict[str, str] = {}
        try:
            if not x.logged_in or not _is_signed(request, url.path, query):
                raise problem(401, "Unauthorized", title="Unauthorized")
            if x.refusals:
                raise x.refusals.pop(0)
            if refusal := x.refuse(request.command, url.path):
                raise refusal
            body = json.loads(content) if content else None
            status, answer = x_api.answer(x, request.command, url.path, query, body)
            x.exchanges.append((request.command, url.path, body, answer))
            headers["x-rate-limit-limit"] = str(x.a_window)
            if request.command == "POST" and x.cut_after:
                x.cut_after -= 1
                request.close_connection = True
                return
        except Refusal as no:
            status, answer = no.status, no.said
            headers |= {name.replace("_", "-"): value for name, value in no.headers.items()}
    _write(request, status, json.dumps(answer).encode(), "application/json", headers)


def _write(
    request: BaseHTTPRequestHandler,
    status: int,
    content: bytes,
    media_type: str,
    headers: Mapping[str, str] | None = None,
) -> None:
    request.send_response(status)
    request.send_header("Content-Type", media_type)
    request.send_header("Content-Length", str(len(content)))
    for name, value in (headers or {}).items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(content)


def _is_signed(request: BaseHTTPRequestHandler, path: str, query: Mapping[str, str]) -> bool:
    """Check a signature (RFC 5849, 3.4.2), over the address under which the request came."""
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    given = {
        unquote(name): unquote(value.strip('"'))
        for name, _, value in (one.strip().partition("=") for one in rest.split(","))
    }
    signature = given.pop("oauth_signature", "")
    if scheme != "OAuth" or given.get("oauth_consumer_key") != CONSUMER_KEY:
        return False
    if given.get("oauth_token") != ACCESS_TOKEN:
        return False
    scheme_seen = request.headers.get("X-Forwarded-Proto", "http")
    pairs = sorted((_escape(name), _escape(value)) for name, value in {**given, **query}.items())
    base = "&".join(
        map(
            _escape,
            (
                request.command,
                f"{scheme_seen}://{request.headers['Host']}{path}",
                "&".join(f"{name}={value}" for name, value in pairs),
            ),
        )
    )
    key = f"{_escape(CONSUMER_SECRET)}&{_escape(ACCESS_SECRET)}".encode()
    wanted = base64.b64encode(hmac.new(key, base.encode(), hashlib.sha1).digest()).decode()
    return hmac.compare_digest(wanted, signature)


def _escape(value: str) -> str:
    return quote(value, safe="-._~")
