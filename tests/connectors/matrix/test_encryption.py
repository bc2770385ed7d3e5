"""Encrypted rooms, against a real homeserver and another client's keys."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

from connectors.base import OutboundPart, RawFile
from connectors.capabilities import Visibility
from connectors.matrix.crypto import Opened, lock
from connectors.results import Permanent, Scope, Sent, Transient
from tests.connectors.matrix.phones import phone, secret_chat
from tests.connectors.matrix.support import Core, run
from tests.support.synapse import Synapse


def test_an_encrypted_chat_both_ways_and_after_a_restart(
    synapse: Synapse, core: Core, tmp_path: Path
) -> None:
    async def story() -> None:
        async with core, phone(synapse, tmp_path) as mine:
            room = await secret_chat(core, mine)
            await mine.say(room, "Streng vertraulich")
            before = core.cursor
            await core.until(lambda: core.texts)
            assert core.texts == ["Streng vertraulich"]
            [item] = core.items.values()
            again = await core.link.pull(before)
            assert again.items == (item,), "the same news, still readable"
            part = core.part("Auch vertraulich", room, in_reply_to=item.event_id)
            sent = await core.link.send(part, key="k1")
            assert isinstance(sent, Sent)
            assert await core.link.send(part, key="k1") == sent
            await mine.sync()
            assert mine.heard == ["Auch vertraulich"]
            assert "Auch vertraulich" not in json.dumps(mine.person.messages(room))
            await core.link.close()
            replayed = await core.fresh_link().pull(before)
            assert replayed.items[0] == item, "after a restart the store reads it again"
            await mine.say(room, "Noch etwas")
            await core.until(lambda: len(core.texts) > 1)
            assert core.texts[1:] == ["Noch etwas"]
            assert isinstance(await core.link.send(core.part("Ja?", room), key="k2"), Sent)
            await mine.sync()
            assert mine.heard == ["Auch vertraulich", "Ja?"]

    run(story())


def test_encrypted_files_both_ways(synapse: Synapse, core: Core, tmp_path: Path) -> None:
    async def story() -> None:
        async with core, phone(synapse, tmp_path) as mine:
            room = await secret_chat(core, mine)
            picture = b"\x89PNG\r\n\x1a\n" + bytes(100)
            sealed, keys = lock(picture)
            uri = mine.person.upload(sealed, "application/octet-stream")
            info = {"mimetype": "image/png", "size": len(picture)}
            image = {"msgtype": "m.image", "file": {**keys, "url": uri}, "info": info}
            await mine.say(room, "loch.png", **image)
            await mine.say(room, "kaputt.png", **image | {"file": {"url": uri}})
            await core.until(lambda: len(core.messages) > 1)
            whole, broken = core.messages
            assert core.items[whole.native_id].files[0].content == picture
            assert broken.unread == "file_missing"
            file = RawFile("bescheid.pdf", "application/pdf", b"%PDF-1.7 geheim")
            whom = mine.person.user_id
            part = OutboundPart(room, Visibility.PRIVATE, file=file, recipient=whom)
            assert isinstance(await core.link.send(part, key="f1"), Sent)
            assert "bescheid.pdf" not in json.dumps(mine.person.messages(room))

    run(story())


def test_without_encryption_nothing_is_read_and_nothing_leaves_in_the_clear(
    synapse: Synapse, core: Core, tmp_path: Path
) -> None:
    async def story() -> None:
        async with core, phone(synapse, tmp_path) as mine:
            room = await secret_chat(core, mine)
            await core.link.close()
            core.encryption = False
            core.fresh_link()
            await mine.say(room, "Streng vertraulich")
            await core.until(lambda: core.messages)
            assert core.messages[0].unread == "encrypted"
            part = core.part("Niemals im Klartext", room)
            file = RawFile("a.pdf", "application/pdf", b"%PDF")
            for refused in (part, replace(part, text="", file=file)):
                result = await core.link.send(refused, key=f"k{refused.text}")
                assert isinstance(result, Permanent)
                assert result.code == "encrypted"
            kinds = {event["type"] for event in mine.person.messages(room)}
            assert "m.room.message" not in kinds

    run(story())


def test_what_was_decrypted_is_kept_up_to_a_measure() -> None:
    kept = Opened(limit=1000)
    for number in range(50):
        kept.keep(f"$e{number}", {"content": {"body": "x" * 100}})
        assert kept.size <= 1000
    assert kept.find("$e0") is None
    assert kept.find("$e49") == {"content": {"body": "x" * 100}}
    kept.keep("$riese", {"body": "x" * 5000})
    assert kept.find("$riese") is None
    assert kept.size == 0


def test_what_can_never_be_sealed_is_told_from_what_cannot_be_sealed_now(
    synapse: Synapse, core: Core, tmp_path: Path
) -> None:
    async def story() -> None:
        async with core, phone(synapse, tmp_path) as mine:
            room = await secret_chat(core, mine)
            large = await core.link.send(core.part("x" * 70_000, room), key="k1")
            assert isinstance(large, Permanent)
            assert large.code == "too_large"
            await core.link.close()
            core.fresh_link()
            early = asyncio.create_task(core.link.send(core.part("Ja", room), key="k2"))
            await core.pull()
            assert isinstance(await early, Sent)
            assert core.link._crypto is not None
            core.link._crypto.forget(room)  # as if the room's state had never come
            unsealed = await core.link.send(core.part("Ja", room), key="k3")
            assert isinstance(unsealed, Transient)
            assert unsealed.scope is Scope.CHAT, "the other rooms are well"

    run(story())
