"""Asking a platform over HTTP: one door for every request, with limits of time and size."""

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx

from connectors import http
from connectors.base import Network, PlatformError, RawFile, Trouble
from connectors.details import Detail
from connectors.inside import LookUp, leads_inside, look_up
from connectors.shapes import Object, listing, obj

ANSWER = 32 * 1024 * 1024  # bytes of a JSON answer
WITHIN = 15.0  # seconds for a whole request, however slowly the other side answers
LONGEST = timedelta(hours=1)  # that anybody is believed who asks for patience
_REFUSAL = 64 * 1024
_STEPS = 3  # requests, from the platform to where a file is kept
_LATER = frozenset({408, 409, 425})
ANYBODYS = frozenset({413, 429})  # what a proxy may say as well as the platform
_BEFORE_LEAVING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.LocalProtocolError,  # what we wanted to say is not HTTP
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
    """The platform understood and said no; `code` is its own word for why, as far as it has one.

    Only the limits of size and rate may be those of a proxy before it, which names no code.
    """

    def __init__(self, status: int, code: str = "", retry_after: timedelta | None = None) -> None:
        super().__init__(f"HTTP {status} {code}".strip())
        self.status = status
        self.code = code
        self.retry_after = None if retry_after is None else min(retry_after, LONGEST)

    @property
    def limited(self) -> bool:
        """Whether we asked too often."""
        return self.status == 429

    @property
    def logged_out(self) -> bool:
        """Whether our token is worth nothing any more."""
        return self.status == 401

    @property
    def gone(self) -> bool:
        """Whether there is no such thing, or not for us."""
        return self.status in {403, 404}

    def trouble(self) -> PlatformError:
        """Return what this means, wherever it is met; `SETTINGS`: asking again changes nothing."""
        if self.limited:
            return PlatformError(Trouble.RATE, str(self), retry_after=self.retry_after)
        if self.logged_out:
            return PlatformError(Trouble.LOGIN, str(self))
        if self.status in _LATER:
            return Unreachable(str(self), left=False)
        return PlatformError(Trouble.SETTINGS, str(self))


# Reads status, headers and body of a refusal; None where it is not one of the platform's own.
ReadRefusal = Callable[[int, Mapping[str, str], Object], Refused | None]
# Is told the headers of each of the platform's answers: there stands how many requests are left.
Hear = Callable[[Mapping[str, str]], None]


def _unheard(_: Mapping[str, str]) -> None:
    """Listen to nothing."""


