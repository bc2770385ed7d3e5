"""Rooms and direct chats on a real homeserver: what comes in, what goes out."""

from pathlib import Path

import pytest

from connectors.base import (
    AWAITED,
    MISSING,
    FileLostError,
    InboundDeletion,
    InboundEdit,
    InboundReaction,
    Location,
    OutboundPart,
    RawFile,
)
from connectors.capabilities import Visibility
from connectors.results import Permanent, Sent
from tests.connectors.matrix.support import Core, account, content, run
from tests.support.synapse import Person, Synapse


@pytest.fixture
def core(synapse: Synapse, tmp_path: Path) -> Core:
    return Core(account(synapse.url, synapse.account("stadt"), tmp_path / "matrix"))


def me(core: Core) -> str:
    return core.account.values["user_id"]


PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)


async def meet(core: Core, *people: Person, **options: object) -> str:
    """Have the first invite the bot and the others into a room, and wait until all are there."""
    if core.cursor is None:
        await core.pull()
    first, *others = people
    core.citizen = first.user_id
    room_id = first.room(me(core), *(one.user_id for one in others), **options)
    for one in others:
        one.join(room_id)
    while me(core) not in first.members(room_id):
        await core.pull()
    return room_id


def test_a_direct_chat_both_ways(synapse: Synapse, core: Core) -> None:
    anna = synapse.person("anna")

    async def story() -> None:
        async with core:
            await core.pull()
            room = anna.room(me(core))
            first = anna.say(room, "Die Laterne ist aus")
            await core.until(lambda: core.texts)
            second = anna.say(room, "Dhünnstraße 14")
            await core.until(lambda: len(core.texts) > 1)
            told = core.messages
            assert [message.text for message in told] == ["Die Laterne ist aus", "Dhünnstraße 14"]
            assert [message.native_id for message in told] == [first, second]
            assert {message.visibility for message in told} == {Visibility.PRIVATE}
            assert {message.thread for message in told} == {room}
            assert told[0].sender.id == anna.user_id
            assert told[0].sender.name == "Anna"
            assert told[0].sent_at is not None
            part = core.part("Danke für den Hinweis!", room, in_reply_to=second, automatic=True)
            sent = await core.link.send(part, key="k1")
            assert isinstance(sent, Sent)
            [answer] = [one for one in anna.messages(room) if one["event_id"] == sent.native_id]
            assert content(answer)["body"] == "Danke für den Hinweis!"
            assert content(answer)["msgtype"] == "m.notice", "no program answers it"
            assert content(answer)["m.relates_to"] == {"m.in_reply_to": {"event_id": second}}
            anna.say(room, "Gern")
            await core.until(lambda: len(core.texts) > 2)
            assert core.texts[2:] == ["Gern"], "our own answer is no news"

    run(story())


