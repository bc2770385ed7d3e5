"""What leaves over a bot: as it was written, to whom it is for, and told honestly."""

from datetime import timedelta

import pytest

from connectors.base import Button, RawFile
from connectors.capabilities import Act, Visibility
from connectors.results import (
    LoginNeeded,
    Permanent,
    Refusal,
    RetryAfter,
    Scope,
    SendResult,
    Sent,
    Transient,
    Unknown,
)
from connectors.telegram.connector import CONNECTOR
from connectors.text import split, utf16
from tests.connectors.telegram.support import Core, run
from tests.fakes.telegram import CHANNEL, GROUP, Json, Telegram

JPEG = RawFile("Loch.jpg", "image/jpeg", b"\xff\xd8\xff\xe0 a picture")
PDF = RawFile("Plan.pdf", "application/pdf", b"%PDF-1.7 a plan")


def native(message: Json) -> str:
    return f"{message['chat']['id']}:{message['message_id']}"


def name_of(result: SendResult) -> str:
    assert isinstance(result, Sent)
    return result.native_id


def test_a_text_arrives_as_it_is_below_what_it_answers(core: Core, telegram: Telegram) -> None:
    async def story() -> None:
        async with core:
            anna = telegram.person("anna")["id"]
            said = telegram.write("anna", text="Frage")
            text = "*kein* <b>Markdown</b> https://stadt.example 👩‍👩‍👧"
            sent = await core.send(anna, text, in_reply_to=native(said))
            ours = telegram.own()[0]
            assert sent == Sent(native(ours))
            assert ours["text"] == text
            assert ours["reply_to_message"]["message_id"] == said["message_id"]
            asked = telegram.exchanges[-1][1]
            assert asked["link_preview_options"] == {"is_disabled": True}
            assert "parse_mode" not in asked
            gone = await core.send(anna, "trotzdem", in_reply_to=f"{anna}:999")
            assert isinstance(gone, Sent), "what was answered may be gone"

    run(story())


def test_the_limit_is_counted_as_telegram_counts(core: Core, telegram: Telegram) -> None:
    async def story() -> None:
        async with core:
            anna = telegram.person("anna")["id"]
            limits = CONNECTOR.capabilities
            longest = "💡" * 2048
            assert utf16(longest) == limits.max_text
            assert isinstance(await core.send(anna, longest), Sent)
            assert await core.send(anna, longest + "x") == Permanent(
                Refusal.TOO_LARGE, "HTTP 400 too_long"
            )
            parts = split("wörtlich 👩‍👩‍👧 " * 600, limits.max_text, limits.measure)
            assert [utf16(one) <= 4096 for one in parts] == [True] * len(parts)

    run(story())


def test_what_is_private_reaches_its_person_or_nobody(core: Core, telegram: Telegram) -> None:
    async def story() -> None:
        async with core:
            anna, bert = (str(telegram.person(name)["id"]) for name in ("anna", "bert"))
            for thread, recipient in ((bert, anna), (str(GROUP), anna), (anna, None)):
                refused = await core.send(
                    thread, visibility=Visibility.PRIVATE, recipient=recipient
                )
                assert isinstance(refused, Permanent)
                assert refused.code is Refusal.NOT_PRIVATE
            assert telegram.asked == []

    run(story())


def test_photos_and_documents_arrive_whole(core: Core, telegram: Telegram) -> None:
    async def story() -> None:
        async with core:
            anna = telegram.person("anna")["id"]
            assert isinstance(await core.send(anna, "Hier", file=JPEG), Sent)
            assert isinstance(await core.send(anna, "123", file=PDF), Sent)
            broken = RawFile("kaputt.jpg", "image/jpeg", b"no picture")
            assert isinstance(await core.send(anna, "", file=broken), Sent)
            photo, document, kept = telegram.own()
            assert telegram.files[photo["photo"][-1]["file_id"]] == JPEG.content
            assert (photo["caption"], document["caption"]) == ("Hier", "123")
            assert telegram.files[document["document"]["file_id"]] == PDF.content
            assert document["document"]["file_name"] == "Plan.pdf"
            assert telegram.files[kept["document"]["file_id"]] == b"no picture"
            long = await core.send(anna, "x" * 1025, file=PDF)
            assert isinstance(long, Permanent)
            assert long.code is Refusal.TOO_LARGE

    run(story())


def test_a_pressed_button_comes_back_with_its_words(core: Core, telegram: Telegram) -> None:
    async def story() -> None:
        async with core:
            person = telegram.person("anna")
            buttons = (Button("report:yes", "Ja, melden"), Button("report:no", "Nein"))
            sent = name_of(await core.send(person["id"], "Stimmt das?", buttons=buttons))
            press = {"id": "4711", "from": person, "chat_instance": "1", "data": "report:yes"}
            telegram.tell(callback_query=press | {"message": telegram.own()[0]})
            await core.pull()
            message = core.messages[0]
            assert (message.text, message.choice) == ("Ja, melden", "report:yes")
            assert (message.thread, message.sender.id) == (str(person["id"]),) * 2
            assert message.native_id == f"{sent}:4711"
            assert telegram.pressed == [], "not before it is stored"
            telegram.write("anna", text="danke")
            await core.pull()
            assert telegram.pressed == ["4711"]
            assert isinstance(await core.send(person["id"], in_reply_to=message.native_id), Sent)
            assert telegram.own()[-1]["reply_to_message"]["text"] == "Stimmt das?"
            long = await core.send(person["id"], buttons=(Button("ä" * 33, "zu lang"),))
            assert isinstance(long, Permanent)

    run(story())


