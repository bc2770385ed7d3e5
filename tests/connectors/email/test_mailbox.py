"""The way in: a real IMAP server, its numbers, its silence and its tricks."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from connectors.base import TOO_LARGE, RawFile
from tests.connectors.email.counterpart import ADDRESS, Town, letter
from tests.connectors.email.support import Core, part, run
from tests.fakes.mail import USER


def test_what_came_before_the_channel_was_connected_is_not_read(core: Core, town: Town) -> None:
    town.say("anna", "Lange her")

    async def go() -> None:
        async with core:
            await core.begin()
            town.say("anna", "Ganz neu")
            await core.all()

    run(go())
    assert core.texts == ["Anfrage\n\nGanz neu"]


def test_a_mail_that_comes_while_nobody_asks_anew_is_told_at_once(core: Core, town: Town) -> None:
    async def go() -> None:
        async with core:
            await core.begin()
            waiting = asyncio.create_task(core.pull())
            await asyncio.sleep(0)
            await asyncio.to_thread(town.say, "anna", "Klopf, klopf")
            async with asyncio.timeout(20):
                await waiting

    run(go())
    assert core.texts == ["Anfrage\n\nKlopf, klopf"]


def test_the_same_cursor_brings_the_same_news(core: Core, town: Town) -> None:
    async def go() -> None:
        async with core:
            await core.begin()
            town.say("anna", "Eins")
            first = await core.link.pull(core.cursor)
            again = await core.link.pull(core.cursor)
            await core.link.close()
            anew = await core.fresh_link().pull(core.cursor)
            assert first.items
            assert first.items == again.items == anew.items
            assert first.cursor == again.cursor == anew.cursor

    run(go())


def test_many_mails_come_in_pages_and_in_order(core: Core, town: Town) -> None:
    async def go() -> None:
        async with core:
            await core.begin()
            for number in range(45):
                town.say("anna", f"Nummer {number}")
            batches = await core.all()
            assert [len(batch.items) for batch in batches] == [20, 20, 5]

    run(go())
    assert core.texts == [f"Anfrage\n\nNummer {number}" for number in range(45)]


def test_the_last_mail_is_not_new_again(core: Core, town: Town) -> None:
    """`UID n:*` names it even where n is beyond it."""

    async def go() -> None:
        async with core:
            await core.begin()
            town.say("anna", "Eins")
            await core.all()
            waiting = asyncio.create_task(core.pull())
            await asyncio.to_thread(town.say, "anna", "Zwei")
            batch = await waiting
            assert len(batch.items) == 1

    run(go())


def test_a_mail_that_lies_there_twice_is_one_item(core: Core, town: Town) -> None:
    async def go() -> None:
        async with core:
            await core.begin()
            message = letter("anna", "Doppelt")
            town.deliver(message)
            town.deliver(message)
            (batch,) = await core.all()
            assert len({one.event_id for one in batch.items}) == 1

    run(go())
    assert len(core.items) == 1


def test_mails_of_one_name_are_all_taken_and_answered_each_by_itself(
    core: Core, town: Town
) -> None:
    """Some forms give all of theirs the same Message-ID."""

    async def go() -> None:
        async with core:
            await core.begin()
            for who in ("anna", "bela"):
                message = letter(who, f"Hier ist {who}", subject=f"Von {who}")
                message.replace_header("Message-ID", "<form@web.example>")
                town.deliver(message)
                town.deliver(message)
            await core.all()
            for place, one in enumerate(core.messages):
                answer = part("Ja", one.thread, in_reply_to=one.native_id, to=one.sender.id)
                await core.link.send(answer, key=f"k{place}")
            await core.link.send(part("Neues", "form@web.example"), key="n")

    run(go())
    assert core.texts == ["Von anna\n\nHier ist anna", "Von bela\n\nHier ist bela"]
    assert [one.about for one in core.items.values()] == [one.native_id for one in core.messages]
    subjects = ["Re: Von anna", "Re: Von bela", "Ihre Nachricht an Stadt Musterhausen"]
    assert [one["Subject"] for one in town.outbox.taken] == subjects
    for mail in town.outbox.taken:
        assert mail["In-Reply-To"] == mail["References"] == "<form@web.example>"
    town.outbox.taken.clear()

    async def later() -> None:
        core.fresh_link()  # which remembers nothing
        async with core:
            for place, one in enumerate(core.messages):
                answer = part("Ja", one.thread, in_reply_to=one.native_id, to=one.sender.id)
                await core.link.send(answer, key=f"l{place}")
            await core.link.send(part("Neues", "form@web.example"), key="m")

    run(later())
    assert [one["Subject"] for one in town.outbox.taken] == subjects


def test_a_mailbox_that_is_numbered_anew_loses_nothing_and_brings_nothing_old(
    core: Core, town: Town
) -> None:
    old = letter("anna", "Aus einem anderen Jahr")
    del old["Date"]
    old["Date"] = format_datetime(datetime.now(UTC) - timedelta(days=100))
    town.deliver(old)

    async def go() -> None:
        async with core:
            await core.begin()
            town.say("anna", "Gelesen")
            await core.all()
            town.inbox.renumber(USER)
            town.say("anna", "Ungelesen")
            await core.all()
            town.say("anna", "Danach")
            (batch,) = await core.all()
            assert len(batch.items) == 1

    run(go())
    assert core.texts == [f"Anfrage\n\n{one}" for one in ("Gelesen", "Ungelesen", "Danach")]


def test_nothing_in_the_mailbox_is_changed(core: Core, town: Town) -> None:
    async def go() -> None:
        async with core:
            await core.begin()
            town.say("anna", "Ungelesen für die Kolleginnen")
            await core.all()

    run(go())
    (flags,) = town.inbox.flags(USER)
    assert "\\Seen" not in flags


def test_of_a_monstrous_mail_the_words_are_read_and_the_rest_is_left(
    core: Core, town: Town
) -> None:
    message = letter("anna", "Das Video vom Schlagloch")
    message.add_attachment(b"\0" * 20_000_000, maintype="video", subtype="mp4", filename="a.mp4")

    async def go() -> None:
        async with core:
            await core.begin()
            town.deliver(message)
            town.say("anna", "Danach")
            await core.all()

    run(go())
    large, small = core.messages
    assert (large.text, large.unread) == ("Anfrage\n\nDas Video vom Schlagloch", TOO_LARGE)
    assert (large.files, small.unread) == (0, None)


def test_a_file_comes_with_its_mail(core: Core, town: Town) -> None:
    file = RawFile("Größe & Maße.pdf", "application/pdf", b"%PDF-1.4 \0\xff\n")

    async def go() -> None:
        async with core:
            await core.begin()
            town.say("anna", "Anbei", file=file)
            await core.all()

    run(go())
    (one,) = core.items.values()
    assert one.files == (file,)
    assert [message.files for message in core.messages] == [1]


def test_a_mail_that_is_deleted_meanwhile_holds_nobody_up(core: Core, town: Town) -> None:
    async def go() -> None:
        async with core:
            await core.begin()
            town.say("anna", "Weg")
            town.say("anna", "Da")
            town.inbox.remove(USER, "mailbox", "INBOX", "body", "Weg")
            await core.all()

    run(go())
    assert core.texts == ["Anfrage\n\nDa"]


def test_another_folder_may_be_read(town: Town, tmp_path: Path) -> None:
    town.inbox.make(USER, "Bürger & Büro")
    core = Core({**town.settings(town.ports), "folder": "Bürger & Büro"}, tmp_path)

    async def go() -> None:
        async with core:
            await core.begin()
            content = letter("anna", "Im Unterordner").as_bytes()
            town.inbox.save(USER, content, folder="Bürger & Büro")
            await core.all()

    try:
        run(go())
    finally:
        town.inbox.drop(USER, "Bürger & Büro")
    assert core.texts == ["Anfrage\n\nIm Unterordner"]


def test_our_own_mail_in_the_inbox_is_no_message(core: Core, town: Town) -> None:
    copy = letter("anna", "Kopie an uns selbst")
    del copy["From"]
    copy["From"] = f"Stadt <{ADDRESS}>"

    async def go() -> None:
        async with core:
            await core.begin()
            town.deliver(copy)
            await core.all()

    run(go())
    assert len(core.items) == 1
    assert core.messages == []
