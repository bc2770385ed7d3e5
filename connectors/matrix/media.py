"""Files of events: fetched before their batch is handed over, within limits of time and size."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote

from connectors.base import Capabilities, PlatformError, RawFile, Trouble
from connectors.matrix.crypto import unlock
from connectors.matrix.http import Refused, TooBig
from connectors.matrix.items import Heard
from connectors.matrix.session import Session
from connectors.matrix.shapes import Object, at, number, obj, text

_URI = re.compile(r"mxc://([A-Za-z0-9.:\[\]-]{1,255})/([A-Za-z0-9_-]{1,255})")
_KINDS = frozenset({"m.image", "m.file", "m.audio", "m.video"})
_AT_ONCE = 4
_ONE_WITHIN = 8.0  # seconds
_ALL_WITHIN = 20.0
_TRIES = 3
_BATCH = 64 * 1024 * 1024  # bytes of all files of a batch


class Media:
    """Fetches the files of a batch; what was fetched is kept until the batch is complete."""

    def __init__(self, session: Session, limits: Capabilities) -> None:
        self._session = session
        self._largest = limits.max_media_bytes
        self._fetched: dict[str, bytes] = {}
        self._tries: dict[str, int] = {}

    async def fill(self, heard: Sequence[Heard]) -> list[Heard]:
        """Return `heard` with files, or with the reason why one is missing.

        When time is up before all were tried it raises `PlatformError`; asked again it goes on
        where it was, and after a few tries it does without what cannot be had.
        """
        wanted = [one for one in heard if _wanted(one) and not self._reason(one)]
        places = asyncio.Semaphore(_AT_ONCE)

        async def fetch(one: Heard) -> None:
            async with places:
                await self._fetch(_uri(one))

        try:
            async with asyncio.timeout(_ALL_WITHIN):
                await asyncio.gather(*(fetch(one) for one in wanted))
        except TimeoutError:
            if any(self._is_open(_uri(one)) for one in wanted):
                raise PlatformError(Trouble.UNREACHABLE, "files come too slowly") from None
        filled = [self._filled(one) for one in heard]
        self._fetched.clear()
        self._tries.clear()
        return filled

    async def _fetch(self, uri: str) -> None:
        while self._is_open(uri):
            self._tries[uri] = self._tries.get(uri, 0) + 1
            try:
                content = await self._download(uri)
            except (Refused, TooBig):
                self._tries[uri] = _TRIES
            except PlatformError as error:
                if error.trouble is not Trouble.UNREACHABLE:
                    self._tries[uri] = _TRIES
            else:
                self._fetched[uri] = content

    async def _download(self, uri: str) -> bytes:
        found = _URI.fullmatch(uri)
        if found is None:
            raise TooBig
        room = _BATCH - sum(map(len, self._fetched.values()))
        place = "/".join(quote(part, safe="") for part in found.groups())
        limit = min(self._largest, room)
        try:
            return await self._session.download(
                f"/_matrix/client/v1/media/download/{place}", limit=limit, within=_ONE_WITHIN
            )
        except Refused as refusal:
            if refusal.errcode != "M_UNRECOGNIZED":
                raise
        return await self._session.download(  # a server from before Matrix 1.11
            f"/_matrix/media/v3/download/{place}", limit=limit, within=_ONE_WITHIN
        )

    def _is_open(self, uri: str) -> bool:
        return uri not in self._fetched and self._tries.get(uri, 0) < _TRIES

    def _filled(self, one: Heard) -> Heard:
        if not _wanted(one):
            return one
        reason = self._reason(one)
        content = self._fetched.get(_uri(one))
        keys = at(one.event, "content", "file")
        if content is not None and isinstance(keys, dict):
            content = unlock(content, obj(keys))
        if reason or content is None:
            return replace(one, missing=reason or "file_missing")
        return replace(one, file=_raw(one.event, content))

    def _reason(self, one: Heard) -> str | None:
        size = number(at(one.event, "content", "info", "size"))
        return "file_too_large" if size is not None and size > self._largest else None


def _wanted(one: Heard) -> bool:
    content = obj(one.event.get("content"))
    return one.event.get("type") == "m.room.message" and content.get("msgtype") in _KINDS


def _uri(one: Heard) -> str:
    content = obj(one.event.get("content"))
    return text(content.get("url")) or text(at(content, "file", "url")) or ""


def _raw(event: Object, content: bytes) -> RawFile:
    said: Mapping[str, object] = obj(event.get("content"))
    name = text(said.get("filename")) or text(said.get("body")) or "file"
    declared = text(at(said, "info", "mimetype")) or "application/octet-stream"
    return RawFile(name[:200], declared[:100], content)
