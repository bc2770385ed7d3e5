"""Encrypted rooms, over matrix-nio's machine: keys in, events read, contents sealed.

The store lies in the account's folder. Its pickle key is random and lies beside it: a key derived
from token or password would be lost whenever those change. So the store is as safe as the folder,
which belongs to the server's account alone; a backup that leaves the house is encrypted as a whole.
"""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path

import structlog
from nio.crypto import ENCRYPTION_ENABLED
from nio.crypto.attachments import decrypt_attachment, encrypt_attachment
from nio.events import Event, MegolmEvent
from nio.exceptions import EncryptionError
from nio.responses import SyncResponse

from connectors.asking import Refused
from connectors.base import PlatformError, Trouble
from connectors.details import Detail
from connectors.matrix.keystore import KeyStore
from connectors.matrix.machine import Machine
from connectors.matrix.rooms import RoomNews
from connectors.matrix.session import Session
from connectors.results import Refusal
from connectors.shapes import Object, at, identifier, listing, obj, text

AVAILABLE: bool = ENCRYPTION_ENABLED
_KEPT = 16 * 1024 * 1024  # bytes of decrypted events: no machine decrypts the same one twice
_SEALABLE = 48 * 1024  # bytes; sealed they are a third larger, and an event has 64 KiB at most
_REST = 60.0  # seconds after trouble with keys: the stream does not wait for it

_log = structlog.get_logger()


class SealingError(Exception):
    """A content that could not be encrypted now; nothing has left."""


