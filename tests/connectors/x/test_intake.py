"""What citizens write to the account: complete, in order, each once, private or public."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.base import (
    AWAITED,
    FileLostError,
    InboundDeletion,
    InboundEdit,
    InboundMessage,
    Lost,
    LostError,
    ParseError,
    PlatformError,
    RawItem,
    Trouble,
)
from connectors.capabilities import Visibility
from connectors.push import Call
from connectors.x.connector import CONNECTOR
from connectors.x.push import receive
from tests.connectors.x.counterpart import settings
from tests.connectors.x.support import Core, run
from tests.fakes import x_shown
from tests.fakes.x import HANDLE, Refusal, X, problem

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


def test_a_mention_is_public_and_a_direct_message_is_private(x: X, core: Core) -> None:
    async def story() -> None:
        async with core:
            post = x.write(
                "anna", f"@{HANDLE} Die Lampe & der Weg <hier>: https://karte.test/a?b=1&copy=2"
            )
            event = x.message("anna", "Unter uns: https://karte.test/x")
            await core.pull()
            said, direct = core.messages
            assert said.native_id == said.thread == str(post)
            assert said.visibility is Visibility.PUBLIC
            assert said.text == "Die Lampe & der Weg <hier>: https://karte.test/a?b=1&copy=2"
            assert direct.native_id == f"dm:{event}"
            assert direct.visibility is Visibility.PRIVATE
            assert direct.text == "Unter uns: https://karte.test/x"
            assert direct.thread == CONNECTOR.private_thread(said.sender.id)
            assert said.sender == direct.sender
            assert said.sender.name == "Anna"
            assert said.sent_at == core.clock.now().replace(microsecond=0)

    run(story())


def test_what_was_there_before_the_account_was_connected_is_not_taken_in(x: X, core: Core) -> None:
    x.write("anna", f"@{HANDLE} Alt")
    x.message("anna", "Auch alt")

    async def story() -> None:
        async with core:
            await core.pull()
            assert core.texts == []
            x.write("anna", f"@{HANDLE} Neu")
            await core.pull()
            assert core.texts == ["Neu"]

    run(story())


@pytest.mark.parametrize("dialect", ["tweet", "post"])
def test_after_an_outage_everything_comes_in_order(x: X, core: Core, dialect: str) -> None:
    x.dialect = dialect

    async def story() -> None:
        async with core:
            for number in range(230):
                x.write("anna", f"@{HANDLE} Meldung {number}")
            for number in range(115):
                x.message("berta", f"Nachricht {number}")
            await core.pull()
            said = [one.text for one in core.messages if one.visibility is Visibility.PUBLIC]
            direct = [one.text for one in core.messages if one.visibility is Visibility.PRIVATE]
            assert said == [f"Meldung {number}" for number in range(230)]
            assert direct == [f"Nachricht {number}" for number in range(115)]
            calm = await core.pull()
            assert calm.items == ()

    run(story())


def test_a_way_back_that_is_interrupted_goes_on_where_it_was(x: X, core: Core) -> None:
    async def story() -> None:
        async with core:
            for number in range(250):
                x.write("anna", f"@{HANDLE} Meldung {number}")
            core.clock.advance(60)
            asked = x.count("GET", "/mentions")
            before = core.cursor
            pages = iter(range(100))

            def tired(_method: str, path: str) -> Refusal | None:
                second = path.endswith("/mentions") and next(pages) == 1
                return Refusal(429, {"title": "Too Many Requests"}) if second else None

            x.refuse = tired
            with pytest.raises(PlatformError) as raised:
                await core.pull()
            assert raised.value.trouble is Trouble.RATE
            assert core.cursor == before
            await core.pull()
            assert core.texts == [f"Meldung {number}" for number in range(250)]
            assert x.count("GET", "/mentions") - asked == 4, "no page is asked for twice"

    run(story())


def test_the_same_cursor_brings_the_same_news(x: X, core: Core) -> None:
    async def story() -> None:
        async with core:
            before = core.cursor
            x.write("anna", f"@{HANDLE} Eins")
            x.message("anna", "Zwei")
            core.clock.advance(60)
            batch = await core.link.pull(before)
            assert [item.event_id for item in batch.items]
            assert await core.link.pull(before) == batch
            await core.link.close()
            again = await core.fresh_link().pull(before)
            assert again.items == batch.items

    run(story())


def test_what_x_tells_and_what_is_fetched_is_the_same_thing(x: X, core: Core) -> None:
    async def story() -> None:
        async with core:
            post = x.find(x.write("anna", f"@{HANDLE} Über die Straße 🌳"))
            assert post is not None
            event_id = x.message("anna", "Grüße 🌳")
            event = next(one for one in x.messages if one.id == event_id)
            pushed: list[RawItem] = []
            for told in (x_shown.told(x, post), x_shown.told_directly(x, event)):
                body = json.dumps(told).encode()
                call = Call("POST", {"x-twitter-webhooks-signature": x.sign(body)}, {}, body)
                answer = receive(call, settings(x.url), NOW)
                assert answer.status == 200
                pushed += answer.items
            await core.pull()
            assert [item.event_id for item in pushed] == list(core.items)
            assert [item.order_key for item in pushed] == [
                item.order_key for item in core.items.values()
            ]
            events = [event for item in pushed for event in CONNECTOR.parse(item.payload)]
            assert [
                (e.native_id, e.thread, e.text) for e in events if isinstance(e, InboundMessage)
            ] == [(e.native_id, e.thread, e.text) for e in core.messages]

    run(story())


def test_an_edited_post_changes_the_one_that_was_there(x: X, core: Core) -> None:
    async def story() -> None:
        async with core:
            first = x.write("anna", f"@{HANDLE} Die Lampe ist kaput")
            await core.pull()
            x.change(first, f"@{HANDLE} Die Lampe ist kaputt")
            await core.pull()
            *_, message, edit = core.events
            assert isinstance(edit, InboundEdit)
            assert (edit.native_id, edit.text) == (str(first), "Die Lampe ist kaputt")
            assert isinstance(message, InboundMessage)
            assert message.native_id == str(first), "the core knows it already"

    run(story())


def test_whoever_names_the_city_only_by_editing_is_heard(x: X, core: Core) -> None:
    async def story() -> None:
        async with core:
            first = x.write("anna", "Die Lampe ist kaputt")
            await core.pull()
            assert core.texts == []
            x.change(first, f"@{HANDLE} Die Lampe ist kaputt")
            await core.pull()
            assert core.texts == ["Die Lampe ist kaputt"]

    run(story())


def test_a_group_is_public_and_only_what_names_us_is_for_us(x: X, core: Core) -> None:
    async def story() -> None:
        async with core:
            x.message("anna", "Unter Freundinnen", group="555")
            x.message("anna", f"@{HANDLE} Was meinen Sie?", group="555")
            await core.pull()
            [message] = core.messages
            assert message.visibility is Visibility.PUBLIC
            assert (message.thread, message.text) == ("group:555", "Was meinen Sie?")

    run(story())


def test_each_photo_is_fetched_and_none_is_lost(x: X, core: Core) -> None:
    async def story() -> None:
        async with core:
            photos = tuple(x.photo(f"Foto {number}".encode()) for number in range(3))
            post = x.write("anna", f"@{HANDLE} Drei Fotos", media=photos)
            await core.pull()
            assert [item.awaits for item in core.items.values()] == [True] * 3
            assert [message.unread for message in core.messages] == [AWAITED] * 3
            assert [message.native_id for message in core.messages] == [
                str(post),
                f"{post}/2",
                f"{post}/3",
            ]
            files = [await core.link.fetch(item.payload) for item in core.items.values()]
            assert [file.content for file in files] == [b"Foto 0", b"Foto 1", b"Foto 2"]
            assert {file.declared_type for file in files} == {"image/jpeg"}
            x.files.clear()
            with pytest.raises(FileLostError):
                await core.link.fetch(next(iter(core.items.values())).payload)

    run(story())


def test_a_video_and_what_nobody_knows_yet_are_shown_to_a_person(x: X, core: Core) -> None:
    async def story() -> None:
        async with core:
            x.write("anna", f"@{HANDLE} Sehen Sie", media=(x.photo(b"?", "video"),))
            x.message("anna", "", media=(x.photo(b"?", "hologram"),))
            await core.pull()
            assert [message.unread for message in core.messages] == ["video", "unknown"]

    run(story())


def test_what_nobody_can_read_does_not_stop_the_next(x: X, core: Core) -> None:
    async def story() -> None:
        async with core:
            broken = x.find(x.write("anna", f"@{HANDLE} ?"))
            nameless = x.find(x.write("anna", f"@{HANDLE} ?"))
            assert broken is not None
            assert nameless is not None
            broken.broken = {"id": str(broken.id), "text": 7}
            nameless.broken = {"text": "ohne Namen"}
            x.write("anna", f"@{HANDLE} Gut")
            await core.pull()
            read, poison = [], 0
            for item in core.items.values():
                try:
                    read += CONNECTOR.parse(item.payload)
                except ParseError:
                    poison += 1
            assert poison == 2
            assert [event.text for event in read if isinstance(event, InboundMessage)] == ["Gut"]
            count = len(core.items)
            await core.pull()
            assert len(core.items) == count

    run(story())


def test_trouble_with_one_list_does_not_hold_up_the_other(x: X, core: Core) -> None:
    async def story() -> None:
        async with core:
            x.write("anna", f"@{HANDLE} Trotzdem")
            rights = problem(
                403,
                "Your client app is not configured with the appropriate oauth1 app permissions.",
                "https://api.twitter.com/2/problems/oauth1-permissions",
            )
            x.refuse = lambda _method, path: rights if path == "/2/dm_events" else None
            await core.pull()
            assert core.texts == ["Trotzdem"]
            with pytest.raises(PlatformError) as raised:
                await core.pull()
            assert raised.value.trouble is Trouble.SETTINGS
            assert raised.value.detail.startswith("no_rights")

    run(story())


def test_x_is_asked_as_often_as_it_allows_and_not_more(x: X, core: Core) -> None:
    x.a_window = 300

    async def story() -> None:
        async with core:
            for _ in range(40):
                await core.pull()
            passed = core.clock.ticks()
            assert x.count("GET", "/mentions") <= 300 * passed / 900 + 1
            assert max(core.waits) <= 25

    run(story())


def test_with_a_webhook_x_is_asked_every_ten_minutes(x: X, tmp_path: Path) -> None:
    core = Core(x, tmp_path / "x", intake="webhook")

    async def story() -> None:
        async with core:
            while core.clock.ticks() < 1200:
                await core.pull()
            assert x.count("GET", "/mentions") == 3

    run(story())


@pytest.mark.parametrize(
    "stored", ["kaputt", "[]", "[" * 99_999, '{"mentions": "kaputt", "messages": "5"}']
)
def test_a_place_that_nobody_can_read_is_told(x: X, core: Core, stored: str) -> None:
    async def story() -> None:
        async with core:
            x.write("anna", f"@{HANDLE} davor")
            core.cursor = stored
            core.clock.advance(60)
            [note] = (await core.pull()).items
            with pytest.raises(LostError) as lost:
                CONNECTOR.parse(note.payload)
            assert lost.value.code == Lost.PLACE_LOST
            core.items.clear()
            x.write("anna", f"@{HANDLE} danach")
            core.clock.advance(60)
            await core.pull()
            assert core.texts == ["danach"]

    run(story())


def test_a_deletion_that_x_tells_of_takes_all_of_it(x: X) -> None:
    told = {
        "data": {
            "filter": {"user_id": "8001"},
            "event_type": "post.delete",
            "payload": {"id": "42", "author_id": "8001"},
        }
    }
    body = json.dumps(told).encode()
    call = Call("POST", {"x-twitter-webhooks-signature": x.sign(body)}, {}, body)
    [item] = receive(call, settings(x.url), NOW).items
    gone = CONNECTOR.parse(item.payload)
    assert gone == [InboundDeletion(name) for name in ("42", "42/2", "42/3", "42/4")]


@pytest.mark.parametrize("dialect", ["tweet", "post"])
def test_a_direct_answer_to_a_post_of_ours_stands_below_it(x: X, core: Core, dialect: str) -> None:
    x.dialect = dialect

    async def story() -> None:
        async with core:
            ours = x.write(HANDLE, "Am Samstag ist Markt.")
            theirs = x.write("anna", "Ohne uns")
            first = x.write("anna", f"@{HANDLE} Schon wieder?", reply_to=ours)
            await core.pull()
            x.write("bert", f"@{HANDLE} Finde ich auch", reply_to=first)
            x.write("anna", f"@{HANDLE} Seht mal", reply_to=theirs)
            x.write("anna", f"@{HANDLE} Von vorn")
            await core.pull()
            assert {one.text: one.below for one in core.messages} == {
                "Schon wieder?": str(ours),
                "Finde ich auch": None,  # X tells only of the one above it whose it is
                "Seht mal": None,
                "Von vorn": None,
            }

    run(story())
