"""Security headers and request ids, as pure ASGI middleware."""

import re
import secrets
from dataclasses import dataclass
from functools import cache

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUEST_ID = "x-request-id"
RawHeaders = tuple[tuple[bytes, bytes], ...]

_CONTENT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self'; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; frame-src 'self'; base-uri 'none'; "
    "frame-ancestors "
)
_DEVICES = (
    "geolocation=(self), camera=(), microphone=(), payment=(), usb=(), serial=(), "
    "display-capture=(), browsing-topics=()"
)
_FOR_DATA = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
_HOST = re.compile(r"(https?://)?(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?", re.IGNORECASE)
_ID_HEADER = REQUEST_ID.encode()
_READING = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Policy:
    """What differs between installations and between paths.

    `embed_hosts` may show the chat in a frame. Addresses under `secret_paths` carry a token and
    must not travel on in a Referer. What is under `private_paths`, and every answer to a form
    (it may hold what was typed), is kept by no cache, and other sites cannot make it a part of
    theirs. Answers under `data_path` are no pages and may do nothing at all.
    """

    https: bool
    embed_hosts: tuple[str, ...] = ()
    embed_path: str = "/chat"
    data_path: str = "/api"
    secret_paths: tuple[str, ...] = ("/t", "/b")
    private_paths: tuple[str, ...] = ("/desk", "/chat", "/t", "/b", "/api")

    def __post_init__(self) -> None:
        for host in self.embed_hosts:
            if not _HOST.fullmatch(host):
                raise ValueError(f"not a host for embedding the chat: {host!r}")

    def headers(self, method: str, path: str) -> RawHeaders:
        """Return the headers of an answer to `method` at `path`, as ASGI has them."""
        return _headers(
            self,
            is_data=is_under(path, self.data_path),
            is_embedded=is_under(path, self.embed_path),
            is_secret=any(is_under(path, prefix) for prefix in self.secret_paths),
            is_private=method not in _READING
            or any(is_under(path, prefix) for prefix in self.private_paths),
        )


class SecurityHeaders:
    """Adds the policy's headers to every answer, error pages included.

    What the application sets itself stays, such as the sandbox of a citizen's file. It has to wrap
    the whole application (`app = SecurityHeaders(fastapi_app, ...)`): middleware added to the
    application stands inside the handler of unexpected errors, whose page would go without.
    """

    def __init__(self, app: ASGIApp, *, policy: Policy) -> None:
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method, path = str(scope["method"]), str(scope["path"])

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name.lower() for name, _ in message["headers"]}
                headers = self._policy.headers(method, path)
                more = (header for header in headers if header[0] not in own)
                message["headers"] = [*message["headers"], *more]
            await send(message)

        await self._app(scope, receive, send_with_headers)


class RequestIds:
    """Gives each request an id: in the answer, in every log line, and in `request.state`.

    One that came with the request counts for nothing: whoever sends it could make their lines look
    like another's. A proxy that logs the answers' headers knows ours.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(16)
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (_ID_HEADER, request_id.encode())]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self._app(scope, receive, send_with_id)


@cache
def _headers(
    policy: Policy, *, is_data: bool, is_embedded: bool, is_secret: bool, is_private: bool
) -> RawHeaders:
    ancestors = " ".join(("'self'", *policy.embed_hosts)) if is_embedded else "'none'"
    found = {
        "content-security-policy": _CONTENT + ancestors,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer" if is_secret else "same-origin",
        "permissions-policy": _DEVICES,
        "cross-origin-opener-policy": "same-origin",
    }
    if is_data:
        found = dict(_FOR_DATA)
    if not is_embedded:
        found["x-frame-options"] = "DENY"
    if is_private:
        found["cache-control"] = "no-store"
        found["cross-origin-resource-policy"] = "same-origin"
    if policy.https:
        found["strict-transport-security"] = "max-age=31536000"
    return tuple((name.encode(), value.encode()) for name, value in found.items())


def is_under(path: str, prefix: str) -> bool:
    """Whether `path` is `prefix` or below it."""
    return path == prefix or path.startswith(f"{prefix}/")