class NeverSealedError(Exception):
    """A content that can never be encrypted; `code` says why."""

    def __init__(self, code: Refusal, detail: str) -> None:
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

    def __init__(self, session: Session, folder: Path, *, ticks: Callable[[], float]) -> None:
        self._session = session
        self._store = KeyStore(folder)
        self._machine: Machine | None = None
        self._read = Opened()
        self._lock = asyncio.Lock()
        self._numbers = count(1)
        self._ticks = ticks
        self._rests_until = 0.0
        self._known_since: int | None = None  # the log-in since which the server has our keys

    async def open(self) -> None:
        """Open the store of the session's device; with a lost store begin anew as another device.

        Raises `PlatformError`, also where the store is lost and there is no password to log in.
        """
        if self._machine is not None:
            return
        await self._session.ready()
        try:
            is_lost = not self._load() and (self._has_store() or await self._has_keys())
        except sqlite3.OperationalError as error:
            raise PlatformError(Trouble.SETTINGS, f"{Detail.KEYS_LOCKED}: {error}") from None
        if is_lost:
            _log.error("matrix.crypto.store_lost")
            await self._begin_anew()
        elif self._machine is None:
            self._machine = self._made()
        elif self._has_gone_on_elsewhere():
            await self._begin_anew()
        self._store.settle()

    async def keep_keys(self) -> bool:
        """Hand in our keys and fetch those of others, as far as is due.

        Only a lost log-in raises `PlatformError`; other trouble is left for later. True: the
        server has other keys of our device, and we go on as a new one, which knows no rooms yet.
        """
        if self._ticks() < self._rests_until:
            return False
        async with self._lock:
            device_id = self._session.device_id
            try:
                await self._hand_in()
                machine = self._opened()
                if machine.should_query_keys:
                    await machine.keys_query()
                if machine.should_claim_keys:
                    await machine.keys_claim(machine.get_users_for_key_claiming())
                await machine.send_to_device_messages()
                if machine.should_query_keys or machine.should_claim_keys:
                    self._rests_until = self._ticks() + _REST  # somebody's server does not answer
            except (PlatformError, Refused) as error:
                trouble = error.trouble() if isinstance(error, Refused) else error
                if trouble.trouble is Trouble.LOGIN:
                    raise trouble from None
                _log.warning("matrix.crypto.keys_failed", trouble=trouble.trouble)
                self._rests_until = self._ticks() + _REST
            return self._session.device_id != device_id

    async def _hand_in(self) -> None:
        machine, log_ins = self._opened(), self._session.log_ins
        if log_ins != self._known_since:
            if not await self._has_keys():
                machine.olm.account.shared = False  # a device that was removed has lost them
            self._known_since = log_ins
        if not machine.should_upload_keys:
            return
        try:
            await machine.keys_upload()
        except Refused as refusal:
            if refusal.status != 400 or not await self._has_keys():
                raise
            # Ours are older than those that the server has of this device.
            _log.error("matrix.crypto.store_outdated")
            await self._begin_anew()
            await self._opened().keys_upload()

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
        await self._take(device_lists=obj(answer.get("device_lists")))
        self._opened().note_left(answer.get("device_one_time_keys_count"))

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

        Raises `SealingError` and `NeverSealedError`, and `PlatformError` while asking for keys.
        """
        if len(json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")) > _SEALABLE:
            raise NeverSealedError(Refusal.TOO_LARGE, "no event has room for it")
        machine = self._opened()
        async with self._lock:
            room = machine.rooms.get(room_id)
            if room is None or not room.encrypted:
                raise SealingError("the room's state is not known")
            try:
                if not room.members_synced:
                    await machine.joined_members(room_id)
                if machine.is_unknown(room.users):
                    await machine.keys_query()
                await machine.share(room_id)
                sealed = machine.encrypt(room_id, kind, dict(content))
            except PlatformError:
                raise
            except Refused as refusal:  # of a request for keys: it says nothing of the message
                trouble = refusal.trouble()
                if trouble.trouble is Trouble.SETTINGS:
                    raise SealingError(str(refusal)) from None
                raise trouble from None
            except Exception as error:
                raise SealingError(type(error).__name__) from error
        return str(sealed[0]), obj(sealed[1])

    def close(self) -> None:
        """Close the store."""
        if self._machine is not None:
            self._machine.shut()
            self._machine = None

    def _opened(self) -> Machine:
        if self._machine is None:
            raise PlatformError(Trouble.UNREACHABLE, Detail.NOT_READY)
        return self._machine

    def _has_store(self) -> bool:
        return self._store.path(self._session.device_id).exists()

    def _load(self) -> bool:
        """Open the store that is there; False where there is none, or it is worth nothing."""
        if self._has_store() and self._store.is_sound(self._session.device_id):
            with suppress(ValueError):  # it was closed with another key
                self._machine = self._made()
        return self._machine is not None

    def _made(self) -> Machine:
        return Machine(self._session, self._store.path(self._session.device_id), self._store.key())

    def _has_gone_on_elsewhere(self) -> bool:
        """Tell whether others may have given our device keys that are in no backup.

        They give them only once: what they write would stay unreadable until they make new ones,
        a hundred messages later. To a new device they give them at once.
        """
        is_used = bool(self._opened().encrypted_rooms)
        return self._store.restored and is_used and self._session.can_log_in

    async def _begin_anew(self) -> None:
        """Go on as another device, which can still read what this one could."""
        room_keys = self._machine.room_keys if self._machine else []
        self.close()
        await self._session.change_device()
        self._store.set_aside()
        self._machine = self._made()
        self._machine.take_over(room_keys)

    async def _take(self, **parts: object) -> None:
        whole = {
            "next_batch": str(next(self._numbers)),  # the machine ignores what it has seen
            "device_one_time_keys_count": {},
            "device_lists": {},
            "to_device": {},
            "rooms": {},
        }
        machine = self._opened()
        try:
            found = SyncResponse.from_dict(whole | parts)
            if isinstance(found, SyncResponse):
                await machine.receive_response(found)
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
        kind = text(source.get("type"))
        if kind is None or (kind.startswith("m.room.") and kind != "m.room.message"):
            return None  # what changes a room is the server's to allow; it never comes encrypted
        return {**outside, **unsigned, "type": kind, "content": source.get("content")}

    async def _has_keys(self) -> bool:
        """Ask whether the server knows keys of our device."""
        me, device = self._session.user_id, self._session.device_id
        try:
            found = await self._session.ask(
                "POST", "/keys/query", body={"device_keys": {me: [device]}}
            )
        except Refused as refusal:
            raise refusal.trouble() from None
        return isinstance(at(found, "device_keys", me, device), dict)


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
