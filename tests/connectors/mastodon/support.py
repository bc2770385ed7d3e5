"""What the Mastodon tests share: the core's side of a link, as small as it can be."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self, TypeVar

from connectors.base import (
    Account,
    Batch,
    InboundEvent,
    InboundMessage,
    OutboundPart,
    ParseError,
    RawItem,
)
from connectors.capabilities import Visibility
from connectors.mastodon.connector import CONNECTOR
from connectors.mastodon.link import MastodonLink
from connectors.results import SendResult
from tests.fakes import mastodon
from tests.fakes.mastodon import TOKEN
from tests.fakes.mastodon_api import Instance
from tests.fakes.mastodon_town import HOME

T = TypeVar("T")


class Core:
    """Asks a link for news and stores them with their cursor, each event once.

    Time passes only where somebody waits: `waited` are the seconds of each wait.
    """

    def __init__(self, instance: Instance, **values: str) -> None:
        settings = {"instance": instance.url, "account": f"@stadt@{HOME}", "access_token": TOKEN}
        self.instance = instance
        self.town = instance.town
        self.anna = instance.town.join("anna", "anderswo.test", name="Anna")
        self.cursor: str | None = None
        self.items: dict[str, RawItem] = {}
        self.waited: list[float] = []
        self.clock = 0.0
        self._links: list[MastodonLink] = []
        self._account = Account("mastodon", Path(), settings | values)
        self.link = self.fresh_link()

    def fresh_link(self) -> MastodonLink:
        self.link = MastodonLink(
            self._account,
            CONNECTOR.capabilities,
            now=lambda: datetime.now(UTC) + timedelta(seconds=self.clock),
            ticks=lambda: self.clock,
            sleep=self._sleep,
        )
        self._links.append(self.link)
        return self.link

    async def _sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.clock += seconds

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for link in self._links:
            await link.close()

    async def pull(self) -> Batch:
        batch = await self.link.pull(self.cursor)
        for item in batch.items:
            self.items.setdefault(item.event_id, item)
        self.cursor = batch.cursor
        return batch

    async def until_quiet(self) -> list[InboundEvent]:
        """Pull until there is nothing more, and at least one look at what may have changed."""
        while (await self.pull()).more:
            pass
        self.clock += 60
        await self.pull()
        return self.events()

    def events(self) -> list[InboundEvent]:
        found: list[InboundEvent] = []
        for item in self.items.values():
            try:
                found += CONNECTOR.parse(item.payload)
            except ParseError:
                continue
        return found

    def messages(self) -> list[InboundMessage]:
        return [event for event in self.events() if isinstance(event, InboundMessage)]

    def mention(self, text: str = "Hallo", *, visibility: str = "public", **more: str) -> str:
        """Let Anna write to us; return the id."""
        words = f"@stadt@{HOME} {text}"
        return self.town.post(
            self.anna,
            words,
            visibility=visibility,
            answers=more.get("answers"),
            warning=more.get("warning", ""),
        ).id

    async def send(self, part: OutboundPart, key: str = "k1") -> SendResult:
        return await self.link.send(part, key=key)


def private(core: Core, text: str, **more: str | None) -> OutboundPart:
    """Return a private part for Anna."""
    return OutboundPart(
        thread=f"@{core.anna.id}",
        visibility=Visibility.PRIVATE,
        text=text,
        recipient=core.anna.id,
        in_reply_to=more.get("in_reply_to"),
    )


def public(core: Core, text: str, answered: str) -> OutboundPart:
    """Return a public answer to Anna."""
    return OutboundPart(
        thread=answered,
        visibility=Visibility.PUBLIC,
        text=text,
        recipient=core.anna.id,
        in_reply_to=answered,
    )


def play(test: Callable[[Core], Coroutine[object, object, T]], **values: str) -> T:
    """Run a test against an instance of its own."""

    async def run(instance: Instance) -> T:
        async with Core(instance, **values) as core:
            await core.pull()
            return await test(core)

    with mastodon.running() as instance:
        return asyncio.run(run(instance))
