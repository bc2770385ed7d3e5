"""What the Bluesky tests share: the core's side of a link, as small as it can be."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from connectors.base import (
    Account,
    Batch,
    InboundEvent,
    InboundMessage,
    OutboundPart,
    ParseError,
    RawItem,
)
from connectors.bluesky.connector import CONNECTOR
from connectors.bluesky.link import BlueskyLink
from connectors.capabilities import Visibility
from connectors.results import SendResult
from connectors.shapes import at, number
from tests.fakes.bluesky import Bluesky, Person

T = TypeVar("T")
NOW = datetime(2026, 11, 30, 8, tzinfo=UTC)


def key_of(number: int) -> str:
    """Return an outbox key, made at a certain instant."""
    return f"{1_796_000_000_000 + number:012x}{number:020x}"


class Core:
    """Asks a link for news and stores them with their cursor; its seconds pass when it waits."""

    def __init__(self, network: Bluesky, port: int) -> None:
        self.network = network
        self.us = network.person("stadt")
        self.values = {
            "server": f"http://127.0.0.1:{port}",
            "handle": self.us.handle,
            "app_password": self.us.password,
        }
        self.cursor: str | None = None
        self.items: dict[str, RawItem] = {}
        self.seconds = 0.0
        self.meanwhile: Callable[[], object] = lambda: None
        self.link = self.restarted()

    def restarted(self) -> BlueskyLink:
        """Return the link of a process that knows what was stored, and nothing else."""
        self.link = BlueskyLink(
            Account("bluesky", Path("/nonexistent"), self.values),
            CONNECTOR.capabilities,
            now=self.network.now,
            ticks=lambda: self.seconds,
            pause=self._wait,
        )
        return self.link

    def run(self, story: Coroutine[object, object, T]) -> T:
        """Run a test that waits, and close what it leaves open."""

        async def told() -> T:
            try:
                return await story
            finally:
                await self.link.close()

        return asyncio.run(told())

    async def pull(self) -> Batch:
        batch = await self.link.pull(self.cursor)
        for item in batch.items:
            self.items.setdefault(item.event_id, item)
        self.cursor = batch.cursor
        if batch.standing is not None:
            self.values |= batch.standing.renewed
        return batch

    async def hear(self) -> list[str]:
        """Pull until all is heard; return the texts of what is new."""
        before = len(self.texts)
        while (await self.pull()).more:
            pass
        return self.texts[before:]

    async def send(self, part: OutboundPart, number: int = 1) -> SendResult:
        return await self.link.send(part, key=key_of(number))

    def answer(self, text: str, to: str, *, automatic: bool = False) -> OutboundPart:
        """Return an answer to a message, in its thread."""
        message = next(one for one in self.messages if one.native_id == to)
        return OutboundPart(
            message.thread,
            Visibility.PUBLIC,
            text,
            in_reply_to=to,
            recipient=message.sender.id,
            automatic=automatic,
        )

    def mention(self, who: str, text: str, at: datetime | None = None) -> str:
        """Let somebody mention us."""
        return self.network.post(self.person(who), text, mention=self.us, created_at=at)

    def person(self, name: str) -> Person:
        return self.network.person(name)

    @property
    def events(self) -> list[InboundEvent]:
        found: list[InboundEvent] = []
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

    async def _wait(self, seconds: float) -> None:
        self.seconds += seconds
        self.meanwhile()


def piece(text: str, facet: object) -> str:
    """Return the stretch of a text for which a facet stands."""
    start = number(at(facet, "index", "byteStart"))
    end = number(at(facet, "index", "byteEnd"))
    assert start is not None
    assert end is not None
    return text.encode()[start:end].decode()


def post(text: str) -> OutboundPart:
    """Return a post of its own."""
    return OutboundPart("", Visibility.PUBLIC, text)
