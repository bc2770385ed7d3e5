"""A file on its way from the outbox into a real homeserver's rooms, open and encrypted."""

import asyncio
import shutil
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest
from nio import RoomEncryptedFile

from bot.channels.links import Open
from bot.db.engine import Database
from bot.outbox.sender import Sender
from bot.work.states import Lane
from connectors.matrix.connector import CONNECTOR
from connectors.matrix.crypto import unlock
from connectors.shapes import Object, obj, text
from tests.bot.outbox.support import open_threads, states
from tests.bot.outbox.test_files import PLAN, reply
from tests.connectors.matrix.phones import phone, secret_chat
from tests.connectors.matrix.support import Core, account, content, run
from tests.fakes import town as towns
from tests.fakes.platform import Here
from tests.fakes.town import Town
from tests.support.synapse import Person, Synapse

T = TypeVar("T")


class Beside(Here):
    """Links that live in the loop of the test; the sender runs in a thread beside it."""

    loop: asyncio.AbstractEventLoop

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()


@pytest.fixture
def town(sqlite_template: Path, tmp_path: Path) -> Town:
    path = tmp_path / "city.sqlite3"
    shutil.copyfile(sqlite_template, path)
    return towns.build(Database(f"sqlite:///{path}"), capabilities=CONNECTOR.capabilities)


def sender(town: Town, core: Core) -> Sender:
    links = Beside(town.connectors, town.platform, town.channel_id)
    links.open[town.channel_id] = Open(core.link, lambda: True)
    links.loop = asyncio.get_running_loop()
    return Sender(
        town.database,
        links,
        town.connectors,
        town.bells,
        owner="sender",
        chance=lambda: 0.5,
        channel_id=town.channel_id,
        now=town.clock.now,
    )


def download(person: Person, uri: str | None) -> bytes:
    place = (uri or "").removeprefix("mxc://")
    answer = person.http.get(
        f"/_matrix/client/v1/media/download/{place}",
        headers={"Authorization": f"Bearer {person.token}"},
    )
    return answer.raise_for_status().content


def test_a_file_arrives_in_open_and_encrypted_rooms(
    synapse: Synapse, town: Town, tmp_path: Path
) -> None:
    bot = synapse.account("stadt")
    core = Core(account(synapse.url, bot, tmp_path / "matrix"), encryption=True)
    sealed: list[Object] = []

    async def story() -> None:
        async with core, phone(synapse, tmp_path) as mine:
            mine.client.add_event_callback(
                lambda _, event: sealed.append(obj(event.source["content"])), RoomEncryptedFile
            )
            secret = await secret_chat(core, mine)
            ben = synapse.person("ben")
            plain = ben.room(bot.user_id)
            while bot.user_id not in ben.members(plain):
                await core.pull()
            await core.pull()
            open_threads(town, secret, sender=mine.person.user_id)
            open_threads(town, plain, sender=ben.user_id)
            reply(town, "Anbei der Plan.", PLAN, thread=secret)
            reply(town, "Anbei der Plan.", PLAN, thread=plain)
            ours = sender(town, core)
            while await asyncio.to_thread(ours.run_once, Lane.OUTBOUND):
                pass
            assert states(town) == ["sent"] * 4

            shown = content(ben.messages(plain)[-1])
            assert (shown["msgtype"], shown["filename"]) == ("m.file", PLAN.name)
            assert download(ben, text(shown["url"])) == PLAN.content
            assert PLAN.name not in str(mine.person.messages(secret))
            await mine.sync()
            assert mine.heard == ["Anbei der Plan."]
            [shown] = sealed
            keys = obj(shown["file"])
            assert shown["filename"] == PLAN.name
            assert unlock(download(mine.person, text(keys["url"])), keys) == PLAN.content

    run(story())
    town.database.close()
