"""An open Matrix account: the session, the way in and the way out, in one event loop."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from connectors.base import Account, Batch, OutboundPart, RawFile, Standing
from connectors.capabilities import Act, Capabilities
from connectors.matrix import crypto, cursors
from connectors.matrix.crypto import Crypto
from connectors.matrix.invites import Door
from connectors.matrix.media import Media
from connectors.matrix.post import Post
from connectors.matrix.reader import Reader
from connectors.matrix.session import Session
from connectors.repeating import Repeating
from connectors.results import Permanent, Refusal, SendResult
from connectors.shapes import obj


def _now() -> datetime:
    return datetime.now(UTC)


class MatrixLink:
    """Holds an account open; without `encryption` secret rooms are neither read nor written to."""

    def __init__(
        self,
        account: Account,
        limits: Capabilities,
        *,
        encryption: bool = crypto.AVAILABLE,
        now: Callable[[], datetime] = _now,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = Session(account, now=now)
        self._crypto = Crypto(self._session, account.folder, ticks=ticks) if encryption else None
        self._media = Media(self._session, limits)
        self._reader = Reader(
            self._session,
            self._crypto,
            self._media,
            Door(self._session, self._session.settings.invites, ticks),
            now=now,
            ticks=ticks,
        )
        self._post = Post(self._session, self._crypto, self._reader)
        self._news = Repeating(self._pulled, self._session.confirm)

    async def check(self) -> Standing:
        """Ask whether it is a homeserver, and who we are there; raises `PlatformError`."""
        await self._session.reach()
        await self._session.who()
        return self._standing()

    async def pull(self, cursor: str | None) -> Batch:
        """Return what is new behind `cursor`; the same news again for the same cursor."""
        return await self._news.pull(cursor)

    async def fetch(self, payload: Mapping[str, object]) -> RawFile:
        """Fetch the file of an event that came without it."""
        return await self._media.fetch(obj(payload.get("event")))

    async def send(self, part: OutboundPart, *, key: str) -> SendResult:
        """Send a part under its key."""
        if part.act in {Act.HIDE, Act.SHOW}:
            return Permanent(Refusal.UNSUPPORTED, part.act)
        if part.act is Act.DELETE:
            return await self._post.take_back(part, key)
        return await self._post.send(part, key)

    async def find_sent(self, part: OutboundPart, *, key: str) -> str | None:
        """Look up what became of a part."""
        return await self._post.find_sent(part, key)

    async def close(self) -> None:
        """Close connections and the store of keys."""
        await self._session.close()
        if self._crypto is not None:
            self._crypto.close()

    async def _pulled(self, stored: str | None) -> Batch:
        await self._session.ready()
        if self._crypto is not None:
            await self._crypto.open()
        before = cursors.read(stored)
        self._post.encrypted |= before.encrypted
        step = await self._reader.step(before)
        self._post.encrypted = step.cursor.encrypted
        news = self._standing() if self._session.renewed else None
        return Batch(step.items, cursors.write(step.cursor), step.more, news)

    def _standing(self) -> Standing:
        return Standing(
            name=self._session.user_id,
            login_expires_at=self._session.expires_at,
            renewed=dict(self._session.renewed),
        )
