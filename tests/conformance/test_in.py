"""The way in: nothing is lost, nothing comes twice, and nothing stops what comes behind it."""

import asyncio
from collections.abc import Coroutine

import pytest

from connectors.base import (
    TOO_LARGE,
    Batch,
    FileLostError,
    InboundDeletion,
    InboundEdit,
    InboundReaction,
    Link,
    ParseError,
    PlatformError,
    RawFile,
    RawItem,
    Trouble,
)
from tests.conformance.case import case
from tests.conformance.counterpart import NotOffered
from tests.conformance.stage import Stage
from tests.fakes.line import Fate

MANY = 300
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f"
    b"\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa75\x81\x84\x00\x00"
    b"\x00\x00IEND\xaeB`\x82"
)


def run(work: Coroutine[object, object, None]) -> None:
    asyncio.run(work)


@case(2, "the same batch again is nothing new")
def test_a_batch_that_was_not_stored_comes_again(stage: Stage) -> None:
    async def story() -> None:
        async with stage:
            link = await stage.met("anna")
            before = stage.cursor
            stage.platform.say("anna", "Einmal und", visibility=stage.visibility)
            stage.platform.say("anna", "noch einmal", visibility=stage.visibility)
            await stage.until(link, lambda: stage.message("noch einmal"))
            known = dict(stage.items)
            again, stage.cursor = stage.open(), before
            stage.items.clear()
            await stage.until(again, lambda: stage.message("noch einmal"))
            assert stage.message("Einmal und")
            assert set(stage.items) <= set(known)
            for event_id, item in stage.items.items():
                assert stage.connector.parse(item.payload) == stage.connector.parse(
                    known[event_id].payload
                )
            stage.items = known | stage.items

    run(story())


@case(3, f"{MANY} messages of an outage are read back, each once and in order")
def test_what_was_said_meanwhile_is_read_back(stage: Stage) -> None:
    people = ("anna", "bela", "cem")

    async def story() -> None:
        async with stage:
            await (await stage.met(*people)).close()
            said = [(people[number % 3], f"Nachricht Nr. {number:03d}.") for number in range(MANY)]
            for who, text in said:
                await asyncio.to_thread(stage.platform.say, who, text, visibility=stage.visibility)
            link = stage.open()
            await stage.until(link, lambda: len(numbered(stage)) >= MANY)
            assert sorted(numbered(stage)) == [text for _, text in said]
            for who in people:
                own = [text for name, text in said if name == who]
                place = stage.greeting(who).sender.id
                assert numbered(stage, place) == own

    run(story())


def numbered(stage: Stage, sender: str | None = None) -> list[str]:
    return [
        message.text[message.text.index("Nachricht Nr.") :][:18]
        for message in stage.messages
        if "Nachricht Nr." in message.text and sender in {None, message.sender.id}
    ]


@case(4, "what nobody can read stops nothing, and is not asked for again and again")
def test_a_poison_item_blocks_nobody(stage: Stage) -> None:
    async def story() -> None:
        async with stage:
            link = await stage.met("anna")
            known = set(stage.items)
            stage.platform.be_broken("anna")
            stage.platform.say("anna", "Und trotzdem weiter", visibility=stage.visibility)
            await stage.until(link, lambda: stage.message("Und trotzdem weiter"))
            fresh = [item for name, item in stage.items.items() if name not in known]
            poison = [item.event_id for item in fresh if is_poison(stage, item)]
            assert poison
            count = len(stage.items)
            waiting = asyncio.create_task(stage.pull(link))
            await stage.asked_again(waiting)
            stage.platform.say("anna", "Ganz normal", visibility=stage.visibility)
            await waiting
            await stage.until(link, lambda: stage.message("Ganz normal"))
            assert len(stage.items) == count + 1
            assert [stage.given[one] for one in poison] == [1], "it has not come again"

    run(story())


def is_poison(stage: Stage, item: RawItem) -> bool:
    try:
        stage.connector.parse(item.payload)
    except ParseError:
        return True
    return False


@case(5, "a platform that asks for patience gets it")
def test_too_many_questions_are_told_with_the_time_to_wait(stage: Stage) -> None:
    async def story() -> None:
        async with stage:
            link = await stage.met("anna")
            for asked in (7, None):
                stage.platform.limit(asked)
                with pytest.raises(PlatformError) as raised:
                    await stage.pull(link)
                assert raised.value.trouble is Trouble.RATE
                patience = raised.value.retry_after
                assert patience is None if asked is None else patience is not None
                if patience is not None:
                    assert 5 <= patience.total_seconds() <= 8
            stage.platform.say("anna", "Nach der Pause", visibility=stage.visibility)
            await stage.until(link, lambda: stage.message("Nach der Pause"))

    run(story())


