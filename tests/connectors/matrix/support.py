"""What the Matrix tests share: the core's side of a link, as small as it can be."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self, TypeVar

from connectors.base import (
    Account,
    Batch,
    InboundEvent,
    InboundMessage,
    OutboundPart,
    RawItem,
    Visibility,
)
from connectors.matrix.connector import CONNECTOR
from connectors.matrix.link import MatrixLink
from tests.support.synapse import Person

T = TypeVar("T")
_PATIENCE = 60.0


def run(work: Coroutine[object, object, T]) -> T:
    """Run a test that waits."""
    return asyncio.run(work)


def account(url: str, bot: Person, folder: Path, **values: str) -> Account:
    """Return the bot's account, logging in with its password where nothing else is said."""
    own = {"password": bot.password} if not values.keys() & {"access_token"} else {}
    settings = {"homeserver": url, "user_id": bot.user_id} | own | values
    return Account("matrix", folder, settings)


class Core:
    """Asks a link for news and stores them with their cursor, each event once."""

    def __init__(self, account: Account, *, encryption: bool = False) -> None:
        self.account = account
        self.encryption = encryption
        self.ahead = timedelta()  # of the real time
        self.cursor: str | None = None
        self.items: dict[str, RawItem] = {}
        self.renewed: dict[str, str] = {}
        self.link = self.fresh_link()

    def fresh_link(self) -> MatrixLink:
        values = {**self.account.values, **getattr(self, "renewed", {})}
        self.account = Account(self.account.slug, self.account.folder, values)
        self.link = MatrixLink(
            self.account,
            CONNECTOR.capabilities,
            encryption=self.encryption,
            now=lambda: datetime.now(UTC) + self.ahead,
        )
        return self.link

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.link.close()

    async def pull(self) -> Batch:
        batch = await self.link.pull(self.cursor)
        for item in batch.items:
            self.items.setdefault(item.event_id, item)
        self.cursor = batch.cursor
        if batch.standing is not None:
            self.renewed |= batch.standing.renewed
        return batch

    async def until(self, done: Callable[[], object]) -> None:
        """Go on until `done`, or until nobody would wait any longer."""
        deadline = time.monotonic() + _PATIENCE
        while not done():
            assert time.monotonic() < deadline, f"still waiting, with {self.texts}"
            await self.pull()

    @property
    def events(self) -> list[InboundEvent]:
        return [event for item in self.items.values() for event in CONNECTOR.parse(item.payload)]

    @property
    def messages(self) -> list[InboundMessage]:
        return [event for event in self.events if isinstance(event, InboundMessage)]

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.messages]

    def part(self, text: str, thread: str, **fields: object) -> OutboundPart:
        """Return a text for a thread, private where nothing else is said."""
        visibility = fields.pop("visibility", Visibility.PRIVATE)
        assert isinstance(visibility, Visibility)
        reply = fields.pop("in_reply_to", None)
        assert reply is None or isinstance(reply, str)
        assert not fields
        return OutboundPart(thread, visibility, text, in_reply_to=reply)


def content(event: Mapping[str, object]) -> Mapping[str, object]:
    """Return an event's content."""
    found = event["content"]
    assert isinstance(found, dict)
    return found
