"""The account's session: kept over restarts, refreshed when it ends, logged in anew at last."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from connectors.asking import WITHIN, Refused
from connectors.base import Account, PlatformError, Trouble
from connectors.bluesky import xrpc
from connectors.bluesky.settings import Settings
from connectors.details import Detail
from connectors.relogin import Answer, in_session
from connectors.shapes import Object, identifier, text


class Session:
    """Asks the server as the account.

    A log-in may be had 300 times a day (https://docs.bsky.app/docs/advanced-guides/rate-limits),
    so both tokens are settings: `renewed` is what the core has to store of them. An access token
    lasts about two hours, a refresh token two months.
    """

    def __init__(self, account: Account, *, now: Callable[[], datetime]) -> None:
        settings = Settings.model_validate(dict(account.values))
        self.renewed: Mapping[str, str] = {}
        self.handle = settings.handle
        self._did: str | None = None
        self._password = settings.app_password.get_secret_value()
        given = settings.refresh_token
        self._refresh_token = given.get_secret_value() if given else None
        self._http = xrpc.server(str(settings.server), account.network, now)
        access = settings.access_token
        self._http.token = access.get_secret_value() if access else None
        self._lock = asyncio.Lock()

    @property
    def did(self) -> str:
        """Who we are, whatever our handle is; known once the session is `ready`."""
        if self._did is None:
            raise PlatformError(Trouble.LOGIN, Detail.NO_LOGIN)
        return self._did

    async def ready(self) -> None:
        """Have a session; raises `PlatformError`."""
        if self._did is not None:
            return
        async with self._lock:
            await self._begun()

    async def ask(
        self,
        method: str,
        nsid: str,
        *,
        query: str = "",
        body: object = None,
        within: float = WITHIN,
    ) -> Object:
        """Ask as the account; `query` is encoded already. Raises `PlatformError` and `Refused`."""
        path = xrpc.path(nsid) + (f"?{query}" if query else "")
        return await self._as_us(lambda: self._http.ask(method, path, body=body, within=within))

    async def upload(self, content: bytes, media_type: str, *, within: float) -> Object:
        """Hand in a file; raises `PlatformError` and `Refused`."""
        path = xrpc.path("com.atproto.repo.uploadBlob")
        return await self._as_us(
            lambda: self._http.upload(path, content, media_type, within=within)
        )

    async def download(self, place: str, *, limit: int, within: float) -> bytes:
        """Fetch a file of at most `limit` bytes that lies elsewhere, without our token."""
        return await self._http.download(place, limit=limit, within=within)

    async def check(self) -> None:
        """Ask who we are, whatever is known already; raises `PlatformError`."""
        await self.ready()
        try:
            self._take(await self.ask("GET", "com.atproto.server.getSession"))
        except Refused as refusal:
            raise refusal.trouble() from None

    def confirm(self, stored: Mapping[str, str]) -> None:
        """Know that renewed settings are stored."""
        if dict(stored) == dict(self.renewed):
            self.renewed = {}

    async def close(self) -> None:
        """Close the connections; the session stays."""
        await self._http.close()

    async def _as_us(self, call: Callable[[], Awaitable[Answer]]) -> Answer:
        await self.ready()
        return await in_session(self._http, call, begin=self._begin, lock=self._lock)

    async def _begun(self) -> None:
        if self._did is None and not await self._is_valid():
            await self._begin()

    async def _is_valid(self) -> bool:
        """Ask who we are; tell whether the token that was kept still works."""
        if self._http.token is None:
            return False
        try:
            found = await self._http.ask("GET", xrpc.path("com.atproto.server.getSession"))
        except Refused as refusal:
            if refusal.logged_out:
                return False
            raise refusal.trouble() from None
        self._take(found)
        return True

    async def _begin(self) -> None:
        """Refresh the session, or log in where it cannot be refreshed; raises `PlatformError`."""
        if self._refresh_token is not None and await self._is_refreshed(self._refresh_token):
            return
        self._http.token = self._refresh_token = None
        body = {"identifier": self._did or self.handle, "password": self._password}
        try:
            self._open(await self._http.ask("POST", _CREATE, body=body))
        except Refused as refusal:
            raise refusal.trouble() from None

    async def _is_refreshed(self, token: str) -> bool:
        bearer = {"Authorization": f"Bearer {token}"}
        try:
            self._open(await self._http.ask("POST", _REFRESH, headers=bearer))
        except Refused as refusal:
            trouble = refusal.trouble()
            if trouble.trouble in {Trouble.RATE, Trouble.UNREACHABLE}:
                raise trouble from None
            return False  # whatever is wrong with it, the password will tell
        return True

    def _open(self, found: Object) -> None:
        access, refresh = text(found.get("accessJwt")), text(found.get("refreshJwt"))
        if not access or not refresh:
            raise PlatformError(Trouble.GARBAGE, Detail.UNREADABLE)
        self._take(found)
        self._http.token, self._refresh_token = access, refresh
        self.renewed = {"access_token": access, "refresh_token": refresh}

    def _take(self, found: Object) -> None:
        """Take over who the server says that we are; a handle may change, this never."""
        did = identifier(found.get("did"))
        if did is None:
            raise PlatformError(Trouble.GARBAGE, Detail.UNREADABLE)
        if self._did not in {None, did}:
            raise PlatformError(Trouble.SETTINGS, Detail.OTHER_ACCOUNT)
        self._did = did
        self.handle = identifier(found.get("handle")) or self.handle


_CREATE = xrpc.path("com.atproto.server.createSession")
_REFRESH = xrpc.path("com.atproto.server.refreshSession")
