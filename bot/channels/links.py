"""The open links of this process: one event loop for all of them, each with whether it is ours."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from threading import Thread
from typing import Any, TypeVar

import structlog

from bot.channels.queries import ChannelInfo, Connectors
from bot.errors import StadtdrahtError
from connectors.base import Link
from connectors.own import OwnLink
from connectors.registry import UnknownKindError

T = TypeVar("T")
_log = structlog.get_logger()
_OWN = OwnLink()
_CLOSE_WITHIN = 3.0  # seconds


class NotOursError(StadtdrahtError):
    """Another process holds this channel, or this one was too slow to renew its lease."""

    code = "channel_not_ours"
    status = 503


@dataclass(frozen=True, slots=True)
class Open:
    """A link, and what tells whether its channel is still ours."""

    link: Link
    is_ours: Callable[[], bool]


class Links:
    """What can be sent from here: the product's own channels (`own`), and those that we hold.

    Links live in one event loop; `run` brings work into it from any thread.
    """

    def __init__(self, connectors: Connectors, *, own: bool = True) -> None:
        self.open: dict[int, Open] = {}
        self._connectors = connectors
        self._own = own
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: Thread  # that of the loop

    def start(self) -> None:
        """Start the loop."""
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="links")
        self._thread.start()

    def stop(self) -> None:
        """Close every link and end the loop, if it was started."""
        loop = self._loop
        if loop is None:
            return
        try:
            self.run(self.close(list(self.open)))
        finally:
            loop.call_soon_threadsafe(loop.stop)
            self._thread.join()
            loop.close()
            self._loop = None

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` in the loop and wait for it; never called from inside the loop.

        Raises RuntimeError before the start and after the end.
        """
        if self._loop is None:
            work.close()
            raise RuntimeError("no links without their loop")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def is_own(self, channel: ChannelInfo) -> bool:
        """Whether it is a channel of the product itself; one of an unknown kind is not."""
        try:
            return self._connectors.of(channel).capabilities.own
        except UnknownKindError:
            return False

    def is_ours(self, channel: ChannelInfo) -> bool:
        """Whether parts of this channel may leave from here."""
        if self.is_own(channel):
            return self._own
        held = self.open.get(channel.id)
        return held is not None and held.is_ours()

    def of(self, channel: ChannelInfo) -> Link:
        """Return the link of a channel; raises `NotOursError`."""
        if not self.is_ours(channel):
            raise NotOursError(f"The channel {channel.slug} belongs to another process.")
        return _OWN if self.is_own(channel) else self.open[channel.id].link

    async def close(self, channel_ids: list[int]) -> None:
        """Close links at the same time; one that cannot close is gone all the same."""
        links = [self.open.pop(one).link for one in channel_ids if one in self.open]
        await asyncio.gather(*(_close(link) for link in links))


async def _close(link: Link) -> None:
    try:
        async with asyncio.timeout(_CLOSE_WITHIN):
            await link.close()
    except Exception as error:  # noqa: BLE001 (whatever a platform's library does)
        _log.warning("links.close_failed", error=type(error).__name__)
