"""Who holds which account: leases taken and kept, links opened and closed, news pulled."""

import asyncio
import re
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event

import structlog

from bot import clock
from bot.channels import accounts, health
from bot.channels.links import Links, Open
from bot.channels.queries import ChannelInfo, Connectors, channels
from bot.channels.states import ChannelState
from bot.db.engine import Database
from bot.leases.tenure import RENEW_EVERY, Tenure
from connectors.base import Account, Connector, Link, PlatformError, Trouble
from connectors.registry import UnknownKindError

_log = structlog.get_logger()
_LOOK_EVERY = 1.0  # seconds: a pause or a new password works within two
_CLOSE_WITHIN = 5.0
_SLUG = re.compile(r"[a-z0-9-]+")  # one name, never a way out of the folder

Pull = Callable[[ChannelInfo, Connector, Link, Tenure], Coroutine[None, None, None]]


@dataclass(slots=True)
class _Seat:
    """A channel that we hold, in the version in which its link was opened."""

    channel: ChannelInfo
    task: asyncio.Task[None] | None


class Holder:
    """Takes the leases of foreign accounts, keeps their links open and has their news pulled."""

    def __init__(
        self,
        database: Database,
        links: Links,
        connectors: Connectors,
        pull: Pull,
        open_account: Callable[[ChannelInfo], Account],
        *,
        owner: str,
        data_dir: Path,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._database = database
        self._links = links
        self._connectors = connectors
        self._pull = pull
        self._open_account = open_account
        self._owner = owner
        self._data_dir = data_dir
        self._now = now
        self._tenures: dict[int, Tenure] = {}
        self._seats: dict[int, _Seat] = {}
        self._tended_at: datetime | None = None

    def run(self, stopping: Event) -> None:
        """Hold what can be held until the process stops, then give everything back."""
        while not stopping.is_set():
            try:
                self.look()
            except Exception as error:  # noqa: BLE001 (the next look must still come)
                _log.error("holder.failed", error=type(error).__name__)
            stopping.wait(_LOOK_EVERY)
        self.leave()

    def look(self) -> None:
        """Follow the channels as they are now: take, open, reopen, close."""
        with self._database.read() as session:
            known = channels(session, removed=True)
            wanted = {
                channel.id: channel
                for channel in known
                if channel.state is ChannelState.ACTIVE and self._is_foreign(channel)
            }
        self._tend(wanted.keys())
        for channel_id, seat in list(self._seats.items()):
            channel = wanted.get(channel_id)
            if channel is None or channel.version != seat.channel.version:
                self._close(channel_id)
            elif not self._tenures[channel_id].held:
                _log.warning("holder.lease_lost", channel=channel_id)
                self._close(channel_id)
            elif seat.task is not None and seat.task.done():
                self._close(channel_id)
        for channel_id, channel in wanted.items():
            tenure = self._tenures.get(channel_id)
            if tenure is None or not tenure.held:
                continue
            if channel_id in self._seats:
                self._links.open[channel_id].until = tenure.until
            else:
                self._open(channel, tenure)
        for channel in known:
            if channel.state is ChannelState.REMOVED:
                self._forget(channel.slug)

    def _forget(self, slug: str) -> None:
        """Delete what a removed account kept on this machine; it was removed on another one."""
        if _SLUG.fullmatch(slug) and (self._data_dir / accounts.FOLDER / slug).is_dir():
            accounts.forget_folder(self._data_dir, slug)

    def leave(self) -> None:
        """Close every link and give the leases back."""
        for channel_id in list(self._seats):
            self._close(channel_id)
        try:
            with self._database.unit_of_work() as session:
                for tenure in self._tenures.values():
                    tenure.give_back(session)
        except Exception as error:  # noqa: BLE001 (they end by themselves)
            _log.warning("holder.leases_not_given_back", error=type(error).__name__)

    def _tend(self, wanted: Collection[int]) -> None:
        """Renew our leases every few seconds, take free ones, give up what is not wanted."""
        now = self._now()
        fresh = [channel_id for channel_id in wanted if channel_id not in self._tenures]
        gone = [channel_id for channel_id in self._tenures if channel_id not in wanted]
        late = self._tended_at is None or now - self._tended_at >= RENEW_EVERY
        if not (fresh or gone or late):
            return
        for channel_id in gone:
            self._close(channel_id)
        with self._database.unit_of_work() as session:
            for channel_id in gone:
                self._tenures[channel_id].give_back(session)
            for channel_id in fresh:
                self._tenures[channel_id] = Tenure(f"channel:{channel_id}", self._owner, self._now)
            for channel_id in sorted(wanted):
                self._tenures[channel_id].tend(session)
        for channel_id in gone:
            del self._tenures[channel_id]
        self._tended_at = now

    def _open(self, channel: ChannelInfo, tenure: Tenure) -> None:
        try:
            account = self._open_account(channel)
            seat = self._links.run(self._seat(channel, account, tenure))
        except Exception as error:  # noqa: BLE001 (one account must not keep the others away)
            _log.error("holder.open_failed", channel=channel.id, error=type(error).__name__)
            trouble = PlatformError(Trouble.SETTINGS, type(error).__name__)
            with self._database.unit_of_work() as session:
                tenure.prove(session)
                health.note_trouble(session, channel.id, trouble, now=self._now())
            return
        self._seats[channel.id] = seat
        _log.info("holder.opened", channel=channel.id, kind=channel.kind)

    async def _seat(self, channel: ChannelInfo, account: Account, tenure: Tenure) -> _Seat:
        connector = self._connectors.of(channel)
        link = connector.connect(account)
        self._links.open[channel.id] = Open(link, tenure.until)
        if not connector.pulls:
            return _Seat(channel, None)
        work = self._pull(channel, connector, link, tenure)
        return _Seat(channel, asyncio.create_task(work, name=f"pull-{channel.slug}"))

    def _close(self, channel_id: int) -> None:
        seat = self._seats.pop(channel_id, None)
        if seat is not None:
            self._links.run(self._end(channel_id, seat.task))

    async def _end(self, channel_id: int, task: asyncio.Task[None] | None) -> None:
        held = self._links.open.pop(channel_id, None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        if held is not None:
            try:
                async with asyncio.timeout(_CLOSE_WITHIN):
                    await held.link.close()
            except Exception as error:  # noqa: BLE001 (a link that cannot close is gone all the same)
                _log.warning("holder.close_failed", channel=channel_id, error=type(error).__name__)

    def _is_foreign(self, channel: ChannelInfo) -> bool:
        try:
            return not self._connectors.of(channel).capabilities.own
        except UnknownKindError:
            _log.error("holder.unknown_kind", channel=channel.id, kind=channel.kind)
            return False
