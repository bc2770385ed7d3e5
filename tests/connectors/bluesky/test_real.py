"""The connector against the official servers, where they are installed."""

import asyncio
import io
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from connectors.base import (
    AWAITED,
    Account,
    InboundDeletion,
    InboundEvent,
    InboundMessage,
    InboundReaction,
    OutboundPart,
    RawFile,
)
from connectors.bluesky.connector import CONNECTOR
from connectors.bluesky.link import BlueskyLink
from connectors.capabilities import Act, Visibility
from connectors.results import Duplicate, Permanent, Refusal, SendResult, Sent
from connectors.shapes import at
from tests.connectors.bluesky.support import key_of
from tests.support import atproto
from tests.support.atproto import Network, Person

_PATIENCE = 30.0  # seconds until the AppView has taken something in
FAMILY = "👨‍👩‍👧"


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    if not atproto.installed():
        pytest.skip("the AT protocol's servers are not here; tests/atproto/install.sh brings them")
    with atproto.running() as found:
        yield found


class City:
    """The city's account, with a link of its own."""

    def __init__(self, network: Network) -> None:
        self.us = network.account("stadt")
        self.values = {
            "server": network.url,
            "handle": self.us.handle,
            "app_password": self.us.password,
        }
        self.cursor: str | None = None
        self.events: list[InboundEvent] = []
        self.link = self.restarted()

    def restarted(self) -> BlueskyLink:
        account = Account("bluesky", Path("/nonexistent"), self.values)
        self.link = BlueskyLink(account, CONNECTOR.capabilities)
        return self.link

    async def pull(self) -> None:
        batch = await self.link.pull(self.cursor)
        self.cursor = batch.cursor
        self.events += [e for item in batch.items for e in CONNECTOR.parse(item.payload)]
        if batch.standing is not None:
            self.values |= batch.standing.renewed

    async def until(self, done: Callable[[], object]) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not done():
            assert time.monotonic() < deadline, self.events
            await self.pull()

    @property
    def messages(self) -> list[InboundMessage]:
        return [event for event in self.events if isinstance(event, InboundMessage)]

    async def send(self, number: int, text: str = "", **more: object) -> SendResult:
        values = {"thread": "", "visibility": Visibility.PUBLIC, "text": text} | more
        return await self.link.send(OutboundPart(**values), key=key_of(number))  # type: ignore[arg-type]


async def _seen(network: Network, who: Person, uri: str) -> dict[str, object]:
    """Return a post as soon as the AppView shows it."""
    for _ in range(int(_PATIENCE * 10)):
        if (found := network.seen(who, uri)) is not None:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(uri)


def test_a_conversation_goes_there_and_back(network: Network) -> None:
    async def story(city: City) -> None:
        anna = network.account("anna")
        await city.pull()
        content = io.BytesIO()
        Image.new("RGB", (80, 60), "red").save(content, "JPEG")
        image = {"image": network.upload(anna, content.getvalue()), "alt": "ein Loch"}
        embed = {"$type": "app.bsky.embed.images", "images": [image]}
        text = f"{FAMILY} Schlagloch in der Königstraße"
        asked = network.post(anna, text, mention=city.us, extra={"embed": embed})
        await city.until(lambda: city.messages)
        (message,) = city.messages
        assert (message.text, message.unread, message.files) == (text, AWAITED, 1)
        assert (message.thread, message.native_id) == (asked["uri"], asked["uri"])
        assert (message.sender.id, message.sender.name) == (anna.did, "Anna")

        where = {"thread": message.thread, "in_reply_to": message.native_id, "automatic": True}
        said = f"Danke @{anna.handle}, siehe https://stadt.test/ä."
        sent = await city.send(1, said, **where)
        assert isinstance(sent, Sent)
        assert await city.send(1, said, **where) == Duplicate(sent.native_id)
        shown = await _seen(network, anna, sent.native_id)
        assert at(shown, "record", "reply") == {"root": asked, "parent": asked}
        assert len(at(shown, "record", "facets")) == 2  # type: ignore[arg-type]
        ours = {"uri": sent.native_id, "cid": str(shown["cid"])}
        sign = {"subject": ours, "createdAt": datetime.now(UTC).isoformat()}
        network.publish(anna, "app.bsky.feed.like", sign)
        network.post(anna, "Und wann?", extra={"reply": {"root": asked, "parent": ours}})
        await city.until(lambda: len(city.events) == 3)
        assert city.messages[1].thread == asked["uri"]
        (like,) = (event for event in city.events if isinstance(event, InboundReaction))
        assert like.target == sent.native_id

        await city.link.close()
        assert (await city.restarted().check()).renewed == {}, "no new log-in"

    _run(network, story)