def test_in_a_group_only_what_is_addressed_to_us_is_stored(synapse: Synapse, core: Core) -> None:
    anna, bela = synapse.person("anna"), synapse.person("bela")

    async def story() -> None:
        async with core:
            room = await meet(core, anna, bela)
            anna.say(room, "Ganz privat unter uns")
            bela.say(room, "Die Stadt sollte mal wieder kehren")
            pill = {"m.mentions": {"user_ids": [me(core)]}}
            first = anna.say(room, "Stadt: wann ist Markt?", **pill)
            await core.until(lambda: core.texts)
            part = core.part("Am Samstag", room, in_reply_to=first, visibility=Visibility.PUBLIC)
            sent = await core.link.send(part, key="k1")
            assert isinstance(sent, Sent)
            reply = {"m.in_reply_to": {"event_id": sent.native_id}}
            quoted = f"> <{me(core)}> Am Samstag\n\nUnd am Sonntag?"
            bela.say(room, quoted, **{"m.relates_to": reply})
            thread = {"rel_type": "m.thread", "event_id": sent.native_id}
            fallback = {"m.in_reply_to": {"event_id": sent.native_id}, "is_falling_back": True}
            bela.say(room, "Im Faden dazu", **{"m.relates_to": thread | fallback})
            other = anna.say(room, "Was ganz anderes")
            elsewhere = {"rel_type": "m.thread", "event_id": other}
            bela.say(room, "In einem fremden Faden", **{"m.relates_to": elsewhere})
            anna.say(room, f"{me(core)} hört hier mit")
            await core.until(lambda: len(core.texts) > 3)
            assert core.texts == [
                "Stadt: wann ist Markt?",
                "Und am Sonntag?",
                "Im Faden dazu",
                f"{me(core)} hört hier mit",
            ]
            assert len(core.items) == 4, "nothing else is stored"
            assert {one.visibility for one in core.messages} == {Visibility.PUBLIC}
            threads = [one.thread for one in core.messages]
            assert threads == [room, room, f"{room}/{sent.native_id}", room]
            assert [one.below for one in core.messages] == [None, None, sent.native_id, None]
            into = core.part("Hier auch", threads[2], visibility=Visibility.PUBLIC)
            answer = await core.link.send(into, key="k2")
            assert isinstance(answer, Sent)
            [event] = [one for one in anna.messages(room) if one["event_id"] == answer.native_id]
            relation = content(event)["m.relates_to"]
            assert isinstance(relation, dict)
            assert (relation["rel_type"], relation["event_id"]) == ("m.thread", sent.native_id)

    run(story())


def test_edits_signs_and_deletions(synapse: Synapse, core: Core) -> None:
    anna = synapse.person("anna")

    async def story() -> None:
        async with core:
            room = await meet(core, anna)
            first = anna.say(room, "Laterne aus in der Dünnstraße")
            await core.until(lambda: core.texts)
            fresh = {"msgtype": "m.text", "body": "Laterne aus in der Dhünnstraße"}
            replaces = {"rel_type": "m.replace", "event_id": first}
            anna.say(room, "* Laterne", **{"m.new_content": fresh, "m.relates_to": replaces})
            await core.until(lambda: len(core.events) > 1)
            likes = {"rel_type": "m.annotation", "event_id": first, "key": "👍"}
            sign = anna.event(room, "m.reaction", {"m.relates_to": likes})
            await core.until(lambda: len(core.events) > 2)
            anna.redact(room, sign)
            anna.redact(room, first)
            never_seen = anna.say(room, "Vertippt")
            anna.redact(room, never_seen)
            await core.until(lambda: len(core.events) > 5)
            _, edit, reaction, *gone = core.events
            assert isinstance(edit, InboundEdit)
            assert (edit.native_id, edit.text) == (first, "Laterne aus in der Dhünnstraße")
            assert (edit.author, edit.room) == (anna.user_id, room)
            assert isinstance(reaction, InboundReaction)
            assert (reaction.native_id, reaction.target) == (sign, first)
            assert (reaction.symbol, reaction.sender.id) == ("👍", anna.user_id)
            assert gone == [InboundDeletion(one, room) for one in (sign, first, never_seen)]
            assert len({item.order_key for item in core.items.values()}) == 1
            assert "Geheimer Grund" not in str(core.items)
            assert "Vertippt" not in str(core.items)

    run(story())


