"""The account's session with its homeserver: one device for ever, a new log-in when it ends."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex

from connectors.asking import WITHIN, Refused
from connectors.base import Account, PlatformError, Trouble
from connectors.details import Detail
from connectors.matrix.http import homeserver
from connectors.matrix.settings import Settings
from connectors.relogin import Answer, in_session
from connectors.shapes import Object, identifier, number, text

_API = "/_matrix/client/v3"


class Session:
    """Asks the homeserver as the account, and logs in by itself where there is a password.

    A device is what the server recognises transaction ids and encryption keys by. Its name is kept
    in the account's folder and in the settings, and given again at every log-in.
    """

    def __init__(self, account: Account, *, now: Callable[[], datetime]) -> None:
        self.settings = Settings.model_validate(dict(account.values))
        self.user_id = self.settings.user_id
        self.expires_at: datetime | None = None
        self.renewed: Mapping[str, str] = {}
        self._http = homeserver(str(self.settings.homeserver), account.network)
        self._kept = account.folder / "device.json"
        self._device_id = self.settings.device_id or _kept_device(self._kept, self.user_id)
        self.log_ins = 0  # how often we have logged in
        self._open = False
        self._lock = asyncio.Lock()
        self._now = now
        given = self.settings.access_token
        self._http.token = given.get_secret_value() if given else None

    @property
    def device_id(self) -> str:
        """The device that the session is for; known once it is `ready`."""
        if self._device_id is None:
            raise PlatformError(Trouble.LOGIN, Detail.NO_LOGIN)
        return self._device_id

    @property
    def can_log_in(self) -> bool:
        """Whether there is a password."""
        return self.settings.password is not None

    async def ready(self) -> None:
        """Have a session; raises `PlatformError`."""
        async with self._lock:
            if self._open:
                return
            if self._http.token is None or not await self._is_valid():
                await self._log_in()
            self._open = True

    async def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        within: float = WITHIN,
    ) -> Object:
        """Ask as the account; `path` as in the specification, behind `/_matrix/client/v3`.

        Raises `PlatformError` and `Refused`.
        """
        return await self._as_us(
            lambda: self._http.ask(method, _API + path, query=query, body=body, within=within)
        )

    async def upload(self, path: str, content: bytes, media_type: str, *, within: float) -> Object:
        """Hand in a file, `path` from the root."""
        return await self._as_us(
            lambda: self._http.upload(path, content, media_type, within=within)
        )

    async def download(self, path: str, *, limit: int, within: float) -> bytes:
        """Fetch a file of at most `limit` bytes, `path` from the root."""
        return await self._as_us(lambda: self._http.download(path, limit=limit, within=within))

    async def who(self) -> None:
        """Ask who we are; raises `PlatformError`."""
        try:
            self._take(await self.ask("GET", "/account/whoami"), named=True)
        except Refused as refusal:
            raise refusal.trouble() from None

    def confirm(self, stored: Mapping[str, str]) -> None:
        """Know that renewed settings are stored."""
        if dict(stored) == dict(self.renewed):
            self.renewed = {}

    async def reach(self) -> None:
        """Ask whether it is a homeserver; raises `PlatformError`."""
        try:
            await self._http.ask("GET", "/_matrix/client/versions")
        except Refused as refusal:
            trouble = refusal.trouble()
            if trouble.trouble not in {Trouble.SETTINGS, Trouble.LOGIN}:
                raise trouble from None
            if not refusal.logged_out:  # it speaks Matrix, at least
                raise PlatformError(
                    Trouble.SETTINGS, f"{Detail.NOT_THE_PLATFORM}: {refusal}"
                ) from None

    async def change_device(self) -> None:
        """Begin anew as another device; raises `PlatformError` where there is no password.

        The old one stays logged in: where a backup was put back beside a running city, it is in
        use, and its keys would go with it.
        """
        if not self.can_log_in:
            raise PlatformError(Trouble.LOGIN, Detail.KEYS_LOST)
        async with self._lock:
            self._device_id = None
            await self._log_in()

    async def close(self) -> None:
        """Close the connections; the session stays."""
        await self._http.close()

    async def _as_us(self, call: Callable[[], Awaitable[Answer]]) -> Answer:
        await self.ready()
        return await in_session(self._http, call, begin=self._log_in, lock=self._lock)

    async def _is_valid(self) -> bool:
        """Ask who we are; tell whether the token that was given still works."""
        try:
            found = await self._http.ask("GET", f"{_API}/account/whoami")
        except Refused as refusal:
            if refusal.logged_out and self.settings.password:
                return False
            raise refusal.trouble() from None
        self._take(found, named=True)
        return True

    async def _log_in(self) -> None:
        password = self.settings.password
        if password is None:
            raise PlatformError(Trouble.LOGIN, Detail.LOGIN_ENDED)
        if self._device_id is None:
            self._device_id = f"STADTDRAHT{token_hex(5).upper()}"
        self._keep()  # before the server knows it: the same device even if we die in between
        self._http.token = None
        try:
            found = await self._http.ask(
                "POST",
                f"{_API}/login",
                body={
                    "type": "m.login.password",
                    "identifier": {"type": "m.id.user", "user": self.user_id},
                    "password": password.get_secret_value(),
                    "device_id": self._device_id,
                    "initial_device_display_name": "Stadtdraht",
                },
            )
        except Refused as refusal:
            wrong = refusal.status in {401, 403} and not refusal.limited
            raise (
                PlatformError(Trouble.LOGIN, str(refusal)) if wrong else refusal.trouble()
            ) from None
        token = text(found.get("access_token"))
        if not token:
            raise PlatformError(Trouble.GARBAGE, Detail.UNREADABLE)
        self._take(found, named=False)
        self._http.token = token
        self.log_ins += 1
        lasting = number(found.get("expires_in_ms"))
        if lasting is not None and 0 < lasting < 10**12:
            self.expires_at = self._now() + timedelta(milliseconds=lasting)
        self.renewed = {"access_token": token, "device_id": self.device_id}

    def _take(self, found: Object, *, named: bool) -> None:
        """Take over who the server says that we are."""
        if identifier(found.get("user_id")) != self.user_id:
            raise PlatformError(Trouble.SETTINGS, Detail.OTHER_ACCOUNT)
        device_id = identifier(found.get("device_id"))
        if device_id is None:
            if self._device_id is None:
                raise PlatformError(Trouble.SETTINGS, Detail.NO_DEVICE)
            return
        if named and device_id != self.settings.device_id:
            self.renewed = {**self.renewed, "device_id": device_id}
        self._device_id = device_id
        self._keep()

    def _keep(self) -> None:
        self._kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self._kept.with_suffix(".new")
        fresh.write_text(
            json.dumps({"user_id": self.user_id, "device_id": self._device_id}), "utf-8"
        )
        fresh.replace(self._kept)


def _kept_device(path: Path, user_id: str) -> str | None:
    """Return the device that this account had before, if its folder knows."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict) or found.get("user_id") != user_id:
        return None
    return identifier(found.get("device_id"))
