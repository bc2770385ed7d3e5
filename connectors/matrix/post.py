"""The way out: a part becomes an event under its key, sealed where the room is encrypted."""

import asyncio
from collections.abc import Mapping
from urllib.parse import quote

from connectors.asking import Refused
from connectors.base import OutboundPart, PlatformError, RawFile, Trouble
from connectors.capabilities import Visibility
from connectors.details import Detail
from connectors.matrix import lookups, render
from connectors.matrix.crypto import Crypto, NeverSealedError, SealingError, lock
from connectors.matrix.reader import Reader
from connectors.matrix.rooms import Room
from connectors.matrix.session import Session
from connectors.matrix.shapes import thread_root
from connectors.outcomes import of_failure
from connectors.results import (
    Duplicate,
    Permanent,
    Refusal,
    Scope,
    SendResult,
    Sent,
    Transient,
    Unknown,
)
from connectors.shapes import Object, at, identifier, listing, obj, text

_READY_WITHIN = 5.0  # seconds; after a start the first pull has to have come back
_SEND_WITHIN = 10.0
_UPLOAD_WITHIN = 10.0
_PAGES_BACK = 5
_PLAIN = "m.room.message"
_KEY = "de.stadtdraht.key"  # readable in every event of ours, sealed or not
_CODES = {
    "M_TOO_LARGE": Refusal.TOO_LARGE,
    "M_FORBIDDEN": Refusal.FORBIDDEN,
    "M_NOT_FOUND": Refusal.FORBIDDEN,
}


class _TooFarBackError(Exception):
    """A room has said too much since to tell whether an event stands in it."""


