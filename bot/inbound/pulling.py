"""Pulling: ask for news, store them with the cursor and the proof of the lease, ask again."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot import clock
from bot.channels import health
from bot.channels.models import Channel
from bot.channels.queries import ChannelInfo
from bot.channels.rules import LONGEST_ASKED
from bot.channels.states import ChannelState
from bot.db.engine import Database
from bot.errors import StadtdrahtError
from bot.inbound import cries
from bot.inbound import service as inbound
from bot.inbound.service import Arrival
from bot.leases.service import LeaseLostError
from bot.leases.tenure import Tenure
from bot.wake import Bells
from connectors.base import Batch, Connector, Link, PlatformError, Standing, Trouble
from connectors.details import Detail

_log = structlog.get_logger()
# Seconds for one pull: the platform's half minute, gaps, and files; but the first answer about an
# account with thousands of rooms takes minutes. A link limits each of its requests by itself.
_WITHIN = 420.0
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0

_AT_LEAST = 1.0  # seconds between two questions that bring nothing

StoreRenewed = Callable[[Session, int, Standing], None]


class ChangedError(StadtdrahtError):
    """The account was changed, paused or removed while its old link was asked."""

    code = "channel_changed"


@dataclass(slots=True)
class _State:
    """What one channel's loop remembers between two pulls."""

    cursor: str | None
    failures: int = 0
    noted_at: datetime | None = None


class Puller:
    """Brings the news of foreign accounts in; `chance` in [0, 1) spreads the retries."""

    def __init__(
        self,
        database: Database,
        bells: Bells,
        store_renewed: StoreRenewed,
        *,
        chance: Callable[[], float],
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._database = database
        self._bells = bells
        self._store_renewed = store_renewed
        self._chance = chance
        self._now = now

    async def pull_for_ever(
        self, channel: ChannelInfo, connector: Connector, link: Link, tenure: Tenure
    ) -> None:
        """Pull until the lease is lost, the log-in is needed, or the task is cancelled."""
        state = _State(await self._database.run(lambda: self._cursor(channel.id)))
        while tenure.held:
            began = time.monotonic()
            try:
                async with asyncio.timeout(_WITHIN):
                    batch = await link.pull(state.cursor)
                await self._take(channel, connector, batch, state, tenure)
                if not batch.items and not batch.more:  # a platform that does not wait for news
                    await asyncio.sleep(max(0.0, _AT_LEAST - (time.monotonic() - began)))
            except ChangedError:
                return
            except LeaseLostError:
                _log.warning("pull.lease_lost", channel=channel.id)
                return
            except SQLAlchemyError as error:  # our own trouble: the same news come again
                _log.error("pull.not_stored", channel=channel.id, error=type(error).__name__)
                await self._pause(state)
            except Exception as error:  # noqa: BLE001 (whatever a platform does, the loop goes on)
                goes_on = await self._fail(channel, _trouble(error), state, tenure)
                if not goes_on or isinstance(error, TimeoutError):  # a link that hangs is made anew
                    return

    def _cursor(self, channel_id: int) -> str | None:
        with self._database.read() as session:
            return session.scalar(select(Channel.cursor).where(Channel.id == channel_id))

    async def _take(
        self,
        channel: ChannelInfo,
        connector: Connector,
        batch: Batch,
        state: _State,
        tenure: Tenure,
    ) -> None:
        """Store a batch; one that brings nothing new is not written down each time."""
        now = self._now()
        # In a thread: what strangers send may take long to read, and all channels share this loop.
        arrivals = await asyncio.to_thread(cries.arrivals, channel.id, connector, batch.items)
        renewed = batch.standing is not None and bool(batch.standing.renewed)
        noted = state.noted_at
        quiet = noted is not None and timedelta(0) <= now - noted < health.TOUCH_EVERY
        if arrivals or renewed or state.failures or batch.cursor != state.cursor or not quiet:
            lag = _lag(batch, now)
            await self._database.run(
                lambda: self._store(channel, batch, arrivals, state, tenure, lag, now)
            )
            state.noted_at = now
        state.cursor = batch.cursor
        state.failures = 0
        if any(arrival.urgent for arrival in arrivals):
            self._bells.inbound.ring()

    def _store(
        self,
        channel: ChannelInfo,
        batch: Batch,
        arrivals: list[Arrival],
        state: _State,
        tenure: Tenure,
        lag: timedelta | None,
        now: datetime,
    ) -> None:
        with self._database.unit_of_work() as session:
            tenure.prove(session)
            _demand_unchanged(session, channel)
            moved = {channel.id: batch.cursor} if batch.cursor != state.cursor else {}
            inbound.store(session, arrivals, now=now, cursors=moved)
            health.note_answer(session, channel.id, batch.standing, lag=lag, now=now)
            if batch.standing is not None and batch.standing.renewed:
                self._store_renewed(session, channel.id, batch.standing)

    async def _fail(
        self, channel: ChannelInfo, error: PlatformError, state: _State, tenure: Tenure
    ) -> bool:
        """Note the trouble and wait; False where only a person can go on."""
        now = self._now()
        _log.warning(
            "pull.failed", channel=channel.id, trouble=error.trouble, failures=state.failures + 1
        )
        try:
            await self._database.run(lambda: self._note(channel, error, tenure, now))
        except LeaseLostError:
            return False
        except SQLAlchemyError as broken:
            _log.error("pull.trouble_not_noted", error=type(broken).__name__)
        if error.trouble is Trouble.LOGIN:
            return False
        await self._pause(state, error.retry_after)
        return True

    def _note(
        self, channel: ChannelInfo, error: PlatformError, tenure: Tenure, now: datetime
    ) -> None:
        """Keep the trouble, unless it is that of an account that somebody has changed meanwhile."""
        with self._database.unit_of_work() as session:
            tenure.prove(session)
            if (
                session.scalar(select(Channel.version).where(Channel.id == channel.id))
                == channel.version
            ):
                health.note_trouble(session, channel.id, error, now=now)

    async def _pause(self, state: _State, asked: timedelta | None = None) -> None:
        state.failures += 1
        doubled = _FIRST_PAUSE * 2 ** min(state.failures - 1, 10)
        wait = min(doubled, _LONGEST_PAUSE) * (0.5 + self._chance() / 2)
        if asked is not None:
            wait = max(wait, min(asked, LONGEST_ASKED).total_seconds())
        await asyncio.sleep(wait)


def _demand_unchanged(session: Session, channel: ChannelInfo) -> None:
    """Lock the channel against changes; raises `ChangedError` where there was one.

    What an old link still brings belongs to another account, or to none.
    """
    found = session.execute(
        select(Channel.version, Channel.state)
        .where(Channel.id == channel.id)
        .with_for_update(read=True)
    ).one()
    if found.version != channel.version or found.state is not ChannelState.ACTIVE:
        raise ChangedError("Somebody has changed this channel.")


def _trouble(error: Exception) -> PlatformError:
    if isinstance(error, PlatformError):
        return error
    if isinstance(error, TimeoutError):
        return PlatformError(Trouble.UNREACHABLE, Detail.NO_ANSWER)
    _log.error("pull.connector_failed", error=type(error).__name__)
    return PlatformError(Trouble.GARBAGE, f"{Detail.UNREADABLE}: {type(error).__name__}")


def _lag(batch: Batch, now: datetime) -> timedelta | None:
    """Return how far behind the platform we are, None where that is not known."""
    if not batch.items and not batch.more:
        return timedelta(0)  # there is nothing that we have not heard
    sent = [item.sent_at for item in batch.items if item.sent_at is not None]
    return max(now - max(sent), timedelta(0)) if sent else None
