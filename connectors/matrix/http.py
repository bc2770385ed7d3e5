"""Asking a homeserver: one door for every request, with limits of time and size."""

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx

from connectors import http
from connectors.base import Network, PlatformError, Trouble
from connectors.details import Detail
from connectors.inside import LookUp, leads_inside, look_up
from connectors.matrix.shapes import Object, number, obj, text

ANSWER = 32 * 1024 * 1024  # bytes of a JSON answer; a room's event has 64 KiB at most
WITHIN = 15.0  # seconds for a whole request, however slowly the other side answers
_LONGEST = timedelta(hours=1)
_STEPS = 3  # requests, from the homeserver to where a file is kept
_LATER = frozenset({408, 409, 425})
_ANYBODYS = frozenset({413, 429})  # what a proxy may say as well as a homeserver
_BEFORE_LEAVING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


class Unreachable(PlatformError):  # noqa: N818 (a trouble, like its base)
    """No answer; `left` tells whether the request may have reached the server."""

    def __init__(self, detail: str, *, left: bool) -> None:
        super().__init__(Trouble.UNREACHABLE, detail)
        self.left = left


class TooBig(PlatformError):  # noqa: N818 (as above)
    """An answer that goes on beyond every measure."""

    def __init__(self) -> None:
        super().__init__(Trouble.GARBAGE, Detail.TOO_BIG)


class Elsewhere(PlatformError):  # noqa: N818 (as above)
    """What was asked for lies at another address, `place`."""

    def __init__(self, place: str) -> None:
        super().__init__(Trouble.SETTINGS, Detail.ELSEWHERE)
        self.place = place


class Refused(Exception):  # noqa: N818 (as above)
    """The homeserver understood and said no, with one of Matrix's error codes.

    Only the limits of size and rate may be those of a proxy before it, which names no code.
    """

    def __init__(self, status: int, errcode: str, retry_after: timedelta | None) -> None:
        super().__init__(f"HTTP {status} {errcode}".strip())
        self.status = status
        self.errcode = errcode
        self.retry_after = retry_after

    @property
    def limited(self) -> bool:
        """Whether we asked too often."""
        return self.status == 429 or self.errcode == "M_LIMIT_EXCEEDED"

    @property
    def logged_out(self) -> bool:
        """Whether our token is worth nothing any more."""
        return self.status == 401 or self.errcode in {"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN"}

    @property
    def gone(self) -> bool:
        """Whether there is no such thing, or not for us."""
        return self.status in {403, 404}

    def trouble(self) -> PlatformError:
        """Return what this means, wherever it is met; `SETTINGS`: asking again changes nothing."""
        if self.limited:
            return PlatformError(Trouble.RATE, str(self), retry_after=self.retry_after)
        if self.logged_out or self.errcode in {"M_USER_DEACTIVATED", "M_USER_LOCKED"}:
            return PlatformError(Trouble.LOGIN, str(self))
        if self.status in _LATER:
            return Unreachable(str(self), left=False)
        return PlatformError(Trouble.SETTINGS, str(self))


class Http:
    """The homeserver at `base`, asked with `token` once there is one.

    `look_up` finds the addresses of a name; raises `OSError` where it has none.
    """

    def __init__(self, base: str, network: Network, look_up: LookUp = look_up) -> None:
        self.token: str | None = None
        self._look_up = look_up
        self._has_proxy = network.proxy is not None
        self._base = base.rstrip("/")
        self._http = http.client(network)

    async def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        within: float = WITHIN,
        limit: int = ANSWER,
    ) -> Object:
        """Return the answer's object; raises `PlatformError` and `Refused`."""
        content = None if body is None else _encoded(body)
        url = self._base + path
        async with self._asked(method, url, query, content, "application/json", within) as answer:
            return _object(await _read(answer, limit))

    async def upload(self, path: str, content: bytes, media_type: str, *, within: float) -> Object:
        """Hand in a file."""
        url = self._base + path
        async with self._asked("POST", url, None, content, media_type, within) as answer:
            return _object(await _read(answer, ANSWER))

    async def download(self, path: str, *, limit: int, within: float) -> bytes:
        """Return a file of at most `limit` bytes; raises `TooBig` beyond.

        Files alone may lie elsewhere (Matrix 1.11, "Content repository"). `within` is for each
        step, and what refuses there is no homeserver: it says nothing about us.
        """
        url = self._base + path
        for step in range(_STEPS):
            try:
                async with self._asked("GET", url, None, None, None, within) as answer:
                    return await _read(answer, limit)
            except Elsewhere as moved:
                url = await self._followed(url, moved.place)
            except Refused as refusal:
                if not step:
                    raise
                raise Unreachable(f"{Detail.NOT_THE_PLATFORM}: {refusal}", left=False) from None
        raise Unreachable(Detail.ELSEWHERE, left=False)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _followed(self, url: str, place: str) -> str:
        """Return where a redirect leads; raises `PlatformError` where nobody should follow.

        A server outside sends nobody to an address of the house's own network.
        """
        target = _target(url, place)
        leaves = not self._is_home(target)
        if leaves and await self._leads_inside(target) and not await self._leads_inside(self._base):
            raise PlatformError(Trouble.GARBAGE, Detail.ELSEWHERE)
        return target

    async def _leads_inside(self, url: str) -> bool:
        # A name that we do not find the proxy may know; it also guards its own network.
        late = not self._has_proxy
        return await leads_inside(httpx.URL(url).host, self._look_up, if_late=late)

    def _is_home(self, url: str) -> bool:
        return url.startswith(f"{self._base}/")

    @asynccontextmanager
    async def _asked(
        self,
        method: str,
        url: str,
        query: Mapping[str, str] | None,
        content: bytes | None,
        media_type: str | None,
        within: float,
    ) -> AsyncIterator[httpx.Response]:
        """Ask; the token goes to the homeserver only."""
        ours = self.token and self._is_home(url)
        headers = {"Authorization": f"Bearer {self.token}"} if ours else {}
        if content is not None and media_type:
            headers["Content-Type"] = media_type
        try:
            async with (
                asyncio.timeout(within),
                self._http.stream(
                    method,
                    url,
                    params=query,
                    content=content,
                    headers=headers,
                    timeout=httpx.Timeout(within, connect=min(within, http.TIMEOUT)),
                ) as answer,
            ):
                await _demand_success(answer)
                yield answer
        except _BEFORE_LEAVING as error:
            raise Unreachable(_why(error), left=False) from None
        except TimeoutError:
            raise Unreachable(Detail.NO_ANSWER, left=True) from None
        except httpx.DecodingError:
            raise PlatformError(Trouble.GARBAGE, Detail.UNREADABLE) from None
        except httpx.InvalidURL:
            raise PlatformError(Trouble.SETTINGS, Detail.BAD_ADDRESS) from None
        except httpx.HTTPError as error:
            raise Unreachable(_why(error), left=True) from None


