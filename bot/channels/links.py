"""The open links of this process: one event loop for all of them, each with the time it is ours."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from datetime import datetime
from threading import Thread
from typing import Any, TypeVar

from bot import clock
from bot.channels.queries import ChannelInfo, Connectors
from bot.errors import StadtdrahtError
from connectors.base import Link
from connectors.own import OwnLink

T = TypeVar("T")
_OWN = OwnLink()


class NotOursError(StadtdrahtError):
    """Another process holds this channel, or this one was too slow to renew its lease."""

    code = "channel_not_ours"
    status = 503


@dataclass(slots=True)
class Open:
    """A link and until when its channel is ours at least."""

    link: Link
    until: datetime


class Links:
    """What can be sent from here: the product's own channels (`own`), and those that we hold.

    Links live in one event loop; `run` brings work into it from any thread.
    """

    def __init__(
        self, connectors: Connectors, *, own: bool = True, now: Callable[[], datetime] = clock.now
    ) -> None:
        self.open: dict[int, Open] = {}
        self._connectors = connectors
        self._own = own
        self._now = now
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="links")

    def start(self) -> None:
        """Start the loop."""
        self._thread.start()

    def stop(self) -> None:
        """Close every link and end the loop."""
        if not self._thread.is_alive():
            self._loop.close()
            return
        self.run(self._close_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` in the loop and wait for it; never called from inside the loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def sendable(self, channels: Iterable[ChannelInfo]) -> list[int]:
        """Return those of `channels` whose parts may leave from here."""
        return [channel.id for channel in channels if self._is_ours(channel)]

    def of(self, channel: ChannelInfo) -> Link:
        """Return the link of a channel; raises `NotOursError`."""
        if not self._is_ours(channel):
            raise NotOursError(f"The channel {channel.slug} belongs to another process.")
        return _OWN if self._is_own(channel) else self.open[channel.id].link

    def _is_ours(self, channel: ChannelInfo) -> bool:
        if self._is_own(channel):
            return self._own
        held = self.open.get(channel.id)
        return held is not None and self._now() < held.until

    def _is_own(self, channel: ChannelInfo) -> bool:
        return self._connectors.of(channel).capabilities.own

    async def _close_all(self) -> None:
        for held in list(self.open.values()):
            await held.link.close()
        self.open.clear()