@case(6, "a login that is worth nothing is told at once, and not tried again and again")
def test_a_dead_login_is_a_matter_for_a_person(stage: Stage) -> None:
    async def story() -> None:
        async with stage:
            link = await stage.met("anna")
            stage.platform.log_out()
            try:
                stage.renewed.clear()
                for one in (link, stage.open()):
                    before = stage.asked
                    with pytest.raises(PlatformError) as raised:
                        await one.pull(stage.cursor)
                    assert raised.value.trouble is Trouble.LOGIN
                    assert stage.asked - before <= 6
            finally:
                stage.platform.log_in()
            stage.platform.say("anna", "Wieder da", visibility=stage.visibility)
            await stage.until(stage.open(), lambda: stage.message("Wieder da"))

    run(story())


@case(7, "a line that breaks in any way is told as such, and everything comes afterwards")
@pytest.mark.parametrize("fate", [Fate.LOST, Fate.UNANSWERED, Fate.BROKEN, Fate.ENDED])
def test_a_broken_line_loses_nothing(stage: Stage, fate: Fate) -> None:
    async def story() -> None:
        async with stage:
            link = await stage.met("anna")
            for name, line in stage.lines.items():
                word = f"Trotz {fate} bei {name}"
                stage.platform.say("anna", word, visibility=stage.visibility)
                asked = line.asked
                line.strike(fate)
                for _ in range(10):
                    trouble = await tried(stage, link)
                    assert trouble in {None, Trouble.UNREACHABLE, Trouble.GARBAGE}
                    if stage.message(word):
                        break
                assert line.struck or line.asked == asked, "it is a line on which nothing comes in"
                line.mend()
                await stage.until(link, lambda word=word: stage.message(word))  # type: ignore[misc]

    run(story())


async def tried(stage: Stage, link: Link) -> Trouble | None:
    """Pull; return what went wrong."""
    try:
        await stage.pull(link)
    except PlatformError as error:
        return error.trouble
    return None


@case(7, "a line that is down is told as such, and everything comes afterwards")
def test_a_line_that_is_down_loses_nothing(stage: Stage) -> None:
    async def story() -> None:
        async with stage:
            link = await stage.met("anna")
            for line in stage.lines.values():
                line.cut()
            stage.platform.say("anna", "Während des Ausfalls", visibility=stage.visibility)
            with pytest.raises(PlatformError) as raised:
                await stage.pull(link)
            assert raised.value.trouble is Trouble.UNREACHABLE
            for line in stage.lines.values():
                line.mend()
            await stage.until(link, lambda: stage.message("Während des Ausfalls"))

    run(story())


@case(14, "what is changed changes here")
def test_an_edit_brings_the_new_text(stage: Stage) -> None:
    async def story() -> None:
        async with stage:
            link = await stage.met("anna")
            native_id = stage.platform.say(
                "anna", "Die Laterne brennt", visibility=stage.visibility
            )
            await stage.until(link, lambda: stage.message("Die Laterne brennt"))
            stage.platform.edit("anna", native_id, "Die Laterne brennt nicht")

            def changed() -> list[str]:
                return [
                    event.text
                    for event in stage.events
                    if isinstance(event, InboundEdit) and event.native_id == native_id
                ]

            await stage.until(link, changed)
            assert "Die Laterne brennt nicht" in changed()[0]

    run(story())


@case(14, "what is taken back goes here too")
def test_a_deletion_is_heard(stage: Stage) -> None:
    async def story() -> None:
        async with stage:
            link = await stage.met("anna")
            native_id = stage.platform.say("anna", "Lieber doch nicht", visibility=stage.visibility)
            await stage.until(link, lambda: stage.message("Lieber doch nicht"))
            stage.platform.delete("anna", native_id)
            gone = InboundDeletion
            await stage.until(
                link,
                lambda: [
                    event
                    for event in stage.events
                    if isinstance(event, gone) and event.native_id == native_id
                ],
            )

    run(story())


