"""What the tests of X share: the core's side of a link, as small as it can be."""

import asyncio
from collections.abc import Coroutine
from itertools import count
from pathlib import Path
from typing import Self, TypeVar

from connectors.base import Account, Batch, InboundEvent, InboundMessage, OutboundPart, RawItem
from connectors.capabilities import Act, Visibility
from connectors.x.connector import CONNECTOR
from connectors.x.link import XLink
from tests.connectors.x.counterpart import settings
from tests.fakes.clock import Clock
from tests.fakes.x import X

T = TypeVar("T")


def run(work: Coroutine[object, object, T]) -> T:
    """Run a test that waits."""
    return asyncio.run(work)


class Core:
    """Asks a link for news and stores them with their cursor, each item once.

    Waiting costs no time: it moves the clock, which X follows.
    """

    def __init__(self, x: X, folder: Path, **values: str) -> None:
        self.x = x
        self.clock = Clock()
        self.x.now = lambda: self.clock.now().timestamp()
        self.account = Account("x", folder, settings(x.url, **values))
        self.waits: list[float] = []
        self.cursor: str | None = None
        self.items: dict[str, RawItem] = {}
        self._nonces = count()
        self.link = self.fresh_link()

    def fresh_link(self) -> XLink:
        async def sleep(seconds: float) -> None:
            self.waits.append(seconds)
            self.clock.advance(seconds)

        self.link = XLink(
            self.account,
            CONNECTOR.capabilities,
            now=self.clock.now,
            ticks=self.clock.ticks,
            sleep=sleep,
            nonce=lambda: f"nonce{next(self._nonces)}",
        )
        return self.link

    async def __aenter__(self) -> Self:
        await self.pull()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.link.close()

    async def pull(self) -> Batch:
        batch = await self.link.pull(self.cursor)
        for item in batch.items:
            self.items.setdefault(item.event_id, item)
        self.cursor = batch.cursor
        return batch

    @property
    def events(self) -> list[InboundEvent]:
        return [event for item in self.items.values() for event in CONNECTOR.parse(item.payload)]

    @property
    def messages(self) -> list[InboundMessage]:
        return [event for event in self.events if isinstance(event, InboundMessage)]

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.messages]


def public(text: str, answers: int | None = None, thread: str = "") -> OutboundPart:
    """Return a post, or an answer to one."""
    named = str(answers) if answers else None
    return OutboundPart(thread or named or "", Visibility.PUBLIC, text, in_reply_to=named)


def private(text: str, to: str) -> OutboundPart:
    """Return a direct message."""
    return OutboundPart(f"dm:{to}", Visibility.PRIVATE, text, recipient=to)


def act(what: Act, target: str) -> OutboundPart:
    """Return what is done to a message."""
    return OutboundPart("", Visibility.PUBLIC, act=what, target=target)