def test_changes_in_a_group_follow_what_they_change(synapse: Synapse, core: Core) -> None:
    anna, bela = synapse.person("anna"), synapse.person("bela")

    def replacing(event_id: str, text: str) -> dict[str, object]:
        fresh = {"msgtype": "m.text", "body": text}
        relation = {"rel_type": "m.replace", "event_id": event_id}
        return {"m.new_content": fresh, "m.relates_to": relation}

    async def story() -> None:
        async with core:
            room = await meet(core, anna, bela)
            ours = anna.say(room, "Stadt: die Laterne ist aus")
            theirs = anna.say(room, "Nur unter uns")
            await core.until(lambda: core.texts)
            await core.link.close()
            core.fresh_link()  # nothing is remembered but the cursor
            anna.say(room, "*", **replacing(theirs, "Immer noch unter uns"))
            for target in (theirs, ours):
                likes = {"rel_type": "m.annotation", "event_id": target, "key": "👎"}
                bela.event(room, "m.reaction", {"m.relates_to": likes})
            anna.say(room, "*", **replacing(ours, "Stadt: die Ampel ist aus"))
            await core.until(lambda: len(core.events) > 1)
            [_, edit] = core.events
            assert isinstance(edit, InboundEdit)
            assert (edit.native_id, edit.text) == (ours, "Stadt: die Ampel ist aus")
            assert "unter uns" not in str(core.items)

    run(story())


def test_an_edit_by_somebody_else_is_left_out_in_a_group(synapse: Synapse, core: Core) -> None:
    anna, mallory = synapse.person("anna"), synapse.person("mallory")

    async def story() -> None:
        async with core:
            room = await meet(core, anna, mallory)
            first = anna.say(room, "Stadt: die Laterne ist aus")
            await core.until(lambda: core.texts)
            forged = {
                "m.new_content": {"msgtype": "m.text", "body": "Stadt: gefälscht"},
                "m.relates_to": {"rel_type": "m.replace", "event_id": first},
            }
            mallory.say(room, "* Stadt: gefälscht", **forged)
            mallory.say(room, "Stadt: fertig")
            await core.until(lambda: "Stadt: fertig" in core.texts)
            await core.link.close()
            core.fresh_link()  # nothing is remembered: it has to be looked up
            mallory.say(room, "* Stadt: gefälscht", **forged)
            anna.say(room, "Stadt: danke")
            await core.until(lambda: "Stadt: danke" in core.texts)
            assert not [event for event in core.events if isinstance(event, InboundEdit)]

    run(story())


def test_pictures_in_and_out(synapse: Synapse, core: Core) -> None:
    anna = synapse.person("anna")

    async def story() -> None:
        async with core:
            room = await meet(core, anna)
            uri = anna.upload(PNG, "image/png")
            info = {"mimetype": "image/png", "size": len(PNG)}
            image = {"msgtype": "m.image", "url": uri, "info": info, "filename": "loch.png"}
            anna.say(room, "Großes Loch", **image)
            anna.say(room, "loch.png", **image)
            anna.say(room, "weg.png", **image | {"url": "mxc://city.test/gibtsnicht"})
            huge = {"info": {"size": 10**9}}
            anna.say(room, "film.mp4", **image | huge | {"msgtype": "m.video"})
            await core.until(lambda: len(core.messages) > 3)
            captioned, plain, missing, large = core.messages
            assert (captioned.text, captioned.files, captioned.unread) == ("Großes Loch", 1, None)
            assert (plain.text, plain.files) == ("", 1)
            assert (missing.files, missing.unread) == (1, AWAITED)
            assert core.items[missing.native_id].awaits
            with pytest.raises(FileLostError) as lost:
                await core.link.fetch(core.items[missing.native_id].payload)
            assert lost.value.code == MISSING
            late = await core.link.fetch(core.items[captioned.native_id].payload)
            assert late == core.items[captioned.native_id].files[0]
            assert (large.files, large.unread) == (0, "file_too_large")
            [file] = core.items[captioned.native_id].files
            assert (file.name, file.declared_type, file.content) == ("loch.png", "image/png", PNG)
            file = RawFile("plan.pdf", "application/pdf", b"%PDF-1.7")
            part = OutboundPart(room, Visibility.PRIVATE, file=file, recipient=anna.user_id)
            sent = await core.link.send(part, key="f1")
            again = await core.link.send(part, key="f1")
            assert isinstance(sent, Sent)
            assert sent == again
            [event] = [one for one in anna.messages(room) if one["event_id"] == sent.native_id]
            assert content(event)["msgtype"] == "m.file"
            assert content(event)["filename"] == "plan.pdf"

    run(story())