def test_texts_and_captions_can_be_changed_and_taken_away(core: Core, telegram: Telegram) -> None:
    async def story() -> None:
        async with core:
            anna = telegram.person("anna")["id"]
            text = name_of(await core.send(anna, "Um 8"))
            photo = name_of(await core.send(anna, "Um 8", file=JPEG))
            for target in (text, photo, photo):  # the same again is no failure
                core.clock.advance(3)
                changed = await core.send(anna, "Um 9", act=Act.EDIT, target=target)
                assert changed == Sent(target)
            assert [one.get("text", one.get("caption")) for one in telegram.own()] == ["Um 9"] * 2
            for _ in range(2):
                assert await core.send(anna, act=Act.DELETE, target=text) == Sent(text)
            assert len(telegram.own()) == 1
            spam = telegram.write("troll", GROUP, text="Kauft!")
            assert isinstance(await core.send(GROUP, act=Act.DELETE, target=native(spam)), Sent)
            assert (GROUP, spam["message_id"]) not in telegram.messages
            question = telegram.own()[-1]
            press = f"{native(question)}:4711"  # a message of theirs, above it one of ours
            kept = await core.send(anna, act=Act.DELETE, target=press)
            assert isinstance(kept, Permanent)
            assert telegram.own() == [question]
            hidden = await core.send(GROUP, act=Act.HIDE, target=native(spam))
            assert hidden == Permanent(Refusal.UNSUPPORTED, "hide")

    run(story())


def test_an_announcement_goes_to_the_channel_by_number_or_by_name(
    core: Core, telegram: Telegram
) -> None:
    async def story() -> None:
        async with core:
            telegram.chats[CHANNEL]["username"] = "musterstadt"
            for thread in (CHANNEL, "@musterstadt"):
                sent = name_of(await core.send(thread, "Markt fällt aus"))
                assert sent.startswith(f"{CHANNEL}:")

    run(story())


def test_a_group_that_has_become_a_supergroup_is_followed(core: Core, telegram: Telegram) -> None:
    async def story() -> None:
        async with core:
            said = telegram.write("anna", GROUP, text="Frage")
            new = -1001000000077
            telegram.chats[new] = telegram.chats[GROUP] | {"id": new}
            telegram.moved[GROUP] = new
            assert name_of(await core.send(GROUP, in_reply_to=native(said))).startswith(f"{new}:")
            assert "reply_to_message" not in telegram.own()[0]
            assert name_of(await core.send(GROUP, "noch einmal")).startswith(f"{new}:")
            assert telegram.asked == ["sendMessage"] * 3, "it is known from then on"

    run(story())


def test_refusals_are_called_by_their_reason(core: Core, telegram: Telegram) -> None:
    async def story() -> None:
        async with core:
            anna = telegram.person("anna")["id"]
            telegram.blocked.add(anna)
            cases = {anna: Refusal.BLOCKED, 99: Refusal.FORBIDDEN, "somewhere": Refusal.REFUSED}
            for thread, code in cases.items():
                refused = await core.send(thread, recipient=str(thread))
                assert isinstance(refused, Permanent)
                assert refused.code is code
            telegram.is_logged_out = True
            assert isinstance(await core.send(GROUP), LoginNeeded)

    run(story())


@pytest.mark.parametrize("act", [Act.POST, Act.EDIT])
def test_a_cut_connection_leaves_unknown_what_cannot_be_repeated(
    core: Core, telegram: Telegram, act: Act
) -> None:
    async def story() -> None:
        async with core:
            sent = name_of(await core.send(GROUP, "eins"))
            telegram.cut += ["sendMessage", "editMessageText"]
            result = await core.send(GROUP, "zwei", act=act, target=sent)
            assert isinstance(result, Unknown if act is Act.POST else Transient)
            assert await core.link.find_sent(None, key="k") is None  # type: ignore[arg-type]

    run(story())


def test_a_limit_holds_for_the_chat_until_another_one_meets_it_too(
    core: Core, telegram: Telegram
) -> None:
    async def story() -> None:
        async with core:
            anna, bert = (telegram.person(name)["id"] for name in ("anna", "bert"))
            telegram.limits += [7, 9]
            assert await core.send(anna) == RetryAfter(timedelta(seconds=7), Scope.CHAT)
            assert await core.send(bert) == RetryAfter(timedelta(seconds=9), Scope.CHANNEL)
            core.clock.advance(10)
            telegram.limits.append(None)
            assert await core.send(anna) == RetryAfter(timedelta(seconds=5), Scope.CHAT)

    run(story())


def test_who_writes_faster_than_telegram_allows_is_not_even_asked(
    core: Core, telegram: Telegram
) -> None:
    async def story() -> None:
        async with core:
            anna = telegram.person("anna")["id"]
            sent = [await core.send(anna, str(place)) for place in range(4)]
            assert sent[3] == RetryAfter(timedelta(seconds=3), Scope.CHAT)
            core.clock.advance(2.5)
            assert isinstance(await core.send(anna, "gleich"), Sent)
            assert core.slept == [0.5]
            await_group = [await core.send(GROUP, str(place)) for place in range(21)]
            assert await_group[20] == RetryAfter(timedelta(seconds=60), Scope.CHAT)
            assert len(telegram.own()) == 3 + 1 + 20

    run(story())
