"""Who holds which account: leases taken and kept, links opened and closed, news pulled."""

import asyncio
import re
import socket
import time
from collections.abc import Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event, Thread

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot import clock
from bot.channels import accounts, binding, health
from bot.channels.binding import Folder
from bot.channels.links import Links, Open
from bot.channels.queries import ChannelInfo, Connectors, channels
from bot.channels.states import ChannelState
from bot.db.engine import Database
from bot.leases.service import LeaseLostError
from bot.leases.tenure import RENEW_EVERY, Tenure, Ticks
from connectors.base import Account, Connector, Link, PlatformError, Trouble
from connectors.details import Detail
from connectors.registry import UnknownKindError

_log = structlog.get_logger()
_LOOK_EVERY = 1.0  # seconds: a pause or a new password works within two
_AGAIN_AFTER = 30.0  # seconds: an account that cannot be opened is tried again
_SLUG = re.compile(r"[a-z0-9-]+")  # one name, never a way out of the folder

Pull = Callable[[ChannelInfo, Connector, Link, Tenure], Coroutine[None, None, None]]
Senders = Callable[[int, Event], Sequence[Thread]]  # the threads that send a channel's parts


@dataclass(frozen=True, slots=True)
class _Seat:
    """A channel that we hold, in the version in which its link was opened."""

    channel: ChannelInfo
    task: asyncio.Task[None] | None
    ended: Event = field(default_factory=Event)
    threads: list[Thread] = field(default_factory=list)


