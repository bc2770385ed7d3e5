"""What the conformance suite is given works as it says."""

from pathlib import Path

import pytest

from connectors.base import (
    Account,
    Button,
    InboundEdit,
    InboundMessage,
    InboundReaction,
    ParseError,
    RawFile,
)
from connectors.capabilities import Visibility
from connectors.push import Call
from connectors.results import Sent
from connectors.telegram.connector import CONNECTOR
from connectors.telegram.push import receive
from tests.conformance.counterpart import NotOffered
from tests.connectors.telegram.counterpart import running
from tests.connectors.telegram.support import Core, part, run
from tests.fakes.clock import NOON

OGG = RawFile("Ton.ogg", "audio/ogg", b"OggS a voice")
PNG = RawFile("Bild.png", "image/png", b"\x89PNG a picture")


def test_people_write_and_hear_what_we_answer(tmp_path: Path) -> None:
    async def story() -> None:
        with running() as people:
            account = Account("telegram", tmp_path, people.settings(people.ports))
            async with Core(account) as core:
                said = people.say("anna", "Hallo")
                public = people.say("bert", "Frage", visibility=Visibility.PUBLIC)
                people.say("anna", "", file=OGG)
                people.say("anna", "Bild", file=PNG)
                people.be_strange("anna")
                people.be_broken("anna")
                people.edit("bert", public, "Frage?")
                await core.pull()
                *messages, edit = core.events
                assert isinstance(edit, InboundEdit)
                assert (edit.native_id, edit.text.endswith("Frage?")) == (public, True)
                assert [one.native_id for one in core.messages][:2] == [said, public]
                assert core.messages[4].unread == "unknown"
                assert len(core.unread) == 1
                assert len(messages) == 5
                anna = core.messages[0].thread
                ask = part(anna, "So?", buttons=(Button("j", "Ja"),), in_reply_to=said, file=None)
                sent = await core.link.send(ask, key="k")
                assert isinstance(sent, Sent)
                assert isinstance(await core.link.send(part(anna, "", file=PNG), key="l"), Sent)
                question, picture = people.heard()
                assert (question.native_id, question.in_reply_to) == (sent.native_id, said)
                assert question.buttons == ("Ja",)
                assert picture.files[0].content == PNG.content
                people.press("anna", sent.native_id, "Ja")
                people.react("anna", sent.native_id, "👍")
                people.say("bert", "Danke", reply_to=sent.native_id)
                await core.pull()
                press, sign, thanks = core.events[-3:]
                assert isinstance(press, InboundMessage)
                assert (press.choice, press.text) == ("j", "Ja")
                assert isinstance(sign, InboundReaction)
                assert isinstance(thanks, InboundMessage)
                with pytest.raises(NotOffered):
                    people.delete("anna", said)
                pushed = people.push("anna", "geschoben")
                call = Call("POST", pushed.headers, {}, pushed.body)
                answer = receive(call, account.values, NOON)
                assert answer.status == 200
                event = CONNECTOR.parse(answer.items[0].payload)[0]
                assert isinstance(event, InboundMessage)
                assert event.text == "geschoben"

    run(story())


def test_moods_of_the_platform_are_those_of_telegram(tmp_path: Path) -> None:
    async def story() -> None:
        with running() as people:
            account = Account("telegram", tmp_path, people.settings(people.ports))
            async with Core(account) as core:
                people.log_out()
                results = [await core.send(-5)]
                people.log_in()
                people.limit(3)
                results.append(await core.send(-5))
                assert [type(one).__name__ for one in results] == ["LoginNeeded", "RetryAfter"]
                assert not core.unread
                with pytest.raises(ParseError):
                    CONNECTOR.parse({})

    run(story())
