"""Limits of request bodies, counted while they stream in, as pure ASGI middleware."""

import json
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.errors import StadtdrahtError
from dashboard.security.headers import is_under

MEBIBYTE = 1024 * 1024
DEFAULT = MEBIBYTE

_JSON_PATHS = ("/api", "/open311", "/webhooks")
_PAGE = """<!doctype html>
<html lang="de">
<head><meta charset="utf-8"><title>Zu groß</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><h1>Das ist leider zu groß</h1>
<p>Hier sind höchstens {size} möglich. Bitte gehen Sie zurück und
versuchen Sie es mit einer kleineren Datei oder einem kürzeren Text.</p></body>
</html>
"""


class BodyTooLargeError(StadtdrahtError):
    """The body is larger than this path allows."""

    code = "too_large"
    status = 413


class BodyLimit:
    """Refuses larger bodies with 413, whatever Content-Length says.

    `limits` gives bytes per path prefix, the longest prefix counts, `default` is for the rest.
    Nothing is refused before the application asks for the body, so that it can check who asks
    first: then reading raises `BodyTooLargeError`. Whatever the application makes of that, the
    answer is a 413, its own one or this one.
    """

    def __init__(
        self, app: ASGIApp, *, limits: Mapping[str, int] | None = None, default: int = DEFAULT
    ) -> None:
        self._app = app
        self._limits = sorted((limits or {}).items(), key=lambda item: -len(item[0]))
        self._default = default

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = str(scope["path"])
        request = _Request(receive, send, limit=self._limit(path), declared=_declared(scope))
        try:
            await self._app(scope, request.receive, request.send)
        except Exception:
            if not request.is_refused:
                raise
        if request.is_refused:
            await _refuse(send, path, request.limit)

    def _limit(self, path: str) -> int:
        return next(
            (size for prefix, size in self._limits if is_under(path, prefix)), self._default
        )


class _Request:
    """One request: what came in, and what went out so far."""

    def __init__(self, receive: Receive, send: Send, *, limit: int, declared: int) -> None:
        self.limit = limit
        self._receive = receive
        self._send = send
        self._declared = declared
        self._count = 0
        self._is_over = False
        self._is_started = False

    @property
    def is_refused(self) -> bool:
        """Whether the body was too large, and no answer has begun."""
        return self._is_over and not self._is_started

    async def receive(self) -> Message:
        """Pass on a part of the body; raises `BodyTooLargeError`."""
        if self._declared > self.limit and not self._is_started:
            self._raise()
        message = await self._receive()
        if message["type"] == "http.request":
            self._count += len(message.get("body", b""))
            if self._count > self.limit:
                if not self._is_started:
                    self._raise()
                more = bool(message.get("more_body"))
                return {"type": "http.request", "body": b"", "more_body": more}
        return message

    async def send(self, message: Message) -> None:
        """Pass on the answer, unless the body was too large and this is no 413."""
        if message["type"] == "http.response.start" and (
            not self._is_over or message["status"] == BodyTooLargeError.status
        ):
            self._is_started = True
        if self._is_started:
            await self._send(message)

    def _raise(self) -> None:
        self._is_over = True
        raise BodyTooLargeError(f"More than {self.limit} bytes are not possible here.")


def _declared(scope: Scope) -> int:
    text = Headers(scope=scope).get("content-length", "")
    if not (text.isascii() and text.isdigit()):
        return 0
    return int(text[:20])  # 20 digits are more than any limit, and int() refuses thousands


async def _refuse(send: Send, path: str, limit: int) -> None:
    if any(is_under(path, prefix) for prefix in _JSON_PATHS):
        media_type = "application/json"
        message = f"More than {limit} bytes are not possible here."
        body = json.dumps({"code": BodyTooLargeError.code, "message": message}).encode()
    else:
        media_type = "text/html; charset=utf-8"
        body = _PAGE.format(size=_size(limit)).encode()
    headers = {
        "content-type": media_type,
        "content-length": str(len(body)),
        "cache-control": "no-store",
        "connection": "close",  # the rest of the body is not worth reading
    }
    await send(
        {
            "type": "http.response.start",
            "status": BodyTooLargeError.status,
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": body})


def _size(limit: int) -> str:
    if limit >= MEBIBYTE:
        return f"{limit // MEBIBYTE} MB"
    return f"{max(1, limit // 1024)} KB"
