"""Files of events: what comes quickly comes with its event, the rest is awaited."""

import asyncio
import re
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote

from connectors.asking import Refused, TooBig
from connectors.base import (
    AWAITED,
    MISSING,
    TOO_LARGE,
    FileLostError,
    PlatformError,
    RawFile,
    Trouble,
)
from connectors.capabilities import Capabilities
from connectors.matrix.crypto import unlock
from connectors.matrix.items import Heard
from connectors.matrix.session import Session
from connectors.matrix.shapes import replaced
from connectors.shapes import Object, at, number, obj, text

_URI = re.compile(r"mxc://([A-Za-z0-9.:\[\]-]{1,255})/([A-Za-z0-9_-]{1,255})")
_KINDS = frozenset({"m.image", "m.file", "m.audio", "m.video"})
_AT_ONCE = 4
_WITH_ITS_BATCH = 3.0  # seconds for all files of a batch: whatever was said waits that long
_LATER = 60.0  # seconds for a file on its own
_BATCH = 64 * 1024 * 1024  # bytes of all files of a batch


class Media:
    """Fetches files of at most `limits.max_media_bytes`."""

    def __init__(self, session: Session, limits: Capabilities) -> None:
        self._session = session
        self._largest = limits.max_media_bytes

    async def fill(self, heard: Sequence[Heard]) -> list[Heard]:
        """Return `heard` with files, or with the reason why one is not there.

        Neither a slow server nor a broken one holds the batch up: what is not there in time is
        awaited, whatever the trouble is. A lost log-in shows when news are asked for again.
        """
        found: dict[str, bytes] = {}
        too_large: set[str] = set()
        places = asyncio.Semaphore(_AT_ONCE)

        async def bring(uri: str) -> None:
            async with places:
                room = _BATCH - sum(len(file) for file in found.values())
                try:
                    found[uri] = await self._download(uri, room, _WITH_ITS_BATCH)
                except FileLostError as lost:  # what is refused is asked for once more, later
                    if lost.code == TOO_LARGE:
                        too_large.add(uri)
                except PlatformError:
                    return

        wanted = _in_turn([one for one in heard if _is_wanted(one.event)])
        try:
            async with asyncio.timeout(_WITH_ITS_BATCH), asyncio.TaskGroup() as group:
                for uri in dict.fromkeys(_uri(one.event) for one in wanted if self._fits(one)):
                    if _URI.fullmatch(uri):
                        group.create_task(bring(uri))
        except TimeoutError:
            pass
        return [self._filled(one, found, too_large) for one in heard]

    async def fetch(self, event: Object) -> RawFile:
        """Return the file of an event; raises `PlatformError` and `FileLostError`."""
        return _raw(event, await self._download(_uri(event), self._largest, _LATER))

    async def _download(self, uri: str, room: int, within: float) -> bytes:
        """Return a file if there is `room` for it; else, and where it fails, it is to be awaited.

        Raises `FileLostError` for what will never be had, and `PlatformError`.
        """
        found = _URI.fullmatch(uri)
        if found is None:
            raise FileLostError(MISSING)
        place = "/".join(quote(part, safe="") for part in found.groups())
        limit = min(self._largest, room)
        try:
            try:
                path = f"/_matrix/client/v1/media/download/{place}"
                return await self._session.download(path, limit=limit, within=within)
            except Refused as refusal:
                if refusal.code != "M_UNRECOGNIZED":
                    raise
            path = f"/_matrix/media/v3/download/{place}"  # a server from before Matrix 1.11
            return await self._session.download(path, limit=limit, within=within)
        except TooBig:
            if limit < self._largest:
                raise
            raise FileLostError(TOO_LARGE) from None
        except Refused as refusal:
            trouble = refusal.trouble()
            if trouble.trouble is Trouble.SETTINGS:
                raise FileLostError(MISSING) from None
            raise trouble from None

    def _fits(self, one: Heard) -> bool:
        size = number(at(one.event, "content", "info", "size"))
        return size is None or size <= self._largest

    def _filled(self, one: Heard, found: Mapping[str, bytes], too_large: Container[str]) -> Heard:
        if not _is_wanted(one.event):
            return one
        uri = _uri(one.event)
        if uri in too_large or not self._fits(one):
            return replace(one, missing=TOO_LARGE)
        if uri not in found:
            return replace(one, missing=AWAITED if _URI.fullmatch(uri) else MISSING)
        try:
            return replace(one, file=_raw(one.event, found[uri]))
        except FileLostError as lost:
            return replace(one, missing=lost.code)


def _in_turn(wanted: Sequence[Heard]) -> list[Heard]:
    """Return everybody's first file, then everybody's second: nobody's many keep out the others."""
    had: Counter[object] = Counter()
    turns = []
    for one in wanted:
        sender = str(one.event.get("sender"))
        turns.append(had[sender])
        had[sender] += 1
    return [one for _, one in sorted(zip(turns, wanted, strict=True), key=lambda turn: turn[0])]


def _is_wanted(event: Object) -> bool:
    content = obj(event.get("content"))
    is_message = event.get("type") == "m.room.message" and content.get("msgtype") in _KINDS
    return is_message and not replaced(content)  # an edit changes words only


def _uri(event: Object) -> str:
    content = obj(event.get("content"))
    return text(content.get("url")) or text(at(content, "file", "url")) or ""


def _raw(event: Object, content: bytes) -> RawFile:
    """Return the file, opened where it is encrypted; raises `FileLostError` for wrong keys."""
    said: Mapping[str, object] = obj(event.get("content"))
    keys = said.get("file")
    opened = unlock(content, keys) if isinstance(keys, dict) else content
    if opened is None:
        raise FileLostError(MISSING)
    name = text(said.get("filename")) or text(said.get("body")) or "file"
    declared = text(at(said, "info", "mimetype")) or "application/octet-stream"
    return RawFile(name[:200], declared[:100], opened)
