"""Callbacks: channels that want their replies posted to them instead of asking for them.

A callback carries the same page that the client would have fetched, and taking it (2xx)
acknowledges it as fetching with its cursor does: at least once, in order, until it is taken.
"""

from collections.abc import Callable
from datetime import datetime
from threading import Event

import httpx
import structlog

from bot import clock
from bot.channels import queries as channels
from bot.channels import service
from bot.channels.queries import Callback
from bot.db.engine import Database
from bot.outbox import feed
from bot.outbox.rules import backoff
from bot.wake import Bell
from connectors.api import callback

_log = structlog.get_logger()
_LOOK_EVERY = 1.0  # seconds


class Callbacks:
    """Posts what the feeds hold; `key` is the installation's, `chance` spreads the retries."""

    def __init__(
        self,
        database: Database,
        bell: Bell,
        stopping: Event,
        *,
        key: bytes,
        chance: Callable[[], float],
    ) -> None:
        self._database = database
        self._bell = bell
        self._stopping = stopping
        self._key = key
        self._chance = chance
        self._failed: dict[int, tuple[int, datetime]] = {}  # channel: how often, not before

    def run(self) -> None:
        """Post until the process stops."""
        with callback.client() as http:
            while not self._stopping.is_set():
                seen, wanted = self._bell.rung, False
                try:
                    wanted = self._step(http)
                except Exception as error:  # noqa: BLE001 (the next look must still come)
                    _log.error("callbacks.failed", error=type(error).__name__)
                if wanted:
                    self._bell.wait(seen, _LOOK_EVERY)
                else:
                    self._stopping.wait(_LOOK_EVERY)

    def _step(self, http: httpx.Client) -> bool:
        """Post a page for each channel; return whether any channel has a callback."""
        with self._database.read() as session:
            wanted = channels.callbacks(session)
        for channel in wanted:
            failures, not_before = self._failed.get(channel.channel_id, (0, None))
            if not_before and clock.now() < not_before:
                continue
            error = self._post(http, channel)
            if error:
                wait = backoff(failures + 1, self._chance())
                self._failed[channel.channel_id] = failures + 1, clock.now() + wait
                _log.warning("callbacks.refused", channel=channel.channel_id, error=error)
            else:
                self._failed.pop(channel.channel_id, None)
            if error != channel.last_error:
                with self._database.unit_of_work() as session:
                    service.note_error(session, channel.channel_id, error)
        return bool(wanted)

    def _post(self, http: httpx.Client, channel: Callback) -> str | None:
        """Post what waits, page by page; return what went wrong, if anything."""
        secret = service.callback_secret(self._key, channel.channel_id, channel.url)
        while not self._stopping.is_set():
            page = feed.read(self._database, channel.channel_id, None)
            if not page.replies:
                return None
            body = page.model_dump_json().encode()
            error = callback.post(http, channel.url, secret, body, at=clock.now())
            if error:
                return f"callback: {error}"
            feed.acknowledge(self._database, channel.channel_id, int(page.cursor))
        return None
