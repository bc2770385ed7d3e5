"""An open Bluesky account: the session, the way in and the way out, in one event loop."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

from connectors.base import Account, Batch, OutboundPart, RawFile, Standing
from connectors.bluesky.intake import Intake
from connectors.bluesky.media import Media
from connectors.bluesky.post import Post
from connectors.bluesky.session import Session
from connectors.capabilities import Capabilities
from connectors.repeating import Repeating
from connectors.results import SendResult

_ASKING = 25.0  # seconds that a pull asks for news
_SHORTEST, _LONGEST = 1.0, 5.0  # seconds between two questions
_WATCHING = 10.0  # seconds between two looks whether the last posts are still there
_LATE = 20.0  # seconds between two looks for what came late, six pages each at most
_CALM = 30.0  # after so many seconds without news the pause is a second longer


def _now() -> datetime:
    return datetime.now(UTC)


class BlueskyLink:
    """Holds an account open. Bluesky does not tell of news, so they are asked for.

    At the fastest that is 390 requests in five minutes, of the 3000 that an address may make
    (https://docs.bsky.app/docs/advanced-guides/rate-limits).
    """

    def __init__(
        self,
        account: Account,
        limits: Capabilities,
        *,
        now: Callable[[], datetime] = _now,
        ticks: Callable[[], float] = time.monotonic,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._session = Session(account, now=now)
        self._intake = Intake(self._session, limits.max_media_bytes, now)
        self._media = Media(self._session, limits.max_media_bytes)
        self._post = Post(self._session, now)
        self._ticks = ticks
        self._pause = pause
        self._heard_at = ticks()
        self._looked_back_at: float | None = None
        self._news = Repeating(self._pulled, self._session.confirm)

    async def check(self) -> Standing:
        """Ask who we are; raises `PlatformError`."""
        await self._session.check()
        return self._standing()

    async def pull(self, cursor: str | None) -> Batch:
        """Return what is new behind `cursor`; the same news again for the same cursor."""
        return await self._news.pull(cursor)

    async def fetch(self, payload: Mapping[str, object]) -> RawFile:
        """Fetch the image of a post."""
        return await self._media.fetch(payload)

    async def send(self, part: OutboundPart, *, key: str) -> SendResult:
        """Send a part under its key."""
        return await self._post.send(part, key)

    async def find_sent(self, part: OutboundPart, *, key: str) -> str | None:  # noqa: ARG002 (the protocol's)
        """Look up what became of a part."""
        return await self._post.find_sent(key)

    async def close(self) -> None:
        """Close the connections; the session stays."""
        await self._session.close()

    async def _pulled(self, cursor: str | None) -> Batch:
        """Ask until there is news, or a session that has to be stored, or it is time to go."""
        began = self._ticks()
        watched_at: float | None = None
        while True:
            now = self._ticks()
            watch = watched_at is None or now - watched_at >= _WATCHING
            watched_at = now if watch else watched_at
            late = self._looked_back_at is None or now - self._looked_back_at >= _LATE
            self._looked_back_at = now if late else self._looked_back_at
            step = await self._intake.step(cursor, watch=watch, late=late)
            now = self._ticks()
            if step.items:
                self._heard_at = now
            fresh = self._standing() if self._session.renewed else None
            if step.cursor != cursor or fresh or now - began >= _ASKING:
                return Batch(step.items, step.cursor, step.more, fresh)
            await self._pause(min(_SHORTEST + (now - self._heard_at) / _CALM, _LONGEST))

    def _standing(self) -> Standing:
        return Standing(name=self._session.handle, renewed=dict(self._session.renewed))
