"""What the Telegram tests share: the core's side of a link, as small as it can be."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
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
from connectors.results import SendResult
from connectors.telegram.connector import CONNECTOR
from connectors.telegram.link import TelegramLink
from tests.fakes.clock import Clock
from tests.fakes.telegram import BOT_NAME, TOKEN

T = TypeVar("T")


def run(work: Coroutine[object, object, T]) -> T:
    """Run a test that waits."""
    return asyncio.run(work)


def account(url: str, folder: Path, **values: str) -> Account:
    """Return the bot's account."""
    settings = {"username": BOT_NAME, "token": TOKEN, "server": url} | values
    return Account("telegram", folder, settings, push_url="https://stadt.example/webhooks/telegram")


class Core:
    """Asks a link for news and stores them with their cursor, each once; time stands still."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.clock = Clock()
        self.slept: list[float] = []
        self.cursor: str | None = None
        self.items: dict[str, RawItem] = {}
        self._links: list[TelegramLink] = []
        self.link = self.fresh_link()

    def fresh_link(self) -> TelegramLink:
        self.link = TelegramLink(
            self.account,
            CONNECTOR.capabilities,
            now=self.clock.now,
            ticks=self.clock.ticks,
            sleep=self._sleep,
        )
        self._links.append(self.link)
        return self.link

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for link in self._links:
            await link.close()

    def told(self, **values: str) -> "Core":
        """Return the core of an account with other settings."""
        return Core(replace(self.account, values={**self.account.values, **values}))

    async def pull(self) -> Batch:
        batch = await self.link.pull(self.cursor)
        for item in batch.items:
            self.items.setdefault(item.event_id, item)
        self.cursor = batch.cursor
        return batch

    async def send(self, thread: object, text: str = "Hallo", **more: object) -> SendResult:
        """Send to a chat, in private where its number is a person's."""
        return await self.link.send(part(thread, text, **more), key="k")

    @property
    def events(self) -> list[InboundEvent]:
        found = []
        for item in self.items.values():
            try:
                found += CONNECTOR.parse(item.payload)
            except ParseError:
                continue
        return found

    @property
    def messages(self) -> list[InboundMessage]:
        return [event for event in self.events if isinstance(event, InboundMessage)]

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.messages]

    @property
    def unread(self) -> list[str]:
        """Return the ids of the items that cannot be read."""
        found = []
        for name, item in self.items.items():
            try:
                CONNECTOR.parse(item.payload)
            except ParseError:
                found.append(name)
        return found

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.advance(seconds)


def part(thread: object, text: str = "Hallo", **more: object) -> OutboundPart:
    """Return a part for a chat, in private where its number is a person's."""
    private = str(thread).isdecimal()
    whole = OutboundPart(
        str(thread),
        Visibility.PRIVATE if private else Visibility.PUBLIC,
        text,
        recipient=str(thread) if private else None,
    )
    return replace(whole, **more)  # type: ignore[arg-type]