class Post:
    """Sends for an account; what it must know of rooms, `reader` has learned."""

    def __init__(self, session: Session, crypto: Crypto | None, reader: Reader) -> None:
        self.encrypted: frozenset[str] = frozenset()  # rooms that ever were, from the cursor
        self._session = session
        self._crypto = crypto
        self._reader = reader

    async def send(self, part: OutboundPart, key: str) -> SendResult:
        """Send a part; the same key is the same event.

        A homeserver recognises it for a day, until the account logs in anew: what may have arrived
        is looked for first.
        """
        try:
            async with asyncio.timeout(_READY_WITHIN):
                await self._reader.knows_rooms.wait()
        except TimeoutError:
            return Transient("the rooms are not known yet")
        try:
            found = await self._event_of(part, key) if part.repeated else None
        except _TooFarBackError:
            return Unknown("too much has been said since")
        except (Refused, PlatformError) as error:
            return of_failure(error, left=False, codes=_CODES)
        return Duplicate(found) if found else await self._put(part, key)

    async def _put(self, part: OutboundPart, key: str) -> SendResult:
        room_id, root = render.place(part.thread)
        try:
            await self._learn_people(room_id, part)
            if refusal := self._refusal(room_id, part):
                return refusal
            room = self._reader.rooms[room_id]
            if root is None and room.scene.private and part.in_reply_to:
                root = await self._root_of(room, part.in_reply_to)
            kind, content = await self._written(part, room, root)
        except NeverSealedError as error:
            return Permanent(error.code, str(error))
        except SealingError as error:
            return Transient(str(error), Scope.CHAT)
        except (Refused, PlatformError) as error:
            return of_failure(error, left=False, codes=_CODES)
        # Uploading and sealing take their time: what was true before them is asked again.
        if refusal := self._refusal(room_id, part):
            return refusal
        if kind == _PLAIN and self._is_secret(self._reader.rooms[room_id]):
            return Transient("the room has been encrypted meanwhile")
        path = f"/rooms/{quote(room_id, safe='')}/send/{kind}/{quote(key, safe='')}"
        signed = {**content, _KEY: key}
        try:
            answer = await self._session.ask("PUT", path, body=signed, within=_SEND_WITHIN)
        except (Refused, PlatformError) as error:
            return of_failure(error, left=True, codes=_CODES)
        return _named(answer, part)

    async def take_back(self, part: OutboundPart, key: str) -> SendResult:
        """Have the message that is the part's target redacted; nothing is told by that."""
        room_id, _ = render.place(part.thread)
        event_id = part.target or ""
        places = (quote(name, safe="") for name in (room_id, event_id, key))
        path = "/rooms/{}/redact/{}/{}".format(*places)
        try:
            await self._session.ask("PUT", path, body={}, within=_SEND_WITHIN)
        except (Refused, PlatformError) as error:
            return of_failure(error, left=True, codes=_CODES)
        return Sent(event_id)

    async def find_sent(self, part: OutboundPart, key: str) -> str | None:
        """Look for the event of a key among the room's last ones; None where that does not tell."""
        try:
            return await self._event_of(part, key)
        except (Refused, PlatformError, _TooFarBackError):
            return None

    async def _event_of(self, part: OutboundPart, key: str) -> str | None:
        """Return the name of our event with this key, None where there is none.

        Raises `_TooFarBackError` where that was not found out, `Refused` and `PlatformError`.
        """
        room_id, _ = render.place(part.thread)
        start: str | None = None
        path = f"/rooms/{quote(room_id, safe='')}/messages"
        for _ in range(_PAGES_BACK):
            query = {"dir": "b", "limit": "100"} | ({"from": start} if start else {})
            answer = await self._session.ask("GET", path, query=query)
            for event in listing(answer.get("chunk")):
                ours = at(event, "sender") == self._session.user_id
                if ours and at(event, "content", _KEY) == key:
                    return identifier(at(event, "event_id"))
            start = text(answer.get("end"))
            if start is None:
                return None
        raise _TooFarBackError

    def _refusal(self, room_id: str, part: OutboundPart) -> SendResult | None:
        """Tell why a part may not leave as things stand; old knowledge is none."""
        if not self._reader.is_up_to_date():
            return Transient("the server has not told of the rooms lately")
        room = self._reader.rooms.get(room_id)
        if room is None:
            return Permanent(Refusal.FORBIDDEN, "we are not in this room")
        if part.visibility is not Visibility.PRIVATE:
            return None
        if room.scene.private and room.people is None:
            return Transient("it is not known who is in the room")
        between = frozenset({self._session.user_id, part.recipient})
        if not room.scene.private or room.people != between:
            return Permanent(Refusal.NOT_PRIVATE, "others can read along in this room")
        return None

    async def _learn_people(self, room_id: str, part: OutboundPart) -> None:
        """Ask who is in a private room, unless that is known; raises `PlatformError`, `Refused`."""
        room = self._reader.rooms.get(room_id)
        if room is None or part.visibility is not Visibility.PRIVATE:
            return
        if room.scene.private and room.people is None:
            moves = room.moves
            found = await lookups.people(self._session, room_id)
            if room.moves == moves:  # else somebody came or went while we asked
                room.people = frozenset(found)

    async def _root_of(self, room: Room, event_id: str) -> str | None:
        """Return the thread in which an event stands, as far as that can be found out."""
        if self._reader.ear.has_heard(event_id):
            return self._reader.ear.root_of(event_id)
        try:
            event = await lookups.event(self._session, room.id, event_id)
        except (Refused, PlatformError):
            return None
        return thread_root(obj(event.get("content")))

    def _is_secret(self, room: Room) -> bool:
        return room.encrypted or room.id in self.encrypted

    async def _written(
        self, part: OutboundPart, room: Room, root: str | None
    ) -> tuple[str, Mapping[str, object]]:
        """Return type and content.

        Raises `SealingError`, `NeverSealedError`, `Refused` and `PlatformError`.
        """
        secret = self._is_secret(room)
        if secret and self._crypto is None:
            raise NeverSealedError(Refusal.ENCRYPTED, "encryption is not installed")
        if part.file is None:
            content = render.content(part, root)
        else:
            uri, keys = await self._hand_in(part.file, secret=secret)
            content = render.file_content(part, part.file, root, uri, keys)
        if not secret or self._crypto is None:
            return _PLAIN, content
        return await self._crypto.seal(room.id, _PLAIN, content)

    async def _hand_in(self, file: RawFile, *, secret: bool) -> tuple[str, Object | None]:
        """Upload a file; one that is not used after all is the server's to tidy up."""
        content, keys = lock(file.content) if secret else (file.content, None)
        media_type = "application/octet-stream" if secret else file.declared_type
        answer = await self._session.upload(
            "/_matrix/media/v3/upload", content, media_type, within=_UPLOAD_WITHIN
        )
        uri = text(answer.get("content_uri"))
        if not uri:
            raise PlatformError(Trouble.GARBAGE, Detail.UNREADABLE)
        return uri, keys


def _named(answer: Object, part: OutboundPart) -> SendResult:
    """Return how the homeserver named a message; one that was changed keeps its name."""
    event_id = identifier(answer.get("event_id"))
    return Sent(part.target or event_id) if event_id else Unknown("an answer without an event")
