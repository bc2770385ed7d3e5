"""What the Matrix tests share: the core's side of a link, as small as it can be."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self, TypeVar

from connectors.base import Account, Batch, InboundEvent, InboundMessage, OutboundPart, RawItem
from connectors.capabilities import Visibility
from connectors.matrix.connector import CONNECTOR
from connectors.matrix.link import MatrixLink
from connectors.shapes import at
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
        self.citizen: str | None = None  # to whom parts go where nobody has written yet
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
            ticks=lambda: time.monotonic() + self.ahead.total_seconds(),
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

    def texts_of(self, room: str) -> list[str]:
        """Return what was said in one room, notes on what is missing aside."""
        found = (item for item in self.items.values() if item.order_key == room)
        said = [at(item.payload, "event", "content", "body") for item in found]
        return [str(body) for body in said if body is not None]

    def part(
        self,
        text: str,
        thread: str,
        *,
        visibility: Visibility = Visibility.PRIVATE,
        in_reply_to: str | None = None,
        to: str | None = None,
        automatic: bool = False,
    ) -> OutboundPart:
        """Return a text for a thread, private and to who wrote there where nothing else is said."""
        return OutboundPart(
            thread,
            visibility,
            text,
            in_reply_to=in_reply_to,
            recipient=self._citizen(thread) if to is None else to,
            automatic=automatic,
        )

    def _citizen(self, thread: str) -> str | None:
        """Return who wrote last in a thread; the core knows it from the conversation."""
        wrote = [one.sender.id for one in self.messages if one.thread == thread]
        return wrote[-1] if wrote else self.citizen


def content(event: Mapping[str, object]) -> Mapping[str, object]:
    """Return an event's content."""
    found = event["content"]
    assert isinstance(found, dict)
    return found
