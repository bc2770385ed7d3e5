"""An open account on X: looking for news, fetching files, sending, in one event loop."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from secrets import token_hex

from connectors.base import MISSING, Account, Batch, FileLostError, OutboundPart, RawFile, Standing
from connectors.capabilities import Capabilities
from connectors.outcomes import fetching
from connectors.results import SendResult
from connectors.shapes import text
from connectors.x import intake, items
from connectors.x.intake import Cursor, Reader
from connectors.x.post import Post
from connectors.x.session import Session

_WAIT = 25.0  # seconds at most in which a pull waits until it is time to look again
_FETCH_WITHIN = 30.0
_TYPES = {"png": "image/png", "webp": "image/webp"}


def _now() -> datetime:
    return datetime.now(UTC)


class XLink:
    """Holds an account open."""

    def __init__(
        self,
        account: Account,
        limits: Capabilities,
        *,
        now: Callable[[], datetime] = _now,
        ticks: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        nonce: Callable[[], str] = token_hex,
    ) -> None:
        self._session = Session(account, now=now, nonce=nonce)
        self._reader = Reader(self._session)
        self._post = Post(self._session, limits)
        self._limits = limits
        self._ticks = ticks
        self._sleep = sleep
        self._last: tuple[str | None, Batch] | None = None

    async def check(self) -> Standing:
        """Ask X who we are; raises `PlatformError`."""
        me = await self._session.who()
        return Standing(name=f"@{me.handle}")

    async def pull(self, cursor: str | None) -> Batch:
        """Return what is new behind `cursor`; the same news again for the same cursor."""
        if self._last is not None and self._last[0] == cursor:
            return self._last[1]
        before = intake.read(cursor)
        wait = self._reader.due - self._ticks()
        if wait > 0:
            await self._sleep(min(wait, _WAIT))
        found, after = await self._reader.step(before or Cursor(), self._ticks())
        self._post.learn(found)
        if before is None:
            found = [items.place_lost(after.mentions or after.messages or ""), *found]
        batch = Batch(tuple(found), intake.write(after))
        self._last = (cursor, batch) if batch.cursor != cursor else None
        return batch

    async def fetch(self, payload: Mapping[str, object]) -> RawFile:
        """Fetch the photo of an item; raises `PlatformError` and `FileLostError`."""
        part = payload.get("part")
        photos = items.photos_of(payload)
        if not isinstance(part, int) or not 1 <= part <= len(photos):
            raise FileLostError(MISSING)
        url = text(photos[part - 1].get("url")) or ""
        with fetching():
            content = await self._session.door.download(
                url, limit=self._limits.max_media_bytes, within=_FETCH_WITHIN
            )
        name = url.partition("?")[0].rpartition("/")[2] or "photo"
        declared = _TYPES.get(name.rpartition(".")[2].lower(), "image/jpeg")
        return RawFile(name[:200], declared, content)

    async def send(self, part: OutboundPart, *, key: str) -> SendResult:
        """Send a part, within the budget."""
        return await self._post.send(part, key)

    async def find_sent(self, part: OutboundPart, *, key: str) -> str | None:
        """Look up what became of a part."""
        return await self._post.find_sent(part, key)

    async def close(self) -> None:
        """Close the connections, and the book."""
        await self._session.door.close()
        await self._session.ledger.close()