class Http:
    """The platform at `base`, asked with the bearer `token` once there is one; no other gets it.

    `read_refusal` knows how it says no, `look_up` finds the addresses of a name and raises
    `OSError` where it has none.
    """

    def __init__(
        self,
        base: str,
        network: Network,
        read_refusal: ReadRefusal,
        look_up: LookUp = look_up,
        hear: Hear = _unheard,
    ) -> None:
        self.token: str | None = None
        self._read_refusal = read_refusal
        self._hear = hear
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
        headers: Mapping[str, str] | None = None,
        within: float = WITHIN,
        limit: int = ANSWER,
    ) -> Object:
        """Return the answer's object; raises `PlatformError` and `Refused`."""
        content = await self._asked_json(method, path, query, body, headers, within, limit)
        if not isinstance(content, dict):
            raise PlatformError(Trouble.GARBAGE, Detail.UNREADABLE)
        return obj(content)

    async def ask_list(
        self, path: str, *, query: Mapping[str, str] | None = None, within: float = WITHIN
    ) -> list[object]:
        """Return the list that is the answer; raises `PlatformError` and `Refused`."""
        content = await self._asked_json("GET", path, query, None, None, within, ANSWER)
        if not isinstance(content, list):
            raise PlatformError(Trouble.GARBAGE, Detail.UNREADABLE)
        return listing(content)

    async def upload(self, path: str, content: bytes, media_type: str, *, within: float) -> Object:
        """Hand in a file as the whole body."""
        typed = {"Content-Type": media_type}
        async with self._open("POST", self._base + path, within, typed, content=content) as answer:
            return _object(await _read(answer, ANSWER))

    async def submit(
        self,
        path: str,
        fields: Mapping[str, str],
        files: Mapping[str, RawFile],
        *,
        within: float = WITHIN,
    ) -> Object:
        """Hand in a form with files."""
        parts = {
            name: (file.name, file.content, file.declared_type) for name, file in files.items()
        }
        async with self._open(
            "POST", self._base + path, within, data=dict(fields), files=parts
        ) as answer:
            return _object(await _read(answer, ANSWER))

    async def download(
        self,
        place: str,
        *,
        limit: int,
        within: float,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """Return a file of at most `limit` bytes; raises `TooBig` beyond.

        `place` is a path of the platform, or an address elsewhere that the platform has named:
        only files may lie elsewhere. `within` is for each step, and what refuses there is not the
        platform: it says nothing about us. `headers` are for `place` itself, never for where it
        leads to.
        """
        home = self._base if place.startswith("/") else ""
        url = home + place if home else await self._followed(self._base, place)
        for step in range(_STEPS):
            try:
                async with self._open("GET", url, within, None if step else headers) as answer:
                    return await _read(answer, limit)
            except Elsewhere as moved:
                url = await self._followed(url, moved.place)
            except Refused as refusal:
                if not step and home:
                    raise
                raise Unreachable(f"{Detail.NOT_THE_PLATFORM}: {refusal}", left=False) from None
        raise Unreachable(Detail.ELSEWHERE, left=False)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _asked_json(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        body: object,
        headers: Mapping[str, str] | None,
        within: float,
        limit: int,
    ) -> object:
        content = None if body is None else _encoded(body)
        sent = dict(headers or {}) | ({} if body is None else {"Content-Type": "application/json"})
        async with self._open(
            method, self._base + path, within, sent, content=content, params=query
        ) as answer:
            return _json(await _read(answer, limit))

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
    async def _open(
        self,
        method: str,
        url: str,
        within: float,
        headers: Mapping[str, str] | None = None,
        *,
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
        data: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
    ) -> AsyncIterator[httpx.Response]:
        """Ask; the token goes to the platform only.

        Connecting ends before the whole does: who was never reached has got nothing.
        """
        is_ours = self.token and self._is_home(url)
        ours = {"Authorization": f"Bearer {self.token}"} if is_ours else {}
        try:
            async with (
                asyncio.timeout(within),
                self._http.stream(
                    method,
                    url,
                    params=params,
                    content=content,
                    data=data,
                    files=files,
                    headers={**ours, **(headers or {})},
                    timeout=httpx.Timeout(within, connect=min(within / 2, http.TIMEOUT)),
                ) as answer,
            ):
                if self._is_home(url):
                    self._hear(answer.headers)
                await self._demand_success(answer)
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

    async def _demand_success(self, answer: httpx.Response) -> None:
        if answer.is_success:
            return
        if answer.is_redirect:
            raise Elsewhere(answer.headers.get("Location", ""))
        if answer.is_server_error:
            raise Unreachable(f"HTTP {answer.status_code}", left=True)
        try:
            said = _object(await _read(answer, _REFUSAL))
        except PlatformError as error:
            if isinstance(error, Unreachable):
                raise
            said = {}
        refusal = self._read_refusal(answer.status_code, answer.headers, said)
        if refusal is None and answer.status_code in ANYBODYS:
            refusal = Refused(answer.status_code, retry_after=patience(answer.headers))
        if refusal is None:
            # A default page of something before it: the platform has not heard of the request.
            raise Unreachable(f"{Detail.NOT_THE_PLATFORM}: HTTP {answer.status_code}", left=False)
        raise refusal


def patience(headers: Mapping[str, str]) -> timedelta | None:
    """Return for how long `Retry-After` asks (RFC 9110, 10.2.3), as far as it gives seconds."""
    asked = headers.get("Retry-After", "")
    return timedelta(seconds=int(asked[:9])) if asked.isdecimal() else None


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


def _json(content: bytes) -> object:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise PlatformError(Trouble.GARBAGE, Detail.UNREADABLE) from None


def _object(content: bytes) -> Object:
    found = _json(content)
    if not isinstance(found, dict):
        raise PlatformError(Trouble.GARBAGE, Detail.UNREADABLE)
    return obj(found)
