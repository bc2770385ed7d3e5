"""Citizens' own clients that encrypt, for the tests against a real homeserver."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from nio import AsyncClient, AsyncClientConfig, RoomMessageText, RoomSendResponse

from connectors.matrix import cursors
from tests.connectors.matrix.support import Core
from tests.support.synapse import Person, Synapse

SECRET = {
    "type": "m.room.encryption",
    "state_key": "",
    "content": {"algorithm": "m.megolm.v1.aes-sha2"},
}


class Phone:
    """A citizen's own client that encrypts."""

    def __init__(self, client: AsyncClient, person: Person) -> None:
        self.client = client
        self.person = person
        self.heard: list[str] = []
        client.add_event_callback(self._hear, RoomMessageText)

    async def _hear(self, room: object, event: RoomMessageText) -> None:
        assert event.decrypted
        if event.sender != self.person.user_id:
            self.heard.append(event.body)

    async def sync(self) -> None:
        await self.client.sync(timeout=0, full_state=not self.client.next_batch)
        if self.client.should_upload_keys:
            await self.client.keys_upload()
        if self.client.should_query_keys:
            await self.client.keys_query()

    async def say(self, room: str, body: str, **more: object) -> str:
        return await self.event(room, "m.room.message", {"msgtype": "m.text", "body": body} | more)

    async def event(self, room: str, kind: str, content: dict[str, object]) -> str:
        await self.sync()
        sent = await self.client.room_send(room, kind, content, ignore_unverified_devices=True)
        assert isinstance(sent, RoomSendResponse)
        return str(sent.event_id)


@asynccontextmanager
async def phone(synapse: Synapse, folder: Path, name: str = "anna") -> AsyncIterator[Phone]:
    who = synapse.person(name)
    config = AsyncClientConfig(max_timeouts=0, max_limit_exceeded=0)
    client = AsyncClient(synapse.url, who.user_id, store_path=str(folder), config=config)
    await client.login(who.password)
    mine = Phone(client, who)
    await mine.sync()
    try:
        yield mine
    finally:
        await client.close()
        client.store.database.close()


async def secret_chat(core: Core, mine: Phone) -> str:
    await core.pull()
    await core.pull()  # hands in the bot's keys
    core.citizen = mine.person.user_id
    me = core.account.values["user_id"]
    room = mine.person.room(me, initial_state=[SECRET])
    while me not in mine.person.members(room) or cursors.read(core.cursor).gaps:
        await core.pull()
    return room