class Holder:
    """Takes the leases of foreign accounts, keeps their links open, has them pulled and sent.

    Each account has its own pulling task and sending threads: one that hangs keeps nobody waiting.
    """

    def __init__(
        self,
        database: Database,
        links: Links,
        connectors: Connectors,
        pull: Pull,
        senders: Senders,
        open_account: Callable[[ChannelInfo], Account],
        *,
        owner: str,
        data_dir: Path,
        now: Callable[[], datetime] = clock.now,
        ticks: Ticks = time.monotonic,
    ) -> None:
        self._database = database
        self._links = links
        self._connectors = connectors
        self._pull = pull
        self._senders = senders
        self._open_account = open_account
        self._owner = owner
        self._data_dir = data_dir
        self._now = now
        self._ticks = ticks
        self._tenures: dict[int, Tenure] = {}
        self._seats: dict[int, _Seat] = {}
        self._not_before: dict[tuple[int, int], float] = {}  # channel, version: could not be opened
        self._tended_at: float | None = None

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
        here = binding.folder_id(self._data_dir)
        with self._database.read() as session:
            known = channels(session, removed=True)
            wanted = {
                channel.id: channel
                for channel in known
                if channel.state is ChannelState.ACTIVE
                and self._is_foreign(channel)
                and channel.folder_id in {None, here}
                and not self._rests(channel)
            }
        self._close([one for one in self._seats if not self._may_stay(one, wanted)])
        self._tend(wanted)
        self._close([one for one in self._seats if not self._tenures[one].held])
        for channel_id, channel in wanted.items():
            tenure = self._tenures[channel_id]
            if tenure.held and channel_id not in self._seats:
                self._open(channel, tenure)
        for channel in known:
            if channel.state is ChannelState.REMOVED:
                self._forget(channel.slug)

    def _rests(self, channel: ChannelInfo) -> bool:
        """Tell whether we could not open a channel just now: its lease is free for who can."""
        return self._ticks() < self._not_before.get((channel.id, channel.version), 0.0)

    def _forget(self, slug: str) -> None:
        """Delete what a removed account kept on this machine; it was removed on another one."""
        if _SLUG.fullmatch(slug) and (self._data_dir / accounts.FOLDER / slug).is_dir():
            accounts.forget_folder(self._data_dir, slug)

    def leave(self) -> None:
        """Let what is being sent end, close every link and give the leases back."""
        self._close(list(self._seats))
        for tenure in self._tenures.values():
            try:
                tenure.give_back(self._database)
            except SQLAlchemyError as error:  # it ends by itself
                _log.warning("holder.lease_not_given_back", error=type(error).__name__)

    def _may_stay(self, channel_id: int, wanted: dict[int, ChannelInfo]) -> bool:
        seat, channel = self._seats[channel_id], wanted.get(channel_id)
        has_ended = seat.task is not None and seat.task.done()
        return channel is not None and channel.version == seat.channel.version and not has_ended

    def _tend(self, wanted: Collection[int]) -> None:
        """Renew our leases every few seconds, take free ones, give up what is not wanted.

        A transaction each: one that somebody frozen has locked must not cost us the others.
        """
        for channel_id in [one for one in self._tenures if one not in wanted]:
            self._tenures.pop(channel_id).give_back(self._database)
        now = self._ticks()
        late = self._tended_at is None or now - self._tended_at >= RENEW_EVERY
        for channel_id in wanted:
            tenure = self._tenures.get(channel_id)
            if tenure is None:
                name = f"channel:{channel_id}"
                tenure = Tenure(name, self._owner, self._now, self._ticks)
                self._tenures[channel_id] = tenure
            elif not late:
                continue
            try:
                tenure.tend(self._database)
            except SQLAlchemyError as error:
                name = type(error).__name__
                _log.error("holder.lease_failed", channel=channel_id, error=name)
        if late:
            self._tended_at = now

    def _open(self, channel: ChannelInfo, tenure: Tenure) -> None:
        """Open a channel's link; what fails is shown once and tried again after a while."""
        key = channel.id, channel.version
        try:
            account = self._open_account(channel)
            seat = self._links.run(self._seat(channel, account, tenure))
        except Exception as error:  # noqa: BLE001 (one account must not keep the others away)
            _log.error("holder.open_failed", channel=channel.id, error=type(error).__name__)
            if key not in self._not_before:
                self._show(channel, tenure, error)
            self._not_before[key] = self._ticks() + _AGAIN_AFTER
            return
        self._not_before.pop(key, None)
        self._seats[channel.id] = seat
        seat.threads.extend(self._senders(channel.id, seat.ended))
        for thread in seat.threads:
            thread.start()
        _log.info("holder.opened", channel=channel.id, kind=channel.kind)

    def _show(self, channel: ChannelInfo, tenure: Tenure, error: Exception) -> None:
        told = error if isinstance(error, PlatformError) else None
        trouble = told or PlatformError(
            Trouble.SETTINGS, f"{Detail.BAD_SETTINGS}: {type(error).__name__}"
        )
        try:
            with self._database.unit_of_work() as session:
                tenure.prove(session)
                health.note_trouble(session, channel.id, trouble, now=self._now())
        except LeaseLostError:
            return

    async def _seat(self, channel: ChannelInfo, account: Account, tenure: Tenure) -> _Seat:
        connector = self._connectors.of(channel)
        link = connector.connect(account)
        if connector.capabilities.keeps_state:
            try:
                await self._database.run(lambda: self._bind(channel, tenure))
            except BaseException:
                await link.close()
                raise
        self._links.open[channel.id] = Open(link, lambda: tenure.held)
        if not connector.pulls:
            return _Seat(channel, None)
        work = self._pull(channel, connector, link, tenure)
        return _Seat(channel, asyncio.create_task(work, name=f"pull-{channel.slug}"))

    def _bind(self, channel: ChannelInfo, tenure: Tenure) -> None:
        """Bind an account to our folder; raises `BoundElsewhereError` and `LeaseLostError`."""
        folder = Folder(binding.named(self._data_dir), socket.gethostname())
        with self._database.unit_of_work() as session:
            tenure.prove(session)
            binding.bind(session, channel.id, folder)

    def _close(self, channel_ids: Sequence[int]) -> None:
        """End what these channels do, let what is being sent end, then close their links."""
        seats = [self._seats.pop(channel_id) for channel_id in channel_ids]
        for seat in seats:
            seat.ended.set()
        tasks = [seat.task for seat in seats if seat.task is not None]
        if tasks:
            self._links.run(_cancel(tasks))
        for seat in seats:
            for thread in seat.threads:
                thread.join()
        if seats:
            self._links.run(self._links.close(list(channel_ids)))

    def _is_foreign(self, channel: ChannelInfo) -> bool:
        try:
            return not self._connectors.of(channel).capabilities.own
        except UnknownKindError:
            return False  # `stadtdraht doctor` tells


async def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
