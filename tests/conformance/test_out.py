"""The way out: nothing is posted twice, nothing is called sent that was not, limits are honest."""

import asyncio
from collections.abc import Coroutine

import pytest

from connectors import text as texts
from connectors.base import Button, InboundMessage, Link, OutboundPart, RawFile
from connectors.capabilities import Act, Idempotency, Visibility
from connectors.results import (
    Duplicate,
    LoginNeeded,
    Permanent,
    Refusal,
    RetryAfter,
    SendResult,
    Sent,
    Transient,
    Unknown,
)
from tests.conformance.case import case
from tests.conformance.counterpart import NotOffered
from tests.conformance.stage import Stage
from tests.conformance.test_in import PNG
from tests.fakes.line import Fate

_REQUESTS = 12  # more than any platform needs for one text
_FAMILY = "👨‍👩‍👧‍👦"


def run(work: Coroutine[object, object, None]) -> None:
    asyncio.run(work)


@case(5, "asked for patience while sending, nothing has left")
def test_a_limit_while_sending_is_told(stage: Stage) -> None:
    async def story() -> None:
        async with stage:
            link = await stage.met("anna")
            part = stage.answer(stage.greeting("anna"), "Mit Geduld")
            await send_surely(stage, link, stage.answer(stage.greeting("anna"), "Vorweg"))
            for asked in (7, None):
                stage.platform.limit(asked)
                result = await link.send(part, key=stage.key())
                assert isinstance(result, RetryAfter), result
                if asked is not None:
                    assert 5 <= result.delay.total_seconds() <= 8
                assert result.delay.total_seconds() > 0
            assert not stage.posted("Mit Geduld")
            await send_surely(stage, link, part)
            assert len(stage.posted("Mit Geduld")) == 1

    run(story())


async def send_surely(stage: Stage, link: Link, part: OutboundPart) -> str:
    """Send as the core does: again after the wait that the connector asks for."""
    for _ in range(5):
        result = await link.send(part, key=stage.key())
        if isinstance(result, Sent):
            return result.native_id
        assert isinstance(result, RetryAfter), result
        await asyncio.sleep(result.delay.total_seconds())
    raise AssertionError(result)


@case(6, "without a login nothing leaves, and that is told")
def test_a_dead_login_while_sending(stage: Stage) -> None:
    async def story() -> None:
        async with stage:
            link = await stage.met("anna")
            async with stage.pulled(link):
                await stage.sent(link, "anna", "Vor der Abmeldung")
            stage.platform.log_out()
            try:
                part = stage.answer(stage.greeting("anna"), "Ohne Anmeldung")
                before = stage.asked
                result = await link.send(part, key=stage.key())
                assert isinstance(result, LoginNeeded), result
                assert stage.asked - before <= 6
            finally:
                stage.renewed.clear()
                stage.platform.log_in()
            assert not stage.posted("Ohne Anmeldung")

    run(story())


@case(8, "a line that breaks while sending: one message, or none, or a doubt that is told")
@case(10, "a crash between sending and storing")
@pytest.mark.parametrize("fate", [Fate.LOST, Fate.UNANSWERED, Fate.BROKEN, Fate.ENDED])
def test_every_request_of_a_send_may_break(stage: Stage, fate: Fate) -> None:
    """The first request is struck, then the second, and so on, until a send has no more."""

    async def story() -> None:
        async with stage:
            await stage.met("anna")
            greeting = stage.greeting("anna")
            hits = 0
            for name in stage.lines:
                for place in range(1, _REQUESTS):
                    word = f"{fate} {name} {place}."
                    part = stage.answer(greeting, word)
                    struck = await strike(stage, part, name, fate, place)
                    hits += struck
                    if not struck:
                        break
                else:
                    pytest.fail("a send has no end")
            assert hits, "no send was ever struck"

    async def strike(stage: Stage, part: OutboundPart, name: str, fate: Fate, place: int) -> bool:
        line, key = stage.lines[name], stage.key()
        link = stage.open()
        async with stage.pulled(link):
            await warm(stage, link)
        # Nobody pulls meanwhile: every request is one of the send.
        line.strike(fate, place)
        result = await link.send(part, key=key)
        struck = line.struck
        line.mend()
        await link.close()
        async with stage.pulled(other := stage.open()):
            await warm(stage, other)
            await honest(stage, other, part, key, result)
        await other.close()
        return struck

    run(story())


async def warm(stage: Stage, link: Link) -> None:
    """Have the link ready to send, as it is when it has been pulled for a while."""
    word = f"Weckruf {stage.key()}"
    stage.platform.say("anna", word, visibility=stage.visibility)
    await stage.until(link, lambda: stage.message(word))


