"""What people write to a bot arrives, once and whole; a group is heard where it speaks to us."""

from datetime import timedelta

import pytest

from connectors.base import (
    AWAITED,
    TOO_LARGE,
    FileLostError,
    InboundDeletion,
    InboundEdit,
    InboundReaction,
    Location,
    ParseError,
    PlatformError,
    Trouble,
)
from connectors.capabilities import Visibility
from connectors.telegram.connector import CONNECTOR
from tests.connectors.telegram.support import Core, run
from tests.fakes.telegram import BOT_NAME, GROUP, Json, Telegram

JPEG = b"\xff\xd8\xff\xe0 a picture"
EMOJI = "👩‍👩‍👧 "  # 9 UTF-16 units, 6 characters


def mentioning(text: str, name: str = BOT_NAME, kind: str = "mention") -> Json:
    """Return a text with what names the bot marked, as Telegram counts."""
    before = text[: text.index(f"@{name}")]
    offset = len(before.encode("utf-16-le")) // 2
    return {"text": text, "entities": [{"type": kind, "offset": offset, "length": len(name) + 1}]}


def test_a_private_message_is_its_persons_conversation(core: Core, telegram: Telegram) -> None:
    async def story() -> None:
        async with core:
            said = telegram.write("anna", text="Die Laterne ist aus 💡")
            await core.pull()
            message = core.messages[0]
            anna = str(telegram.person("anna")["id"])
            assert (message.thread, message.sender.id, message.sender.name) == (anna, anna, "Anna")
            assert message.visibility is Visibility.PRIVATE
            assert message.text == "Die Laterne ist aus 💡"
            assert message.native_id == f"{anna}:{said['message_id']}"
            item = next(iter(core.items.values()))
            assert (item.about, item.order_key) == (message.native_id, anna)
            assert item.sent_at is not None

    run(story())


def test_the_same_cursor_brings_the_same_news_until_they_are_stored(
    core: Core, telegram: Telegram
) -> None:
    async def story() -> None:
        async with core:
            telegram.write("anna", text="eins")
            telegram.write("bert", text="zwei")
            first = await core.link.pull(None)
            again = await core.link.pull(None)
            assert first.items == again.items
            telegram.write("anna", text="drei")
            assert len((await core.fresh_link().pull(None)).items) == 3, "after a crash too"
            await core.pull()
            telegram.write("anna", text="vier")
            await core.pull()
            assert core.texts == ["eins", "zwei", "drei", "vier"]
            assert len(core.items) == 4

    run(story())


def test_news_whose_answer_is_cut_off_come_again(core: Core, telegram: Telegram) -> None:
    async def story() -> None:
        async with core:
            telegram.write("anna", text="eins")
            telegram.cut.append("getUpdates")
            with pytest.raises(PlatformError) as found:
                await core.pull()
            assert found.value.trouble is Trouble.UNREACHABLE
            telegram.write("anna", text="zwei")
            await core.pull()
            assert core.texts == ["eins", "zwei"]

    run(story())


def test_a_hundred_at_a_time_come_in_order(core: Core, telegram: Telegram) -> None:
    async def story() -> None:
        async with core:
            for place in range(250):
                telegram.write("anna", text=str(place))
            more = [(await core.pull()).more for _ in range(3)]
            assert more == [True, True, False]
            assert core.texts == [str(place) for place in range(250)]

    run(story())


def test_what_nobody_can_read_is_kept_and_holds_nothing_up(core: Core, telegram: Telegram) -> None:
    async def story() -> None:
        async with core:
            telegram.write("anna", text="davor")
            poison = telegram.message(telegram.person("anna"), telegram.person("anna")["id"])
            del poison["date"]
            telegram.broken.add(telegram.tell(message=poison | {"text": "kaputt"}))
            telegram.write("anna", text="danach")
            await core.pull()
            assert core.texts == ["davor", "danach"]
            assert core.unread == [str(min(telegram.broken))]

    run(story())


@pytest.mark.parametrize(
    "update",
    [
        "no object",
        {},
        {"update_id": 1},
        {"update_id": 1, "message": 5},
        {"update_id": 1, "message": {}},
        {"update_id": 1, "callback_query": {}},
        {"update_id": 1, "something_new": {"chat": {"id": 5}}},
        {"update_id": 1, "message": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "x"}}},
        {"update_id": 1, "message": {"message_id": "a", "date": "b", "chat": "c"}},
    ],
)
def test_whatever_else_comes_is_a_parse_error(update: object) -> None:
    with pytest.raises(ParseError):
        CONNECTOR.parse({"me": {"id": 1, "username": "x"}, "update": update, "missing": None})


