"""What the e-mail tests share: the core's side of a link, as small as it can be."""

import asyncio
from collections.abc import Coroutine, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Self, TypeVar

from connectors.base import (
    Account,
    Batch,
    InboundEvent,
    InboundMessage,
    Network,
    OutboundPart,
    RawFile,
    RawItem,
)
from connectors.capabilities import Visibility
from connectors.email import items
from connectors.email.connector import CONNECTOR
from connectors.email.link import EmailLink

T = TypeVar("T")
ME = "stadt@city.test"


def run(work: Coroutine[object, object, T]) -> T:
    """Run a test that waits."""
    return asyncio.run(work)


def item(raw: str | bytes) -> RawItem:
    """Return the raw item of a mail to the city."""
    content = raw.encode() if isinstance(raw, str) else raw
    return items.item(content, me=ME, most=CONNECTOR.capabilities.max_media_bytes)


def read(raw: str | bytes) -> list[InboundEvent]:
    """Read a mail to the city."""
    return CONNECTOR.parse(item(raw).payload)


def message(raw: str | bytes) -> InboundMessage:
    """Read a mail that is one message."""
    (found,) = read(raw)
    assert isinstance(found, InboundMessage)
    return found


def source(body: str, **headers: str) -> str:
    """Return a mail's source; `_` in a name is `-`, an empty header is left out."""
    whole = {
        "From": "Anna <anna@example.org>",
        "To": ME,
        "Subject": "Re: Anfrage",
        "Message-ID": "<m1@example.org>",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    return "".join(f"{name}: {value}\n" for name, value in whole.items() if value) + f"\n{body}"


class Core:
    """Asks a link for news and stores them with their cursor, each event once."""

    def __init__(
        self, settings: Mapping[str, str], folder: Path, *, ca_file: Path | None = None
    ) -> None:
        self.account = Account("post", folder, settings, Network(ca_file=ca_file))
        self.cursor: str | None = None
        self.items: dict[str, RawItem] = {}
        self.link = self.fresh_link()

    def fresh_link(self, now: datetime | None = None) -> EmailLink:
        self.link = EmailLink(
            self.account, CONNECTOR.capabilities, now=lambda: now or datetime.now(UTC)
        )
        return self.link

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.link.close()

    async def begin(self) -> None:
        """Connect for the first time: from now on."""
        await self.pull()

    async def pull(self) -> Batch:
        batch = await self.link.pull(self.cursor)
        for one in batch.items:
            self.items.setdefault(one.event_id, one)
        self.cursor = batch.cursor
        return batch

    async def all(self) -> list[Batch]:
        """Pull until there is no more right now."""
        batches = [await self.pull()]
        while batches[-1].more:
            batches.append(await self.pull())
        return batches

    @property
    def messages(self) -> list[InboundMessage]:
        found = (event for one in self.items.values() for event in CONNECTOR.parse(one.payload))
        return [event for event in found if isinstance(event, InboundMessage)]

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.messages]


def part(
    text: str,
    thread: str,
    *,
    to: str | None = "anna@example.org",
    in_reply_to: str | None = None,
    automatic: bool = False,
    file: RawFile | None = None,
) -> OutboundPart:
    """Return a private part."""
    return OutboundPart(
        thread,
        Visibility.PRIVATE,
        text,
        in_reply_to=in_reply_to,
        recipient=to,
        automatic=automatic,
        file=file,
    )