def _why(error: httpx.HTTPError) -> str:
    """Return what kept us from an answer; what is deepest says it best."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Detail.CERTIFICATE
        if isinstance(cause, socket.gaierror):
            return Detail.NO_SUCH_HOST
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.ProxyError):
        return Detail.PROXY
    if isinstance(error, httpx.UnsupportedProtocol):
        return Detail.BAD_ADDRESS
    if isinstance(error, httpx.TimeoutException):
        return Detail.NO_ANSWER
    came_to_it = not isinstance(error, httpx.ConnectError)
    return f"{Detail.BROKEN_OFF if came_to_it else Detail.NO_CONNECTION}: {type(error).__name__}"


async def _demand_success(answer: httpx.Response) -> None:
    if answer.is_success:
        return
    if answer.is_redirect:
        raise Elsewhere(answer.headers.get("Location", ""))
    if answer.is_server_error:
        raise Unreachable(f"HTTP {answer.status_code}", left=True)
    try:
        said = _object(await _read(answer, 64 * 1024))
    except PlatformError as error:
        if isinstance(error, Unreachable):
            raise
        said = {}
    code = text(said.get("errcode")) or ""
    code = code[:40] if code.replace("_", "").isalnum() else ""
    if not code and answer.status_code not in _ANYBODYS:
        # A default page of something before it: the homeserver has not heard of the request.
        raise Unreachable(f"{Detail.NOT_THE_PLATFORM}: HTTP {answer.status_code}", left=False)
    wait = number(said.get("retry_after_ms"))
    if wait is None and answer.headers.get("Retry-After", "").isdecimal():
        wait = int(answer.headers["Retry-After"][:9]) * 1000
    patience = None if wait is None else timedelta(milliseconds=max(0, min(wait, 10**9)))
    raise Refused(
        answer.status_code,
        code,
        None if patience is None else min(patience, _LONGEST),
    )


def _target(url: str, place: str) -> str:
    """Return the address of a redirect; raises `PlatformError` for one that is unsafe or none."""
    try:
        before, target = httpx.URL(url), httpx.URL(url).join(place)
    except httpx.InvalidURL:
        raise PlatformError(Trouble.GARBAGE, Detail.ELSEWHERE) from None
    if not target.host or target.scheme not in {"https", before.scheme}:
        raise PlatformError(Trouble.GARBAGE, Detail.ELSEWHERE)
    return str(target)


async def _read(answer: httpx.Response, limit: int) -> bytes:
    declared = answer.headers.get("Content-Length", "")
    if declared.isdecimal() and int(declared[:18]) > limit:
        raise TooBig
    chunks = []
    size = 0
    async for chunk in answer.aiter_bytes():
        size += len(chunk)
        if size > limit:
            raise TooBig
        chunks.append(chunk)
    return b"".join(chunks)


def _encoded(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _object(content: bytes) -> Object:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise PlatformError(Trouble.GARBAGE, Detail.UNREADABLE) from None
    if not isinstance(found, dict):
        raise PlatformError(Trouble.GARBAGE, Detail.UNREADABLE)
    return obj(found)
