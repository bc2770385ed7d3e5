"""Callbacks: channels that want their replies posted to them instead of asking for them.

A callback carries the same page that the client would have fetched, and taking it (2xx)
acknowledges it as fetching with its cursor does: at least once, until it is taken. Each channel has
a task of its own, so that none waits for another's receiver.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Event

import httpx
import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot import clock
from bot.channels import queries
from bot.channels import service as channels
from bot.channels.queries import Callback
from bot.db.engine import Database
from bot.leases.tenure import RENEW_EVERY, Tenure
from bot.outbox import feed
from bot.outbox.rules import backoff
from bot.wake import Bell
from connectors import webhook
from connectors.base import Network

_log = structlog.get_logger()
_LOOK_EVERY = 1.0  # seconds

LEASE = "callbacks"

Address = tuple[int, str]  # channel id, where its replies are posted


class Callbacks:
    """Posts what the feeds hold; `key` is the installation's, `chance` spreads the retries."""

    def __init__(
        self,
        database: Database,
        bell: Bell,
        stopping: Event,
        *,
        key: bytes,
        network: Network,
        chance: Callable[[], float],
        owner: str,
    ) -> None:
        self._database = database
        self._tenure = Tenure(LEASE, owner, clock.now)
        self._tended_at: float | None = None
        self._bell = bell
        self._stopping = stopping
        self._key = key
        self._network = network
        self._chance = chance
        self._pauses: dict[Address, tuple[int, float]] = {}  # failures, not before

    def run(self) -> None:
        """Post until the process stops."""
        asyncio.run(self._run())

    async def _run(self) -> None:
        posting: dict[Address, asyncio.Task[None]] = {}
        async with webhook.client(self._network) as http:
            while not self._stopping.is_set():
                rung = self._bell.rung
                wanted = await self._wanted()
                posting = {address: task for address, task in posting.items() if not task.done()}
                for callback in wanted:
                    address = callback.channel_id, callback.url
                    if address not in posting:
                        posting[address] = asyncio.create_task(self._serve(http, callback))
                if wanted:
                    await self._bell.wait_async(rung, _LOOK_EVERY)
                else:
                    await asyncio.to_thread(self._stopping.wait, _LOOK_EVERY)
            await asyncio.gather(*posting.values())
        with suppress(SQLAlchemyError):
            self._tenure.give_back(self._database)

    async def _wanted(self) -> list[Callback]:
        def read() -> list[Callback]:
            if not self._is_ours():
                return []
            with self._database.read() as session:
                return queries.callbacks(session)

        try:
            return await self._database.run(read)
        except Exception as error:  # noqa: BLE001 (the next look must still come)
            _log.error("callbacks.failed", error=type(error).__name__)
            return []

    def _is_ours(self) -> bool:
        """Hold the lease of the callbacks: among several processes one posts them."""
        now = time.monotonic()
        if self._tended_at is None or now - self._tended_at >= RENEW_EVERY:
            self._tenure.tend(self._database)
            self._tended_at = now
        return self._tenure.held

    async def _serve(self, http: httpx.AsyncClient, callback: Callback) -> None:
        """Post what waits for one address, unless it has earned a pause."""
        address = callback.channel_id, callback.url
        failures, not_before = self._pauses.get(address, (0, 0.0))
        if time.monotonic() < not_before:  # the time of day may be set back
            return
        try:
            error = await self._post(http, callback)
            if error is None:
                self._pauses.pop(address, None)
            else:
                wait = backoff(failures + 1, self._chance())
                self._pauses[address] = failures + 1, time.monotonic() + wait.total_seconds()
                _log.warning("callbacks.refused", channel=callback.channel_id, error=error)
            if error != callback.last_error:
                await self._database.run(partial(self._note, callback, error))
        except Exception as error:  # noqa: BLE001 (the next look must still come)
            _log.error("callbacks.failed", channel=callback.channel_id, error=type(error).__name__)

    async def _post(self, http: httpx.AsyncClient, callback: Callback) -> str | None:
        """Post what waits, page by page; return what went wrong, if anything."""
        secret = channels.callback_secret(self._key, callback.channel_id, callback.url)
        database, channel_id = self._database, callback.channel_id
        while not self._stopping.is_set():
            page = await database.run(partial(feed.read, database, channel_id, None))
            if not page.replies:
                return None
            body, seen = page.model_dump_json().encode(), int(page.cursor)
            error = await webhook.post(http, callback.url, secret, body, at=clock.now())
            if error:
                return f"callback: {error}"
            await database.run(partial(feed.acknowledge, database, channel_id, seen))
        return None

    def _note(self, callback: Callback, error: str | None) -> None:
        with self._database.unit_of_work() as session:
            channels.note_callback(session, callback, error)
