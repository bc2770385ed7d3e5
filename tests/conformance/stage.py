"""Where a case plays: a link, its platform, the lines between them, and the core's side of it."""

import asyncio
import importlib
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self, TypedDict, Unpack

from connectors import registry
from connectors.base import (
    Account,
    Batch,
    Button,
    Connector,
    InboundEvent,
    InboundMessage,
    Link,
    OutboundPart,
    ParseError,
    PlatformError,
    RawFile,
    RawItem,
)
from connectors.capabilities import Act, Visibility
from connectors.results import Sent
from tests.conformance.counterpart import Counterpart, Heard
from tests.fakes.line import Line, lines

_PATIENCE = 60.0  # seconds until a test gives up


class Parts(TypedDict, total=False):
    """What else a part may be."""

    buttons: tuple[Button, ...]
    file: RawFile
    act: Act
    target: str


@dataclass
class Stage:
    """One account of one kind; it keeps what came as the core does, each item once.

    `given` tells how often an item came.
    """

    kind: str
    platform: Counterpart
    lines: Mapping[str, Line]
    folder: Path
    cursor: str | None = None
    items: dict[str, RawItem] = field(default_factory=dict)
    given: Counter[str] = field(default_factory=Counter)
    renewed: dict[str, str] = field(default_factory=dict)
    _links: list[Link] = field(default_factory=list)
    _is_pulled: bool = False

    @property
    def connector(self) -> Connector:
        return registry.connector(self.kind)

    @property
    def visibility(self) -> Visibility:
        """Where a conversation of this kind is at home."""
        can = self.connector.capabilities.visibility
        return Visibility.PRIVATE if Visibility.PRIVATE in can else Visibility.PUBLIC

    @property
    def asked(self) -> int:
        return sum(line.asked for line in self.lines.values())

    @property
    def account(self) -> Account:
        ports = {name: line.port for name, line in self.lines.items()}
        values = self.platform.settings(ports) | self.renewed
        return Account(self.kind, self.folder, values, push_url="https://stadt.test/webhooks/x")

    def open(self) -> Link:
        """Return a fresh link, as another process would have it."""
        link = self.connector.connect(self.account)
        self._links.append(link)
        return link

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for line in self.lines.values():
            line.mend()
        for link in self._links:
            await link.close()
        self._links.clear()

    async def pull(self, link: Link) -> Batch:
        """Pull once, and keep what came with its cursor."""
        batch = await link.pull(self.cursor)
        self.keep(batch)
        return batch

    def keep(self, batch: Batch) -> None:
        """Keep a batch as the core does."""
        for item in batch.items:
            self.items.setdefault(item.event_id, item)
            self.given[item.event_id] += 1
        self.cursor = batch.cursor
        if batch.standing is not None:
            self.renewed |= batch.standing.renewed

    async def until(self, link: Link, done: Callable[[], object]) -> None:
        """Pull until `done`; where the link is `pulled` already, wait."""
        deadline = time.monotonic() + _PATIENCE
        while not done():
            assert time.monotonic() < deadline, f"still waiting, with {self.texts}"
            await (asyncio.sleep(0.02) if self._is_pulled else self.pull(link))

    @asynccontextmanager
    async def pulled(self, link: Link) -> AsyncIterator[None]:
        """Pull all the time beside what the case does, as the core does."""

        async def go_on() -> None:
            while True:
                try:
                    await self.pull(link)
                except PlatformError:
                    await asyncio.sleep(0.1)

        self._is_pulled = True
        task = asyncio.create_task(go_on())
        try:
            yield
        finally:
            self._is_pulled = False
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def asked_again(self, waiting: asyncio.Task[Batch]) -> None:
        """Wait until the platform has been asked, or has answered."""
        asked = self.asked
        while not waiting.done():
            if self.asked > asked:
                return
            await asyncio.sleep(0.01)

    async def met(self, *people: str, public: bool = False) -> Link:
        """Return a link of an account that these people have written to."""
        link = self.open()
        if self.cursor is None:
            await self.pull(link)
        visibility = Visibility.PUBLIC if public else self.visibility
        for who in people:
            word = f"Hallo, hier ist {who}."
            if self.message(word) is None:
                self.platform.say(who, word, visibility=visibility)
                await self.until(link, lambda word=word: self.message(word))  # type: ignore[misc]
        return link

    @property
    def events(self) -> list[InboundEvent]:
        found: list[InboundEvent] = []
        for item in self.items.values():
            try:
                found += self.connector.parse(item.payload)
            except ParseError:
                continue
        return found

    @property
    def messages(self) -> list[InboundMessage]:
        return [event for event in self.events if isinstance(event, InboundMessage)]

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.messages]

    def message(self, text: str) -> InboundMessage | None:
        """Return what somebody wrote, by its text."""
        return next((one for one in self.messages if text in one.text), None)

    def greeting(self, who: str) -> InboundMessage:
        """Return what somebody wrote when we `met`."""
        found = self.message(f"Hallo, hier ist {who}.")
        assert found is not None
        return found

    def answer(self, to: InboundMessage, text: str) -> OutboundPart:
        """Return an answer to somebody's message."""
        return OutboundPart(
            to.thread, to.visibility, text, in_reply_to=to.native_id, recipient=to.sender.id
        )

    async def sent(self, link: Link, who: str, text: str, **more: Unpack[Parts]) -> str:
        """Answer somebody's greeting; return the platform's name of the answer."""
        part = replace(self.answer(self.greeting(who), text), **more)
        result = await link.send(part, key=self.key())
        assert isinstance(result, Sent), result
        return result.native_id

    def key(self) -> str:
        """Return a new key, as the outbox makes them."""
        return f"{int(time.time() * 1000):012x}{secrets.token_hex(10)}"

    def posted(self, text: str) -> list[Heard]:
        """Return what our account has posted that says so."""
        return [one for one in self.platform.heard() if text in one.text]


def foreign() -> list[str]:
    """Return the kinds that speak to a platform of somebody else's."""
    return [one for one in registry.kinds() if not registry.connector(one).capabilities.own]


@contextmanager
def staged(kind: str, folder: Path) -> Iterator[Stage]:
    """Run the platform of a kind with a line to each of its services."""
    module = importlib.import_module(f"tests.connectors.{kind}.counterpart")
    with module.running() as platform, lines(dict(platform.ports)) as between:
        yield Stage(kind, platform, between, folder)
