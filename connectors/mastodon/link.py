"""An open Mastodon account: the session, the way in and the way out, in one event loop."""

import asyncio
import mimetypes
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

from connectors.base import MISSING, Account, Batch, FileLostError, OutboundPart, RawFile, Standing
from connectors.capabilities import Capabilities
from connectors.mastodon import statuses
from connectors.mastodon.post import Post
from connectors.mastodon.reader import Reader
from connectors.mastodon.roots import Roots
from connectors.mastodon.session import Session
from connectors.mastodon.uploads import Uploads
from connectors.outcomes import fetching
from connectors.results import SendResult
from connectors.shapes import at, number, obj

_FETCH_WITHIN = 60.0  # seconds


def _now() -> datetime:
    return datetime.now(UTC)


class MastodonLink:
    """Holds an account open."""

    def __init__(
        self,
        account: Account,
        limits: Capabilities,
        *,
        now: Callable[[], datetime] = _now,
        ticks: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._limits = limits
        self._session = Session(account, now=now)
        roots = Roots(self._session)
        self._reader = Reader(self._session, roots, ticks=ticks, sleep=sleep)
        uploads = Uploads(self._session, limits, sleep)
        self._post = Post(self._session, roots, uploads, ticks=ticks)

    async def check(self) -> Standing:
        """Ask who we are and what the token is good for; raises `PlatformError`."""
        await self._session.check()
        return self._session.standing()

    async def pull(self, cursor: str | None) -> Batch:
        """Return what is new behind `cursor`, after a few seconds where nothing is."""
        await self._session.ready()
        return await self._reader.pull(cursor)

    async def fetch(self, payload: Mapping[str, object]) -> RawFile:
        """Fetch the file of a message."""
        files = statuses.attachments(obj(at(payload, "notification", "status")))
        place = number(payload.get("place")) or 0
        file = files[place] if 0 <= place < len(files) else {}
        address = statuses.file_address(file)
        if address is None:
            raise FileLostError(MISSING)
        with fetching():
            content = await self._session.download(
                address, limit=self._limits.max_media_bytes, within=_FETCH_WITHIN
            )
        name = unquote(urlsplit(address).path.rpartition("/")[2])[:200] or "file"
        declared = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return RawFile(name, declared, content)

    async def send(self, part: OutboundPart, *, key: str) -> SendResult:
        """Send a part under its key."""
        return await self._post.send(part, key)

    async def find_sent(self, part: OutboundPart, *, key: str) -> str | None:  # noqa: ARG002
        """No instance says which of our statuses was posted under a key: they are repeated."""
        return None

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()