async def honest(
    stage: Stage, link: Link, part: OutboundPart, key: str, result: SendResult
) -> None:
    """Check what a send has said against what people see; then do what the core would do."""
    seen = stage.posted(part.text)
    if isinstance(result, Sent | Duplicate):
        assert [one.native_id for one in seen] == [result.native_id]
        return
    assert isinstance(result, Unknown | Transient | RetryAfter), result
    if not isinstance(result, Unknown):
        assert not seen, "it was said that nothing has left"
    found = await link.find_sent(part, key=key)
    if found is not None:
        assert [one.native_id for one in seen] == [found]
        return
    keeps = stage.connector.capabilities.idempotency is Idempotency.KEY
    if keeps or not isinstance(result, Unknown):
        again = await link.send(part, key=key)
        while isinstance(again, RetryAfter):
            await asyncio.sleep(again.delay.total_seconds())
            again = await link.send(part, key=key)
        assert isinstance(again, Sent | Duplicate), again
        assert [one.native_id for one in stage.posted(part.text)] == [again.native_id]
    else:
        assert len(seen) <= 1, "it waits for a person"


@case(9, "the same key twice is one message")
def test_a_key_is_sent_once(stage: Stage) -> None:
    if stage.connector.capabilities.idempotency is not Idempotency.KEY:
        raise NotOffered("it recognises no keys; a doubt waits for a person")

    async def story() -> None:
        async with stage:
            link = await stage.met("anna")
            part, key = stage.answer(stage.greeting("anna"), "Nur einmal"), stage.key()
            other = stage.open()
            async with stage.pulled(link):
                await warm(stage, link)
                first = await link.send(part, key=key)
            async with stage.pulled(other):
                await warm(stage, other)
                second = await other.send(part, key=key)
            assert isinstance(first, Sent)
            assert isinstance(second, Sent | Duplicate)
            assert first.native_id == second.native_id
            assert len(stage.posted("Nur einmal")) == 1

    run(story())


@case(11, "as much as it says can be written, and what is longer keeps its order")
@pytest.mark.parametrize("letter", ["a", "ä", _FAMILY, "ש", "😀"])
def test_the_limit_is_the_platforms(stage: Stage, letter: str) -> None:
    can = stage.connector.capabilities
    size = can.measure(letter)
    words = (can.max_text - can.measure("Ende.")) // (size * 5 + can.measure(" "))
    longest = f"{letter * 5} " * words + "Ende."

    async def story() -> None:
        async with stage:
            link = await stage.met("anna")
            assert can.measure(longest) <= can.max_text
            parts = texts.split(f"{longest} {longest}", can.max_text, can.measure)
            assert len(parts) in {2, 3}
            async with stage.pulled(link):
                await warm(stage, link)
                for part in parts:
                    answer = stage.answer(stage.greeting("anna"), part)
                    await send_surely(stage, link, answer)
            seen = [one.text for one in stage.platform.heard()][-len(parts) :]
            assert [part in one for part, one in zip(parts, seen, strict=True)] == [True] * len(
                parts
            )

    run(story())


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(Act.EDIT, marks=case(12, "what we have posted can be changed")),
        pytest.param(Act.DELETE, marks=case(12, "what we have posted can be taken back")),
    ],
)
def test_acts_are_as_promised(stage: Stage, act: Act) -> None:
    async def story() -> None:
        async with stage:
            link = await stage.met("anna")
            async with stage.pulled(link):
                await warm(stage, link)
                answer = stage.answer(stage.greeting("anna"), f"Vor dem {act}")
                native_id = await send_surely(stage, link, answer)
                part = OutboundPart(
                    answer.thread,
                    answer.visibility,
                    f"Nach dem {act}" if act is Act.EDIT else "",
                    recipient=answer.recipient,
                    act=act,
                    target=native_id,
                )
                result = await link.send(part, key=stage.key())
            if act not in stage.connector.capabilities.acts:
                assert result == Permanent(Refusal.UNSUPPORTED, act)
                assert stage.posted(f"Vor dem {act}"), "it stands as it was"
                raise NotOffered(f"no {act}")
            assert isinstance(result, Sent | Duplicate), result
            assert not stage.posted(f"Vor dem {act}")
            assert bool(stage.posted(f"Nach dem {act}")) == (act is Act.EDIT)

    run(story())


@case(12, "buttons are seen and can be pressed, where it says so")
def test_buttons_are_as_promised(stage: Stage) -> None:
    if not stage.connector.capabilities.buttons:
        raise NotOffered("no buttons")

    async def story() -> None:
        async with stage:
            link = await stage.met("anna")
            buttons = (Button("yes", "Ja, bitte"), Button("no", "Nein"))
            async with stage.pulled(link):
                native_id = await stage.sent(link, "anna", "Soll ich?", buttons=buttons)
                [seen] = stage.posted("Soll ich?")
                assert seen.buttons == ("Ja, bitte", "Nein")
                stage.platform.press("anna", native_id, "Ja, bitte")
                await stage.until(
                    link, lambda: [one for one in stage.messages if one.choice == "yes"]
                )

    run(story())


