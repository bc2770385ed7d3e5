"""Files on their way out: handed in once for a key, and used when the instance has read them."""

import asyncio
from collections.abc import Awaitable, Callable

from connectors.asking import Refused
from connectors.base import PlatformError, RawFile, Trouble
from connectors.capabilities import Capabilities
from connectors.mastodon import statuses
from connectors.mastodon.session import Session, remember
from connectors.outcomes import of_failure
from connectors.results import Permanent, Refusal, Scope, SendResult, Transient

_HAND_IN_WITHIN = 8.0  # seconds
_ASK_WITHIN = 2.0
_TRIES = 6
_PAUSE = 0.5


class Uploads:
    """Hands in files. What is not used after all is the instance's to tidy up, within a day."""

    def __init__(
        self,
        session: Session,
        limits: Capabilities,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._session = session
        self._limits = limits
        self._sleep = sleep
        self._handed_in: dict[str, str] = {}

    async def ready(self, file: RawFile, key: str) -> str | SendResult:
        """Return the id under which a file can be attached, or why it cannot be."""
        largest = min(
            self._limits.max_media_bytes,
            self._session.limits.picture or self._limits.max_media_bytes,
        )
        if file.declared_type not in self._limits.media_types:
            return Permanent(Refusal.UNSUPPORTED, file.declared_type)
        if len(file.content) > largest:
            return Permanent(Refusal.TOO_LARGE, f"{len(file.content)} bytes")
        try:
            return await self._handed_in_and_read(file, key)
        except (Refused, PlatformError) as error:
            return of_failure(error, left=False, codes={})

    async def _handed_in_and_read(self, file: RawFile, key: str) -> str | SendResult:
        media_id = self._handed_in.get(key)
        if media_id is None:
            answer = await self._session.hand_in(file, within=_HAND_IN_WITHIN)
            media_id = statuses.identifier(answer.get("id"))
            if media_id is None:
                return Transient("an upload without an id", Scope.CHAT)
            if answer.get("url"):
                return media_id
            remember(self._handed_in, key, media_id)  # 202: it is still being read there
        for _ in range(_TRIES):
            if await self._is_read(media_id, key):
                return media_id
            await self._sleep(_PAUSE)
        return Transient("the instance is still reading the file", Scope.CHAT)

    async def _is_read(self, media_id: str, key: str) -> bool:
        """Ask whether a file was read; 206 says not yet, by the documentation without a body."""
        try:
            answer = await self._session.ask("GET", f"/api/v1/media/{media_id}", within=_ASK_WITHIN)
        except Refused:
            self._handed_in.pop(key, None)  # it is no use, or was tidied up
            raise
        except PlatformError as error:
            if error.trouble is Trouble.GARBAGE:
                return False
            raise
        return bool(answer.get("url"))
