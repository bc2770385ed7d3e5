"""A process that holds an account, and a platform that is asked for news."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from bot.channels.holder import Holder
from bot.channels.links import Links
from bot.channels.models import Channel, ChannelHealth
from bot.channels.queries import ChannelInfo
from bot.inbound.models import RawItem as RawRow
from bot.inbound.pulling import Puller
from connectors.base import Account, Batch
from tests.fakes.platform import Platform, Platforms
from tests.fakes.town import Town
from tests.support.waiting import until


@dataclass
class News(Platform):
    """A platform that is asked for news: `batches` by cursor, or errors; then it is quiet."""

    pulls: bool = True
    script_pulls: list[Batch | Exception] = field(default_factory=list)
    cursors: list[str | None] = field(default_factory=list)
    closed: int = 0

    async def pull(self, cursor: str | None) -> Batch:
        self.cursors.append(cursor)
        while not self.script_pulls:  # noqa: ASYNC110 (the test writes the script at any time)
            await asyncio.sleep(0.01)
        answer = self.script_pulls.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def close(self) -> None:
        self.closed += 1


@dataclass
class Desk:
    """A process that holds the town's one channel."""

    town: Town
    news: News
    holder: Holder
    links: Links
    renewed: list[dict[str, str]]

    def until(self, condition: str, check: Callable[[], bool]) -> None:
        def comes() -> bool:
            self.holder.look()
            return check()

        until(condition, comes)

    def health(self) -> ChannelHealth | None:
        with self.town.database.read() as session:
            return session.get(ChannelHealth, self.town.channel_id)

    def channel(self) -> Channel:
        with self.town.database.read() as session:
            return session.get_one(Channel, self.town.channel_id)

    def stored(self) -> list[str]:
        with self.town.database.read() as session:
            return list(session.scalars(select(RawRow.event_id).order_by(RawRow.id)))


def make(
    town: Town,
    news: News,
    tmp_path: Path,
    owner: str = "here",
    *,
    opens: Callable[[ChannelInfo], Account] | None = None,
) -> Desk:
    """Return a process that holds the town's accounts, as `opens` opens them."""
    connectors = Platforms(news)
    links = Links(connectors, own=False)
    links.start()
    renewed: list[dict[str, str]] = []
    puller = Puller(
        town.database,
        town.bells,
        lambda _, __, standing: renewed.append(dict(standing.renewed)),
        chance=lambda: 0.0,
        now=town.clock.now,
    )

    def account(channel: ChannelInfo) -> Account:
        return Account(channel.slug, tmp_path)

    holder = Holder(
        town.database,
        links,
        connectors,
        puller.pull_for_ever,
        lambda _, __: [],
        opens or account,
        owner=owner,
        data_dir=tmp_path,
        now=town.clock.now,
        ticks=town.clock.ticks,
    )
    return Desk(town, news, holder, links, renewed)
