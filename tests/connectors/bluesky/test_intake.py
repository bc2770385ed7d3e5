"""What people write reaches the core: all of it, once, oldest first."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from connectors.asking import ANSWER
from connectors.base import (
    AWAITED,
    FileLostError,
    InboundDeletion,
    InboundReaction,
    Lost,
    LostError,
    ParseError,
    PlatformError,
    Trouble,
)
from connectors.bluesky.connector import CONNECTOR
from connectors.bluesky.intake import _PAGES
from connectors.capabilities import Visibility
from connectors.results import Sent
from tests.connectors.bluesky.support import NOW, Core, post
from tests.fakes.bluesky import LIKE, REPOST, XrpcError

JPEG = ("image/jpeg", b"\xff\xd8\xff first")


def test_what_was_said_before_the_account_was_connected_is_left_alone(core: Core) -> None:
    async def story() -> None:
        core.mention("anna", "gestern")
        assert await core.hear() == []
        core.mention("anna", "heute")
        assert await core.hear() == ["heute"]

    core.run(story())


@pytest.mark.parametrize("stored", ["kaputt", "{}", "[" * 99_999])
def test_a_place_that_nobody_can_read_is_told(core: Core, stored: str) -> None:
    async def story() -> None:
        await core.hear()
        core.mention("anna", "davor")
        core.cursor = stored
        [note] = (await core.pull()).items
        with pytest.raises(LostError) as lost:
            CONNECTOR.parse(note.payload)
        assert lost.value.code == Lost.PLACE_LOST
        core.mention("anna", "danach")
        assert await core.hear() == ["danach"]

    core.run(story())


def test_a_page_beyond_every_size_stops_nobody(core: Core) -> None:
    minutes = count()
    core.network.now = lambda: NOW + timedelta(minutes=next(minutes))
    core.restarted()

    async def story() -> None:
        await core.hear()
        core.mention("anna", "davor")
        for number in range(2):
            core.network.notify(core.us.did, "", "", raw=_huge(core, number, ANSWER // 2))
        for number in range(10):
            core.mention("anna", f"danach {number}")
        assert await core.hear() == ["davor", *(f"danach {number}" for number in range(10))]
        core.mention("anna", "das fehlt")
        core.network.notify(core.us.did, "", "", raw=_huge(core, 2, ANSWER))
        assert await core.hear() == []
        core.mention("anna", "und weiter")
        core.network.notify(core.us.did, "", "", raw=_huge(core, 3, ANSWER))
        core.mention("anna", "weiter")
        assert await core.hear() == ["weiter"]
        notes = [one.payload["skipped"] for one in core.items.values() if "skipped" in one.payload]
        assert notes == [Lost.MONSTROUS, Lost.MONSTROUS, Lost.OVERSIZE, Lost.OVERSIZE]

    core.run(story())


def _huge(core: Core, number: int, size: int) -> dict[str, object]:
    """Return a notification of so many bytes that comes now."""
    raw = _raw(core, number)
    raw["indexedAt"] = core.network.now().isoformat()
    return raw | {"record": {"$type": "app.bsky.feed.post", "text": "x" * size}}


def test_a_mention_an_answer_and_a_quotation_are_messages(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        asked = core.mention("anna", "Wann ist Markt?")
        assert await core.hear() == ["Wann ist Markt?"]
        await core.send(core.answer("Am Samstag.", asked))
        ours = core.network.posts_of(core.us)[0].uri
        again = core.network.post(core.person("anna"), "Danke!", reply_to=ours)
        record = core.network.records[ours]
        quoted = {"uri": ours, "cid": record.cid}
        embed = {"embed": {"$type": "app.bsky.embed.record", "record": quoted}}
        quotation = core.network.post(core.person("bert"), "Stimmt das?", extra=embed)
        assert await core.hear() == ["Danke!", "Stimmt das?"]
        assert [one.thread for one in core.messages] == [asked, asked, quotation]
        assert [one.native_id for one in core.messages] == [asked, again, quotation]
        assert {one.visibility for one in core.messages} == {Visibility.PUBLIC}
        assert [one.sender.name for one in core.messages] == ["Anna", "Anna", "Bert"]

    core.run(story())


def test_two_who_talk_to_each_other_below_our_post_do_not_talk_to_us(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        await core.send(post("Der Markt fällt aus."))
        ours = core.network.posts_of(core.us)[0].uri
        hers = core.network.post(core.person("anna"), "Schade", reply_to=ours)
        core.network.post(core.person("bert"), "Finde ich auch, Anna", reply_to=hers)
        core.network.post(core.person("anna"), "Und nächste Woche?", reply_to=hers)
        assert await core.hear() == ["Schade", "Und nächste Woche?"]
        core.network.post(core.person("bert"), "Das frage ich auch", reply_to=hers, mention=core.us)
        assert await core.hear() == ["Das frage ich auch"]

    core.run(story())


def test_likes_and_reposts_of_our_posts_are_reactions(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        await core.send(post("Freibad offen"))
        ours = core.network.posts_of(core.us)[0].uri
        liked = core.network.sign(core.person("anna"), LIKE, ours)
        passed = core.network.sign(core.person("bert"), REPOST, ours)
        await core.hear()
        found = [event for event in core.events if isinstance(event, InboundReaction)]
        assert [(one.native_id, one.target, one.symbol) for one in found] == [
            (liked, ours, "♥"),
            (passed, ours, "🔁"),
        ]

    core.run(story())


def test_our_own_posts_and_those_of_programs_are_no_messages(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        machine = core.network.person("rss", is_bot=True)
        core.network.post(machine, "neu im Blog", mention=core.us)
        label = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "bot"}]}
        core.network.post(core.person("carla"), "piep", mention=core.us, extra={"labels": label})
        ours = core.network.post(core.us, "unser Echo")
        core.network.notify(core.us.did, ours, "mention")
        assert await core.hear() == []
        assert len(core.items) == 3

    core.run(story())


def test_the_same_cursor_brings_the_same_news_again_after_a_restart_too(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        for number in range(230):
            core.mention("anna", str(number))
        start = core.cursor
        first = await core.link.pull(start)
        assert first.more
        assert await core.link.pull(start) is first
        await core.link.close()
        again = await core.restarted().pull(start)
        assert [one.event_id for one in again.items] == [one.event_id for one in first.items]
        assert again.cursor == first.cursor
        core.cursor = again.cursor
        await core.link.close()
        core.restarted()  # between two chunks
        assert await core.hear() == [str(number) for number in range(100, 230)]

    core.run(story())


def test_what_is_beyond_all_pages_is_a_note_and_never_silence(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        for number in range(_PAGES * 100):
            core.network.notify(core.us.did, "", "", raw=_raw(core, number))
        while (await core.pull()).more:
            pass
        notes = [item for item in core.items.values() if "skipped" in item.payload]
        assert len(notes) == 1
        with pytest.raises(LostError):
            CONNECTOR.parse(notes[0].payload)
        assert core.texts[-1] == f"Nummer {_PAGES * 100 - 1}"
        assert await core.hear() == []

    core.run(story())


def _raw(core: Core, number: int) -> dict[str, object]:
    at = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=number)
    anna = core.person("anna")
    record = {"$type": "app.bsky.feed.post", "text": f"Nummer {number}"}
    return {
        "uri": f"at://{anna.did}/app.bsky.feed.post/{number}",
        "reason": "mention",
        "author": {"did": anna.did, "handle": anna.handle},
        "record": record,
        "indexedAt": at.isoformat(),
    }


def test_something_broken_holds_up_nothing_and_is_kept(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        core.mention("anna", "davor")
        raws: list[dict[str, object]] = [
            {"uri": 5, "indexedAt": None},
            {"record": {"deep": _deep(200)}},
            {"record": {"big": "x" * 300_000}},
        ]
        for raw in raws:
            core.network.notify(core.us.did, "", "", raw=raw)
        core.mention("anna", "danach")
        assert await core.hear() == ["davor", "danach"]
        assert len(core.items) == 5
        broken = [one for one in core.items.values() if not one.event_id.startswith("at://")]
        for item in broken:
            with pytest.raises(ParseError):
                CONNECTOR.parse(item.payload)
        assert await core.hear() == []

    core.run(story())


def test_a_notification_from_the_future_makes_nothing_known(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        for at in ("2999-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "yesterday", ""):
            raw = _raw(core, len(core.network.notices)) | {"indexedAt": at}
            core.network.notify(core.us.did, "", "", raw=raw)
        assert len(await core.hear()) == 4
        core.mention("anna", "und weiter")
        assert await core.hear() == ["und weiter"]

    core.run(story())


def test_a_server_without_an_end_is_left_after_some_pages(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        core.network.is_endless = True
        asked = len(core.network.asked)
        with pytest.raises(PlatformError) as caught:
            await core.pull()
        assert caught.value.trouble is Trouble.GARBAGE
        assert len(core.network.asked) - asked == _PAGES

    core.run(story())


def _deep(levels: int) -> object:
    found: object = "x"
    for _ in range(levels):
        found = [found]
    return found


def test_a_post_for_an_unknown_reason_is_shown_to_a_person(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        strange = core.network.post(core.person("anna"), "hallo?")
        core.network.notify(core.us.did, strange, "poke")
        follow = core.network.publish(
            core.person("anna"), "app.bsky.graph.follow", {"createdAt": "2026-11-30T08:00:00Z"}
        )
        core.network.notify(core.us.did, follow.uri, "follow")
        await core.hear()
        assert [(one.text, one.unread) for one in core.messages] == [("hallo?", "unknown")]

    core.run(story())


def test_a_post_that_is_deleted_is_taken_away_here_too(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        uris = [core.mention("anna", f"Meldung {number}") for number in range(3)]
        ours = await core.send(post("Der Markt fällt aus."))
        assert isinstance(ours, Sent)
        image = ("image/jpeg", b"one"), ("image/jpeg", b"two")
        shown = core.network.post(
            core.person("bert"), "Foto", reply_to=ours.native_id, images=image
        )
        await core.hear()
        core.network.remove(uris[1])
        core.network.remove(shown)
        core.network.blocks.add((core.person("anna").did, core.us.did))
        start = core.cursor
        batch = await core.pull()
        await core.link.close()
        assert (await core.restarted().pull(start)).items == batch.items
        await core.hear()
        gone = [event for event in core.events if isinstance(event, InboundDeletion)]
        assert {(one.native_id, one.room) for one in gone} >= {
            (uris[1], uris[1]),
            (shown, ours.native_id),
            (f"{shown}#1", ours.native_id),
        }
        assert not {one.native_id for one in gone} & {uris[0], uris[2]}, "they only block us"
        orders = {item.order_key for item in batch.items}
        assert orders == {uris[1], ours.native_id}, "as the messages themselves"

    core.run(story())


def test_a_server_that_shows_nothing_deletes_nothing(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        core.mention("anna", "Hallo")
        await core.hear()
        everything = XrpcError(502, "UpstreamFailure")
        core.network.refusals_of["app.bsky.feed.getPosts"] = everything
        assert await core.hear() == []
        del core.network.refusals_of["app.bsky.feed.getPosts"]
        core.network.refusals_of["com.atproto.repo.getRecord"] = XrpcError(400, "InvalidRequest")
        core.network.blocks.add((core.person("anna").did, core.us.did))
        assert await core.hear() == []
        assert not [event for event in core.events if isinstance(event, InboundDeletion)]

    core.run(story())


def test_images_are_fetched_from_where_the_appview_shows_them(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        anna = core.person("anna")
        images = [JPEG, ("image/png", b"second")]
        uri = core.network.post(anna, "Schlagloch", mention=core.us, images=images)
        await core.hear()
        assert [(one.native_id, one.text, one.unread, one.files) for one in core.messages] == [
            (uri, "Schlagloch", AWAITED, 1),
            (f"{uri}#1", "", AWAITED, 1),
        ]
        assert {one.thread for one in core.messages} == {uri}
        payloads = [item.payload for item in core.items.values() if item.awaits]
        files = [await core.link.fetch(payload) for payload in payloads]
        assert [(f.name, f.declared_type, f.content) for f in files] == [
            ("image1.jpeg", *JPEG),
            ("image2.png", "image/png", b"second"),
        ]
        core.network.remove(uri)
        with pytest.raises(FileLostError):
            await core.link.fetch(payloads[0])

    core.run(story())


def test_a_pull_waits_for_news_with_longer_and_longer_pauses(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        asked = len(core.network.asked)
        assert await core.hear() == []
        assert core.seconds >= 25
        assert 10 < len(core.network.asked) - asked < 30
        for _ in range(8):
            await core.hear()
        asked = len(core.network.asked)
        await core.hear()
        assert len(core.network.asked) - asked <= 7
        core.meanwhile = lambda: core.mention("anna", "endlich")
        assert await core.hear() == ["endlich"]

    core.run(story())
