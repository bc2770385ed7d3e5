"""The counterpart of the conformance suite does what it says, with the clock of every day."""

import asyncio
from pathlib import Path

from connectors.base import Account, InboundMessage, ParseError
from connectors.capabilities import Visibility
from connectors.push import Call
from connectors.results import Sent
from connectors.x.connector import CONNECTOR
from connectors.x.push import receive
from tests.connectors.x.counterpart import running
from tests.connectors.x.support import private, public, run
from tests.connectors.x.test_push import NOW


def test_a_round_trip_in_public_and_in_private(tmp_path: Path) -> None:
    with running() as counterpart:
        values = counterpart.settings(counterpart.ports)
        link = CONNECTOR.connect(Account("x", tmp_path / "x", values))

        async def story() -> None:
            batch = await link.pull(None)
            said = counterpart.say("anna", "Öffentlich", visibility=Visibility.PUBLIC)
            direct = counterpart.say("anna", "Privat")
            counterpart.be_strange("anna")
            counterpart.be_broken("anna")
            pushed = counterpart.push("anna", "Gemeldet")
            found: dict[str, InboundMessage] = {}
            broken = 0
            while len(found) < 4:
                batch = await link.pull(batch.cursor)
                for item in batch.items:
                    try:
                        events = CONNECTOR.parse(item.payload)
                    except ParseError:
                        broken += 1
                        continue
                    for event in events:
                        assert isinstance(event, InboundMessage)
                        found[event.native_id] = event
            assert {said, direct} < set(found)
            assert broken == 1
            answer = receive(Call("POST", pushed.headers, {}, pushed.body), values, NOW)
            assert [item.about in found for item in answer.items] == [True]
            anna = found[said].sender.id
            results = [
                await link.send(public("Antwort", int(said)), key="k1"),
                await link.send(private("Antwort", anna), key="k2"),
            ]
            heard = counterpart.heard()
            assert [Sent(one.native_id) for one in heard] == results
            assert [one.visibility for one in heard] == [Visibility.PUBLIC, Visibility.PRIVATE]
            assert heard[0].in_reply_to == said
            await link.close()

        async def in_time() -> None:
            async with asyncio.timeout(20):
                await story()

        run(in_time())
