"""The library's machine of keys: its requests leave through our session, what comes in is sifted.

A homeserver passes on what others say of their devices. One that is broken costs itself: the
library would reject the whole answer, or stop in the middle of it.
"""

import json
import logging
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import structlog
from nio import AsyncClient, AsyncClientConfig
from nio.crypto import InboundGroupSession
from nio.responses import (
    ErrorResponse,
    JoinedMembersResponse,
    KeysClaimResponse,
    KeysQueryResponse,
    KeysUploadResponse,
    Response,
    ShareGroupSessionResponse,
)

from connectors.asking import Refused
from connectors.base import PlatformError, Trouble
from connectors.details import Detail
from connectors.matrix.session import Session
from connectors.shapes import Object, at, identifier, number, obj, text

_API = "/_matrix/client/v3"

_log = structlog.get_logger()
logging.getLogger("nio").setLevel(logging.CRITICAL)  # it writes names and contents into the log


class Machine(AsyncClient):  # type: ignore[misc] # the library has no types
    """The keys of one device, with its store; raises `ValueError` where the key opens no store."""

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
        try:
            self.restore_login(session.user_id, session.device_id, "held by the session")
        except ValueError:
            self.shut()
            raise
        store.chmod(0o600)

    @property
    def room_keys(self) -> list[InboundGroupSession]:
        """The keys of what was said in rooms."""
        return list(self.olm.inbound_group_store)

    def take_over(self, room_keys: Iterable[InboundGroupSession]) -> None:
        """Keep the room keys of another device of ours."""
        for key in room_keys:
            self.olm.inbound_group_store.add(key)
            self.olm.save_inbound_group_session(key)

    def note_left(self, counts: object) -> None:
        """Take over how many one-time keys the server has left; the library passes over a zero.

        What is not listed there is zero. A server that tells no counts at all tells nothing.
        """
        if isinstance(counts, dict):
            self.olm.uploaded_key_count = number(counts.get("signed_curve25519")) or 0

    def is_unknown(self, user_ids: Iterable[str]) -> bool:
        """Tell whether devices of any of these people have to be asked for."""
        return not self.olm.users_for_key_query.isdisjoint(user_ids)

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
        if response_class is KeysUploadResponse:
            self.olm.save_account()  # what the server may have in a moment must be here for ever
        try:
            answer = await self._answer(method, path, data)
            found = _read(response_class, answer, response_data or ())
        except (PlatformError, Refused) as error:
            if response_class is ShareGroupSessionResponse:
                self._unshared = error
            raise
        for piece in _pieces(found):
            await self._take(piece)
        return found

    async def _take(self, piece: Response) -> None:
        if not isinstance(piece, KeysQueryResponse | KeysClaimResponse):
            await self.receive_response(piece)
            return
        try:
            await self.receive_response(piece)
        except Exception as error:  # noqa: BLE001 (a stranger's keys break it in every way)
            _log.warning("matrix.crypto.left_out", error=type(error).__name__)

    async def _answer(self, method: str, path: str, data: str | None) -> Object:
        url = urlsplit(path)
        query = dict(parse_qsl(url.query))
        query.pop("access_token", None)
        return await self._session.ask(
            method,
            url.path.removeprefix(_API),
            query=query or None,
            body=json.loads(data) if data else None,
        )


def _read(response_class: type[Response], answer: Object, more: tuple[object, ...]) -> Response:
    found = response_class.from_dict(dict(_sifted(response_class, answer)), *more)
    if isinstance(found, ErrorResponse):
        raise PlatformError(Trouble.GARBAGE, f"{Detail.UNREADABLE}: {response_class.__name__}")
    return found


def _sifted(response_class: type[Response], answer: Object) -> Object:
    """Return an answer without what is broken of single devices and members."""
    if response_class is KeysQueryResponse:
        return _sift(answer, "device_keys", _is_device)
    if response_class is KeysClaimResponse:
        return _sift(answer, "one_time_keys", _is_key)
    if response_class is JoinedMembersResponse and isinstance(answer.get("joined"), dict):
        return {"joined": {who: {} for who in obj(answer["joined"]) if identifier(who)}}
    return answer


def _sift(answer: Object, name: str, is_sound: Callable[[str, str, Object], bool]) -> Object:
    people = answer.get(name)
    if not isinstance(people, dict):
        return answer
    return {
        name: {
            who: {one: part for one, part in obj(devices).items() if is_sound(who, one, obj(part))}
            for who, devices in people.items()
        }
    }


def _is_device(who: str, device_id: str, device: Object) -> bool:
    name = at(device, "unsigned", "device_display_name")
    found = KeysQueryResponse.from_dict({"device_keys": {who: {device_id: dict(device)}}})
    return (
        not isinstance(found, ErrorResponse)
        and (device.get("user_id"), device.get("device_id")) == (who, device_id)
        and isinstance(device.get("unsigned", {}), dict)
        and (name is None or text(name) is not None)
    )


def _is_key(_: str, __: str, keys: Object) -> bool:
    first = next(iter(keys.values()), None)
    return text(at(first, "key")) is not None and isinstance(at(first, "signatures"), dict)


def _pieces(found: Response) -> Iterator[Response]:
    """Yield an answer in parts of which each may break the machine for itself alone."""
    if isinstance(found, KeysQueryResponse):
        for who, devices in found.device_keys.items():
            yield KeysQueryResponse({who: devices}, {})
    elif isinstance(found, KeysClaimResponse):
        for who, devices in found.one_time_keys.items():
            for device_id, keys in devices.items():
                yield KeysClaimResponse({who: {device_id: keys}}, {}, found.room_id)
    else:
        yield found