def test_a_place_a_sticker_and_what_nobody_can_read(synapse: Synapse, core: Core) -> None:
    anna = synapse.person("anna")

    async def story() -> None:
        async with core:
            room = await meet(core, anna)
            place = {"msgtype": "m.location", "geo_uri": "geo:51.0333,6.9833;u=12"}
            anna.say(room, "Standort geteilt", **place)
            anna.event(room, "m.sticker", {"body": "Winkende Katze", "url": "mxc://x/y"})
            poll = {"question": {"body": "Kommt ihr?"}, "answers": []}
            anna.event(
                room, "org.matrix.msc3381.poll.start", {"org.matrix.msc3381.poll.start": poll}
            )
            anna.event(room, "de.example.unbekannt", {"x": 1})
            anna.say(room, "Bin ein Programm", msgtype="m.notice")
            anna.say(room, "ß" * 20_000)
            await core.until(lambda: len(core.messages) > 4)
            spot, sticker, asked, unknown, long = core.messages
            assert spot.location == Location(51.0333, 6.9833)
            assert (spot.text, spot.unread) == ("", None)
            assert (sticker.text, sticker.unread) == ("Winkende Katze", "sticker")
            assert (asked.text, asked.unread) == ("Kommt ihr?", "poll")
            assert unknown.unread == "unknown"
            assert long.text == "ß" * 20_000

    run(story())


@pytest.mark.parametrize("text", ["a" * 8000, "🦊" * 2000, 'ü"\n\\' * 1500])
def test_the_longest_texts_arrive(synapse: Synapse, core: Core, text: str) -> None:
    anna = synapse.person("anna")
    assert len(text.encode()) <= 8000

    async def story() -> None:
        async with core:
            room = await meet(core, anna)
            sent = await core.link.send(core.part(text, room), key="k1")
            assert isinstance(sent, Sent)
            [event] = [one for one in anna.messages(room) if one["event_id"] == sent.native_id]
            assert content(event)["body"] == text

    run(story())


def test_what_is_too_large_for_an_event_is_said_so(synapse: Synapse, core: Core) -> None:
    anna = synapse.person("anna")

    async def story() -> None:
        async with core:
            room = await meet(core, anna)
            result = await core.link.send(core.part("x" * 70_000, room), key="k1")
            assert isinstance(result, Permanent)
            assert result.code == "too_large"

    run(story())


def test_nothing_private_goes_into_a_room_that_others_have_entered(
    synapse: Synapse, core: Core
) -> None:
    anna, bela = synapse.person("anna"), synapse.person("bela")

    async def story() -> None:
        async with core:
            room = await meet(core, anna)
            anna.say(room, "Unter uns")
            await core.until(lambda: core.texts)
            part = core.part("Ihr Ticket 2026-17", room)
            assert isinstance(await core.link.send(part, key="k1"), Sent)
            anna.ask("POST", f"/rooms/{room}/invite", {"user_id": bela.user_id})
            anna.say(room, "Stadt: jetzt zu dritt")
            await core.until(lambda: len(core.texts) > 1)
            result = await core.link.send(part, key="k2")
            assert isinstance(result, Permanent)
            assert result.code == "not_private"
            assert core.messages[-1].visibility is Visibility.PUBLIC

    run(story())


def test_a_room_that_anybody_may_enter_is_public(synapse: Synapse, core: Core) -> None:
    anna = synapse.person("anna")

    async def story() -> None:
        async with core:
            await core.pull()
            room = anna.room(me(core), preset="public_chat")
            anna.say(room, "Stadt: hallo")
            await core.until(lambda: core.texts)
            assert core.messages[0].visibility is Visibility.PUBLIC

    run(story())