def test_a_number_chosen_anew_after_a_quiet_week_is_not_taken_for_old(
    core: Core, telegram: Telegram
) -> None:
    async def story() -> None:
        async with core:
            telegram.write("anna", text="vorher")
            await core.pull()
            core.clock.advance(timedelta(days=8).total_seconds())
            telegram._last_update = 1000
            telegram.write("anna", text="nachher")
            await core.pull()
            assert core.texts == ["vorher", "nachher"]

    run(story())


def test_a_group_is_heard_where_it_speaks_to_us(core: Core, telegram: Telegram) -> None:
    async def story() -> None:
        async with core:
            ours = telegram.message(telegram.me, GROUP, text="Wir kümmern uns.")
            theirs = telegram.message(telegram.person("bert"), GROUP, text="Aha")
            telegram.write("anna", GROUP, text="Was gibt es heute zu essen?")
            telegram.write("anna", GROUP, text="Und?", reply_to_message=theirs)
            telegram.write("anna", GROUP, **mentioning("Hallo @Anderer_Bot", "Anderer_Bot"))
            told = f"/status@{BOT_NAME}"
            telegram.write(
                "anna", GROUP, **mentioning(f"{EMOJI}@{BOT_NAME.lower()} hilf", BOT_NAME.lower())
            )
            command = {"type": "bot_command", "offset": 0, "length": len(told)}
            telegram.write("anna", GROUP, text=told, entities=[command])
            telegram.write("anna", GROUP, text="Danke", reply_to_message=ours)
            await core.pull()
            assert core.texts == [f"{EMOJI}@{BOT_NAME.lower()} hilf", told, "Danke"]
            assert len(core.items) == 3, "nothing else is stored"
            assert {message.visibility for message in core.messages} == {Visibility.PUBLIC}
            assert {message.thread for message in core.messages} == {str(GROUP)}
            below = f"{GROUP}:{ours['message_id']}"
            assert [message.below for message in core.messages] == [None, None, below]

    run(story())


def test_a_topic_is_a_thread_and_a_comment_on_a_post_is_for_us(
    core: Core, telegram: Telegram
) -> None:
    async def story() -> None:
        async with core:
            telegram.chats[GROUP]["is_forum"] = True
            opening = telegram.message(
                telegram.me,
                GROUP,
                forum_topic_created={"name": "Markt", "icon_color": 7322096},
                message_thread_id=1,
                is_topic_message=True,
            )
            topic = {"message_thread_id": 1, "is_topic_message": True}
            telegram.write("anna", GROUP, text="nur so", reply_to_message=opening, **topic)
            telegram.write("anna", GROUP, **mentioning(f"@{BOT_NAME} Öffnet ihr?"), **topic)
            channel = {"id": -1001000000002, "type": "channel", "title": "Musterstadt"}
            origin = {"type": "channel", "date": 1, "chat": channel, "message_id": 7}
            post = telegram.write(
                "telegram",
                GROUP,
                text="Am Samstag ist Markt.",
                sender_chat=channel,
                is_automatic_forward=True,
                forward_origin=origin,
            )
            comment = {"reply_to_message": post, "message_thread_id": post["message_id"]}
            telegram.write("bert", GROUP, text="Schon wieder?", **comment)
            await core.pull()
            above = f"{GROUP}:{post['message_id']}"
            assert [one.below for one in core.messages] == [None, above]
            assert [(one.text, one.thread) for one in core.messages] == [
                (f"@{BOT_NAME} Öffnet ihr?", f"{GROUP}/1"),
                ("Schon wieder?", str(GROUP)),
            ]

    run(story())


def test_programs_channels_and_service_messages_say_nothing(core: Core, telegram: Telegram) -> None:
    async def story() -> None:
        async with core:
            bot = {"id": 77, "is_bot": True, "first_name": "Wetter"}
            ours = telegram.message(telegram.me, GROUP, text="Wir kümmern uns.")
            telegram.tell(message=telegram.message(bot, GROUP, text="!", reply_to_message=ours))
            telegram.write("anna", GROUP, new_chat_title="Neu", reply_to_message=ours)
            telegram.write("anna", text="/start")
            await core.pull()
            assert core.texts == ["/start"]

    run(story())


def test_who_writes_as_the_group_is_named_like_it(core: Core, telegram: Telegram) -> None:
    async def story() -> None:
        async with core:
            anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
            content = mentioning(f"@{BOT_NAME} bitte löschen")
            group = telegram.chats[GROUP]
            telegram.tell(message=telegram.message(anonymous, GROUP, sender_chat=group, **content))
            await core.pull()
            sender = core.messages[0].sender
            assert (sender.id, sender.name) == (str(GROUP), "Musterstadt redet")

    run(story())


