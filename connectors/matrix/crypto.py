"""Encrypted rooms, over matrix-nio's machine: keys in, events read, contents sealed.

The store lies in the account's folder. Its pickle key is random and lies beside it: a key derived
from token or password would be lost whenever those change. So the store is as safe as the folder,
which belongs to the server's account alone; a backup that leaves the house is encrypted as a whole.
"""

import asyncio
import hashlib
import json
import logging
from collections.abc import Iterable, Mapping
from itertools import count
from pathlib import Path
from secrets import token_urlsafe
from urllib.parse import parse_qsl, urlsplit

import structlog
from nio import AsyncClient, AsyncClientConfig
from nio.crypto import ENCRYPTION_ENABLED
from nio.crypto.attachments import decrypt_attachment, encrypt_attachment
from nio.events import Event, MegolmEvent
from nio.exceptions import EncryptionError
from nio.responses import ErrorResponse, Response, ShareGroupSessionResponse, SyncResponse

from connectors.base import PlatformError, Trouble
from connectors.details import Detail
from connectors.matrix.http import Refused
from connectors.matrix.rooms import RoomNews
from connectors.matrix.session import Session
from connectors.matrix.shapes import Object, at, identifier, listing, obj, text

AVAILABLE: bool = ENCRYPTION_ENABLED
_API = "/_matrix/client/v3"
_KEPT = 16 * 1024 * 1024  # bytes of decrypted events: no machine decrypts the same one twice
_SEALABLE = 48 * 1024  # bytes; sealed they are a third larger, and an event has 64 KiB at most

_log = structlog.get_logger()
logging.getLogger("nio").setLevel(logging.CRITICAL)  # it writes names and contents into the log


class SealingError(Exception):
    """A content that could not be encrypted now; nothing has left."""