@case(12, "signs on messages come in, where it says so")
def test_reactions_are_as_promised(stage: Stage) -> None:
    async def story() -> None:
        async with stage:
            if not stage.connector.capabilities.reactions:
                raise NotOffered("no signs on messages")
            link = await stage.met("anna")
            async with stage.pulled(link):
                native_id = await stage.sent(link, "anna", "Gern geschehen!")
                stage.platform.react("anna", native_id, "👍")
                await stage.until(
                    link,
                    lambda: [
                        event
                        for event in stage.events
                        if isinstance(event, InboundReaction) and event.target == native_id
                    ],
                )

    run(story())


@case(15, "a file comes with its message")
def test_a_file_comes_in(stage: Stage) -> None:
    async def story() -> None:
        async with stage:
            if "image/png" not in stage.connector.capabilities.media_types:
                raise NotOffered("no pictures come in")
            link = await stage.met("anna")
            file = RawFile("laterne.png", "image/png", PNG)
            stage.platform.say("anna", "Die hier", visibility=stage.visibility, file=file)
            await stage.until(link, lambda: holding(stage))
            item = holding(stage)[-1]
            [message] = [one for one in stage.messages if one.files]
            assert message.files == 1
            found = await link.fetch(item.payload) if item.awaits else item.files[0]
            assert found.content == PNG
            assert found.declared_type.startswith("image/")

    run(story())


def holding(stage: Stage) -> list[RawItem]:
    return [item for item in stage.items.values() if item.awaits or item.files]


@case(15, "a file beyond every size is not taken, its message is")
def test_a_file_that_is_too_large_is_told(stage: Stage) -> None:
    async def story() -> None:
        async with stage:
            most = stage.connector.capabilities.max_media_bytes
            if not most:
                raise NotOffered("no files come in")
            link = await stage.met("anna")
            file = RawFile("gross.png", "image/png", PNG + bytes(most))
            known = set(stage.items)
            stage.platform.say("anna", "Riesig", visibility=stage.visibility, file=file)
            await stage.until(link, lambda: set(stage.items) - known)
            [name] = set(stage.items) - known
            item = stage.items[name]
            if item.awaits:
                with pytest.raises(FileLostError) as lost:
                    await link.fetch(item.payload)
                assert lost.value.code == TOO_LARGE
            else:
                assert not item.files
                assert TOO_LARGE in {
                    getattr(event, "unread", None) for event in stage.connector.parse(item.payload)
                }

    run(story())


@case(17, "our own words are no news")
def test_what_we_have_posted_does_not_come_back(stage: Stage) -> None:
    async def story() -> None:
        async with stage:
            link = await stage.met("anna")
            async with stage.pulled(link):
                await stage.sent(link, "anna", "Das sagt die Stadt selbst")
                stage.platform.say("anna", "Nach der Antwort", visibility=stage.visibility)
                await stage.until(link, lambda: stage.message("Nach der Antwort"))
            assert stage.message("Das sagt die Stadt selbst") is None

    run(story())


@case(21, "what nobody knows yet is kept and shown")
def test_an_unknown_kind_is_not_ignored(stage: Stage) -> None:
    async def story() -> None:
        async with stage:
            link = await stage.met("anna")
            stage.platform.be_strange("anna")
            await stage.until(link, lambda: [one for one in stage.messages if one.unread])

    run(story())


@case(22, "a link closes at once, whatever it waits for")
def test_closing_does_not_wait_for_the_platform(stage: Stage) -> None:
    async def story() -> None:
        link = await stage.met("anna")
        waiting = asyncio.create_task(link.pull(stage.cursor))
        await stage.asked_again(waiting)
        async with asyncio.timeout(10):
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            await link.close()

    run(story())


@case(24, "of two who read at once one is told, or both get the same; nothing is lost")
def test_two_readers_lose_nothing(stage: Stage) -> None:
    async def story() -> None:
        async with stage:
            links = (await stage.met("anna"), stage.open())
            stage.platform.say("anna", "Wer liest das?", visibility=stage.visibility)
            pulls = (link.pull(stage.cursor) for link in links)
            batches = await asyncio.gather(*pulls, return_exceptions=True)
            for batch in batches:
                if isinstance(batch, PlatformError):
                    assert batch.trouble is Trouble.COMPETING
                else:
                    assert isinstance(batch, Batch)
                    stage.keep(batch)
            await stage.until(links[1], lambda: stage.message("Wer liest das?"))
            assert len([text for text in stage.texts if "Wer liest das?" in text]) == 1

    run(story())