def test_places_contacts_and_what_nobody_can_read_arrive(core: Core, telegram: Telegram) -> None:
    async def story() -> None:
        async with core:
            place = {"latitude": 50.94, "longitude": 6.96}
            telegram.write("anna", location=place)
            venue = {"location": place, "title": "Rathaus", "address": "Markt 1"}
            telegram.write("anna", location=place, venue=venue)
            telegram.write("anna", contact={"first_name": "Tiefbauamt", "phone_number": "+49221"})
            sticker = telegram.store("s.webp", b"x") | {"type": "regular", "width": 1, "height": 1}
            moving = {"is_animated": False, "is_video": False, "emoji": "👍"}
            telegram.write("anna", sticker=sticker | moving)
            dice = {"emoji": "🎲", "value": 6}
            telegram.write("anna", dice=dice)
            telegram.write("anna", hologram={"depth": 3})
            telegram.strange.add(telegram._last_update)
            await core.pull()
            found = [(one.text, one.location, one.unread) for one in core.messages]
            assert found == [
                ("", Location(50.94, 6.96), None),
                ("Rathaus, Markt 1", Location(50.94, 6.96), None),
                ("Tiefbauamt +49221", None, None),
                ("👍", None, "sticker"),
                ("", None, "unknown"),
                ("", None, "unknown"),
            ]

    run(story())


def test_an_album_and_a_voice_message_bring_their_files(core: Core, telegram: Telegram) -> None:
    async def story() -> None:
        async with core:
            album: Json = {"media_group_id": "a1"}
            telegram.write("anna", photo=telegram.photo(JPEG), caption="Hier", **album)
            telegram.write("anna", photo=telegram.photo(JPEG + b"2"), **album)
            telegram.write("anna", voice=telegram.store("v", b"OggS") | {"duration": 3})
            await core.pull()
            assert [one.text for one in core.messages] == ["Hier", "", ""]
            assert {(one.files, one.unread) for one in core.messages} == {(1, AWAITED)}
            assert all(item.awaits for item in core.items.values())
            files = [await core.link.fetch(item.payload) for item in core.items.values()]
            assert [file.content for file in files] == [JPEG, JPEG + b"2", b"OggS"]
            assert [file.declared_type for file in files] == ["image/jpeg"] * 2 + ["audio/ogg"]

    run(story())


def test_an_album_in_a_group_is_for_us_when_its_words_are(core: Core, telegram: Telegram) -> None:
    async def story() -> None:
        async with core:
            words = mentioning(f"@{BOT_NAME} Müll")
            caption: Json = {"caption": words["text"], "caption_entities": words["entities"]}
            mine: Json = {"media_group_id": "a1"}
            other: Json = {"media_group_id": "a2"}
            telegram.write("anna", GROUP, photo=telegram.photo(JPEG), **caption, **mine)
            telegram.write("bert", GROUP, photo=telegram.photo(JPEG), **other)
            await core.pull()
            telegram.write("anna", GROUP, photo=telegram.photo(JPEG), **mine)
            await core.pull()
            assert len(core.items) == 2

    run(story())


def test_files_that_cannot_be_had_are_called_by_their_reason(
    core: Core, telegram: Telegram
) -> None:
    async def story() -> None:
        async with core:
            huge = telegram.store("film.mp4", b"x") | {"file_size": 20_000_001}
            telegram.write("anna", document=huge)
            gone = telegram.store("weg.pdf", b"x")
            telegram.write("anna", document=gone | {"file_name": "weg.pdf"})
            await core.pull()
            assert [one.unread for one in core.messages] == [TOO_LARGE, AWAITED]
            del telegram.files[gone["file_id"]]
            for item in list(core.items.values())[1:]:
                with pytest.raises(FileLostError):
                    await core.link.fetch(item.payload)

    run(story())


def test_edits_change_the_message_and_reactions_come_and_go(core: Core, telegram: Telegram) -> None:
    async def story() -> None:
        async with core:
            said = telegram.write("anna", text="Baum")
            telegram.tell(edited_message=said | {"text": "Baum um", "edit_date": said["date"] + 1})
            ours = telegram.message(telegram.me, said["chat"]["id"], text="Danke")
            thumb = [{"type": "emoji", "emoji": "👍"}]
            changed = {
                "chat": said["chat"],
                "message_id": ours["message_id"],
                "user": telegram.person("anna"),
                "date": said["date"],
            }
            telegram.tell(message_reaction=changed | {"old_reaction": [], "new_reaction": thumb})
            telegram.tell(message_reaction=changed | {"old_reaction": thumb, "new_reaction": []})
            await core.pull()
            _, edit, sign, gone = core.events
            assert isinstance(edit, InboundEdit)
            native = f"{said['chat']['id']}:{said['message_id']}"
            assert (edit.native_id, edit.text) == (native, "Baum um")
            assert isinstance(sign, InboundReaction)
            assert (sign.symbol, sign.target.endswith(f":{ours['message_id']}")) == ("👍", True)
            assert isinstance(gone, InboundDeletion)
            assert gone.native_id == sign.native_id

    run(story())