class NeverSealedError(Exception):
    """A content that can never be encrypted; `code` says why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class Opened:
    """Decrypted events by their ids, as text: what that takes up is known. Oldest go first."""

    def __init__(self, limit: int = _KEPT) -> None:
        self.size = 0  # bytes
        self._limit = limit
        self._events: dict[str, str] = {}

    def keep(self, event_id: str, event: Object) -> None:
        """Remember an event, if it is not beyond every depth."""
        try:
            written = json.dumps(event)
        except RecursionError:
            return
        self._events[event_id] = written
        self.size += len(event_id) + len(written)
        while self.size > self._limit:
            oldest = next(iter(self._events))
            self.size -= len(oldest) + len(self._events.pop(oldest))

    def find(self, event_id: str) -> Object | None:
        """Return an event that was remembered."""
        written = self._events.get(event_id)
        return None if written is None else obj(json.loads(written))


class Crypto:
    """The keys of one device."""

    def __init__(self, session: Session, folder: Path) -> None:
        self._session = session
        self._folder = folder
        self._client: _Client | None = None
        self._read = Opened()
        self._lock = asyncio.Lock()
        self._numbers = count(1)

    async def open(self) -> None:
        """Open the store of the session's device; with a lost store begin anew as another device.

        Raises `PlatformError`, also where the store is lost and there is no password to log in.
        """
        if self._client is not None:
            return
        await self._session.ready()
        if not self._store().exists() and await self._device_has_keys():
            await self._session.change_device()
        self._client = _Client(self._session, self._store(), self._pickle_key())

    async def keep_keys(self) -> None:
        """Hand in our keys and fetch those of others, as far as is due; raises `PlatformError`."""
        client = self._opened()
        async with self._lock:
            try:
                if client.should_upload_keys:
                    await client.keys_upload()
            except Refused as refusal:
                raise self._lost(refusal) from None
            try:
                if client.should_query_keys:
                    await client.keys_query()
                if client.should_claim_keys:
                    await client.keys_claim(client.get_users_for_key_claiming())
                await client.send_to_device_messages()
            except Refused as refusal:
                raise refusal.trouble() from None

    async def feed(self, answer: Object, rooms: Iterable[RoomNews]) -> None:
        """Take over keys and the states of encrypted `rooms`, piece by piece.

        A piece that breaks the machine is left out: it is a stranger's, and the next one counts.
        """
        for event in listing(at(answer, "to_device", "events")):
            await self._take(to_device={"events": [event]})
        for news in rooms:
            states = [
                event for event in news.timeline if isinstance(event, dict) and "state_key" in event
            ]
            state = {"state": {"events": [*news.state, *states]}}
            await self._take(rooms={"join": {news.room_id: state}})
        await self._take(
            device_lists=obj(answer.get("device_lists")),
            device_one_time_keys_count=obj(answer.get("device_one_time_keys_count")),
        )

    def forget(self, room_id: str) -> None:
        """Forget a room that we have left."""
        self._opened().rooms.pop(room_id, None)

    def read(self, room_id: str, event: Object) -> Object:
        """Return an encrypted event with its content in the clear, or as it is."""
        event_id = identifier(event.get("event_id"))
        if event.get("type") != "m.room.encrypted" or event_id is None:
            return event
        known = self._read.find(event_id)
        if known is None:
            known = self._decrypted(room_id, event)
            if known is None:
                return event
            self._read.keep(event_id, known)
        return known

    async def seal(
        self, room_id: str, kind: str, content: Mapping[str, object]
    ) -> tuple[str, Object]:
        """Encrypt a content for everybody in the room.

        Raises `SealingError` and `NeverSealedError`, and `PlatformError` and `Refused` while
        asking for keys.
        """
        if len(json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")) > _SEALABLE:
            raise NeverSealedError("too_large", "no event has room for it")
        client = self._opened()
        async with self._lock:
            room = client.rooms.get(room_id)
            if room is None or not room.encrypted:
                raise SealingError("the room's state is not known")
            try:
                if not room.members_synced:
                    await client.joined_members(room_id)
                if client.should_query_keys:
                    await client.keys_query()
                await client.share(room_id)
                sealed = client.encrypt(room_id, kind, dict(content))
            except (PlatformError, Refused):
                raise
            except Exception as error:
                raise SealingError(type(error).__name__) from error
        return str(sealed[0]), obj(sealed[1])

    def close(self) -> None:
        """Close the store."""
        if self._client is not None:
            self._client.shut()
            self._client = None

    def _opened(self) -> "_Client":
        if self._client is None:
            raise PlatformError(Trouble.UNREACHABLE, Detail.NOT_READY)
        return self._client

    async def _take(self, **parts: object) -> None:
        whole = {
            "next_batch": str(next(self._numbers)),  # the machine ignores what it has seen
            "device_one_time_keys_count": {},
            "device_lists": {},
            "to_device": {},
            "rooms": {},
        }
        client = self._opened()
        try:
            found = SyncResponse.from_dict(whole | parts)
            if isinstance(found, SyncResponse):
                await client.receive_response(found)
        except Exception as error:  # noqa: BLE001 (a stranger's bytes break it in every way)
            _log.warning("matrix.crypto.left_out", error=type(error).__name__)

    def _decrypted(self, room_id: str, event: Object) -> Object | None:
        try:
            sealed = Event.parse_event(dict(event))
            if not isinstance(sealed, MegolmEvent):
                return None
            sealed.room_id = room_id
            source = obj(getattr(self._opened().decrypt_event(sealed), "source", None))
        except PlatformError:
            raise
        except Exception as error:  # noqa: BLE001 (as above)
            _log.info("matrix.crypto.unreadable", error=type(error).__name__)
            return None
        if not source:
            return None
        outside = {name: event.get(name) for name in ("event_id", "sender", "origin_server_ts")}
        unsigned = {"unsigned": event["unsigned"]} if "unsigned" in event else {}
        inside = {"type": source.get("type"), "content": source.get("content")}
        return {**outside, **unsigned, **inside, "encrypted": True}

    async def _device_has_keys(self) -> bool:
        me, device = self._session.user_id, self._session.device_id
        try:
            found = await self._session.ask(
                "POST", "/keys/query", body={"device_keys": {me: [device]}}
            )
        except Refused as refusal:
            raise refusal.trouble() from None
        return isinstance(at(found, "device_keys", me, device), dict)

    def _lost(self, refusal: Refused) -> PlatformError:
        """Tell what it means that our keys are refused: the server has others of this device."""
        trouble = refusal.trouble()
        if trouble.trouble is not Trouble.SETTINGS:
            return trouble
        return PlatformError(Trouble.SETTINGS, f"{Detail.KEYS_REFUSED}: {refusal}")

    def _store(self) -> Path:
        device = hashlib.sha256(self._session.device_id.encode()).hexdigest()[:16]
        return self._folder / f"crypto-{device}.db"

    def _pickle_key(self) -> str:
        path = self._folder / "crypto.key"
        if not path.exists():
            fresh = path.with_suffix(".new")
            fresh.touch(mode=0o600)
            fresh.write_text(token_urlsafe(32), "utf-8")
            fresh.replace(path)
        return path.read_text("utf-8")


class _Client(AsyncClient):  # type: ignore[misc] # the library has no types
    """The library's client, whose every request goes through our session."""

    def __init__(self, session: Session, store: Path, pickle_key: str) -> None:
        config = AsyncClientConfig(
            max_limit_exceeded=0,
            max_timeouts=0,
            store_sync_tokens=False,
            store_name=store.name,
            pickle_key=pickle_key,
        )
        super().__init__("", session.user_id, session.device_id, str(store.parent), config)
        self._session = session
        self._unshared: BaseException | None = None
        self.restore_login(session.user_id, session.device_id, "held by the session")
        store.chmod(0o600)

    async def share(self, room_id: str) -> None:
        """Give the room's members the key of what follows, if they do not have it."""
        if not self.olm.should_share_group_session(room_id):
            return
        self._unshared = None
        try:
            await self.share_group_session(room_id, ignore_unverified_devices=True)
        finally:
            self.sharing_session.pop(room_id, None)  # left behind when claiming keys fails
        if self._unshared is not None:  # the library calls it shared all the same
            self.olm.outbound_group_sessions.pop(room_id, None)
            raise self._unshared

    def shut(self) -> None:
        """Close the store."""
        if self.store is not None:
            self.store.database.close()

    async def _send(
        self,
        response_class: type[Response],
        method: str,
        path: str,
        data: str | None = None,
        response_data: tuple[object, ...] | None = None,
        **_: object,
    ) -> Response:
        """Ask through the session; every answer is of the class that it should be, or raises."""
        try:
            found = await self._answer(response_class, method, path, data, response_data or ())
        except (PlatformError, Refused) as error:
            if response_class is ShareGroupSessionResponse:
                self._unshared = error
            raise
        await self.receive_response(found)
        return found

    async def _answer(
        self,
        response_class: type[Response],
        method: str,
        path: str,
        data: str | None,
        response_data: tuple[object, ...],
    ) -> Response:
        url = urlsplit(path)
        query = dict(parse_qsl(url.query))
        query.pop("access_token", None)
        answer = await self._session.ask(
            method,
            url.path.removeprefix(_API),
            query=query or None,
            body=json.loads(data) if data else None,
        )
        found = response_class.from_dict(dict(answer), *response_data)
        if isinstance(found, ErrorResponse):
            raise PlatformError(Trouble.GARBAGE, f"{Detail.UNREADABLE}: {response_class.__name__}")
        return found


def lock(content: bytes) -> tuple[bytes, Object]:
    """Encrypt a file; return it with the keys that open it."""
    sealed, keys = encrypt_attachment(content)
    return bytes(sealed), obj(keys)


def unlock(content: bytes, keys: Object) -> bytes | None:
    """Decrypt a file; None where keys and file do not fit."""
    key, iv = text(at(keys, "key", "k")), text(keys.get("iv"))
    digest = text(at(keys, "hashes", "sha256"))
    if not key or not iv or not digest:
        return None
    try:
        return bytes(decrypt_attachment(content, key, digest, iv))
    except (EncryptionError, ValueError):
        return None