@case(15, "a file goes out, where it says so")
def test_a_file_goes_out(stage: Stage) -> None:
    if not stage.connector.capabilities.files_out:
        raise NotOffered("no files go out")

    async def story() -> None:
        async with stage:
            link = await stage.met("anna")
            file = RawFile("plan.png", "image/png", PNG)
            async with stage.pulled(link):
                await warm(stage, link)
                native_id = await stage.sent(link, "anna", "", file=file)
            [seen] = [one for one in stage.platform.heard() if one.native_id == native_id]
            assert [one.content for one in seen.files] == [PNG]

    run(story())


@case(13, "an answer stands where its question does, both ways")
def test_answers_find_their_place(stage: Stage) -> None:
    async def story() -> None:
        async with stage:
            link = await stage.met("anna")
            greeting = stage.greeting("anna")
            async with stage.pulled(link):
                await warm(stage, link)
                native_id = await send_surely(stage, link, stage.answer(greeting, "Dazu dies"))
                [seen] = stage.posted("Dazu dies")
                if stage.connector.capabilities.threads:
                    assert seen.in_reply_to == greeting.native_id
                assert seen.visibility is greeting.visibility
                stage.platform.say(
                    "anna", "Und dazu das", visibility=stage.visibility, reply_to=native_id
                )
                await stage.until(link, lambda: stage.message("Und dazu das"))
            back = stage.message("Und dazu das")
            assert back is not None
            assert (back.thread, back.visibility) == (greeting.thread, greeting.visibility)

    run(story())


@case(13, "who writes in public is answered in public, and only there")
def test_public_and_private_are_different_worlds(stage: Stage) -> None:
    if stage.connector.capabilities.visibility != set(Visibility):
        raise NotOffered("it is public only, or private only")

    async def story() -> None:
        async with stage:
            link = await stage.met("anna")
            async with stage.pulled(link):
                stage.platform.say("bela", "Öffentlich gefragt", visibility=Visibility.PUBLIC)
                await stage.until(link, lambda: stage.message("Öffentlich gefragt"))
                asked = stage.message("Öffentlich gefragt")
                assert asked is not None
                assert asked.visibility is Visibility.PUBLIC
                await send_surely(stage, link, stage.answer(asked, "Öffentlich geantwortet"))
                [seen] = stage.posted("Öffentlich geantwortet")
                assert seen.visibility is Visibility.PUBLIC
                await in_private(stage, link, asked)

    run(story())


async def in_private(stage: Stage, link: Link, asked: InboundMessage) -> None:
    """Go on in private where the connector says that one may."""
    thread = stage.connector.private_thread(asked.sender.id)
    if thread is None:
        return
    part = OutboundPart(thread, Visibility.PRIVATE, "Unter uns gesagt", recipient=asked.sender.id)
    await send_surely(stage, link, part)
    [seen] = stage.posted("Unter uns gesagt")
    assert seen.visibility is Visibility.PRIVATE
    stage.platform.say("bela", "Ganz unter uns", reply_to=seen.native_id)
    await stage.until(link, lambda: stage.message("Ganz unter uns"))
    back = stage.message("Ganz unter uns")
    assert back is not None
    assert (back.thread, back.visibility) == (thread, Visibility.PRIVATE)


@case(20, "who may not be answered any more is not tried")
def test_who_has_not_summoned_us_is_not_answered(stage: Stage) -> None:
    async def story() -> None:
        async with stage:
            link = await stage.met("anna", public=stage.connector.capabilities.summons)
            async with stage.pulled(link):
                await warm(stage, link)
                ours = OutboundPart("", Visibility.PUBLIC, "Heute ist Markt")
                post = await send_surely(stage, link, ours)
                stage.platform.remark("anna", post, "Schön, ohne Sie zu nennen")
                await stage.until(link, lambda: stage.message("ohne Sie zu nennen"))
            remark = stage.message("ohne Sie zu nennen")
            assert remark is not None
            asked = stage.asked
            result = await link.send(stage.answer(remark, "Ungefragt"), key=stage.key())
            assert isinstance(result, Permanent), result
            assert result.code is Refusal.NOT_SUMMONED
            assert stage.asked == asked, "nobody has been asked"
            assert not stage.posted("Ungefragt")

    if not stage.connector.capabilities.summons:
        stage.platform.remark("anna", "", "")  # it says why not
        raise AssertionError("what is offered is announced")
    run(story())