def test_no_post_of_one_instant_is_passed_over(network: Network) -> None:
    async def story(city: City) -> None:
        anna = network.account("anna")
        await city.pull()
        instant = datetime.now(UTC) - timedelta(seconds=1)
        wanted = {f"Meldung {number}" for number in range(130)}
        for number, text in enumerate(sorted(wanted)):
            network.post(
                anna, text, mention=city.us, at=instant + timedelta(milliseconds=number // 65)
            )
        await city.until(lambda: {one.text for one in city.messages} == wanted)
        assert len(city.messages) == len(wanted)

    _run(network, story)


def test_limits_are_those_of_the_server(network: Network) -> None:
    async def story(city: City) -> None:
        await city.pull()
        for number, text in enumerate(("ä" * 300, FAMILY * 166, "ไทย" * 100)):
            assert isinstance(await city.send(number, text), Sent)
        for number, text in enumerate(("ä" * 301, FAMILY * 167, "🏳️‍🌈" * 300), 10):
            assert isinstance(await city.send(number, text), Permanent)
        noise = Image.effect_noise((1600, 1600), 200)
        content = io.BytesIO()
        noise.save(content, "JPEG", quality=97)
        assert len(content.getvalue()) > CONNECTOR.capabilities.max_media_bytes
        huge = RawFile("a.jpg", "image/jpeg", content.getvalue())
        refused = await city.send(20, file=huge)
        assert isinstance(refused, Permanent)
        assert refused.code is Refusal.TOO_LARGE

    _run(network, story)


def test_what_is_deleted_hidden_or_blocked(network: Network) -> None:
    async def story(city: City) -> None:
        anna, bert = network.account("anna"), network.account("bert")
        await city.pull()
        root = await city.send(1, "Der Markt fällt aus.")
        assert isinstance(root, Sent)
        shown = await _seen(network, anna, root.native_id)
        ours = {"uri": root.native_id, "cid": str(shown["cid"])}
        reply = {"reply": {"root": ours, "parent": ours}}
        bad = [network.post(who, "Pfui", extra=reply)["uri"] for who in (anna, bert)]
        await city.until(lambda: len(city.messages) == 2)
        for _ in range(2):
            hide = {"thread": root.native_id, "act": Act.HIDE, "target": bad[0]}
            assert isinstance(await city.send(2, **hide), Sent)
        network.remove(anna, bad[0])
        block = {"subject": city.us.did, "createdAt": datetime.now(UTC).isoformat()}
        network.publish(bert, "app.bsky.graph.block", block)
        await city.until(lambda: any(isinstance(one, InboundDeletion) for one in city.events))
        gone = [one.native_id for one in city.events if isinstance(one, InboundDeletion)]
        assert bad[0] in gone
        assert bad[1] not in gone
        for number, (uri, code) in enumerate(
            zip(bad, (Refusal.REFUSED, Refusal.BLOCKED), strict=True)
        ):
            refused = await city.send(3 + number, "?", thread=root.native_id, in_reply_to=uri)
            assert isinstance(refused, Permanent)
            assert refused.code is code
        for _ in range(2):
            assert isinstance(await city.send(9, act=Act.DELETE, target=root.native_id), Sent)

    _run(network, story)


def _run(network: Network, story: Callable[[City], Awaitable[None]]) -> None:
    async def told() -> None:
        city = City(network)
        try:
            await story(city)
        finally:
            await city.link.close()

    asyncio.run(told())
